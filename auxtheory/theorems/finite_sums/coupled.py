"""AuxMOM with a helper of equal Hessian (δ = 0) and coupled samples, with the exact σ_r²."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.derived import library_symbol
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.noise.laws import Gaussian
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, F0, delta, zeta, sigma_h, eta, a, K, T, B = symbols("L F0 delta zeta sigma_h eta a K T B")


def mean_square_of_a_sample(pair: Any, noise: Any) -> Any:
    """W = E‖g_r(x; ξ)‖² of one sample, where δ = 0 makes it the same at every x; ∞ where it is not
    known to be."""
    c = pair.constants()
    constant = ~np.any(noise.s) & (np.asarray(c.delta) == 0)
    if isinstance(noise, Minibatch):
        steady = noise.mean_square == 0 and noise.order is not None
        return _of_labels(noise) if steady and np.all(constant) else np.inf
    return np.where(constant, np.square(noise.sigma_r) + np.square(c.zeta), np.inf)


def _of_labels(noise: Minibatch) -> float:
    """The mean of ‖∇f_i − ∇h_i‖² over the samples, at x* as anywhere: W − ‖∇r‖² is the variance of
    one sample."""
    pair = noise.pair
    variance = noise.at(pair.x_star).sigma_r ** 2 / noise.share(len(pair.f.labels))
    return variance + float(np.square(pair.constants().zeta))


def share_of_a_batch(pair: Any, noise: Any) -> float:
    """The variance of a batch's mean over that of one sample; 1 where samples are not batches."""
    return noise.share(len(noise.pair.f.labels)) if isinstance(noise, Minibatch) else 1.0


W = library_symbol(
    "W",
    glyph="W",
    unit="F^2/X^2",
    value=mean_square_of_a_sample,
    meaning="mean of ‖∇f_i − ∇h_i‖² over coupled samples, where δ = 0 makes it the same at every x",
)
part = library_symbol(
    "part",
    glyph="κ_b",
    unit="1",
    value=share_of_a_batch,
    meaning="variance of a batch's mean over that of a sample: 1/b, with replacement",
)
VARIANCE = part * (W - zeta**2)
CAPS = 1 / L, noise_cap(L * sigma_h**2)


class CoupledAuxMOM(Theorem):
    """AuxMOM with δ = 0, as for a relabelled logistic helper, and the same samples for f and h:
    σ_r² = κ_b(W − ζ²) exactly, W = mean‖∇f_i − ∇h_i‖² = pĀ (p the share of wrong labels, Ā the mean
    of their ‖a_i‖²), ζ = ‖∇r‖, κ_b = 1/b for batches of b:

        Lη ≤ 1  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² + κ_b(W − ζ²)(a(T−1)/T + 1/(aBT))/(2 − a);
        η = min{1/L, √(2F₀/(KTLσ_h²))}, a = 1/√(BT)
            ⇒  G ≤ 2√(2LF₀σ_h²/(KT)) + 2LF₀/(KT) + 2κ_b(W − ζ²)/√(BT).

    The same samples are better than independent ones if and only if Cov_i(∇f_i, ∇h_i) > 0: then
    σ_r² falls from σ_f² + σ_h² by 2κ_b Cov_i.

    Proof. With δ = 0 the gradient of r is constant, and the buffer's error is the weighted mean M_t
    of independent noise: E‖M_{t+1}‖² = (1−a)²E‖M_t‖² + a²σ_r², E‖M_1‖² = σ_r²/B, so a(2−a)ΣE‖M_t‖²
    ≤ σ_r²(1/B + a²(T−1)); descent as in S3, with c = 0. A difference of samples is ∇f_i − ∇h_i =
    ∓a_i where the label is wrong and 0 elsewhere, at every x: its variance is pĀ − ‖∇r‖². Tuned: 2
    − a ≥ 1. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=4).with_helper(zeta=0.5)
        >>> noise = at.Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=0.75)
        >>> c = at.theorems.CoupledAuxMOM().constants(pair, noise)
        >>> round(float(c.W), 12), float(c.part)
        (0.75, 1.0)
    """

    label = "S3-coupled"
    method = methods.AuxMOM
    variance = "mean"
    assumptions: ClassVar[tuple[Condition, ...]] = (delta <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta <= 1, a <= 1)
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + VARIANCE * (a * (1 - 1 / T) + 1 / (a * B * T)) / (2 - a)
    )
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(
            2 * sqrt(2 * L * F0 * sigma_h**2 / (K * T))
            + 2 * L * F0 / (K * T)
            + 2 * VARIANCE / sqrt(B * T)
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS), "a": 1 / sqrt(B * T)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(CAPS, c.values() | {"K": K, "T": T})
        return eta, max(1 / math.sqrt(B * T), TINY) if B < np.inf else TINY

    def example(self) -> Case:
        pair = Quadratic(L=1.0, dim=32).with_helper(zeta=0.5)
        noise = Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=0.75)
        return Case(pair, noise, K=4, B=1)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, F0=1e4).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=200, B=1, eta=1.0, a=1.0)
