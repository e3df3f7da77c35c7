"""Log messages when compiling a loop takes more than half a second: at that time, and at the end
how long it took."""

from __future__ import annotations

import logging
from functools import partial
from time import perf_counter
from typing import Any
from weakref import WeakSet

from numba.core import event

from auxtheory.progress import Delayed

log = logging.getLogger("auxtheory.compile")
PATIENCE = 0.5  # seconds before the first message


class _Listener(event.Listener):
    """Listener for Numba's compilation events of watched loops. They may be nested, but only one is
    active at a time, since the compiler holds a lock."""

    def __init__(self) -> None:
        self.loops: WeakSet[Any] = WeakSet()
        self.outermost: Any = None
        self.start = 0.0
        self.announcement: Delayed | None = None

    def on_start(self, event: Any) -> None:
        """Start the timer, unless the loop is compiled as part of another."""
        loop = event.data["dispatcher"]
        if self.outermost is None and loop in self.loops:
            self.outermost = loop
            self.start = perf_counter()
            text = f"auxtheory: compiling {_name(loop)} for this machine …"
            self.announcement = Delayed(partial(log.warning, text), PATIENCE)

    def on_end(self, event: Any) -> None:
        """Log the time taken, if the beginning was logged."""
        loop = event.data["dispatcher"]
        if loop is not self.outermost:
            return
        self.outermost = None
        if self.announcement is not None:
            self.announcement.stop()
        seconds = perf_counter() - self.start
        if seconds > PATIENCE:
            log.warning(f"auxtheory: compiling {_name(loop)} took {seconds:.1f} s")


_listener = _Listener()
event.register("numba:compile", _listener)


def watch(loop: Any) -> None:
    """Log when this loop is compiled."""
    _listener.loops.add(loop)


def _name(loop: Any) -> str:
    """The file that the loop is written in."""
    return f"the loop `{loop.py_func.__module__.rpartition('.')[2]}`"
