"""The results of a study: as a Dataset, as a table, and exported to other formats."""

from auxtheory.study.results.results import Results

__all__ = ["Results"]
