"""S3-PŁ: the last iterate of AuxMOM under the Polyak–Łojasiewicz inequality."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import exp, log, maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.polyak.potential import discounted, least
from auxtheory.theorems.rule import Rule

L, F0, mu, delta, sigma_h, sigma_r = symbols("L F0 mu delta sigma_h sigma_r")
eta, a, K, T, B = symbols("eta a K T B")
START = F0 + sigma_r**2 / (8 * mu * B)
# The noise is at most this times η.
NOISE = (4 * delta + 8 * mu) * K * sigma_r**2 / mu + (L + delta / 2) * sigma_h**2 / (2 * mu)
SHARE = maximum(math.e, mu * K * T * START / NOISE)


def last_gap(c: Any, s: Any) -> float:
    """r^{KT}F₀ + ½η(1+ε)pσ_r²(r^{KT}/B + a²r^K(1−r^{K(T−1)})/(1−r^K)) + (Lησ_h² + (1+1/ε)δ²η²σ_h²
    (K(1−a)/a + K−1))(1−r^{KT})/(2μ) with r = 1−ημ, at the best ε ≥ 0."""
    K = int(s.K)
    q = s.eta * c.mu
    left = 1 - c.L * s.eta
    moved = (c.delta * s.eta) ** 2
    log_r = math.log1p(-q)
    remains = math.exp(K * s.T * log_r)
    refreshes = math.expm1(K * (s.T - 1) * log_r) / math.expm1(K * log_r)
    samples = remains / s.B + s.a**2 * math.exp(K * log_r) * refreshes
    noise = s.eta / 2 * c.sigma_r**2 * samples
    share = -math.expm1(K * s.T * log_r) / (2 * c.mu)
    fixed = remains * c.F0 + c.L * s.eta * c.sigma_h**2 * share
    drift = moved * c.sigma_h**2 * (K * (1 - s.a) / s.a + K - 1) * share

    def weight(epsilon: Any) -> Any:
        if K == 1 and s.a == 1:  # a buffer of one round, of one step
            return np.full_like(epsilon, 1 / (1 - q))
        if left <= 0 < moved:
            return np.full_like(epsilon, np.inf)
        u = (1 + epsilon) * (moved / left if moved else 0.0)
        return discounted(u, K, s.a, q)

    def split(epsilon: Any) -> Any:
        p = weight(epsilon)
        # Without a potential nothing is bounded, also without noise.
        of_buffer = np.where(np.isfinite(p), (1 + epsilon) * p * noise, np.inf)
        return of_buffer + (1 + 1 / epsilon) * drift if drift else of_buffer

    return fixed + (least(split) if drift else float(split(np.zeros(1))[0]))


class AuxMOMPL(Theorem):
    """AuxMOM, m ← (1 − a)m + a g_r(x; ξ), on an f with ½‖∇f‖² ≥ μ(f − f*), r = 1 − ημ > 0:

        Lη ≤ 1, (1−a)² < r^K, a ≤ 1  ⇒  for every ε > 0 (ε = 0 if σ_h = 0)  E f(x^T) − f* ≤
        r^{KT}F₀ + ½η(1+ε)pσ_r²(r^{KT}/B + a²r^K(1−r^{K(T−1)})/(1−r^K))
            + (Lησ_h² + (1+1/ε)δ²η²σ_h²(K(1−a)/a + K−1))(1−r^{KT})/(2μ),

    where p is the least fixed point of P ↦ φ^K((1−a)²P), φ(P) = (1 + Pκ/(κ−P))/r, κ = (1−Lη)/
    ((1+ε)δ²η²), and ∞ if a pole is in the way; the class has the best ε. Tuned: η = min{1/(2L),
    1/(8δK), 1/(16μK), ln(x)/(μKT)}, a = max{4δηK, 8ημK}, N = (4δ+8μ)Kσ_r²/μ + (L+δ/2)σ_h²/(2μ),
    x = max{e, μKT(F₀ + σ_r²/(8μB))/N}  ⇒
        E f(x^T) − f* ≤ e^{−μT/max{2L/K, 8δ, 16μ}} (F₀ + σ_r²/(8μB)) + N(1 + ln x)/(μKT).

    Proof. A step gives D⁺ ≤ rD + ½η(‖b‖² − (1−Lη)‖v‖² + Lησ_h²); b = Q + N as for S3, ‖b‖² ≤
    (1+ε)‖Q‖² + (1+1/ε)‖N‖², a step changes Q by at most δη‖v‖, a refresh makes it (1−a)Q + a n. For
    P < κ the largest P‖Q+Δ‖² − κ‖Δ‖² is ‖Q‖²Pκ/(κ−P); with weights r^{KT−j} of the steps j, the
    potential of step k is P_k = φ(P_{k+1}) in the weight of the step before, so that p‖Q‖² at the
    start of a round pays for all that follows. Tuned: ε = 1, and then p ≤ K/a. Source: derived
    here; arXiv 2206.00395 treats the general case. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, delta=0.1, sigma_r=0.1)
        >>> steps = theorem.tune(c, K=4, T=1000)
        >>> print(steps)
        η = 0.0168136, a = 0.0538035, K = 4, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.009271
    """

    label = "S3-PL"
    method = methods.AuxMOM
    measure = "gap"
    assumptions = (mu > 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta <= 1,
        eta * mu < 1,
        (1 - a) ** 2 < (1 - eta * mu) ** K,
        a <= 1,
    )
    bound = as_bound(last_gap)
    corollaries = (
        Corollary(
            exp(-mu * T / maximum(2 * L / K, 8 * delta, 16 * mu)) * START
            + NOISE * (1 + log(SHARE)) / (mu * K * T)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * L), 1 / (8 * delta * K), 1 / (16 * mu * K), log(SHARE) / (mu * K * T)
            ),
            "a": maximum(4 * delta * eta * K, 8 * eta * mu * K),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        rule = self.prescribed[""]
        values = c.values() | {"K": K, "T": T, "B": B}
        values["eta"] = rule["eta"].value(values)
        return values["eta"], rule["a"].value(values)

    def example(self) -> Case:
        # A quadratic of 16 coordinates of curvatures from 0.2 to 1, at given steps
        pair = Quadratic(L=1.0, mu=0.2, dim=16).with_helper(delta=0.05)
        noise = Gaussian(sigma_f=0.3, sigma_h=0.1)
        return Case(pair, noise, K=4, T=(10, 100, 1_000), B=1, eta=0.02, a=0.1)

    def tightest(self) -> Case:
        # One coordinate, δ = 0, a = 1 and Lη near 1: a step leads to the noise of its sample
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper(delta=0.0)
        return Case(pair, Gaussian(sigma_f=1.0), T=10, eta=0.999999, a=1.0)
