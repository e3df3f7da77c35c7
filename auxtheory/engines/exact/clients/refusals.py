"""Which tasks with clients the exact engine cannot follow, and why."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.engines.exact.clients.blocks import blocks_of, needs_choices
from auxtheory.engines.exact.clients.choices import count_of_choices
from auxtheory.engines.exact.clients.hooks import most_outcomes
from auxtheory.engines.exact.program.evaluation import MOST_OUTCOMES
from auxtheory.engines.exact.program.run import nested
from auxtheory.engines.task import Task
from auxtheory.methods import Phase
from auxtheory.methods.client_runs import at_work
from auxtheory.problems import QuadraticPair


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
        reason = _too_many(phase, pair.helpers)
        if reason:
            return reason
        for hook in program.hooks.values():
            if nested(hook) and np.any(task.noise.s):
                return (
                    f"exact cannot follow the multiplicative noise of a gradient at a point that "
                    f"has noise itself: {method.name}.{hook.name}"
                )
    return None


def _too_many(phase: Phase, helpers: Any) -> str | None:
    """Why the choices of clients are too many, or of clients of different weights; or None."""
    name, program = phase.method.name, phase.method.program
    S = at_work(phase, helpers.N)
    blocks = blocks_of(program, max(2, program.clients.reports_from), S == helpers.N)
    if not needs_choices(helpers, S, blocks):
        return None
    if not helpers.equal_weights and any(block.who == "other" for block in blocks):
        return f"exact needs equal weights where other clients report than work, as in {name}"
    if count_of_choices(helpers.counts, S) > MOST_OUTCOMES:
        return (
            f"exact tries every choice of clients where the same ones report and then work, or "
            f"have different weights, and {name} with S = {S} has more than {MOST_OUTCOMES:,}"
        )
    return None
