"""Naive first, then exact correction, under the Polyak–Łojasiewicz inequality."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.methods import NaiveThenExact as METHOD
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.exact_correction_pl import ExactCorrectionPL
from auxtheory.theorems.hybrids.symbols import T1, eta1

L, F0, mu, beta, zeta, sigma_h, eta, K, T = symbols("L F0 mu beta zeta sigma_h eta K T")
CORRECTION = (1 - eta * mu) ** (K * (T - T1))
# Not 1 − η₁μ(1 − β), which loses digits where it is close to β.
NAIVE = (1 - eta1 * mu + eta1 * mu * beta) ** (K * T1)
FLOOR = zeta**2 / (2 * mu * (1 - beta))


class HybridPL(Theorem):
    """T₁ rounds of the naive method with η₁, then exact correction with η, without noise, on an f
    with ½‖∇f‖² ≥ μ(f − f*) and a helper with ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ², β < 1:

        Lη₁ ≤ 1, ημK ≤ 1 and Lη + (e/2)δ²η²K(K−1) ≤ 1  ⇒
        f(x^T) − f* ≤ (1−ημ)^{K(T−T₁)} ((1−η₁μ(1−β))^{KT₁} F₀ + φ(1 − (1−η₁μ(1−β))^{KT₁})),

    with the floor φ = ζ²/(2μ(1−β)) of the naive method; tuned: η₁ = 1/L, the η of S1-PL, and the
    whole T₁ for which this is smallest. With A = (1−ημ)^K and B = (1−η₁μ(1−β))^K that is one of the
    two neighbours of ln(((F₀−φ)/φ)(ln B/ln A − 1))/ln(1/B), or an end of [0, T].

    Proof. A naive step has f(y⁺) − f* ≤ (1 − η₁μ(1−β))(f(y) − f*) + ½η₁ζ², the inequality of the
    proof of S2 with ‖∇f‖² ≥ 2μ(f − f*); its fixed point is φ. S1-PL bounds the rounds after T₁. The
    bound is A^{T−T₁}((F₀ − φ)B^{T₁} + φ), whose logarithm is convex in T₁ if F₀ > φ, since ln(c e^u
    + φ) is; setting its derivative to 0 gives T₁. If F₀ ≤ φ it grows with T₁. Source: derived here.
    Largest measured/bound known: 1.000, where only naive steps are left (f = ½x², r = x, η₁ = 1).

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.HybridPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.01, delta=0.1, beta=0.05, zeta=0.01)
        >>> steps = theorem.tune(c, K=10, T=100)
        >>> print(steps.parameters["T1"], f"{theorem.value(c, steps):.2g}")
        50.0 0.00073
        >>> print(f"{theorem.value(c, steps.replace(T1=0.0)):.2g}")
        0.0029
    """

    label = "hybrid-PL"
    method = METHOD
    measure = "gap"
    assumptions = (sigma_h <= 0, beta < 1, mu != 0)
    step_range = (L * eta1 <= 1, T1 <= T, *ExactCorrectionPL.step_range)
    bound = CORRECTION * (NAIVE * F0 + FLOOR * (1 - NAIVE))
    corollaries = (Corollary(bound),)

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        eta, _ = ExactCorrectionPL().step_sizes(c, K, T, B)
        steps = {"eta": eta, "eta1": 1 / c.L}
        return steps | {"T1": best_switch(c, steps, K, T)}

    def example(self) -> Case:
        return Case(
            Quadratic(L=1.0, mu=0.1, dim=16).with_helper(delta=0.02, zeta=0.02), K=4, T=(5, 10, 20)
        )

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1).with_helper(delta=0.0, zeta=1.0)
        return Case(pair, K=1, T=4, eta=1.0, eta1=1.0, T1=4.0)


def best_switch(c: Constants, steps: dict[str, Any], K: int, T: int) -> Any:
    """The whole T₁ in [0, T] for which the bound is smallest."""
    values = c.values() | steps | {"K": K, "T": T}
    floor = FLOOR.value(values)
    with np.errstate(all="ignore"):
        correction = -K * np.log1p(-np.minimum(steps["eta"] * np.asarray(c.mu), 1.0))
        naive = -np.log(NAIVE.value(values | {"T1": 1.0}))
        free = np.log((np.asarray(c.F0) / floor - 1) * (naive / correction - 1)) / naive
    # Without a floor every round is naive that gains more than one of correction.
    free = np.where(floor == 0, np.where(naive > correction, float(T), 0.0), free)
    free = np.clip(np.nan_to_num(free, nan=0.0, posinf=float(T), neginf=0.0), 0.0, float(T))
    below, above = np.floor(free), np.minimum(np.ceil(free), float(T))
    left, right = (HybridPL.bound.value(values | {"T1": end}) for end in (below, above))
    return np.where(right < left, above, below)
