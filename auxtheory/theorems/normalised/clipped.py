"""Gradient descent with clipped steps under (L₀, L₁)-smoothness."""

from __future__ import annotations

from typing import ClassVar

from auxtheory import measures, methods
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.bounds.user_symbols import symbol
from auxtheory.problems import Exponential, Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.normalised.growth import tail

L0, L1, F0, sigma_f, eta, K, T = symbols("L0 L1 F0 sigma_f eta K T")
c_x = symbol("c_x", glyph="c", unit="X")
A = tail(L1 * c_x)
LOST = A * (L0 * eta + L1 * c_x)


class ClippedGD(Theorem):
    """Clipped gradient descent, x ← x − h∇f with h = min{η, c/‖∇f‖}, where ‖∇²f‖ ≤ L₀ + L₁‖∇f‖:

        σ_f = 0, L₁c ≤ 1 and κ = A(L₀η + L₁c) < 1, A = 1/(2 − 2L₁c/3)
            ⇒  mean over t < T of min{η‖∇f‖², c‖∇f‖} ≤ F₀/((1 − κ)T).

    κ ≤ ½ gives 2F₀/T. The measure is the mean of ‖v‖², v = √h ∇f.

    Proof. A step is at most c long, so that A bounds (eᵘ − 1 − u)/u² at u = L₁h‖∇f‖, and f(x⁺) ≤
    f(x) − h‖∇f‖² + (L₀ + L₁‖∇f‖)h²‖∇f‖²A ≤ f(x) − h‖∇f‖²(1 − A(L₀η + L₁c)), as h ≤ η and h‖∇f‖ ≤
    c; sum. Derived here. Largest measured/bound known: 1.000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClippedGD()
        >>> pair = at.Exponential(L=100.0, L0=1.0, dim=1).with_helper()
        >>> print(at.validate(theorem, pair, K=1, T=10, eta=0.5, c_x=0.5).status)
        pass
    """

    label = "clipped-GD"
    method = methods.ClippedGD
    measure = measures.square("v", over="rounds", unit="F")
    assumptions = (sigma_f <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (L1 * c_x <= 1, LOST < 1, K <= 1)
    bound = F0 / ((1 - LOST) * T)

    def example(self) -> Case:
        pair = Exponential(L=100.0, L0=1.0, dim=16).with_helper()
        return Case(pair, T=(10, 100, 1_000), eta=0.5, c_x=0.4)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper()
        return Case(pair, T=100, eta=0.5, c_x=10.0)
