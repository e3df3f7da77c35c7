"""Problem families: pairs (f, h) whose constants are known by construction, one family a file."""

from auxtheory.problems.base import Certificate, Gradients, Pair, Separable
from auxtheory.problems.cosine import Cosine
from auxtheory.problems.cosine_pair import CosinePair
from auxtheory.problems.delta import DeltaEstimate, estimate_delta
from auxtheory.problems.logistic import Logistic
from auxtheory.problems.logistic_pair import LogisticPair
from auxtheory.problems.quadratic import Quadratic, toy
from auxtheory.problems.quadratic_pair import QuadraticPair

__all__ = [
    "Certificate", "Cosine", "CosinePair", "DeltaEstimate", "Gradients", "Logistic", "LogisticPair", "Pair",
    "Quadratic", "QuadraticPair", "Separable", "estimate_delta", "toy",
]  # fmt: skip
