"""Pairs with several helpers or clients: their means, dialled constants, order and reprs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from complaints import complaints
from hypothesis import given, settings

import auxtheory as at
from auxtheory.problems import QuadraticHelpers, QuadraticPair, certificate_helpers
from auxtheory.validation.parsing import parse

TARGETS = {
    "diagonal": at.Quadratic(L=1.0, mu=0.1, dim=6),
    "odd": at.Quadratic(L=2.0, mu=0.1, dim=5),
    "dense": at.Quadratic(L=1.0, mu=0.2, dim=4, rotation=1),
    "rank-one": at.Quadratic(spectrum=[0.0, 0.75]),
    "line": at.Quadratic(L=1.0, dim=1),
}
WAYS: dict[str, dict[str, Any]] = {
    "plain": {"N": 10, "delta": 0.3, "zeta": 0.5},
    "odd": {"N": 5, "delta": 0.3, "zeta": 0.5},
    "two": {"N": 2, "delta": 0.3, "zeta": 0.5},
    "groups": {"groups": [2, 3, 7], "delta": 0.3, "zeta": 0.5},
    "many": {"N": 10**6, "groups": 10, "delta": 0.3, "zeta": 0.5},
    "weights": {"N": 4, "weights": [0.1, 0.2, 0.3, 0.4], "delta": 0.3, "zeta": 0.5},
    "heavy": {"N": 3, "weights": [0.8, 0.1, 0.1], "delta": 0.3, "zeta": 0.5},
    "grid": {"N": 4, "delta": [[0.1], [0.3]], "zeta": [[0.5], [0.0]]},
}


def made(name: str, target: str, way: str, rotation: int | None, **more: Any) -> QuadraticPair:
    make = getattr(TARGETS[target], name)
    pair: QuadraticPair = make(**{**WAYS[way], **more}, rotation=rotation)
    return pair


def written_out(pair: QuadraticPair) -> tuple[np.ndarray, np.ndarray]:
    """R_i and b_i of every helper, one by one, shape (C, N, d, d) and (C, N, d)."""
    h = pair.helpers
    assert h is not None
    R = h.R if h.R.ndim == 4 else h.R[..., None] * np.eye(pair.dim)
    return R[:, h.group_of], h.b[:, h.group_of]


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("target", TARGETS)
def test_f_is_the_mean_of_clients_and_delta_and_zeta_are_the_dialled_ones(
    target: str, way: str, rotation: int | None
) -> None:
    pair = made("with_clients", target, way, rotation)
    h = pair.helpers
    assert h is not None and h.clients and h.N == WAYS[way].get("N", 12)
    delta = np.ravel(WAYS[way]["delta"])
    zeta = np.ravel(WAYS[way]["zeta"])
    np.testing.assert_allclose(h.delta_m, delta, rtol=1e-13)
    np.testing.assert_allclose(
        h.zeta(pair.x_star[None, None] + np.zeros((len(pair.A), 1, 1)))[:, 0], zeta, rtol=1e-13
    )
    mean_R, mean_b = h.mean
    assert np.max(np.abs(mean_R)) < 1e-15 and np.max(np.abs(mean_b)) < 1e-15
    assert not np.any(pair.R) and not np.any(pair.b)
    if h.diagonal:
        # One entry is δ to the last digit.
        assert h.delta_m.tolist() == delta.tolist()
    constants = pair.constants()
    assert np.all(np.asarray(constants.delta) == 0)


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("name", ["with_clients", "with_helpers"])
@pytest.mark.parametrize("target", ["diagonal", "odd", "dense"])
def test_lists_of_delta_and_zeta_are_those_of_the_helpers(
    target: str, name: str, rotation: int | None
) -> None:
    delta = [0.1, 0.5, 0.3, 0.2, 0.4]
    zeta = [5.0, 1.0, 0.0, 2.0, 3.0]
    more = {"delta": delta, "zeta": zeta}
    for weights in (None, [0.1, 0.1, 0.2, 0.3, 0.3]):
        pair = made(name, target, "odd", rotation, weights=weights, **more)
        h = pair.helpers
        assert h is not None and h.order is not None and h.clients == (name == "with_clients")
        order = h.order.astype(int)
        np.testing.assert_allclose(h.deltas[0, order], delta, rtol=1e-13)
        np.testing.assert_allclose(np.linalg.norm(h.b[0, order], axis=-1), zeta, atol=1e-13)
        if weights is not None:
            assert h.weights[order].tolist() == weights


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("name", ["with_clients", "with_helpers"])
def test_constants_are_those_of_all_helpers_written_out(name: str, rotation: int | None) -> None:
    pair = made(name, "dense", "groups", rotation)
    R, b = written_out(pair)
    h = pair.helpers
    assert h is not None
    norms = np.linalg.norm(R[0], ord=2, axis=(1, 2))
    np.testing.assert_allclose(h.delta_m, np.max(norms))
    np.testing.assert_allclose(h.delta_bar**2, np.mean(norms**2))
    np.testing.assert_allclose(h.delta_A**2, np.linalg.norm(np.mean(R[0] @ R[0], axis=0), ord=2))
    np.testing.assert_allclose(h.ell, np.max(np.linalg.norm(pair.A - R[0], ord=2, axis=(1, 2))))
    lowest = np.min(np.linalg.eigvalsh(pair.A - R[0]))
    np.testing.assert_allclose(h.weak_convexity, max(0.0, -lowest))
    x = np.random.default_rng(0).standard_normal((1, 3, pair.dim))
    z = x[0] - pair.x_star
    slopes = np.einsum("nij,rj->rni", R[0], z) + b[0]
    np.testing.assert_allclose(h.zeta(x)[0] ** 2, np.mean(np.sum(slopes**2, axis=-1), axis=-1))
    M, v, c = h.form
    M = M[0] if M.ndim == 3 else np.diag(M[0])
    np.testing.assert_allclose(
        h.zeta(x)[0] ** 2, np.einsum("ri,ij,rj->r", z, M, z) + 2 * z @ v[0] + c[0]
    )


def test_delta_bar_and_delta_A_are_dialled() -> None:
    target = at.Quadratic(L=1.0, mu=0.1, dim=9)
    for name in ("with_clients", "with_helpers"):
        for rotation in (None, 2):
            make = getattr(target, name)
            h = make(N=7, delta=0.4, delta_bar=0.3, delta_A=0.25, rotation=rotation).helpers
            measured = float(h.delta_m[0]), float(h.delta_bar[0]), float(h.delta_A[0])
            np.testing.assert_allclose(measured, (0.4, 0.3, 0.25), rtol=1e-13)
            grid = make(N=7, delta=[[0.4], [0.4]], delta_A=[0.25, 0.35], rotation=rotation)
            np.testing.assert_allclose(grid.helpers.delta_A, [0.25, 0.35], rtol=1e-13)


def test_rotated_clients_do_not_commute_with_f_or_with_each_other() -> None:
    pair = at.Quadratic(spectrum=[0.75, 0.0]).with_clients(N=3, delta=0.5, rotation=1)
    R, _ = written_out(pair)
    A = pair.A[0]
    for one, other in ((R[0, 0], A), (R[0, 0], R[0, 1])):
        assert np.linalg.norm(one @ other - other @ one) > 0.05


def test_one_helper_is_that_of_with_helper_to_the_last_digit() -> None:
    for target in TARGETS.values():
        for rotation in (None, 3):
            one = target.with_helpers(1, 0.3, 0.5, rotation=rotation)
            plain = target.with_helper(0.3, 0.5, rotation=rotation)
            assert one.b.tobytes() == plain.b.tobytes() and one.R.shape == plain.R.shape
            np.testing.assert_array_equal(one.R, plain.R)
            assert one.helpers is not None and one.helpers.b[0, 0].tobytes() == plain.b[0].tobytes()


def test_reordering_clients_changes_no_bit() -> None:
    random = np.random.default_rng(4)
    A = random.standard_normal((6, 3, 3))
    A = A @ A.transpose(0, 2, 1)
    A[4], b = A[1], random.standard_normal((6, 3))
    b[4] = b[1]
    weights = random.random(6)
    weights[4] = weights[1]
    weights /= np.sum(weights)
    pair = at.Quadratic.from_clients(A, b, weights=weights)
    h = pair.helpers
    assert h is not None and h.N == 6 and h.groups == 5 and h.clients
    for _ in range(5):
        turn = random.permutation(6)
        other = at.Quadratic.from_clients(A[turn], b[turn], weights=weights[turn])
        g = other.helpers
        assert g is not None
        for name in ("R", "b", "counts", "weights", "minimiser", "deltas", "delta_A", "A"):
            assert getattr(h, name).tobytes() == getattr(g, name).tobytes(), name
        assert pair.A.tobytes() == other.A.tobytes()
        assert g.order is not None and h.order is not None
        assert g.order.tolist() == h.order[turn].tolist()


def test_groups_are_sorted_by_their_numbers_and_equal_ones_merge() -> None:
    h = QuadraticHelpers(
        A=np.ones((2, 1)),
        R=np.array([[[1.0], [-0.0], [-2.0], [0.0]], [[3.0], [5.0], [4.0], [5.0]]]),
        b=np.zeros((2, 4, 1)),
        minimiser=np.zeros(1),
        counts=np.array([1, 2, 3, 4]),
        weights=np.full(4, 0.1),
        order=np.repeat(np.arange(4), [1, 2, 3, 4]),
    )
    assert h.R[0, :, 0].tolist() == [-2.0, 0.0, 1.0] and h.counts.tolist() == [3.0, 6.0, 1.0]
    assert h.order is not None and h.order.tolist() == [2, 1, 1, 0, 0, 0, 1, 1, 1, 1]
    assert h.N == 10 and h.group_of.tolist() == [0] * 3 + [1] * 6 + [2]


def test_gradients_of_clients_are_those_of_their_group() -> None:
    for rotation in (None, 3):
        pair = made("with_helpers", "diagonal", "groups", rotation)
        R, b = written_out(pair)
        h = pair.helpers
        assert h is not None
        x = np.random.default_rng(0).standard_normal((1, 12, pair.dim))
        found = h.gradient(h.group_of, x)
        A = pair.A[0] if pair.A.ndim == 3 else np.diag(pair.A[0])
        expected = np.einsum("nij,nj->ni", A - R[0], x[0] - pair.x_star) - b[0]
        np.testing.assert_allclose(found[0], expected, atol=1e-14)


def test_components_are_the_clients_if_they_are_few() -> None:
    pair = made("with_clients", "dense", "groups", None)
    h = pair.helpers
    assert pair.components is not None and h is not None and pair.components.N == 12
    x = np.random.default_rng(0).standard_normal((1, 12, pair.dim))
    each = pair.components.gradient(np.arange(12)[:, None], x)
    np.testing.assert_allclose(each, h.gradient(h.group_of, x), atol=1e-14)
    assert made("with_clients", "dense", "many", None).components is None
    assert made("with_clients", "dense", "weights", None).components is None


@pytest.mark.parametrize("way", WAYS)
def test_the_repr_makes_the_pair_again(way: str) -> None:
    for name in ("with_clients", "with_helpers"):
        pair = made(name, "dense", way, 2)
        again = parse(repr(pair))
        assert repr(again) == repr(pair) and again.grid == pair.grid
        assert again.helpers.R.tobytes() == pair.helpers.R.tobytes()  # type: ignore[union-attr]


def test_pairs_from_matrices_have_the_clients_and_helpers_they_were_made_of() -> None:
    pair = at.Quadratic.from_clients(
        [[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 3.0]], counts=[1, 3]
    )
    assert repr(parse(repr(pair))) == repr(pair)
    assert pair.A.tolist() == [[0.5, 0.75]] and pair.x_star.tolist() == [0.5, 3.0]
    x = np.random.default_rng(0).standard_normal((1, 2, 2))
    h = pair.helpers
    assert h is not None and h.N == 4
    slopes = {0: [2.0, 0.0] * x[0, 0] - [1.0, 0.0], 1: [0.0, 1.0] * x[0, 1] - [0.0, 3.0]}
    lonely = int(np.argmin(h.counts))
    found = h.gradient(np.array([lonely, 1 - lonely]), x)[0]
    np.testing.assert_allclose(found, [slopes[0], slopes[1]], atol=1e-14)

    helpers = at.Quadratic.from_helpers(
        [2.0, 1.0], [np.eye(2), 2 * np.eye(2)], [1.0, 0.0], h_b=[[0.0, 0.0], [1.0, 2.0]]
    )
    g = helpers.helpers
    assert repr(parse(repr(helpers))) == repr(helpers) and g is not None and g.order is not None
    found = g.gradient(g.order.astype(int), x)[0]
    np.testing.assert_allclose(found, [x[0, 0], 2 * x[0, 1] - [1.0, 2.0]], atol=1e-14)
    np.testing.assert_allclose(helpers.gradients().h(x), 1.5 * x - [0.5, 1.0], atol=1e-14)


def test_symbols_have_the_values_of_the_helpers() -> None:
    from auxtheory.bounds.derived import computed
    from auxtheory.theorems import DERIVED

    noise = at.Gaussian(sigma_h=0.1, sigma_f=0.2, s=0.4)
    pair = made("with_clients", "dense", "groups", 3)
    h = pair.helpers
    assert h is not None
    values = {
        name: float(np.ravel(computed(DERIVED[name].compute, pair, noise))[0])
        for name in (
            "N",
            "delta_m",
            "delta_bar",
            "delta_A",
            "delta_AS",
            "ell",
            "zeta_bar",
            "zeta_0",
        )
    }
    assert values["N"] == 12 and values["delta_m"] == h.delta_m[0] and values["ell"] == h.ell[0]
    np.testing.assert_allclose(values["delta_AS"], np.hypot(h.delta_A[0], 0.4))
    np.testing.assert_allclose(values["zeta_bar"], 0.5)
    np.testing.assert_allclose(values["zeta_0"], h.zeta(pair.x0[:, None])[0, 0])


@pytest.mark.parametrize("family", [at.Quadratic, at.Cosine])
def test_symbols_of_one_helper_are_its_constants(family: Any) -> None:
    from auxtheory.bounds.derived import computed
    from auxtheory.theorems import DERIVED

    pair = family(L=1.0, dim=3).with_helper(delta=0.3, zeta=0.2)
    value = {
        n: computed(DERIVED[n].compute, pair, None)
        for n in ("N", "delta_m", "delta_A", "ell", "zeta_bar", "rho_h")
    }
    assert value["N"] == 1 and value["delta_m"] == value["delta_A"] == 0.3
    np.testing.assert_allclose(value["zeta_bar"], 0.2)
    points = np.random.default_rng(0).standard_normal((1, 64, 2, 3))
    ends = [pair.gradients().h(points[:, :, i]) for i in range(2)]
    steepest = np.max(
        np.linalg.norm(ends[0] - ends[1], axis=-1)
        / np.linalg.norm(points[:, :, 0] - points[:, :, 1], axis=-1)
    )
    assert steepest <= np.ravel(value["ell"])[0] <= 1.3 + 1e-12 and value["rho_h"] >= 0


@pytest.mark.parametrize("name", ["with_clients", "with_helpers"])
@pytest.mark.parametrize("way", WAYS)
def test_certificates_measure_the_constants(way: str, name: str) -> None:
    for target, rotation in (("diagonal", None), ("diagonal", 3), ("dense", None), ("line", None)):
        certificate = made(name, target, way, rotation).certify(samples=4)
        assert certificate.holds, str(certificate)
        measured = {check.name for check in certificate.checks}
        assert {"N", "delta_m", "delta_bar", "delta_A", "ell", "zeta_bar", "zeta_0"} <= measured
    assert "δ_A" in str(certificate) and "ζ̄" in str(certificate)


@pytest.mark.parametrize(("target", "rotation"), [("dense", 3), ("diagonal", None)])
@pytest.mark.parametrize("constant", ["delta_m", "delta_bar", "delta_A", "ell"])
def test_a_wrong_constant_fails_the_certificate(
    constant: str, target: str, rotation: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = made("with_clients", target, "weights", rotation)
    right = getattr(pair.helpers, constant)
    monkeypatch.setattr(QuadraticHelpers, constant, property(lambda self: right * (1 + 1e-8)))
    again = made("with_clients", target, "weights", rotation).certify(samples=4)
    assert {check.name for check in again.checks if not check.holds} == {constant}


@pytest.mark.parametrize("way", WAYS)
def test_diagonal_helpers_are_measured_as_matrices_are(way: str) -> None:
    """Otherwise helpers of many coordinates have another certificate than those of few."""
    pair = made("with_helpers", "diagonal", way, None)
    assert pair.helpers.diagonal
    fast, slow = (
        measured(pair, pair.helpers, 1)
        for measured in (certificate_helpers._of_coordinates, certificate_helpers._of_matrices)
    )
    for name, value in slow.items():
        np.testing.assert_allclose(fast[name], value, rtol=1e-9, atol=1e-12)


def test_a_coupling_of_a_helper_s_coordinates_fails_the_certificate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise helpers that say they are diagonal, and are not, pass."""
    pair = made("with_clients", "diagonal", "plain", None)
    plain = QuadraticHelpers.gradient

    def coupled(self: Any, group: Any, x: Any, xp: Any = np) -> Any:
        g = plain(self, group, x, xp)
        # Opposite at two clients, so that the mean of all stays.
        sign = np.where(group == 0, 1.0, np.where(group == 1, -1.0, 0.0))[:, None]
        z = x - self.minimiser
        return g + 1e-6 * sign * z[..., ::-1]

    monkeypatch.setattr(QuadraticHelpers, "gradient", coupled)
    failed = {check.name for check in pair.certify(samples=4).checks if not check.holds}
    assert {"delta_m", "ell"} <= failed


