"""How IPython and Hypothesis show a value: as the code that makes it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class AsRepr:
    """The value's repr, for a class to take as its `_repr_pretty_`: without it the fields of a
    dataclass are printed.

    Hypothesis calls it as (printer, cycle), on a class itself too; IPython calls that of the class
    as (value, printer, cycle).
    """

    def __get__(self, value: Any, kind: type) -> Callable[..., None]:
        def show(*args: Any) -> None:
            *first, printer, _ = args
            subject = first[0] if first else value
            printer.text(
                f"{kind.__module__}.{kind.__qualname__}" if subject is None else repr(subject)
            )

        return show


as_repr = AsRepr()


def as_call(name: str, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """The call with these arguments, arrays as lists, without arguments that are None, empty or
    equal to their default.
    """

    def default(argument: str, value: Any) -> bool:
        return (
            value is None
            or (isinstance(value, Mapping) and not value)
            or (np.ndim(value) == 0 and value == defaults.get(argument))
        )

    def text(value: Any) -> str:
        return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)

    return f"{name}({', '.join(f'{n}={text(v)}' for n, v in values.items() if not default(n, v))})"
