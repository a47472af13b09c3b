"""Text that knows where it is, and what can be said about it."""
