"""Pairs of one or two coordinates with several clients or helpers, made from the parameters of a
search.

With j the number of a group, from 1 on: r_j, r_j_flat and r_j_cross are the entries of the Hessian
of r_j relative to δ, k_j and k_j_flat the curvatures of a convex client relative to each other with
its eigenvectors turned by k_j_angle, b_j and b_j_flat the entries of ∇r_j(x*) relative to ζ, the
root of the mean of their squares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.testing.search.dense import DenseBatch, turned
from auxtheory.testing.search.layouts import GROUPS, Layout
from auxtheory.testing.search.parameters import Parameter, Values, spectrum, start, units
from auxtheory.typing import FloatArray

SHARE = Parameter("pair", 0.0, -1.0, 1.0, "even")
CURVATURE = Parameter("pair", 1.0, 0.0, 1.0, "even")
ANGLE = Parameter("pair", 0.0, 0.0, 180.0, "even")
OF_GROUP: Mapping[str, Parameter] = {
    "r{}": SHARE,
    "r{}_flat": SHARE,
    "r{}_cross": SHARE,
    "k{}": CURVATURE,
    "k{}_flat": CURVATURE,
    "k{}_angle": ANGLE,
    "b{}": SHARE,
    "b{}_flat": SHARE,
}
CLIENTS: Mapping[str, Parameter] = {
    name.format(j): each for j in range(1, GROUPS + 1) for name, each in OF_GROUP.items()
}
# The entries of each client's Hessian and of ∇f_i(0), and those of x⁰, in the form "entries".
ENTRIES = "a{}", "a{}_flat", "a{}_cross", "g{}", "g{}_flat"
START = "x_steep", "x_flat"
ENTRIES_OF_CLIENTS = frozenset(
    (*START, *(name.format(j) for name in ENTRIES for j in range(1, GROUPS + 1)))
)


class ClientBatch(DenseBatch):
    """A grid of pairs with clients; the mean helper of clients is f itself."""

    def bias(self) -> tuple[FloatArray, FloatArray]:
        if np.any(self.R) or np.any(self.b):
            return super().bias() if self.A.ndim == 3 else QuadraticPair.bias(self)
        return np.zeros(len(self.b)), np.zeros(len(self.b))


def names_of_groups(layout: Layout, dim: int, *, dense: bool) -> list[str]:
    """The names of the parameters of the groups in this layout. Clients differ from their mean, so
    that the last of them needs no parameters of its own, unless they are curvatures."""
    names = []
    for j in range(1, layout.groups + 1):
        last = layout.clients and j == layout.groups
        curved = layout.form == "curvatures"
        of_hessian = (
            ["k{}", "k{}_flat", "k{}_angle"] if curved else ["r{}", "r{}_flat", "r{}_cross"]
        )
        of_hessian = of_hessian[: 1 if dim == 1 else 3 if dense else 2]
        parts = of_hessian if curved or not last else []
        parts = [*parts, *(["b{}", "b{}_flat"][:dim] if not last else [])]
        names += [name.format(j) for name in parts] if layout.groups > 1 or not last else []
    return names


def entries_of_groups(layout: Layout, dim: int, *, dense: bool) -> list[str]:
    """The names of the entries of the clients in this layout, and of those of x⁰."""
    hessian = ["a{}", "a{}_flat", "a{}_cross"][: 1 if dim == 1 else 3 if dense else 2]
    gradient = ["g{}", "g{}_flat"][:dim]
    of_groups = [
        name.format(j)
        for j in range(1, layout.groups + 1)
        for name in [*hessian, *(gradient if j < layout.groups else [])]
    ]
    return [*of_groups, *START[:dim]]


class Arrays:
    """A, R_i, b_i and x⁰ of a batch: the parts in the order flat, steep, with the configurations
    first; full matrices if dense."""

    def __init__(self, v: Values, layout: Layout, dim: int, *, dense: bool) -> None:
        size = max(np.size(value) for value in v.values())
        self.v = {
            name: np.broadcast_to(np.asarray(value, float), size) for name, value in v.items()
        }
        self.layout = layout
        self.dim = dim
        self.dense = dense and dim == 2
        self.weights = np.array(layout.counts) / layout.N
        make = {"gaps": self._gaps, "curvatures": self._curvatures, "entries": self._entries}
        self.A, self.R, self.b, self.x0 = make[layout.form]()

    def _gaps(self) -> tuple[FloatArray, ...]:
        A = self._full(np.stack([self._wide(part) for part in spectrum(self.v, self.dim)], -1))
        R = self._hessians("r{}", "r{}_flat", "r{}_cross")
        R = R - self._mean(R) if self.layout.clients else R
        norm = np.max(norms(R), axis=1)
        delta = self.v["delta"] * units(self.v)[0]
        scale = np.where(norm > 0, delta / np.where(norm > 0, norm, 1.0), 0.0)
        x0 = np.stack([self._wide(part) for part in start(self.v, self.dim)], -1)
        return A, R * scale.reshape(-1, *(1,) * (R.ndim - 1)), self._biases(), x0

    def _curvatures(self) -> tuple[FloatArray, ...]:
        parts = []
        for j in range(1, self.layout.groups + 1):
            steep, flat = self._value(f"k{j}", 1.0), self._value(f"k{j}_flat", 1.0)
            if self.dense:
                a, across, c = turned([flat, steep], self._value(f"k{j}_angle"))
                parts.append(matrix(a, across, c))
            else:
                parts.append(np.stack([flat, steep][2 - self.dim :], -1))
        H = np.stack(parts, axis=1)
        A = self._mean(H)[:, 0]
        largest = norms(A[:, None])[:, 0]
        # Where f would be constant, all clients are ½‖x‖².
        one = self._full(np.ones((1, self.dim)))
        none = (largest == 0).reshape(-1, *(1,) * (A.ndim - 1))
        A, H = np.where(none, one, A), np.where(none[:, None], one[:, None], H)
        unit = self._wide(self.v["L"]) / np.where(largest > 0, largest, 1.0)
        unit = unit.reshape(-1, *(1,) * (A.ndim - 1))
        A, H = A * unit, H * unit[:, None]
        return A, A[:, None] - H, self._biases(), self._start(A)

    def _start(self, A: FloatArray) -> FloatArray:
        """x⁰ with shares of F0 in the eigenvectors of A; in none of an eigenvalue of 0."""
        eigenvalues, basis = eigen(A)
        largest = np.max(eigenvalues, axis=-1, keepdims=True)
        used = eigenvalues > 1e-12 * largest
        share = self.v["flat_start"]
        shares = np.stack([share, 1 - share][2 - self.dim :], -1) if self.dim == 2 else 1.0
        shares = np.where(used, shares, 0.0)
        total = np.sum(shares, axis=-1, keepdims=True)
        shares = np.where(
            total > 0, shares / np.where(total > 0, total, 1.0), 1.0 * (eigenvalues == largest)
        )
        z = np.sqrt(2 * self.v["F0"][:, None] * shares / np.where(used, eigenvalues, np.inf))
        return np.asarray((basis @ z[..., None])[..., 0])

    def _entries(self) -> tuple[FloatArray, ...]:
        H = self._hessians("a{}", "a{}_flat", "a{}_cross")
        A = self._mean(H)[:, 0]
        b = -self._vectors("g{}", "g{}_flat")
        last = self.layout.groups - 1
        b[:, last] = -np.tensordot(b[:, :last], self.weights[:last], (1, 0)) / self.weights[last]
        x0 = np.stack([self.v[name] for name in START[self.dim - 1 :: -1]], axis=-1)
        return A, A[:, None] - H, b, x0

    def _biases(self) -> FloatArray:
        b = self._vectors("b{}", "b{}_flat")
        b = b - self._mean(b) if self.layout.clients else b
        size = np.sqrt(self._mean(np.sum(b**2, axis=-1, keepdims=True))[:, 0, 0])
        zeta = self.v["zeta"] * units(self.v)[1]
        return b * np.where(size > 0, zeta / np.where(size > 0, size, 1.0), 0.0)[:, None, None]

    def _hessians(self, steep: str, flat: str, across: str) -> FloatArray:
        groups = range(1, self.layout.groups + 1)
        if self.dense:
            names = (flat, across, steep)
            parts = ([self._value(name.format(j)) for name in names] for j in groups)
            return np.stack([matrix(*part) for part in parts], axis=1)
        return self._vectors(steep, flat)

    def _vectors(self, steep: str, flat: str) -> FloatArray:
        names = (flat, steep)[2 - self.dim :]
        groups = range(1, self.layout.groups + 1)
        rows = [np.stack([self._value(name.format(j)) for name in names], -1) for j in groups]
        return np.stack(rows, axis=1)

    def _value(self, name: str, simple: float = 0.0) -> FloatArray:
        return self.v[name] if name in self.v else self._wide(simple)

    def _wide(self, value: Any) -> FloatArray:
        return np.broadcast_to(np.asarray(value, float), len(self.v["L"]))

    def _mean(self, of_groups: FloatArray) -> FloatArray:
        return np.tensordot(of_groups, self.weights, (1, 0))[:, None]

    def _full(self, diagonal: FloatArray) -> FloatArray:
        return diagonal[:, :, None] * np.eye(self.dim) if self.dense else diagonal


def matrix(flat: Any, across: Any, steep: Any) -> FloatArray:
    """Symmetric matrices of two coordinates, shape (C, 2, 2)."""
    return np.stack([np.stack([flat, across], -1), np.stack([across, steep], -1)], axis=-2)


def norms(parts: FloatArray) -> FloatArray:
    """The spectral norms of diagonals, shape (C, g, d), or of matrices of two coordinates, shape
    (C, g, 2, 2)."""
    if parts.ndim == 3:
        return np.max(np.abs(parts), axis=-1)
    flat, across, steep = parts[..., 0, 0], parts[..., 0, 1], parts[..., 1, 1]
    return np.asarray(np.abs(flat + steep) / 2 + np.hypot((flat - steep) / 2, across))


def eigen(A: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The eigenvalues of each Hessian, ascending if it is a matrix, and its eigenvectors."""
    if A.ndim == 3:
        values, vectors = np.linalg.eigh(A)
        # x⁰ lies where its entries are at least 0.
        signs = np.where(np.sum(vectors, axis=-2) < 0, -1.0, 1.0)
        return np.maximum(values, 0.0), vectors * signs[:, None, :]
    return A, np.broadcast_to(np.eye(A.shape[-1]), (*A.shape, A.shape[-1]))


