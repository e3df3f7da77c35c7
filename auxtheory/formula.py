"""The numbers a formula may hold, and how a monomial prints: `2√(F₀L/T)`, equal fractional powers under one root."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from auxtheory.errors import InputError

HALF = Fraction(1, 2)
NO_TRUTH = (
    "is neither true nor false until numbers are given, as in 0.5 <= L * eta <= 1, ==, in, and, or, not, min and max; "
    "write each condition by itself in a list, such as step_range=[0.5 <= L * eta, L * eta <= 1]; of the smaller of "
    "two bounds make two corollaries; a bound with min, max or cases may be a function of (constants, steps)"
)
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def finite(operand: Any) -> float:
    """An operand as a float; InputError unless it is a finite number."""
    number = isinstance(operand, int | float | Fraction | np.number) and not isinstance(operand, bool)
    if not number or not np.isfinite(float(operand)):
        raise InputError.listing([f"operand = {operand!r}: must be a finite number or an expression of symbols"])
    return float(operand)


def ratio(power: Any) -> Fraction:
    """An exponent as the ratio of whole numbers that it is; 1.00001 is none, and must not pass for 1."""
    near = power if isinstance(power, Fraction) else Fraction(finite(power)).limit_denominator(1000)
    if abs(float(near) - float(power)) > 1e-12:
        raise InputError.listing([f"exponent = {power!r}: must be a ratio of whole numbers, the lower at most 1000"])
    return near


def monomial_text(coefficient: float, factors: Sequence[tuple[str, object]]) -> str:
    """coefficient · Π base^exponent as plain Unicode; an exponent that is no fraction prints as itself."""
    number = f"{coefficient:.4g}"
    plain: list[tuple[str, int]] = []
    gathered: dict[Fraction, list[tuple[str, int]]] = {}
    for text, power in factors:
        if not isinstance(power, Fraction):
            plain.append((f"{text}^({power})", 1))
        elif power.denominator == 1:
            plain.append((text, power.numerator))
        elif power.denominator == 2:
            gathered.setdefault(HALF, []).append((text, power.numerator))
        else:
            gathered.setdefault(abs(power), []).append((text, 1 if power > 0 else -1))
    plain += [_root(power, inside) for power, inside in gathered.items()]
    if plain:
        number = {"1": "", "-1": "-"}.get(number, number + "·" if "e" in number else number)
    return _quotient(number, plain)


def _root(power: Fraction, inside: list[tuple[str, int]]) -> tuple[str, int]:
    """√(…) or (…)^(2/3), and on which side of the fraction bar: 1/√K rather than √(1/K)."""
    sign = 1 if any(exponent > 0 for _, exponent in inside) else -1
    body = _quotient("", [(text, sign * exponent) for text, exponent in inside])
    bracketed = len(inside) == 1 and abs(inside[0][1]) == 1 and body[0] == "("
    body = body if bracketed else f"({body})"  # √K/T alone could be read as √(K/T)
    return (f"√{body}" if power == HALF else f"{body}^({power})"), sign


def _quotient(number: str, factors: list[tuple[str, int]]) -> str:
    def raised(text: str, exponent: int) -> str:
        return text if exponent == 1 else text + str(exponent).translate(SUPERSCRIPT)

    above = number + "".join(raised(text, e) for text, e in factors if e > 0)
    above = above if above not in ("", "-") else above + "1"
    below = [raised(text, -e) for text, e in factors if e < 0]
    if not below:
        return above
    return f"{above}/{below[0]}" if len(below) == 1 else f"{above}/({''.join(below)})"
