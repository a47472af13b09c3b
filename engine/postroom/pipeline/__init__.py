"""Message, rules and facts to Decision: pure functions."""
