"""Schedules: a step parameter that has another value in each round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.bounds import expression_of_t
from auxtheory.errors import InputError, numbers, shown
from auxtheory.printing import number
from auxtheory.typing import FloatArray


class PerRound:
    """A step parameter with a value for each round t = 1, 2, …, T.

    Args:
        values: a function of t (called once, with an array of t = 1.0, …, T), an expression of t as
            a text, such as "0.5 / sqrt(t)", or the T values.

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
            if self.values.ndim != 1 or not self.values.size:
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
            The values, shape (T,).

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
        values = self.over("", T)
        return f"{number(values[0])} … {number(values[-1])}"

    def _key(self) -> tuple[Any, ...]:
        return self.text, self.function, None if self.values is None else self.values.tobytes()

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
            which files and commands can hold; or the T values.

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
