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
        row: Row = {
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
                row["to"] = group.ratio or variants[base].name
            for other, name in ((base, "ratio"), (limit, "of drawing")):
                if other == i:
                    row[name] = 1.0
                elif other is not None:
                    pairs = together(rounds, i, other)
                    more = _variance(checked, i, other) if group.accuracy else 1.0
                    row |= _ratios(variant, variants[other], pairs, name, more)
            if group.accuracy:
                seconds = variant.work / row["M steps/s"] / 1e6
                row["s to 0.1 %"] = seconds * (result.se / 1e-3) ** 2
        elif result.status == "ok":
            row |= {"status": "skipped", "note": "right, but no time left to time it"}
        made[i] = row
    _ceilings(variants, made)
    if group.axis:
        _exponents(group, made, compared)
    yield from made.values()


def by_cpu(variant: Variant) -> bool:
    """Whether a row is timed by the processor time of its process, which other programs on its core
    do not lengthen: if it has one thread and waits for nothing."""
    return variant.threads == 1 and not variant.device


def _alone(variant: Variant, timings: Sequence[Timing]) -> Row:
    """Rates and seconds."""
    walls = [each.wall for each in timings]
    cpus = [each.cpu for each in timings]
    seconds = median(cpus if by_cpu(variant) else walls)
    row: Row = {
        "M steps/s": variant.work / seconds / 1e6,
        "seconds": median(walls),
        "seconds each": [float(f"{each:.6g}") for each in walls],
        "CPU seconds": median(cpus),
        "CPU seconds each": [float(f"{each:.6g}") for each in cpus],
    }
    if by_cpu(variant):
        row["off core"] = max(0.0, 1 - sum(cpus) / sum(walls))
    if variant.draws:
        row["M draws/s"] = variant.draws / seconds / 1e6
    return row


def _ratios(
    one: Variant, two: Variant, pairs: Sequence[tuple[Timing, Timing]], name: str, gain: float
) -> Row:
    """The median of the ratio of rates of two rows that were timed next to each other, with its
    interval, times a gain; from processor time if both are timed by it, and by the clock too."""
    amounts = (one.draws, two.draws) if name == "of drawing" else (one.work, two.work)
    share = gain * amounts[0] / amounts[1]
    clock = [share * b.wall / a.wall for a, b in pairs]
    cpu = by_cpu(one) and by_cpu(two)
    value = interval([share * b.cpu / a.cpu for a, b in pairs] if cpu else clock)
    return {
        name: value.median,
        f"{name} low": value.low,
        f"{name} high": value.high,
        f"{name} by clock": median(clock),
        "confidence": value.confidence,
    }


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
            seconds = [group.variants[i].work / made[i]["M steps/s"] for i in some]
            fitted, last = exponent(places, seconds)
            for i, at in zip(some, places, strict=True):
                made[i] |= {"axis": group.axis, "at": at, "exponent": fitted, "last": last}


def _variance(checked: Mapping[int, Checked], one: int, other: int) -> float:
    """The variance of another row relative to that of one; 1 if one is exact."""
    return (checked[other].se / checked[one].se) ** 2 if checked[one].se > 0 else 1.0
