"""Local steps of a round as one draw, and quadratic measures at them as conditional expectations.

Given the state z at the round's start, K affine local steps with noise move it to P z + c + noise
of covariance Q, and Σ_k E[q(z_k) | z] of a quadratic q is a quadratic function of z. So a replica
draws the noise of K steps at once, with one sample for each direction of Q, and adds conditional
expectations in place of samples: all means stay what they were, and variances become smaller.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import without_clients
from auxtheory.engines.exact.coordinates import cancels
from auxtheory.engines.exact.engine import arrays_of
from auxtheory.engines.exact.frame import frame_of
from auxtheory.engines.exact.program.forms import Form
from auxtheory.engines.exact.program.maps import Map
from auxtheory.engines.exact.program.phase import ProgramPhase
from auxtheory.engines.exact.program.problem import problem_of
from auxtheory.engines.exact.repeated import Moments, Repeated, squared
from auxtheory.engines.task import Task
from auxtheory.measures import G, Measure, gap_last, grad_last
from auxtheory.methods import Phase, properties
from auxtheory.methods.program import Hook
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import QuadraticPair
from auxtheory.random.counter import COLLAPSED, Index
from auxtheory.typing import Array, FloatArray

Signed: TypeAlias = "list[tuple[float, FloatArray]]"  # signs and roots

# What a result states of its local steps.
STATED = (
    "the local steps of a round are one draw of the noise's law with their mean and variance, and "
    "measures are conditional expectations given the round's start"
)
# The ratio of a power of a local step's factor to the sum that it is part of, above which squares
# of the sum have no more than eight digits.
LOSS = 1e4
# A variance that is left of another one, relative to it, below which it is rounding.
ROUNDING = 1e-12


def refuses(name: str, task: Task) -> str | None:
    """Why the local steps of a task do not collapse to one draw, or None."""
    pair = task.pair
    noise = task.noise
    reason = without_clients(f"{name} with collapsed local steps", task)
    if reason:
        return reason
    if not isinstance(pair, QuadraticPair):
        return f"{name} collapses local steps on quadratic pairs, not on {type(pair).__name__}"
    if not pair.diagonal or noise.shape_axes == 2:
        what = "this pair is not diagonal" if not pair.diagonal else "this shape is a matrix"
        return f"{name} collapses local steps where coordinates come apart, and {what}"
    reason = foreign.overridden(pair, QuadraticPair) or foreign.unlike(noise)
    for measure in task.extra:
        if measure.form == "norm":
            reason = reason or (
                f"collapsed local steps keep second moments, and {measure.name} is the mean of a "
                "root of one"
            )
        if measure.over == "local" and measure.matrix is not None and measure.matrix.ndim == 2:
            reason = reason or (
                f"{name} collapses local steps coordinate by coordinate, and {measure.name} has a "
                "matrix"
            )
    for phase in task.phases:
        reason = reason or _irregular(name, phase, noise)
    return reason or _cancelling(name, task, pair)


def _cancelling(name: str, task: Task, pair: QuadraticPair) -> str | None:
    """Why rounding would take the digits of a conditional expectation, or None."""
    frame = frame_of(pair, task.phases, task.noise)
    for phase in task.phases:
        if phase.correction is None or phase.steps.scheduled:
            continue
        with np.errstate(all="ignore"):
            lost = cancels(arrays_of(phase, frame, task.noise, task.count), LOSS)
        if np.any(lost):
            return (
                f"{name} collapses local steps to quadratic forms, which lose all digits where "
                f"{phase.steps.K} steps of {phase.method.name} amplify a coordinate by more than "
                f"{LOSS:g} and the buffer takes it back: take smaller steps, or leave out "
                "rao_blackwell"
            )
    return None


def _irregular(name: str, phase: Phase, noise: Noise) -> str | None:
    """Why the local steps of a phase are not affine with noise of known variance, or None."""
    method = phase.method
    program = method.program
    hook = program.hooks.get("step")
    if method.implementation is not None:
        return f"{name} collapses local steps of a text, and {method.name} is an implementation"
    if hook is None or program.tables or program.scalars or hook.choices:
        what = (
            "has none"
            if hook is None
            else "makes random choices in them"
            if hook.choices
            else "keeps numbers or a variable of each component"
        )
        return f"{name} collapses local steps of vectors, and {method.name} {what}"
    steps = replace(program, hooks={"step": hook})
    reason = properties.not_affine(steps) or properties.not_elementwise(steps)
    if reason:
        return f"{name} collapses local steps that are affine and elementwise: {reason}"
    curved = np.any(noise.s) and _curved(phase)
    if curved and phase.correction is None:
        return (
            f"{name} collapses multiplicative noise of local steps for methods of a correction "
            f"buffer, and {method.name} is not one"
        )
    nonlinear = properties.not_affine(program)
    if nonlinear and (not isinstance(noise, Gaussian) or curved):
        return (
            f"{name} draws collapsed local steps by two moments unless their noise is additive and "
            f"normal, which is not enough where {nonlinear}"
        )
    return None


def _curved(phase: Phase) -> bool:
    """Whether local steps take gradients with multiplicative noise."""
    beta = bool(phase.method.role.beta)
    return any(
        call.noisy and (call.kind == "f" or (call.kind == "h") == beta)
        for call in phase.method.program.hooks["step"].calls
    )


def collapsed(task: Task) -> list[Collapsed]:
    """The collapsed local steps of each phase; `refuses` has no reason against them."""
    local = tuple(m for m in task.extra if m.over == "local")
    problem = problem_of(replace(task, measures=local))
    return [Collapsed(phase, ProgramPhase(phase, problem), local, task) for phase in task.phases]


class Collapsed:
    """The local steps of one phase, as maps of arrays of replicas.

    Args:
        phase: the phase.
        steps: its hooks as maps.
        local: the further measures over local iterates.
        task: what is run.
    """

    def __init__(
        self, phase: Phase, steps: ProgramPhase, local: tuple[Measure, ...], task: Task
    ) -> None:
        self.steps = steps
        self.noise = task.noise
        self.K = phase.steps.K
        self.program = phase.method.program
        self.hook: Hook = self.program.hooks["step"]
        self._set_references()
        self.references = [steps.reference(i)[:, None, :] for i in range(steps.size)]
        self.roots = [self._roots_of(measure) for measure in (G, *local)]
        self.ends = self._roots_of_ends(task.extra)
        self.changed = [
            i
            for i, (variable, node) in enumerate(
                zip(self.program.state, self.hook.outputs, strict=True)
            )
            if node.op != "state" or node.data != variable
        ]
        self.together: Repeated | None = None
        self.round = 0

    def _set_references(self) -> None:
        """The references of the state variables: what `start` makes of x*; where that is no affine
        map, x* for x and 0 for the others."""
        start = replace(self.program, hooks={"start": self.program.hooks["start"]})
        if properties.not_affine(start) is None:
            self.steps.start()
            return
        one = self.steps.problem.algebra.one
        self.steps.references = [
            Form({"X": one} if variable == "x" else {}) for variable in self.program.state
        ]

    def _roots_of(self, measure: Measure) -> Signed:
        """A measure's quantity as ± ‖root z̃‖², of arrays of replicas."""
        return [(sign, root[:, None]) for sign, root in self.steps.roots_of(_last(measure))]

    def _roots_of_ends(self, measures: tuple[Measure, ...]) -> dict[str, Signed]:
        """The roots of measures at the end of a round, which is that of its local steps unless the
        method has the hook `finish`."""
        if "finish" in self.program.hooks:
            return {}
        ends = [gap_last, grad_last, *(m for m in measures if m.over != "local")]
        apart = [m for m in ends if m.matrix is None or m.matrix.ndim == 1]
        return {m.key: self._roots_of(m) for m in apart}

    def run(
        self, state: dict[str, Array], t: int, index: Index, xp: Any
    ) -> tuple[dict[str, Array], tuple[list[Array], dict[str, Array]]]:
        """The state after the local steps of a round; and, given the state before them, the
        expectations of Σ_k q(z_k) for ‖∇f‖² and the further measures, and of measures at the end of
        the round by their keys, shape (C, R) each.

        Args:
            state: the arrays of the state variables, (C, R, d).
            t: the number of the round in the phase.
            index: seed, replicas and round of the samples.
            xp: the namespace of the arrays.
        """
        arrays = [np.asarray(state[variable]) for variable in self.program.state]
        z = np.stack(
            [array - reference for array, reference in zip(arrays, self.references, strict=True)],
            axis=-1,
        )
        after, sums = self._moments(Moments(z, np.zeros((z.shape[-1],) * 2)), t)
        roots = root_of(after.cov[..., self.changed, :][..., self.changed])
        moved = [after.mean[..., i] for i in self.changed]
        for direction in range(len(self.changed)):
            column = roots[..., direction]
            if np.any(column):
                at = replace(index, step=direction)
                sample = self.noise.standard(at, COLLAPSED, z.shape[-2], np)
                moved = [v + column[..., i] * sample for i, v in enumerate(moved)]
        values = dict(state)
        for i, v in zip(self.changed, moved, strict=True):
            values[self.program.state[i]] = xp.asarray(v + self.references[i])
        ends = {key: _valued(roots, after) for key, roots in self.ends.items()}
        known = [xp.asarray(v) for v in sums], {k: xp.asarray(v) for k, v in ends.items()}
        return values, known

    def _moments(self, state: Moments, t: int) -> tuple[Moments, list[FloatArray]]:
        """The conditional moments after K steps, (C, R, d, m), and the sums of the forms."""
        ((_, first),) = self._maps(t, 0)
        if first.draws or self.hook.reads("k"):
            return self._one_by_one(state, t)
        if self.together is None or (self.steps.varies(self.hook) and self.round != t):
            one = _for_replicas(first)
            listed = [root for roots in self.roots for _, root in roots]
            self.together = Repeated.power(one.repeated(listed), self.K)
            self.round = t
        after, parts = self.together(state)
        left = iter(parts)
        sums = [
            np.asarray(sum(sign * np.sum(next(left), axis=-1) for sign, _ in roots))
            for roots in self.roots
        ]
        return after, sums

    def _one_by_one(self, state: Moments, t: int) -> tuple[Moments, list[FloatArray]]:
        """The same where the noise depends on the state, or a step on its number."""
        sums = [np.zeros(state.mean.shape[:2]) for _ in self.roots]
        for k in range(self.K):
            for i, roots in enumerate(self.roots):
                sums[i] = sums[i] + _valued(roots, state)
            ((_, step),) = self._maps(t, k)
            state = _for_replicas(step)(state)
        return state, sums

    def _maps(self, t: int, k: int) -> list[tuple[Any, Map]]:
        maps = self.steps.maps("step", t, k)
        assert maps is not None
        return maps


