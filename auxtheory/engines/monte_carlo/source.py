"""Generated source of a method's hooks on a tile: one function per hook, straight lines for one
coordinate in a loop over the tile.

The source is a module with a function `make` of the pair's gradients and the law's draws, which
returns the hooks. A pass of the step hook takes several local steps while the state, the parameters
and the sums stay in registers; their samples are drawn into buffers before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from auxtheory.engines.monte_carlo.interpreter import CHOICE, steps_alone
from auxtheory.engines.monte_carlo.layout import STEPS, Layout, Met
from auxtheory.engines.monte_carlo.lines import Lines, at
from auxtheory.engines.monte_carlo.shared_numbers import batched, shared
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Choice, Hook
from auxtheory.random.counter import CURVATURE_LOCAL, CURVATURE_R, F_SAMPLE, H_SAMPLE, LOCAL

HEAD = """import math

from auxtheory.kernels.cpu.draw import WIDTH, tosses
from auxtheory.kernels.cpu.tile import TILE, add_rows
from auxtheory.kernels.cpu.traced import wide
from auxtheory.kernels.cpu.vectors import LANES, rounded, signed, vectors, where


def make(apart, f, h, r, value, correlate, fill, fill_second):
"""
FIXED = {"p_1": 4, "p_2": 5, "p_3": 6, "x_star": 7}
ENERGY, SPREAD, WORK = 1, 2, 3
ROUND_ENDS = "finish", "server"  # the hooks after which a round is measured
SOURCES = 256  # kept for later runs: a source takes a millisecond to write
ARGUMENTS = "tiles, s, drawing, drawn, n, numbers, batches, levels, round_"
INNER = "v, s, n, u, levels, batches, weights"
SIZES = "def {name}(" + INNER + "):"


@dataclass(frozen=True)
class Dialect:
    """What differs between the loops of a CPU and those of a GPU.

    Args:
        arguments: of the functions of hooks.
        drawn: the lines that draw the samples of a call.
        tossed: the line that draws the uniform of a coin.
        applied: the lines that apply a function of one coordinate's lines at a local step.
    """

    arguments: str
    drawn: Callable[[Layout, int, Met, str, int], list[str]]
    tossed: Callable[[Layout, Choice, str, int], str]
    applied: Callable[[str, str, str], list[str]]


@lru_cache(SOURCES)
def source(layout: Layout) -> str:
    """The module of a phase's hooks."""
    parts = [
        *once_a_round(layout, "start", CPU),
        *once_a_round(layout, "refresh", CPU),
        *local_steps(layout),
        *once_a_round(layout, "finish", CPU),
        measured(layout),
        "return start, refresh, steps, finish, measured",
    ]
    return HEAD + indented("\n\n".join(parts)) + "\n"


def hook_of(layout: Layout, name: str) -> Hook:
    """A hook of the program; one that leaves the state alone, if it has none of this name."""
    program = layout.program
    if name in program.hooks:
        return program.hooks[name]
    state = (Node("state", data=v, vector=v not in program.scalars) for v in program.state)
    return Hook(name, tuple(state), (), (), {})


def indented(text: str, by: int = 1) -> str:
    """Lines of source, moved to the right by some levels."""
    return "\n".join("    " * by + line if line else line for line in text.splitlines())


def defined(head: str, lines: list[str]) -> str:
    """The source of a function with these lines."""
    return f"@apart\ndef {head}:\n{indented(chr(10).join(lines or ['return']))}"


def over_coordinates(layout: Layout, lines: list[str]) -> list[str]:
    """The lines for each coordinate of a tile, or of a thread of a GPU, where an index must be a
    constant for numbers to stay in registers."""
    if layout.coordinates:
        return [line for i in range(layout.coordinates) for line in (f"i = {i}", *lines)]
    return ["wide()", "for i in range(n):", *(f"    {line}" for line in lines)]


# -- one hook at one coordinate


