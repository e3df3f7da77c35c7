"""What a study's file says of it: enough to label and to explain its numbers without the code that
made them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.tree import as_json
from auxtheory.machine import machine
from auxtheory.noise.laws import LEVELS
from auxtheory.problems import Pair
from auxtheory.study.grid import DEFAULTS
from auxtheory.study.identity import code_version
from auxtheory.study.sources import Parts, parts
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import statement_of

if TYPE_CHECKING:
    from auxtheory.study.design import Design


THEN = ", then "
SAID = ("label", "method", "measure", "bound", "corollaries", "assumptions", "step_range")
CLIPPED = 90  # letters of a value that are shown where two studies differ


def description(study: Design, folder: Path | None = None) -> dict[str, Any]:
    """Axes, theorems and settings as JSON; the axes with every digit. folder: where the study's
    file is."""
    grid = study.grid
    made = parts(study, folder)
    return {
        "title": study.title,
        "false_alarm": study.false_alarm,
        "replicas": study.replicas,
        "mode": study.mode or "tuned",
        "target": repr(study.target),
        "helper": repr(study.helper),
        "noise": repr(study.noise),
        "fixed": _fixed(study),
        "axes": {name: list(values) for name, values in study.axes.items()},
        "order": list(grid.order),
        "several": sorted(study.several),
        "theorems": [_theorem(study, i) for i in range(len(study.theorems))],
        "definition": definition(study, made),
        "code": code_version(),
        **made.stored(),
        "provenance": {
            **{name: str(value) for name, value in machine().items()},
            "code": code_version(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _fixed(study: Design) -> dict[str, float]:
    """The numbers of the target and of the noise that are no axes."""
    given = {name: getattr(study.target, name, None) for name in ("L", "mu", "F0", "dim")}
    given |= {name: value for name in LEVELS if np.any(value := getattr(study.noise, name, 0.0))}
    return {n: v for n, v in given.items() if isinstance(v, int | float) and n not in study.axes}


def _theorem(study: Design, i: int) -> dict[str, Any]:
    theorem = study.theorems[i]
    return {
        "name": theorem.name,
        "label": theorem.label,
        "method": theorem.method.name,
        "measure": theorem.measure,
        "ignores": sorted(study.grid.ignored[i]),
        "shape": list(study.grid.shape(i)),
        **statement(theorem),
    }


def statement(theorem: Theorem) -> dict[str, Any]:
    """What the theorem says, in words and formulas."""
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
    """The structure of every formula of the theorem as JSON, to set it where the theorem itself is
    not at hand."""
    bounds = (theorem.bound, *(corollary.bound for corollary in theorem.corollaries))
    return [as_json(part.tree) for part in (*bounds, *theorem.assumptions, *theorem.step_range)]


def definition(study: Design, made: Parts | None = None) -> str:
    """The study as the Python call that makes it (at: auxtheory, np: NumPy), an argument a line."""
    made = parts(study) if made is None else made
    lines = [f"[{', '.join(made.theorems)}]", made.target, made.noise]
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


def both(first: dict[str, str], then: dict[str, str]) -> dict[str, str]:
    """The provenance of a study that was begun in one place and went on in another: what differs,
    one after another."""
    changed = {
        name: f"{first[name]}{THEN}{value}"
        for name, value in then.items()
        if name in first and name != "created" and value not in first[name].split(THEN)
    }
    return {**then, **first, **changed}


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """In which respects two studies differ, by name."""
    if not old:
        return "in what its damaged description does not tell"
    axes = {**old["axes"], **new["axes"]}
    found = [f"axis {name}" for name in axes if old["axes"].get(name) != new["axes"].get(name)]
    found += theorems_that_differ(old, new)
    found += [
        f"{name}: {clipped(old.get(name))} there, {clipped(new[name])} here"
        for name in ("target", "helper", "noise", "mode", "replicas")
        if old.get(name) != new[name]
    ]
    return ", ".join(found) or "code of a user's own, or data"


def theorems_that_differ(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The theorems that only one of two studies has, and those of one name that say different
    things."""
    said = [{theorem["name"]: theorem for theorem in one["theorems"]} for one in (old, new)]
    found = [
        f"theorem {name}"
        for name in {**said[0], **said[1]}
        if (name in said[0]) != (name in said[1])
    ]
    for name in (name for name in said[0] if name in said[1]):
        parts_ = [part for part in SAID if said[0][name].get(part) != said[1][name].get(part)]
        found += (
            [f"theorem {name} ({' and '.join(part.replace('_', ' ') for part in parts_)})"]
            if parts_
            else []
        )
    return found


def clipped(value: Any) -> str:
    """A value of a description, short."""
    text = " ".join(str(value).split())
    return text if len(text) <= CLIPPED else f"{text[: CLIPPED - 1]}…"
