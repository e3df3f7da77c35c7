"""The σ that a bound takes: under multiplicative noise it is known only along a run.

A sample of ∇f then has the noise s ε ∘ (x − x*) beside its additive part, and no σ bounds that at
all x. A theorem's `variance` says what its proof can do with: "mean", the mean E‖noise‖² along the
run, for sums over the rounds; or "largest", the largest along the run, which is what a σ that holds
at every x means for this run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants, Kind, Reals, Steps
from auxtheory.engines import Trace
from auxtheory.errors import UNLIMITED
from auxtheory.noise.laws import Noise
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import steps_of
from auxtheory.theorems.step_range import applies


def meets(theorem: Theorem, noise: Noise) -> NDArray[np.bool_]:
    """In which configurations the theorem's method takes samples of multiplicative noise, shape
    (C,) or (1,)."""
    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_refresh)
    return np.atleast_1d((np.asarray(levels.s_r) != 0) | (np.asarray(levels.s_local) != 0))


def unknown(theorem: Theorem, noise: Noise) -> frozenset[str]:
    """The σ's that only a run can tell, since noise grows with ‖x − x*‖."""
    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_refresh)
    grows = {"sigma_f": noise.s, "sigma_h": levels.s_local, "sigma_r": levels.s_r}
    return frozenset(name for name, s in grows.items() if np.any(s))


def along(
    theorem: Theorem, constants: Constants, steps: Steps, trace: Trace, noise: Noise
) -> Constants:
    """The constants with the σ's of a run, up to its last record: σ² + s² E‖x − x*‖², the mean or
    the largest over the points at which samples were taken. Where a first batch B < ∞ enters by
    itself, the mean is no less than at x⁰."""
    if not np.any(noise.s):
        return constants
    if theorem.variance == "largest":
        spread = trace.largest_spread[-1]
    else:
        spread = np.maximum(trace.spread[-1], 0.0 if steps.exact_start else trace.start)

    def total(sigma: Reals, s: Reals) -> Any:
        square = np.square(sigma) + np.where(
            np.asarray(s) == 0, 0.0, np.square(s) * np.nan_to_num(spread)
        )
        value = np.minimum(np.sqrt(square), UNLIMITED)
        return value if np.ndim(constants.L) or len(value) > 1 else float(value[0])

    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_refresh)
    with np.errstate(over="ignore"):
        found = {
            "sigma_f": total(noise.sigma_f, noise.s),
            "sigma_h": total(levels.sigma_local, levels.s_local),
            "sigma_r": total(levels.sigma_r, levels.s_r),
        }
    kind: Kind = "exact" if trace.replicas is None else "estimate"
    return constants.replace(**found, kinds={**constants.kinds, **dict.fromkeys(found, kind)})


def prescribed(theorem: Theorem, constants: Constants, steps: Steps) -> NDArray[np.bool_]:
    """Where the theorem prescribes these very steps for the constants of the run: a bound at
    prescribed steps promises nothing at others, such as those that it prescribes for less noise."""
    size = max(np.size(steps.eta), *(np.size(value) for value in constants.values().values()))
    same = applies(theorem, constants, size)
    if np.any(same):
        with np.errstate(all="ignore"):
            eta, a = steps_of(theorem, constants, steps.K, steps.T, steps.B)
        for own, taken in ((eta, steps.eta), (a, steps.a)):
            if own is not None and taken is not None:
                same = same & np.isclose(own, taken, rtol=1e-9, atol=0.0)
    return same
