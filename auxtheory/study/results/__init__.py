"""What a study measured: its numbers as a Dataset, as a table, and in the formats of others."""

from auxtheory.study.results.results import Results

__all__ = ["Results"]
