"""What this plugin brings."""
