"""falsify: test a theorem on one case, or search for a case that violates it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import Any, NamedTuple, overload

from hypothesis import currently_in_test_context, reject

from auxtheory.bounds.constants import Steps
from auxtheory.defaults import EXAMPLES, FALSE_ALARM, SEED
from auxtheory.engines import exact
from auxtheory.errors import AssumptionError, Checks, InputError, check_names
from auxtheory.noise.laws import Noise
from auxtheory.printing import wrapped
from auxtheory.problems import Pair, Target
from auxtheory.renamed import old_names
from auxtheory.testing.sampled import sampled_options
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import LONG_ROUNDS, Best, SearchCell
from auxtheory.testing.search.coverage import Coverage
from auxtheory.testing.search.fixed import check_fixed, check_together, word
from auxtheory.testing.search.judge import Judge, tightest
from auxtheory.testing.search.known import Known, known_cases
from auxtheory.testing.search.one_dimensional import Violation, note_on_given, simpler_violation
from auxtheory.testing.search.populations import POPULATION
from auxtheory.testing.search.problems import check_problem
from auxtheory.testing.search.step_parameters import parameter_named
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import with_label
from auxtheory.theorems.measured import further, measure_of
from auxtheory.validation.at_work import at_work
from auxtheory.validation.configuration import Configuration
from auxtheory.validation.validate import OPTIONS, check_steps, parameters_among
from auxtheory.validation.verdict import Verdict

DENSE_SHARE = 0.2  # the share of the cases in dense cells
# The generations in a long one of these, in which the noise rules, relative to those in another.
LONG_DENSE_SHARE = 4.0
# The share of the cases in dense cells of pairs with clients, and the number of rounds of a long
# one: whether clients commute matters more.
DENSE_CLIENT_SHARE = 0.4
LONG_CLIENT_ROUNDS = 300
RANDOM_SHARE = 0.25  # the share of the other cases with random K, T and B
# The generations in a long cell, which costs several times as much, relative to those in another.
LONG_CELL_SHARE = 0.5
# The same where each of its steps is computed by itself.
STEPWISE_SHARE = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """The options of a search; `falsify` documents them."""

    fixed: Mapping[str, float] | None = None
    examples: int = EXAMPLES
    seed: int = SEED
    false_alarm: float = FALSE_ALARM
    progress: Callable[[int, int], None] | None = None


SEARCH_OPTIONS = tuple(field.name for field in fields(Search))


class Counterexample(AssertionError):
    """A case in which the measured value exceeds the bound; the message is a script that shows it.

    Attributes:
        configuration: The case.
        verdict: Its verdict, with status "violated".
        snippet: Python code that shows the case.
        given: The given case and its verdict if `configuration` is a simpler case that violates
            the bound too; otherwise None.

    Example:
        >>> import auxtheory as at
        >>> eta, F0, T = at.symbols("eta F0 T")
        >>> half = at.claim(F0 / (eta * T), like=at.theorems.SGD())
        >>> try:
        ...     at.testing.falsify(half, budget=at.strategies.Budget(K=1, T=1))
        ... except at.testing.Counterexample as found:
        ...     print(found.configuration.pair)
        at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)
    """

    def __init__(
        self, configuration: Configuration, verdict: Verdict, given: Violation | None = None
    ) -> None:
        self.configuration = configuration
        self.verdict = verdict
        self.snippet = configuration.script
        self.given = given
        head = f"the bound is violated, measured/bound = {verdict.ratio:.6g}\n\n{self.snippet}"
        super().__init__(f"{head}\n\n{verdict}{note_on_given(given)}")

    def to_json(self) -> str:
        """The case and its verdict as JSON, which `auxtheory replay` reads.

        Returns:
            The text of a JSON object.
        """
        return self.configuration.to_json(self.verdict)


@old_names(searched="coverage")
@dataclass(frozen=True, eq=False, repr=False)
class Tightest:
    """The result of a search without a counterexample: the largest measured/bound.

    Args:
        theorem: The theorem.
        ratio: The largest measured/bound, without unit; −1 if no case lies within the theorem.
        configuration: The case with that ratio; None if there is none.
        examples: The number of cases.
        cells: The number of cells, each with its own d, K, T, B and mode.
        false_alarm: The probability that the search reports a true theorem as violated; 0 if the
            engine is exact.
        coverage: The ranges that were searched.
        passed_over: Why the engine is not exact; empty if it is.
        origin: Where the tightest case comes from, such as "the tightest known case of AuxMOM";
            empty if the search found it.

    Example:
        >>> import auxtheory as at
        >>> found = at.testing.falsify(at.theorems.SGD(), examples=50)
        >>> found.ratio <= 1, found.configuration.steps.T
        (True, 1)
    """

    theorem: Theorem
    ratio: float
    configuration: Configuration | None
    examples: int
    cells: int
    false_alarm: float
    coverage: Coverage
    passed_over: str = ""
    origin: str = ""

    @property
    def snippet(self) -> str:
        """Python code that shows the tightest case; empty if there is none."""
        return self.configuration.script if self.configuration else ""

    def to_json(self) -> str:
        """The tightest case, which `auxtheory replay` reads, and the ranges that were searched.

        Returns:
            The text of a JSON object.

        Raises:
            InputError: There is no case within the theorem.
        """
        if self.configuration is None:
            raise InputError.listing(["configuration = None: no case within the theorem was found"])
        content = json.loads(self.configuration.to_json())
        content |= {"origin": self.origin, "searched": self.coverage.to_dict()}
        return json.dumps(content, indent=1, ensure_ascii=False)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        sampled = (
            f"false alarms {self.false_alarm:g} over the search; engine passed over: "
            f"{self.passed_over}"
        )
        how = sampled if self.false_alarm else "exact"
        head = f"{with_label(self.theorem)}: no counterexample in {self.examples} cases ({how})"
        if self.configuration is None:
            why = (
                f"none of the {self.examples} cases searched meets its assumptions with steps "
                "in its range"
            )
            return f"{with_label(self.theorem)}: nothing was tested, since {why}\n{self.coverage}"
        origin = f", which is {self.origin} or near it" if self.origin else ""
        tightest = wrapped(f"the tightest, measured/bound = {self.ratio:.6g}{origin}:")
        return f"{wrapped(head)}\n{self.coverage}\n{tightest}\n\n{self.snippet}"


@overload
def falsify(
    theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, **options: Any
) -> Verdict: ...
@overload
def falsify(
    theorem: Theorem,
    pair: Pair | Target | None = None,
    noise: Noise | None = None,
    budget: None = None,
    **options: Any,
) -> Tightest: ...
@overload
def falsify(
    theorem: Theorem,
    pair: Target | None = None,
    noise: Noise | None = None,
    budget: Budget | None = None,
    **options: Any,
) -> Tightest: ...
def falsify(
    theorem: Theorem, pair: Any = None, noise: Any = None, budget: Any = None, **options: Any
) -> Any:
    """Search for a case in which measured > bound, or test one given case.

    What is given is held fixed, what is left out is searched: quadratic pairs of one or two
    coordinates; Gaussian noise; K, T and B; steps, both the theorem's own and those up to the edge
    of its range. A fifth of the cases are pairs whose Hessians do not commute, with noise along one
    direction and T ≤ 30,000. Of the others three quarters are in a list of cells (K ≤ 10, T ≤
    1,000, B = 1, 100 or ∞), one quarter has random K ≤ 100, T ≤ 3,000 and B ≤ 10⁴ or ∞. Known hard
    cases, `Theorem.tightest` and the problems of `at.lower_bounds`, come on top. For a method with
    clients, N ≤ 10⁷ of them in groups of identical ones, or N helpers, and S of them at work are
    searched too, T ≤ 300, and two fifths of the cases do not commute. The engine is `exact`; where
    it refuses, Monte Carlo. With pair, noise and budget all given, that case is tested.

    A counterexample is simplified value by value: 0, 1, round numbers, fewer digits, smaller K, T
    and d, B = ∞. With the exact engine, in the end no single value can be simpler with
    measured/bound still at least 1 + 1e-6; with Monte Carlo a tenth of the first excess must
    remain. K and T above 100 are not tried at each smaller number. If a given case that is not a
    quadratic fails, a short search looks for a quadratic of one coordinate that fails too, which
    the Counterexample then shows.

    Args:
        theorem: The theorem, such as `at.theorems.AuxMOM()` or an `at.claim(...)`.
        pair: One pair; or a target of any family, whose δ and ζ are then searched.
        noise: The noise.
        budget: K, T and B.
        **options: Of a search: `fixed`, a mapping from names of parameters to values (delta, zeta,
            sigma_f, sigma_h, correlation, s …, in units of L and F₀; with step or momentum only
            steps in the range are searched; with flat, flat_gap, flat_start, or a gap or bias other
            than ±1, only pairs of two coordinates; with gap_angle or noise_angle, in degrees, only
            pairs whose Hessians need not commute); `examples`, the approximate number of cases
            (default 100,000); `seed`; `false_alarm`, the probability that Monte Carlo reports a
            true theorem as violated (default 1e-4); `progress`, called with the number of finished
            cells and of all cells. Of a given case: `eta`, `a`, `mode` and the options of
            `at.validate`.

    Returns:
        The tightest case and the ranges that were searched; of a given case its verdict.

    Raises:
        Counterexample: The bound is violated.
        AssumptionError: The given case is outside the theorem's assumptions. Inside a Hypothesis
            test the example is rejected instead.
        InputError: Lists everything that is wrong with the arguments.

    Example:
        >>> import auxtheory as at
        >>> target = at.Quadratic(L=1.0, dim=4)
        >>> budget = at.strategies.Budget(K=2, T=5)
        >>> tightest = at.testing.falsify(at.theorems.AuxMOM(), target, budget=budget, examples=500)
        >>> tightest.ratio < 1
        True
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    for name, value, kinds in (
        ("pair", pair, (Pair, Target)),
        ("noise", noise, (Noise,)),
        ("budget", budget, (Budget,)),
    ):
        wanted = " or ".join(f"a {kind.__name__.lower()}" for kind in kinds)
        checks.instance(name, value, (*kinds, type(None)), f"{wanted}, or left out to be searched")
    checks.done()
    one_case = isinstance(pair, Pair) and noise is not None and budget is not None
    of_case = ("eta", "a", "mode", *further(dict(theorem.method.parameters)), *OPTIONS)
    check_names(checks, options, of_case if one_case else SEARCH_OPTIONS)
    checks.done()
    if one_case:
        return _one_case(theorem, pair, noise, budget, options)
    return _search(theorem, pair, noise, budget, Search(**options))


