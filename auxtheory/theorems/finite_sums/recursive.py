"""Recursive refreshes: AuxPAGE and AuxSPIDER, and without a helper PAGE and SARAH."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.bounds.user_symbols import symbol
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.finite_sums.estimate_error import largest
from auxtheory.theorems.rule import Rule

L, F0, delta, sigma_h, sigma_r, eta, K, T, B, lambda_K = symbols(
    "L F0 delta sigma_h sigma_r eta K T B lambda_K"
)
p = symbol("p")
Q = symbol("Q")
b = symbol("b")

LOCAL = delta * eta * sqrt(lambda_K)
SAMPLES = (b >= 1, b <= 100)


def _bound(c: Any, s: Any, share: float) -> float:
    """2F₀/(ηKT) + Lησ_h² and the largest error of an estimate that gathers `share` of the moves."""
    step = c.delta * s.eta
    error = largest(
        c.sigma_r**2 / s.B,
        alpha=share * (step * s.K) ** 2,
        ell=step * math.sqrt(s.lambda_K),
        omega=1 - c.L * s.eta,
        H=step * c.sigma_h * math.sqrt(s.K * share),
        D=step * c.sigma_h * math.sqrt((s.K - 1) / 2),
    )
    return float(2 * c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2 + error)


def page_bound(c: Any, s: Any) -> float:
    """AuxPAGE's bound: the share of moves that the estimate has gathered is (1 − p)/(pb)."""
    return _bound(c, s, (1 - s.p) / (s.p * s.b))


def spider_bound(c: Any, s: Any) -> float:
    """AuxSPIDER's bound: at most (Q − 1)/b."""
    return _bound(c, s, (s.Q - 1) / s.b)


class AuxPAGE(Theorem):
    """AuxPAGE: with probability p the buffer is the mean of B samples of g_r(x), otherwise it adds
    the mean of b differences of one sample at x and at the last round's x. With z = δηK, ℓ =
    δη√λ_K, ω = 1 − Lη and α = (1−p)z²/(pb):

        √α + ℓ ≤ √ω  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² + sup_{V≥0} [(√(σ_r²/B + (√α V + H)²) + ℓV + D)² −
        ωV²], H = δησ_h√(K(1−p)/(pb)), D = δησ_h√((K−1)/2); σ_h = 0: G ≤ 2F₀/(ηKT) + σ_r²/(ϑB), ϑ =
        [ω+α−ℓ² + √((ω+α−ℓ²)² − 4ωα)]/(2ω), and B = ∞: G ≤ 2F₀/(ηKT), without a floor.

    Proof. e_t = m_t − ∇r(x^{t−1}). The coin, the samples and the past are independent, and a
    difference of samples has the mean of the difference: E‖e_t‖² ≤ (1−p)(E‖e_{t−1}‖² + W_t/b) +
    pσ_r²/B, W_t ≤ δ²E‖x^{t−1} − x^{t−2}‖², and E‖e_1‖² ≤ σ_r²/B; so Σ(E‖e_t‖² − σ_r²/B) ≤
    ((1−p)/(pb))ΣW_t. A round moves x by η times the sum of K v's and their noise, at most η(KV +
    √K σ_h) in the mean square over rounds, V² the mean of E‖v‖². So the error has mean square ≤
    σ_r²/B + (√α V + H)², a local step adds ℓV + D as in S4, and descent pays ωV². Source: PAGE is
    arXiv 2008.10898; with a helper derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.5, K=4, T=100, B=100, p=0.2, b=1)
        >>> print(f"{at.theorems.AuxPAGE().value(c, steps):.4g}")
        0.02039
    """

    label = "AuxPAGE"
    method = methods.AuxPAGE
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        delta * eta * K * sqrt((1 - p) / (p * b)) + LOCAL <= sqrt(1 - L * eta),
        *SAMPLES,
    )
    bound = BlackBox(page_bound)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, dim=32).with_helper(delta=0.05)
        return Case(pair, Gaussian(sigma_f=0.1, s=0.02), K=4, B=10, eta=0.5, p=0.2)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, F0=1e4).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=200, B=1, eta=1.0, p=0.2)


