"""The R_i and b_i of helpers of a quadratic, ∇r_i(x) = R_i(x − x*) + b_i."""

from __future__ import annotations

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems.quadratic.balance import (
    closed_polygon,
    random_signs,
    scaled_sides,
    signs,
)
from auxtheory.problems.quadratic.sizes import Sizes
from auxtheory.problems.spectra import gap_and_direction, orthogonal
from auxtheory.typing import FloatArray


def gaps(sizes: Sizes, d: int, basis: FloatArray | None, random: np.random.Generator) -> FloatArray:
    """The R_i, shape (C, g, d) if they are diagonal, otherwise (C, g, d, d).

    basis: the eigenvectors of A as columns; None for the axes.
    """
    C = len(sizes.deltas) if sizes.delta_A is None else max(len(sizes.deltas), len(sizes.delta_A))
    deltas = np.broadcast_to(sizes.deltas, (C, sizes.deltas.shape[1]))
    rows = list(deltas)
    targets = [None] * C if sizes.delta_A is None else np.broadcast_to(sizes.delta_A, C).tolist()
    seed = int(random.integers(2**62))
    planar = sizes.rotation is not None and sizes.delta_A is None
    made: dict[bytes, FloatArray] = {}
    parts = []
    for row, target in zip(rows, targets, strict=True):
        # The factors depend on the ratios of the lengths alone.
        top = float(np.max(row))
        unit = row / top if top else row
        key = unit.tobytes() + np.float64(-1 if target is None else target / (top or 1)).tobytes()
        if key not in made:
            again = np.random.default_rng(seed)
            if planar:
                made[key] = _planes(sizes, unit, d, again)
            else:
                made[key] = _factors(
                    sizes, unit, d, again, None if target is None else target / (top or 1)
                )
        parts.append(_times(made[key], row))
    R = np.stack(parts)
    if sizes.rotation is not None:
        basis = orthogonal(d, sizes.rotation)
    if basis is None and R.ndim == 3:
        return R
    if R.ndim == 3:
        R = R[..., None] * np.eye(d)
    turned = R if basis is None else np.matmul(np.matmul(basis, R), basis.T)
    return np.asarray(0.5 * (turned + np.swapaxes(turned, -1, -2)))


def _times(factors: FloatArray, row: FloatArray) -> FloatArray:
    return np.asarray(factors * row.reshape(-1, *(1,) * (factors.ndim - 1)))


def _factors(
    sizes: Sizes,
    unit: FloatArray,
    d: int,
    random: np.random.Generator,
    average: float | None,
) -> FloatArray:
    """The R_i / δ_i of diagonal R_i, shape (g, d), for δ_i in units of the largest."""
    lengths = sizes.shares * unit
    g = len(unit)
    if average is not None:
        return _averaged(sizes, unit, d, random, average)
    if not sizes.clients:
        factors = random.choice([-1.0, 1.0], size=(g, d))
        factors[0] = _first(d)[0]
        return factors
    columns = [*random_signs(lengths, d, random).T]
    columns[0], short = signs(lengths, random)
    if short is not None and d > 1:
        columns[1] = _alone(lengths, [short])
    return np.stack([columns[i] for i in random.permutation(d)], axis=-1)


def _first(d: int) -> tuple[FloatArray, FloatArray]:
    """The factors of the first helper, which are those of `with_helper`, and the direction of its
    bias."""
    factors, direction = gap_and_direction("signs", None, d, np.ones((1, 1)))
    return factors[0], direction


def _alone(lengths: FloatArray, members: list[int]) -> FloatArray:
    """Factors ±1 of some groups, which all others balance in equal shares of their lengths."""
    s = np.zeros(len(lengths))
    total = 0.0
    for i in members:
        s[i] = -1.0 if total > 0 else 1.0
        total += s[i] * lengths[i]
    others = np.ones(len(lengths), dtype=bool)
    others[members] = False
    rest = float(np.sum(lengths[others]))
    if rest > 0:
        s[others] = np.clip(-total / rest, -1.0, 1.0)
    return scaled_sides(s[:, None], lengths)[:, 0]