class Body:
    """The function of a hook, or of several steps of it, over one tile."""

    def __init__(self, layout: Layout, hook: Hook) -> None:
        self.layout = layout
        self.hook = hook
        self.sums: dict[str, int] = {}

    def stored(self, name: str, text: str) -> str:
        """The line that gives a value to a variable, rounded as a tile holds it."""
        if self.layout.dtype == "float32":
            text = f"rounded({text})" if self.layout.vector else f"np.float32({text})"
        return f"{name} = {text}"

    def added(self, lines: Lines, over: str) -> list[str]:
        """The lines that add the measures of the current state to their sums."""
        out = []
        for number, measure in enumerate(self.layout.summed):
            if measure.over == over:
                name = f"sum_{number}"
                self.sums[name] = self.layout.row["sum", measure]
                part = lines.measured(measure)
                out.append(self.stored(name, f"{name} + w_{number} * ({part})"))
        return out

    def squared(self, lines: Lines, remember: bool) -> list[str]:
        """The lines that add (∇f)² to the energy, and leave it in the tile."""
        g = lines.gradient("f", "s_x")
        self.sums["energy"] = ENERGY
        out = [self.stored("energy", f"energy + {g} * {g}")]
        return [*out, f"{at(WORK)} = {g} * {g}"] if remember else out

    def text(self, lines: Lines) -> tuple[list[str], set[str]]:
        """The lines of the hook, and the variables that it changes."""
        after = lines.state_after()
        changed = [f"n_{v} = {text}" for v, text in after.items()]
        changed += [self.stored(f"s_{v}", f"n_{v}") for v in after]
        return changed, set(after)

    def function(self, head: str, inner: list[str], changed: set[str]) -> str:
        """The function of inner lines at each coordinate: rows that are read, these lines, and rows
        that are written."""
        definitions, lines = self.whole(head.partition("(")[0], inner, changed)
        return "\n\n".join([*definitions, defined(head, lines)])

    def whole(self, name: str, inner: list[str], changed: set[str]) -> tuple[list[str], list[str]]:
        """The functions of a name that the lines of such a function call, and these lines: numbers,
        then the loop over coordinates."""
        if not inner:
            return [], []
        text = "\n".join(inner)
        row = self.layout.row
        loads = [f"{name} = {at(i)}" for name, i in FIXED.items() if name in text]
        loads += [f"s_{v} = {at(row[v])}" for v in self.layout.program.state if f"s_{v}" in text]
        loads += [f"{name} = {at(i)}" for name, i in self.sums.items()]
        stores = [f"{at(row[v])} = s_{v}" for v in self.layout.program.state if v in changed]
        stores += [f"{at(i)} = {name}" for name, i in self.sums.items()]
        numbers = self._numbers(text)
        lines = [*loads, *inner, *stores]
        if not self.layout.vector:
            return [], [*numbers, *over_coordinates(self.layout, lines)]
        names = [line.partition(" = ")[0] for line in numbers]
        arguments = ", ".join(["v", "s", "i", *names])
        one = f"@vectors\ndef {name}_at({arguments}):\n{indented(chr(10).join(lines))}"
        loop = ["wide()", "for i in range(0, n, LANES):", f"    {name}_at({arguments})"]
        return [one], [*numbers, *loop]

    def _numbers(self, text: str) -> list[str]:
        """The lines that read what all coordinates share."""
        arrays = {"u0": "u", "u1": "u_next", "l": "levels", "w": "weights"}
        sizes = {
            "u0": len(shared(self.hook)),
            "u1": len(shared(self.hook)),
            "l": sum(met.levels for met in self.layout.calls),
            "w": len(self.layout.summed),
        }
        used = set(re.findall(r"\b(?:u0|u1|l|w|b)_\d+\b|\bfurther\b", text))
        lines = [
            f"{name}_{i} = {array}[{i}]"
            for name, array in arrays.items()
            for i in range(sizes[name])
            if f"{name}_{i}" in used
        ]
        lines += [
            f"b_{i} = float(max(batches[{i}], 1))"
            for i in range(len(batched(self.hook)))
            if f"b_{i}" in used
        ]
        return lines + ["further = float(number)"] * ("further" in used)


def hook_function(layout: Layout, hook: Hook) -> str:
    """The function of a hook that runs once a round."""
    body = Body(layout, hook)
    lines = Lines(layout, hook)
    changes, changed = body.text(lines)
    inner = [*lines.lines, *changes]
    if hook.name in ROUND_ENDS:
        after = Lines(layout, hook, step=1)
        added = body.added(after, "rounds")
        inner += [*after.lines, *added]
    return body.function(f"{hook.name}_tile({INNER})", inner, changed)


