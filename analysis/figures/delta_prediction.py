"""How well an estimated δ predicts the rate of exact correction (S1) at its prescribed steps on
many real pairs, compared with values of δ shuffled over the pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from auxtheory import methods, theorems
from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import caption, check_table
from auxtheory.analysis.style import Look
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.data import load
from auxtheory.engines import ENGINES, Sampling, Task, Trace
from auxtheory.errors import Checks
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Logistic, LogisticPair, estimate_delta
from auxtheory.problems.logistic import helpers
from auxtheory.problems.logistic.features import as_dense
from auxtheory.table import Table
from auxtheory.typing import FloatArray
from auxtheory.validation.local_constants import along

THEOREM = theorems.ExactCorrection()
SHUFFLES = 10
SEED = 2206
# Okabe and Ito's palette, with a marker for each colour.
MARKS = (
    ("o", "#0072B2"),
    ("s", "#E69F00"),
    ("^", "#009E73"),
    ("v", "#D55E00"),
    ("D", "#CC79A7"),
    ("P", "#000000"),
)


def pairs(
    f: Logistic, image: tuple[int, int] | None, count: int
) -> Iterator[tuple[str, LogisticPair]]:
    """`count` helpers of each kind, from near to far."""
    n = len(f.labels)
    for i in range(count):
        u = (i + 1) / count
        size = max(min(10, n), round(0.75 * n * (1 - u) ** 2))
        yield "rotated", helpers.rotated(f, 60 * u, image=image)
        yield "noisy", helpers.noisy(f, 0.5 * u, seed=i)
        yield "coreset, at random", helpers.coreset(f, size, seed=i)
        yield "coreset, centres", helpers.coreset(f, size, by="k-centre", seed=i)
        yield "sketched", helpers.sketched(f, max(1, round((1 - u) * f.features.shape[1] / 2)))
        yield "dialled", f.with_helper(u * float(f.smoothness[1]))


def delta_table(
    *,
    data: str = "digits",
    count: int = 9,
    samples: int = 400,
    K: int = 10,
    T: int = 20,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """Measure how well an estimated δ predicts the rate of exact correction (S1) on real data.

    For each pair δ is estimated from below at sampled points, along a run, and certified from
    above.
    At the steps that S1 prescribes for the δ used, the bound is `predicted` and G is `measured`. In
    the rows with shuffle 0 the δ used is the one along the run. In those of shuffle 1, 2, … it is
    that of another pair, permuted by NumPy's default generator of seed (SEED, shuffle): the control
    that shows what δ itself contributes.

    Args:
        data: a built-in data set or the path of a file, as for `auxtheory.data.load`.
        count: the number of pairs of each of six kinds.
        samples: the number of samples of the data that are used.
        K: the number of local steps.
        T: the number of rounds.
        progress: called as progress(done, total).

    Returns:
        One row per pair and shuffle.

    Raises:
        InputError: lists every argument that is out of range.
    """
    checks = Checks()
    count, samples = (checks.whole(name, n) for name, n in (("count", count), ("samples", samples)))
    K, T = (checks.whole(name, n) for name, n in (("K", K), ("T", T)))
    checks.function("progress", progress, "(done, total)")
    checks.done()
    dataset = load(data).odd_or_even()
    few = np.random.default_rng(0).permutation(len(dataset.labels))[:samples]
    checks = Checks()
    A = as_dense(checks, dataset.features[few])
    checks.done()
    f = Logistic(features=A, labels=dataset.labels[few], l2=0.01)
    return predictions(
        lambda: pairs(f, dataset.image, count), 6 * count, K=K, T=T, progress=progress
    )


def predictions(
    made: Callable[[], Iterator[tuple[str, LogisticPair]]],
    count: int,
    *,
    K: int,
    T: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """The rows of `delta_table` for pairs of any origin.

    Args:
        made: Makes the pairs, each with its kind; the same ones each time.
        count: The number of pairs.
        K: The number of local steps.
        T: The number of rounds.
        progress: Called as progress(done, total).

    Returns:
        One row per pair and shuffle.
    """
    total = count * (2 + SHUFFLES)
    facts = []
    known = []
    for done, (kind, pair) in enumerate(made()):
        progress(done, total)
        constants = pair.constants()
        facts.append(
            {"kind": kind, "pair": repr(pair), **_deltas(pair, constants, K, T), "K": K, "T": T}
        )
        known.append(constants)
    along_run = np.array([row["delta met"] for row in facts])
    orders = [np.arange(len(along_run))]
    orders += [
        np.random.default_rng([SEED, shuffle]).permutation(len(along_run))
        for shuffle in range(1, SHUFFLES + 1)
    ]
    rows: list[list[dict[str, Any]]] = [[] for _ in orders]
    # The pairs are made again rather than kept, so that memory does not grow with their number.
    for i, (_, pair) in enumerate(made()):
        for shuffle, order in enumerate(orders):
            progress(len(along_run) + i * len(orders) + shuffle, total)
            used = known[i].replace(delta=float(along_run[order[i]]))
            steps, trace = _run(pair, used, K, T)
            predicted = float(THEOREM.value(used, steps))
            measured = float(trace.G[-1, 0])
            rows[shuffle].append(
                {
                    **facts[i],
                    "shuffle": shuffle,
                    "delta used": used.delta,
                    "eta": steps.eta,
                    "predicted": predicted,
                    "measured": measured,
                }
            )
    progress(total, total)
    return Table(tuple(row for part in rows for row in part))


def _deltas(pair: LogisticPair, constants: Constants, K: int, T: int) -> dict[str, float]:
    """δ and L of a pair: at sampled points, along a run of S1 at its certified δ, and certified."""
    estimate = estimate_delta(pair, samples=4)
    _, pilot = _run(pair, constants, K, T)
    local = along(pair, pilot.paths)
    delta, L = (float(local.where(constant=name)["local"][0]) for name in ("delta", "L"))
    return {
        "delta low": float(estimate.lower[0]),
        "delta met": delta,
        "delta": float(constants.delta),
        "L met": L,
        "L": float(constants.L),
    }


def _run(pair: LogisticPair, constants: Constants, K: int, T: int) -> tuple[Steps, Trace]:
    """Run S1 at the steps that it prescribes for these constants, recording x after every round."""
    steps = THEOREM.tune(constants, K, T)
    every = range(1, T + 1)
    task = Task(
        method=methods.ExactCorrection, pair=pair, noise=Gaussian(), steps=steps, record=every
    )
    return steps, ENGINES["numpy"].run(task, Sampling(replicas=2, keep_paths=True))


def agreement(table: Table) -> dict[str, float]:
    """Count the pairs whose measured value is at most the predicted one, also with δ shuffled.

    Spearman's ρ of predicted and measured values says nothing about δ: F₀ is the same for all
    pairs, so that S1 predicts a multiple of 1/η, and ρ is as high among the shuffled pairs that
    hold.

    Args:
        table: what `delta_table` returns.

    Returns:
        The number of `pairs`, of those that hold with the δ of the run (`held`) and with shuffled δ
        (the mean over the shuffles, the `fewest` and the `most`), and the largest
        measured/predicted and Spearman's ρ of both.
    """
    unshuffled = table.where(shuffle=0)
    shuffled = [table.where(shuffle=i) for i in range(1, int(max(table["shuffle"])) + 1)]
    holding = [int(np.sum(_ratio(part) <= 1)) for part in shuffled]
    inside = [_rank(part, _ratio(part) <= 1) for part in shuffled]
    return {
        "pairs": len(unshuffled),
        "held": int(np.sum(_ratio(unshuffled) <= 1)),
        "held, δ shuffled": float(np.mean(holding)),
        "fewest": min(holding),
        "most": max(holding),
        "largest measured/predicted": float(_ratio(unshuffled).max()),
        "largest, δ shuffled": float(max(_ratio(part).max() for part in shuffled)),
        "rank correlation": _rank(unshuffled, _ratio(unshuffled) <= np.inf),
        "rank correlation of those that hold, δ shuffled": float(np.mean(inside)),
    }


def _ratio(table: Table) -> FloatArray:
    """measured/predicted of every row; ∞ for runs that diverged."""
    ratio = table["measured"] / table["predicted"]
    return np.where(np.isfinite(ratio), ratio, np.inf)


def _rank(table: Table, rows: NDArray[np.bool_]) -> float:
    """Spearman's ρ of predicted and measured over some rows."""
    from scipy.stats import spearmanr

    return float(spearmanr(table["predicted"][rows], table["measured"][rows]).statistic)


