"""Mail handed over by mail servers: LMTP (RFC 2033) and SMTP (RFC 5321)."""
