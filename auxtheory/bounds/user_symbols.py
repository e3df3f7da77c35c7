"""`symbol`, with which users add symbols of their own, and the values of these for a pair."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from auxtheory.bounds.added import ADDED, SHIPPED, AddedSymbol, same
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.derived import DERIVED, computed, takes_noise
from auxtheory.bounds.glossary import GLOSSARY, every, lookup
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.units import Unit, unit_of
from auxtheory.errors import Checks, InputError, shown
from auxtheory.typing import FloatArray

# Names that printed formulas and scripts use otherwise.
RESERVED = ("at", "np", "inf", "pair", "noise", "theorem", "print", "kinds", "more", "mode", "self")


def symbol(
    name: str,
    *,
    glyph: str | None = None,
    unit: str | Unit = "1",
    value: Callable[[Any], Any] | None = None,
) -> Posynomial:
    """A symbol that is not in the glossary, as an expression to write bounds and conditions with.

    It must be made before the theorems that use it. Making the same symbol again returns it.

    Args:
        name: A name in Python, such as "lip", under which its value is looked up: the keyword of
            `at.Constants` or `at.Steps`, and an attribute of the constants, `c.lip`.
        glyph: How it is printed, such as "ℒ"; by default the name.
        unit: Its unit, a product of powers of F (the unit of f) and X (that of x), such as
            "F/X^2", "F^(1/2)/X" or "1".
        value: A function of the pair, or of (pair, noise), that returns the value: a number of at
            least 0 (or ∞), or an array of shape (C,) for a grid of C pairs. `Theorem.constants`
            calls it for every pair if the theorem uses the symbol. Without it the symbol is a
            parameter of the steps, or a constant given by hand.

    Returns:
        The expression.

    Raises:
        InputError: Lists what is wrong, such as a name or glyph that means something else.

    Example:
        >>> import auxtheory as at
        >>> largest = at.symbol("smooth", glyph="Λ", unit="F/X^2", value=lambda pair: 2.0)
        >>> F0, T = at.symbols("F0 T")
        >>> theorem = at.claim(2 * largest * F0 / T, method=at.methods.SGD)
        >>> c = theorem.constants(at.Quadratic(L=1.0, dim=2).with_helper(), at.Gaussian())
        >>> print(c.smooth, theorem.bound)
        2.0 2ΛF₀/T
    """
    checks = Checks()
    glyph = name if glyph is None else glyph
    _check_name(checks, name)
    if not isinstance(glyph, str) or not glyph or any(map(str.isspace, glyph)):
        checks.complain("glyph", glyph, "must be one letter or word, such as 'ℓ' or 'σ_max'")
    parsed = checks.attempt(unit_of, unit)
    if value is not None:
        checks.function("value", value, "(pair, noise)" if takes_noise(value) else "(pair)")
    checks.done()
    assert parsed is not None
    added = AddedSymbol(name, glyph, parsed, value)
    _check_new(checks, added)
    checks.done()
    known = lookup(name)
    if known is None or name in SHIPPED:
        known = ADDED[name] = added
        SHIPPED.discard(name)
    return known.symbol


def _check_name(checks: Checks, name: Any) -> None:
    allowed = "must be a name in Python, such as 'lip'"
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        return checks.complain("name", name, allowed)
    attribute = hasattr(Constants, name) or hasattr(Steps, name)
    if name in RESERVED or name.startswith("_") or (attribute and name not in GLOSSARY):
        checks.complain("name", name, f"{allowed}, that has no other meaning")
    return None


def _check_new(checks: Checks, added: AddedSymbol) -> None:
    """Check that the name and the glyph mean nothing else."""
    known = None if added.name in SHIPPED else lookup(added.name)
    if known is not None:
        before = AddedSymbol(known.name, known.glyph, known.unit, getattr(known, "compute", None))
        if not same(before, added):
            differing = [
                f"{part} = {str(getattr(before, part))!r}"
                for part in ("glyph", "unit")
                if getattr(before, part) != getattr(added, part)
            ]
            text = f" with {', '.join(differing)}" if differing else " with another value"
            if added.name in DERIVED:
                text = f" of the library, at.symbols({added.name!r})"
            checks.complain("name", added.name, f"must be new, it is the name of a symbol{text}")
    for other in every():
        taken = other.name not in SHIPPED and other.name != added.name
        if taken and other.glyph == added.glyph:
            checks.complain("glyph", added.glyph, f"must be new, it is that of {other.name}")


def values_of(
    symbols: Iterable[AddedSymbol], pair: Any, noise: Any, size: Any
) -> dict[str, FloatArray]:
    """The values for a pair and a noise of the symbols that have a function; InputError naming each
    that raises or returns anything else than a number of at least 0, or an array of this shape."""
    checks = Checks()
    values = {}
    for each in symbols:
        if each.compute is None:
            continue
        label = f"{each.name} of {shown(pair)}"
        try:
            value = computed(each.compute, pair, noise)
            # Arrays of a single pair have its only configuration first.
            values[each.name] = value[0] if not size and np.shape(value) == (1,) else value
        except Exception as error:  # a user's function may raise anything
            text = f"its function raised {type(error).__name__}: {error}"
            checks.complaints.append(f"{label}: {text}; it must return a number of at least 0")
            continue
        before = len(checks.complaints)
        checks.number(label, values[each.name], high=np.finfo(float).max, infinite=True)
        shape = np.shape(values[each.name]) if len(checks.complaints) == before else ()
        if shape not in ((), size):
            checks.complain(label, values[each.name], f"must be a number or of shape {size}")
    if checks.complaints:
        raise InputError.listing(checks.complaints)
    return values
