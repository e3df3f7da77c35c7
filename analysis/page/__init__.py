"""The page of a study: one self-contained HTML file."""

from auxtheory.analysis.page.build import build

__all__ = ["build"]
