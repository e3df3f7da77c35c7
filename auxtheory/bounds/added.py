"""The symbols that users add to those of the glossary, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import CodeType, FunctionType
from typing import Any

from auxtheory.bounds.posynomial import Monomial, Posynomial
from auxtheory.bounds.units import Symbol, Unit


@dataclass(frozen=True)
class AddedSymbol(Symbol):
    """A symbol that is not in the glossary, with the function that computes its value from a pair;
    None for a parameter of the steps, or a constant that is given by hand."""

    compute: Callable[[Any], Any] | None = None

    @property
    def symbol(self) -> Posynomial:
        """The symbol as an expression to write a bound with."""
        return Posynomial((Monomial(1.0, {self: Fraction(1)}),))

    def __reduce__(self) -> Any:
        # A bound that is sent to another process takes its symbols along.
        return _restored, (self.name, self.glyph, self.unit, self.compute)


ADDED: dict[str, AddedSymbol] = {}


def same(one: AddedSymbol, other: AddedSymbol) -> bool:
    """Whether two symbols mean the same: functions count by their code, since a cell of a notebook
    makes new ones whenever it is run."""
    stated = (one.name, one.glyph, one.unit) == (other.name, other.glyph, other.unit)
    return stated and _same_function(one.compute, other.compute)


def _same_function(one: Any, other: Any) -> bool:
    if not isinstance(one, FunctionType) or not isinstance(other, FunctionType):
        return bool(one is other or (one is not None and one == other))
    cells = [[cell.cell_contents for cell in each.__closure__ or ()] for each in (one, other)]
    rest = [(each.__defaults__, each.__kwdefaults__) for each in (one, other)]
    return _content(one.__code__) == _content(other.__code__) and repr((cells[0], rest[0])) == repr(
        (cells[1], rest[1])
    )


def _content(code: CodeType) -> Any:
    constants = [_content(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars


def _restored(name: str, glyph: str, unit: Unit, compute: Any) -> AddedSymbol:
    """The symbol from its pickled parts; it is known by name from now on, unless another one is."""
    symbol = AddedSymbol(name, glyph, unit, compute)
    known = ADDED.setdefault(name, symbol)
    return known if same(known, symbol) else symbol
