"""Schedules: a step parameter that has another value in each round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.errors import InputError, numbers, shown
from auxtheory.typing import FloatArray


class PerRound:
    """A step parameter with a value for each round t = 1, 2, …, T.

    Args:
        values: a function of t (called once, with an array of t = 1.0, …, T), or the T values.

    Raises:
        InputError: the values are neither.

    Example:
        >>> import auxtheory as at
        >>> eta = at.per_round(lambda t: 1 / (t + 1))
        >>> print(at.Steps(eta=eta, K=1, T=4))
        η = 0.5 … 0.2 over the rounds, K = 1, T = 4, B = ∞ (unsafe)
    """

    def __init__(self, values: Callable[[FloatArray], Any] | Any) -> None:
        self.function = values if callable(values) else None
        self.values: FloatArray | None = None
        if self.function is None:
            self.values = numbers(values)
            if self.values.ndim != 1 or not self.values.size:
                raise InputError.listing(
                    [f"values = {shown(values)}: must be one number for each round, or a function"]
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
        if self.function is None:
            assert self.values is not None
            if len(self.values) != T:
                raise InputError.listing(
                    [f"{name}: the schedule has {len(self.values)} values, and must have T = {T}"]
                )
            return self.values
        t = np.arange(1.0, T + 1.0)
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

    def __repr__(self) -> str:
        if self.values is not None:
            return f"at.per_round({self.values.tolist()})"
        return f"at.per_round({getattr(self.function, '__name__', self.function)})"


def per_round(values: Callable[[FloatArray], Any] | Any) -> PerRound:
    """A step parameter that has another value in each round.

    Args:
        values: a function of t = 1, 2, …, T, or the T values.

    Returns:
        The schedule, for a parameter of `at.Steps`.

    Raises:
        InputError: the values are neither.

    Example:
        >>> import auxtheory as at
        >>> at.per_round([0.5, 0.25])
        at.per_round([0.5, 0.25])
    """
    return PerRound(values)