def step_function(layout: Layout, hook: Hook, steps: int) -> str:
    """The function of some local steps; that of one step leaves (∇f)² in the tile."""
    body = Body(layout, hook)
    inner: list[str] = []
    changed: set[str] = set()
    for step in range(steps):
        lines = Lines(layout, hook, step)
        sums = [*body.squared(lines, steps == 1), *body.added(lines, "local")]
        changes, names = body.text(lines)
        changed |= names
        inner += [*lines.lines, *sums, *changes]
    arguments = INNER.replace("u,", "u, u_next,")
    return body.function(f"step_tile_{steps}({arguments})", inner, changed)


def mean_function(layout: Layout, hook: Hook, call: Call) -> str:
    """The function that adds one sample of a batch to its sums, or computes an exact gradient."""
    body = Body(layout, hook)
    exact, sample = Lines(layout, hook), Lines(layout, hook)
    writes: dict[str, list[str]] = {"exact": [], "sample": []}
    nodes = {
        node.data[1]: node for node in hook.nodes if node.op == "gradient" and node.data[0] is call
    }
    for number, node in sorted(nodes.items()):
        row = at(layout.row[call, number])
        plain = exact.gradient(call.kind, exact.text(node.args[0]))
        noisy = sample.noisy(call, sample.text(node.args[0]))
        writes["exact"].append(f"{row} = {plain}")
        total = sample.chosen("further != 0.0", f"{row} + {noisy}", noisy)
        writes["sample"].append(f"{row} = {total}")
    name = f"{hook.name}_mean_{call.number}"
    lines = []
    definitions = []
    for condition, lead, kind in (
        ("if number < 0:", exact, "exact"),
        ("else:", sample, "sample"),
    ):
        made, part = body.whole(f"{name}_{kind}", [*lead.lines, *writes[kind]], set())
        definitions += made
        lines += [condition, *(f"    {line}" for line in part)]
    return "\n\n".join([*definitions, defined(f"{name}({INNER}, number)", lines)])


# -- a hook on the tiles of all configurations


def oracles(met: Met) -> list[int]:
    """The oracle numbers of a call's rows of samples."""
    local = steps_alone(met.call)
    rows = [LOCAL if local else F_SAMPLE]
    rows += [H_SAMPLE] * met.paired
    return rows + [CURVATURE_LOCAL if local else CURVATURE_R] * met.curved


def drawn(layout: Layout, number: int, met: Met, count: str, step: int = 0) -> list[str]:
    """The lines that draw the samples of a call; count: its number among those of the round."""
    row = layout.sample(met.call, step)
    lines = []
    for i, oracle in enumerate(oracles(met)):
        second = "_second" if oracle == H_SAMPLE else ""
        target = f"s[{row + i} * TILE : {row + i} * TILE + n]"
        lines += [
            f"if drawn[{layout.drawn[met.call] + i}]:",
            f"    fill{second}({target}, drawing.lanes{second}, {number}, round_, "
            f"({count}) * 8 + {oracle})",
            "else:",
            f"    {target} = 0.0",
        ]
    return lines


def tossed(layout: Layout, choice: Choice, count: str, step: int = 0) -> str:
    """The line that draws the uniforms of a coin, the same for all coordinates of a replica."""
    row = layout.sample(choice, step)
    number = layout.every_choice.index(choice)
    target = f"s[{row} * TILE : {row} * TILE + n]"
    return (
        f"tosses({target}, drawing.replica, drawing.keys[{number}], round_, "
        f"({count}) * 8 + {CHOICE}, drawing.lanes[WIDTH])"
    )


def over_configurations(function: str, k: str, arguments: str = "") -> list[str]:
    """The lines that apply a function to the tile of every configuration."""
    nexts = f", {numbers_at(f'{k} + 1')}" if function.startswith("step_tile") else ""
    return [
        "for c in range(tiles.shape[0]):",
        f"    {function}(tiles[c], s, n, {numbers_at(k)}{nexts}, levels[c], batches, weights"
        f"{arguments})",
    ]


def numbers_at(k: str) -> str:
    """The shared numbers of a configuration at a local step."""
    row = "0" if k == "0" else f"min({k}, numbers.shape[0] - 1)"
    return f"numbers[{row}, min(c, numbers.shape[1] - 1)]"


def samples(layout: Layout, hook: Hook, k: str, dialect: Dialect, step: int = 0) -> list[str]:
    """The lines that draw all samples of a hook but those of batches."""
    means = batched(hook)
    lines = [
        line
        for number, met in layout.of(hook)
        if met.call not in means
        for line in dialect.drawn(layout, number, met, k, step)
    ]
    return lines + [dialect.tossed(layout, choice, k, step) for choice in layout.choices(hook)]


