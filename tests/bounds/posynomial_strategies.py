"""Hypothesis strategies of expressions and of the values of their symbols."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial, sqrt

L, mu, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols(
    "L mu F0 delta sigma_h sigma_r eta a K T B"
)
NAMES = ["F0", "eta", "K", "T", "L", "sigma_h", "delta", "a", "sigma_r", "B"]
points = st.fixed_dictionaries(
    {n: st.floats(0.05, 0.95) if n == "a" else st.floats(0.1, 10.0) for n in NAMES}
)


@st.composite
def expressions(
    draw: Any, depth: int = 3
) -> tuple[Posynomial, Callable[[Mapping[str, float]], float]]:
    """An expression without units, beside the same one as a function of plain numbers."""
    kinds = ["leaf", "leaf", "+", "*", "/", "power", "root", "signed", "scaled"]
    kind = draw(st.sampled_from(kinds)) if depth else "leaf"
    if kind == "leaf":
        name = draw(st.sampled_from(["K", "T", "B"]))
        return symbols(name)[0], lambda v: v[name]
    if kind == "signed":  # 2 − a > 0
        return 2 - a, lambda v: 2 - v["a"]
    p, f = draw(expressions(depth=depth - 1))
    if kind == "power":
        n = draw(st.sampled_from([-2, -1, 0, 1, 2, 3, Fraction(2, 3)]))
        return p**n, lambda v: f(v) ** float(n)
    if kind == "root":
        return sqrt(p), lambda v: math.sqrt(f(v))
    if kind == "scaled":
        c = draw(st.sampled_from([0.25, 2, 3.0, Fraction(1, 3)]))
        return draw(st.sampled_from([c * p, p * c, p / (1 / c)])), lambda v: float(c) * f(v)
    q, g = draw(expressions(depth=depth - 1))
    if kind == "+":
        return p + q, lambda v: f(v) + g(v)
    if kind == "*":
        return p * q, lambda v: f(v) * g(v)
    return p / q, lambda v: f(v) / g(v)
