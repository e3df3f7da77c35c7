"""The phase of each client where step parameters differ between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from auxtheory.methods.phases import Phase


def client_phases(phase: Phase) -> tuple[tuple[float, Phase], ...]:
    """The phase with the step parameters of each client.

    Args:
        phase: the method and its steps.

    Returns:
        For each combination of values its share of the clients, and the phase with these values;
        the phase itself if all clients have the same.

    Raises:
        InputError: parameters have values for different numbers of clients.
    """
    every = phase.steps.per_client
    if not every:
        return ((1.0, phase),)
    rows = Counter(zip(*(value.values.tolist() for value in every.values()), strict=True))
    phases = []
    for row, count in rows.items():
        values = dict(zip(every, row, strict=True))
        phases.append((count / rows.total(), replace(phase, steps=phase.steps.replace(**values))))
    return tuple(phases)
