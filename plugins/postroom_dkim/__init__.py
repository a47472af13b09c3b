"""Checks DKIM and ARC itself, and whether DMARC passes by them."""
