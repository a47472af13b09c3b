"""Records, communications and the audit log in DuckDB."""
