"""The MIME tree: parts, their encodings, their names."""
