"""What a study has from a user's own modules: where it comes from, as its file says it, and finding
it again.

Whoever goes on with a study runs that code. So only what its user names is imported, or what lies
in or below the folder of the study's file or the present one, or an installed package that is not
Python's own; and only theorems, targets and noises of it are called. To read, report or export
imports nothing.
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
from auxtheory.study.identity import canonical, installed
from auxtheory.theorems import Theorem
from auxtheory.theorems.lookup import module_named
from auxtheory.validation.parsing import constructors, read

if TYPE_CHECKING:
    from auxtheory.study.design import Design


@dataclass(frozen=True, kw_only=True)
class Source:
    """A name in a user's module. text: mine.py:NAME, or package.module:NAME; name: module.NAME, as
    in the definition;
    file: the path of mine.py from the folder of the study's file."""

    text: str
    name: str
    file: str


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a study as the Python that makes them, the sources that it needs, and what no
    file can hold."""

    theorems: tuple[str, ...]
    target: str
    noise: str
    own: tuple[Source, ...]
    missing: tuple[str, ...]

    def stored(self) -> dict[str, Any]:
        """What a study's file says of them."""
        return {"own": [asdict(source) for source in self.own], "missing": list(self.missing)}


def parts(study: Design, folder: Path | None = None) -> Parts:
    """What a study is made of; folder: where its file is."""
    own = dict[str, Source]()
    missing = list[str]()

    def part(what: str, value: Any) -> str:
        if readable(repr(value), value):
            return repr(value)
        found = _source(value, folder)
        if found is None:
            missing.append(f"{what}{_made(value)}")
            library = type(value).__module__.partition(".")[0] == "auxtheory"
            return (
                repr(value)
                if library
                else repr(value).removeprefix("at.theorems.").removeprefix("at.")
            )
        code, source = found
        own[source.name] = source
        return code

    theorems = tuple(part(f"the theorem {theorem.name}", theorem) for theorem in study.theorems)
    target = part("the target", study.target)
    noise = part("the noise", study.noise)
    if study.helper and not readable(repr(dict(study.helper)), dict(study.helper)):
        missing.append("the arguments of its helper")
    return Parts(
        theorems=theorems,
        target=target,
        noise=noise,
        own=tuple(own.values()),
        missing=tuple(missing),
    )


def readable(code: str, value: Any, more: Mapping[str, Any] | None = None) -> bool:
    """Whether a text says all of a value; more: names beyond those of the notation."""
    try:
        return bool(canonical(read(code, more)) == canonical(value))
    except AuxtheoryError:
        return False


def _made(value: Any) -> str:
    """Where something comes from that cannot be named."""
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
    """The code of a value that a module has, or that a module's class makes without arguments or,
    of a target or a pair, with those of its repr; and its source."""
    kind = type(value)
    home = sys.modules.get(kind.__module__)
    if (
        home is not None
        and kind.__module__ != "__main__"
        and getattr(home, kind.__name__, None) is kind
    ):
        try:
            alike = canonical(kind()) == canonical(value)
        except Exception:  # it wants arguments, or is not to be made just now
            alike = False
        if alike and kind.__module__.partition(".")[0] != "auxtheory":
            source = _named(home, kind.__name__, folder)
            return f"{source.name}()", source
    if isinstance(value, Target | Pair):
        made = _made_by_one(repr(value))
        if made is not None and readable(
            repr(value), value, {f"{made.__module__}.{made.__name__}": made}
        ):
            return repr(value), _named(sys.modules[made.__module__], made.__name__, folder)
    for module in users():
        for name, other in list(vars(module).items()):
            if other is value and name.isidentifier():
                source = _named(module, name, folder)
                return source.name, source
    return None


def _made_by_one(code: str) -> type | None:
    """The one class outside the library that the code calls, if a module has it."""
    names = constructors(code)
    module, _, name = names[0].rpartition(".") if len(names) == 1 else ("", "", "")
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) and found.__module__ == module else None


def users() -> list[ModuleType]:
    """The modules that were not installed, but for the script itself."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name == getattr(module, "__name__", None)
        and name != "__main__"
        and not installed(module)
    ]


def _named(module: ModuleType, name: str, folder: Path | None) -> Source:
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
    own: Sequence[Mapping[str, str]], path: Path | None, given: Sequence[str] = ()
) -> dict[str, Any]:
    """What the definition of a study names of a user's modules, imported; StudyError where it is
    not to be found.

    given: texts such as `mine.py:NAME` that say where something is.
    """
    named = {text.rpartition(":")[2]: text for text in given}
    found = dict[str, Any]()
    wanted = [Source(**source) for source in own]
    if named and not set(named) & {source.text.rpartition(":")[2] for source in wanted}:
        names = ", ".join(source.text for source in wanted) or "none"
        raise InputError.listing(
            [f"theorem = {given[0]!r}: must name one that the study needs ({names})"]
        )
    for source in wanted:
        name = source.text.rpartition(":")[2]
        module = _module(source, named[name], Path()) if name in named else _found(source, path)
        if not hasattr(module, name):
            raise StudyError(f"{path} needs {source.text}, and {module.__file__} has no {name}")
        value = getattr(module, name)
        if not _is_part(value):
            raise StudyError(f"{path} needs {source.text}, and that is no theorem, target or noise")
        found[source.name] = value
    return found


def _is_part(value: Any) -> bool:
    """Whether a study can have it as a part, or a class makes such parts: a file may be anyone's,
    and what it names is called."""
    kinds = Theorem, Noise, Target, Pair
    return issubclass(value, kinds) if isinstance(value, type) else isinstance(value, kinds)


def _found(source: Source, path: Path | None) -> ModuleType:
    """The module of a source, from where it may be imported."""
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
    looked = " or ".join(map(str, roots))
    name = source.text.rpartition(":")[2]
    example = f"FOLDER/{home}" if home.endswith(".py") else home
    hint = "say where it is" if home.endswith(".py") else "name it, with its folder on PYTHONPATH"
    raise StudyError(
        f"{path} needs {source.text}, and there is no {home} in {looked}: {hint}, as in "
        "`auxtheory study resume "
        f"{typed(path)} --theorem {example}:{name}`; in Python at.Study.open(…, theorems=[…])"
    )


def _importable(home: str) -> bool:
    """Whether a module that nobody named may be imported: it is in use, or of a package that was
    installed. Python's own hold no part of a study, and some of them do something when they are
    imported."""
    top = home.partition(".")[0]
    if home in sys.modules:
        return True
    if top in sys.stdlib_module_names or "__main__" in home.split("."):
        return False
    spec = PathFinder.find_spec(top)
    return spec is not None and installed(SimpleNamespace(__file__=spec.origin, __name__=top))


def _places(source: Source, home: str, roots: Sequence[Path]) -> Iterator[Path]:
    """Where a file may be that nobody named: in or below these folders."""
    inside = [root.resolve() for root in roots]
    for root in roots:
        for part in (source.file, home):
            place = (root / part).resolve()
            if part and any(place.is_relative_to(one) for one in inside):
                yield place


def _module(source: Source, text: str, folder: Path) -> ModuleType:
    return module_named(text.rpartition(":")[0], f"theorem = {source.text!r}", folder)
