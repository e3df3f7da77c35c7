"""How IPython and Hypothesis show a value: as the code that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def as_repr(self: Any, printer: Any, cycle: bool) -> None:
    """The value's repr; for a class to take as its `_repr_pretty_`, without which the fields of a dataclass are
    printed."""
    printer.text(repr(self))


def as_call(name: str, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """The call with these arguments, arrays as lists; without those that are None, empty, or as they are by default."""

    def default(argument: str, value: Any) -> bool:
        return value is None or (isinstance(value, Mapping) and not value) or (
            np.ndim(value) == 0 and value == defaults.get(argument))  # fmt: skip

    def text(value: Any) -> str:
        return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)

    return f"{name}({', '.join(f'{n}={text(v)}' for n, v in values.items() if not default(n, v))})"
