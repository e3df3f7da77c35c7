"""Logistic regression, binary or multinomial, with an ℓ2 and a non-convex regulariser: values,
gradients, Hessians."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy

from auxtheory.errors import Checks
from auxtheory.problems.checks import check_vector, encoded_labels
from auxtheory.problems.logistic.batches import batch_products
from auxtheory.problems.logistic.blocks import Block, blocks, length_of_block, total
from auxtheory.problems.logistic.features import (
    as_features,
    squared_lengths,
    top_eigenvalue,
    weighted_gram,
)
from auxtheory.problems.logistic.loss import excess_of_classes, of_classes
from auxtheory.problems.logistic.prediction import (
    accuracies,
    checked_features,
    checked_points,
    predicted,
)
from auxtheory.typing import Array, FloatArray

BEND = 2.0, -0.5  # the largest and the least of g″ for g(t) = t²/(1 + t²), at t = 0 and t = ±1


@dataclass(frozen=True, kw_only=True, eq=False)
class LogisticLoss:
    """f(x) = Σᵢ cᵢ ℓᵢ(x) + (l2/2)‖x‖² + ν Σⱼ xⱼ²/(1 + xⱼ²) over n samples (aᵢ, bᵢ) of p features.

    Two classes: ℓᵢ = ln(1 + exp(∓aᵢᵀx)), x in R^p. C > 2 classes: ℓᵢ = −ln softmax(Xaᵢ)[bᵢ], x the
    rows of X one after the other, in R^{Cp}. At ν ≥ 2 l2 > 0, or ν > 0 = l2, inf f is known only
    from below, and F0 is an upper bound (`Pair.infimum_known`).

    Args:
        features: The aᵢ, shape (n, p), dense or scipy.sparse.
        labels: The bᵢ, shape (n,): whole numbers from 0 to C − 1, or −1 and 1.
        weights: The cᵢ, shape (n,), at least 0; by default 1/n.
        l2: The weight of ½‖x‖², in F/X².
        nonconvex: ν, in F.
        classes: C; by default the least that the labels allow.
        x0: The start, shape (d,); by default 0.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> f.dim, f.classes
        (2, 2)
    """

    features: Any
    labels: Any
    weights: Any = None
    l2: float = 0.0
    nonconvex: float = 0.0
    classes: int | None = None
    x0: Any = None

    def __post_init__(self) -> None:
        checks = Checks()
        features = as_features(checks, self.features)
        for name in ("l2", "nonconvex"):
            checks.number(name, getattr(self, name))
            if isinstance(getattr(self, name), list | tuple) or np.ndim(getattr(self, name)):
                checks.complain(name, getattr(self, name), "must be one number")
        if self.classes is not None:
            checks.whole("classes", self.classes, low=2)
        if features is not None:
            self._check_samples(checks, features)
        checks.done()

    def _check_samples(self, checks: Checks, features: Any) -> None:
        """Check labels, weights and start."""
        n = features.shape[0]
        labels = encoded_labels(checks, self.labels, n, self.classes)
        weights = np.full(n, 1 / n) if self.weights is None else self.weights
        if np.shape(weights) != (n,):
            checks.complain("weights", weights, f"must be {n} numbers, one for each sample")
        else:
            checks.number("weights", weights)
        if checks.complaints or labels is None:
            return
        checked = {
            "features": features,
            "labels": labels,
            "weights": np.array(weights, dtype=float),
            "classes": max(2, int(np.max(labels)) + 1)
            if self.classes is None
            else int(self.classes),
            "l2": float(self.l2),
            "nonconvex": float(self.nonconvex),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        check_vector(checks, "x0", self.x0, self.dim)
        if not checks.complaints:
            object.__setattr__(
                self,
                "x0",
                np.zeros(self.dim) if self.x0 is None else np.array(self.x0, dtype=float),
            )
            for array in (self.labels, self.weights, self.x0):
                array.flags.writeable = False  # the minimum and L are computed from these numbers

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, which shares unchanged features.

        Args:
            changes: New values by name.

        Returns:
            The copy.
        """
        return type(self)(
            **{field.name: getattr(self, field.name) for field in fields(self)} | changes
        )

    @property
    def rows(self) -> int:
        """The number of rows of X: one for two classes, otherwise one for each class."""
        return 1 if self.classes == 2 else int(self.classes or 0)

    @property
    def dim(self) -> int:
        """d, the number of coordinates."""
        return self.rows * int(self.features.shape[1])

    @property
    def scores_at_once(self) -> int:
        """The number of scores that f and ∇f have in memory at once for each point."""
        return self.rows * length_of_block(*self.features.shape)

    def functions(self, xp: Any = np) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """f and ∇f on arrays.

        Args:
            xp: The array namespace, such as NumPy.

        Returns:
            f, from arrays (…, d) to (…,), and ∇f, from arrays (…, d) to (…, d).
        """
        parts = blocks(self.features, self.weights, self.marks, xp)
        slopes, losses = of_classes(self.rows)

        def value(x: Array) -> Array:
            rows = xp.reshape(x, (*x.shape[:-1], self.rows, -1))

            def of_block(some: Block) -> Array:
                return xp.sum(some.weights * losses(some.forward(rows), some.marks, xp), axis=-1)

            value = total(of_block, parts)
            if self.l2:
                value = value + 0.5 * self.l2 * xp.sum(x * x, axis=-1)
            if self.nonconvex:
                value = value + self.nonconvex * xp.sum(x * x / (1 + x * x), axis=-1)
            return value

        def gradient(x: Array) -> Array:
            rows = xp.reshape(x, (*x.shape[:-1], self.rows, -1))

            def of_block(some: Block) -> Array:
                return some.back(some.weights * slopes(some.forward(rows), some.marks, xp))

            return self.with_bends(xp.reshape(total(of_block, parts), x.shape), x)

        return value, gradient

    def excess(self, at: FloatArray, xp: Any = np) -> Callable[[Array], Array]:
        """f(x) − f(c) − ∇f(c)ᵀ(x − c) at c = `at`.

        At a minimiser c it is f(x) − f*, to a relative error near rounding, where the difference of
        f(x) and f(c) would lose small values.

        Args:
            at: c, shape (d,).
            xp: The array namespace, such as NumPy.

        Returns:
            A function from arrays (…, d) to (…,).
        """
        parts = blocks(self.features, self.weights, self.marks, xp)
        c = xp.asarray(at)
        centre = xp.reshape(c, (self.rows, -1))
        above = excess_of_classes(self.rows)
        scored = [(some, some.forward(centre)) for some in parts]

        def value(x: Array) -> Array:
            z = x - c
            rows = xp.reshape(z, (*z.shape[:-1], self.rows, -1))

            def of_block(part: tuple[Block, Array]) -> Array:
                some, scores = part
                return xp.sum(some.weights * above(scores, some.forward(rows), xp), axis=-1)

            value = total(of_block, scored)
            if self.l2:
                value = value + 0.5 * self.l2 * xp.sum(z * z, axis=-1)
            if self.nonconvex:
                slack = (1 - c * c - 2 * x * c) / ((1 + x * x) * (1 + c * c) ** 2)
                value = value + self.nonconvex * xp.sum(z * z * slack, axis=-1)
            return value

        return value

    def with_bends(self, grad: Array, x: Array) -> Array:
        """The gradient `grad` plus that of the regularisers.

        Args:
            grad: A gradient without them, shape (…, d).
            x: The points, shape (…, d).

        Returns:
            The sum, shape (…, d).
        """
        if self.l2:
            grad = grad + self.l2 * x
        if self.nonconvex:
            grad = grad + self.nonconvex * 2 * x / (1 + x * x) ** 2
        return grad

    def sampled(self, indices: Any, xp: Any = np) -> Callable[[Array], Array]:
        """The gradient of minibatches: the mean over samples i, drawn evenly, of n cᵢ∇ℓᵢ, plus the
        regularisers' gradient.

        Args:
            indices: The samples of each replica, shape (replicas, b).
            xp: The array namespace, such as NumPy.

        Returns:
            A function of points of shape (C, replicas, d), to the same shape.
        """
        n = len(self.labels)
        b = indices.shape[1]
        forward, back = batch_products(self.features, indices, xp)
        weights = xp.asarray((self.weights[indices] * (n / b))[:, None, :])
        marks = xp.asarray(np.moveaxis(self.marks[:, indices], 0, 1))
        slopes, _ = of_classes(self.rows)

        def gradient(x: Array) -> Array:
            scores = forward(xp.reshape(x, (*x.shape[:-1], self.rows, -1)))
            return self.with_bends(
                xp.reshape(back(weights * slopes(scores, marks, xp)), x.shape), x
            )

        return gradient

    def each(self, x: FloatArray, some: Any = slice(None)) -> Any:
        """n cᵢ∇ℓᵢ(x) of some samples; the mean over all is ∇f without the regularisers' gradient.

        Args:
            x: The point, shape (d,).
            some: The samples, as an index of an array; by default all.

        Returns:
            An array of shape (samples, d), sparse if the features are.
        """
        A = self.features[some]
        scores = (self.features[some] @ x.reshape(self.rows, -1).T).T
        slopes = of_classes(self.rows)[0](scores, self.marks[:, some], np)
        factors = len(self.labels) * self.weights[some] * slopes
        if scipy.sparse.issparse(A):
            return scipy.sparse.csr_array(
                scipy.sparse.hstack([A.multiply(row[:, None]) for row in factors])
            )
        return np.asarray((factors.T[:, :, None] * A[:, None, :]).reshape(len(A), -1))

    @cached_property
    def marks(self) -> FloatArray:
        """±1 by class, shape (1, n); for more than two classes, 1 at the class of each sample and 0
        elsewhere, shape (C, n).
        """
        labels = np.asarray(self.labels)
        if self.rows == 1:
            return (2.0 * labels - 1.0)[None]
        return np.asarray(np.arange(self.rows)[:, None] == labels, dtype=float)

    @cached_property
    def squared_lengths(self) -> FloatArray:
        """‖aᵢ‖² of each sample, shape (n,)."""
        return squared_lengths(self.features)

    def _bend(self, x: FloatArray) -> FloatArray:
        """The diagonal that the regularisers add to the Hessian."""
        if self.nonconvex == 0:
            return np.full_like(x, self.l2)
        square = x * x
        return self.l2 + self.nonconvex * 2 * (1 - 3 * square) / (1 + square) ** 3

    def _chances(self, x: FloatArray) -> FloatArray:
        """The probabilities of the classes at one point, (rows, n)."""
        scores = np.asarray((self.features @ x.reshape(self.rows, -1).T).T)
        return np.asarray(
            scipy.special.expit(scores) if self.rows == 1 else scipy.special.softmax(scores, axis=0)
        )

    def predict(self, x: FloatArray, X: Any = None) -> Any:
        """The class that the model at x predicts for each sample: 1 where its score aᵀx is above 0
        and otherwise 0, or, of more than two classes, the first with the largest score.

        This is the prediction of scikit-learn's LogisticRegression with the same coefficients,
        ties included. A bias is the coefficient of a feature that is 1 in all samples.

        Args:
            x: The point, shape (d,), or points, shape (…, d).
            X: Features of other samples, shape (n, p), dense or sparse; by default those of f.

        Returns:
            Whole numbers from 0, shape (n,) or (…, n).

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> f = at.Logistic(features=[[1.0], [-1.0]], labels=[1, 0], l2=0.1)
            >>> f.predict([0.5], [[2.0], [-3.0], [0.0]])
            array([1, 0, 0])
        """
        checks = Checks()
        points = checked_points(checks, x, self.dim)
        features = self.features if X is None else checked_features(checks, X, self.features)
        checks.done()
        return predicted(points, features, self.rows)

    def accuracy(self, x: FloatArray, X: Any = None, y: Any = None) -> Any:
        """The share of samples whose class the model at x predicts.

        Args:
            x: The point, shape (d,), or points, shape (…, d).
            X: Features of other samples, shape (n, p), dense or sparse; by default those of f.
            y: Their classes, shape (n,): whole numbers from 0 to C − 1, or −1 and 1.

        Returns:
            A number, or for points an array of shape (…).

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> f = at.Logistic(features=[[1.0], [-1.0]], labels=[1, 0], l2=0.1)
            >>> f.accuracy([0.5]), f.accuracy([0.5], [[2.0], [3.0]], [1, 0])
            (1.0, 0.5)
        """
        checks = Checks()
        points = checked_points(checks, x, self.dim)
        features, labels = self.features, self.labels
        if (X is None) != (y is None):
            checks.complain(
                "X" if X is None else "y", None, "must be given together with the other"
            )
        elif X is not None:
            features = checked_features(checks, X, self.features)
            count = features.shape[0] if features is not None else np.size(y)
            labels = encoded_labels(checks, y, count, self.classes, name="y")
        checks.done()
        shares = accuracies(points, features, self.rows, labels)
        return float(shares) if points.ndim == 1 else shares

    def hessian_product(self, x: FloatArray, v: FloatArray) -> FloatArray:
        """∇²f(x) v.

        Args:
            x: The point, shape (d,).
            v: The direction, shape (d,).

        Returns:
            The product, shape (d,).
        """
        return self.hessian_at(x)(v)

    def hessian_at(self, x: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """∇²f(x) as a function, for many products at one point.

        Args:
            x: The point, shape (d,).

        Returns:
            v ↦ ∇²f(x) v, of shape (d,).
        """
        P = self._chances(x)
        bend = self._bend(x)

        def product(v: FloatArray) -> FloatArray:
            along = np.asarray((self.features @ v.reshape(self.rows, -1).T).T)
            mean = P * along if self.rows == 1 else np.sum(P * along, axis=0)
            inner = self.weights * P * (along - mean)
            return np.asarray((self.features.T @ inner.T).T).reshape(-1) + bend * v

        return product

    def hessian(self, x: FloatArray) -> FloatArray:
        """∇²f(x).

        Args:
            x: The point, shape (d,).

        Returns:
            The Hessian in F/X², shape (d, d).
        """
        P = self._chances(x)
        A = self.features
        p = self.features.shape[1]
        H = np.empty((self.dim, self.dim))
        for i in range(self.rows):
            for j in range(i + 1):
                inner = self.weights * P[i] * ((i == j) - P[j])
                block = weighted_gram(A, inner)
                H[i * p : (i + 1) * p, j * p : (j + 1) * p] = block
                H[j * p : (j + 1) * p, i * p : (i + 1) * p] = block.T
        H[np.diag_indices(self.dim)] += self._bend(x)
        return H

    @cached_property
    def smoothness(self) -> tuple[float, float]:
        """L from both sides: the largest eigenvalue of ∇²f(0), and q λ_max(AᵀCA) + l2 + 2ν, where
        no sample's Hessian exceeds q aaᵀ: q = ¼ for two classes, which ∇²f(0) attains, so that both
        agree, and ½ for more.
        """
        top = top_eigenvalue(self.features, self.weights)
        low, high = (top.value, top.value) if top.exact else (top.value, top.bound)
        rest = self.l2 + BEND[0] * self.nonconvex
        return low / (4 if self.rows == 1 else self.rows) + rest, high * self.steepest + rest

    @property
    def steepest(self) -> float:
        """The largest curvature of a sample's loss in its scores."""
        return 0.25 if self.rows == 1 else 0.5

    @property
    def convexity(self) -> float:
        """A lower bound on every eigenvalue of every Hessian: l2 − ν/2."""
        return self.l2 + BEND[1] * self.nonconvex
