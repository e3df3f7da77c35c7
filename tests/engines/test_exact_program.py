"""Exact expectations of any affine text: against the recursions of the paper's methods, against
sampling, against closed forms, and between two forms of one method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.exact.program import run as program
from auxtheory.errors import RefusedError
from auxtheory.methods import MethodType

NOISE = at.Gaussian(sigma_f=1.0, sigma_h=0.3, correlation=0.4, s=0.2)
PAIRS = {
    "diagonal": at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(delta=0.3, zeta=0.5),
    "dense": at.Quadratic(L=1.0, mu=0.1, dim=4, rotation=1).with_helper(
        delta=0.3, zeta=0.5, rotation=2
    ),
}
FIELDS = ("G", "gap", "grad_sq", "spread", "largest_spread")
EXTRA = [
    at.measures.distance_last,
    at.measures.gap_mean,
    at.measures.grad(over="rounds", weights=lambda t: t),
    at.measures.quadratic(np.array([1.0, 2.0, 0.5, 3.0])),
    at.measures.square("x", over="local", unit=at.measures.distance_last.unit),
]


class Nesterov(at.Method):
    """Nesterov's method."""

    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class Loopless(at.Method):
    """Loopless SVRG."""

    state = "x w g"

    def start(o, x):
        return x, x, o.f(x, exact=True)

    def step(o, x, w, g, *, eta, p):
        d, d_w = o.f(x, w)
        coin = o.coin(p)
        g_new = o.where(coin, o.f(x, exact=True), g)
        return x - eta * (d - d_w + g), o.where(coin, x, w), g_new


class Average(at.Method):
    """Two oracles, a batch and a mean of all iterates, taken in `finish`."""

    state = "x mean"

    def start(o, x):
        return x, x

    def step(o, x, mean, *, eta):
        return x - eta * (o.f(x) + 0.1 * o.h(x, batch=3)), mean

    def finish(o, x, mean):
        return x, mean + (x - mean) / (o.t + 1)


class Odd(at.Method):
    """Step numbers, a condition, a number for each coordinate, a shift of the origin."""

    state = "x y"

    def start(o, x):
        return x, 0.5 * x

    def refresh(o, x, y):
        return x, y + 0.1 * (x - y)

    def step(o, x, y, *, eta):
        size = eta * o.where(o.k < 1, 1.0, 0.5) * np.array([1.0, 0.5, 0.7, 0.9])
        return x - size * o.f(x) - 0.05 * (0.9 * x - y), y


CASES: dict[str, tuple[MethodType, dict[str, Any]]] = {
    "Nesterov": (Nesterov, {"beta": 0.5}),
    "loopless": (Loopless, {"p": 0.3}),
    "average": (Average, {}),
    "schedule": (Average, {"eta": at.per_round(lambda t: 0.3 / t)}),
    "odd": (Odd, {}),
}


def steps(**more: Any) -> at.Steps:
    return at.Steps(**({"eta": 0.15, "K": 3, "T": 8} | more))


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("method", methods.ALL, ids=lambda method: method.name)
@pytest.mark.parametrize("zeta", [0.5, 1e9])
def test_the_papers_methods_as_programs(method: MethodType, kind: str, zeta: float) -> None:
    """The twin of the recursions: a constant of 1e9 in ∇h costs a corrected method no digit."""
    rotation = {} if kind == "diagonal" else {"rotation": 2}
    f = at.Quadratic(L=1.0, mu=0.1, dim=4, rotation=None if kind == "diagonal" else 1)
    pair = f.with_helper(delta=0.3, zeta=zeta, **rotation)
    K = 1 if method.single_step else 4
    run = at.Steps(eta=0.2, a=0.3 if method.uses_a else None, K=K, T=20, B=3)
    record = (1, 5, 20)
    task = at.Task(method=method, pair=pair, noise=NOISE, steps=run, record=record)
    old = at.run(method, pair, NOISE, run, engine="exact", record=record)
    new = program.run(task)
    assert old.provenance["form"] != "program"
    for name in FIELDS:
        np.testing.assert_allclose(getattr(new, name), getattr(old, name), rtol=1e-11)
    assert new.costs == old.costs


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("case", CASES)
def test_expectations_are_those_of_sampling(case: str, kind: str) -> None:
    method, more = CASES[case]
    pair = PAIRS[kind]
    if case == "odd" and kind == "dense":
        pytest.skip("a number for each coordinate belongs to the axes")
    run = steps(**more)
    exact = at.run(method, pair, NOISE, run, engine="exact", measures=EXTRA)
    options: Any = {"engine": "numpy", "measures": EXTRA, "seed": 5}
    sampled = at.run(method, pair, NOISE, run, replicas=1500, **options)
    for measure in ("G", "gap", "grad_sq", *EXTRA):
        value, error = sampled.measure(measure)
        assert abs(value - exact.measure(measure)[0])[0, 0] < 5 * error[0, 0]
    if not method.program.choices:
        exact = at.run(method, pair, None, run, engine="exact", measures=EXTRA)
        sampled = at.run(method, pair, None, run, replicas=2, **options)
        for measure in ("G", "gap", "grad_sq", *EXTRA):
            np.testing.assert_allclose(
                exact.measure(measure)[0], sampled.measure(measure)[0], rtol=1e-11
            )


