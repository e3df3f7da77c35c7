"""The structure of a printed formula: a tree of symbols, products, quotients, powers, …, which is
written as text, MathML or LaTeX."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, TypeAlias, Union

Node: TypeAlias = Union[
    "Number",
    "Letter",
    "Code",
    "Group",
    "Product",
    "Quotient",
    "Power",
    "Root",
    "Function",
    "Sum",
    "Relation",
]
FUNCTIONS = ("exp", "log", "min", "max")
DEEPEST = 100  # limit of nested nodes in a file, since files are not trusted


@dataclass(frozen=True)
class Number:
    """A number of at least 0 in digits, 2.828 or 1e-05."""

    text: str


@dataclass(frozen=True)
class Letter:
    """One symbol by its glyph: L, F₀ or σ_h, whose index is whatever follows the first `_`."""

    glyph: str


@dataclass(frozen=True)
class Code:
    """A call or a name in Python, such as that of a bound that is a function."""

    text: str


@dataclass(frozen=True)
class Group:
    """A part that stands together as one factor, as in (1 − a)L."""

    body: Node


@dataclass(frozen=True)
class Product:
    """Two factors or more."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Quotient:
    """above/below."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Power:
    """base^exponent, the exponent a number or a formula in turn."""

    base: Node
    exponent: Fraction | Node


@dataclass(frozen=True)
class Root:
    """The square root."""

    body: Node


@dataclass(frozen=True)
class Function:
    """exp, log, min or max of one formula or several."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Sum:
    """Terms, each with whether it is subtracted; there may be a single subtracted term."""

    terms: tuple[tuple[bool, Node], ...]


@dataclass(frozen=True)
class Relation:
    """left ≤ right, or another sign."""

    left: Node
    sign: str
    right: Node


KINDS = {
    kind.__name__: kind
    for kind in (
        *(Number, Letter, Code, Group, Product, Quotient, Power, Root, Function, Sum, Relation),
    )
}


def terms(node: Node) -> tuple[Node, ...]:
    """The terms of a sum, each with its sign; anything else is one term."""
    if not isinstance(node, Sum):
        return (node,)
    return tuple(Sum(((True, term),)) if minus else term for minus, term in node.terms)


def as_json(value: Any) -> Any:
    """A formula as nested lists and texts; each list begins with the kind of the node."""
    if type(value) in KINDS.values():
        return [
            type(value).__name__,
            *(as_json(getattr(value, entry.name)) for entry in fields(value)),
        ]
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value


def from_json(value: Any) -> Node:
    """The formula that `as_json` wrote; ValueError for anything else."""
    return _read(value, DEEPEST)


def _read(value: Any, depth: int) -> Any:
    if not isinstance(value, list) or not value or value[0] not in list(KINDS) or not depth:
        raise ValueError(f"not a formula: {str(value)[:60]}")
    name, *parts = value
    kind = KINDS[name]
    if len(parts) != len(fields(kind)):
        raise ValueError(f"not a {name}: {str(value)[:60]}")
    if kind in (Number, Letter, Code):
        return kind(_text(parts[0]))
    if kind is Product and isinstance(parts[0], list) and parts[0]:
        return Product(tuple(_read(part, depth - 1) for part in parts[0]))
    if kind is Function and parts[0] in FUNCTIONS and isinstance(parts[1], list) and parts[1]:
        return Function(parts[0], tuple(_read(part, depth - 1) for part in parts[1]))
    if kind is Sum and isinstance(parts[0], list) and parts[0]:
        return Sum(tuple((_flag(minus), _read(part, depth - 1)) for minus, part in parts[0]))
    if kind is Relation:
        return Relation(_read(parts[0], depth - 1), _text(parts[1]), _read(parts[2], depth - 1))
    if kind is Power and isinstance(parts[1], str):
        return Power(_read(parts[0], depth - 1), Fraction(parts[1]))
    return kind(*(_read(part, depth - 1) for part in parts))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"not a text: {str(value)[:60]}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"neither true nor false: {str(value)[:60]}")
    return value
