"""The parts of a study that come from a user's modules: how its file names them, and importing
them.

Resuming a study runs that code. So only these modules are imported: those that the user names,
those in or below the folder of the study's file or the current folder, and installed packages
outside the standard library; and only theorems, targets and noises from them are called. Reading,
reporting and exporting import nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from auxtheory.errors import AuxtheoryError, InputError, StudyError
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Target
from auxtheory.study.commands import typed
from auxtheory.study.grid import schedules
from auxtheory.study.identity import canonical, installed
from auxtheory.theorems import Theorem
from auxtheory.theorems.lookup import module_named
from auxtheory.validation.parsing import constructors, parse

if TYPE_CHECKING:
    from auxtheory.study.design import Design


@dataclass(frozen=True, kw_only=True)
class Source:
    """A name in a user's module.

    `text` is mine.py:NAME or package.module:NAME; `name` is module.NAME, as in the definition;
    `file` is the path of mine.py relative to the folder of the study's file."""

    text: str
    name: str
    file: str


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a study as Python code, the sources that the code needs, and the parts that no
    file can hold."""

    theorems: tuple[str, ...]
    target: str
    noise: str
    sources: tuple[Source, ...]
    missing: tuple[str, ...]

    def stored(self) -> dict[str, Any]:
        """The sources and missing parts, as a study's file holds them."""
        return {"own": [asdict(source) for source in self.sources], "missing": list(self.missing)}


def parts_of(study: Design, folder: Path | None = None) -> Parts:
    """The parts of a study; `folder` is that of its file."""
    sources = dict[str, Source]()
    missing = list[str]()

    def part(what: str, value: Any) -> str:
        if readable(repr(value), value):
            return repr(value)
        code_and_source = _source(value, folder)
        if code_and_source is None:
            missing.append(f"{what}{_origin(value)}")
            library = type(value).__module__.partition(".")[0] == "auxtheory"
            return (
                repr(value)
                if library
                else repr(value).removeprefix("at.theorems.").removeprefix("at.")
            )
        code, source = code_and_source
        sources[source.name] = source
        return code

    theorems = tuple(part(f"the theorem {theorem.name}", theorem) for theorem in study.theorems)
    target = part("the target", study.target)
    noise = part("the noise", study.noise)
    if study.helper and not readable(repr(dict(study.helper)), dict(study.helper)):
        missing.append("the arguments of its helper")
    for name, schedule in schedules(study.axes).items():
        if schedule.function is not None:
            missing.append(
                f"the schedule of {name}, which is a function (an expression such as "
                "at.per_round('0.5 / sqrt(t)') can be stored)"
            )
    return Parts(
        theorems=theorems,
        target=target,
        noise=noise,
        sources=tuple(sources.values()),
        missing=tuple(missing),
    )


def readable(code: str, value: Any, names: Mapping[str, Any] | None = None) -> bool:
    """Whether `parse` makes the value from the code; `names` are further names in the code."""
    try:
        return bool(canonical(parse(code, names)) == canonical(value))
    except AuxtheoryError:
        return False


def _origin(value: Any) -> str:
    """The class and module of a value that no file can hold, in parentheses."""
    kind = type(value)
    home = sys.modules.get(kind.__module__)
    if kind.__module__ == "__main__":
        script = getattr(home, "__file__", None)
        return (
            f" ({kind.__name__} of "
            f"{'a notebook or a session' if script is None else Path(script).name})"
        )
    return "" if home is None or installed(home) else f" ({kind.__name__} of {kind.__module__})"


def _source(value: Any, folder: Path | None) -> tuple[str, Source] | None:
    """The code and the source of a value: an attribute of a module, a class of a module called
    without arguments or, for a target or a pair, with those of its repr."""
    kind = type(value)
    home = sys.modules.get(kind.__module__)
    if (
        home is not None
        and kind.__module__ != "__main__"
        and getattr(home, kind.__name__, None) is kind
    ):
        try:
            equal = canonical(kind()) == canonical(value)
        except Exception:  # the class needs arguments, or raises
            equal = False
        if equal and kind.__module__.partition(".")[0] != "auxtheory":
            source = _named(home, kind.__name__, folder)
            return f"{source.name}()", source
    if isinstance(value, Target | Pair):
        maker = _only_constructor(repr(value))
        if maker is not None and readable(
            repr(value), value, {f"{maker.__module__}.{maker.__name__}": maker}
        ):
            return repr(value), _named(sys.modules[maker.__module__], maker.__name__, folder)
    for module in user_modules():
        for name, other in list(vars(module).items()):
            if other is value and name.isidentifier():
                source = _named(module, name, folder)
                return source.name, source
    return None


def _only_constructor(code: str) -> type | None:
    """The class outside the library that the code calls, if there is exactly one and a module has
    it."""
    names = constructors(code)
    module, _, name = names[0].rpartition(".") if len(names) == 1 else ("", "", "")
    kind = getattr(sys.modules.get(module), name, None)
    return kind if isinstance(kind, type) and kind.__module__ == module else None


