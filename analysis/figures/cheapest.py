"""Which method with clients reaches an accuracy first, over δ and ζ: in rounds, in gradients of one
client, and in floats sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from auxtheory import methods
from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import coded, starts
from auxtheory.analysis.figures.phase_diagram import tints
from auxtheory.analysis.selection import check_table, edges
from auxtheory.analysis.style import looks
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.errors import Checks
from auxtheory.methods.cost import cost_of
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.table import Table
from auxtheory.typing import FloatArray

N = 10
DIM = 8
K = 10
T = 400
ETAS = np.geomspace(2e-3, 1.0, 10)
# The methods, and how many local steps each takes in a round.
COMPARED: Mapping[str, tuple[Any, int]] = {
    "FedAvg": (methods.FedAvg, K),
    "SCAFFOLD": (methods.SCAFFOLDExactStart, K),
    "ClientExactCorrection": (methods.ClientExactCorrection, K),
    "gradient descent": (methods.FedAvg, 1),
}
COSTS: Mapping[str, str] = {
    "rounds": "rounds",
    "gradients": "gradients of a client",
    "floats": "floats sent",
}
COLUMNS = ("delta", "zeta", "curve", *COSTS)


def cheapest_table(*, points: int = 8, accuracy: float = 1e-4) -> Table:
    """Return what each method needs until ‖∇f(x)‖² is at most `accuracy`, at its best of ten steps.

    Ten clients, in two groups of five, of a quadratic with L = 1, μ = 0.01 and F₀ = 1; K = 10, at
    most 400 rounds, without noise.

    Args:
        points: The number of δ and of ζ, at least 2.
        accuracy: The level, in F²/X², above 0.

    Returns:
        One row per δ, ζ and method: `rounds`, `gradients` (of one client, all clients together)
        and `floats` (numbers sent by and to one client, over d), ∞ where it does not get there.

    Raises:
        InputError: An argument is out of range.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.cheapest_table(points=2)
        >>> table.columns
        ('delta', 'zeta', 'curve', 'rounds', 'gradients', 'floats')
    """
    checks = Checks()
    points = checks.whole("points", points, low=2)
    checks.number("accuracy", accuracy, above=True)
    checks.done()
    deltas, zetas = np.geomspace(0.005, 0.9, points), np.geomspace(0.01, 10.0, points)
    cells = np.array([(delta, zeta) for delta in deltas for zeta in zetas])
    grid = np.repeat(cells, len(ETAS), axis=0)
    f = Quadratic(L=1.0, mu=0.01, dim=DIM, spectrum="geometric")
    pair = f.with_clients(N=N, delta=grid[:, :1], zeta=grid[:, 1:], groups=2)
    rows = list[dict[str, Any]]()
    for name, (method, local) in COMPARED.items():
        steps = Steps(eta=np.tile(ETAS, len(cells)), K=local, T=T)
        trace = run(method, pair, Gaussian(), steps, record=range(1, T + 1))
        first = _first_round(np.asarray(trace.grad_sq), accuracy).reshape(len(cells), -1)
        (phase,) = method.phases(steps)
        gradients = cost_of(phase, T, clients=N)
        floats = sum(method.floats.total(S=N, N=N)) / N
        for (delta, zeta), rounds in zip(cells.tolist(), first.min(axis=1).tolist(), strict=True):
            rows.append(
                {
                    "delta": delta,
                    "zeta": zeta,
                    "curve": name,
                    "rounds": rounds,
                    # A gradient of r is one of f and one of h, and one of f is N of clients.
                    "gradients": rounds / T * (gradients.calls_h + gradients.calls_r * (N + 1)),
                    "floats": rounds * floats,
                }
            )
    return Table(tuple(rows))


def _first_round(grad_sq: FloatArray, accuracy: float) -> FloatArray:
    """The first round, from 1 on, after which each configuration stays at most `accuracy`; ∞."""
    above = ~(grad_sq <= accuracy)
    last = len(above) - np.argmax(above[::-1], axis=0)
    rounds = np.where(np.any(above, axis=0), last + 1, 1)
    return np.where(rounds > len(above), np.inf, rounds)


def cheapest(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw which method needs least, over δ and ζ: a panel for rounds, gradients and floats each.

    Args:
        table: What `cheapest_table` returns.
        **options: Where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: A column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> len(analysis.cheapest(analysis.cheapest_table(points=2)).axes)
        3
    """
    check_table(Checks(), table, COLUMNS, "what cheapest_table returns")
    names = list(dict.fromkeys(table["curve"].tolist()))
    known = looks({"theorem": name, "method": name} for name in names)
    shape = Panels(shows=list(COSTS.values()), least=2.0, ratio=1.0, sharey=True)
    canvas = open_canvas(options, known, shape)
    fills = tints({name: each.colour for name, each in canvas.looks.items()})
    x, y = np.unique(table["delta"]), np.unique(table["zeta"])
    place = np.searchsorted(y, table["zeta"]) * len(x) + np.searchsorted(x, table["delta"])
    codes, named = coded(table, "curve")
    tint = np.array([fills[name] for name in named])
    for panel, (cost, title) in zip(canvas.axes, COSTS.items(), strict=True):
        needed = table[cost]
        order = np.lexsort((np.arange(len(place)), needed, place))
        best = order[starts(place[order])]
        best = best[np.isfinite(needed[best])]
        colours = np.ones((len(y) * len(x), 3))
        colours[place[best]] = tint[codes[best]]
        panel.pcolormesh(edges(x), edges(y, True), colours.reshape(len(y), len(x), 3))
        panel.set(xscale="log", yscale="log", xlabel="largest δ_i over L", ylabel="ζ, in F/X")
        panel.set_title(title, fontsize=canvas.font)
        panel.label_outer()
    entries: list[Entry] = [
        (Patch(facecolor=tuple(fills[name].tolist())), canvas.name(name)) for name in canvas.names
    ]
    return canvas.finish("", entries, columns=2)
