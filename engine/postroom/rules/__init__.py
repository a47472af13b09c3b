"""Rule files: one module per section, loaded and checked as a whole."""
