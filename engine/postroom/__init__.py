"""Inbound mail to records, by rules that people can read."""
