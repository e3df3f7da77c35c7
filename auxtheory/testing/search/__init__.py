"""The search for a counterexample to a theorem."""
