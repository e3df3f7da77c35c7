"""Expressions of t, such as 0.5 / sqrt(t), read from a text: numbers, t, arithmetic and a few
functions, nothing else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from auxtheory.errors import InputError, meant, shown
from auxtheory.typing import FloatArray

BINARY: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.Pow: operator.pow,
    }
)
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int]] = MappingProxyType(
    {
        "sqrt": (np.sqrt, 1),
        "exp": (np.exp, 1),
        "log": (np.log, 1),
        "cos": (np.cos, 1),
        "minimum": (np.minimum, 2),
        "maximum": (np.maximum, 2),
    }
)
NAMES = ("t", *FUNCTIONS)
ALLOWED = f"numbers, t, + - * / ** and {', '.join(FUNCTIONS)}"
MAX_LENGTH = 1000  # characters of an expression


@lru_cache(maxsize=64)
def values_of(text: str, T: int) -> FloatArray:
    """The values of an expression at t = 1, …, T, read-only; InputError if the text is not one."""
    t = np.arange(1.0, T + 1.0)
    if len(text) > MAX_LENGTH:
        raise _refused(text, f"must have at most {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(_value(tree, t, text), dtype=float), (T,)).copy()
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _refused(text, f"must be an expression of t: {ALLOWED}") from None
    values.flags.writeable = False
    return values


def _refused(text: str, why: str) -> InputError:
    return InputError.listing([f"schedule = {shown(text)}: {why}"])


def _value(node: ast.expr, t: FloatArray, text: str) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if isinstance(node.value, bool):
            raise _refused(text, f"{node.value} is not a number")
        return np.float64(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, t, text)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return BINARY[type(node.op)](_value(node.left, t, text), _value(node.right, t, text))
    if isinstance(node, ast.Name) and node.id == "t":
        return t
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function, arguments = FUNCTIONS.get(node.func.id, (None, 0))
        if function is not None and len(node.args) == arguments:
            return function(*(_value(part, t, text) for part in node.args))
        if function is not None:
            raise _refused(text, f"{node.func.id} takes {arguments} arguments")
    called = node.func if isinstance(node, ast.Call) else node
    unknown = ast.unparse(called)
    raise _refused(text, f"{unknown} is not known: it may hold {ALLOWED}{meant(unknown, NAMES)}")
