"""What commands ask of an engine that runs."""
