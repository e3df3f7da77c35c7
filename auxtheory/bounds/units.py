"""Units in the two dimensions of the theory, and named quantities that have units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from auxtheory.errors import InputError, numbers, shown
from auxtheory.typing import FloatArray, Values


@dataclass(frozen=True)
class Unit:
    """A unit F^f · X^x, with F the unit of f and X the unit of x."""

    f: Fraction = Fraction(0)
    x: Fraction = Fraction(0)

    def __mul__(self, other: Unit) -> Unit:
        return Unit(self.f + other.f, self.x + other.x)

    def __pow__(self, power: Fraction) -> Unit:
        return Unit(self.f * power, self.x * power)

    def __str__(self) -> str:
        parts = [f"{n}^{p}" if p != 1 else n for n, p in (("F", self.f), ("X", self.x)) if p]
        return "·".join(parts) or "1"


@dataclass(frozen=True)
class Symbol:
    """A named positive quantity: the key under which its value is looked up, how it prints, its
    unit."""

    name: str
    glyph: str
    unit: Unit

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    def value(self, values: Values) -> FloatArray:
        """The value of the symbol; InputError that names it if it has no value."""
        if not isinstance(values, Mapping):
            raise InputError.listing(
                [f"values = {shown(values)}: must be a mapping from names to numbers"]
            )
        if values.get(self.name) is None:
            raise InputError.listing(
                [f"{self.name} = None: must be given, it is the {self.glyph} of the formula"]
            )
        entry = values[self.name]
        array = numbers(entry)
        if not array.size and np.size(entry):
            raise InputError.listing(
                [f"{self.name} = {shown(entry)}: must be a number or an array of them"]
            )
        return array

    def slope(self, variable: str, values: Values) -> FloatArray:
        """∂ log(symbol) / ∂ log(variable)."""
        return np.asarray(1.0 if self.name == variable else 0.0)


def unit_named(text: str) -> Unit:
    """A unit by its text, such as "F/X^2", "X^2/F", "F^(1/2)" or "1".

    Args:
        text: powers of F and X with · or * and /.

    Returns:
        The unit.

    Raises:
        InputError: the text is not a unit.
    """
    unit = Unit()
    sign = 1
    for piece in re.split(r"([/·*])", str(text).replace(" ", "")):
        if piece in ("/", "·", "*"):
            sign = -1 if piece == "/" else 1
            continue
        match = re.fullmatch(r"([FX1])(?:\^\(?(-?\d+(?:/\d+)?)\)?)?", piece)
        if match is None:
            raise InputError.listing(
                [f"unit = {shown(text)}: must be powers of F and X, such as 'F/X^2', or '1'"]
            )
        if match[1] != "1":
            power = Fraction(match[2] or 1) * sign
            unit = unit * (Unit(f=power) if match[1] == "F" else Unit(x=power))
    return unit
