"""falsify: hold a theorem against one case, or search for the case that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from math import ceil
from typing import Any, overload

import numpy as np
from hypothesis import currently_in_test_context, reject

from auxtheory.configuration import Configuration
from auxtheory.constants import Steps
from auxtheory.engines import exact
from auxtheory.errors import AssumptionError, Checks, InputError
from auxtheory.noise import Noise
from auxtheory.problems import Pair
from auxtheory.result import Verdict
from auxtheory.strategies import SAMPLED, Budget
from auxtheory.testing.adversary import POPULATION, Adversary, Best, Cell
from auxtheory.testing.genes import GENES
from auxtheory.testing.shrinking import ladder, lengths, shrunk
from auxtheory.theorems import Theorem

EXAMPLES = 50_000
CONFIRMING = 4096  # replicas of the run that confirms what a search by Monte Carlo suspects


class Counterexample(AssertionError):
    """A case in which the measured value exceeds the bound; the message is a script that shows it."""

    def __init__(self, configuration: Configuration, verdict: Verdict) -> None:
        self.configuration, self.verdict, self.snippet = configuration, verdict, configuration.script
        super().__init__(f"the bound is violated, measured/bound = {verdict.ratio:.6g}\n\n{self.snippet}\n\n{verdict}")

    def to_json(self) -> str:
        """What `auxtheory replay` reads."""
        return self.configuration.to_json(self.verdict)


@dataclass(frozen=True, eq=False)
class Tightest:
    """The outcome of a search without a counterexample: the largest measured/bound that was met, and where."""

    theorem: Theorem
    ratio: float
    configuration: Configuration | None
    examples: int
    cells: int
    false_alarm: float

    @property
    def snippet(self) -> str:
        """Python that shows the tightest case."""
        return self.configuration.script if self.configuration else ""

    def to_json(self) -> str:
        """What `auxtheory replay` reads, of the tightest case."""
        if self.configuration is None:
            raise InputError.listing(["configuration = None: no case within the theorem was met"])
        return self.configuration.to_json()

    def __str__(self) -> str:
        how = f"false alarms {self.false_alarm:g} over the search" if self.false_alarm else "exact"
        head = f"{self.theorem.name} ({self.theorem.label}): no counterexample in {self.examples} cases ({how})"
        if self.configuration is None:
            return f"{head}; none of them lay within its assumptions"
        return f"{head}\nthe tightest, measured/bound = {self.ratio:.6g}:\n\n{self.snippet}"


@overload
def falsify(theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, **options: Any) -> Verdict: ...
@overload
def falsify(
    theorem: Theorem, pair: Pair | None = None, noise: Noise | None = None, budget: None = None, **options: Any
) -> Tightest: ...
@overload
def falsify(theorem: Theorem, pair: None = None, noise: Noise | None = None, budget: Budget | None = None,
            **options: Any) -> Tightest: ...  # fmt: skip
def falsify(theorem: Theorem, pair: Any = None, noise: Any = None, budget: Any = None, **options: Any) -> Any:
    """Look for a case in which the theorem's bound is violated; raise Counterexample with the smallest one found.

    What is given is held fixed, what is left out is searched: pairs of one or two coordinates, Gaussian noise, K, T
    and B, and steps, the theorem's own and those up to the edge of its range. Options of a search: fixed, constants
    by name (delta, zeta, sigma_f, sigma_h, correlation, s …, in units of L and F₀); examples, about how many cases
    (50,000); seed; progress(done, all). The engine is `exact`; where it refuses, Monte Carlo, with false_alarm (1e-4)
    the chance of a Counterexample to a true theorem. Without a violation: the tightest case.

    With pair, noise and budget all given: the verdict on that case; options go to `at.validate`. Inside a Hypothesis
    test a case outside the assumptions is then rejected (elsewhere: AssumptionError).
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    for name, value, kind in (("pair", pair, Pair), ("noise", noise, Noise), ("budget", budget, Budget)):
        checks.instance(name, value, (kind, type(None)), f"a {name}, or left out to be searched")
    checks.done()
    if pair is not None and noise is not None and budget is not None:
        return _one_case(theorem, pair, noise, budget, options)
    return _search(theorem, pair, noise, budget, **options)


def _one_case(theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, options: dict[str, Any]) -> Verdict:
    K = 1 if theorem.method.single_step else budget.K
    own: dict[str, Any] = {name: options.pop(name) for name in ("eta", "a", "mode") if name in options}
    try:
        if "eta" in own:
            steps = Steps(**{"mode": "theorem", **own}, K=K, T=budget.T, B=budget.B)
        else:
            steps = theorem.tune(theorem.constants(pair, noise), K, budget.T, budget.B)
        if "engine" not in options and exact.refuses(theorem.method, pair, noise, steps):
            options = {**SAMPLED, **options}
        case = Configuration(theorem, pair, noise, steps, options)
        verdict = case.verdict()
    except AssumptionError:
        if currently_in_test_context():
            reject()
        raise
    if verdict.status == "violated":
        raise Counterexample(case, verdict)
    return verdict


