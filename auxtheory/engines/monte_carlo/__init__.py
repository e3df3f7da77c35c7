"""The Monte Carlo engines."""
