"""Processes in which rows are timed, each restricted to its cores before any library counts them.

The number of threads is the number of cores on which a process may run: XLA has no working option
for it and sizes its pool by the cores when it starts; a pool of two that is pinned to one core
afterwards is 8 to 20 % slower than a pool of one. So rows with one thread run in a process on one
core, the others in another process, and the two take turns.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from math import inf
from time import monotonic
from types import MappingProxyType
from typing import Any, Protocol

from auxtheory.bench.groups import groups
from auxtheory.bench.measure import Checked, Group, Timing, check, seconds_of
from auxtheory.bench.sizes import Sizes
from auxtheory.errors import AuxtheoryError
from auxtheory.machine import cores


class Lane(Protocol):
    """Checks and times the rows with one number of threads."""

    threads: int

    def prepare(self, name: str, seconds: float = inf) -> dict[int, Checked]:
        """Build a group and check its rows with this number of threads, starting none after these
        seconds; the results by index."""

    def time(self, row: int, inner: int) -> Timing:
        """Seconds of one run of a row of the prepared group."""

    def close(self) -> None: ...


class Here:
    """A lane in this process, on all its cores."""

    def __init__(self, threads: int, sizes: Sizes, cores: int) -> None:
        self.threads = threads
        self.min_seconds = sizes.min_seconds
        self.made = groups(sizes, cores)
        self.group = Group("", "", ())

    def prepare(self, name: str, seconds: float = inf) -> dict[int, Checked]:
        until = monotonic() + seconds
        self.group = self.made[name]()
        return {
            i: check(variant, self.min_seconds, until)
            for i, variant in enumerate(self.group.variants)
            if variant.threads == self.threads
        }

    def time(self, row: int, inner: int) -> Timing:
        return seconds_of(self.group.variants[row], inner)

    def close(self) -> None:
        self.group = Group("", "", ())


class Apart:
    """A lane in another process, on one core for each thread; variables: of its environment."""

    def __init__(
        self,
        threads: int,
        sizes: Sizes,
        cores: int,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.threads = threads
        command = [sys.executable, "-c", "from auxtheory.bench.processes import serve; serve()"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(**variables)
        )
        self._send((threads, sizes, cores))

    def prepare(self, name: str, seconds: float = inf) -> dict[int, Checked]:
        return self._ask("prepare", name, seconds)

    def time(self, row: int, inner: int) -> Timing:
        return self._ask("time", row, inner)

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate()

    def _send(self, message: object) -> None:
        assert self.process.stdin
        pickle.dump(message, self.process.stdin)
        self.process.stdin.flush()

    def _ask(self, verb: str, *arguments: object) -> Any:
        assert self.process.stdout
        try:
            self._send((verb, arguments))
            return pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError) as error:
            raise AuxtheoryError(
                f"a process that times rows has ended, with status {self.process.wait()}"
            ) from error


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process, which finds the same packages as this one."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        **more,
    }


def settle(threads: int) -> None:
    """Restrict this process to its last cores, one for each thread, if the system supports it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(cores()[-threads:]))


def serve() -> None:
    """Answer requests until there are no more; what libraries print goes to standard error."""
    # The parent handles interrupts, and then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threads, sizes, count = pickle.load(sys.stdin.buffer)
    settle(threads)
    lane = Here(threads, sizes, count)
    while True:
        try:
            verb, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(getattr(lane, verb)(*arguments), answers)
        answers.flush()
