"""The state that a method with clients settles at: moments and measures for T = ∞."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.engines.exact.clients.federation import federation_of
from auxtheory.engines.exact.clients.layout import State
from auxtheory.engines.exact.clients.run import ClientRun, PhaseRun
from auxtheory.engines.exact.engine import refuses
from auxtheory.engines.exact.repeated import Moments
from auxtheory.engines.task import AnyMethod, Task
from auxtheory.errors import Checks, RefusedError
from auxtheory.measures import G, Measure, gap_last, grad_last, named
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.typing import FloatArray

MOST_UNKNOWNS = 1024  # numbers in the second moments of one configuration or coordinate
CONSERVED = 1e-13  # a change in one round that counts as none, relative to the map


@dataclass(frozen=True, kw_only=True, eq=False)
class Stationary:
    """The limit of a run as T → ∞.

    Args:
        mean: E v of each variable: of the server, shape (C, d); of the clients, the mean of each
            group, shape (C, g, d).
        covariance: the covariance of each variable of the server, shape (C, d, d).
        values: the values of G, gap, grad_sq and further measures by `Measure.key`, shape (C,).

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> steps = at.Steps(eta=0.2, K=5, T=1)
        >>> limit = at.stationary(at.methods.FedAvg, pair, at.Gaussian(sigma_h=0.1), steps)
        >>> limit.mean["x"].shape, bool(limit.measure("G")[0] > 0)
        ((1, 4), True)
    """

    mean: Mapping[str, FloatArray]
    covariance: Mapping[str, FloatArray]
    values: Mapping[str, FloatArray]

    def measure(self, name: str | Measure) -> FloatArray:
        """The value of a measure: of a mean over the run, that of one round.

        Args:
            name: "G", "gap", "grad_sq", or a measure of `at.measures` that was asked for.

        Returns:
            The values, shape (C,).

        Raises:
            InputError: The measure was not asked for.
        """
        measure = named(name)
        key = None if measure is None else measure.key
        if key not in self.values:
            checks = Checks()
            checks.complain("name", name, f"must be one of {', '.join(self.values)}")
            checks.done()
        return self.values[str(key)]


def stationary(
    method: AnyMethod,
    pair: Pair,
    noise: Noise,
    steps: Steps,
    measures: tuple[Measure, ...] = (),
) -> Stationary:
    """The state that a method with clients settles at, on a quadratic pair with helpers.

    Moments after a round are m ← P m + q of those before. The fixed point is found by a linear
    solve, with the value from the start of whatever a run conserves.

    Args:
        method: A method with clients.
        pair: A quadratic pair with helpers.
        noise: The law of the gradient noise.
        steps: The steps, without schedules; T is not read.
        measures: Further measures, without weights.

    Returns:
        The limits of the moments and of the measures.

    Raises:
        RefusedError: The moments do not close, rounds differ, or the mean or the second moments do
            not settle.

    Example:
        >>> import auxtheory as at
        >>> import numpy as np
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> steps = at.Steps(eta=0.2, K=5, T=1)
        >>> limit = at.stationary(at.methods.SCAFFOLD, pair, at.Gaussian(), steps)
        >>> bool(np.allclose(limit.mean["x"], pair.x_star))
        True
    """
    first = steps.replace(T=1) if not steps.scheduled else steps
    task = Task(method=method, pair=pair, noise=noise, steps=first, measures=tuple(measures))
    reason = refuses(task) or _unfit(task)
    if reason:
        raise RefusedError(reason)
    run = ClientRun(task, federation_of(task), slice(0, task.count))
    (phase,) = task.phases
    with np.errstate(all="ignore"):
        return _Limit(PhaseRun(run, phase, 0)).found()


def _unfit(task: Task) -> str | None:
    """Why a task has no stationary state that can be found, or None."""
    programs = [phase.method.program for phase in task.phases]
    if len(programs) != 1 or programs[0].clients is None:
        return "a stationary state is that of one method with clients"
    name = task.phases[0].method.name
    reads = [hook for hook in programs[0].hooks.values() if hook.name not in ("start",)]
    if task.steps.scheduled or any(hook.reads("t") for hook in reads):
        return f"a stationary state needs equal rounds, and those of {name} differ"
    if any(m.weights is not None for m in task.extra):
        return "a stationary state has no rounds to weigh"
    return None


class _Limit:
    """The search for the limit of a run."""

    def __init__(self, steps: PhaseRun) -> None:
        self.steps = steps
        self.whole = steps.whole
        self.layout = steps.layout
        self.name = steps.phase.method.name

    def found(self) -> Stationary:
        """The limit."""
        steps, whole = self.steps, self.whole
        algebra = whole.federation.server.algebra
        z = algebra.stacked([whole.federation.server.z0], whole.count)
        state = steps.started(Moments(z, np.zeros((*z.shape, z.shape[-1]))))
        steps.read_measures()
        exchange = steps.hooks.exchange
        self.t = max(2, exchange.reports_from)
        for t in range(1, self.t):
            state = steps.after_round(state, t)
        mean = self._settled(self._of_mean(state), state.mean, "mean")
        v = self._packed(state)
        v = self._settled(self._of_squares(mean, v), v, "covariance")
        limit = self._unpacked(mean, v)
        return Stationary(
            mean=self._means(limit), covariance=self._covariances(limit), values=self._read(limit)
        )

    # -- the maps of a round

    def _of_mean(self, state: State) -> tuple[FloatArray, FloatArray]:
        """P and q of the mean."""
        zero = State(0.0 * state.mean, 0.0 * state.cov, 0.0 * state.spread)

        def after(mean: FloatArray) -> FloatArray:
            return self._after(State(mean, zero.cov, zero.spread)).mean

        return _probed(after, zero.mean)

    def _of_squares(self, mean: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P and q of covariances and V_j, at the limit of the mean."""
        if v.shape[-1] > MOST_UNKNOWNS:
            raise RefusedError(
                f"a stationary state is found for up to {MOST_UNKNOWNS:,} second moments, and "
                f"those of {self.name} on this pair are {v.shape[-1]:,}"
            )

        def after(squares: FloatArray) -> FloatArray:
            return self._packed(self._after(self._unpacked(mean, squares)))

        return _probed(after, 0.0 * v)

    def _after(self, state: State) -> State:
        return self.steps.after_round(state, self.t)

    def _packed(self, state: State) -> FloatArray:
        """The second moments as one vector, (…, unknowns)."""
        a, b = np.triu_indices(self.layout.numbers)
        p, q = np.triu_indices(self.layout.of_client)
        own = np.moveaxis(state.spread[..., p, q], 0, -2)
        own = own.reshape(*own.shape[:-2], -1)
        return np.concatenate([state.cov[..., a, b], own], axis=-1)

    def _unpacked(self, mean: FloatArray, v: FloatArray) -> State:
        layout = self.layout
        a, b = np.triu_indices(layout.numbers)
        cov = np.zeros((*v.shape[:-1], layout.numbers, layout.numbers))
        cov[..., a, b] = cov[..., b, a] = v[..., : len(a)]
        p, q = np.triu_indices(layout.of_client)
        own = v[..., len(a) :].reshape(*v.shape[:-1], layout.g, len(p))
        spread = np.zeros((layout.g, *v.shape[:-1], layout.of_client, layout.of_client))
        spread[..., p, q] = spread[..., q, p] = np.moveaxis(own, -2, 0)
        return State(mean, cov, spread)

    def _settled(
        self, map_: tuple[FloatArray, FloatArray], first: FloatArray, what: str
    ) -> FloatArray:
        """The limit of v ← P v + q from a first value."""
        P, q = map_
        if not np.all(np.isfinite(P)):
            raise RefusedError(f"{self.name} has no stationary state: its {what} overflows")
        found = np.zeros_like(first)
        for place in np.ndindex(first.shape[:-1]):
            limit = _fixed_point(P[place], q[place], first[place])
            if isinstance(limit, str):
                raise RefusedError(f"{self.name} has no stationary state: its {what} {limit}")
            found[place] = limit
        return found

    # -- what is reported

    def _means(self, limit: State) -> dict[str, FloatArray]:
        hooks, layout = self.steps.hooks, self.layout
        found = {
            name: self._turned(
                self._vector(limit.mean[..., layout.place(i)]) + hooks.reference_of(name, False)
            )
            for i, name in enumerate(hooks.server)
        }
        for i, name in enumerate(hooks.client):
            groups = []
            for j in range(layout.g):
                place = layout.group(j)
                own = slice(place.start + i * layout.b, place.start + (i + 1) * layout.b)
                groups.append(self._vector(limit.mean[..., own]))
            whole = np.stack(groups) + hooks.references_of_clients(i)
            found[name] = np.moveaxis(self._turned(whole), 0, 1)
        return found

    def _covariances(self, limit: State) -> dict[str, FloatArray]:
        layout = self.layout
        found = {}
        for i, name in enumerate(self.steps.hooks.server):
            cov = limit.cov[..., layout.place(i), layout.place(i)]
            if layout.b == 1 and cov.ndim == 4:
                cov = cov[..., 0] * np.eye(cov.shape[1])
            basis = self.whole.federation.basis
            found[name] = cov if basis is None else basis @ cov @ np.swapaxes(basis, -1, -2)
        return found

    def _vector(self, values: FloatArray) -> FloatArray:
        """Numbers of one variable as vectors (C, d)."""
        return values[..., 0] if values.ndim == 3 else values

    def _turned(self, vectors: FloatArray) -> FloatArray:
        """Vectors (…, C, d) on the axes of the pair."""
        basis = self.whole.federation.basis
        return vectors if basis is None else np.asarray((basis @ vectors[..., None])[..., 0])

    def _read(self, limit: State) -> dict[str, FloatArray]:
        """The measures of a round from the limit."""
        whole = self.whole
        self.steps.round_from(limit, self.t)
        values = {G.key: whole.energy / whole.iterates}
        for m in (gap_last, grad_last, *(m for m in whole.task.extra if m.over == "last")):
            values[m.key] = self.steps.value(m, limit)
        for m in whole.extra:
            values[m.key] = whole.totals[m.key] / whole.shares[m.key]
        return values


