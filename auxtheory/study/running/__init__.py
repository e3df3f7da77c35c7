"""How a study runs."""
