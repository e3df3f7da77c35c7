"""K local steps combined into one by doubling, for Hessians that do not commute; the cost grows
like log K."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auxtheory.typing import FloatArray


def transposed(matrices: FloatArray) -> FloatArray:
    return np.swapaxes(matrices, -1, -2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Collapsed:
    """Some local steps y ← y + X y + q₀ + noise from y₀ = z, all in the eigenbasis of A; matrices
    are (C, d, d).

    With q = X z + q₀: y_k = z + S q + noise of covariance V, and q becomes (I + M) q. Σ E‖A y‖²
    over the points that the steps start from is ‖energy·(z, q)‖² + energy_of_noise; energy (C, 2d,
    2d) is a root, so that nothing cancels.
    """

    X: FloatArray
    S: FloatArray
    M: FloatArray
    V: FloatArray
    energy: FloatArray
    energy_of_noise: FloatArray
    noisy: bool

    @classmethod
    def make(cls, X: FloatArray, A: FloatArray, variance: FloatArray, K: int) -> Collapsed:
        """K steps; A: the eigenvalues (C, d), variance: of one coordinate's noise in one step (C,
        1) or (C, d), or its covariance (C, d, d)."""
        count, d = A.shape
        eye = np.eye(d)
        energy = np.zeros((count, 2 * d, 2 * d))
        energy[:, :d, :d] = A[:, :, None] * eye
        one = cls(
            X=X,
            S=np.broadcast_to(eye, X.shape),
            M=X,
            V=(variance if variance.ndim == 3 else variance[:, :, None] * eye) + np.zeros_like(X),
            energy=energy,
            energy_of_noise=np.zeros(count),
            noisy=bool(np.any(variance)),
        )
        steps = one
        for digit in f"{K:b}"[1:]:
            steps = steps.then(steps)
            if digit == "1":
                steps = steps.then(one)
        return steps

    def then(self, other: Collapsed) -> Collapsed:
        """These steps followed by others."""
        V = self.V
        of_noise = self.energy_of_noise
        if self.noisy:
            grown = V + other.M @ V
            root = (
                other.energy[..., : len(self.S[0])] + other.energy[..., len(self.S[0]) :] @ self.X
            )
            of_noise = of_noise + other.energy_of_noise + np.einsum("cij,cij->c", root @ V, root)
            V = grown + grown @ transposed(other.M) + other.V
        return Collapsed(
            X=self.X,
            S=self.S + other.M @ self.S + other.S,
            M=self.M + other.M + other.M @ self.M,
            V=V,
            energy=self._energy(other),
            energy_of_noise=of_noise,
            noisy=self.noisy,
        )

    def _energy(self, other: Collapsed) -> FloatArray:
        """The root of the sum of both energies, with the second expressed in the start of the
        first."""
        d = self.S.shape[-1]
        z = other.energy[..., :d]
        q = other.energy[..., d:]
        later = np.concatenate([z, z @ self.S + q + q @ self.M], axis=-1)
        return np.asarray(np.linalg.qr(np.concatenate([self.energy, later], axis=-2), mode="r"))