def _fixed_point(P: FloatArray, q: FloatArray, first: FloatArray) -> FloatArray | str:
    """The limit of v ← P v + q from a first value, or why there is none."""
    if not len(q):
        return q
    left, sizes, _ = np.linalg.svd(P - np.eye(len(q)))
    kept = left[:, sizes <= CONSERVED * max(1.0, float(np.linalg.norm(P)))]
    radii = np.sort(np.abs(np.linalg.eigvals(P)))
    many = kept.shape[1]
    if np.any(radii[len(q) - many :] > 1 + 1e-6) or np.any(radii[: len(q) - many] >= 1):
        return f"grows by a factor of {radii[-1]:.6g} in a round"
    if np.any(np.abs(kept.T @ q) > 1e-9 * max(1e-300, float(np.max(np.abs(q))))):
        return "grows with the number of rounds"
    rows = np.concatenate([np.eye(len(q)) - P, kept.T])
    values = np.concatenate([q, kept.T @ first])
    return np.asarray(np.linalg.lstsq(rows, values, rcond=None)[0] if many else _solved(P, q))


def _solved(P: FloatArray, q: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.solve(np.eye(len(q)) - P, q))


def _probed(
    after: Callable[[FloatArray], FloatArray], zero: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """P and q of an affine map v ↦ P v + q of vectors (…, n)."""
    q = after(zero)
    # Columns as large as q lose nothing to it.
    size = 2.0 ** np.ceil(np.log2(max(1.0, float(np.max(np.abs(q), initial=0.0)))))
    columns: list[Any] = []
    for i in range(zero.shape[-1]):
        one = zero.copy()
        one[..., i] = size
        columns.append((after(one) - q) / size)
    if not columns:
        return np.zeros((*zero.shape, 0)), q
    return np.stack(columns, axis=-1), q
