"""Figures, one a file: each a function from a Table to a matplotlib Figure."""

from auxtheory.analysis.rate_vs_delta import rate_vs_delta
from auxtheory.analysis.toy import toy, toy_table

__all__ = ["rate_vs_delta", "toy", "toy_table"]
