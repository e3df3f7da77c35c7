"""What the helpers of a quadratic are to be: their numbers, weights, δ_i and ζ_i, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks, shown
from auxtheory.problems.groups import sized
from auxtheory.problems.quadratic.balance import closes, evenly
from auxtheory.typing import FloatArray

MOST_NUMBERS = 2**28  # the most numbers of all R_i: 2 GiB


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The arguments of `with_clients` and `with_helpers`, as given.

    Args:
        N: The number of helpers; None if `groups` lists them.
        delta: A number, one for each group, shape (g,), or for configurations (C, 1 or g).
        zeta: As delta.
        groups: None for N different helpers, a number of groups, or the numbers in each.
        weights: The weight of one helper of each group; None for equal ones.
        delta_bar: δ̄, reached by lower δ_i of all groups but the two first; None to leave it.
        delta_A: δ_A; None to leave it.
        rotation: None if the R_i have the eigenvectors of A, otherwise the seed of other ones.
        seed: The seed of all other choices.
    """

    N: Any
    delta: Any
    zeta: Any
    groups: Any
    weights: Any
    delta_bar: Any
    delta_A: Any
    rotation: Any
    seed: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Sizes:
    """The checked numbers.

    Args:
        counts: The number of helpers in each group, shape (g,).
        weights: The weight of one of them, shape (g,).
        single: Whether the helpers were listed one by one.
        deltas: The δ_i, shape (C, g).
        zetas: The ζ_i, shape (C, g).
        delta_A: δ_A, shape (C,), or None.
        exact: Whether the δ_i and the ζ_i are to be met by every group, not by the largest and by
            the mean alone.
        rotation: The seed of the basis of the R_i, or None.
        clients: Whether the R_i and b_i have the mean 0.
        grid: Whether there are configurations, even if only one.
    """

    counts: FloatArray
    weights: FloatArray
    single: bool
    deltas: FloatArray
    zetas: FloatArray
    delta_A: FloatArray | None
    exact: tuple[bool, bool]
    rotation: int | None
    clients: bool
    grid: bool

    @property
    def shares(self) -> FloatArray:
        """The weight of each group, shape (g,)."""
        return np.asarray(self.counts * self.weights)

    @property
    def configurations(self) -> int:
        """C, the number of configurations."""
        return max(
            len(self.deltas), len(self.zetas), 1 if self.delta_A is None else len(self.delta_A)
        )


def checked(A: FloatArray, spread: Spread, clients: bool) -> Sizes:
    """The numbers of a spread around f with the Hessian A, shape (C, d) or (C, d, d); InputError
    that lists every bad value."""
    checks = Checks()
    checks.whole("seed", spread.seed, low=0)
    if spread.rotation is not None:
        checks.whole("rotation", spread.rotation, low=0)
    groups = sized(checks, spread.N, spread.groups, spread.weights)
    g = None if groups is None else len(groups[0])
    deltas = _lengths(checks, "delta", spread.delta, g)
    zetas = _lengths(checks, "zeta", spread.zeta, g)
    bar, average = (
        None if v is None else _values(checks, name, v)
        for name, v in (("delta_bar", spread.delta_bar), ("delta_A", spread.delta_A))
    )
    arrays = [v for v in (deltas, zetas, bar, average) if v is not None]
    lengths = {len(v) for v in (*arrays, A) if len(v) > 1}
    if len(lengths) > 1:
        checks.complain("configurations", sorted(lengths), "must be numbers or of one length")
    checks.done()
    assert groups is not None and deltas is not None and zetas is not None
    counts, weights, single = groups
    shares = counts * weights
    C = max(len(v) for v in (*arrays, A))
    d = A.shape[1]
    if C * len(counts) * d * (1 if A.ndim == 2 and spread.rotation is None else d) > MOST_NUMBERS:
        checks.complain(
            "N",
            spread.N,
            f"must be fewer in {d} dimensions; or name groups of identical ones, as in groups=10",
        )
    exact = _each(spread.delta), _each(spread.zeta)
    if bar is not None:
        deltas = _with_mean(checks, deltas, bar, shares, exact[0])
        exact = True, exact[1]
    if clients:
        for name, rows, each in zip(("delta", "zeta"), (deltas, zetas), exact, strict=True):
            _check_closed(checks, name, rows, shares, each, d)
    if average is not None and d < 3:
        checks.complain("delta_A", spread.delta_A, f"needs dim ≥ 3, not {d}")
    checks.done()
    return Sizes(
        counts=counts,
        weights=weights,
        single=single,
        deltas=deltas,
        zetas=zetas,
        delta_A=average,
        exact=exact,
        rotation=spread.rotation,
        clients=clients,
        grid=len(lengths) > 0
        or any(
            np.ndim(v) == n
            for v, n in (
                (spread.delta, 2),
                (spread.zeta, 2),
                (spread.delta_bar, 1),
                (spread.delta_A, 1),
            )
        ),
    )


