"""Runs the benchmark, and prints and writes the result: medians and ratios of each group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from auxtheory.bench import startup
from auxtheory.bench.groups import groups
from auxtheory.bench.measure import Checked, Group
from auxtheory.bench.processes import Apart, Lane
from auxtheory.bench.sizes import FULL, QUICK, Sizes
from auxtheory.errors import Checks
from auxtheory.files import writable_folder, write
from auxtheory.machine import cores, machine
from auxtheory.table import Table

MIN_TIMINGS = 3  # the fewest timings of a median
Rows = list[dict[str, Any]]
SHOWN = ("variant", "threads", "M steps/s", "ratio", "to", "M draws/s", "of drawing", "z")
FRESH = ("variant", "seconds cold", "seconds warm", "peak MB")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """The result of a benchmark: one row for each variant of each group.

    The columns are group, size, variant, threads; status ("ok", or why there are no numbers:
    "wrong", "absent" or "failed", with a note); z, the distance of the result from the exact mean
    in standard errors; M steps/s, millions of coordinate-steps per second; ratio, to the row named
    in the column `to`; M draws/s, and of drawing, the rate relative to drawing alone with the same
    generator.

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
                [_words(self.machine), *(_section(self.table.where(group=g)) for g in self.names)]
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
            folder: The folder, which is made if it does not exist.

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
    return [*groups(sizes, len(cores())), *(["fresh"] if sizes.fresh else [])]


def run(
    *,
    quick: bool = False,
    sizes: Sizes | None = None,
    only: Sequence[str] = (),
    lane: Callable[[int, Sizes, int], Lane] = Apart,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Run the benchmark: check each variant against exact means, then time it.

    Variants on one thread and variants on all cores run in a process each, all in turn.

    Args:
        quick: Whether the quick sizes are used.
        sizes: The sizes; by default the quick or the full ones.
        only: Names of groups; by default all groups run.
        lane: Makes the process for a number of threads, from (threads, sizes, cores).
        progress: Called with the numbers of finished groups and of all groups.

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
    checks.function("lane", lane, "(threads, sizes, cores)")
    checks.done()
    sizes = sizes or (QUICK if quick else FULL)
    available = names(sizes=sizes)
    requested = checks.several("only", only, f"groups, among {', '.join(available)}")
    for name in requested:
        checks.member("group", name, available)
    checks.function("progress", progress, "(done, total)")
    checks.done()
    chosen = [name for name in available if not requested or name in requested]
    count = len(cores())
    rows: Rows = []
    with ExitStack() as stack:
        lanes = [
            stack.enter_context(closing(lane(n, sizes, count))) for n in dict.fromkeys((1, count))
        ]
        for done, name in enumerate(chosen):
            progress(done, len(chosen))
            rows += startup.rows(sizes) if name == "fresh" else _timed(name, sizes, lanes, count)
    return Report(machine(), Table(tuple(rows)))


def _timed(name: str, sizes: Sizes, lanes: list[Lane], count: int) -> Rows:
    """The rows of a group: all variants are checked, then timed in turn, so that a drift of the
    machine's speed affects all of them."""
    group = groups(sizes, count)[name]()
    checked: dict[int, tuple[Lane, Checked]] = {}
    for lane in lanes:
        checked |= {i: (lane, result) for i, result in lane.prepare(name).items()}
    seconds: dict[int, list[float]] = {
        i: [] for i in sorted(checked) if checked[i][1].status == "ok"
    }
    once = sum(checked[i][1].seconds for i in seconds)
    for _ in range(min(sizes.repeats, max(MIN_TIMINGS, int(sizes.max_seconds / max(once, 1e-9))))):
        for i, timings in seconds.items():
            lane, result = checked[i]
            timings.append(lane.time(i, result.inner))
    return list(results(group, {i: result for i, (_, result) in checked.items()}, seconds))


def results(
    group: Group, checked: Mapping[int, Checked], seconds: Mapping[int, Sequence[float]]
) -> Iterator[dict[str, Any]]:
    """The rows of a group from its checks and timings."""
    variants = group.variants
    spent = {variants[i].name: median(timings) for i, timings in seconds.items()}
    rate = {
        variant.name: variant.work / spent[variant.name]
        for variant in variants
        if variant.name in spent
    }
    drawn = {
        variant.name: variant.draws / spent[variant.name]
        for variant in variants
        if variant.name in spent
    }
    default = next((name for name in (*group.references, *rate) if name in rate), "")
    for i, result in sorted(checked.items()):
        variant = variants[i]
        row = {
            "group": group.title,
            "size": group.size,
            "variant": variant.name,
            "threads": variant.threads,
            "status": result.status,
            "note": result.note,
            "z": result.z,
        }
        if variant.name in rate:
            row["M steps/s"] = rate[variant.name] / 1e6
            base = variant.against or default
            if base in rate:
                row |= {"ratio": rate[variant.name] / rate[base], "to": group.ratio or base}
            row |= {"seconds": spent[variant.name], "seconds each": list(seconds[i])}
            if variant.draws:
                row["M draws/s"] = drawn[variant.name] / 1e6
            if variant.limit in drawn:
                row["of drawing"] = drawn[variant.name] / drawn[variant.limit]
        yield row


def _words(facts: Mapping[str, Any]) -> str:
    vectors = ", ".join(
        f"{name.upper()} {'yes' if facts[name] else 'no'}" for name in ("avx2", "avx512")
    )
    known = ("processor", "architecture", "cores", "avx2", "avx512", "gpu", "system")
    versions = ", ".join(f"{name} {value}" for name, value in facts.items() if name not in known)
    return (
        f"{facts['processor']} ({facts['architecture']}, {facts['cores']} cores, {vectors}), GPU: "
        f"{facts['gpu']}, "
        f"{facts['system']}\n{versions}\n"
        "Medians, the rows of a group in turn, on one thread unless a row says more. Each result "
        "was first held\n"
        "against the exact mean: z is its distance in standard errors, of which more than 5 is "
        "wrong. M steps/s:\n"
        "millions of coordinate-steps a second; of drawing: the share of the rate of drawing the "
        "same numbers alone."
    )


def _section(rows: Table) -> str:
    """The title of a group, its rows, and a line for each reason why rows have no numbers."""
    timed = rows.where(status="ok")
    others = [row for row in rows if row["status"] != "ok"]
    bases = {row["to"] for row in timed if "to" in row}
    title = f"{rows.rows[0]['group']}: {rows.rows[0]['size']}"
    if len(bases) == 1:
        title += f"; ratio to {bases.pop()}"
        timed = timed.drop(["to"])
    columns = [
        name
        for name in (FRESH if rows.rows[0]["group"] == startup.TITLE else SHOWN)
        if name in timed.columns
    ]
    if {row["threads"] for row in timed} == {1}:
        columns = [name for name in columns if name != "threads"]
    shown = Table(tuple({name: row.get(name, float("nan")) for name in columns} for row in timed))
    lines = [title, *([str(shown)] if len(shown) else [])]
    for status, note in dict.fromkeys((row["status"], row["note"]) for row in others):
        lines.append(
            f"{status} ({note}): {'; '.join(rows.where(status=status, note=note)['variant'])}"
        )
    return "\n".join(lines)
