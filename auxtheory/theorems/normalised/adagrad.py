"""AdaGrad-norm: on smooth f without noise, and projected on convex f with noise."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import auxtheory.theorems.normalised.quantities  # noqa: F401
from auxtheory import measures, methods
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.bounds.user_symbols import symbol
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, F0, sigma_f, eta_x, K, T, rho, reach0 = symbols("L F0 sigma_f eta_x K T rho reach0")
b0 = symbol("b0", glyph="b₀", unit="F/X")
radius = symbol("radius", glyph="R", unit="X")
NEWTON = 100


def largest_root(slope: float, log_factor: float, inverse: float, constant: float, b: float) -> Any:
    """The largest root u of slope·(u − b) − log_factor·ln(u/b) − inverse·(1/b − 1/u) = constant, a
    function convex in u, by Newton's method from above."""
    most = log_factor * max(0.0, float(np.log(2 * log_factor / b)))
    u = 2 * (b + constant + inverse / b + most)
    for _ in range(NEWTON):
        value = slope * (u - b) - log_factor * np.log(u / b) - inverse * (1 / b - 1 / u) - constant
        down = value / (slope - log_factor / u - inverse / u**2)
        if not down > 1e-15 * u:
            break
        u -= down
    return u


def of_the_sum(c: Any, s: Any) -> Any:
    """(u² − b₀²)/T with the smaller u of those that are proved."""
    Leta = c.L * s.eta
    start = s.b0
    u = largest_root(1.0, Leta, 0.0, c.F0 / s.eta, start)
    if 2 * start >= Leta:
        u = min(u, largest_root(2.0, Leta, c.L * c.F0, c.F0 / s.eta, start))
    return (u - start) * (u + start) / s.T


class AdaGradNorm(Theorem):
    """AdaGrad-norm with exact gradients, b² ← b² + ‖g‖² from b₀², x ← x − ηg/b, on an L-smooth f:

        σ_f = 0  ⇒  G ≤ (u² − b₀²)/T, u the largest root of u − Lη ln(u/b₀) = b₀ + F₀/η;
        if b₀ ≥ Lη/2 also with the largest root of 2(u − b₀) − Lη ln(u/b₀) = F₀/η + LF₀(1/b₀ − 1/u).

    Proof. Let b⁺ be the next b. f(x⁺) ≤ f(x) − η(b⁺² − b²)/b⁺ + ½Lη²(b⁺² − b²)/b⁺², the last ratio
    is at most 2 ln(b⁺/b), and (b⁺² − b²)/b⁺ ≥ b⁺ − b. Summed, b_T − Lη ln(b_T/b₀) ≤ b₀ + F₀/η, so
    b_T ≤ u, and ΣG = b_T² − b₀². Sharper: (b⁺² − b²)/b⁺ = 2(b⁺ − b) − (b⁺ − b)²/b⁺, and as ‖g‖² ≤
    2LF₀ if no step is longer than 2/L, the last term is at most LF₀(1/b − 1/b⁺). Derived here; the
    method: arXiv 1806.01811. Largest measured/bound known: 1.000,
    for one step of length ‖x⁰ − x*‖.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AdaGradNorm()
        >>> c = at.Constants(L=1.0, F0=1.0)
        >>> steps = at.Steps(eta=1.0, b0=1.0, K=1, T=100)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.03624
    """

    label = "AdaGrad-norm"
    method = methods.AdaGradNorm
    assumptions = (sigma_f <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (0 < b0, K <= 1)
    bound = BlackBox(of_the_sum)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.05, dim=32).with_helper()
        return Case(pair, T=(10, 100, 1_000), eta=1.0, b0=0.1)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper()
        return Case(pair, T=1, eta=100.0, b0=100.0)


class ProjectedAdaGradNorm(Theorem):
    """AdaGrad-norm projected onto the ball of radius R around 0, x ← Π(x − ηg/√(b₀² + Σ‖g‖²)), the
    present g included, on a convex, L-smooth f:

        max{‖x⁰‖, ‖x*‖} ≤ R  ⇒  mean E f(x^t) − f* over t < T ≤ [CM − (M² − b₀² − Tσ_f²)/(2L) −
        ηb₀]/T,  C = 2R²/η + η, M = max{LC, √(b₀² + Tσ_f²)};
        b₀ = 0, η = √2 R with the diameter D = 2R: LD²/T + σ_f²/(2L) if σ_f²T ≤ 2L²D², otherwise
        √2 Dσ_f/√T. No step size needs L or σ_f.

    Proof. With S = b₀² + Σ‖g‖² the regret Σ⟨g, x − x*⟩ is at most D²/(2η)·√S + ½Σ η_t‖g‖² ≤ C√S −
    ηb₀. Co-coercivity, f − f* ≤ ⟨∇f, x − x*⟩ − ‖∇f‖²/(2L), holds as ∇f(x*) = 0; so with Γ =
    ΣE‖∇f‖² the sum of the gaps is at most C√(b₀² + Tσ_f² + Γ) − Γ/(2L) − ηb₀, largest over Γ ≥ 0 as
    stated. Derived here; the method: arXiv 1806.01811. Largest measured/bound known: 0.55.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ProjectedAdaGradNorm()
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_helper()
        >>> noise = at.Gaussian(sigma_f=0.5)
        >>> print(at.validate(theorem, pair, noise, K=1, T=100).status)
        pass
    """

    label = "AdaGrad-projected"
    method = methods.ProjectedAdaGradNorm
    measure = measures.gap_mean
    variance = "mean"
    assumptions = (rho <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (reach0 <= radius, K <= 1)
    C = 2 * radius**2 / eta_x + eta_x
    LEAST = b0**2 + T * sigma_f**2
    LARGEST = maximum(L * C, sqrt(LEAST))
    bound = (C * LARGEST - (LARGEST**2 - LEAST) / (2 * L) - eta_x * b0) / T
    prescribed: ClassVar[Rule] = {"": {"eta": 2**0.5 * reach0, "radius": reach0, "b0": 0 * b0}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        reach = c.values()["reach0"]
        return {"eta": 2**0.5 * reach, "radius": reach, "b0": 0.0 * reach}

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.05, dim=32).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=(10, 100, 1_000))

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, x0=[0.5], x_star=-0.5).with_helper()
        return Case(pair, T=20)
