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
    defined,
    hook_function,
    hook_of,
    indented,
    mean_function,
    measured,
    numbers_at,
    oracles,
    over_coordinates,
    step_function,
)
from auxtheory.methods.program import Choice, Hook
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
        *once_a_round(layout, "start"),
        *once_a_round(layout, "refresh"),
        *local_steps(layout),
        *once_a_round(layout, "finish"),
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


def samples(layout: Layout, hook: Hook, k: str, step: int = 0) -> list[str]:
    """The lines that draw all samples of a hook but those of batches."""
    means = batched(hook)
    lines = [
        line
        for number, met in layout.of(hook)
        if met.call not in means
        for line in drawn(layout, number, met, k, step)
    ]
    return lines + [tossed(layout, choice, k, step) for choice in layout.choices(hook)]


def applied(name: str, k: str, further: str = "") -> str:
    """The line that applies one coordinate's lines at a local step."""
    nexts = f", {numbers_at(f'{k} + 1')}" if name.startswith("step_tile") else ""
    numbers = f"{numbers_at(k)}{nexts}"
    return f"{name}(v, s, {COORDINATES}, {numbers}, levels, batches, weights{further})"


def means(layout: Layout, hook: Hook, k: str) -> list[str]:
    """The lines that compute the means over batches, in the order of the text."""
    lines = []
    for i, call in enumerate(batched(hook)):
        number, met = next((n, m) for n, m in layout.of(hook) if m.call is call)
        name = f"{hook.name}_mean_{call.number}"
        count = f"{k} * batches[{i}] + number"
        lines += [
            f"if batches[{i}] == 0:",
            f"    {applied(name, k, ', -1')}",
            f"for number in range(batches[{i}]):",
            *(f"    {line}" for line in drawn(layout, number, met, count)),
            f"    {applied(name, k, ', number')}",
        ]
    return lines


def once_a_round(layout: Layout, name: str) -> list[str]:
    """The functions of a hook that runs once a round."""
    hook = hook_of(layout, name)
    lines = [
        *samples(layout, hook, "0"),
        *means(layout, hook, "0"),
        applied(f"{name}_tile", "0"),
    ]
    return [
        *(mean_function(layout, hook, call) for call in batched(hook)),
        hook_function(layout, hook),
        defined(f"{name}({ARGUMENTS})", lines),
    ]


def local_steps(layout: Layout) -> list[str]:
    """The functions of the local steps of a round."""
    hook = hook_of(layout, "step")
    sizes = sorted({1, layout.passes(hook)}, reverse=True)
    lines = ["k = 0"]
    for several in sizes:
        lines += [
            f"while k + {several} <= K:",
            *(f"    {x}" for j in range(several) for x in samples(layout, hook, f"k + {j}", j)),
            *(f"    {line}" for line in means(layout, hook, "k")),
            f"    {applied(f'step_tile_{several}', 'k')}",
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
