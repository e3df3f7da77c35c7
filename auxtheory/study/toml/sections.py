"""The sections [target], [noise] and [helper] of a study file as objects or arguments, with all
mistakes reported at once."""

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
from auxtheory.study.grid import CLIENTS
from auxtheory.study.toml.axes import AXES, number
from auxtheory.study.toml.locations import FileChecks
from auxtheory.theorems.lookup import family_named

FAMILIES: Mapping[str, type[Target]] = MappingProxyType(
    {name: family for name, family in families(library=True).items() if family.in_files}
)
LAWS: Mapping[str, type] = MappingProxyType({"Gaussian": Gaussian, "RandomSign": RandomSign})
VECTORS: Mapping[str, tuple[Any, str]] = MappingProxyType(
    {  # the type and the words of a value that may replace the list
        "spectrum": (str, "a name or "),
        "x0": ((), ""),
        "x_star": (int | float, "a number or "),
        "gap": (str, "a name or "),
        "bias": ((), ""),
        "shape": ((), ""),
        "shape_h": ((), ""),
    }
)
# Arguments of [clients] and [helpers] that may be lists.
LISTS = ("delta", "zeta", "groups", "weights")
SEVERAL = {"clients", "helpers"}
# Those that may also be matrices, as lists of rows.
MATRICES = ("shape", "shape_h")
STAND_INS = (("L", max), ("dim", max), ("mu", min), ("F0", min))


def having(name: str) -> str:
    """The families that take an argument, as messages list them."""
    return " or ".join(
        f"a {kind}" for kind, family in FAMILIES.items() if name in family.arguments()
    )


def target(
    checks: FileChecks, table: Any, axes: Mapping[str, Any], folder: Path
) -> tuple[type[Target], Any, int | None]:
    """The family, the target, and the length of its vectors if that is known.

    The target has one value of each of its axes, the one that suits the others best, and valid
    values in place of invalid ones.
    """
    kind: type[Target]
    kind, arguments = _arguments(
        checks, "target", "family", table, _families(checks, table, folder), axes
    )
    known = kind.arguments()
    if isinstance(table, list) and not arguments:
        arguments = {"L": None, "dim": None}
    # Otherwise the study complains about the axes that a list of eigenvalues sets.
    named = not isinstance(arguments.get("spectrum"), list)
    on_axes = {
        name: chosen(axes[name]) if isinstance(axes[name], list) else axes[name]
        for name, chosen in STAND_INS
        if name in axes and name in known and (named or name == "F0")
    }
    values = {**on_axes, **arguments}
    made = None
    before = -1
    while (
        made is None
        and len(invalid := [name for name, value in values.items() if value is None]) > before
    ):
        trial = Checks()
        before = len(invalid)
        made = trial.attempt(_made, kind, _filled(values))
        _report(
            checks,
            "target",
            [text for text in trial.complaints if _key(text) not in invalid],
            set(on_axes) - set(arguments),
        )
        values |= dict.fromkeys(map(_key, trial.complaints))
    if made is None and kind not in FAMILIES.values():
        checks.done()
    spectrum = values.get("spectrum")
    if made is not None and "dim" not in known:
        return kind, made, made.coordinates
    return kind, made, len(spectrum) if isinstance(spectrum, list) else values.get("dim")


def _families(checks: FileChecks, table: Any, folder: Path) -> dict[str, type[Target]]:
    """The families that may be named, with the user's if one is named. If that does not exist,
    InputError with all complaints so far, since its arguments cannot be checked."""
    families_ = dict(FAMILIES)
    name = table.get("family") if isinstance(table, Mapping) else None
    if isinstance(name, str) and ":" in name:
        kind = checks.attempt(family_named, name, "target.family", folder)
        if isinstance(kind, Target):
            checks.complain("target.family", name, "must name a class, not a target")
        checks.done()
        families_[name] = kind  # type: ignore[assignment]
    return families_


def _made(kind: type[Target], values: Mapping[str, Any]) -> Target:
    """A target with these arguments; whatever a user's class raises becomes an InputError."""
    try:
        return kind(**values)
    except AuxtheoryError:
        raise
    except Exception as error:
        message = f"family = {kind.__name__!r}: cannot be made with these arguments"
        raise InputError.listing([f"{message} ({type(error).__name__}: {error})"]) from error


def noise(checks: FileChecks, table: Any, axes: Mapping[str, Any]) -> Any:
    """The noise, with 0 for each level that is an axis."""
    kind, arguments = _arguments(checks, "noise", "law", table, LAWS, axes)
    trial = Checks()
    valid = {name: value for name, value in arguments.items() if value is not None}
    law = trial.attempt(kind, **valid)
    _report(checks, "noise", trial.complaints, set())
    return law


