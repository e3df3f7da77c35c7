"""S3-schedule: AuxMOM with any schedule of η and a."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.bounds.schedules import per_round, per_round_bound
from auxtheory.measures import G
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.rule import ROUND, Rule, over_rounds

L, F0, delta, sigma_h, sigma_r, eta, a, K, T = symbols("L F0 delta sigma_h sigma_r eta a K T")
# At a ≥ √(8/3) δηK and Lη ≤ ½ the drift takes at most ¾ of the range of S3.
LEAST = math.sqrt(8 / 3)


@per_round_bound
def weighted(c: Any, s: Any) -> float:
    """(2F₀ + σ_r² Σ_t p_t a_t²)/(K Σ_t η_t), a_1² := 1/B, by the recursion of p from t = T down."""
    K, T = int(s.K), int(s.T)
    squares = [1 / s.B, *(s.a[1:] ** 2).tolist()]
    keep = [*((1 - s.a[1:]) ** 2).tolist(), 0.0]
    steps = s.eta.tolist()
    P = noise = 0.0
    for t in reversed(range(T)):
        step = steps[t]
        left = 1 - c.L * step
        moved = c.delta**2 * step
        inverse = 0.0 if not moved else moved / left if left > 0 else math.inf
        P *= keep[t]
        for _ in range(K):
            if P > 0 and P * inverse >= 1:
                return math.inf
            P = step + (P / (1 - P * inverse) if P > 0 else 0.0)
        noise += P * squares[t]
    return float((2 * c.F0 + c.sigma_r**2 * noise) / (K * np.sum(s.eta)))


class AuxMOMSchedule(Theorem):
    """AuxMOM with a step size η_t and a momentum parameter a_t for each round, σ_h = 0:

        Lη_t ≤ 1, a_t ≤ 1  ⇒  (1/Σ_t η_t) Σ_t η_t (1/K) Σ_k E‖∇f(y^t_{k−1})‖² ≤
        (2F₀ + σ_r² Σ_t p_t a_t²)/(K Σ_t η_t), a_1² := 1/B,

    where p comes from a recursion from the last round to the first: P = 0; for t = T, …, 1: P ←
    (1−a_{t+1})²P, then K times P ← η_t + P/(1 − P/k_t), k_t = (1−Lη_t)/(δ²η_t), and p_t = P; the
    bound is ∞ if a P reaches k_t on the way. Prescribed: η = min{1/(2L), 1/(4δK), √(2F₀/(1.4516
    δK²Tσ_r²))}, a_t = max{√(8/3) δηK, 1/t}, for which none does. This removes what a constant a
    loses at the start, as long as the first buffer is noisy; at δ = 0 the buffer is the mean of all
    samples.

    Proof. A step gives η_t E‖∇f‖² ≤ 2(D − D⁺) + η_t(‖b‖² − (1−Lη_t)‖v‖²), as for S3; b = Q since
    σ_h = 0, a step changes Q by at most δη_t‖v‖, and a refresh makes it (1−a_t)Q + a_t n. For P <
    k_t the largest P‖Q+Δ‖² − k_t‖Δ‖² over Δ is P‖Q‖²/(1 − P/k_t), so that p_t‖Q‖² at the start of
    round t is at least Σ η(‖b‖² − (1−Lη)‖v‖²) over all that follows, but for p_s a_s² E‖n_s‖² of
    each later refresh. Source: derived here; arXiv 2206.00395 has constant steps. Largest
    measured/bound known: 0.9999.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMSchedule()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=5, T=1000, B=1)
        >>> print(steps)
        η = 0.0234759, a = 1 … 0.019168 over the rounds, K = 5, T = 1000, B = 1 (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.03214
    """

    label = "S3-schedule"
    method = methods.AuxMOM
    measure = G.weighted("eta")
    assumptions = (sigma_h <= 0,)
    step_range = (L * eta <= 1, a <= 1)
    bound = as_bound(weighted)
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * L),
                1 / (4 * delta * K),
                sqrt(2 * F0 / (1.4516 * delta * K**2 * T * sigma_r**2)),
            ),
            "a": maximum(LEAST * delta * eta * K, 1 / ROUND),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        rule = self.prescribed[""]
        values = c.values() | {"K": K, "T": T}
        values["eta"] = rule["eta"].value(values)
        return {"eta": values["eta"], "a": over_rounds(rule["a"], values, T)}

    def example(self) -> Case:
        # A quadratic of 16 coordinates, and a first buffer of one sample
        pair = Quadratic(L=1.0, dim=16).with_helper(delta=0.05)
        return Case(pair, Gaussian(sigma_f=1.0), K=5, T=(10, 100, 1_000), B=1)

    def tightest(self) -> Case:
        # One coordinate, δ = 0, Lη = 1: a step leads to the noise of the buffer, here a mean
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper(delta=0.0)
        return Case(pair, Gaussian(sigma_f=1.0), T=1_000, B=1, eta=1.0, a=per_round("1 / t"))
