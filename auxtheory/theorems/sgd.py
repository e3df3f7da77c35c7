"""S0: SGD on f."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.methods import SGD as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.rule import Rule

L, F0, sigma_f, eta, K, T = symbols("L F0 sigma_f eta K T")
CAPS = 1 / L, noise_cap(L * sigma_f**2)


class SGD(Theorem):
    """SGD on an L-smooth f, y ← y − η g_f(y):

        Lη ≤ 1  ⇒  G ≤ (2F₀/(ηT) + Lησ_f²)/(2 − Lη), attained;
        η = min{1/L, √(2F₀/(Lσ_f²T))}  ⇒  G ≤ √(2LF₀σ_f²/T) + 2LF₀/T.

    Proof. Smoothness along one step gives E f(y_k) ≤ E f(y_{k−1}) − η(1 − Lη/2) E‖∇f(y_{k−1})‖² +
    ½Lη²σ_f²; sum over k = 1…T and divide by ηT(1 − Lη/2). Tuned, with s = Lη and R the root: at
    the second cap both terms are R, and 2R/(2 − s) ≤ R(1 + s), sR = 2LF₀/T; at the first one s = 1
    and σ_f² ≤ R. No constant step has a smaller leading term. Source: folklore; a baseline of
    arXiv 2206.00395 (naive with h := f, K = 1).

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SGD()
        >>> c = at.Constants(L=1.0, F0=1.0, sigma_f=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.0447214, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.04672
    """

    label = "S0"
    method = METHOD
    variance = "mean"
    step_range = (L * eta <= 1, K <= 1)
    bound = (2 * F0 / (eta * T) + L * eta * sigma_f**2) / (2 - L * eta)
    corollaries = (Corollary(sqrt(2 * L * F0 * sigma_f**2 / T) + 2 * L * F0 / T),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": 1, "T": T}), None
