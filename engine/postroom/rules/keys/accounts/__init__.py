"""`accounts`: inbound mailboxes with their rules, one module for each section of an account."""