def _each(value: Any) -> bool:
    """Whether there is a value for each group."""
    return bool(np.ndim(value) > 0 and np.shape(value)[-1] > 1)


def _lengths(checks: Checks, name: str, value: Any, g: int | None) -> FloatArray | None:
    """δ_i or ζ_i as an array (C, g); None after a complaint."""
    array = _numbers(checks, name, value)
    if array is None or g is None:
        return None
    rows = array[None] if array.ndim == 1 else np.atleast_2d(array)
    if array.ndim > 2 or rows.shape[-1] not in (1, g):
        checks.complain(
            name, value, f"must be a number, {g} of them, or of shape (C, 1) or (C, {g})"
        )
        return None
    return np.broadcast_to(rows, (len(rows), g)).copy()


def _values(checks: Checks, name: str, value: Any) -> FloatArray | None:
    """A number or one for each configuration, shape (C,); None after a complaint."""
    array = _numbers(checks, name, value)
    if array is not None and array.ndim > 1:
        checks.complain(name, value, "must be a number, or one for each configuration")
        return None
    return None if array is None else np.atleast_1d(array)


def _numbers(checks: Checks, name: str, value: Any) -> FloatArray | None:
    before = len(checks.complaints)
    checks.number(name, value)
    return None if len(checks.complaints) > before else np.asarray(value, dtype=float)


def _with_mean(
    checks: Checks, deltas: FloatArray, bar: FloatArray, shares: FloatArray, listed: bool
) -> FloatArray:
    """The δ_i of which the two first are δ_m and the others such that √Σ p_i δ_i² = δ̄."""
    if listed:
        checks.complain("delta_bar", bar, "must be left out where delta lists the δ_i")
        return deltas
    C = max(len(deltas), len(bar))
    deltas = np.broadcast_to(deltas, (C, deltas.shape[1])).copy()
    rest = float(np.sum(shares[2:]))
    top = deltas[:, 0]
    left = bar**2 - (1 - rest) * top**2
    low = top * np.sqrt(1 - rest)
    if not rest or np.any(left < -1e-12 * top**2) or np.any(bar > top * (1 + 1e-12)):
        checks.complain(
            "delta_bar",
            bar if len(bar) > 1 else float(bar[0]),
            f"must be in [{_range(low)}, {_range(top)}], where the two first δ_i are delta",
        )
        return deltas
    lower = np.minimum(np.sqrt(np.maximum(left, 0.0) / rest), top)
    deltas[:, 2:] = lower[:, None]
    return deltas


def _range(ends: FloatArray) -> str:
    """One number, or the array of all configurations."""
    return f"{ends[0]:.6g}" if len(ends) == 1 else shown(ends)


def _check_closed(
    checks: Checks, name: str, rows: FloatArray, shares: FloatArray, each: bool, d: int
) -> None:
    """Check that vectors of these weighted lengths can have the mean 0."""
    if len(shares) == 1 and np.any(rows):
        checks.complain(name, rows, "must be 0 for one group of clients, since each is f")
        return
    for row in np.unique(rows, axis=0) if each else ():
        lengths = shares * row
        if not closes(lengths):
            i = int(np.argmax(lengths))
            most = (np.sum(lengths) - lengths[i]) / shares[i]
            checks.complain(
                f"{name}[{i}]", row[i], f"must be at most {most:.12g}, since the mean of ∇r_i is 0"
            )
        elif d == 1 and not evenly(lengths):
            checks.complain(
                name, row, "must balance with signs in one dimension: Σ ± p_i · value = 0"
            )
