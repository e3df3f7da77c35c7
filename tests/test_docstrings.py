"""Every public name has a docstring that a tool can read: sections, parameters, and an example that
runs."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import textwrap
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, is_typeddict

import docstring_parser
import pytest
from docstring_parser import DocstringStyle

from auxtheory import methods

MODULES = (
    "auxtheory",
    "auxtheory.analysis",
    "auxtheory.bench",
    "auxtheory.engines",
    "auxtheory.lower_bounds",
    "auxtheory.methods",
    "auxtheory.problems",
    "auxtheory.problems.logistic.helpers",
    "auxtheory.study",
    "auxtheory.study.toml",
    "auxtheory.testing.strategies",
    "auxtheory.testing",
    "auxtheory.theorems",
)


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The public names of a module: those of `__all__`, else the functions and classes it
    defines."""
    defined = [
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    ]
    for name in getattr(module, "__all__", defined):
        value = getattr(module, name)
        # A method is a value; its hooks are its formulas, and the example is the module's.
        of_the_library = isinstance(value, methods.MethodType) and value is not methods.Method
        if (inspect.isclass(value) and not of_the_library) or inspect.isfunction(value):
            yield f"{module.__name__}.{name}", value


def parameters() -> list[Any]:
    """Each public function and class once, under the first name it has."""
    names: dict[int, tuple[str, Any]] = {}
    for module in map(import_module, MODULES):
        for path, value in public(module):
            names.setdefault(id(value), (path, value))
    return [pytest.param(value, id=path) for path, value in names.values()]


def faults(path: str, value: Any, *, example: bool) -> list[str]:
    """What is wrong with the docstring of a function, a class with its public members, or a
    property."""
    text = inspect.getdoc(value)
    if not text or text.startswith(f"{getattr(value, '__name__', '')}("):  # of a dataclass
        return [f"{path}: no docstring"]
    parsed = docstring_parser.parse(text, DocstringStyle.GOOGLE)
    found = []
    if not (parsed.short_description or "").strip():
        found.append(f"{path}: no first sentence")
    found += _sections(path, value, parsed)
    if example and not any(">>>" in (entry.description or "") for entry in parsed.examples):
        found.append(f"{path}: no Example section with >>> lines")
    if inspect.isclass(value):
        for name, member in _members(value):
            found += faults(f"{path}.{name}", member, example=False)
    return found


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """The public functions and properties that a class of ours defines; a field whose default is a
    function is a field."""
    fields = {f.name for f in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    for name in vars(kind):
        member = inspect.getattr_static(kind, name)
        if name.startswith("_") or name in fields:
            continue
        if inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
            yield name, getattr(kind, name)
        elif isinstance(member, property | cached_property):
            yield name, _Documented(kind, name)


class _Documented:
    """A property, whose docstring may be that of the class above."""

    def __init__(self, kind: type, name: str) -> None:
        docs = (
            getattr(vars(base)[name], "__doc__", None)
            for base in kind.__mro__
            if name in vars(base)
        )
        self.__doc__ = next((doc for doc in docs if doc), None)


def _sections(path: str, value: Any, parsed: docstring_parser.Docstring) -> list[str]:
    if not callable(value):
        return []
    documented = [entry.arg_name.lstrip("*") for entry in parsed.params if entry.args[0] == "param"]
    signature = _signature(value)
    expected = [name for name in signature.parameters if name not in ("self", "cls")]
    found = []
    if documented != expected:
        found.append(f"{path}: Args are {documented}, the parameters {expected}")
    found += [
        f"{path}: {entry.arg_name} has no description"
        for entry in (*parsed.params, *parsed.raises)
        if not (entry.description or "").strip()
    ]
    if inspect.isclass(value):
        attributes = {e.arg_name for e in parsed.params if e.args[0] == "attribute"}
        found += [f"{path}: field {name} is not documented" for name in _others(value) - attributes]
    elif parsed.returns is None and signature.return_annotation not in (
        "None",
        None,
        inspect.Signature.empty,
    ):
        found.append(f"{path}: no Returns section")
    if not parsed.raises and _raises(value):
        found.append(f"{path}: it raises, and has no Raises section")
    return found


def _signature(value: Any) -> inspect.Signature:
    """The signature; of a class that is never called, such as a protocol, or takes nothing, an
    empty one; of a typed dictionary its keys."""
    if is_typeddict(value):
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([inspect.Parameter(key, kind) for key in value.__annotations__])
    if inspect.isclass(value):
        own = {name for base in value.__mro__[:-1] for name in vars(base)}
        if "__init__" not in own or issubclass(value, BaseException) or _is_protocol(value):
            return inspect.Signature()
        return inspect.signature(value.__init__)
    return inspect.signature(value)


def _is_protocol(kind: type) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def _others(kind: type) -> set[str]:
    """The public fields of a dataclass that its constructor does not take."""
    if not dataclasses.is_dataclass(kind):
        return set()
    own = {name for base in kind.__mro__[1:] for name in vars(base) if name in kind.__annotations__}
    fields = {f.name for f in dataclasses.fields(kind) if not f.init and not f.name.startswith("_")}
    return fields - own


def _raises(value: Any) -> bool:
    """Whether the body of a function, or of what makes an instance, raises or reports bad input."""
    if inspect.isclass(value):
        if _is_protocol(value):
            return False
        made = [vars(value).get(name) for name in ("__init__", "__post_init__")]
        return any(_raises(function) for function in made if inspect.isfunction(function))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, TypeError):  # what a dataclass writes
        return False
    return any(
        isinstance(node, ast.Raise)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "done"
        )
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("value", parameters())
def test_a_docstring_has_all_its_sections(value: Any, request: pytest.FixtureRequest) -> None:
    path = request.node.callspec.id
    assert not faults(path, value, example=True)


@pytest.mark.parametrize("value", parameters())
def test_the_examples_run(
    value: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Warnings are errors in them, as everywhere in the tests; files go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    examples = [
        test
        for test in doctest.DocTestFinder(exclude_empty=True).find(
            value, request.node.callspec.id, globs={}
        )
        if test.examples
    ]
    assert examples
    for test in examples:
        _ran(test)


@pytest.mark.parametrize(
    "module",
    sorted(
        {
            *MODULES,
            *(method.__module__ for method in methods.EVERY),
            "auxtheory.bounds.conditions",
            "auxtheory.errors",
            "auxtheory.bounds.glossary",
        }
    ),
)
def test_the_examples_of_a_module_run(
    module: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of values such as methods stand in the docstring of their module, those of types that
    no public name holds in their classes."""
    monkeypatch.chdir(tmp_path)
    home = import_module(module)
    parser = doctest.DocTestParser()
    texts = [home.__doc__ or ""]
    texts += [value.__doc__ or "" for _, value in public(home) if value.__module__ == module]
    ran = [_ran(parser.get_doctest(text, {}, module, module, 0)) for text in texts]
    methods_of = {method.__module__ for method in methods.EVERY}
    assert sum(ran) or module not in methods_of


def _ran(test: doctest.DocTest) -> int:
    """How many examples ran; all must give what they say."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)
    return runner.tries
