"""What a search has found, confirmed and made simple: the smallest counterexample, the simplest tightest case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np

from auxtheory.configuration import Configuration
from auxtheory.engines import exact
from auxtheory.errors import InputError
from auxtheory.result import Verdict
from auxtheory.testing.adversary import Adversary, Best, Cell
from auxtheory.testing.genes import GENES
from auxtheory.testing.shrinking import ladder, lengths, shrunk

CONFIRMING = 4096  # replicas of the run that confirms what a search by Monte Carlo suspects


@dataclass
class Judge:
    """Confirms what a search suspects, and then shrinks it. The exact engine is believed; of Monte Carlo each new
    suspicion is tested on new samples, at a rate of its own, α/(t(t+1)) for the t-th, which sum to at most α."""

    adversary: Adversary
    false_alarm: float
    _tests: Iterator[int] = field(default_factory=lambda: count(1))

    def weigh(self, found: Best) -> tuple[Configuration, Verdict] | None:
        """The smallest counterexample that is to be had from the case found, if that is one."""
        first = self._fails(found.cell, found.values, next(self._tests))
        if first is not None:
            test = next(self._tests)
            clear = 1 + 0.1 * min(first[1].ratio - 1, 1.0)  # not so simple that the excess no longer shows

            def fails(cell: Cell, values: dict[str, Any]) -> bool:
                again = self._fails(cell, values, test)
                return again is not None and again[1].ratio >= clear

            simplest = _simplest(self.adversary, found, fails)
            final = self._fails(*simplest, next(self._tests))
            return final or first
        return None

    def _fails(self, cell: Cell, values: Mapping[str, Any], test: int) -> tuple[Configuration, Verdict] | None:
        """The case and its verdict if it violates the bound."""
        try:
            case = self.adversary.configuration(cell, values)
            if exact.refuses(case.theorem.method, case.pair, case.noise, case.steps):
                case = replace(case, options={
                    "engine": "numpy", "replicas": CONFIRMING, "seed": self.adversary.seed + test,
                    "false_alarm": self.false_alarm / (test * (test + 1))})  # fmt: skip
            verdict = case.verdict()
        except InputError:
            return None
        return (case, verdict) if verdict.status == "violated" else None


def _simplest(
    adversary: Adversary, found: Best, holds: Callable[[Cell, dict[str, Any]], bool]
) -> tuple[Cell, dict[str, Any]]:
    """The simplest case, on the way from d = K = T = 1 and no noise to the one found, of which the same holds."""
    cell = found.cell
    given = cell if adversary.budget else None
    ladders: dict[str, list[Any]] = {
        "dim": [cell.dim] if adversary.pair else lengths(cell.dim),
        "K": [cell.K] if given else lengths(cell.K),
        "T": [cell.T] if given else lengths(cell.T),
        "B": [cell.B] if given else list(dict.fromkeys([np.inf, cell.B])),
    }
    for name, value in found.values.items():
        rungs = [value] if name in adversary.fixed else ladder(value, GENES[name].simple)
        ladders[name] = [rung for rung in rungs if rung == value or GENES[name].allows(rung)]
    return _split(shrunk(ladders, lambda values: holds(*_split(values, cell))), cell)


def _split(values: Mapping[str, Any], cell: Cell) -> tuple[Cell, dict[str, Any]]:
    """A cell and the values of its genes."""
    genes = {name: value for name, value in values.items() if name in GENES}
    return Cell(values["dim"], values["K"], values["T"], values["B"], cell.mode), genes


def tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case as tight as the tightest, but for a ten-thousandth."""

    def near(cell: Cell, values: dict[str, Any]) -> bool:
        one = {name: np.array([value]) for name, value in values.items()}
        return bool(adversary.ratios(cell, one)[0] >= 0.9999 * best.ratio)

    return adversary.configuration(*_simplest(adversary, best, near))
