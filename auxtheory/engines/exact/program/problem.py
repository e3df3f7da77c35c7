"""The pair and the noise of a task as coefficients, in the eigenbasis of A where nothing depends on
the axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.engines.exact.frame import frame_of
from auxtheory.engines.exact.program.evaluation import Problem
from auxtheory.engines.exact.program.forms import Algebra
from auxtheory.engines.task import Task
from auxtheory.measures import Measure
from auxtheory.methods.program import Hook
from auxtheory.noise.laws import Noise
from auxtheory.problems import QuadraticPair
from auxtheory.typing import FloatArray


def _is_full(measure: Measure) -> bool:
    """Whether a measure's matrix is not diagonal, so that it needs the coordinates together."""
    return measure.matrix is not None and measure.matrix.ndim == 2


def _dense(pair: QuadraticPair, noise: Noise) -> bool:
    """Whether the coordinates do not come apart."""
    components = pair.components
    apart = components is None or components.diagonal
    return not pair.diagonal or noise.shape_axes == 2 or not apart


def problem_of(task: Task) -> Problem:
    """The pair and the noise of a task as coefficients."""
    pair = task.pair
    noise = task.noise
    assert isinstance(pair, QuadraticPair)
    if turns(task):
        return _turned(task)
    full = any(_is_full(m) for m in task.extra)
    algebra = Algebra(pair.dim, _dense(pair, noise) or full)
    count = task.count

    def coefficient(value: FloatArray, axes: int) -> FloatArray:
        return coefficient_of(algebra, value, axes)

    components = pair.components
    A_i: tuple[FloatArray, ...] = ()
    b_i: tuple[FloatArray, ...] = ()
    if components is not None:
        axes = 1 if components.diagonal else 2
        A_i = tuple(coefficient(components.A[:, i], axes) for i in range(components.N))
        b_i = tuple(components.b[:, i] for i in range(components.N))
    axes = 1 if pair.diagonal else 2
    return Problem(
        algebra=algebra,
        count=count,
        A=coefficient(pair.A, axes),
        R=coefficient(pair.R, axes),
        x_star=np.broadcast_to(pair.x_star, pair.x0.shape),
        b=pair.b,
        z0=pair.x0 - pair.x_star,
        A_i=A_i,
        b_i=b_i,
        roots=roots_of(algebra, noise),
        s=algebra.number(noise.s),
    )


def coefficient_of(algebra: Algebra, value: FloatArray, axes: int) -> FloatArray:
    """An array ([C,] d) or ([C,] d, d) as a coefficient."""
    array = np.asarray(value, dtype=float)
    array = array if array.ndim == axes + 1 else array[None]
    if axes == 1 and algebra.dense:
        return np.asarray(array[:, :, None] * np.eye(algebra.dim))
    return array


def roots_of(algebra: Algebra, noise: Noise) -> dict[str, FloatArray]:
    """The additive noise of each oracle as coefficients, whose product with their transpose is the
    covariance."""

    def root(kind: Any) -> FloatArray:
        covariance = np.asarray(noise.additive(kind, algebra.dim), dtype=float)
        if noise.shape_axes == 0:
            return algebra.number(np.sqrt(covariance)) * algebra.one
        if noise.shape_axes == 1:
            return coefficient_of(algebra, np.sqrt(covariance), 1)
        values, vectors = np.linalg.eigh(covariance if covariance.ndim == 3 else covariance[None])
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])

    return {kind: root(kind) for kind in ("f", "h", "r")}


def turns(task: Task) -> bool:
    """Whether a dense pair is followed in the eigenbasis of A: noise, measures and texts are the
    same in every basis.

    In other coordinates the entries of A are rounded relative to L, and E‖∇f‖² loses six digits
    where L/μ = 1e8. Multiplicative noise, shapes, components and matrices of measures are followed
    there nevertheless.
    """
    pair = task.pair
    assert isinstance(pair, QuadraticPair)
    programs = [phase.method.program for phase in task.phases]
    return (
        not pair.diagonal
        and not task.noise.shaped
        and not np.any(task.noise.s)
        and all(measure.matrix is None for measure in task.extra)
        and not any(program.components for program in programs)
        and not any(_has_axes(hook) for program in programs for hook in program.hooks.values())
    )


def _has_axes(hook: Hook) -> bool:
    """Whether a hook has numbers for each coordinate, or adds a number other than 0 to vectors."""
    for node in hook.nodes:
        if node.op == "constant" and node.vector:
            return True
        if node.op in ("add", "subtract", "where") and node.vector:
            numbers = [n for n in node.args[node.op == "where" :] if not n.vector]
            if any(n.op != "constant" or n.data != 0 for n in numbers):
                return True
    return any(not n.vector and n.op != "put" for n in hook.outputs)


def _turned(task: Task) -> Problem:
    """A dense pair in the eigenbasis of A, with its coordinates apart if R has the same."""
    noise = task.noise
    pair = task.pair
    assert isinstance(pair, QuadraticPair)
    frame = frame_of(pair, task.phases, noise)
    algebra = Algebra(pair.dim, frame.R.ndim == 3)
    A = frame.A[:, :, None] * np.eye(pair.dim) if algebra.dense else frame.A
    return Problem(
        algebra=algebra,
        count=task.count,
        A=A,
        R=frame.R,
        x_star=frame.x_star,
        b=frame.b,
        z0=frame.z0,
        A_i=(),
        b_i=(),
        roots=roots_of(algebra, noise),
        s=algebra.number(noise.s),
    )
