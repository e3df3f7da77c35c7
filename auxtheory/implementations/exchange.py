"""Values exchanged between the kit and users' code: arrays of any library, nested states, and
copies of both.

Copies have no PyTorch graph, so a returned `Parameter` or a tensor with a graph is a valid result.
"""

from __future__ import annotations

import copy
import functools
import textwrap
from collections import deque
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

ATOMS = (int, float, complex, str, bytes, type(None), np.generic)
SHARED = (type, FunctionType, BuiltinFunctionType, ModuleType)  # types that a deep copy shares


class Broken(Exception):
    """An implementation that does not return what it should; the message is one sentence.

    cause: the cause, if it is known immediately.
    """

    case: Any = None  # the Case in which it happened, once known

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


def is_array(value: Any) -> bool:
    """Whether a value is an array of any library."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type)


def plain(array: Any) -> Any:
    """An array without a graph, which shares its memory."""
    return array.detach() if hasattr(array, "detach") else array


def handed(array: Any, xp: Any) -> Any:
    """The result of a step as an array of xp without a graph, for the next step."""
    return (
        plain(array)
        if isinstance(array, type(xp.asarray(0.0)))
        else xp.asarray(to_numpy(array).copy())
    )


def foreign(array: Any, xp: Any) -> str:
    """What is wrong with a PyTorch tensor where NumPy arrays are used, or vice versa; empty if
    nothing."""
    names = {False: "NumPy", True: "PyTorch"}
    one, other = (names[hasattr(value, "detach")] for value in (array, xp.asarray(0.0)))
    return (
        "" if one == other else f"is an array of {one}'s, and the run has {other}'s; xp= says which"
    )


def on_host(array: Any) -> Any:
    """An array without a graph in the main memory, where the numbers of a pair are."""
    array = plain(array)
    return array.cpu() if hasattr(array, "cpu") else array


def as_is(value: Any, array: Any, xp: Any) -> Any:
    """A value on the device of an array and, if the array has floats, in its precision."""
    value = xp.asarray(value, dtype=array.dtype) if "float" in str(array.dtype) else value
    return value.to(array.device) if hasattr(array, "cpu") else value


def to_numpy(value: Any) -> Any:
    """An array of any library as a NumPy array."""
    if not hasattr(value, "detach"):
        return np.asarray(value)
    value = value.detach().cpu()
    return np.asarray(value.resolve_neg() if hasattr(value, "resolve_neg") else value)


def parts(value: Any) -> list[tuple[str, Any]]:
    """The parts of a value, each with the code that leads to it; empty for an array of numbers or
    an atom."""
    if is_array(value):
        return _of_array(value)
    if isinstance(value, (*ATOMS, *SHARED)) or hasattr(value, "__wrapped__"):
        return []
    if isinstance(value, MethodType):
        return [(".__self__", value.__self__)]
    if isinstance(value, functools.partial):
        return [(".args", value.args), (".keywords", value.keywords)]
    items: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        items = [(f"[{key!r}]", value[key]) for key in value]
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", part) for name, part in zip(value._fields, value, strict=True)]
    elif isinstance(value, list | tuple | deque):
        items = [(f"[{number}]", part) for number, part in enumerate(value)]
    elif isinstance(value, set | frozenset):
        items = [("{…}", part) for part in sorted(value, key=repr)]
    return items + _attributes(value)


def _of_array(array: Any) -> list[tuple[str, Any]]:
    grad = getattr(array, "grad", None) if getattr(array, "is_leaf", False) else None
    if grad is not None:
        return [(".grad", grad)]
    if isinstance(array, np.ndarray) and array.dtype.kind == "O":
        return [(f"[{', '.join(map(str, index))}]", part) for index, part in np.ndenumerate(array)]
    return []


def _attributes(value: Any) -> list[tuple[str, Any]]:
    """The attributes of an object, including those in slots."""
    slots = (getattr(kind, "__slots__", ()) for kind in type(value).__mro__)
    names = [name for slot in slots for name in ((slot,) if isinstance(slot, str) else slot)]
    names = [name for name in names if not name.startswith("__") and hasattr(value, name)]
    attributes = {name: getattr(value, name) for name in names} | getattr(value, "__dict__", {})
    return [(f".{name}", part) for name, part in attributes.items()]


def nested(value: Any, where: str = "", above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """A value and everything that it contains, each with the code that leads to it; a cycle is
    followed once."""
    if id(value) in above:
        return
    yield where, value
    for label, part in parts(value):
        yield from nested(part, where + label, (*above, id(value)))


def leaves(value: Any) -> Iterator[Any]:
    """The arrays and plain values of a nested state, in order, with the keys of its mappings."""
    for where, part in nested(value):
        if isinstance(part, Mapping):
            yield from part
        elif is_array(part) and not where.endswith(".grad"):
            yield from () if getattr(part.dtype, "kind", "") == "O" else [_leaf(part)]
        elif isinstance(part, ATOMS):
            yield part


def _leaf(array: Any) -> Any:
    try:
        return to_numpy(array)
    # Anything but an array of numbers, such as a key of jax.random or a deleted array: its text.
    except Exception:
        return f"{getattr(array, 'is_deleted', bool)() or array!r}"


def snapshot(value: Any) -> list[Any]:
    """The current values in a nested state, as copies that do not change with it."""
    return [leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves(value)]


def same(first: list[Any], second: list[Any]) -> bool:
    """Whether two nested states have the same contents."""
    return len(first) == len(second) and all(
        np.shape(a) == np.shape(b) and bool(np.all((a == b) | ((a != a) & (b != b))))
        for a, b in zip(first, second, strict=True)
    )


def copied(values: Mapping[str, Any], where: str) -> tuple[Any, ...]:
    """Deep copies without graphs of tensors; values that share memory still share it.

    where: what stands behind a value's name in the message of Broken, should something in it not be
    copied.
    """
    originals = tuple(values.values())
    try:
        return copy.deepcopy(originals)
    except Exception:  # such as a tensor with a graph
        known = {
            id(part): copy.deepcopy(part.detach())
            for _, part in nested(originals)
            if has_graph(part)
        }
    try:
        return copy.deepcopy(originals, dict(known))
    except Exception as error:
        raise _refused(values, where, known, error) from error


def has_graph(value: Any) -> bool:
    """Whether a value is a PyTorch tensor that was computed from others, which cannot be
    deep-copied."""
    return is_array(value) and hasattr(value, "detach") and not getattr(value, "is_leaf", True)


def _refused(
    values: Mapping[str, Any], where: str, known: Mapping[int, Any], error: Exception
) -> Broken:
    """Raise Broken, naming the innermost value that cannot be copied."""
    name, culprit = next((name, value) for name, value in values.items() if _stuck(value, known))
    path = ""
    visited = {id(culprit)}
    while inner := next(
        ((label, part) for label, part in parts(culprit) if _blocks(label, part, known, visited)),
        None,
    ):
        path = path + inner[0]
        culprit = inner[1]
        visited.add(id(culprit))
    kind = type(culprit).__qualname__
    kind = kind if type(culprit).__module__ == "builtins" else f"{type(culprit).__module__}.{kind}"
    holds = f"holds a {kind} at {path}" if path else f"is a {kind}"
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 160, placeholder=" …")
    way = "leave this out of what is returned, or give its class a method __deepcopy__"
    way = "return .detach() of it" if is_array(culprit) and hasattr(culprit, "detach") else way
    hint = (
        f"check_method calls it on copies of what it returned, so as to see changes in place: {way}"
    )
    return Broken(f"the {name} {where} {holds}, which cannot be copied ({reason})", hint)


def _blocks(label: str, part: Any, known: Mapping[int, Any], visited: set[int]) -> bool:
    """Whether the whole cannot be copied because of this part; PyTorch copies a tensor's gradient
    without using the known copies."""
    return id(part) not in visited and _stuck(part, {} if label == ".grad" else known)


def _stuck(value: Any, known: Mapping[int, Any]) -> bool:
    try:
        copy.deepcopy(value, dict(known))
    except Exception:
        return True
    return False
