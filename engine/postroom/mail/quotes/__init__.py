"""Whose words they are: the author's, quoted ones, a signature, a forwarded mail."""
