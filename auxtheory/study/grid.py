"""The numbered cells of a study: its axes, the labels of each cell, and the blocks of cells that
one engine call can run. An axis whose name is not one of NAMES is a step parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.constants import check_step_parameter
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.glossary import HELPER as HELPER
from auxtheory.bounds.glossary import TARGET as TARGET
from auxtheory.bounds.schedules import PerRound
from auxtheory.defaults import AUTO, FIRST_BATCH, SEED
from auxtheory.engines import ENGINES
from auxtheory.errors import EDGE, Checks, InputError, shown, whole
from auxtheory.noise.laws import LEVELS

NOISE = LEVELS
STEPS = ("eta", "a")
CLIENTS = ("N", "alpha", "delta_A")  # of pairs with clients or several helpers
# Axes with one value in an engine call; s is one of them, since multiplicative noise in any
# configuration of a call changes all bounds.
OUTER = ("engine", "seed", "dim", *CLIENTS, AT_WORK, "B", "s", "K", "T")
INNER = (*TARGET, *HELPER, *NOISE[:-1], *STEPS)  # axes with a value for each configuration
# The order in which axes are printed.
NAMES = (*TARGET, *HELPER, *NOISE, "dim", *CLIENTS, "K", "T", "B", *STEPS, "seed", "engine")

DEFAULTS: Mapping[str, Any] = MappingProxyType({"B": FIRST_BATCH, "engine": AUTO, "seed": SEED})

# The limits of values on an axis, for `Checks.number` and `Checks.whole`.
REAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        name: {"low": q.low, "above": q.above, "high": q.high}
        for name, q in GLOSSARY.items()
        if name in INNER
    }
    | {"a": {"above": True, "high": 1.0, "rounding": EDGE}}
    | {"correlation": {"low": -1.0, "high": 1.0}, "s": {}, "alpha": {"above": True}, "delta_A": {}}
)
WHOLE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"K": {}, "T": {}, "B": {"infinite": True}, "dim": {"high": 10**7}, "N": {}, "seed": {"low": 0}}
)

Axes = Mapping[str, tuple[Any, ...]]


def step_parameters(axes: Iterable[str]) -> tuple[str, ...]:
    """Those of the axes that are step parameters besides η and a, in the order of cells."""
    return tuple(sorted(set(axes) - set(NAMES)))


def printed(axes: Iterable[str]) -> tuple[str, ...]:
    """The axes in the order in which they are printed, step parameters after η and a."""
    last = NAMES.index("seed")
    every = (*NAMES[:last], *step_parameters(axes), *NAMES[last:])
    return tuple(name for name in every if name in axes)


def schedules(axes: Axes) -> dict[str, PerRound]:
    """The axes whose single value is a schedule over the rounds."""
    return {name: v[0] for name, v in axes.items() if v and isinstance(v[0], PerRound)}


@dataclass(frozen=True)
class Block:
    """Consecutive cells of one theorem that one engine call can run.

    `fixed` are the values that all cells share; of `axes`, the last varies fastest; each
    configuration has a cell for each T in `rounds`, which one run records."""

    theorem: int
    start: int
    fixed: Mapping[str, Any]
    axes: Axes
    rounds: tuple[int, ...]

    @property
    def configurations(self) -> int:
        """The number of configurations."""
        return prod(len(values) for values in self.axes.values())

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.configurations * len(self.rounds)

    def labels(self, which: NDArray[np.intp]) -> dict[str, Any]:
        """The values of each axis at these configurations, as arrays."""
        where = np.unravel_index(which, [len(values) for values in self.axes.values()] or [1])
        return {
            name: np.array(v, dtype=float)[i]
            for (name, v), i in zip(self.axes.items(), where, strict=False)
        }


@dataclass(frozen=True)
class Grid:
    """The grid of every theorem on the product of the axes; an axis that a theorem ignores counts
    as one value.

    Cells are numbered from 0, theorem by theorem, OUTER axes before INNER ones; T comes last where
    eta is an axis, since one run then records every T. `ignored` has an entry for each theorem.
    """

    axes: Axes
    ignored: tuple[frozenset[str], ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The axes in the order in which cells are numbered."""
        names = [name for name in (*OUTER, *INNER) if name in self.axes]
        names += [name for name in step_parameters(self.axes) if name not in OUTER]
        return tuple(names) if "eta" not in self.axes else (*(n for n in names if n != "T"), "T")

    def values(self, theorem: int, name: str) -> tuple[Any, ...]:
        """The values of an axis for a theorem: a single one if it ignores the axis."""
        if name not in self.ignored[theorem]:
            return self.axes[name]
        return (1,) if name == "K" else (np.nan,)

    def shape(self, theorem: int) -> tuple[int, ...]:
        """The lengths of the axes in `order`."""
        return tuple(len(self.values(theorem, name)) for name in self.order)

    def first(self, theorem: int) -> int:
        """The number of the theorem's first cell."""
        return sum(prod(self.shape(before)) for before in range(theorem))

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.first(len(self.ignored))

    def _outer(self) -> tuple[str, ...]:
        """The axes with one value in a block."""
        scheduled = schedules(self.axes)
        return tuple(
            name
            for name in self.order
            if name in scheduled or (name in OUTER and not (name == "T" and "eta" in self.axes))
        )

    def blocks(self, theorem: int) -> int:
        """The number of blocks of a theorem."""
        return prod(len(self.values(theorem, name)) for name in self._outer())

    def block(self, theorem: int, i: int) -> Block:
        """The i-th block of a theorem."""
        outer = {name: self.values(theorem, name) for name in self._outer()}
        where = np.unravel_index(i, [len(values) for values in outer.values()])
        fixed = {
            name: values[int(j)] for (name, values), j in zip(outer.items(), where, strict=True)
        }
        inner = {
            name: self.values(theorem, name)
            for name in self.order
            if name not in OUTER and name not in outer
        }
        block = Block(
            theorem, 0, fixed, inner, tuple(self.axes["T"]) if "eta" in self.axes else (fixed["T"],)
        )
        return replace(block, start=self.first(theorem) + i * block.size)

    def pieces(self, cells: range) -> Iterator[tuple[Block, int, int]]:
        """The blocks that the cells belong to, with the first and the last configuration
        (exclusive) of each; the cells of a configuration must not be split."""
        for theorem in range(len(self.ignored)):
            begin = max(cells.start, self.first(theorem))
            end = min(cells.stop, self.first(theorem + 1))
            if begin >= end:
                continue
            size = self.block(theorem, 0).size
            for i in range(
                (begin - self.first(theorem)) // size, (end - 1 - self.first(theorem)) // size + 1
            ):
                block = self.block(theorem, i)
                low = max(begin, block.start) - block.start
                high = min(end, block.start + size) - block.start
                yield block, low // len(block.rounds), high // len(block.rounds)

    def cell(self, number: int) -> tuple[int, dict[str, Any]]:
        """The theorem and the labels of one cell."""
        theorem = next(t for t in range(len(self.ignored)) if number < self.first(t + 1))
        where = np.unravel_index(number - self.first(theorem), self.shape(theorem))
        return theorem, {
            n: self.values(theorem, n)[int(i)] for n, i in zip(self.order, where, strict=True)
        }