def _averaged(
    sizes: Sizes, unit: FloatArray, d: int, random: np.random.Generator, average: float
) -> FloatArray:
    """Factors with δ_A = average: every group attains its δ_i on one of all coordinates but the
    first, on which all are of one size, chosen such that Σ p_i R_i² is δ_A² there."""
    lengths = sizes.shares * unit
    g = len(unit)
    order = np.lexsort((random.random(g), -lengths))
    count = min(g, d - 1)
    classes = [order[i::count].tolist() for i in range(count)]
    if sizes.clients:
        together = signs(lengths, random)[0]
        columns = [_alone(lengths, members) for members in classes]
    else:
        together = random.choice([-1.0, 1.0], size=g)
        columns = []
        for members in classes:
            s = np.zeros(g)
            s[members] = random.choice([-1.0, 1.0], size=len(members))
            columns.append(s)
    squares = sizes.shares * unit**2
    low = np.sqrt(max(float(squares @ s**2) for s in columns))
    high = np.sqrt(float(squares @ together**2))
    if not low * (1 - 1e-12) <= average <= high * (1 + 1e-12):
        top = float(np.max(sizes.deltas))
        checks = Checks()
        checks.complain(
            "delta_A",
            average * top,
            f"must be in [{low * top:.6g}, {high * top:.6g}] with these δ_i in {d} dimensions",
        )
        checks.done()
    scale = min(1.0, average / high) if high else 0.0
    more = [columns[i % count] * random.choice([-1.0, 1.0]) for i in range(d - 1)]
    return np.stack([scale * together, *more], axis=-1)


def _planes(sizes: Sizes, unit: FloatArray, d: int, random: np.random.Generator) -> FloatArray:
    """R_i / δ_i as blocks of 2 × 2 that do not commute, shape (g, d, d); on the last of an odd
    number of coordinates as `_factors`."""
    lengths = sizes.shares * unit
    g = len(unit)
    R = np.zeros((g, d, d))
    for i in range(0, d - 1, 2):
        if sizes.clients:
            u = closed_polygon(lengths, 2, random)
        else:
            angles = random.uniform(0.0, 2 * np.pi, size=g)
            u = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        R[:, i, i] = u[:, 0]
        R[:, i + 1, i + 1] = -u[:, 0]
        R[:, i, i + 1] = R[:, i + 1, i] = u[:, 1]
    if not sizes.clients:
        R[0] = np.diag(_first(d)[0])
    if d % 2 and sizes.clients:
        R[:, -1, -1] = signs(lengths, random)[0]
    elif d % 2:
        R[1:, -1, -1] = random.choice([-1.0, 1.0], size=g - 1)
    return R


def biases(
    sizes: Sizes, d: int, basis: FloatArray | None, random: np.random.Generator
) -> FloatArray:
    """The b_i, shape (C, g, d): their lengths are ζ_i, or their root mean square is, where ζ is one
    number that unequal weights or one dimension do not let all have."""
    seed = int(random.integers(2**62))
    g = sizes.zetas.shape[1]
    if sizes.rotation is not None:
        basis = orthogonal(d, sizes.rotation)
    rows = []
    for row in sizes.zetas:
        again = np.random.default_rng(seed)
        top = float(np.max(row))
        unit = row / top if top else row
        lengths = sizes.shares * unit
        if not sizes.clients:
            u = again.standard_normal((g, d))
            u /= np.linalg.norm(u, axis=-1, keepdims=True)
            u[0] = _first(d)[1] if basis is None else basis @ _first(d)[1]
        elif d == 1:
            u = signs(lengths, again)[0][:, None]
        else:
            u = closed_polygon(lengths, d, again)
        b = u * row[:, None]
        if not sizes.exact[1] and top:
            mean = np.sqrt(sizes.shares @ np.sum((u * unit[:, None]) ** 2, axis=-1))
            if mean and abs(mean - 1) > 1e-12:
                b = b / mean
        rows.append(b)
    return np.stack(rows)
