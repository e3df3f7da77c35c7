"""The lower bound of SCAFFOLD: slow clients that are all the same, and two clients of which one is
flat, next to the step beyond which two clients of opposite curvatures diverge."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.errors import Checks
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.lower_bounds.sgd import slow
from auxtheory.measures import G_avg
from auxtheory.methods import SCAFFOLDExactStart as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

L, F0, delta_m, K, T = symbols("L F0 delta_m K T")
CURVATURE = minimum(delta_m, L)
PARABOLA = slow(K * T)
# From this δηK on the first round of the flat client is bad enough.
LONG = 2.5


def divergence(K: float) -> float:
    """z_K: SCAFFOLD on two clients ½(l ± δ)x², l → 0, diverges if and only if δηK > z_K.

    With z = δηK a round multiplies x − (c₁ − c₂)/(2δ) by

        ½((1+z/K)^K + (1−z/K)^K) − ((1+z/K)^K − (1−z/K)^K)/(2z),  K = ∞: cosh z − sinh(z)/z,

    which is 1 at z_K: 2 at K = 2, 1.837 at 3, 1.622 at 10, 1.543 at ∞.

    Args:
        K: local steps in a round, at least 2; may be ∞.

    Returns:
        z_K.

    Raises:
        InputError: K is not a whole number of at least 2, or ∞.

    Example:
        >>> import auxtheory as at
        >>> [round(at.lower_bounds.divergence(K), 3) for K in (2, 3, 10, float("inf"))]
        [2.0, 1.837, 1.622, 1.543]
    """
    checks = Checks()
    K = checks.whole("K", K, low=2, infinite=True)
    checks.done()

    def factor(z: float) -> float:
        if math.isinf(K):
            return math.cosh(z) - math.sinh(z) / z
        up, down = (1 + z / K) ** K, (1 - z / K) ** K
        return (up + down) / 2 - (up - down) / (2 * z)

    low, high = 0.5, 4.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if factor(middle) <= 1 else (low, middle)
    return (low + high) / 2


def clients(curvatures: Any, F0: float) -> Any:
    """The pair of clients of these curvatures in one dimension, f(x⁰) = F₀."""
    x0 = math.sqrt(2 * F0 / float(np.mean(curvatures)))
    return Quadratic.from_clients([[float(v)] for v in curvatures], x0=[x0])


def hard(constants: Constants, steps: Steps) -> Instance:
    """Two clients ½Lx², or, if δηK ≥ 2.5 and it is worse, one client dx² and one 0, d = min{δ_m,
    L}."""
    L, F0 = float(constants.L), float(constants.F0)
    d = min(float(constants.values()["delta_m"]), L)
    parabolic = float(PARABOLA.value(constants.values() | steps.values()))
    if d * float(steps.eta) * steps.K >= LONG and d * F0 / (LONG * steps.T) >= parabolic:
        return clients([2 * d, 0.0], F0), Gaussian()
    return clients([L, L], F0), Gaussian()


SCAFFOLD = LowerBound(
    name="SCAFFOLDExactStart",
    method=METHOD,
    statement="""\
SCAFFOLD with all clients and any constant η, without noise, from exact controls, on an L-smooth f
that is the mean of clients whose ∇(f − f_i) have the Lipschitz constant δ_m, d = min{δ_m, L}, m =
min{Lη, 1}, u = 1/(2 − m): some pair has

    G_avg ≥ 2LF₀ max{1/(KT), 2u/(2mKT + 1)}, which is at least F₀/(ηKT + 1/(2L)); for every η,
    G_avg ≥ max{2LF₀/(KT), F₀/(2.5T/d + 1/(2L))}.""",
    proof="""\
Let f_1 = f_2 = ½Lx², x⁰ = √(2F₀/L). The controls cancel, and the KT local steps are gradient steps
on f, as in the proof about SGD without noise, with KT in place of T. This is the first line, and
the first term of the last.

Let z = ηdK. If z < 2.5, the second form of the first line is F₀/(ηKT + 1/(2L)) with ηK < 2.5/d.
Otherwise let f_1 = dx², f_2 = 0, so that f = ½dx² and f − f_i = ∓½dx². In the first round the
controls are exact: y_1 ← y_1 − ηd(2y_1 − x) and y_2 ← y_2 − ηdx, hence with v = ηd

    ȳ_k = ½x(3/2 − vk + ½(1 − 2v)^k),

and mean_k (ȳ_k/x)² ≥ 0.2027 for z ≥ 2.5 and all K (evaluated; the least is at z = 2.5 and K → ∞,
an integral of exponentials). Later rounds add at least 0, so that G_avg ≥ 2dF₀ · 0.2027/T ≥
F₀/(2.5T/d).""",
    source="""\
derived here. As T → ∞ the constant is 2 for 2.5: clients ½(l ± δ)x², l → 0, diverge for δηK > z_K,
z_K ≤ 2 (`divergence`), and a slow f has F₀/(ηKT): G_avg ≥ (1−o(1)) max{δ/2, L/(2K)} F₀/T. The
tuned T7-II-convex has (4L/K + 2.83δ_A)F₀/T.""",
    bound=maximum(2 * L * F0 / (K * T), CURVATURE * L * F0 / (LONG * L * T + CURVATURE / 2)),
    at_steps=PARABOLA,
    hard=hard,
    measure=G_avg,
    respects=frozenset(("rho", "M", "unequal", "curved")),
)
