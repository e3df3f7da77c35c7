"""Random subsets: uniform, the same for any batch of replicas, and without work for what is not
chosen."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from auxtheory.random import subsets as module
from auxtheory.random.subsets import subsets


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_every_set_is_as_likely(size: int) -> None:
    """Otherwise some clients work more often than others, or together."""
    N, replicas = 5, 40_000
    chosen = subsets((0, replicas), 3, 5, 7, size, N)
    assert chosen.shape == (replicas, size)
    p = 1 / comb(N, size)
    for numbers in combinations(range(N), size):
        share = np.mean(np.all(chosen == numbers, axis=-1))
        assert abs(share - p) <= 5 * np.sqrt(p * (1 - p) / replicas)


@pytest.mark.parametrize(("size", "N"), [(3, 10), (8, 10), (10, 10), (7, 10**6), (400, 1000)])
def test_a_set_is_a_function_of_its_index(size: int, N: int) -> None:
    """Otherwise the clients of a replica depend on how replicas are put together."""
    whole = subsets((0, 12), 3, 5, 7, size, N)
    parts = [subsets((r, r + 4), 3, 5, 7, size, N) for r in (0, 4, 8)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert np.all(np.diff(whole, axis=-1) > 0)
    assert np.all((whole >= 0) & (whole < N))


def test_too_few_numbers_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a set of a replica whose numbers repeat is short, or not the first different ones."""
    drawn = []
    uniforms = module.uniforms

    def few(*args: int) -> np.ndarray:
        drawn.append(args[-1])
        return uniforms(*args)[:, : 3 * len(drawn)] if len(drawn) < 5 else uniforms(*args)

    wanted = subsets((0, 200), 3, 5, 7, 5, 11)
    monkeypatch.setattr(module, "uniforms", few)
    np.testing.assert_array_equal(subsets((0, 200), 3, 5, 7, 5, 11), wanted)
    assert len(drawn) > 1


def test_what_is_not_chosen_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise ten clients of a million cost as much as all of them."""
    sizes = []
    uniforms = module.uniforms
    monkeypatch.setattr(module, "uniforms", lambda *args: sizes.append(args[-1]) or uniforms(*args))
    subsets((0, 2), 1, 5, 7, 10, 10**6)
    assert sum(sizes) < 100
