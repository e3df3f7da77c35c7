"""The helper that a method sees: h itself, f instead of h, or no helper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class HelperRole:
    """The helper that a method sees, h_seen = αh + βf, and with it r_seen = f − h_seen.

    (α, β) is (1, 0), (0, 1) or (0, 0), so the methods select one of the values for h, f and 0
    without any multiplication.
    """

    alpha: int
    beta: int

    def h(self, h: T, f: T, zero: T) -> T:
        """A quantity of h_seen = αh + βf, selected from that quantity of h, of f and of 0."""
        return h if self.alpha else f if self.beta else zero

    def r(self, r: T, f: T, zero: T) -> T:
        """A quantity of r_seen = αr + (1 − α − β)f, selected from that quantity of r = f − h, of f
        and of 0."""
        return r if self.alpha else zero if self.beta else f


ROLES: Mapping[str, HelperRole] = MappingProxyType(
    {"h": HelperRole(1, 0), "f": HelperRole(0, 1), "none": HelperRole(0, 0)}
)
