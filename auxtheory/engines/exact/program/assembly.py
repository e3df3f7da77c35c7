"""Maps of deviations from forms of a hook's outputs, and the roots of measures as coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auxtheory.engines.exact.program.evaluation import Problem
from auxtheory.engines.exact.program.forms import Form, Key, snapped
from auxtheory.engines.exact.program.maps import Map, Point
from auxtheory.measures import Measure
from auxtheory.typing import FloatArray


def constants_of(problem: Problem) -> dict[Key, FloatArray]:
    """The vectors, (C, d), of the keys that stand for constants."""
    components = {("b", i): b for i, b in enumerate(problem.b_i)}
    ones = np.ones((1, problem.algebra.dim))
    return {"X": problem.x_star, "B": problem.b, "1": ones} | components


@dataclass(frozen=True, eq=False)
class Assembly:
    """Makes maps of forms.

    Args:
        problem: the pair and its noise.
        constants: the vector, (C, d), of each key that stands for a constant.
    """

    problem: Problem
    constants: Mapping[Key, FloatArray]

    def map_of(
        self,
        forms: Sequence[Form],
        drifts: Sequence[FloatArray],
        rights: Mapping[Key, Form],
        size: int,
    ) -> Map:
        """The map of deviations that forms of variables after a hook make.

        Args:
            forms: the forms.
            drifts: what each variable gains in constants, (C, d) each.
            rights: the form that each multiplicative draw multiplies.
            size: the number of variables before the hook.
        """
        algebra = self.problem.algebra
        count = self.problem.count
        zero = 0.0 * algebra.one
        c = algebra.stacked(list(drifts), count).astype(float)
        exact = algebra.blocks(
            [[form.terms.get(("z", i), zero) for i in range(size)] for form in forms], count
        )
        M = exact.astype(float)
        square = M.shape[-1] == M.shape[-2]
        excess = np.einsum("...ii->...i", exact).astype(exact.dtype) - 1.0 if square else None
        keys = dict.fromkeys(key for form in forms for key in form.terms)
        Q = np.zeros((*c.shape, c.shape[-1]))
        for key in keys:
            if isinstance(key, tuple) and key[0] == "n":
                G = algebra.blocks([[form.terms.get(key, zero)] for form in forms], count)
                G = G.astype(float)
                Q = Q + G @ np.swapaxes(G, -1, -2)
        calls = dict.fromkeys(key[1] for key in keys if isinstance(key, tuple) and key[0] == "e")
        draws = tuple(
            tuple(
                self._point(key, forms, rights[key], size)
                for key in keys
                if isinstance(key, tuple) and key[:2] == ("e", call)
            )
            for call in calls
        )
        return Map(M, c, Q, draws, None if excess is None else excess.astype(float))

    def constant(self, form: Form, reference: Form) -> FloatArray:
        """The constants of a form minus those of the reference, (C, d)."""
        total = np.zeros((self.problem.count, self.problem.algebra.dim))
        for key in self.constants:
            new = form.terms.get(key)
            old = reference.terms.get(key)
            if new is None and old is None:
                continue
            size = 0.0 if old is None else old
            difference = (0.0 if new is None else new) - size
            total = total + self._valued(key, snapped(np.asarray(difference), size))
        return total

    def _valued(self, key: Key, coefficient: FloatArray) -> FloatArray:
        vector = self.constants[key]
        # A zero coefficient leaves out the constant, which may be too large to be multiplied.
        acting = self.problem.algebra.acting
        return acting(coefficient, vector) if np.any(coefficient) else 0.0 * vector

    def _point(self, key: Key, forms: Sequence[Form], right: Form, size: int) -> Point:
        algebra = self.problem.algebra
        count = self.problem.count
        zero = 0.0 * algebra.one
        L = algebra.blocks([[form.terms.get(key, zero)] for form in forms], count).astype(float)
        rows = algebra.blocks([[right.terms.get(("z", i), zero) for i in range(size)]], count)
        offset = algebra.stacked([self.constant(right, Form({}))], count)
        R = np.concatenate([rows, offset[..., None]], axis=-1).astype(float)
        variance = np.zeros(R.shape[:-1])
        for other, coefficient in right.terms.items():
            if isinstance(other, tuple) and other[0] == "n":
                G = algebra.blocks([[coefficient]], count).astype(float)
                variance = variance + np.sum(G * G, axis=-1)
        return Point(L, R, variance)


def parts_of(measure: Measure, problem: Problem) -> list[tuple[float, FloatArray]]:
    """Signs and roots, as coefficients, of the quadratic form of a measure."""
    algebra = problem.algebra
    A = problem.A.astype(float)
    if measure.form == "grad":
        return [(1.0, A)]
    if measure.form not in ("gap", "quadratic"):
        return [(1.0, algebra.one)]
    if measure.form == "gap":
        W = 0.5 * A
    else:
        matrix = np.asarray(measure.matrix)
        W = (np.diag(matrix) if algebra.dense and matrix.ndim == 1 else matrix)[None]
    above, below = _square_roots(W, algebra.dense)
    if measure.form == "gap" or not np.any(below):
        return [(1.0, above)]
    return [(1.0, above), (-1.0, below)]


def _square_roots(W: FloatArray, dense: bool) -> tuple[FloatArray, FloatArray]:
    """Roots P and N of coefficients with W = PᵀP − NᵀN."""
    if not dense:
        return np.sqrt(np.maximum(W, 0.0)), np.sqrt(np.maximum(-W, 0.0))
    eye = np.eye(W.shape[-1])
    if np.array_equal(W, W * eye):
        return np.sqrt(np.maximum(W, 0.0)), np.sqrt(np.maximum(-W, 0.0))
    values, vectors = np.linalg.eigh(W)
    # Smaller values are rounding.
    size = np.finfo(float).eps * len(eye) * np.max(np.abs(values), axis=-1, keepdims=True)
    values = np.where(np.abs(values) <= size, 0.0, values)[..., None]
    back = np.swapaxes(vectors, -1, -2)
    return np.sqrt(np.maximum(values, 0.0)) * back, np.sqrt(np.maximum(-values, 0.0)) * back