def test_helpers_of_another_pair_fail_the_certificate() -> None:
    pair = made("with_clients", "dense", "plain", 3)
    other = made("with_helpers", "dense", "plain", 3)
    wrong = replace(pair, helpers=other.helpers)
    failed = {check.name for check in wrong.certify(samples=4).checks if not check.holds}
    assert failed == {"zeta_bar"}


F = at.Quadratic(L=1.0, mu=0.1, dim=3)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: F.with_clients(0), ["N = 0: must be a whole number of at least 1"]),
        (lambda: F.with_clients(), ["N = None: must be a whole number of at least 1, or groups"]),
        (lambda: F.with_clients(2.5), ["N = 2.5"]),
        (lambda: F.with_clients(groups=[3, 0]), ["groups[1] = 0: must be a whole number"]),
        (lambda: F.with_clients(4, groups=[3, 2]), ["groups = [3, 2]: must sum to N = 4"]),
        (lambda: F.with_clients(4, groups=5), ["groups = 5: must be a whole number of at most 4"]),
        (
            lambda: F.with_clients(2, weights=[0.5, 0.6]),
            ["weights = [0.5, 0.6]: must sum to 1 over all helpers, not to 1.1"],
        ),
        (
            lambda: F.with_clients(2, weights=[1.0, 0.0]),
            ["weights = 0.0: must be a finite number in (0"],
        ),
        (lambda: F.with_clients(2, weights=[1.0]), ["weights = [1.]: must be 2 numbers"]),
        (
            lambda: F.with_clients(3, [0.1, 0.2], -1.0, seed=-1, rotation=0.5),
            [
                "seed = -1",
                "rotation = 0.5",
                "delta = [0.1, 0.2]: must be a number, 3",
                "zeta = -1.0",
            ],
        ),
        (lambda: F.with_clients(3, [0.1, 0.2, 0.4]), ["delta[2] = 0.4: must be at most 0.3"]),
        (lambda: F.with_clients(1, 0.1, 0.2), ["delta = ", "zeta = "]),
        (lambda: F.with_clients(4, 0.1, delta_bar=0.2), ["delta_bar = 0.2: must be in [0.07"]),
        (lambda: F.with_clients(4, 0.1, delta_A=0.2), ["delta_A = 0.2: must be in [0.0"]),
        (
            lambda: at.Quadratic(L=1.0, dim=2).with_clients(4, 0.1, delta_A=0.1),
            ["delta_A = 0.1: needs dim ≥ 3, not 2"],
        ),
        (
            lambda: at.Quadratic(L=1.0, dim=1).with_clients(3, [0.1, 0.1, 0.1]),
            ["must balance with signs in one dimension"],
        ),
        (lambda: F.with_clients(3, [[0.1], [0.2]], [[1.0]] * 3), ["configurations = [2, 3]"]),
        (lambda: F.with_helper(0.1).with_clients(3), ["must have h = f"]),
        (lambda: F.with_clients(10**9, 0.1), ["N = 1000000000: must be at most 16777216, or of"]),
        (
            lambda: at.Quadratic.from_clients([[1.0, 2.0], [1.0]]),
            ["shapes of A = '(1,), (2,)': must be the same for all clients"],
        ),
        (lambda: at.Quadratic.from_clients([]), ["A = []"]),
        (
            lambda: at.Quadratic.from_clients([[1.0], [2.0]], counts=[1, 0]),
            ["counts = [1., 0.]: must be whole numbers from 1"],
        ),
        (
            lambda: at.Quadratic.from_clients([[1.0], [2.0]], [[1.0]], weights=[0.5, 0.4]),
            ["shape of b = (1, 1): must be (2, 1)", "weights = [0.5, 0.4]: must sum to 1"],
        ),
        (
            lambda: at.Quadratic.from_clients([[1.0], [2.0]], weights=[0.5, 0.4]),
            ["weights = [0.5, 0.4]: must sum to 1"],
        ),
        (
            lambda: at.Quadratic.from_helpers([1.0, 2.0], [[1.0]]),
            [
                "shape of H = (1, 1): must be of shape (g, d, d), or (g, d) for diagonals, with d = 2"
            ],
        ),
    ],
)
def test_bad_input_is_one_error(make: Any, expected: list[str]) -> None:
    found = complaints(make)
    assert len(found) == len(expected), found
    for text, part in zip(found, expected, strict=True):
        assert part in text


@pytest.mark.parametrize("kind", at.problems.client_kinds(library=True))
def test_strategies_draw_pairs_with_several_helpers(kind: str) -> None:
    drawn: list[Any] = []

    @settings(max_examples=20, database=None, deadline=None)
    @given(at.strategies.pairs(families=[kind]))
    def draw(pair: Any) -> None:
        h = pair.helpers
        assert h is not None and (h.clients == ("clients" in kind) or not np.any(h.deltas))
        drawn.append(pair)

    draw()
    assert {pair.helpers.N for pair in drawn} > {2}
    if "dense" in kind:
        assert any(pair.helpers.R.ndim == 4 for pair in drawn)
    if "logistic" not in kind:
        assert any(pair.helpers.groups < pair.helpers.N for pair in drawn)