def helper(
    checks: FileChecks, table: Any, kind: type[Target], d: int | None, deltas: Any
) -> dict[str, Any]:
    """The arguments of `with_helper` other than axes; `d`, the length of its vectors, and `deltas`,
    the axis, are None if they are not known."""
    parameters = inspect.signature(kind.with_helper).parameters
    known = [name for name in parameters if name not in ("self", *AXES)]
    arguments = {
        name: value
        for name, value in checks.table("helper", table, known).items()
        if _valid(checks, "helper", name, value)
    }
    trial = Checks()
    gap = arguments.get("gap", "signs")
    bias = arguments.get("bias")
    if d is None:
        d = len(gap if isinstance(gap, list) else bias or [])
        bias = bias if bias and len(bias) == d else None
    size = float(np.max(np.abs(gap))) if isinstance(gap, list) else 0.0
    delta = (
        size
        if deltas is None
        else max(np.ravel(deltas).tolist(), key=lambda delta: abs(delta - size))
    )
    check_helper(trial, d, delta=delta, zeta=0.0, gap=gap, bias=bias)
    if "rotation" in arguments:
        trial.whole("rotation", arguments["rotation"], low=0)
    _report(checks, "helper", trial.complaints, set())
    return arguments


def with_several(
    checks: FileChecks, top: Mapping[str, Any], kind: type[Target], helper: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of the helper, or those of [clients] or [helpers] if the file has one."""
    named = [key for key in ("helper", "clients", "helpers") if key in top]
    if len(named) > 1:
        checks.report(named[1], f"must be left out next to [{named[0]}]")
    key = named[0] if named else "helper"
    for name in CLIENTS if key == "helper" else ():
        if isinstance(top.get("axes"), Mapping) and name in top["axes"]:
            checks.report(f"axes.{name}", "needs a section [clients] or [helpers]")
    if key == "helper":
        return helper
    make = getattr(kind, f"with_{key}", None)
    if make is None:
        checks.report(key, f"is not known to {kind.__name__}")
        return helper
    known = [name for name in inspect.signature(make).parameters if name != "self"]
    entries = checks.table(key, top[key], known)
    for name, value in entries.items():
        if name not in LISTS and isinstance(value, list | dict):
            checks.complain(f"{key}.{name}", value, "must be one value")
        elif isinstance(value, list):
            for i, entry in enumerate(value):
                number(checks, f"{key}.{name}[{i}]", entry)
    return {key: entries}


def _arguments(
    checks: FileChecks,
    section: str,
    choice: str,
    table: Any,
    kinds: Mapping[str, type[Any]],
    axes: Mapping[str, Any],
) -> tuple[type, dict[str, Any]]:
    """The class that a section names, and its arguments; None stands for an invalid one."""
    known = {name: [field.name for field in fields(kind)] for name, kind in kinds.items()}
    every = {key for keys in known.values() for key in keys}
    entries = checks.table(
        section, table, dict.fromkeys((choice, *(key for keys in known.values() for key in keys)))
    )
    name = entries.pop(choice, next(iter(kinds)))
    checks.member(f"{section}.{choice}", name, kinds)
    chosen = name if name in list(kinds) else nearest(name, kinds) or next(iter(kinds))
    kind = kinds[chosen]
    foreign = every - set(known[chosen])
    # A user's family checks the arguments that only it has.
    others = {key for other in known if other != chosen for key in known[other]}
    unchecked = set(known[chosen]) - others if ":" in chosen else set()
    arguments = {}
    for key, value in entries.items():
        full = f"{section}.{key}"
        if key in axes:
            line = checks.lines.get(full)
            checks.report(
                f"axes.{key}", f"is also given by {full} on line {line}; leave one of them out"
            )
        if key not in foreign:
            valid = key in unchecked or _valid(checks, section, key, value)
            arguments[key] = value if valid else None
    for home, keys in ((section, entries), ("axes", axes)) if name in list(kinds) else ():
        for key in (key for key in keys if key in foreign):
            checks.report(
                f"{home}.{key}", f"is not known to {name}, which takes {', '.join(known[name])}"
            )
    return kind, arguments


def _valid(checks: FileChecks, section: str, key: str, value: Any) -> bool:
    """Whether a value is a list only where the key allows one, and a list of numbers; complains
    otherwise."""
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
            if key in MATRICES and isinstance(entry, list):
                for j, each in enumerate(entry):
                    number(checks, f"{full}[{i}][{j}]", each, low=-LARGEST)
            else:
                number(checks, f"{full}[{i}]", entry, low=-LARGEST)
    return len(checks.complaints) == before


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a target with valid values for invalid ones, so that these hide no other
    mistakes."""
    good = {name: value for name, value in values.items() if value is not None}
    bad = set(values) - set(good)
    trial = Checks()
    named = isinstance(good.get("spectrum", ""), str)
    related = ("L", "mu", "low", "dim") if named else ()
    trial.number("F0", good.get("F0"), low=SMALLEST)
    if not trial.complaints and bad & {
        "spectrum",
        *related,
        *(("x_star", "rotation") if "x0" in good else ()),
    }:
        del good["F0"]  # it may not suit the valid values
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


def _report(checks: FileChecks, section: str, complaints: list[str], on_axes: set[str]) -> None:
    """Complain about the arguments of a section under its name, or under [axes] if they are
    there."""
    for complaint in complaints:
        home = "axes" if _key(complaint) in on_axes else section
        checks.complaints.append(
            f"{home}.{complaint}".replace(" = None: must be ", ": must be given, ")
        )


def _key(complaint: str) -> str:
    """The name that a complaint begins with."""
    return complaint.partition(" ")[0]
