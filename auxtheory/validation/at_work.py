"""How many of N clients work in a round: a step parameter S, which a theorem's own steps take as
given. It is N where it is left out, so that formulas need not know another word for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.bounds.added import ADDED
from auxtheory.bounds.clients_at_work import AT_WORK, as_one_number, check_at_work
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.errors import Checks
from auxtheory.problems import Pair
from auxtheory.theorems import Case, Theorem

NONE: Mapping[str, Any] = {}


def at_work(theorem: Theorem, pair: Pair, parameters: Mapping[str, Any] = NONE) -> dict[str, Any]:
    """S of a run by name: as given, or N; nothing for a method or a pair without clients."""
    if theorem.method.program.clients is None or pair.helpers is None:
        return {}
    S = as_one_number(parameters.get(AT_WORK))
    everyone = S is None or (isinstance(S, float) and S == np.inf)
    return {AT_WORK: float(pair.helpers.N) if everyone else S}


def check_clients_at_work(checks: Checks, pair: Any, parameters: Mapping[str, Any]) -> None:
    """Complain about a given S that is not 1, 2, … or as many clients as a pair has."""
    if parameters.get(AT_WORK) is not None:
        helpers = getattr(pair, "helpers", None)
        check_at_work(checks, parameters[AT_WORK], None if helpers is None else helpers.N)


def knowing(constants: Constants, working: Mapping[str, Any]) -> Constants:
    """The constants with S, which rules for the steps may name."""
    known = {name: value for name, value in working.items() if name in ADDED}
    return constants.replace(more={**constants.more, **known}) if known else constants


def steps_of_case(theorem: Theorem, case: Case, T: int) -> Steps:
    """The steps of a case in a run of T rounds: those given, or those that the theorem prescribes
    with as many clients at work."""
    given = dict(case.parameters)
    working = at_work(theorem, case.pair, given)
    if set(given) - set(working) and "theorem" in theorem.regimes:
        return Steps(**{**given, **working}, K=case.K, T=T, B=case.B, mode="theorem")
    c = theorem.constants(case.pair, case.noise)
    return theorem.tune(c, case.K, T, case.B, **working)
