"""Lower bounds: for all constant step sizes some problem of a class on which a method does at least
this badly, as values.

A theorem says that no problem of its class is worse than its bound; a lower bound of the same class
names a problem that is nearly as bad, so that between the two lies how much a better proof could
still gain. `ORDERS` has those of the literature on all methods of a kind, up to a constant factor.

Example:
    >>> import auxtheory as at
    >>> for lower in at.lower_bounds.ALL[:4]:
    ...     print(f"{lower.name}: {lower.measure.name} ≥ {lower.bound}")
    SGD: G ≥ max{1.414σ_f√(LF₀/T) − 0.75σ_f²/T, 2LF₀/T}
    SGDConvex: gap_mean ≥ max{0.5σ_f√(D₀/T) − 0.375σ_f²/(LT), 0.5LD₀/T}
    SGDStronglyConvex: distance_last ≥ min{0.25D₀, 0.158σ_f²/(μ_sc²T)}
    ExactCorrection: G ≥ max{2LF₀/(KT), 2·min{δ, L}·LF₀/(4LT + min{δ, L})}
"""

from auxtheory.lower_bounds.auxmom import AuxMOM
from auxtheory.lower_bounds.base import LowerBound
from auxtheory.lower_bounds.convex import SGDConvex, SGDStronglyConvex
from auxtheory.lower_bounds.exact_correction import ExactCorrection
from auxtheory.lower_bounds.lagged import identical_clients, lagged_total
from auxtheory.lower_bounds.literature import MEAN_SQUARE, NOISY, ORDERS, Order
from auxtheory.lower_bounds.minimax import minimax
from auxtheory.lower_bounds.mvr import MVR
from auxtheory.lower_bounds.refuted import REFUTED, Refuted, round_map, stability_limit, two_clients
from auxtheory.lower_bounds.scaffold import SCAFFOLD, divergence
from auxtheory.lower_bounds.sgd import SGD

ALL: tuple[LowerBound, ...] = (
    SGD,
    SGDConvex,
    SGDStronglyConvex,
    ExactCorrection,
    AuxMOM,
    MVR,
    SCAFFOLD,
)

__all__ = [
    "ALL",
    "MEAN_SQUARE",
    "MVR",
    "NOISY",
    "ORDERS",
    "REFUTED",
    "SCAFFOLD",
    "SGD",
    "AuxMOM",
    "ExactCorrection",
    "LowerBound",
    "Order",
    "Refuted",
    "SGDConvex",
    "SGDStronglyConvex",
    "divergence",
    "for_method",
    "identical_clients",
    "lagged_total",
    "minimax",
    "round_map",
    "stability_limit",
    "two_clients",
]


def for_method(method: str, measure: str = "G") -> tuple[LowerBound, ...]:
    """Return the lower bounds of the library on a method and a measure.

    Args:
        method: The name of the method, such as "SGD".
        measure: The name of the measure in results, such as "G".

    Returns:
        The lower bounds; () if there are none.

    Example:
        >>> import auxtheory as at
        >>> at.lower_bounds.for_method("SGD") == (at.lower_bounds.SGD,)
        True
    """
    return tuple(
        lower for lower in ALL if lower.method.name == method and lower.measure.label == measure
    )
