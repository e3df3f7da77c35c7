"""The operations of programs on arrays of any array-API namespace."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any


@cache
def operations(xp: Any) -> Mapping[str, Callable[..., Any]]:
    """The operations by name; vectors have their coordinates along the last axis, and numbers
    length 1 there.

    Args:
        xp: the array namespace.

    Returns:
        A function for each operation.
    """

    def total(v: Any) -> Any:
        return xp.sum(v, axis=-1, keepdims=True)

    return MappingProxyType(
        {
            "add": operator.add,
            "subtract": operator.sub,
            "multiply": operator.mul,
            "divide": operator.truediv,
            "remainder": operator.mod,
            "power": operator.pow,
            "negative": operator.neg,
            "less": operator.lt,
            "less_equal": operator.le,
            "greater": operator.gt,
            "greater_equal": operator.ge,
            "absolute": xp.abs,
            "sqrt": xp.sqrt,
            "exp": xp.exp,
            "log": xp.log,
            "sign": xp.sign,
            "minimum": xp.minimum,
            "maximum": xp.maximum,
            "where": lambda condition, a, b: xp.where(condition != 0, a, b),
            "norm": lambda v: xp.sqrt(total(v * v)),
            "dot": lambda u, v: total(u * v),
        }
    )
