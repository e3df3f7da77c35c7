"""Problem families: pairs (f, h) whose constants are known by construction, one family a file."""

from auxtheory.problems.base import Certificate, Gradients, Pair
from auxtheory.problems.quadratic import Quadratic, toy
from auxtheory.problems.quadratic_pair import QuadraticPair

__all__ = ["Certificate", "Gradients", "Pair", "Quadratic", "QuadraticPair", "toy"]
