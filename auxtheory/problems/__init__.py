"""Problem families: pairs (f, h) whose constants are known by construction, one family a file."""

from auxtheory.problems.base import Certificate, Gradients, Pair, Separable
from auxtheory.problems.cosine import Cosine
from auxtheory.problems.cosine_pair import CosinePair
from auxtheory.problems.quadratic import Quadratic, toy
from auxtheory.problems.quadratic_pair import QuadraticPair

__all__ = [
    "Certificate", "Cosine", "CosinePair", "Gradients", "Pair", "Quadratic", "QuadraticPair", "Separable", "toy",
]  # fmt: skip
