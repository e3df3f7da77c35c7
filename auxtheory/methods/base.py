"""The classes of methods: two elementwise rules made of + − × only, the helper they use, and the
cost of their oracle calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from auxtheory.bounds.constants import Steps
from auxtheory.errors import Checks, InputError
from auxtheory.helper_role import ROLES, HelperRole
from auxtheory.printing import as_repr
from auxtheory.renamed import old_names
from auxtheory.typing import Helper

Refresh: TypeAlias = Callable[[Any, Any, Any, Any], Any]
LocalStep: TypeAlias = Callable[[Any, Any, Any, Any], Any]
Probe: TypeAlias = tuple[float, float, float]


PROBE = 0.3, -1.7, 1.1, 2.9  # numbers for trial calls of a rule


def local_step(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """y ← y − η (g_h(y) + m), the local step of every method of the paper."""
    return y - eta * (grad_helper + m)


@old_names(dear_calls="calls_r", local_is_dear="local_is_r")
@dataclass(frozen=True, kw_only=True)
class Method:
    """A round is: m ← refresh(m, diff, diff_prev, a); y ← x; K times y ← local_step(y, g_h(y), m,
    η); x ← y.

    diff = g_r(x^{t−1}; ξ) and diff_prev = g_r(x^{t−2}; ξ) with the same ξ. The first buffer is the
    rule at a = 1 with m, diff and diff_prev all equal to the mean of B samples of g_r(x⁰).

    Args:
        name: The name, as it is printed.
        refresh: The rule of the buffer, elementwise and of + − × alone.
        local_step: The rule of a local step, elementwise and of + − × alone.
        helper: "h", or "f" for h := f, or "none" for h = 0.
        exact_refresh: Whether diff is ∇r, free of noise.
        single_step: Whether only K = 1 makes sense.
        calls_r: Gradients of f − h in one refresh.
        local_is_r: Whether a local step takes a gradient of f rather than of h.
        uses_a: Whether the rules use the momentum parameter a.

    Example:
        >>> import auxtheory as at
        >>> def refresh(m, diff, diff_prev, a):
        ...     return diff
        >>> method = at.Method(name="Mine", refresh=refresh)
        >>> method.uses_a, method.compares_samples
        (False, False)
    """

    name: str
    refresh: Refresh
    local_step: LocalStep = local_step
    helper: Helper = "h"
    exact_refresh: bool = False
    single_step: bool = False
    calls_r: int = 1
    local_is_r: bool = False
    uses_a: bool = False

    @property
    def role(self) -> HelperRole:
        """The role of the helper, h_seen = αh + βf."""
        return ROLES[self.helper]

    @property
    def refresh_points(self) -> int:
        """The number of points at which a refresh needs g_r, determined by trying the rule on
        numbers: 0, 1 or 2; 2 if the rule does not accept numbers."""
        m, diff, prev, other = PROBE
        try:
            if self._refresh_differs((m, diff, prev), (m, diff, other)):
                return 2
            return int(self._refresh_differs((m, diff, prev), (m, other, prev)))
        except Exception:  # a rule written for arrays may raise anything for numbers
            return 2

    @property
    def compares_samples(self) -> bool:
        """Whether a refresh uses the same sample at two points."""
        return self.refresh_points == 2

    def _refresh_differs(self, one: Probe, other: Probe) -> bool:
        """Whether the refresh gives different results for these two (m, diff, diff_prev), at two
        values of a."""
        return any(self.refresh(*one, a) != self.refresh(*other, a) for a in (0.5, 1.0))

    def phases(self, steps: Steps) -> tuple[Phase, ...]:
        """The phases of a run, each with one pair of rules; a method has a single phase.

        Args:
            steps: The steps of the run.

        Returns:
            The phases, in order.

        Raises:
            InputError: The method cannot take these steps.
        """
        return (Phase(self, self.checked(steps)),)

    def checked(self, steps: Steps) -> Steps:
        """The steps, if this method can take them.

        Args:
            steps: The steps of the run.

        Returns:
            The same steps.

        Raises:
            InputError: K is not 1 where it has to be, or a is missing.
        """
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
    """`steps.T` rounds of one method.

    Args:
        method: The method.
        steps: Its steps and its number of rounds.

    Example:
        >>> import auxtheory as at
        >>> (phase,) = at.methods.Naive.phases(at.Steps(eta=0.1, K=2, T=5))
        >>> phase.method, phase.steps.T
        (at.methods.Naive, 5)
    """

    method: Method
    steps: Steps

    @property
    def first_buffer_exact(self) -> bool:
        """Whether the first buffer is ∇r(x⁰) itself, not the mean of B samples of it."""
        return self.steps.exact_start or self.method.exact_refresh

    @property
    def first_samples(self) -> int:
        """The number of samples averaged in the first buffer; 0 if it is exact."""
        return 0 if self.first_buffer_exact else int(self.steps.B)


@old_names(dear="calls_r", cheap="calls_h")
@dataclass(frozen=True)
class Cost:
    """The oracle calls of a run.

    Args:
        calls_r: Gradients of f − h (or of f).
        calls_h: Local gradients of h.

    Example:
        >>> import auxtheory as at
        >>> at.methods.Cost(10.0, 100.0).price(c_r=1.0, c_h=0.01)
        11.0
    """

    calls_r: float
    calls_h: float

    def price(self, c_r: float = 1.0, c_h: float = 0.0) -> float:
        """The price of all calls together.

        Args:
            c_r: The price of a gradient of f − h.
            c_h: The price of a gradient of h.

        Returns:
            The total, in the unit of the prices.
        """
        return c_r * self.calls_r + c_h * self.calls_h

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls_r + other.calls_r, self.calls_h + other.calls_h)


def cost_of(phase: Phase, rounds: int) -> Cost:
    """The calls of the first `rounds` rounds: B for the first buffer (an exact one counts as one),
    then method.calls_r in each refresh, and K local gradients in each round.
    """
    method = phase.method
    steps = phase.steps
    if rounds == 0:
        return Cost(0.0, 0.0)
    first = float(phase.first_samples or 1) if method.calls_r else 0.0
    local = method.role.h(1.0, 1.0, 0.0) * steps.K * rounds
    calls_r = first + method.calls_r * (rounds - 1.0)
    return Cost(calls_r + local, 0.0) if method.local_is_r else Cost(calls_r, local)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Several methods one after the other: `rounds[i]` rounds of `methods[i]`, the last one for the
    rest.

    Args:
        name: The name, as it is printed.
        methods: The methods, in order.
        rounds: The number of rounds of every method but the last.
        etas: The step size of each method, in X²/F; None for the η of the run.

    Raises:
        InputError: The lengths do not fit, or a number of rounds is not a whole number.

    Example:
        >>> import auxtheory as at
        >>> schedule = at.methods.fine_tuning(3)
        >>> [(p.method, p.steps.T) for p in schedule.phases(at.Steps(eta=0.1, K=4, T=10))]
        [(at.methods.Naive, 3), (at.methods.SGD, 7)]
    """

    name: str
    methods: tuple[Method, ...]
    rounds: tuple[int, ...]
    etas: tuple[float | None, ...]

    @property
    def uses_a(self) -> bool:
        """Whether one of the methods needs the momentum parameter."""
        return any(method.uses_a for method in self.methods)

    def phases(self, steps: Steps) -> tuple[Phase, ...]:
        """The rounds of each method, as far as T reaches; each phase starts its own first buffer.

        Args:
            steps: The steps of the run; T counts the rounds of all methods together.

        Returns:
            The phases, in order.

        Raises:
            InputError: A method cannot take these steps.
        """
        left = steps.T
        phases = []
        for method, rounds, eta in zip(
            self.methods, (*self.rounds, steps.T), self.etas, strict=True
        ):
            T = min(left, rounds)
            left -= T
            if T:
                phase_steps = steps.replace(
                    T=T,
                    K=1 if method.single_step else steps.K,
                    eta=steps.eta if eta is None else eta,
                )
                phases.append(Phase(method, method.checked(phase_steps)))
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
