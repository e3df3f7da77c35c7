"""Step parameters of a method in the formulas of a theorem about it: the symbols of their names are
the parameters, with their units."""

from __future__ import annotations

from typing import Any

from auxtheory.bounds.added import AddedSymbol
from auxtheory.bounds.evaluation import plan
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.errors import Checks
from auxtheory.theorems.measured import further


def check_parameters(theorem: Any) -> None:
    """Check the formulas of a class of a theorem; InputError if an assumption, which is about the
    constants alone, names a step parameter, or if a symbol of that name has another unit or is
    computed from the pair."""
    checks = Checks()
    units = further(theorem.method.parameter_units)
    for condition in theorem.assumptions if units else ():
        for name in sorted(condition.names & units.keys()):
            where = f"{theorem.__name__}.assumptions"
            checks.complain(
                where,
                str(condition),
                f"must be about constants; {name} is a step parameter of {theorem.method.name}: "
                "write it into step_range",
            )
    bounds = (theorem.bound, *(corollary.bound for corollary in theorem.corollaries))
    sides = [side for each in theorem.step_range for side in (each.left, each.right)]
    formulas = [part for part in (*bounds, *sides) if isinstance(part, Posynomial)]
    symbols = {symbol.name: symbol for part in formulas for symbol in plan(part).symbols}
    for name, unit in units.items():
        symbol = symbols.get(name)
        if symbol is not None and symbol.unit != unit:
            checks.complaints.append(
                f"{theorem.__name__}: {name} has the unit {symbol.unit} in its formulas, but "
                f"{theorem.method.name} takes it in {unit}"
            )
        if isinstance(symbol, AddedSymbol) and symbol.compute is not None:
            checks.complaints.append(
                f"{theorem.__name__}: {name} is computed from the pair, and a step parameter of "
                f"{theorem.method.name} too: give one of them another name"
            )
    checks.done()
