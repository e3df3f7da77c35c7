"""Proofs of worst cases: multipliers of a class's inequalities, checked with NumPy only,
independent of the solver.

    value − measure = Σ λ_k (inequality k) + ⟨S, G⟩  for all G and F, with every λ_k ≥ 0 and S
    positive semidefinite
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.engines.worst_case.interpolation import (
    Inequalities,
    WorstCaseSpec,
    drift,
    inequalities,
)
from auxtheory.engines.worst_case.sought import GRID, as_json, from_json, name_of
from auxtheory.errors import Checks, InputError, shown
from auxtheory.printing import wrapped
from auxtheory.typing import FloatArray

CANCELS = 1e-12  # rounding error of ∇r(x⁰) where it cancels
EIGENVALUE_ROUNDING = (
    1e-14  # rounding error of S's eigenvalues, relative to the sum of the matrices in S
)


@dataclass(frozen=True, kw_only=True)
class Check:
    """The result of `Proof.verify`; true if it is a proof.

    Args:
        value: the proven value, in units L = F0 = 1.
        least: the smallest multiplier.
        imbalance: the largest coefficient of a function value that does not cancel.
        eigenvalue: the smallest eigenvalue of S.
        rounding: the largest possible rounding error of that eigenvalue.
        drift: the coefficient of ∇r(x⁰) in the points of the run.
    """

    value: float
    least: float
    imbalance: float
    eigenvalue: float
    rounding: float
    drift: float

    def __str__(self) -> str:
        return wrapped(
            f"{'a proof of' if self else 'not a proof of'} {self.value:.8g}: smallest multiplier "
            f"{self.least:.3g}, left over {self.imbalance:.3g},\n  smallest eigenvalue "
            f"{self.eigenvalue:.3g} (rounding {self.rounding:.3g}), left of ∇r(x⁰) {self.drift:.3g}"
        )

    def __bool__(self) -> bool:
        """Whether it is a proof: multipliers of at least 0, function values that cancel to the last
        bit, S positive definite by more than rounding, and a run independent of ∇r(x⁰)."""
        definite = self.eigenvalue > self.rounding
        return bool(self.least >= 0 and self.imbalance == 0 and definite and self.drift <= CANCELS)


@dataclass(frozen=True, eq=False, repr=False)
class Proof:
    """A proof that measure ≤ value for every f and r of the case's class: multipliers of the
    inequalities that hold in the class.

    Args:
        case: the method, its steps and the class, in units L = F0 = 1.
        multipliers: shape (m,), one for each inequality of the class.

    Example:
        >>> import auxtheory as at
        >>> constants = at.Constants(L=1.0, F0=1.0)
        >>> worst = at.worst_case(at.methods.SGD, constants, at.Steps(eta=1.0, K=1, T=1))
        >>> bool(worst.proof.verify())
        True
    """

    case: WorstCaseSpec
    multipliers: FloatArray

    @property
    def value(self) -> float:
        """The proven value, in units L = F0 = 1."""
        return float(inequalities(self.case).c @ self.multipliers)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        spec = self.case
        used = int(np.count_nonzero(self.multipliers))
        return wrapped(
            f"proof: {name_of(spec.measure)} of {spec.method.name} is at most {self.value:.8g}, "
            f"{spec.function_class} f, "
            f"L = F₀ = 1\n  at {spec.described()}\n  {used} of {len(self.multipliers)} "
            "inequalities; verify() checks it"
        )

    def verify(self) -> Check:
        """Rebuild the run and every inequality from the method's rules, and add them up, with NumPy
        alone.

        Returns:
            The numbers that were checked; its truth value is whether this is a proof.
        """
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
            rounding=float(EIGENVALUE_ROUNDING * len(S) * size),
            drift=drift(self.case),
        )

    def to_json(self) -> dict[str, Any]:
        """The proof as values that JSON can hold.

        Returns:
            A dict with "case", its fields by name; "value"; and "multipliers", those that are not 0
            as [inequality, i, j, multiplier].
        """
        plain = {field.name: getattr(self.case, field.name) for field in fields(WorstCaseSpec)}
        for name, nothing in (("parameters", ()), ("N", 0), ("zeta", 0.0)):
            if plain[name] == nothing:
                del plain[name]
        plain["method"] = self.case.method.name
        plain["measure"] = as_json(self.case.measure, self.case.T)
        named = zip(inequalities(self.case).names, self.multipliers.tolist(), strict=True)
        return {
            "case": plain,
            "value": self.value,
            "multipliers": [[*name, w] for name, w in named if w],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Proof:
        """The proof stored by `to_json`.

        Args:
            record: what `to_json` returned.

        Returns:
            The proof, with all its multipliers.

        Raises:
            InputError: if the record has another form, or names an unknown method or inequality.
        """
        known = {method.name: method for method in methods.EVERY}
        checks = Checks()
        try:
            values = dict(record["case"])
            multipliers = [*map(tuple, record["multipliers"])]
            checks.member("method", values.get("method"), known)
            checks.done()
            further = tuple(
                (str(name), tuple(map(float, v)) if isinstance(v, list | tuple) else float(v))
                for name, v in values.pop("parameters", ())
            )
            values["measure"] = from_json(values.get("measure", "G"))
            method = known[values["method"]]
            spec = WorstCaseSpec(**(values | {"method": method, "parameters": further}))
        except (TypeError, KeyError, IndexError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            rule = "must be what Proof.to_json returns, with a case and its multipliers"
            raise InputError.listing([f"record = {shown(record)}: {rule}"]) from error
        row = {name: k for k, name in enumerate(inequalities(spec).names)}
        weights = np.zeros(len(row))
        for name in multipliers:
            if len(name) != 4 or name[:3] not in row or not isinstance(name[3], int | float):
                checks.complain(
                    "inequality", list(name), "must be one of the case's class, and its multiplier"
                )
            else:
                weights[row[name[:3]]] = name[3]
        checks.done()
        return cls(spec, weights)


def balanced(spec: WorstCaseSpec, multipliers: FloatArray) -> Proof:
    """The proof nearest to a solver's multipliers in which all function values cancel exactly.

    The remainder at a point is passed on to its neighbour by adding to one multiplier, never by
    subtracting.
    """
    all_of = inequalities(spec)
    weights = np.rint(np.maximum(multipliers, 0.0) / GRID) * GRID
    row = {name: k for k, name in enumerate(all_of.names)}
    N = spec.points
    for kind, offset in (("r", N), ("f", 0)) if spec.curved else (("f", 0),):
        for i in range(N - 1, 0, -1):
            left = _left_over(all_of, weights, offset + i)
            weights[row[(kind, i - 1, i) if left > 0 else (kind, i, i - 1)]] += abs(left)
    left = _left_over(all_of, weights, 0)
    above = ("f", 0, N) if spec.has_minimiser else ("above", 0, 0)
    if left:
        weights[row["start", 0, 0] if left > 0 else row[above]] += abs(left)
    return Proof(spec, weights)


def _left_over(all_of: Inequalities, weights: FloatArray, i: int) -> float:
    """The coefficient of function value i in the sum: a multiple of GRID."""
    return float(all_of.objective[1][i] + weights @ all_of.b[:, i])
