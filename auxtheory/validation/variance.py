"""The σ's of a bound under multiplicative noise, where they are known only along a run.

A sample of ∇f then has the noise s ε ∘ (x − x*) in addition to its additive noise, and no σ bounds
that at all x. A theorem's `variance` says what its proof needs: "mean", the mean E‖noise‖² along
the run, where the proof sums over the rounds; or "largest", the largest along the run, which stands
for a σ that holds at every x.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants, Kind, Reals, Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.engines import Trace
from auxtheory.errors import UNLIMITED
from auxtheory.noise.laws import Noise
from auxtheory.theorems import Theorem
from auxtheory.theorems.along import names_along
from auxtheory.theorems.definition import steps_of
from auxtheory.theorems.step_range import applies


def equal_steps(one: Any, other: Any, T: int) -> Any:
    """Whether two values of a step parameter are the same up to rounding, those of schedules in
    each of T rounds."""
    if not isinstance(one, PerRound) and not isinstance(other, PerRound):
        return np.isclose(one, other, rtol=1e-9, atol=0.0)
    rounds = [
        v.over("", T) if isinstance(v, PerRound) else np.asarray(v)[None] for v in (one, other)
    ]
    axes = max(value.ndim for value in rounds)
    first, second = (v.reshape(*v.shape, *(1,) * (axes - v.ndim)) for v in rounds)
    return np.all(np.isclose(first, second, rtol=1e-9, atol=0.0), axis=0)


def has_multiplicative_noise(theorem: Theorem, noise: Noise) -> NDArray[np.bool_]:
    """Whether the theorem's method takes samples of multiplicative noise in each configuration,
    shape (C,) or (1,)."""
    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_r)
    of_f = any(call.noisy and call.kind == "f" for call in theorem.method.program.calls)
    met = [levels.s_r, levels.s_local, *([noise.s] if of_f else [])]
    return np.atleast_1d(
        np.logical_or.reduce(np.broadcast_arrays(*(np.asarray(s) != 0 for s in met)))
    )


def in_local_steps(theorem: Theorem) -> bool:
    """Whether the noise of local steps is multiplicative where noise is."""
    method = theorem.method
    return bool(method.role.beta) or any(
        call.noisy and call.kind != "h" for call in method.program.calls if call.hook == "step"
    )


def unknown(theorem: Theorem, noise: Noise) -> frozenset[str]:
    """The constants that are known only along a run: its own, and the σ's if noise grows with ‖x −
    x*‖."""
    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_r)
    grows = {"sigma_f": noise.s, "sigma_h": levels.s_local, "sigma_r": levels.s_r}
    return frozenset(name for name, s in grows.items() if np.any(s)) | names_along(theorem)


def constants_of_run(
    theorem: Theorem, constants: Constants, steps: Steps, trace: Trace, noise: Noise
) -> Constants:
    """The constants with the σ's of a run up to its last record: σ² + s² E‖x − x*‖², the mean or
    the largest over the points at which samples were taken. Where the bound has a term of the first
    batch B < ∞, the mean is at least the value at x⁰."""
    if not np.any(noise.s):
        return constants
    if theorem.variance == "largest":
        spread = trace.largest_spread[-1]
    else:
        spread = np.maximum(trace.spread[-1], 0.0 if steps.exact_start else trace.start)
    if theorem.method.samples_elsewhere:
        spread = np.full_like(spread, np.inf)  # of points that no engine follows

    def total(sigma: Reals, s: Reals) -> Any:
        square = np.square(sigma) + np.where(
            np.asarray(s) == 0, 0.0, np.square(s) * np.nan_to_num(spread)
        )
        value = np.minimum(np.sqrt(square), UNLIMITED)
        value = np.where(np.isinf(spread) & (np.asarray(s) != 0), UNLIMITED, value)
        return value if np.ndim(constants.L) or len(value) > 1 else float(value[0])

    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_r)
    with np.errstate(over="ignore"):
        sigmas = {
            "sigma_f": total(noise.sigma_f, noise.s),
            "sigma_h": total(levels.sigma_local, levels.s_local),
            "sigma_r": total(levels.sigma_r, levels.s_r),
        }
    kind: Kind = "exact" if trace.replicas is None else "estimate"
    return constants.replace(**sigmas, kinds={**constants.kinds, **dict.fromkeys(sigmas, kind)})


def prescribed(theorem: Theorem, constants: Constants, steps: Steps) -> NDArray[np.bool_]:
    """Whether the theorem prescribes these steps for the constants of the run; a bound at
    prescribed steps promises nothing at others, such as those that it prescribes for less noise."""
    size = max(np.size(steps.eta), *(np.size(value) for value in constants.values().values()))
    same = applies(theorem, constants, size)
    if np.any(same):
        with np.errstate(all="ignore"):
            rule = steps_of(theorem, constants, steps.K, steps.T, steps.B)
        for name, expected in rule.items():
            taken: Any = steps.parameter(name)
            if expected is not None and taken is not None:
                same = same & equal_steps(expected, taken, steps.T)
    return same
