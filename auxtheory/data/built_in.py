"""The data sets that come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auxtheory.data.dataset import Dataset

NEEDED = "the package scikit-learn is not installed: pip install 'auxtheory[experiments]'"


def sklearn_datasets() -> Any:
    """The module sklearn.datasets, or what to install."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(NEEDED) from error
    return datasets


def _digits() -> Dataset:
    bunch = sklearn_datasets().load_digits()
    return Dataset("digits", bunch.data / 16.0, bunch.target, (8, 8))


def _breast_cancer() -> Dataset:
    bunch = sklearn_datasets().load_breast_cancer()
    A = bunch.data - bunch.data.mean(axis=0)
    return Dataset("breast-cancer", A / A.std(axis=0), bunch.target)


BUILT_IN: dict[str, Callable[[], Dataset]] = {"digits": _digits, "breast-cancer": _breast_cancer}
