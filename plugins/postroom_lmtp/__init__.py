"""Mail handed over by a mail server on the same machine, over LMTP (RFC 2033)."""