def _one_case(
    theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, options: dict[str, Any]
) -> Verdict:
    K = 1 if theorem.method.single_step else budget.K
    chosen: dict[str, Any] = {
        name: options.pop(name) for name in ("eta", "a", "mode") if name in options
    }
    parameters = parameters_among(theorem, options)
    options = {name: value for name, value in options.items() if name not in parameters}
    check_steps(
        checks := Checks(),
        theorem,
        K=K,
        B=budget.B,
        **{"eta": None, "a": None, "mode": None, **chosen},
        parameters=parameters,
    )
    checks.done()
    try:
        if "eta" in chosen:
            parameters |= at_work(theorem, pair, parameters)
            steps = Steps(
                **{"mode": "theorem", **chosen, **parameters}, K=K, T=budget.T, B=budget.B
            )
        else:
            c = theorem.constants(pair, noise)
            working = at_work(theorem, pair, parameters)
            steps = theorem.tune(c, K, budget.T, budget.B, **working)
        case = Configuration(theorem, pair, noise, steps, options)
        if "engine" not in options and exact.refuses(case.task):
            case = replace(case, options={**sampled_options(theorem), **options})
        verdict = case.verdict()
        if verdict.status == "outside":  # the noise of this run is known only now
            broken = "\n  ".join(verdict.unmet)
            raise AssumptionError(f"{with_label(theorem)} does not apply to this run:\n  {broken}")
    except AssumptionError:
        if currently_in_test_context():
            reject()
        raise
    if verdict.status == "violated":
        simpler = simpler_violation(case)
        raise (
            Counterexample(*simpler, given=(case, verdict))
            if simpler
            else Counterexample(case, verdict)
        )
    return verdict


