"""Runs the benchmark, and prints and writes the result: medians and ratios of each group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from auxtheory.bench import startup, verdicts
from auxtheory.bench.features import FEATURES, restricted
from auxtheory.bench.groups import groups
from auxtheory.bench.load import Load
from auxtheory.bench.measure import Checked
from auxtheory.bench.pairs import Round, partners, turns
from auxtheory.bench.processes import Apart, Lane
from auxtheory.bench.rows import Row, results
from auxtheory.bench.sizes import FULL, QUICK, Sizes
from auxtheory.bench.text import heading, section
from auxtheory.errors import Checks
from auxtheory.files import writable_folder, write
from auxtheory.machine import cores, machine
from auxtheory.table import Table

MIN_ROUNDS = 5  # the fewest rounds of timings
# What runs in new processes, by the name of its group.
FRESH: Mapping[str, Callable[[Sizes, Mapping[str, str], float], Iterable[Row]]] = {
    "fresh": startup.rows,
    "verdicts": verdicts.rows,
}


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """The result of a benchmark: one row for each variant of each group.

    The columns are group, size, variant, threads; status ("ok", or why there are no numbers:
    "wrong", "absent", "failed" or "skipped", with a note); z, the distance of the result from the
    exact mean in standard errors; M steps/s, millions of coordinate-steps per second; ratio, to the
    row named in the column `to`; M draws/s, and of drawing, the rate relative to drawing alone with
    the same generator. Both ratios are medians, over rounds, of ratios of timings that follow each
    other, in the columns `… low` and `… high` with an interval that holds the true median with the
    probability in the column confidence, and in `… by clock` from seconds of the clock, where the
    ratio itself is of processor time.
    off core: the share of its time in which a row on one thread did not run; limit and of limit:
    the speed-up of a loop in cache, and the row's relative to it; exponent and last: p where
    seconds grow like axis^p, fitted over the whole axis and over its last two values.

    Args:
        machine: The machine it ran on and the versions of packages.
        table: The rows.

    Example:
        >>> from auxtheory.bench import Report, machine
        >>> from auxtheory.table import Table
        >>> row = {"group": "SGD", "size": "d = 4", "variant": "numpy", "threads": 1,
        ...        "status": "absent", "note": "no package"}
        >>> Report(machine(), Table((row,))).names
        ['SGD']
    """

    machine: Mapping[str, Any]
    table: Table

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The machine, then a table for each group."""
        return (
            "\n\n".join(
                [heading(self.machine), *(section(self.table.where(group=g)) for g in self.names)]
            )
            + "\n"
        )

    @property
    def names(self) -> list[str]:
        """The titles of the groups, in order."""
        return list(dict.fromkeys(row["group"] for row in self.table))

    def to_json(self) -> str:
        """Machine and rows as one JSON object.

        Returns:
            The text of the object.
        """
        whole = {"machine": dict(self.machine), "rows": json.loads(self.table.to_json())}
        return json.dumps(whole, indent=1, ensure_ascii=False)

    def files(self, folder: Path) -> dict[Path, str | bytes]:
        """The contents of bench.txt and bench.json.

        Args:
            folder: The folder of the files.

        Returns:
            The content by path.
        """
        return {folder / "bench.txt": str(self), folder / "bench.json": self.to_json() + "\n"}

    def save(self, folder: str | Path) -> list[Path]:
        """Write bench.txt and bench.json.

        Args:
            folder: An existing folder.

        Returns:
            The paths of the files.

        Raises:
            FileError: A file cannot be written.
        """
        return write("folder", self.files(writable_folder("folder", folder)))


def names(*, quick: bool = False, sizes: Sizes | None = None) -> list[str]:
    """The short names of the groups, for the argument `only` of `run`.

    Args:
        quick: Whether the quick sizes are used.
        sizes: The sizes; by default the quick or the full ones.

    Returns:
        The names, in order.

    Example:
        >>> from auxtheory.bench import names
        >>> names(quick=True)[0]
        'monte-carlo-AuxMOM'
    """
    sizes = sizes or (QUICK if quick else FULL)
    fresh = ["fresh"] if sizes.fresh else []
    return [*groups(sizes, len(cores())), *fresh, *(["verdicts"] if sizes.verdicts else [])]


