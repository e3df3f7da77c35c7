"""Measures along a round as quadratic forms of the state at its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.exact.clients.federation import Federation
from auxtheory.engines.exact.clients.hooks import ClientHooks
from auxtheory.engines.exact.clients.layout import Layout, State
from auxtheory.engines.exact.clients.path import Values
from auxtheory.engines.exact.clients.products import T, acting, folded, of_each, product, triangular
from auxtheory.engines.exact.clients.stage import AtWork
from auxtheory.engines.exact.program.assembly import parts_of
from auxtheory.engines.exact.repeated import Moments
from auxtheory.measures import Measure
from auxtheory.typing import FloatArray

MOST_ROWS = 4  # rows that are kept before they are made fewer, in those of a root


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """E‖root z̃‖² + Σ_j tr(own_j V_j) + noise.

    Args:
        root: (…, r, n + 1), of the first n numbers of Z.
        own: (g, …, c, c), or None if it is 0.
        noise: (…), or 0.
    """

    root: FloatArray
    own: FloatArray | None = None
    noise: Any = 0.0

    def of(self, state: State) -> FloatArray:
        """The value, (…)."""
        M = self.root[..., :-1]
        n = M.shape[-1]
        value = folded((acting(M, state.mean[..., :n]) + self.root[..., -1]) ** 2)
        if np.any(state.cov):
            variance = folded(folded(product(M, state.cov[..., :n, :n]) * M))
            value = value + np.maximum(variance, 0.0)
        if self.own is not None:
            value = value + folded(folded(folded(self.own * state.spread)), axis=0)
        return np.asarray(value + self.noise)


@dataclass(frozen=True, eq=False)
class Part:
    """± ‖root · value + shift‖² + level of one measure.

    Args:
        measure: the measure.
        sign: 1 or −1.
        coefficient: the root, as a coefficient.
        constant: what the variable's reference adds to its deviation, (C, d).
        shift: what is added to the root times the value, (C, d), or 0.
        level: what is added to the square, (C, d) where coordinates are apart, otherwise (C), or 0.
    """

    measure: Measure
    sign: float
    coefficient: FloatArray
    constant: FloatArray
    shift: Any = 0.0
    level: Any = 0.0

    def rows(self, values: FloatArray) -> FloatArray:
        """The root times affine maps (…, b, n + 1) of deviations."""
        # One axis more where coordinates are apart.
        apart = self.coefficient.ndim == self.constant.ndim
        out = values.copy(order="K")
        out[..., -1] += self.constant[..., None] if apart else self.constant
        rows = self.times(out)
        if isinstance(self.shift, np.ndarray):
            rows[..., -1] += self.shift[..., None] if apart else self.shift
        return rows

    def times(self, rows: FloatArray) -> FloatArray:
        """The root times matrices with a row for each number of the variable."""
        coefficient = self.coefficient
        if rows.shape[-2] == 1 and coefficient.ndim == 2:
            return np.asarray(coefficient[..., None, None] * rows)
        return product(coefficient, rows)


def parts(measure: Measure, hooks: ClientHooks) -> list[Part]:
    """The parts of a measure of a variable of the server, or of y where it is of x."""
    constant = hooks.reference_of(measure.of, measure.form != "square")
    if measure.form == "dissimilarity":
        return [Part(measure, 1.0, constant=constant, **_dissimilarity(hooks.federation))]
    found = parts_of(measure, hooks.federation.server)
    return [Part(measure, sign, coefficient, constant) for sign, coefficient in found]


def _dissimilarity(federation: Federation) -> dict[str, FloatArray]:
    """Root P, shift s and level c with Σ_j share_j ‖R_j z + b_j‖² = ‖P z + s‖² + c."""
    dense = federation.server.algebra.dense
    count = federation.server.count
    client = federation.client
    share = federation.counts * federation.weights
    R = client.R.astype(float)
    R = np.broadcast_to(R, (federation.groups * count, *R.shape[1:]))
    R, b = (v.reshape(federation.groups, count, *v.shape[1:]) for v in (R, client.b.astype(float)))
    squares = np.tensordot(share, R @ R if dense else R * R, axes=1)
    slope = np.tensordot(share, acting(R, b) if dense else R * b, axes=1)
    level = np.tensordot(share, np.sum(b * b, axis=-1) if dense else b * b, axes=1)
    values, vectors = np.linalg.eigh(squares) if dense else (squares, None)
    largest = np.max(values, axis=-1, keepdims=True)
    kept = values > np.finfo(float).eps * values.shape[-1] * largest
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    turned = slope if vectors is None else acting(np.swapaxes(vectors, -1, -2), slope)
    shift = inverse * turned
    rest = level - (shift**2 if vectors is None else folded(shift**2))
    if vectors is not None:
        root = root[..., None] * np.swapaxes(vectors, -1, -2)
    return {"coefficient": root, "shift": shift, "level": np.maximum(rest, 0.0)}


def of_server(part: Part, layout: Layout, variable: int) -> QuadraticForm:
    """A part as a form of the state."""
    s = layout.of_server
    values = layout.zeros(layout.b, s + 1, s)
    values[..., layout.place(variable)] = np.eye(layout.b)
    return QuadraticForm(part.rows(values), noise=part.level)


class Gathered:
    """The sum of a part over the K points of a round's local steps: over those of each client at
    work, or over their means.

    Args:
        part: the part.
        layout: where variables are.
        at_work: which clients are at work.
        roots: whether to gather the form; otherwise the noise alone.
    """

    def __init__(self, part: Part, layout: Layout, at_work: AtWork, roots: bool) -> None:
        self.part = part
        self.layout = layout
        self.at_work = at_work
        self.roots = roots
        self.mean = part.measure.over == "average"
        self.kept: list[FloatArray] = []
        self.own: Any = 0.0
        self.noise: Any = 0.0
        mean = self.mean
        self.factors = at_work.noise if mean else at_work.share
        self.spread = at_work.spread * at_work.share if mean else at_work.share

    def look(self, k: int, y: Values, moments: Moments | None) -> None:
        """Add the points y_k."""
        part, layout = self.part, self.layout
        if np.any(y.cov):
            of_noise = part.times(y.cov)
            traces = folded(np.einsum("...ii->...i", part.times(T(of_noise))))
            self.noise = self.noise + folded(of_each(self.factors, traces), axis=0)
        self.noise = self.noise + part.level
        if not self.roots:
            return
        rows = part.rows(y.mean)
        if self.mean:
            whole = layout.embedded(rows)
            mean = sum(w * r for w, r in zip(self.at_work.share, whole, strict=True))
            self.kept.append(np.asarray(mean))
            apart = whole - mean
        else:
            apart = rows
        if np.any(self.spread):
            scaled = of_each(np.sqrt(self.spread), apart)
            self.kept.append(np.concatenate(list(scaled), axis=-2) if self.mean else scaled)
            if layout.c:
                own = of_each(np.sqrt(self.spread), rows)[..., layout.of_server : -1]
                self.own = self.own + product(T(own), own)
        if sum(r.shape[-2] for r in self.kept) > MOST_ROWS * self.kept[0].shape[-1]:
            self.kept = [triangular(np.concatenate(self.kept, axis=-2))]

    def form(self) -> QuadraticForm:
        """The sum as a form of the state at the start."""
        root = triangular(np.concatenate(self.kept, axis=-2))
        if not self.mean:
            rows = self.layout.embedded(root)
            root = triangular(np.concatenate(list(rows), axis=-2))
        own = self.own if isinstance(self.own, np.ndarray) else None
        return QuadraticForm(root, own, self.noise)
