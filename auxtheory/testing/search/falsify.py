"""falsify: hold a theorem against one case, or search for the case that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import Any, overload

from hypothesis import currently_in_test_context, reject

from auxtheory.bounds.constants import Steps
from auxtheory.defaults import EXAMPLES, FALSE_ALARM, SEED
from auxtheory.engines import exact
from auxtheory.errors import AssumptionError, Checks, InputError, check_names
from auxtheory.noise.laws import Noise
from auxtheory.printing import wrapped
from auxtheory.problems import Pair
from auxtheory.testing.search.adversary import POPULATION, Adversary
from auxtheory.testing.search.cells import LONG, Best, Cell
from auxtheory.testing.search.coverage import Searched
from auxtheory.testing.search.judge import Judge, tightest
from auxtheory.testing.search.one_dimensional import Found, in_place_of, stand_in
from auxtheory.testing.search.parameters import GENES
from auxtheory.testing.strategies import SAMPLED, Budget
from auxtheory.theorems import Theorem
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.validate import OPTIONS, check_steps
from auxtheory.validation.verdict import Verdict

RANDOM = 0.25  # the share of them with random K, T and B
# Generations in a long cell of the list, to one in the others: it costs several times as much.
FEWER = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """How to search: constants that are held fixed, about how many cases, the seed of the search,
    the chance of a false alarm, and what is called with numbers of cells."""

    fixed: Mapping[str, float] | None = None
    examples: int = EXAMPLES
    seed: int = SEED
    false_alarm: float = FALSE_ALARM
    progress: Callable[[int, int], None] | None = None


SEARCH = tuple(field.name for field in fields(Search))


class Counterexample(AssertionError):
    """A case in which the measured value exceeds the bound; the message is a script that shows it.
    given: the case that was to be judged, and its verdict, where this simpler one violates the
    bound as well."""

    def __init__(
        self, configuration: Configuration, verdict: Verdict, given: Found | None = None
    ) -> None:
        self.configuration = configuration
        self.verdict = verdict
        self.snippet = configuration.script
        self.given = given
        told = f"the bound is violated, measured/bound = {verdict.ratio:.6g}\n\n{self.snippet}"
        super().__init__(f"{told}\n\n{verdict}{in_place_of(given)}")

    def to_json(self) -> str:
        """What `auxtheory replay` reads."""
        return self.configuration.to_json(self.verdict)


@dataclass(frozen=True, eq=False, repr=False)
class Tightest:
    """The outcome of a search without a counterexample: the largest measured/bound, where, what was
    searched, and why by sampling, if it was."""

    theorem: Theorem
    ratio: float
    configuration: Configuration | None
    examples: int
    cells: int
    false_alarm: float
    searched: Searched
    passed_over: str = ""

    @property
    def snippet(self) -> str:
        """Python that shows the tightest case."""
        return self.configuration.script if self.configuration else ""

    def to_json(self) -> str:
        """What `auxtheory replay` reads, of the tightest case, and the ranges that were
        searched."""
        if self.configuration is None:
            raise InputError.listing(["configuration = None: no case within the theorem was found"])
        content = json.loads(self.configuration.to_json()) | {"searched": self.searched.to_dict()}
        return json.dumps(content, indent=1, ensure_ascii=False)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        sampled = (
            f"false alarms {self.false_alarm:g} over the search; engine passed over: "
            f"{self.passed_over}"
        )
        how = sampled if self.false_alarm else "exact"
        head = (
            f"{self.theorem.name} ({self.theorem.label}): no counterexample in {self.examples} "
            f"cases ({how})"
        )
        if self.configuration is None:
            why = (
                f"none of the {self.examples} cases searched meets its assumptions with steps "
                "in its range"
            )
            return (
                f"{self.theorem.name} ({self.theorem.label}): nothing was tested, since "
                f"{why}\n{self.searched}"
            )
        return (
            f"{wrapped(head)}\n{self.searched}\nthe tightest, measured/bound = "
            f"{self.ratio:.6g}:\n\n{self.snippet}"
        )


@overload
def falsify(
    theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, **options: Any
) -> Verdict: ...
@overload
def falsify(
    theorem: Theorem,
    pair: Pair | None = None,
    noise: Noise | None = None,
    budget: None = None,
    **options: Any,
) -> Tightest: ...
@overload
def falsify(
    theorem: Theorem,
    pair: None = None,
    noise: Noise | None = None,
    budget: Budget | None = None,
    **options: Any,
) -> Tightest: ...
def falsify(
    theorem: Theorem, pair: Any = None, noise: Any = None, budget: Any = None, **options: Any
) -> Any:
    """Look for a case in which the theorem's bound is violated; raise Counterexample with the
    smallest one found.

    What is given is held fixed, what is left out is searched: pairs of one or two coordinates,
    Gaussian noise, K, T and B (three quarters of the cases in a list of cells: K ≤ 10, T ≤ 1,000, B
    = 1, 100, ∞; one quarter at random: K ≤ 100, T ≤ 3,000, B ≤ 10⁴ or ∞), and steps, the theorem's
    own and those up to the edge of its range. Options of
    a search: fixed, constants by name (delta, zeta, sigma_f, sigma_h, correlation, s …, in units of
    L and F₀); examples, about how many cases (100,000); seed; progress(done, all). The engine is
    `exact`; where it refuses, Monte Carlo, with false_alarm (1e-4) the chance of a Counterexample
    to a true theorem. Without a violation: the tightest case, and the ranges that were searched.

    A Counterexample is made simple value by value: 0, 1, round numbers, fewer digits, smaller K, T
    and d, B = ∞. On the exact engine no single value can in the end be made simpler with
    measured/bound still at least 1 + 1e-6; where Monte Carlo judges, a tenth of the first excess
    must stay. K and T above 100 are not tried at each smaller number. With step or momentum fixed
    only steps in the range are searched; with flat, flat_gap, flat_start, or a gap or bias other
    than ±1 fixed, only pairs of two coordinates.

    With pair, noise and budget all given: the verdict on that case; options go to `at.validate`.
    Inside a Hypothesis test a case outside the assumptions is then rejected (elsewhere:
    AssumptionError). If a case that is no quadratic fails, a short search looks for a quadratic of
    one coordinate that does, for the Counterexample to show.
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    for name, value, kind in (
        ("pair", pair, Pair),
        ("noise", noise, Noise),
        ("budget", budget, Budget),
    ):
        checks.instance(name, value, (kind, type(None)), f"a {name}, or left out to be searched")
    checks.done()
    held = pair is not None and noise is not None and budget is not None
    check_names(checks, options, ("eta", "a", "mode", *OPTIONS) if held else SEARCH)
    checks.done()
    if held:
        return _one_case(theorem, pair, noise, budget, options)
    return _search(theorem, pair, noise, budget, Search(**options))


