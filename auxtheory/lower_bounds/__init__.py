"""Lower bounds: for every step size some problem of a class on which a method does at least this
badly, as values.

A theorem says that no problem of its class is worse than its bound; a lower bound of the same class
names a problem that is nearly as bad, so that between the two lies how much a better proof could
still gain.

Example:
    >>> import auxtheory as at
    >>> for lower in at.lower_bounds.ALL:
    ...     print(f"{lower.name}: G ≥ {lower.bound}")
    SGD: G ≥ max{1.414σ_f√(LF₀/T) − 0.75σ_f²/T, 2LF₀/T}
    ExactCorrection: G ≥ max{2LF₀/(KT), 2·min{δ, L}·LF₀/(4LT + min{δ, L})}
"""

from auxtheory.lower_bounds.base import LowerBound
from auxtheory.lower_bounds.exact_correction import ExactCorrection
from auxtheory.lower_bounds.sgd import SGD

ALL: tuple[LowerBound, ...] = (SGD, ExactCorrection)

__all__ = ["ALL", "SGD", "ExactCorrection", "LowerBound", "for_method"]


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
