"""Wrong variants of the theorems about normalised methods, each with an instance that refutes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import auxtheory as at
from auxtheory import theorems
from auxtheory.theorems.normalised.adagrad import largest_root
from auxtheory.theorems.normalised.auxmom import drift_led

L, F0, delta, eta, eta_x, a, K, T, B, sigma_r = at.symbols("L F0 delta eta eta_x a K T B sigma_r")
L0, delta0, lam, radius, c_x, L1 = at.symbols("L0 delta0 lambda_K radius c_x L1")
NOISE = 2 * sigma_r * (at.sqrt(a / (2 - a)) + 1 / (at.sqrt(B) * a * T))


@dataclass(frozen=True)
class Mistake:
    """A wrong bound or range, the pair and steps that refute it, and measured/bound there."""

    kind: type[at.Theorem]
    bound: Any
    pair: Any
    ratio: float
    steps: dict[str, Any]
    noise: at.Noise = field(default_factory=at.Gaussian)
    changes: dict[str, Any] = field(default_factory=dict)

    def claim(self) -> at.Theorem:
        """The wrong theorem."""
        kind = self.kind
        bound = self.bound if self.bound is not None else kind.bound
        changes = {"assumptions": kind.assumptions, "step_range": kind.step_range, **self.changes}
        return at.claim(bound, like=kind(), **changes)


def bowl(x0: float, x_star: float = 0.0) -> Any:
    """f = ½(x − x*)², without a helper of its own."""
    return at.Quadratic(L=1.0, dim=1, x0=[x0], x_star=x_star).with_helper()


def root(divided: float, slope: float = 1.0) -> Callable[[Any, Any], Any]:
    """The bound of AdaGrad-norm with F₀/(divided·η), or without the last term of its sharper
    form."""

    def bound(c: Any, s: Any) -> Any:
        u = largest_root(slope, c.L * s.eta, 0.0, c.F0 / (divided * s.eta), s.b0)
        return (u**2 - s.b0**2) / s.T

    return bound


def normalised(smoothness: float = 0.5, drift: float = 2.0, noise: float = 1.0) -> Any:
    """The bound of normalised AuxMOM at L₁ = δ₁ = 0 with these factors; ½, 2 and 1 are proved."""
    memory = K / a - (K + 1) / 2
    return (
        F0 / (eta_x * K * T)
        + smoothness * L0 * eta_x
        + drift * delta0 * eta_x * memory
        + noise * NOISE
    )


DRIFT = drift_led(1.75, 0.01)
ACROSS = bowl(0.5 * (1 - 1e-9))
JUMPS = {"T": 50, "eta": 1.0}
HELPLESS = at.Quadratic(L=1.0, dim=1, x0=[0.5 * (1 - 1e-9)]).with_helper(delta=0.0)
TURNS = {"K": 2, "T": 400, "eta": 0.01}
STEEP = at.Exponential(L=400.0, L0=1.0, dim=1).with_helper()
EXACT = F0 / (eta_x * K * T) + L0 * eta_x / 2
MISTAKES = {
    "AuxMOM-normalised: drift halved": Mistake(
        theorems.NormalisedAuxMOM, normalised(drift=1.0), DRIFT, 1.631, {**TURNS, "a": 1.0}
    ),
    "AuxMOM-normalised: smoothness halved": Mistake(
        theorems.NormalisedAuxMOM, normalised(0.25), HELPLESS, 1.980, {**JUMPS, "a": 1.0}
    ),
    "AuxMOM-normalised-L: drift halved": Mistake(
        theorems.NormalisedAuxMOMSmooth, normalised(drift=1.0), DRIFT, 1.631, {**TURNS, "a": 1.0}
    ),
    "AuxMOM-normalised-L: smoothness halved": Mistake(
        theorems.NormalisedAuxMOMSmooth, normalised(0.25), HELPLESS, 1.980, {**JUMPS, "a": 1.0}
    ),
    "correction-normalised: drift halved": Mistake(
        theorems.NormalisedExactCorrection,
        EXACT + delta0 * eta_x * (K - 1) / 2,
        DRIFT,
        1.631,
        TURNS,
    ),
    "correction-normalised: smoothness halved": Mistake(
        theorems.NormalisedExactCorrection,
        F0 / (eta_x * K * T) + L0 * eta_x / 4 + delta0 * eta_x * (K - 1),
        HELPLESS,
        1.980,
        JUMPS,
    ),
    "S1-L0L1: F0/(ηKT)": Mistake(
        theorems.ExactCorrectionGrowth, F0 / (eta * K * T), bowl(1.0), 2.0, {"T": 1, "eta": 1.0}
    ),
    "S1-L0L1: range without L1": Mistake(
        theorems.ExactCorrectionGrowth,
        None,
        STEEP,
        20.25,
        {"T": 1, "eta": 0.1, "engine": "numpy"},
        changes={"step_range": [L0 * eta + 2 * delta0**2 * eta**2 * lam <= 1]},
    ),
    "momentum-normalised: Lη/4": Mistake(
        theorems.NormalisedMomentum,
        F0 / (eta_x * T) + L0 * eta_x / 4 + 2 * L0 * eta_x * (1 - a) / a + NOISE,
        ACROSS,
        1.98,
        {**JUMPS, "a": 1.0},
    ),
    "momentum-normalised: without the curvature": Mistake(
        theorems.NormalisedMomentum,
        F0 / (eta_x * T) + 2 * L0 * eta_x * (1 - a) / a + NOISE,
        ACROSS,
        200.0,
        {**JUMPS, "a": 1.0},
    ),
    "clipped-GD: F0/T": Mistake(
        theorems.ClippedGD, F0 / T, bowl(1.0), 1.333, {"T": 10, "eta": 0.5, "c_x": 10.0}
    ),
    "clipped-GD: range without L1": Mistake(
        theorems.ClippedGD,
        F0 / ((1 - L0 * eta / 2) * T),
        STEEP,
        764.3,
        {"T": 10, "eta": 0.5, "c_x": 20.0},
        changes={"step_range": [L0 * eta < 2, K <= 1]},
    ),
    "AdaGrad-norm: F0/(4η)": Mistake(
        theorems.AdaGradNorm, root(4.0), bowl(10.0), 4.18, {"T": 200, "eta": 0.5, "b0": 0.5}
    ),
    "AdaGrad-norm: sharper without the last term": Mistake(
        theorems.AdaGradNorm, root(1.0, 2.0), bowl(1.0), 1.379, {"T": 200, "eta": 0.2, "b0": 0.1}
    ),
    "AdaGrad-projected: LD²/(4T)": Mistake(
        theorems.ProjectedAdaGradNorm,
        L * radius**2 / T,
        bowl(0.5, -0.5),
        2.19,
        {"T": 20, "eta": 0.5**0.5, "radius": 0.5},
    ),
    "AdaGrad-projected: a minimiser outside": Mistake(
        theorems.ProjectedAdaGradNorm,
        None,
        bowl(0.5, -2.5),
        4.5,
        {"T": 1, "eta": 0.5**0.5, "radius": 0.5},
        changes={"step_range": [K <= 1]},
    ),
}
