"""The exact engine against the moments of one coordinate, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from exact_cases import KNOWN, flattened, levels
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair


@dataclass(frozen=True)
class Rules:
    """m ← m·m + d·g_r(x) + p·g_r(x_prev), the first buffer times `first`; y ← y·y + g·g_h(y) + c·m;
    and the helper."""

    m: float
    d: float
    p: float
    first: float = 1.0
    y: float = 1.0
    g: float = 0.0
    c: float = 0.0
    helper: str = "h"
    exact: bool = False


def by_hand(name: str, a: float, eta: float) -> Rules:
    local = {"y": 1.0, "g": -eta, "c": -eta}
    return {
        "Naive": Rules(0, 0, 0, first=0, exact=True, **local),
        "ExactCorrection": Rules(0, 1, 0, exact=True, **local),
        "AuxMOM": Rules(1 - a, a, 0, **local),
        "AuxMVR": Rules(1 - a, 1, a - 1, **local),
        "SGD": Rules(0, 0, 0, first=0, exact=True, helper="f", **local),
        "SGDMomentum": Rules(1 - a, a, 0, helper="none", **local),
        "MVR": Rules(1 - a, 1, a - 1, helper="none", **local),
        "LocalSGD": Rules(0, 0, 0, first=0, exact=True, helper="f", **local),
        "LocalMVR": Rules(1 - a, 1, a - 1, helper="none", **local),
        "Damped": Rules(1 - a, a / 2, 0, first=0.5, **local),
        "Extrapolated": Rules(0, 1 + a, -a, **local),
        "Shrunk": Rules(1 - a, a, 0, y=1 - eta / 10, g=-eta, c=-eta),
        "HalfTrusted": Rules(1 - a, a, 0, y=1.0, g=-eta, c=-eta / 2),
    }[name]


def second_moments(
    rules: Rules, pair: QuadraticPair, noise: Noise, s: Steps
) -> dict[str, list[float]]:
    """E v vᵀ of v = (1, y, x, x_prev, m) − centre, one local step after the other, for one
    coordinate."""
    A = pair.A[0, 0]
    R = pair.R[0, 0]
    b = pair.b[0, 0]
    x_star = pair.minimiser[0]
    if rules.helper != "h":
        R, b = (0.0, 0.0) if rules.helper == "f" else (A, 0.0)
    variance_r = {
        "h": noise.sigma_f**2
        + noise.sigma_h**2
        - 2 * noise.correlation * noise.sigma_f * noise.sigma_h,
        "f": 0.0,
        "none": noise.sigma_f**2,
    }[rules.helper] * (not rules.exact)
    variance_local = {"h": noise.sigma_h, "f": noise.sigma_f, "none": 0.0}[rules.helper] ** 2
    s_r = noise.s * (not rules.exact)
    s_local = noise.s * (rules.helper == "f")
    one, y, x, p, m = np.eye(5)
    v = one + (pair.start[0, 0] - x_star) * (y + x + p)
    M = np.outer(v, v)
    local = rules.helper == "f"
    sizes = []
    energy = 0.0
    out = {"G": [], "gap": [], "grad_sq": [], "spread": [], "largest_spread": []}
    for t in range(1, s.T + 1):
        if t == 1:
            row = rules.first * (R * x + b * one)
            extra = rules.first**2 * (variance_r + s_r**2 * (x @ M @ x)) / s.B
        else:
            row = rules.m * m + rules.d * (R * x + b * one) + rules.p * (R * p + b * one)
            seen = rules.d * x + rules.p * p
            extra = (rules.d + rules.p) ** 2 * variance_r + s_r**2 * (seen @ M @ seen)
        J = np.stack([one, x, x, p, row])
        M = J @ M @ J.T + extra * np.outer(m, m)
        sizes += [] if local else [x @ M @ x]
        for _ in range(s.K):
            sizes += [y @ M @ y] if local else []
            energy += A**2 * (y @ M @ y)
            # y + x* shrinks towards 0, not towards x*, so the rule is applied to the uncentred
            # iterate.
            row = (
                rules.y * (y + x_star * one)
                - x_star * one
                + rules.g * ((A - R) * y - b * one)
                + rules.c * m
            )
            extra = rules.g**2 * (variance_local + s_local**2 * (y @ M @ y))
            J = np.stack([one, row, x, p, m])
            M = J @ M @ J.T + extra * np.outer(y, y)
        J = np.stack([one, y, y, x, m])
        M = J @ M @ J.T
        seen = sizes if noise.s else [(pair.start[0, 0] - x_star) ** 2]
        values = (
            energy / (t * s.K),
            0.5 * A * (x @ M @ x),
            A**2 * (x @ M @ x),
            np.mean(seen),
            max(seen),
        )
        for name, value in zip(out, values, strict=True):
            out[name].append(float(value))
    return out


@pytest.mark.parametrize("name", KNOWN)
@given(dense=st.booleans(), data=st.data())
def test_collapsed_local_steps_equal_single_ones(name: str, dense: bool, data: Any) -> None:
    """Otherwise the closed form of K steps is wrong, for the library's methods or for a user's own
    affine rules."""
    A = data.draw(st.floats(0.1, 2.0))
    r = data.draw(st.floats(-2.0, 2.0))
    eta = data.draw(st.floats(0.01, 0.5))
    a = data.draw(st.floats(0.05, 1.0))
    x_star = data.draw(st.sampled_from([0.0, 1.5, -4.0]))
    x0 = data.draw(st.sampled_from([0.5, 3.0]))
    f = Quadratic(L=A, dim=1, x0=[x_star + x0], x_star=[x_star])
    pair = f.with_helper(abs(r), data.draw(levels), gap=[r])
    noise = Gaussian(
        sigma_f=data.draw(levels),
        sigma_h=data.draw(levels),
        correlation=data.draw(st.sampled_from([-1.0, 0.0, 0.5])),
        s=data.draw(levels),
    )
    method = KNOWN[name]
    K = 1 if method.single_step else data.draw(st.integers(1, 7))
    s = Steps(eta=eta, a=a, K=K, T=4, B=data.draw(st.sampled_from([1, 3, math.inf])))
    expected = second_moments(by_hand(name, a, eta), pair, noise, s)
    pair = flattened(pair) if dense else pair
    trace = exact.run(*engine_input(method, pair, noise, s, record=range(1, 5)))
    scale = 1 + x_star**2 + float(pair.b[0, 0]) ** 2
    for field, wanted in expected.items():
        got = getattr(trace, field)[:, 0]
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12 * scale, err_msg=field)
    assert trace.start.tolist() == [pytest.approx(x0**2)]
