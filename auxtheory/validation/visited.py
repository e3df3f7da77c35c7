"""The region that the runs of a theorem's method visit, from pilot runs."""

from __future__ import annotations

import numpy as np

from auxtheory import engines
from auxtheory.engines import Sampling, Task
from auxtheory.errors import InputError
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Region
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray
from auxtheory.validation.at_work import at_work, knowing
from auxtheory.validation.regions import constants_on
from auxtheory.validation.request import StepRequest, planned

VISITED = "visited"  # the region that `validate` finds by pilot runs
PILOTS = 8  # pilot runs, at most
REPLICAS = 64  # of each
RECORDS = 8  # rounds of each at which points are kept
SLACK = 0.75
# The most that a pilot run uses of a region, so that there is room for longer ones.
MOST = 0.9
# Added to the seed, so that no replica is used for both the region and the verdict.
SEED = 0x5EED


def visited(theorem: Theorem, pair: Pair, noise: Noise, request: StepRequest, seed: int) -> Region:
    """A region that a pilot run did not leave, of the points of the pilot runs before it.

    The prescribed steps depend on the constants of the region, and the region on the steps: each
    pilot run takes the steps for the region so far, the first those for the constants at all x, and
    if it leaves this region its points are added.

    Args:
        theorem: The theorem.
        pair: The pair.
        noise: The noise.
        request: The requested steps; without η those that the theorem prescribes.
        seed: The seed of the verdict.

    Returns:
        The region.

    Raises:
        InputError: A pilot run diverges, or the last one leaves its region.
    """
    region: Region | None = None
    points: list[FloatArray] = []
    for pilot in range(PILOTS):
        sampling = Sampling(
            replicas=REPLICAS, seed=(seed + SEED + pilot) % 2**64, keep_paths=True, follow_G=False
        )
        seen = []
        for task in _tasks(theorem, pair, noise, request, region):
            paths = np.asarray(engines.run_task(task, "numpy", sampling).paths)
            seen += [pair.x0, paths.reshape(-1, pair.dim)]
        visited_points = np.concatenate(seen)
        if not np.all(np.isfinite(visited_points)):
            raise InputError.listing([f"region = {VISITED!r}: a pilot run diverges"])
        if region is not None and np.max(region.reach(visited_points)) <= MOST:
            return region
        points.append(visited_points)
        region = pair.region(np.concatenate(points), slack=SLACK)
    raise InputError.listing(
        [f"region = {VISITED!r}: every one of {PILOTS} pilot runs left the region of those before"]
    )


def _tasks(
    theorem: Theorem, pair: Pair, noise: Noise, request: StepRequest, region: Region | None
) -> list[Task]:
    """The runs with the steps that follow from the constants on a region, or at all x."""
    working = at_work(theorem, pair, request.parameters)
    constants = knowing(constants_on(theorem, pair, noise, region), working)
    method = theorem.method
    return [
        Task(method=method, pair=pair, noise=noise, steps=steps, record=records(steps.T))
        for steps, _ in planned(theorem, pair, noise, request, constants)
    ]


def is_asked_for(region: object) -> bool:
    """Whether an argument asks for the region of pilot runs."""
    return isinstance(region, str) and region == VISITED


def records(T: int) -> list[int]:
    """Some rounds up to the last one."""
    return sorted({max(1, round(T * (i + 1) / RECORDS)) for i in range(RECORDS)})
