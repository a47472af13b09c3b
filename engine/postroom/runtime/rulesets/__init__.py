"""Rules while an engine runs: loaded, kept, changed, tried on the side and on stored mail."""
