"""Where the numbers of a method stand in a tile and among its samples, for generated source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from auxtheory.engines.monte_carlo.shared_numbers import batched
from auxtheory.measures import Measure
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Choice, Hook, Program

# Local steps a pass: more need more registers than there are.
STEPS = 2
# The same for a thread of a GPU, 1 or 2. There other threads run while one waits, and two a pass
# take Adam from some 155 to 190 registers: a multiprocessor then holds two blocks, not three.
DEVICE_STEPS = 1
FURTHER = 8  # the first free row of a tile


@dataclass(frozen=True)
class Met:
    """The noise that an oracle call meets, in some configuration.

    Args:
        call: the call.
        paired: whether its sample is the difference of one of f and one of h.
        curved: whether there is multiplicative noise.
    """

    call: Call
    paired: bool
    curved: bool

    @property
    def levels(self) -> int:
        """The number of its levels: σ/√d of f, those of h (σ/√d, ρ, √(1 − ρ²)), s."""
        return 1 + 3 * self.paired + self.curved

    @property
    def rows(self) -> int:
        """The number of its rows of samples: of f, of its partner, the factor of z."""
        return 1 + self.paired + self.curved


@dataclass(frozen=True)
class Layout:
    """The rows of a tile and of the samples, and the columns of the levels of noise.

    Args:
        program: the method's program.
        measures: the further measures of the run.
        calls: the noise of each noisy call that is used.
        dtype: of the state between steps.
        coordinates: of one thread of a GPU, each with lines of its own; 0 for a loop over a tile.
        vector: whether the lines run on vectors of coordinates, rather than on one after another.
        packed: whether a row of samples holds bits, which are read as signs.
    """

    program: Program
    measures: tuple[Measure, ...]
    calls: tuple[Met, ...]
    dtype: str
    coordinates: int = 0
    vector: bool = False
    packed: bool = False

    @cached_property
    def summed(self) -> tuple[Measure, ...]:
        """The measures that are sums along the run."""
        return tuple(m for m in self.measures if m.over != "last")

    @cached_property
    def last(self) -> tuple[Measure, ...]:
        """The measures at the end of a round."""
        return tuple(m for m in self.measures if m.over == "last")

    @cached_property
    def constants(self) -> tuple[Node | Measure, ...]:
        """What has a number for each coordinate: constants of the text, matrices of measures."""
        nodes = [
            node
            for hook in self.program.hooks.values()
            for node in hook.nodes
            if node.op == "constant" and node.vector
        ]
        return (*dict.fromkeys(nodes), *(m for m in self.measures if m.matrix is not None))

    @cached_property
    def means(self) -> tuple[tuple[Call, int], ...]:
        """The gradients that are means over a batch: the call, and which of its points."""
        return tuple(
            used
            for hook in self.program.hooks.values()
            for call in batched(hook)
            for used in sorted((u for u in hook.used if u[0] is call), key=lambda u: u[1])
        )

    @cached_property
    def row(self) -> dict[object, int]:
        """The row of each state variable and mean, and of the sum or constant of something."""
        others = [v for v in self.program.state if v != "x"]
        sums = [("sum", measure) for measure in self.summed]
        constants = [("constant", what) for what in self.constants]
        further = [*sums, *constants, *others, *self.means]
        return {"x": 0} | {what: FURTHER + i for i, what in enumerate(further)}

    @property
    def rows(self) -> int:
        """The number of rows of a tile."""
        return FURTHER + len(self.row) - 1

    @cached_property
    def _samples(self) -> dict[object, tuple[int, int]]:
        """The first row of samples of each call and choice, and how many follow before those of
        the next step of a pass. Hooks share rows, which keeps them in a first-level cache."""
        first: dict[object, tuple[int, int]] = {}
        most = 0
        for hook in self.program.hooks.values():
            start = 0
            here = [(m.call, m.rows) for m in self.calls if m.call.hook == hook.name]
            here += [(choice, 1) for choice in self.choices(hook)]  # type: ignore[misc]
            stride = sum(rows for _, rows in here)
            for what, rows in here:
                first[what] = start, stride
                start += rows
            start += stride * (self.most_steps - 1 if hook.name in ("step", "local") else 0)
            most = max(most, start)
        first["end"] = most, 0
        return first

    @property
    def sample_rows(self) -> int:
        """The number of rows of samples; at least one."""
        return max(1, self._samples["end"][0])

    def sample(self, what: Call | Choice, step: int = 0) -> int:
        """The first row of samples of a call or a choice, at a step of a pass."""
        first, stride = self._samples[what]
        return first + step * stride

    @cached_property
    def drawn(self) -> dict[Call, int]:
        """The number of the first row of samples of each call among those of all calls."""
        numbers: dict[Call, int] = {}
        for met in self.calls:
            numbers[met.call] = sum(m.rows for m in self.calls[: len(numbers)])
        return numbers

    def choices(self, hook: Hook) -> tuple[Choice, ...]:
        """The coins that a hook uses."""
        return tuple(dict.fromkeys(node.data for node in hook.nodes if node.op == "coin"))

    @cached_property
    def every_choice(self) -> tuple[Choice, ...]:
        """The coins of all hooks."""
        return tuple(c for hook in self.program.hooks.values() for c in self.choices(hook))

    @cached_property
    def level(self) -> dict[Call, int]:
        """The first column of the levels of each call."""
        columns: dict[Call, int] = {}
        for met in self.calls:
            columns[met.call] = sum(m.levels for m in self.calls[: len(columns)])
        return columns

    @cached_property
    def met(self) -> dict[Call, Met]:
        """The noise of each call."""
        return {met.call: met for met in self.calls}

    def of(self, hook: Hook) -> Iterator[tuple[int, Met]]:
        """The noisy calls of a hook, with their numbers among all."""
        for number, met in enumerate(self.calls):
            if met.call.hook == hook.name:
                yield number, met

    def passes(self, hook: Hook) -> int:
        """Local steps a pass: several unless one needs the samples of a batch."""
        return 1 if batched(hook) else self.most_steps

    @property
    def most_steps(self) -> int:
        """The most local steps a pass."""
        return DEVICE_STEPS if self.coordinates else STEPS
