"""The family `Logistic`: pairs (f, h) of logistic objectives."""

from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.problems.logistic.target import Logistic

__all__ = ["Logistic", "LogisticPair"]
