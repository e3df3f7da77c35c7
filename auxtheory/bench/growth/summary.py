"""What the costs of an operation at its sizes say: exponents, and what was wanted and missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from typing import Any, TypeAlias

from auxtheory.bench.growth.exponents import (
    MIN_MEGABYTES,
    MIN_SECONDS,
    Cost,
    exponent,
    least_exponent,
)
from auxtheory.table import Table

Row: TypeAlias = Mapping[str, Any]


def summary(rows: Table) -> Table:
    """One row for each operation: what it costs at its sizes, how fast that grows, and what of what
    is wanted it misses.

    Args:
        rows: One row for each operation and size, as `run` measures them.

    Returns:
        The columns group, operation, along; sizes and seconds, texts with the values of each size;
        exponent of the seconds, exponent MB of the memory, added MB at the largest size that was
        measured; wanted, excepted, missed: texts, empty if there is nothing to say.
    """
    measured: dict[str, list[Row]] = {}
    for row in rows:
        measured.setdefault(key_of(row), []).append(row)
    return Table(tuple(map(_of_one, measured.values())))


def key_of(row: Row) -> str:
    """What identifies the operation of a row."""
    return f"{row['operation']} over {row['along']}"


def _of_one(rows: Sequence[Row]) -> Row:
    first = rows[0]
    good = [row for row in rows if row["status"] == "ok"]
    seconds = exponent([_cost(row) for row in good], MIN_SECONDS)
    memory = exponent([Cost(row["size"], row["added MB"]) for row in good], MIN_MEGABYTES)
    return {
        "group": first["group"],
        "operation": first["operation"],
        "along": first["along"],
        "sizes": " · ".join(f"{row['size']:,}" for row in rows),
        "seconds": " · ".join(map(_seconds, rows)),
        "exponent": seconds,
        "added MB": good[-1]["added MB"] if good else nan,
        "exponent MB": memory,
        "wanted": "; ".join(_wanted(first)),
        "excepted": first["excepted"],
        "missed": "; ".join(_missed(rows, good, seconds)),
    }


def _cost(row: Row) -> Cost:
    return Cost(row["size"], row["seconds"], row["warm size"], row["warm s"])


def _seconds(row: Row) -> str:
    if row["status"] == "ok":
        return text_of(row["seconds"])
    return f"> {row['limit s']:g}" if row["status"] == "slow" else "–"


def text_of(value: float) -> str:
    """A number of seconds or MB in two or three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def _wanted(row: Row) -> Iterator[str]:
    """What is wanted of an operation, in words."""
    known = {name: row[name] for name in ("wanted s", "wanted MB") if not isnan(row[name])}
    if known:
        yield " and ".join(
            f"{value:g} {name.removeprefix('wanted ')}" for name, value in known.items()
        )
    if row["excepted"]:
        yield f"excepted: {row['excepted']}"
    else:
        yield f"exponent {row['largest exponent']:g}"


def _missed(rows: Sequence[Row], good: Sequence[Row], seconds: float) -> Iterator[str]:
    """What of that is missed, and why sizes were not measured."""
    along = rows[0]["along"]
    for row in rows:
        if row["status"] == "slow":
            more = ""
            if good:
                before = Cost(good[-1]["size"], good[-1]["seconds"])
                p = least_exponent(before, Cost(row["size"], row["limit s"]))
                more = f", so that it grows at least like {along}^{p:.2f}" if p > 0 else ""
            yield f"{along} = {row['size']:,} not in {row['limit s']:g} s{more}"
        elif row["status"] == "failed":
            yield f"{along} = {row['size']:,} failed: {row['note']}"
    last = rows[-1]
    if last["status"] == "ok" and not last["excepted"] and seconds > last["largest exponent"]:
        yield f"grows like {along}^{seconds:.2f}"
    if last["status"] == "ok":
        for name, unit in (("seconds", "s"), ("added MB", "MB")):
            if last[name] > last[f"wanted {unit}"]:
                yield f"{text_of(last[name])} {unit}, wanted {last[f'wanted {unit}']:g} {unit}"
