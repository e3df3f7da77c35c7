"""The phase of each client where step parameters differ between them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from auxtheory.errors import InputError
from auxtheory.methods.phases import Phase


@lru_cache(maxsize=16)
def client_phases(
    phase: Phase, names: frozenset[str] | None = None
) -> tuple[tuple[float, Phase], ...]:
    """The phase with the step parameters of each client.

    Args:
        phase: the method and its steps.
        names: the parameters whose values matter; of others those of one client will do. None: all.

    Returns:
        For each combination of values its share of the clients, and the phase with these values;
        the phase itself if all clients have the same.

    Raises:
        InputError: parameters have values for different numbers of clients.
    """
    every = phase.steps.per_client
    if not every:
        return ((1.0, phase),)
    sizes = {name: len(value.values) for name, value in every.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InputError.listing([f"values of each client: must be equally many, not {listed}"])
    matter = [name in names if names is not None else True for name in every]
    rows: dict[tuple[float, ...], list[Any]] = {}
    for row in zip(*(value.values.tolist() for value in every.values()), strict=True):
        key = tuple(value for value, matters in zip(row, matter, strict=True) if matters)
        rows.setdefault(key, [0, row])[0] += 1
    total = next(iter(sizes.values()))
    phases = []
    for count, row in rows.values():
        values = dict(zip(every, row, strict=True))
        phases.append((count / total, replace(phase, steps=phase.steps.replace(**values))))
    return tuple(phases)
