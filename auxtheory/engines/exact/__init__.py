"""Engine `exact`: the expectation itself, without sampling."""

from auxtheory.engines.exact.engine import DTYPES, name, refuses, run

__all__ = ["DTYPES", "name", "refuses", "run"]
