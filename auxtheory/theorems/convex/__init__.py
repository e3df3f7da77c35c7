"""SGD on convex and strongly convex f: constant and decreasing steps, last and average iterates."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.convex.inverse_time import SGDInverseTime, SGDWeightedAverage
from auxtheory.theorems.convex.linear_decay import SGDLinearDecay
from auxtheory.theorems.convex.mean_gap import SGDConvex, SGDConvexLongSteps
from auxtheory.theorems.convex.polyak_ruppert import PolyakRuppert, PolyakRuppertDistance
from auxtheory.theorems.convex.strongly_convex import SGDStronglyConvex

ALL: tuple[type[Theorem], ...] = (
    SGDConvex,
    SGDConvexLongSteps,
    SGDLinearDecay,
    SGDStronglyConvex,
    SGDInverseTime,
    SGDWeightedAverage,
    PolyakRuppert,
    PolyakRuppertDistance,
)

__all__ = [
    "ALL",
    "PolyakRuppert",
    "PolyakRuppertDistance",
    "SGDConvex",
    "SGDConvexLongSteps",
    "SGDInverseTime",
    "SGDLinearDecay",
    "SGDStronglyConvex",
    "SGDWeightedAverage",
]
