"""Phases of a run, the oracle calls that they make, and schedules of several methods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.errors import Checks, InputError
from auxtheory.methods.correction import Correction, correction_of
from auxtheory.renamed import old_names


@dataclass(frozen=True)
class Phase:
    """`steps.T` rounds of one method.

    Args:
        method: The method, a class of `at.Method`.
        steps: Its steps and its number of rounds.

    Example:
        >>> import auxtheory as at
        >>> (phase,) = at.methods.Naive.phases(at.Steps(eta=0.1, K=2, T=5))
        >>> phase.method, phase.steps.T
        (at.methods.Naive, 5)
    """

    method: Any
    steps: Steps

    @cached_property
    def correction(self) -> Correction | None:
        """The method as a correction buffer and local steps; None if it is not of this form."""
        return correction_of(self.method.program)

    def parameter(self, name: str) -> Any:
        """A step parameter, or its default.

        Args:
            name: The name, such as "eta".

        Returns:
            A number, an array of shape (C,), or a schedule.
        """
        value = self.steps.parameter(name)
        return self.method.program.parameters.get(name) if value is None else value

    def at_round(self, name: str, t: int) -> Any:
        """A step parameter in round t of the phase.

        Args:
            name: The name, such as "eta".
            t: The number of the round, from 1 on.

        Returns:
            A number or an array of shape (C,).
        """
        value = self.parameter(name)
        return value.over(name, self.steps.T)[t - 1] if isinstance(value, PerRound) else value

    @property
    def first_buffer_exact(self) -> bool:
        """Whether the first buffer is ∇r(x⁰) itself, not the mean of B samples of it."""
        return self.steps.exact_start or self.method.exact_refresh

    @property
    def first_samples(self) -> int:
        """The number of samples averaged in the first buffer; 0 if it is exact."""
        return 0 if self.first_buffer_exact else int(self.steps.B)


@old_names(dear="calls_r", cheap="calls_h")
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
    methods: tuple[Any, ...]
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
