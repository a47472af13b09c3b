"""The edge: reads the world, commits decisions, carries out what they ask for."""
