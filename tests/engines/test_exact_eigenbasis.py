"""Dense pairs of any affine program are followed in the eigenbasis of A where nothing depends on the
axes."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.exact.program import problem
from auxtheory.engines.exact.program import run as program
from auxtheory.methods import MethodType

ETA, BETA, SIGMA, DIM, T = 0.5, 0.5, 1e-3, 4, 200


def heavy_ball(eigenvalues: Any) -> tuple[float, float]:
    """The gap and E‖∇f‖² of the heavy ball after T steps, in 50 digits; f(x⁰) = 1 is split evenly."""
    gap = square = Decimal(0)
    with localcontext() as context:
        context.prec = 50
        eta, beta = Decimal(ETA), Decimal(BETA)
        for value in eigenvalues:
            a = Decimal(float(value))
            M = [[1 - eta * a, beta], [-eta * a, beta]]
            z = [(2 / (a * DIM)).sqrt(), Decimal(0)]
            S = [[Decimal(0)] * 2, [Decimal(0)] * 2]
            noise = (eta * Decimal(SIGMA)) ** 2 / DIM
            for _ in range(T):
                z = [sum(M[i][k] * z[k] for k in (0, 1)) for i in (0, 1)]
                W = [[sum(M[i][k] * S[k][j] for k in (0, 1)) for j in (0, 1)] for i in (0, 1)]
                S = [
                    [sum(W[i][k] * M[j][k] for k in (0, 1)) + noise for j in (0, 1)] for i in (0, 1)
                ]
            gap += a / 2 * (z[0] ** 2 + S[0][0])
            square += a**2 * (z[0] ** 2 + S[0][0])
    return float(gap), float(square)


@pytest.mark.parametrize("mu", [1e-4, 1e-8, 1e-11])
@pytest.mark.parametrize("rotation", [None, 1])
def test_ill_conditioned_pairs_lose_no_digit(rotation: int | None, mu: float) -> None:
    """Otherwise eigenvalues far below L are those of rounded matrices."""
    f = at.Quadratic(L=1.0, mu=mu, dim=DIM, spectrum="geometric", rotation=rotation)
    pair = f.with_helper(0.0)
    steps = at.Steps(eta=ETA, beta=BETA, K=1, T=T)
    trace = at.run(methods.HeavyBall, pair, at.Gaussian(sigma_f=SIGMA), steps, engine="exact")
    gap, square = heavy_ball(np.geomspace(mu, 1.0, DIM))
    assert trace.gap[0, 0] == pytest.approx(gap, rel=1e-12)
    assert trace.grad_sq[0, 0] == pytest.approx(square, rel=1e-12)


class Mixed(at.Method):
    """Both oracles, a batch, a coin, two points of one sample."""

    state = "x y m"

    def start(o, x):
        return x, 0.5 * x, o.r(x, batch=o.B)

    def step(o, x, y, m, *, eta):
        now, then = o.r(x, y)
        return x - eta * (o.h(x, batch=3) + m), o.where(o.coin(0.3), x, y), m + 0.3 * (now - then)


class Scaled(at.Method):
    def step(o, x, *, eta):
        return x - eta * np.array([1.0, 0.5, 0.7, 0.9]) * o.f(x)


@pytest.mark.parametrize("method", [Mixed, methods.AuxMVR, methods.Nesterov], ids=lambda m: m.name)
def test_both_bases_agree(method: MethodType, monkeypatch: pytest.MonkeyPatch) -> None:
    f = at.Quadratic(L=1.0, mu=0.2, dim=4, rotation=1, x_star=2.0)
    noise = at.Gaussian(sigma_f=0.6, sigma_h=0.3, correlation=0.4)
    more: dict[str, Any] = {"a": 0.4} if method.uses_a else {}
    more |= {"beta": 0.5} if "beta" in method.parameters else {}
    steps = at.Steps(eta=np.array([0.1, 0.3]), K=3, T=6, B=2, **more)
    measures = (at.measures.distance_last, at.measures.square("x", over="local"))
    for pair in (f.with_helper(0.3, 0.5, rotation=2), f.with_helper(0.3, 0.5)):
        task = at.Task(method=method, pair=pair, noise=noise, steps=steps, measures=measures)
        assert problem.turns(task)
        turned = program.run(task)
        with monkeypatch.context() as patch:
            patch.setattr(problem, "turns", lambda task: False)
            plain = program.run(task)
        for name in ("G", "gap", "grad_sq", *measures):
            value, expected = turned.measure(name)[0], plain.measure(name)[0]
            np.testing.assert_allclose(value, expected, rtol=1e-11)


def test_what_depends_on_the_axes_keeps_them() -> None:
    pair = at.Quadratic(L=1.0, mu=0.2, dim=4, rotation=1).with_helper(0.3)
    matrix = at.measures.quadratic(np.array([1.0, 2.0, 3.0, 4.0]))
    steps = at.Steps(eta=0.1, K=1, T=2)
    for method, noise, measures in (
        (Scaled, at.Gaussian(sigma_f=1.0), ()),
        (methods.SGD, at.Gaussian(s=0.1), ()),
        (methods.SGD, at.Gaussian(sigma_f=1.0, shape=[1, 2, 3, 4]), ()),
        (methods.SGD, at.Gaussian(sigma_f=1.0), (matrix,)),
    ):
        task = at.Task(method=method, pair=pair, noise=noise, steps=steps, measures=measures)
        assert not problem.turns(task)
    task = at.Task(method=methods.SGD, pair=pair, noise=at.Gaussian(sigma_f=1.0), steps=steps)
    assert problem.turns(task)
