"""Mail from a POP3 server."""
