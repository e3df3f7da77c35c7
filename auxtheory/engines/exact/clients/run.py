"""Running a method with clients exactly: moments round by round, and every measure of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace, start_of
from auxtheory.engines.exact.clients import doubled
from auxtheory.engines.exact.clients.blocks import Block, Prepared, blocks_of, needs_choices
from auxtheory.engines.exact.clients.choices import Split, choices, mixed
from auxtheory.engines.exact.clients.federation import Federation, federation_of, part_of
from auxtheory.engines.exact.clients.forms import Part, QuadraticForm, of_server, parts
from auxtheory.engines.exact.clients.hooks import ClientHooks
from auxtheory.engines.exact.clients.layout import Layout, State
from auxtheory.engines.exact.clients.path import ClientPath
from auxtheory.engines.exact.clients.products import folded
from auxtheory.engines.exact.clients.stage import AtWork, Stage
from auxtheory.engines.exact.program.maps import mixture
from auxtheory.engines.exact.program.run import SPREAD, USUAL
from auxtheory.engines.exact.repeated import Moments
from auxtheory.engines.exact.result import traced
from auxtheory.engines.task import DEFAULT, Sampling, Task
from auxtheory.measures import Measure, gap_last, grad_last
from auxtheory.methods import Phase
from auxtheory.typing import FloatArray

# Numbers in the values of all clients, or in a covariance, of the configurations that run together.
NUMBERS_AT_ONCE = 1 << 17
ALONG = ("local", "average")


class ClientRun:
    """The state of a run of some configurations, and the sums of its measures."""

    def __init__(self, task: Task, federation: Federation, rows: slice) -> None:
        self.task = task
        self.rows = rows
        self.federation = federation
        self.count = federation.server.count
        T = task.steps.T
        self.extra = [m for m in task.extra if m.over != "last"]
        self.weights = {}
        for m in self.extra:
            w = m.weights_of(T)
            self.weights[m.key] = w if w.ndim == 1 else w[:, rows]
        self.totals: dict[str, Any] = dict.fromkeys(self.weights, 0.0)
        self.shares: dict[str, Any] = dict.fromkeys(self.weights, 0.0)
        self.energy = np.zeros(self.count)
        self.iterates = 0
        self.start = start_of(task.pair, task.count)[rows]
        self.spread = np.zeros(self.count)
        self.largest = np.zeros(self.count)
        self.points = 0
        self.records: list[FloatArray] = []
        self.measured: dict[str, list[FloatArray]] = {m.key: [] for m in task.extra}

    def run(self) -> None:
        """All phases."""
        algebra = self.federation.server.algebra
        z = algebra.stacked([self.federation.server.z0], self.count)
        x = Moments(z, np.zeros((*z.shape, z.shape[-1])))
        before = 0
        for phase in self.task.phases:
            steps = PhaseRun(self, phase, before)
            x = steps.run(x)
            before += phase.steps.T

    def total(self, values: FloatArray) -> FloatArray:
        """The sum over coordinates, where they are apart."""
        return folded(values) if values.ndim == 2 else values

    def add(self, measure: Measure, round_: int, value: FloatArray, count: int) -> None:
        """Add the values of a round, a sum of `count`, to the mean of a measure."""
        weight = self.weights[measure.key][round_ - 1]
        self.totals[measure.key] = self.totals[measure.key] + weight * value
        self.shares[measure.key] = self.shares[measure.key] + weight * count

    def follow(self, values: Sequence[FloatArray]) -> None:
        """Count E‖x − x*‖² at points at which noisy gradients are taken."""
        for value in values:
            self.spread = self.spread + value
            self.largest = np.maximum(self.largest, value)
        self.points += len(values)

    def record(self, usual: Sequence[FloatArray], last: dict[str, FloatArray]) -> None:
        """Record G, the gap and ‖∇f‖² so far, and the further measures."""
        spread, largest = self.spread, self.largest
        if not self.points:
            spread = largest = self.start
        of_points = [spread / max(1, self.points), largest]
        self.records.append(np.stack([self.energy / self.iterates, *usual, *of_points]))
        for m in self.task.extra:
            value = last[m.key] if m.over == "last" else self.totals[m.key] / self.shares[m.key]
            self.measured[m.key].append(value)


class PhaseRun:
    """One phase of a run."""

    def __init__(self, run: ClientRun, phase: Phase, before: int) -> None:
        self.whole = run
        self.phase = phase
        self.before = before
        self.hooks = hooks = ClientHooks(phase, run.federation, run.rows)
        algebra = run.federation.server.algebra
        lead = (run.count,) if algebra.dense else (run.count, algebra.dim)
        self.layout = Layout(
            s=len(hooks.server),
            c=len(hooks.client),
            g=hooks.groups,
            b=algebra.dim if algebra.dense else 1,
            lead=lead,
            x=hooks.server.index("x"),
        )
        self.kept: dict[tuple[Block, ...], Plan] = {}
        self.of_local: list[Part] = []
        self.still: list[Measure] = []

    def run(self, x: Moments) -> Moments:
        """All rounds of the phase; the moments of x − x* before and after."""
        state = self.started(x)
        self.read_measures()
        if self._doubles():
            state = self._together(state)
        else:
            for t in range(1, self.phase.steps.T + 1):
                state = self.round_from(state, t)
                if self.before + t in self.whole.task.rounds:
                    self._record(state)
        place = self.layout.place(self.layout.x)
        constant = self.whole.federation.server.algebra.stacked(
            [self.hooks.reference_of("x", True)], self.whole.count
        )
        return Moments(state.mean[..., place] + constant, state.cov[..., place, place])

    # -- starts

    def started(self, x: Moments) -> State:
        """The moments after the starts of server and clients."""
        layout = self.layout
        server = mixture(self.hooks.start(), x)
        s = layout.of_server
        mean = np.zeros((*layout.lead, layout.numbers))
        cov = layout.zeros(layout.numbers, layout.numbers, layout.numbers)
        mean[..., :s], cov[..., :s, :s] = server.mean, server.cov
        own = layout.zeros(layout.of_client, layout.of_client, layout.of_u, groups=True)
        state = State(mean, cov, own)
        if not layout.c:
            return state
        path = ClientPath(self.hooks, layout, ("client_start",), 1, range(layout.g))
        u = layout.of_clients(state) if path.depends else None
        visit = path.run(u, lambda *_: None)
        counts, weights = self.hooks.federation.counts, self.hooks.federation.weights
        return Stage(layout, visit, AtWork.known(counts, counts * weights), None)(state)

    # -- measures

    def read_measures(self) -> None:
        """The forms of all measures."""
        self.parts: dict[str, list[Part]] = {}
        self.forms: dict[str, list[QuadraticForm]] = {}
        for m in (*USUAL, SPREAD, *self.whole.task.extra):
            self.parts[m.key] = parts(m, self.hooks)
            variable = self.hooks.server.index(m.of)
            self.forms[m.key] = [of_server(p, self.layout, variable) for p in self.parts[m.key]]
        along = [m for m in self.whole.extra if m.over in ALONG]
        self.local = [replace(USUAL[0], over="local"), *(m for m in along if m.of == "x")]
        self.still = [m for m in along if m.of != "x"]
        self.of_local = [replace(p, measure=m) for m in self.local for p in self.parts[_read_as(m)]]

    def value(self, measure: Measure, state: State) -> FloatArray:
        """E q(v), (C,)."""
        key = measure.key
        values = [
            p.sign * self.whole.total(form.of(state))
            for p, form in zip(self.parts[key], self.forms[key], strict=True)
        ]
        return np.asarray(sum(values))

    def _record(self, state: State) -> None:
        usual = [self.value(gap_last, state), self.value(grad_last, state)]
        extra = self.whole.task.extra
        last = {m.key: self.value(m, state) for m in extra if m.over == "last"}
        self.whole.record(usual, last)

    # -- rounds

    def _doubles(self) -> bool:
        """Whether all rounds are combined."""
        T = self.phase.steps.T
        weights = [w[self.before : self.before + T] for w in self.whole.weights.values()]
        if T < doubled.FEWEST or any(w.ndim > 1 or np.ptp(w) for w in weights):
            return False
        hooks = self.hooks.program.hooks
        if {"refresh", "report"} & set(hooks) or np.any(self.whole.task.noise.s):
            return False
        equal = not any(self.hooks.varies(n) for n in ("local", "send", "server"))
        if not equal or self.layout.numbers > 1:
            return False
        plan = self._plan(1)
        return not plan.apart and len(plan.together) == 1 and doubled.fits(plan.together[0])

    def _together(self, state: State) -> State:
        """All rounds of the phase, by doubling."""
        whole, (prepared,) = self.whole, self._plan(1).together
        T, K = self.phase.steps.T, self.phase.steps.K
        prepared.ready()
        listed = [
            (part.measure, part.sign, form)
            for part, form in zip(self.of_local, prepared.forms, strict=True)
        ]
        outside = [m for m in whole.extra if m.over in ("starts", "rounds")]
        for m in outside:
            of_m = zip(self.parts[m.key], self.forms[m.key], strict=True)
            listed += [(m, part.sign, form) for part, form in of_m]
        records = [t - self.before for t in whole.task.rounds if self.before < t <= self.before + T]
        marks = sorted({*records, T})
        start = whole.energy, whole.iterates, dict(whole.totals), dict(whole.shares)
        first = {m.key: self.value(m, state) for m in outside if m.over == "rounds"}
        forms = [form for _, _, form in listed]
        for n, (after, values) in zip(
            marks, doubled.along(prepared, forms, marks, state), strict=True
        ):
            sums = Sums()
            for (m, sign, _), value in zip(listed, values, strict=True):
                sums.add(m.key, sign * whole.total(value))
            whole.energy = start[0] + sums.values[self.local[0].key]
            whole.iterates = start[1] + n * K
            for m in (*self.local[1:], *outside):
                value = sums.values[m.key]
                if m.over == "rounds":
                    value = value - first[m.key] + self.value(m, after)
                w = whole.weights[m.key][self.before]
                whole.totals[m.key] = start[2][m.key] + w * value
                many = n if m in outside else n * K
                whole.shares[m.key] = start[3][m.key] + w * many
            if n in records:
                self._record(after)
        return after

    def round_from(self, state: State, t: int) -> State:
        """The moments after round t, with every measure of it added."""
        whole, round_ = self.whole, min(self.before + t, self.whole.task.steps.T)
        for m in whole.extra:
            if m.over == "starts":
                whole.add(m, round_, self.value(m, state), 1)
        sums = Sums()
        state = self.after_round(state, t, sums)
        self._add_local(sums, round_)
        for m in whole.extra:
            if m.over == "rounds":
                whole.add(m, round_, self.value(m, state), 1)
        return state

    def after_round(self, state: State, t: int, sums: Sums | None = None) -> State:
        """The moments after round t; what is read along it is added to the sums."""
        plan = self._plan(t)
        for prepared in plan.together:
            state = self._block(prepared, state, sums, 1.0)
        if not plan.apart:
            return state
        after = []
        for p, split, blocks in plan.apart:
            part = split.split(state)
            for prepared in blocks:
                part = self._block(prepared, part, sums, p)
            after.append((p, split.merged(part)))
        return mixed(after)

    def _block(self, prepared: Prepared, state: State, sums: Sums | None, p: float) -> State:
        """The state after a block, with what is read of it added with the weight p."""
        if sums is None:
            return prepared(state)
        if prepared.block.local:
            for m in self.still:
                sums.add(m.key, p * self.phase.steps.K * self.value(m, state))
            if np.any(self.whole.task.noise.s) and not self._local_curvature():
                sums.follow([p * self.value(SPREAD, state)])
        after = prepared(state)
        if prepared.block.local:
            for part, form in zip(self.of_local, prepared.forms, strict=True):
                value = part.sign * self.whole.total(form.of(state))
                sums.add(part.measure.key, p * value)
            sums.follow([p * self.whole.total(value) for value in prepared.followed])
        return after

    def _add_local(self, sums: Sums, round_: int) -> None:
        whole, K = self.whole, self.phase.steps.K
        usual, *further = self.local
        whole.energy = whole.energy + sums.values[usual.key]
        whole.iterates += K
        for m in (*further, *self.still):
            if m.key != usual.key:
                whole.add(m, round_, sums.values[m.key], K)
        whole.follow(sums.followed)

    def _local_curvature(self) -> bool:
        """Whether local steps meet multiplicative noise."""
        role = self.phase.method.role
        calls = self.hooks.program.hooks["local"].calls
        return any(
            call.noisy and (call.kind == "f" or (call.kind == "h") == bool(role.beta))
            for call in calls
        )

    def _plan(self, t: int) -> Plan:
        """The blocks of round t."""
        hooks = self.hooks
        found = tuple(blocks_of(hooks.program, t, hooks.S == hooks.federation.N))
        names = [name for block in found for name in (*block.names, block.server) if name]
        varies = any(hooks.varies(name) for name in names)
        if not varies and found in self.kept:
            return self.kept[found]
        first = (
            next(i for i, block in enumerate(found) if block.who == "work")
            if (needs_choices(hooks.federation.helpers, hooks.S, found))
            else len(found)
        )
        plan = Plan([self._prepared(block, t, None) for block in found[:first]], [])
        if first < len(found):
            for p, chosen in choices(hooks.federation.counts, hooks.S):
                split = Split.of(self.layout, hooks.federation.counts, chosen)
                blocks = [self._prepared(block, t, split) for block in found[first:]]
                plan.apart.append((p, split, blocks))
        if not varies:
            self.kept[found] = plan
        return plan

    def _prepared(self, block: Block, t: int, split: Split | None) -> Prepared:
        hooks = self.hooks
        layout = self.layout if split is None else split.after
        which = range(hooks.groups) if split is None else split.which
        counts = hooks.federation.counts if split is None else split.counts
        weights = hooks.federation.weights[list(which)]
        if block.who == "work" and split is not None:
            share = np.where(split.works, counts * weights, 0.0)
            at_work = AtWork.known(counts, share / np.sum(share))
        elif block.who == "all":
            at_work = AtWork.known(counts, counts * weights)
        else:
            at_work = AtWork.of(counts, hooks.S)
        follow = self.parts[SPREAD.key][0] if np.any(self.whole.task.noise.s) else None
        follow = follow if self._local_curvature() else None
        where = (t, tuple(which))
        return Prepared(block, hooks, layout, at_work, self.of_local, where, follow)


@dataclass(frozen=True, eq=False)
class Plan:
    """The blocks of a round.

    Args:
        together: those whose moments close, in order.
        apart: the others, for each choice of clients with its probability.
    """

    together: list[Prepared]
    apart: list[tuple[float, Split, list[Prepared]]]


class Sums:
    """What is read along the local steps of a round."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.followed: list[FloatArray] = []

    def add(self, key: str, value: FloatArray) -> None:
        self.values[key] = self.values.get(key, 0.0) + value

    def follow(self, values: list[FloatArray]) -> None:
        """Add E‖y − x*‖² at each point."""
        if values and self.followed:
            self.followed = [a + b for a, b in zip(self.followed, values, strict=True)]
        elif values:
            self.followed = values


