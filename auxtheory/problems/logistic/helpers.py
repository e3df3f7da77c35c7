"""Helpers made from a target's data: other labels; rotated, noisy or coarser features; fewer
samples.

Each takes an `at.Logistic` and returns a pair whose constants are exact or certified. Sparse
features stay sparse where the helper's are; otherwise both sides of the pair get arrays, and
InputError says so if these would be too large.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy

from auxtheory.errors import Checks, InputError, whole
from auxtheory.problems.logistic.features import as_dense, squared_lengths
from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.problems.logistic.target import Logistic
from auxtheory.typing import FloatArray

Choice: TypeAlias = Literal["uniform", "leverage", "k-centre"]


def relabelled(
    target: Logistic, *, share: float | None = None, labels: Any = None, seed: int = 0
) -> LogisticPair:
    """The pair with a share of the labels changed to another class each, or with other labels.

    δ = 0 exactly: a sample's Hessian is Σ (pₖ[k = l] − pₖpₗ) ⊗ aaᵀ in the probabilities p, which
    depend on the features and x alone, so that ∇r is one constant vector, whose length is ζ, β = 0.

    Args:
        target: The objective f.
        share: The share of the labels to change, in [0, 1].
        labels: Other labels, shape (n,), instead of a share.
        seed: The seed of the random choice.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> pair = at.helpers.relabelled(f, labels=[0, 0])
        >>> print(pair.constants().delta, pair.constants().zeta)
        0.0 0.5
    """
    checks = _checked(target, seed)
    n = target.features.shape[0]
    if (share is None) == (labels is None):
        checks.complain(
            "share", share, f"must be given if and only if labels are not, and labels = {labels!r}"
        )
    elif share is not None:
        _one_number(checks, "share", share, high=1.0)
    checks.done()
    if share is not None:
        rng = np.random.default_rng(whole(seed))
        chosen = rng.permutation(n)[: round(share * n)]
        labels = np.array(target.labels)
        labels[chosen] = (
            labels[chosen] + rng.integers(1, target.classes, len(chosen))
        ) % target.classes
    few = share is None and "<" not in repr(target)
    listed = f"labels={np.asarray(labels).tolist()}" if few else "labels=…"
    arguments = listed if share is None else _given(share=share, seed=seed)
    return _pair(target, target.replace(labels=labels), "relabelled", arguments)


def randomly_labelled(target: Logistic, *, seed: int = 0) -> LogisticPair:
    """The pair with all labels drawn at random: δ = 0 exactly, as in `relabelled`.

    Args:
        target: The objective f.
        seed: The seed of the labels.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> print(at.helpers.randomly_labelled(f, seed=1).constants().delta)
        0.0
    """
    _checked(target, seed).done()
    labels = np.random.default_rng(whole(seed)).integers(
        0, target.classes, target.features.shape[0]
    )
    return _pair(target, target.replace(labels=labels), "randomly_labelled", f"seed={seed}")


def pseudo_labelled(target: Logistic, *, share: float, seed: int = 0) -> LogisticPair:
    """The pair of semi-supervised learning: a share of the labels known, the others predicted.

    The minimiser on the known samples alone predicts the others. δ = 0 exactly, as in `relabelled`.

    Args:
        target: The objective f.
        share: The share of the labels that are known, in (0, 1].
        seed: The seed of the random choice.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value; or no point minimises the objective on the known samples.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> print(at.helpers.pseudo_labelled(f, share=0.5).constants().delta)
        0.0
    """
    checks = _checked(target, seed)
    _one_number(checks, "share", share, above=True, high=1.0)
    checks.done()
    n = target.features.shape[0]
    known = np.random.default_rng(whole(seed)).permutation(n)[: max(1, round(share * n))]
    weights = np.zeros(n)
    weights[known] = target.weights[known]
    if not np.any(weights):
        raise InputError.listing(
            [f"share = {share}: must be larger, for the samples known weigh nothing"]
        )
    try:
        x, _, _ = target.replace(
            weights=weights * (np.sum(target.weights) / np.sum(weights))
        ).minimum
    except InputError as error:
        complaint = (
            f"share = {share}: on the {len(known)} samples known alone, "
            f"{'; '.join(error.complaints)}"
        )
        raise InputError.listing([complaint]) from error
    labels = target.predict(x)
    labels[known] = target.labels[known]
    return _pair(
        target, target.replace(labels=labels), "pseudo_labelled", f"share={share}, seed={seed}"
    )


def rotated(
    target: Logistic, degrees: float, *, image: tuple[int, int] | None = None, seed: int = 0
) -> LogisticPair:
    """The pair with rotated features.

    Args:
        target: The objective f.
        degrees: The angle, in [−360, 360].
        image: The rows and columns of pixels, for features that are images; None to rotate in
            random planes of disjoint pairs of features.
        seed: The seed of the planes.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> pair = at.helpers.rotated(f, 10.0)
        >>> bool(0 < pair.constants().delta < 0.25)
        True
    """
    checks = _checked(target, seed)
    _one_number(checks, "degrees", degrees, low=-360.0, high=360.0)
    n, p = target.features.shape
    sides = image if isinstance(image, tuple | list) else (0,)
    if image is not None and not (
        all(isinstance(v, int) and v > 0 for v in sides) and np.prod(sides) == p
    ):
        checks.complain(
            "image",
            image,
            f"must be rows and columns with rows × columns = {p}, the number of features",
        )
    if image is not None:
        target = _dense(checks, target)
    checks.done()
    if image is not None:
        A = target.features.reshape(n, *image)
        turned = scipy.ndimage.rotate(A, degrees, axes=(2, 1), reshape=False, order=1).reshape(n, p)
    else:
        turned = _in_planes(target.features, float(degrees), np.random.default_rng(whole(seed)))
    return _pair(
        target,
        target.replace(features=turned),
        "rotated",
        f"{degrees}, {_given(image=image, seed=seed)}",
    )


def noisy(target: Logistic, level: float, *, seed: int = 0) -> LogisticPair:
    """The pair with normal noise on every feature.

    Args:
        target: The objective f.
        level: The standard deviation, at least 0, in the unit of the features.
        seed: The seed of the noise.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> at.helpers.noisy(f, 0.0).constants().zeta
        0.0
    """
    checks = _checked(target, seed)
    _one_number(checks, "level", level)
    target = _dense(checks, target)
    checks.done()
    noise = np.random.default_rng(whole(seed)).standard_normal(target.features.shape)
    moved = target.replace(features=target.features + level * noise)
    return _pair(target, moved, "noisy", f"{level}, seed={seed}")


def coreset(target: Logistic, size: int, *, by: Choice = "uniform", seed: int = 0) -> LogisticPair:
    """The pair with h on a few of the samples, which keep their labels.

    Args:
        target: The objective f.
        size: The number of samples.
        by: How they are chosen. "uniform": without replacement, the weights scaled up; "leverage":
            drawn with replacement in proportion to aᵀ(AᵀA)⁺a, weighted by the inverse; "k-centre":
            always the sample farthest from those chosen, from a random one on, each with the weight
            of all samples that are nearest to it.
        seed: The seed of the random choice.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], labels=[0, 1, 1], l2=0.1)
        >>> at.helpers.coreset(f, 2).g.features.shape
        (2, 2)
    """
    checks = _checked(target, seed)
    n = target.features.shape[0]
    size = checks.whole("size", size, high=n)
    checks.member("by", by, ("uniform", "leverage", "k-centre"))
    A = as_dense(checks, target.features) if by == "leverage" else target.features
    checks.done()
    pick = {"uniform": _uniform, "leverage": _leverage, "k-centre": _k_centre}[by]
    weights = pick(A, target.weights, size, np.random.default_rng(whole(seed)))
    kept = np.flatnonzero(weights)
    few = (
        {"features": target.features[kept], "labels": target.labels[kept]} if len(kept) < n else {}
    )
    core = target.replace(weights=weights[kept], **few)
    return _pair(target, core, "coreset", f"{size}, by={by!r}, seed={seed}")


def quantised(target: Logistic, bits: int) -> LogisticPair:
    """The pair with each feature rounded to the nearest of 2^bits even levels between its least and
    largest value: a helper that costs less to move.

    Args:
        target: The objective f.
        bits: The number of bits, from 1 to 32.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0], [0.4], [0.0]], labels=[0, 1, 1], l2=0.1)
        >>> at.helpers.quantised(f, 1).g.features
        array([[1.],
               [0.],
               [0.]])
    """
    checks = _checked(target, 0)
    bits = checks.whole("bits", bits, high=32)
    target = _dense(checks, target)
    checks.done()
    A = target.features
    low = A.min(axis=0)
    width = A.max(axis=0) - A.min(axis=0)
    levels = 2**bits - 1
    unit = np.divide(A - low, width, out=np.zeros_like(A), where=width > 0)
    coarse = target.replace(features=low + np.round(unit * levels) / levels * width)
    return _pair(target, coarse, "quantised", f"{bits}")


def sketched(target: Logistic, rank: int, *, seed: int | None = None) -> LogisticPair:
    """The pair with features projected on a subspace: a helper in fewer numbers.

    Args:
        target: The objective f.
        rank: The dimension of the subspace, at most p.
        seed: None for the leading singular directions, otherwise the seed of a random subspace.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], labels=[0, 1, 1], l2=0.1)
        >>> at.helpers.sketched(f, 1).g.features.shape
        (3, 2)
    """
    checks = _checked(target, 0 if seed is None else seed)
    p = target.features.shape[1]
    rank = checks.whole("rank", rank, high=p)
    target = _dense(checks, target)
    checks.done()
    if seed is None:
        basis = np.linalg.svd(target.features, full_matrices=False)[2][:rank].T
    else:
        basis = np.linalg.qr(np.random.default_rng(whole(seed)).standard_normal((p, rank)))[0]
    projected = target.replace(features=target.features @ basis @ basis.T)
    return _pair(target, projected, "sketched", f"{rank}{'' if seed is None else f', seed={seed}'}")


def _pair(target: Logistic, helper: Logistic, name: str, arguments: str) -> LogisticPair:
    """The pair of target and helper, whose repr is the call in this module that makes it."""
    text = f"at.helpers.{name}({target!r}, {arguments})"
    return replace(target.helped_by(helper), description=text)


def _in_planes(A: Any, degrees: float, rng: np.random.Generator) -> Any:
    """Features rotated in the planes of random pairs of features."""
    p = A.shape[1]
    order = rng.permutation(p)
    u = order[: p // 2]
    v = order[p // 2 : p // 2 * 2]
    rest = order[p // 2 * 2 :]
    c = np.cos(np.radians(degrees))
    s = np.sin(np.radians(degrees))
    if not scipy.sparse.issparse(A):
        turned = np.array(A)
        turned[:, u], turned[:, v] = c * A[:, u] - s * A[:, v], s * A[:, u] + c * A[:, v]
        return turned
    values = np.concatenate([np.repeat([c, c, -s, s], p // 2), np.ones(len(rest))])
    places = np.concatenate([u, v, v, u, rest]), np.concatenate([u, v, u, v, rest])
    return scipy.sparse.csr_array(A @ scipy.sparse.csr_array((values, places), shape=(p, p)))


def _uniform(A: Any, c: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    weights = np.zeros(len(c))
    chosen = rng.permutation(len(c))[:size]
    weights[chosen] = c[chosen] * (len(c) / size)
    return weights


def _leverage(A: FloatArray, c: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    U, values, _ = np.linalg.svd(A, full_matrices=False)
    scores = (
        np.sum(U[:, values > 1e-12 * values[0]] ** 2, axis=1) if values[0] > 0 else np.ones(len(c))
    )
    chances = scores / np.sum(scores)
    counts = np.bincount(rng.choice(len(c), size, p=chances), minlength=len(c))
    return np.divide(c * counts, size * chances, out=np.zeros(len(c)), where=counts > 0)


def _k_centre(A: Any, c: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    squares = squared_lengths(A)
    nearest = np.zeros(len(c), dtype=int)
    distance = np.full(len(c), np.inf)
    centre = int(rng.integers(len(c)))
    for _ in range(size):
        farthest = A[[centre]].toarray()[0] if scipy.sparse.issparse(A) else A[centre]
        to_centre = np.maximum(squares + squares[centre] - 2 * (A @ farthest), 0.0)
        to_centre[centre] = 0.0
        closer = to_centre < distance
        nearest[closer], distance[closer] = centre, to_centre[closer]
        centre = int(np.argmax(distance))
    return np.asarray(np.bincount(nearest, weights=c, minlength=len(c)), dtype=float)


def _checked(target: Any, seed: Any) -> Checks:
    """The checks that every helper makes; InputError at once if there is no target."""
    checks = Checks()
    checks.instance("target", target, Logistic, "an at.Logistic")
    checks.done()
    checks.whole("seed", seed, low=0)
    return checks


def _one_number(checks: Checks, name: str, value: Any, **limits: Any) -> None:
    if np.ndim(value):
        checks.complain(name, value, "must be one number")
    else:
        checks.number(name, value, **limits)


def _dense(checks: Checks, target: Logistic) -> Logistic:
    """The target with its features as an array; a complaint if that would be too large."""
    A = as_dense(checks, target.features)
    return target if A is target.features else target.replace(features=A)


def _given(**values: Any) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items() if value is not None)
