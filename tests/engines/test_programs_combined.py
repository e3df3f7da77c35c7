"""Equal rounds of a program as one map give what rounds one by one give; sums over local steps that
grow keep their digits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import precise
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.exact.program import rounds
from auxtheory.engines.exact.program import run as program
from auxtheory.methods import MethodType


class Hooked(at.Method):
    """All four hooks, three variables, both oracles."""

    state = "x m mean"

    def start(o, x):
        return x, o.r(x, batch=o.B), x

    def refresh(o, x, m, mean, *, a):
        return x, (1 - a) * m + a * o.r(x), mean

    def step(o, x, m, mean, *, eta):
        return x - eta * (o.h(x) + m), m, mean

    def finish(o, x, m, mean):
        return x, m, 0.9 * mean + 0.1 * x


class Numbered(at.Method):
    """Local steps that differ."""

    def step(o, x, *, eta):
        return x - eta / (1 + o.k) * o.f(x)


MEASURES = (
    at.measures.distance_last,
    at.measures.gap_mean,
    at.measures.square("x", over="local"),
    at.measures.gap_mean.weighted([2.0] * 90),
)


def one_by_one(task: at.Task, monkeypatch: pytest.MonkeyPatch) -> at.Trace:
    with monkeypatch.context() as patch:
        patch.setattr(rounds, "equal", lambda steps: False)
        return program.run(task)


@pytest.mark.parametrize("rotation", [None, 2], ids=["apart", "together"])
@pytest.mark.parametrize(
    "method", [Hooked, Numbered, methods.HeavyBall, methods.AuxMVR], ids=lambda m: m.name
)
def test_combined_rounds_are_those_one_by_one(
    method: MethodType, rotation: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = at.Quadratic(L=1.0, mu=0.05, dim=3, rotation=rotation, x_star=2.0)
    pair = target.with_helper(np.array([0.1, 0.4]), 0.5, rotation=rotation and 1 + rotation)
    more: dict[str, Any] = {"a": 0.3} if "a" in method.parameters else {}
    more |= {"beta": 0.5} if "beta" in method.parameters else {}
    steps = at.Steps(eta=np.array([0.1, 0.3]), K=3, T=90, B=2, **more)
    variables = (at.measures.distance("mean"),) if method is Hooked else ()
    for noise in (at.Gaussian(), at.Gaussian(sigma_f=0.6, sigma_h=0.3, correlation=0.4)):
        for record in ((90,), (1, 2, 7, 64, 90), range(1, 91)):
            task = at.Task(
                method=method,
                pair=pair,
                noise=noise,
                steps=steps,
                measures=(*MEASURES, *variables),
                record=tuple(record),
            )
            one, other = program.run(task), one_by_one(task, monkeypatch)
            for key in ("G", "gap", "grad_sq", *task.measures):
                value, expected = one.measure(key)[0], other.measure(key)[0]
                np.testing.assert_allclose(value, expected, rtol=1e-12, err_msg=str(key))


def test_rounds_that_differ_are_run_one_by_one() -> None:
    """Otherwise a schedule, a choice or multiplicative noise is that of the second round."""
    pair = at.Quadratic(L=1.0, mu=0.05, dim=3, rotation=1).with_helper(0.1, rotation=2)
    steps = at.Steps(eta=0.1, a=0.3, K=2, T=20)

    class Lazy(at.Method):
        def step(o, x, *, eta):
            return o.where(o.coin(0.5), x, x - eta * o.f(x))

    plain = at.Task(method=Hooked, pair=pair, noise=at.Gaussian(sigma_f=1.0), steps=steps)
    for task, is_one in (
        (plain, True),
        (replace(plain, steps=steps.replace(eta=at.per_round(lambda t: 0.1 / t))), False),
        (replace(plain, method=Lazy, steps=steps.replace(a=None)), False),
        (replace(plain, noise=at.Gaussian(s=0.2)), False),
        (replace(plain, measures=(at.measures.gap_mean.weighted(lambda t: t),)), False),
    ):
        whole = program.Run(task, at.Sampling())
        whole.run()
        phase = program.ProgramPhase(task.phases[0], whole.problem)
        phase.start()
        assert whole._equal(phase, 0) == is_one


def test_weights_of_either_sign() -> None:
    """Otherwise a form that is not positive is cut off at 0."""
    pair = at.Quadratic(spectrum=[1.0, 0.5], x0=[1.0, 3.0]).with_helper()
    W = np.array([1.0, -2.0])
    steps = at.Steps(eta=0.5, K=1, T=20)
    for matrix in (W, np.diag(W)):
        measure = at.measures.quadratic(matrix, over="local")
        trace = at.run(
            methods.HeavyBall,
            pair,
            at.Gaussian(),
            steps.replace(beta=0.0),
            measures=[measure],
            engine="exact",
        )
        x = np.array([1.0, 3.0]) * (1 - 0.5 * np.array([1.0, 0.5])) ** np.arange(20)[:, None]
        expected = np.mean(x**2 @ W)
        assert expected < 0
        assert trace.measure(measure)[0][0, 0] == pytest.approx(expected, rel=1e-13)


def monitored(steep: float, gap: float, x0: float, eta: float, K: int, T: int) -> list[float]:
    """Means of ‖∇f‖², ‖change‖² and ‖move‖² over the local steps of one coordinate, in 60 digits."""
    with localcontext() as context:
        context.prec = 60
        a, r, step, x = (Decimal(v) for v in (steep, gap, eta, x0))
        sums = [Decimal(0)] * 3
        for _ in range(T):
            start, change, move = x, Decimal(0), Decimal(0)
            for _ in range(K):
                values = (a * x, change, move)
                sums = [total + v * v for total, v in zip(sums, values, strict=True)]
                x = x - step * ((a - r) * x + r * start)
                change, move = r * (x - start), x - start
        return [float(total / (K * T)) for total in sums]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("steep", "gap", "x0", "eta", "K", "T"),
    [
        (7e-8, 3.0, 70.0, 1.0, 20, 1),
        (8e-8, 5.0, 0.9, 1.0, 15, 2),
        (7e-8, 0.3, 70.0, 1.0, 60, 10),
        (7e-8, 3.0, 70.0, 0.1, 2, 30),
        (1e-12, 2.0, 1e6, 1.0, 31, 1),
    ],
)
def test_local_steps_that_grow_keep_their_digits(
    steep: float, gap: float, x0: float, eta: float, K: int, T: int, compiled: bool
) -> None:
    """Otherwise squares of (1 + ηδ)^K cancel: 3.66e-5 for 5.27e-5 in the first case. What is left is
    the rounding of A − R in extended precision, relative to A."""
    pair = at.Quadratic(spectrum=[steep, 0.0], x0=[x0, 0.0]).with_helper(gap, gap=[gap, 0.0])
    measures = [at.measures.square(name, over="local") for name in ("change", "move")]
    trace = at.run(
        methods.MonitoredExactCorrection,
        pair,
        at.Gaussian(),
        at.Steps(eta=eta, K=K, T=T),
        measures=measures,
        engine="exact",
        compiled=compiled,
    )
    found = [trace.G[0, 0], *(trace.measure(m)[0][0, 0] for m in measures)]
    rtol = 1e-11 + 50 * np.finfo(np.longdouble).eps * gap / steep
    np.testing.assert_allclose(found, monitored(steep, gap, x0, eta, K, T), rtol=rtol)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", ["ExactCorrection", "AuxMOM", "AuxMVR"])
def test_corrections_as_programs_keep_ten_digits(name: str, compiled: bool) -> None:
    """Against 120 digits, as the engine's own form of them is tested."""
    method = getattr(methods, name)
    pair = at.Quadratic(spectrum=[1e-7, 1.0], x0=[1e4, 0.5]).with_helper(2.0, 0.5, gap=[2.0, -1.0])
    T = 12
    steps = at.Steps(eta=1.0, a=0.3 if method.uses_a else None, K=12, T=T)
    for noise in (at.Gaussian(), at.Gaussian(sigma_f=1e-3, sigma_h=1e-4, s=1e-6)):
        # Noise of AuxMVR's buffer grows within a round, and the refresh takes it away again.
        rtol = 1e-5 if name == "AuxMVR" and noise != at.Gaussian() else 1e-10
        expected = precise.run(method, pair, noise, steps)
        task = at.Task(
            method=method, pair=pair, noise=noise, steps=steps, record=tuple(range(1, T + 1))
        )
        trace = program.run(task, at.Sampling(compiled=compiled))
        for key in ("G", "gap", "grad_sq"):
            value = getattr(trace, key)[:, 0]
            np.testing.assert_allclose(value, expected[key], rtol=rtol, atol=0, err_msg=key)
