"""What is reported while a loop is compiled: log messages, at the beginning and at the end, and how
many of its functions are done, on the line or the bar of a command."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from functools import partial
from time import perf_counter
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from numba.core import event

from auxtheory.kernels.compile_cache import enclosed
from auxtheory.progress import Delayed, show_detail

log = logging.getLogger("auxtheory.compile")
PATIENCE = 0.5  # seconds before the first message


class _Listener(event.Listener):
    """Listener for Numba's compilation events of watched loops. They may be nested, but only one is
    active at a time, since the compiler holds a lock."""

    def __init__(self) -> None:
        self.loops: WeakKeyDictionary[Any, Collection[Callable[..., Any]]] = WeakKeyDictionary()
        self.outermost: Any = None
        self.start = 0.0
        self.announcement: Delayed | None = None
        self.left: set[Callable[..., Any]] = set()
        self.functions = 0

    def on_start(self, event: Any) -> None:
        """Start the timer, unless the loop is compiled as part of another."""
        loop = event.data["dispatcher"]
        if self.outermost is None and loop in self.loops:
            self.outermost = loop
            self.start = perf_counter()
            self.left = functions_in(loop.py_func, self.loops[loop])
            self.functions = len(self.left)
            text = announced(loop, self.functions)
            self.announcement = Delayed(partial(log.warning, text), PATIENCE)

    def on_end(self, event: Any) -> None:
        """Count a function of the loop; at the end of the loop, log the time taken, if the
        beginning was logged."""
        loop = event.data["dispatcher"]
        if self.outermost is not None and loop is not self.outermost:
            self.left.discard(loop.py_func)
            done = self.functions - len(self.left)
            show_detail(f"compiled {done} of {self.functions} functions of {_name(self.outermost)}")
        if loop is not self.outermost:
            return
        self.outermost = None
        show_detail("")
        if self.announcement is not None:
            self.announcement.stop()
        seconds = perf_counter() - self.start
        if seconds > PATIENCE:
            log.warning(f"auxtheory: compiling {_name(loop)} took {seconds:.1f} s")


_listener = _Listener()
event.register("numba:compile", _listener)


def watch(loop: Any, known: Collection[Callable[..., Any]]) -> None:
    """Report when this loop is compiled; known: the functions that loops can call."""
    _listener.loops[loop] = known


def functions_in(
    function: Callable[..., Any], known: Collection[Callable[..., Any]]
) -> set[Callable[..., Any]]:
    """The known functions that a function names, or encloses, and those that these do."""
    all_known = {*known}
    found: set[Callable[..., Any]] = set()
    left = [function]
    while left:
        caller = left.pop()
        named = map(caller.__globals__.get, caller.__code__.co_names)
        values = [value for value in (*named, *enclosed(caller)) if isinstance(value, FunctionType)]
        new = {*values} & all_known - found
        left += new
        found |= new
    return found


def announced(loop: Any, functions: int) -> str:
    """What is logged when a loop begins to be compiled: which one, for whom, and where it is
    kept."""
    folder = loop._cache.cache_path
    kept = f"once for this processor; it is kept in {folder}" if folder else "for this process only"
    subject = re.split(r"[.:]", loop.py_func.__globals__.get("__doc__") or "")[0]
    what = f" ({' '.join(subject.split())})" if subject else ""
    return f"auxtheory: compiling {_name(loop)}{what}, {functions} functions, {kept} …"


def _name(loop: Any) -> str:
    """The file that the loop is written in."""
    return f"the loop `{loop.py_func.__module__.rpartition('.')[2]}`"
