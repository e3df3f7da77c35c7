"""Plausible mistakes in the sharper theorems: each with a case that refutes it, and measured/bound
there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hard_cases import alone, pair, rank_one

import auxtheory as at
from auxtheory.theorems import Theorem
from auxtheory.theorems.sharper import auxmom, auxmvr, mvr
from auxtheory.theorems.sharper.auxmom import AuxMOMQuiet, AuxMOMSharp, drift_and_noise
from auxtheory.theorems.sharper.auxmvr import AuxMVRSharp, AuxMVRSimple, largest_error
from auxtheory.theorems.sharper.exact_correction import (
    ExactCorrectionNoiseSharp,
    ExactCorrectionNoiseWide,
)
from auxtheory.theorems.sharper.momentum import SGDMomentumSharp, best_split
from auxtheory.theorems.sharper.mvr import MVRSharp
from auxtheory.theorems.sharper.naive import NaiveSharp, best_parameter

L, F0, delta, zeta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, lam = at.symbols(
    "L F0 delta zeta sigma_f sigma_h sigma_r eta a K T B lambda_K"
)
SGD = at.theorems.SGD


def halved(function: Callable[[Any, Any], float], name: str) -> Callable[[Any, Any], float]:
    """The bound with half the square of one constant."""

    def wrong(c: Any, s: Any) -> float:
        c.__dict__[name] *= math.sqrt(0.5)
        return function(c, s)

    return wrong


def without_drift(c: Any, s: Any) -> float:
    """S3-sharp with no term for the helper's noise but Lησ_h²."""
    step = c.L * s.eta * c.sigma_h**2
    c.sigma_h = 0.0
    return drift_and_noise(c, s) + step


@dataclass(frozen=True)
class Wrong:
    """A wrong claim like a theorem, the case that refutes it, and measured/bound there."""

    kind: type[Theorem]
    claim: Theorem
    pair: Any
    noise: Any
    ratio: float
    arguments: dict[str, Any]


def wrong(
    kind: type[Theorem], bound: Any, case: tuple[Any, Any], ratio: float, /, **arguments: Any
) -> Wrong:
    """A claim like the theorem with another bound, in its range, or at its steps if none are given;
    K = B = 1 unless said."""
    options: dict[str, Any] = {"variance": kind.variance}
    if "step_range" in arguments:
        options["step_range"] = arguments.pop("step_range")
    steps = arguments.pop("steps", None if "eta" in arguments else kind())
    claim = at.claim(bound, like=kind(), steps=steps, **options)
    return Wrong(kind, claim, *case, ratio, {"K": 1, "B": 1} | arguments)


ADD = at.Gaussian(sigma_f=1.0)
QUIET = at.Gaussian()
P = F0 / (eta * K * T) + L * eta * sigma_h**2 / 2
t = L * eta + 2 * delta * eta * K
START = 2 * F0 / (eta * K * T)
DRIFT = (delta * eta * K / a) ** 2 / (1 - L * eta)
REFRESH = sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
S0_ROOT = at.sqrt(2 * L * F0 * sigma_f**2 / T)
S1_ROOT = at.sqrt(2 * F0 * (L + delta) * sigma_h**2 / (K * T))
AT_ROOT = (START + (2 - a) * L * eta * sigma_r**2 * (T - 1 + 1 / (a**2 * B)) / T / 2) / (
    2 + L * eta - 2 * L * eta / a
)
TURNING = delta**2 * eta**2 * (1 - a) / (a * (2 - a))

