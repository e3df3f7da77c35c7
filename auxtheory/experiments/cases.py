"""The problems of an experiment: data split into training and held-out samples, and the pair and
the noise of each case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.user_symbols import values_of
from auxtheory.data import Dataset, load
from auxtheory.errors import Checks
from auxtheory.experiments.settings import Settings
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Dirichlet, Logistic, LogisticPair, estimate_delta
from auxtheory.problems.logistic import helpers
from auxtheory.problems.logistic.features import as_dense, faster_sparse, fits_dense
from auxtheory.problems.logistic.split import clients_of_rows
from auxtheory.typing import FloatArray

# Limit of coordinates of an objective with sparse features: some 4 million take gigabytes in a run.
MAX_COORDINATES = 2**22
# What is added to the name of a data set in the names of IDX files.
NAMES_OF_IDX = re.compile(r"-images[-.]idx3[-.]ubyte$")
MET = 4  # points of the runs at which ‖∇²r‖ is computed, and x⁰
NO_LONGER_SPARSE = "noisy", "quantised", "sketched"  # helpers' features


@dataclass(frozen=True, eq=False)
class Problem:
    """The objective of an experiment on its training samples, and on those that are held out.

    data: the training samples with all their classes, from which helpers are made.
    """

    data: Dataset
    f: Logistic
    held_out: Logistic
    heading: str


def problem_of(settings: Settings) -> Problem:
    """The problem of these settings; InputError lists what is wrong with the data."""
    data = load_data(settings)
    train, held_out = data.split(settings.held_out, settings.seed)
    f, other = (target(settings, part) for part in (train, held_out))
    return Problem(train, f, other, heading_of(settings, data))


def load_data(settings: Settings) -> Dataset:
    """Load the data of an experiment, as an array where that fits and is faster; sparse features
    need few coordinates.

    InputError lists every class that the settings name and the data lack.
    """
    data = load(settings.data, zero_based=settings.zero_based, n_features=settings.n_features)
    checks = Checks()
    if isinstance(settings.task, list | tuple):
        data.check_classes(checks, "task", settings.task)
    if settings.kind == "transfer":
        for case in settings.cases:
            data.check_classes(checks, "classes", case["classes"])
    if len(data.classes) == 1:
        checks.complain(
            "data", settings.data, f"must have two classes or more, and has only {data.listed}"
        )
    n, p = data.features.shape
    outputs = len(data.classes) if settings.task == "all" and len(data.classes) > 2 else 1
    few = outputs * p <= MAX_COORDINATES
    if fits_dense(data.features) and not (few and faster_sparse(data.features)):
        data = replace(data, features=as_dense(checks, data.features))
    else:
        if not few:
            size = f"{n} samples, {p} features" + (f", {outputs} classes" if outputs > 1 else "")
            allowed = (
                f"must have at most {MAX_COORDINATES} coordinates (features × classes) where "
                "features are sparse"
            )
            checks.complain("data", settings.data, f"{allowed}, and is of {size}")
        # Reported before the fit, which takes minutes at this size.
        if settings.kind in NO_LONGER_SPARSE or any(
            case.get("by") == "leverage" for case in settings.cases
        ):
            as_dense(checks, data.features)
    checks.done()
    return data


def task_of(settings: Settings, data: Dataset) -> Dataset:
    """The classes of the task: odd and even classes, all classes, or those named."""
    if settings.task == "parity":
        return data.odd_or_even()
    return data if settings.task == "all" else data.of_classes(*settings.task)


def target(settings: Settings, data: Dataset) -> Logistic:
    """The objective of a task on the data."""
    task = task_of(settings, data)
    return Logistic(
        features=task.features,
        labels=task.labels,
        l2=settings.l2,
        nonconvex=settings.nonconvex,
        classes=len(task.classes),
    )


def pairs(settings: Settings, f: Logistic, data: Dataset) -> list[LogisticPair]:
    """The pairs of all cases; InputError lists everything that is wrong."""
    checks = Checks()
    made = [checks.attempt(pair_of, settings, f, data, case) for case in settings.cases]
    checks.complaints = list(dict.fromkeys(checks.complaints))
    checks.done()
    return [pair for pair in made if pair is not None]


def pair_of(settings: Settings, f: Logistic, data: Dataset, case: dict[str, Any]) -> LogisticPair:
    """The pair of one case."""
    arguments = {name: value for name, value in case.items() if name != "label"}
    if settings.kind == "transfer":
        other = data.of_classes(*arguments["classes"])
        return f.helped_by(f.replace(features=other.features, labels=other.labels, weights=None))
    if settings.kind == "clients":
        return split(settings, f, data, arguments)
    if settings.kind == "rotated" and data.image is not None:
        arguments["image"] = data.image
    return getattr(helpers, settings.kind)(f, **arguments)


def split(settings: Settings, f: Logistic, data: Dataset, case: dict[str, Any]) -> LogisticPair:
    """The rows of a task over clients; of odd against even classes by the classes themselves."""
    by = Dirichlet(case["alpha"]) if "alpha" in case else case["by"]
    labels = data.labels if settings.task == "parity" else f.labels
    checks = Checks()
    of_row = clients_of_rows(checks, settings.N, by, settings.seed, labels)
    checks.done()
    return f.split(by=of_row, seed=settings.seed)


def heading_of(settings: Settings, data: Dataset) -> str:
    """The title with the data, the number of samples and the classes of the task."""
    task = task_of(settings, data)
    named = " or ".join(map(str, task.classes))
    named = named if len(task.classes) < 4 else f"{len(task.classes)} classes"
    count = f"{len(task.labels):,} samples"
    return f"{settings.title} ({NAMES_OF_IDX.sub('', data.name)}, {count}: {named})"


def noise_of(settings: Settings, pair: LogisticPair) -> Noise:
    """The minibatch noise, coupled where both sides have the same samples: none without a batch, or
    at clients, each of which takes the gradient of all its rows."""
    if settings.batch is None or settings.kind == "clients":
        return Gaussian()
    same = len(pair.f.labels) == len(pair.g.labels)
    return Minibatch(
        pair=pair, batch=settings.batch, coupling=settings.coupling if same else "independent"
    )


def facts_of(pair: LogisticPair, noise: Noise, visited: Sequence[FloatArray]) -> dict[str, Any]:
    """The constants of a pair, given points that runs visited, (records, some, d) of each method.

    L; bounds on δ at all x from both sides, a certified bound on the region around those points and
    the largest ‖∇²r‖ at some of them; at x* the bias ‖∇r‖ and the effect of coupling. Of clients,
    the largest δ_i as it is certified, and ζ̄ at x*.
    """
    if pair.helpers is not None:
        symbols = [DERIVED["delta_m"], DERIVED["zeta_bar"]]
        delta_m, zeta = (
            float(np.max(v)) for v in values_of(symbols, pair, Gaussian(), ()).values()
        )
        facts = {"delta low": 0.0, "delta": delta_m, "bias": zeta, "sigma ratio": 0.0}
        return {"L": pair.constants().L, **facts}
    constants = pair.constants()
    delta = float(constants.delta)
    low = met = on_region = delta
    if constants.kinds["delta"] != "exact":
        finite = [run[:, np.all(np.isfinite(run), axis=(0, 2))] for run in visited]
        points = np.concatenate([run.reshape(-1, pair.dim) for run in finite])
        on_region = float(pair.constants(region=pair.region(points)).delta)
        last = np.concatenate([run[-1] for run in finite])
        ends = np.concatenate([pair.x0, last[:: max(1, len(last) // MET)]])
        met = float(estimate_delta(pair, ends).lower[0])
        low = max(met, float(estimate_delta(pair, pair.x_star[None]).lower[0]))
    ratio = noise.at(pair.x_star).ratio if isinstance(noise, Minibatch) else 0.0
    return {
        "L": constants.L,
        "delta low": low,
        "delta": delta,
        "delta region": on_region,
        "delta met": met,
        "bias": float(np.linalg.norm(pair.gradients().r(pair.x_star[None, None]))),
        "sigma ratio": ratio,
    }
