"""The theorems on other measures of similarity: their constants, their special cases, and what their
proofs display, on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems.along import after_run, measures_of
from auxtheory.theorems.similarity import in_norm
from auxtheory.theorems.similarity import quantities as q

SEEDS = range(20)


def random_pair(seed: int, dim: int = 4) -> at.problems.QuadraticPair:
    """A dense pair with h ≻ 0 that does not commute with f."""
    rng = np.random.default_rng(seed)
    A, H = (M @ M.T + 0.1 * np.eye(dim) for M in rng.standard_normal((2, dim, dim)))
    return at.Quadratic.from_matrices(A, H, rng.standard_normal(dim), x0=rng.standard_normal(dim))


CONSTANTS = {
    "delta_r": q.relative_similarity,
    "alpha_h": q.relative_convexity,
    "beta_h": q.relative_smoothness,
    "mu_h": q.helper_convexity,
    "L_h": q.helper_smoothness,
    "D_h": q.helper_divergence,
    "coupled": q.coupling,
    "delta_run": q.nominal_similarity,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_relative_constants_are_the_extremes_over_directions(seed: int) -> None:
    """Against the ratios of quadratic forms along random directions, and where they are attained."""
    pair = random_pair(seed)
    A, R = pair.A[0], pair.R[0]
    known = {name: float(np.ravel(f(pair))[0]) for name, f in CONSTANTS.items()}
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1000, pair.dim))

    def form(M: Any) -> Any:
        return np.sum(x * (x @ M), axis=-1)

    assert np.all(np.abs(form(R)) <= known["delta_r"] * form(A) * (1 + 1e-12))
    assert np.all(known["alpha_h"] * form(A - R) <= form(A) * (1 + 1e-12))
    assert np.all(form(A) <= known["beta_h"] * form(A - R) * (1 + 1e-12))
    ratios = np.linalg.eigvals(np.linalg.solve(A, R)).real
    assert known["delta_r"] == pytest.approx(np.max(np.abs(ratios)), rel=1e-9)
    ratios = np.linalg.eigvals(np.linalg.solve(A - R, A)).real
    assert known["alpha_h"] == pytest.approx(np.min(ratios), rel=1e-9)
    assert known["beta_h"] == pytest.approx(np.max(ratios), rel=1e-9)
    assert known["coupled"] == np.inf


def test_diagonal_and_full_matrices_have_equal_constants() -> None:
    values, helper = [1.0, 0.3, 0.1], [0.7, 0.4, 0.2]
    one = at.Quadratic.from_matrices(values, helper)
    full = at.Quadratic.from_matrices(np.diag(values), np.diag(helper))
    for name, function in CONSTANTS.items():
        if name != "coupled":
            assert np.ravel(function(one)) == pytest.approx(np.ravel(function(full))), name
    assert (q.coupling(one), q.coupling(full)) == (0.0, np.inf)


def test_constants_that_are_not_known_promise_nothing() -> None:
    """f − h curved where f is flat, an h that is not convex, and pairs that are not quadratic."""
    flat = at.Quadratic.from_matrices([1.0, 0.0], [1.0, 0.5])
    assert q.relative_similarity(flat)[0] == np.inf
    full = at.Quadratic.from_matrices(np.diag([1.0, 0.0]), np.diag([1.0, 0.5]))
    assert q.relative_similarity(full)[0] == np.inf
    concave = at.Quadratic.from_matrices([1.0, 1.0], [1.0, -0.5])
    assert q.relative_smoothness(concave)[0] == np.inf and q.helper_convexity(concave)[0] == 0.0
    cosine = at.Cosine(L=1.0, dim=2).with_helper(0.1)
    assert np.ravel(q.relative_similarity(cosine))[0] == np.inf
    for kind in (at.theorems.ExactCorrectionRelative, at.theorems.RelativeSmoothness):
        assert kind().unmet(kind().constants(cosine, at.Gaussian()))


@pytest.mark.parametrize("P", [[2.0, 0.5, 3.0], np.diag([2.0, 0.5, 3.0]) + 0.2])
def test_steps_in_a_norm_are_steps_of_the_pair_in_that_norm(P: Any) -> None:
    """Steps P⁻¹(∇h + m) on the pair, and steps of length 1 on the pair in the norm: the same f −
    f*, and G in the norm of P⁻¹."""
    P = np.asarray(P)
    full = np.diag(P) if P.ndim == 1 else P
    pair = (
        random_pair(0, 3)
        if P.ndim == 2
        else at.Quadratic(
            spectrum=[1.0, 0.4, 0.2], x0=[1.0, 2.0, 3.0], x_star=[0.3, 0.0, 1.0]
        ).with_helper(0.3, 0.5)
    )
    scale = 4.0 * pair.constants().L
    scaled = in_norm(pair, scale * P)
    A, R = (np.diag(M[0]) if M.ndim == 2 else M[0] for M in (pair.A, pair.R))
    x, squares = pair.x0[0], []
    for _ in range(5):
        m = R @ (x - pair.x_star) + pair.b[0]
        for _ in range(3):
            g = A @ (x - pair.x_star)
            squares.append(g @ np.linalg.solve(scale * full, g))
            x = x - np.linalg.solve(scale * full, g - R @ (x - pair.x_star) - pair.b[0] + m)
    trace = at.run(at.methods.ExactCorrection, scaled, None, at.Steps(eta=1.0, K=3, T=5))
    assert trace.G[0, 0] == pytest.approx(np.mean(squares), rel=1e-9)
    assert trace.gap[0, 0] == pytest.approx(pair.gap(x[None, None])[0, 0], rel=1e-9)
    theorem = at.theorems.ExactCorrection()
    assert at.validate(theorem, scaled, K=3, T=5).status == "pass"
    eigenvalues = np.linalg.eigvals(np.linalg.solve(scale * full, R)).real
    assert scaled.constants().delta == pytest.approx(np.max(np.abs(eigenvalues)), rel=1e-9)


def test_in_norm_lists_what_is_wrong() -> None:
    with pytest.raises(at.InputError, match=r"P = .*positive definite"):
        in_norm(at.Quadratic(L=1.0, dim=2).with_helper(0.1), [1.0, -1.0])
    with pytest.raises(at.InputError, match=r"P = .*of shape"):
        in_norm(at.Quadratic(L=1.0, dim=2).with_helper(0.1), [1.0])


def test_a_step_for_each_coordinate_is_49_times_larger() -> None:
    """K = 100, L = 1, δ = 1 on one coordinate and 0.01 on the others: with one step for all, that of
    the first."""
    grid = at.Quadratic(L=np.ones(2), dim=1).with_helper(np.array([1.0, 0.01]))
    theorem = at.theorems.ExactCorrection()
    eta = theorem.tune(theorem.constants(grid, at.Gaussian()), 100, 10).eta
    assert eta == pytest.approx([0.0157, 0.765], rel=3e-3) and eta[1] / eta[0] == pytest.approx(
        49, rel=0.01
    )
    # The method takes 4K²/π² for λ_K, 1 % more.
    pair = at.Quadratic(spectrum=[1.0, 1.0], x0=[1.0, 1.0]).with_helper(1.0, gap=[1.0, 0.01])
    diagonal = at.theorems.ExactCorrectionDiagonal()
    options: dict[str, Any] = {"engine": "numpy", "replicas": 2}
    verdict = at.validate(diagonal, pair, K=100, T=10, eta=10.0, **options)
    assert verdict.status == "pass"
    pair = at.Quadratic(spectrum=[1.0, 1.0], x0=[0.0, 1.0]).with_helper(1.0, gap=[1.0, 0.01])
    one_step = at.run(at.methods.ExactCorrection, pair, None, at.Steps(eta=eta[0], K=100, T=10))
    own = at.run(
        at.methods.DiagonalExactCorrection, pair, None, at.Steps(eta=10.0, K=100, T=10), **options
    )
    assert own.G[0, 0] < one_step.G[0, 0] / 20


@pytest.mark.parametrize("K", [1, 2, 3, 5, 10, 100, 1000])
def test_the_weight_of_delta_is_at_least_lambda_K(K: int) -> None:
    weight = min(4 * K**2 / np.pi**2, K * (K - 1) / 2)
    assert lambda_K(K) <= weight * (1 + 1e-12) <= max(1.22 * lambda_K(K), 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_round_contracts_in_both_norms(seed: int) -> None:
    """‖z⁺‖_H ≤ (s + q)‖z‖_H and ‖z⁺‖_A ≤ (s + q/(1−δ_r))‖z‖_A, of Hessians without a common basis."""
    rng = np.random.default_rng(seed)
    M = rng.standard_normal((3, 3))
    A = M @ M.T + 0.05 * np.eye(3)
    V, S = np.linalg.qr(rng.standard_normal((3, 3)))[0], rng.uniform(-0.45, 0.45, 3)
    root = np.linalg.cholesky(A)
    R = root @ (V * S @ V.T) @ root.T
    H, share = A - R, float(np.max(np.abs(S)))
    L, mu = np.linalg.eigvalsh(A)[[-1, 0]]
    eta, K = 1 / ((1 + share) * L), int(rng.integers(1, 30))
    Q = np.linalg.matrix_power(np.eye(3) - eta * H, K)
    step = Q - (np.eye(3) - Q) @ np.linalg.solve(H, R)
    s, left = share / (1 - share), (1 - eta * (1 - share) * mu) ** K
    for N, factor in ((H, s + left), (A, s + left / (1 - share))):
        root = np.linalg.cholesky(N).T
        norm = np.linalg.norm(root @ step @ np.linalg.inv(root), 2)
        assert norm <= factor * (1 + 1e-12)


def test_the_bregman_bound_is_a_fourth_of_the_general_one_at_most() -> None:
    """α/((1 − α/β)^{−T} − 1) holds for all relatively smooth convex f, with exact inner solves."""
    T = np.array([1, 2, 5, 10, 100, 1000])[:, None]
    alpha = np.geomspace(1e-6, 0.999, 50)
    power = (1 - alpha) ** T
    general = alpha * power / (1 - power)
    largest = np.maximum(alpha, 1 / (2 * T + 1))
    ours = largest * (1 - largest) ** (2 * T)
    assert np.all(ours <= general) and np.max(ours[:, 0] / general[:, 0]) <= 0.25


def test_the_bregman_bound_covers_every_eigenvalue() -> None:
    t = np.linspace(0.0, 1.0, 10_001)
    for T, alpha in ((1, 0.0), (3, 0.2), (10, 0.9), (50, 0.001)):
        worst = max(alpha, 1 / (2 * T + 1))
        inside = t[t >= alpha]
        assert np.max(inside * (1 - inside) ** (2 * T)) <= worst * (1 - worst) ** (2 * T) * (
            1 + 1e-12
        )


def test_special_cases() -> None:
    """K = 1, δ = 0, γ = 1 and β_h = α_h = 1."""
    pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.3)
    run, plain = at.theorems.ExactCorrectionRun(), at.theorems.ExactCorrection()
    for K in (1, 4):
        one, other = (at.validate(each, pair, K=K, T=5) for each in (run, plain))
        assert one.table["measured"] == pytest.approx(other.table["measured"])
    same = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.0)
    constants = at.theorems.RelativeSmoothness().constants(same, at.Gaussian())
    assert (constants.alpha_h, constants.beta_h) == pytest.approx((1.0, 1.0))
    relative = at.theorems.ExactCorrectionRelative()
    c = relative.constants(same, at.Gaussian())
    steps = relative.tune(c, 3, 5)
    assert relative.value(c, steps) == pytest.approx((1 - 0.1) ** 30, rel=1e-12)


def test_the_similarity_of_a_run_is_at_most_delta() -> None:
    """And equal to it where the gap's Hessian is a multiple of the identity."""
    noise = at.Gaussian(sigma_f=0.3)
    theorem = at.theorems.AuxMOMRun()
    for gap, share in (([0.2] * 4, 1.0), ([0.2, -0.1, 0.0, 0.1], 0.99)):
        pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.2, gap=gap)
        steps = at.Steps(eta=0.1, a=0.5, K=3, T=20)
        trace = at.run(theorem.method, pair, noise, steps, measures=list(measures_of(theorem)))
        found = after_run(theorem, theorem.constants(pair, noise), trace).delta_run
        assert 0.0 < found <= 0.2 * share * (1 + 1e-9)
        assert share < 1 or found == pytest.approx(0.2)