def user_modules() -> list[ModuleType]:
    """The imported modules that are not installed, except the script itself."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name == getattr(module, "__name__", None)
        and name != "__main__"
        and not installed(module)
    ]


def _named(module: ModuleType, name: str, folder: Path | None) -> Source:
    """The source of a name in a module."""
    file = getattr(module, "__file__", None)
    full = f"{module.__name__}.{name}"
    if file is None or installed(module) or "." in module.__name__ or hasattr(module, "__path__"):
        return Source(text=f"{module.__name__}:{name}", name=full, file="")
    try:
        place = os.path.relpath(file, folder or Path())
    except ValueError:  # on another drive
        place = Path(file).name
    return Source(text=f"{Path(file).name}:{name}", name=full, file=place.replace(os.sep, "/"))


def loaded(
    stored: Sequence[Mapping[str, str]], path: Path | None, locations: Sequence[str] = ()
) -> dict[str, Any]:
    """The names from a user's modules in the definition of a study, imported.

    Args:
        stored: The sources, as in the study's file.
        path: The study's file.
        locations: Texts such as `mine.py:NAME` that say where something is.

    Raises:
        InputError: The study does not need the name in a location.
        StudyError: A source was not found, or is not a part of a study.
    """
    located = {text.rpartition(":")[2]: text for text in locations}
    sources = [Source(**source) for source in stored]
    if located and not set(located) & {source.text.rpartition(":")[2] for source in sources}:
        names = ", ".join(source.text for source in sources) or "none"
        raise InputError.listing(
            [f"theorem = {locations[0]!r}: must name one that the study needs ({names})"]
        )
    values = dict[str, Any]()
    for source in sources:
        name = source.text.rpartition(":")[2]
        if name in located:
            module = _module(source, located[name], Path())
        else:
            module = _find_module(source, path)
        if not hasattr(module, name):
            raise StudyError(f"{path} needs {source.text}, and {module.__file__} has no {name}")
        value = getattr(module, name)
        if not _is_part(value):
            raise StudyError(
                f"{path} needs {source.text}, and that is not a theorem, target or noise"
            )
        values[source.name] = value
    return values


def _is_part(value: Any) -> bool:
    """Whether a value, or an instance of a class, can be a part of a study; nothing else is called,
    since a file may come from anyone."""
    kinds = Theorem, Noise, Target, Pair
    return issubclass(value, kinds) if isinstance(value, type) else isinstance(value, kinds)


def _find_module(source: Source, path: Path | None) -> ModuleType:
    """The module of a source, from one of the places that it may be imported from; StudyError if
    there is none."""
    home = source.text.rpartition(":")[0]
    roots = list(
        dict.fromkeys([*([] if path is None else [path.absolute().parent]), Path().absolute()])
    )
    if home.endswith(".py"):
        for place in _places(source, home, roots):
            if place.is_file():
                return _module(source, f"{place}:x", Path())
    else:
        top = home.partition(".")[0]
        for root in roots:
            if (root / top).is_dir() or (root / f"{top}.py").is_file():
                if str(root) not in sys.path:
                    sys.path.insert(0, str(root))
                return _module(source, source.text, Path())
        if _importable(home):
            return _module(source, source.text, Path())
    searched = " or ".join(map(str, roots))
    name = source.text.rpartition(":")[2]
    example = f"FOLDER/{home}" if home.endswith(".py") else home
    hint = "say where it is" if home.endswith(".py") else "name it, with its folder on PYTHONPATH"
    raise StudyError(
        f"{path} needs {source.text}, and there is no {home} in {searched}: {hint}, as in "
        "`auxtheory study resume "
        f"{typed(path)} --theorem {example}:{name}`; in Python at.Study.open(…, theorems=[…])"
    )


def _importable(home: str) -> bool:
    """Whether a module that the user did not name may be imported: it has been already, or belongs
    to an installed package. Modules of the standard library hold no part of a study, and importing
    some of them has effects."""
    top = home.partition(".")[0]
    if home in sys.modules:
        return True
    if top in sys.stdlib_module_names or "__main__" in home.split("."):
        return False
    spec = PathFinder.find_spec(top)
    return spec is not None and installed(SimpleNamespace(__file__=spec.origin, __name__=top))


def _places(source: Source, home: str, roots: Sequence[Path]) -> Iterator[Path]:
    """The places in or below these folders where a file that the user did not name may be."""
    inside = [root.resolve() for root in roots]
    for root in roots:
        for part in (source.file, home):
            place = (root / part).resolve()
            if part and any(place.is_relative_to(folder) for folder in inside):
                yield place


def _module(source: Source, text: str, folder: Path) -> ModuleType:
    """The module of `text`, FILE.py:NAME or MODULE:NAME; complaints name the source."""
    return module_named(text.rpartition(":")[0], f"theorem = {source.text!r}", folder)
