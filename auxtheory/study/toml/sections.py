"""The sections [target], [noise] and [helper] of a study file, as objects or arguments, all of them
checked at once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, SMALLEST, AuxtheoryError, Checks, InputError, nearest
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Target, families
from auxtheory.problems.checks import check_helper
from auxtheory.study.toml.axes import AXES, number
from auxtheory.study.toml.locations import FileChecks
from auxtheory.theorems.lookup import family_named

FAMILIES: Mapping[str, type[Target]] = MappingProxyType(
    {name: family for name, family in families(library=True).items() if family.in_files}
)
LAWS: Mapping[str, type] = MappingProxyType({"Gaussian": Gaussian, "RandomSign": RandomSign})
VECTORS: Mapping[str, tuple[Any, str]] = MappingProxyType(
    {  # and what may stand for a list
        "spectrum": (str, "a name or "),
        "x0": ((), ""),
        "x_star": (int | float, "a number or "),
        "gap": (str, "a name or "),
        "bias": ((), ""),
    }
)
STAND_INS = (("L", max), ("dim", max), ("mu", min), ("F0", min))


def having(name: str) -> str:
    """The families that take an argument, as a message has them."""
    return " or ".join(
        f"a {kind}" for kind, family in FAMILIES.items() if name in family.arguments()
    )


def target(
    checks: FileChecks, table: Any, axes: Mapping[str, Any], folder: Path
) -> tuple[type[Target], Any, int | None]:
    """The family; the target, at one value of each of its axes: the one most likely to suit the
    others, with sound values in place of bad ones; and how long its vectors must be, if that is
    known."""
    kind: type[Target]
    kind, given = _arguments(
        checks, "target", "family", table, _families(checks, table, folder), axes
    )
    known = kind.arguments()
    if isinstance(table, list) and not given:
        given = {"L": None, "dim": None}
    # Else the study complains about the axes that it sets.
    named = not isinstance(given.get("spectrum"), list)
    on_axes = {
        name: chosen(axes[name]) if isinstance(axes[name], list) else axes[name]
        for name, chosen in STAND_INS
        if name in axes and name in known and (named or name == "F0")
    }
    values = {**on_axes, **given}
    made = None
    before = -1
    while (
        made is None
        and len(bad := [name for name, value in values.items() if value is None]) > before
    ):
        own = Checks()
        before = len(bad)
        made = own.attempt(_made, kind, _filled(values))
        _tell(
            checks,
            "target",
            [text for text in own.complaints if _key(text) not in bad],
            set(on_axes) - set(given),
        )
        values |= dict.fromkeys(map(_key, own.complaints))
    if made is None and kind not in FAMILIES.values():
        checks.done()
    spectrum = values.get("spectrum")
    if made is not None and "dim" not in known:
        return kind, made, made.coordinates
    return kind, made, len(spectrum) if isinstance(spectrum, list) else values.get("dim")


def _families(checks: FileChecks, table: Any, folder: Path) -> dict[str, type[Target]]:
    """The families that may be named, with one of a user's own if that is; InputError with all that
    is known by then if there is none, since nothing can be said of its arguments."""
    found = dict(FAMILIES)
    name = table.get("family") if isinstance(table, Mapping) else None
    if isinstance(name, str) and ":" in name:
        kind = checks.attempt(family_named, name, "target.family", folder)
        if isinstance(kind, Target):
            checks.complain("target.family", name, "must name a class, not a target")
        checks.done()
        found[name] = kind  # type: ignore[assignment]
    return found


def _made(kind: type[Target], values: Mapping[str, Any]) -> Target:
    """A target of these arguments; whatever the class of a user's own raises is bad input."""
    try:
        return kind(**values)
    except AuxtheoryError:
        raise
    except Exception as error:
        told = f"family = {kind.__name__!r}: cannot be made of these arguments"
        raise InputError.listing([f"{told} ({type(error).__name__}: {error})"]) from error


def noise(checks: FileChecks, table: Any, axes: Mapping[str, Any]) -> Any:
    """The noise, at 0 of each of its axes."""
    kind, given = _arguments(checks, "noise", "law", table, LAWS, axes)
    own = Checks()
    made = own.attempt(kind, **{name: value for name, value in given.items() if value is not None})
    _tell(checks, "noise", own.complaints, set())
    return made


