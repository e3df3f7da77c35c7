"""S3-SGDm-sharp: SGD with momentum, with noise of the order of SGD's."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory import methods
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.sharper.cases import one_step, usual

L, eta, a, K = symbols("L eta a K")


def best_split(c: Any, s: Any) -> float:
    """The least value over s ≥ √ρ of (2F₀/(ηT) + σ_r²(Lη + ρa/s)(T−1 + max{1, 1/(a²B)})/T)/(2 −
    Lη − s − ρ/s)."""
    step, a = c.L * s.eta, s.a
    root = step * (1 - a) / a
    noise = c.sigma_r**2 * (s.T - 1 + max(1.0, 1 / (a**2 * s.B))) / s.T
    fixed = 2 * c.F0 / (s.eta * s.T) + noise * step
    moved = noise * a
    total = moved * (2 - step) + fixed
    # √ρ/s, where the derivative vanishes
    part = moved / total * root
    share = min(1.0, part + math.sqrt(part * part + fixed / total))
    room = 2 - step - root * (share + 1 / share)
    return (fixed + moved * root * share) / room if room > 0 else math.inf


class SGDMomentumSharp(Theorem):
    """SGD with momentum, m ← (1 − a)m + a g_f(x), x ← x − ηm, whose noise has the order of SGD's.

    With ρ = (Lη(1−a)/a)², every s ≥ √ρ with D_s = 2 − Lη − s − ρ/s > 0 gives

        Lη(2−a) < 2a and a ≤ 1  ⇒  D_s G ≤ 2F₀/(ηT) + (Lη + ρa/s)σ_r²(T−1 + max{1, 1/(a²B)})/T,

    and the class has the best s. At s = √ρ it is G ≤ (2F₀/(ηT) + (2−a)Lησ_r²(T−1 + max{1,
    1/(a²B)})/T)/(2 + Lη − 2Lη/a); at a = B = 1 it is S0, and with a fixed
    and η → 0 its best value over η is √(2LF₀σ_r²/T), as that of S0.

    Proof. z^t = x^t − η((1−a)/a)m_t obeys z^t = z^{t−1} − ηg_f(x^{t−1}). Smoothness at z with
    ⟨∇f(z), g⟩ ≥ (1 − s/2)‖g‖² − ‖∇f(z) − g‖²/(2s) for g = ∇f(x), and ‖∇f(z) − g‖² ≤ ρ‖m‖²; E‖m_t‖²
    ≤ (1−a)E‖m_{t−1}‖² + aE‖g‖² + a²σ_r² sums to Σ‖m‖² ≤ Σ‖g‖² + aTσ_r² + (‖g_1‖² + σ_r²/B)/a.
    Source: derived here. Largest measured/bound known: 1.0, and 0.9999 with noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SGDMomentumSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.01, a=0.5, K=1, T=10_000, B=1)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.01599
    """

    label = "S3-SGDm-sharp"
    method = methods.SGDMomentum
    variance = "mean"
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta * (2 - a) < 2 * a, a <= 1, K <= 1)
    bound = as_bound(best_split)

    def example(self) -> Case:
        return usual(1, eta=0.05, a=0.3)

    def tightest(self) -> Case:
        return one_step(alone=True, eta=1.0, a=1.0)
