"""The interface by which a strategy or a search chooses one of a family's pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

Option = TypeVar("Option")


class Choose(Protocol):
    """Decides each open choice of a family when a strategy or a search draws one of its pairs; in
    each choice the simplest option comes first.

    Example:
        >>> import auxtheory as at
        >>> class Simplest:
        ...     dim = 2
        ...     def whole(self, low, high):
        ...         return low
        ...     def share(self, low=0.0, high=1.0):
        ...         return high
        ...     def amount(self, name, unit=1.0):
        ...         return unit
        ...     def among(self, options):
        ...         return options[0]
        >>> pair_of = at.problems.FAMILIES["cosine"]
        >>> print(pair_of(Simplest()).dim)
        2
    """

    def whole(self, low: int, high: int) -> int:
        """A whole number.

        Args:
            low: The smallest, which is the simplest.
            high: The largest.

        Returns:
            A number in [low, high].
        """

    def share(self, low: float = 0.0, high: float = 1.0) -> float:
        """A real number.

        Args:
            low: The smallest.
            high: The largest, which is the simplest.

        Returns:
            A number in [low, high].
        """

    def amount(self, name: str, unit: float = 1.0) -> float:
        """The value of a constant.

        Args:
            name: Its name in the glossary.
            unit: The value is a multiple of this.

        Returns:
            The value, in the unit of the constant.
        """

    def among(self, options: Sequence[Option]) -> Option:
        """One of several options.

        Args:
            options: The options, the simplest first.

        Returns:
            The chosen one.
        """

    @property
    def dim(self) -> int:
        """The number of coordinates."""
