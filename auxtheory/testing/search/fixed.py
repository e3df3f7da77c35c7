"""The fixed parameters of a search, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auxtheory.errors import Checks
from auxtheory.problems import Pair, Target
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.parameters import PARAMETERS, SHAPES
from auxtheory.testing.search.step_parameters import parameter_named, step_parameters
from auxtheory.theorems import Theorem


def word(pair: Pair | Target | None) -> str:
    """What a given pair or target is called."""
    return "target" if isinstance(pair, Target) else "pair"


def check_fixed(checks: Checks, adversary: Adversary, name: Any, value: Any) -> None:
    """A fixed parameter must exist, lie in its range, and not belong to what is given."""
    method = adversary.theorem.method
    known = (*PARAMETERS, *step_parameters(method).values())
    checks.member("a name in fixed", name, known)
    if name not in known:
        return
    parameter = parameter_named(name, adversary.theorem)
    what = f"fixed[{name!r}]"
    if not isinstance(value, int | float) or not parameter.allows(value):
        zero = "0 or " if parameter.scale == "log or 0" else ""
        checks.complain(what, value, f"must be {zero}in [{parameter.low:g}, {parameter.high:g}]")
    elif name in adversary.replaced:
        part = word(adversary.pair) if parameter.part == "pair" else parameter.part
        checks.complain(what, value, f"must be left out, since a {part} is given")


def check_together(checks: Checks, theorem: Theorem, fixed: Mapping[str, float]) -> None:
    """The fixed parameters must be possible for this theorem, and together."""
    if "theorem" not in theorem.regimes:
        of_steps = {"step", "momentum", *SHAPES, *step_parameters(theorem.method).values()}
        for name in of_steps & set(fixed):
            checks.complain(
                f"fixed[{name!r}]",
                fixed[name],
                f"must be left out, since {theorem.name} prescribes steps",
            )
    if "momentum" in fixed and not theorem.method.uses_a:
        reason = f"must be left out, since {theorem.method.name} uses no a"
        checks.complain("fixed['momentum']", fixed["momentum"], reason)
    gaps = [fixed[name] for name in ("gap", "flat_gap") if name in fixed]
    if len(gaps) == 2 and max(map(abs, gaps)) != 1:
        checks.complain(
            "gap, flat_gap", gaps, "must be −1 or 1 on one coordinate at least, in units of δ"
        )
