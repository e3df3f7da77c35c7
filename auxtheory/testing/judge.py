"""What a search has found, confirmed and made simple: the smallest counterexample, the simplest tightest case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from auxtheory.configuration import Configuration
from auxtheory.constants import Mode
from auxtheory.engines import exact
from auxtheory.errors import InputError
from auxtheory.result import Verdict
from auxtheory.testing.adversary import Adversary
from auxtheory.testing.cells import Best, Cell
from auxtheory.testing.genes import ABSOLUTE, GENES, absolute
from auxtheory.testing.shrinking import LENGTHS, rounder, shorter, simplest

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
    """The simplest case, on the way from the one found towards d = K = T = 1 and no noise, of which the same holds:
    first with steps in terms of the range, then with η, a and all levels as numbers of their own. K and T are round at
    first, so that η and a can be, and as small as possible in the end."""
    cell, mode = found.cell, found.cell.mode
    kept = {*(["dim"] if adversary.pair else []), *(["K", "T", "B"] if adversary.budget else []), *adversary.fixed}

    def asked(values: dict[str, Any]) -> bool:
        return holds(*_split(values, mode))

    values: dict[str, Any] = {"dim": cell.dim, "K": cell.K, "T": cell.T, "B": cell.B, **found.values}
    values = simplest(values, partial(_simpler, kept, relative=True, fine=False), asked)
    explicit = {**values, **_explicit(adversary, *_split(values, mode))}
    relative = explicit == values or not asked(explicit)
    if not relative:
        kept |= {ABSOLUTE, "step", "momentum"} | ({"L", "F0"} if adversary.fixed else set())
        values = simplest(explicit, partial(_simpler, kept, relative=False, fine=False), asked)
    return _split(simplest(values, partial(_simpler, kept, relative=relative, fine=True), asked), mode)


def _explicit(adversary: Adversary, cell: Cell, values: dict[str, Any]) -> dict[str, Any]:
    """What must be added for the same case with numbers in place of shares of the range and of multiples of L and F₀;
    nothing where they are the same."""
    if cell.mode == "theorem":
        steps = adversary.configuration(cell, values).steps
        return absolute(values) | {name: v for name in ("eta", "a") if (v := getattr(steps, name)) is not None}
    return {} if values["L"] == values["F0"] == 1 else absolute(values)


def _simpler(kept: set[str], name: str, value: Any, *, relative: bool, fine: bool) -> list[Any]:
    """The simpler values of this name, simplest first; relative ones within the range of its gene."""
    if name in kept:
        return []
    if name in ("dim", "K", "T"):
        return shorter(value, fine)
    if name == "B":
        return [] if np.isinf(value) else [np.inf, *(v for v in rounder(value, 1.0) if v >= 1 and v == int(v))]
    if name in ("eta", "a"):
        return [v for v in rounder(value, 1.0) if v > 0 and (name == "eta" or v <= 1)]
    gene = GENES[name]
    bounded = relative or gene.scale == "even"
    return [v for v in rounder(value, gene.simple) if gene.allows(v) or (not bounded and v > 0)]


def _split(values: Mapping[str, Any], mode: Mode) -> tuple[Cell, dict[str, Any]]:
    """A cell and the values of its genes."""
    genes = {name: value for name, value in values.items() if name not in LENGTHS}
    return Cell(values["dim"], values["K"], values["T"], values["B"], mode), genes


def tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case as tight as the tightest, but for a ten-thousandth."""

    def near(cell: Cell, values: dict[str, Any]) -> bool:
        one = {name: np.array([value]) for name, value in values.items()}
        return bool(adversary.ratios(cell, one)[0] >= 0.9999 * best.ratio)

    return adversary.configuration(*_simplest(adversary, best, near))