def _valued(roots: Signed, state: Moments) -> FloatArray:
    """The sum over coordinates of Σ ± E‖root z̃‖², (C, R)."""
    return np.asarray(sum(sign * np.sum(squared(root, state), axis=-1) for sign, root in roots))


def _last(measure: Measure) -> Measure:
    """The same quantity at one point."""
    return replace(measure, over="last", weights=None)


def _for_replicas(map_: Map) -> Map:
    """A map of arrays (C, d, …) as one of arrays (C, R, d, …)."""
    draws = tuple(
        tuple(
            replace(p, L=p.L[:, None], R=p.R[:, None], variance=p.variance[:, None]) for p in points
        )
        for points in map_.draws
    )
    return Map(map_.M[:, None], map_.c[:, None], map_.Q[:, None], draws)


def root_of(covariance: FloatArray) -> FloatArray:
    """Lower triangular roots L of covariances (…, m, m) of any rank, L Lᵀ = covariance; the column
    of a direction that others determine is 0."""
    m = covariance.shape[-1]
    root = np.zeros_like(covariance)
    for j in range(m):
        known = root[..., j, :j]
        left = covariance[..., j, j] - np.sum(known * known, axis=-1)
        pivot = np.sqrt(np.where(left > ROUNDING * covariance[..., j, j], left, 0.0))
        root[..., j, j] = pivot
        for i in range(j + 1, m):
            rest = covariance[..., i, j] - np.sum(root[..., i, :j] * known, axis=-1)
            root[..., i, j] = np.where(pivot > 0, rest / np.where(pivot > 0, pivot, 1.0), 0.0)
    return root
