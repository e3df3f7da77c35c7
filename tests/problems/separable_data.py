"""Data of two and three classes, and whether a linear programme separates them."""

from __future__ import annotations

from typing import Any

import numpy as np
from logistic_cases import data
from scipy.optimize import linprog


def decided(A: Any, labels: Any, classes: int, weights: Any = None) -> str:
    """Whether a direction separates the data, by a linear programme: how many margins can be
    positive at once."""
    margins = []
    for i in range(len(A)) if weights is None else np.flatnonzero(weights):
        for k in set(range(classes)) - {labels[i]}:
            margin = np.zeros((classes, np.shape(A)[1]))
            margin[labels[i]], margin[k] = A[i], -np.asarray(A[i])
            margins.append(margin.reshape(-1))
    m = len(margins)
    if not m:
        return "attained"
    M = np.array(margins)
    bounds = [(None, None)] * M.shape[1] + [(0, 1)] * m
    cost = np.r_[np.zeros(M.shape[1]), -np.ones(m)]
    found = linprog(cost, A_ub=np.c_[-M, np.eye(m)], b_ub=np.zeros(m), bounds=bounds)
    assert found.status == 0
    return {0: "attained", m: "separable"}.get(round(-found.fun), "quasi-separable")


A2, B2 = data(0, 30, 3, 2)
A3, B3 = data(1, 30, 3, 3)
WAY = np.random.default_rng(5).standard_normal(30)
