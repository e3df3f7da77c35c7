"""‖∇f‖² at local steps of minibatch runs, estimated from a few samples: `Sampling.G_rows`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.engines.task import Sampling, Task
from auxtheory.errors import Checks
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch import Minibatch, with_replacement
from auxtheory.problems.logistic.squares import sampled_square
from auxtheory.random.counter import OWN, Index
from auxtheory.typing import Array


def check(engine: str, options: Sequence[str], task: Task, sampling: Sampling) -> None:
    """InputError if `G_rows` is set where ‖∇f‖² at local steps cannot be estimated; options: the
    fields of `Sampling` that the engine reads."""
    checks = Checks()
    if sampling.G_rows is not None:
        if not isinstance(task.noise, Minibatch):
            allowed = "must be left out unless the noise is minibatches"
            checks.complain("G_rows", sampling.G_rows, allowed)
        elif "G_rows" not in options:
            allowed = f"must be left out for the engine {engine}"
            checks.complain("G_rows", sampling.G_rows, allowed)
    checks.done()


def source(sampling: Sampling) -> dict[str, int]:
    """What the provenance says of the estimate."""
    return {} if sampling.G_rows is None else {"G_rows": sampling.G_rows}


def square(noise: Noise, index: Index, rows: int, x: Array, xp: Any = np) -> Array:
    """An unbiased estimate of ‖∇f(x)‖² for each replica, shape (C, R)."""
    assert isinstance(noise, Minibatch)
    chosen = with_replacement(index, OWN, len(noise.pair.f.labels), rows)
    return sampled_square(noise.pair.f, chosen, xp)(x)
