"""Does an estimated δ predict the rate? Exact correction (S1) at the steps that it prescribes, on many real pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from auxtheory import methods, theorems
from auxtheory.analysis.curves import caption
from auxtheory.constants import Constants, Steps
from auxtheory.data import load
from auxtheory.engines import ENGINES, Trace
from auxtheory.met import along
from auxtheory.noise import Gaussian
from auxtheory.problems import Logistic, LogisticPair, estimate_delta, helpers
from auxtheory.result import Table

THEOREM = theorems.ExactCorrection()
# Okabe and Ito's palette, with a marker each.
MARKS = ("o", "#0072B2"), ("s", "#E69F00"), ("^", "#009E73"), ("v", "#D55E00"), ("D", "#CC79A7"), ("P", "#000000")


def pairs(f: Logistic, image: tuple[int, int] | None, count: int) -> Iterator[tuple[str, LogisticPair]]:
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
    *, data: str = "digits", count: int = 9, samples: int = 400, K: int = 10, T: int = 20,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:  # fmt: skip
    """For each pair: δ from below at sampled points, as a run meets it, and certified; at the steps that S1 prescribes
    for the met δ, the bound (predicted) and G (measured)."""
    read, rows = load(data), []
    few = np.random.default_rng(0).permutation(len(read.labels))[:samples]
    f = Logistic(features=read.features[few], labels=np.asarray(read.labels)[few] % 2, l2=0.01)
    for done, (kind, pair) in enumerate(pairs(f, read.image, count)):
        progress(done, 6 * count)
        found, constants = estimate_delta(pair, samples=4), pair.constants()
        _, pilot = _run(pair, constants, K, T)
        met = along(pair, pilot.paths)
        known = constants.replace(delta=float(met.where(constant="delta")["met"][0]))
        steps, trace = _run(pair, known, K, T)
        rows.append({
            "kind": kind, "pair": repr(pair), "delta low": float(found.lower[0]), "delta met": known.delta,
            "delta": constants.delta, "L met": float(met.where(constant="L")["met"][0]), "L": constants.L,
            "K": K, "T": T, "eta": steps.eta, "predicted": float(THEOREM.value(known, steps)),
            "measured": float(trace.G[-1, 0]),
        })  # fmt: skip
    progress(6 * count, 6 * count)
    return Table(tuple(rows))


def _run(pair: LogisticPair, constants: Constants, K: int, T: int) -> tuple[Steps, Trace]:
    """S1 at the steps that it prescribes for these constants, and x after every round."""
    steps, every = THEOREM.tune(constants, K, T), range(1, T + 1)
    run = ENGINES["numpy"].run
    return steps, run(methods.ExactCorrection, pair, Gaussian(), steps, record=every, replicas=2, keep_paths=True)


def agreement(table: Table) -> dict[str, float]:
    """How well the prediction orders the pairs (Spearman's ρ), in how many it is no less than what is measured, and the
    largest measured/predicted."""
    from scipy.stats import spearmanr

    ratio = table["measured"] / table["predicted"]
    rank = float(spearmanr(table["predicted"], table["measured"]).statistic)
    held, worst = float(np.mean(ratio <= 1)), float(ratio.max())
    return {"pairs": len(table), "rank correlation": rank, "held": held, "largest measured/predicted": worst}


def delta_prediction(table: Table) -> Figure:
    """The rows of `delta_table` → predicted against measured, and the three δ of each pair against each other."""
    figure = Figure(figsize=(9.6, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (marker, colour), kind in zip(MARKS, dict.fromkeys(table["kind"].tolist()), strict=False):
        rows = table.where(kind=kind)
        left.plot(rows["predicted"], rows["measured"], marker, color=colour, markersize=5, label=kind)
        right.plot(rows["delta met"], rows["delta"], marker, color=colour, markersize=5)
    found = agreement(table)
    left.set(xlabel="G predicted from the δ met along a run", ylabel="G measured")
    left.set_title(f"{found['pairs']:.0f} pairs, rank correlation {found['rank correlation']:.2f}", fontsize="medium")
    right.set(xlabel="δ met along a run", ylabel="δ certified for all x")
    for panel in (left, right):
        ends = np.array([min(panel.get_xlim()[0], panel.get_ylim()[0]), max(panel.get_xlim()[1], panel.get_ylim()[1])])
        ends = np.maximum(ends, [min(table["predicted"].min(), table["measured"].min()) / 2, 0])
        panel.plot(ends, ends, color="#999999", linewidth=0.8, zorder=0)
        panel.set(xscale="log", yscale="log")
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_minor_formatter(NullFormatter())
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    figure.suptitle(caption(table, []), fontsize="medium")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize="small")
    return figure
