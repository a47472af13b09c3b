"""Format rule files: edits in place, by the places of our own nodes."""
