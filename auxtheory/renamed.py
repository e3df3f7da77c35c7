"""Old names of columns and fields, accepted for one release with a warning that gives the new
name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")

# Old names of table columns → their present names.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {"dear": "calls_r", "cheap": "calls_h", "met": "local"}
)


def warn(old: str, new: str, *, stacklevel: int = 3) -> None:
    """A DeprecationWarning; stacklevel 1 is the function that calls this one."""
    text = f"{old} is now {new}; the old name is read until the next release"
    warnings.warn(text, DeprecationWarning, stacklevel=stacklevel + 1)


def column(name: Any, columns: Any, *, stacklevel: int = 3) -> Any:
    """The present name of a column that a table of these columns does not have under this one."""
    new = COLUMNS.get(name) if isinstance(name, str) else None
    if new is None or name in columns or new not in columns:
        return name
    warn(f"the column {name!r}", repr(new), stacklevel=stacklevel)
    return new


class Row(dict[str, Any]):
    """A row of a table that can be asked for the old names of its columns."""

    def __missing__(self, name: str) -> Any:
        new = column(name, self)
        if new == name:
            raise KeyError(name)
        return self[new]


def row(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same row, which can be asked for old names if it has renamed columns."""
    return values if set(COLUMNS.values()).isdisjoint(values) else Row(values)


def current(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its columns under their present names."""
    for old in COLUMNS.keys() & row.keys():
        warn(f"the column {old!r}", repr(COLUMNS[old]), stacklevel=4)
    return {COLUMNS.get(name, name): value for name, value in row.items()}


def old_names(**names: str) -> Callable[[type[T]], type[T]]:
    """Decorator of a dataclass that accepts old names of fields as arguments and attributes.

    The class's `__old_names__` maps present names to old ones.
    """

    def decorate(kind: type[T]) -> type[T]:
        made = kind.__init__

        @wraps(made)
        def init(self: T, *args: Any, **kwargs: Any) -> None:
            for old in names.keys() & kwargs.keys():
                warn(f"{kind.__name__}({old}=…)", f"{names[old]}=…")
                # If both are passed, `dataclasses.replace` has added the present one.
                kwargs[names[old]] = kwargs.pop(old)
            made(self, *args, **kwargs)

        type.__setattr__(kind, "__init__", init)
        type.__setattr__(kind, "__old_names__", {new: old for old, new in names.items()})
        for old, new in names.items():
            type.__setattr__(kind, old, _attribute(kind.__name__, old, new))
        return kind

    return decorate


def _attribute(owner: str, old: str, new: str) -> property:
    def read(self: Any) -> Any:
        warn(f"{owner}.{old}", f"{owner}.{new}")
        return getattr(self, new)

    return property(read, doc=f"The old name of `{new}`.")
