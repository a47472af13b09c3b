"""How an engine and its accounts are: gathered, shown, and told when something is wrong."""