def delta_prediction(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw predicted against measured rates, and the estimates of δ against each other.

    Args:
        table: what `delta_table` returns.
        **options: where and how to draw, see `FigureOptions`.
            What is compared are kinds of helpers, not theorems.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing.
    """
    needed = ("kind", "shuffle", "predicted", "measured", "delta met", "delta")
    check_table(Checks(), table, needed, "what delta_table returns")
    kinds = list(dict.fromkeys(table["kind"].tolist()))
    look = {
        kind: Look(colour=colour, marker=marker)
        for (marker, colour), kind in zip(MARKS, kinds, strict=False)
    }
    shape = Panels(
        shows=("measured over predicted", "δ certified over δ along a run"),
        least=3.0,
        ratio=0.9,
        tallest=3.2,
    )
    canvas = open_canvas(options, look, shape)
    left, right = canvas.axes
    size = 5 * canvas.scale
    entries: list[Entry] = []
    for kind in canvas.names:
        rows = table.where(kind=kind, shuffle=0)
        mark: dict[str, Any] = {
            "color": canvas.looks[kind].colour,
            "markersize": size,
            "linestyle": "none",
        }
        mark |= {"marker": canvas.looks[kind].marker, "fillstyle": canvas.looks[kind].fill}
        (points,) = left.plot(rows["predicted"], rows["measured"], **mark)
        right.plot(rows["delta met"], rows["delta"], **mark)
        entries.append((points, canvas.name(kind)))
    other = Table(tuple(row for row in table if row["shuffle"]))
    counts = agreement(table)
    top = 10 * max(table["predicted"])
    shown = np.fmin(other["measured"], top)
    (crosses,) = left.plot(
        other["predicted"], shown, "x", color="#999999", markersize=0.8 * size, zorder=1
    )
    entries.append((crosses, "δ of another pair (at the top: beyond)"))
    left.set(xlabel="G predicted from δ along a run, in F²/X²", ylabel="G measured, in F²/X²")
    right.set(xlabel="δ along a run, in F/X²", ylabel="δ certified for all x, in F/X²")
    smallest = min(table["predicted"].min(), table["measured"].min()) / 2
    for panel in (left, right):
        _diagonal(panel, smallest)
    title = (
        f"measured ≤ predicted: {counts['held']:.0f} of {counts['pairs']:.0f} pairs; with δ "
        f"shuffled over the pairs {counts['fewest']:.0f} to {counts['most']:.0f}\n"
    )
    return canvas.finish(title + caption(table, []), entries, columns=4)


def _diagonal(panel: Axes, smallest: float) -> None:
    """Draw the line y = x on log-log axes with a grid."""
    x, y = panel.get_xlim(), panel.get_ylim()
    ends = np.maximum([min(x[0], y[0]), max(x[1], y[1])], [smallest, 0])
    panel.plot(ends, ends, color="#999999", linewidth=0.8, zorder=0)
    panel.set(xscale="log", yscale="log")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_minor_formatter(NullFormatter())
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)
