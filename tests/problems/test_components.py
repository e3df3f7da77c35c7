"""f as the mean of components: their gradients, constants, and how methods take them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sampled_components import finite_differences

import auxtheory as at
from auxtheory.random.philox import uniforms
from auxtheory.validation.parsing import parse

FEATURES = np.random.default_rng(5).standard_normal((6, 3))
WEIGHTS = np.arange(1.0, 7.0) / 21
PAIRS: dict[str, Any] = {
    "diagonal": at.Quadratic(L=2.0, mu=0.5, dim=4, x_star=1.0).with_components(6, 0.3, 0.5),
    "odd": at.Quadratic(L=2.0, mu=0.5, dim=4).with_components(5, 0.3, 0.5),
    "dense": at.Quadratic(L=2.0, mu=0.5, dim=3, rotation=1)
    .with_helper(0.1, 0.2)
    .with_components(4, 0.3, 0.5, seed=7),
    "grid": at.Quadratic(L=[2.0, 1.0], mu=0.5, dim=4).with_components(4, 0.3, 0.5),
    "logistic": at.Logistic(
        features=FEATURES, labels=[0, 1, 1, 0, 0, 1], weights=WEIGHTS, l2=0.2
    ).with_helper(),
    "classes": at.Logistic(
        features=FEATURES, labels=[0, 1, 2, 0, 2, 1], l2=0.2, nonconvex=0.1
    ).with_helper(delta=[0.1, 0.2]),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_the_mean_of_all_components_is_f(kind: str) -> None:
    """Otherwise a finite-sum method minimises another function."""
    pair = PAIRS[kind]
    parts = pair.components
    C = len(pair.x0)
    x = np.random.default_rng(0).standard_normal((C, 7, pair.dim))
    each = parts.each(x)
    assert each.shape == (C, 7, parts.N, pair.dim)
    wanted = pair.gradients().f(x)
    np.testing.assert_allclose(each.mean(axis=2), wanted, rtol=1e-12, atol=1e-12)
    every = np.tile(np.arange(parts.N), (7, 1))
    np.testing.assert_allclose(parts.gradient(every, x), wanted, rtol=1e-12, atol=1e-12)
    for i in range(parts.N):
        alone = parts.gradient(np.full((7, 1), i), x)
        np.testing.assert_allclose(alone, each[:, :, i], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", PAIRS)
def test_constants_of_components_are_measured(kind: str) -> None:
    """Otherwise a bound about finite sums takes a wrong L_max or σ*."""
    pair = PAIRS[kind]
    parts = pair.components
    at_minimiser = parts.each(np.broadcast_to(pair.x_star, (len(pair.x0), 1, pair.dim)))[:, 0]
    sigma = np.sqrt(np.mean(np.sum(at_minimiser**2, axis=-1), axis=-1))
    np.testing.assert_allclose(parts.sigma_star, sigma, rtol=1e-9)
    measured = finite_differences(parts, pair.x_star, len(pair.x0))
    assert np.all(measured <= parts.L_max * (1 + 1e-6))
    if "logistic" not in kind and kind != "classes":
        np.testing.assert_allclose(measured, parts.L_max, rtol=1e-6)


def test_dials_are_distances_from_f() -> None:
    """Otherwise δ and ζ say nothing about the components; opposite pairs cancel."""
    for kind in ("diagonal", "dense", "grid"):
        pair = PAIRS[kind]
        parts = pair.components
        D = parts.A - pair.A[:, None]
        sizes = np.abs(D).max(-1) if parts.diagonal else np.linalg.norm(D, ord=2, axis=(-2, -1))
        np.testing.assert_allclose(sizes, 0.3, rtol=1e-12)
        np.testing.assert_allclose(np.linalg.norm(parts.b, axis=-1), 0.5, rtol=1e-12)
        assert np.all(parts.b.sum(axis=1) == 0)
    odd = PAIRS["odd"].components
    np.testing.assert_array_equal(odd.A[:, -1], PAIRS["odd"].A)
    assert float(odd.sigma_star[0]) == pytest.approx(0.5 * np.sqrt(4 / 5))


def test_a_pair_with_components_is_the_same_pair() -> None:
    """Otherwise its constants change, or its printed code does not make it again."""
    plain = at.Quadratic(L=2.0, mu=0.5, dim=3, rotation=1).with_helper(0.1, 0.2)
    pair = PAIRS["dense"]
    assert plain.components is None
    assert str(pair.constants()) == str(plain.constants())
    for again in (parse(repr(pair)), pickle.loads(pickle.dumps(pair))):
        np.testing.assert_array_equal(again.components.A, pair.components.A)
        np.testing.assert_array_equal(again.components.b, pair.components.b)
    assert at.Cosine(L=1.0, dim=2).with_helper().components is None


def test_bad_components_are_all_listed() -> None:
    """Otherwise a user repairs one value after the other."""
    target = at.Quadratic(L=1.0, dim=2)
    with pytest.raises(at.InputError) as error:
        target.with_components(0, -1.0, [1.0], seed=-1)  # type: ignore[arg-type]
    text = str(error.value)
    assert all(name in text for name in ("N = 0", "delta = -1", "zeta", "seed = -1"))
    with pytest.raises(at.InputError, match=r"zeta = 0.5: must be 0 for N = 1"):
        target.with_components(1, 0.0, 0.5)
    assert target.with_components(1).components.N == 1  # type: ignore[union-attr]


class Subsets(at.Method):
    """x ← x − η (mean over two components of (∇f_i(x) − g_i) + mean of g_i), g_i of one anew."""

    state = "x g_i"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, g_i: Any, *, eta: Any) -> Any:
        chosen = o.subset(2)
        moved = x - eta * (o.f[chosen](x) - g_i[chosen] + o.mean(g_i))
        i = o.pick()
        return moved, o.put(g_i, i, o.f[i](x))


@pytest.mark.parametrize("kind", ["diagonal", "dense", "logistic"])
def test_subsets_and_tables_are_those_of_a_plain_loop(kind: str) -> None:
    """Otherwise a subset repeats a component, or a table's entry is another's."""
    pair = PAIRS[kind]
    parts = pair.components
    N = parts.N
    seed = 4
    eta = 0.1
    gaps = []
    for r in range(3):
        x = pair.x0[0].copy()
        table = np.zeros((N, pair.dim))

        def gradient(i: int, x: Any) -> Any:
            return parts.each(x[None, None])[0, 0, i]

        for t in (1, 2, 3):
            for k in range(2):
                counter = r, r + 1, t, k * 8 + 5

                def site(number: int) -> int:
                    return (seed + 0x9E3779B97F4A7C15 * (64 + number)) % 2**64

                first, second = np.argsort(uniforms(*counter, site(0), N, np)[0])[:2]
                i = int(uniforms(*counter, site(1), 1, np)[0, 0] * N)
                g = (gradient(first, x) + gradient(second, x)) / 2
                old = x
                x = x - eta * (g - (table[first] + table[second]) / 2 + table.mean(axis=0))
                table[i] = gradient(i, old)
        gaps.append(float(pair.gap(x[None, None])[0, 0]))
    trace = at.run(
        Subsets,
        pair,
        at.Gaussian(),
        at.Steps(eta=eta, K=2, T=3),
        engine="numpy",
        replicas=3,
        seed=seed,
    )
    assert len(set(gaps)) == 3
    np.testing.assert_allclose(float(np.ravel(trace.gap)[0]), np.mean(gaps), rtol=1e-12)
    cost = trace.costs[-1].calls_r
    assert cost == pytest.approx(6 * 3 / N)


def test_components_are_drawn_evenly() -> None:
    """Otherwise E∇f_i is not ∇f: a pick that never takes the last component, a biased subset."""
    pair = PAIRS["odd"]

    class Marks(at.Method):
        """The gradient of one of two chosen components, and of one picked."""

        state = "x u v"
        helper = "f"

        def start(o: Any, x: Any) -> Any:
            return x, o.f[o.pick()](x), o.f[o.subset(3)](x)

        def step(o: Any, x: Any, u: Any, v: Any) -> Any:
            return x, u, v

    replicas = 4000
    trace = at.run(
        Marks,
        pair,
        at.Gaussian(),
        at.Steps(eta=0.1, K=1, T=1),
        engine="numpy",
        replicas=replicas,
        measures=[at.measures.square("u"), at.measures.square("v")],
    )
    each = pair.components.each(pair.x0[:, None])[0, 0]
    values, error = trace.measure(at.measures.square("u"))
    wanted = np.mean(np.sum(each**2, axis=-1))
    assert abs(float(np.ravel(values)[0]) - wanted) < 5 * float(np.ravel(error)[0])
    values, error = trace.measure(at.measures.square("v"))
    mean = each.mean(axis=0)
    # The variance of a mean of n of N without replacement: (N − n)/(N − 1)/n of one's.
    wanted = np.sum(mean**2) + np.mean(np.sum((each - mean) ** 2, axis=-1)) * 2 / 4 / 3
    assert abs(float(np.ravel(values)[0]) - wanted) < 5 * float(np.ravel(error)[0])


class Five(at.Method):
    """x ← x − η ∇f_i(x) of five components."""

    helper = "f"

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.f[o.subset(5)](x)


class OfSeven(at.Method):
    """x ← x − η ∇f_i(x) of one of seven."""

    helper = "f"

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.f[o.pick(7)](x)


REFUSED = [
    (at.methods.SAGA, at.Cosine(L=1.0, dim=2).with_helper(), "SAGA needs f as a sum of components"),
    (
        at.methods.SAGA,
        at.Quadratic(L=1.0, dim=2).with_helper(),
        r"has none: make the pair by with_components\(N=…\)",
    ),
    (Five, PAIRS["grid"], "Five takes 5 of 4 components"),
    (OfSeven, PAIRS["grid"], "OfSeven picks one of 7 components of 4"),
]


@pytest.mark.parametrize(("method", "pair", "reason"), REFUSED)
def test_a_pair_without_such_components_is_refused(method: Any, pair: Any, reason: str) -> None:
    """Otherwise a finite-sum method ends in an error of NumPy, or draws what is not there."""
    with pytest.raises(at.RefusedError, match=reason):
        at.run(method, pair, at.Gaussian(), at.Steps(eta=0.1, K=1, T=1), engine="numpy", replicas=2)
