"""Mail handed over by HTTPS requests: signed MIME, and what providers of inbound mail send."""
