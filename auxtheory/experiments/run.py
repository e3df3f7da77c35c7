"""Running an experiment: pairs from data, steps tuned on separate replicas, then every method
measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.user_symbols import values_of
from auxtheory.data import Dataset, load
from auxtheory.engines import run as run_engine
from auxtheory.engines.base import Trace
from auxtheory.engines.task import AnyMethod
from auxtheory.errors import Checks
from auxtheory.experiments.settings import Settings
from auxtheory.experiments.tuning import ETAS, MOMENTA, best_steps
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Dirichlet, Logistic, LogisticPair, estimate_delta
from auxtheory.problems.logistic import helpers
from auxtheory.problems.logistic.features import as_dense, faster_sparse, fits_dense
from auxtheory.problems.logistic.split import clients_of_rows
from auxtheory.table import Table
from auxtheory.typing import FloatArray

# Limit of coordinates of an objective with sparse features: some 4 million take gigabytes in a run.
MAX_COORDINATES = 2**22
NO_LONGER_SPARSE = "noisy", "quantised", "sketched"  # helpers' features
TUNING_SEED = 1  # added to the seed, so that no replica is used for both tuning and results


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The numbers of an experiment; prints as its summary.

    Args:
        settings: the settings.
        table: one row per case, method and recorded round.
        summary: one row per case and method, at equal rounds and at equal price.
        heading: the title, with the data and the classes.

    Example:
        >>> from auxtheory import experiments
        >>> result = experiments.run(experiments.settings("mislabelled"))  # doctest: +SKIP
        >>> print(result)  # doctest: +SKIP
    """

    settings: Settings
    table: Table
    summary: Table
    heading: str = ""

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The summary, and what its column `edge` says."""
        if not any(self.summary["edge"].tolist()):
            return f"{self.summary}\nevery best step lies inside the range that was tried"
        return (
            f"{self.summary}\nedge: the best value is the last that was tried of η "
            f"({ETAS[0]:g} ≤ ηL ≤ {ETAS[1]:g}) or of a (from {MOMENTA[0]:g}); all others lie inside"
        )


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
        features=task.features, labels=task.labels, l2=settings.l2, nonconvex=settings.nonconvex
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


def method_of(name: str, T: int) -> AnyMethod:
    """A method by its name; fine-tuning trains on h for half of the rounds, then on f with
    momentum."""
    if name == "FineTuning":
        return methods.fine_tuning(T // 2)
    return next(method for method in methods.EVERY if method.name == name)


def run(
    settings: Settings, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Result:
    """Run all cases and methods of an experiment.

    Args:
        settings: the settings, as `settings` returns them.
        progress: called as progress(done, total) before each run.

    Returns:
        The numbers.

    Raises:
        InputError: lists everything that is wrong with the settings or the data.

    Example:
        >>> from auxtheory import experiments
        >>> result = experiments.run(experiments.settings("mislabelled"))  # doctest: +SKIP
        >>> print(result)  # doctest: +SKIP
    """
    checks = Checks()
    checks.instance("settings", settings, Settings, "auxtheory.experiments.settings(...)")
    checks.function("progress", progress, "(done, total)")
    checks.done()
    data = load_data(settings)
    task = task_of(settings, data)
    f = target(settings.replace(task="all"), task)
    heading = heading_of(settings, data)
    if settings.kind == "buffer":
        table = Table(tuple(buffers(settings, f, progress)))
        return Result(settings, table, summary_of(settings, table), heading)
    rows: list[dict[str, Any]] = []
    total = len(settings.cases) * len(settings.methods)
    for i, (case, pair) in enumerate(zip(settings.cases, pairs(settings, f, data), strict=True)):
        noise = noise_of(settings, pair)
        facts = _facts(pair, noise)
        for j, name in enumerate(settings.methods):
            progress(i * len(settings.methods) + j, total)
            rows += [
                {"case": case["label"], **row, **facts}
                for row in _measured(settings, pair, noise, name)
            ]
    progress(total, total)
    table = Table(tuple(rows))
    return Result(settings, table, summary_of(settings, table), heading)


def heading_of(settings: Settings, data: Dataset) -> str:
    """The title with the data and the classes of the task."""
    classes = task_of(settings, data).classes
    named = " or ".join(map(str, classes)) if len(classes) < 4 else f"{len(classes)} classes"
    return f"{settings.title} ({data.name}: {named})"


def summary_of(settings: Settings, table: Table) -> Table:
    """The summary of an experiment's rows; of kind "buffer" the rows themselves."""
    return table if settings.kind == "buffer" else Table(tuple(summary(table)))