@pytest.mark.parametrize("diagonal", [True, False])
def test_components_are_picked_exactly(diagonal: bool) -> None:
    pair = PAIRS["diagonal" if diagonal else "dense"].with_components(N=4, delta=0.3, zeta=0.4)
    exact = at.run(methods.SAGA, pair, None, steps(), engine="exact")
    sampled = at.run(methods.SAGA, pair, None, steps(), engine="numpy", replicas=1500, seed=2)
    for name in ("G", "gap", "grad_sq"):
        value, error = sampled.measure(name)
        assert abs(value - exact.measure(name)[0])[0, 0] < 5 * error[0, 0]


def test_a_full_matrix_on_a_diagonal_pair() -> None:
    W = np.array([[2.0, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, -0.3], [0, 0, -0.3, 1]])
    measure = at.measures.quadratic(W, over="rounds")
    exact = at.run(Loopless, PAIRS["diagonal"], NOISE, steps(p=0.5), measures=[measure])
    assert exact.engine == "exact"
    sampled = at.run(
        Loopless,
        PAIRS["diagonal"],
        NOISE,
        steps(p=0.5),
        measures=[measure],
        engine="numpy",
        replicas=1500,
    )
    value, error = sampled.measure(measure)
    assert abs(value - exact.measure(measure)[0])[0, 0] < 5 * error[0, 0]


def same(one: Any, other: Any, measures: Any = ("G", "gap", "grad_sq")) -> None:
    for name in measures:
        np.testing.assert_allclose(one.measure(name)[0], other.measure(name)[0], rtol=1e-10)


@pytest.mark.parametrize("kind", PAIRS)
def test_two_forms_of_one_method_agree(kind: str) -> None:
    pair = PAIRS[kind]

    class Momentum(at.Method):
        """The heavy ball with its two last points in place of a velocity."""

        state = "x x_prev"

        def start(o, x):
            return x, x

        def step(o, x, x_prev, *, eta, beta):
            return x - eta * o.f(x) + beta * (x - x_prev), x

    class Descent(at.Method):
        def step(o, x, *, eta):
            return x - eta * o.f(x)

    class Frozen(at.Method):
        """An average whose newest weight is 1."""

        state = "x mean"

        def start(o, x):
            return x, x

        def step(o, x, mean, *, eta):
            x = x - eta * o.f(x)
            return x, mean + 1.0 * (x - mean)

    def run(method: MethodType, **more: Any) -> Any:
        return at.run(method, pair, NOISE, steps(**more), engine="exact")

    same(run(methods.HeavyBall, beta=0.4), run(Momentum, beta=0.4))
    same(run(Nesterov, beta=0.0), run(Descent))
    same(run(methods.HeavyBall, beta=0.0), run(Descent))
    same(run(Nesterov, beta=0.5), run(methods.Nesterov, beta=0.5))
    # At p = 1 the snapshot is the last iterate, so that no noise is left but that of one step.
    noiseless = at.run(Loopless, pair, None, steps(p=1.0), engine="exact")
    same(noiseless, at.run(Descent, pair, None, steps(), engine="exact"))
    mean = at.run(
        Frozen, pair, NOISE, steps(), engine="exact", measures=[at.measures.gap(of="mean")]
    )
    np.testing.assert_allclose(mean.measure(at.measures.gap(of="mean"))[0], mean.gap, rtol=1e-12)


def test_the_stationary_covariance_of_sgd_solves_its_lyapunov_equation() -> None:
    pair = PAIRS["dense"]
    C = np.diag([1.0, 0.2, 0.5, 2.0])
    noise = at.Gaussian(sigma_f=np.sqrt(np.trace(C)), shape=C)

    class Descent(at.Method):
        def step(o, x, *, eta):
            return x - eta * o.f(x)

    eta = 0.3
    M = np.eye(4) - eta * pair.A[0]
    sigma = solve_discrete_lyapunov(M, eta**2 * C)
    trace = at.run(Descent, pair, noise, at.Steps(eta=eta, K=1, T=2000), engine="exact")
    assert trace.gap[0, 0] == pytest.approx(0.5 * np.trace(pair.A[0] @ sigma), rel=1e-10)


