"""Formulas as plain text such as `2√(F₀L/T)`: checks of numbers, layout of monomials, and
printing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from auxtheory.bounds.numerals import Numeral, numeral
from auxtheory.bounds.tree import (
    Code,
    Function,
    Group,
    Letter,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
)
from auxtheory.errors import InputError, shown

HALF = Fraction(1, 2)
THIRD = Fraction(1, 3)
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_TRUTH = (
    "is neither true nor false until numbers are given, as in 0.5 <= L * eta <= 1, ==, in, and, "
    "or, not, min and max; "
    "write each condition by itself in a list, such as step_range=[0.5 <= L * eta, L * eta <= 1]; "
    "the smaller and the larger of two expressions are at.minimum(...) and at.maximum(...); "
    "a bound with cases may be a function of (constants, steps)"
)


def finite(operand: Any) -> float:
    """An operand as a float; InputError unless it is a finite number."""
    try:
        real = isinstance(
            operand, int | float | Fraction | np.integer | np.floating
        ) and not isinstance(operand, bool)
        if real and np.isfinite(float(operand)):
            return float(operand)
    except OverflowError:  # a whole number too large for a float
        pass
    raise InputError.listing(
        [f"operand = {shown(operand)}: must be a finite number or an expression of symbols"]
    )


def ratio(power: Any) -> Fraction:
    """An exponent as a ratio of small whole numbers; 1.00001 is not such a ratio, and must not be
    taken for 1."""
    near = power if isinstance(power, Fraction) else Fraction(finite(power)).limit_denominator(1000)
    if abs(float(near) - float(power)) > 1e-12:
        raise InputError.listing(
            [f"exponent = {power!r}: must be a ratio of whole numbers, the lower at most 1000"]
        )
    return near


def monomial(
    coefficient: float, factors: Sequence[tuple[Node, Fraction | Node]], *, exact: bool = False
) -> Node:
    """The layout of coefficient · Π base^exponent, with equal fractional powers under one root, and
    with four digits of the coefficient; `exact`: the coefficient as in 8/3 or 2√2, if it is such a
    number."""
    whole: list[tuple[Node, int]] = []
    gathered: dict[Fraction, list[tuple[Node, int]]] = {}
    for base, power in factors:
        if not isinstance(power, Fraction):
            whole.append((Power(base, power), 1))
        elif power.denominator == 1:
            whole.append((base, power.numerator))
        elif power.denominator == 2:
            gathered.setdefault(HALF, []).append((base, power.numerator))
        else:
            gathered.setdefault(abs(power), []).append((base, 1 if power > 0 else -1))
    number = Numeral((Number(f"{abs(coefficient):.4g}"),))
    if exact:
        root = next((power.denominator for power in (HALF, THIRD) if power in gathered), 1)
        number = numeral(abs(coefficient), root)
        if number.under:
            gathered[Fraction(1, root)][:0] = number.under
    whole += [_root(power, inside) for power, inside in gathered.items()]
    above = [] if whole and number.above == (Number("1"),) else [*number.above]
    fraction = _quotient(above, whole, number.below)
    return Sum(((True, fraction),)) if coefficient < 0 else fraction


def _root(power: Fraction, inside: list[tuple[Node, int]]) -> tuple[Node, int]:
    """The factor √(…) or (…)^(2/3), and its side of the fraction bar: 1/√K rather than √(1/K)."""
    sign = 1 if any(exponent > 0 for _, exponent in inside) else -1
    body = _quotient([], [(base, sign * exponent) for base, exponent in inside])
    if power == HALF:
        return Root(body), sign
    return Power(body if isinstance(body, Group) else Group(body), power), sign


def _quotient(
    number: Sequence[Node], factors: list[tuple[Node, int]], divisor: Sequence[Node] = ()
) -> Node:
    def raised(base: Node, exponent: int) -> Node:
        return base if exponent == 1 else Power(base, Fraction(exponent))

    above = [*number, *(raised(base, e) for base, e in factors if e > 0)]
    below = [*divisor, *(raised(base, -e) for base, e in factors if e < 0)]
    return Quotient(_product(above), _product(below)) if below else _product(above)


def _product(factors: list[Node]) -> Node:
    if not factors:
        return Number("1")
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def plain(node: Node) -> str:
    """A formula in Unicode on one line: 2√(F₀L/T), 8.47(δσ_rF₀/T)^(2/3)."""
    match node:
        case Number() | Code():
            return node.text
        case Letter():
            return node.glyph
        case Group():
            return f"({plain(node.body)})"
        case Product():
            return _plain_product(node)
        case Quotient():
            below = _plain_factor(node.below)
            below = f"({below})" if isinstance(node.below, Product) else below
            return f"{_plain_factor(node.above)}/{below}"
        case Power():
            return _plain_power(node)
        case Root(body=Group() as body):
            return f"√{plain(body)}"
        case Root():
            return f"√({plain(node.body)})"  # √K/T alone could be read as √(K/T)
        case Function("log", (Letter() as body,)):
            return f"log {plain(body)}"
        case Function():
            return _plain_function(node)
        case Sum():
            (minus, first), *rest = node.terms
            tail = (f" − {plain(term)}" if less else f" + {plain(term)}" for less, term in rest)
            return ("-" if minus else "") + plain(first) + "".join(tail)
    return f"{plain(node.left)} {node.sign} {plain(node.right)}"


def _plain_factor(node: Node) -> str:
    """A factor, or the base of a power: log(T), since log T/K could be read as log(T/K)."""
    return _plain_function(node) if isinstance(node, Function) else plain(node)


def _plain_function(node: Function) -> str:
    left, right = "{}" if node.name in ("min", "max") else "()"
    arguments = (plain(argument) for argument in node.arguments)
    listed = ", ".join("−" + text[1:] if text.startswith("-") else text for text in arguments)
    return f"{node.name}{left}{listed}{right}"


def _plain_product(node: Product) -> str:
    """The factors side by side, with a dot after 1e-05 and around exp(x)."""
    head, *rest = node.factors
    text = _plain_factor(head)
    dot = isinstance(head, Number) and "e" in text
    for before, factor in zip(node.factors, rest, strict=False):
        separate = dot or _is_function(before) or _is_function(factor)
        text += ("·" if separate else "") + _plain_factor(factor)
        dot = False
    return text


def _is_function(node: Node) -> bool:
    return isinstance(node.base if isinstance(node, Power) else node, Function)


def _plain_power(node: Power) -> str:
    base = _plain_factor(node.base)
    power = node.exponent
    if not isinstance(power, Fraction):
        return f"{base}^({plain(power)})"
    return (
        base + str(power).translate(SUPERSCRIPT) if power.denominator == 1 else f"{base}^({power})"
    )
