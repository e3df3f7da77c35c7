"""Problem families: pairs (f, h) whose constants are known by construction, with one folder per
family."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auxtheory.problems.base import Certificate, Gradients, Growth, Pair, Separable
from auxtheory.problems.choose import Choose
from auxtheory.problems.clients import Helpers, QuadraticHelpers
from auxtheory.problems.components import Components, QuadraticComponents
from auxtheory.problems.cosine.pair import CosinePair
from auxtheory.problems.cosine.target import Cosine
from auxtheory.problems.delta import DeltaEstimate, estimate_delta
from auxtheory.problems.exponential.pair import ExponentialPair
from auxtheory.problems.exponential.target import Exponential
from auxtheory.problems.given import GivenPair
from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.problems.logistic.scores import ScoreRegion
from auxtheory.problems.logistic.separable import SeparablePair, separable_logistic
from auxtheory.problems.logistic.split import Dirichlet
from auxtheory.problems.logistic.target import Logistic
from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.problems.quadratic.target import Quadratic, toy
from auxtheory.problems.region import Ball, Region, visited_ball
from auxtheory.problems.similarity_of_helpers import dissimilarity
from auxtheory.problems.target import Target, client_kinds, families, kinds

# The functions that draw pairs of the library's families, the simplest family first; the default of
# strategies.
FAMILIES: Mapping[str, Callable[[Choose], Pair]] = MappingProxyType(kinds(library=True))

__all__ = [
    "FAMILIES",
    "Ball",
    "Certificate",
    "Choose",
    "Components",
    "Cosine",
    "CosinePair",
    "DeltaEstimate",
    "Dirichlet",
    "Exponential",
    "ExponentialPair",
    "GivenPair",
    "Gradients",
    "Growth",
    "Helpers",
    "Logistic",
    "LogisticPair",
    "Pair",
    "Quadratic",
    "QuadraticComponents",
    "QuadraticHelpers",
    "QuadraticPair",
    "Region",
    "ScoreRegion",
    "Separable",
    "SeparablePair",
    "Target",
    "client_kinds",
    "dissimilarity",
    "estimate_delta",
    "families",
    "kinds",
    "separable_logistic",
    "toy",
    "visited_ball",
]
