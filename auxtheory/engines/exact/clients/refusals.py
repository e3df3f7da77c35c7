"""Which tasks with clients the exact engine cannot follow, and why."""

from __future__ import annotations

import numpy as np

from auxtheory.engines.exact.clients.hooks import most_outcomes
from auxtheory.engines.exact.program.evaluation import MOST_OUTCOMES
from auxtheory.engines.exact.program.run import nested
from auxtheory.engines.task import Task
from auxtheory.problems import QuadraticPair


def has_clients(task: Task) -> bool:
    """Whether some method of a task has clients."""
    return any(phase.method.program.clients is not None for phase in task.phases)


def refuses(task: Task) -> str | None:
    """Why the moments of a method with clients do not close on a task, or None."""
    pair = task.pair
    assert isinstance(pair, QuadraticPair) and pair.helpers is not None
    for measure in task.extra:
        if measure.form == "norm":
            return f"exact follows second moments, and {measure.name} is the mean of a root of one"
    for phase in task.phases:
        method = phase.method
        program = method.program
        if program.clients is None:
            return (
                f"exact runs methods with clients and others in different ways, and {method.name} "
                "has no clients"
            )
        if program.components or program.scalars:
            return f"exact follows vectors of server and clients, and {method.name} has others"
        if most_outcomes(phase) > MOST_OUTCOMES:
            return f"exact tries every outcome of a choice, and {method.name} has too many"
        for hook in program.hooks.values():
            if nested(hook) and np.any(task.noise.s):
                return (
                    f"exact cannot follow the multiplicative noise of a gradient at a point that "
                    f"has noise itself: {method.name}.{hook.name}"
                )
    return None
