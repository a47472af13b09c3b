"""Notices: the outbox, and the letters that are made of them."""
