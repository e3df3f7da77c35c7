"""Hypothesis strategies for constants, pairs, noises, budgets, steps and whole configurations.

They shrink towards d = K = T = 1, round numbers and no noise. Families of pairs come from
`problems.FAMILIES`
unless others are listed, methods through the theorems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Mode, Steps, check_lengths
from auxtheory.engines import Task, exact
from auxtheory.errors import Checks, whole
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.printing import as_call, as_repr
from auxtheory.problems import FAMILIES, Pair, Target, kinds
from auxtheory.testing.decimals import Range, evenly, rounded_down
from auxtheory.testing.decimals import level as level
from auxtheory.testing.decimals import positive as positive
from auxtheory.testing.decimals import within as within
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta
from auxtheory.validation.configuration import Configuration

Option = TypeVar("Option")
Where: TypeAlias = Literal["inside", "edge", "outside"]
SAMPLED: Mapping[str, Any] = {"engine": "numpy", "replicas": 64, "false_alarm": 1e-6}
LAST = 19  # of the decisions of a family
DECISION = st.integers(0, LAST)
DECISIONS = st.tuples(*[DECISION] * 6)  # as many for each family, that are drawn before it is known


@dataclass(frozen=True)
class Budget:
    """How long a run may be: K local steps, T rounds, and the batch B of the first buffer."""

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


class _Drawn:
    """The choices of a family made by Hypothesis: the constants and the decisions before the family
    is known, and as many for each, so that a failing example stays one where a simpler family in
    the same place fails as well."""

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
        return max(float(f"{high - (high - low) * self._next() / LAST:.3g}"), low)

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
    """Pairs of the named families: quadratic (diagonal), dense, cosine (separable, not convex),
    logistic. A family of one's own, a class that derives from `at.Target` and has a `draw`, is
    drawn if its class or its name in lower case is listed.

    Constants in the given ranges, μ and δ in multiples of L. Of a cosine pair F0 and μ are its own,
    of a logistic one L too; ζ is as asked for, and the smallest that goes with the stated β can be
    larger.
    """
    checks = Checks()
    known = kinds()
    names: list[str] = []
    for family in [families] if isinstance(families, str) else families:
        if isinstance(family, type) and issubclass(family, Target) and family.kinds():
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
    return known[name](_Drawn(draw, max_dim, ranges))


def _check_range(
    checks: Checks, name: str, limits: Any, *, low: float = 0.0, above: bool = False
) -> None:
    """Two numbers, the smaller one first."""
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
    """Laws of any levels and correlation; s is the multiplicative part (0, 0 leaves it out)."""
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
    """Local steps, rounds and first batches."""
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
    """Constants with no problem behind them; μ and δ in multiples of L."""
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
    own = draw(within(L))
    return Constants(
        L=own,
        F0=draw(within(F0)),
        mu=own * draw(within(mu)),
        delta=own * draw(within(delta)),
        beta=draw(within(beta)),
        zeta=draw(within(zeta)),
        sigma_f=draw(within(sigma)),
        sigma_h=draw(within(sigma)),
        sigma_r=draw(within(sigma)),
    )


@st.composite
def steps(
    draw: st.DrawFn,
    theorem: Theorem,
    c: Constants,
    budget: Budget,
    *,
    where: Where | Literal["tuned"] = "inside",
) -> Steps:
    """Steps inside the theorem's range (its edge included), at its very edge, outside it, or the
    theorem's own.

    Constants outside the theorem's assumptions reject the example.
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    checks.member("where", where, ("inside", "edge", "outside", "tuned"))
    checks.done()
    K = 1 if theorem.method.single_step else budget.K
    lengths = Lengths(K=K, T=budget.T, B=budget.B)
    if theorem.unmet(c):
        reject()
    if where == "tuned":
        return theorem.tune(c, K, budget.T, budget.B)
    most = float(largest_eta(theorem, c, lengths))
    if np.isnan(most):
        reject()
    outside = st.one_of(st.just(2.0), positive(1.01, 100.0))
    factor = draw({"inside": positive(1e-3, 1.0), "edge": st.just(1.0), "outside": outside}[where])
    ends = st.sampled_from([0.0, 1.0])
    between = st.one_of(st.just(0.0), evenly(0.0, 1.0))
    position = draw(ends if where == "edge" else between) if theorem.method.uses_a else 0.0

    mode: Mode = "unsafe" if where == "outside" else "theorem"

    def made(eta: float, rounded: bool) -> Steps:
        a = None
        if theorem.method.uses_a:
            top, least = (float(end) for end in ends_of_a(theorem, c, min(eta, most), lengths))
            a = float(top * (least / top) ** position)
            a = min(max(rounded_down(a) if rounded and 0 < position < 1 else a, least), top)
        return Steps(eta=eta, a=a, **vars(lengths), mode=mode)

    if (
        where == "inside"
        and factor < 1
        and not theorem.unmet(c, round_ := made(rounded_down(most * factor), True))
    ):
        return round_
    found = made(most * factor, False)
    if where == "outside" and not theorem.unmet(c, found):
        reject()  # a range without an end
    return found


@st.composite
def configurations(
    draw: st.DrawFn,
    theorem: Theorem | st.SearchStrategy[Theorem] | None = None,
    *,
    pair: st.SearchStrategy[Pair] | None = None,
    noise: st.SearchStrategy[Noise] | None = None,
    budget: st.SearchStrategy[Budget] | None = None,
    where: Where | Literal["tuned"] = "inside",
) -> Configuration:
    """A theorem (default: any of the library's) with a pair, a noise and steps for it; `verdict()`
    measures one.

    Where no expectation is exact, by 64 replicas on the engine `numpy`: nothing is compiled for a
    few short runs.
    """
    if theorem is None:
        theorem = st.sampled_from(theorems.ALL).map(lambda kind: kind())
    chosen = draw(theorem) if isinstance(theorem, st.SearchStrategy) else theorem
    own_pair = draw(pairs() if pair is None else pair)
    own_noise = draw(noises() if noise is None else noise)
    length = draw(budgets(max_K=8, max_T=20) if budget is None else budget)
    own_steps = draw(steps(chosen, chosen.constants(own_pair, own_noise), length, where=where))
    task = Task(method=chosen.method, pair=own_pair, noise=own_noise, steps=own_steps)
    sampled = exact.refuses(task) is not None
    return Configuration(chosen, own_pair, own_noise, own_steps, SAMPLED if sampled else {})
