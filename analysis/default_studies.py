"""The small default study of each figure, which takes seconds on the exact engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from auxtheory import theorems
from auxtheory.defaults import RATE_STUDY
from auxtheory.errors import Checks
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table
from auxtheory.theorems.measured import measure_name

ROUNDS = (30, 100, 300, 1000)


def default(figure: str) -> Table:
    """The Table that the named figure draws by default; InputError for an unknown name."""
    checks = Checks()
    checks.member("figure", figure, STUDIES)
    checks.done()
    return STUDIES[figure]()


def _study(
    kinds: tuple[type[theorems.Theorem], ...], noise: Gaussian | None = None, **axes: Any
) -> Table:
    target = Quadratic(L=1.0, mu=0.5, dim=64)
    return Study([kind() for kind in kinds], target, noise or Gaussian(sigma_f=1.0), **axes).run()


MAIN = (theorems.AuxMOM, theorems.AuxMVR, theorems.SGD)


def study_over_delta(wanted: Mapping[str, Any] = RATE_STUDY, **sampling: Any) -> Study:
    """The study of rate-vs-delta with these values; sampling: engine, replicas and seed."""
    L = wanted["L"]
    dim = wanted["dim"]
    return Study(
        [kind() for kind in MAIN],
        Quadratic(L=L, mu=L if dim == 1 else L / 2, dim=dim),
        Gaussian(sigma_f=wanted["sigma-f"], sigma_h=wanted["sigma-h"]),
        delta=np.geomspace(wanted["delta-min"], wanted["delta-max"], wanted["points"]),
        K=wanted["K"],
        T=wanted["T"],
        **sampling,
    )


def over_T() -> Table:
    return _study(MAIN, delta=0.02, K=10, T=np.unique(np.geomspace(10, 10_000, 13).astype(int)))


def over_sigma_r() -> Table:
    return _study(MAIN, delta=0.05, sigma_f=np.geomspace(1e-3, 10, 17), K=10, T=1000)


def over_K() -> Table:
    return _study(MAIN, Gaussian(), delta=0.005, K=[2**i for i in range(11)], T=100)


def over_F0() -> Table:
    return _study(MAIN, delta=0.05, F0=np.geomspace(1e-3, 1e3, 19), K=10, T=1000)


def over_zeta() -> Table:
    noise = Gaussian(sigma_f=0.1, sigma_h=0.1)
    kinds = (theorems.Naive, theorems.AuxMOM, theorems.AuxMVR)
    return _study(kinds, noise, delta=0.05, zeta=np.geomspace(1e-3, 10, 17), K=10, T=1000)


def over_delta_and_noise() -> Table:
    return _study(
        (*MAIN, theorems.Naive),
        delta=np.geomspace(1e-3, 1, 16),
        zeta=0.1,
        sigma_f=np.geomspace(1e-3, 10, 15),
        K=10,
        T=ROUNDS,
    )


def over_everything() -> Table:
    """All theorems about G; S1 has no noise."""
    noisy = tuple(
        kind
        for kind in theorems.ALL
        if measure_name(kind) == "G" and kind is not theorems.ExactCorrection
    )
    axes = {
        "delta": [0.0, 0.01, 0.03, 0.1, 0.3],
        "zeta": [0.0, 0.1],
        "K": [1, 3, 10],
        "T": [1, 10, 100, 300],
    }
    loud = _study(noisy, Gaussian(), sigma_f=[0.0, 0.1, 1.0], sigma_h=[0.0, 0.1, 1.0], **axes)
    return Table(loud.rows + _study((theorems.ExactCorrection,), Gaussian(), **axes).rows)


def of_all_methods() -> Table:
    """Theorems on methods at the same prices over δ, two of them with lower bounds."""
    kinds = (theorems.SGD, theorems.ExactCorrection, theorems.Naive, *MAIN[:2])
    return _study(kinds, delta=np.geomspace(1e-3, 1, 13), zeta=0.1, K=10, T=1000)


def over_steps(points: int = 33) -> Table:
    """AuxMOM and AuxMVR at any η and a, within their ranges and far outside."""
    study = Study(
        [theorems.AuxMOM(), theorems.AuxMVR()],
        Quadratic(L=1.0, mu=0.1, dim=16),
        Gaussian(sigma_f=0.3),
        delta=0.3,
        K=5,
        T=300,
        eta=np.geomspace(1e-2, 3, points),
        a=np.geomspace(1e-3, 1, points),
        mode="unsafe",
    )
    return study.run()


STUDIES: dict[str, Callable[[], Table]] = {
    "rate-vs-T": over_T,
    "rate-vs-sigma-r": over_sigma_r,
    "rate-vs-K": over_K,
    "rate-vs-F0": over_F0,
    "floor-vs-zeta": over_zeta,
    "phase-diagram": over_delta_and_noise,
    "tightness": over_everything,
    "stability": over_steps,
    "measured-vs-predicted": over_everything,
    "comparison": of_all_methods,
}
