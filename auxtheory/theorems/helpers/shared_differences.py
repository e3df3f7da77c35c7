"""T3 with one buffer for all helpers."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.methods.clients.shared_differences import SharedDifferences as METHOD
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers import constants as constants
from auxtheory.theorems.helpers.auxmom import REFRESH
from auxtheory.theorems.helpers.cases import constant_differences, one_step
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    NO_STEP_NOISE,
    START,
    K,
    L,
    S,
    a,
    eta,
    sigma_r,
)

delta, zeta_h = symbols("delta zeta_h")


class SharedDifferences(Theorem):
    """One buffer of differences for all of several helpers, of which one works in a round, drawn
    uniformly, with exact local gradients: m ← (1 − a)m + a g_{r_i}(x; ξ). The mean of the r_i has a
    δ-Lipschitz gradient, and ζ_h² = (1/N)Σ sup ‖∇r_i − ∇r̄‖²:

        Lη + 2(δηK/a)² ≤ 1, a ≤ 1 and S = 1  ⇒
        G ≤ 2F₀/(ηKT) + 4(σ_r² + ζ_h²)(a + 1/(aBT))/(2−a) + 2ζ_h².

    Proof. b = (m − ∇r̄(y)) − (∇r_i − ∇r̄)(y). The first part is that of one helper r̄ with samples
    of variance s² = σ_r² + ζ_h²: its mean square is at most 2s²(a + 1/(aBT))/(2−a) + (δηK/a)²V²
    (S3-quiet). The floor 2ζ_h² is real: no a removes it. Source: derived here. Largest
    measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedDifferences()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0, zeta_h=0.1)
        >>> steps = at.Steps(eta=0.02, a=0.2, S=1, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.4814
    """

    label = "T3-shared"
    method = METHOD
    variance = "mean"
    assumptions = (*EQUAL, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + 2 * (delta * eta * K / a) ** 2 <= 1,
        a <= 1,
        S <= 1,
    )
    bound = START + 4 * (sigma_r**2 + zeta_h**2) * REFRESH / (2 - a) + 2 * zeta_h**2

    def example(self) -> Case:
        return constant_differences(eta=0.02, a=0.3)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0, S=1)
