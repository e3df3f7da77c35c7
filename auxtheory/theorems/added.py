"""Which of the symbols that users added a theorem uses."""

from __future__ import annotations

from typing import Any

from auxtheory.bounds.added import ADDED, AddedSymbol, named_in
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.evaluation import plan
from auxtheory.bounds.posynomial import Condition, Posynomial


def symbols_of(theorem: Any) -> tuple[AddedSymbol, ...]:
    """The added symbols in the formulas of a class of a theorem, and those whose names are in the
    code of its functions, such as c.ell."""
    conditions = [*theorem.assumptions, *theorem.step_range]
    functions = [theorem.step_sizes, vars(theorem).get("_steps")]
    bounds = [theorem.bound]
    for corollary in theorem.corollaries:
        bounds.append(corollary.bound)
        # A condition was replaced by its method.
        owner = getattr(corollary.applies, "__self__", None)
        conditions += [owner] if isinstance(owner, Condition) else []
        functions.append(corollary.applies)
    functions += [bound.function for bound in bounds if isinstance(bound, BlackBox)]
    expressions = [bound for bound in bounds if isinstance(bound, Posynomial)]
    expressions += [side for each in conditions for side in (each.left, each.right)]
    used = {
        symbol.name: symbol
        for expression in expressions
        for symbol in plan(expression).symbols
        if isinstance(symbol, AddedSymbol)
    }
    if theorem.method.program.clients is not None and "N" in ADDED:
        # What S = ∞ helpers at work are.
        used["N"] = ADDED["N"]
    for function in functions:
        # Steps of a claim may be those of another theorem.
        used |= {symbol.name: symbol for symbol in getattr(function, "__symbols__", ())}
        used = {symbol.name: symbol for symbol in named_in(function)} | used
    return tuple(used.values())
