"""A command is never silent for long: a progress bar in a terminal, otherwise a line on standard
error from time to time.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FIRST = 1.2  # seconds of silence after which something is said
THEN = 1.7  # seconds between two lines, as long as a user may watch; then they double
WATCHED = 120.0  # seconds
MAX_PAUSE = 60.0  # seconds between two lines


class Notice:
    """The progress of a command: `doing`, and `done` of `total` units, as a thread reports it on
    standard error.
    """

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.unit = ""
        self.total = 0
        self.done = 0
        self.begun = time.monotonic()
        self.muted = threading.Event()  # while a bar is shown
        self.over = threading.Event()

    def tell(self) -> None:
        """Report the progress from time to time until the command is over."""
        pause = FIRST
        while not self.over.wait(pause):
            spent = time.monotonic() - self.begun
            pause = THEN if spent < WATCHED else min(2 * pause, MAX_PAUSE)
            if not self.muted.is_set():
                print(self, file=sys.stderr, flush=True)

    def __str__(self) -> str:
        count = f", {self.done} of {self.total} {self.unit}" if self.unit else ""
        return f"auxtheory: {self.doing}{count}, {time.monotonic() - self.begun:.0f} s"


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


@contextmanager
def noticed(doing: str) -> Iterator[Notice]:
    """Until it is over, say on standard error that this is being done, unless it takes less than
    `FIRST` seconds."""
    notice = Notice(doing)
    _notices.append(notice)
    thread = threading.Thread(target=notice.tell, name="notice", daemon=True)
    thread.start()
    try:
        yield notice
    finally:
        _notices.remove(notice)
        notice.over.set()
        thread.join()


def updates(bar: Any) -> Callable[[int, int], None]:
    """A function progress(done, total) that moves a bar."""

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return progress


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Any]:
    """A bar on standard error or, where that is not a terminal, a count that the command's notice
    tells."""
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

    # what is logged, such as that a loop is being compiled, is printed above the bar
    above = logging_redirect_tqdm([logging.getLogger("auxtheory")])
    with tqdm(total=total, unit=f" {unit}", leave=False) as bar, above:
        for notice in _notices:
            notice.muted.set()
        try:
            yield bar
        finally:
            for notice in _notices:
                notice.muted.clear()
