"""Hypothesis strategies for constants, pairs, noises, budgets, steps and whole configurations.

They shrink towards d = K = T = 1, round numbers and no noise. Families of pairs are those of
`problems.FAMILIES` unless others are listed; methods are those of the theorems.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Mode, Steps, check_lengths
from auxtheory.engines import exact
from auxtheory.errors import UNLIMITED, Checks, whole
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.printing import as_call, as_repr
from auxtheory.problems import FAMILIES, Pair, Quadratic, Target, client_kinds, kinds
from auxtheory.testing.decimals import Range, evenly, rounded_down
from auxtheory.testing.decimals import level as level
from auxtheory.testing.decimals import positive as positive
from auxtheory.testing.decimals import within as within
from auxtheory.testing.sampled import sampled_options
from auxtheory.testing.search.step_parameters import (
    parameter_named,
    step_parameters,
    task_of,
    tied,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta
from auxtheory.validation.configuration import Configuration

Option = TypeVar("Option")
Where: TypeAlias = Literal["inside", "edge", "outside"]
NO_RANGES: Mapping[str, Range] = {}
MAX_DECISION = 19
DECISION = st.integers(0, MAX_DECISION)
DECISIONS = st.tuples(*[DECISION] * 6)  # drawn before the family is known, the same number for each


@dataclass(frozen=True)
class Budget:
    """The lengths of a run: K local steps, T rounds, and the batch B of the first buffer.

    Args:
        K: The number of local steps of a round.
        T: The number of rounds.
        B: The batch of the first buffer; inf for an exact gradient.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> at.strategies.Budget(K=2, T=10)
        at.strategies.Budget(K=2, T=10)
    """

    K: int
    T: int
    B: float = np.inf

    def __post_init__(self) -> None:
        checks = Checks()
        check_lengths(checks, K=self.K, T=self.T, B=self.B)
        checks.done()
        for name in ("K", "T", "B"):
            object.__setattr__(self, name, whole(getattr(self, name)))

    def __repr__(self) -> str:
        return as_call("at.strategies.Budget", vars(self), {"B": np.inf})

    _repr_pretty_ = as_repr


class _Choices:
    """The choices of a family, made by Hypothesis.

    Constants and decisions are drawn before the family is known, the same number for each, so that
    Hypothesis can replace the family of a failing example by a simpler one.
    """

    def __init__(self, draw: st.DrawFn, max_dim: int, ranges: dict[str, Range]) -> None:
        self.draw = draw
        self.ranges = ranges
        self.dim = draw(st.integers(1, max_dim))
        self._amounts = {name: draw(within(limits)) for name, limits in ranges.items()}
        self._decisions = list(draw(DECISIONS))

    def _next(self) -> int:
        return self._decisions.pop(0) if self._decisions else self.draw(DECISION)

    def whole(self, low: int, high: int) -> int:
        return low + self._next() % (high - low + 1)

    def share(self, low: float = 0.0, high: float = 1.0) -> float:
        return max(float(f"{high - (high - low) * self._next() / MAX_DECISION:.3g}"), low)

    def amount(self, name: str, unit: float = 1.0) -> float:
        return (
            self._amounts.pop(name)
            if name in self._amounts
            else self.draw(within(self.ranges[name]))
        ) * unit

    def among(self, options: Sequence[Option]) -> Option:
        return options[self.whole(0, len(options) - 1)]


@st.composite
def pairs(
    draw: st.DrawFn,
    *,
    families: Sequence[str | type[Target]] = tuple(FAMILIES),
    max_dim: int = 4,
    L: Range = (1e-3, 1e3),
    F0: Range = (1e-3, 1e3),
    mu: Range = (0.0, 1.0),
    delta: Range = (0.0, 10.0),
    zeta: Range = (0.0, 10.0),
) -> Pair:
    """Pairs of the listed families: quadratic (diagonal), dense, cosine (separable, not convex),
    logistic; with several helpers only if listed: clients, helpers, dense-clients, dense-helpers,
    logistic-clients.

    Each constant is drawn from its range, unless the family determines it: F0 and μ of a cosine
    pair, L, F0 and μ of a logistic one. The smallest ζ for the stated β can exceed the drawn ζ.

    Args:
        families: Names of families, or classes that derive from `at.Target` and have a `draw`; such
            a class is also known by its name in lower case.
        max_dim: The largest d.
        L: The range of L, in F/X².
        F0: The range of f(x⁰) − inf f, in F.
        mu: The range of μ/L, without unit.
        delta: The range of δ/L, without unit.
        zeta: The range of ζ, in F/X.

    Returns:
        A strategy for pairs (`at.Pair`).

    Raises:
        InputError: Lists every bad argument, when the first example is drawn.

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import given, settings
        >>> @settings(max_examples=5, database=None)
        ... @given(at.strategies.pairs(families=["quadratic"], delta=(0.1, 0.5)))
        ... def delta_is_within_its_range(pair):
        ...     c = pair.constants()
        ...     assert 0.099 <= c.delta / c.L <= 0.501
        >>> delta_is_within_its_range()
    """
    checks = Checks()
    known = {**kinds(), **client_kinds()}
    names: list[str] = []
    for family in [families] if isinstance(families, str) else families:
        if isinstance(family, type) and issubclass(family, Target):
            if not family.kinds():
                checks.complain("families", family, "must have a class method draw(choose)")
            known |= family.kinds()
            names += family.kinds()
        else:
            checks.member("family", family, known)
            names.append(str(family))
    if isinstance(families, str) or not families:
        checks.complain("families", families, "must be a list of names, of at least one")
    max_dim = checks.whole("max_dim", max_dim)
    for name, limits in (("L", L), ("F0", F0), ("mu", mu), ("delta", delta), ("zeta", zeta)):
        _check_range(checks, name, limits, above=name in ("L", "F0"))
    checks.done()
    name = draw(st.sampled_from(tuple(names)))
    ranges = {"L": L, "F0": F0, "mu": mu, "delta": delta, "zeta": zeta}
    return known[name](_Choices(draw, max_dim, ranges))


@st.composite
def clients(
    draw: st.DrawFn,
    *,
    max_N: int = 4,
    max_dim: int = 3,
    L: Range = (1e-3, 1e3),
    F0: Range = (1e-3, 1e3),
    delta: Range = (0.0, 2.0),
    zeta: Range = (0.0, 10.0),
    helpers: bool = False,
) -> Pair:
    """Quadratic pairs with clients, of which f is the mean, or with several helpers of f.

    Each is another one, or all but one are alike; Hessians commute or not.

    Args:
        max_N: The largest number of clients.
        max_dim: The largest d.
        L: The range of L, in F/X².
        F0: The range of f(x⁰) − inf f, in F.
        delta: The range of the largest δ_i/L, without unit.
        zeta: The range of ζ at x*, in F/X.
        helpers: Whether to draw helpers, which need not have f as their mean.

    Returns:
        A strategy for pairs (`at.Pair`) with `helpers`.

    Raises:
        InputError: Lists every bad argument, when the first example is drawn.

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import find, settings
        >>> found = find(at.strategies.clients(), lambda pair: pair.helpers.N > 1,
        ...              settings=settings(database=None, derandomize=True))
        >>> found.helpers.N, found.helpers.clients
        (2, True)
    """
    checks = Checks()
    sizes = [checks.whole(name, n) for name, n in (("max_N", max_N), ("max_dim", max_dim))]
    ranges = {"L": L, "F0": F0, "delta": delta, "zeta": zeta}
    for name, limits in ranges.items():
        _check_range(checks, name, limits, above=name in ("L", "F0"))
    checks.flag("helpers", helpers)
    checks.done()
    N, dim = (draw(st.integers(1, size)) for size in sizes)
    amounts = {name: draw(within(limits)) for name, limits in ranges.items()}
    smoothness = amounts["L"]
    target = Quadratic(L=smoothness, dim=dim, F0=amounts["F0"])
    make = target.with_helpers if helpers else target.with_clients
    alike = draw(st.booleans()) and N > 2
    # One client, and clients that are all alike, are f.
    differ = N > 1 or helpers
    return make(
        N=N,
        delta=amounts["delta"] * smoothness if differ else 0.0,
        zeta=amounts["zeta"] if differ else 0.0,
        groups=[N - 1, 1] if alike else None,
        rotation=draw(st.sampled_from([None, 0, 1])) if dim > 1 else None,
        seed=draw(st.integers(0, 5)),
    )


def _check_range(
    checks: Checks, name: str, limits: Any, *, low: float = 0.0, above: bool = False
) -> None:
    """A range must be two numbers, the smaller one first."""
    if not isinstance(limits, tuple | list) or len(limits) != 2:
        return checks.complain(name, limits, "must be a range (low, high)")
    before = len(checks.complaints)
    for end in limits:
        checks.number(name, end, low=low, above=above)
    if len(checks.complaints) == before and limits[0] > limits[1]:
        checks.complain(name, limits, "must be a range (low, high), low at most high")


@st.composite
def noises(
    draw: st.DrawFn,
    *,
    laws: Sequence[type[Noise]] = (Gaussian, RandomSign),
    sigma_f: Range = (0.0, 10.0),
    sigma_h: Range = (0.0, 10.0),
    s: Range = (0.0, 1.0),
    correlation: Range = (-1.0, 1.0),
) -> Noise:
    """Noises of the given laws, with levels and correlation from the given ranges.

    Args:
        laws: Classes of noise that take sigma_f, sigma_h, correlation and s.
        sigma_f: The range of σ_f, in F/X.
        sigma_h: The range of σ_h, in F/X.
        s: The range of the multiplicative noise, in F/X²; (0, 0) for none.
        correlation: The range of the correlation of the noises of f and h, without unit.

    Returns:
        A strategy for noises (`at.Noise`).

    Raises:
        InputError: Lists every bad argument, when the first example is drawn.

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import given, settings
        >>> @settings(max_examples=5, database=None)
        ... @given(at.strategies.noises(s=(0.0, 0.0)))
        ... def the_noise_is_additive(noise):
        ...     assert noise.s == 0
        >>> the_noise_is_additive()
    """
    checks = Checks()
    for name, limits in (("sigma_f", sigma_f), ("sigma_h", sigma_h), ("s", s)):
        _check_range(checks, name, limits)
    _check_range(checks, "correlation", correlation, low=-1.0)
    if not isinstance(laws, tuple | list) or not laws:
        checks.complain("laws", laws, "must be a list of laws, such as [at.Gaussian]")
    checks.done()
    law = draw(st.sampled_from(tuple(laws)))
    low, high = correlation
    rho = draw(
        st.one_of(st.just(0.0), evenly(low, high)) if low <= 0 <= high else evenly(low, high)
    )
    return law(
        sigma_f=draw(within(sigma_f)),
        sigma_h=draw(within(sigma_h)),
        correlation=rho,
        s=draw(within(s)),
    )


def budgets(*, max_K: int = 12, max_T: int = 60, max_B: int = 1000) -> st.SearchStrategy[Budget]:
    """Budgets: local steps, rounds and batches of the first buffer.

    Args:
        max_K: The largest number of local steps.
        max_T: The largest number of rounds.
        max_B: The largest finite batch; inf is drawn too.

    Returns:
        A strategy for budgets (`at.strategies.Budget`).

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import find, settings
        >>> find(at.strategies.budgets(max_K=5), lambda budget: budget.K > 2,
        ...      settings=settings(database=None))
        at.strategies.Budget(K=3, T=1)
    """
    batches = st.one_of(st.just(np.inf), st.integers(1, max_B))
    return st.builds(Budget, K=st.integers(1, max_K), T=st.integers(1, max_T), B=batches)


@st.composite
def constants(
    draw: st.DrawFn,
    *,
    L: Range = (1e-3, 1e3),
    F0: Range = (1e-6, 1e6),
    mu: Range = (0.0, 1.0),
    delta: Range = (0.0, 1e3),
    beta: Range = (0.0, 0.999),
    zeta: Range = (0.0, 10.0),
    sigma: Range = (0.0, 1e3),
) -> Constants:
    """Constants that need not be those of any problem.

    Args:
        L: The range of L, in F/X².
        F0: The range of f(x⁰) − inf f, in F.
        mu: The range of μ/L, without unit.
        delta: The range of δ/L, without unit.
        beta: The range of β, without unit.
        zeta: The range of ζ, in F/X.
        sigma: The range of each of σ_f, σ_h and σ_r, in F/X.

    Returns:
        A strategy for constants (`at.Constants`).

    Raises:
        InputError: Lists every bad argument, when the first example is drawn.

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import given, settings
        >>> @settings(max_examples=5, database=None)
        ... @given(at.strategies.constants())
        ... def mu_is_at_most_L(c):
        ...     assert c.mu <= c.L
        >>> mu_is_at_most_L()
    """
    checks = Checks()
    ranges = {
        "L": L,
        "F0": F0,
        "mu": mu,
        "delta": delta,
        "beta": beta,
        "zeta": zeta,
        "sigma": sigma,
    }
    for name, limits in ranges.items():
        _check_range(checks, name, limits, above=name in ("L", "F0"))
    checks.done()
    smoothness = draw(within(L))
    return Constants(
        L=smoothness,
        F0=draw(within(F0)),
        mu=smoothness * draw(within(mu)),
        delta=smoothness * draw(within(delta)),
        beta=draw(within(beta)),
        zeta=draw(within(zeta)),
        sigma_f=draw(within(sigma)),
        sigma_h=draw(within(sigma)),
        sigma_r=draw(within(sigma)),
    )


def _ranges(
    theorem: Theorem, parameters: Mapping[str, Range]
) -> dict[str, st.SearchStrategy[float]]:
    """A strategy for each step parameter of the theorem's method besides η and a, those of a search
    where no range is given."""
    method = theorem.method
    keys = step_parameters(method)
    checks = Checks()
    checks.instance("parameters", parameters, Mapping, "a mapping from names to ranges")
    for name, limits in parameters.items() if isinstance(parameters, Mapping) else ():
        checks.member(f"a step parameter of {method.name}", name, keys)
        _check_range(checks, name, limits, low=-UNLIMITED)
    checks.done()
    strategies = {}
    for name, key in keys.items():
        known = parameter_named(key, theorem)
        low, high = parameters.get(name, (known.low, known.high))
        if known.scale == "whole":
            strategies[name] = st.integers(math.ceil(low), math.floor(high)).map(float)
            continue
        even = known.scale == "even" or low < 0
        strategies[name] = evenly(low, high) if even else within((low, high))
    return strategies


@st.composite
def steps(
    draw: st.DrawFn,
    theorem: Theorem,
    c: Constants,
    budget: Budget,
    *,
    where: Where | Literal["tuned"] = "inside",
    parameters: Mapping[str, Range] = NO_RANGES,
    at_work: int | None = None,
) -> Steps:
    """Steps within the theorem's range, at its edge, outside it, or the theorem's own.

    An example whose constants are outside the theorem's assumptions is rejected, and so is one
    whose step parameters leave no η.

    Args:
        theorem: The theorem.
        c: The constants of one pair and noise.
        budget: K, T and B; K is 1 if the method takes a single step a round.
        where: "inside" for the range including its edge, "edge", "outside", or "tuned" for the
            theorem's own steps.
        parameters: The ranges of the method's step parameters besides η and a, by name; by default
            those that `falsify` searches: probabilities up to 1, other numbers without unit from 0
            to 0.999, levels from 1e-3 to 1e3.
        at_work: S, how many clients work in a round, of a method with clients; None: all.

    Returns:
        A strategy for steps (`at.Steps`), with η in X²/F.

    Raises:
        InputError: Lists every bad argument, when the first example is drawn.

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import given, settings
        >>> theorem = at.theorems.AuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1)
        >>> budget = at.strategies.Budget(K=4, T=10)
        >>> @settings(max_examples=5, database=None)
        ... @given(at.strategies.steps(theorem, c, budget))
        ... def the_theorem_applies(steps):
        ...     assert not theorem.unmet(c, steps)
        >>> the_theorem_applies()
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    checks.member("where", where, ("inside", "edge", "outside", "tuned"))
    checks.done()
    ranges = _ranges(theorem, parameters)
    K = 1 if theorem.method.single_step else budget.K
    lengths = Lengths(K=K, T=budget.T, B=budget.B)
    if theorem.unmet(c):
        reject()
    working: dict[str, Any] = {} if at_work is None else {"S": float(at_work)}
    if where == "tuned":
        return theorem.tune(c, K, budget.T, budget.B, **working)
    more: dict[str, Any] = {name: draw(strategy) for name, strategy in ranges.items()}
    more |= {name: float(value) for name, value in tied(theorem, c).items()} | working
    max_eta = float(largest_eta(theorem, c, lengths, more))
    if np.isnan(max_eta):
        reject()
    outside = st.one_of(st.just(2.0), positive(1.01, 100.0))
    factor = draw({"inside": positive(1e-3, 1.0), "edge": st.just(1.0), "outside": outside}[where])
    corners = st.sampled_from([0.0, 1.0])
    between = st.one_of(st.just(0.0), evenly(0.0, 1.0))
    position = draw(corners if where == "edge" else between) if theorem.method.uses_a else 0.0

    mode: Mode = "unsafe" if where == "outside" else "theorem"

    def with_eta(eta: float, *, rounded: bool) -> Steps:
        a = None
        if theorem.method.uses_a:
            ends = ends_of_a(theorem, c, min(eta, max_eta), lengths, more)
            high, low = (float(end) for end in ends)
            a = float(high * (low / high) ** position)
            a = min(max(rounded_down(a) if rounded and 0 < position < 1 else a, low), high)
        return Steps(eta=eta, a=a, **vars(lengths), mode=mode, **more)

    if where == "inside" and factor < 1:
        round_steps = with_eta(rounded_down(max_eta * factor), rounded=True)
        if not theorem.unmet(c, round_steps):
            return round_steps
    result = with_eta(max_eta * factor, rounded=False)
    if where == "outside" and not theorem.unmet(c, result):
        reject()  # the range has no end
    return result


