"""Engine `exact`: the expectation itself, without sampling."""

from auxtheory.engines.exact.engine import DTYPES, OPTIONS, name, refuses, run

__all__ = ["DTYPES", "OPTIONS", "name", "refuses", "run"]
