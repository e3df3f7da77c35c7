"""The description of a study in its file: enough to label and explain its numbers without the code
that computed them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.stored_schedules import stored
from auxtheory.bounds.tree import as_json
from auxtheory.machine import machine
from auxtheory.noise.laws import LEVELS
from auxtheory.problems import Pair
from auxtheory.study.grid import DEFAULTS
from auxtheory.study.identity import code_version
from auxtheory.study.sources import Parts, parts_of
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import statement_of
from auxtheory.theorems.measured import further, measure_name, measure_of

if TYPE_CHECKING:
    from auxtheory.study.design import Design


THEN = ", then "
COMPARED = ("label", "method", "measure", "bound", "corollaries", "assumptions", "step_range")
MAX_SHOWN = 90  # characters of a value that are shown where two studies differ


def description(study: Design, folder: Path | None = None) -> dict[str, Any]:
    """Axes, theorems and settings as JSON, the axes with every digit; `folder` is that of the
    study's file."""
    grid = study.grid
    parts = parts_of(study, folder)
    return {
        "title": study.title,
        "false_alarm": study.false_alarm,
        "replicas": study.replicas,
        "mode": study.mode or "tuned",
        "target": repr(study.target),
        "helper": repr(study.helper),
        "noise": repr(study.noise),
        "fixed": _fixed(study),
        "axes": {name: list(map(stored, values)) for name, values in study.axes.items()},
        "order": list(grid.order),
        "several": sorted(study.several),
        "theorems": [_theorem(study, i) for i in range(len(study.theorems))],
        "definition": definition(study, parts),
        "code": code_version(),
        **parts.stored(),
        "provenance": {
            **{name: str(value) for name, value in machine().items()},
            "code": code_version(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _fixed(study: Design) -> dict[str, float]:
    """The numbers of the target and of the noise that are not axes."""
    fixed = {name: getattr(study.target, name, None) for name in ("L", "mu", "F0", "dim")}
    fixed |= {name: value for name in LEVELS if np.any(value := getattr(study.noise, name, 0.0))}
    return {n: v for n, v in fixed.items() if isinstance(v, int | float) and n not in study.axes}


def _theorem(study: Design, i: int) -> dict[str, Any]:
    """The i-th theorem as JSON."""
    theorem = study.theorems[i]
    return {
        "name": theorem.name,
        "label": theorem.label,
        "method": theorem.method.name,
        "measure": measure_name(theorem),
        "unit": str(measure_of(theorem).unit),
        "regimes": list(theorem.regimes),
        **_parameters(study, theorem),
        "ignores": sorted(study.grid.ignored[i]),
        "shape": list(study.grid.shape(i)),
        **statement(theorem),
    }


def _parameters(study: Design, theorem: Theorem) -> dict[str, Any]:
    """The units and defaults of the step parameters besides η and a, where they are axes."""
    units = further(theorem.method.parameter_units)
    if not units:
        return {}
    known = {
        name: {"unit": str(unit), "default": theorem.method.parameters[name]}
        for name, unit in units.items()
    }
    return {"parameters": known}


def statement(theorem: Theorem) -> dict[str, Any]:
    """The statement of a theorem in words and formulas."""
    return {
        "statement": statement_of(type(theorem)),
        "bound": str(theorem.bound),
        "corollaries": [
            {"case": corollary.case, "bound": str(corollary.bound)}
            for corollary in theorem.corollaries
        ],
        "assumptions": [str(condition) for condition in theorem.assumptions],
        "step_range": [str(condition) for condition in theorem.step_range],
        "formulas": formulas(theorem),
    }


def formulas(theorem: Theorem) -> list[Any]:
    """The expression tree of every formula of a theorem as JSON, to typeset it without the code of
    the theorem."""
    bounds = (theorem.bound, *(corollary.bound for corollary in theorem.corollaries))
    return [as_json(part.tree) for part in (*bounds, *theorem.assumptions, *theorem.step_range)]


def definition(study: Design, parts: Parts | None = None) -> str:
    """The Python call that makes the study (at: auxtheory, np: NumPy), with a line for each
    argument."""
    parts = parts_of(study) if parts is None else parts
    lines = [f"[{', '.join(parts.theorems)}]", parts.target, parts.noise]
    if study.helper and not isinstance(study.target, Pair):
        lines.append(f"helper={study.helper!r}")
    for name, values in study.axes.items():
        if name in study.several or (name, values[0]) not in DEFAULTS.items():
            shown = repr(list(values) if name in study.several else values[0])
            lines.append(f"{name}={re.sub(r'(?<![a-z.])inf(?![a-z])', 'np.inf', shown)}")
    if study.mode:
        lines.append(f"mode={study.mode!r}")
    lines += [f"replicas={study.replicas}", f"false_alarm={study.false_alarm!r}"]
    lines += [f"title={study.title!r}"] if study.title else []
    return "at.Study(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def combined_provenance(stored: dict[str, str], present: dict[str, str]) -> dict[str, str]:
    """The provenance of a study that is resumed; entries that differ list all values in order."""
    changed = {
        name: f"{stored[name]}{THEN}{value}"
        for name, value in present.items()
        if name in stored and name != "created" and value not in stored[name].split(THEN)
    }
    return {**present, **stored, **changed}


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The names of the parts in which two studies differ."""
    if not old:
        return "parts, which its damaged description does not list"
    axes = {**old["axes"], **new["axes"]}
    parts = [f"axis {name}" for name in axes if old["axes"].get(name) != new["axes"].get(name)]
    parts += theorems_that_differ(old, new)
    parts += [
        f"{name}: {shortened(old.get(name))} in the file, {shortened(new[name])} in this study"
        for name in ("target", "helper", "noise", "mode", "replicas")
        if old.get(name) != new[name]
    ]
    return ", ".join(parts) or "code of a user's module, or data"


def theorems_that_differ(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The theorems that only one of two studies has, and those of one name that differ."""
    before, now = ({theorem["name"]: theorem for theorem in one["theorems"]} for one in (old, new))
    different = [
        f"theorem {name}" for name in {**before, **now} if (name in before) != (name in now)
    ]
    for name in (name for name in before if name in now):
        parts = [part for part in COMPARED if before[name].get(part) != now[name].get(part)]
        if parts:
            listed = " and ".join(part.replace("_", " ") for part in parts)
            different.append(f"theorem {name} ({listed})")
    return different


def shortened(value: Any) -> str:
    """A value of a description on one line of limited length."""
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