@st.composite
def configurations(
    draw: st.DrawFn,
    theorem: Theorem | st.SearchStrategy[Theorem] | None = None,
    *,
    pair: st.SearchStrategy[Pair] | None = None,
    noise: st.SearchStrategy[Noise] | None = None,
    budget: st.SearchStrategy[Budget] | None = None,
    where: Where | Literal["tuned"] = "inside",
    parameters: Mapping[str, Range] = NO_RANGES,
) -> Configuration:
    """Configurations: a theorem with a pair, a noise and steps for it; `verdict()` measures one.

    If the engine `exact` refuses, the configuration runs 64 replicas on the engine `numpy`, which
    compiles nothing.

    Args:
        theorem: The theorem, or a strategy for theorems; by default any theorem of the library.
        pair: A strategy for pairs; by default `pairs()`, and `clients()` for a method with clients,
            of which some or all then work in a round.
        noise: A strategy for noises; by default `noises()`.
        budget: A strategy for budgets; by default `budgets(max_K=8, max_T=20)`.
        where: Where the steps are; see `steps`.
        parameters: The ranges of step parameters by name; see `steps`.

    Returns:
        A strategy for configurations (`at.testing.Configuration`).

    Example:
        >>> import auxtheory as at
        >>> from hypothesis import given, settings
        >>> s = at.strategies
        >>> quadratics = s.pairs(families=["quadratic"])
        >>> @settings(max_examples=3, database=None, deadline=None)
        ... @given(s.configurations(at.theorems.ExactCorrection(), pair=quadratics))
        ... def the_bound_holds(case):
        ...     assert case.verdict()
        >>> the_bound_holds()
    """
    if theorem is None:
        theorem = st.sampled_from(theorems.ALL).map(lambda kind: kind())
    claim = draw(theorem) if isinstance(theorem, st.SearchStrategy) else theorem
    several = claim.method.program.clients is not None
    usual = clients if several else pairs
    problem = draw(usual() if pair is None else pair)
    law = draw(noises() if noise is None else noise)
    lengths = draw(budgets(max_K=8, max_T=20) if budget is None else budget)
    c = claim.constants(problem, law)
    N = problem.helpers.N if several and problem.helpers is not None else 1
    S = draw(st.integers(1, N)) if several else None
    sizes = draw(steps(claim, c, lengths, where=where, parameters=parameters, at_work=S))
    sampled = exact.refuses(task_of(claim, problem, law, sizes)) is not None
    return Configuration(claim, problem, law, sizes, sampled_options(claim) if sampled else {})