def _search(
    theorem: Theorem,
    pair: Pair | Target | None,
    noise: Noise | None,
    budget: Budget | None,
    search: Search,
) -> Tightest:
    fixed = dict(search.fixed) if isinstance(search.fixed, Mapping) else {}
    adversary = Adversary(theorem, pair, noise, budget, fixed, search.seed)
    examples, seed = _check_search(adversary, search)
    adversary = replace(adversary, seed=seed)
    judge = Judge(adversary, search.false_alarm)
    listed = list(adversary.listed_cells())
    dense = adversary.dense_cells()
    share = DENSE_CLIENT_SHARE if adversary.with_clients else DENSE_SHARE
    of_dense = ceil(examples * (share if listed else 1.0)) if dense else 0
    random = adversary.random_cells(ceil((examples - of_dense) * RANDOM_SHARE))
    outcomes = []
    plan = Plan(listed, dense, random, examples - of_dense, of_dense)
    for best in _searched_cells(adversary, plan):
        violation = judge.confirm(best) if best.ratio > 1 else None
        if violation:
            raise Counterexample(*violation)
        outcomes.append(best)
        if search.progress:
            search.progress(len(outcomes), len(listed) + len(dense) + len(random))
    known = list(known_cases(adversary))
    for each in known:
        _refute(judge, each)
    outcomes += [each.best for each in known if each.best]
    given = tuple(name for name, part in ((word(pair), pair), ("noise", noise)) if part is not None)
    coverage = Coverage.of(
        listed,
        random,
        dense,
        {
            name: parameter_named(name, theorem)
            for name in adversary.parameters([*listed, *random, *dense])
        },
        fixed=adversary.fixed,
        given=given,
        cases=sum(best.evaluated for best in outcomes),
        known=tuple(f"{each.origin} ({each.ratio:.4g})" for each in known),
    )
    return _tightest(adversary, (outcomes, known), coverage, search.false_alarm)


