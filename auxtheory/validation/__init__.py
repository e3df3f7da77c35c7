"""Comparing theorems with measurements on pairs: `validate`, verdicts and statuses."""
