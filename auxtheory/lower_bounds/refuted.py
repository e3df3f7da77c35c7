"""Ranges of SCAFFOLD that look right and are false, each with clients that refute it, and how long
its steps may be before it diverges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks
from auxtheory.lower_bounds.scaffold import divergence
from auxtheory.problems import Pair, Quadratic
from auxtheory.typing import FloatArray

# The step of the limits in two dimensions: Lη is this.
NEAR_ONE = 0.995
ANGLES = np.linspace(0.0, math.pi / 2, 25)


@dataclass(frozen=True, kw_only=True)
class Refuted:
    """A statement G_avg ≤ 2F₀/(ηKT) about SCAFFOLD with all clients and exact start, without
    noise, in a range in which it is false.

    Args:
        range: The range.
        pair: The pair with clients that refutes it.
        eta: η.
        K: Local steps in a round.
        T: Rounds.
        ratio: G_avg/(2F₀/(ηKT)) there.

    Example:
        >>> import auxtheory as at
        >>> case = at.lower_bounds.REFUTED[0]
        >>> steps = at.Steps(eta=case.eta, K=case.K, T=case.T)
        >>> G_avg, method = at.measures.G_avg, at.methods.SCAFFOLDExactStart
        >>> trace = at.run(method, case.pair, None, steps, measures=[G_avg])
        >>> measured = float(trace.measure(G_avg)[0][-1][0])
        >>> F0 = float(case.pair.constants().F0)
        >>> print(f"{measured * case.eta * case.K * case.T / (2 * F0):.4f}")
        1.0336
    """

    range: str
    pair: Pair
    eta: float
    K: int
    T: int
    ratio: float


def _check_matrices(checks: Checks, *, several: bool = False, f: Any, R: Any) -> None:
    """Check two Hessians, numbers or matrices, or `several` matrices in arrays."""
    what = "square matrices (…, d, d)" if several else "a number or a square matrix (d, d)"
    shapes = []
    for name, value in (("f", f), ("R", R)):
        known = len(checks.complaints)
        checks.number(name, value, low=-LARGEST)
        if len(checks.complaints) > known:
            continue
        shape = np.shape(value)
        square = len(shape) >= 2 and shape[-1] == shape[-2]
        if square if several else shape == () or (square and len(shape) == 2):
            shapes.append(shape[-2:])
        else:
            checks.complain(name, value, f"must be {what}")
    if len(shapes) == 2 and shapes[0] != shapes[1]:
        checks.complain("R", R, f"must have the shape of f, {shapes[0]}")


def two_clients(f: Any, R: Any, x0: Any) -> Pair:
    """Clients of the Hessians f ± R, of numbers or matrices (d, d).

    Args:
        f: The Hessian of f.
        R: By how much those of the clients differ from it.
        x0: x⁰, shape (d,).

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> float(at.lower_bounds.two_clients(1.0, 0.25, [1.0]).helpers.delta_m[0])
        0.25
    """
    checks = Checks()
    _check_matrices(checks, f=f, R=R)
    checks.done()
    matrices = [np.asarray(f) + sign * np.asarray(R) for sign in (1, -1)]
    if np.ndim(f) == 0:
        matrices = [np.array([float(v)]) for v in matrices]
    return Quadratic.from_clients([v.tolist() for v in matrices], x0=np.asarray(x0).tolist())


def turned(theta: float, start: float) -> Pair:
    """f_1 = ½x_1², f_2 = ½(x_1 cos θ + x_2 sin θ)², x⁰ at the angle `start`."""
    lines = np.array([[1.0, 0.0], [math.cos(theta), math.sin(theta)]])
    matrices = [np.outer(v, v).tolist() for v in lines]
    return Quadratic.from_clients(matrices, x0=[math.cos(start), math.sin(start)])


FOURTH = "Lη ≤ 1, δ_mηK ≤ 1"
ACROSS = 0.1 * np.array([[0.35, 1.2], [1.2, -0.35]])
REFUTED: tuple[Refuted, ...] = (
    *(
        Refuted(range=FOURTH, pair=two_clients(1.0, 1 / K, [1.0]), eta=1.0, K=K, T=500, ratio=r)
        for K, r in ((3, 1.0336), (2, 1.0286), (5, 1.0164), (30, 1.0005))
    ),
    Refuted(range=FOURTH, pair=two_clients(1.0, 1 / 3, [1.0]), eta=1.0, K=3, T=2, ratio=1.0198),
    *(
        Refuted(
            range="δ_mηK ≤ 1.25, Lη + (δ_mηK)⁴/25 ≤ 1",
            pair=two_clients(np.diag([0.75, 0.0]), ACROSS, [1.0, 0.0]),
            eta=1.0,
            K=10,
            T=T,
            ratio=ratio,
        )
        for T, ratio in ((300, 1331.0), (1000, 1.256e21))
    ),
    Refuted(
        range="convex clients, ηℓ ≤ 1, δ_mηK ≤ 0.8, Lη ≤ 1",
        pair=turned(math.asin(2 * 0.8 / 14), 0.07),
        eta=1.0,
        K=14,
        T=3000,
        ratio=1.0037,
    ),
    Refuted(
        range="convex clients, ηℓ ≤ 1, δ_mηK ≤ 1.3, Lη ≤ 1",
        pair=turned(math.asin(2 * 1.3 / 14), 0.0),
        eta=1.0,
        K=14,
        T=3000,
        ratio=1.0397,
    ),
)


def round_map(f: Any, R: Any, eta: float, K: int) -> FloatArray:
    """What a round of SCAFFOLD on two clients of the Hessians f ± R makes of (x, κ), κ = (c_1 −
    c_2)/2 − Rx, matrices (…, d, d) and (…, 2d, 2d).

    Args:
        f: The Hessian of f, shape (…, d, d).
        R: By how much those of the clients differ from it, shape (…, d, d).
        eta: η.
        K: Local steps in a round.

    Returns:
        The matrices.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at, numpy as np
        >>> at.lower_bounds.round_map(np.eye(1), np.zeros((1, 1)), 0.5, 1).tolist()
        [[0.5, 0.0], [0.0, 0.0]]
    """
    checks = Checks()
    _check_matrices(checks, several=True, f=f, R=R)
    checks.number("eta", eta, above=True)
    K = checks.whole("K", K, low=1)
    checks.done()
    f, R = np.asarray(f, dtype=float), np.asarray(R, dtype=float)
    eye = np.eye(f.shape[-1])
    ones = np.broadcast_to(eye, np.broadcast_shapes(f.shape, R.shape))
    zeros = 0 * ones
    # (y_1, y_2) as maps of (x, c), c = (c_1 − c_2)/2: the directions are ∇f_i(y) ∓ c.
    ends = []
    for sign in (1, -1):
        y = np.concatenate([ones, zeros], axis=-1)
        control = np.concatenate([zeros, -sign * ones], axis=-1)
        for _ in range(K):
            y = y - eta * ((f + sign * R) @ y + control)
        ends.append(y)
    c = np.concatenate([zeros, ones], axis=-1)
    after = (ends[0] + ends[1]) / 2
    # c_i⁺ = c_i + (x − y_i)/(ηK), c̄ left out.
    control = c + (ends[1] - ends[0]) / (2 * eta * K)
    return np.concatenate([after, control], axis=-2)


def stability_limit(K: int, *, dim: int = 1) -> float:
    """The largest δηK at which SCAFFOLD is stable on all pairs of two clients of a kind.

    dim = 1: curvatures l ± δ, l → 0, which is `divergence`. dim = 2: f = diag(l, 0), Lη = lη ≤
    0.995, and R of the eigenvalues ±δ in any direction, which does not commute with f: 1.24, 1.11,
    1.05 and 1.008 at K = 4, 8, 16 and 100. So any range beyond δηK = 1 fails as K → ∞.

    Args:
        K: Local steps in a round, at least 2.
        dim: 1 or 2.

    Returns:
        δηK.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> [round(at.lower_bounds.stability_limit(8, dim=d), 2) for d in (1, 2)]
        [1.64, 1.11]
    """
    checks = Checks()
    K = checks.whole("K", K, low=2)
    dim = checks.whole("dim", dim, low=1, high=2)
    checks.done()
    if dim == 1:
        return divergence(K)
    steps = NEAR_ONE * np.array([1.0, 0.9, 0.75, 0.5, 0.25])
    f = np.zeros((len(steps), 1, 2, 2))
    f[:, 0, 0, 0] = steps
    cos, sin = np.cos(2 * ANGLES), np.sin(2 * ANGLES)
    direction = np.moveaxis(np.array([[cos, sin], [sin, -cos]]), -1, 0)

    def unstable(z: float) -> bool:
        values = np.linalg.eigvals(round_map(f, z / K * direction, 1.0, K))
        return bool(np.max(np.abs(values)) > 1 + 1e-7)

    low, high = 0.5, divergence(K) + 0.1
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if unstable(middle) else (middle, high)
    return low
