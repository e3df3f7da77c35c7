"""Random quadratics with several helpers, steps in the range of a theorem, and the run by enumeration
compared with the bound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from exact_rounds import (
    Helped,
    Plan,
    Result,
    exact_correction,
    own_buffers,
    shared,
    shared_differences,
)

from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems import Theorem

Rng = np.random.Generator
# Labels by the noise that the method meets.
NO_REFRESH = ("T1", "T2", "T5")
ONE_PATH = ("T1-PL", "T1-theta", "T2", "T3-shared")


def symmetric(rng: Rng, d: int, size: float) -> Any:
    """A symmetric matrix of this norm, of rank one at times."""
    M = rng.normal(size=(d, d))
    M = (M + M.T) / 2
    if d > 1 and rng.random() < 0.3:
        v = rng.normal(size=d)
        M = np.outer(v, v) * rng.choice([-1, 1])
    return M / np.linalg.norm(M, 2) * size


def target(rng: Rng, label: str, d: int, S: int) -> Any:
    """A of norm at most 1, with a negative eigenvalue where the theorem allows it."""
    values = np.array([1.0, 10 ** rng.uniform(-3, 0) * (rng.random() < 0.8)])[:d]
    allowed = label not in ONE_PATH or (S == 1 and label in ("T1-theta", "T3-shared"))
    if allowed and rng.random() < 0.35:
        values[-1] *= -1
    q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return q @ np.diag(values) @ q.T


def problem(rng: Rng, label: str, N: int, S: int) -> Helped:
    d = int(rng.integers(1, 3))
    size = 10 ** rng.uniform(-2, 1.5)
    R = np.array([symmetric(rng, d, size * rng.random() * (rng.random() < 0.7)) for _ in range(N)])
    if label == "T3-shared" or rng.random() < 0.2:
        R = np.repeat(R[:1], N, axis=0)
    b = rng.normal(size=(N, d)) * 10 ** rng.uniform(-2, 1) * (rng.random() < 0.6)
    if label.startswith("T5"):
        R = (R - np.mean(R, axis=0)) * rng.choice([1.0, 1e-3])
        b = b - np.mean(b, axis=0)
    noisy = not label.startswith(NO_REFRESH)
    samples = None
    if noisy and label != "T3-shared" and rng.random() < 0.4:
        samples = np.array([symmetric(rng, d, 10 ** rng.uniform(-2, 1)) for _ in range(N)])
    axes = [v / np.linalg.norm(v) for v in rng.normal(size=(2, d))]
    return Helped(
        A=target(rng, label, d, S),
        R=R,
        b=b,
        x0=rng.normal(size=d) * 10 ** rng.uniform(-3, 1),
        sigma_h=0.0 if rng.random() < 0.2 else 10 ** rng.uniform(-2, 1),
        sigma_r=10 ** rng.uniform(-2, 1) if noisy and rng.random() < 0.85 else 0.0,
        S=samples,
        common=bool(rng.random() < 0.5),
        axis_h=axes[0],
        axis_r=axes[1],
    )


def bias(pair: Helped) -> tuple[float, float]:
    """β_m and ζ_b."""
    inverse = np.linalg.pinv(pair.A)
    kappa = max(np.linalg.norm(R @ inverse, 2) for R in pair.R)
    if any(np.linalg.norm(R - R @ inverse @ pair.A) > 1e-9 for R in pair.R):
        return math.inf, 0.0
    squares = float(np.mean(np.sum(pair.b**2, axis=1)))
    if kappa == 0 or squares == 0:
        return kappa**2, math.sqrt(squares)
    return 1.3 * kappa**2, math.sqrt((1 + 1 / 0.3) * squares)


def values_of(pair: Helped, plan: Plan) -> dict[str, Any]:
    c = pair.constants
    beta, zeta = bias(pair)
    off = pair.b - np.mean(pair.b, axis=0)
    return {
        **{name: c[name] for name in ("L", "rho", "delta_m", "delta_bar", "delta_A")},
        "delta_AS": c["delta_samples"],
        "delta": float(np.linalg.norm(np.mean(pair.R, axis=0), 2)),
        "mu": max(float(np.linalg.eigvalsh(pair.A)[0]), 0.0),
        "sigma_h": pair.sigma_h,
        "sigma_r": pair.sigma_r,
        "sigma_f": 0.0,
        "beta": 0.0,
        "zeta": 0.0,
        "beta_m": beta,
        "zeta_b": zeta,
        "uneven": 0.0,
        "zeta_h": math.sqrt(np.mean(np.sum(off**2, axis=1))),
        "N": float(pair.N),
        "S": float(plan.S),
        "F0": 1.0,
        "eta": plan.eta,
        "a": plan.a,
        "K": plan.K,
        "T": plan.T,
        "B": plan.B,
        "lambda_K": lambda_K(plan.K),
    }


def largest_step(kind: type[Theorem], values: dict[str, Any]) -> float:
    """The largest η in the range; 0 if there is none."""
    of_steps = [each for each in kind.step_range if "eta" in each.names]
    others = [each for each in (*kind.step_range, *kind.assumptions) if each not in of_steps]
    if not all(bool(each.holds(values)) for each in others):
        return 0.0

    def inside(eta: float) -> bool:
        values["eta"] = eta
        return all(bool(each.holds(values, rtol=0.0)) for each in of_steps)

    low, high = 1e-9 / values["L"], 1.0001 / values["L"]
    if inside(high) or not inside(low):
        return high if inside(high) else 0.0
    while high > low * (1 + 1e-12):
        middle = (low + high) / 2 if high < 2 * low else math.sqrt(low * high)
        low, high = (middle, high) if inside(middle) else (low, middle)
    return low


def run(label: str, pair: Helped, plan: Plan, *, same: bool) -> Result:
    if label.startswith(("T1", "T2")):
        return exact_correction(pair, plan, naive=label == "T2")
    if label == "T3-shared":
        return shared_differences(pair, plan)
    if label.startswith("T5"):
        return shared(pair, plan, label[3:6], same=same)
    kind = "mvr" if label.startswith("T4") else "mom"
    return own_buffers(pair, plan, kind, stale=label.startswith("T9"))


def measured_constants(label: str, result: Result, plan: Plan) -> dict[str, float]:
    """The constants that the run yields."""
    noise = float(np.mean(result.refresh))
    if label == "T4-sharp":
        noise = max(result.refresh)
    elif math.isfinite(plan.B):
        noise = max(noise, result.refresh[0])
    known = {"sigma_r": math.sqrt(noise)}
    zetas = np.maximum(result.zeta2, 0.0)
    return known | {
        "zeta_x": math.sqrt(np.mean(zetas)),
        "zeta_max": math.sqrt(np.max(zetas)),
        "zeta_0": math.sqrt(zetas[0]),
    }


def affine_in_gap(kind: type[Theorem], values: dict[str, Any], descent: float) -> float:
    """The bound for F₀ = f(x⁰) − E f(x^T), which may be negative."""
    one, two = (float(kind.bound.value(values | {"F0": F0})) for F0 in (1.0, 2.0))
    return one + (two - one) * (descent - 1)


def compare(kind: type[Theorem], rng: Rng) -> tuple[float, float, float] | None:
    """What is measured, the bound, and the size of what cancels in it; None outside the theorem."""
    label = kind.label
    N = int(rng.integers(1, 5))
    S = 1 if label == "T3-shared" else int(rng.integers(1, N + 1))
    pair = problem(rng, label, N, S)
    if any("sigma_h" in each.names for each in kind.assumptions):
        pair = Helped(**{**vars(pair), "sigma_h": 0.0})
    plan = Plan(
        eta=1.0,
        K=int(rng.choice([1, 1, 2, 3, 5, 8])),
        T=int(rng.choice([1, 2, 3, 5, 10, 30, 60])),
        a=1.0 if rng.random() < 0.1 else 10 ** rng.uniform(-2, 0),
        B=float(rng.integers(1, N + 1)) if label.startswith("T5") else float(rng.integers(1, 5)),
        S=S,
    )
    values = values_of(pair, plan)
    values |= dict.fromkeys(("zeta_x", "zeta_max", "zeta_0"), 0.0)
    edge = largest_step(kind, values)
    if edge == 0:
        return None
    share = 1.0 if rng.random() < 0.6 else 10 ** rng.uniform(-3, 0)
    values["eta"] = edge * share * (1 - 1e-12)
    plan = Plan(**{**vars(plan), "eta": values["eta"]})
    result = run(label, pair, plan, same=bool(rng.random() < 0.7))
    values |= measured_constants(label, result, plan)
    if label == "T1-PL":
        gap = 0.5 * float(pair.x0 @ pair.A @ pair.x0)
        bound = float(kind.bound.value(values | {"F0": gap}))
        return result.gap, bound, gap
    # Averaging costs twice as much with noise, which a range without it does not say.
    if not math.isfinite(float(kind.bound.value(values))):
        return None
    bound = affine_in_gap(kind, values, result.descent)
    cancelled = abs(2 * result.descent / (plan.eta * plan.K * plan.T))
    # Buffers hold gradients that are subtracted again.
    rounding = 1e-6 * float(np.max(pair.b**2))
    return result.G, bound, abs(bound) + cancelled + rounding
