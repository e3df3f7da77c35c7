"""Known hard cases, from which a search starts too: the tightest known case of a theorem, and the
problems of the library's lower bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory import lower_bounds
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.engines import exact
from auxtheory.errors import AuxtheoryError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Best
from auxtheory.testing.search.described import described
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.search.populations import POPULATION
from auxtheory.theorems import Case, Theorem
from auxtheory.theorems.measured import measure_of
from auxtheory.validation.at_work import steps_of_case
from auxtheory.validation.configuration import Configuration

LOWER_ROUNDS = 10, 1000  # numbers of rounds of the problems of lower bounds
WIDTHS = 0.3, 0.1, 0.1, 0.03, 0.03, 0.01  # of the changes in each batch around a known case
MAX_LOCAL_STEPS = 10_000  # of a known case that is varied, unless its rounds are combined
# The same values alone and in a batch differ by rounding, and by 10⁻⁹ in η and a.
ROUNDING = 1e-6
CONSTANTS = Constants(
    L=1.0, F0=1.0, delta=0.1, sigma_f=1.0, sigma_r=1.0, more={"D0": 2.0, "mu_sc": 0.1}
)


@dataclass(frozen=True)
class Known:
    """A known hard case: where it comes from, measured/bound, and the best of the cases around it;
    None if the parameters of the search do not describe it."""

    origin: str
    case: Configuration
    ratio: float
    best: Best | None


def known_cases(adversary: Adversary) -> Iterator[Known]:
    """The known case with the largest measured/bound of each origin; none where a part of the cases
    is given or fixed."""
    given = (adversary.pair, adversary.noise, adversary.budget)
    if adversary.fixed or any(part is not None for part in given):
        return
    for origin, cases in _origins(adversary.theorem):
        measured = [(ratio, case) for case in cases if (ratio := _ratio(case)) is not None]
        if measured:
            ratio, case = max(measured, key=lambda pair: pair[0])
            yield Known(origin, case, ratio, _varied(adversary, case, ratio))


def _ratio(case: Configuration) -> float | None:
    """measured/bound; None outside the theorem, and where it would only be sampled."""
    try:
        if exact.refuses(case.task) and any(np.any(v) for v in _levels(case)):
            return None
        verdict = case.verdict()
    except AuxtheoryError:  # a theorem derived from another need not apply to its cases
        return None
    return None if verdict.status == "outside" else verdict.ratio


def _levels(case: Configuration) -> tuple[Any, ...]:
    noise = case.noise
    return noise.sigma_f, noise.sigma_h, noise.s


def _origins(theorem: Theorem) -> Iterator[tuple[str, Iterator[Configuration]]]:
    case = theorem.tightest()
    if case is not None:
        yield f"the tightest known case of {theorem.name}", _of_case(theorem, case)
    for lower in lower_bounds.for_method(theorem.method.name, measure_of(theorem).label):
        yield f"the problem of at.lower_bounds.{lower.name}", _of_lower(theorem, lower)


def _of_case(theorem: Theorem, case: Case) -> Iterator[Configuration]:
    for T in case.T:
        try:
            steps = steps_of_case(theorem, case, T)
            yield Configuration(theorem, case.pair, case.noise, steps)
        except AuxtheoryError:
            continue


def _of_lower(theorem: Theorem, lower: lower_bounds.LowerBound) -> Iterator[Configuration]:
    """The problem at the theorem's own steps, or at half of the largest 1/L."""
    for T in LOWER_ROUNDS:
        try:
            steps = (
                theorem.tune(CONSTANTS, 1, T, np.inf)
                if "tuned" in theorem.regimes
                else Steps(eta=0.5, a=1.0 if theorem.method.uses_a else None, K=1, T=T)
            )
            pair, noise = lower.instance(CONSTANTS, steps)
            if "tuned" in theorem.regimes:
                steps = theorem.tune(theorem.constants(pair, noise), 1, T, np.inf)
            yield Configuration(theorem, pair, noise, steps)
        # A rule may name a constant that these problems do not state.
        except (AuxtheoryError, KeyError):
            continue


def _varied(adversary: Adversary, case: Configuration, ratio: float) -> Best | None:
    """The best of this case and of cases around it in the parameters of the search."""
    found = described(case)
    if found is None:
        return None
    cell, values = found
    best = Best(cell)
    single = {name: np.array([value]) for name, value in values.items()}
    try:
        best.update(adversary.ratios(cell, single), single, np.zeros((0, 1)))
        if abs(best.ratio - ratio) > ROUNDING * ratio:
            return None
        if cell.dense or cell.K * cell.T <= MAX_LOCAL_STEPS:
            _vary(adversary, best)
    except AuxtheoryError:
        return None
    return best


def _vary(adversary: Adversary, best: Best) -> None:
    """Batches of variations of the best case so far."""
    rng = np.random.default_rng([adversary.seed, POPULATION])
    varied = {*adversary.parameters([best.cell]), "eta", "a"} - {"L", "F0"}
    for width in WIDTHS:
        batch = {}
        for name, value in best.values.items():
            moves = rng.standard_normal(POPULATION) * width * (rng.random(POPULATION) < 0.5)
            moves[0] = 0.0
            batch[name] = _moved(name, value, moves * (name in varied))
        best.update(adversary.ratios(best.cell, batch), batch, np.zeros((0, POPULATION)))


def _moved(name: str, value: float, moves: Any) -> Any:
    parameter = PARAMETERS.get(name)
    if parameter is not None and parameter.scale == "even":
        size = parameter.high - parameter.low
        return np.clip(value + size * moves, parameter.low, parameter.high)
    moved = value * np.exp(moves)  # 0 stays 0
    return np.minimum(moved, 1.0) if name == "a" else moved
