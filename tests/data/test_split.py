"""A data set is split class by class, at random and reproducibly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from complaints import complaints, refused
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from auxtheory.data import Dataset


def dataset(labels: Any, classes: tuple[Any, ...] = (), *, thin: bool = False) -> Dataset:
    """A data set whose first feature is the index of the sample."""
    numbers = np.arange(len(labels), dtype=float)
    features = np.stack([numbers, np.ones(len(labels))], axis=1)
    return Dataset("toy", sparse.csr_array(features) if thin else features, labels, None, classes)


def rows(data: Dataset) -> list[int]:
    """The indices of the samples in the data set that was split."""
    dense = data.features.toarray() if sparse.issparse(data.features) else data.features
    found: list[int] = dense[:, 0].astype(int).tolist()
    return found


@given(
    sizes=st.lists(st.integers(10, 40), min_size=2, max_size=5),
    share=st.floats(0.1, 0.9),
    seed=st.integers(0, 2**40),
    thin=st.booleans(),
)
def test_a_split_is_stratified_disjoint_whole_and_reproducible(
    sizes: list[int], share: float, seed: int, thin: bool
) -> None:
    """Otherwise a sample is trained on and held out, or in neither part, or a class gets another
    share than the others."""
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    names = tuple(f"class {i}" for i in range(len(sizes)))
    data = dataset(labels, names, thin=thin)
    train, held = data.split(held_out=share, seed=seed)
    assert sorted(rows(train) + rows(held)) == list(range(len(labels)))
    assert rows(train) == sorted(rows(train)) and rows(held) == sorted(rows(held))
    for part in (train, held):
        assert part.classes == names and np.array_equal(part.labels, labels[rows(part)])
    for number, size in enumerate(sizes):
        count = int(np.sum(held.labels == number))
        assert count == math.floor(share * size + 0.5)
    assert rows(data.split(held_out=share, seed=seed)[1]) == rows(held)


def test_the_seed_decides_which_samples_are_held_out() -> None:
    """Otherwise the same samples are held out whatever the seed, or the first ones of a file."""
    data = dataset(np.arange(200) % 2)
    held = [rows(data.split(seed=seed)[1]) for seed in range(20)]
    assert len({tuple(each) for each in held}) == 20
    # Each of 200 samples is held out 4 times in 20 on average: none always, most at least once.
    times = np.bincount(np.concatenate(held), minlength=200)
    assert times.max() < 20 and np.count_nonzero(times) > 180
    assert rows(data.split()[1]) == rows(data.split(held_out=0.2, seed=0)[1])


@pytest.mark.parametrize("share", [0, 1, 0.0, 1.0, math.nan, -0.1, 1.5, "half", [0.2], None])
def test_a_share_that_is_none_is_refused(share: Any) -> None:
    """Otherwise one part has no samples, and a later step fails without saying why."""
    lines = complaints(lambda: dataset(np.arange(20) % 2).split(held_out=share))
    assert len(lines) == 1 and lines[0].startswith("held_out = ")


def test_a_class_without_samples_in_a_part_is_refused() -> None:
    """Otherwise the accuracy on held-out samples leaves out a class, or a class is never seen in
    training."""
    labels = [0] * 20 + [1] * 2 + [2] * 20 + [3] * 3
    names = ("a", "b", "c", "d", "e")
    message = (
        "held_out = 0.1: must leave samples of each class of toy in both parts, and does not of "
        "class 'b' (2 samples, 0 held out), class 'd' (3 samples, 0 held out), "
        "class 'e' (0 samples, 0 held out)"
    )
    assert complaints(lambda: dataset(labels, names).split(held_out=0.1)) == (message,)
    (line,) = complaints(lambda: dataset([0] * 20 + [1] * 2).split(held_out=0.8))
    assert line.endswith("does not of class 1 (2 samples, 2 held out)")
    refused(lambda: dataset([0, 1] * 5).split(held_out=2, seed=-1), ["held_out = 2", "seed = -1"])
