"""The public names that the reference lists, each under one path."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import auxtheory as at
from auxtheory import methods

# Path as users write it, in the order of the reference. A name that several modules have is
# listed where it comes first.
FIRST = (
    "auxtheory",
    "auxtheory.theorems",
    "auxtheory.lower_bounds",
    "auxtheory.methods",
    "auxtheory.measures",
    "auxtheory.problems",
    "auxtheory.helpers",
    "auxtheory.data",
    "auxtheory.engines",
    "auxtheory.study",
    "auxtheory.study.toml",
    "auxtheory.testing",
    "auxtheory.strategies",
    "auxtheory.conformance",
    "auxtheory.implementations",
    "auxtheory.certify",
    "auxtheory.analysis",
    "auxtheory.experiments",
    "auxtheory.bench",
    "auxtheory.cli",
)
MODULES = (*FIRST, *sorted({f"auxtheory.{name}" for name in at._MODULES} - set(FIRST)))


def resolved(path: str) -> Any:
    """The object that a dotted path stands for, which may be lazy; AttributeError if none."""
    first, *rest = path.split(".")
    found: Any = at if first in ("at", "auxtheory") else import_module(first)
    name = "auxtheory"
    for part in rest:
        name = f"{name}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = import_module(name)
            except ImportError:
                raise AttributeError(path) from None
    return found


def names_of(module: ModuleType) -> list[str]:
    """The names of `__all__`, or else the functions and classes that the module defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
        and (inspect.isclass(value) or inspect.isfunction(value))
    ]


@cache
def public() -> dict[str, dict[str, Any]]:
    """For each module its names and values; those listed in an earlier module are left out."""
    seen: set[int] = set()
    found: dict[str, dict[str, Any]] = {}
    for path in MODULES:
        module = resolved(path)
        found[path] = {}
        for name in names_of(module):
            value = getattr(module, name)
            if inspect.ismodule(value):
                continue
            shared = inspect.isclass(value) or inspect.isfunction(value)
            if shared and id(value) in seen:
                continue
            if shared:
                seen.add(id(value))
            found[path][name] = value
    return found


@cache
def canonical() -> dict[int, str]:
    """The path under which each public class and function is listed, by identity."""
    return {
        id(value): f"{module}.{name}"
        for module, names in public().items()
        for name, value in names.items()
    }


@cache
def by_last_part() -> dict[str, str]:
    """The path for each name that only one listed object has."""
    paths = [f"{module}.{name}" for module, names in public().items() for name in names]
    last = [path.rpartition(".")[2] for path in paths]
    return {name: path for name, path in zip(last, paths, strict=True) if last.count(name) == 1}


def path_of(text: str) -> str | None:
    """The path under which the reference lists what a text such as `at.run` or
    `auxtheory.problems.target.Target` names; None if it lists no such thing."""
    parts = text.split(".")
    if parts[0] not in ("at", "auxtheory"):
        return by_last_part().get(text)
    path = ".".join(["auxtheory", *parts[1:]])
    if path in MODULES:
        return path
    try:
        value = resolved(text)
    except AttributeError:
        return None
    if inspect.ismodule(value):
        return None
    if id(value) in canonical():
        return canonical()[id(value)]
    owner, _, member = text.rpartition(".")
    above = path_of(owner) if owner.count(".") else None
    return f"{above}.{member}" if above and above not in MODULES else None


def is_library_method(value: Any) -> bool:
    """Whether a value is a method that the library has, which reference/methods.md describes."""
    return isinstance(value, methods.MethodType) and value is not methods.Method
