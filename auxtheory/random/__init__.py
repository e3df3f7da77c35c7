"""Random numbers as pure functions of an index."""
