"""The family `Exponential`: pairs (f, h) whose curvature grows as fast as the gradient."""

from auxtheory.problems.exponential.pair import ExponentialPair
from auxtheory.problems.exponential.target import Exponential

__all__ = ["Exponential", "ExponentialPair"]
