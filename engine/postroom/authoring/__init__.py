"""What authors of rules work with: reports for other tools, a schema, a formatter, an editor."""
