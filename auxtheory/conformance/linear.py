"""The coefficients of a vector in known vectors, by least squares, compared with the correct
ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from auxtheory.conformance.factors import Factor, Setting
from auxtheory.typing import FloatArray

Terms: TypeAlias = dict[str, float]

MAX_WRONG_TERMS = 3  # wrong terms that are named
CONSTANT = "a vector of ones"
BY = " is off by the factor "


def solved(vector: FloatArray, basis: Mapping[str, FloatArray], precision: float) -> Terms | None:
    """The coefficients of a vector in the basis, None if it is not a combination of it."""
    matrix = np.stack(list(basis.values()), axis=1)
    coefficients = np.linalg.lstsq(matrix, vector, rcond=None)[0]
    scale = max(1.0, float(np.max(np.abs(vector))))
    if np.max(np.abs(matrix @ coefficients - vector)) > precision * scale:
        return None
    coefficients[np.abs(coefficients) <= precision * scale] = 0.0
    return {name: float(c) for name, c in zip(basis, coefficients, strict=True)}


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A term with a wrong coefficient, as a factor of the correct one or, for a term that must not
    occur, by itself."""

    term: str
    factor: Factor
    extra: bool = False

    @property
    def left_out(self) -> bool:
        return not self.extra and self.factor.near(0.0)


def deviations(
    actual: Sequence[Terms], wanted: Sequence[Terms], at: Sequence[Setting], precision: float
) -> list[Deviation]:
    """The terms with other coefficients than wanted, by their values at the settings."""
    off = []
    for term in dict.fromkeys(name for terms in (*wanted, *actual) for name in terms):
        indices = [i for i in range(len(at)) if term in actual[i] or term in wanted[i]]
        one, other = (
            np.array([terms[i].get(term, 0.0) for i in indices]) for terms in (actual, wanted)
        )
        settings = tuple(at[i] for i in indices)
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

    groups: the names, largest group first, each with its terms; a single term has its own name.
    """
    left = list(off)
    lines = []
    for name, terms in groups.items():
        group = [d for d in left if d.term in terms and not d.extra]
        if len(group) == len(terms) and all(d.factor.same(group[0].factor) for d in group[1:]):
            lines.append(_words(name, group[0]))
            left = [d for d in left if d not in group]
    lines += [_words(d.term, d) for d in left]
    return (
        lines
        if len(lines) <= MAX_WRONG_TERMS
        else [
            *lines[:MAX_WRONG_TERMS],
            f"other terms are wrong, too ({len(lines) - MAX_WRONG_TERMS})",
        ]
    )


def _words(name: str, d: Deviation) -> str:
    if d.extra:
        return f"it has a term that must not be there, {d.factor} times {name}"
    if d.factor.near(-1.0):
        return f"{name} has the wrong sign"
    return f"{name} is left out" if d.left_out else f"{name}{BY}{d.factor}"
