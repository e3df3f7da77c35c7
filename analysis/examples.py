"""What a theorem's own example measures, as a table of cells like those of a study."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from auxtheory.errors import InputError
from auxtheory.table import Table
from auxtheory.theorems import Case, Theorem
from auxtheory.theorems.measured import measure_name
from auxtheory.validation.default_cases import plan
from auxtheory.validation.validate import validate

PREFERRED = "noise of f"  # the default case of theorems without an example
BETWEEN = 2  # numbers of rounds between two neighbours of a case


def rounds_between(lengths: Iterable[int]) -> list[int]:
    """These numbers of rounds, and some between neighbours, evenly spaced in their logarithms; a
    single one has others below it, down to a hundredth."""
    listed = sorted(set(lengths))
    if len(listed) == 1:
        listed = sorted({max(1, listed[0] // 100), max(1, listed[0] // 10), *listed})
    more = [np.geomspace(*ends, BETWEEN + 2)[1:-1].round().astype(int) for ends in pairwise(listed)]
    return sorted({*listed, *(int(each) for several in more for each in several)})


def example_of(theorem: Theorem) -> Case:
    """The example of a theorem; of one without, the default case of `auxtheory validate` with noise
    of f, or the first that it allows. InputError if there is none."""
    case = theorem.example()
    if case is not None:
        return case
    by_name = {each.name: each for _, each in plan([theorem])}
    if not by_name:
        allowed = "must have an example, a method that returns an at.theorems.Case"
        raise InputError.listing([f"theorem = {theorem.name}: {allowed}"])
    found = by_name.get(PREFERRED) or next(iter(by_name.values()))
    return Case(found.pair, found.noise, K=found.K, T=found.T, B=found.B)


def example_table(theorem: Theorem) -> Table:
    """The cells of a theorem's example over its numbers of rounds and some in between.

    Args:
        theorem: the theorem.

    Returns:
        A row for each number of rounds, with the columns of a study: theorem, method, measure,
        known constants, steps, measured value, bound, status.
    """
    case = example_of(theorem)
    arguments = case.arguments | {"T": rounds_between(case.T)}
    verdict = validate(theorem, case.pair, case.noise, **arguments)
    constants = theorem.constants(case.pair, case.noise).values()
    head: dict[str, Any] = {
        "theorem": theorem.name,
        "label": theorem.label,
        "method": theorem.method.name,
        "measure": measure_name(theorem),
        "mode": verdict.mode,
        "engine": verdict.engine,
        "K": case.K,
        "B": case.B,
    }
    known = {name: value for name, value in constants.items() if np.ndim(value) == 0}
    head |= {f"known_{name}": float(value) for name, value in known.items()}
    return Table(tuple({**head, **row} for row in verdict.table))
