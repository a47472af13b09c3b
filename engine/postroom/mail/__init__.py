"""Bytes to Message: reading mail that may be broken or hostile."""
