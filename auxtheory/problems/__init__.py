"""Problem families: pairs (f, h) whose constants are known by construction, one family a file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auxtheory.problems.base import Certificate, Gradients, Pair, Separable
from auxtheory.problems.choose import Choose
from auxtheory.problems.cosine import Cosine, cosine
from auxtheory.problems.cosine_pair import CosinePair
from auxtheory.problems.delta import DeltaEstimate, estimate_delta
from auxtheory.problems.logistic import Logistic, logistic
from auxtheory.problems.logistic_pair import LogisticPair
from auxtheory.problems.quadratic import Quadratic, dense, quadratic, toy
from auxtheory.problems.quadratic_pair import QuadraticPair

# How to take a pair of each family, the simplest family first; strategies and searches draw from
# all of them.
FAMILIES: Mapping[str, Callable[[Choose], Pair]] = MappingProxyType(
    {family.__name__: family for family in (quadratic, dense, cosine, logistic)}
)

__all__ = [
    "FAMILIES",
    "Certificate",
    "Choose",
    "Cosine",
    "CosinePair",
    "DeltaEstimate",
    "Gradients",
    "Logistic",
    "LogisticPair",
    "Pair",
    "Quadratic",
    "QuadraticPair",
    "Separable",
    "estimate_delta",
    "toy",
]
