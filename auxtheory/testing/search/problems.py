"""The pairs of a search: of a given pair, of a target whose δ and ζ are searched, or quadratics."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory.errors import Checks, InputError
from auxtheory.problems import Pair, Target
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.clients import pair_with_clients, pairs_with_clients
from auxtheory.testing.search.parameters import Values, pair_of, pairs_of, units

Problem: TypeAlias = Pair | Target | None  # the given pair or target; None: quadratics are searched


def check_problem(checks: Checks, problem: Problem) -> None:
    """A given pair or target must not be a grid; a target must make grids."""
    if isinstance(problem, Pair) and not problem.single:
        checks.complain("pair", problem, "must be one pair, not a grid")
    if not isinstance(problem, Target):
        return
    if not problem.with_helper().single:
        checks.complain("pair", problem, "must be one target, not a grid")
        return
    zeros = np.zeros(2)
    try:
        makes_grids = np.shape(problem.with_helper(zeros, zeros).constants().delta) == (2,)
        reason = ""
    except (TypeError, ValueError) as error:  # code made for numbers may fail
        makes_grids = False
        reason = f" ({type(error).__name__}: {error})"
    if not makes_grids:
        wanted = "must make a grid of pairs from arrays of delta and zeta, for a search"
        checks.complain("pair", problem, f"{wanted}{reason}")


def one_pair(problem: Problem, values: Values, cell: SearchCell) -> Pair:
    """The pair of one case, made as a user would make it; InputError where a target refuses its δ
    and ζ."""
    if isinstance(problem, Pair):
        return problem
    if problem is None and cell.layout is not None:
        return pair_with_clients(values, cell.layout, cell.dim, dense=cell.dense)
    if problem is None:
        return pair_of(values, cell.dim, cell.N, dense=cell.dense)
    levels = {name: float(level) for name, level in _levels(values).items()}
    return problem.with_helper(**{name: level for name, level in levels.items() if level})


def grid_of_pairs(
    problem: Problem, values: Values, cell: SearchCell
) -> tuple[Pair, NDArray[np.bool_] | bool]:
    """The pairs of a batch as one grid (or the given pair), and which of them the target makes; the
    others stand there with δ = ζ = 0."""
    if isinstance(problem, Pair):
        return problem, True
    if problem is None and cell.layout is not None:
        return pairs_with_clients(values, cell.layout, cell.dim, dense=cell.dense), True
    if problem is None:
        return pairs_of(values, cell.dim, cell.N, dense=cell.dense), True
    levels = _levels(values)
    try:
        return problem.with_helper(**levels), True
    except InputError:  # the message need not name the case
        delta, zeta = np.broadcast_arrays(*levels.values())
    makes = np.array([_makes(problem, *pair) for pair in zip(delta, zeta, strict=True)])
    return problem.with_helper(np.where(makes, delta, 0.0), np.where(makes, zeta, 0.0)), makes


def _levels(values: Values) -> dict[str, Any]:
    """δ and ζ, in their units."""
    curvature, gradient = units(values)
    return {"delta": values["delta"] * curvature, "zeta": values["zeta"] * gradient}


def _makes(target: Target, delta: float, zeta: float) -> bool:
    try:
        target.with_helper(float(delta), float(zeta))
    except InputError:
        return False
    return True