def helper(
    checks: FileChecks, table: Any, kind: type[Target], d: int | None, deltas: Any
) -> dict[str, Any]:
    """What with_helper takes beside the axes; d: how long its vectors must be, deltas: the axis;
    None: not known."""
    parameters = inspect.signature(kind.with_helper).parameters
    known = [name for name in parameters if name not in ("self", *AXES)]
    given = checks.table("helper", table, known)
    given = {name: value for name, value in given.items() if _sound(checks, "helper", name, value)}
    own = Checks()
    gap = given.get("gap", "signs")
    bias = given.get("bias")
    if d is None:
        d = len(gap if isinstance(gap, list) else bias or [])
        bias = bias if bias and len(bias) == d else None
    size = float(np.max(np.abs(gap))) if isinstance(gap, list) else 0.0
    delta = (
        size
        if deltas is None
        else max(np.ravel(deltas).tolist(), key=lambda delta: abs(delta - size))
    )
    check_helper(own, d, delta=delta, zeta=0.0, gap=gap, bias=bias)
    if "rotation" in given:
        own.whole("rotation", given["rotation"], low=0)
    _tell(checks, "helper", own.complaints, set())
    return given


def _arguments(
    checks: FileChecks,
    section: str,
    choice: str,
    table: Any,
    kinds: Mapping[str, type[Any]],
    axes: Mapping[str, Any],
) -> tuple[type, dict[str, Any]]:
    """The class that a section chooses, and the arguments given for it; None stands for one that is
    bad."""
    known = {name: [field.name for field in fields(kind)] for name, kind in kinds.items()}
    given = checks.table(
        section, table, dict.fromkeys((choice, *(key for own in known.values() for key in own)))
    )
    name = given.pop(choice, next(iter(kinds)))
    checks.member(f"{section}.{choice}", name, kinds)
    chosen = name if name in list(kinds) else nearest(name, kinds) or next(iter(kinds))
    kind = kinds[chosen]
    arguments = {}
    foreign = {key for own in known.values() for key in own} - set(known[chosen])
    # What only a family of a user's own has is for that to check.
    elsewhere = {key for other in known if other != chosen for key in known[other]}
    free = set(known[chosen]) - elsewhere if ":" in chosen else set()
    for key, value in given.items():
        full = f"{section}.{key}"
        if key in axes:
            line = checks.lines.get(full)
            checks.tell(
                f"axes.{key}", f"is also given by {full} on line {line}; leave one of them out"
            )
        if key not in foreign:
            sound = key in free or _sound(checks, section, key, value)
            arguments[key] = value if sound else None
    for home, keys in ((section, given), ("axes", axes)) if name in list(kinds) else ():
        for key in (key for key in keys if key in foreign):
            checks.tell(
                f"{home}.{key}", f"is not known to {name}, which takes {', '.join(known[name])}"
            )
    return kind, arguments


def _sound(checks: FileChecks, section: str, key: str, value: Any) -> bool:
    """Whether a list stands only where there may be one, and holds numbers only; if not, that is
    told."""
    if isinstance(value, VECTORS[key][0]) if key in VECTORS else not isinstance(value, list | dict):
        return True
    full = f"{section}.{key}"
    before = len(checks.complaints)
    if key not in VECTORS:
        several = isinstance(value, list) and key in AXES
        checks.complain(
            full, value, f"must be one value{'; several belong in [axes]' if several else ''}"
        )
    elif not value or not isinstance(value, list):
        checks.complain(full, value, f"must be {VECTORS[key][1]}a list of numbers, of at least one")
    else:
        for i, entry in enumerate(value):
            number(checks, f"{full}[{i}]", entry, low=-LARGEST)
    return len(checks.complaints) == before


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a target, with sound ones for those that are bad, so that these hide nothing
    else."""
    good = {name: value for name, value in values.items() if value is not None}
    bad = set(values) - set(good)
    own = Checks()
    named = isinstance(good.get("spectrum", ""), str)
    beside = ("L", "mu", "low", "dim") if named else ()
    own.number("F0", good.get("F0"), low=SMALLEST)
    if not own.complaints and bad & {
        "spectrum",
        *beside,
        *(("x_star", "rotation") if "x0" in good else ()),
    }:
        del good["F0"]  # nobody can say which would do
    if "spectrum" in bad:
        bad |= {"L", "dim"} - set(good)
    if "L" in bad and named:
        below = [good.get(name, 0.0) for name in ("mu", "low")]
        good["L"] = max(
            (float(v) for v in below if isinstance(v, int | float) and 0 < v <= LARGEST),
            default=1.0,
        )
    if "mu" in bad and named and isinstance(good.get("L"), int | float):
        good["mu"] = good["L"]
    if "dim" in bad and named:
        good = {name: value for name, value in good.items() if name not in ("x0", "x_star")} | {
            "dim": 2
        }
    if "x_star" in bad and isinstance(good.get("x0"), list):
        good["x_star"] = next(float(n) for n in count() if n not in good["x0"])
    return good


def _tell(checks: FileChecks, section: str, complaints: list[str], on_axes: set[str]) -> None:
    """What is wrong with the arguments of a section, told under it, or under [axes], that says
    them."""
    for complaint in complaints:
        home = "axes" if _key(complaint) in on_axes else section
        checks.complaints.append(
            f"{home}.{complaint}".replace(" = None: must be ", ": must be given, ")
        )


def _key(complaint: str) -> str:
    return complaint.partition(" ")[0]
