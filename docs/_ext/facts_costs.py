"""What operations cost, from the numbers that `auxtheory bench growth` stored in the repository."""

from __future__ import annotations

from functools import cache
from math import isnan
from pathlib import Path

from markdown_text import escaped, table

from auxtheory.bench.growth import Growth
from auxtheory.bench.growth.operations import ALL
from auxtheory.bench.growth.summary import key_of

STORED = Path(__file__).parents[2] / "analysis/results/bench-growth.json"


@cache
def stored() -> Growth:
    """The stored numbers."""
    return Growth.read(STORED)


def costs() -> str:
    """The machine, and a table for each part of the library."""
    facts = stored().machine
    busy = facts.get("others busy")
    load = "" if busy is None else f", of whose time other programs used {busy:.0%} meanwhile"
    parts = [f"On one core of {facts['processor']}{load}.\n"]
    whole = stored().summary
    for group in dict.fromkeys(whole["group"].tolist()):
        rows = [
            (
                escaped(row["operation"]),
                f"{escaped(row['along'])} = {row['sizes']}",
                row["seconds"],
                _number(row["exponent"], 2),
                _number(row["added MB"], 0),
                escaped(row["excepted"]),
            )
            for row in whole.where(group=group)
        ]
        head = ("", "sizes", "seconds", "exponent", "MB", "exception")
        columns = len(head) if any(row[-1] for row in rows) else len(head) - 1
        body = [row[:columns] for row in rows]
        parts.append(f"**{escaped(group)}**\n\n{table(head[:columns], body)}\n")
    return "\n".join(parts)


def missed() -> str:
    """What is missed of what is wanted."""
    rows = [row for row in stored().summary if row["missed"]]
    lines = [f"- {escaped(key_of(row))}: {escaped(row['missed'])}" for row in rows]
    return "\n".join(lines) if lines else "Nothing is missed."


def unmeasured() -> str:
    """The operations that the stored numbers lack."""
    there = {key_of(row) for row in stored().summary}
    lacking = [operation.key for operation in ALL if operation.key not in there]
    if not lacking:
        return "Every operation is in these tables."
    return f"Not measured there yet: {escaped('; '.join(lacking))}."


def _number(value: float, digits: int) -> str:
    return "" if isnan(value) else f"{value:,.{digits}f}"
