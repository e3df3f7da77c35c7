"""What data cost: reading, splitting, predicting, helpers made of them, and experiments on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from auxtheory.bench.growth.operation import operation
from auxtheory.bench.growth.operations.problems import logistic

declared = partial(operation, group="Data")
ROWS = (1_000, 10_000, 100_000)


def stored(rows: int) -> Path:
    """A file of that many samples."""
    f = logistic(rows, 20)
    path = Path("growth.npz")
    np.savez(path, features=f.features, labels=f.labels)
    return path


@declared("load a file", "rows", ROWS, covers=("data.load",))
def load(rows: int) -> Callable[[], object]:
    from auxtheory.data import load as read

    path = stored(rows)
    return lambda: read(path)


@declared("split into training and held-out rows", "rows", ROWS, covers=("Dataset.split",))
def split(rows: int) -> Callable[[], object]:
    from auxtheory.data import load as read

    data = read(stored(rows))
    return lambda: data.split(held_out=0.2, seed=0)


@declared("accuracy", "rows", ROWS, covers=("Logistic", "Logistic.accuracy"))
def accuracy(rows: int) -> Callable[[], object]:
    f = logistic(rows, 20)
    points = np.random.default_rng(0).standard_normal((32, 20))
    return lambda: f.accuracy(points)


@declared("a helper from wrong labels", "rows", ROWS, covers=("helpers",))
def relabelled(rows: int) -> Callable[[], object]:
    from auxtheory.problems.logistic import helpers

    f = logistic(rows, 20)
    return lambda: helpers.relabelled(f, share=0.1)


@declared("an experiment", "rows", (100, 1_000, 10_000), seconds=40.0, covers=("experiment",))
def experiment(rows: int) -> Callable[[], object]:
    from auxtheory import experiments

    path = stored(rows)
    settings = experiments.settings("mislabelled")
    small = settings.replace(
        data=str(path),
        cases=settings.cases[:1],
        methods=("Naive", "AuxMOM"),
        etas=(0.1, 0.3),
        momenta=(0.3,),
        T=10,
        K=4,
        replicas=4,
        tuning_replicas=2,
        records=3,
    )
    return lambda: experiments.run(small)


ALL = (load, split, accuracy, relabelled, experiment)
