"""S4-sharp and S4-simple: AuxMVR with the sharp constant of the refresh's noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.theorems.auxmvr import AuxMVR
from auxtheory.theorems.base import TINY, Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.cases import one_step, usual
from auxtheory.theorems.sharper.supremum import largest_square

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B, lam = symbols(
    "L F0 delta sigma_h sigma_r eta a K T B lambda_K"
)
# Largest 2/((2−a)ϑ) at the prescribed steps, rounded up.
CUBE = 1.2078
CAPS = (
    1 / (2 * L),
    1 / (4 * delta * K),
    (F0 / (CUBE * delta**2 * sigma_r**2 * T)) ** Fraction(1, 3) / K,
)
RATE = (
    3.2 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)
    + (4 * L / K + 8 * delta) * F0 / T
    + 0.61 * sigma_r**2 / T
)
START = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2
DRIFT = delta**2 * eta**2 * K**2 / a
REFRESH = sigma_r**2 * (a * (T - 1) + maximum(1 / (a * B), 1 - a)) / ((2 - a) * T)
MOVED = delta**2 * eta**2 * sigma_h**2 * K * (1 - a) / (a * (2 - a))
INNER = delta * eta * sigma_h * sqrt((K - 1) / 2)


def largest_error(c: Any, s: Any) -> float:
    """2F₀/(ηKT) + Lησ_h² + the least value over ϑ of (N + H²)/ϑ + D²/(1−ϑ) + (√α H/ϑ +
    ℓD/(1−ϑ))²/(ω − α/ϑ − ℓ²/(1−ϑ)), ω = 1 − Lη."""
    K = int(s.K)
    start = 2 * c.F0 / (s.eta * K * s.T) + c.L * s.eta * c.sigma_h**2
    a, left = s.a, max(1 - c.L * s.eta, 0.0)
    refresh = a * (s.T - 1) + max(1 / (a * s.B), 1 - a)
    noise = c.sigma_r**2 * refresh / ((2 - a) * s.T)
    if c.delta == 0:
        return start + noise
    moved = (1 - a) / (a * (2 - a))
    alpha, length = moved * (c.delta * s.eta * K) ** 2, c.delta * s.eta * math.sqrt(s.lambda_K)
    H, D = (c.delta * s.eta * c.sigma_h * math.sqrt(each) for each in (K * moved, (K - 1) / 2))
    return start + largest_square(noise, left, alpha=alpha, length=length, H=H, D=D)


def _quiet(values: Mapping[str, Any]) -> Any:
    return np.asarray(values["sigma_h"]) == 0


def _quiet_and_long(values: Mapping[str, Any]) -> Any:
    return _quiet(values) & (np.asarray(values["B"]) * np.asarray(values["T"]) >= 64)


class AuxMVRSharp(Theorem):
    """AuxMVR, m ← g_r(x; ξ) + (1 − a)(m − g_r(x_prev; ξ)), if E‖g_r(x;ξ) − g_r(y;ξ)‖² ≤ δ²‖x − y‖²,
    with the largest σ_r² along the run. Let

        α = (1−a)(δηK)²/(a(2−a)), ℓ = δη√λ_K, ω = 1−Lη, H = δησ_h√(K(1−a)/(a(2−a))),
        D = δησ_h√((K−1)/2), N = σ_r²(a(T−1) + max{1/(aB), 1−a})/((2−a)T).

        √α + ℓ ≤ √ω and a ≤ 1  ⇒  for every 0 < ϑ < 1 with α/ϑ + ℓ²/(1−ϑ) < ω
        G ≤ 2F₀/(ηKT) + Lησ_h² + (N+H²)/ϑ + D²/(1−ϑ)
            + (√α H/ϑ + ℓD/(1−ϑ))²/(ω − α/ϑ − ℓ²/(1−ϑ)),

    and the class has the best ϑ. At σ_h = 0 it is G ≤ 2F₀/(ηKT) + N/ϑ, ϑ = (ω+α−ℓ² +
    √((ω+α−ℓ²)² − 4ωα))/(2ω), which tends to 1 as a → 0. Tuned, σ_h = 0: η = min{1/(2L), 1/(4δK),
    (1/K)(F₀/(1.2078δ²σ_r²T))^{1/3}}, a = max{2(δηK)², 1/√(BT)}, and if BT ≥ 64

        G ≤ 3.2(δσ_rF₀/T)^{2/3} + (4L/K + 8δ)F₀/T + 0.61σ_r²(1/T + min{1/(2(δηK)²BT), 2/√(BT)});

    for BT < 64 the bound at these steps, and for σ_h > 0 the bound at those of S4.

    Proof. e_t = (1−a)e_{t−1} + ε_t with ε_t = n_t(x) − (1−a)n_t(x′). With V(x) = E‖n(x)‖² and W =
    E‖n(x) − n(x′)‖² ≤ δ²‖x − x′‖², E‖ε_t‖² = aV(x) − a(1−a)V(x′) + (1−a)W, without Young's
    inequality. Summed with the weights (1 − (1−a)^{2(T−s+1)})/(a(2−a)), each V has a coefficient ≥
    0 but perhaps the first, so |e|² ≤ N + (√α V + H)², V = |v|. Then |b| ≤ |e| + ℓV + D, and (p+q)²
    ≤ p²/ϑ + q²/(1−ϑ). S4 follows for the largest σ_r² where a ≤ ¾ and aB(1−a) ≤ 1 or aT ≥ 3(1−2a).
    Source: derived here. Largest measured/bound known: 1.0, and 0.9999 with noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMVRSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.054481, a = 0.00379927, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.006991
    """

    label = "S4-sharp"
    method = methods.AuxMVR
    variance = "largest"
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        (delta * eta * K * sqrt((1 - a) / (a * (2 - a))) + delta * eta * sqrt(lam)) ** 2 + L * eta
        <= 1,
        a <= 1,
    )
    bound = as_bound(largest_error)
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(
            RATE + 0.61 * sigma_r**2 / (2 * delta**2 * eta**2 * K**2 * B * T),
            "σ_h = 0, δ > 0, BT ≥ 64",
            _quiet_and_long,
        ),
        Corollary(RATE + 1.22 * sigma_r**2 / sqrt(B * T), "σ_h = 0, BT ≥ 64", _quiet_and_long),
        Corollary(as_bound(largest_error), "σ_h > 0 or BT < 64"),
    )
    prescribed: ClassVar[Rule] = {
        "σ_h = 0": {
            "eta": minimum(*CAPS),
            "a": maximum(2 * (delta * eta * K) ** 2, 1 / sqrt(B * T)),
        },
        **{f"σ_h > 0, {case}": rule for case, rule in AuxMVR.prescribed.items()},
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        quiet = np.asarray(c.sigma_h) == 0
        eta = smallest(CAPS, c.values() | {"K": K, "T": T})
        a = np.maximum(2 * (c.delta * eta * K) ** 2, max(1 / np.sqrt(B * T), TINY))
        noisy_eta, noisy_a = AuxMVR().step_sizes(c, K, T, B)
        return np.where(quiet, eta, noisy_eta), np.where(quiet, a, noisy_a)

    def example(self) -> Case:
        return usual(sigma_h=0.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class AuxMVRSimple(Theorem):
    """AuxMVR as S4-sharp, in closed form: with N, H and D of there,

        Lη + 4.24(δηK)²/a ≤ 1 and a ≤ 1  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² + (4/3)(√(N + H²) + D)².

    Proof. √(N + (√αV+H)²) ≤ √(N+H²) + √α V, so |b| ≤ √(N+H²) + D + (√α+ℓ)V; by Young's inequality
    with 4/3 and 4, |b|² ≤ (4/3)(√(N+H²) + D)² + 4(√α+ℓ)²V², and 4(√((1−a)/(2−a)) + (2/π)√a)² ≤
    4.24. Source: derived here. Largest measured/bound known: 1.0, at Lη = 1.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMVRSimple()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.01, a=0.01, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.04328
    """

    label = "S4-simple"
    method = methods.AuxMVR
    variance = "largest"
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta + 4.24 * DRIFT <= 1, a <= 1)
    bound = START + 4 / 3 * (sqrt(REFRESH + MOVED) + INNER) ** 2

    def example(self) -> Case:
        return usual(eta=0.02, a=0.3)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)
