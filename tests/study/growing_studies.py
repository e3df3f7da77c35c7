"""Studies and the larger studies that they grow into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study

THREE = [theorems.AuxMOM(), theorems.AuxMVR(), theorems.SGD()]
BASE: dict[str, Any] = {"delta": [1e-3, 1e-2, 0.1], "sigma_h": [0.0, 0.1], "K": [2, 5], "T": [5, 9]}


def made(kinds: Any = THREE, **changes: Any) -> Study:
    given = {
        "target": Quadratic(L=1.0, mu=0.1, dim=4),
        "noise": Gaussian(sigma_f=1.0),
        **BASE,
        **changes,
    }
    return Study(kinds, given.pop("target"), given.pop("noise"), **given)


def counts(study: Study, path: Path, **options: Any) -> list[int]:
    told: list[int] = []
    study.run(path, progress=lambda done, _: told.append(done), **options)
    return told
