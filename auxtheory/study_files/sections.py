"""The sections [target], [noise] and [helper] of a study file, as objects or arguments, all of them checked at once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks, nearest
from auxtheory.noise import Gaussian, RandomSign
from auxtheory.problems import Cosine, Quadratic
from auxtheory.problems.checks import check_helper
from auxtheory.study_files.axes import AXES, number
from auxtheory.study_files.lines import FileChecks

FAMILIES: Mapping[str, type] = MappingProxyType({"Quadratic": Quadratic, "Cosine": Cosine})
LAWS: Mapping[str, type] = MappingProxyType({"Gaussian": Gaussian, "RandomSign": RandomSign})
VECTORS = ("spectrum", "x0", "x_star", "gap", "bias")
STAND_INS = (("L", max), ("dim", max), ("mu", min), ("F0", min))


def target(checks: FileChecks, table: Any, axes: Mapping[str, Any]) -> tuple[type, Any]:
    """The family and the target, at one value of each of its axes: the one most likely to suit the others."""
    kind, given = _arguments(checks, "target", "family", table, FAMILIES, axes)
    known = [field.name for field in fields(kind)]
    on_axes = {
        name: chosen(axes[name]) if isinstance(axes[name], list) else axes[name]
        for name, chosen in STAND_INS if name in axes and name in known
    }  # fmt: skip
    arguments = _filled({**on_axes, **given})
    return kind, _made(checks, "target", kind, arguments, set(on_axes) - set(given))


def noise(checks: FileChecks, table: Any, axes: Mapping[str, Any]) -> Any:
    """The noise, at 0 of each of its axes."""
    kind, given = _arguments(checks, "noise", "law", table, LAWS, axes)
    return _made(checks, "noise", kind, {name: value for name, value in given.items() if value is not None}, set())


def helper(checks: FileChecks, table: Any, kind: type, made: Any) -> dict[str, Any]:
    """What with_helper takes beside the axes; `made`: the target, if there is one."""
    parameters = inspect.signature(kind.with_helper).parameters  # type: ignore[attr-defined]
    known = [name for name in parameters if name not in ("self", *AXES)]
    given = checks.table("helper", table, known)
    given = {name: value for name, value in given.items() if _sound(checks, "helper", name, value)}
    own, vectors = Checks(), dict(given)
    if "rotation" in given:
        own.whole("rotation", given["rotation"], low=0)
    if made is None:  # how long they must be is not known
        vectors = {name: value for name, value in given.items() if isinstance(value, str)}
    gap, d = vectors.get("gap", "signs"), 0 if made is None else _dim(made)
    delta = float(np.max(np.abs(gap))) if isinstance(gap, list) else 0.0  # whether the axis agrees is for the study
    check_helper(own, d, delta=delta, zeta=0.0, gap=gap, bias=vectors.get("bias"))
    checks.complaints += [f"helper.{complaint}" for complaint in own.complaints]
    return given


def _dim(made: Any) -> int:
    return int(made.dim if isinstance(made.spectrum, str) else len(made.spectrum))


def _arguments(
    checks: FileChecks, section: str, choice: str, table: Any, kinds: Mapping[str, type], axes: Mapping[str, Any]
) -> tuple[type, dict[str, Any]]:
    """The class that a section chooses, and the arguments given for it; None stands for one that is bad."""
    known = {name: [field.name for field in fields(kind)] for name, kind in kinds.items()}
    given = checks.table(section, table, dict.fromkeys((choice, *(key for own in known.values() for key in own))))
    name = given.pop(choice, next(iter(kinds)))
    checks.member(f"{section}.{choice}", name, kinds)
    kind = kinds[name if name in list(kinds) else nearest(name, kinds) or next(iter(kinds))]
    arguments = {}
    for key, value in given.items():
        full = f"{section}.{key}"
        if key in axes:
            line = checks.lines.get(full)
            checks.tell(f"axes.{key}", f"is also given by {full} on line {line}; leave one of them out")
        if key in known[kind.__name__]:
            arguments[key] = value if _sound(checks, section, key, value) else None
        elif name in list(kinds):
            checks.tell(full, f"is not known to {name}, which takes {', '.join(known[name])}")
    return kind, arguments


def _sound(checks: FileChecks, section: str, key: str, value: Any) -> bool:
    """Whether a list stands only where there may be one, and holds numbers only; if not, that is told."""
    if not isinstance(value, list | dict):
        return True
    full, before = f"{section}.{key}", len(checks.complaints)
    if key not in VECTORS:
        several = isinstance(value, list) and key in AXES
        checks.complain(full, value, f"must be one value{'; several belong in [axes]' if several else ''}")
    elif not value or isinstance(value, dict):
        checks.complain(full, value, "must be a list of numbers, of at least one")
    else:
        for i, entry in enumerate(value):
            number(checks, f"{full}[{i}]", entry, low=-LARGEST)
    return len(checks.complaints) == before


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a target, with sound ones for those that are bad, so that these hide nothing else."""
    good = {name: value for name, value in values.items() if value is not None}
    bad = set(values) - set(good)
    if "spectrum" in bad:
        bad |= {"L", "dim"} - set(good)
    if "L" in bad:
        below = [good.get(name, 0.0) for name in ("mu", "low", "F0")]
        good["L"] = max(1.0, *(float(v) for v in below if isinstance(v, int | float) and v <= LARGEST), 0.0)
    if "mu" in bad and isinstance(good.get("L"), int | float):
        good["mu"] = good["L"]
    if "dim" in bad:
        good = {name: value for name, value in good.items() if name not in ("x0", "x_star")} | {"dim": 2}
    return good


def _made(checks: FileChecks, section: str, kind: type, arguments: Mapping[str, Any], on_axes: set[str]) -> Any:
    """kind(**arguments), or None with what is wrong told under the section, or under [axes], that says it."""
    own = Checks()
    made = own.attempt(kind, **arguments)
    for complaint in own.complaints:
        home = "axes" if complaint.partition(" ")[0] in on_axes else section
        checks.complaints.append(f"{home}.{complaint}".replace(" = None: must be ", ": must be given, "))
    return made
