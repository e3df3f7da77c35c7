"""What is learnt about a method's rules by trying them: whether they are pure, elementwise, fit to be compiled."""

from __future__ import annotations

import dis
import pickle
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.base import AnyMethod
from auxtheory.methods import Method, Schedule
from auxtheory.units import FloatArray

Rule: TypeAlias = Callable[..., Any]

PROBES = np.array([0.3, -1.7, 0.0, 2.5]), np.array([1.1, 0.4, -0.6, -2.0])
SHAPE = 2, 3, 4  # configurations, replicas, coordinates: what an engine hands to a rule
REPEATS = 3  # of one and the same call
TOLERANCE = 1e-12  # relative: sums over the coordinates of a part may be taken in another order


def impure(method: AnyMethod) -> str | None:
    """Why no engine can run these rules, or None: a rule must be a function of its arguments alone, replica by
    replica, and must leave them as they are."""
    for owner, rule in _rules(method):
        reason = _tried(rule)
        if reason:
            return f"the rule {getattr(rule, '__name__', rule)!r} of {owner.name} {reason}"
    return None


def answers(method: AnyMethod) -> tuple[bytes, ...]:
    """What the rules give on fixed arguments: the same before and after a run, unless they keep state."""
    return tuple(np.asarray(rule(*_arguments())).tobytes() for _, rule in _rules(method))


def _rules(method: AnyMethod) -> Iterator[tuple[Method, Rule]]:
    for own in method.methods if isinstance(method, Schedule) else (method,):
        yield own, own.refresh
        yield own, own.local_step


def _arguments() -> tuple[FloatArray, ...]:
    """Three arrays as an engine hands them over, and a parameter for each configuration."""
    values = np.cos(np.arange(3.0 * np.prod(SHAPE))).reshape(3, *SHAPE) * 3.0
    values[0, 0, 0, 0] = 0.0
    return *values, np.array([0.25, 0.5]).reshape(2, 1, 1)


def _tried(rule: Rule) -> str | None:
    """The reason of `impure` for one rule; found once for each function."""
    try:
        return _tried_once(rule)
    except TypeError:  # what cannot be hashed
        return _try(rule)


def _try(rule: Rule) -> str | None:
    """Why a rule is not a function of its arguments alone, replica by replica, or None."""
    arguments = _arguments()
    try:
        with np.errstate(all="ignore"):
            before = _memory(rule)
            first, *again = (rule(*arguments) for _ in range(REPEATS))
            if not all(map(_same, arguments, _arguments())):
                return "changes its arguments: write m = (1 - a) * m, not m *= 1 - a"
            reason = _form(first)
            if reason:
                return reason
            if not all(_same(first, value) for value in again) or _stores(rule) or _memory(rule) != before:
                return "keeps state: the same arguments must always give the same value"
            whole = np.broadcast_to(first, SHAPE)
            for c, r in np.ndindex(*SHAPE[:2]):
                part = (*(value[c : c + 1, r : r + 1] for value in arguments[:3]), arguments[3][c : c + 1])
                if not np.allclose(whole[c, r], rule(*part), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
                    return "depends on how replicas are batched: each replica must go its own way"
    except Exception as error:  # whatever a user's function raises is the reason
        return f"failed on arrays of shape (configurations, replicas, d) ({type(error).__name__}: {error})"
    return None


_tried_once = cache(_try)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same bits."""
    a, b = np.asarray(one), np.asarray(other)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _form(value: Any) -> str | None:
    """Why a value is not what a rule must return, or None; a constant may be a number."""
    if not isinstance(value, np.ndarray | np.number | int | float) or isinstance(value, bool):
        return f"returns a {type(value).__name__}, and must return an array or a number"
    shape, dtype = np.shape(value), np.asarray(value).dtype
    if shape not in ((), SHAPE):
        return f"returns shape {shape} for arguments of shape {SHAPE}"
    return f"returns {dtype} for arguments of float64" if shape and dtype != np.float64 else None


def _function(rule: Rule) -> FunctionType | None:
    """The Python function behind a rule, None where it is none, such as a ufunc."""
    rule = rule.func if isinstance(rule, partial) else rule
    rule = getattr(rule, "__func__", rule)
    rule = rule if isinstance(rule, FunctionType) else type(rule).__call__
    return rule if isinstance(rule, FunctionType) else None


def _stores(rule: Rule) -> bool:
    """Whether the rule's own code assigns to a global name, to a variable of an enclosing function or to an attribute:
    a counter may take effect after thousands of calls."""
    function = _function(rule)
    return function is not None and any(
        step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR")
        or (step.opname == "STORE_DEREF" and step.argval in function.__code__.co_freevars)
        for step in dis.get_instructions(function)
    )


def _memory(rule: Rule) -> list[bytes]:
    """The contents of the lists, dicts, sets and arrays that the rule's code can reach by name."""
    function = _function(rule)
    if function is None:
        return []
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    globals_ = [function.__globals__.get(name) for name in function.__code__.co_names]
    reached = [*cells, *globals_, *(function.__defaults__ or ()), *vars(function).values()]
    found = []
    for value in reached:
        if isinstance(value, list | dict | set | bytearray | np.ndarray):
            try:
                found.append(pickle.dumps(value))
            except Exception:  # what cannot be written down cannot be compared
                continue
    return found


def not_elementwise(function: Rule) -> str | None:
    """Why a function of four numbers cannot be applied element by element, or None; found by trying."""
    first, second = PROBES
    arrays = first, second, first[::-1], second[::-1]
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*(array.copy() for array in arrays[:3]), 0.5))
            single = [function(*values, 0.5) for values in zip(*arrays[:3], strict=True)]
    except Exception as error:  # whatever a user's function raises is the reason
        return f"it failed on arrays or numbers ({type(error).__name__}: {error})"
    numbers = whole.dtype.kind in "fiub" and whole.shape in ((), first.shape)
    if not numbers or not np.array_equal(np.broadcast_to(whole, first.shape), single, equal_nan=True):
        return "it is not elementwise: on arrays it does not give what it gives on their numbers"
    return None


def not_compilable(function: Rule) -> str | None:
    """Why a function of four numbers is not elementwise or Numba cannot compile it, or None."""
    return _compiled(function) if isinstance(function, FunctionType) else "it is no plain function"


@cache
def _compiled(function: Rule) -> str | None:
    """The same for a plain function; the library's own are known to compile."""
    reason = not_elementwise(function)
    if reason:
        return reason
    if getattr(function, "__module__", "").startswith("auxtheory."):
        return None
    from auxtheory.kernels.jit import complaint

    return complaint(function, 4)