def buffers(
    settings: Settings, f: Logistic, progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    """AuxMOM at one price with few or many local steps in a round and a small or large first batch:
    how the error of the buffer, E₀ = E‖m¹ − ∇r(x⁰)‖² = σ_r²(x⁰)/B at first, is best paid for; a row
    for each case, K and B."""
    pair = helpers.relabelled(f, share=settings.share, seed=settings.seed)
    cells = list(product(settings.cases, settings.Ks, settings.Bs))
    for done, (case, K, B) in enumerate(cells):
        progress(done, len(cells))
        # B + T − 1 gradients of f − h, KT of h.
        T = int((settings.budget - B + 1) / (1 + K * settings.c_h))
        if T < 1:
            continue
        noise = Minibatch(pair=pair, batch=case["batch"])
        cell_settings = settings.replace(K=K, T=T, B=float(B))
        (row,) = _measured(cell_settings.replace(records=1), pair, noise, "AuxMOM")
        E0 = noise.at(pair.x0[0]).sigma_r ** 2 / B
        yield {"case": case["label"], "B": B, "T": T, "E0": E0, **row}
    progress(len(cells), len(cells))


def noise_of(settings: Settings, pair: LogisticPair) -> Noise:
    """The minibatch noise, coupled where both sides have the same samples: none without a batch, or
    at clients, each of which takes the gradient of all its rows."""
    if settings.batch is None or settings.kind == "clients":
        return Gaussian()
    same = len(pair.f.labels) == len(pair.g.labels)
    return Minibatch(
        pair=pair, batch=settings.batch, coupling=settings.coupling if same else "independent"
    )


def _facts(pair: LogisticPair, noise: Noise) -> dict[str, Any]:
    """The constants of a pair: L, bounds on δ from both sides and, at x*, the bias ‖∇r‖ and the
    effect of coupling; of clients, the largest δ_i as it is certified, and ζ̄ at x*."""
    if pair.helpers is not None:
        symbols = [DERIVED["delta_m"], DERIVED["zeta_bar"]]
        delta_m, zeta = (
            float(np.max(v)) for v in values_of(symbols, pair, Gaussian(), ()).values()
        )
        return {
            "L": pair.constants().L,
            "delta low": 0.0,
            "delta": delta_m,
            "bias": zeta,
            "sigma ratio": 0.0,
        }
    delta = estimate_delta(pair, samples=2)
    constants = pair.constants()
    ratio = noise.at(pair.x_star).ratio if isinstance(noise, Minibatch) else 0.0
    return {
        "L": constants.L,
        "delta low": float(delta.lower[0]),
        "delta": float(delta.upper[0]),
        "bias": float(np.linalg.norm(pair.gradients().r(pair.x_star[None, None]))),
        "sigma ratio": ratio,
    }


def _measured(
    settings: Settings, pair: LogisticPair, noise: Noise, name: str
) -> Iterator[dict[str, Any]]:
    """The rows of one method on one pair, at its best steps."""
    steps, edge = tuned(settings, pair, noise, name)
    method = method_of(name, steps.T)
    trace = _run(
        method, pair, noise, steps, settings.replicas, settings.seed, records(settings, steps.T)
    )
    for t, cost, value, error in zip(
        trace.rounds, trace.costs, trace.grad_sq[:, 0], trace.grad_sq_se[:, 0], strict=True
    ):
        yield {
            "method": name,
            "round": t,
            "price": cost.price(1.0, settings.c_h),
            "grad_sq": value,
            "error": error,
            "eta": steps.eta,
            "a": steps.a,
            "edge": edge,
            "K": steps.K,
        }


def records(settings: Settings, T: int) -> list[int]:
    """Some thirty rounds up to T."""
    return sorted({max(1, round(T * (i + 1) / settings.records)) for i in range(settings.records)})


def tuned(settings: Settings, pair: LogisticPair, noise: Noise, name: str) -> tuple[Steps, str]:
    """The η and a with the lowest ‖∇f‖² at the end, and which of them lie on the edge of the values
    that `best_steps` tried; a grid is run at once, as configurations."""
    plain = method_of(name, settings.T)
    single = getattr(plain, "single_step", False)
    K = 1 if single else settings.K
    T = round(settings.T * (1 + settings.K * settings.c_h)) if single else settings.T
    method = method_of(name, T)
    L = float(pair.constants().L)
    steps = Steps(eta=1.0, a=1.0 if plain.uses_a else None, K=K, T=T, B=settings.B)
    if "S" in getattr(plain, "parameters", ()) and settings.S is not None:
        steps = steps.replace(S=settings.S)

    def at(eta: Any, a: Any) -> Steps:
        return steps.replace(eta=eta / L, a=a if plain.uses_a else None)

    def final_grad_sq(eta: FloatArray, a: FloatArray) -> FloatArray:
        seed = settings.seed + TUNING_SEED
        return _run(method, pair, noise, at(eta, a), settings.tuning_replicas, seed, [T]).grad_sq[0]

    eta, a, edge = best_steps(
        final_grad_sq, settings.etas, settings.momenta if plain.uses_a else None
    )
    return at(eta, a), edge


def _run(
    method: AnyMethod,
    pair: LogisticPair,
    noise: Noise,
    steps: Steps,
    replicas: int,
    seed: int,
    record: list[int],
) -> Trace:
    return run_engine(
        method, pair, noise, steps, replicas=replicas, seed=seed, record=record, follow_G=False
    )


def summary(table: Table) -> Iterator[dict[str, Any]]:
    """‖∇f‖² of each case and method at equal rounds and at equal price: those that all of them
    reach."""
    for case in dict.fromkeys(table["case"].tolist()):
        rows = table.where(case=case)
        names = dict.fromkeys(rows["method"].tolist())
        last = {name: rows.where(method=name).rows[-1] for name in names}
        rounds, price = (min(row[key] for row in last.values()) for key in ("round", "price"))
        for name in names:
            curve = rows.where(method=name)
            reached: dict[str, Any] = {}
            for key, limit in (("round", rounds), ("price", price)):
                within = [row for row in curve if row[key] <= limit * (1 + 1e-9)]
                at = within[-1] if within else {"grad_sq": np.nan, "error": np.nan}
                reached |= {f"at {key} {limit:g}": at["grad_sq"], f"± ({key})": 1.96 * at["error"]}
            facts = {
                k: last[name][k]
                for k in ("delta low", "delta", "bias", "sigma ratio", "eta", "a", "edge")
            }
            yield {"case": case, "method": name, **reached, **facts}
