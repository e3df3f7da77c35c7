"""All rounds of a run combined by doubling, for searches of many long runs: the cost grows
like log T."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.exact.collapsed import transposed
from auxtheory.engines.exact.dense import DenseMoments, Refresh, diagonal
from auxtheory.engines.exact.engine import arrays_of, as_program, refuses
from auxtheory.engines.exact.frame import frame_of
from auxtheory.engines.exact.moments import PhaseArrays
from auxtheory.engines.exact.result import traced
from auxtheory.engines.task import Task
from auxtheory.errors import RefusedError
from auxtheory.problems import QuadraticPair
from auxtheory.typing import FloatArray


def applies(task: Task) -> bool:
    """Whether `run` takes this task: one phase of a correction, additive noise, and one record at
    the end."""
    return (
        isinstance(task.pair, QuadraticPair)
        and len(task.phases) == 1
        and not as_program(task)
        and not task.extra
        and not np.any(task.noise.s)
        and task.rounds == (task.steps.T,)
    )


def run(task: Task) -> Trace:
    """The trace of the engine `exact`, up to rounding.

    Second moments of (z, e, 1) are not centred, which loses digits where means are large:
    use it to find cases, and the engine to measure them.

    Raises:
        RefusedError: with the reason why mean and covariance do not close on the task.
    """
    pair = task.pair
    reason = refuses(task)
    if reason or not isinstance(pair, QuadraticPair):
        raise RefusedError(reason)
    with np.errstate(all="ignore"):
        frame = frame_of(pair, task.phases, task.noise)
        arrays = arrays_of(task.phases[0], frame, task.noise, task.count)
        if arrays.R.ndim == 2:
            shaped = [_diagonal(v) for v in (arrays.shaped_r, arrays.shaped_local)]
            arrays = replace(
                arrays, R=diagonal(arrays.R), shaped_r=shaped[0], shaped_local=shaped[1]
            )
        measured = _measured(arrays, task.steps.T)
    return traced(task, measured[:, None], {"form": "rounds combined"}, {})


def _diagonal(variances: FloatArray | None) -> FloatArray | None:
    """Covariances of independent coordinates."""
    return None if variances is None else diagonal(variances)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rounds:
    """n rounds of u ← P u + noise of covariance N: Pⁿ, S = Σ_{t<n} PᵗN(Pᵗ)ᵀ, and U, the sum of the
    second moments before each round from given ones; matrices are (C, m, m)."""

    n: int
    P: FloatArray
    S: FloatArray
    U: FloatArray

    def then(self, other: _Rounds) -> _Rounds:
        """These rounds followed by others of the same recursion."""
        back = transposed(self.P)
        return _Rounds(
            n=self.n + other.n,
            P=self.P @ other.P,
            S=self.S + self.P @ other.S @ back,
            U=self.U + other.n * self.S + self.P @ other.U @ back,
        )


def _measured(arrays: PhaseArrays, T: int) -> FloatArray:
    """G, gap, ‖∇f‖², and two zeros, at the end, shape (5, C)."""
    start = arrays.z0, np.zeros((*arrays.z0.shape, arrays.z0.shape[-1]))
    moments = DenseMoments(arrays, start)
    first = _first(moments)
    P, N = _one_round(moments)
    rounds = one = _Rounds(n=1, P=P, S=N, U=first)
    for digit in f"{T:b}"[1:]:
        rounds = rounds.then(rounds)
        if digit == "1":
            rounds = rounds.then(one)
    last = rounds.P @ first @ transposed(rounds.P) + rounds.S
    d = moments.d
    drift = moments.root_of_zp[..., d:] @ arrays.local_drift[..., None]
    root = np.concatenate([moments.root_of_ze, drift], axis=-1)
    sums = np.einsum("cij,cij->c", root @ rounds.U, root) + T * moments.energy_of_noise
    square = np.einsum("cii->ci", last[:, :d, :d])
    zero = np.zeros(len(sums))
    return np.array(
        [
            sums / (T * arrays.K),
            0.5 * np.sum(arrays.A * square, axis=-1),
            np.sum(arrays.A**2 * square, axis=-1),
            zero,
            zero,
        ]
    )


def _first(moments: DenseMoments) -> FloatArray:
    """The second moments of (z, e, 1) after the first refresh."""
    rule = moments.first
    z = moments.z
    still = np.concatenate([z, np.zeros_like(z)], axis=-1)[..., None]
    e = rule.drift + (0.0 if rule.G is None else (rule.G @ still)[..., 0])
    u = np.concatenate([z, e, np.ones((len(z), 1))], axis=-1)
    second = u[:, :, None] * u[:, None, :]
    d = moments.d
    second[:, d : 2 * d, d : 2 * d] += rule.additive
    return np.asarray(second)


def _one_round(moments: DenseMoments) -> tuple[FloatArray, FloatArray]:
    """The map of (z, e, 1) by K local steps and the refresh after them, and the covariance that
    they add."""
    rule: Refresh = moments.later
    arrays = moments.arrays
    d = moments.d
    count = len(moments.z)
    drift = (moments.of_zp[..., d:] @ arrays.local_drift[..., None])[..., 0]
    P = np.zeros((count, 2 * d + 1, 2 * d + 1))
    P[:, :d, : 2 * d] = moments.of_ze[:, :d]
    P[:, :d, -1] = drift[:, :d]
    P[:, d:-1, d:-1] = rule.m[:, :, None] * np.eye(d)
    P[:, d:-1, -1] = rule.drift
    P[:, -1, -1] = 1.0
    V = moments.noise[:, :d, :d]
    spread = np.zeros((count, 2 * d + 1, d))
    spread[:, :d] = np.eye(d)
    if rule.G is not None:
        P[:, d:-1, : 2 * d] += rule.G @ moments.of_ze
        P[:, d:-1, -1] += (rule.G @ drift[..., None])[..., 0]
        spread[:, d:-1] = rule.G[..., :d] + rule.G[..., d:]
    N = spread @ V @ transposed(spread)
    N[:, d:-1, d:-1] += rule.additive
    return P, N
