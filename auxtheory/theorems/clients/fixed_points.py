"""T11: where FedAvg, FedProx and asynchronous clients stop, on quadratics: not at the minimiser of
f, unless all clients have the same.

A local map y_i − x = −S_i∇f_i(x) is linear. With weights w_i the mean of x tends to the x̄ with
Σ w_iS_i∇f_i(x̄) = 0 if the mean map is stable, whatever the noise and the choice of the clients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks
from auxtheory.problems import Pair
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.typing import FloatArray

# By how much the largest |eigenvalue| of a stable mean map is below 1, at least.
STABLE = 1e-12


def fedavg(pair: Pair, *, eta: float, K: int, weights: Any = None) -> FloatArray:
    """Where FedAvg stops: Σ w_iS_i∇f_i(x̄) = 0 with S_i = ηΣ_{k<K}(I − η∇²f_i)^k.

    On convex clients with ηℓ ≤ 1 and equal weights ‖∇f(x̄)‖ ≤ ½ηℓ(K−1) mean‖∇f_i(x̄)‖; clients ½(l ±
    δ)x² ∓ ζx have ½(K−1)ηδζ as η → 0.

    Args:
        pair: One pair with quadratic clients.
        eta: η, in X²/F.
        K: Local steps in a round.
        weights: The probability that a client of each group works times its weight, in the order of
            `pair.helpers`; None for those of the pair.

    Returns:
        x̄, in X, shape (d,).

    Raises:
        InputError: Lists every bad value; or the mean map is not stable.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])
        >>> at.theorems.clients.fixed_points.fedavg(pair, eta=0.5, K=1).round(6).tolist()
        [0.666667]
        >>> at.theorems.clients.fixed_points.fedavg(pair, eta=0.5, K=10).round(6).tolist()
        [0.514242]
    """
    A = _clients(pair, weights, eta=eta, K=K)
    return _root(pair, weights, _gradient_steps(A, eta, K))


def fedprox(pair: Pair, *, gamma: float, weights: Any = None) -> FloatArray:
    """Where FedProx with exact steps stops: S_i = γ(I + γ∇²f_i)^{-1}.

    On convex clients with equal weights ‖∇f(x̄)‖ ≤ (γℓ/(1 + γℓ)) mean‖∇f_i(x̄)‖.

    Args:
        pair: One pair with quadratic clients.
        gamma: γ, in X²/F.
        weights: As for `fedavg`.

    Returns:
        x̄, in X, shape (d,).

    Raises:
        InputError: Lists every bad value; or the mean map is not stable.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])
        >>> at.theorems.clients.fixed_points.fedprox(pair, gamma=1.0).round(6).tolist()
        [0.6]
    """
    A = _clients(pair, weights, gamma=gamma)
    return _root(pair, weights, np.asarray(gamma * np.linalg.inv(np.eye(A.shape[-1]) + gamma * A)))


def inexact_fedprox(
    pair: Pair, *, gamma: float, eta: float, K: int, weights: Any = None
) -> FloatArray:
    """Where FedProx with K gradient steps on f_i + ‖y − x‖²/(2γ) stops: S_i = ηΣ_{k<K}(I −
    η(∇²f_i + I/γ))^k.

    Args:
        pair: One pair with quadratic clients.
        gamma: γ, in X²/F.
        eta: η, in X²/F.
        K: Local steps in a round.
        weights: As for `fedavg`.

    Returns:
        x̄, in X, shape (d,).

    Raises:
        InputError: Lists every bad value; or the mean map is not stable.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])
        >>> stop = at.theorems.clients.fixed_points.inexact_fedprox
        >>> stop(pair, gamma=1.0, eta=0.5, K=100).round(6).tolist()
        [0.6]
    """
    A = _clients(pair, weights, gamma=gamma, eta=eta, K=K)
    return _root(pair, weights, _gradient_steps(A + np.eye(A.shape[-1]) / gamma, eta, K))


def memoryless(
    pair: Pair, *, eta: float, K: int, eta_g: float = 1.0, d: Any = 1.0, chances: Any = None
) -> FloatArray:
    """Where asynchronous clients stop that are ready in each tick with a fixed probability: Σ
    q_id_iS_i(I + η_gd_i∇²f_iS_i)^{-1}∇f_i(x̄) = 0, S_i as of `fedavg`, for every η_g with a stable
    mean map.

    A client that is ready sends y_i − s_i, x moves by η_gd_i of it, and the client starts again
    from s_i = x.

    Args:
        pair: One pair with quadratic clients.
        eta: η, in X²/F.
        K: Local steps of a client.
        eta_g: The server's step η_g.
        d: The weight d_i of what a client of each group sends, or one number; where the server
            takes the mean over S clients, w_i/S.
        chances: The probability q_i with which a client of each group is ready, at most 1;
            None: 1/N, one client in each tick.

    Returns:
        x̄, in X, shape (d,).

    Raises:
        InputError: Lists every bad value; or the mean map of (x, s_1 … s_g) is not stable.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])
        >>> stop = at.theorems.clients.fixed_points.memoryless
        >>> stop(pair, eta=0.5, K=2, eta_g=0.5).round(4).tolist()
        [0.6031]
    """
    A = _clients(pair, None, eta=eta, K=K, eta_g=eta_g)
    g = len(A)
    shares = _per_group("d", d, g)
    assert pair.helpers is not None
    q = _per_group("chances", 1 / pair.helpers.N if chances is None else chances, g, high=1.0)
    S = _gradient_steps(A, eta, K)
    _stable(pair, _memoryless_map(pair.helpers.counts, q, eta_g * shares[:, None, None] * (S @ A)))
    delayed = np.linalg.inv(np.eye(A.shape[-1]) + eta_g * shares[:, None, None] * (A @ S))
    return _root(pair, q * shares, S @ delayed, stable=False)


def _memoryless_map(counts: FloatArray, q: FloatArray, moves: FloatArray) -> FloatArray:
    """What a tick makes of the means of (x, s_1 … s_g), for moves η_gd_iS_iA_i, shape (g, d, d); of
    diagonal ones the maps of the coordinates."""
    diagonals = np.diagonal(moves, axis1=-2, axis2=-1)
    if moves.shape[-1] > 1 and np.all(moves == diagonals[..., None] * np.eye(moves.shape[-1])):
        each = (_memoryless_map(counts, q, one[:, None, None]) for one in diagonals.T)
        return np.stack(list(each))
    g, d = moves.shape[:2]
    M = np.zeros((g + 1, d, g + 1, d))
    M[0, :, 0] = np.eye(d)
    for i in range(g):
        M[0, :, i + 1] = -counts[i] * q[i] * moves[i]
        M[i + 1, :, 0] = q[i] * np.eye(d)
        M[i + 1, :, i + 1] = (1 - q[i]) * np.eye(d) - q[i] * moves[i]
    return M.reshape((g + 1) * d, -1)


def fedfix(pair: Pair, *, eta: float, K: int, periods: Any, d: Any = None) -> FloatArray:
    """Where clients with fixed periods stop, up to a distance of order η_g: the weights are
    d_i/τ_i, so that d_i = τ_ip_i (FedFix) has the fixed point of FedAvg.

    Args:
        pair: One pair with quadratic clients.
        eta: η, in X²/F.
        K: Local steps of a client.
        periods: The period τ_i of a client of each group, in ticks.
        d: The weight of what a client of each group sends; None: τ_ip_i, those of FedFix.

    Returns:
        x̄, in X, shape (d,).

    Raises:
        InputError: Lists every bad value; or the mean map at η_g = 1 is not stable.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[1.0], [0.5]], [[1.0], [0.0]], x0=[1.0])
        >>> stop = at.theorems.clients.fixed_points.fedfix
        >>> stop(pair, eta=0.5, K=1, periods=[1, 3]).round(6).tolist()
        [0.666667]
        >>> stop(pair, eta=0.5, K=1, periods=[1, 3], d=0.5).round(6).tolist()
        [0.857143]
    """
    A = _clients(pair, None, eta=eta, K=K)
    tau = _per_group("periods", periods, len(A))
    assert pair.helpers is not None
    shares = tau * pair.helpers.weights if d is None else _per_group("d", d, len(A))
    return _root(pair, shares / tau, _gradient_steps(A, eta, K))


def _clients(pair: Any, weights: Any, **numbers: Any) -> FloatArray:
    """The Hessians of the clients, shape (g, d, d); InputError for anything else."""
    checks = Checks()
    checks.instance("pair", pair, Pair, "a pair, such as at.Quadratic(…).with_clients(N=10)")
    for name, value in numbers.items():
        if name == "K":
            checks.whole(name, value, low=1)
        else:
            _one_number(checks, name, value)
    checks.done()
    helpers = pair.helpers
    if not isinstance(helpers, QuadraticHelpers) or not helpers.clients:
        checks.complain("pair", pair, "must have quadratic clients, whose mean is f")
    elif len(helpers.A) > 1:
        checks.complain("pair", pair, "must be one pair, not a grid")
    checks.done()
    if weights is not None:
        _per_group("weights", weights, helpers.groups)
    H = helpers.hessians[0]
    return np.asarray(H if H.ndim == 3 else H[..., None] * np.eye(H.shape[-1]))


def _one_number(checks: Checks, name: str, value: Any) -> None:
    """Check one number above 0."""
    known = len(checks.complaints)
    checks.number(name, value, above=True)
    if len(checks.complaints) == known and np.ndim(value) > 0:
        checks.complain(name, value, "must be one number")


def _per_group(name: str, value: Any, groups: int, high: float = LARGEST) -> FloatArray:
    """A number above 0 for each group."""
    checks = Checks()
    checks.number(name, value, above=True, high=high)
    if not checks.complaints and np.shape(value) not in ((), (groups,)):
        checks.complain(name, value, f"must be a number or {groups}, one for each group")
    checks.done()
    return np.broadcast_to(np.asarray(value, dtype=float), (groups,))


def _gradient_steps(A: FloatArray, eta: float, K: int) -> FloatArray:
    """ηΣ_{k<K}(I − ηA)^k."""
    values, vectors = np.linalg.eigh(A)
    with np.errstate(all="ignore"):
        sums = np.where(values == 0, eta * K, -np.expm1(K * np.log1p(-eta * values)) / values)
    plain = (1 - (1 - eta * values) ** K) / np.where(values == 0, 1.0, values)
    sums = np.where(np.isfinite(sums), sums, plain)
    return np.asarray((vectors * sums[:, None]) @ np.swapaxes(vectors, -1, -2))


def _root(pair: Any, weights: Any, S: FloatArray, *, stable: bool = True) -> FloatArray:
    """The x̄ with Σ w_iS_i∇f_i(x̄) = 0, the sum over all clients."""
    helpers = pair.helpers
    counts = helpers.counts
    w = helpers.weights if weights is None else np.asarray(weights, dtype=float)
    A = _clients(pair, None)
    M = np.tensordot(counts * w, S @ A, axes=1)
    # ∇f_i(x) = A_i (x − x*) − b_i.
    right = np.tensordot(counts * w, (S @ helpers.b[0][..., None])[..., 0], axes=1)
    if stable:
        _stable(pair, np.eye(len(M)) - M)
    return np.asarray(pair.x_star + np.linalg.solve(M, right))


def _stable(pair: Any, M: FloatArray) -> None:
    """InputError unless a linear map contracts."""
    checks = Checks()
    size = np.max(np.abs(np.linalg.eigvals(M))) if np.all(np.isfinite(M)) else np.inf
    if size >= 1 - STABLE:
        checks.complain("pair", pair, f"must contract in the mean, not grow by a factor {size:.6g}")
    checks.done()
