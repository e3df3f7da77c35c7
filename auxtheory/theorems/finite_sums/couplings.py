"""The exact variance σ_r² of g_r = g_f − g_h at a point, for each coupling of the samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.errors import Checks
from auxtheory.noise.minibatch_bounds import share
from auxtheory.problems import LogisticPair
from auxtheory.typing import FloatArray


class Couplings(NamedTuple):
    """Variances at one point, in F²/X².

    Args:
        same: σ_r² if f and h draw the same indices.
        independent: σ_r² = σ_f² + σ_h² if they draw independently.
        covariance: Cov_i(∇f_i, ∇h_i) = mean⟨∇f_i − ∇f, ∇h_i − ∇h⟩ of one sample.
    """

    same: float
    independent: float
    covariance: float

    @property
    def ratio(self) -> float:
        """σ_r² with the same indices over σ_r² with independent ones; 1 if both are 0."""
        return self.same / self.independent if self.independent else 1.0

    @property
    def helps(self) -> bool:
        """Whether the same indices have the smaller variance: if and only if the covariance is
        positive (and the batch is not all of the data)."""
        return self.same < self.independent


def couplings(of_f: Any, of_h: Any, b: int = 1, *, replacement: bool = True) -> Couplings:
    """σ_r² of the same and of independent indices, from the gradients of all components at a point.

    V_f + V_h − 2 Cov and V_f + V_h, times the share 1/b, or (n−b)/(b(n−1)) without replacement; so
    the same indices are better if and only if Cov > 0.

    Args:
        of_f: ∇f_i, in F/X, shape (n, d).
        of_h: ∇h_i, in F/X, shape (n, d).
        b: The number of samples in a batch, at least 1, without replacement at most n.
        replacement: Whether indices are drawn with replacement.

    Returns:
        The variances.

    Raises:
        InputError: The shapes differ, or b is not allowed.

    Source: derived here.

    Example:
        >>> import auxtheory as at
        >>> at.theorems.finite_sums.couplings([[1.0], [-1.0]], [[2.0], [-2.0]])
        Couplings(same=1.0, independent=5.0, covariance=2.0)
    """
    checks = Checks()
    f, h = (np.asarray(v, dtype=float) for v in (of_f, of_h))
    if f.ndim != 2 or f.shape != h.shape:
        checks.complain("of_h", of_h, f"must have the shape (n, d) of of_f, {f.shape}")
    checks.whole("b", b, high=2**20 if replacement else max(1, len(f)))
    checks.done()
    part = share(b, replacement, len(f))
    return Couplings(
        same=part * _variance(f - h),
        independent=part * (_variance(f) + _variance(h)),
        covariance=float(np.mean(np.sum((f - f.mean(axis=0)) * (h - h.mean(axis=0)), axis=1))),
    )


def _variance(vectors: FloatArray) -> float:
    return float(np.mean(np.sum((vectors - vectors.mean(axis=0)) ** 2, axis=1)))


def couplings_of_labels(pair: LogisticPair, x: Any, b: int = 1) -> Couplings:
    """`couplings` of a logistic f and its helper at a point, drawn with replacement.

    Args:
        pair: f and a helper with as many samples, such as `at.helpers.relabelled` makes.
        x: The point, in X, shape (d,).
        b: The number of samples in a batch.

    Returns:
        The variances.

    Raises:
        InputError: The pair is not such a pair.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> pair = at.helpers.relabelled(f, labels=[0, 0])
        >>> at.theorems.finite_sums.couplings_of_labels(pair, [0.0, 0.0]).same
        0.25
    """
    checks = Checks()
    checks.instance("pair", pair, LogisticPair, "a pair of logistic objectives")
    if isinstance(pair, LogisticPair) and len(pair.f.labels) != len(pair.g.labels):
        checks.complain("pair", pair, "must have as many samples of f and of the helper")
    checks.done()
    point = np.asarray(x, dtype=float)
    of_f, of_h = (np.asarray(_dense(o.each(point))) for o in (pair.f, pair.g))
    return couplings(of_f, of_h, b)


def _dense(vectors: Any) -> Any:
    return vectors.toarray() if hasattr(vectors, "toarray") else vectors


def relabelled_variance(pair: LogisticPair, b: int = 1) -> float:
    """σ_r² = (pĀ − ‖∇r‖²)/b of a relabelled helper with two classes, even weights and the same
    indices: p the share of wrong labels, Ā the mean of ‖a_i‖² over the samples with a wrong one.

    ∇f_i − ∇h_i = ∓a_i where the label is wrong and 0 elsewhere, at every x.

    Args:
        pair: What `at.helpers.relabelled` makes.
        b: The number of samples in a batch.

    Returns:
        σ_r², in F²/X², at every x.

    Raises:
        InputError: The pair has other features, other weights or more classes.

    Source: derived here.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> pair = at.helpers.relabelled(f, labels=[0, 0])
        >>> at.theorems.finite_sums.relabelled_variance(pair)  # ½·1 − ¼
        0.25
    """
    checks = Checks()
    checks.instance("pair", pair, LogisticPair, "a pair of logistic objectives")
    if isinstance(pair, LogisticPair) and not _relabelled(pair):
        allowed = "must differ in its labels alone, of two classes and with even weights"
        checks.complain("pair", pair, allowed)
    checks.whole("b", b)
    checks.done()
    wrong = pair.f.labels != pair.g.labels
    features = np.asarray(_dense(pair.f.features))[wrong]
    signs = np.where(pair.g.labels[wrong] > pair.f.labels[wrong], 1.0, -1.0)
    mean = signs @ features / len(wrong)
    return float(np.sum(features**2) / len(wrong) - mean @ mean) / b


def _relabelled(pair: LogisticPair) -> bool:
    f, g = pair.f, pair.g
    n = len(f.labels)
    even = all(np.array_equal(o.weights, np.full(n, 1 / n)) for o in (f, g) if len(o.labels) == n)
    return f.features is g.features and even and f.rows == 1


def helps_at_equal_norms(s: Any, wrong: Any, inner: float, A: float) -> bool:
    """Whether the same indices are better for logistic f and a relabelled h with ‖a_i‖² = A: if and
    only if (1−p)E s² > p E s(1−s) + ⟨∇f, ∇h⟩/A.

    Means over right labels and over wrong ones stand for (1−p)E and pE, s_i = 1 − P(label of f).

    Args:
        s: The residuals of f, shape (n,), in [0, 1].
        wrong: Where the label of h differs, shape (n,), booleans.
        inner: ⟨∇f, ∇h⟩ of the losses, in F²/X².
        A: ‖a_i‖², in 1/X².

    Returns:
        True or False.

    Source: derived here.

    Example:
        >>> import numpy as np
        >>> from auxtheory.theorems.finite_sums.couplings import helps_at_equal_norms
        >>> wrong = np.arange(10) < 4  # p = 0.4 < ½, at a well-fitted point
        >>> helps_at_equal_norms(np.full(10, 0.2), wrong, 0.0, 1.0)
        False
    """
    s = np.asarray(s, dtype=float)
    wrong = np.asarray(wrong, dtype=bool)
    n = len(s)
    right = float(np.sum(s[~wrong] ** 2)) / n
    return right > float(np.sum((s * (1 - s))[wrong])) / n + inner / A
