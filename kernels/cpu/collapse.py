"""K equal local steps combined into one by doubling, compiled; the cost grows like log K."""

from __future__ import annotations

from typing import Any

from auxtheory.kernels import propagation
from auxtheory.kernels.jit import compiled, known

joined = known(propagation.joined, inline=False, merged=True)
one_step = known(propagation.one_step, inline=False, merged=True)


@known
def one_step_of(t: Any, i: int) -> Any:
    """One local step of a lane."""
    return one_step(t.slope[i], t.alpha[i], t.epsilon[i], t.variance[i])


@known
def steps_of(t: Any, i: int) -> Any:
    """The local steps of a lane that have been combined so far."""
    return (
        t.excess[i],
        t.P[i],
        t.S[i],
        t.more_zz[i],
        t.more_zw[i],
        t.more_ww[i],
        t.noise[i],
        t.total_zz[i],
        t.total_zw[i],
        t.total_ww[i],
        t.total_n[i],
    )


@known
def store(t: Any, i: int, steps: Any) -> None:
    """Store the combined local steps of a lane."""
    excess, P, S, more_zz, more_zw, more_ww, noise, total_zz, total_zw, total_ww, total_n = steps
    t.excess[i] = excess
    t.P[i] = P
    t.S[i] = S
    t.more_zz[i] = more_zz
    t.more_zw[i] = more_zw
    t.more_ww[i] = more_ww
    t.noise[i] = noise
    t.total_zz[i] = total_zz
    t.total_zw[i] = total_zw
    t.total_ww[i] = total_ww
    t.total_n[i] = total_n


@compiled
def refine(t: Any, lanes: int) -> None:
    """Set P from P − 1 where that is more accurate."""
    for i in range(lanes):
        P = t.P[i]
        near = 1.0 + t.excess[i]
        t.P[i] = near if abs(t.excess[i]) < 0.5 else P


@compiled
def collapse(t: Any, lanes: int, K: int) -> None:
    """Combine K local steps of every lane."""
    digits = 0
    while K >> digits:
        digits += 1
    for i in range(lanes):
        store(t, i, one_step_of(t, i))
    for digit in range(digits - 2, -1, -1):
        for i in range(lanes):
            store(t, i, joined(steps_of(t, i), steps_of(t, i)))
        refine(t, lanes)
        if K >> digit & 1:
            for i in range(lanes):
                store(t, i, joined(steps_of(t, i), one_step_of(t, i)))
            refine(t, lanes)