def _search(
    theorem: Theorem,
    pair: Pair | None,
    noise: Noise | None,
    budget: Budget | None,
    *,
    fixed: Mapping[str, float] | None = None,
    examples: int = EXAMPLES,
    seed: int = 0,
    false_alarm: float = 1e-4,
    progress: Callable[[int, int], None] | None = None,
) -> Tightest:
    _check_search(pair, fixed, examples, seed, false_alarm)
    adversary = Adversary(theorem, pair, noise, budget, dict(fixed or {}), seed)
    cells = list(adversary.cells())
    generations = max(2, ceil(examples / (len(cells) * POPULATION)))
    judge, seen, best = _Judge(adversary, false_alarm), 0, None
    for done, cell in enumerate(cells, start=1):
        found = adversary.search(cell, generations)
        seen += found.evaluated
        if found.ratio > 1:
            judge.weigh(found)
        if best is None or found.ratio > best.ratio:
            best = found
        if progress:
            progress(done, len(cells))
    assert best is not None
    case = _tightest(adversary, best) if best.ratio >= 0 else None
    sampled = case is not None and exact.refuses(theorem.method, case.pair, case.noise, case.steps) is not None
    ratio = case.verdict().ratio if case else -1.0
    return Tightest(theorem, ratio, case, seen, len(cells), false_alarm if sampled else 0.0)


def _tightest(adversary: Adversary, best: Best) -> Configuration:
    """The simplest case as tight as the tightest, but for a ten-thousandth."""

    def near(cell: Cell, values: dict[str, Any]) -> bool:
        one = {name: np.array([value]) for name, value in values.items()}
        return bool(adversary.ratios(cell, one)[0] >= 0.9999 * best.ratio)

    return adversary.configuration(*_simplest(adversary, best, near))


def _check_search(pair: Any, fixed: Any, examples: Any, seed: Any, false_alarm: Any) -> None:
    checks = Checks()
    if pair is not None and not pair.single:
        checks.complain("pair", pair, "must be one pair, not a grid")
    for name, value in (fixed or {}).items():
        checks.member("a name in fixed", name, GENES)
        checks.number(f"fixed[{name!r}]", value, low=min(GENES[name].low, 0.0) if name in GENES else 0.0)
    checks.whole("examples", examples)
    checks.whole("seed", seed, low=0)
    checks.number("false_alarm", false_alarm, above=True, high=0.5)
    checks.done()


@dataclass
class _Judge:
    """Confirms what a search suspects, and then shrinks it. The exact engine is believed; of Monte Carlo each new
    suspicion is tested on new samples, at half the false-alarm rate of the one before."""

    adversary: Adversary
    false_alarm: float
    _tests: Iterator[int] = field(default_factory=lambda: count(1))

    def weigh(self, found: Best) -> None:
        """Raise Counterexample if the case is one."""
        first = self._fails(found.cell, found.values, next(self._tests))
        if first is not None:
            test = next(self._tests)
            simplest = _simplest(self.adversary, found, lambda cell, values: bool(self._fails(cell, values, test)))
            final = self._fails(*simplest, next(self._tests))
            raise Counterexample(*(final or first))

    def _fails(self, cell: Cell, values: Mapping[str, Any], test: int) -> tuple[Configuration, Verdict] | None:
        """The case and its verdict if it violates the bound."""
        try:
            case = self.adversary.configuration(cell, values)
            if exact.refuses(case.theorem.method, case.pair, case.noise, case.steps):
                case = replace(case, options={
                    "engine": "numpy", "replicas": CONFIRMING, "seed": self.adversary.seed + test,
                    "false_alarm": self.false_alarm / 2**test})  # fmt: skip
            verdict = case.verdict()
        except InputError:
            return None
        return (case, verdict) if verdict.status == "violated" else None


def _simplest(
    adversary: Adversary, found: Best, holds: Callable[[Cell, dict[str, Any]], bool]
) -> tuple[Cell, dict[str, Any]]:
    """The simplest case, on the way from d = K = T = 1 and no noise to the one found, of which the same holds."""
    cell = found.cell
    given = cell if adversary.budget else None
    ladders: dict[str, list[Any]] = {
        "dim": [cell.dim] if adversary.pair else lengths(cell.dim),
        "K": [cell.K] if given else lengths(cell.K),
        "T": [cell.T] if given else lengths(cell.T),
        "B": [cell.B] if given else list(dict.fromkeys([np.inf, cell.B])),
    }
    for name, value in found.values.items():
        rungs = [value] if name in adversary.fixed else ladder(value, GENES[name].simple)
        ladders[name] = [rung for rung in rungs if rung == value or GENES[name].allows(rung)]
    return _split(shrunk(ladders, lambda values: holds(*_split(values, cell))), cell)


def _split(values: Mapping[str, Any], cell: Cell) -> tuple[Cell, dict[str, Any]]:
    """A cell and the values of its genes."""
    genes = {name: value for name, value in values.items() if name in GENES}
    return Cell(values["dim"], values["K"], values["T"], values["B"], cell.mode), genes
