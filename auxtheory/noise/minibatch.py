"""Minibatches: stochastic gradients of logistic objectives from samples drawn by index, coupled
between f and h.

The indices are functions of (seed, replica, round, step, oracle) like every other noise. σ at a
point is enumerated over the data; the σ of a theorem is a certified bound over all points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants, Kind, Reals
from auxtheory.errors import Checks, RefusedError, whole
from auxtheory.helper_role import ROLES
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch_bounds import bounds, curvatures, sample_variances, share
from auxtheory.printing import as_repr
from auxtheory.problems import LogisticPair
from auxtheory.problems.logistic.features import as_dense
from auxtheory.random.counter import CURVATURE_LOCAL, F_SAMPLE, H_SAMPLE, LOCAL, Index
from auxtheory.random.philox import uniforms
from auxtheory.typing import Array, Helper

Coupling: TypeAlias = Literal["same", "independent"]


class Variances(NamedTuple):
    """The standard deviations of one draw at a point.

    Args:
        sigma_f: σ_f, in F/X.
        sigma_h: σ_h, in F/X.
        sigma_r: σ_r, in F/X.
        ratio: σ_r²/(σ_f² + σ_h²): 1 if f and h draw independently, below 1 if the coupling helps.
    """

    sigma_f: float
    sigma_h: float
    sigma_r: float
    ratio: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Minibatch(Noise):
    """Stochastic gradients from b samples drawn evenly, with or without replacement.

    g_f(x; S) = (n/b) Σ_{i∈S} cᵢ∇ℓᵢ(x) + the regularisers' gradient, and likewise for g; g_r and g_h
    are combined from them as r and h are from f and g.

    Args:
        pair: A pair of logistic objectives, such as `f.helped_by(g)`.
        batch: b, the number of samples.
        replacement: Whether samples are drawn with replacement.
        coupling: Which samples of f and g make one g_r: "same" for the same indices, "independent",
            or a permutation of the n samples, i with coupling[i], shape (n,).

    Attributes:
        sigma_f: Certified bound of the standard deviation of g_f at all x, in F/X.
        sigma_h: Certified bound of the standard deviation of g_h at all x, in F/X.
        correlation: 0; not used.
        s: 0; not used.
        shape: None; not used.
        shape_h: None; not used.
        bound_r: Certified bound of the standard deviation of g_r at all x, in F/X; also `sigma_r`.
        mean_square: Bound on what sampling adds to δ in mean square, in F/X², as AuxMVR needs.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], labels=[0, 1, 1], l2=0.1)
        >>> pair = f.helped_by(f.replace(labels=[0, 1, 0]))
        >>> at.Minibatch(pair=pair, batch=2, replacement=False)
        at.Minibatch(batch=2, replacement=False, coupling='same')
    """

    pair: LogisticPair
    batch: int
    replacement: bool = True
    coupling: Coupling | Any = "same"
    sigma_f: Reals = field(init=False, default=0.0)
    sigma_h: Reals = field(init=False, default=0.0)
    correlation: Reals = field(init=False, default=0.0)
    s: Reals = field(init=False, default=0.0)
    shape: None = field(init=False, default=None, metadata={"optional": True})
    shape_h: None = field(init=False, default=None, metadata={"optional": True})
    bound_r: float = field(init=False, default=0.0)
    mean_square: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        checks = Checks()
        checks.instance(
            "pair", self.pair, LogisticPair, "a pair of logistic objectives, such as f.helped_by(g)"
        )
        checks.instance("replacement", self.replacement, bool, "True or False")
        if isinstance(self.pair, LogisticPair):
            n, m = (objective.features.shape[0] for objective in (self.pair.f, self.pair.g))
            object.__setattr__(self, "batch", whole(self.batch))
            checks.whole("batch", self.batch, high=2**20 if self.replacement is True else min(n, m))
            if self.pair.grid:
                checks.complain("pair", self.pair, "must be one pair, not a grid")
            _check_coupling(checks, self.coupling, n, m)
        checks.done()
        for name, value in bounds(self.pair, self.order, self.batch, self.replacement).items():
            object.__setattr__(self, name, value)

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        """Refused: minibatch noise depends on x, so it has no standard coordinates.

        Args:
            index: Not used.
            oracle: Not used.
            dim: Not used.
            xp: Not used.

        Returns:
            Nothing.

        Raises:
            RefusedError: Always.
        """
        raise RefusedError("minibatch noise depends on x: it has no standard coordinates")

    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        """Refused: minibatch noise depends on x, so it has no standard coordinates.

        Args:
            first: Not used.
            index: Not used.
            dim: Not used.
            xp: Not used.

        Returns:
            Nothing.

        Raises:
            RefusedError: Always.
        """
        raise RefusedError("minibatch noise depends on x: it has no standard coordinates")

    @property
    def numbers_at_once(self) -> int:
        """The size of the features of one batch."""
        return self.batch * int(self.pair.f.features.shape[1])

    @property
    def sigma_r(self) -> Reals:
        """A bound on the standard deviation of g_r at all x."""
        return self.bound_r

    def constants(
        self,
        constants: Constants,
        helper: Helper = "h",
        *,
        exact_refresh: bool = False,
        mean_square: bool = False,
    ) -> Constants:
        completed = super().constants(constants, helper, exact_refresh=exact_refresh)
        add = ROLES[helper].r(lambda: self.mean_square, self._mean_square_f, None)
        if mean_square and add is not None:
            completed = completed.replace(delta=float(np.hypot(constants.delta, add())))
        kinds: dict[str, Kind] = dict.fromkeys(("sigma_f", "sigma_h", "sigma_r"), "certified")
        return completed.replace(kinds={**completed.kinds, **kinds})

    def _mean_square_f(self) -> float:
        """The mean-square curvature that sampling adds to L of f."""
        squares = np.mean(curvatures(self.pair.f) ** 2)
        return float(np.sqrt(self.share(len(self.pair.f.labels)) * squares))

    def indices(self, index: Index, oracle: int, n: int) -> Any:
        """The samples that each replica draws.

        Args:
            index: Seed, replicas, round and step.
            oracle: Which of the draws of this step: a number from 0 to 7.
            n: The number of samples to draw from.

        Returns:
            Whole numbers from 0 to n − 1, shape (replicas, batch).
        """
        if self.replacement:
            return with_replacement(index, oracle, n, self.batch)
        u = _uniforms(index, oracle, self.batch)
        chosen = np.empty(u.shape, dtype=np.int64)
        # Floyd's algorithm: one of the first n − b + k + 1 samples, or the last of them if that one
        # has been drawn.
        for k in range(self.batch):
            last = n - self.batch + k
            candidate = np.minimum((u[:, k] * (last + 1)).astype(np.int64), last)
            taken = np.any(chosen[:, :k] == candidate[:, None], axis=1)
            chosen[:, k] = np.where(taken, last, candidate)
        return chosen

    def _samples(self, index: Index, oracle: int, second: int) -> tuple[Any, Any]:
        """The samples of f and of g."""
        first = self.indices(index, oracle, len(self.pair.f.labels))
        order = self.order
        return first, self.indices(
            index, second, len(self.pair.g.labels)
        ) if order is None else order[first]

    def refreshed(
        self,
        r: Callable[[Array], Array],
        points: list[Array],
        index: Index,
        helper: Helper,
        centre: Array,
        xp: Any,
    ) -> list[Array]:
        role = ROLES[helper]
        if role.beta:
            return [xp.zeros_like(x) for x in points]
        pair = self.pair
        theta = float(self.pair.theta[0])
        dial = self._dial(centre, xp)
        if role.alpha and theta == 0:
            return [dial(x) for x in points]
        f_samples, g_samples = self._samples(index, F_SAMPLE, H_SAMPLE)
        f = pair.f.sampled(f_samples, xp)
        if not role.alpha:
            return [f(x) for x in points]
        g = pair.g.sampled(g_samples, xp)
        return [theta * (f(x) - g(x)) + dial(x) for x in points]

    def stepped(
        self,
        h: Callable[[Array], Array],
        y: Array,
        index: Index,
        helper: Helper,
        centre: Array,
        xp: Any,
    ) -> Array:
        pair = self.pair
        theta = float(self.pair.theta[0])
        role = ROLES[helper]
        if not (role.alpha or role.beta):
            return h(y)
        f_samples, g_samples = self._samples(index, LOCAL, CURVATURE_LOCAL)
        if role.beta:
            return pair.f.sampled(f_samples, xp)(y)
        grad = theta * pair.g.sampled(g_samples, xp)(y) if theta else xp.zeros_like(y)
        if theta < 1:
            grad = grad + (1 - theta) * pair.f.sampled(f_samples, xp)(y)
        return grad - self._dial(centre, xp)(y)

    def _dial(self, centre: Array, xp: Any) -> Callable[[Array], Array]:
        R = xp.asarray(self.pair.R[0])
        b = xp.asarray(self.pair.b[0])
        return lambda x: R * (x - centre) + b

    def at(self, x: Any) -> Variances:
        """σ_f, σ_h, σ_r at one point, by enumeration over the data.

        Args:
            x: The point, shape (d,).

        Returns:
            The standard deviations, in F/X, and the ratio of variances.
        """
        x = np.asarray(x, dtype=float)
        pair = self.pair
        theta = float(self.pair.theta[0])
        f = pair.f
        g = pair.g
        order = self.order

        def parts(some: Any) -> tuple[Any, ...]:
            of_f = f.each(x, some)
            of_g = g.each(x, order[some])
            return of_f, (1 - theta) * of_f + theta * of_g, theta * (of_f - of_g)

        if order is None:
            V_f = sample_variances(lambda some: (f.each(x, some),), f)[0] * self.share(
                len(f.labels)
            )
            V_g = sample_variances(lambda some: (g.each(x, some),), g)[0] * self.share(
                len(g.labels)
            )
            V_h = theta**2 * V_g + (1 - theta) ** 2 * V_f
            V_r = theta**2 * (V_f + V_g)
        else:
            V_f, V_h, V_r = (
                variance * self.share(len(f.labels)) for variance in sample_variances(parts, f)
            )
        total = V_f + V_h
        sigma_f, sigma_h, sigma_r = (float(np.sqrt(v)) for v in (V_f, V_h, V_r))
        return Variances(sigma_f, sigma_h, sigma_r, float(V_r / total) if total else 0.0)

    @property
    def order(self) -> Any:
        """The sample of g that is paired with each sample of f, shape (n,); None if they are
        independent."""
        if isinstance(self.coupling, str):
            return None if self.coupling == "independent" else np.arange(len(self.pair.f.labels))
        return np.asarray(self.coupling)

    def share(self, n: int) -> float:
        """The variance of the mean of one batch over the variance of one sample.

        Args:
            n: The number of samples to draw from.

        Returns:
            A number from 0 to 1.
        """
        return share(self.batch, self.replacement, n)

    def __repr__(self) -> str:
        how = repr(self.coupling) if isinstance(self.coupling, str) else "<matched>"
        return f"at.Minibatch(batch={self.batch}, replacement={self.replacement}, coupling={how})"

    _repr_pretty_ = as_repr


def with_replacement(index: Index, oracle: int, n: int, batch: int) -> Any:
    """Samples from 0 to n − 1 for each replica, drawn independently, shape (replicas, batch)."""
    return np.minimum((_uniforms(index, oracle, batch) * n).astype(np.int64), n - 1)


def _uniforms(index: Index, oracle: int, count: int) -> Any:
    at = index.start, index.stop, index.round, index.step * 8 + oracle
    return uniforms(*at, index.seed, count)


def _check_coupling(checks: Checks, coupling: Any, n: int, m: int) -> None:
    if isinstance(coupling, str):
        checks.member("coupling", coupling, ("same", "independent"))
        if coupling == "same" and n != m:
            checks.complain(
                "coupling", coupling, f"must be 'independent', as f has {n} samples and h {m}"
            )
    elif n != m or not _is_permutation(np.asarray(coupling), n):
        checks.complain(
            "coupling",
            coupling,
            f"must be 'same', 'independent' or a permutation of {n} samples of each",
        )


def _is_permutation(order: Any, n: int) -> bool:
    return (
        order.shape == (n,)
        and order.dtype.kind in "iu"
        and np.array_equal(np.sort(order), np.arange(n))
    )


def matched(pair: LogisticPair) -> Any:
    """The permutation that pairs each sample of f with a sample of h of the same label, at the
    least sum of squared distances of the features; such a coupling leaves both marginals uniform.

    Args:
        pair: A pair of logistic objectives with as many samples on both sides.

    Returns:
        The permutation, shape (n,), for `Minibatch(coupling=...)`.

    Raises:
        InputError: The sides differ in size, or the features are too large for an array.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    checks = Checks()
    A, B = (as_dense(checks, objective.features) for objective in (pair.f, pair.g))
    if len(pair.f.labels) != len(pair.g.labels):
        checks.complain("pair", pair, "must have as many samples on both sides")
    checks.done()
    distance = cdist(A, B, "sqeuclidean")
    apart = pair.f.labels[:, None] != pair.g.labels[None, :]
    return linear_sum_assignment(distance + apart * (1 + np.max(distance)))[1]
