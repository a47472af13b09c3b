"""Bytes and HTML to text that can be read."""
