"""Mail by machines: bounces, receipts, complaints, invitations, and what class a mail is of."""
