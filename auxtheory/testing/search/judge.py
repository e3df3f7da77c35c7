"""Confirms and simplifies the result of a search: the smallest counterexample, or the simplest of
the tightest cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from auxtheory.engines import exact, sampler_of
from auxtheory.errors import InputError, RefusedError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Best, SearchCell
from auxtheory.testing.search.clients import (
    CLIENTS,
    ENTRIES_OF_CLIENTS,
    entries_of_groups,
    names_of_groups,
    removed,
    with_entries,
)
from auxtheory.testing.search.confirmation import CaseChecker
from auxtheory.testing.search.dense import ANGLES
from auxtheory.testing.search.names import REPLACED
from auxtheory.testing.search.parameters import (
    ABSOLUTE,
    CURVATURES,
    ENTRIES,
    GRADIENTS,
    PARAMETERS,
    SECOND_COORDINATE,
    absolute,
    entries,
    parameters_of,
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
from auxtheory.testing.search.step_parameters import parameter_named
from auxtheory.theorems import Theorem
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.verdict import Verdict

# Replicas of the run that confirms a suspected violation of a search by Monte Carlo.
CONFIRMING_REPLICAS = 4096
# The smallest measured/bound of a simplified case on the exact engine: its excess shows in
# seven digits.
MIN_RATIO = 1 + 1e-6
STEPS = {"eta": "step", "a": "momentum"}  # each number, and the parameter it replaces


@dataclass
class Judge:
    """Confirms suspected violations, and then simplifies them.

    The exact engine needs no confirmation. With Monte Carlo the t-th suspicion is tested on new
    samples at the rate α/(t(t+1)); these rates sum to at most α = false_alarm.
    """

    adversary: Adversary
    false_alarm: float
    _tests: Iterator[int] = field(default_factory=lambda: count(1))

    def confirm(self, suspect: Best) -> tuple[Configuration, Verdict] | None:
        """The smallest counterexample obtained from a suspected one; None if it is not one."""
        first = self._fails(suspect.cell, suspect.values, next(self._tests))
        if first is None:
            return None
        test = next(self._tests)
        # A simplified case keeps a tenth of the excess.
        clear = 1 + 0.1 * min(first[1].ratio - 1, 1.0)
        smallest = min(clear, MIN_RATIO)

        def fails(cell: SearchCell, values: dict[str, Any], *, last: bool) -> bool:
            violation = self._fails(cell, values, test)
            return violation is not None and violation[1].ratio >= (
                smallest if last and not violation[1].false_alarm else clear
            )

        sampled = bool(first[1].false_alarm)
        checker, final_checker = (
            CaseChecker(
                self.adversary, suspect.cell.mode, limit, partial(fails, last=last), sampled=sampled
            )
            for limit, last in ((clear, False), (smallest, True))
        )
        simple = _simplest(self.adversary, suspect, checker, final_checker)
        return self._fails(*simple, next(self._tests)) or first

    def _fails(
        self, cell: SearchCell, values: Mapping[str, Any], test: int
    ) -> tuple[Configuration, Verdict] | None:
        """The case and its verdict if it violates the bound."""
        try:
            case = self.adversary.configuration(cell, values)
            if exact.refuses(case.task):
                case = replace(
                    case,
                    options={
                        "engine": sampler_of(case.theorem.method),
                        "replicas": CONFIRMING_REPLICAS,
                        "seed": self.adversary.seed + test,
                        "false_alarm": self.false_alarm / (test * (test + 1)),
                    },
                )
            verdict = case.verdict()
        except (InputError, RefusedError):
            return None
        return (case, verdict) if verdict.status == "violated" else None


def _simplest(
    adversary: Adversary, start: Best, checker: CaseChecker, final_checker: CaseChecker
) -> tuple[SearchCell, dict[str, Any]]:
    """The simplest case for which the checkers hold, between the starting case and d = K = T = 1
    without noise.

    At first steps are shares of their range, then η, a and all levels are independent numbers. K
    and T are first round, so that η and a can be round too; in the end, with `final_checker`, they
    are as small as possible, and each entry of x⁰, of the spectrum, of r″ and of the bias is an
    independent number.
    """
    cell = start.cell
    fixed = set(adversary.fixed)
    one_dim = len(adversary.dims) == 1
    kept = {*(["dim"] if one_dim else []), *(["K", "T", "B"] if adversary.budget else []), *fixed}
    kept |= {"dense", "dim"} if set(ANGLES) & fixed else set()
    kept |= {name for name in ("gap", "flat_gap") if {"gap", "flat_gap"} & fixed}
    kept |= adversary.replaced
    coarse = checker.sampled
    theorem = adversary.theorem
    values: Values = {"dim": cell.dim, "K": cell.K, "T": cell.T, "B": cell.B, **start.values}
    values |= {"N": cell.N} if cell.N > 1 else {}
    values |= {"layout": cell.layout} if cell.layout else {}
    values |= {"dense": True} if cell.dense else {}
    rule = partial(
        _simpler_values, kept, relative=True, exhaustive=False, coarse=coarse, theorem=theorem
    )
    # Without multiplicative noise, if possible, before anything else.
    values = checker.first(_with_additive_noise(kept, values)) or values
    values = simplest(values, rule, checker.first)
    explicit = {**values, **_explicit(adversary, *checker.split(values))}
    relative = explicit == values or checker.first([explicit]) is None
    more: list[Callable[[Values], list[Values]]] = [partial(_with_fewer, kept)]
    if not relative:
        kept |= {ABSOLUTE, *_replaced(explicit)} | _held_units(fixed)
        more = [partial(_rewritten, kept)]
        rule = partial(
            _simpler_values, kept, relative=False, exhaustive=False, coarse=coarse, theorem=theorem
        )
        values = simplest(explicit, rule, checker.first, *more)
    rule = partial(
        _simpler_values, kept, relative=relative, exhaustive=True, coarse=coarse, theorem=theorem
    )
    values = simplest(values, rule, final_checker.first, *more)
    if cell.layout is not None:
        if adversary.pair is None:
            values = _client_by_client(values, kept, final_checker, coarse=coarse, theorem=theorem)
    elif values["dim"] == 2 and adversary.pair is None:
        if values.get("dense"):
            final_checker.renew()
        values = _entry_by_entry(values, kept, final_checker.first, coarse=coarse, theorem=theorem)
    return checker.split(values)


def _held_units(fixed: set[str]) -> set[str]:
    """Those of L and F₀ that must not change, since a fixed parameter is in units of them."""
    return ({"L"} if fixed & set(CURVATURES) else set()) | (
        {"L", "F0"} if fixed & set(GRADIENTS) else set()
    )


def _rewritten(kept: set[str], values: Values) -> list[Values]:
    """The same case in other units, and cases with additive noise for multiplicative one."""
    return _in_other_units(kept, values) + _with_fewer(kept, values)


def _with_fewer(kept: set[str], values: Values) -> list[Values]:
    """Cases with additive noise for multiplicative one, and with one group of clients less."""
    layout: Any = values.get("layout")
    fewer = []
    for j in range(layout.groups if layout is not None and layout.groups > 1 else 0):
        smaller = layout.without(j)
        fewer.append({**removed(values, layout, j), "layout": smaller})
    return [*fewer, *_with_additive_noise(kept, values)]


def _client_by_client(
    values: Values, kept: set[str], checker: CaseChecker, *, coarse: bool, theorem: Theorem
) -> Values:
    """The simplest case with each entry of the clients' Hessians and gradients and of x⁰ an
    independent value; the same case if f is not the mean of the h_i."""
    layout = values["layout"]
    if not layout.clients:
        return values
    dim, dense = values["dim"], bool(values.get("dense"))
    _, parameters = checker.split(values)
    parameters = parameters if ABSOLUTE in parameters else absolute(parameters)
    of_entries = with_entries(parameters, layout, dim, dense=dense)
    lengths = {name: values[name] for name in LENGTHS if name in values}
    plain = {name: v for name, v in parameters.items() if name not in CLIENTS}
    whole = {**lengths, **plain, **of_entries, "layout": replace(layout, form="entries")}
    checker.renew()
    if checker.first([whole]) is None:
        return values
    of_pair = {name for name, parameter in PARAMETERS.items() if parameter.part == "pair"}
    rule = partial(
        _simpler_values,
        kept | of_pair | {ABSOLUTE, "dim", "dense"},
        relative=False,
        exhaustive=True,
        coarse=coarse,
        theorem=theorem,
    )
    return simplest(whole, rule, checker.first, partial(_with_fewer, kept))


def _with_additive_noise(kept: set[str], values: Values) -> list[Values]:
    """Cases with additive noise in place of multiplicative noise, whose σ only the run shows."""
    if not values["s"] or {"s", "sigma_f"} & kept:
        return []
    levels = dict.fromkeys((values["sigma_f"], 0.0, 1.0, 2.0, 10.0, 0.1, values["s"]))
    return [{**values, "s": 0.0, "sigma_f": level} for level in levels]


def _in_other_units(kept: set[str], values: Values) -> list[Values]:
    """The same case in units of f and x in which L, F₀ or both are 1, if its numbers are simpler
    there."""
    if {"L", "F0"} & kept:
        return []
    L = values["L"]
    F0 = values["F0"]
    scales = [(1 / F0, (L / F0) ** 0.5), (1 / L, 1.0), (1.0, L**0.5), (1 / F0, 1 / F0**0.5)]
    cases = [rescaled(values, f, x) for f, x in scales]
    return [
        case
        for case in cases
        if _total(case) < _total(values) and not any(case[n] != values[n] for n in kept)
    ]


def _total(values: Values) -> float:
    """The complexity of all values together."""
    return sum(
        complexity(value, _simplest_value(name, values))
        for name, value in values.items()
        if name not in LENGTHS
    )


def _entry_by_entry(
    values: Values, kept: set[str], first: First, *, coarse: bool, theorem: Theorem
) -> Values:
    """The simplest case of two coordinates with each entry an independent value; a case of one
    coordinate if that fails as well."""
    whole = {**entries(values), **{name: values[name] for name in LENGTHS if name in values}}
    of_pair = {name for name, parameter in PARAMETERS.items() if parameter.part == "pair"}
    parameters = parameters_of(whole)
    held = {
        name: parameters[name]
        for name in PARAMETERS
        if name in kept & {*of_pair, "noise_angle"} & {*parameters}
    }

    def possible(values: Values) -> bool:
        # A bias needs a direction, and so does the noise.
        if values["zeta"] and values["b_flat"] == values["b_steep"] == 0:
            return False
        if "n_flat" in values and values["n_flat"] == values["n_steep"] == 0:
            return False
        changed = parameters_of(values)
        return all(abs(changed[name] - value) <= 1e-12 * abs(value) for name, value in held.items())

    def first_possible(proposals: Sequence[Values]) -> Values | None:
        return first([case for case in proposals if possible(case)])

    if first_possible([whole]) is None:
        return values
    derived = (of_pair | {"noise_angle"}) - {"L", "flat", "zeta"}
    rule = partial(_simpler_entries, kept | derived | {ABSOLUTE, "dim"}, coarse, theorem)
    whole = simplest(whole, rule, first_possible)
    single = {**parameters_of(whole), "dim": 1}
    if "dim" in kept or first([single]) is None:
        return whole
    rule = partial(
        _simpler_values,
        kept | {ABSOLUTE},
        relative=False,
        exhaustive=True,
        coarse=coarse,
        theorem=theorem,
    )
    return simplest(single, rule, first)


def _explicit(adversary: Adversary, cell: SearchCell, values: dict[str, Any]) -> dict[str, Any]:
    """The values to add so that the same case has numbers instead of shares of the range and of
    multiples of L and F₀; none where these are equal."""
    if cell.mode == "theorem":
        steps = adversary.configuration(cell, {**values, "switch": 0.0}).steps
        free = [name for name, share in STEPS.items() if share not in adversary.fixed]
        return absolute(values) | {
            name: v for name in free if (v := getattr(steps, name)) is not None
        }
    return {} if values["L"] == values["F0"] == 1 else absolute(values)


def _replaced(values: Mapping[str, Any]) -> set[str]:
    """The parameters of the steps that numbers have replaced."""
    return {share for name, share in STEPS.items() if name in values}


def _simplest_value(name: str, values: Values) -> float:
    """The simplest value of this name."""
    if name in ENTRIES or name == ABSOLUTE:
        return 0.0
    if name == "gap" and values["dim"] == 1:
        return -1.0  # the default sign of a helper's gap
    known = PARAMETERS.get(name) or CLIENTS.get(name)
    return 1.0 if known is None else known.simple


def _simpler_values(
    kept: set[str],
    name: str,
    values: Values,
    *,
    relative: bool,
    exhaustive: bool,
    coarse: bool,
    theorem: Theorem,
) -> list[Any]:
    """The simpler values of this name, simplest first; if relative, within the range of its
    parameter."""
    plane = values["dim"] == 2
    if name in kept or (not plane and name in SECOND_COORDINATE):
        return []
    if name in ANGLES and not (plane and values.get("dense")):
        return []
    if name == "dense":
        return [False] if values[name] else []
    value = values[name]
    if name == "layout":
        return value.simpler()
    layout = values.get("layout")
    if layout is not None:
        plane_of = {"dim": values["dim"], "dense": bool(values.get("dense"))}
        if name in ENTRIES_OF_CLIENTS:
            free = entries_of_groups(layout, **plane_of)
            return rounder(value, 0.0, coarse) if name in free else []
        if name in REPLACED or name in set(CLIENTS) - set(names_of_groups(layout, **plane_of)):
            return []
    simple = _simplest_value(name, values)
    if name in ("dim", "K", "T"):
        return shorter(value, exhaustive)
    if name == "N":  # of a single component the gradient is exact
        return [n for n in shorter(value, exhaustive) if n > 1]
    if name == "B":
        return [] if value == np.inf else [np.inf, *map(float, shorter(int(value), exhaustive))]
    numbers = rounder(value, simple, coarse)
    if name in ("eta", "a"):
        return [v for v in numbers if v > 0 and (name == "eta" or v <= 1)]
    parameter = parameter_named(name, theorem)
    if name in ("gap", "bias") and values["dim"] == 1:  # only the sign matters
        return [simple] if value != simple else []
    bounded = relative or parameter.scale == "even" or parameter.part == "steps"
    return [v for v in numbers if parameter.allows(v) or (not bounded and v > 0)]


def _simpler_entries(
    kept: set[str], coarse: bool, theorem: Theorem, name: str, values: Values
) -> list[Any]:
    """The simpler values of this name, 0 before all others for an entry of a vector."""
    if name in (*ENTRIES, "L", "flat") and name not in kept:
        return rounder(values[name], 0.0, coarse)
    return _simpler_values(
        kept, name, values, relative=False, exhaustive=True, coarse=coarse, theorem=theorem
    )


def tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case whose ratio is at least 0.9999 times the best."""
    min_ratio = 0.9999 * best.ratio

    def near(cell: SearchCell, values: dict[str, Any]) -> bool:
        batch = {name: np.array([value]) for name, value in values.items()}
        try:
            return bool(adversary.ratios(cell, batch)[0] >= min_ratio)
        except InputError:  # e.g. x⁰ = x*
            return False

    checker = CaseChecker(adversary, best.cell.mode, min_ratio, near)
    return adversary.configuration(*_simplest(adversary, best, checker, checker))