def _one_case(
    theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, options: dict[str, Any]
) -> Verdict:
    K = 1 if theorem.method.single_step else budget.K
    own: dict[str, Any] = {
        name: options.pop(name) for name in ("eta", "a", "mode") if name in options
    }
    check_steps(
        checks := Checks(),
        theorem,
        K=K,
        B=budget.B,
        **{"eta": None, "a": None, "mode": None, **own},
    )
    checks.done()
    try:
        if "eta" in own:
            steps = Steps(**{"mode": "theorem", **own}, K=K, T=budget.T, B=budget.B)
        else:
            steps = theorem.tune(theorem.constants(pair, noise), K, budget.T, budget.B)
        case = Configuration(theorem, pair, noise, steps, options)
        if "engine" not in options and exact.refuses(case.task):
            case = replace(case, options={**SAMPLED, **options})
        verdict = case.verdict()
        if verdict.status == "outside":  # by the noise of the run, which nobody knew before
            broken = "\n  ".join(verdict.unmet)
            raise AssumptionError(
                f"{theorem.name} ({theorem.label}) does not apply to this run:\n  {broken}"
            )
    except AssumptionError:
        if currently_in_test_context():
            reject()
        raise
    if verdict.status == "violated":
        simple = stand_in(case)
        raise (
            Counterexample(*simple, given=(case, verdict))
            if simple
            else Counterexample(case, verdict)
        )
    return verdict


