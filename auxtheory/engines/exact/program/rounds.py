"""Equal rounds of a program as one map, so that many cost log T."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auxtheory.engines.exact.program.maps import Map
from auxtheory.engines.exact.program.phase import ProgramPhase
from auxtheory.engines.exact.repeated import Repeated
from auxtheory.typing import FloatArray

FEWEST = 8  # rounds that are worth combining
MOST_STEPS = 64  # of different local steps


def equal(steps: ProgramPhase) -> bool:
    """Whether all rounds of a phase but the first are one affine map, with additive noise and
    without choices."""
    T, K = steps.phase.steps.T, steps.phase.steps.K
    if T < FEWEST:
        return False
    for name in ("refresh", "step", "finish"):
        hook = steps.program.hooks.get(name)
        if hook is None:
            continue
        if steps.varies(hook) or (hook.reads("k") and K > MOST_STEPS):
            return False
        if not all(_one_map(steps, name, k) for k in range(K if hook.reads("k") else 1)):
            return False
    return True


def _one_map(steps: ProgramPhase, name: str, k: int) -> Map | None:
    """The map of a hook, or None if it has choices or draws."""
    maps = steps.maps(name, 2, k) or []
    return maps[0][1] if len(maps) == 1 and not maps[0][1].draws else None


def one_round(
    steps: ProgramPhase, local: Sequence[FloatArray], after: Sequence[FloatArray]
) -> Repeated:
    """A round from its refresh on.

    Args:
        steps: a phase of `equal` rounds.
        local: the roots of what is summed over the points from which the local steps start.
        after: the roots of what is summed over the states after the rounds.

    Returns:
        The round, with the sums of both.
    """
    nothing = [root[..., :0, :] for root in (*local, *after)]
    shape = (*nothing[0].shape[:-2], steps.size * _entries(steps))
    eye = np.broadcast_to(np.eye(shape[-1]), (*shape, shape[-1]))
    still = Map(eye, np.zeros(shape), np.zeros_like(eye))
    whole = still.repeated(nothing)
    refresh = _one_map(steps, "refresh", 0)
    if refresh is not None:
        whole = refresh.repeated(nothing)
    whole = whole.then(_local_steps(steps, [*local, *nothing[len(local) :]]))
    finish = _one_map(steps, "finish", 0)
    if finish is not None:
        whole = whole.then(finish.repeated(nothing))
    if after:
        whole = whole.then(still.repeated([*nothing[: len(local)], *after]))
    return whole


def _local_steps(steps: ProgramPhase, roots: Sequence[FloatArray]) -> Repeated:
    """The K local steps of a round."""
    K = steps.phase.steps.K
    hook = steps.program.hooks["step"]
    first = _one_map(steps, "step", 0)
    assert first is not None
    one = first.repeated(roots)
    if not hook.reads("k"):
        return Repeated.power(one, K)
    for k in range(1, K):
        step = _one_map(steps, "step", k)
        assert step is not None
        one = one.then(step.repeated(roots))
    return one


def _entries(steps: ProgramPhase) -> int:
    """Numbers of one variable in a state vector."""
    algebra = steps.problem.algebra
    return algebra.dim if algebra.dense else 1


def cancels(steps: ProgramPhase, most: float) -> bool:
    """Whether a refresh takes away most of what local steps make of a state: of entries that are
    more than `most` times as large as 1 and as what is left.

    The map of the round then holds rounding in place of what is left, which the next local steps
    make large again, and the operators of compiled code hold that of squares.
    """
    hook = steps.program.hooks.get("step")
    if hook is None or "refresh" not in steps.program.hooks:
        return False
    K = steps.phase.steps.K
    with np.errstate(all="ignore"):
        for t in dict.fromkeys((2, max(2, steps.phase.steps.T))):
            for _, step in steps.maps("step", t) or []:
                together = Repeated.power(_linear(step), K)
                for _, refresh in steps.maps("refresh", t) or []:
                    whole = np.abs(together.then(_linear(refresh)).P)
                    parts = np.abs(refresh.M) @ np.abs(together.P)
                    left = np.maximum(1.0, np.max(whole, axis=-1))
                    if np.any(np.max(parts, axis=-1) > most * left):
                        return True
    return False


def _linear(map_: Map) -> Repeated:
    """What a map does to deviations from the mean, without noise."""
    return replace(map_, c=0.0 * map_.c, Q=0.0 * map_.Q, draws=()).repeated([])
