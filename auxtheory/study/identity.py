"""Which study it is, and which code ran it: digests of everything that a number may depend on."""

from __future__ import annotations

import hashlib
import json
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory import __version__
from auxtheory.renamed import stored

if TYPE_CHECKING:
    from auxtheory.study.definition import Study

# Packages and modules that no number of a study passes through.
ELSEWHERE = (
    "analysis",
    "bench",
    "certify",
    "conformance",
    "experiments",
    "page",
    "testing",
    "__main__.py",
    "__pycache__",
)
ELSEWHERE_BEGINNINGS = (
    "cli",
    "report",
    "strategies",
    "suite",
    "configuration",
    "notation",
    "met",
    "spelling",
    "data",
    "typeset",
    "printing",
    "options",
    "waiting",
    "pretty",
    "files",
)


@cache
def code_version() -> str:
    """The version of the package and a digest of its numerical sources, such as
    0.1.0+3f9a0c12d4e5."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.glob("*.py")) + sorted(root.glob("*/**/*.py")):
        parts = path.relative_to(root).parts
        if parts[0] not in ELSEWHERE and not (
            len(parts) == 1 and parts[0].startswith(ELSEWHERE_BEGINNINGS)
        ):
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:12]}"


def identity(study: Study) -> str:
    """A digest of what a study is; two studies share it if every cell of theirs has the same
    meaning.

    Functions count by their own code, not by that of others that they call.
    """
    parts = [
        [canonical(theorem) for theorem in study.theorems],
        canonical(study.target),
        canonical(study.noise),
    ]
    settings = [study.helper, dict(study.axes), sorted(study.several), study.mode, study.replicas]
    text = json.dumps([*parts, canonical(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> Any:
    """A value as JSON that tells it from every other one."""
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
            sorted(([canonical(k), canonical(v)] for k, v in value.items()), key=json.dumps),
        ]
    if isinstance(value, list | tuple):
        return ["list", [canonical(item) for item in value]]
    if isinstance(value, set | frozenset):
        return ["set", sorted((canonical(item) for item in value), key=json.dumps)]
    return _object(value)


def _object(value: Any) -> Any:
    if isinstance(value, FunctionType):
        closure = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        # Of `super()`.
        cells = [cell.cell_contents for name, cell in closure if name != "__class__"]
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, cells)
        return ["function", *map(canonical, parts)]
    if isinstance(value, CodeType):
        return [
            "code",
            value.co_code.hex(),
            canonical(value.co_consts),
            list(value.co_names),
            list(value.co_varnames),
        ]
    if isinstance(value, partial):
        return ["partial", canonical(value.func), canonical(value.args), canonical(value.keywords)]
    if isinstance(value, type):
        return ["class", f"{value.__module__}.{value.__qualname__}", *_members(value)]
    if isinstance(value, classmethod | staticmethod):
        return [type(value).__name__, canonical(value.__func__)]
    if hasattr(value, "__func__"):  # a method bound to its object
        return ["bound", canonical(value.__func__), canonical(getattr(value, "__self__", None))]
    if is_dataclass(value):  # its fields, not what a cached property left behind
        names = {entry.name: stored(type(value), entry.name) for entry in fields(value)}
        own = {name: getattr(value, field) for field, name in names.items()}
    else:
        own = vars(value) if hasattr(value, "__dict__") else {}
    return ["object", canonical(type(value)), getattr(value, "__qualname__", ""), canonical(own)]


def _members(kind: type) -> list[Any]:
    """What a user's class defines; those of libraries, and of this one, count by their names."""
    found = []
    for base in takewhile(_of_a_user, kind.__mro__):
        members = {name: item for name, item in vars(base).items() if _defined(name, item)}
        found.append(
            canonical({n: v.fget if isinstance(v, property) else v for n, v in members.items()})
        )
    return found


def _defined(name: str, item: Any) -> bool:
    """Whether it is the user who gave a class this member."""
    # By dataclasses, or of no weight; those of a frozen one have the class itself in a closure.
    made = name in ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    return name != "_abc_impl" and (
        not name.startswith("__") or (isinstance(item, FunctionType) and not made)
    )


def _of_a_user(kind: type) -> bool:
    home = sys.modules.get(kind.__module__)
    if getattr(home, kind.__qualname__, None) is not kind:
        return True  # made by a function, as a claim is
    return kind.__module__ == "__main__" or not installed(home)


def installed(module: Any) -> bool:
    """Whether a module belongs to Python, to a library, or to this one, rather than to a user."""
    file = getattr(module, "__file__", None)
    if file is None or module.__name__.partition(".")[0] == "auxtheory":
        return True
    inside = {"site-packages", "dist-packages"} & set(Path(file).parts)
    return bool(inside) or Path(sysconfig.get_path("stdlib")) in Path(file).parents
