"""The process in which one size of an operation is measured."""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

from auxtheory.bench.growth.operation import Operation
from auxtheory.bench.processes import settle
from auxtheory.machine import memory_megabytes, peak_megabytes, restart_peak

CODE = "import sys; from auxtheory.bench.growth.child import main; main(sys.argv[1:])"
# A short call is repeated on inputs that are made anew, and the least of its costs counts.
SHORT = 0.3  # seconds
REPEATS = 3
# The most memory of a process, in bytes, so that no size can stop the whole machine.
MEMORY = 12 * 2**30
# More time for what is not measured: imports, compiling and making the inputs.
SETTING_UP = 90  # seconds

Cost: TypeAlias = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Measure the operation of a key at a size, and write what it costs into a file as JSON."""
    from auxtheory.bench.growth.operations import keyed

    settle(1)
    key, size, path = arguments
    result = Path(path)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write(result, measured(keyed(key), int(size), partial(write, result)))
    # Threads and exit handlers of libraries are none of the operation's.
    sys.stdout.flush()
    os._exit(0)


def measured(
    operation: Operation, size: int, state: Callable[[Cost], object] = lambda cost: None
) -> Cost:
    """What the first call costs, what one costs at a very small size, and what one costs at this
    size: seconds of processor time, and memory in MB.

    state: called with what is to be reported if the system ends this process now.
    """
    state({"status": "failed", "note": "making its inputs took too long"})
    allow(SETTING_UP)
    first = seconds_of(operation.prepare(operation.warm_size))
    warm = least(operation, operation.warm_size)
    call = operation.prepare(size)
    compiled = Compiled()
    for _ in range(2):
        compiled.count = 0
        state({"status": "slow"})
        allow(operation.seconds)
        before = memory_megabytes()
        restart_peak()
        seconds = seconds_of(call)
        peak = peak_megabytes()
        if not compiled.count:
            break
        # Loops that only large inputs need were compiled; that is paid once.
        allow(SETTING_UP)
        call = operation.prepare(size)
    del call
    allow(SETTING_UP)
    if seconds < SHORT:
        seconds = min(seconds, least(operation, size))
    return {
        "status": "ok",
        "seconds": seconds,
        "warm size": operation.warm_size,
        "warm s": min(warm, first),
        "first s": first,
        "added MB": max(0.0, peak - before),
        "peak MB": peak,
    }


class Compiled(logging.Handler):
    """Counts the loops that are compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        log = logging.getLogger("auxtheory.compile")
        log.addHandler(self)
        log.setLevel(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def least(operation: Operation, size: int) -> float:
    """The least of the seconds of some calls, each on inputs of its own; of one if it is long."""
    best = seconds_of(operation.prepare(size))
    for _ in range(REPEATS - 1):
        if best < SHORT:
            best = min(best, seconds_of(operation.prepare(size)))
    return best


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds of processor time of a call, with those of processes that it started."""
    before = process_time() + children()
    result = call()
    after = process_time() + children()
    del result
    return after - before


def children() -> float:
    """Seconds of processor time of the processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def allow(seconds: float) -> None:
    """Let the system end this process after these seconds of processor time, counted from now."""
    limit = int(process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def write(path: Path, result: Cost) -> None:
    """Write a result, all of it or nothing."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(result), encoding="utf-8")
    part.replace(path)
