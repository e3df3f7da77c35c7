"""The identity of a study and the version of the code: digests of everything that a number may
depend on."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.fingerprint import fingerprint
from auxtheory.methods import MethodType
from auxtheory.problems import LogisticPair
from auxtheory.study import legacy
from auxtheory.study.method_identity import old_fields, parts_of_text, public_name
from auxtheory.theorems import Theorem, claim
from auxtheory.version import __version__

if TYPE_CHECKING:
    from auxtheory.study.design import Design

# The modules that compute a cell; of their imports, those that run and store studies are left out.
CELLS = ("auxtheory.study.running.compute", "auxtheory.study.design")
STORING = frozenset(
    {
        "auxtheory.study.rerun",
        "auxtheory.study.running.execution",
        "auxtheory.study.storage.database",
    }
)


@cache
def code_version() -> str:
    """The version of the package and a digest of the code that computes numbers, such as
    0.1.0+3f9a0c12d4e5: docstrings, comments, layout and other modules do not change it."""
    return f"{__version__}+{fingerprint(*CELLS, without=STORING)[:12]}"


def identity(study: Design) -> str:
    """A digest of what a study is; two studies share it if every cell of theirs has the same
    meaning.

    Classes and methods of the library count by their public names, wherever they are defined.
    Functions count by their own code without its docstring, not by that of functions that they
    call.
    """
    return _digest(study, canonical)


def identities(study: Design) -> tuple[str, ...]:
    """The digests that a file of this study may hold: its identity, and the one from before public
    names."""
    return identity(study), _digest(study, partial(canonical, before=True))


def _digest(study: Design, canonical: Callable[[Any], Any]) -> str:
    parts = [
        [_with_symbols(theorem, canonical) for theorem in study.theorems],
        canonical(study.target),
        canonical(study.noise),
    ]
    settings = [study.helper, dict(study.axes), sorted(study.several), study.mode, study.replicas]
    text = json.dumps([*parts, canonical(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_symbols(theorem: Theorem, canonical: Callable[[Any], Any]) -> Any:
    """A theorem, with the definitions of the symbols in it that the user added: its functions name
    only their values."""
    symbols = type(theorem).__symbols__
    return ["symbols", canonical(theorem), canonical(symbols)] if symbols else canonical(theorem)


def canonical(value: Any, *, before: bool = False) -> Any:
    """A value as JSON that differs for different values; `before`: as it was before public names
    identified the classes of the library."""
    canonical_ = partial(canonical, before=before)
    if value is None or isinstance(value, bool | int | str):
        return [type(value).__name__, value]
    if isinstance(value, float | complex | Fraction | np.generic):
        return [type(value).__name__, repr(value)]
    if isinstance(value, bytes | np.ndarray):
        data = value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes()
        kind = "bytes" if isinstance(value, bytes) else f"{value.dtype.str}{value.shape}"
        return [kind, hashlib.sha256(data).hexdigest()]
    if isinstance(value, Mapping):
        return [
            "mapping",
            sorted(([canonical_(k), canonical_(v)] for k, v in value.items()), key=json.dumps),
        ]
    if isinstance(value, list | tuple):
        return ["list", [canonical_(item) for item in value]]
    if isinstance(value, set | frozenset):
        return ["set", sorted((canonical_(item) for item in value), key=json.dumps)]
    return _object(value, before)


def _object(value: Any, before: bool) -> Any:
    canonical_ = partial(canonical, before=before)
    if isinstance(value, FunctionType):
        return _function(value, before)
    if isinstance(value, CodeType):
        return [
            "code",
            value.co_code.hex(),
            canonical_(value.co_consts),
            list(value.co_names),
            list(value.co_varnames),
        ]
    if isinstance(value, ModuleType):  # such as NumPy, the default of `xp`
        return ["module", value.__name__]
    if isinstance(value, partial):
        return [
            "partial",
            *(canonical_(part) for part in (value.func, value.args, value.keywords)),
        ]
    if isinstance(value, MethodType):
        return _method(value, before)
    if isinstance(value, type):
        return ["class", _named(value, before), *_members(value, before)]
    if isinstance(value, classmethod | staticmethod):
        return [type(value).__name__, canonical_(value.__func__)]
    if hasattr(value, "__func__"):  # a method bound to its object
        return ["bound", canonical_(value.__func__), canonical_(getattr(value, "__self__", None))]
    fields_ = _fields(value, before)
    kind = canonical_(type(value))
    return ["object", kind, getattr(value, "__qualname__", ""), canonical_(fields_)]


def _function(function: FunctionType, before: bool) -> Any:
    """A function by its code, defaults and closure; in place of the code, a function of the library
    may have a name."""
    name = _function_named(function)
    code: Any = function.__code__ if before else _undocumented(function)
    if name is not None:
        code = legacy.code_of(name) if before else name
    closure = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    # `__class__` is the cell that `super()` uses.
    cells = [cell.cell_contents for name, cell in closure if name != "__class__"]
    parts = (code, function.__defaults__, function.__kwdefaults__, cells)
    return ["function", *(canonical(part, before=before) for part in parts)]


def _undocumented(function: FunctionType) -> CodeType:
    """The code of a function without its docstring, which is the first of its constants."""
    code = function.__code__
    if function.__doc__ is None or code.co_consts[:1] != (function.__doc__,):
        return code
    return code.replace(co_consts=(None, *code.co_consts[1:]))


def _function_named(function: FunctionType) -> str | None:
    """The name that identifies a function of the library; None if the function counts by its
    code."""
    if not _of_library(function):
        return None
    name = f"auxtheory:{function.__qualname__}"
    return name if name in legacy.FUNCTIONS else None


def _method(method: MethodType, before: bool) -> Any:
    """A method: one of the library by its public name, a user's by its program; one that was made
    of two rules as it was when all methods were."""
    public = public_name(method)
    if public is not None and not before:
        return ["public", public]
    fields_ = old_fields(method)
    if fields_ is None:
        code = () if method.implementation is None else (method.implementation,)
        parts = *parts_of_text(method), *(canonical(part, before=before) for part in code)
        return ["method", *parts]
    name = legacy.CLASSES["at.Method"] if before else "at.Method"
    return ["object", ["class", name], "", canonical(fields_, before=before)]


def _fields(value: Any, before: bool) -> dict[str, Any]:
    """The attributes of an object; of a dataclass its fields, without cached properties."""
    if not is_dataclass(value):
        return vars(value) if hasattr(value, "__dict__") else {}
    names = legacy.FIELDS.get(_named(type(value), False), {})
    values = {
        names.get(entry.name, entry.name): getattr(value, entry.name)
        for entry in fields(value)
        # Fields that are added later do not change the identity of values without them.
        if not (entry.metadata.get("optional") and getattr(value, entry.name) is None)
    }
    if isinstance(value, Constants) and not value.more:
        del values["more"]  # as it was before symbols could be added
    if before and isinstance(value, LogisticPair):
        text = legacy.text_of_helper(value.description, repr(value.f))
        values["description"] = text
    return values


def _named(kind: type, before: bool) -> str:
    """The name of a class; a class of the library has its public name, wherever it is defined."""
    name = kind.__qualname__
    if not _of_library(kind):
        return f"{kind.__module__}.{name}"
    if kind.__module__ == claim.__module__ and issubclass(kind, Theorem):
        return f"{legacy.CLAIMS}.{name}" if before else f"at.claim:{name}"
    public = PUBLIC.get(name, f"auxtheory:{name}")
    return legacy.CLASSES.get(public, f"{kind.__module__}.{name}") if before else public


# The classes of the library and their names in identities.
PUBLIC = {re.split("[.:]", name)[-1]: name for name in legacy.CLASSES}


def _of_library(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] == "auxtheory"


def _members(kind: type, before: bool) -> list[Any]:
    """The members of a user's class and of its bases; installed classes count by their names."""
    every = []
    for base in takewhile(_of_user, kind.__mro__):
        members = {name: item for name, item in vars(base).items() if _defined(name, item)}
        plain = {n: v.fget if isinstance(v, property) else v for n, v in members.items()}
        every.append(canonical(plain, before=before))
    return every


def _defined(name: str, item: Any) -> bool:
    """Whether a member of a class was written by the user."""
    # Written by dataclasses, or irrelevant; in a frozen one they have the class in a closure.
    made = name in ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    # Cases that a theorem shows do not change what it claims.
    return name not in ("_abc_impl", "_like", "example", "tightest") and (
        not name.startswith("__") or (isinstance(item, FunctionType) and not made)
    )


def _of_user(kind: type) -> bool:
    home = sys.modules.get(kind.__module__)
    if getattr(home, kind.__qualname__, None) is not kind:
        return True  # defined in a function, as the class of a claim is
    return kind.__module__ == "__main__" or not installed(home)


def installed(module: Any) -> bool:
    """Whether a module belongs to Python or an installed library rather than to a user."""
    file = getattr(module, "__file__", None)
    if file is None or module.__name__.partition(".")[0] == "auxtheory":
        return True
    inside = {"site-packages", "dist-packages"} & set(Path(file).parts)
    return bool(inside) or Path(sysconfig.get_path("stdlib")) in Path(file).parents
