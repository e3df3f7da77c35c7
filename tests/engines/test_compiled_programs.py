"""The compiled loop of affine programs equals the array form, its slow twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.exact.program import compiled
from auxtheory.engines.exact.program import run as program
from auxtheory.methods import MethodType

AFFINE = [m for m in (*methods.ALL, *methods.LIBRARY) if not m.not_affine]
PARAMETERS = {"beta": 0.4, "gamma": 2.0, "p": 0.3, "m": 0.1, "a": 0.3, "Q": 3.0, "T1": 2.0}
PARAMETERS |= {"eta1": 0.2, "theta": 0.6}
NOISES = {
    "none": at.Gaussian(),
    "additive": at.Gaussian(sigma_f=1.0, sigma_h=0.3, correlation=0.4),
    "multiplicative": at.Gaussian(sigma_f=1.0, sigma_h=0.3, correlation=0.4, s=0.2),
    "shaped": at.Gaussian(sigma_f=1.0, sigma_h=0.3, shape=[1.0, 2.0, 0.5, 1.0], s=0.2),
}
FIELDS = ("G", "gap", "grad_sq", "spread", "largest_spread")


def pair_of(method: MethodType, count: int = 1) -> Any:
    f = at.Quadratic(L=1.0, mu=0.1, dim=4, x_star=-1.5)
    delta = 0.3 if count == 1 else np.linspace(0.1, 0.3, count)
    if method.program.components:
        return f.with_components(N=3, delta=0.3, zeta=0.4)
    return f.with_helper(delta=delta, zeta=0.5)


def steps_of(method: MethodType, **more: Any) -> at.Steps:
    known = {
        k: v
        for k, v in PARAMETERS.items()
        if k in method.parameters or (k == "a" and method.uses_a)
    }
    if getattr(method, "single_step", False):
        more["K"] = 1
    return at.Steps(**({"eta": 0.15, "K": 3, "T": 8, "B": 3} | known | more))


def measures_of(method: MethodType, weights: bool = True) -> list[Any]:
    vectors = [
        v for v in method.program.state if v not in method.program.tables | method.program.scalars
    ]
    unit = at.measures.distance_last.unit
    return [
        at.measures.distance_last,
        at.measures.gap_mean,
        at.measures.grad(over="rounds", weights=(lambda t: t) if weights else None),
        at.measures.quadratic(np.array([1.0, 2.0, 0.5, 3.0])),
        at.measures.square(vectors[-1], over="local", unit=unit),
        at.measures.gap(over="local", weights=(lambda t: 9.0 - t) if weights else None),
    ]


def both(
    method: Any, pair: Any, noise: Any, steps: at.Steps, measures: Any = (), record: Any = None
) -> tuple[Any, Any]:
    task = at.Task(
        method=method, pair=pair, noise=noise, steps=steps, record=record, measures=tuple(measures)
    )
    one, two = (program.run(task, at.Sampling(compiled=c, threads=1)) for c in (False, True))
    assert one.provenance["form"] == "program"
    assert two.provenance["form"] == "compiled program"
    return one, two


def assert_equal(one: Any, two: Any, measures: Any, rtol: float) -> None:
    np.testing.assert_array_equal(one.diverged, two.diverged)
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(two, name), getattr(one, name), rtol=rtol, atol=0, err_msg=name
        )
    for measure in measures:
        value, expected = two.measure(measure)[0], one.measure(measure)[0]
        np.testing.assert_allclose(value, expected, rtol=rtol, atol=0, err_msg=measure.name)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("method", AFFINE, ids=lambda m: m.name)
def test_the_loop_equals_the_arrays(method: MethodType, noise: str) -> None:
    """Otherwise the two forms are two recursions: K local steps, a grid, and every kind of measure."""
    measures = measures_of(method)
    for K, count in ((1, 1), (3, 3)):
        eta = 0.15 if count == 1 else np.array([0.1, 0.15, 0.2])
        one, two = both(
            method,
            pair_of(method, count),
            NOISES[noise],
            steps_of(method, K=K, eta=eta),
            measures,
            (1, 2, 5, 8),
        )
        assert_equal(one, two, measures, rtol=1e-13)


class Decaying(at.Method):
    """A probability, a batch and a finish that change from round to round."""

    state = "x y"

    def start(o, x):
        return x, x

    def refresh(o, x, y):
        return x, y + (x - y) / o.t

    def step(o, x, y, *, eta, beta):
        g = o.f(x, batch=o.t) + 0.1 * o.h(y)
        return x - eta * (1 + o.k) * o.coin(1 / o.t) * g - beta * (x - y), y

    def finish(o, x, y):
        return x, y + (x - y) / (o.t + 1)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("at_once", [1 << 21, 500])
def test_rounds_that_differ(at_once: int, noise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schedules, and hooks that read t, for grids, and a few rounds at a time."""
    monkeypatch.setattr(compiled, "NUMBERS_AT_ONCE", at_once)
    measures = measures_of(Decaying)
    record = (2, 5, 8)
    for count in (1, 3):
        eta = 0.15 if count == 1 else np.array([0.1, 0.15, 0.2])
        pair = pair_of(Decaying, count)
        steps = at.Steps(eta=eta, beta=at.per_round(lambda t: 0.3 / t), K=3, T=8, B=3)
        one, two = both(Decaying, pair, NOISES[noise], steps, measures, record)
        assert_equal(one, two, measures, rtol=1e-13)
        method = methods.AuxMVR
        steps = at.Steps(eta=at.per_round(lambda t: 0.3 / t), a=0.3, K=3, T=8, B=3)
        one, two = both(method, pair, NOISES[noise], steps, (), record)
        assert_equal(one, two, (), rtol=1e-13)


