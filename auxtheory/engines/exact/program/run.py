"""Running any affine program exactly: moments round by round, and every measure of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace, start_of
from auxtheory.engines.exact.program import compiled, rounds
from auxtheory.engines.exact.program.evaluation import MOST_OUTCOMES, count_of_outcomes
from auxtheory.engines.exact.program.maps import Map, mixture
from auxtheory.engines.exact.program.phase import ProgramPhase
from auxtheory.engines.exact.program.problem import problem_of
from auxtheory.engines.exact.repeated import Moments, Repeated, along, squared
from auxtheory.engines.exact.result import traced
from auxtheory.engines.task import DEFAULT, Sampling, Task
from auxtheory.measures import G, Measure, distance, gap_last, grad_last
from auxtheory.methods import Phase
from auxtheory.methods.program import Hook
from auxtheory.problems import QuadraticPair
from auxtheory.typing import FloatArray

SPREAD = distance()
# Work of the array form from which compiled code is worth loading: about a second.
ENOUGH = 100_000_000
ROUNDS_TO_DOUBLE = 16  # the work of doubling equal rounds, in rounds
CANCELLED = 1e3  # what a refresh may take away in combined maps, relative to what it leaves
USUAL = (replace(G, over="last", label=""), gap_last, grad_last)


def refuses(task: Task) -> str | None:
    """Why the moments of a program do not close on a task, or None."""
    pair = task.pair
    assert isinstance(pair, QuadraticPair)
    for measure in task.extra:
        if measure.form == "norm":
            return f"exact follows second moments, and {measure.name} is the mean of a root of one"
        if measure.form == "dissimilarity":
            return f"exact measures {measure.name} of methods with clients alone"
    for phase in task.phases:
        method = phase.method
        if method.program.scalars:
            return f"exact keeps vectors, and {method.name} keeps a number"
        if method.program.components and pair.components is None:
            return (
                f"{method.name} needs f as a sum of components, and this pair has none: make the "
                "pair by with_components(N=…)"
            )
        N = pair.components.N if pair.components is not None else 1
        for hook in method.program.hooks.values():
            if count_of_outcomes(hook, N) > MOST_OUTCOMES:
                return (
                    f"exact tries every outcome of a choice, and {method.name}.{hook.name} has "
                    f"more than {MOST_OUTCOMES:,}"
                )
            if nested(hook) and np.any(task.noise.s):
                return (
                    f"exact cannot follow the multiplicative noise of a gradient at a point that "
                    f"has noise itself: {method.name}.{hook.name}"
                )
    return None


def nested(hook: Hook) -> bool:
    """Whether a gradient is taken at a point that depends on another stochastic gradient."""
    noisy: dict[Any, bool] = {}
    for node in hook.nodes:
        below = any(noisy[arg] for arg in node.args)
        if node.op == "gradient" and below and node.data[0].noisy:
            return True
        noisy[node] = below or (node.op == "gradient" and node.data[0].noisy)
    return False


class Run:
    """The state of a run, and the sums of its measures."""

    def __init__(self, task: Task, sampling: Sampling) -> None:
        self.task = task
        self.sampling = sampling
        self.loops = False
        self.problem = problem_of(task)
        self.count = task.count
        T = task.steps.T
        self.extra = [m for m in task.extra if m.over != "last"]
        self.weights = {m.key: m.weights_of(T) for m in self.extra}
        self.totals: dict[str, Any] = dict.fromkeys(self.weights, 0.0)
        self.shares = dict.fromkeys(self.weights, 0.0)
        self.energy = np.zeros(self.count)
        self.iterates = 0
        self.spread = np.zeros(self.count)
        self.largest = np.zeros(self.count)
        self.points = 0
        self.rows: list[FloatArray] = []
        self.start = start_of(task.pair, self.count)
        self.measured: dict[str, list[FloatArray]] = {m.key: [] for m in task.extra}

    def run(self) -> None:
        """All phases."""
        algebra = self.problem.algebra
        z = algebra.stacked([self.problem.z0], self.count)
        state = Moments(z, np.zeros((*z.shape, z.shape[-1])))
        before = 0
        for phase in self.task.phases:
            steps = ProgramPhase(phase, self.problem, plain=self._plain(phase))
            state = mixture(steps.start(), state)
            self.roots = {m.key: steps.roots_of(m) for m in (*USUAL, SPREAD, *self.task.extra)}
            self.collapsed: Repeated | None = None
            if self._in_a_loop(steps, before):
                state = self._looped(steps, state, before)
            elif self._equal(steps, before):
                state = self._together(steps, state, before)
            else:
                for t in range(1, phase.steps.T + 1):
                    state = self._round(steps, state, t, before + t)
                    if before + t in self.task.rounds:
                        self._record_state(state)
            state = self._of_x(steps, state)
            before += phase.steps.T

    def _plain(self, phase: Phase) -> frozenset[str] | None:
        """The variables that are followed as they are: those that are read, and all where no helper
        makes others close to what x makes of them."""
        hooks = phase.method.program.hooks.values()
        if all(call.kind == "f" for hook in hooks for call in hook.calls):
            return None
        return frozenset(m.of for m in self.task.extra)

    def _round(self, steps: ProgramPhase, state: Moments, t: int, round_: int) -> Moments:
        refresh = steps.maps("refresh", t) if t > 1 else None
        state = state if refresh is None else mixture(refresh, state)
        follow = bool(np.any(self.task.noise.s))
        every = follow and _local_curvature(steps)
        if follow and not every:
            self._follow(state)
        state = self._local_steps(steps, state, t, round_, every)
        finish = steps.maps("finish", t)
        state = state if finish is None else mixture(finish, state)
        for measure in self.extra:
            if measure.over == "rounds":
                self._add(measure, round_, self._value(measure, state), 1)
        return state

    def _local_steps(
        self, steps: ProgramPhase, state: Moments, t: int, round_: int, every: bool
    ) -> Moments:
        """The K local steps, together where they are equal, otherwise one by one."""
        K = steps.phase.steps.K
        local = [m for m in self.extra if m.over == "local"]
        first = steps.maps("step", t)
        hook = steps.program.hooks.get("step")
        together = first is not None and len(first) == 1 and not first[0][1].draws
        if hook is not None and first is not None and together and not hook.reads("k") and K > 1:
            (_, map_), *_ = first
            if self.collapsed is None or steps.varies(hook):
                self.collapsed = Repeated.power(map_.repeated(self._listed([USUAL[0], *local])), K)
            after, parts = self.collapsed(state)
            sums = self._signed([USUAL[0], *local], parts)
            self.energy = self.energy + sums[0]
            for measure, value in zip(local, sums[1:], strict=True):
                self._add(measure, round_, value, K)
            self.iterates += K
            return after
        for k in range(K):
            self.energy = self.energy + self._value(USUAL[0], state)
            for measure in local:
                self._add(measure, round_, self._value(measure, state), 1)
            if every:
                self._follow(state)
            maps = steps.maps("step", t, k)
            state = state if maps is None else mixture(maps, state)
        self.iterates += K
        return state

    def _value(self, measure: Measure, state: Moments) -> FloatArray:
        """E q(v), (C,)."""
        (value,) = self._signed(
            [measure], [squared(root, state) for root in self._listed([measure])]
        )
        return value

    def _listed(self, measures: Sequence[Measure]) -> list[FloatArray]:
        """The roots of all measures."""
        return [root for m in measures for _, root in self.roots[m.key]]

    def _signed(
        self, measures: Sequence[Measure], squares: Sequence[FloatArray]
    ) -> list[FloatArray]:
        """The values of measures, (C,) each, from the squares of all roots."""
        left = iter(squares)
        return [
            np.asarray(sum(sign * self._total(next(left)) for sign, _ in self.roots[m.key]))
            for m in measures
        ]

    def _total(self, values: FloatArray) -> FloatArray:
        """The sum over coordinates, where they are apart."""
        return np.asarray(np.sum(values, axis=-1) if values.ndim == 2 else values)

    def _add(self, measure: Measure, round_: int, value: FloatArray, count: int) -> None:
        weight = self.weights[measure.key][round_ - 1]
        self.totals[measure.key] = self.totals[measure.key] + weight * value
        self.shares[measure.key] += weight * count

    def _follow(self, state: Moments) -> None:
        value = self._value(SPREAD, state)
        self.spread = self.spread + value
        self.largest = np.maximum(self.largest, value)
        self.points += 1

    def _record_state(self, state: Moments) -> None:
        """Record what is read of a state and summed so far."""
        usual = [self._value(gap_last, state), self._value(grad_last, state)]
        last = [self._value(m, state) for m in self.task.extra if m.over == "last"]
        self._record(self.iterates, [self.energy, *usual, self.spread, self.largest], last)

    def _record(self, iterates: int, sums: list[FloatArray], last: Sequence[FloatArray]) -> None:
        """Record Σ‖∇f‖² over `iterates`, the gap, ‖∇f‖², the sum and the largest of ‖x − x*‖², and
        the further measures of the last iterate."""
        energy, gap, grad_sq, spread, largest = sums
        if not self.points:
            spread = largest = self.start
        rows = [energy / iterates, gap, grad_sq, spread / max(1, self.points), largest]
        self.rows.append(np.stack(rows))
        values = iter(last)
        for measure in self.task.extra:
            mean = measure.over != "last"
            self.measured[measure.key].append(
                self.totals[measure.key] / self.shares[measure.key] if mean else next(values)
            )

    # -- many rounds at once

    def _equal(self, steps: ProgramPhase, before: int) -> bool:
        """Whether the rounds of a phase are equal, and so are their weights."""
        T = steps.phase.steps.T
        same = all(
            w.ndim == 1 and np.ptp(w[before : before + T]) == 0 for w in self.weights.values()
        )
        additive = not np.any(self.task.noise.s)
        return same and additive and rounds.equal(steps) and not self._cancels(steps)

    def _cancels(self, steps: ProgramPhase) -> bool:
        """Whether maps of whole rounds, and operators on squares, would be rounding."""
        return steps.plain is not None and rounds.cancels(steps, CANCELLED)

    def _together(self, steps: ProgramPhase, state: Moments, before: int) -> Moments:
        """All rounds of a phase, those after the first combined."""
        T, K = steps.phase.steps.T, steps.phase.steps.K
        local = [m for m in self.extra if m.over == "local"]
        last = [m for m in self.extra if m.over == "rounds"]
        state = self._round(steps, state, 1, before + 1)
        marks = [t - before for t in self.task.rounds if before < t <= before + T]
        if 1 in marks:
            self._record_state(state)
        one = rounds.one_round(steps, self._listed([USUAL[0], *local]), self._listed(last))
        start = self.energy, dict(self.totals), dict(self.shares), self.iterates
        later = [t - 1 for t in sorted({*marks, T}) if t > 1]
        for n, (after, parts) in zip(later, along(one, later, state), strict=True):
            energy, *sums = self._signed([USUAL[0], *local, *last], parts)
            self.energy = start[0] + energy
            self.iterates = start[3] + n * K
            for m, value in zip((*local, *last), sums, strict=True):
                weight = self.weights[m.key][before]
                self.totals[m.key] = start[1][m.key] + weight * value
                count = n * (K if m.over == "local" else 1)
                self.shares[m.key] = start[2][m.key] + weight * count
            state = after
            if n + 1 in marks:
                self._record_state(state)
        return state

    # -- the compiled form

    def _in_a_loop(self, steps: ProgramPhase, before: int) -> bool:
        """Whether a phase runs as a compiled loop."""
        wanted = self.sampling.compiled
        signed = any(len(roots) > 1 for roots in self.roots.values())
        if (
            signed
            or not compiled.fits(steps)
            or any(weights.ndim > 1 for weights in self.weights.values())
        ):
            return False
        if wanted is None:
            T = steps.phase.steps.T
            share = ROUNDS_TO_DOUBLE * T.bit_length() / T if self._equal(steps, before) else 1.0
            wanted = compiled.work(steps) * min(1.0, share) > ENOUGH
        loops = wanted and not self._cancels(steps)
        self.loops = self.loops or loops
        return loops

    def _looped(self, steps: ProgramPhase, state: Moments, before: int) -> Moments:
        """All rounds of a phase as a compiled loop."""
        T, K = steps.phase.steps.T, steps.phase.steps.K
        local = [m for m in self.extra if m.over == "local"]
        rounds = [m for m in self.extra if m.over == "rounds"]
        last = [m for m in self.task.extra if m.over == "last"]
        roots = {key: listed[0][1] for key, listed in self.roots.items()}
        weights = {m.key: self.weights[m.key][before : before + T] for m in self.extra}
        follow = bool(np.any(self.task.noise.s))
        every = follow and _local_curvature(steps)
        records = [t - before for t in self.task.rounds if before < t <= before + T]
        reading = compiled.Reading(
            local=[USUAL[0], *local],
            rounds=rounds,
            last=[gap_last, grad_last, *last],
            weights=[np.ones(T), *(weights[m.key] for m in (*local, *rounds))],
            roots=roots,
            spread=roots[SPREAD.key] if follow else None,
            every=every,
            marks=sorted({*records, T}),
        )
        sums, spreads, state = compiled.run_phase(steps, state, reading, self.sampling.threads)
        summed = [m.key for m in (*local, *rounds)]
        start = self.energy, self.spread, self.largest, self.points, self.iterates
        totals, shares = dict(self.totals), dict(self.shares)
        for i, t in enumerate(reading.marks):
            self.energy = start[0] + sums[i, 0]
            self.spread = start[1] + spreads[0][i]
            self.largest = np.maximum(start[2], spreads[1][i])
            self.points = start[3] + (t * (K if every else 1) if follow else 0)
            self.iterates = start[4] + t * K
            for j, m in enumerate((*local, *rounds)):
                self.totals[m.key] = totals[m.key] + sums[i, 1 + j]
                times = K if m.over == "local" else 1
                self.shares[m.key] = shares[m.key] + times * float(np.sum(weights[m.key][:t]))
            if t in records:
                gap, grad_sq, *values = sums[i, 1 + len(summed) :]
                whole = [self.energy, gap, grad_sq, self.spread, self.largest]
                self._record(self.iterates, whole, values)
        return state

    def _of_x(self, steps: ProgramPhase, state: Moments) -> Moments:
        """The moments of x − x* alone, from which the next phase starts."""
        algebra = self.problem.algebra
        zero, one = 0.0 * algebra.one, algebra.one
        index = steps.places["x"][0]
        M = algebra.blocks([[one if i == index else zero for i in range(steps.size)]], self.count)
        constant = steps.reference_of_x()
        return Map(M, algebra.stacked([constant], self.count), np.zeros((1, 1)))(state)


def _local_curvature(steps: ProgramPhase) -> bool:
    """Whether local steps meet multiplicative noise."""
    role = steps.phase.method.role
    hook = steps.program.hooks.get("step")
    calls: Sequence[Any] = () if hook is None else hook.calls
    return any(
        call.noisy and (call.kind == "f" or (call.kind == "h") == bool(role.beta)) for call in calls
    )


def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """The exact expectations of any affine program on a quadratic pair.

    Args:
        task: what to run; `refuses` has no reason against it.
        sampling: compiled and threads are read: whether phases with coordinates apart run as a
            compiled loop (None: if there is enough to do), and on how many threads.

    Returns:
        The `Trace`, with standard errors of 0.
    """
    whole = Run(task, sampling)
    with np.errstate(all="ignore"):
        whole.run()
    measured = np.moveaxis(np.array(whole.rows), 1, 0)
    further = {key: np.array(rows) for key, rows in whole.measured.items()}
    source = {"form": "program"}
    if whole.loops:
        from numba import __version__

        source = {"form": "compiled program", "numba": __version__}
    return traced(task, measured, source, further)
