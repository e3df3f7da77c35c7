"""Products of parameters of which only a cross is run by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import pytest


def crossed(axes: Mapping[str, Iterable[Any]], centre: Mapping[str, Any]) -> pytest.MarkDecorator:
    """All combinations of the values of `axes`; those that differ from `centre` in more than one
    place are slow.

    Each value is then tested by default with the others at their centre, and every combination
    by `pytest --all`: a compiled loop exists once a combination, and compiling is most of the time.
    """
    values = {name: list(choices) for name, choices in axes.items()}
    for name, value in centre.items():
        if value not in values[name]:
            raise ValueError(f"{name} = {value!r} is not among {values[name]}")
    parameters = []
    for combination in product(*values.values()):
        away = sum(value != centre[name] for name, value in zip(values, combination, strict=True))
        label = "-".join(
            "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for value in combination
        )
        marks = [pytest.mark.slow] if away > 1 else []
        parameters.append(pytest.param(*combination, id=label, marks=marks))
    return pytest.mark.parametrize(tuple(values), parameters)
