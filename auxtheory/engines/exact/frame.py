"""A quadratic pair as the exact engine takes it: centred at x*, in the eigenbasis of A."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from auxtheory.engines.exact.moments import Centred
from auxtheory.helper_role import ROLES
from auxtheory.methods import Phase
from auxtheory.noise.laws import Noise
from auxtheory.problems import QuadraticPair
from auxtheory.problems.spectral import coordinates, decomposed
from auxtheory.typing import FloatArray, Helper

Kind: TypeAlias = Literal["f", "h", "r"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame(Centred):
    """A centred pair in the eigenbasis of A; basis is also None where nothing depends on the
    axes."""

    def seen(self, helper: Helper) -> tuple[FloatArray, FloatArray]:
        """(R, b) as a method sees them: 0 with h := f; those of f with h = 0."""
        role = ROLES[helper]
        zeros = np.zeros_like(self.b)
        # The full Hessian of f, and zeros of its shape, are made only where they are needed.
        R = self.R if role.alpha else np.zeros_like(self.R) if role.beta else self._hessian()
        return R, role.r(self.b, zeros, zeros)

    def _hessian(self) -> FloatArray:
        """A in the form of R."""
        return self.A if self.R.ndim == 2 else self.A[:, :, None] * np.eye(self.A.shape[-1])


def frame_of(pair: QuadraticPair, phases: Sequence[Phase], noise: Noise) -> Frame:
    """The pair in the eigenbasis; R as a vector unless the phases mix eigenvectors."""
    if pair.diagonal:
        R = pair.R[:, :, None] * np.eye(pair.dim) if noise.shape_axes == 2 else pair.R
        x_star = np.broadcast_to(pair.x_star, pair.x0.shape)
        return Frame(A=pair.A, R=R, b=pair.b, z0=pair.x0 - pair.x_star, x_star=x_star, basis=None)
    values = pair.eigenvalues
    basis = pair.basis
    if basis is None:
        values, vectors = decomposed(pair.A, pair.eigenvalues)
    else:
        vectors = basis[None]
    R, is_vector = _hessian_gap(pair, vectors, phases, noise)
    return Frame(
        A=values,
        R=R,
        b=_rotated(vectors, pair.b),
        z0=_start(pair, vectors),
        x_star=_rotated(vectors, np.broadcast_to(pair.x_star, pair.x0.shape)),
        basis=None if is_vector or np.all(vectors == np.eye(pair.dim)) else vectors,
    )


def shaped_additive(
    noise: Noise, phase: Phase, frame: Frame, count: int
) -> tuple[FloatArray | None, FloatArray | None]:
    """The covariances of the additive noise of a refresh and of a local step in the basis of the
    frame, (C, d) or (C, d, d); None for noise without a shape."""
    if not noise.shaped:
        return None, None
    role = phase.method.role
    d = frame.A.shape[-1]
    kinds: tuple[Kind | None, Kind | None] = (
        None if phase.method.exact_refresh else role.r("r", "f", None),
        role.h("h", "f", None),
    )
    refresh, local = (
        np.zeros((d,) * noise.shape_axes) if kind is None else noise.additive(kind, d)
        for kind in kinds
    )
    return _in_frame(refresh, frame, noise, count), _in_frame(local, frame, noise, count)


def _in_frame(covariance: FloatArray, frame: Frame, noise: Noise, count: int) -> FloatArray:
    d = frame.A.shape[-1]
    if frame.R.ndim == 2:
        return np.broadcast_to(covariance, (count, d))
    if noise.shape_axes == 1:
        covariance = covariance[..., None] * np.eye(d)
    if frame.basis is not None:
        covariance = np.swapaxes(frame.basis, -1, -2) @ covariance @ frame.basis
    return np.broadcast_to(covariance, (count, d, d))


def _hessian_gap(
    pair: QuadraticPair, vectors: FloatArray, phases: Sequence[Phase], noise: Noise
) -> tuple[FloatArray, bool]:
    """R in the basis, and whether it is a vector: the phases then mix no two eigenvectors."""
    levels = [noise.levels(p.method.helper, exact_refresh=p.method.exact_refresh) for p in phases]
    isotropic = not noise.shaped and not any(
        np.any(level.s_r) or np.any(level.s_local) for level in levels
    )
    known = pair.gap_eigenvalues is not None
    needed = any(p.method.role.alpha for p in phases)
    if pair.basis is not None and isotropic and (known or not needed):
        return (
            np.zeros_like(pair.eigenvalues)
            if pair.gap_eigenvalues is None
            else pair.gap_eigenvalues
        ), True
    if pair.gap_eigenvalues is not None:
        return pair.gap_eigenvalues[:, :, None] * np.eye(pair.dim), False
    R = np.swapaxes(vectors, -1, -2) @ pair.R @ vectors
    return (R + np.swapaxes(R, -1, -2)) / 2, False


def _rotated(vectors: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray((np.swapaxes(vectors, -1, -2) @ v[..., None])[..., 0])


def _start(pair: QuadraticPair, vectors: FloatArray) -> FloatArray:
    """x⁰ − x* in the basis, with the rounding error of their difference added back."""
    z = pair.x0 - pair.x_star
    back = z - pair.x0
    lost = (pair.x0 - (z - back)) - (pair.x_star + back)
    return coordinates(vectors, z) + _rotated(vectors, lost)
