"""Study files: a study as TOML, read whole, with every mistake told at once, by line and key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auxtheory.bounds.constants import GIVEN
from auxtheory.defaults import AUTO, FALSE_ALARM, REPLICAS
from auxtheory.engines import ENGINES
from auxtheory.errors import Checks, InputError
from auxtheory.files import as_path, read_bytes
from auxtheory.noise.laws import LEVELS, Noise
from auxtheory.problems import Target
from auxtheory.study import Study
from auxtheory.study.checks import allowed
from auxtheory.study.toml import sections
from auxtheory.study.toml.axes import AXES, axis, number
from auxtheory.study.toml.locations import FileChecks, homed, lines_of, placed
from auxtheory.theorems import AuxMOM, Theorem
from auxtheory.theorems.lookup import theorem_named

TOP = ("title", "theorems", "engine", "mode", "replicas", "false_alarm")
SECTIONS = ("target", "helper", "noise", "axes")

# Where a key belongs that stands elsewhere; those that several sections have are left out.
HOMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(TOP, "at the top, before the first [section]"),
        **dict.fromkeys(SECTIONS, "at the top level"),
        **dict.fromkeys(("family", "spectrum", "x0", "x_star", "low"), "in [target]"),
        **dict.fromkeys(("gap", "bias"), "in [helper]"),
        **dict.fromkeys(("law", "bits"), "in [noise]"),
        **dict.fromkeys(AXES, "in [axes]"),
        **dict.fromkeys(("L", "mu", "F0", "dim"), "in [target] or [axes]"),
        "rotation": f"in [target] or [helper] of {sections.having('rotation')}",
        **dict.fromkeys(LEVELS, "in [noise] or [axes]"),
    }
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What a study file says, checked. axes: a number, or a list of them, each; mode: None if none
    is given;
    text: the file as it stands."""

    title: str
    theorems: tuple[Theorem, ...]
    target: Target
    noise: Noise
    helper: Mapping[str, Any]
    axes: Mapping[str, Any]
    engine: str | tuple[str, ...]
    mode: str | None
    replicas: int
    false_alarm: float
    path: Path
    text: str

    @contextmanager
    def located(self) -> Iterator[None]:
        """What an InputError raised within, such as by `Study(...)`, complains about gets its lines
        in the file."""
        try:
            yield
        except InputError as error:
            if not error.complaints:
                raise
            lines = lines_of(self.text)
            complaints = [
                homed(complaint, ("axes", *SECTIONS), lines) for complaint in error.complaints
            ]
            raise placed(complaints, lines, str(self.path)) from None


def read(path: str | Path) -> Given:
    """The study of a file; FileError if it cannot be read, InputError listing all that is wrong in
    it, by line and key.

    A theorem is a name or label of the library's, FILE.py:NAME (from the study file's folder) or
    MODULE:NAME, which runs that file; so is the family of the target. Where L, mu, F0 or dim is an
    axis, the target has one of its values: the largest L and dim, the smallest mu and F0.
    """
    own = Checks()
    as_path(own, "file", path)
    own.done()
    path = Path(path)
    text = _text(path)
    given = _toml(text, path)
    checks = FileChecks(text, str(path), HOMES)
    top = checks.table("", given, (*TOP, *SECTIONS), ("theorems", "axes"))
    theorems = _theorems(checks, top["theorems"], path.parent) if "theorems" in top else ()
    axes = _axes(checks, top["axes"]) if "axes" in top else {}
    family, target, dim = sections.target(checks, top.get("target", {}), axes, path.parent)
    noise = sections.noise(checks, top.get("noise", {}), axes)
    delta = axes.get("delta", 0.0 if axes else None)
    helper = sections.helper(checks, top.get("helper", {}), family, dim, delta)
    _check_settings(checks, top)
    _check_steps(checks, top, theorems, axes)
    _check_whole(checks, top, target, axes)
    checks.done()
    engine = top.get("engine", AUTO)
    return Given(
        title=top.get("title", path.stem),
        theorems=theorems,
        target=target,
        noise=noise,
        helper=MappingProxyType(helper),
        axes=MappingProxyType(axes),
        engine=tuple(engine) if isinstance(engine, list) else engine,
        mode=top.get("mode"),
        replicas=top.get("replicas", REPLICAS),
        false_alarm=float(top.get("false_alarm", FALSE_ALARM)),
        path=path,
        text=text,
    )