class AuxSPIDER(Theorem):
    """AuxSPIDER: AuxPAGE with a full refresh every Q rounds instead of with probability p: the
    bound of AuxPAGE with Q − 1 in place of (1 − p)/p, thus α = (Q−1)z²/b.

    Proof. Within a period E‖e_t‖² ≤ σ_r²/B + ΣW_s/b, the sum over the rounds of the period so far;
    each W_s stands in at most Q − 1 of these sums, so Σ(E‖e_t‖² − σ_r²/B) ≤ ((Q−1)/b)ΣW_t. The rest
    is that of AuxPAGE. Source: SPIDER is arXiv 1807.01695; with a helper derived here. Largest
    measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1)
        >>> print(at.theorems.AuxSPIDER().value(c, at.Steps(eta=0.5, K=4, T=100, Q=5, b=1)))
        0.01
    """

    label = "AuxSPIDER"
    method = methods.AuxSPIDER
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        delta * eta * K * sqrt((Q - 1) / b) + LOCAL <= sqrt(1 - L * eta),
        Q >= 1,
        Q <= 100,
        *SAMPLES,
    )
    bound = BlackBox(spider_bound)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, dim=32).with_helper(delta=0.05)
        return Case(pair, Gaussian(sigma_f=0.1, s=0.02), K=4, T=(10, 30, 100), B=10, eta=0.5, Q=5)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, F0=1e4).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=200, B=1, eta=1.0, Q=5)


class PAGE(Theorem):
    """PAGE: AuxPAGE with h = 0 and K = 1, so that δ is that of the samples of f:

        Lη + (1−p)δ²η²/(pb) ≤ 1  ⇒  G ≤ 2F₀/(ηT) + σ_r²/B.

    Proof. K = 1 makes ℓ = D = 0, and h = 0 makes σ_h = 0: then ϑ = 1 in AuxPAGE. Source: arXiv
    2008.10898; constants derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.PAGE().bound)
        2F₀/(ηT) + σ_r²/B
    """

    label = "PAGE"
    method = methods.PAGE
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + (1 - p) / (p * b) * delta**2 * eta**2 <= 1,
        K <= 1,
        *SAMPLES,
    )
    bound = 2 * F0 / (eta * T) + sigma_r**2 / B

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=32).with_helper()
        return Case(pair, Gaussian(sigma_f=0.1, s=0.1), B=10, eta=0.3, p=0.2)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, F0=1e4).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=200, B=1, eta=1.0, p=1.0)


class SARAH(Theorem):
    """SARAH with K steps between exact gradients, which is AuxSPIDER with h = 0, K = 1, B = ∞ and Q
    its K; δ bounds how far the differences of samples of f are from their mean:

        Lη + (K−1)δ²η² ≤ 1  ⇒  G ≤ 2F₀/(ηKT);
        η = 2/(L + √(L² + 4(K−1)δ²))  ⇒  G ≤ (L + √(L² + 4(K−1)δ²))F₀/(KT).

    Proof. f(x⁺) ≤ f(x) − ½η‖∇f‖² − ½η(1−Lη)‖v‖² + ½η‖v − ∇f‖², and over the K steps of a round ΣE‖v
    − ∇f‖² ≤ (K−1)δ²η²ΣE‖v‖². η is the largest in the range. Source: arXiv 1703.00102; constants
    derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.SARAH().bound)
        2F₀/(ηKT)
    """

    label = "SARAH"
    method = methods.SARAH
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta + (K - 1) * delta**2 * eta**2 <= 1,)
    bound = 2 * F0 / (eta * K * T)
    prescribed: ClassVar[Rule] = {"": {"eta": 2 / (L + sqrt(L**2 + 4 * (K - 1) * delta**2))}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return 2 / (c.L + np.hypot(c.L, 2 * math.sqrt(K - 1) * np.asarray(c.delta))), None

    def example(self) -> Case:
        pair = Quadratic(L=1.0, dim=16).with_helper()
        return Case(pair, Gaussian(s=0.3), K=8, T=(10, 30, 100), eta=0.65)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, K=1, T=1)
