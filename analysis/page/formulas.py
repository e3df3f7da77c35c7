"""The structure of the formulas in a study's file, from the file or from the definition in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from auxtheory.bounds.printing import plain
from auxtheory.bounds.tree import Node, from_json, terms
from auxtheory.errors import AuxtheoryError
from auxtheory.study.description import formulas
from auxtheory.theorems import Theorem
from auxtheory.validation.parsing import parse

Formulas: TypeAlias = Mapping[str, Node]


def formulas_of(theorems: Iterable[Mapping[str, Any]], definition: str) -> dict[str, Formulas]:
    """The trees of each theorem's formulas and of their terms, by theorem and by text.

    Texts with no known structure, or with two, are left out.
    """
    listed = list(theorems)
    lacking = any("formulas" not in description for description in listed)
    defined = {
        theorem.name: formulas(theorem) for theorem in (_defined(definition) if lacking else ())
    }
    return {
        description["name"]: _by_text(
            description.get("formulas", defined.get(description["name"], ()))
        )
        for description in listed
    }


def _by_text(stored: Any) -> Formulas:
    """The stored formulas and their terms, by text."""
    nodes_of: dict[str, set[Node]] = {}
    for item in stored if isinstance(stored, list) else ():
        try:
            node = from_json(item)
        except (ValueError, TypeError, ArithmeticError):  # the file may come from anyone
            continue
        for part in (node, *terms(node)):
            nodes_of.setdefault(plain(part), set()).add(part)
    return {text: nodes.pop() for text, nodes in nodes_of.items() if len(nodes) == 1}


def _defined(definition: str) -> Iterable[Theorem]:
    """The theorems in the definition of a study that can be parsed."""
    try:
        call = ast.parse(definition.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return
    first = call.args[0] if isinstance(call, ast.Call) and call.args else None
    for item in first.elts if isinstance(first, ast.List) else ():
        try:
            value = parse(ast.unparse(item))
        except AuxtheoryError:
            continue
        if isinstance(value, Theorem):
            yield value
