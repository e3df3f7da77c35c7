"""Limits of the numbers that a text makes of its parameters, probabilities and batches, and of
parameters that are whole numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.errors import shown
from auxtheory.methods.client_runs import numbered
from auxtheory.methods.cost import number, settings
from auxtheory.methods.phases import Phase
from auxtheory.methods.reading import located


def unfit(phase: Phase) -> Iterator[str]:
    """What is wrong with the numbers of a phase that do not depend on the state.

    Args:
        phase: the method and its steps.

    Returns:
        A complaint for each probability outside [0, 1] and each batch that is no whole number of
        at least 1 nor infinite, with method, hook and line; and for each parameter that must be a
        whole number and is not.
    """
    program = phase.method.program
    for name in phase.method.whole:
        given = np.ravel(phase.at_round(name, 1))
        wrong = given[~((given >= 0) & (given == np.floor(given)))]
        if wrong.size:
            yield f"{name} = {shown(float(wrong[0]))}: must be a whole number of at least 0"
    for hook in program.hooks.values():
        # What is the same in all rounds is looked at in one.
        rounds = np.arange(1.0, phase.steps.T + 1) if numbered(phase, hook) else np.ones(1)
        known = settings(phase, hook, rounds) if hook.calls or hook.choices else {}
        seen = set()
        for node in hook.nodes:
            batch = node.data[0].batch if node.op == "gradient" else None
            size = node.args[0] if node.op == "coin" else batch
            if size is None or size in seen:
                continue
            seen.add(size)
            value = number(size, known, phase)
            values = np.ravel(np.asarray([] if value is None else value, dtype=float))
            if node.op == "coin":
                wrong = values[~((values >= 0) & (values <= 1))]
                what = "probability {}: must be in [0, 1]"
            else:
                wrong = values[~((values >= 1) & (values == np.floor(values)))]
                what = "batch of {}: must be a whole number of at least 1, or inf"
            if wrong.size:
                complaint = what.format(shown(float(wrong[0])))
                yield from located(program.name, hook.name, node.line, [complaint]).complaints
