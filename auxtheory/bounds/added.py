"""The symbols that users add to those of the glossary, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
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
# The names of step parameters of the library's methods: a user's symbol may take them.
SHIPPED: set[str] = set()


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


def named_in(function: Any) -> list[AddedSymbol]:
    """The symbols whose names are in the code of a function, such as c.ell, or in that of functions
    of its module that it calls."""
    words = words_in(function) if ADDED else frozenset[str]()
    return [symbol for name, symbol in ADDED.items() if name in words]


def words_in(function: Any) -> frozenset[str]:
    """The names and texts in the code of a function, and in that of functions of its module that it
    calls."""
    words: set[str] = set()
    for code in _codes(function, set()):
        words.update(code.co_names, (c for c in code.co_consts if isinstance(c, str)))
    return frozenset(words)


def _codes(function: Any, known: set[CodeType]) -> Iterator[CodeType]:
    while isinstance(function, partial):
        function = function.func
    function = getattr(function, "__func__", function)  # of a bound method
    if not isinstance(function, FunctionType) or function.__code__ in known:
        return
    for code in _nested(function.__code__):
        known.add(code)
        yield code
        for name in code.co_names:
            called = function.__globals__.get(name)
            if getattr(called, "__module__", None) == function.__module__:
                yield from _codes(called, known)
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # a name of an enclosing function that has no value yet
            yield from _codes(cell.cell_contents, known)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _restored(name: str, glyph: str, unit: Unit, compute: Any) -> AddedSymbol:
    """The symbol from its pickled parts; it is known by name from now on, unless another one is."""
    symbol = AddedSymbol(name, glyph, unit, compute)
    known = ADDED.setdefault(name, symbol)
    return known if same(known, symbol) else symbol