@pytest.mark.parametrize("kind", [at.theorems.ExactCorrectionRun, at.theorems.AuxMOMRun])
def test_the_slope_of_an_example_is_that_of_its_bound(kind: Any) -> None:
    case = kind().example()
    verdict = at.validate(kind(), case.pair, case.noise, **case.arguments)
    assert np.asarray(verdict.table["slope"], float) == pytest.approx(-1.0, abs=0.05)


@pytest.mark.parametrize(
    ("steep", "delta", "start", "K", "T"), [(7e-8, 3.0, 70.0, 20, 1), (8e-8, 5.0, 0.9, 15, 2)]
)
def test_a_difference_within_a_round_keeps_its_digits(
    steep: float, delta: float, start: float, K: int, T: int
) -> None:
    """Otherwise δ_run is 0 here, or any number, and a true theorem fails."""
    gap = [delta, 0.0]
    pair = at.Quadratic(spectrum=[steep, 0.0], x0=[start, 0.0]).with_helper(delta=delta, gap=gap)
    theorem = at.theorems.ExactCorrectionRun()
    assert at.validate(theorem, pair, K=K, T=T, eta=1.0).status == "outside"
    steps = at.Steps(eta=1.0, K=K, T=T)
    trace = at.run(theorem.method, pair, at.Gaussian(), steps, measures=list(measures_of(theorem)))
    constants = theorem.constants(pair, at.Gaussian())
    assert after_run(theorem, constants, trace).delta_run == pytest.approx(delta, rel=1e-14)
