"""The rows of a group, from its checks and timings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from auxtheory.bench.measure import Checked, Group, Timing, Variant
from auxtheory.bench.pairs import Partners, Round, exponent, interval, partners, together

Row = dict[str, Any]


def results(group: Group, checked: Mapping[int, Checked], rounds: Sequence[Round]) -> Iterator[Row]:
    """One row for each checked variant; those that were timed have a rate and ratios."""
    variants = group.variants
    timings: dict[int, list[Timing]] = {}
    for each in rounds:
        for i, timing in each:
            timings.setdefault(i, []).append(timing)
    made: dict[int, Row] = {}
    compared = partners(group, sorted(timings))
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
        if i in timings:
            row |= _alone(variant, timings[i])
            base, limit = compared[i]
            if base is not None:
                row |= {"to": group.ratio or variants[base].name}
                row |= _ratios(variants, rounds, i, base, "ratio")
            if limit is not None:
                row |= _ratios(variants, rounds, i, limit, "of drawing")
        elif result.status == "ok":
            row |= {"status": "skipped", "note": "right, but no time left to time it"}
        made[i] = row
    _ceilings(variants, made)
    if group.accuracy:
        _accuracy(made, checked, compared)
    if group.axis:
        _exponents(group, made, compared)
    yield from made.values()


def _alone(variant: Variant, timings: Sequence[Timing]) -> Row:
    """Rates and seconds."""
    walls = [each.wall for each in timings]
    cpus = [each.cpu for each in timings]
    seconds = median(walls)
    row: Row = {
        "M steps/s": variant.work / seconds / 1e6,
        "seconds": seconds,
        "seconds each": walls,
        "CPU seconds": median(cpus),
    }
    if variant.threads == 1 and not variant.device:
        row["off core"] = max(0.0, 1 - sum(cpus) / sum(walls))
    if variant.draws:
        row["M draws/s"] = variant.draws / seconds / 1e6
    return row


def _ratios(
    variants: Sequence[Variant], rounds: Sequence[Round], i: int, other: int, name: str
) -> Row:
    """The median, over rounds, of the ratio of rates of two rows that were timed next to each
    other, with its interval; for rows on one thread also from processor time."""
    one, two = variants[i], variants[other]
    amounts = (one.draws, two.draws) if name == "of drawing" else (one.work, two.work)
    if i == other:
        return {name: 1.0}
    pairs = together(rounds, i, other)
    share = amounts[0] / amounts[1]
    value = interval([share * b.wall / a.wall for a, b in pairs])
    row = {name: value.median, f"{name} low": value.low, f"{name} high": value.high}
    row["confidence"] = value.confidence
    if one.threads == two.threads == 1 and not (one.device or two.device):
        spent = [share * b.cpu / a.cpu for a, b in pairs if a.cpu > 0 and b.cpu > 0]
        if spent:
            row[f"{name} by CPU"] = median(spent)
    return row


def _ceilings(variants: Sequence[Variant], made: Mapping[int, Row]) -> None:
    """The share that a speed-up has of the most that this machine gives."""
    ratios = {row["variant"]: row["ratio"] for row in made.values() if "ratio" in row}
    for i, row in made.items():
        limit = variants[i].ceiling
        if "ratio" in row and limit in ratios:
            row |= {"limit": ratios[limit], "of limit": row["ratio"] / ratios[limit]}


def _exponents(group: Group, made: Mapping[int, Row], compared: Mapping[int, Partners]) -> None:
    """The exponents with which seconds grow, of all rows that have the same first row."""
    series: dict[int, list[int]] = {}
    for i, (base, _) in compared.items():
        if base is not None:
            series.setdefault(base, []).append(i)
    for some in series.values():
        places = [group.variants[i].at for i in some]
        if len(set(places)) > 1:
            fitted, last = exponent(places, [made[i]["seconds"] for i in some])
            for i, at in zip(some, places, strict=True):
                made[i] |= {"axis": group.axis, "at": at, "exponent": fitted, "last": last}


def _accuracy(
    made: Mapping[int, Row], checked: Mapping[int, Checked], compared: Mapping[int, Partners]
) -> None:
    """Seconds to a standard error of 0.1 %, and the gain in that time over the row of the ratio."""
    for i, (base, _) in compared.items():
        made[i]["s to 0.1 %"] = made[i]["seconds"] * (checked[i].se / 1e-3) ** 2
        if base is not None and checked[i].se > 0:
            share = (checked[base].se / checked[i].se) ** 2
            made[i]["gain at equal error"] = made[i]["ratio"] * share
