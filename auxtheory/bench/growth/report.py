"""Measures how the costs of operations grow, and prints and writes the result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from pathlib import Path
from time import monotonic
from typing import Any

from auxtheory.bench.growth.child import CODE, SETTING_UP
from auxtheory.bench.growth.operation import Operation
from auxtheory.bench.growth.operations import ALL
from auxtheory.bench.growth.summary import key_of, summary
from auxtheory.bench.load import Load
from auxtheory.bench.processes import environment
from auxtheory.bench.text import machine_lines
from auxtheory.errors import Checks, InputError
from auxtheory.files import read_text
from auxtheory.machine import machine
from auxtheory.table import Table

# Facts of a run rather than of the machine it ran on.
OF_A_RUN = ("others busy", "stolen")
WIDTH = 200
FROM_MEASURING = "seconds", "warm size", "warm s", "first s", "added MB", "peak MB"
NO_TIME = "no time left"
# By the clock, a process may take this many times its processor time, since others want the core.
PATIENCE = 5.0
LEGEND = """\
Each size is measured in a new process with one thread, by its processor time, which other programs
do not lengthen. Two calls of a very small size come first: the first pays for imports and
compiling, the second shows the fixed cost. exponent: p of seconds ∝ size^p between the last two
sizes, each without its fixed cost; – where the largest takes less than 50 ms more than that.
added MB: the peak of memory during the call at the largest size, above what its input takes."""


@dataclass(frozen=True, eq=False, repr=False)
class Growth:
    """What operations cost at several sizes of their input.

    The columns are group, operation, along, size; status: "ok", "slow" (stopped after `limit s`
    seconds), "failed" or "skipped", with a note; seconds, of processor time; `warm s`, those of a
    call of the small `warm size`, and `first s`, those of the first such call; `added MB`, the
    memory that the call added at its peak, and `peak MB`, all of the process; and what is wanted:
    `wanted s`, `wanted MB`, `largest exponent`, and in `excepted` why a larger one is fine.

    Args:
        machine: The machine it ran on and the versions of packages.
        table: The rows.
    """

    machine: Mapping[str, Any]
    table: Table

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The machine, a table for each part of the library, and what is missed."""
        parts = ["\n".join([*machine_lines(self.machine), LEGEND])]
        whole = self.summary
        for group in dict.fromkeys(whole["group"].tolist()) if len(whole) else ():
            rows = whole.where(group=group).drop(["group", "wanted", "excepted", "missed"])
            parts.append(f"{group}\n{rows.text(width=WIDTH, most=None)}")
        missed = [f"{key_of(row)}: {row['missed']}" for row in whole if row["missed"]]
        parts.append("\n".join(["Missed:", *missed] if missed else ["Nothing is missed."]))
        return "\n\n".join(parts) + "\n"

    @cached_property
    def summary(self) -> Table:
        """One row for each operation, with its exponents and what is missed."""
        return summary(self.table)

    def to_json(self) -> str:
        """Machine and rows as one JSON object.

        Returns:
            The text of the object.
        """
        whole = {"machine": dict(self.machine), "rows": json.loads(self.table.to_json())}
        return json.dumps(whole, indent=1, ensure_ascii=False)

    @classmethod
    def read(cls, path: str | Path) -> Growth:
        """The result that a file written from `to_json` holds.

        Args:
            path: The file.

        Returns:
            The result.

        Raises:
            FileError: The file cannot be read.
            InputError: It is no such file.
        """
        try:
            whole = json.loads(read_text("growth", Path(path)))
            rows = [
                {name: nan if value in (None, "nan") else value for name, value in row.items()}
                for row in whole["rows"]
            ]
            return cls(whole["machine"], Table(tuple(rows)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError.listing(
                [f"{path}: must be a file that auxtheory bench growth wrote"]
            ) from error


def names(operations: Sequence[Operation] = ALL) -> list[str]:
    """The names of groups, of operations, and of operations over one length, for the argument
    `only` of `run`.

    Args:
        operations: The operations.

    Returns:
        The names, in order.
    """
    return list(
        dict.fromkeys(
            [
                *(each.group for each in operations),
                *(each.name for each in operations),
                *(each.key for each in operations),
            ]
        )
    )


def run(
    *,
    only: Sequence[str] = (),
    operations: Sequence[Operation] = ALL,
    known: Growth | None = None,
    resume: bool = False,
    seconds: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    keep: Callable[[Growth], object] = lambda growth: None,
    measure: Callable[[Operation, int], dict[str, Any]] | None = None,
) -> Growth:
    """Measure what operations cost at their sizes, in a new process each.

    Args:
        only: Names of operations or of groups; by default all are measured.
        operations: The operations from which those are chosen; `Operation.quick` has one without
            its largest size.
        known: Results of an earlier run, whose other operations are kept if it was on this machine.
        resume: Whether what `known` holds is not measured again.
        seconds: The time after which no further size is started, in seconds; by default there is
            none. Sizes that were not measured have the status "skipped".
        progress: Called with the numbers of finished operations and of all.
        keep: Called with the result so far after each operation.
        measure: Returns the costs of an operation at a size; by default `measured_apart`.

    Returns:
        The costs, and the machine they were measured on.

    Raises:
        InputError: Lists everything that is wrong with the arguments.
    """
    checks = Checks()
    checks.flag("resume", resume)
    if seconds is not None:
        checks.number("seconds", seconds, above=True)
    checks.done()
    available = names(operations)
    requested = checks.several("only", only, f"operations or groups, among {'; '.join(available)}")
    for name in requested:
        checks.member("only", name, available)
    checks.done()
    wanted = [
        each
        for each in operations
        if not requested or {each.key, each.name, each.group} & set(requested)
    ]
    facts = machine()
    stored = _usable(known, facts)
    until = monotonic() + (float("inf") if seconds is None else seconds)
    load = Load()
    rows: dict[str, list[dict[str, Any]]] = {}
    for done, each in enumerate(wanted):
        progress(done, len(wanted))
        if resume and _complete(each, stored.get(each.key, [])):
            continue
        rows[each.key] = list(_measured(each, measure or measured_apart, until))
        keep(_together(facts, stored | rows))
    progress(len(wanted), len(wanted))
    return _together(facts | load.so_far(), stored | rows)


def _complete(operation: Operation, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether stored rows are those of all sizes, of which none failed or had no time."""
    sizes = [row["size"] for row in rows]
    return sizes == list(operation.sizes) and not any(
        row["status"] == "failed" or row["note"] == NO_TIME for row in rows
    )


def _usable(known: Growth | None, facts: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of earlier results by operation, if they are of this machine."""
    if known is None or {n: v for n, v in known.machine.items() if n not in OF_A_RUN} != facts:
        return {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in known.table:
        rows.setdefault(key_of(row), []).append(dict(row))
    return rows


def _together(facts: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Growth:
    """All rows, in the order of the operations."""
    order = {each.key: i for i, each in enumerate(ALL)}
    ordered = sorted(rows, key=lambda key: order.get(key, len(order)))
    return Growth(facts, Table(tuple(row for key in ordered for row in rows[key])))


def _measured(
    operation: Operation, measure: Callable[[Operation, int], dict[str, Any]], until: float
) -> Iterator[dict[str, Any]]:
    """One row for each size; none is started after one that was stopped or failed."""
    why = ""
    for size in operation.sizes:
        if not why and monotonic() > until:
            why = NO_TIME
        result = {"status": "skipped", "note": why} if why else measure(operation, size)
        if result["status"] != "ok" and not why:
            why = "a smaller size was not measured"
        yield {
            "group": operation.group,
            "operation": operation.name,
            "along": operation.along,
            "size": size,
            "status": "ok",
            "note": "",
            **dict.fromkeys(FROM_MEASURING, nan),
            "limit s": operation.seconds,
            "wanted s": nan if operation.wanted is None else operation.wanted,
            "wanted MB": nan if operation.megabytes is None else operation.megabytes,
            "largest exponent": operation.exponent,
            "excepted": operation.excepted,
        } | result


def measured_apart(operation: Operation, size: int) -> dict[str, Any]:
    """What a new process measures of one of the library's operations."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        command = [sys.executable, "-c", CODE, operation.key, str(size), str(path)]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env=environment(),
                timeout=PATIENCE * (operation.seconds + 2 * SETTING_UP),
            )
        except subprocess.TimeoutExpired:
            return {"status": "failed", "note": "its process did not end"}
        result: dict[str, Any] = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"status": "failed"}
        )
        if done.returncode == 0 or done.returncode == -signal.SIGXCPU:
            return result
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return {"status": "failed", "note": lines[-1]}
