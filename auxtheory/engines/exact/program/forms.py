"""Affine forms: a value of a program as coefficients of the state, of constants and of draws.

A form is a sum of coefficients, each of one key:

    ("z", i)      the deviation of state variable i from its reference
    "X", "B"      x* and ∇r(x*), which stay symbols so that a large constant costs no digit
    ("b", j)      ∇f_j(x*) of component j
    "1"           the vector of ones
    ("n", c)      the additive draw of call c, of unit covariance
    ("e", c, p)   the multiplicative draw of call c at its point p, times `rights` of that key

A coefficient multiplies a vector: for diagonal Hessians it is a number for each coordinate, (C, d),
otherwise a matrix, (C, d, d).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from auxtheory.typing import FloatArray

Key: TypeAlias = Any
# Relative rounding error below which a sum of coefficients is what it is in exact arithmetic.
SNAP = 16 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class Form:
    """A sum of coefficients by key."""

    terms: Mapping[Key, FloatArray]

    def __add__(self, other: Form) -> Form:
        merged = dict(self.terms)
        for key, value in other.terms.items():
            merged[key] = merged[key] + value if key in merged else value
        return Form(merged)

    def mapped(self, function: Callable[[FloatArray], FloatArray]) -> Form:
        """The form with every coefficient changed."""
        return Form({key: function(value) for key, value in self.terms.items()})

    def restricted(self, keys: Iterable[Key]) -> Form:
        """The terms of these keys."""
        return Form({key: self.terms[key] for key in keys if key in self.terms})


@dataclass(frozen=True, eq=False)
class Vector:
    """A constant of the text with a number for each coordinate, shape (d,)."""

    values: FloatArray


@dataclass(frozen=True)
class Algebra:
    """How coefficients act: coordinate by coordinate, or as matrices.

    Args:
        dim: d.
        dense: whether they are matrices.
    """

    dim: int
    dense: bool

    @property
    def one(self) -> FloatArray:
        """The identity."""
        return np.eye(self.dim)[None] if self.dense else np.ones((1, self.dim))

    def number(self, value: Any) -> FloatArray:
        """A number, or one for each configuration, as a coefficient's factor."""
        array = np.asarray(value, dtype=float)
        return array.reshape((-1, 1, 1) if self.dense else (-1, 1))

    def times(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """The product of two coefficients."""
        if not self.dense:
            return np.asarray(left * right)
        # No library multiplies matrices of extended precision fast, and most of them are diagonal.
        if left.dtype == right.dtype == float:
            return np.asarray(left @ right)
        if _is_diagonal(left):
            return np.asarray(np.einsum("...ii->...i", left)[..., :, None] * right)
        if _is_diagonal(right):
            return np.asarray(left * np.einsum("...ii->...i", right)[..., None, :])
        return np.asarray(left @ right)

    def vector(self, constant: Vector) -> FloatArray:
        """A constant of the text as a coefficient."""
        return np.diag(constant.values)[None] if self.dense else constant.values[None]

    def acting(self, coefficient: FloatArray, v: FloatArray) -> FloatArray:
        """A coefficient times a vector (C, d)."""
        if not self.dense:
            return np.asarray(coefficient * v)
        return np.asarray((coefficient @ v[..., None])[..., 0])

    def blocks(self, rows: list[list[FloatArray]], count: int) -> FloatArray:
        """Coefficients as one matrix: (C, d, n, m) coordinate by coordinate, or (C, n d, m d)."""
        if self.dense:
            shape = (count, self.dim, self.dim)
            return np.concatenate(
                [np.concatenate([np.broadcast_to(c, shape) for c in row], axis=-1) for row in rows],
                axis=-2,
            )
        flat = (count, self.dim)
        return np.stack(
            [np.stack([np.broadcast_to(c, flat) for c in row], axis=-1) for row in rows], axis=-2
        )

    def stacked(self, vectors: list[FloatArray], count: int) -> FloatArray:
        """Vectors (C, d) as one: (C, d, n), or (C, n d)."""
        full = [np.broadcast_to(v, (count, self.dim)) for v in vectors]
        return np.concatenate(full, axis=-1) if self.dense else np.stack(full, axis=-1)


def _is_diagonal(matrices: FloatArray) -> bool:
    off = ~np.eye(matrices.shape[-1], dtype=bool)
    return not np.any(matrices[..., off])


def snapped(value: FloatArray, size: FloatArray | float) -> FloatArray:
    """Differences of coefficients, 0 where they are rounding relative to `size`."""
    return np.where(np.abs(value) <= SNAP * np.maximum(1.0, np.abs(size)), 0.0, value)
