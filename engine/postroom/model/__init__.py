"""Plain frozen values that every layer shares."""
