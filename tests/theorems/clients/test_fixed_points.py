"""Fixed points: what the exact engine ends at, and long plain loops over the means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.theorems.clients import fixed_points

RNG = np.random.default_rng(4)


def dense(N: int = 3, d: int = 2) -> at.Pair:
    """Convex clients that do not commute."""
    B = RNG.normal(size=(N, d, d))
    A = B @ B.swapaxes(1, 2) / 4 + 0.1 * np.eye(d)
    return at.Quadratic.from_clients(A, RNG.normal(size=(N, d)), x0=[1.0] * d)


def end(method: Any, pair: at.Pair, centre: Any, T: int = 2000, **steps: Any) -> float:
    """‖x^T − centre‖ without noise, of the clients moved so that the centre is the origin."""
    helpers = pair.helpers
    A, b = helpers.hessians[0], helpers.b[0]
    A = A if A.ndim == 3 else A[..., None] * np.eye(A.shape[-1])
    slopes = b + A @ (pair.x_star - centre)
    counts = helpers.counts.astype(int)
    moved = at.Quadratic.from_clients(A, slopes, counts=counts, x0=pair.x0[0] - centre)
    measure = at.measures.square("x", unit="X^2")
    steps = at.Steps(T=T, **steps)  # type: ignore[assignment]
    trace = at.run(method, moved, None, steps, engine="exact", measures=[measure])
    return float(np.sqrt(trace.measure(measure)[0][-1][0]))


@pytest.mark.parametrize("K", [1, 2, 7])
def test_fedavg_ends_at_its_fixed_point(K: int) -> None:
    pair = dense()
    stop = fixed_points.fedavg(pair, eta=0.2, K=K)
    assert end(at.methods.FedAvg, pair, stop, eta=0.2, K=K) < 1e-9
    assert (K == 1) == (np.linalg.norm(stop - pair.x_star) < 1e-9)


@pytest.mark.parametrize("d", [1, 2])
def test_fedprox_ends_at_its_fixed_points(d: int) -> None:
    pair = dense(d=d)
    stop = fixed_points.fedprox(pair, gamma=0.7)
    assert end(at.methods.FedProx, pair, stop, eta=1.0, K=1, gamma=0.7) < 1e-9
    inexact = fixed_points.inexact_fedprox(pair, gamma=0.7, eta=0.1, K=3)
    assert end(at.methods.InexactFedProx, pair, inexact, eta=0.1, K=3, gamma=0.7) < 1e-9
    assert np.linalg.norm(inexact - stop) > 1e-3
    many = fixed_points.inexact_fedprox(pair, gamma=0.7, eta=0.1, K=2000)
    assert many == pytest.approx(stop, abs=1e-9)


def test_bounds_on_the_gradient_there() -> None:
    """‖∇f(x̄)‖ ≤ ½ηℓ(K−1) mean‖∇f_i(x̄)‖, and γℓ/(1+γℓ) for FedProx; the first is attained."""
    for _ in range(30):
        pair = dense(N=4)
        ell = float(pair.helpers.ell[0])
        for x, factor in (
            (fixed_points.fedavg(pair, eta=0.9 / ell, K=4), 0.9 * 3 / 2),
            (fixed_points.fedprox(pair, gamma=2 / ell), 2 / 3),
        ):
            f = np.linalg.norm(pair.gradients().f(x[None, None]))
            group = np.arange(4)
            each = pair.helpers.gradient(group, np.broadcast_to(x, (1, 4, 2)))
            assert f <= factor * np.mean(np.linalg.norm(each[0], axis=-1)) * (1 + 1e-9)
    low, delta, zeta, K, eta = 1.0, 0.5, 2.0, 5, 1e-5
    curvatures = [[low + delta], [low - delta]]
    pair = at.Quadratic.from_clients(curvatures, [[zeta], [-zeta]], x0=[1.0])
    x = fixed_points.fedavg(pair, eta=eta, K=K)
    expected = (K - 1) / 2 * eta * delta * zeta
    assert abs(low * (x[0] - pair.x_star[0])) == pytest.approx(expected, rel=1e-3)


def test_memoryless_completion_is_that_of_a_loop_over_the_means() -> None:
    for _ in range(5):
        pair = dense(N=3)
        A, b = pair.helpers.hessians[0], pair.helpers.b[0]
        q, d = RNG.uniform(0.05, 0.3, 3), RNG.uniform(0.2, 1.0, 3)
        eta, K, eta_g = 0.2, 3, float(RNG.uniform(0.2, 1.0))
        stop = fixed_points.memoryless(pair, eta=eta, K=K, eta_g=eta_g, d=d, chances=q)
        x, s = pair.x0[0] - pair.x_star, np.tile(pair.x0[0] - pair.x_star, (3, 1))
        for _ in range(3000):
            y = s.copy()
            for _ in range(K):
                y = y - eta * ((A @ y[..., None])[..., 0] - b)
            way = eta_g * d[:, None] * (y - s)
            s = (1 - q)[:, None] * s + q[:, None] * (x + way)
            x = x + q @ way
        assert x + pair.x_star == pytest.approx(stop, abs=1e-9)


def test_memoryless_completion_of_the_library_has_that_mean() -> None:
    """One of N clients is ready in each tick; the mean over replicas of the engine numpy."""
    pair = at.Quadratic.from_clients([[1.0], [0.2]], [[1.0], [-1.0]], x0=[1.0])
    stop = fixed_points.memoryless(pair, eta=0.3, K=3, eta_g=0.5)
    plain = fixed_points.fedavg(pair, eta=0.3, K=3)
    steps = at.Steps(eta=0.3, K=3, T=400, S=1, eta_g=0.5)
    # E f(x) − f* = ½a(x̄ − x*)² + ½a Var x; and E‖x − x*‖² of two measures says the mean of neither:
    # the pair is moved, so that the difference of its second moments is linear in the mean.
    moments = []
    for shift in (0.0, 1.0):
        moved = at.Quadratic.from_clients(
            [[1.0], [0.2]], [[1.0 - shift], [-1.0 - 0.2 * shift]], x0=[1.0 - shift]
        )
        measure = at.measures.square("x", unit="X^2")
        trace = at.run(
            at.methods.MemorylessCompletion, moved, None, steps, engine="exact", measures=[measure]
        )
        moments.append(float(trace.measure(measure)[0][-1][0]))
    # E x² − E (x − 1)² = 2 E x − 1.
    mean = (moments[0] - moments[1] + 1) / 2
    assert mean == pytest.approx(stop[0], abs=1e-8)
    assert abs(stop[0] - plain[0]) > 1e-3


def test_fedfix_ends_at_the_fixed_point_of_fedavg_as_its_steps_get_short() -> None:
    pair = at.Quadratic.from_clients([[1.0], [0.5], [0.2]], [[1.0], [0.0], [-1.0]], x0=[1.0])
    stop = fixed_points.fedfix(pair, eta=0.3, K=2, periods=[1, 2, 5])
    assert stop == pytest.approx(fixed_points.fedavg(pair, eta=0.3, K=2))
    other = fixed_points.fedfix(pair, eta=0.3, K=2, periods=[1, 2, 5], d=1 / 3)
    assert abs(other[0] - stop[0]) > 0.1
    A, b = pair.helpers.hessians[0][:, 0], pair.helpers.b[0][:, 0]
    far = []
    for eta_g in (0.1, 0.05, 0.025):
        x, s, tau = 0.0, np.zeros(3), np.array([1, 2, 5])
        values = []
        for t in range(1, 5_001):
            ready = t % tau == 0
            y = s.copy()
            for _ in range(2):
                y = y - 0.3 * (A * y - b)
            x = x + eta_g * np.sum(ready * tau / 3 * (y - s))
            s = np.where(ready, x, s)
            values.append(x)
        far.append(abs(np.mean(values[-10:]) + pair.x_star[0] - stop[0]))
    assert far[0] < 0.1 and far[1] / far[0] == pytest.approx(0.5, abs=0.1)
    assert far[2] / far[1] == pytest.approx(0.5, abs=0.1)


def test_bad_input_is_one_error() -> None:
    alone = at.Quadratic(L=1.0, dim=1).with_helper()
    with pytest.raises(at.InputError, match="quadratic clients"):
        fixed_points.fedavg(alone, eta=0.1, K=1)
    pair = dense()
    with pytest.raises(at.InputError, match="contract"):
        fixed_points.fedavg(pair, eta=50.0, K=3)
    with pytest.raises(at.InputError, match="eta = -1"):
        fixed_points.fedavg(pair, eta=-1, K=0)
    with pytest.raises(at.InputError, match="one for each group"):
        fixed_points.fedfix(pair, eta=0.1, K=1, periods=[1, 2])


HALVES = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])


@pytest.mark.parametrize(
    ("find", "steps", "said"),
    [
        (fixed_points.memoryless, {"eta": 0.5, "K": 2, "eta_g": 500}, "must contract in the mean"),
        (
            fixed_points.fedfix,
            {"eta": 50.0, "K": 3, "periods": [1, 3]},
            "must contract in the mean",
        ),
        (fixed_points.fedavg, {"eta": [0.1, 0.2], "K": 2}, "eta = .*must be one number"),
        (fixed_points.memoryless, {"eta": 0.5, "K": 2, "chances": 1.5}, "chances = 1.5"),
    ],
)
def test_steps_without_a_fixed_point_are_refused(find: Any, steps: Any, said: str) -> None:
    with pytest.raises(at.InputError, match=said):
        find(HALVES, **steps)


def test_the_mean_map_of_memoryless_clients_is_that_of_the_loop() -> None:
    """The largest server step that is taken is the one up to which the loop over means contracts."""
    A = HALVES.helpers.hessians[0][:, 0]
    eta, K, q = 0.5, 2, 0.5
    moves = 1 - (1 - eta * A) ** K

    def grows(eta_g: float) -> bool:
        x, s = 1.0, np.array([1.0, 1.0])
        for _ in range(2000):
            way = -eta_g * moves * s
            s = (1 - q) * s + q * (x + way)
            x = x + q * float(np.sum(way))
            if abs(x) > 1e6:
                return True
        return bool(abs(x) + np.sum(np.abs(s)) > 1e-3)

    def refused(eta_g: float) -> bool:
        try:
            fixed_points.memoryless(HALVES, eta=eta, K=K, eta_g=eta_g)
        except at.InputError:
            return True
        return False

    grid = np.linspace(0.1, 8.0, 80)
    assert [refused(v) for v in grid] == [grows(v) for v in grid]
    assert refused(grid[-1]) and not refused(grid[0])
