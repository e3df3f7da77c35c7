"""Wrong bounds about methods with clients or several helpers, which the falsifier must refute: each
is a theorem of the library with a plausible mistake."""

from __future__ import annotations

from typing import Any

import auxtheory as at
from auxtheory import theorems
from auxtheory.theorems import Theorem
from auxtheory.theorems.clients import lagged
from auxtheory.theorems.clients.quantities import LONGER, growth
from auxtheory.theorems.helpers.proximal import gamma

L, F0, eta, a, K, T, B, N, rho_h, mu = at.symbols("L F0 eta a K T B N rho_h mu")
sigma_h, sigma_r, lam, ell = at.symbols("sigma_h sigma_r lambda_K ell")
delta, delta_m, delta_bar, delta_A, delta_AS = at.symbols(
    "delta delta_m delta_bar delta_A delta_AS"
)
zeta_run, zeta_0, zeta_b, zeta_h, beta_m = at.symbols("zeta_run zeta_0 zeta_b zeta_h beta_m")
zeta_avg, zeta_x = at.symbols("zeta_avg zeta_x")
S = at.symbol("S")
START = 2 * F0 / (eta * K * T)
LEVEL = L * eta * sigma_h**2
INNER = delta_bar**2 * eta**2 * (K - 1) * sigma_h**2
PATH = delta_m**2 * eta**2 * lam
REFRESH = a + 1 / (a * B * T)
TAU = (N - S) / (S * at.maximum(1, N - 1))
FIRST = (N - at.minimum(B, N)) / (at.minimum(B, N) * at.maximum(1, N - 1))
FRESH = TAU * zeta_run**2
EACH = FIRST * zeta_0**2
MOMENTA = (a <= 1,)
z = delta_A * eta * K
SGD = START + LEVEL / N
FLOOR = (delta_A * eta) ** 2 * lam * zeta_avg**2
STEP = eta * K
KAPPA = ell * eta * (K - 1) / 2


def drifted(d: Any) -> Any:
    """The range of AuxMOM with exact local gradients whose buffers drift with d."""
    return L * eta + 3 * PATH + 3 / 2 * (1 - a) ** 2 * (d * eta * K) ** 2 / a**2


def wrong(bound: Any, like: type[Theorem], **changes: Any) -> Theorem:
    """The theorem with another bound or other conditions."""
    return at.claim(bound, like=like(), **changes)


def of_choice(tau: Any, kappa: Any) -> Any:
    """The bound of T6b at a variance τ of the choice and a curvature κ of the paths."""
    share = kappa**2 + L * STEP * tau * kappa * (1 + kappa)
    rest = kappa**2 + L * STEP * tau * (1 + kappa) ** 2
    return (2 * F0 / (STEP * T) + L * eta * sigma_h**2 / S + rest * zeta_x**2) / (1 - share)


class LaggedWithOwnSamples(at.Method):
    """Lagged SCAFFOLD whose controls are samples."""

    state, client_state = "x c", "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True)

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return o.h(x, exact=True)

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (c - c_i))

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x)
        return (y, new - c_i), new

    def server(o: Any, x: Any, c: Any, y: Any, dc: Any) -> Any:
        return y, c + o.S / o.N * dc


class LaggedFromZero(LaggedWithOwnSamples):
    """Lagged SCAFFOLD whose controls start at 0."""

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return 0 * x

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x, exact=True)
        return (y, new - c_i), new


T1 = theorems.ClientExactCorrection
T3 = theorems.ClientAuxMOMQuiet
T4 = theorems.ClientAuxMVRQuiet
T6A = theorems.FedAvgQuadratic
T7 = theorems.SCAFFOLDExactStart
T8 = theorems.LaggedSCAFFOLD
DRIFT = delta_m**2 * eta**2 * lam
E1, E2 = growth(LONGER)
QUIET_T7 = [*T7.assumptions, sigma_h <= 0]
z_m = delta_m * eta * K