def run(
    *,
    quick: bool = False,
    sizes: Sizes | None = None,
    only: Sequence[str] = (),
    lane: Callable[[int, Sizes, int], Lane] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    features: str = "all",
    seconds: float | None = None,
    keep: Callable[[Report], object] = lambda report: None,
) -> Report:
    """Run the benchmark: check each variant against exact means, then time it.

    Variants on one thread and variants on all cores run in a process each, all in turn.

    Args:
        quick: Whether the quick sizes are used.
        sizes: The sizes; by default the quick or the full ones.
        only: Names of groups, in the order in which they run; by default all groups run.
        lane: Makes what times the rows of a number of threads, from (threads, sizes, cores); by
            default a new process.
        progress: Called with the numbers of finished groups and of all groups.
        features: Which instructions the new processes may use: "all", or "avx2" for those of a
            processor without AVX-512.
        seconds: The time after which no further row is started, in seconds; by default there is
            none. Rows that were not timed have the status "skipped".
        keep: Called with the report so far after each group.

    Returns:
        The rows, and the machine they ran on.

    Raises:
        InputError: Lists everything that is wrong with the arguments.

    Example:
        >>> from auxtheory.bench import run
        >>> run(quick=True, only=["no such group"])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        auxtheory.errors.InputError: ...
    """
    checks = Checks()
    checks.flag("quick", quick)
    checks.instance("sizes", sizes, (Sizes, type(None)), "auxtheory.bench.Sizes or None")
    if lane is not None:
        checks.function("lane", lane, "(threads, sizes, cores)")
    checks.member("features", features, FEATURES)
    if seconds is not None:
        checks.number("seconds", seconds, above=True)
    checks.done()
    sizes = sizes or (QUICK if quick else FULL)
    available = names(sizes=sizes)
    requested = checks.several("only", only, f"groups, among {', '.join(available)}")
    for name in requested:
        checks.member("group", name, available)
    checks.function("progress", progress, "(done, total)")
    checks.function("keep", keep, "(report)")
    checks.done()
    variables = restricted(features)
    until = monotonic() + (float("inf") if seconds is None else seconds)
    chosen = list(dict.fromkeys(requested)) or available
    count = len(cores())
    rows: list[Row] = []
    load = Load()

    def report(**facts: Any) -> Report:
        return Report(machine() | {"features": features} | facts, Table(tuple(rows)))

    with ExitStack() as stack:
        make: Any = partial(Apart, variables=variables) if lane is None else lane
        lanes = [
            stack.enter_context(closing(make(n, sizes, count))) for n in dict.fromkeys((1, count))
        ]
        for done, name in enumerate(chosen):
            progress(done, len(chosen))
            if name in FRESH:
                rows += FRESH[name](sizes, variables, until)
            else:
                rows += _timed(name, sizes, lanes, until)
            keep(report())
    # The load is known once the processes that time rows have ended.
    return report(**load.so_far())


def _timed(name: str, sizes: Sizes, lanes: list[Lane], until: float) -> list[Row]:
    """The rows of a group: all variants are checked, then timed in rounds, each next to the row
    with which it is compared."""
    group = groups(sizes, len(cores()))[name]()
    checked: dict[int, tuple[Lane, Checked]] = {}
    for lane in lanes:
        checked |= {
            i: (lane, result) for i, result in lane.prepare(name, until - monotonic()).items()
        }
    right = [i for i in sorted(checked) if checked[i][1].status == "ok"]
    compared = partners(group, right)
    once = sum(checked[i][1].seconds for i in turns(compared, 0, name))
    count = min(sizes.repeats, max(MIN_ROUNDS, int(sizes.max_seconds / max(once, 1e-9))))
    rounds: list[Round] = []
    while right and len(rounds) < count and monotonic() + once <= until:
        order = turns(compared, len(rounds), name)
        rounds.append([(i, checked[i][0].time(i, checked[i][1].inner)) for i in order])
    return list(results(group, {i: result for i, (_, result) in checked.items()}, rounds))
