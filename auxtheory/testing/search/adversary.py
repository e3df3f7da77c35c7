"""The search for the largest measured/bound: differential evolution over pairs, noises and steps, a
batch a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.engines import Sampling, Task, Trace, exact
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import UNLIMITED, InputError, RefusedError
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.testing.search.cells import Best, Cell, drawn, listed
from auxtheory.testing.search.parameters import GENES, TWO, Values, noise_of, pair_of, pairs_of
from auxtheory.testing.search.rules import has_unit, prescribed
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, applies, ends_of_a, fits, largest_eta
from auxtheory.typing import FloatArray
from auxtheory.validation import variance
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.rows import ROUNDING, SLACK, largest, promise, within
from auxtheory.validation.validate import as_run, last

POPULATION = 128
WORST = 1e3  # the score of a case that says nothing
REPLICAS = 64  # of a case in a search by Monte Carlo
PROBE = 256  # cases of a cell drawn at random, which has one batch alone
NEAR = 16  # cells of the list from which a cell drawn at random takes its first cases
SMALL = 2  # dimensions of a pair of which long runs of many steps are cheap


class _Told(Exception):
    """Carries what is wrong with a bound past SciPy."""


@dataclass(frozen=True, eq=False)
class Adversary:
    """Looks for a case in which the measure exceeds the bound; what is given of pair, noise and
    budget stays."""

    theorem: Theorem
    pair: Pair | None = None
    noise: Noise | None = None
    budget: Budget | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    @property
    def dims(self) -> tuple[int, ...]:
        if self.pair is not None:
            return (self.pair.dim,)
        shares = any(abs(self.fixed.get(name, 1.0)) != 1 for name in ("gap", "bias"))
        return (2,) if shares or set(TWO) & set(self.fixed) else (1, 2)

    def cells(self) -> Iterator[Cell]:
        """The cells of the list, or those of the budget that is given."""
        return filter(self._within, listed(self.theorem, self.dims, self.budget))

    def _within(self, cell: Cell) -> bool:
        """Whether what is fixed can be had: a theorem's own steps are no share of its range."""
        return cell.mode != "tuned" or not {"step", "momentum"} & set(self.fixed)

    def drawn(self, examples: int) -> list[Cell]:
        """Cells with random K, T and B for about so many cases; none if these are given."""
        if self.budget:
            return []
        values = {name: self.fixed.get(name, gene.simple) for name, gene in GENES.items()} | {
            "s": 0.5
        }
        pair = self.pair or pair_of(values, 1)
        noise = self.noise or noise_of(values)
        a = 1.0 if self.theorem.method.uses_a else None
        steps = Steps(eta=1e-3, a=a, K=1, T=1)
        task = Task(method=self.theorem.method, pair=pair, noise=noise, steps=steps)
        wide = pair.dim <= SMALL and not exact.refuses(task)
        cells = drawn(self.theorem, self.dims, -(-examples // PROBE), self.seed, wide=wide)
        return list(filter(self._within, cells))

    def genes(self, cells: Sequence[Cell]) -> list[str]:
        """What is chosen in one of these cells."""
        chosen = {
            name
            for cell in dict.fromkeys((cell.dim, cell.mode) for cell in cells)
            for name in self._names(Cell(cell[0], 1, 1, np.inf, cell[1]))
        }
        return [name for name in GENES if name in chosen]

    def search(self, cell: Cell, generations: int) -> Best:
        """Differential evolution in one cell, begun anew where a population has come to one
        value."""
        from scipy.optimize import differential_evolution

        names = self._names(cell)
        rng = self._rng(cell)
        best = Best(cell)

        def score(points: FloatArray) -> FloatArray:
            values = self._decoded(names, points)
            try:
                ratio = self.ratios(cell, values)
            # SciPy would take it for a mistake in calling it.
            except (TypeError, ValueError) as error:
                raise _Told(error) from None
            best.meet(ratio, values, points)
            with np.errstate(all="ignore"):
                return np.where(ratio > 0, np.clip(-np.log(ratio), -WORST, WORST), WORST)

        if not names:
            return self._evaluated(best, np.zeros((0, 1)))
        try:
            while (
                best.ratio <= 1 + SLACK and (left := generations - best.evaluated // POPULATION) > 0
            ):
                differential_evolution(
                    score,
                    [(0.0, 1.0)] * len(names),
                    init=_first(rng, len(names)),
                    vectorized=True,
                    updating="deferred",
                    maxiter=left - 1,
                    polish=False,
                    tol=0.0,
                    rng=rng,
                )
        except _Told as told:
            raise told.args[0] from None
        return best

    def probe(self, cell: Cell, others: Sequence[Best]) -> Best:
        """One batch in a cell: the tightest cases of the nearest among the others, changes of
        these, and any."""
        names = self._names(cell)
        rng = self._rng(cell)
        best = Best(cell)
        alike = [
            b
            for b in others
            if (b.cell.dim, b.cell.mode) == (cell.dim, cell.mode) and b.point is not None
        ]
        near = [
            b.point
            for b in sorted(alike, key=lambda b: b.distance(cell))[:NEAR]
            if b.point is not None
        ]
        if not names:
            return self._evaluated(best, np.zeros((0, 1)))
        return self._evaluated(best, _around(rng, len(names), near).T)

    def _rng(self, cell: Cell) -> np.random.Generator:
        return np.random.default_rng(
            [self.seed, cell.dim, cell.K, cell.T, int(min(cell.B, 2**30)), len(cell.mode)]
        )

    def _evaluated(self, best: Best, points: FloatArray) -> Best:
        """With these points, as columns, looked at."""
        values = self._decoded(self._names(best.cell), points)
        best.meet(self.ratios(best.cell, values), values, points)
        return best

    def _names(self, cell: Cell) -> tuple[str, ...]:
        """The genes that matter to this cell."""
        unit = {"L", "F0"} if has_unit(self.theorem) else set()
        out = unit | set(self.fixed) | (set(TWO) if cell.dim == 1 else set())
        if self.pair is not None:
            out |= {name for name, gene in GENES.items() if gene.part == "pair"}
        if self.noise is not None:
            out |= {name for name, gene in GENES.items() if gene.part == "noise"}
        if cell.mode == "tuned":
            # Σ_r is then known along the run only, and the bound the general one.
            out |= {"step", "momentum", "s"}
        if not self.theorem.method.uses_a:
            out |= {"momentum"}
        for condition in self.theorem.assumptions:  # such as σ_h = 0
            out |= {
                name
                for name in condition.names
                if {name} == condition.names and not condition.holds({name: 1e-9})
            }
        # To which it adds.
        out |= {"s"} if out & {"sigma_f", "sigma_r"} - set(self.fixed) else set()
        return tuple(name for name in GENES if name not in out)

    def _decoded(self, names: tuple[str, ...], points: FloatArray) -> dict[str, Any]:
        plain = {name: gene.simple for name, gene in GENES.items()} | dict(self.fixed)
        simple = {name: np.full(points.shape[1], value) for name, value in plain.items()}
        values = simple | {
            name: GENES[name].read(row) for name, row in zip(names, points, strict=True)
        }
        for one, other in (("gap", "flat_gap"), ("flat_gap", "gap")):  # δ is the larger of both
            if abs(self.fixed.get(one, 1.0)) < 1 and other not in self.fixed:
                values[other] = np.where(values[other] < 0, -1.0, 1.0)
        return values

    def ratios(self, cell: Cell, values: Values) -> FloatArray:
        """measured/bound of each case; −1 where it lies outside the theorem or says nothing."""
        size = max(np.size(value) for value in values.values())
        theorem = self.theorem
        pair = self.pair or pairs_of(values, cell.dim)
        noise = self.noise or noise_of(values)
        with np.errstate(all="ignore"):
            c = theorem.constants(pair, noise)
            steps, inside = self._steps(cell, values, c, size)
            run = as_run(theorem, c, steps, self._trace(pair, noise, steps), noise)
            inside = inside & within(theorem, run, size)
            measured, error = (part[0] for part in run.trace.measure(theorem.measure))
            bound = promise(theorem, run, inside)[2]
        return self._judged(measured - 4 * error, bound, inside, run.constants)

    def _trace(self, pair: Pair, noise: Noise, steps: Steps) -> Trace:
        """What the method does: exactly where that is possible, else by few replicas."""
        theorem = self.theorem
        task = Task(method=theorem.method, pair=pair, noise=noise, steps=steps)
        with suppress(RefusedError):
            return exact.run(task, Sampling(compiled=False))
        sampling = Sampling(replicas=REPLICAS, seed=self.seed)
        if theorem.variance == "mean" or not np.any(variance.meets(theorem, noise)):
            return numpy_engine.run(task, sampling)
        every_round = replace(task, record=range(1, steps.T + 1))
        return last(numpy_engine.run(every_round, sampling))

    def _judged(self, measured: Any, bound: FloatArray, inside: Any, c: Any) -> FloatArray:
        """The ratios, once the bound is seen to be a number that can bound something."""
        scale = largest(self.theorem, c.values())
        bad = inside & (bound < -SLACK * scale)
        if np.any(bad):
            raise InputError.listing([f"bound = {float(bound[bad][0])}: must be from 0 to inf"])
        floor = ROUNDING * scale
        limited = np.maximum(c.sigma_f, c.sigma_r) < UNLIMITED
        with np.errstate(all="ignore"):
            ratio = np.where(measured <= floor, 0.0, measured / np.maximum(bound, 0.0))
        ratio = np.where(np.isinf(measured) & np.isfinite(bound), np.inf, ratio)
        return np.where(inside & limited & ~np.isnan(ratio), ratio, -1.0)

    def _steps(self, cell: Cell, values: Values, c: Any, size: int) -> tuple[Steps, Any]:
        """The steps of a batch, and which of them lie within the theorem."""
        theorem = self.theorem
        lengths = Lengths(K=cell.K, T=cell.T, B=cell.B)
        met = applies(theorem, c, size)
        if cell.mode == "tuned":
            eta, a = prescribed(theorem, cell, c, met)
        else:  # as they stand, or in terms of the range
            eta = values.get("eta")
            a = values.get("a")
            if eta is None:
                eta = largest_eta(theorem, c, lengths) * values["step"]
            if a is None and theorem.method.uses_a:
                most, least = ends_of_a(theorem, c, eta, lengths)
                a = np.minimum(most * (least / most) ** values["momentum"], most)
        met &= np.broadcast_to(np.isfinite(eta) & (np.asarray(eta) > 0), (size,))
        full = np.where(met, np.broadcast_to(eta, (size,)), 1e-12)
        if a is not None:
            met &= np.broadcast_to(np.asarray(a) > 0, (size,))
            a = np.where(met, np.broadcast_to(a, (size,)), 1.0)
        if cell.mode == "theorem":
            met &= fits(theorem, c, full, a, lengths)
        return Steps(eta=full, a=a, K=cell.K, T=cell.T, B=cell.B, mode=cell.mode), met

    def configuration(self, cell: Cell, values: Values) -> Configuration:
        """One case of a cell, made as a user would make it; InputError if it lies outside the
        theorem."""
        theorem = self.theorem
        pair = self.pair or pair_of(values, cell.dim)
        noise = self.noise or noise_of(values)
        c = theorem.constants(pair, noise)
        if cell.mode == "tuned":
            return Configuration(theorem, pair, noise, theorem.tune(c, cell.K, cell.T, cell.B))
        found, met = self._steps(cell, values, c, 1)
        if not np.all(met):
            raise InputError.listing(
                [f"no steps are within the range of {theorem.name} in this case"]
            )
        eta, a = (None if v is None else float(np.ravel(v)[0]) for v in (found.eta, found.a))
        steps = found.replace(eta=eta, a=a)
        rounded = steps.replace(eta=float(f"{eta:.12g}"), a=a and float(f"{a:.12g}"))
        return Configuration(theorem, pair, noise, steps if theorem.unmet(c, rounded) else rounded)


def _first(rng: np.random.Generator, genes: int) -> FloatArray:
    """The first population: a half at corners of the cube and middles of its faces, a half
    anywhere."""
    corners = rng.choice([0.0, 0.1, 0.5, 1.0], size=(POPULATION // 2, genes))
    return np.concatenate([corners, rng.random((POPULATION - POPULATION // 2, genes))])


def _around(rng: np.random.Generator, genes: int, near: Sequence[FloatArray]) -> FloatArray:
    """A batch of points: those that are near, the same with some genes changed, and a first
    population."""
    first = _first(rng, genes)
    if not near:
        return np.concatenate([first, _first(rng, genes)])
    count = PROBE - len(first) - len(near)
    parents, others = (np.array(near)[rng.integers(len(near), size=count)] for _ in range(2))
    crossed = np.where(rng.random((count, genes)) < 0.3, others, parents)
    fresh = _first(rng, genes)[rng.integers(POPULATION, size=count)]
    return np.concatenate([near, np.where(rng.random((count, genes)) < 0.2, fresh, crossed), first])
