"""Data sets: those of scikit-learn, and files in IDX (MNIST), LIBSVM or NumPy's format, recognised
by content rather than by name, compressed or not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.data.built_in import BUILT_IN
from auxtheory.data.contents import contents, unreadable
from auxtheory.data.dataset import Dataset
from auxtheory.data.idx import idx_array, is_idx, read_idx
from auxtheory.data.libsvm import read_libsvm
from auxtheory.data.npz import is_npz, read_npz
from auxtheory.errors import Checks
from auxtheory.files import as_path

ZeroBased: TypeAlias = bool | Literal["auto"]

__all__ = ["Dataset", "ZeroBased", "check_layout", "idx_array", "load"]


def load(
    name: str | Path, *, zero_based: ZeroBased = "auto", n_features: int | None = None
) -> Dataset:
    """Load a data set.

    "digits" has 1,797 × 64 numbers and ten classes; "breast-cancer" 569 × 30 and two. Their
    features are scaled to |feature| ≤ 1 and to variance 1. A file may be compressed by gzip, bzip2
    or xz: IDX images with their labels next to them, .npz with arrays `features` and `labels`,
    otherwise LIBSVM text.

    Args:
        name: "digits", "breast-cancer", or the path of a file.
        zero_based: whether the indices of LIBSVM text begin at 0; "auto": if any index is 0.
        n_features: the number of features p of LIBSVM text, where the last ones may not occur, as
            in a test set.

    Returns:
        The data set.

    Raises:
        InputError: names the file and the place (line, row and column, image) of what cannot be
            read.

    Example:
        >>> from auxtheory.data import load
        >>> print(load("digits"))
        digits: 1,797 samples of 64 features, dense, images of 8 × 8, 10 classes
    """
    checks = Checks()
    n_features = check_layout(checks, zero_based, n_features)
    path = Path()
    if isinstance(name, str | os.PathLike):
        path = as_path(checks, "data", name) or path
    else:
        checks.complain("data", name, f"must be {', '.join(BUILT_IN)} or the path of a file")
    checks.done()
    if str(name) in BUILT_IN:
        return _as_wide(BUILT_IN[str(name)](), zero_based, n_features)
    if not os.path.isfile(path):
        why = f"must be {', '.join(BUILT_IN)} or a file that exists"
        raise unreadable(path, "is a folder: give a file in it" if os.path.isdir(path) else why)
    raw = contents(path)
    if is_idx(raw):
        return _as_wide(read_idx(path, raw), zero_based, n_features)
    if is_npz(raw):
        return _as_wide(read_npz(path, raw), zero_based, n_features)
    return read_libsvm(path, raw, zero_based, n_features)


def check_layout(checks: Checks, zero_based: Any, n_features: Any) -> int | None:
    """Check how LIBSVM text is to be read.

    Args:
        checks: where faults are reported.
        zero_based: must be True, False or "auto".
        n_features: must be None or a whole number of at least 1.

    Returns:
        `n_features` as an int, or None.

    Example:
        >>> from auxtheory.data import check_layout
        >>> from auxtheory.errors import Checks
        >>> check_layout(Checks(), "auto", 3)
        3
    """
    if not isinstance(zero_based, bool | np.bool_) and not (
        isinstance(zero_based, str) and zero_based == "auto"
    ):
        checks.complain("zero_based", zero_based, "must be True, False or 'auto'")
    if n_features is None:
        return None
    count: int = checks.whole("n_features", n_features, high=2**31 - 1)
    return count


def _as_wide(data: Dataset, zero_based: Any, n_features: int | None) -> Dataset:
    """Data of a format that states the number of features; InputError if the arguments contradict
    it."""
    checks = Checks()
    p = data.features.shape[1]
    if not isinstance(zero_based, str):
        checks.complain(
            "zero_based", zero_based, f"must be left out: {data.name} is not LIBSVM text"
        )
    if n_features not in (None, p):
        checks.complain(
            "n_features", n_features, f"must be {p} or left out: {data.name} has {p} features"
        )
    checks.done()
    return data
