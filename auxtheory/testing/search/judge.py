"""What a search has found, confirmed and made simple: the smallest counterexample, the simplest
tightest case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from auxtheory.engines import exact
from auxtheory.errors import InputError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Best, Cell
from auxtheory.testing.search.confirmation import Asking
from auxtheory.testing.search.parameters import (
    ABSOLUTE,
    CURVATURES,
    ENTRIES,
    GENES,
    GRADIENTS,
    TWO,
    absolute,
    entries,
    genes_of,
    rescaled,
)
from auxtheory.testing.search.shrinking import (
    LENGTHS,
    First,
    Values,
    complexity,
    rounder,
    shorter,
    simplest,
)
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.verdict import Verdict

CONFIRMING = 4096  # replicas of the run that confirms what a search by Monte Carlo suspects
# Measured/bound of the simplest counterexample on the exact engine: six digits show the excess.
READABLE = 1 + 1e-6
STEPS = {"eta": "step", "a": "momentum"}  # numbers, and the genes that they take the place of
Holds = Callable[[Cell, dict[str, Any]], bool]


@dataclass
class Judge:
    """Confirms what a search suspects, and then shrinks it. The exact engine is believed; of Monte
    Carlo each new suspicion is tested on new samples, at a rate of its own, α/(t(t+1)) for the
    t-th, which sum to at most α."""

    adversary: Adversary
    false_alarm: float
    _tests: Iterator[int] = field(default_factory=lambda: count(1))

    def weigh(self, found: Best) -> tuple[Configuration, Verdict] | None:
        """The smallest counterexample that is to be had from the case found, if that is one."""
        first = self._fails(found.cell, found.values, next(self._tests))
        if first is None:
            return None
        test = next(self._tests)
        # Not so simple that the excess no longer shows.
        clear = 1 + 0.1 * min(first[1].ratio - 1, 1.0)
        least = min(clear, READABLE)

        def fails(cell: Cell, values: dict[str, Any], *, last: bool) -> bool:
            again = self._fails(cell, values, test)
            return again is not None and again[1].ratio >= (
                least if last and not again[1].false_alarm else clear
            )

        sampled = bool(first[1].false_alarm)
        asked, finally_asked = (
            Asking(
                self.adversary, found.cell.mode, limit, partial(fails, last=last), sampled=sampled
            )
            for limit, last in ((clear, False), (least, True))
        )
        simple = _simplest(self.adversary, found, asked, finally_asked)
        return self._fails(*simple, next(self._tests)) or first

    def _fails(
        self, cell: Cell, values: Mapping[str, Any], test: int
    ) -> tuple[Configuration, Verdict] | None:
        """The case and its verdict if it violates the bound."""
        try:
            case = self.adversary.configuration(cell, values)
            if exact.refuses(case.task):
                case = replace(
                    case,
                    options={
                        "engine": "numpy",
                        "replicas": CONFIRMING,
                        "seed": self.adversary.seed + test,
                        "false_alarm": self.false_alarm / (test * (test + 1)),
                    },
                )
            verdict = case.verdict()
        except InputError:
            return None
        return (case, verdict) if verdict.status == "violated" else None


def _simplest(
    adversary: Adversary, found: Best, asked: Asking, finally_asked: Asking
) -> tuple[Cell, dict[str, Any]]:
    """The simplest case, on the way from the one found towards d = K = T = 1 and no noise, of which
    the same holds: first with steps in terms of the range, then with η, a and all levels as numbers
    of their own. K and T are round at first, so that η and a can be, and as small as possible in
    the end, where `finally_asked` is: then each entry of x⁰, of the spectrum, of r″ and of the bias
    is a number of its own."""
    cell = found.cell
    fixed = set(adversary.fixed)
    one_dim = len(adversary.dims) == 1
    kept = {*(["dim"] if one_dim else []), *(["K", "T", "B"] if adversary.budget else []), *fixed}
    kept |= {name for name in ("gap", "flat_gap") if {"gap", "flat_gap"} & fixed}
    given = {"pair": adversary.pair, "noise": adversary.noise}
    kept |= {name for name, gene in GENES.items() if given.get(gene.part) is not None}
    coarse = asked.sampled
    values: Values = {"dim": cell.dim, "K": cell.K, "T": cell.T, "B": cell.B, **found.values}
    rule = partial(_simpler, kept, relative=True, fine=False, coarse=coarse)
    values = simplest(values, rule, asked.first)
    explicit = {**values, **_explicit(adversary, *asked.split(values))}
    relative = explicit == values or asked.first([explicit]) is None
    more: list[Callable[[Values], list[Values]]] = []
    if not relative:
        kept |= {ABSOLUTE, *_replaced(explicit)} | _held_units(fixed)
        more = [partial(_in_other_units, kept)]
        rule = partial(_simpler, kept, relative=False, fine=False, coarse=coarse)
        values = simplest(explicit, rule, asked.first, *more)
    rule = partial(_simpler, kept, relative=relative, fine=True, coarse=coarse)
    values = simplest(values, rule, finally_asked.first, *more)
    if values["dim"] == 2 and adversary.pair is None:
        values = _entry_by_entry(values, kept, finally_asked.first, coarse=coarse)
    return asked.split(values)


def _held_units(fixed: set[str]) -> set[str]:
    """Which of L and F₀ must stay for what is fixed in units of them to stay."""
    return ({"L"} if fixed & set(CURVATURES) else set()) | (
        {"L", "F0"} if fixed & set(GRADIENTS) else set()
    )


def _in_other_units(kept: set[str], values: Values) -> list[Values]:
    """The same case in units of f and x that make L, F₀ or both 1, where that makes its numbers
    simpler."""
    if {"L", "F0"} & kept:
        return []
    L = values["L"]
    F0 = values["F0"]
    scales = [(1 / F0, (L / F0) ** 0.5), (1 / L, 1.0), (1.0, L**0.5), (1 / F0, 1 / F0**0.5)]
    found = [rescaled(values, f, x) for f, x in scales]
    return [
        case
        for case in found
        if _total(case) < _total(values) and not any(case[n] != values[n] for n in kept)
    ]


def _total(values: Values) -> float:
    """The complexity of all values together."""
    return sum(
        complexity(value, _plainest(name, values))
        for name, value in values.items()
        if name not in LENGTHS
    )


def _entry_by_entry(values: Values, kept: set[str], first: First, *, coarse: bool) -> Values:
    """The simplest case of two coordinates with each entry a value; of one, if that has come within
    reach."""
    whole = {**entries(values), **{name: values[name] for name in LENGTHS}}
    held = {
        name: genes_of(whole)[name] for name in GENES if name in kept and GENES[name].part == "pair"
    }

    def possible(values: Values) -> bool:
        # A bias without a direction.
        if values["zeta"] and values["b_flat"] == values["b_steep"] == 0:
            return False
        found = genes_of(values)
        return all(abs(found[name] - value) <= 1e-12 * abs(value) for name, value in held.items())

    def keeping(proposals: Sequence[Values]) -> Values | None:
        return first([case for case in proposals if possible(case)])

    if keeping([whole]) is None:
        return values
    derived = {
        name for name in GENES if GENES[name].part == "pair" and name not in ("L", "flat", "zeta")
    }
    rule = partial(_simpler_entry, kept | derived | {ABSOLUTE, "dim"}, coarse)
    whole = simplest(whole, rule, keeping)
    single = {**genes_of(whole), "dim": 1}
    if "dim" in kept or first([single]) is None:
        return whole
    rule = partial(_simpler, kept | {ABSOLUTE}, relative=False, fine=True, coarse=coarse)
    return simplest(single, rule, first)


def _explicit(adversary: Adversary, cell: Cell, values: dict[str, Any]) -> dict[str, Any]:
    """What must be added for the same case with numbers in place of shares of the range and of
    multiples of L and F₀; nothing where they are the same."""
    if cell.mode == "theorem":
        steps = adversary.configuration(cell, values).steps
        free = [name for name, share in STEPS.items() if share not in adversary.fixed]
        return absolute(values) | {
            name: v for name in free if (v := getattr(steps, name)) is not None
        }
    return {} if values["L"] == values["F0"] == 1 else absolute(values)


def _replaced(values: Mapping[str, Any]) -> set[str]:
    """The genes of the steps that no longer matter."""
    return {share for name, share in STEPS.items() if name in values}


def _plainest(name: str, values: Values) -> float:
    """The simplest value of this name."""
    if name in ENTRIES or name == ABSOLUTE:
        return 0.0
    if name == "gap" and values["dim"] == 1:
        return -1.0  # the sign that a helper has if none is given
    return GENES[name].simple if name in GENES else 1.0


def _simpler(
    kept: set[str], name: str, values: Values, *, relative: bool, fine: bool, coarse: bool
) -> list[Any]:
    """The simpler values of this name, simplest first; relative ones within the range of its
    gene."""
    if name in kept or (values["dim"] == 1 and name in TWO):
        return []
    value = values[name]
    simple = _plainest(name, values)
    if name in ("dim", "K", "T"):
        return shorter(value, fine)
    if name == "B":
        return [] if value == np.inf else [np.inf, *map(float, shorter(int(value), fine))]
    numbers = rounder(value, simple, coarse)
    if name in ("eta", "a"):
        return [v for v in numbers if v > 0 and (name == "eta" or v <= 1)]
    gene = GENES[name]
    if name in ("gap", "bias") and values["dim"] == 1:  # only the sign matters
        return [simple] if value != simple else []
    bounded = relative or gene.scale == "even" or gene.part == "steps"
    return [v for v in numbers if gene.allows(v) or (not bounded and v > 0)]


def _simpler_entry(kept: set[str], coarse: bool, name: str, values: Values) -> list[Any]:
    """The simpler values of this name, 0 before all others for an entry of a vector."""
    if name in (*ENTRIES, "L", "flat") and name not in kept:
        return rounder(values[name], 0.0, coarse)
    return _simpler(kept, name, values, relative=False, fine=True, coarse=coarse)


def tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case as tight as the tightest, but for a ten-thousandth."""
    least = 0.9999 * best.ratio

    def near(cell: Cell, values: dict[str, Any]) -> bool:
        one = {name: np.array([value]) for name, value in values.items()}
        try:
            return bool(adversary.ratios(cell, one)[0] >= least)
        except InputError:  # such as x⁰ = x*
            return False

    asked = Asking(adversary, best.cell.mode, least, near)
    return adversary.configuration(*_simplest(adversary, best, asked, asked))