def pairs_with_clients(v: Values, layout: Layout, dim: int, *, dense: bool) -> QuadraticPair:
    """The pairs of a batch as one grid."""
    of = Arrays(v, layout, dim, dense=dense)
    counts = np.array(layout.counts, dtype=float)
    centre = np.zeros(dim)
    zero = np.zeros_like
    mean_R, mean_b = of._mean(of.R)[:, 0], of._mean(of.b)[:, 0]
    R, b = (zero(mean_R), zero(mean_b)) if layout.clients else (mean_R, mean_b)
    eigenvalues = eigen(of.A)[0]
    return ClientBatch(
        A=of.A,
        R=R,
        b=b,
        start=of.x0,
        minimiser=centre,
        eigenvalues=eigenvalues,
        gap_norm=norms(R[:, None])[:, 0],
        basis=np.eye(dim) if of.A.ndim == 3 and layout.form == "gaps" else None,
        helpers=QuadraticHelpers(
            A=of.A,
            R=of.R,
            b=of.b,
            minimiser=centre,
            counts=counts,
            weights=np.full(layout.groups, 1 / layout.N),
        ),
        description="a batch of the adversary's",
        grid=True,
    )


def pair_with_clients(v: Values, layout: Layout, dim: int, *, dense: bool) -> QuadraticPair:
    """One pair, made as a user would make it."""
    of = Arrays(v, layout, dim, dense=dense)
    A, R, b, x0 = (part[0] for part in (of.A, of.R, of.b, of.x0))
    family: Any = Quadratic
    counts = list(layout.counts) if max(layout.counts) > 1 else None
    more: dict[str, Any] = {} if counts is None else {"counts": counts}
    if layout.clients:
        linear = _lists(b) if np.any(b) else None
        return family.from_clients(_lists(A - R), linear, x0=_lists(x0), **more)
    return family.from_helpers(
        _lists(A), _lists(A - R), h_b=_lists(b) if np.any(b) else None, x0=_lists(x0), **more
    )


