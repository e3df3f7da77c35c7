"""Lower bounds on all zero-respecting methods of first order, with all constants: the chain of
Carmon, Duchi, Hinder, Sidford, whose coordinates show one by one."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, get_args

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.errors import Checks

Class: TypeAlias = Literal["exact", "noisy", "mean_square"]

# F_m = −Ψ(1)Φ(x_1) + Σ[Ψ(−x_{i−1})Φ(−x_i) − Ψ(x_{i−1})Φ(x_i)]: its smoothness, what each of the m
# coordinates adds to F_m(0) − inf F_m, its largest |∂_i F_m|, and the mean-squared smoothness of
# its samples times √p, p the probability with which the next coordinate shows.
SMOOTHNESS, LEVEL, SLOPE = 151.27, 11.234, 22.91
MEAN_SQUARED = SMOOTHNESS + 2 * math.sqrt(2) * SLOPE
# By how much the length of the chain grows in the search for the best one.
STEPS = 400


def minimax(
    constants: Constants, T: int, kind: Class = "exact", *, without_f: bool = False
) -> float:
    """A value that E‖∇f‖² at the output of every zero-respecting method exceeds on some problem.

        "exact":        LF₀/(1700(T+1)) with T exact gradients,
        "noisy":        max_m ε²(1 − (Tp/2 + 1)/m), ε² = LF₀/(ℓ₁Δ₀m), p = ε²γ²/(σ² + ε²γ²),
        "mean_square":  the same with ε² = δ√p F₀/(216.1Δ₀m), for samples that are δ-Lipschitz in
                        mean square,

    ℓ₁ = 151.27, Δ₀ = 11.234, γ = 22.91. As T → ∞ they are 5.76·10⁻⁴√(LF₀σ²/T) and
    3.55·10⁻⁴(δF₀σ/T)^{2/3}. The chain is that of Carmon, Duchi, Hinder, Sidford, with the noise of
    Arjevani et al. (arXiv 1912.02365): while a coordinate has not shown, ‖∇F_m‖ ≥ 1, and the next
    one shows with probability p in each gradient. It needs as many dimensions as coordinates.

    Args:
        constants: L, F₀, and σ_f or δ, single numbers.
        T: gradients.
        kind: The class of problems.
        without_f: Whether the method has a helper h = 0 in the class, so that δ stands for L.

    Returns:
        The value, in (F/X)².

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=1.0, sigma_f=10.0)
        >>> [f"{at.lower_bounds.minimax(c, T, 'noisy') / 10 * T**0.5:.1e}" for T in (10**3, 10**5)]
        ['3.1e-04', '5.4e-04']
    """
    checks = Checks()
    checks.instance("constants", constants, Constants, "at.Constants(...)")
    T = checks.whole("T", T, low=1)
    checks.member("kind", kind, get_args(Class))
    if isinstance(constants, Constants):
        for name in ("L", "F0", "sigma_f", "delta"):
            value = getattr(constants, name)
            if np.size(value) != 1:
                checks.complain(name, value, "must be one number")
    checks.done()
    L = float(np.squeeze(constants.delta if without_f else constants.L))
    F0, sigma, delta = (
        float(np.squeeze(v)) for v in (constants.F0, constants.sigma_f, constants.delta)
    )
    if kind == "exact":
        return L * F0 / (1700 * (T + 1))
    m = np.unique(np.floor(np.geomspace(1, 4.0 * (T + 2), STEPS)))
    if kind == "noisy":
        square = L * F0 / (SMOOTHNESS * LEVEL * m)
    else:
        # ε² = A²p with A constant in p: ε⁴ = A⁴p, p as above.
        A = delta * F0 / (MEAN_SQUARED * LEVEL * m)
        if not np.any(A):
            return 0.0
        noise = sigma**2 / SLOPE**2
        # y = ε² solves y² = A²·y/(noise + y).
        square = 2 * A**2 / (noise + np.sqrt(noise**2 + 4 * A**2))
    if not np.any(square):
        return 0.0
    shown = square * SLOPE**2 / (sigma**2 + square * SLOPE**2)
    return float(max(np.max(square * (1 - (T * shown / 2 + 1) / m)), 0.0))
