"""Groups of identical helpers: how many there are, what each weighs, and the order in which they
stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks
from auxtheory.typing import Array, FloatArray

WHOLE = 1e-9  # by how much Σ counts · weights may differ from 1
MOST = 2**53  # the largest number of helpers
SINGLE = 2**24  # the largest number of helpers of which each is another


def check_sizes(checks: Checks, counts: Any, weights: Any) -> None:
    """Check the numbers of helpers in each group and the weight of one helper of each."""
    if np.ndim(counts) != 1 or not np.size(counts):
        checks.complain("N", np.size(counts), f"must be a whole number from 1 to {MOST}")
        return
    counts, weights = np.asarray(counts), np.asarray(weights)
    if not np.all((counts >= 1) & (counts == np.round(counts)) & (counts <= MOST)):
        checks.complain("counts", counts, f"must be whole numbers from 1 to {MOST}")
    if weights.shape != counts.shape:
        checks.complain("weights", weights, f"must be {len(counts)} numbers, one for each group")
    elif not np.all((weights > 0) & np.isfinite(weights)):
        checks.complain("weights", weights, "must be finite numbers above 0")
    elif abs((total := float(np.sum(counts * weights))) - 1) > WHOLE:
        checks.complain("weights", weights, f"must sum to 1 over all helpers, not to {total:.12g}")


def sized(
    checks: Checks, N: Any, groups: Any, weights: Any
) -> tuple[FloatArray, FloatArray, bool] | None:
    """The numbers of helpers in each group, the weight of one helper of each, and whether helpers
    were listed one by one; None after a complaint.

    groups: None for N groups of one, a number of groups as equal as possible, or the numbers.
    """
    before = len(checks.complaints)
    if N is None and (groups is None or np.ndim(groups) == 0):
        checks.complain("N", N, "must be a whole number of at least 1, or groups a list of counts")
    elif N is not None:
        N = checks.whole("N", N, low=1)
    if len(checks.complaints) > before:
        return None
    if groups is None and N > SINGLE:
        text = f"must be at most {SINGLE}, or of groups of identical ones, as in groups=10"
        checks.complain("N", N, text)
        return None
    if groups is None:
        counts = np.ones(N)
    elif np.ndim(groups) == 0:
        g = checks.whole("groups", groups, low=1, high=N)
        if len(checks.complaints) > before:
            return None
        counts = np.full(g, float(N // g)) + (np.arange(g) < N % g)
    else:
        counts = np.array(
            [checks.whole(f"groups[{i}]", v, low=1) for i, v in enumerate(np.asarray(groups))],
            dtype=object,
        )
        if len(checks.complaints) > before:
            return None
        counts = counts.astype(float)
        if N is not None and np.sum(counts) != N:
            checks.complain("groups", groups, f"must sum to N = {N}")
    if weights is None:
        weights = np.full(len(counts), 1 / np.sum(counts))
    else:
        checks.number("weights", weights, above=True)
    if len(checks.complaints) == before:
        weights = np.asarray(weights, dtype=float)
        check_sizes(checks, counts, weights)
    return None if len(checks.complaints) > before else (counts, weights, groups is None)


def canonical_order(*arrays: FloatArray) -> tuple[Array, Array]:
    """The order of groups by their numbers: the index of the first of each different group, shape
    (g′,), and the place of every group among these, shape (g,).

    arrays: with the groups on axis 0.
    """
    flat = np.concatenate([v.reshape(len(v), -1) for v in arrays], axis=1)
    bits = np.ascontiguousarray(flat + 0.0).view(np.uint64)
    # Bytes in this form compare as the numbers do.
    top = np.uint64(1 << 63)
    keys = np.where(bits & top, ~bits, bits | top).astype(">u8")
    keys = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1] * 8)))[:, 0]
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return first, group.reshape(-1)