def _refute(judge: Judge, known: Known) -> None:
    """Counterexample if a known case, or one near it, violates the bound."""
    if known.best is not None and known.best.ratio > 1:
        violation = judge.confirm(known.best)
        if violation:
            raise Counterexample(*violation)
    verdict = known.case.verdict() if known.ratio > 1 else None
    if verdict is not None and verdict.status == "violated":
        raise Counterexample(known.case, verdict)


def _tightest(
    adversary: Adversary,
    found: tuple[list[Best], list[Known]],
    coverage: Coverage,
    false_alarm: float,
) -> Tightest:
    """The tightest case over all cells, simplified, or the known one that is tighter."""
    outcomes, known = found
    top = max((best.ratio for best in outcomes), default=-1.0)
    # The first of those cells that agree to six digits has the shortest runs.
    best = next((best for best in outcomes if best.ratio >= min(top, top * (1 - 1e-6))), None)
    origin = next((each.origin for each in known if best and each.best is best), "")
    tighter = max(known, key=lambda each: each.ratio, default=None)
    case = None
    if tighter is not None and tighter.ratio > max(top * (1 + 1e-6), 0.0):
        case, origin = tighter.case, tighter.origin
    elif best and best.ratio >= 0:
        case = _possible(adversary, [best, *sorted(outcomes, key=lambda one: -one.ratio)])
    refusal = (exact.refuses(case.task) if case else None) or ""
    if case and refusal and not origin:
        case = replace(case, options=sampled_options(adversary.theorem))
    return Tightest(
        theorem=adversary.theorem,
        ratio=case.verdict().ratio if case else -1.0,
        configuration=case,
        examples=coverage.cases,
        cells=coverage.listed + coverage.dense + coverage.random,
        false_alarm=false_alarm if refusal else 0.0,
        coverage=coverage,
        passed_over=refusal,
        origin=origin,
    )


def _possible(adversary: Adversary, candidates: list[Best]) -> Configuration | None:
    """The tightest of these cases, simplified, that is within the theorem by itself: in a batch its
    constants are rounded otherwise."""
    for best in candidates:
        if best.ratio >= 0:
            with suppress(InputError):
                return tightest(adversary, best)
    return None


class Plan(NamedTuple):
    """The cells of a search, and the numbers of cases in dense cells and in all others."""

    listed: list[SearchCell]
    dense: list[SearchCell]
    random: list[SearchCell]
    cases: int
    dense_cases: int


def _searched_cells(adversary: Adversary, plan: Plan) -> Iterator[Best]:
    """The outcome of each cell: first those of the list, then dense ones, then those with random K,
    T and B, which start from the tightest cases of the list."""
    weights = [
        STEPWISE_SHARE
        if adversary.stepwise and cell.K * cell.T >= LONG_ROUNDS
        else LONG_CELL_SHARE
        if cell.T >= LONG_ROUNDS
        else 1.0
        for cell in plan.listed
    ]
    share = plan.cases * (1 - RANDOM_SHARE) if plan.random else plan.cases
    outcomes = []
    for cell, weight in zip(plan.listed, weights, strict=True):
        generations = weight * share / (sum(weights) * POPULATION)
        outcomes.append(adversary.search(cell, max(1, ceil(generations))))
        yield outcomes[-1]
    long = LONG_CLIENT_ROUNDS if adversary.with_clients else LONG_ROUNDS
    weights = [LONG_DENSE_SHARE if cell.T >= long else 1.0 for cell in plan.dense]
    for cell, weight in zip(plan.dense, weights, strict=True):
        generations = weight * plan.dense_cases / (sum(weights) * POPULATION)
        yield adversary.search(cell, max(1, ceil(generations)))
    for cell in plan.random:
        yield adversary.probe(cell, outcomes)


def _check_search(adversary: Adversary, search: Search) -> tuple[int, int]:
    """Check the options of a search; the number of examples and the seed as whole numbers."""
    checks = Checks()
    fixed: Any = search.fixed
    check_problem(checks, adversary.pair)
    if adversary.pair is None and max(adversary.dims) > 2:
        allowed = "must be of 1 or 2 coordinates, unless a pair is given"
        checks.complain("measure", measure_of(adversary.theorem), allowed)
    checks.instance("fixed", fixed, (Mapping, type(None)), "a mapping from names to numbers")
    if isinstance(fixed, Mapping):
        for name, value in fixed.items():
            check_fixed(checks, adversary, name, value)
        if not checks.complaints:
            check_together(checks, adversary.theorem, fixed)
    examples = checks.whole("examples", search.examples)
    seed = checks.whole("seed", search.seed, low=0)
    checks.number("false_alarm", search.false_alarm, above=True, high=0.5)
    checks.done()
    return examples, seed