def _text(path: Path) -> str:
    data = read_bytes("file", path)
    try:
        return data.decode("utf-8-sig")  # some editors put a mark at the beginning
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = (
            f"line {line}: must be text in UTF-8, where no byte 0x{data[error.start]:02x} can stand"
        )
        raise InputError.listing([told], str(path)) from None


def _toml(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
    except ValueError as error:
        told = str(error).partition(":")[0]  # Python's limit on the digits of a number
    except RecursionError:
        told = "Lists or tables within each other too deeply"
    raise InputError.listing([f"must be TOML: {told}"], str(path))


def _axes(checks: FileChecks, table: Any) -> dict[str, Any]:
    """The axes; None stands for one that is bad."""
    given = checks.table("axes", table, AXES, ("K", "T"))
    return {name: axis(checks, name, value) for name, value in given.items()}


def _theorems(checks: FileChecks, names: Any, folder: Path) -> tuple[Theorem, ...]:
    if not isinstance(names, list) or not names:
        checks.complain(
            "theorems",
            names,
            'must be a list of names, such as ["AuxMOM", "S4", "mine.py:MyTheorem"]',
        )
        return ()
    made: dict[str, Theorem] = {}
    for i, text in enumerate(names):
        what = f"theorems[{i}]"
        if not isinstance(text, str):
            checks.complain(what, text, "must be a name in quotes")
            continue
        theorem = checks.attempt(theorem_named, text, what, folder)
        if theorem is not None and theorem.name in made:
            checks.complain(what, text, f"must not be a second {theorem.name}")
        elif theorem is not None:
            made[theorem.name] = theorem
    return tuple(made.values())


def _check_settings(checks: FileChecks, top: Mapping[str, Any]) -> None:
    """The title and how to run."""
    checks.instance("title", top.get("title", ""), str, "text in quotes")
    engine = top.get("engine", AUTO)
    if isinstance(engine, list):
        for i, name in enumerate(engine):
            checks.member(f"engine[{i}]", name, (AUTO, *ENGINES))
            if name in engine[:i]:
                checks.complain(f"engine[{i}]", name, "must not be given twice")
        if not engine:
            checks.complain("engine", engine, "must not be empty")
    else:
        checks.member("engine", engine, (AUTO, *ENGINES))
    checks.whole("replicas", top.get("replicas", REPLICAS), low=2, high=2**32)
    number(checks, "false_alarm", top.get("false_alarm", FALSE_ALARM), above=True, high=0.5)


def _check_steps(
    checks: FileChecks,
    top: Mapping[str, Any],
    theorems: tuple[Theorem, ...],
    axes: Mapping[str, Any],
) -> None:
    """The mode and a, which go with eta."""
    if "mode" in top:
        checks.member("mode", top["mode"], GIVEN)
    if "eta" in axes:
        momentum = [theorem.name for theorem in theorems if theorem.method.uses_a]
        if "a" not in axes and momentum:
            checks.tell("axes.a", f"must be given beside eta, for {', '.join(momentum)}")
        if "a" in axes and not momentum and theorems and len(theorems) == len(top["theorems"]):
            checks.tell("axes.a", "must be left out, since no method here has momentum")
        return
    if free := [theorem.name for theorem in theorems if "tuned" not in theorem.regimes]:
        checks.tell("axes.eta", f"must be given, since {', '.join(free)} prescribes no steps")
        return
    for name in [*(["mode"] if "mode" in top else []), *(["axes.a"] if "a" in axes else [])]:
        checks.tell(
            name, "must be left out, since the theorems choose the steps where there is no axes.eta"
        )


def _check_whole(
    checks: FileChecks, top: Mapping[str, Any], target: Any, axes: Mapping[str, Any]
) -> None:
    """What is for a study to say of the title, and of the target with these axes: 1 stands for each
    that is bad."""
    title = top.get("title", "")
    own = Checks()
    suited = {
        name: 1 if value is None else value
        for name, value in axes.items()
        if name in allowed(target)
    }
    given: dict[str, Any] = {"K": 1, "T": 1, **suited, "eta": 1, "a": 1}
    own.attempt(Study, [AuxMOM()], target, title=title if isinstance(title, str) else "", **given)
    checks.complaints += [homed(text, ("axes", *SECTIONS), checks.lines) for text in own.complaints]
