"""Schedules: a step parameter that has another value in each round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from auxtheory.bounds import expression_of_t
from auxtheory.errors import InputError, numbers, shown
from auxtheory.printing import number
from auxtheory.typing import FloatArray

Function = TypeVar("Function", bound=Callable[[Any, Any], Any])
# The attribute of a function that takes schedules.
MARK = "__per_round__"


class PerRound:
    """A step parameter with a value for each round t = 1, 2, …, T.

    Args:
        values: a function of t (called once, with an array of t = 1.0, …, T), an expression of t as
            a text, such as "0.5 / sqrt(t)", or the T values; an array of shape (T, C) has others
            for each configuration of a grid.

    Raises:
        InputError: the values are neither.

    Example:
        >>> import auxtheory as at
        >>> eta = at.per_round(lambda t: 1 / (t + 1))
        >>> print(at.Steps(eta=eta, K=1, T=4))
        η = 0.5 … 0.2 over the rounds, K = 1, T = 4, B = ∞ (unsafe)
    """

    def __init__(self, values: Callable[[FloatArray], Any] | str | Any) -> None:
        self.text = values.strip() if isinstance(values, str) else None
        self.function = values if callable(values) else None
        self.values: FloatArray | None = None
        if self.text is not None:
            expression_of_t.values_of(self.text, 1)
        elif self.function is None:
            self.values = numbers(values)
            if self.values.ndim not in (1, 2) or not self.values.size:
                raise InputError.listing(
                    [
                        f"values = {shown(values)}: must be one number for each round, a function "
                        "of t, or an expression of t such as '0.5 / sqrt(t)'"
                    ]
                )
            self.values.flags.writeable = False

    def over(self, name: str, T: int) -> FloatArray:
        """The values of a run of T rounds.

        Args:
            name: the name of the parameter, for the error.
            T: the number of rounds.

        Returns:
            The values, shape (T,) or (T, C).

        Raises:
            InputError: there are fewer or more values than rounds, or the function fails.
        """
        if self.values is not None:
            if len(self.values) != T:
                raise InputError.listing(
                    [f"{name}: the schedule has {len(self.values)} values, and must have T = {T}"]
                )
            return self.values
        if self.text is not None:
            return expression_of_t.values_of(self.text, T)
        t = np.arange(1.0, T + 1.0)
        assert self.function is not None
        try:
            values = np.broadcast_to(np.asarray(self.function(t), dtype=float), (T,))
        except Exception as error:  # a user's function may raise anything
            raise InputError.listing(
                [
                    f"{name}: the schedule must give a number for each t of an array of shape "
                    f"({T},) ({type(error).__name__}: {error})"
                ]
            ) from error
        return values

    def first(self, T: int) -> PerRound:
        """The same schedule in the first T rounds only.

        Args:
            T: the number of rounds, at most that of the values.

        Returns:
            The schedule of a run of T rounds.
        """
        return self if self.values is None else PerRound(self.values[:T])

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape of its values in one round, () or (C,)."""
        return () if self.values is None else self.values.shape[1:]

    def at(self, configuration: int) -> PerRound:
        """The schedule of one configuration.

        Args:
            configuration: The index of the configuration.

        Returns:
            The schedule, without an axis of configurations.
        """
        if not self.grid:
            return self
        assert self.values is not None
        return PerRound(self.values[:, configuration if self.grid[0] > 1 else 0])

    def spelt(self, T: int) -> str:
        """The schedule as code; one that is a function by its T values.

        Args:
            T: the number of rounds.

        Returns:
            The call of `at.per_round`.
        """
        return repr(self if self.function is None else PerRound(self.over("", T)))

    def shown(self, T: int) -> str:
        """The schedule in a table: the expression, or the first and the last value.

        Args:
            T: the number of rounds.

        Returns:
            The text.
        """
        if self.text is not None:
            return self.text
        ends = self.at(0).over("", T)[[0, -1]]
        more = " in the first configuration" if self.grid and self.grid[0] > 1 else ""
        return f"{number(ends[0])} … {number(ends[1])}{more}"

    def _key(self) -> tuple[Any, ...]:
        values = None if self.values is None else (self.values.shape, self.values.tobytes())
        return self.text, self.function, values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PerRound) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        if self.text is not None:
            return f"at.per_round({self.text!r})"
        if self.values is not None:
            return f"at.per_round({self.values.tolist()})"
        return f"at.per_round({getattr(self.function, '__name__', self.function)})"


def per_round(values: Callable[[FloatArray], Any] | str | Any) -> PerRound:
    """A step parameter that has another value in each round.

    Args:
        values: a function of t = 1, 2, …, T; an expression of t as a text, such as "0.5 / sqrt(t)",
            which files and commands can hold; or the T values, in an array of shape (T, C) those of
            each configuration.

    Returns:
        The schedule, for a parameter of `at.Steps`.

    Raises:
        InputError: the values are neither.

    Example:
        >>> import auxtheory as at
        >>> at.per_round([0.5, 0.25])
        at.per_round([0.5, 0.25])
        >>> at.Steps(eta=at.per_round("0.5 / t"), K=1, T=4)
        at.Steps(eta=at.per_round('0.5 / t'), K=1, T=4)
    """
    return PerRound(values)


def per_round_bound(function: Function) -> Function:
    """Mark a function as a bound that takes schedules.

    Its second argument then has every step parameter of the method, such as s.eta, as an array over
    t = 1, 2, …, T, the values of a schedule or one number T times. A bound that is not marked takes
    single numbers, and a theorem about it refuses schedules.

    Args:
        function: A function of (constants, steps), as a bound of `at.Theorem` or `at.claim`.

    Returns:
        The same function, marked.

    Raises:
        InputError: It is not a function.

    Example:
        >>> import auxtheory as at
        >>> @at.per_round_bound
        ... def bound(c, s):
        ...     return c.L * c.F0 * (1 - c.mu * s.eta).prod()
        >>> claim = at.claim(bound, method=at.methods.SGD)
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.5)
        >>> steps = at.Steps(eta=at.per_round([1.0, 0.5]), K=1, T=2)
        >>> print(claim.value(c, steps))
        0.375
    """
    if not callable(function):
        allowed = "must be a function of (constants, steps)"
        raise InputError.listing([f"function = {shown(function)}: {allowed}"])
    setattr(function, MARK, True)
    return function


def takes_schedules(function: Any) -> bool:
    """Whether a function is marked as a bound that takes schedules."""
    return bool(getattr(function, MARK, False))
