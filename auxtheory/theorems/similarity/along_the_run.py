"""S1-run and S3-run: exact correction and AuxMOM with the similarity that a run shows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.monitored import MonitoredAuxMOM, MonitoredExactCorrection
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import TINY, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.exact_correction import ExactCorrection
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.similarity.quantities import delta_run

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B, lam = symbols(
    "L F0 delta sigma_h sigma_r eta a K T B lambda_K"
)
# (δ_run ηK/a)²/(1 − Lη), at most 1.
LOAD = (delta_run * eta * K / a) ** 2 / (1 - L * eta)
CAPS = 1 / (2 * L), 1 / (4 * delta * K), noise_cap(4 / 3 * delta * K * sigma_r**2)


class ExactCorrectionRun(Theorem):
    """Exact correction with exact gradients, and the similarity between the start of a round and
    its local iterates, δ_run² = Σ‖∇r(x) − ∇r(y)‖²/Σ‖x − y‖² over these pairs (x, y) of the run:

        Lη + δ_run²η²λ_K ≤ 1  ⇒  G ≤ 2F₀/(ηKT).

    δ_run ≤ δ is known after the run. Proof. That of S1 uses δ in Σ‖∇r(x) − ∇r(y)‖² ≤ δ²Σ‖x − y‖²
    alone, summed over these pairs; δ_run makes it an equality. Source: derived here.
    Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Cosine(L=1.0, dim=4).with_helper(delta=0.3)
        >>> theorem = at.theorems.ExactCorrectionRun()
        >>> verdict = at.validate(theorem, pair, K=10, T=20, eta=0.3, engine="numpy")
        >>> print(verdict.status)
        pass
    """

    label = "S1-run"
    method = MonitoredExactCorrection
    variance = "mean"
    assumptions = (sigma_h <= 0,)
    step_range = (L * eta + delta_run**2 * eta**2 * lam <= 1,)
    bound = 2 * F0 / (eta * K * T)
    prescribed: ClassVar[Rule] = ExactCorrection.prescribed

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return ExactCorrection().step_sizes(c, K, T, B)

    def example(self) -> Case:
        # A step 2.3 times the largest that δ = 1 allows: f − h is curved along one axis alone,
        # where f is flat.
        target = Quadratic(spectrum=[*np.linspace(0.2, 1.0, 15), 0.01], x0=[1.0] * 16)
        return Case(target.with_helper(1.0, gap=[0.02] * 15 + [1.0]), K=10, T=(10, 100), eta=0.35)

    def tightest(self) -> Case:
        # One step on f = ½x².
        return Case(Quadratic(L=1.0, dim=1).with_helper(0.0), K=1, T=1, eta=1.0)


class AuxMOMRun(Theorem):
    """AuxMOM without noise of the helper, and the similarity between consecutive local iterates,
    δ_run² = ΣE‖∇r(y_k) − ∇r(y_{k−1})‖²/ΣE‖y_k − y_{k−1}‖² over the local steps of the run:

        Lη < 1, c = (δ_run ηK/a)²/(1 − Lη) ≤ 1 and a ≤ ⅔  ⇒
        G ≤ 2F₀/(ηKT) + 2σ_r²(a + 1/(aBT))/((2−a)(1 + √(1−c))).

    δ_run ≤ δ is known after the run. Pairs of a round's start and a local iterate do not suffice:
    at K = 1 their δ_run is 0, and the bound then is violated by a factor of 1.49. Proof. b = Q with
    ‖Q_{k+1} − Q_k‖ = ‖∇r(y_k) − ∇r(y_{k−1})‖, and y_k − y_{k−1} = −ηv_k; the potential pE‖Q‖² of
    sharper S3 has the same p in every round, so that only the sum of E‖Q_{k+1} − Q_k‖² is needed,
    which is δ_run²η²ΣE‖v_k‖². Source: derived here. Largest measured/bound known: 1.0000;
    0.934 where the noise rules (`rank_one`, T = 20,000).

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=8).with_helper(delta=0.05)
        >>> noise = at.Gaussian(sigma_f=0.3)
        >>> print(at.validate(at.theorems.AuxMOMRun(), pair, noise, K=4, T=100).status)
        pass
    """

    label = "S3-run"
    method = MonitoredAuxMOM
    variance = "mean"
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta < 1, LOAD <= 1, a <= 2 / 3)
    bound = 2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (
        (2 - a) * (1 + sqrt(1 - LOAD))
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(*CAPS),
            "a": minimum(0.5, maximum(2 * delta * eta * K, 1 / sqrt(B * T))),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(CAPS, c.values() | {"K": K, "T": T})
        return eta, np.minimum(
            0.5, np.maximum(2 * (c.delta * eta) * K, max(1 / np.sqrt(B * T), TINY))
        )

    def example(self) -> Case:
        # Steps outside the range of S3 and of its sharper form: f − h is curved along an axis where
        # f is flat.
        target = Quadratic(spectrum=[*np.linspace(0.2, 1.0, 15), 0.01], x0=[1.0] * 16)
        pair = target.with_helper(1.0, gap=[0.02] * 15 + [-1.0])
        noise = Gaussian(sigma_f=0.1)
        return Case(pair, noise, K=10, T=(10, 100, 1_000), eta=0.05, a=0.2)

    def tightest(self) -> Case:
        # One step on f = ½x²; `rank_one` is where the noise rules.
        pair = Quadratic(L=1.0, dim=1).with_helper(0.0)
        return Case(pair, K=1, T=1, eta=0.99999, a=0.5)


def rank_one(c: float, a: float, eta: float, turned: float | None = None) -> tuple[Any, Gaussian]:
    """f = ½x₁² on R², ∇²r = δ[[−cos ψ, sin ψ], [sin ψ, cos ψ]] with (δη/a)² = c(1 − η) and ψ =
    arccos((1 − √(1−s))/√s), s = c unless `turned` gives it, and noise along (sin ψ, cos ψ)."""
    s = c if turned is None else turned
    cosine = (1 - np.sqrt(1 - s)) / np.sqrt(s)
    sine = np.sqrt(1 - cosine**2)
    delta = a * np.sqrt(c * (1 - eta)) / eta
    A = np.diag([1.0, 0.0])
    R = delta * np.array([[-cosine, sine], [sine, cosine]])
    direction = np.array([sine, cosine])
    pair = Quadratic.from_matrices(A.tolist(), (A - R).tolist(), x0=[1e-6, 0.0])
    return pair, Gaussian(sigma_f=1.0, shape=np.outer(direction, direction))
