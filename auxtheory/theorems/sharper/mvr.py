"""S4-MVR-sharp: MVR (STORM) on the exact range, with the sharp constant of its noise."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.theorems.base import TINY, Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.cases import one_step, usual

L, F0, delta, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_r eta a K T B")
CAPS = (
    1 / (2 * L),
    1 / (2 * delta),
    (7 * F0 / (4 * delta**2 * sigma_r**2 * T)) ** Fraction(1, 3),
)
RATE = (
    2.49 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)
    + 4 * (L + delta) * F0 / T
    + 4 / 7 * sigma_r**2 / T
)


def _long(values: Mapping[str, Any]) -> Any:
    return np.asarray(values["B"]) * np.asarray(values["T"]) >= 16


class MVRSharp(Theorem):
    """MVR (STORM) on f, AuxMVR with h = 0 and K = 1, with the largest σ_r² along the run:

        Lη + δ²η²(1−a)/(a(2−a)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηT) + σ_r²(a(T−1) + max{1/(aB), 1−a})/((2−a)T).

    η = min{1/(2L), 1/(2δ), (7F₀/(4δ²σ_r²T))^{1/3}}, a = max{δ²η², 1/√(BT)}, and if BT ≥ 16
        ⇒  G ≤ 2.49(δσ_rF₀/T)^{2/3} + (4L + 4δ)F₀/T + (4/7)σ_r²(1/T + min{1/(δ²η²BT), 2/√(BT)});
    for BT < 16 the bound at these steps.

    Proof. S4-sharp at K = 1 and σ_h = 0, where ℓ = 0 and ϑ = 1. The range cannot be widened, nor
    that of AuxMVR at K = 1: noise that turns as x moves, n = σ(ε₁ cos(δx/σ) + ε₂ sin(δx/σ)), breaks
    the bound beyond it. Source: derived here. Largest measured/bound known: 1.0, and 0.9999 with
    noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.MVRSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.120507, a = 0.014522, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0244
    """

    label = "S4-MVR-sharp"
    method = methods.MVR
    variance = "largest"
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + delta**2 * eta**2 * (1 - a) / (a * (2 - a)) <= 1,
        a <= 1,
        K <= 1,
    )
    bound = 2 * F0 / (eta * T) + sigma_r**2 * (a * (T - 1) + maximum(1 / (a * B), 1 - a)) / (
        (2 - a) * T
    )
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(RATE + 4 / 7 * sigma_r**2 / (delta**2 * eta**2 * B * T), "δ > 0, BT ≥ 16", _long),
        Corollary(RATE + 8 / 7 * sigma_r**2 / sqrt(B * T), "BT ≥ 16", _long),
        Corollary(bound, "BT < 16"),
    )
    prescribed: ClassVar[Rule] = {
        "": {"eta": minimum(*CAPS), "a": maximum((delta * eta) ** 2, 1 / sqrt(B * T))}
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(CAPS, c.values() | {"T": T})
        return eta, np.maximum((c.delta * eta) ** 2, max(1 / np.sqrt(B * T), TINY))

    def example(self) -> Case:
        return usual(1)

    def tightest(self) -> Case:
        return one_step(alone=True, eta=1.0, a=1.0)
