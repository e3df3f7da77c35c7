"""The search for the largest measured/bound: differential evolution over pairs, noises and steps,
one batch in each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.engines import exact
from auxtheory.errors import InputError, RefusedError
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Target
from auxtheory.testing.search.cells import (
    LONG_ROUNDS,
    Best,
    SearchCell,
    dense_cells,
    listed_cells,
    numbers_of_components,
    random_cells,
)
from auxtheory.testing.search.client_cells import (
    dense_client_cells,
    example_pair,
    listed_client_cells,
    random_client_cells,
)
from auxtheory.testing.search.clients import CLIENTS
from auxtheory.testing.search.dense import ANGLES
from auxtheory.testing.search.names import names_in_cell
from auxtheory.testing.search.parameters import (
    PARAMETERS,
    SECOND_COORDINATE,
    SHAPES,
    Values,
    noise_of,
    pair_of,
)
from auxtheory.testing.search.parts import in_parts
from auxtheory.testing.search.populations import (
    POPULATION,
    PROBE_SIZE,
    around,
    first_population,
)
from auxtheory.testing.search.problems import Problem, grid_of_pairs, one_pair
from auxtheory.testing.search.runs import checked_ratios, expected
from auxtheory.testing.search.shapes import rounded, single, takes_schedules
from auxtheory.testing.search.step_parameters import (
    any_steps,
    combines_rounds,
    parameter_named,
    step_parameters,
    task_of,
    varies,
)
from auxtheory.testing.search.steps_of_batch import steps_of
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.along import before_run
from auxtheory.theorems.measured import measure_of
from auxtheory.typing import FloatArray
from auxtheory.validation.at_work import at_work, knowing
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.error_control import SLACK
from auxtheory.validation.rows import promise, rounding_scale, within
from auxtheory.validation.validate import as_run

WORST_SCORE = 1e3  # for a case outside the theorem, or a measured value of 0
NEAREST_CELLS = 16  # cells of the list whose tightest cases such a batch starts from
CHEAP_DIM = 2  # the largest dimension in which long runs of many steps are searched


class _BoundError(Exception):
    """Carries an error raised by a bound through SciPy, which would rephrase it."""


def _kind(cell: SearchCell) -> tuple[Any, ...]:
    """What cells have in common whose cases have the same parameters."""
    return cell.dim, cell.mode, cell.dense, cell.layout and cell.layout.kind


@dataclass(frozen=True, eq=False)
class Adversary:
    """Searches for a case in which the measure exceeds the bound.

    A pair, a noise or a budget that is given is held fixed; of a target its δ and ζ are searched.
    fixed holds parameters fixed by name.
    """

    theorem: Theorem
    pair: Problem = None
    noise: Noise | None = None
    budget: Budget | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def _example(self) -> Pair | None:
        """The given pair, or one pair of the given target."""
        return self.pair.with_helper() if isinstance(self.pair, Target) else self.pair

    @cached_property
    def held(self) -> Mapping[str, float]:
        """Parameters with absolute values: those that are fixed, and L and F₀ of a given target, in
        units of which levels are searched."""
        if not isinstance(self.pair, Target) or self._example is None:
            return self.fixed
        c = self._example.constants()
        return {**self.fixed, "L": float(c.L), "F0": float(c.F0)}

    @cached_property
    def replaced(self) -> frozenset[str]:
        """The parameters that do not apply because a pair, a target or a noise is given."""
        parts = {
            part
            for part, value in (("pair", self.pair), ("noise", self.noise))
            if value is not None
        }
        names = {name for name, parameter in PARAMETERS.items() if parameter.part in parts}
        return frozenset(names - ({"delta", "zeta"} if isinstance(self.pair, Target) else set()))

    @property
    def dims(self) -> tuple[int, ...]:
        """The numbers of coordinates that are searched."""
        matrix = measure_of(self.theorem).matrix
        if self._example is not None:
            return (self._example.dim,)
        if matrix is not None:
            return (len(matrix),)
        shares = any(abs(self.fixed.get(name, 1.0)) != 1 for name in ("gap", "bias"))
        second = {*SECOND_COORDINATE, *ANGLES} & set(self.fixed)
        return (2,) if shares or second else (1, 2)

    @cached_property
    def _sampled(self) -> bool:
        """Whether the exact engine refuses the method on a quadratic."""
        values = {name: parameter.simple for name, parameter in PARAMETERS.items()}
        steps = any_steps(self.theorem.method)
        pair = self._plain_pair(values)
        return bool(exact.refuses(task_of(self.theorem, pair, noise_of(values), steps)))

    @property
    def with_clients(self) -> bool:
        """Whether the pairs have several clients or helpers."""
        return self.theorem.method.program.clients is not None

    def _plain_pair(self, values: Values) -> Pair:
        """A pair of one coordinate that the method can take."""
        return example_pair() if self.with_clients else pair_of(values, 1, self._least_components)

    @property
    def _searches_clients(self) -> bool:
        """Whether clients or helpers are searched."""
        return self.with_clients and self.pair is None

    @property
    def _least_components(self) -> int:
        return numbers_of_components(self.theorem)[0]

    @property
    def stepwise(self) -> bool:
        """Whether no engine takes several steps together, so that long runs are slow."""
        return self._sampled or varies(self.theorem.method)

    def listed_cells(self) -> Iterator[SearchCell]:
        """The cells of the list, or those of the given budget; none if an angle is fixed, which
        only dense cells have."""
        if set(ANGLES) & set(self.fixed):
            return iter(())
        of = listed_client_cells if self._searches_clients else listed_cells
        return filter(self._allows, of(self.theorem, self.dims, self.budget))

    def dense_cells(self) -> list[SearchCell]:
        """The cells of dense pairs with noise along one direction; none where neither angle has an
        effect, or for components, multiplicative noise, or a given pair or noise."""
        searched = 2 in self.dims and self.pair is None and self.noise is None
        several = self._least_components > 1 or self.fixed.get("s")
        if not searched or several:
            return []
        # The theorem's own steps are within its range, unless it is about these alone.
        mode: Mode = "theorem" if "theorem" in self.theorem.regimes else "tuned"
        if self._searches_clients:
            return dense_client_cells(self.theorem, self.budget, mode)
        cells = dense_cells(
            self.theorem,
            self.budget,
            mode,
            long=not self._sampled and combines_rounds(self.theorem),
        )
        angles = {*ANGLES} & {*self.fixed}
        return [
            cell
            for cell in cells
            if self._allows(cell) and (angles or {*ANGLES} & {*self._names(cell)})
        ]

    def _allows(self, cell: SearchCell) -> bool:
        """Whether the fixed parameters apply in this cell: a theorem's own steps are not a share of
        its range. The rounds of a schedule are run one by one, so there are no long runs of it."""
        if cell.T >= LONG_ROUNDS and not self.budget and takes_schedules(self.theorem):
            return False
        return cell.mode != "tuned" or not {
            "step",
            "momentum",
            *SHAPES,
            *step_parameters(self.theorem.method).values(),
        } & set(self.fixed)

    def random_cells(self, examples: int) -> list[SearchCell]:
        """Cells with random K, T and B for about this number of cases; none if these are given."""
        if self.budget or set(ANGLES) & set(self.fixed):
            return []
        values = {
            name: self.held.get(name, parameter.simple) for name, parameter in PARAMETERS.items()
        } | {"s": 0.5}
        pair = self._example or self._plain_pair(values)
        noise = self.noise or noise_of(values)
        task = task_of(self.theorem, pair, noise, any_steps(self.theorem.method))
        cheap = (
            pair.dim <= CHEAP_DIM
            and not exact.refuses(task)
            and not varies(self.theorem.method)
            and not takes_schedules(self.theorem)
        )
        count = -(-examples // PROBE_SIZE)
        if self._searches_clients:
            return list(
                filter(self._allows, random_client_cells(self.theorem, self.dims, count, self.seed))
            )
        cells = random_cells(self.theorem, self.dims, count, self.seed, cheap=cheap)
        return list(filter(self._allows, cells))

    def parameters(self, cells: Sequence[SearchCell]) -> list[str]:
        """The names of the parameters that are searched in at least one of these cells."""
        kinds = {_kind(cell): cell for cell in cells}
        searched = {
            name
            for cell in kinds.values()
            for name in self._names(replace(cell, K=1))
            if name not in CLIENTS
        }
        known = (*PARAMETERS, *step_parameters(self.theorem.method).values())
        return [name for name in known if name in searched]

    def search(self, cell: SearchCell, generations: int) -> Best:
        """Differential evolution in one cell, restarted when a population has converged."""
        from scipy.optimize import differential_evolution

        names = self._names(cell)
        rng = self._rng(cell)
        best = Best(cell)

        def score(points: FloatArray) -> FloatArray:
            values = self._decoded(names, points)
            try:
                ratio = self.ratios(cell, values)
            # SciPy would report it as a wrong call of SciPy.
            except (TypeError, ValueError) as error:
                raise _BoundError(error) from None
            best.update(ratio, values, points)
            with np.errstate(all="ignore"):
                return np.where(
                    ratio > 0, np.clip(-np.log(ratio), -WORST_SCORE, WORST_SCORE), WORST_SCORE
                )

        if not names:
            return self._evaluated(best, np.zeros((0, 1)))
        try:
            while (
                best.ratio <= 1 + SLACK and (left := generations - best.evaluated // POPULATION) > 0
            ):
                differential_evolution(
                    score,
                    [(0.0, 1.0)] * len(names),
                    init=first_population(rng, len(names)),
                    vectorized=True,
                    updating="deferred",
                    maxiter=left - 1,
                    polish=False,
                    tol=0.0,
                    rng=rng,
                )
        except _BoundError as carrier:
            raise carrier.args[0] from None
        return best

    def probe(self, cell: SearchCell, others: Sequence[Best]) -> Best:
        """One batch in a cell: the tightest cases of the nearest of the other cells, variations of
        these, and random points."""
        names = self._names(cell)
        rng = self._rng(cell)
        best = Best(cell)
        comparable = [b for b in others if _kind(b.cell) == _kind(cell) and b.point is not None]
        near = [
            b.point
            for b in sorted(comparable, key=lambda b: b.distance(cell))[:NEAREST_CELLS]
            if b.point is not None
        ]
        if not names:
            return self._evaluated(best, np.zeros((0, 1)))
        return self._evaluated(best, around(rng, len(names), near).T)

    def _rng(self, cell: SearchCell) -> np.random.Generator:
        dense = [1] if cell.dense else []
        dense += cell.layout.numbers if cell.layout else ()
        return np.random.default_rng(
            [self.seed, cell.dim, cell.K, cell.T, int(min(cell.B, 2**30)), len(cell.mode), *dense]
        )

    def _evaluated(self, best: Best, points: FloatArray) -> Best:
        """`best` after these points, one in each column, have been evaluated."""
        values = self._decoded(self._names(best.cell), points)
        best.update(self.ratios(best.cell, values), values, points)
        return best

    def _names(self, cell: SearchCell) -> tuple[str, ...]:
        """The names of the parameters that are searched in this cell."""
        return names_in_cell(self.theorem, cell, self.fixed, self.replaced, sampled=self._sampled)

    def _decoded(self, names: tuple[str, ...], points: FloatArray) -> dict[str, Any]:
        """The values of all parameters at points of the unit cube, one in each column."""
        defaults = {name: parameter.simple for name, parameter in PARAMETERS.items()}
        defaults |= {name: CLIENTS[name].simple for name in names if name in CLIENTS}
        constant = {**defaults, **self.held}
        values = {name: np.full(points.shape[1], value) for name, value in constant.items()} | {
            name: parameter_named(name, self.theorem).from_unit(row)
            for name, row in zip(names, points, strict=True)
        }
        for one, other in (("gap", "flat_gap"), ("flat_gap", "gap")):  # δ is the larger of both
            if abs(self.fixed.get(one, 1.0)) < 1 and other not in self.fixed:
                values[other] = np.where(values[other] < 0, -1.0, 1.0)
        return values

    def ratios(self, cell: SearchCell, values: Values) -> FloatArray:
        """measured/bound of each case; −1 outside the theorem, and where the bound is not a
        number."""
        size = max(np.size(value) for value in values.values())
        theorem = self.theorem
        pair, makes = grid_of_pairs(self.pair, values, cell)
        noise = self._noise_of(cell, values)
        with np.errstate(all="ignore"):
            c = knowing(theorem.constants(pair, noise), cell.at_work)
            steps, inside = steps_of(self.theorem, cell, values, before_run(theorem, c), size)
            if not np.any(inside):
                return np.full(size, -1.0)
            try:
                run = as_run(
                    theorem, c, steps, expected(theorem, pair, noise, steps, self.seed), noise
                )
            except RefusedError:
                apart = np.broadcast_to(inside, (size,))
                return in_parts(partial(self.ratios, cell), values, apart)
            inside = inside & within(theorem, run, size) & makes
            measured, error = (part[0] for part in run.trace.measure(measure_of(theorem)))
            least = measured - 4 * error
            bound = promise(theorem, run, inside)[2]
        scale = rounding_scale(theorem, run)
        return checked_ratios(least, bound, inside, run.constants, scale)

    def _noise_of(self, cell: SearchCell, values: Values) -> Noise:
        """The noise of a batch, or of a case; that of clients has no direction."""
        directed = cell.dense and cell.dim == 2 and cell.layout is None
        return self.noise or noise_of(values, dense=directed)

    def configuration(self, cell: SearchCell, values: Values) -> Configuration:
        """One case of a cell, made as a user would make it; InputError if it lies outside the
        theorem."""
        theorem = self.theorem
        pair = one_pair(self.pair, values, cell)
        noise = self._noise_of(cell, values)
        c = knowing(theorem.constants(pair, noise), cell.at_work)
        if cell.mode == "tuned":
            working = at_work(theorem, pair, cell.at_work)
            steps = theorem.tune(c, cell.K, cell.T, cell.B, **working)
            return Configuration(theorem, pair, noise, steps)
        batch, inside = steps_of(theorem, cell, values, before_run(theorem, c), 1)
        if not np.all(inside):
            raise InputError.listing(
                [f"no steps are within the range of {theorem.name} in this case"]
            )
        every = {"eta": batch.eta, "a": batch.a, **batch.parameters}
        steps = batch.replace(**{name: single(value) for name, value in every.items()})
        short = steps.replace(eta=rounded(steps.eta), a=rounded(steps.a))
        return Configuration(theorem, pair, noise, steps if theorem.unmet(c, short) else short)
