"""What the report page, the figures and the slopes of a study cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from auxtheory.bench.growth.operation import Prepare, operation
from auxtheory.bench.growth.operations.studies import opened

declared = partial(operation, group="Page and figures")
CELLS = (4_000, 40_000, 400_000)


def curves(**axis: Any) -> Any:
    """The results of AuxMOM and SGD along one axis."""
    from auxtheory.noise.laws import Gaussian
    from auxtheory.problems import Quadratic
    from auxtheory.study import Study
    from auxtheory.theorems import SGD, AuxMOM, Naive

    fixed = {"delta": 0.05, "K": 10, "T": 1_000} | axis
    kinds = (Naive, AuxMOM) if "zeta" in axis else (AuxMOM, SGD)
    noise = Gaussian() if "sigma_f" in axis else Gaussian(sigma_f=1.0)
    target = Quadratic(L=1.0, mu=0.5, dim=4)
    return Study([kind() for kind in kinds], target, noise, **fixed).run()


# The axes of curves, and their values for a number of points.
AXES: Mapping[str, Callable[[int], Any]] = {
    "delta": partial(np.geomspace, 1e-3, 1.0),
    "T": lambda points: np.arange(10, 10 + points),
    "sigma_f": partial(np.geomspace, 1e-3, 10.0),
    "K": lambda points: np.arange(1, 1 + points),
    "F0": partial(np.geomspace, 1e-3, 1e3),
    "zeta": partial(np.geomspace, 1e-3, 10.0),
}


@declared(
    "report page",
    "cells",
    (10_000, 100_000, 1_000_000),
    wanted=10.0,
    megabytes=1_000.0,
    seconds=30.0,
    covers=("report",),
)
def page(cells: int) -> Callable[[], object]:
    from auxtheory.analysis.page import build

    results = opened(cells)
    return lambda: build(results, name="growth.study")


def of_curves(axis: str, make: Callable[[Any], object]) -> Prepare:
    """What prepares a call on the results along one axis."""

    def prepare(points: int) -> Callable[[], object]:
        results = curves(**{axis: AXES[axis](points)})
        return lambda: make(results)

    return prepare


def drawn(figure: str) -> Callable[[Any], object]:
    """What draws a figure of results."""

    def draw(results: Any) -> object:
        from auxtheory.analysis import FIGURES

        return FIGURES[figure](results)

    return draw


def of_cells(make: Callable[[Any], object]) -> Prepare:
    """What prepares a call on the results of a grid."""

    def prepare(cells: int) -> Callable[[], object]:
        results = opened(cells)
        return lambda: make(results)

    return prepare


CURVES = tuple(
    declared(name, axis, (100, 1_000, 10_000), covers=(f"plot {name}",), wanted=wanted)(
        of_curves(axis, drawn(name))
    )
    for name, axis, wanted in (
        ("rate-vs-delta", "delta", 2.0),
        ("rate-vs-T", "T", None),
        ("rate-vs-sigma-r", "sigma_f", None),
        ("rate-vs-K", "K", None),
        ("rate-vs-F0", "F0", None),
        ("floor-vs-zeta", "zeta", None),
    )
)
GRIDS = tuple(
    declared(name, "cells", CELLS, covers=(f"plot {name}",))(of_cells(drawn(name)))
    for name in ("phase-diagram", "tightness", "measured-vs-predicted", "comparison")
)


@declared("stability", "cells", (2_000, 20_000, 200_000), covers=("plot stability",))
def stability(cells: int) -> Callable[[], object]:
    from auxtheory.analysis.default_studies import over_steps

    results = over_steps(round((cells / 2) ** 0.5))
    return lambda: drawn("stability")(results)


def fitted(results: Any) -> object:
    from auxtheory.analysis import slopes

    return slopes(results)


def exported(results: Any) -> object:
    from auxtheory.analysis import numbers

    return numbers("rate-vs-delta", results)


SLOPES = (
    declared("slopes", "delta", (100, 1_000, 10_000), wanted=2.0, covers=("analysis.slopes",))(
        of_curves("delta", fitted)
    ),
    declared("numbers", "delta", (100, 1_000, 10_000), covers=("analysis.numbers",))(
        of_curves("delta", exported)
    ),
)

ALL = (page, *CURVES, *GRIDS, stability, *SLOPES)
