"""Coefficients as they are written by hand: 8/3, 2√2, 4/π and e/2 in place of four digits."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from auxtheory.bounds.tree import Letter, Node, Number, Root

# The largest denominator, and the largest numerator, of a coefficient that is written as a ratio.
DENOMINATOR = 12
NUMERATOR = 10_000
ACCURACY = 1e-13  # relative; so near to a ratio by chance are fewer than one number in 10⁵
PI, E = Letter("π"), Letter("e")
ROOT2, ROOT3 = Root(Number("2")), Root(Number("3"))


class Numeral(NamedTuple):
    """A number as factors above and below a fraction bar, and as factors, with their powers of 1 or
    −1, under a root that stands there anyway."""

    above: tuple[Node, ...] = ()
    below: tuple[Node, ...] = ()
    under: tuple[tuple[Node, int], ...] = ()


# Factors that a coefficient may have besides a ratio: its value, and what is written above and
# below the fraction bar.
FACTORS: tuple[tuple[float, tuple[Node, ...], tuple[Node, ...]], ...] = (
    (1.0, (), ()),
    (math.sqrt(2), (ROOT2,), ()),
    (math.sqrt(3), (ROOT3,), ()),
    (math.pi, (PI,), ()),
    (1 / math.pi, (), (PI,)),
    (math.e, (E,), ()),
)


def numeral(coefficient: float, root: int = 1) -> Numeral:
    """A number of at least 0.

    Args:
        coefficient: The number.
        root: The index of a root among the other factors, 2 or 3, or 1 without a root.

    Returns:
        Its factors.
    """
    ratio = _ratio(coefficient)
    if ratio is not None:
        return Numeral(*_sides(ratio))
    if root == 2:
        for factor, above, below in FACTORS[:-1]:
            square = _ratio(coefficient**2 / factor)
            if square is not None:
                outside, inside = _without_squares(square)
                under = [*_powers(inside), *((n, 1) for n in above), *((n, -1) for n in below)]
                return Numeral(*_sides(outside), tuple(under))
    if root == 3 and (cube := _ratio(coefficient**3, denominator=1000)) is not None:
        return Numeral(under=tuple(_powers(cube)))
    for factor, above, below in FACTORS[1:]:
        ratio = _ratio(coefficient / factor)
        if ratio is not None:
            over, under_bar = _sides(ratio)
            return Numeral((*over, *above), (*under_bar, *below))
    return Numeral((Number(f"{coefficient:.6g}"),))


def _ratio(value: float, denominator: int = DENOMINATOR) -> Fraction | None:
    """The ratio of small whole numbers that this is up to rounding, or None."""
    if not 0 < value < NUMERATOR:
        return None
    ratio = Fraction(value).limit_denominator(denominator)
    return ratio if ratio and abs(float(ratio) / value - 1) < ACCURACY else None


def _sides(ratio: Fraction) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    above, below = (
        (Number(str(part)),) if part != 1 else () for part in (ratio.numerator, ratio.denominator)
    )
    return above, below


def _powers(ratio: Fraction) -> list[tuple[Node, int]]:
    above, below = _sides(ratio)
    return [*((node, 1) for node in above), *((node, -1) for node in below)]


def _without_squares(ratio: Fraction) -> tuple[Fraction, Fraction]:
    """A ratio as outside²·inside, with no square left inside."""
    outside, inside = Fraction(1), ratio
    for part in range(2, math.isqrt(max(ratio.numerator, ratio.denominator)) + 1):
        while inside.numerator % part**2 == 0:
            outside, inside = outside * part, inside / part**2
        while inside.denominator % part**2 == 0:
            outside, inside = outside / part, inside * part**2
    return outside, inside
