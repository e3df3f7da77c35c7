"""Minibatches vary as much as stated."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import objectives, target
from minibatch_cases import each_coupling, each_pair, point, samples
from scipy import sparse

from auxtheory.noise import minibatch_bounds
from auxtheory.noise.minibatch import Minibatch, matched
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic.objective import LogisticLoss

either = pytest.mark.parametrize("replacement", [True, False])


@either
@each_coupling
@each_pair
def test_variances(
    make: Callable[[Logistic], LogisticPair], coupling: Callable[..., Any], replacement: bool
) -> None:
    """Otherwise samples are biased, or σ_f, σ_h, σ_r at a point are not those enumerated."""
    pair = make(target(3))
    noise = Minibatch(pair=pair, batch=5, replacement=replacement, coupling=coupling(pair))
    x = point(pair)
    count = 6000
    levels = noise.at(x)
    gradients = pair.gradients()
    r, h = samples(noise, x, count)
    _, f = samples(noise, x, count, "f", seed=1)
    for drawn, mean, sigma in (
        (r, gradients.r, levels.sigma_r),
        (h, gradients.h, levels.sigma_h),
        (f, gradients.f, levels.sigma_f),
    ):
        away = drawn - np.broadcast_to(mean(x[None, None]), (1, 1, pair.dim))[0]
        squares = np.sum(away**2, axis=1)
        error = np.std(squares) / np.sqrt(count)
        assert abs(np.mean(squares) - sigma**2) <= 4.5 * error + 1e-20
        off = np.abs(np.mean(away, axis=0)) / (np.std(away, axis=0) / np.sqrt(count) + 1e-15)
        assert np.max(off) < 4.5
    assert levels.ratio == pytest.approx(
        levels.sigma_r**2 / (levels.sigma_f**2 + levels.sigma_h**2)
    )


@given(f=objectives(), data=st.data())
def test_bounds_hold_everywhere(f: Logistic, data: Any) -> None:
    """Otherwise a stated σ is exceeded at some x, or the mean-square δ between some x and y."""
    kind = data.draw(st.sampled_from(["labels", "weights", "features"]))
    labels = data.draw(st.permutations(f.labels.tolist()))
    changes: dict[str, Any] = {"labels": labels}
    if kind == "weights":
        changes["weights"] = data.draw(
            st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels))
        )
    if kind == "features":
        changes["features"] = f.features + 0.3 * np.random.default_rng(0).standard_normal(
            f.features.shape
        )
    pair = f.helped_by(f.replace(**changes))
    coupling = data.draw(
        st.sampled_from(["same", "independent", np.arange(len(labels))[::-1].copy()])
    )
    batch = data.draw(st.integers(1, len(labels)))
    noise = Minibatch(
        pair=pair, batch=batch, replacement=data.draw(st.booleans()), coupling=coupling
    )
    delta = pair.constants().delta
    points = [point(pair, seed, size) for seed in range(3) for size in (0.0, 0.3, 3.0, 30.0)]
    for x in points:
        levels = noise.at(x)
        for name in ("sigma_f", "sigma_h", "sigma_r"):
            assert getattr(levels, name) <= getattr(noise, name) * (1 + 1e-9) + 1e-12, name
    if isinstance(coupling, str) and coupling == "independent":
        return
    order = np.arange(len(labels)) if isinstance(coupling, str) else coupling
    for x, y in pairwise(points):
        moved = (f.each(x) - pair.g.each(x)[order]) - (f.each(y) - pair.g.each(y)[order])
        mean = np.mean(moved, axis=0)
        variance = np.mean(np.sum((moved - mean) ** 2, axis=1))
        share = (
            1 / batch
            if noise.replacement
            else (len(labels) - batch) / max(1, batch * (len(labels) - 1))
        )
        square = share * variance + np.sum(mean**2)
        assert (
            square <= (delta**2 + noise.mean_square**2) * np.sum((x - y) ** 2) * (1 + 1e-9) + 1e-20
        )


def test_coupling_helps_where_the_paper_asks_for_it() -> None:
    """Otherwise positive correlation is not had in practice: with little noise on the features, the same
    indices nearly cancel, a matching finds them again after a shuffle, and independent ones add
    up."""
    f = target()
    order = np.random.default_rng(0).permutation(40)
    moved = f.features + 0.05 * np.random.default_rng(1).standard_normal(f.features.shape)
    shuffled = f.helped_by(f.replace(features=moved[order], labels=f.labels[order]))
    found = matched(shuffled)
    assert np.array_equal(order[found], np.arange(40))
    x = shuffled.x_star
    ratios = [
        Minibatch(pair=shuffled, batch=4, coupling=c).at(x).ratio
        for c in (found, "independent", "same")
    ]
    assert ratios[0] < 0.05 and ratios[1] == pytest.approx(1) and ratios[2] > 0.5


@each_coupling
@each_pair
@pytest.mark.parametrize("store", [np.array, sparse.csr_array])
def test_variances_do_not_depend_on_how_many_samples_are_held_at_once(
    make: Any, coupling: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise σ of a large data set is not that of a small one, or its gradients must all fit into
    memory."""
    pair = make(target(3).replace(features=store(target(3).features)))
    noise = Minibatch(pair=pair, batch=5, coupling=coupling(pair))
    x = point(pair)
    held = []
    each = LogisticLoss.each
    whole = (noise.at(x), noise.bound_r, noise.mean_square)

    def counted(objective: LogisticLoss, at_: Any, some: Any) -> Any:
        found = each(objective, at_, some)
        held.append(found.shape[0])
        return found

    monkeypatch.setattr(minibatch_bounds, "MAX_NUMBERS", 7 * 12)
    monkeypatch.setattr(LogisticLoss, "each", counted)
    again = Minibatch(pair=pair, batch=5, coupling=noise.coupling)
    np.testing.assert_allclose(again.at(x), whole[0], rtol=1e-9, atol=1e-9)
    assert (again.bound_r, again.mean_square) == pytest.approx(whole[1:], rel=1e-12, abs=1e-14)
    assert held and max(held) <= 7
