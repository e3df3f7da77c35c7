"""What a vector is made of: its coefficients in known vectors by least squares, compared with the
right ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from auxtheory.conformance.factors import Factor, Setting
from auxtheory.units import FloatArray

Terms: TypeAlias = dict[str, float]

MOST = 3  # wrong terms that are named
CONSTANT = "a vector of ones"
BY = " is off by the factor "


def solved(vector: FloatArray, basis: Mapping[str, FloatArray], precision: float) -> Terms | None:
    """The coefficients of a vector in the basis, None if it is not a combination of it."""
    matrix = np.stack(list(basis.values()), axis=1)
    found = np.linalg.lstsq(matrix, vector, rcond=None)[0]
    scale = max(1.0, float(np.max(np.abs(vector))))
    if np.max(np.abs(matrix @ found - vector)) > precision * scale:
        return None
    found[np.abs(found) <= precision * scale] = 0.0
    return {name: float(c) for name, c in zip(basis, found, strict=True)}


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A term whose coefficient is not the right one: by which factor, or, of a term that must not
    be there, which."""

    term: str
    factor: Factor
    extra: bool = False

    @property
    def left_out(self) -> bool:
        return not self.extra and self.factor.near(0.0)


def deviations(
    found: Sequence[Terms], wanted: Sequence[Terms], at: Sequence[Setting], precision: float
) -> list[Deviation]:
    """The terms with other coefficients than wanted, by their values at the settings."""
    off = []
    for term in dict.fromkeys(name for terms in (*wanted, *found) for name in terms):
        kept = [i for i in range(len(at)) if term in found[i] or term in wanted[i]]
        one, other = (
            np.array([terms[i].get(term, 0.0) for i in kept]) for terms in (found, wanted)
        )
        settings = tuple(at[i] for i in kept)
        if np.all(np.abs(one - other) <= precision * np.maximum(1.0, np.abs(other))):
            continue
        if np.all(np.abs(other) > precision):
            off.append(Deviation(term=term, factor=Factor(one / other, settings, precision)))
        else:
            off.append(
                Deviation(term=term, factor=Factor(one - other, settings, precision), extra=True)
            )
    return off


def worded(off: Sequence[Deviation], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """Deviations in words; terms of one group with one factor are one deviation, by the group's
    name.

    groups: the names, largest group first, each with its terms; a term by itself has its own name.
    """
    left = list(off)
    lines = []
    for name, terms in groups.items():
        own = [d for d in left if d.term in terms and not d.extra]
        if len(own) == len(terms) and all(d.factor.same(own[0].factor) for d in own[1:]):
            lines.append(_words(name, own[0]))
            left = [d for d in left if d not in own]
    lines += [_words(d.term, d) for d in left]
    return (
        lines
        if len(lines) <= MOST
        else [*lines[:MOST], f"other terms are wrong, too ({len(lines) - MOST})"]
    )


def _words(name: str, d: Deviation) -> str:
    if d.extra:
        return f"it has a term that must not be there, {d.factor} times {name}"
    if d.factor.near(-1.0):
        return f"{name} has the wrong sign"
    return f"{name} is left out" if d.left_out else f"{name}{BY}{d.factor}"
