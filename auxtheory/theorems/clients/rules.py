"""Prescribed steps that theorems on clients share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.theorems.base import smallest

L, F0, sigma_h, K, T, N = symbols("L F0 sigma_h K T N")
# Where the noise of the local steps, averaged over all clients, takes over.
NOISE_CAP = sqrt(2 * F0 * N / (K * L * sigma_h**2 * T))


def by_convexity(caps: Callable[[bool], Any], c: Constants, K: int, T: int) -> tuple[Reals, None]:
    """The least of the caps on η: those of convex clients where ρ_h = 0, otherwise the others."""
    values = c.values() | {"K": K, "T": T}
    convex, other = (smallest(caps(case), values) for case in (True, False))
    return np.where(np.asarray(values["rho_h"]) <= 0, convex, other), None
