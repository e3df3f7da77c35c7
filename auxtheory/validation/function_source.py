"""The source of a user's function for a script, with everything that it refers to."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from auxtheory import methods, theorems
from auxtheory.bounds.added import AddedSymbol
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.glossary import lookup
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.bounds.source import spelt
from auxtheory.theorems import Theorem

LITERAL = bool, int, float, complex, str, bytes, type(None)
MAX_ENTRIES = 100  # entries of an array that is written out


class NoSourceError(Exception):
    """A value cannot be written as Python."""


@dataclass
class Written:
    """The lines of a script that define functions: imports, symbols, and definitions in order;
    `names` holds the value of each name in the script."""

    imports: list[str] = field(default_factory=list)
    symbols: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    home: str | None = None  # the module whose functions are written out rather than imported

    def function(self, function: Any, otherwise: str) -> str:
        """Define a function and return its name in the script: its present name if that is free.
        NoSourceError if it can neither be written nor imported.
        """
        present = getattr(function, "__name__", "")
        name = present if present.isidentifier() and present not in self.names else otherwise
        before = list(self.imports), set(self.symbols), list(self.lines), dict(self.names)
        self.home = getattr(
            function.func if isinstance(function, partial) else function, "__module__", None
        )
        try:
            self._define(name, function)
        except (NoSourceError, RecursionError) as error:
            self.imports, self.symbols, self.lines, self.names = before
            if not self._import(name, function):
                raise NoSourceError(str(error)) from None
        return name

    def _define(self, name: str, value: Any) -> None:
        """Add the lines that define a name with this value."""
        if name in self.names:
            if not _same_value(self.names[name], value):
                raise NoSourceError(f"{name} would stand for two things")
            return
        inline = isinstance(value, FunctionType) and value.__module__ in (self.home, "__main__")
        if isinstance(value, ModuleType):
            self.names[name] = value
            self._add_import(
                f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
            )
        elif inline or not (callable(value) and self._import(name, value)):
            self.names[name] = value
            if isinstance(value, FunctionType):
                self._write(name, value)
            elif isinstance(value, Posynomial) and spelt(value) == name:
                self._symbol(name)
            else:
                self.lines.append(f"{name} = {self._text(value)}")

    def symbol(self, name: str) -> None:
        """Define a symbol of the glossary, or one that the user added."""
        known = lookup(name)
        if known is None:
            raise NoSourceError(f"{name} is no known symbol")
        self._define(name, known.symbol)

    def _symbol(self, name: str) -> None:
        known = lookup(name)
        if not isinstance(known, AddedSymbol) or name in DERIVED:
            self.symbols.add(name)
            return
        arguments = [repr(name), f"glyph={known.glyph!r}", f'unit="{known.unit}"']
        if known.compute is not None:
            home = self.home
            arguments.append(f"value={self.function(known.compute, f'{name}_of')}")
            self.home = home
        self._add_import("import auxtheory as at")
        self.lines.append(f"{name} = at.symbol({', '.join(arguments)})")

    def _add_import(self, line: str) -> None:
        """Add an import unless it is there."""
        if line not in self.imports:
            self.imports.append(line)

    def _import(self, name: str, value: Any) -> bool:
        """Import a value by name from the module that defines it; whether that is possible."""
        present = getattr(value, "__name__", "")
        module = (
            "numpy"
            if isinstance(value, np.ufunc)
            else getattr(value, "__module__", None) or "__main__"
        )
        home = sys.modules.get(module)
        known = getattr(home, "__file__", None) is not None or module in sys.builtin_module_names
        if module == "__main__" or not known or getattr(home, present, None) is not value:
            return False
        self.names[name] = value
        if module != "builtins":
            self._add_import(
                f"from {module} import {present}" + (f" as {name}" if name != present else "")
            )
        return True

    def _write(self, name: str, function: FunctionType) -> None:
        """The source of a function under this name, after everything that it refers to."""
        text, tree = definition(function, name)
        try:
            scope = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        except ValueError as error:  # a name of an enclosing function that has no value yet
            raise NoSourceError(str(error)) from None
        for used in free_names(tree):
            if used in scope:
                self._define(used, scope[used])
        self.lines += text.splitlines()

    def _text(self, value: Any) -> str:
        """The value as an expression."""
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, float) and not np.isfinite(value):
            return f'float("{value}")'
        if isinstance(value, LITERAL):
            return repr(value)
        if isinstance(value, list | tuple | set):
            left, right = (
                {list: "[]", tuple: ("(", ",)"), set: "{}"}[type(value)]
                if value
                else (repr(value), "")
            )
            return left + ", ".join(map(self._text, value)) + right
        if isinstance(value, Mapping):
            return (
                "{"
                + ", ".join(f"{self._text(key)}: {self._text(part)}" for key, part in value.items())
                + "}"
            )
        if (
            isinstance(value, np.ndarray)
            and value.size <= MAX_ENTRIES
            and value.dtype.kind in "biuf"
        ):
            self._define("np", np)
            return f"np.array({self._text(value.tolist())})"
        return self._called(value)

    def _called(self, value: Any) -> str:
        """An expression of the library, or a function with some of its arguments fixed."""
        if isinstance(value, Posynomial | Condition):
            for name in sorted(value.names):
                self.symbol(name)
            return spelt(value)
        if (
            isinstance(value, Theorem) and type(value) in theorems.LIBRARY
        ) or value in methods.EVERY:
            return repr(value)
        if isinstance(value, partial) and isinstance(value.func, FunctionType):
            self._define(value.func.__name__, value.func)
            self._add_import("from functools import partial")
            arguments = [
                *map(self._text, value.args),
                *(f"{k}={self._text(v)}" for k, v in value.keywords.items()),
            ]
            return f"partial({', '.join([value.func.__name__, *arguments])})"
        raise NoSourceError(f"a {type(value).__name__} cannot be written as Python")


def _same_value(one: Any, other: Any) -> bool:
    """Whether two values are the same; symbols count by name, since each use makes a new object."""
    formulas = isinstance(one, Posynomial) and isinstance(other, Posynomial)
    return one is other or (formulas and spelt(one) == spelt(other))


@lru_cache(maxsize=64)
def definition(function: FunctionType, name: str) -> tuple[str, ast.FunctionDef]:
    """The text of a function or lambda as a `def` under this name, and its tree; NoSourceError if
    it has no source.
    """
    if hasattr(function, "__wrapped__"):
        raise NoSourceError("a decorated function has the source of another")
    try:
        lines = inspect.findsource(function)[0]
        node = _node(ast.parse("".join(lines)), function.__code__)
    except (OSError, TypeError, SyntaxError, ValueError) as error:
        raise NoSourceError(str(error)) from None
    defaults = function.__defaults__ or ()
    named = function.__kwdefaults__ or {}
    if isinstance(node, ast.FunctionDef) and node.name == name and not defaults and not named:
        return textwrap.dedent("".join(lines[_start(node) - 1 : node.end_lineno])).rstrip(), node
    arguments = node.args
    arguments.defaults = [_literal(value) for value in defaults]
    arguments.kw_defaults = [
        _literal(named[a.arg]) if a.arg in named else None for a in arguments.kwonlyargs
    ]
    body = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else node.body
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    tree = ast.FunctionDef(
        name=name,
        args=arguments,
        body=body,  # type: ignore[arg-type]
        decorator_list=decorators,
        returns=None,
        lineno=1,
    )
    return ast.unparse(ast.fix_missing_locations(tree)), tree


def _literal(value: Any) -> ast.expr:
    """A default value as an expression; NoSourceError if it is not a number or a text."""
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, LITERAL) or (isinstance(value, float) and not np.isfinite(value)):
        raise NoSourceError("a default that is not a number or a text")
    return ast.parse(repr(value), mode="eval").body


def _start(node: ast.FunctionDef) -> int:
    """The line where it begins, with its decorators."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _node(tree: ast.AST, code: CodeType) -> ast.FunctionDef | ast.Lambda:
    """The node of the file from which the code was compiled."""
    lambdas: list[ast.FunctionDef | ast.Lambda] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.name, _start(node)) == (
            code.co_name,
            code.co_firstlineno,
        ):
            return node
        if (
            isinstance(node, ast.Lambda)
            and node.lineno == code.co_firstlineno
            and _same(code, node)
        ):
            lambdas.append(node)
    if not lambdas or len({ast.unparse(node) for node in lambdas}) > 1:
        raise NoSourceError("there are several functions on its line")
    return lambdas[0]


def _same(code: CodeType, node: ast.Lambda) -> bool:
    """Whether a lambda compiles to this code, apart from the scopes of names."""
    module = compile(ast.Expression(node), "", "eval")
    compiled = next(part for part in module.co_consts if isinstance(part, CodeType))

    def content(code: CodeType) -> Any:
        constants = [part for part in code.co_consts if isinstance(part, LITERAL)]
        return code.co_varnames, {*code.co_names, *code.co_freevars}, constants

    return code.co_name == "<lambda>" and content(code) == content(compiled)


def free_names(tree: ast.AST) -> Iterable[str]:
    """The names that are read and not assigned in the tree, in order."""
    used: dict[str, None] = {}
    made = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    made |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used[node.id] = None
        elif isinstance(node, ast.Name):
            made.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            made |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return [name for name in used if name not in made and not hasattr(builtins, name)]