def _search(
    theorem: Theorem,
    pair: Pair | None,
    noise: Noise | None,
    budget: Budget | None,
    search: Search,
) -> Tightest:
    examples, seed = _check_search(theorem, pair, noise, search)
    progress = search.progress
    adversary = Adversary(theorem, pair, noise, budget, dict(search.fixed or {}), seed)
    judge = Judge(adversary, search.false_alarm)
    found = []
    listed = list(adversary.cells())
    drawn = adversary.drawn(ceil(examples * RANDOM))
    for one in _looked_at(adversary, listed, drawn, examples):
        broken = judge.weigh(one) if one.ratio > 1 else None
        if broken:
            raise Counterexample(*broken)
        found.append(one)
        if progress:
            progress(len(found), len(listed) + len(drawn))
    top = max(one.ratio for one in found)
    seen = sum(one.evaluated for one in found)
    # Of cells that agree to six digits the first, which has the shortest runs.
    best = next(one for one in found if one.ratio >= min(top, top * (1 - 1e-6)))
    case = tightest(adversary, best) if best.ratio >= 0 else None
    sampled = (exact.refuses(case.task) if case else None) or ""
    if case and sampled:
        case = replace(case, options=SAMPLED)
    ratio = case.verdict().ratio if case else -1.0
    given = tuple(name for name, part in (("pair", pair), ("noise", noise)) if part is not None)
    names = adversary.genes([*listed, *drawn])
    searched = Searched.of(listed, drawn, names, fixed=adversary.fixed, given=given, cases=seen)
    false_alarm = search.false_alarm if sampled else 0.0
    return Tightest(theorem, ratio, case, seen, len(found), false_alarm, searched, sampled)


def _looked_at(
    adversary: Adversary, listed: list[Cell], drawn: list[Cell], examples: int
) -> Iterator[Best]:
    """The outcome of each cell: those of the list for what is left of the examples, then those
    drawn at random, which begin at what the others have come to."""
    weights = [FEWER if cell.T >= LONG else 1.0 for cell in listed]
    share = examples * (1 - RANDOM) if drawn else examples
    generations = share / (sum(weights) * POPULATION)
    found = []
    for cell, weight in zip(listed, weights, strict=True):
        found.append(adversary.search(cell, max(1, ceil(weight * generations))))
        yield found[-1]
    for cell in drawn:
        yield adversary.probe(cell, found)


def _check_search(theorem: Theorem, pair: Any, noise: Any, search: Search) -> tuple[int, int]:
    """Check the options of a search; the number of examples and the seed as whole numbers."""
    checks = Checks()
    fixed: Any = search.fixed
    if pair is not None and not pair.single:
        checks.complain("pair", pair, "must be one pair, not a grid")
    checks.instance("fixed", fixed, (Mapping, type(None)), "a mapping from names to numbers")
    for name, value in fixed.items() if isinstance(fixed, Mapping) else ():
        checks.member("a name in fixed", name, GENES)
        gene = GENES.get(name)
        if gene is None or not isinstance(value, int | float) or not gene.allows(float(value)):
            zero = "0 or " if gene and gene.scale == "log or 0" else ""
            limits = f"[{gene.low:g}, {gene.high:g}]" if gene else "the range of its name"
            checks.complain(f"fixed[{name!r}]", value, f"must be {zero}in {limits}")
        elif {"pair": pair, "noise": noise}.get(gene.part) is not None:
            checks.complain(
                f"fixed[{name!r}]", value, f"must be left out, since a {gene.part} is given"
            )
    if isinstance(fixed, Mapping) and not checks.complaints:
        _check_together(checks, theorem, fixed)
    examples = checks.whole("examples", search.examples)
    seed = checks.whole("seed", search.seed, low=0)
    checks.number("false_alarm", search.false_alarm, above=True, high=0.5)
    checks.done()
    return examples, seed


def _check_together(checks: Checks, theorem: Theorem, fixed: Mapping[str, float]) -> None:
    """What is fixed must be possible for this theorem, and together."""
    if "theorem" not in theorem.regimes:
        for name in {"step", "momentum"} & set(fixed):
            checks.complain(
                f"fixed[{name!r}]",
                fixed[name],
                f"must be left out, since {theorem.name} prescribes steps",
            )
    if "momentum" in fixed and not theorem.method.uses_a:
        told = f"must be left out, since {theorem.method.name} uses no a"
        checks.complain("fixed['momentum']", fixed["momentum"], told)
    gaps = [fixed[name] for name in ("gap", "flat_gap") if name in fixed]
    if len(gaps) == 2 and max(map(abs, gaps)) != 1:
        checks.complain(
            "gap, flat_gap", gaps, "must be −1 or 1 on one coordinate at least, in units of δ"
        )
