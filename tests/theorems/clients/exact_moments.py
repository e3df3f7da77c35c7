"""Exact second moments of methods with clients on small quadratics, for many problems at once: the
slow and obvious twin of the exact engine, which collapses groups and centres what it follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Clients:
    """∇f_i(x) = A_i x + g_i with Σ g_i = 0: A (C, N, d, d), g (C, N, d), x0 (C, d)."""

    A: Any
    g: Any
    x0: Any

    @property
    def H(self) -> Any:
        return np.mean(self.A, axis=1)

    @property
    def R(self) -> Any:
        return self.H[:, None] - self.A

    def differences(self, x: Any) -> Any:
        """∇r_i(x), shape (C, N, d), at x of shape (C, d)."""
        return (self.R @ x[:, None, :, None])[..., 0] - self.g

    def constants(self) -> dict[str, Any]:
        """The constants by name, each of shape (C,)."""
        N = self.A.shape[1]
        values = np.linalg.eigvalsh(self.A)
        norms = np.max(np.abs(np.linalg.eigvalsh(self.R)), axis=-1)
        lowest = np.min(values, axis=(1, 2))
        return {
            "L": np.linalg.eigvalsh(self.H)[:, -1],
            "rho": np.zeros(len(self.A)),
            "F0": np.einsum("ci,cij,cj->c", self.x0, self.H, self.x0) / 2,
            "N": N,
            "ell": np.max(np.abs(values), axis=(1, 2)),
            "rho_h": np.where(lowest < -1e-12, -lowest, 0.0),
            "delta_m": np.max(norms, axis=1),
            "delta_bar": np.sqrt(np.mean(norms**2, axis=1)),
            "delta_A": np.sqrt(np.linalg.eigvalsh(np.mean(self.R @ self.R, axis=1))[:, -1]),
            "zeta_0": np.sqrt(np.mean(np.sum(self.differences(self.x0) ** 2, -1), 1)),
        }


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Which method, and its steps: eta and sigma of shape (C,)."""

    method: str
    eta: Any
    K: int
    T: int
    S: int
    sigma: Any
    exact_start: bool = True
    sigma_c: Any = 0.0


def measured(problem: Clients, s: Setting) -> dict[str, Any]:
    """G_avg, G_x, and ζ̄² at the two kinds of points, as means over T rounds."""
    A, g = problem.A, problem.g
    C, N, d = g.shape
    keeps = s.method in ("II", "lagged")
    n = 1 + d + (N * d if keeps else 0)
    eta = np.broadcast_to(s.eta, (C,))[:, None, None, None]
    variance = np.broadcast_to(np.asarray(s.sigma) ** 2 / d, (C,))
    X = np.zeros((d, n))
    X[:, 1 : 1 + d] = np.eye(d)
    own = np.zeros((N, d, n))
    if keeps:
        for i in range(N):
            own[i, :, 1 + d * (i + 1) : 1 + d * (i + 2)] = np.eye(d)
    shift = np.zeros((C, N, d, n))
    shift[..., 0] = g
    control = np.mean(own, axis=0) - own
    if s.method == "I":
        at_x = A @ X + shift
        control = np.mean(at_x, axis=1, keepdims=True) - at_x
    M = np.eye(d) - eta * A
    paths = [np.broadcast_to(X, (C, N, d, n))]
    noises = [np.zeros((C, N, d, d))]
    powers = [np.zeros((C, N, d, d))]
    unit = np.eye(d) * variance[:, None, None, None]
    for _ in range(s.K):
        paths.append(M @ paths[-1] - eta * (shift + control))
        noises.append(M @ noises[-1] @ M.swapaxes(-1, -2) + eta**2 * unit)
        powers.append(np.eye(d) + M @ powers[-1])
    tau = 0.0 if N == 1 else (N - s.S) / (s.S * (N - 1))
    shared = np.broadcast_to(np.asarray(s.sigma_c) ** 2 / d, (C,))[:, None, None]

    def of_controls(k: int) -> Any:
        """The covariance of ȳ_k from the noise of the controls; all clients at work."""
        P = powers[k]
        B = (np.mean(P, axis=1, keepdims=True) - P) * eta
        return shared * np.sum(B @ B.swapaxes(-1, -2), axis=1) / N**2

    # A round: what changes if client i takes part.
    change = np.zeros((C, N, n, n))
    change[:, :, 1 : 1 + d] = (paths[-1] - X) / s.S
    to_state = np.zeros((C, N, n, d))
    to_state[:, :, 1 : 1 + d] = np.eye(d) / s.S
    for i in range(N) if keeps else ():
        rows = slice(1 + d * (i + 1), 1 + d * (i + 2))
        if s.method == "lagged":
            change[:, i, rows] = A[:, i] @ X + shift[:, i] - own[i]
        else:
            change[:, i, rows] = (X - paths[-1][:, i]) / (eta[:, 0] * s.K) - np.mean(own, axis=0)
            to_state[:, i, rows] = -np.eye(d) / (eta[:, 0] * s.K)
    mean = np.mean(change, axis=1)
    spread = change - mean[:, None]
    Q = s.S * np.mean(to_state @ noises[-1] @ to_state.swapaxes(-1, -2), axis=1)
    Q[:, 1 : 1 + d, 1 : 1 + d] += of_controls(s.K)
    factor = s.S * tau * s.S  # S(N−S)/(N(N−1)) Σ = S² τ mean
    z = np.zeros((C, n))
    z[:, 0], z[:, 1 : 1 + d] = 1.0, problem.x0
    if keeps and s.exact_start:
        z[:, 1 + d :] = ((A @ problem.x0[:, None, :, None])[..., 0] + g).reshape(C, -1)
    P = z[:, :, None] * z[:, None, :]
    H, R = problem.H, problem.R
    W = np.mean(R @ R, axis=1)
    linear = -np.mean((R @ g[..., None])[..., 0], axis=1)  # r_i(x) = R_i x − g_i
    level = np.mean(np.sum(g**2, axis=-1), axis=1)
    total = np.zeros((4, C))
    forward = np.eye(n) + s.S * mean
    averages = [np.mean(Y, axis=1) for Y in paths]
    deviations = [Y - a[:, None] for Y, a in zip(paths, averages, strict=True)]
    fixed = [np.mean(noise, axis=1) / s.S + of_controls(k) for k, noise in enumerate(noises)]
    for _ in range(s.T):
        for k in range(s.K):
            Y = averages[k]
            second = Y @ P @ Y.swapaxes(-1, -2) + fixed[k]
            if tau:
                D = deviations[k]
                second = second + tau * np.mean(D @ P[:, None] @ D.swapaxes(-1, -2), axis=1)
            first = (Y @ P[:, :, :1])[..., 0]
            grad = np.einsum("cij,cjk,cik->c", H, second, H)
            zeta = np.einsum("cij,cij->c", W, second) + 2 * np.sum(linear * first, -1) + level
            total[0] += grad / s.K
            total[2] += zeta / s.K
            if k == 0:
                total[1] += grad
                total[3] += zeta
        new = forward @ P @ forward.swapaxes(-1, -2) + Q
        if tau:
            new = new + factor * np.mean(spread @ P[:, None] @ spread.swapaxes(-1, -2), axis=1)
        P = (new + new.swapaxes(-1, -2)) / 2
        P[:, 0, 0] = 1.0
    names = ("G_avg", "G_x", "zeta_avg", "zeta_x")
    values = dict(zip(names, total / s.T, strict=True))
    return values | {
        name: np.sqrt(np.maximum(values[name], 0.0)) for name in ("zeta_avg", "zeta_x")
    }
