"""The axes of a study file: a number, a list of numbers, a range or, of a step parameter, a
schedule."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.schedules import PerRound, per_round
from auxtheory.errors import LARGEST, UNLIMITED, Checks
from auxtheory.study.grid import NAMES, REAL, STEPS, WHOLE
from auxtheory.study.toml.locations import FileChecks

MAX_POINTS = 10**6  # the most points of a range
MAX_REPORTED = 5  # the most bad entries reported of one list

AXES = (*REAL, *WHOLE)
ANY = {"low": -UNLIMITED, "high": UNLIMITED}  # the limits of a step parameter of a method
PER_ROUND = "per_round"  # the key of a schedule's values


def _spaced(low: float, high: float, points: int, *, log: bool) -> list[float]:
    """Evenly spaced values; those that a range with fewer points also has are equal to the last
    bit, since each depends only on its relative position, so that an extended study keeps its
    cells."""
    shares = [i / (points - 1) for i in range(1, points - 1)]
    if not log:
        return [low, *(low + share * (high - low) for share in shares), high]
    first = math.log10(low)
    last = math.log10(high)
    return [low, *(10.0 ** (first + share * (last - first)) for share in shares), high]


def axis(checks: FileChecks, name: str, value: Any) -> Any:
    """The value of an axis, or the list of its values: floats or whole numbers, or a schedule; None
    if a value is invalid. An axis whose name is not one of NAMES is a step parameter."""
    full = f"axes.{name}"
    before = len(checks.complaints)
    if (name in STEPS or name not in NAMES) and _is_schedule(value):
        return _schedule(checks, full, value)
    if isinstance(value, dict):
        values = _range(checks, name, value)
    elif isinstance(value, list):
        values = _list(checks, name, value)
    else:
        return _entry(checks, name, full, value)
    if len(checks.complaints) > before:
        return None
    repeated = [entry for entry, count in Counter(values).items() if count > 1]
    if repeated and isinstance(value, dict):
        checks.complain(f"{full}.points", value["points"], "must be fewer: values coincide")
    elif repeated:
        checks.complain(full, repeated, "must give each value once")
    if repeated:
        return None
    return values


def _is_schedule(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and PER_ROUND in value)


def _schedule(checks: FileChecks, full: str, value: Any) -> PerRound | None:
    """The schedule "0.5 / sqrt(t)", an expression of t in quotes, or { per_round = [0.5, 0.25] },
    a number for each round; None if it is invalid."""
    before = len(checks.complaints)
    if isinstance(value, str):
        return _made(checks, full, value)
    table = checks.table(full, value, (PER_ROUND,), (PER_ROUND,))
    numbers = table[PER_ROUND]
    place = f"{full}.{PER_ROUND}"
    if not isinstance(numbers, list) or not numbers:
        checks.complain(place, numbers, "must be a list with a number for each round")
        return None
    for i, one in enumerate(numbers):
        number(checks, f"{place}[{i}]", one, **ANY)
    return None if len(checks.complaints) > before else _made(checks, place, numbers)


def _made(checks: FileChecks, full: str, value: Any) -> PerRound | None:
    trial = Checks()
    schedule = trial.attempt(per_round, value)
    for complaint in trial.complaints:
        checks.complain(full, value, complaint.partition(": ")[2])
    return schedule


def number(checks: Checks, name: str, value: Any, **limits: Any) -> None:
    """Complain about anything but one number within these limits."""
    if isinstance(value, list | dict):
        checks.complain(name, value, "must be one number")
    else:
        large = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST
        # NumPy's own integers end at 2^64.
        checks.number(name, float(value) if large else value, **limits)


def _entry(checks: Checks, name: str, full: str, value: Any) -> Any:
    """One value of the axis `name`, which complaints call `full`; None if it is invalid."""
    before = len(checks.complaints)
    if name in WHOLE:
        value = checks.whole(full, value, **WHOLE[name])  # TOML's 1e4 is a float
    elif not (name == AT_WORK and value == math.inf):  # the rest is checked with the theorems
        number(checks, full, value, **REAL.get(name, ANY))
    if len(checks.complaints) > before:
        return None
    return value if name in WHOLE else float(value)


def _list(checks: FileChecks, name: str, values: list[Any]) -> list[Any]:
    """The values of an axis that is a list."""
    full = f"axes.{name}"
    entries = Checks()
    if not values:
        checks.complain(full, values, "must not be empty")
    checked = [_entry(entries, name, f"{full}[{i}]", value) for i, value in enumerate(values)]
    checks.complaints += entries.complaints[:MAX_REPORTED]
    if len(entries.complaints) > MAX_REPORTED:
        checks.report(full, f"has {len(entries.complaints) - MAX_REPORTED} more invalid values")
    return checked


def _range(checks: FileChecks, name: str, table: dict[str, Any]) -> list[Any]:
    """The values of a range { from, to, points, scale }, both ends included; rounded where the axis
    takes whole numbers."""
    full = f"axes.{name}"
    before = len(checks.complaints)
    entries = checks.table(full, table, ("from", "to", "points", "scale"), ("from", "to", "points"))
    scale = entries.get("scale", "log")
    checks.member(f"{full}.scale", scale, ("log", "linear"))
    ends = {
        key: _entry(checks, name, f"{full}.{key}", entries[key])
        for key in ("from", "to")
        if key in entries
    }
    for key, end in ends.items():
        if end is not None and scale == "log" and end <= 0:
            checks.complain(
                f"{full}.{key}", end, 'must be above 0 on a log scale; or give scale = "linear"'
            )
        elif end is not None and not abs(end) <= LARGEST:
            checks.complain(f"{full}.{key}", end, "must be finite")
    if None not in ends.values() and len(ends) == 2 and not ends["from"] < ends["to"]:
        checks.complain(f"{full}.from", ends["from"], f"must be below to = {ends['to']}")
    if "points" in entries:
        entries = {
            **entries,
            "points": checks.whole(f"{full}.points", entries["points"], low=2, high=MAX_POINTS),
        }
    if len(checks.complaints) > before:
        return []
    values = _spaced(float(ends["from"]), float(ends["to"]), entries["points"], log=scale == "log")
    return [round(value) for value in values] if name in WHOLE else values
