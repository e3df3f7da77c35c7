"""Reading a study from a TOML file, with all mistakes reported at once by line and key."""

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
from auxtheory.study.checks import allowed, parameters_of, with_eta
from auxtheory.study.toml import sections
from auxtheory.study.toml.axes import AXES, axis, number
from auxtheory.study.toml.locations import FileChecks, lines_of, located_error, with_section
from auxtheory.theorems import AuxMOM, Theorem
from auxtheory.theorems.lookup import theorem_named

TOP = ("title", "theorems", "engine", "mode", "replicas", "false_alarm")
SECTIONS = ("target", "helper", "clients", "helpers", "noise", "axes")

# Where a key belongs, for keys in another section; keys of several sections are left out.
HOMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(TOP, "at the top, before the first [section]"),
        **dict.fromkeys(SECTIONS, "at the top level"),
        **dict.fromkeys(("family", "spectrum", "x0", "x_star", "low"), "in [target]"),
        **dict.fromkeys(("gap", "bias"), "in [helper]"),
        **dict.fromkeys(("groups", "weights", "delta_bar"), "in [clients] or [helpers]"),
        **dict.fromkeys(("law", "bits", "shape", "shape_h"), "in [noise]"),
        **dict.fromkeys(AXES, "in [axes]"),
        **dict.fromkeys(("L", "mu", "F0", "dim"), "in [target] or [axes]"),
        **dict.fromkeys(("N", "delta_A"), "in [clients], [helpers] or [axes]"),
        "rotation": f"in [target] or [helper] of {sections.having('rotation')}",
        **dict.fromkeys(LEVELS, "in [noise] or [axes]"),
    }
)


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyFile:
    """The checked contents of a study file: the arguments of `at.Study`, and the text.

    Args:
        title: The title; by default the name of the file without its suffix.
        theorems: The theorems.
        target: The target, at one value of each of its axes.
        noise: The noise.
        helper: Further arguments of `with_helper`, or `{"clients": {…}}`, `{"helpers": {…}}`.
        axes: A number or a list of numbers for each axis.
        engine: An engine's name, or several.
        mode: The mode of the steps; None if the file has none.
        replicas: The number of Monte Carlo replicas of a cell.
        false_alarm: The false-alarm rate over all cells.
        path: The file.
        text: The text of the file.

    Example:
        >>> from pathlib import Path
        >>> from auxtheory.study.toml import read
        >>> lines = ['theorems = ["ExactCorrection"]', "[target]", "L = 1.0", "dim = 4"]
        >>> lines += ["[axes]", "K = 4", "T = [10, 100]"]
        >>> _ = Path("small.toml").write_text("\\n".join(lines))
        >>> study_file = read("small.toml")
        >>> study_file.title, dict(study_file.axes)
        ('small', {'K': 4, 'T': [10, 100]})
    """

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
        """Add lines of the file to the complaints of an InputError that is raised in the context,
        such as by `at.Study(…)`.

        Yields:
            None.

        Raises:
            InputError: The one that was raised, with lines.
        """
        try:
            yield
        except InputError as error:
            if not error.complaints:
                raise
            lines = lines_of(self.text)
            complaints = [
                with_section(complaint, ("axes", *SECTIONS), lines)
                for complaint in error.complaints
            ]
            raise located_error(complaints, lines, str(self.path)) from None


def read(path: str | Path) -> StudyFile:
    """Read a study from a TOML file, and check it.

    A theorem is a name or label of the library, or FILE.py:NAME (relative to the study file's
    folder) or MODULE:NAME, whose module is then imported; so is the family of the target. Where L,
    mu, F0 or dim is an axis, the target has one of its values: the largest L and dim, the smallest
    mu and F0.

    Args:
        path: The file.

    Returns:
        The checked contents, from which `at.Study` can be made.

    Raises:
        FileError: The file cannot be read.
        InputError: Lists everything that is wrong in the file, by line and key.

    Example:
        >>> from pathlib import Path
        >>> from auxtheory.study.toml import read
        >>> lines = ['theorems = ["AuxMOM"]', "[target]", "L = 1.0", "dim = 4"]
        >>> lines += ["[axes]", "delta = 0.1", "K = [2, 4]", "T = 10"]
        >>> _ = Path("small.toml").write_text("\\n".join(lines))
        >>> [theorem.name for theorem in read("small.toml").theorems]
        ['AuxMOM']
    """
    path_checks = Checks()
    as_path(path_checks, "file", path)
    path_checks.done()
    path = Path(path)
    text = _text(path)
    checks = FileChecks(text, str(path), HOMES)
    top = checks.table("", _toml(text, path), (*TOP, *SECTIONS), ("theorems", "axes"))
    theorems = _theorems(checks, top["theorems"], path.parent) if "theorems" in top else ()
    axes = _axes(checks, top, theorems) if "axes" in top else {}
    of_problem = {name: values for name, values in axes.items() if name in AXES}
    family, target, dim = sections.target(checks, top.get("target", {}), of_problem, path.parent)
    noise = sections.noise(checks, top.get("noise", {}), of_problem)
    delta = axes.get("delta", 0.0 if axes else None)
    helper = sections.helper(checks, top.get("helper", {}), family, dim, delta)
    helper = sections.with_several(checks, top, family, helper)
    _check_settings(checks, top)
    _check_steps(checks, top, theorems, axes)
    _check_whole(checks, top, target, axes, helper)
    checks.done()
    engine = top.get("engine", AUTO)
    return StudyFile(
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
    """The text of a file; InputError if it is not UTF-8."""
    data = read_bytes("file", path)
    try:
        return data.decode("utf-8-sig")  # some editors begin files with a byte-order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = (
            f"line {line}: must be text in UTF-8, where no byte 0x{data[error.start]:02x} can stand"
        )
        raise InputError.listing([message], str(path)) from None


