"""Progress of long computations: callbacks after a pause, a command's lines on standard error, and
its bar in a terminal."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FIRST = 1.2  # seconds of silence before the first line
THEN = 1.7  # seconds between two lines at first; later they double
WATCHED = 120.0  # seconds
MAX_PAUSE = 60.0  # seconds between two lines
PATIENCE = 2.0  # seconds before the first line of a computation in a library
log = logging.getLogger("auxtheory.progress")


class Delayed:
    """Calls `say` in a thread after `first` seconds, once or, with `after`, again and again, until
    it is stopped.

    after: a function of the last pause and the time since the start that returns the next pause,
    all in seconds.
    """

    def __init__(
        self,
        say: Callable[[], object],
        first: float,
        after: Callable[[float, float], float] | None = None,
    ) -> None:
        self._say = say
        self._after = after
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(first,), name="notice", daemon=True)
        self._thread.start()

    def _run(self, pause: float) -> None:
        start = time.monotonic()
        while not self._stopped.wait(pause):
            self._say()
            if self._after is None:
                return
            pause = self._after(pause, time.monotonic() - start)

    def stop(self) -> None:
        """Stop the calls."""
        self._stopped.set()
        self._thread.join()


class Work:
    """What a long computation is doing and how far it is: `begin` names a part of it with its
    number of steps, `done` counts them.

    progress: called as progress(done, total) after each step; None for a line on the log from
    PATIENCE seconds on, and on the line or the bar of a command.
    """

    def __init__(self, name: str, progress: Callable[[int, int], object] | None = None) -> None:
        self.name = name
        self.progress = progress
        self.doing = ""
        self.total = 0
        self.count = 0
        self.begun = time.monotonic()

    def begin(self, doing: str, total: int) -> None:
        """Name the next part, of `total` steps."""
        self.doing = doing
        self.total = total
        self.count = 0
        self.done(0)

    def done(self, more: int = 1) -> None:
        """Count more steps as done."""
        self.count += more
        self.total = max(self.total, self.count)  # of which a search may only know the least
        if self.progress is not None:
            self.progress(self.count, self.total)
        elif _notices or _bars:
            show_detail(self._detail)

    @property
    def _detail(self) -> str:
        return f"{self.doing}, {self.count} of {self.total}"

    def say(self) -> None:
        """Log how far the computation is."""
        spent = time.monotonic() - self.begun
        log.warning(f"auxtheory: {self.name}: {self._detail}, {spent:.0f} s")


@contextmanager
def working(name: str, progress: Callable[[int, int], object] | None = None) -> Iterator[Work]:
    """The `Work` of the block; without `progress` it logs a line after PATIENCE seconds, and again
    after longer and longer pauses."""
    work = Work(name, progress)
    if progress is not None:
        yield work
        return
    silent = bool(_notices or _bars)  # the line or bar of the command shows it
    delayed = (
        None if silent else Delayed(work.say, PATIENCE, lambda pause, _: min(2 * pause, MAX_PAUSE))
    )
    try:
        yield work
    finally:
        if delayed is not None:
            delayed.stop()
        elif silent:
            show_detail("")


def _next_pause(pause: float, spent: float) -> float:
    """The pause before a command's next line, in seconds."""
    return THEN if spent < WATCHED else min(2 * pause, MAX_PAUSE)


class Notice:
    """The progress of a command: `doing`, and `done` of `total` units, with a `detail` of the
    current one, as a thread reports it on standard error.
    """

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.unit = ""
        self.total = 0
        self.done = 0
        self.detail = ""
        self.begun = time.monotonic()
        self.muted = threading.Event()  # while a bar is shown

    def say(self) -> None:
        """Print what is being done, unless a bar shows it."""
        if not self.muted.is_set():
            print(self, file=sys.stderr, flush=True)

    def __str__(self) -> str:
        count = f", {self.done} of {self.total} {self.unit}" if self.unit else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"auxtheory: {self.doing}{count}{detail}, {time.monotonic() - self.begun:.0f} s"


class Counter:
    """The interface of a progress bar without a terminal: `total`, `n`, and `update(more)`, which
    the notice reports.
    """

    def __init__(self, notice: Notice, total: int, unit: str) -> None:
        self.notice = notice
        self.n = 0
        notice.unit = unit
        notice.done = 0
        notice.total = total

    @property
    def total(self) -> int:
        return self.notice.total

    @total.setter
    def total(self, total: int) -> None:
        self.notice.total = total

    def update(self, more: int = 1) -> None:
        self.n += more
        self.notice.done = self.n


_notices: list[Notice] = []
_bars: list[Any] = []


@contextmanager
def noticed(doing: str) -> Iterator[Notice]:
    """Report on standard error what is being done while the block runs, once it has taken `FIRST`
    seconds."""
    notice = Notice(doing)
    _notices.append(notice)
    delayed = Delayed(notice.say, FIRST, _next_pause)
    try:
        yield notice
    finally:
        _notices.remove(notice)
        delayed.stop()


def show_detail(text: str) -> None:
    """Add a text to the line of the current command and to its bar, until the next call; an empty
    one removes it."""
    for notice in _notices[-1:]:
        notice.detail = text
    for bar in _bars[-1:]:
        bar.set_postfix_str(text)


def updates(bar: Any) -> Callable[[int, int], None]:
    """A function progress(done, total) that moves a bar."""

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return progress


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Any]:
    """A bar on standard error or, if that is not a terminal, a count that the command's notice
    reports."""
    if not sys.stderr.isatty():
        if _notices:
            yield Counter(_notices[-1], total, unit)
            _notices[-1].unit = ""
            return
        with noticed("at work") as notice:
            yield Counter(notice, total, unit)
        return
    from tqdm import tqdm
    from tqdm.contrib.logging import logging_redirect_tqdm

    # log messages, such as that a loop is being compiled, are printed above the bar
    above = logging_redirect_tqdm([logging.getLogger("auxtheory")])
    with tqdm(total=total, unit=f" {unit}", leave=False) as bar, above:
        for notice in _notices:
            notice.muted.set()
        _bars.append(bar)
        try:
            yield bar
        finally:
            _bars.remove(bar)
            for notice in _notices:
                notice.muted.clear()
