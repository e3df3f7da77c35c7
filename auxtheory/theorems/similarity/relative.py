"""S1-relative: exact correction where f − h is small relative to f."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.similarity.quantities import delta_r

L, F0, mu, M, sigma_h, eta, K, T = symbols("L F0 mu M sigma_h eta K T")
STEP = 1 / ((1 + delta_r) * L)
# What is left of the distance to the minimiser of the inner problem.
LEFT = (1 - eta * (1 - delta_r) * mu) ** K
RATIO = delta_r / (1 - delta_r)


class ExactCorrectionRelative(Theorem):
    """Exact correction with exact gradients on quadratics with −δ_r∇²f ⪯ ∇²r ⪯ δ_r∇²f, δ_r < 1:

        η(1 + δ_r)L ≤ 1  ⇒  f(x^T) − f* ≤ min{(s + q/(1−δ_r))^{2T}, (s + q)^{2T}(1+δ_r)/(1−δ_r)}F₀,
        s = δ_r/(1 − δ_r), q = (1 − η(1−δ_r)μ)^K.

    There is no cap 1/(δK) on η: as K → ∞ the factor of a round is s², for δ_r < ½ below 1 whatever
    the condition number. Proof. With z = x − x*, A = ∇²f, R = ∇²r, H = A − R ≻ 0 a round is z⁺ = Qz
    − (I−Q)H⁻¹Rz = QH⁻¹Az − H⁻¹Rz, Q = (I − ηH)^K. In the norm ‖z‖_H = √(zᵀHz) 0 ⪯ Q ⪯ q; H⁻¹R has
    its eigenvalues in [−δ_r/(1+δ_r), s] and is self-adjoint, so ‖z⁺‖_H ≤ (q + s)‖z‖_H, and (1−δ_r)A
    ⪯ H ⪯ (1+δ_r)A. In the norm ‖z‖_A, ‖H⁻¹Rz‖_A ≤ s‖z‖_A, and ‖QH⁻¹Az‖_A ≤ ‖QH⁻¹Az‖_H/√(1−δ_r) ≤
    q‖z‖_A/(1−δ_r). Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionRelative()
        >>> pair = at.Quadratic.from_matrices([1.0, 0.1], [0.9, 0.09])
        >>> print(at.validate(theorem, pair, K=100, T=3).status)
        pass
    """

    label = "S1-relative"
    method = METHOD
    measure = "gap"
    assumptions = (sigma_h <= 0, M <= 0, delta_r < 1)
    step_range = (eta * (1 + delta_r) * L <= 1,)
    bound = F0 * minimum(
        (RATIO + LEFT / (1 - delta_r)) ** (2 * T),
        (RATIO + LEFT) ** (2 * T) * (1 + delta_r) / (1 - delta_r),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": STEP}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return STEP.value(c.values()), None

    def example(self) -> Case:
        # Condition number 100, and δ_r = 0.1 without a common basis: δ is 0.1.
        values = np.geomspace(0.01, 1.0, 16)
        root = np.sqrt(values)
        angles = np.linspace(0.0, 3.0, 16)
        turn = np.eye(16) - 2 * np.outer(np.cos(angles), np.cos(angles)) / np.sum(
            np.cos(angles) ** 2
        )
        R = 0.1 * root[:, None] * turn * root
        A = np.diag(values)
        pair = Quadratic.from_matrices(A.tolist(), (A - R).tolist(), x0=(1 / root).tolist())
        return Case(pair, K=1_000, T=(1, 3, 6))

    def tightest(self) -> Case:
        # r = 0.3f, and K so large that each inner problem is solved.
        pair = Quadratic(L=1.0, dim=1).with_helper(0.3, gap=[0.3])
        return Case(pair, K=100, T=5)