# What is wrong, and the claim.
WRONG: dict[str, Theorem] = {
    "T1, mean similarity in the range": wrong(
        START, T1, step_range=[L * eta + delta_bar**2 * eta**2 * lam <= 1]
    ),
    "T1, half of the drift": wrong(START, T1, step_range=[L * eta + DRIFT / 2 <= 1]),
    "T1, noise over S": wrong(START + LEVEL / S + INNER, theorems.ClientExactCorrectionNoise),
    "T1-PL, no ημK ≤ 1": wrong(
        (1 - eta * mu) ** (K * T) * F0,
        theorems.ClientExactCorrectionPL,
        step_range=[L * eta + 1.36 * K * (K - 1) * delta_m**2 * eta**2 <= 1],
    ),
    "T2, no 1/(1 − β)": wrong(START + LEVEL + zeta_b**2, theorems.ClientNaive),
    "T2, ζ² over S": wrong((START + LEVEL + zeta_b**2 / S) / (1 - beta_m), theorems.ClientNaive),
    "T3, 1/a for 1/a² in the range": wrong(
        T3.bound,
        T3,
        step_range=[L * eta + 3 * PATH + 3 / 2 * (1 - a) ** 2 * z**2 / a <= 1, *MOMENTA],
    ),
    "T3, σ_r² over S": wrong(START + 3 / 2 * sigma_r**2 * REFRESH / S, T3),
    "T3, no start term": wrong(START + 3 / 2 * sigma_r**2 * a, T3),
    "T4, a = 0.1(δηK)²": wrong(
        T4.bound,
        T4,
        step_range=[L * eta + 3 * PATH <= 1, (delta_AS * eta * K) ** 2 / 10 <= a, *MOMENTA],
    ),
    "T4, a²σ_r² for aσ_r²": wrong(
        START + 3 / 2 * sigma_r**2 * (a**2 + 1 / (a * (2 - a) * B * T)), T4
    ),
    "T5, δ_A for L": wrong(
        theorems.SharedMomentumQuiet.bound,
        theorems.SharedMomentumQuiet,
        step_range=[drifted(delta_A) <= 1, *MOMENTA],
    ),
    "T5, τ² for τ": wrong(
        START + 3 / 2 * (TAU * FRESH * a + EACH / (a * (2 - a) * T)), theorems.SharedMVRQuiet
    ),
    "T9, the range of T3": wrong(
        theorems.StaleAuxMOM.bound,
        theorems.StaleAuxMOM,
        step_range=[drifted(delta_A) <= 1, *MOMENTA],
    ),
    "T9, 1/(aBT) for 1/(paBT)": wrong(
        START + 9 / 4 * sigma_r**2 * REFRESH / (2 - a), theorems.StaleAuxMOM
    ),
    "U, a root less": wrong(START * (1 + DRIFT) / (2 - L * eta), T1),
    "T3-shared, no floor": wrong(
        START + 4 * (sigma_r**2 + zeta_h**2) * REFRESH / (2 - a), theorems.SharedDifferences
    ),
    "T10, λ = δ/2": wrong(
        theorems.ProximalConvex.bound,
        theorems.ProximalConvex,
        step_range=[delta_m * gamma <= 2, S <= 1],
    ),
    "T6a, half of the floor": wrong(
        SGD + FLOOR / 2,
        T6A,
        assumptions=[*T6A.assumptions, sigma_h <= 0, rho_h <= 0],
        step_range=[L * eta <= 1, N <= S, eta * ell <= 2],
    ),
    "T6a, noise over N²": wrong(
        START + LEVEL / N**2 + FLOOR, T6A, step_range=[L * eta <= 1, N <= S, K <= 1]
    ),
    "T6a, G for G_avg": wrong(T6A.bound, T6A, measure="G"),
    "T6b, no choice": wrong(of_choice(0 * N, KAPPA), theorems.FedAvgSampled),
    "T6b, a quarter of κ": wrong(of_choice(TAU, KAPPA / 4), theorems.FedAvgSampled),
    "T7-I, Lη ≤ 1 alone": wrong(
        theorems.SCAFFOLDOptionI.bound,
        theorems.SCAFFOLDOptionI,
        step_range=[L * eta <= 1, N <= S],
    ),
    "T7-I, (K−1)/2 for q₁": wrong(
        SGD + (delta_bar * eta) ** 2 * (E1**2 + E2) * (K - 1) / 2 * sigma_h**2 / N,
        theorems.SCAFFOLDOptionI,
    ),
    "T7-II, no δ_A in the range": wrong(
        START, T7, assumptions=QUIET_T7, step_range=[L * eta <= 1, z_m <= 1, N <= S]
    ),
    "T7-II, the refuted range": wrong(
        START,
        T7,
        assumptions=QUIET_T7,
        step_range=[z_m <= 1.25, L * eta + z_m**4 / 25 <= 1, N <= S],
    ),
    "T7-II, δηK ≤ 1.7": wrong(
        START, T7, assumptions=QUIET_T7, step_range=[L * eta <= 0.01, z_m <= 1.7, N <= S]
    ),
    "T7-II, some of the clients": wrong(
        START,
        theorems.SCAFFOLDConvex,
        assumptions=[*theorems.SCAFFOLDConvex.assumptions, sigma_h <= 0],
        step_range=[L * eta + z**4 <= 1, eta * ell <= 1, S < N],
    ),
    "T8, ℓηK ≤ 0.65 for all N": wrong(
        2 * F0 / (STEP * T),
        T8,
        assumptions=[*T8.assumptions, sigma_h <= 0],
        step_range=[ell * STEP <= 0.65, eta * ell <= 1],
    ),
    "T8-star, own samples as controls": wrong(
        theorems.LaggedSCAFFOLDStar.bound, theorems.LaggedSCAFFOLDStar, method=LaggedWithOwnSamples
    ),
    "T8, controls from 0": wrong(T8.bound, T8, method=LaggedFromZero),
    "T8, noise over N": wrong(
        (
            2 * F0 / (STEP * T)
            + L * eta * sigma_h**2 / N
            + lagged.OF_DIFFERENCES * lagged.G2 * sigma_h**2 / (K * S)
        )
        / lagged.LEFT,
        T8,
    ),
}
