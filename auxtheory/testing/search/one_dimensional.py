"""A one-dimensional quadratic that violates a bound as well, to be shown for a violation that
sampling has found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Mode, Steps
from auxtheory.engines import Task, exact
from auxtheory.errors import AuxtheoryError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import LONG, Cell, listed
from auxtheory.testing.search.judge import Judge
from auxtheory.testing.search.parameters import GENES, noise_of, pair_of
from auxtheory.theorems import Theorem
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.scripts import is_number
from auxtheory.validation.verdict import Verdict

GENERATIONS = 4  # of 128 cases in each cell
KEPT = 32  # theorems whose outcome is kept: Hypothesis asks for each of many failing examples
Found = tuple[Configuration, Verdict]
_outcomes: dict[Any, Found | None] = {}


def stand_in(case: Configuration) -> Found | None:
    """The simplest case of one coordinate that a short search finds, of the same theorem and mode;
    None if it finds
    none, and for what is claimed of this case alone: steps outside the range, or a bound that is a
    number."""
    theorem = case.theorem
    mode = case.steps.mode
    number = isinstance(theorem.bound, BlackBox) and is_number(theorem.bound)
    if mode not in theorem.regimes or number or not exact.refuses(case.task):
        return None
    key = type(theorem), mode, tuple(vars(theorem).items())
    try:
        hash(key)
    except TypeError:
        return _search(theorem, mode)
    if key not in _outcomes:
        _outcomes[key] = _search(theorem, mode)
        for oldest in list(_outcomes)[:-KEPT]:
            del _outcomes[oldest]
    return _outcomes[key]


def in_place_of(given: Found | None) -> str:
    """What a message adds about the case that was given."""
    if given is None:
        return ""
    text = (
        "this case is simpler than the one given, which violates the bound as well, "
        "measured/bound = "
    )
    return f"\n\n{text}{given[1].ratio:.6g}:\n\n{given[0].script}"


def _search(theorem: Theorem, mode: Mode) -> Found | None:
    adversary = Adversary(theorem)
    plain = {name: gene.simple for name, gene in GENES.items()}
    steps = Steps(eta=1e-3, a=1.0 if theorem.method.uses_a else None, K=1, T=1)
    if exact.refuses(
        Task(method=theorem.method, pair=pair_of(plain, 1), noise=noise_of(plain), steps=steps)
    ):
        return None
    judge = Judge(adversary, 0.5)  # the rate matters to sampling alone, of which there is none
    try:
        for cell in _cells(theorem, mode):
            best = adversary.search(cell, GENERATIONS)
            found = judge.weigh(best) if best.ratio > 1 else None
            if found:
                return found
    except AuxtheoryError:  # a bound need not be defined everywhere
        return None
    return None


def _cells(theorem: Theorem, mode: Mode) -> Iterator[Cell]:
    """Those of one coordinate, the smallest first, on which the exact engine judges."""
    for cell in listed(theorem, (1,), None):
        if cell.mode == mode and cell.T < LONG:
            yield cell
