"""Mail is read in processes of their own, under limits."""
