"""Generated source of a method's hooks for one thread of a GPU: straight lines for each of its
coordinates, over arrays of constant indices that a compiler holds in registers.

The source is a module with a function `make` of the pair's gradients and the law's draws, which
returns the hooks. One coordinate's lines are those of the loop over tiles.
"""

from __future__ import annotations

from auxtheory.engines.monte_carlo.interpreter import CHOICE
from auxtheory.engines.monte_carlo.layout import Layout, Met
from auxtheory.engines.monte_carlo.lines import at
from auxtheory.engines.monte_carlo.shared_numbers import batched
from auxtheory.engines.monte_carlo.source import (
    ENERGY,
    FIXED,
    SPREAD,
    WORK,
    Dialect,
    defined,
    hook_of,
    indented,
    mean_function,
    means,
    measured,
    numbers_at,
    once_a_round,
    oracles,
    over_coordinates,
    samples,
    step_function,
)
from auxtheory.methods.program import Choice
from auxtheory.random.counter import H_SAMPLE

COORDINATES = 2  # of a thread: as many as four words of Philox give normals
HEAD = """import numpy as np

from auxtheory.elementary import root
from auxtheory.kernels.cuda.draw import two_drawn, two_tossed, two_zeros
from auxtheory.kernels.cuda.functions import exp, log, sign_of
from auxtheory.kernels.cuda.tile import TILE, of_thread


def make(apart, f, h, r, value, correlate, draw, draw_second):
"""
ARGUMENTS = "v, s, drawing, drawn, numbers, c, batches, levels, weights"
MEASURES = 4  # energy, gap, ‖∇f‖² and spread, which every run has


def source(layout: Layout) -> str:
    """The module of a phase's hooks."""
    parts = [
        begin(layout),
        *once_a_round(layout, "start", GPU),
        *once_a_round(layout, "refresh", GPU),
        *local_steps(layout),
        *once_a_round(layout, "finish", GPU),
        measured(layout),
        part(layout),
        "return begin, start, refresh, steps, finish, part",
    ]
    return HEAD + indented("\n\n".join(parts)) + "\n"


def begin(layout: Layout) -> str:
    """The function that loads the coordinates j, … of a row; past the last one stands that one
    again, whose numbers are not used."""
    row = layout.row
    rows = dict.fromkeys(range(layout.rows), "0.0")
    rows |= {row["x"]: "x[c, row, k]", FIXED["x_star"]: "pair.centre[k]"}
    rows |= {FIXED[f"p_{n}"]: f"pair.parameters[{n - 1}, c, k]" for n in (1, 2, 3)}
    rows |= {
        row["constant", what]: f"pair.constants[{n}, k]" for n, what in enumerate(layout.constants)
    }
    lines = [
        "k = min(j + i, dim - 1)",
        *(f"{at(n)} = {text}" for n, text in rows.items()),
    ]
    return defined("begin(v, s, x, pair, c, row, j, dim)", over_coordinates(layout, lines))


# -- the hooks


def drawn(layout: Layout, number: int, met: Met, count: str, step: int = 0) -> list[str]:
    """The lines that draw the samples of a call; count: its number among those of the round."""
    row = layout.sample(met.call, step)
    lines = []
    for i, oracle in enumerate(oracles(met)):
        draw = "draw_second" if oracle == H_SAMPLE else "draw"
        lines += [
            f"if drawn[{layout.drawn[met.call] + i}]:",
            f"    two_drawn(s, {row + i}, {draw}, drawing, {number}, ({count}) * 8 + {oracle})",
            "else:",
            f"    two_zeros(s, {row + i})",
        ]
    return lines


def tossed(layout: Layout, choice: Choice, count: str, step: int = 0) -> str:
    """The line that draws the uniform of a coin, the same for all coordinates of a replica."""
    number = layout.every_choice.index(choice)
    row = layout.sample(choice, step)
    return f"two_tossed(s, {row}, drawing, {number}, ({count}) * 8 + {CHOICE})"


def applied(name: str, k: str, further: str = "") -> list[str]:
    """The line that applies one coordinate's lines at a local step."""
    nexts = f", {numbers_at(f'{k} + 1')}" if name.startswith("step_tile") else ""
    numbers = f"{numbers_at(k)}{nexts}"
    return [f"{name}(v, s, {COORDINATES}, {numbers}, levels, batches, weights{further})"]


GPU = Dialect(ARGUMENTS, drawn, tossed, applied)


def local_steps(layout: Layout) -> list[str]:
    """The functions of the local steps of a round."""
    hook = hook_of(layout, "step")
    sizes = sorted({1, layout.passes(hook)}, reverse=True)
    lines = ["k = 0"]
    for several in sizes:
        lines += [
            f"while k + {several} <= K:",
            *(
                f"    {x}"
                for j in range(several)
                for x in samples(layout, hook, f"k + {j}", GPU, j)
            ),
            *(f"    {line}" for line in means(layout, hook, "k", GPU)),
            *(f"    {line}" for line in applied(f"step_tile_{several}", "k")),
            f"    k += {several}",
        ]
    return [
        *(mean_function(layout, hook, call) for call in batched(hook)),
        *(step_function(layout, hook, steps) for steps in sizes),
        defined(f"steps({ARGUMENTS}, K)", lines),
    ]


# -- measures


def part(layout: Layout) -> str:
    """The function of a thread's part of a measure, after the rows of which it stands in: sums
    along the run, or what `measured` leaves of the state."""
    places: list[int | str] = [ENERGY, "0", "1", SPREAD]
    for measure in layout.measures:
        if measure.over == "last":
            places.append(f"{2 + layout.last.index(measure)}")
        else:
            places.append(layout.row["sum", measure])
    lines = []
    for number, place in enumerate(places):
        lines.append(f"{'elif' if number else 'if'} number == {number}:")
        if isinstance(place, str):
            lines.append(f"    measured(v, {COORDINATES}, {place})")
            place = WORK
        lines.append(f"    return of_thread(v, {place}, j, dim)")
    return defined("part(v, number, j, dim)", [*lines, "return 0.0"])
