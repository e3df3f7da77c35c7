"""Hypothesis strategies of expressions with exp, log, min and max."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from posynomial_strategies import expressions

from auxtheory.bounds.functions import exp, log, maximum, minimum
from auxtheory.bounds.posynomial import Posynomial, sqrt

Gaps = list[float]
Twin = Callable[[Mapping[str, float], Gaps], float]


def extreme(values: list[float], kind: Any, gaps: Gaps) -> float:
    """The smallest or largest; `gaps` gets the relative distance of the two nearest values."""
    ordered = sorted(values)
    gaps += [b - a for a, b in pairwise(ordered)]
    return float(kind(values))


@st.composite
def with_functions(draw: Any, depth: int = 3) -> tuple[Posynomial, Twin]:
    """An expression without units, beside the same one as a function of plain numbers, which also
    collects the gaps between the arguments of each min and max."""
    kind = draw(st.sampled_from(["exp", "log", "min", "max", "+", "*", "/", "root"]))
    if not depth:
        p, f = draw(expressions(depth=1))
        return p, lambda v, gaps: f(v)
    p, f = draw(with_functions(depth=depth - 1))
    if kind == "exp":  # of a number from −1 to 0
        return exp(-p / (1 + p)), lambda v, gaps: math.exp(-f(v, gaps) / (1 + f(v, gaps)))
    if kind == "log":
        return log(1 + p), lambda v, gaps: math.log(1 + f(v, gaps))
    if kind == "root":
        return sqrt(p**3), lambda v, gaps: f(v, gaps) ** 1.5
    q, g = draw(with_functions(depth=depth - 1))
    if kind == "+":
        return p + 2 * q, lambda v, gaps: f(v, gaps) + 2 * g(v, gaps)
    if kind == "*":
        return p * q, lambda v, gaps: f(v, gaps) * g(v, gaps)
    if kind == "/":
        return p / q, lambda v, gaps: f(v, gaps) / g(v, gaps)
    combine, plain = (minimum, min) if kind == "min" else (maximum, max)
    return combine(p, q, 1.5), lambda v, gaps: extreme([f(v, gaps), g(v, gaps), 1.5], plain, gaps)
