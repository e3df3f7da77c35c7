"""Units in the two dimensions of the theory, and named quantities that have units."""

from __future__ import annotations

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
