"""A bound or a condition as Python source, with the names of `symbols`."""

from __future__ import annotations

from fractions import Fraction

from auxtheory.bounds.applied import WRITTEN, Applied
from auxtheory.bounds.posynomial import Base, Condition, Exponent, Monomial, Posynomial
from auxtheory.bounds.units import Symbol

WRITTEN_SIGNS = {"<": "<", "≤": "<=", "=": "==", "≠": "!="}


def spelt(expression: Posynomial | Condition) -> str:
    """`2 * F0 / eta / K / T`: the source that evaluates to the expression."""
    if isinstance(expression, Condition):
        sign = WRITTEN_SIGNS[expression.sign]
        return f"{spelt(expression.left)} {sign} {spelt(expression.right)}"
    terms = [
        _term(term) for term in sorted(expression.terms, key=lambda term: term.coefficient < 0)
    ]
    return " + ".join(terms).replace("+ -", "- ") if terms else "0"


def _term(term: Monomial) -> str:
    above = [_power(b, e) for b, e in term.factors.items() if isinstance(e, Posynomial) or e > 0]
    below = [
        _power(b, -e) for b, e in term.factors.items() if not isinstance(e, Posynomial) and e < 0
    ]
    sign = "-" if term.coefficient < 0 else ""
    number = repr(abs(term.coefficient)).removesuffix(".0")
    head = above if above and number == "1" else [number, *above]
    return sign + " / ".join([" * ".join(head), *below])


def _power(base: Base, power: Exponent) -> str:
    inner = _base(base)
    text = f"({inner})" if isinstance(base, Posynomial) else inner
    if isinstance(power, Posynomial):
        return f"{text} ** ({spelt(power)})"
    if power == Fraction(1, 2):
        return f"at.sqrt({inner})"
    if power == 1:
        return text
    return f"{text} ** {power.numerator}" if power.denominator == 1 else f"{text} ** ({power})"


def _base(base: Base) -> str:
    if isinstance(base, Applied):
        return f"{WRITTEN[base.kind]}({', '.join(map(spelt, base.arguments))})"
    return base.name if isinstance(base, Symbol) else spelt(base)
