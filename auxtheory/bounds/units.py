"""Units in the two dimensions of the theory, and named quantities that have units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

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


# A factor of a unit: F, X or 1, and its exponent; in F^1/2 the exponent is 1/2, as it is printed.
FACTOR = re.compile(r"([FX1])(?:\^(\(?)([+-]?\d+(?:/0*[1-9]\d*)?)(\)?))?")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def unit_of(text: Any) -> Unit:
    """The unit that a text means, such as F/X^2, F^(1/2)/X, F·X⁻² or 1; InputError saying where it
    is no unit."""
    if isinstance(text, Unit):
        return text
    allowed = 'must be a product of powers of F and X, such as "F/X^2", "F^(1/2)/X" or "1"'
    if not isinstance(text, str):
        raise InputError.listing([f"unit = {shown(text)}: {allowed}"])
    plain = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda match: "^" + match[0].translate(SUPERSCRIPTS), text)
    plain = re.sub(r"\s*(\*\*|[\^/*·])\s*", r"\1", plain.strip()).replace("−", "-")
    plain = plain.replace("**", "^").replace("*", "·")
    unit = Unit()
    sign = 1
    at = 0
    while True:
        match = FACTOR.match(plain, at)
        if match is None or bool(match[2]) != bool(match[4]):
            break
        power = sign * Fraction(match[3] or 1)
        unit = unit * {"F": Unit(f=power), "X": Unit(x=power), "1": Unit()}[match[1]]
        at = match.end()
        if at == len(plain):
            return unit
        if plain[at] not in "/·":
            break
        sign = -1 if plain[at] == "/" else 1
        at += 1
    rest = f"; {plain[at:]!r} is none" if plain else ""
    raise InputError.listing([f"unit = {shown(text)}: {allowed}{rest}"])


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