def means(layout: Layout, hook: Hook, k: str, dialect: Dialect) -> list[str]:
    """The lines that compute the means over batches, in the order of the text."""
    lines = []
    for i, call in enumerate(batched(hook)):
        number, met = next((n, m) for n, m in layout.of(hook) if m.call is call)
        function = f"{hook.name}_mean_{call.number}"
        count = f"{k} * batches[{i}] + number"
        lines += [
            f"if batches[{i}] == 0:",
            *(f"    {line}" for line in dialect.applied(function, k, ", -1")),
            f"for number in range(batches[{i}]):",
            *(f"    {line}" for line in dialect.drawn(layout, number, met, count, 0)),
            *(f"    {line}" for line in dialect.applied(function, k, ", number")),
        ]
    return lines


def once_a_round(layout: Layout, name: str, dialect: Dialect) -> list[str]:
    """The functions of a hook that runs once a round."""
    hook = hook_of(layout, name)
    lines = [
        *samples(layout, hook, "0", dialect),
        *means(layout, hook, "0", dialect),
        *dialect.applied(f"{name}_tile", "0", ""),
    ]
    return [
        *(mean_function(layout, hook, call) for call in batched(hook)),
        hook_function(layout, hook),
        defined(f"{name}({dialect.arguments})", lines),
    ]


CPU = Dialect(f"{ARGUMENTS}, weights", drawn, tossed, over_configurations)


def local_steps(layout: Layout, name: str = "step") -> list[str]:
    """The functions of the local steps of a round; those of a client begin with step k."""
    hook = hook_of(layout, name)
    several = layout.passes(hook)
    single = [
        *samples(layout, hook, "k", CPU),
        *means(layout, hook, "k", CPU),
        *over_configurations("step_tile_1", "k"),
        "    if local.shape[0]:",
        f"        add_rows(local[k, c], tiles[c], {WORK} * TILE, block)",
        "k += 1",
    ]
    together = [
        *(line for j in range(several) for line in samples(layout, hook, f"k + {j}", CPU, j)),
        *over_configurations(f"step_tile_{several}", "k"),
        f"k += {several}",
    ]
    lines = ["k = 0"] if name == "step" else []
    if several > 1:
        lines += [
            f"while k + {several} <= K and not local.shape[0]:",
            *(f"    {line}" for line in together),
        ]
    lines += ["while k < K:", *(f"    {line}" for line in single)]
    functions = [step_function(layout, hook, steps) for steps in sorted({1, several})]
    steps_taken = "K" if name == "step" else "k, K"
    return [
        *(mean_function(layout, hook, call) for call in batched(hook)),
        *functions,
        defined(f"steps({ARGUMENTS}, weights, {steps_taken}, local, block)", lines),
    ]


# -- measures


def measured(layout: Layout) -> str:
    """The function that leaves a measure of each coordinate in the tile."""
    hook = hook_of(layout, "finish")
    definitions = []
    lines = []
    number = 0
    for number in range(2 + len(layout.last)):
        body = Body(layout, hook)
        values = Lines(layout, hook)
        if number == 0:
            part = values.gradient("value", "s_x")
        elif number == 1:
            g = values.gradient("f", "s_x")
            part = f"{g} * {g}"
        else:
            part = values.measured(layout.last[number - 2])
        inner = [*values.lines, f"{at(WORK)} = {part}"]
        made, inner = body.whole(f"measured_{number}", inner, set())
        definitions += made
        lines += [f"{'elif' if number else 'if'} which == {number}:", *(f"    {i}" for i in inner)]
    # A measure meets no samples.
    lines = ["s = v", *lines] if layout.vector else lines
    return "\n\n".join([*definitions, defined("measured(v, n, which)", lines)])


__all__ = [
    "CPU",
    "ENERGY",
    "FIXED",
    "HEAD",
    "SPREAD",
    "STEPS",
    "WORK",
    "Body",
    "Dialect",
    "defined",
    "hook_function",
    "hook_of",
    "indented",
    "local_steps",
    "mean_function",
    "means",
    "measured",
    "numbers_at",
    "once_a_round",
    "oracles",
    "over_coordinates",
    "samples",
    "source",
    "step_function",
]