def checked(
    checks: Checks, axes: Mapping[str, Any], allowed: tuple[str, ...]
) -> dict[str, tuple[Any, ...]]:
    """The axes, checked, as tuples of their values."""
    grid: dict[str, tuple[Any, ...]] = {}
    for name, values in axes.items():
        checks.member("axis", name, allowed)
        flat = checks.attempt(_flat, name, values)
        grid[name] = () if flat is None else flat
    of_steps = [name for name in (*STEPS, *step_parameters(grid)) if name in allowed]
    for name, limits in REAL.items():
        if grid.get(name) and name not in STEPS:
            checks.number(name, list(grid[name]), **limits)
    for name in (name for name in of_steps if grid.get(name)):
        _check_step(checks, name, grid[name], grid.get("T", ()))
    for name, limits in WHOLE.items():
        for value in grid.get(name, (None,) if name in ("K", "T") else ()):
            checks.whole(name, value, **limits)
    for value in grid.get("engine", ()):
        checks.member("engine", value, (AUTO, *ENGINES))
    if not checks.complaints:  # 1 and 1.0 are one value
        grid |= {name: tuple(map(whole, values)) for name, values in grid.items() if name in WHOLE}
        numbers = {*REAL, *step_parameters(grid)} - schedules(grid).keys()
        grid |= {name: tuple(map(float, grid[name])) for name in grid if name in numbers}
    for name, values in grid.items() if not checks.complaints else ():
        twice = sorted(shown(value) for value, count in Counter(values).items() if count > 1)
        if twice:
            checks.complain(name, list(values), f"must not hold a value twice ({', '.join(twice)})")
    return grid


def _check_step(checks: Checks, name: str, values: tuple[Any, ...], T: tuple[Any, ...]) -> None:
    """Check the values of a step parameter: numbers, or a single schedule over the rounds."""
    if name == AT_WORK:
        for value in values:
            check_step_parameter(checks, name, value)
        return None
    if not any(isinstance(value, PerRound) for value in values):
        return check_step_parameter(checks, name, list(values))
    if len(values) > 1:
        allowed = "must be numbers, or one schedule as the only value; a study for each schedule"
        return checks.complain(name, list(values), allowed)
    rounds = [whole(value) for value in T]
    if not rounds or not all(isinstance(value, int) and 0 < value <= 2**53 for value in rounds):
        return None  # reported where T is checked
    numbers = checks.attempt(values[0].over, name=name, T=max(rounds))
    if numbers is not None:
        check_step_parameter(checks, name, numbers)
    return None


def _flat(name: str, values: Any) -> tuple[Any, ...]:
    """The values of one axis."""
    # Arrays of NumPy, pandas and xarray.
    values = np.asarray(values).tolist() if hasattr(values, "__array__") else values
    many = isinstance(values, list | tuple | range)
    flat = tuple(
        v.item() if isinstance(v, np.generic) else v for v in (values if many else [values])
    )
    if many and any(isinstance(value, PerRound) for value in flat) and len(flat) == 1:
        raise InputError.listing(
            [f"{name} = {shown(values)}: must be the schedule itself, not a list of it"]
        )
    if not flat or any(isinstance(value, list | tuple | np.ndarray) for value in flat):
        raise InputError.listing(
            [f"{name} = {shown(values)}: must be a number or a list of numbers"]
        )
    return flat
