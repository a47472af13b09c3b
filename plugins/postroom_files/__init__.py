"""A Maildir, an mbox file, a folder of .eml files."""
