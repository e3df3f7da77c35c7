"""What a method is: two elementwise rules of + − × alone, the helper they see, and what its oracle
calls cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from auxtheory.constants import Steps
from auxtheory.errors import Checks, InputError
from auxtheory.noise import Helper
from auxtheory.pretty import as_repr

Refresh: TypeAlias = Callable[[Any, Any, Any, Any], Any]
LocalStep: TypeAlias = Callable[[Any, Any, Any, Any], Any]


PROBE = 0.3, -1.7, 1.1, 2.9  # numbers to try a rule on


def local_step(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """y ← y − η (g_h(y) + m), the local step of every method of the paper."""
    return y - eta * (grad_helper + m)


@dataclass(frozen=True, kw_only=True)
class Method:
    """A round is: m ← refresh(m, diff, diff_prev, a); y ← x; K times y ← local_step(y, g_h(y), m,
    η); x ← y.

    diff = g_r(x^{t−1}; ξ) and diff_prev = g_r(x^{t−2}; ξ) with the same ξ. The first buffer is the
    rule at a = 1 with m, diff and diff_prev all equal to the mean of B samples of g_r(x⁰).
    helper: "h", or "f" to see h := f, or "none" to see h = 0. exact_refresh: diff is ∇r, free of
    noise.
    single_step: only K = 1 makes sense. dear_calls: gradients of f − h per refresh.
    """

    name: str
    refresh: Refresh
    local_step: LocalStep = local_step
    helper: Helper = "h"
    exact_refresh: bool = False
    single_step: bool = False
    dear_calls: int = 1
    local_is_dear: bool = False
    uses_a: bool = False

    @property
    def compares_samples(self) -> bool:
        """Whether a refresh looks at the same sample at two points, found by trying."""
        m, diff, prev, other = PROBE
        try:
            return any(
                self.refresh(m, diff, prev, a) != self.refresh(m, diff, other, a)
                for a in (0.5, 1.0)
            )
        except Exception:  # a rule that cannot be tried on numbers may do anything
            return True

    def phases(self, steps: Steps) -> tuple[Phase, ...]:
        """The stretches of rounds with one pair of rules each: here, a single one."""
        return (Phase(self, self.checked(steps)),)

    def checked(self, steps: Steps) -> Steps:
        """The steps, if this method can take them; else an InputError."""
        checks = Checks()
        checks.instance("steps", steps, Steps, "at.Steps(...)")
        checks.done()
        if self.single_step and steps.K != 1:
            checks.complain("K", steps.K, f"must be 1 for {self.name}")
        if self.uses_a and steps.a is None:
            checks.complain("a", None, f"must be in (0, 1] for {self.name}")
        checks.done()
        return steps

    def __repr__(self) -> str:
        return f"at.methods.{self.name}"

    _repr_pretty_ = as_repr


@dataclass(frozen=True)
class Phase:
    """`steps.T` rounds of one method."""

    method: Method
    steps: Steps


@dataclass(frozen=True)
class Cost:
    """Oracle calls of a run: gradients of f − h (or of f), and local gradients of h."""

    dear: float
    cheap: float

    def price(self, c_r: float = 1.0, c_h: float = 0.0) -> float:
        """c_{f−h} · dear + c_h · cheap, in the prices' unit."""
        return c_r * self.dear + c_h * self.cheap

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.dear + other.dear, self.cheap + other.cheap)


def cost_of(phase: Phase, rounds: int) -> Cost:
    """The calls of the first `rounds` rounds: B for the first buffer (an exact one counts as one),
    then dear_calls per refresh, and K local gradients per round."""
    method = phase.method
    steps = phase.steps
    if rounds == 0:
        return Cost(0.0, 0.0)
    first = (
        (steps.B if steps.B < float("inf") and not method.exact_refresh else 1.0)
        if method.dear_calls
        else 0.0
    )
    local = float(steps.K * rounds) if method.helper != "none" else 0.0
    dear = first + method.dear_calls * (rounds - 1.0)
    return Cost(dear + local, 0.0) if method.local_is_dear else Cost(dear, local)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Several methods one after the other: `rounds[i]` rounds of `methods[i]`, the last one for the
    rest."""

    name: str
    methods: tuple[Method, ...]
    rounds: tuple[int, ...]
    etas: tuple[float | None, ...]

    @property
    def uses_a(self) -> bool:
        """Whether one of the methods needs the momentum parameter."""
        return any(method.uses_a for method in self.methods)

    def phases(self, steps: Steps) -> tuple[Phase, ...]:
        """Each method's rounds, as far as T reaches; each phase starts its own first buffer."""
        left = steps.T
        phases = []
        for method, rounds, eta in zip(
            self.methods, (*self.rounds, steps.T), self.etas, strict=True
        ):
            T = min(left, rounds)
            left -= T
            if T:
                own = steps.replace(
                    T=T,
                    K=1 if method.single_step else steps.K,
                    eta=steps.eta if eta is None else eta,
                )
                phases.append(Phase(method, method.checked(own)))
        return tuple(phases)

    def __post_init__(self) -> None:
        if len(self.rounds) != len(self.methods) - 1 or len(self.etas) != len(self.methods):
            raise InputError.listing(
                ["rounds, etas: must have one entry per method, the last rounds left out"]
            )
        checks = Checks()
        rounds = tuple(checks.whole("rounds", number, low=0) for number in self.rounds)
        checks.done()
        object.__setattr__(self, "rounds", rounds)
