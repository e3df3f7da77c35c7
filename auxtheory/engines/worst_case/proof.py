"""Proofs of worst cases: multipliers of a class's inequalities, checked with NumPy alone, whatever
solver found them.

    value − measure = Σ λ_k (inequality k) + ⟨S, G⟩  for all G and F, with every λ_k ≥ 0 and S
    positive semidefinite
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.engines.worst_case.interpolation import Case, Inequalities, drift, inequalities
from auxtheory.errors import Checks, InputError, shown
from auxtheory.typing import FloatArray

GRID = 2.0**-36  # multipliers are whole multiples of it, so that their sums are exact
CANCELS = 1e-12  # what rounding leaves of ∇r(x⁰) where it cancels
ROUNDING = 1e-14  # of S's eigenvalues, relative to the sum of the matrices that S is made of


@dataclass(frozen=True, kw_only=True)
class Check:
    """What `Proof.verify` found: the proven value, the least multiplier, the largest coefficient of
    a function value that is left over, S's least eigenvalue, how much of that may be rounding, and
    how much of ∇r(x⁰) the run keeps."""

    value: float
    least: float
    imbalance: float
    eigenvalue: float
    rounding: float
    drift: float

    def __str__(self) -> str:
        return (
            f"{'a proof of' if self else 'no proof, but a sum of'} {self.value:.8g}: least "
            "multiplier "
            f"{self.least:.3g}, left over {self.imbalance:.3g},\n  least eigenvalue "
            f"{self.eigenvalue:.3g} (rounding "
            f"{self.rounding:.3g}), kept of ∇r(x⁰) {self.drift:.3g}"
        )

    def __bool__(self) -> bool:
        """Whether it is a proof: multipliers of at least 0, function values that cancel to the last
        bit, S positive definite by more than rounding, and a run that does not depend on ∇r(x⁰)."""
        definite = self.eigenvalue > self.rounding
        return bool(self.least >= 0 and self.imbalance == 0 and definite and self.drift <= CANCELS)


@dataclass(frozen=True, eq=False, repr=False)
class Proof:
    """measure ≤ value for every f and r of the case's class; multipliers: shape (m,), by row of
    `inequalities`."""

    case: Case
    multipliers: FloatArray

    @property
    def value(self) -> float:
        """What is proven, in units L = F0 = 1."""
        return float(inequalities(self.case).c @ self.multipliers)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        case = self.case
        used = int(np.count_nonzero(self.multipliers))
        return (
            f"proof: {case.measure} of {case.method.name} is at most {self.value:.8g}, "
            f"{case.function_class} f, "
            f"L = F₀ = 1\n  at {case.described()}\n  {used} of {len(self.multipliers)} "
            "inequalities; verify() checks it"
        )

    def verify(self) -> Check:
        """Rebuild the run and every inequality from the method's rules, and add them up."""
        all_of = inequalities(self.case)
        weights = self.multipliers
        Q, b = all_of.objective
        S = -Q - np.tensordot(weights, all_of.Q, 1)
        size = np.linalg.norm(Q) + np.abs(weights) @ np.linalg.norm(all_of.Q, axis=(1, 2))
        return Check(
            value=float(all_of.c @ weights),
            least=float(np.min(weights)),
            imbalance=float(np.max(np.abs(b + weights @ all_of.b))),
            eigenvalue=float(np.linalg.eigvalsh((S + S.T) / 2)[0]),
            rounding=float(ROUNDING * len(S) * size),
            drift=drift(self.case),
        )

    def to_json(self) -> dict[str, Any]:
        """The case by name and number, and the multipliers that are not 0 as [inequality, i, j,
        multiplier]."""
        plain = {field.name: getattr(self.case, field.name) for field in fields(Case)}
        plain["method"] = self.case.method.name
        named = zip(inequalities(self.case).names, self.multipliers.tolist(), strict=True)
        return {
            "case": plain,
            "value": self.value,
            "multipliers": [[*name, w] for name, w in named if w],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Proof:
        """A stored proof; InputError if it names a method or an inequality that there is not."""
        known = {method.name: method for method in methods.ALL}
        checks = Checks()
        try:
            given = dict(record["case"])
            multipliers = [*map(tuple, record["multipliers"])]
            checks.member("method", given.get("method"), known)
            checks.done()
            case = Case(**(given | {"method": known[given["method"]]}))
        except (TypeError, KeyError, IndexError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            told = "must be what Proof.to_json returns, with a case and its multipliers"
            raise InputError.listing([f"record = {shown(record)}: {told}"]) from error
        row = {name: k for k, name in enumerate(inequalities(case).names)}
        weights = np.zeros(len(row))
        for name in multipliers:
            if len(name) != 4 or name[:3] not in row or not isinstance(name[3], int | float):
                checks.complain(
                    "inequality", list(name), "must be one of the case's class, and its multiplier"
                )
            else:
                weights[row[name[:3]]] = name[3]
        checks.done()
        return cls(case, weights)


def balanced(case: Case, multipliers: FloatArray) -> Proof:
    """The proof nearest to what a solver found in which all function values cancel exactly.

    What is left over at a point is handed along to its neighbour by adding to one multiplier, never
    taking away.
    """
    all_of = inequalities(case)
    weights = np.rint(np.maximum(multipliers, 0.0) / GRID) * GRID
    row = {name: k for k, name in enumerate(all_of.names)}
    N = case.points
    for kind, offset in (("r", N), ("f", 0)) if case.curved else (("f", 0),):
        for i in range(N - 1, 0, -1):
            left = _left_over(all_of, weights, offset + i)
            weights[row[(kind, i - 1, i) if left > 0 else (kind, i, i - 1)]] += abs(left)
    left = _left_over(all_of, weights, 0)
    above = ("f", 0, N) if case.has_minimiser else ("above", 0, 0)
    if left:
        weights[row["start", 0, 0] if left > 0 else row[above]] += abs(left)
    return Proof(case, weights)


def _left_over(all_of: Inequalities, weights: FloatArray, i: int) -> float:
    """The coefficient of function value i; the objective's is 0 or 1, a multiplier's a multiple of
    GRID."""
    return float(all_of.objective[1][i] + weights @ all_of.b[:, i])
