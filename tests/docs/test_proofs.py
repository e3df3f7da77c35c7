"""The displayed inequalities of the proofs in docs/reference/theorems, on random numbers; the steps
about vectors and runs, on random vectors."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.constants import lambda_K

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "theorems"
CERTIFIED = FOLDER.parents[2] / "analysis" / "results" / "certify.txt"
RNG = np.random.default_rng(7)
A = np.append(10 ** RNG.uniform(-6, 0, 20_000), 1.0)
COUNT = len(A)
UP = 1 + 1e-12


def lambdas(K: Any) -> Any:
    """λ_K for each K."""
    return np.array([lambda_K(int(k)) for k in K])


def below(left: Any, right: Any) -> bool:
    """left ≤ right, up to rounding."""
    return bool(np.all(left <= right + 1e-12 * np.abs(right)))


def spread(low: float, high: float) -> Any:
    return 10 ** RNG.uniform(low, high, COUNT)


# -- notation


@pytest.mark.parametrize("K", range(2, 40))
def test_lambda_is_the_squared_norm_of_the_triangular_matrix(K: int) -> None:
    ones = np.tril(np.ones((K, K)), -1)
    assert lambda_K(K) == pytest.approx(np.linalg.norm(ones, 2) ** 2, rel=1e-12)
    n = K - 1
    D = np.eye(n) - np.eye(n, k=-1)
    angles = (2 * np.arange(1, n + 1) - 1) * np.pi / (2 * n + 1)
    assert np.sort(2 * (1 - np.cos(angles))) == pytest.approx(np.linalg.eigvalsh(D @ D.T))
    vectors = np.cos(np.outer(np.arange(1, n + 1) - 0.5, angles))
    assert D @ D.T @ vectors == pytest.approx(vectors * 2 * (1 - np.cos(angles)), abs=1e-12)
    z = np.pi / (4 * K - 2)
    assert z**2 <= 3 / K and np.sin(z) >= np.pi / (4 * K) >= z * (1 - 1 / (2 * K)) / UP


def test_the_bounds_of_lambda() -> None:
    K = np.arange(1, 5_000)
    values = lambdas(K)
    assert below(values, K * (K - 1) / 2) and below(values, (2 * K / np.pi) ** 2)
    assert lambda_K(1) == 0
    assert values[-1] / K[-1] ** 2 == pytest.approx(4 / np.pi**2, rel=1e-3)


def test_one_step_and_the_weights_of_young() -> None:
    g, v = RNG.normal(size=(2, 1_000, 3))
    square = lambda u: np.sum(u**2, axis=-1)  # noqa: E731
    right = -0.5 * square(g) - 0.5 * square(v) + 0.5 * square(v - g)
    assert -np.sum(g * v, axis=-1) == pytest.approx(right)
    p, q = RNG.normal(size=(2, 1_000, 3))
    for one, other in ((2, 2), (3 / 2, 3), (4 / 3, 4), (1 / 0.3, 1 / 0.7), (1.6, 1.6 / 0.6)):
        assert 1 / one + 1 / other == pytest.approx(1)
        exact = square(math.sqrt(one - 1) * p - math.sqrt(other - 1) * q)
        assert one * square(p) + other * square(q) - square(p + q) == pytest.approx(exact)
    u = RNG.normal(size=(9, 1_000, 3))
    assert below(square(np.sum(u, axis=0)), 9 * np.sum(square(u), axis=0))
    inner = np.cumsum(u, axis=0)[:-1]
    assert below(np.sum(square(inner), axis=0), lambda_K(9) * np.sum(square(u), axis=0))


def test_inverted_caps_balance() -> None:
    cap, V, F0, K, T = (spread(-3, 3) for _ in range(5))
    eta = np.minimum(cap, np.sqrt(2 * F0 / (K * T * V)))
    right = 2 * np.sqrt(2 * F0 * V / (K * T)) + 2 * F0 / (K * T * cap)
    assert below(2 * F0 / (eta * K * T) + eta * V, right)


# -- S1, S1-noise, S1-PL


def test_s1_prescribed_steps() -> None:
    L, delta, K = spread(-3, 3), spread(-3, 3), RNG.integers(1, 200, COUNT)
    lam = lambdas(K)
    eta = 2 / (L + np.sqrt(L**2 + 4 * delta**2 * lam))
    assert L * eta + delta**2 * eta**2 * lam == pytest.approx(np.ones(COUNT))
    assert below(1 / eta, L + 2 * K * delta / np.pi)
    eta = 2 / (L + np.sqrt(L**2 + 4 * delta**2 * K * (K - 1)))
    assert below(delta**2 * eta**2 * (K - 1), delta * eta)
    assert below(1 / eta, L + delta * K) and below(2 * lam, 1.0 * K * (K - 1))


def test_s1_pl_weights() -> None:
    for K in range(2, 60):
        assert (1 - 1 / K) ** -(K - 1) == pytest.approx((1 + 1 / (K - 1)) ** (K - 1))
        assert (1 + 1 / (K - 1)) ** (K - 1) <= math.e
        q = 1 - RNG.random() / K
        v = RNG.normal(size=(K, 4))
        weights = q ** (K - np.arange(1, K + 1.0))
        before = np.cumsum(v, axis=0) - v
        left = np.sum(weights * np.sum(before**2, axis=1))
        right = np.sum(weights * np.sum(v**2, axis=1))
        assert left <= math.e * lambda_K(K) * right <= math.e / 2 * K * (K - 1) * right * UP


# -- S3


def test_s3_weights_of_the_buffer() -> None:
    for a in (0.03, 0.4, 1.0):
        for t in (1, 2, 7, 40):
            s = np.arange(1, t + 1)
            w = np.where(s == 1, (1 - a) ** (t - 1.0), a * (1 - a) ** (t - s + 0.0))
            assert np.sum(w) == pytest.approx(1)
            assert np.sum(w * (t - s)) <= (1 - a) / a * UP


def test_s3_algebra() -> None:
    a = A
    lam = 1 - 2 * a / 3
    omega = 1 - (1 - a) ** 2 / lam
    assert omega == pytest.approx(a * (4 - 3 * a) / (3 - 2 * a), rel=1e-9)
    omega = a * (4 - 3 * a) / (3 - 2 * a)
    q1 = 3 * omega / (2 * a * (2 - a))
    assert q1 == pytest.approx(3 * (4 - 3 * a) / (2 * (2 - a) * (3 - 2 * a)))
    q = a * (5 - 4 * a) / (2 * (2 - a) * (3 - 2 * a))
    assert q1 - 1 == pytest.approx(q, rel=1e-8)
    assert 1 + 1 / q == pytest.approx(3 * (4 - 3 * a) / (a * (5 - 4 * a)))
    assert 4 / 3 * q1 / omega == pytest.approx(2 / (a * (2 - a)))
    first = 4 / 3 * q1 / omega * (1 - a) ** 2 / (1 - lam)
    assert first == pytest.approx(3 * (1 - a) ** 2 / (a**2 * (2 - a)), rel=1e-8)
    second = 4 / 3 / 2 * (1 + 1 / q)
    assert below(3 * (1 - a) ** 2 / (a**2 * (2 - a)), 3 * (1 - a) / (2 * a**2))
    assert below(second, 2 / a)
    assert 2 / a + 3 * (1 - a) / (2 * a**2) == pytest.approx((3 + a) / (2 * a**2))
    assert below((3 + a) / (2 * a**2), 2 / a**2)


def test_s3_quiet_algebra() -> None:
    a = A
    drift = 1 / a + 2 / (a * (2 - a)) * (1 - a) ** 2 / a
    assert drift == pytest.approx((2 - 2 * a + a**2) / (a**2 * (2 - a)))
    assert below(drift, 1 / a**2)


def test_s3_prescribed_steps() -> None:
    p, c = RNG.uniform(0, 0.5, COUNT), np.minimum(1, spread(-5, 0.2))
    a = np.minimum(0.5, np.maximum(p, c))
    assert below(2 * (p / 2 / a) ** 2, 0.5) and below(2 / (2 - a), 4 / 3)
    assert below(a + c**2 / a, p + np.minimum(c**2 / p, 5 * c / 2))
    # In units of δη: 4δηK(1 − a)/a and 2δη(K − 1), with δηK = p/2.
    K = RNG.integers(1, 100, COUNT)
    assert below(2 * p * (1 - a) / a + p * (K - 1) / K, 2.0)


def test_s3_sgdm_prescribed_steps_and_those_of_mvr() -> None:
    p, c = spread(-4, 2), np.minimum(1, spread(-5, 0.2))
    a = np.minimum(1, np.maximum(p, c))
    assert below((p / math.sqrt(2) / a) ** 2 * (1 - a) ** 2, 0.5)
    assert below(p / 2 * (1 - a) / a, 0.5)
    assert below(a + c**2 / a, p + np.minimum(c**2 / p, 2 * c))


def test_the_remark_on_s3_sgdm() -> None:
    """The quadratic equation of the stationary value, P²/κ − 2aP + 1 = 0, in its closed form."""
    a, kappa = 0.2, 70.0
    P = 1 / (a * (1 + math.sqrt(1 - 1 / (kappa * a**2))))
    assert P**2 / kappa - 2 * a * P + 1 == pytest.approx(0, abs=1e-12)


# -- S4


def test_s4_the_function_phi() -> None:
    def phi(a: Any) -> Any:
        return (1 - a) / np.sqrt(2 - a) + 2 / np.pi * np.sqrt(a)

    a0, h = 0.279, 1e-6
    slope = (phi(a0 + h) - phi(a0 - h)) / (2 * h)
    assert phi(a0) < 0.88587 and 0 < slope < 1e-4
    assert 0.88587 + 1e-4 < 0.88622 < math.sqrt(math.pi) / 2
    assert below(phi(A), math.sqrt(math.pi) / 2)
    grid = np.linspace(0.01, 0.99, 500)
    u = 2 - grid
    first = lambda a: (1 - a) / np.sqrt(2 - a)  # noqa: E731
    second = (first(grid + 1e-4) - 2 * first(grid) + first(grid - 1e-4)) / 1e-8
    assert second == pytest.approx(-(u**-2.5) * (u + 3) / 4, rel=1e-4)
    K = RNG.integers(1, 100, COUNT)
    Y = (1 - A) * K / np.sqrt(A * (2 - A)) + np.sqrt(lambdas(K))
    assert below(4 * Y**2, np.pi * K**2 / A)


def test_s4_sums_of_norms() -> None:
    X0, X, H, D, W = (spread(-3, 3) for _ in range(5))
    root = np.hypot(X0, X + H)
    assert below(np.hypot(X0, X + H + W), root + W)
    first = 4 / 3 * (root + D) ** 2
    second = 2 * X0**2 + 2 * (X + H) ** 2 + 4 * D**2
    assert below((root + D + W) ** 2, first + 4 * W**2) and below(first, second)
    assert below(second, 2 * X0**2 + 8 / 3 * X**2 + 8 * H**2 + 4 * D**2)


def test_s4_quiet_algebra() -> None:
    a = A
    p, q = RNG.normal(size=(2, COUNT))
    assert below((a * p + (1 - a) * q) ** 2, (2 - a) * (a**2 * p**2 + (1 - a) * q**2))
    assert 1 - (1 - a) ** 2 == pytest.approx(a * (2 - a), rel=1e-9)
    assert 3 / 2 * (1 - a) / a + 3 / 2 == pytest.approx(3 / (2 * a))


def test_s4_prescribed_steps() -> None:
    z, u = RNG.uniform(0, 8**-0.5, COUNT), RNG.uniform(0, 2**-0.5, COUNT)
    c = np.minimum(1, spread(-5, 0.2))
    p = np.maximum(8 * z**2, math.sqrt(2) * u)
    a = np.maximum(p, math.sqrt(3) / 2 * c)
    assert below(a, 1.0) and below(0.5 + np.pi * z**2 / a, 0.9)
    assert below(8 * (1 - A) ** 2 / (2 - A) + 2 * A, 4.0)
    assert below(u**2 / a * (8 * (1 - a) ** 2 / (2 - a) + 2 * a), 2 * math.sqrt(2) * u)
    right = 8 / 3 * p + np.minimum(2 * c**2 / p, 8 * c / math.sqrt(3))
    assert below(8 / 3 * a + 2 * c**2 / a, right)
    assert below(8 / 3 * p, 64 / 3 * z**2 + 8 * math.sqrt(2) / 3 * u)
    assert below(2 * c**2 / p, c**2 / (4 * z**2))


def test_the_constants_of_the_rates() -> None:
    assert 8 * math.sqrt(2) / 3 + 2 * math.sqrt(2) == pytest.approx(14 * math.sqrt(2) / 3)
    s4 = 2 * 32 ** (1 / 3) + 64 / 3 * 32 ** (-2 / 3)
    assert 8.4661 < s4 < 8.4662
    best = (3 / 64) ** (1 / 3)
    assert 8.32 < 2 / best + 64 / 3 * best**2 < 8.33
    mvr = 2 * 2 ** (1 / 3) + 2 * 2 ** (-2 / 3)
    assert mvr == pytest.approx(3 * 2 ** (1 / 3)) and 3.7797 < mvr < 3.7798
    page = (FOLDER / "s4.md").read_text(encoding="utf-8")
    assert r"8.4661\ldots \le 8.47" in page and "with 8.33 in place of 8.47" in page
    assert 8.47 * (0.1 * 1e-3) ** (2 / 3) == pytest.approx(0.018, abs=5e-4)


# -- the proofs as a whole, on runs


@pytest.mark.parametrize("seed", range(3))
def test_the_decomposition_of_s3_on_a_run(seed: int) -> None:
    """b = Q + N, Q_{t+1,1} = (1 − a)Q_{t,K+1} + a n, and a step changes Q by at most δη‖v‖, on a run
    with a gradient of r that is not linear."""
    rng = np.random.default_rng(seed)
    delta, eta, a, K, T = 0.7, 0.3, 0.35, 3, 6
    grad_r = lambda x: delta * np.sin(x)  # noqa: E731
    grad_h = lambda x: x - 0.2  # noqa: E731
    x, m, M = rng.normal(size=4), None, None
    starts: list[Any] = []
    sums: list[Any] = []  # for each start: −η times the v's since then
    Q_last = None
    for t in range(1, T + 1):
        n = rng.normal(size=4)
        sample = grad_r(x) + n
        m = sample if m is None else (1 - a) * m + a * sample
        M = n if M is None else (1 - a) * M + a * n
        starts.append(x)
        sums.append(np.zeros(4))
        s = np.arange(1, t + 1)
        w = np.where(s == 1, (1 - a) ** (t - 1.0), a * (1 - a) ** (t - s + 0.0))

        def Q(w: Any, M: Any) -> Any:
            pairs = zip(w, starts, sums, strict=True)  # noqa: B023
            return sum(c * (grad_r(x0) - grad_r(x0 + moved)) for c, x0, moved in pairs) + M

        if Q_last is not None:
            assert Q(w, M) == pytest.approx((1 - a) * Q_last + a * n)
        y = x
        for _ in range(K):
            ends = [x0 + moved for x0, moved in zip(starts, sums, strict=True)]
            N = sum(c * (grad_r(z) - grad_r(y)) for c, z in zip(w, ends, strict=True))
            v = grad_h(y) + m
            assert m - grad_r(y) == pytest.approx(Q(w, M) + N)
            before = Q(w, M)
            y = y - eta * (v + rng.normal(size=4))
            sums = [moved - eta * v for moved in sums]
            assert np.linalg.norm(Q(w, M) - before) <= delta * eta * np.linalg.norm(v) * UP
        x, Q_last = y, Q(w, M)


def test_the_recursion_of_s4_on_a_run() -> None:
    rng = np.random.default_rng(2)
    a, m, e, before = 0.3, None, None, None
    x = rng.normal(size=3)
    for t in range(1, 6):
        R, c = rng.normal(size=(2, 3))

        def sample(y: Any, R: Any = R, c: Any = c) -> Any:
            return np.sin(y) + R * y + c

        def noise(y: Any, R: Any = R, c: Any = c) -> Any:
            return R * y + c

        if t == 1:
            m = sample(x)
        else:
            m = sample(x) + (1 - a) * (m - sample(before))
            drift = a * noise(x) + (1 - a) * (noise(x) - noise(before))
            assert m - np.sin(x) == pytest.approx((1 - a) * e + drift)
        e, before = m - np.sin(x), x
        x = x - 0.2 * (x + m)


@pytest.mark.parametrize("kind", at.theorems.ALL, ids=lambda kind: kind.label)
def test_every_theorem_has_a_page_with_its_statement_and_a_proof(kind: Any) -> None:
    page = (FOLDER / f"{kind.label.lower()}.md").read_text(encoding="utf-8")
    assert f"```{{theorem}} {kind.label}\nauxtheory show {kind.label} --latex\n```" in page
    assert "\n## Proof\n" in page and r"\blacksquare" in page
    assert [f"\n## {name}\n" in page for name in ("Prescribed steps", "Tightness", "Run it")] == [
        True
    ] * 3
    assert f"`at.theorems.{kind.__name__}`" in page


def test_the_list_of_theorems_is_complete_and_as_tight_as_certified() -> None:
    page = (FOLDER / "index.md").read_text(encoding="utf-8")
    rows = [
        re.split(r" *\| *", line)[1:7]
        for line in re.findall(r"^\| \[S[^/\n]*\.md\).*", page, re.MULTILINE)
    ]
    labels = [f"[{kind.label}]({kind.label.lower()}.md)" for kind in at.theorems.ALL]
    names = [f"`{kind.__name__}`" for kind in at.theorems.ALL]
    assert sorted(row[:2] for row in rows) == sorted(map(list, zip(labels, names, strict=True)))
    certified = CERTIFIED.read_text(encoding="utf-8").split("largest tight/bound")[1]
    largest: dict[str, float] = {}
    for label, ratio in re.findall(r"^(S\S+) +([\d.]+)$", certified, re.MULTILINE):
        largest[label] = max(largest.get(label, 0.0), float(ratio))
    shown = {row[0].split("]")[0][1:]: row[4] for row in rows}
    assert shown == {label: f"{largest[label]:.2f}" if label in largest else "" for label in shown}


def test_formulas_of_the_pages_are_closed_and_plain() -> None:
    """Otherwise a page cannot be read on GitHub, which knows no macros of ours."""
    for path in FOLDER.glob("*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert text.count("$$") % 2 == 0 and text.replace("$$", "").count("$") % 2 == 0, path
        for formula in re.findall(r"\$\$(.*?)\$\$|\$([^$]+)\$", text, re.DOTALL):
            code = "".join(formula)
            assert code.count("{") == code.count("}"), code
            assert not re.search(r"\\(E|norm)\b|\\[{},;:!]", code), code


# -- clients


def test_clients_means_of_growing_powers() -> None:
    """Σ_{j<k}μ^{2j} ≤ k times the mean over j < K, at most the mean of the ends."""
    for mu in (1.0, 1.01, 1.3):
        for K in (1, 2, 5, 40):
            powers = mu ** (2.0 * np.arange(K))
            e2 = (1 + mu ** (2 * (K - 1))) / 2
            assert np.mean(powers) <= e2 * UP
            k = np.arange(K)
            assert below(np.cumsum(powers) - powers, k * np.mean(powers) * UP)
            assert np.mean(np.cumsum(powers) - powers) <= (K - 1) / 2 * e2 * UP


def test_clients_splits_of_squares() -> None:
    g, zeta, kappa = spread(-3, 3), spread(-3, 3), RNG.random(COUNT)
    square = (zeta + kappa * np.hypot(g, zeta)) ** 2
    assert below(square, kappa * (1 + kappa) * g**2 + (1 + kappa) ** 2 * zeta**2)
    G, w, v = spread(-3, 3), spread(-3, 3), 0.25 * RNG.random(COUNT)
    u = v**2 * RNG.random(COUNT)
    assert below((np.sqrt(u * G) + w) ** 2, (v**2 + v / 2) * G + (1 + 2 * v) * w**2)
    p, q, r = spread(-3, 3), spread(-3, 3), spread(-3, 3)
    assert below(np.hypot(p + q, r), p + np.hypot(q, r))


def test_clients_the_bias_of_scaffold_in_one_step() -> None:
    V, N, omega = spread(-3, 3), spread(-3, 3), RNG.random(COUNT)
    z4 = omega * RNG.random(COUNT)
    largest = N**2 * omega / (omega - z4)
    assert below((np.sqrt(z4) * V + N) ** 2 - omega * V**2, largest)
    best = np.sqrt(z4) * N / (omega - z4)
    assert (np.sqrt(z4) * best + N) ** 2 - omega * best**2 == pytest.approx(largest, rel=1e-6)


def test_clients_prescribed_steps() -> None:
    """The constants at the caps: T6b, T7-I, T7-II."""
    kappa = 1 / 8
    assert (1 + kappa) ** 2 <= 1.27 and kappa**2 + kappa * (1 + kappa) / 4 <= 0.051
    assert 2 / 0.949 <= 2.12 and 0.949 <= 1 - kappa**2 - kappa * (1 + kappa) / 4
    assert (0.2845 * 1.57**2) ** 2 <= 0.5 and math.exp(2 * 0.97) <= 6.96
    assert (0.2845 * math.exp(0.97) * 0.97**2) ** 2 <= 0.5
    assert 0.5 / (0.5 - 0.25) * (1 / 3) * 1.5 + 0.5 <= 1.5 * UP
    assert 3 * 1.5 ** (1 / 3) <= 3.44 and 3 * 2.22 ** (1 / 3) <= 3.92
    theta = np.linspace(0, 1, 100)
    e2, z = (1 + np.exp(theta)) / 2, theta / 2
    cube = e2 * (0.5 / (0.5 - z**4) * 0.55 * (1 + z**2) + 0.5)
    assert below(2 + cube / 2.22, 3 + 2 * theta)