@pytest.mark.parametrize(
    ("method", "radius"),
    [
        (methods.HeavyBall, lambda root: (1 - root) / (1 + root)),
        (Nesterov, lambda root: 1 - root),
    ],
)
def test_textbook_rates_of_momentum(method: MethodType, radius: Any) -> None:
    """The heavy ball at its best parameters contracts by (1 − √q)/(1 + √q), q = μ/L; Nesterov's
    method at η = 1/L, β = (1 − √q)/(1 + √q) by 1 − √q."""
    L, mu = 1.0, 0.04
    root = np.sqrt(mu / L)
    pair = at.Quadratic(L=L, mu=mu, dim=5).with_helper(0.0)
    if method is methods.HeavyBall:
        eta, beta = 4 / (np.sqrt(L) + np.sqrt(mu)) ** 2, ((1 - root) / (1 + root)) ** 2
    else:
        eta, beta = 1 / L, (1 - root) / (1 + root)
    trace = at.run(method, pair, None, at.Steps(eta=eta, beta=beta, K=1, T=150), record=[100, 150])
    assert trace.engine == "exact"
    # Double eigenvalues add a factor of about T² to the power.
    rate = (trace.gap[1, 0] / trace.gap[0, 0]) ** (1 / 100)
    assert rate == pytest.approx(radius(root), rel=0.02)


def test_averaging_attains_the_optimal_variance() -> None:
    """E f(x̄) − f* → tr(Σ)/(2T)·… : T E‖x̄ − x*‖²_H → tr(H⁻¹ C) for noise of covariance C."""
    pair = at.Quadratic(L=1.0, mu=0.3, dim=3, x0=np.full(3, 0.01)).with_helper(0.0)
    noise = at.Gaussian(sigma_f=1.5)

    class Averaged(at.Method):
        state = "x mean"

        def start(o, x):
            return x, 0 * x

        def step(o, x, mean, *, eta):
            return x - eta * o.f(x), mean

        def finish(o, x, mean):
            return x, mean + (x - mean) / o.t

    T = 20_000
    gap = at.measures.gap(of="mean")
    trace = at.run(Averaged, pair, noise, at.Steps(eta=0.3, K=1, T=T), measures=[gap])
    optimal = np.sum(1.5**2 / 3 / pair.A[0]) / (2 * T)
    assert trace.measure(gap)[0][0, 0] == pytest.approx(optimal, rel=2e-3)


def test_local_steps_together_are_those_one_by_one() -> None:
    """K equal steps by doubling, at K = 1,000; and a million without a loop."""

    class Stepwise(Nesterov):
        """The same, but it says that it reads k."""

        def step(o, x, v, *, eta, beta):
            v = beta * v - eta * o.f(x + beta * v) + 0 * o.k * x
            return x + v, v

    noise = at.Gaussian(sigma_f=1.0)
    for pair in PAIRS.values():
        runs = [
            at.run(
                method,
                pair,
                noise,
                at.Steps(eta=0.1, beta=0.6, K=1000, T=2),
                engine="exact",
                measures=EXTRA,
            )
            for method in (Nesterov, Stepwise)
        ]
        same(*runs, measures=("G", "gap", "grad_sq", *EXTRA))
    million = at.run(Nesterov, pair, noise, at.Steps(eta=0.1, beta=0.6, K=10**6, T=2))
    assert np.isfinite(million.G[0, 0])


def test_a_grid_of_configurations_and_a_growing_run() -> None:
    etas = np.array([0.1, 0.2, 5.0])
    grid = at.run(
        Loopless, PAIRS["diagonal"], NOISE, steps(eta=etas, p=np.array([0.1, 0.5, 0.9]), T=400)
    )
    assert grid.engine == "exact"
    for i in (0, 1):
        one = at.run(Loopless, PAIRS["diagonal"], NOISE, steps(eta=etas[i], p=[0.1, 0.5][i], T=400))
        np.testing.assert_allclose(grid.G[:, i], one.G[:, 0], rtol=1e-12)
    assert np.isinf(grid.G[0, 2])
    assert grid.diverged[2] == 1.0


def test_what_does_not_close_is_refused_with_the_line() -> None:
    class Extra(at.Method):
        """The extragradient method: its second point has noise."""

        def step(o, x, *, eta):
            return x - eta * o.f(x - eta * o.f(x))

    class Many(at.Method):
        def step(o, x, *, eta):
            for _ in range(13):
                x = x - eta * o.coin(0.5) * o.f(x)
            return x

    for method, noise, reason in (
        (Extra, NOISE, r"a point that has noise itself: Extra\.step"),
        (Many, at.Gaussian(), r"Many\.step has more than 4,096"),
        (methods.ClippedSGD, NOISE, r"ClippedSGD\.step is not affine: norm in line \d+"),
    ):
        more = {"c": 1.0} if method is methods.ClippedSGD else {}
        with pytest.raises(RefusedError, match=reason):
            at.run(method, PAIRS["diagonal"], noise, steps(**more), engine="exact")
    # Without multiplicative noise it is exact.
    trace = at.run(Extra, PAIRS["diagonal"], at.Gaussian(sigma_f=1.0), steps(), engine="exact")
    sampled = at.run(
        Extra, PAIRS["diagonal"], at.Gaussian(sigma_f=1.0), steps(), engine="numpy", replicas=1500
    )
    assert abs(trace.G - sampled.G)[0, 0] < 5 * sampled.G_se[0, 0]
