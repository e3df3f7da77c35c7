"""How fast costs grow: exponents over the last decade, without the fixed cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log, nan
from typing import NamedTuple

# Costs below these cannot be distinguished from the noise of a measurement.
MIN_SECONDS = 0.005
MIN_MEGABYTES = 2.0
# The largest cost must be this many times the smallest that is measured.
RANGE = 10.0


class Cost(NamedTuple):
    """What a call of a size costs, and what one of a much smaller size costs."""

    size: float
    cost: float
    small: float = 0.0
    of_small: float = 0.0

    @property
    def fixed(self) -> float:
        """The part that no size causes: where the line through both costs meets the axis, or 0 if
        that is below it, as it is where costs grow faster."""
        if self.small >= self.size:
            return 0.0
        share = self.small / self.size
        return max(0.0, (self.of_small - share * self.cost) / (1 - share))

    def grown(self, most: float = inf) -> float:
        """The part that the size causes, where the fixed part is `most` or less."""
        return self.cost - min(self.fixed, most)


def exponent(costs: Sequence[Cost], least: float) -> float:
    """The exponent p of cost ∝ size^p between the last two sizes, each without its fixed cost.

    Args:
        costs: Two or more, in order of their sizes.
        least: The smallest cost that is measured; smaller ones count as this one, which makes the
            exponent smaller, never larger.

    Returns:
        The exponent; NaN if the last cost is below ten times `least`, so that nothing can be said,
        or if there are fewer than two costs.

    Example:
        >>> from auxtheory.bench.growth.exponents import Cost, exponent
        >>> costs = [Cost(n, 0.5 + 1e-4 * n, 100, 0.51) for n in (1_000, 10_000, 100_000)]
        >>> f"{exponent(costs, least=0.005):.2f}"
        '1.00'
    """
    if len(costs) < 2:
        return nan
    before, last = costs[-2:]
    # No fixed part is more than a whole call costs, as a very small one may by another way.
    most = min(each.cost for each in costs)
    grown = last.grown(most)
    if grown < RANGE * least:
        return nan
    return log(grown / max(before.grown(most), least)) / log(last.size / before.size)


def least_exponent(before: Cost, stopped: Cost) -> float:
    """The exponent that the cost has at least of a call that was stopped at a cost, from the size
    before it."""
    return log(stopped.cost / before.cost) / log(stopped.size / before.size)
