"""The theorems on clients: random problems, wrong variants at their instances, reductions, prescribed
steps, and what their proofs evaluate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exact_moments import Clients, Setting, measured
from wrong_client_rows import ROWS, Row

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.measures import G_avg, Measure
from auxtheory.theorems.clients import ALL
from auxtheory.theorems.clients.quantities import NU

EACH = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
TUNED = pytest.mark.parametrize(
    "kind", [kind for kind in ALL if "tuned" in kind.regimes], ids=lambda kind: kind.label
)
TWIN = {
    "FedAvg": "fedavg",
    "SCAFFOLDOptionI": "I",
    "SCAFFOLD": "II",
    "SCAFFOLDExactStart": "II",
    "LaggedSCAFFOLD": "lagged",
}


def takes_all(kind: Any) -> bool:
    """Whether the theorem is about all clients at work."""
    return any(condition.names == {"N", "S"} for condition in kind.step_range)


def needs(kind: Any, name: str) -> bool:
    return any(name in condition.names for condition in kind.assumptions)


# -- random problems


def drawn(rng: np.random.Generator, size: int, N: int, d: int, convex: bool) -> Clients:
    """Quadratic clients that do not commute, of several scales and ranks, L about 1."""

    def squares(count: int) -> Any:
        B = rng.normal(size=(size, count, d, d)) * np.exp(rng.normal(size=(size, count, 1, d)))
        B = B * (rng.random((size, count, 1, d)) < 0.7)
        return B @ B.swapaxes(-1, -2)

    if convex:
        A = squares(N)
    else:
        R = rng.normal(size=(size, N, d, d)) * np.exp(rng.normal(size=(size, 1, 1, 1)))
        R = R + R.swapaxes(-1, -2)
        A = squares(1) - (R - R.mean(axis=1, keepdims=True))
    L = np.linalg.eigvalsh(A.mean(axis=1))[:, -1]
    A = A / np.maximum(L, 1e-3)[:, None, None, None]
    g = rng.normal(size=(size, N, d)) * (rng.random((size, 1, 1)) < 0.7)
    x0 = rng.normal(size=(size, d)) * np.exp(2 * rng.normal(size=(size, 1)))
    return Clients(A=A, g=g - g.mean(axis=1, keepdims=True), x0=x0)


def holds(conditions: Any, values: Any) -> Any:
    with np.errstate(all="ignore"):
        held = [condition.holds(values, rtol=0.0) for condition in conditions]
    return np.logical_and.reduce([np.broadcast_to(h, values["eta"].shape) for h in held])


def largest(kind: Any, values: Any) -> Any:
    """The largest step in the range, by bisection; NaN if there is none."""
    low, high = np.full(values["eta"].shape, 1e-9), np.full(values["eta"].shape, 4.0)
    possible = holds(kind.step_range, {**values, "eta": low})
    for _ in range(30):
        middle = np.sqrt(low * high)
        inside = holds(kind.step_range, {**values, "eta": middle})
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.where(possible, low, np.nan)


def worst(kind: Any, rng: np.random.Generator, size: int) -> tuple[float, int]:
    """The largest measured/bound of a batch, and how many of it the theorem covers; half of the
    steps are at the end of the range."""
    convex = needs(kind, "rho_h") or rng.random() < 0.5
    N, d = int(rng.integers(1, 5)), int(rng.integers(1, 3))
    K, T = int(rng.integers(1, 9)), int(rng.integers(1, 25))
    S = N if takes_all(kind) else int(rng.integers(1, N + 1))
    problem = drawn(rng, size, N, d, convex)
    sigma = np.exp(rng.normal(size=size)) * (rng.random(size) < 0.5)
    sigma = sigma * (not any(c.names == {"sigma_h"} for c in kind.assumptions))
    values = {
        k: np.broadcast_to(np.asarray(v, float), size) for k, v in problem.constants().items()
    }
    values |= {"K": K, "T": T, "S": float(S), "lambda_K": lambda_K(K), "eta": np.ones(size)}
    values |= {"sigma_h": sigma, "sigma_I": sigma}
    end = largest(kind, values)
    eta = end * np.where(rng.random(size) < 0.5, 1 - 1e-9, rng.random(size))
    covered = np.isfinite(eta) & (values["F0"] > 1e-9)
    values["eta"] = np.where(covered, eta, 1e-6)
    setting = Setting(
        method=TWIN[kind.method.__name__],
        eta=values["eta"],
        K=K,
        T=T,
        S=S,
        sigma=sigma,
        sigma_c=sigma if kind.method.__name__ == "SCAFFOLDOptionI" else 0.0,
        exact_start=kind.method.__name__ != "SCAFFOLD",
    )
    found = measured(problem, setting)
    values |= {name: found[name] for name in ("zeta_avg", "zeta_x")}
    with np.errstate(all="ignore"):
        ratio = found[kind.measure.label] / kind.bound.value(values)
    return float(np.max(np.where(covered, ratio, 0.0))), int(np.sum(covered))


@pytest.mark.parametrize("batches", [2, pytest.param(100, marks=pytest.mark.slow)])
@EACH
def test_no_random_problem_is_above_the_bound(kind: Any, batches: int) -> None:
    rng = np.random.default_rng(ALL.index(kind))
    found = [worst(kind, rng, 100) for _ in range(batches)]
    assert sum(count for _, count in found) > 50 * batches
    assert 0.3 < max(ratio for ratio, _ in found) <= 1 + 1e-7


def test_the_exact_engine_has_the_numbers_of_the_twin() -> None:
    """For each method, with S of N clients, noise, and differences along the run."""
    rng = np.random.default_rng(5)
    measures = [
        *(at.measures.G_avg, at.measures.G_x),
        *(Measure(form="dissimilarity", over=over) for over in ("average", "starts")),
    ]
    for name, twin in TWIN.items():
        for diagonal in (True, False):
            d, N, K, T = 2, 3, 3, 4
            S = N if twin == "I" else 2
            A = drawn(rng, 1, N, d, True).A[0]
            A = A * np.eye(d) + 0.01 * np.eye(d) if diagonal else A + 0.01 * np.eye(d)
            g, x0 = rng.normal(size=(N, d)), rng.normal(size=d)
            star = np.linalg.solve(A.mean(axis=0), -g.mean(axis=0))
            matrices = [np.diag(a) if diagonal else a for a in A]
            pair = at.Quadratic.from_clients(matrices, -g, x0=x0)
            centred = Clients(A=A[None], g=(g + A @ star)[None], x0=(x0 - star)[None])
            setting = Setting(
                method=twin,
                eta=np.array([0.2]),
                K=K,
                T=T,
                S=S,
                sigma=np.array([0.7]),
                sigma_c=0.7 if twin == "I" else 0.0,
                exact_start=name != "SCAFFOLD",
            )
            expected = measured(centred, setting)
            steps = at.Steps(eta=0.2, K=K, T=T, S=S)
            noise = at.Gaussian(sigma_h=0.7)
            method = getattr(at.methods, name)
            trace = at.run(method, pair, noise, steps, engine="exact", measures=measures)
            values = [float(trace.measure(m)[0][-1][0]) for m in measures]
            wanted = [expected["G_avg"], expected["G_x"]]
            wanted += [expected[key] ** 2 for key in ("zeta_avg", "zeta_x")]
            assert values == pytest.approx([float(v[0]) for v in wanted], rel=1e-10), name


def test_differences_along_a_run_are_sampled_too() -> None:
    pair = at.Quadratic(L=1.0, mu=0.2, dim=3).with_clients(N=4, delta=0.1, zeta=0.5)
    measure = Measure(form="dissimilarity", over="starts")
    steps, noise = at.Steps(eta=0.1, K=3, T=5, S=2), at.Gaussian(sigma_h=0.5)
    exact, sampled = (
        at.run(at.methods.FedAvg, pair, noise, steps, engine=engine, measures=[measure])
        for engine in ("exact", "numpy")
    )
    mean, se = (v[-1][0] for v in sampled.measure(measure))
    assert abs(mean - exact.measure(measure)[0][-1][0]) <= 5 * se
    with pytest.raises(at.RefusedError, match="dissimilarity"):
        at.run(at.methods.FedAvg, pair, noise, steps, engine="cpu", measures=[measure])


# -- wrong variants


@pytest.mark.parametrize("name", ROWS)
def test_a_stronger_statement_is_violated_at_its_instance(name: str) -> None:
    row: Row = ROWS[name]
    noise = at.Gaussian(sigma_h=row.sigma)
    verdict = at.validate(row.claim, row.pair, noise, mode="unsafe", **row.steps)
    assert verdict.status == "violated" and verdict.ratio > 1
    assert verdict.ratio == pytest.approx(row.ratio, rel=row.within)


def total_of_identical_clients(N: int, s: float) -> float:
    """Σ_t E‖∇f(x^t)‖² of lagged SCAFFOLD at S = K = ℓ = 1 on N clients ½x², x⁰ = 1: the second
    moments of x, the mean control and one control are a linear system."""
    p = 1 / N
    # (E x², E x c̄, E c̄², E V) with V = mean (c_i − c̄)²; x⁺ = x − s(x + c̄ − c_i), c_i⁺ = x.
    M = np.array(
        [
            [(1 - s) ** 2, 0, 0, s**2],
            [(1 - s) * p, (1 - s) * (1 - p), 0, -s * p],
            [p**2, 2 * p * (1 - p), (1 - p) ** 2, p**2],
            [p - p**2, -2 * p * (1 - p), p * (1 - p), 1 - p - p**2],
        ]
    )
    return float(np.linalg.solve(np.eye(4) - M, np.array([1.0, 1.0, 1.0, 0.0]))[0])


def test_the_rate_in_the_number_of_clients_is_its_root() -> None:
    """With N^{1/3} for √N in its step and bound T8-star is violated; the step of √N is right."""
    N, T = 40, 800
    s = 0.78 / (1 + 3 * N ** (1 / 3))
    pair = at.Quadratic.from_clients([[1.0]], [[0.0]], counts=[N], x0=[1.0])
    steps = at.Steps(eta=s, K=1, T=T, S=1)
    trace = at.run(at.methods.LaggedSCAFFOLD, pair, None, steps, measures=[at.measures.G_x])
    measured_total = T * float(trace.measure(at.measures.G_x)[0][-1][0])
    assert total_of_identical_clients(N, s) == pytest.approx(measured_total, rel=1e-6)
    N = 10**6
    for power, violated in ((1 / 3, True), (1 / 2, False)):
        width = 1 + 3 * N**power
        ratio = total_of_identical_clients(N, 0.78 / width) / (4 * width / 2)
        assert (ratio > 1) == violated
        assert not violated or ratio == pytest.approx(1.40, abs=0.01)


# -- reductions, prescribed steps, evaluated constants


def test_one_local_step_of_fedavg_is_sgd_with_a_batch_of_all_clients() -> None:
    pair = at.Quadratic(L=1.0, mu=0.2, dim=3).with_clients(N=4, delta=0.1, zeta=0.5)
    f = at.Quadratic(L=1.0, mu=0.2, dim=3).with_helper()
    steps = at.Steps(eta=0.3, K=1, T=7)
    clients = at.run(at.methods.FedAvg, pair, at.Gaussian(sigma_h=0.6), steps, measures=[G_avg])
    plain = at.run(at.methods.SGD, f, at.Gaussian(sigma_f=0.3), steps)
    assert clients.measure(G_avg)[0][-1] == pytest.approx(plain.G[-1], rel=1e-12)
    c = at.theorems.FedAvgQuadratic().constants(pair, at.Gaussian(sigma_h=0.6))
    c = c.replace(more={**c.more, "zeta_avg": 3.0})
    expected = 2 * c.F0 / (0.3 * 7) + c.L * 0.3 * 0.6**2 / 4
    for kind in ALL:
        if takes_all(kind) and not needs(kind, "sigma_h"):
            values = {**c.more, "zeta_0": 3.0, "sigma_I": 0.6, "rho": 0.0}
            assert kind().value(c.replace(more=values), steps) == pytest.approx(expected), kind


def test_sampled_bounds_at_all_clients_have_no_sampling() -> None:
    c = at.Constants(
        L=1.0, F0=1.0, sigma_h=0.5, more={"ell": 2.0, "N": 5.0, "zeta_x": 1.0, "rho_h": 0.0}
    )
    steps = at.Steps(eta=0.02, K=3, T=10, S=5)
    kappa = 2.0 * 0.02 * 2 / 2
    expected = (2 / 0.6 + 0.02 * 0.25 / 5 + kappa**2) / (1 - kappa**2)
    assert at.theorems.FedAvgSampled().value(c, steps) == pytest.approx(expected)
    without = steps.replace(S=4)
    assert at.theorems.FedAvgSampled().value(c, without) > expected


def random_constants(rng: np.random.Generator, kind: Any, size: int) -> at.Constants:
    """Constants over many orders of magnitude, with zeros among them."""

    def spread(low: float, high: float, share: float = 1.0) -> Any:
        return 10 ** rng.uniform(low, high, size) * (rng.random(size) < share)

    L = spread(-3, 3)
    ell = L * (1 + spread(-4, 3, 0.7))
    delta_m = np.minimum(spread(-6, 3, 0.9), 1.0) * ell
    delta_bar = delta_m * rng.uniform(0.05, 1, size)
    sigma = spread(-4, 4, 0.8)
    rho_h = np.zeros(size) if needs(kind, "rho_h") else delta_m * rng.random(size) * (L < 1)
    more = {"N": np.floor(spread(0, 5)), "ell": ell, "delta_m": delta_m, "delta_bar": delta_bar}
    more |= {"delta_A": delta_bar * rng.uniform(0.05, 1, size), "rho_h": rho_h, "sigma_I": sigma}
    more |= {"zeta_c": spread(-4, 4, 0.8), "beta_c": np.zeros(size), "unequal": 0.0, "curved": 0.0}
    more |= {"zeta_avg": 0.0, "zeta_x": 0.0, "zeta_0": 0.0}
    return at.Constants(L=L, F0=spread(-3, 3), sigma_h=sigma, more=more)


@TUNED
def test_the_bound_at_prescribed_steps_is_at_most_the_printed_one(kind: Any) -> None:
    """At β_c = 0; the steps are in the range."""
    rng = np.random.default_rng(2)
    largest_ratio = 0.0
    for _ in range(6):
        c = random_constants(rng, kind, 200)
        K, T = int(10 ** rng.uniform(0, 2.5)), int(10 ** rng.uniform(0, 5))
        steps = kind().tune(c, K, T, S=np.inf if takes_all(kind) else float(rng.integers(1, 50)))
        values = {**c.values(), "S": np.inf, **steps.values()}
        with np.errstate(all="ignore"):
            assert np.all(holds_up_to_rounding(kind, values))
            # The floor at its largest: λ_K ζ̄² is at most K²ζ_c²/3 there.
            values["zeta_avg"] = values["zeta_c"] * np.sqrt(
                (K - 1) * (2 * K - 1) / 6 / max(lambda_K(K), 1e-300)
            )
            values["zeta_x"] = values["zeta_c"]
            ratio = kind.bound.value(values) / kind().value(c, steps)
        largest_ratio = max(largest_ratio, float(np.max(ratio)))
    assert 0.8 < largest_ratio <= 1 + 1e-9


def holds_up_to_rounding(kind: Any, values: Any) -> Any:
    held = [condition.holds(values, rtol=1e-9) for condition in kind.step_range]
    return np.logical_and.reduce(np.broadcast_arrays(*held))


@pytest.mark.parametrize("label", ["T6a", "T6b"])
def test_prescribed_steps_know_differences_that_grow(label: str) -> None:
    """Where β_c > 0, the floor is known before the run, and the bound holds at the steps."""
    kind = next(kind for kind in ALL if kind.label == label)
    for delta in (0.02, 0.1):
        pair = at.Quadratic(L=1.0, mu=0.2, dim=3).with_clients(N=5, delta=delta, zeta=0.3)
        S = {} if takes_all(kind) else {"S": 2}
        verdict = at.validate(kind(), pair, at.Gaussian(sigma_h=0.1), K=6, T=[5, 200], **S)
        assert verdict.status == "pass" and verdict.mode == "tuned"


def test_differences_of_quadratics_are_within_their_bound() -> None:
    """ζ²(x) ≤ β_c‖∇f(x)‖² + ζ_c², attained up to a factor, also without a common basis."""
    rng = np.random.default_rng(1)
    symbols = at.theorems.DERIVED
    for diagonal in (True, False):
        A = drawn(rng, 1, 4, 2, True).A[0] + 0.05 * np.eye(2)
        matrices = [np.diag(a) if diagonal else a for a in A]
        pair = at.Quadratic.from_clients(matrices, rng.normal(size=(4, 2)), x0=[1.0, 2.0])
        beta, zeta = (symbols[name].compute(pair) for name in ("beta_c", "zeta_c"))
        z = rng.normal(size=(1, 4000, 2)) * 10 ** rng.uniform(-3, 3, (1, 4000, 1))
        points = pair.x_star + z
        gradient = np.sum(pair.gradients().f(points) ** 2, axis=-1)
        square = pair.helpers.zeta(points) ** 2
        assert np.all(square <= (beta * gradient + zeta**2) * (1 + 1e-9))
        assert np.max(square / (beta * gradient + zeta**2)) > 0.4
    flat = at.Quadratic.from_clients([[1.0, 0.1], [1.0, -0.1]], [[0.0, 0.0]] * 2, x0=[1.0, 0.0])
    assert symbols["beta_c"].compute(flat) == np.inf


def test_the_norm_of_the_square_of_the_triangular_matrix() -> None:
    for K in (*range(1, 40), 300):
        ones = np.tril(np.ones((K, K)), -1)
        nu = np.linalg.norm(ones @ ones, 2)
        stated = float(NU.value({"K": K}))
        assert nu * (1 - 1e-12) <= stated <= 1.061 * nu + 1e-12
        assert K > 3 or stated == pytest.approx(nu)


def mean_gain(m: float, K: int) -> float:
    """mean_k P_k²/(K²X(2−X)) at an eigenvalue m."""
    P = np.concatenate([[0.0], np.cumsum(m ** np.arange(K))])
    X = P[K] / K
    return float(np.mean(P[:K] ** 2) / (K**2 * X * (2 - X)))


@pytest.mark.parametrize("K", [2, 3, 10, 100, 1000])
def test_the_gain_of_the_noise_of_controls(K: int) -> None:
    assert max(mean_gain(m, K) for m in np.linspace(0, 1, 101)) <= 1 / 3
    for x in np.linspace(0, 0.75, 31):
        gain = max(mean_gain(1 + y / K, K) for y in np.linspace(0, x, 11))
        assert gain <= max(0.55, 0.03 + 1.04 * x)


@pytest.mark.parametrize("K", [2, 5, 30])
def test_the_norm_of_the_map_to_the_differences(K: int) -> None:
    """At most K² for δ_mηK up to ¾, and above at 1."""

    def norm(m: float, phi: float) -> float:
        P = np.concatenate([[0.0], np.cumsum(m ** np.arange(K))])
        a = 1 - P[K - 1 - np.arange(K)] / K
        M = np.outer(P[:K], a) / (np.exp(1j * phi) - 1 + P[K] / K)
        k, j = np.tril_indices(K, -1)
        M[k, j] += P[k - 1 - j]
        return float(np.linalg.norm(M, 2)) / K**2

    def largest_norm(x: float) -> float:
        eigenvalues = [*np.linspace(0, 1, 9), *(1 + np.linspace(0, x, 5) / K)]
        return max(norm(m, phi) for m in eigenvalues for phi in np.linspace(0, np.pi, 9))

    assert largest_norm(0.75) <= 1
    assert K < 30 or largest_norm(1.0) > 1.5
