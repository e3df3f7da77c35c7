"""The family `Cosine`: pairs (f, h) of sums of cosines."""

from auxtheory.problems.cosine.pair import CosinePair
from auxtheory.problems.cosine.target import Cosine

__all__ = ["Cosine", "CosinePair"]
