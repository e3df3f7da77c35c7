"""Coupled samples: σ_r² with the same indices over that with independent ones, over the share of
wrong labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import expit

from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import caption, check_table
from auxtheory.analysis.style import Look
from auxtheory.errors import Checks
from auxtheory.problems import Logistic
from auxtheory.problems.logistic.helpers import relabelled
from auxtheory.table import Table
from auxtheory.theorems import finite_sums

SHARES = (0.05, 0.1, 0.2, 1 / 3, 0.5, 0.7)
POINTS: dict[str, Any] = {"at 0": "-", "at x*": "--"}
COLUMNS = ("data", "share", "point", "ratio", "same", "closed form")


def coupling_table(
    *, shares: Sequence[float] = SHARES, n: int = 4000, d: int = 20, seed: int = 0
) -> Table:
    """Return σ_r² of logistic f and a relabelled h for the same and for independent indices, at x =
    0 and at the minimiser of f.

    Two data sets of unit features in random directions: "noisy labels" are 1 with probability
    1/(1 + exp(−√d a₁)), "clear labels" with a₁ > 0, so that f fits them well.

    Args:
        shares: the shares of wrong labels, from 0 to 1.
        n: the number of samples, at least 10.
        d: the number of features, at least 1.
        seed: the seed of the data.

    Returns:
        One row per data set, share and point: `same`, `independent`, their `ratio`, the
        `covariance` and the `closed form` of `same`.

    Raises:
        InputError: an argument is out of range.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.coupling_table(shares=[0.1], n=50, d=3)
        >>> bool(table["ratio"].max() < 1)
        True
    """
    checks = Checks()
    checks.number("shares", checks.several("shares", shares, "numbers"), high=1.0)
    n = checks.whole("n", n, low=10)
    d = checks.whole("d", d, low=1)
    seed = checks.whole("seed", seed, low=0)
    checks.done()
    rows = list[dict[str, Any]]()
    for name, target in targets(n, d, seed).items():
        for share in shares:
            pair = relabelled(target, share=float(share), seed=seed)
            closed = finite_sums.relabelled_variance(pair)
            for point, x in (("at 0", np.zeros(d)), ("at x*", pair.x_star)):
                found = finite_sums.couplings_of_labels(pair, x)
                row = {"data": name, "share": float(share), "point": point, "n": n, "d": d}
                values = found._asdict() | {"ratio": found.ratio, "closed form": closed}
                rows.append(row | values)
    return Table(tuple(rows))


def targets(n: int, d: int, seed: int) -> dict[str, Logistic]:
    """The objectives of both data sets."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, d))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    scores = a[:, 0] * np.sqrt(d)
    noisy = (rng.random(n) < expit(scores)).astype(int)
    clear = (scores > 0).astype(int)
    return {
        "noisy labels": Logistic(features=a, labels=noisy, l2=1e-3),
        "clear labels": Logistic(features=a, labels=clear, l2=1e-4),
    }


def couplings(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw the rows of `coupling_table`: σ_r² with the same indices over that with independent
    ones; below 1 the same indices are better.

    Args:
        table: what `coupling_table` returns.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.coupling_table(shares=[0.1, 0.4], n=50, d=3)
        >>> analysis.couplings(table).axes[0].get_xlabel()
        'share p of wrong labels'
    """
    check_table(Checks(), table, COLUMNS, "what coupling_table returns")
    looks = (Look(colour="#0072B2", marker="o"), Look(colour="#D55E00", marker="s"))
    names = list(dict.fromkeys(table["data"].tolist()))
    canvas = open_canvas(options, dict(zip(names, looks, strict=False)), Panels())
    (panel,) = canvas.axes
    panel.axhline(1.0, color="#999999", linewidth=0.8, zorder=0)
    for name, look in canvas.looks.items():
        for point, line in POINTS.items():
            rows = table.where(data=name, point=point)
            panel.plot(
                rows["share"],
                rows["ratio"],
                linestyle=line,
                marker=look.marker,
                markersize=5 * canvas.scale,
                fillstyle="full" if point == "at 0" else "none",
                color=look.colour,
                linewidth=1.4,
            )
    panel.set(xlabel="share p of wrong labels", ylabel="σ_r², same / independent", ylim=(0, None))
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    entries: list[Entry] = [
        (Line2D([], [], color=look.colour, marker=look.marker), canvas.name(name))
        for name, look in canvas.looks.items()
    ]
    keys: list[Entry] = [
        (Line2D([], [], linestyle=line, color="#555555"), point) for point, line in POINTS.items()
    ]
    return canvas.finish(caption(table, ["data", "share"]), entries, keys, columns=2)
