"""How a monomial prints: `2√(F₀L/T)`, with equal fractional powers gathered under one root or one bracket."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

HALF = Fraction(1, 2)
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


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
    return _quotient("" if number == "1" and plain else number, plain)


def _root(power: Fraction, inside: list[tuple[str, int]]) -> tuple[str, int]:
    """√(…) or (…)^(2/3), and on which side of the fraction bar: 1/√K rather than √(1/K)."""
    sign = 1 if any(exponent > 0 for _, exponent in inside) else -1
    body = _quotient("", [(text, sign * exponent) for text, exponent in inside])
    bare = len(inside) == 1 and abs(inside[0][1]) == 1 and (len(body) == 1 or body[0] == "(")
    body = body if bare else f"({body})"
    return (f"√{body}" if power == HALF else f"{body}^({power})"), sign


def _quotient(number: str, factors: list[tuple[str, int]]) -> str:
    def raised(text: str, exponent: int) -> str:
        return text if exponent == 1 else text + str(exponent).translate(SUPERSCRIPT)

    above = number + "".join(raised(text, e) for text, e in factors if e > 0) or "1"
    below = [raised(text, -e) for text, e in factors if e < 0]
    if not below:
        return above
    return f"{above}/{below[0]}" if len(below) == 1 else f"{above}/({''.join(below)})"
