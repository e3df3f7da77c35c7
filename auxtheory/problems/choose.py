"""What a family asks for when somebody else decides which of its pairs to take: a test's strategy,
a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

Option = TypeVar("Option")


class Choose(Protocol):
    """Decides each open choice; in each the simplest comes first."""

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""

    def share(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high], high being the simplest."""

    def amount(self, name: str, unit: float = 1.0) -> float:
        """A constant by its name in the glossary, in multiples of `unit`."""

    def among(self, options: Sequence[Option]) -> Option:
        """One of the options."""

    @property
    def dim(self) -> int:
        """How many coordinates."""
