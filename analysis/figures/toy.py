"""The paper's Figure 1: on f = ½x², ∇h = (1 + δ)x − ζ, the naive method stops at a floor that
AuxMOM does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory import methods
from auxtheory import problems as problem_families
from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.marks import coincidences, listed
from auxtheory.analysis.selection import caption, check_table
from auxtheory.analysis.style import Look, style
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.errors import Checks
from auxtheory.noise.laws import Gaussian
from auxtheory.table import Table

DELTAS = (0.1, 1.0, 10.0)
ZETAS = (0.1, 1.0, 10.0)
LINES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (8, 2)), (0, (1, 3)))


def toy_table(
    *,
    deltas: Sequence[float] = DELTAS,
    zetas: Sequence[float] = ZETAS,
    K: int = 10,
    T: int = 120,
    a: float = 0.1,
) -> Table:
    """Return f(x^t) − f* for naive, AuxMOM and fine-tuning on f = ½x², ∇h = (1 + δ)x − ζ.

    There is no noise; η = min{½, 1/(δK)}. Fine-tuning trains on h for T/2 rounds, then on f.

    Args:
        deltas: the values of δ, above 0.
        zetas: the values of ζ, at least 0.
        K: the number of local steps.
        T: the number of rounds, at least 2.
        a: the momentum parameter of AuxMOM, in (0, 1].

    Returns:
        One row per method, δ, ζ and round, with the suboptimality in the column `gap`.

    Raises:
        InputError: lists every argument that is out of range.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.toy_table(deltas=[1.0], zetas=[1.0], T=4)
        >>> list(dict.fromkeys(table["method"].tolist()))
        ['Naive', 'AuxMOM', 'FineTuning']
    """
    checks = Checks()
    rows = list[dict[str, Any]]()
    for name, values in (("deltas", deltas), ("zetas", zetas)):
        checks.number(name, checks.several(name, values, "numbers"), above=name == "deltas")
    K = checks.whole("K", K)
    T = checks.whole("T", T, low=2)
    checks.number("a", a, above=True, high=1.0)
    checks.done()
    for delta in deltas:
        pair = problem_families.toy(delta=np.full(len(zetas), delta), zeta=np.array(zetas))
        steps = Steps(eta=min(0.5, 1 / (delta * K)), a=a, K=K, T=T)
        for method in (methods.Naive, methods.AuxMOM, methods.fine_tuning(T // 2)):
            trace = run(method, pair, Gaussian(), steps, engine="exact", record=range(1, T + 1))
            for j, zeta in enumerate(zetas):
                head = {
                    "method": method.name,
                    "delta": delta,
                    "zeta": zeta,
                    "K": K,
                    "T": T,
                    "eta": steps.eta,
                    "a": a,
                }
                rows.append(head | {"round": 0, "gap": 0.5})
                rows += [
                    head | {"round": t, "gap": trace.gap[i, j]} for i, t in enumerate(trace.rounds)
                ]
    return Table(tuple(rows))


def toy(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw the rows of `toy_table`: a panel per δ, a colour and a marker per method, a line style
    per ζ.

    Args:
        table: what `toy_table` returns.
        **options: where and how to draw, see `FigureOptions`.
            The curves are of methods, not of theorems.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> len(analysis.toy(analysis.toy_table(T=4)).axes)
        3
    """
    check_table(
        Checks(),
        table,
        ("delta", "zeta", "method", "round", "gap", "eta"),
        "what toy_table returns",
    )
    deltas = list(dict.fromkeys(table["delta"].tolist()))
    methods_drawn = list(dict.fromkeys(table["method"].tolist()))
    zetas = list(dict.fromkeys(table["zeta"].tolist()))
    look = {name: Look(colour=style(name)[0], marker=style(name)[1]) for name in methods_drawn}
    shape = Panels(
        shows=[f"δ = {delta:g}" for delta in deltas], least=2.2, ratio=1.1, tallest=2.6, sharey=True
    )
    canvas = open_canvas(options, look, shape)
    for panel, delta in zip(canvas.axes, deltas, strict=True):
        rows = table.where(delta=delta)
        for name in canvas.names:
            for i, zeta in enumerate(zetas):
                _draw(panel, rows.where(method=name, zeta=zeta), LINES[i % len(LINES)], canvas)
        panel.set(yscale="log", xlabel="round t", ylabel="f(x) − f*, in F", ylim=(1e-16, 1e4))
        panel.set_title(f"δ = {delta:g}, η = {rows['eta'][0]:.3g}", fontsize=canvas.font)
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
        panel.label_outer()
    entries: list[Entry] = [
        (Line2D([], [], color=each.colour, **_mark(each, canvas)), canvas.name(name))
        for name, each in canvas.looks.items()
    ]
    grey: dict[str, Any] = {"color": "#555555", "linewidth": 1.4}
    keys: list[Entry] = [
        (Line2D([], [], linestyle=LINES[i % len(LINES)], **grey), f"ζ = {zeta:g}, exact")
        for i, zeta in enumerate(zetas)
    ]
    same = [canvas.name(name) for name in canvas.names if _coincide(table.where(method=name))]
    if same:
        nothing = Line2D([], [], linestyle="none")
        entries.append((nothing, f"{listed(same)}: lines of all ζ coincide"))
    return canvas.finish(caption(table, ["delta", "zeta", "eta"]), entries, keys, columns=2)


def _coincide(rows: Table) -> bool:
    """Whether the lines of one method are the same for all ζ, of which there are several."""
    zetas = dict.fromkeys(rows["zeta"].tolist())
    curves = {str(zeta): rows.where(zeta=zeta)["gap"] for zeta in zetas}
    return len(curves) > 1 and [len(group) for group in coincidences(curves)] == [len(curves)]


def _mark(look: Look, canvas: Canvas) -> dict[str, Any]:
    return {"marker": look.marker, "fillstyle": look.fill, "markersize": 5 * canvas.scale}


def _draw(panel: Axes, curve: Table, line: Any, canvas: Canvas) -> None:
    """Draw one method at one ζ."""
    first = curve.rows[0]
    look = canvas.looks[first["method"]]
    every = max(1, len(curve) // 6)
    panel.plot(
        curve["round"],
        np.maximum(curve["gap"], 1e-16),
        linestyle=line,
        color=look.colour,
        **_mark(look, canvas),
        # Markers of curves that coincide lie next to each other.
        markevery=(canvas.names.index(first["method"]) * every // len(canvas.looks), every),
        linewidth=1.4,
    )