def _toml(text: str, path: Path) -> dict[str, Any]:
    """The text as TOML; InputError if it is not."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    except ValueError as error:
        message = str(error).partition(":")[0]  # Python limits the digits of a number
    except RecursionError:
        message = "Lists or tables within each other too deeply"
    raise InputError.listing([f"must be TOML: {message}"], str(path))


def _axes(
    checks: FileChecks, top: Mapping[str, Any], theorems: tuple[Theorem, ...]
) -> dict[str, Any]:
    """The axes, step parameters of the theorems' methods among them; None stands for an invalid
    one."""
    known = (*AXES, *parameters_of(theorems))
    entries = top["axes"]
    listed = top.get("theorems")
    if isinstance(entries, dict) and isinstance(listed, list) and len(theorems) < len(listed):
        # A theorem that cannot be read may have any parameters.
        known = (*known, *(name for name in entries if name not in HOMES))
    table = checks.table("axes", entries, known, ("K", "T"))
    return {name: axis(checks, name, value) for name, value in table.items()}


def _theorems(checks: FileChecks, names: Any, folder: Path) -> tuple[Theorem, ...]:
    """The theorems of these names."""
    if not isinstance(names, list) or not names:
        checks.complain(
            "theorems",
            names,
            'must be a list of names, such as ["AuxMOM", "S4", "mine.py:MyTheorem"]',
        )
        return ()
    theorems: dict[str, Theorem] = {}
    for i, text in enumerate(names):
        what = f"theorems[{i}]"
        if not isinstance(text, str):
            checks.complain(what, text, "must be a name in quotes")
            continue
        theorem = checks.attempt(theorem_named, text, what, folder)
        if theorem is not None and theorem.name in theorems:
            checks.complain(what, text, f"must not be a second {theorem.name}")
        elif theorem is not None:
            theorems[theorem.name] = theorem
    return tuple(theorems.values())


def _check_settings(checks: FileChecks, top: Mapping[str, Any]) -> None:
    """Check the title, the engine, and the Monte Carlo settings."""
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
    """Check the mode and the axes of step parameters, which depend on the axis eta."""
    if "mode" in top:
        checks.member("mode", top["mode"], GIVEN)
    parameters = parameters_of(theorems)
    if "eta" in axes:
        momentum = [theorem.name for theorem in theorems if theorem.method.uses_a]
        if "a" not in axes and momentum:
            checks.report("axes.a", f"must be given as well as eta, for {', '.join(momentum)}")
        if "a" in axes and not momentum and theorems and len(theorems) == len(top["theorems"]):
            checks.report("axes.a", "must be left out, since no method has momentum")
        for name in (name for name in parameters if name not in axes):
            needing = [t.name for t in theorems if t.method.parameters.get(name, 0.0) is None]
            if needing:
                text = f"must be given as well as eta, for {', '.join(needing)}"
                checks.report(f"axes.{name}", text)
        return
    if free := [theorem.name for theorem in theorems if "tuned" not in theorem.regimes]:
        checks.report("axes.eta", f"must be given, since {', '.join(free)} prescribes no steps")
        return
    chosen = [f"axes.{name}" for name in ("a", *with_eta(theorems, parameters)) if name in axes]
    for name in [*(["mode"] if "mode" in top else []), *chosen]:
        checks.report(
            name, "must be left out, since the theorems choose the steps where there is no axes.eta"
        )


def _check_whole(
    checks: FileChecks,
    top: Mapping[str, Any],
    target: Any,
    axes: Mapping[str, Any],
    helper: Mapping[str, Any],
) -> None:
    """Check what `at.Study` checks of the title, the target and the axes; 1 stands for invalid
    values."""
    title = top.get("title", "")
    trial = Checks()
    axes = {
        name: 1 if value is None else value
        for name, value in axes.items()
        if name in allowed(target, helper=helper)  # step parameters are checked with the theorems
    }
    axes = {"K": 1, "T": 1, **axes, "eta": 1, "a": 1}
    title = title if isinstance(title, str) else ""
    several = {"helper": helper} if sections.SEVERAL & set(helper) else {}
    trial.attempt(Study, [AuxMOM()], target, title=title, **several, **axes)
    checks.complaints += [
        with_section(text, ("axes", *SECTIONS), checks.lines) for text in trial.complaints
    ]
