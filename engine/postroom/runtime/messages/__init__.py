"""A message's way through the engine: taken in hand, read, decided, committed or put aside."""
