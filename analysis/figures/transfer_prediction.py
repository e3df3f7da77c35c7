"""How well δ predicts the rate of exact correction where the helper is another task, of the same
data or of another data set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.analysis.figures.delta_prediction import predictions
from auxtheory.data import Dataset, load
from auxtheory.errors import Checks
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic.features import as_dense
from auxtheory.table import Table
from auxtheory.typing import FloatArray

SEED = 2207
# How many times as long the features of the other data set are, in turn.
LENGTHS = (0.5, 1.0, 2.0)


def transfer_table(*, count: int = 15, samples: int = 200, K: int = 10, T: int = 20) -> Table:
    """Measure how well δ predicts the rate of exact correction (S1) when one task helps another.

    f is the task of two digits, drawn at random for each pair. The helper is the task of two other
    digits, or that of the breast-cancer data, whose 30 features are turned into the 64 of the
    digits by a random isometry and made 0.5, 1 or 2 times as long. Rows are as those of
    `delta_table`, with δ met along the run, and shuffled over all pairs.

    Args:
        count: The number of pairs of either kind.
        samples: The largest number of samples of a task.
        K: The number of local steps.
        T: The number of rounds.

    Returns:
        One row per pair and shuffle.

    Raises:
        InputError: Lists every argument that is out of range.
    """
    checks = Checks()
    count, samples = (checks.whole(name, n) for name, n in (("count", count), ("samples", samples)))
    K, T = (checks.whole(name, n) for name, n in (("K", K), ("T", T)))
    checks.done()
    digits, cancer = load("digits"), load("breast-cancer")
    return predictions(lambda: transfers(digits, cancer, count, samples), 2 * count, K=K, T=T)


def transfers(
    digits: Dataset, other: Dataset, count: int, samples: int
) -> Iterator[tuple[str, LogisticPair]]:
    """`count` pairs of either kind; the same ones each time.

    Args:
        digits: The data of f, and of helpers of the first kind.
        other: The data of helpers of the second kind, with two classes.
        count: The number of pairs of either kind.
        samples: The largest number of samples of a task.
    """
    for i in range(count):
        random = np.random.default_rng([SEED, i])
        a, b, c, d = random.permutation(digits.classes)[:4].tolist()
        f = _task(digits.of_classes(a, b), samples, random)
        yield "other digits", f.helped_by(_task(digits.of_classes(c, d), samples, random))
        low, high = other.features.shape[1], f.features.shape[1]
        turn = LENGTHS[i % len(LENGTHS)] * isometry(low, high, random)
        yield "other data", f.helped_by(_task(other, samples, random, turn))


def isometry(low: int, high: int, random: np.random.Generator) -> FloatArray:
    """A random matrix of shape (low, high) with orthonormal rows: lengths of features stay.

    Args:
        low: The number of features there are.
        high: The number they become, at least `low`.
        random: The generator.
    """
    return np.asarray(np.linalg.qr(random.standard_normal((high, low)))[0].T)


def _task(
    data: Dataset, samples: int, random: np.random.Generator, turn: FloatArray | None = None
) -> Logistic:
    few = random.permutation(len(data.labels))[:samples]
    checks = Checks()
    features = as_dense(checks, data.features[few])
    checks.done()
    return Logistic(
        features=features if turn is None else features @ turn, labels=data.labels[few], l2=0.01
    )
