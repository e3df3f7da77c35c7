"""What else the machine did during a benchmark, as far as Linux reports it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

STATISTICS = Path("/proc/stat")


class Ticks(NamedTuple):
    """Units of processor time since the start of the machine, over all its cores."""

    total: int
    busy: int
    stolen: int


class Load:
    """The load of the machine since this object was made.

    Example:
        >>> from auxtheory.bench.load import Load
        >>> set(Load().so_far()) <= {"others busy", "stolen"}
        True
    """

    def __init__(self) -> None:
        self._start = ticks()
        self._used = used()

    def so_far(self) -> dict[str, float]:
        """The shares of the time of all cores that other programs used, and that the host of a
        virtual machine took; nothing if the system does not report them.

        Processes of the benchmark that have not ended count as other programs.
        """
        now = ticks()
        if now is None or self._start is None or now.total <= self._start.total:
            return {}
        total = now.total - self._start.total
        ours = (used() - self._used) * os.sysconf("SC_CLK_TCK")
        others = now.busy - self._start.busy - ours
        stolen = now.stolen - self._start.stolen
        return {"others busy": max(0.0, others / total), "stolen": stolen / total}


def ticks() -> Ticks | None:
    """The counters of the machine; None if there are none."""
    try:
        first = STATISTICS.read_text(encoding="utf-8").splitlines()[0].split()
        user, nice, system, idle, waiting, hard, soft, stolen = map(int, first[1:9])
    except (OSError, ValueError, IndexError):
        return None
    busy = user + nice + system + hard + soft
    return Ticks(busy + idle + waiting + stolen, busy, stolen)


def used() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])
