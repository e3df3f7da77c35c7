"""A theorem held against a pair: verdicts."""