CASES: dict[str, Wrong] = {
    "S0, root halved": wrong(SGD, S0_ROOT / 2 + 2 * L * F0 / T, (alone(x0=0.5), ADD), 1.708, T=60),
    "S0, LF₀/T": wrong(
        SGD, S0_ROOT + L * F0 / T, (alone(x0=1.0), at.Gaussian(sigma_f=0.01)), 1.96, T=1
    ),
    "S1-noise-sharp, ½(1+t)": wrong(
        ExactCorrectionNoiseSharp,
        (1 + t) / 2 * P + delta * eta * sigma_h**2 / 2,
        (pair(x0=1.0), at.Gaussian(sigma_h=0.1)),
        1.990,
        K=5,
        T=100,
        eta=0.01,
    ),
    "S1-noise-sharp, root halved": wrong(
        ExactCorrectionNoiseSharp,
        S1_ROOT / 2 + (2 * L / K + 4 * delta) * F0 / T,
        (pair(gap=-0.001, x0=0.33), at.Gaussian(sigma_h=1.0)),
        1.886,
        K=8,
        T=60,
    ),
    "S1-noise-wide, range ℓ² < 2ω": wrong(
        ExactCorrectionNoiseWide,
        START,
        (pair(gap=-3.8, x0=1.0), QUIET),
        1.225,
        K=6,
        T=40,
        eta=0.1,
        step_range=[L * eta + delta**2 * eta**2 * lam / 2 < 1],
    ),
    "S2-sharp, ζ² halved": wrong(
        NaiveSharp,
        halved(best_parameter, "zeta"),
        (pair(x0=1.0, zeta=1.0, bias=[1.0]), QUIET),
        1.875,
        T=60,
        eta=0.5,
    ),
    "S3-sharp, noise halved": wrong(
        AuxMOMSharp, halved(drift_and_noise, "sigma_r"), (pair(), ADD), 1.967, T=60, eta=1.0, a=1.0
    ),
    "S3-quiet, noise halved": wrong(
        AuxMOMQuiet,
        START + REFRESH / (1 + at.sqrt(1 - DRIFT)),
        (pair(), ADD),
        1.95,
        T=60,
        eta=0.9999,
        a=0.05,
    ),
    "S3-quiet, 2 for 1 + √(1−c)": wrong(
        AuxMOMQuiet,
        START + REFRESH,
        rank_one(0.9, 0.01, 0.1),
        1.25,
        T=5_000,
        eta=0.1,
        a=0.01,
        B=np.inf,
    ),
    "S3-sharp, range c ≤ 2": wrong(
        AuxMOMSharp,
        START,
        (pair(0.03, 1.73, 1.0), QUIET),
        15.8,
        K=8,
        T=100,
        eta=0.02,
        a=0.2,
        step_range=[L * eta + (delta * eta * K / a) ** 2 / 2 <= 1, a <= 1],
    ),
    "S3-sharp, no drift of the helper's noise": wrong(
        AuxMOMSharp,
        without_drift,
        (pair(gap=9.48), at.Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=1.0)),
        1.767,
        T=1_000,
        eta=0.001,
        a=0.01,
        B=np.inf,
    ),
    "S3-sharp tuned, a quarter of the root": wrong(
        AuxMOMSharp,
        auxmom.QUIET_RATE / 4 + 3 / 4 * auxmom.START + 20 / 9 * sigma_r**2 / at.sqrt(B * T),
        (pair(gap=-0.1, x0=1.0), at.Gaussian(sigma_f=3.0)),
        1.491,
        T=400,
        B=np.inf,
    ),
    "S3-SGDm-sharp, noise halved": wrong(
        SGDMomentumSharp, halved(best_split, "sigma_r"), (alone(), ADD), 1.591, T=60, eta=0.5, a=0.9
    ),
    "S3-SGDm-sharp at s = √ρ, noise halved": wrong(
        SGDMomentumSharp, AT_ROOT, (alone(), ADD), 1.272, T=60, eta=0.9, a=0.9
    ),
    "S4-sharp, noise halved": wrong(
        AuxMVRSharp,
        halved(largest_error, "sigma_r"),
        (pair(), ADD),
        1.955,
        K=8,
        T=60,
        eta=1.0,
        a=0.05,
    ),
    "S4-sharp, noise halved at K = 1": wrong(
        AuxMVRSharp,
        halved(largest_error, "sigma_r"),
        (pair(), ADD),
        1.947,
        T=60,
        eta=1.0,
        a=0.05,
    ),
    "S4-simple, 2/3": wrong(
        AuxMVRSimple,
        auxmvr.START + 2 / 3 * (at.sqrt(auxmvr.REFRESH + auxmvr.MOVED) + auxmvr.INNER) ** 2,
        (pair(), ADD),
        1.467,
        K=8,
        T=60,
        eta=1.0,
        a=0.05,
    ),
    "S4-MVR-sharp, noise halved": wrong(
        MVRSharp, START + auxmvr.REFRESH / 2, (alone(), ADD), 1.967, T=60, eta=1.0, a=1.0
    ),
    "S4-MVR-sharp, range α ≤ 4.02ω": wrong(
        MVRSharp,
        MVRSharp.bound,
        (alone(0.5, 1.0), at.Gaussian(s=1.79)),
        1.343,
        T=100,
        eta=0.3,
        a=0.05,
        B=np.inf,
        step_range=[L * eta + TURNING / 4.02 <= 1, a <= 1, K <= 1],
    ),
    "S4-sharp tuned, 0.305": wrong(
        AuxMVRSharp,
        auxmvr.RATE - 0.305 * sigma_r**2 / T + 0.61 * sigma_r**2 / at.sqrt(B * T),
        (pair(gap=0.01, x0=1.0), at.Gaussian(sigma_f=10.0)),
        1.449,
        K=2,
        T=200,
    ),
    # On AuxMVR with a separate δ, at the steps of MVR.
    "S4-MVR-sharp tuned, 2/7": wrong(
        AuxMVRSharp,
        mvr.RATE - 2 / 7 * sigma_r**2 / T + 4 / 7 * sigma_r**2 / at.sqrt(B * T),
        (pair(gap=0.01, x0=1.0), at.Gaussian(sigma_f=10.0)),
        1.553,
        T=200,
        steps=lambda c, K, T, B: MVRSharp().step_sizes(c, K, T, B),
    ),
}
