"""A one-dimensional quadratic that violates the same bound, shown instead of a violation found by
sampling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Mode
from auxtheory.engines import exact
from auxtheory.errors import AuxtheoryError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import LONG_ROUNDS, SearchCell, listed_cells
from auxtheory.testing.search.judge import Judge
from auxtheory.testing.search.parameters import PARAMETERS, noise_of, pair_of
from auxtheory.testing.search.step_parameters import any_steps, task_of
from auxtheory.theorems import Theorem
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.scripts import is_number
from auxtheory.validation.verdict import Verdict

GENERATIONS = 4  # of 128 cases in each cell
# Theorems whose outcome is cached: Hypothesis runs many failing examples of one theorem.
MAX_OUTCOMES = 32
Violation = tuple[Configuration, Verdict]
_outcomes: dict[Any, Violation | None] = {}


def simpler_violation(case: Configuration) -> Violation | None:
    """The simplest violation on one coordinate that a short search finds, for the same theorem and
    mode.

    None if it finds none, and for a claim about this case only: steps outside the range, or a bound
    that is a number.
    """
    theorem = case.theorem
    mode = case.steps.mode
    is_constant = isinstance(theorem.bound, BlackBox) and is_number(theorem.bound)
    if mode not in theorem.regimes or is_constant or not exact.refuses(case.task):
        return None
    key = type(theorem), mode, tuple(vars(theorem).items())
    try:
        hash(key)
    except TypeError:
        return _search(theorem, mode)
    if key not in _outcomes:
        _outcomes[key] = _search(theorem, mode)
        for oldest in list(_outcomes)[:-MAX_OUTCOMES]:
            del _outcomes[oldest]
    return _outcomes[key]


def note_on_given(given: Violation | None) -> str:
    """The part of a message about the given case if a simpler one is shown instead."""
    if given is None:
        return ""
    text = (
        "this case is simpler than the one given, which violates the bound as well, "
        "measured/bound = "
    )
    return f"\n\n{text}{given[1].ratio:.6g}:\n\n{given[0].script}"


def _search(theorem: Theorem, mode: Mode) -> Violation | None:
    adversary = Adversary(theorem)
    defaults = {name: parameter.simple for name, parameter in PARAMETERS.items()}
    steps = any_steps(theorem.method)
    if exact.refuses(task_of(theorem, pair_of(defaults, 1), noise_of(defaults), steps)):
        return None
    judge = Judge(adversary, 0.5)  # false_alarm is used by sampling only, and the engine is exact
    try:
        for cell in _cells(theorem, mode):
            best = adversary.search(cell, GENERATIONS)
            violation = judge.confirm(best) if best.ratio > 1 else None
            if violation:
                return violation
    except AuxtheoryError:  # a bound need not be defined everywhere
        return None
    return None


def _cells(theorem: Theorem, mode: Mode) -> Iterator[SearchCell]:
    """The short cells of one coordinate with this mode, the smallest first."""
    for cell in listed_cells(theorem, (1,), None):
        if cell.mode == mode and cell.T < LONG_ROUNDS:
            yield cell
