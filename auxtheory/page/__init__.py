"""The page of a study: one HTML file that holds everything, and needs nothing else."""

from auxtheory.page.build import build

__all__ = ["build"]
