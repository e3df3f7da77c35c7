"""Groups of identical helpers as finer groups, for step parameters that differ within a group."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.typing import Array, FloatArray


def split_groups(helpers: QuadraticHelpers, values: FloatArray) -> QuadraticHelpers:
    """The same helpers in groups in which every value is the same for all members.

    The new groups stand in the order of the old ones, and within these in that of their values, so
    that they do not depend on how the helpers were listed.

    Args:
        helpers: helpers that were listed one by one.
        values: values of each helper as it was listed, shape (N, number of values).

    Returns:
        The helpers in finer groups; the same object if no group is split.
    """
    assert helpers.order is not None
    order = np.asarray(helpers.order, dtype=int)
    keys = np.column_stack([order, values])
    distinct, group, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    if len(distinct) == helpers.groups:
        return helpers
    old: Array = distinct[:, 0].astype(int)
    changed = {
        "R": helpers.R[:, old],
        "b": helpers.b[:, old],
        "counts": counts.astype(float),
        "weights": helpers.weights[old],
        "order": np.ravel(group),
    }
    # Not made anew, which would merge the groups again.
    split = object.__new__(QuadraticHelpers)
    for each in fields(QuadraticHelpers):
        object.__setattr__(split, each.name, changed.get(each.name, getattr(helpers, each.name)))
    return split
