"""Numbers as m·2^e, which neither overflow nor underflow, and the functions of them that bounds
use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

BEYOND = 4000.0  # |e| from which m·2^e is 0 or ∞ for every m
# ln 2 as the sum of a number with 21 zero bits at its end, whose products with whole numbers below
# 2²¹ are exact, and the rest.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LN2 = LN2_HIGH + LN2_LOW

Wide: TypeAlias = tuple[Any, Any]  # m and e of m·2^e, arrays that broadcast against each other


def scaled(m: Any, e: Any) -> Any:
    """m·2^e."""
    if np.ndim(e) == 0 and e == 0.0:
        return m
    e = np.clip(e, -BEYOND, BEYOND)
    whole = np.floor(e)
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(m * np.exp2(e - whole), whole.astype(np.int32))


def split(value: Any) -> Wide:
    """m and e of m·2^e, ½ ≤ |m| < 1; e = 0 where the value is 0, ∞ or NaN."""
    m, e = np.frexp(value)
    return m, np.where(np.isfinite(value), e, 0).astype(float)


def aligned(parts: list[Wide]) -> tuple[list[Any], Any]:
    """The mantissas of all parts for the largest of their exponents, and that exponent."""
    if not parts:
        return [], 0.0
    top = reduce(np.maximum, (np.where(m == 0, -np.inf, e) for m, e in parts))
    top = np.where(np.isinf(top), 0.0, top)
    return [scaled(m, e - top) for m, e in parts], top


def exponential(x: Wide) -> Wide:
    """e^x, where ½ ≤ |m| < 1 unless it is 0 or ∞."""
    value = scaled(*x)
    # e^x = 2^k e^r with |r| ≤ ½ ln 2; r is exact up to |k| = 2²¹, and beyond that the rounding of x
    # is larger than its error.
    with np.errstate(all="ignore"):
        k = np.where(np.isfinite(value), np.rint(value / LN2), 0.0)
        r = np.clip((value - k * LN2_HIGH) - k * LN2_LOW, -1.0, 1.0)
        m, e = split(np.exp(np.where(np.isfinite(value), r, value)))
    return m, e + k


def logarithm(x: Wide) -> Wide:
    """log x, NaN where x < 0."""
    m, e = x
    near = np.abs(e) < 1000.0  # where x itself is a float
    with np.errstate(all="ignore"):
        return split(np.where(near, np.log(scaled(m, e)), np.log(m) + e * LN2))


def chosen(values: Sequence[Wide], largest: bool) -> tuple[Any, Wide]:
    """Which is the smallest or the largest, and its value; the first of several equal ones, NaN if
    one is NaN."""
    index: Any = np.intp(0)
    m, e = values[0]
    for i, (n, k) in enumerate(values[1:], start=1):
        (left, right), _ = aligned([(m, e), (n, k)])
        better = (right > left if largest else right < left) | (np.isnan(right) & ~np.isnan(left))
        index = np.where(better, i, index)
        m = np.where(better, n, m)
        e = np.where(better, k, e)
    return index, (m, e)
