"""Constants that only a run yields: symbols whose values are ratios of what was measured along it.

A symbol of this kind is the root of E‖u‖²/E‖v‖², each summed over the local steps of a run, of two
state variables u and v that the theorem's method keeps. Before the run its value is a bound on it,
and no condition on it can fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auxtheory.bounds.added import ADDED
from auxtheory.bounds.derived import DERIVED, Derived
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.units import unit_of


@dataclass(frozen=True)
class Along(Derived):
    """A derived constant measured along a run.

    Args:
        above: the state variable u, whose squares are summed in the numerator.
        below: the state variable v, whose squares are summed in the denominator.
        over: of a root of the mean over a run of the clients' mean ‖∇r_i‖², the points at which it
            is taken, as of a measure; "": of any other.
    """

    above: str = ""
    below: str = ""
    over: str = ""


def symbol_along(
    name: str,
    *,
    glyph: str,
    unit: str,
    value: Callable[..., Any],
    meaning: str,
    ratio: tuple[str, str],
) -> Posynomial:
    """A constant measured along a run, as an expression to write bounds with.

    Args:
        name: its name in code.
        glyph: how it is printed.
        unit: its unit, such as "F/X^2".
        value: a module-level function of (pair) that returns what it is at most, on any run.
        meaning: what it is, in words and formulas.
        ratio: the state variables of numerator and denominator.

    Returns:
        The expression.
    """
    along = Along(name, glyph, unit_of(unit), value, meaning, *ratio)
    DERIVED[name] = ADDED[name] = along
    return along.symbol


def symbol_at(
    name: str, *, glyph: str, unit: str, value: Callable[..., Any], meaning: str, over: str
) -> Posynomial:
    """The root of the mean over a run of E mean_i‖∇r_i‖², as an expression to write bounds with.

    Args:
        name: its name in code.
        glyph: how it is printed.
        unit: its unit, "F/X".
        value: a module-level function of (pair) that returns what it is at most, on any run.
        meaning: what it is, in words and formulas.
        over: the points at which it is taken, as of a measure, such as "starts".

    Returns:
        The expression.
    """
    along = Along(name, glyph, unit_of(unit), value, meaning, over=over)
    DERIVED[name] = ADDED[name] = along
    return along.symbol
