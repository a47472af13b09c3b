"""The expression language: text in place, to a typed and compiled expression."""
