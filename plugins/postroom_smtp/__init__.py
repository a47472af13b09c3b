"""Mail out over SMTP, to the console, to a file."""
