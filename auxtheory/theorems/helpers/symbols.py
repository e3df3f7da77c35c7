"""The symbols of the theorems about several helpers, and the parts that their formulas share."""

from __future__ import annotations

from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.bounds.user_symbols import symbol
from auxtheory.theorems.drawn import variance_of_mean
from auxtheory.theorems.helpers.constants import uneven

L, F0, rho, delta_m, delta_bar, delta_A, delta_AS = symbols(
    "L F0 rho delta_m delta_bar delta_A delta_AS"
)
delta, zeta = symbols("delta zeta")
sigma_h, sigma_r, eta, a, K, T, B, N, lam = symbols("sigma_h sigma_r eta a K T B N lambda_K")
# How many helpers work in a round; all of them where the steps say ∞.
S = symbol("S")

# 1 where several helpers work in a round, and 0 for one.
SEVERAL = minimum(1, S - 1)
# Averaging several paths costs what f lacks to be convex.
AVERAGED = rho * eta * K * SEVERAL
# The share of helpers at work.
SHARE = S / N
# The variance of the mean over those at work, without replacement, in units of that of one; and of
# the mean over B helpers.
OTHERS = maximum(1, N - 1)
TAU = variance_of_mean(S, N, OTHERS)
FIRST = variance_of_mean(minimum(B, N), N, OTHERS)

START = 2 * F0 / (eta * K * T)
# Lη with the cost of averaging, also that of the local steps' noise.
QUIET = L * eta + AVERAGED
NOISY = L * eta + 2 * AVERAGED
LEVEL = (L + 2 * rho * SEVERAL) * eta * sigma_h**2
# L in the caps of prescribed steps.
SMOOTH = L + rho * K * SEVERAL
ROUGH = L + 2 * rho * K * SEVERAL
FLOOR = L + 2 * rho * SEVERAL

# The noise of the local steps since the buffers were refreshed.
INNER = 2 * delta_bar**2 * eta**2 * (K - 1) * sigma_h**2
# Conditions: f convex, or one helper at work; exact local gradients.
CONVEX = rho * SEVERAL <= 0
NO_STEP_NOISE = (sigma_h <= 0,)
# Helpers at work are drawn uniformly, so that means over them have the mean over all only if the
# weights are equal.
EQUAL = ((uneven <= 0).saying('all helpers must have equal weights (of split: weights="equal")'),)
# f is the mean of the helpers: their mean is a helper with r = 0.
FEDERATED = "f must be the mean of the helpers, as of clients (with_clients)"
CLIENTS = ((delta <= 0).saying(FEDERATED), (zeta <= 0).saying(FEDERATED), *EQUAL)


def root_inside(smooth: Posynomial) -> Posynomial:
    """√(1 − Lη), 0 beyond the range."""
    return sqrt(maximum(0, 1 - smooth))
