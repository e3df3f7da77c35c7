"""A study: theorems against a grid of constants, every cell of one (K, T) in a single batched engine call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.engines import check_settings
from auxtheory.errors import LARGEST, Checks, InputError, shown
from auxtheory.noise import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.result import Table
from auxtheory.theorems import Theorem
from auxtheory.theorems.edges import applies
from auxtheory.units import FloatArray
from auxtheory.validation import validate

TARGET_AXES = ("L", "mu", "F0")
HELPER_AXES = ("delta", "zeta")
NOISE_AXES = ("sigma_f", "sigma_h", "correlation", "s")
LENGTH_AXES = ("K", "T")


@dataclass(frozen=True, init=False, eq=False)
class Study:
    """Each theorem, at its own step sizes, on every cell of a grid over named axes.

    Axes: L, mu, F0 (of the target), delta, zeta (of its helper), sigma_f, sigma_h, correlation, s (of the noise),
    K, T; each a number or a sequence. Methods with single steps run at K = 1. A cell outside a theorem's
    assumptions has status "outside" and no numbers.
    """

    theorems: tuple[Theorem, ...]
    target: Quadratic
    noise: Noise
    axes: Mapping[str, tuple[float, ...]]
    B: float
    engine: str
    replicas: int
    seed: int

    def __init__(
        self,
        theorems: Sequence[Theorem],
        target: Quadratic,
        noise: Noise | None = None,
        *,
        B: float = np.inf,
        engine: str = "auto",
        replicas: int = 256,
        seed: int = 0,
        **axes: Any,
    ) -> None:
        checks = Checks()
        grid = _grid(checks, axes)
        if not isinstance(target, Quadratic):
            checks.complain("target", target, "must be a Quadratic, whose helper the axes delta and zeta make")
        elif not isinstance(target.spectrum, str) and set(TARGET_AXES[:2]) & set(grid):
            checks.complain("spectrum", target.spectrum, "must be a named one when L or mu is an axis")
        listed = isinstance(theorems, list | tuple) and len(theorems) > 0
        if not listed or not all(isinstance(theorem, Theorem) for theorem in theorems):
            checks.complain("theorems", theorems, "must be a list of theorems, such as [at.theorems.AuxMOM()]")
        checks.instance("noise", noise, (Noise, type(None)), "a noise, such as at.Gaussian(sigma_f=1.0)")
        checks.whole("B", B, infinite=True)
        check_settings(checks, engine, replicas, seed)
        checks.done()
        for name, value in {
            "theorems": tuple(theorems), "target": target, "noise": Gaussian() if noise is None else noise,
            "axes": grid, "B": B, "engine": engine, "replicas": replicas, "seed": seed,
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    def run(self, progress: Callable[[int, int], None] | None = None) -> Table:
        """Run every cell; `progress(done, all)` is called after each batch. One row per theorem and cell."""
        batches = [(theorem, K) for theorem in self.theorems for K in self._local_steps(theorem)]
        rows: list[dict[str, Any]] = []
        for done, (theorem, K) in enumerate(batches, start=1):
            rows.extend(self._batch(theorem, K))
            if progress:
                progress(done, len(batches))
        return Table(tuple(rows))

    def _local_steps(self, theorem: Theorem) -> tuple[int, ...]:
        return (1,) if theorem.method.single_step else tuple(int(K) for K in self.axes["K"])

    def _batch(self, theorem: Theorem, K: int) -> Iterator[dict[str, Any]]:
        """All cells of one theorem at one K; T runs inside, since the prescribed steps depend on it."""
        cells = self._cells()
        pair, noise = self._problem(cells)
        L = np.atleast_1d(pair.constants().L)
        applicable = applies(theorem, theorem.constants(pair, noise), len(L))
        inside = {name: values[applicable] for name, values in cells.items()}
        results: dict[tuple[int, int], Mapping[str, Any]] = {}
        if np.any(applicable):
            pair, noise = self._problem(inside)
            verdict = validate(
                theorem, pair, noise, K=K, T=[int(t) for t in self.axes["T"]], B=self.B, engine=self.engine,
                replicas=self.replicas, seed=self.seed,
            )  # fmt: skip
            where = np.flatnonzero(applicable)
            for row in verdict.table:
                results[row["T"], int(where[row.get("configuration", 0)])] = {**row, "engine": verdict.engine}
        for T in self.axes["T"]:
            for j in range(len(applicable)):
                named = {"L": float(L[j])} | {n: float(cells[n][j]) for n in cells if n in self.axes}
                head = {"theorem": theorem.name, "label": theorem.label, **named, "K": K, "T": int(T)}
                row = results.get((int(T), j), {"status": "outside"})
                yield head | {k: v for k, v in row.items() if k not in ("configuration", "T", "slope", "predicted")}

    def _cells(self) -> dict[str, FloatArray]:
        """The product of all axes but K and T, each as an array over the cells."""
        names = [name for name in self.axes if name not in LENGTH_AXES]
        values = names and np.meshgrid(*(np.asarray(self.axes[n], dtype=float) for n in names), indexing="ij")
        cells = {name: value.ravel() for name, value in zip(names, values, strict=True)}
        size = len(next(iter(cells.values()))) if cells else 1
        return cells | ({} if "delta" in cells else {"delta": np.zeros(size)})

    def _problem(self, cells: Mapping[str, FloatArray]) -> tuple[QuadraticPair, Noise]:
        target, helper, noise = (
            {name: cells[name] for name in names if name in cells} for names in (TARGET_AXES, HELPER_AXES, NOISE_AXES)
        )
        pair = replace(self.target, **target).with_helper(**helper)  # type: ignore[arg-type]
        return pair, replace(self.noise, **noise)


def _grid(checks: Checks, axes: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The axes as tuples of their values, checked."""
    known = (*TARGET_AXES, *HELPER_AXES, *NOISE_AXES, *LENGTH_AXES)
    grid: dict[str, tuple[Any, ...]] = {}
    for name, values in axes.items():
        checks.member("axis", name, known)
        flat = checks.attempt(_flat, name, values)
        grid[name] = () if flat is None else flat
    for name, axis in grid.items():
        if name in (*TARGET_AXES, *HELPER_AXES, *NOISE_AXES):
            low = -1.0 if name == "correlation" else 0.0
            checks.number(name, axis, low=low, high=-low or LARGEST, above=name in ("L", "F0"))
    for name in LENGTH_AXES:
        for value in grid.get(name, (None,)):
            checks.whole(name, value)
    return grid


def _flat(name: str, values: Any) -> tuple[Any, ...]:
    """The values of one axis."""
    many = isinstance(values, list | tuple | range) or (isinstance(values, np.ndarray) and values.ndim > 0)
    flat = tuple(v.item() if isinstance(v, np.generic) else v for v in (values if many else [values]))
    if not flat or any(isinstance(value, list | tuple | np.ndarray) for value in flat):
        raise InputError.listing([f"{name} = {shown(values)}: must be a number or a list of numbers"])
    return flat
