"""What engines take, from the arguments that `at.run` takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auxtheory.engines import Sampling, Task


def task_of(
    method: Any, pair: Any, noise: Any, steps: Any, record: Sequence[int] | None = None
) -> Task:
    """A task by position."""
    return Task(method=method, pair=pair, noise=noise, steps=steps, record=record)


def engine_input(
    method: Any,
    pair: Any,
    noise: Any,
    steps: Any,
    *,
    record: Sequence[int] | None = None,
    **sampling: Any,
) -> tuple[Task, Sampling]:
    """A task and how it is sampled."""
    return task_of(method, pair, noise, steps, record), Sampling(**sampling)
