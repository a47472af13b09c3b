"""Mail in and out over Microsoft Graph."""