def _read_as(measure: Measure) -> str:
    """The key of the measure whose parts a measure over local steps has."""
    usual = measure.form == "grad" and measure.weights is None and measure.over == "local"
    return USUAL[0].key if usual else measure.key


def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """The exact expectations of a method with clients on a quadratic pair with helpers.

    Args:
        task: what to run; `refuses` has no reason against it.
        sampling: is not read.

    Returns:
        The `Trace`, with standard errors of 0.
    """
    whole = federation_of(task)
    size = max(1, NUMBERS_AT_ONCE // _numbers(task, whole))
    runs = []
    with np.errstate(all="ignore"):
        for first in range(0, task.count, size):
            rows = slice(first, min(first + size, task.count))
            one = ClientRun(task, part_of(whole, rows, task.count), rows)
            one.run()
            runs.append(one)
    measured = np.concatenate([np.moveaxis(np.array(r.records), 1, 0) for r in runs], axis=-1)
    further = {
        m.key: np.concatenate([np.array(r.measured[m.key]) for r in runs], axis=-1)
        for m in task.extra
    }
    return traced(task, measured, {"form": "clients"}, further)


def _numbers(task: Task, federation: Federation) -> int:
    """Numbers in a covariance, or in the values of all clients, of one configuration."""
    most = 0
    algebra = federation.server.algebra
    for phase in task.phases:
        program = phase.method.program
        assert program.clients is not None
        n = len(program.state) + federation.groups * len(program.clients.state)
        b = algebra.dim if algebra.dense else 1
        u = (len(program.state) + len(program.clients.state)) * b
        of_all = max((n * b) ** 2, federation.groups * u**2)
        most = max(most, of_all * (1 if algebra.dense else algebra.dim))
    return most
