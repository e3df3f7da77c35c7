"""An operation whose cost is measured at several sizes of its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

MAX_EXPONENT = 1.15  # of the seconds over the last decade, unless the operation is excepted
SECONDS = 20.0  # the longest time of one size, in seconds of processor time

# From a size, everything that the operation needs; it returns the call that is measured.
Prepare: TypeAlias = Callable[[int], Callable[[], object]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that a user does, along one length of its input.

    Args:
        name: What is done.
        group: The part of the library.
        along: The length that grows, such as d, T or cells.
        sizes: Three values of that length, a decade apart.
        prepare: makes the call of a size; its time does not count.
        covers: The public names and commands whose cost this is.
        wanted: The most seconds of processor time at the largest size that are fine, or None.
        megabytes: The most memory in MB that the call may add at the largest size, or None.
        seconds: A call that takes longer is stopped, in seconds of processor time.
        excepted: Why the exponent may be larger than 1.15; empty if it may not.
        exponent: The largest exponent over the last decade.
        warm: The size of two calls before the measured one: the first pays for imports and
            compiling, the second is the fixed cost. By default a tenth of the smallest size.
    """

    name: str
    group: str
    along: str
    sizes: tuple[int, ...]
    prepare: Prepare
    covers: tuple[str, ...] = ()
    wanted: float | None = None
    megabytes: float | None = None
    seconds: float = SECONDS
    excepted: str = ""
    exponent: float = MAX_EXPONENT
    warm: int | None = None

    @property
    def key(self) -> str:
        """What identifies the operation."""
        return f"{self.name} over {self.along}"

    @property
    def warm_size(self) -> int:
        """The size of the calls before the measured one."""
        return self.warm if self.warm is not None else max(2, min(self.sizes) // 10)

    def quick(self) -> Operation:
        """The operation without its largest size, which has nothing to be compared with what is
        wanted."""
        return replace(self, sizes=self.sizes[:-1], wanted=None, megabytes=None)


def operation(
    name: str, along: str, sizes: tuple[int, ...], *, group: str, **more: Any
) -> Callable[[Prepare], Operation]:
    """A decorator that makes an operation of its function `prepare`; more: further fields."""

    def declare(prepare: Prepare) -> Operation:
        return Operation(name=name, group=group, along=along, sizes=sizes, prepare=prepare, **more)

    return declare