class Odd(at.Method):
    """Step numbers, a condition, a number for each coordinate, a shift of the origin, a finish."""

    state = "x y"

    def start(o, x):
        return x, 0.5 * x

    def refresh(o, x, y):
        return x, y + 0.1 * (x - y)

    def step(o, x, y, *, eta):
        size = eta * o.where(o.k < 1, 1.0, 0.5) * np.array([1.0, 0.5, 0.7, 0.9])
        return x - size * o.f(x) - 0.05 * (0.9 * x - y) + eta * o.coin(0.5) * o.h(x, batch=3) / 9, y

    def finish(o, x, y):
        return x, y + 0.5 * (x - y)


@pytest.mark.parametrize("noise", NOISES)
def test_every_hook_and_different_local_steps(noise: str) -> None:
    measures = measures_of(Odd)
    one, two = both(Odd, pair_of(Odd), NOISES[noise], steps_of(Odd), measures, (1, 2, 5, 8))
    assert_equal(one, two, measures, rtol=1e-13)


@pytest.mark.parametrize(
    "method", [methods.HeavyBall, methods.AuxMVR, methods.LSVRG], ids=lambda m: m.name
)
def test_many_rounds_together(method: MethodType) -> None:
    """Rounds between two records are one matrix, as are K local steps; rounding grows with T K."""
    measures = measures_of(method, weights=False)[3:]
    steps = steps_of(method, eta=0.05, K=3, T=1000)
    noise = NOISES["additive"]
    one, two = both(method, pair_of(method), noise, steps, measures, (1, 990, 1000))
    assert_equal(one, two, measures, rtol=1e-12)


def test_more_coordinates_than_a_tile_has_lanes_and_any_number_of_threads() -> None:
    """Otherwise configurations of a tile are mixed up, or bits depend on the other ones."""
    noise = at.Gaussian(sigma_f=1.0, s=0.3)
    steps = steps_of(methods.HeavyBall, eta=np.linspace(0.05, 0.2, 70), T=5)
    for dim in (3, 300):
        pair = at.Quadratic(L=1.0, mu=0.1, dim=dim).with_helper(delta=0.3)
        one, two = both(methods.HeavyBall, pair, noise, steps)
        assert_equal(one, two, (), rtol=1e-13)
        task = at.Task(method=methods.HeavyBall, pair=pair, noise=noise, steps=steps)
        other = program.run(task, at.Sampling(compiled=True, threads=3))
        alone = program.run(
            at.Task(
                method=methods.HeavyBall, pair=pair, noise=noise, steps=steps.replace(eta=0.05)
            ),
            at.Sampling(compiled=True),
        )
        for name in FIELDS:
            assert getattr(other, name).tobytes() == getattr(two, name).tobytes()
            assert getattr(alone, name)[0, 0] == getattr(two, name)[0, 0]


def test_divergence_is_the_same_flag() -> None:
    steps = steps_of(methods.Nesterov, eta=np.array([1e6, 0.1, 30.0, 1e100]), T=300)
    record = (1, 2, 10, 100, 300)
    for noise in NOISES.values():
        one, two = both(methods.Nesterov, pair_of(methods.Nesterov), noise, steps, record=record)
        assert two.diverged.tolist() == [1.0, 0.0, 1.0, 1.0]
        assert_equal(one, two, (), rtol=1e-12)


def test_a_schedule_of_methods_goes_on_where_it_was() -> None:
    """A phase starts from the one before, with sums over both."""
    method = methods.fine_tuning(3, then=methods.SGDMomentum)
    measures = measures_of(methods.SGD)
    steps = at.Steps(eta=0.1, a=0.4, K=2, T=9)
    one, two = both(
        method, pair_of(methods.SGD), NOISES["multiplicative"], steps, measures, (2, 3, 4, 9)
    )
    assert_equal(one, two, measures, rtol=1e-13)


def test_the_form_is_chosen_by_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run does not wait for a compiler."""
    steps = steps_of(methods.HeavyBall)
    options: Any = {"engine": "exact"}
    trace = at.run(methods.HeavyBall, pair_of(methods.HeavyBall), None, steps, **options)
    assert trace.provenance["form"] == "program"
    monkeypatch.setattr(program, "ENOUGH", 1000)
    trace = at.run(methods.HeavyBall, pair_of(methods.HeavyBall), None, steps, **options)
    assert trace.provenance["form"] == "compiled program"
    assert "numba" in trace.provenance
