"""‖∇f‖² at local steps of minibatch runs, estimated from a few samples or at a few of the steps:
`Sampling.G_rows` and `Sampling.G_every`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.engines.task import Sampling, Task
from auxtheory.errors import Checks
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch import Minibatch, with_replacement
from auxtheory.problems.logistic.squares import sampled_square
from auxtheory.random.counter import OFFSET, OWN, Index
from auxtheory.typing import Array

FIELDS = {"G_rows": None, "G_every": 1}  # with what they are where nothing is estimated


def check(engine: str, options: Sequence[str], task: Task, sampling: Sampling) -> None:
    """InputError if ‖∇f‖² at local steps is to be estimated where it cannot be; options: the fields
    of `Sampling` that the engine reads."""
    checks = Checks()
    for name, value in source(sampling).items():
        if not isinstance(task.noise, Minibatch):
            checks.complain(name, value, "must be left out unless the noise is minibatches")
        elif name not in options:
            checks.complain(name, value, f"must be left out for the engine {engine}")
    checks.done()


def source(sampling: Sampling) -> dict[str, int]:
    """What the provenance says of the estimate."""
    values = {name: getattr(sampling, name) for name in FIELDS}
    return {name: value for name, value in values.items() if value != FIELDS[name]}


def offsets(index: Index, every: int) -> Any:
    """The first local step of the round at which each replica computes ‖∇f‖², shape (R,)."""
    return with_replacement(index, OFFSET, every, 1)[:, 0]


def square(noise: Noise, index: Index, rows: int, x: Array, xp: Any = np) -> Array:
    """An unbiased estimate of ‖∇f(x)‖² for each replica, shape (C, R)."""
    assert isinstance(noise, Minibatch)
    chosen = with_replacement(index, OWN, len(noise.pair.f.labels), rows)
    return sampled_square(noise.pair.f, chosen, xp)(x)