def removed(v: Values, layout: Layout, group: int) -> dict[str, Any]:
    """The same values without those of one group, counted from 0; the later ones move up."""
    out = {name: value for name, value in v.items() if name != "layout"}
    for j in range(group + 1, layout.groups + 1):
        for name in (*OF_GROUP, *ENTRIES):
            out.pop(name.format(j), None)
            if name.format(j + 1) in v:
                out[name.format(j)] = v[name.format(j + 1)]
    return out


def _lists(array: FloatArray) -> Any:
    """Numbers in lists, of 15 digits."""
    if array.ndim:
        return [_lists(part) for part in array]
    return float(f"{array:.15g}") + 0.0


def with_entries(v: Values, layout: Layout, dim: int, *, dense: bool) -> dict[str, Any]:
    """The entries of the clients and of x⁰ of one case, in place of its parameters."""
    of = Arrays(v, layout, dim, dense=dense)
    H, b, x0 = (part[0] for part in (of.A[:, None] - of.R, of.b, of.x0))
    out: dict[str, Any] = {}
    for j in range(1, layout.groups + 1):
        h = H[j - 1]
        diagonal = np.diag(h) if h.ndim == 2 else h
        parts = {"a{}": diagonal[-1], "g{}": -b[j - 1][-1]}
        if dim == 2:
            parts |= {"a{}_flat": diagonal[0], "g{}_flat": -b[j - 1][0]}
            parts |= {"a{}_cross": h[0, 1]} if h.ndim == 2 else {}
        out |= {name.format(j): float(value) for name, value in parts.items()}
    starts = {"x_steep": x0[-1]} | ({"x_flat": x0[0]} if dim == 2 else {})
    return out | {name: float(value) for name, value in starts.items()}
