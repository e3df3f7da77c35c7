"""S4-schedule: AuxMVR of one local step with any schedule of η and a."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.schedules import per_round, per_round_bound
from auxtheory.errors import EDGE
from auxtheory.measures import G
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.rule import ROUND, Rule, over_rounds

L, F0, delta, sigma_h, sigma_r = symbols("L F0 delta sigma_h sigma_r")
eta, a, K, T = symbols("eta a K T")


@per_round_bound
def weighted(c: Any, s: Any) -> float:
    """(2F₀ + σ_r² ((p_1/B − p_2a_2(1−a_2))₊ + Σ_{t≥2} (p_ta_t − p_{t+1}a_{t+1}(1−a_{t+1}))₊))/
    Σ_t η_t, p_t = η_t + (1−a_{t+1})²p_{t+1}, p_{T+1} = 0; ∞ unless p_t(1−a_t)δ²η_{t−1} ≤
    1 − Lη_{t−1} for t ≥ 2."""
    p = np.array(s.eta, dtype=float)
    keep = (1 - s.a) ** 2
    for t in reversed(range(len(p) - 1)):
        p[t] += keep[t + 1] * p[t + 1]
    before = s.eta[:-1]
    moved = p[1:] * (1 - s.a[1:]) * c.delta**2 * before
    if np.any(moved > 1 - c.L * before + EDGE):
        return math.inf
    gained = np.append(1 / s.B, s.a[1:]) * p
    returned = np.append((p * s.a * (1 - s.a))[1:], 0.0)
    noise = np.sum(np.maximum(gained - returned, 0.0))
    return float((2 * c.F0 + c.sigma_r**2 * noise) / np.sum(s.eta))


class AuxMVRSchedule(Theorem):
    """AuxMVR of one local step, K = 1, σ_h = 0, such as MVR (h = 0), with a step size η_t and a
    momentum parameter a_t for each round; δ in mean square:

        Lη_t ≤ 1, a_t ≤ 1, p_t(1−a_t)δ²η_{t−1} ≤ 1 − Lη_{t−1} for t = 2…T  ⇒
        Σ_t η_t E‖∇f(x^{t−1})‖² ≤ 2F₀ + σ_r² ((p_1/B − p_2a_2(1−a_2))₊
            + Σ_{t≥2} (p_ta_t − p_{t+1}a_{t+1}(1−a_{t+1}))₊),

    p_t = η_t + (1−a_{t+1})²p_{t+1}, p_{T+1} = 0, (x)₊ = max{x, 0}; the class divides by Σ_t η_t.
    Prescribed: η = min{1/(2L), 1/(2δ), (7F₀/(4δ²σ_r²T))^{1/3}}, a_t = max{δ²η², 1/t}.

    Proof. A step gives η_t E‖∇f‖² ≤ 2(D − D⁺) + η_t(‖e_t‖² − (1−Lη_t)‖v_t‖²); e_t = (1−a_t)e_{t−1}
    + ε_t with E‖ε_t‖² = a_tV_{t−1} − a_t(1−a_t)V_{t−2} + (1−a_t)W_t, V_t = E‖n(x^t)‖² ≤ σ_r², W_t ≤
    δ²η_{t−1}²‖v_{t−1}‖², E‖e_1‖² = V_0/B. So Σ η_t E‖e_t‖² = Σ p_t E‖ε_t‖²: the condition makes the
    coefficients of ‖v‖² negative, and V_t ≤ σ_r² or 0 is put in by the sign of its coefficient.
    Prescribed: p_t ≤ η/(a(2−a)) with a = δ²η². Source: derived here; arXiv 2206.00395 has constant
    steps. Largest measured/bound known: 0.9999.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMVRSchedule()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000, B=1)
        >>> print(steps)
        η = 0.120507, a = 1 … 0.014522 over the rounds, K = 1, T = 1000, B = 1 (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.02847
    """

    label = "S4-schedule"
    method = methods.AuxMVR
    measure = G.weighted("eta")
    mean_square = True
    assumptions = (sigma_h <= 0,)
    step_range = (L * eta <= 1, a <= 1, K <= 1)
    bound = as_bound(weighted)
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * L),
                1 / (2 * delta),
                (7 * F0 / (4 * delta**2 * sigma_r**2 * T)) ** Fraction(1, 3),
            ),
            "a": maximum(delta**2 * eta**2, 1 / ROUND),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        rule = self.prescribed[""]
        values = c.values() | {"T": T}
        values["eta"] = rule["eta"].value(values)
        return {"eta": values["eta"], "a": over_rounds(rule["a"], values, T)}

    def example(self) -> Case:
        # A quadratic of 16 coordinates, and a first buffer of one sample
        pair = Quadratic(L=1.0, dim=16).with_helper(delta=0.3)
        return Case(pair, Gaussian(sigma_f=1.0), B=1)

    def tightest(self) -> Case:
        # One coordinate, δ = 0, Lη = 1: a step leads to the noise of the buffer, here a mean
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper(delta=0.0)
        return Case(pair, Gaussian(sigma_f=1.0), T=1_000, B=1, eta=1.0, a=per_round("1 / t"))
