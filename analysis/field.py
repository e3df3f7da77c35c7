"""The table of the field: for each theorem its class, its bound, what a run measures at the worst
case known, the certified worst case, and a lower bound of its class."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory import certify
from auxtheory.analysis.compared import of_theorem
from auxtheory.analysis.examples import example_of
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.errors import Checks, InputError
from auxtheory.lower_bounds import LowerBound
from auxtheory.table import Table
from auxtheory.theorems import LIBRARY, Case, Theorem
from auxtheory.theorems.corollary import Bound
from auxtheory.theorems.measured import formula_values, measure_name
from auxtheory.theorems.statement import symbols_in
from auxtheory.validation.at_work import steps_of_case
from auxtheory.validation.validate import validate

WIDE = 44  # characters of a bound; of a longer one only the leading term is printed
WORST, WHERE = "measured/bound", "at"
# Conditions that have a name.
NAMED = {
    "ρ ≤ 0": "convex",
    "M ≤ 0": "quadratic",
    "σ_h ≤ 0": "no noise",
    "σ_f ≤ 0": "no noise",
    "unequal ≤ 0": "clients",
    "uneven ≤ 0": "equal weights",
    "curved ≤ 0": "quadratic",
    "curvedσ_h ≤ 0": "quadratic if σ_h > 0",
    "ρ_h ≤ 0": "convex clients",
}
# What a class assumes if a constant is in the statement, each but the first with its symbol.
ASSUMED = {
    "L": "L-smooth",
    "mu_sc": "μ-strongly convex",
    "mu": "μ-PŁ",
    "delta": "δ-similar",
    "zeta": "bias ζ",
    "sigma_f": "noise σ_f",
    "sigma_h": "noise σ_h",
    "sigma_r": "noise σ_r",
}


def field(
    theorems: Sequence[Theorem] | None = None,
    *,
    run: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Table:
    """Return the table of the field: one row for each theorem.

    Args:
        theorems: the theorems; by default all of `at.theorems.LIBRARY`.
        run: whether to run the worst case known of each.
        progress: called as progress(done, total).

    Returns:
        The rows. `class`: what is assumed; `bound`: at the prescribed steps if there are some, of a
        long one the term that is largest in the example, and "…"; `measured/bound`: the ratio that
        a run has `at` the tightest case known or, if none is recorded, the largest of the example,
        with the run's `status`;
        `tight/bound`: the largest over the stored proofs (`certify.stored`); `lower`: what no step
        size gets below; `bound/lower`: their quotient for the constants and the largest T of the
        example. What is not known is NaN or empty.

    Raises:
        InputError: an argument is of another kind.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> table = analysis.field([at.theorems.SGD()], run=False)
        >>> table.rows[0]["method"], table.rows[0]["class"]
        ('SGD', 'L-smooth, noise σ_f')
    """
    checks = Checks()
    chosen = [kind() for kind in LIBRARY] if theorems is None else theorems
    chosen = checks.several("theorems", chosen, "theorems, such as [at.theorems.AuxMOM()]")
    for each in chosen:
        checks.instance("theorems", each, Theorem, "theorems, such as [at.theorems.AuxMOM()]")
    checks.flag("run", run)
    if progress is not None:
        checks.function("progress", progress, "(done, total)")
    checks.done()
    tight = certified()
    rows = []
    for done, theorem in enumerate(chosen, 1):
        rows.append(Entry.of(theorem).row(run, tight))
        if progress is not None:
            progress(done, len(chosen))
    return Table(tuple(rows))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A theorem at its example: `formula`, the bound there, with the largest term alone if
    `shortened`; `lower`, the lower bound of its class; `quotient`, the bound over it."""

    theorem: Theorem
    case: Case | None
    formula: Bound
    shortened: bool = False
    lower: LowerBound | None = None
    quotient: float = math.nan

    @classmethod
    def of(cls, theorem: Theorem) -> Entry:
        """What the table says of a theorem before anything is run."""
        try:
            case = example_of(theorem)
        except InputError:
            return cls(theorem=theorem, case=None, formula=theorem.bound)
        constants = theorem.constants(case.pair, case.noise)
        steps = steps_of_case(theorem, case, max(case.T))
        formula = theorem.formula(constants, steps)
        shortened = False
        if isinstance(formula, Posynomial) and len(str(formula)) > WIDE:
            shortened = True
            parts = formula.parts(formula_values(theorem.method, constants, steps))
            formula = Posynomial((formula.terms[int(np.argmax(parts))],))
        lower, value = _largest(theorem, constants, steps)
        return cls(
            theorem=theorem,
            case=case,
            formula=formula,
            shortened=shortened,
            lower=lower,
            quotient=float(theorem.value(constants, steps)) / value,
        )

    def row(self, run: bool, tight: dict[str, float]) -> dict[str, Any]:
        """The row of the table; `tight`: what `certified` returns."""
        theorem = self.theorem
        row: dict[str, Any] = {
            "label": theorem.label,
            "method": theorem.method.name,
            "class": class_of(theorem),
            "measure": measure_name(theorem),
            "bound": f"{self.formula}{' + …' if self.shortened else ''}",
        }
        if run and self.case is not None:
            tightest = theorem.tightest()
            case = self.case if tightest is None else tightest
            verdict = validate(theorem, case.pair, case.noise, **case.arguments)
            row[WORST] = verdict.ratio
            row[WHERE] = "example" if tightest is None else "tightest"
            row["status"] = verdict.status
        return row | {
            "tight/bound": tight.get(theorem.label, math.nan),
            "lower": "" if self.lower is None else str(self.lower.bound),
            "bound/lower": self.quotient,
        }


def _largest(
    theorem: Theorem, constants: Constants, steps: Steps
) -> tuple[LowerBound | None, float]:
    """The largest lower bound of the class for every step size, and its value; NaN for none."""
    found = () if steps.scheduled else of_theorem(theorem)
    values = [float(each.value(constants, K=steps.K, T=steps.T)) for each in found]
    best = int(np.argmax(values)) if values else -1
    return (found[best], values[best]) if values and values[best] > 0 else (None, math.nan)


def certified() -> dict[str, float]:
    """The largest proven/bound over the stored proofs of each theorem, by label."""
    largest = dict[str, float]()
    for each in certify.stored():
        label = each.theorem.label
        largest[label] = max(largest.get(label, 0.0), each.proof.value / each.bound)
    return largest


def class_of(theorem: Theorem) -> str:
    """The class of problems of a theorem in a few words."""
    names = symbols_in(theorem)
    conditions = list(dict.fromkeys(_conditions(theorem.assumptions)))
    words = [
        text
        for name, text in ASSUMED.items()
        if name in names
        and not (name == "mu" and "mu_sc" in names)
        and not (name.startswith("sigma") and "no noise" in conditions)
    ]
    if theorem.mean_square and "δ-similar" in words:
        words[words.index("δ-similar")] = "samples δ-similar"
    return ", ".join([*words[:1], *conditions, *words[1:]])


def _conditions(assumptions: Sequence[Condition]) -> Iterator[str]:
    for condition in assumptions:
        yield NAMED.get(str(condition), str(condition))
