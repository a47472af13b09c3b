"""Signing in with OAuth 2: how tokens are had, kept and renewed, for whatever plugin wants one."""
