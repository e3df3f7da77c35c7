"""Theorems and problem families by name: those of the library and those in a user's module."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from auxtheory import theorems
from auxtheory.errors import Checks, InputError, meant
from auxtheory.problems import Target, families
from auxtheory.theorems import Theorem


def theorems_named(names: Sequence[str] | None, what: str = "theorem") -> tuple[type[Theorem], ...]:
    """The classes of the theorems with these names or labels, all for None; InputError listing
    every unknown one."""
    if not names:
        return theorems.ALL
    known = {key: kind for kind in theorems.LIBRARY for key in (kind.__name__, kind.label)}
    folded = {key.casefold(): key for key in known}
    checks = Checks()
    names = checks.several(
        what, [names] if isinstance(names, str) else names, "names or labels of theorems"
    )
    for name in names:
        if not isinstance(name, str) or name.casefold() not in folded:
            # Names of classes would double a list of a hundred labels.
            listed = ", ".join(kind.label for kind in theorems.LIBRARY)
            allowed = f"must be one of {listed}, or the name of its class"
            checks.complain(what, name, allowed + meant(name, known))
    checks.done()
    return tuple(dict.fromkeys(known[folded[name.casefold()]] for name in names))


def theorem_named(text: str, what: str = "theorem", folder: Path | None = None) -> Theorem:
    """A theorem of the library by name or label, or a user's by FILE.py:NAME (relative to `folder`)
    or MODULE:NAME; InputError about `what` if there is none."""
    if isinstance(text, str) and text.endswith(".py"):
        raise _unnamed(text, what, folder)
    if not isinstance(text, str) or ":" not in text:
        return theorems_named([text], what)[0]()
    wanted = "a Theorem or an at.claim(...)"
    theorem = _of_module(text, what, folder, wanted, _is_theorem)
    what = f"{what} = {text!r}"
    if isinstance(theorem, type) and issubclass(theorem, Theorem):
        theorem = _run(theorem, f"{what}: cannot be made without arguments")
    if not isinstance(theorem, Theorem):
        raise InputError.listing([f"{what}: must name {wanted}, not {theorem!r}"])
    return theorem


def _unnamed(file: str, what: str, folder: Path | None) -> InputError:
    """The error about a file without the name of a theorem, which lists its theorems."""
    module = module_named(file, f"{what} = {file!r}", folder)
    names = [key for key, value in vars(module).items() if _is_theorem(value)]
    listed = f": {', '.join(f'{file}:{name}' for name in names)}" if names else ", which has none"
    return InputError.listing([f"{what} = {file!r}: must name one of the file's theorems{listed}"])


def family_named(
    text: str, what: str = "family", folder: Path | None = None
) -> type[Target] | Target:
    """A problem family of the library by name, or a user's family or target by FILE.py:NAME
    (relative to `folder`) or MODULE:NAME; InputError about `what` if there is none."""
    known = families(library=True)
    if not isinstance(text, str) or ":" not in text:
        checks = Checks()
        checks.member(what, text, known)
        checks.done()
        return known[text]
    wanted = "a family, a class that derives from at.Target, or a target"
    target = _of_module(text, what, folder, wanted, _is_target)
    if not _is_target(target):
        raise InputError.listing([f"{what} = {text!r}: must name {wanted}, not {target!r}"])
    return cast("type[Target] | Target", target)


def target_of(
    checks: Checks, family: type[Target] | Target, name: str, values: Mapping[str, Any]
) -> Target | None:
    """The target of a family, named `name` by the user, with these values of its arguments; None
    after a complaint."""
    takes = family.arguments() if isinstance(family, type) else ()
    for key in (key for key in values if key not in takes):
        listed = f"which takes {', '.join(takes)}" if takes else "which takes none of these"
        checks.complain(key, values[key], f"is not known to {name}, {listed}")
    if isinstance(family, Target):
        return family
    try:
        return checks.attempt(family, **{key: values[key] for key in takes if key in values})
    except TypeError as error:  # a user's family may have other arguments
        checks.complain("family", name, f"must be made of these options ({error})")
        return None


def value_named(text: str, what: str, wanted: str, fits: Callable[[Any], bool]) -> Any:
    """The value of FILE.py:NAME or MODULE:NAME of a user; InputError if there is none."""
    return _of_module(text, what, None, wanted, fits)


def _of_module(
    text: str, what: str, folder: Path | None, wanted: str, fits: Callable[[Any], bool]
) -> Any:
    """The value of FILE.py:NAME or MODULE:NAME; InputError with similar names if the module has no
    such name."""
    home, _, name = text.rpartition(":")
    what = f"{what} = {text!r}"
    module = module_named(home, what, folder)
    value = getattr(module, name, None)
    if value is None:
        names = [key for key, value in vars(module).items() if fits(value)]
        raise InputError.listing([f"{what}: must name {wanted} of {home}{meant(name, names)}"])
    return value


def all_named(names: Sequence[str] | None, what: str = "theorem") -> tuple[Theorem, ...]:
    """The theorems of these names without repetitions, all of the library for None; InputError
    listing every invalid name. The name of a method with clients stands for all theorems about
    it."""
    if not names:
        return tuple(kind() for kind in theorems.ALL)
    checks = Checks()
    chosen: list[Theorem | None] = []
    for name in names:
        about = _about_clients(name)
        chosen += [kind() for kind in about] or [checks.attempt(theorem_named, name, what)]
    checks.done()
    unique = {(type(theorem), theorem.name): theorem for theorem in chosen if theorem is not None}
    return tuple(unique.values())


def _about_clients(name: Any) -> list[type[Theorem]]:
    """The theorems of the library about the method with clients of this name."""
    return [
        kind
        for kind in theorems.LIBRARY
        if kind.method.program.clients is not None
        and kind.method.name.casefold() == str(name).casefold()
    ]


def module_named(home: str, what: str, folder: Path | None = None) -> ModuleType:
    """A user's module by its name, or by the path of its file relative to `folder`; it is imported
    once."""
    cannot = f"{what}: {home or 'a module without a name'} cannot be imported"
    if not home.endswith(".py"):
        if "" not in sys.path:
            sys.path.insert(0, "")  # the current folder, as for `python` itself
        return _run(lambda: import_module(home), cannot)
    path = ((folder or Path()) / home).resolve()
    spec = util.spec_from_file_location(path.stem, path)
    if not os.path.isfile(path) or spec is None or spec.loader is None:
        reason = (
            f"{home} must be a Python file" if os.path.exists(path) else f"there is no file {home}"
        )
        raise InputError.listing([f"{what}: {reason}"])
    module = util.module_from_spec(spec)
    loaded = sys.modules.setdefault(path.stem, module)
    if getattr(loaded, "__file__", None) == str(path) and loaded is not module:
        return loaded
    if loaded is not module:
        raise InputError.listing(
            [f"{what}: {home} must not have the name of another imported module, {path.stem}"]
        )
    try:
        _run(lambda: spec.loader.exec_module(module), cannot)  # type: ignore[union-attr]
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _is_theorem(value: Any) -> bool:
    """Whether a value is a theorem or a class of theorems."""
    if isinstance(value, type):
        return issubclass(value, Theorem) and not inspect.isabstract(value)
    return isinstance(value, Theorem)


def _is_target(value: Any) -> bool:
    """Whether a value is a target or a problem family."""
    if isinstance(value, type):
        return issubclass(value, Target) and not inspect.isabstract(value)
    return isinstance(value, Target)


def _run(load: Callable[[], Any], cannot: str) -> Any:
    """Run a user's code; any exception becomes an InputError on one line."""
    try:
        return load()
    except (Exception, SystemExit) as error:
        raise InputError.listing(
            [f"{cannot} ({type(error).__name__}: {' '.join(str(error).split())})"]
        ) from error
