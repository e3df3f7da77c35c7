"""The family `Quadratic`: pairs (f, h) of quadratics."""

from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.problems.quadratic.target import Quadratic

__all__ = ["Quadratic", "QuadraticPair"]
