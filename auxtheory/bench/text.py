"""The text of a benchmark: the machine, and a table for each group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auxtheory.table import Table

SHOWN = (
    "variant",
    "threads",
    "M steps/s",
    "ratio",
    "interval",
    "to",
    "of limit",
    "s to 0.1 %",
    "of drawing",
    "its interval",
    "off core",
    "z",
)
WIDTH = 120  # characters, on every screen
FRESH = ("variant", "seconds cold", "CPU s cold", "seconds warm", "CPU s warm", "peak MB")
BUSY = 0.05  # the share of time off its core from which on a row is named
# Facts that the first line states in words.
PROCESSOR = (
    "processor",
    "architecture",
    "cores",
    "threads a core",
    "avx2",
    "avx512",
    "fma",
    "avx512 parts",
    "caches",
    "governor",
    "gpu",
    "system",
)
RUN = ("features", "others busy", "stolen")
LEGEND = """\
Medians. Rows on one thread are timed by the processor time of their process, which other programs
on the core do not lengthen, the others by the clock; off core: the share of its time in which a row
on one thread did not run. Each row is timed next to the row of its ratio and to the row that draws
its numbers alone, in an order that is shuffled in each round. A ratio is the median of these pairs,
by the clock unless both rows have one thread; its interval holds the true median with 95 %, or,
after fewer than six rounds, reaches from the smallest to the largest. Each result was first
compared with the exact mean: z is its distance in standard errors, of which more than 5 is wrong. M
steps/s: millions of coordinate-steps a second, ‖∇f‖² of every local step included except for
logistic regression; of drawing: the share of the rate of drawing the same numbers alone."""


def heading(facts: Mapping[str, Any]) -> str:
    """The machine and its load in words, the versions, and what the columns mean."""
    return "\n".join([*machine_lines(facts), LEGEND])


def machine_lines(facts: Mapping[str, Any]) -> list[str]:
    """The machine, the versions and the load, a line each."""
    known = {name: facts[name] for name in PROCESSOR if name in facts}
    parts = [
        known["architecture"],
        f"{known['cores']} cores",
        *([f"{known['threads a core']} threads a core"] if "threads a core" in known else []),
        *(
            f"{name.upper()} {'yes' if known[name] else 'no'}"
            for name in ("avx2", "avx512", "fma")
            if name in known
        ),
        *([f"AVX-512 {known['avx512 parts']}"] if known.get("avx512 parts") else []),
        *([f"caches {known['caches']}"] if "caches" in known else []),
        *([f"governor {known['governor']}"] if "governor" in known else []),
    ]
    first = f"{known['processor']} ({', '.join(parts)}), GPU: {known['gpu']}, {known['system']}"
    versions = ", ".join(
        f"{name} {value}" for name, value in facts.items() if name not in (*PROCESSOR, *RUN)
    )
    return [first, versions, *_run(facts)]


def _run(facts: Mapping[str, Any]) -> Iterator[str]:
    """What was different from a quiet machine with all its instructions."""
    if facts.get("features", "all") != "all":
        yield f"Libraries were restricted to the instructions up to {facts['features'].upper()}."
    load = [
        f"{facts[name]:.0%} {words}"
        for name, words in (
            ("others busy", "of the machine's time was used by other programs"),
            ("stolen", "was taken from this virtual machine"),
        )
        if name in facts
    ]
    if load:
        yield f"During the run {', '.join(load)}."


def section(rows: Table) -> str:
    """The title of a group, its rows, what follows from them, and a line for each reason why rows
    have no numbers."""
    timed = rows.where(status="ok")
    others = [row for row in rows if row["status"] != "ok"]
    bases = {row["to"] for row in timed if "to" in row}
    title = f"{rows.rows[0]['group']}: {rows.rows[0]['size']}"
    if len(bases) == 1:
        title += f"; ratio to {bases.pop()}"
        timed = timed.drop(["to"])
    shown = [_shown(row) for row in timed]
    names = FRESH if any("seconds cold" in row for row in timed) else SHOWN
    columns = [name for name in names if any(name in row for row in shown)]
    if {row["threads"] for row in timed} == {1}:
        columns = [name for name in columns if name != "threads"]
    table = Table(tuple({name: row.get(name, float("nan")) for name in columns} for row in shown))
    lines = [title, *([table.text(width=WIDTH)] if len(table) else []), *_remarks(timed)]
    for status, note in dict.fromkeys((row["status"], row["note"]) for row in others):
        lines.append(
            f"{status} ({note}): {'; '.join(rows.where(status=status, note=note)['variant'])}"
        )
    return "\n".join(lines)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its intervals as texts."""
    known = {name: value for name, value in row.items() if value == value}
    more: dict[str, Any] = {}
    for name, column in (("ratio", "interval"), ("of drawing", "its interval")):
        if f"{name} low" in known:
            more[column] = f"{known[f'{name} low']:.3g}–{known[f'{name} high']:.3g}"
    if "off core" in known:
        more["off core"] = f"{known['off core']:.0%}"
    return known | more


def _remarks(timed: Table) -> Iterator[str]:
    """Rows that were interrupted, and how seconds grow along an axis."""
    busy = [row["variant"] for row in timed if row.get("off core", 0.0) >= BUSY]
    if busy:
        named = "all" if len(busy) == len(timed) > 1 else "; ".join(busy)
        yield f"busy (off their core for at least {BUSY:.0%} of their time): {named}"
    grown = {}
    for row in timed:
        if row.get("exponent", float("nan")) == row.get("exponent"):
            grown[row["variant"].partition(",")[0]] = row
    for name, row in grown.items():
        axis = row["axis"]
        last = f"between the last two values {axis}^{row['last']:.2f}"
        yield f"{name} takes time as {axis}^{row['exponent']:.2f}, {last}"
