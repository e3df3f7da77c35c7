"""What a search has found, confirmed and made simple: the smallest counterexample, the simplest tightest case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, TypeAlias

import numpy as np

from auxtheory.configuration import Configuration
from auxtheory.constants import Mode
from auxtheory.engines import exact
from auxtheory.errors import InputError
from auxtheory.result import Verdict
from auxtheory.testing.adversary import Adversary
from auxtheory.testing.cells import Best, Cell
from auxtheory.testing.genes import ABSOLUTE, ENTRIES, GENES, absolute, entries, genes_of
from auxtheory.testing.shrinking import LENGTHS, rounder, shorter, simplest

CONFIRMING = 4096  # replicas of the run that confirms what a search by Monte Carlo suspects
READABLE = 1 + 1e-6  # measured/bound of the simplest counterexample on the exact engine: six digits show the excess
STEPS = {"eta": "step", "a": "momentum"}  # numbers, and the genes that they take the place of
RELATIVE = set(GENES) - {"step", "momentum", "correlation", "gap", "flat_gap", "bias"}  # in units of L and F₀
Holds: TypeAlias = Callable[[Cell, dict[str, Any]], bool]


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
        if first is None:
            return None
        test = next(self._tests)
        clear = 1 + 0.1 * min(first[1].ratio - 1, 1.0)  # not so simple that the excess no longer shows
        least = min(clear, READABLE)

        def fails(cell: Cell, values: dict[str, Any], *, last: bool) -> bool:
            again = self._fails(cell, values, test)
            return again is not None and again[1].ratio >= (least if last and not again[1].false_alarm else clear)

        simple = _simplest(self.adversary, found, partial(fails, last=False), partial(fails, last=True))
        return self._fails(*simple, next(self._tests)) or first

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


def _simplest(adversary: Adversary, found: Best, holds: Holds, last: Holds) -> tuple[Cell, dict[str, Any]]:
    """The simplest case, on the way from the one found towards d = K = T = 1 and no noise, of which the same holds:
    first with steps in terms of the range, then with η, a and all levels as numbers of their own. K and T are round at
    first, so that η and a can be, and as small as possible in the end, where `last` is asked: then each entry of x⁰, of
    the spectrum, of r″ and of the bias is a number of its own."""
    cell, mode, fixed = found.cell, found.cell.mode, set(adversary.fixed)
    one_dim = len(adversary.dims) == 1
    kept = {*(["dim"] if one_dim else []), *(["K", "T", "B"] if adversary.budget else []), *fixed}
    kept |= {name for name in ("gap", "flat_gap") if {"gap", "flat_gap"} & fixed}

    def asking(question: Holds) -> Callable[[dict[str, Any]], bool]:
        return lambda values: question(*_split(values, mode))

    asked, finally_asked = asking(holds), asking(last)
    values: dict[str, Any] = {"dim": cell.dim, "K": cell.K, "T": cell.T, "B": cell.B, **found.values}
    values = simplest(values, partial(_simpler, kept, relative=True, fine=False), asked)
    explicit = {**values, **_explicit(adversary, *_split(values, mode))}
    relative = explicit == values or not asked(explicit)
    if not relative:
        kept |= {ABSOLUTE, *_replaced(explicit)} | ({"L", "F0"} if fixed & RELATIVE else set())
        values = simplest(explicit, partial(_simpler, kept, relative=False, fine=False), asked)
    values = simplest(values, partial(_simpler, kept, relative=relative, fine=True), finally_asked)
    if values["dim"] == 2 and adversary.pair is None:
        values = _entry_by_entry(values, kept, adversary, finally_asked)
    return _split(values, mode)


def _entry_by_entry(
    values: dict[str, Any], kept: set[str], adversary: Adversary, asked: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The simplest case of two coordinates with each entry a value; of one, if that has come within reach."""
    whole = {**entries(values), **{name: values[name] for name in LENGTHS}}
    held = {name: genes_of(whole)[name] for name in GENES if name in kept and GENES[name].part == "pair"}

    def keeps(values: dict[str, Any]) -> bool:
        if values["zeta"] and values["b_flat"] == values["b_steep"] == 0:  # a bias without a direction
            return False
        found = genes_of(values)
        return all(abs(found[name] - value) <= 1e-12 * abs(value) for name, value in held.items()) and asked(values)

    if not keeps(whole):
        return values
    derived = {name for name in GENES if GENES[name].part == "pair" and name not in ("L", "flat", "zeta")}
    whole = simplest(whole, partial(_simpler_entry, kept | derived | {ABSOLUTE, "dim"}), keeps)
    single = {**genes_of(whole), "dim": 1}
    if "dim" in kept or not asked(single):
        return whole
    return simplest(single, partial(_simpler, kept | {ABSOLUTE}, relative=False, fine=True), asked)


def _explicit(adversary: Adversary, cell: Cell, values: dict[str, Any]) -> dict[str, Any]:
    """What must be added for the same case with numbers in place of shares of the range and of multiples of L and F₀;
    nothing where they are the same."""
    if cell.mode == "theorem":
        steps = adversary.configuration(cell, values).steps
        free = [name for name, share in STEPS.items() if share not in adversary.fixed]
        return absolute(values) | {name: v for name in free if (v := getattr(steps, name)) is not None}
    return {} if values["L"] == values["F0"] == 1 else absolute(values)


def _replaced(values: Mapping[str, Any]) -> set[str]:
    """The genes of the steps that no longer matter."""
    return {share for name, share in STEPS.items() if name in values}


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
    if gene.part == "steps":
        return [v for v in rounder(value, gene.simple) if gene.allows(v)]
    bounded = relative or gene.scale == "even"
    return [v for v in rounder(value, gene.simple) if gene.allows(v) or (not bounded and v > 0)]


def _simpler_entry(kept: set[str], name: str, value: Any) -> list[Any]:
    """The simpler values of this name, 0 before all others for an entry of a vector."""
    if name in (*ENTRIES, "L", "flat") and name not in kept:
        return rounder(value, 0.0)
    return _simpler(kept, name, value, relative=False, fine=True)


def _split(values: Mapping[str, Any], mode: Mode) -> tuple[Cell, dict[str, Any]]:
    """A cell and the values of its genes."""
    genes = {name: value for name, value in values.items() if name not in LENGTHS}
    return Cell(values["dim"], values["K"], values["T"], values["B"], mode), genes


def tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case as tight as the tightest, but for a ten-thousandth."""

    def near(cell: Cell, values: dict[str, Any]) -> bool:
        one = {name: np.array([value]) for name, value in values.items()}
        try:
            return bool(adversary.ratios(cell, one)[0] >= 0.9999 * best.ratio)
        except InputError:  # such as x⁰ = x*
            return False

    return adversary.configuration(*_simplest(adversary, best, near, near))
