"""Benchmark of drawing random numbers only, the rate that no simulation with the same generator can
exceed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from auxtheory.bench.case import SEED, BenchCase, package, variant
from auxtheory.bench.measure import Outcome, Variant
from auxtheory.bench.variants import jax as jax_variant
from auxtheory.bench.variants import jax_expert
from auxtheory.bench.variants import torch as torch_variant
from auxtheory.random import philox
from auxtheory.typing import FloatArray

NUMBERS_AT_ONCE = 16_384
# Functions of `philox`.
KINDS = {"normals": "53 bits", "normals_single": "24 bits", "signs": "random signs"}

ALONE = "drawing alone: "
GENERATOR, THREEFRY, HASH = (
    f"{ALONE}{name}" for name in ("NumPy's Generator", "JAX threefry", "JAX own hash")
)
# Two functions: one draws as many numbers as the case needs, the other returns an array to check.
Drawing = tuple[Callable[[], Any], Callable[[], Any]]


def in_torch(precision: str) -> str:
    """The name of PyTorch's row."""
    return f"{ALONE}PyTorch, {precision}"


def in_numpy(kind: str) -> str:
    """The name of the row of the counter-based numbers as the engine `numpy` makes them."""
    return f"{ALONE}counter-based, NumPy, {KINDS[kind]}"


def in_compiled(kind: str) -> str:
    """The name of the row of the same numbers as the engine `cpu` makes them."""
    return f"{ALONE}counter-based, compiled, {KINDS[kind]}"


def variants(case: BenchCase) -> Iterator[Variant]:
    """One row for each generator."""
    jax = package("jax")
    torch = package("torch")
    numba = package("numba")
    yield _variant(case, GENERATOR, lambda: _generator(case))
    yield _variant(case, THREEFRY, lambda: jax_variant.drawing(case), missing=jax)
    yield _variant(case, HASH, lambda: jax_expert.drawing(case), missing=jax)
    for precision in ("float64", "float32"):
        yield _variant(
            case,
            in_torch(precision),
            partial(torch_variant.drawing, case, precision),
            missing=torch,
        )
    for kind in ("normals", "signs"):
        yield _variant(case, in_numpy(kind), partial(_numpy, case, kind), kind)
    for kind in KINDS:
        yield _variant(case, in_compiled(kind), partial(_compiled, case, kind), kind, missing=numba)


def _variant(
    case: BenchCase,
    name: str,
    make: Callable[[], Drawing],
    kind: str = "normals",
    **more: Callable[[], str | None],
) -> Variant:
    functions = cache(make)
    return variant(
        case,
        name,
        lambda: functions()[0](),
        check=lambda: _powers(functions()[1]()),
        expected=lambda: _expected(kind),
        **more,
    )


def _expected(kind: str) -> FloatArray:
    """Means of x, x² and x⁴."""
    return np.array([0.0, 1.0, 1.0 if kind == "signs" else 3.0])


def _powers(numbers: Any) -> Outcome:
    x = np.asarray(numbers, dtype=float).ravel()
    return Outcome.of([x, x**2, x**4])


def _generator(case: BenchCase) -> Drawing:
    generator = np.random.default_rng(SEED)
    buffer = np.empty(NUMBERS_AT_ONCE)
    times = _times(case, NUMBERS_AT_ONCE)

    def run() -> None:
        for _ in range(times):
            generator.standard_normal(out=buffer)

    return run, lambda: generator.standard_normal(1_000_000)


def _numpy(case: BenchCase, kind: str) -> Drawing:
    draw: Callable[..., Any] = getattr(philox, kind)
    rows = max(1, NUMBERS_AT_ONCE // case.size.d)
    times = _times(case, rows * case.size.d)

    def run() -> None:
        for i in range(times):
            draw(0, rows, i, 0, SEED, case.size.d)

    return run, lambda: draw(0, 1_000, 0, 0, SEED, 1_000)


def _compiled(case: BenchCase, kind: str) -> Drawing:
    """Tiles of 256 coordinates, as the engine `cpu` takes them, drawn one after the other into the
    same array."""
    from auxtheory.kernels.cpu.draw import LANES, PER_BLOCK, aim, cleared, room

    fill = _filler(kind)
    width = 256
    rows = min(8, LANES * PER_BLOCK[kind] // width)
    lanes = room(kind, [philox.key(SEED)])
    aim(lanes, PER_BLOCK[kind], 0, width, np.uint64(0), rows)
    times = _times(case, rows * width)
    one, many = (cleared(many * rows * width).reshape(many, rows * width) for many in (1, 2_000))

    def look() -> Any:
        fill(many, lanes, len(many), case.size.K)
        return many

    return lambda: fill(one, lanes, times, case.size.K), look


@cache
def _filler(kind: str) -> Any:
    """A compiled loop that fills the rows of an array in turn, a step of K in a round each."""
    from auxtheory.kernels.cpu.draw import FILL
    from auxtheory.kernels.jit import compiled

    fill = FILL[kind]

    def loop(out: Any, lanes: Any, times: int, K: int) -> None:
        for i in range(times):
            fill(out[i % len(out)], lanes, 0, i // K, i % K * 8)

    return compiled(loop, keep=False)


def _times(case: BenchCase, at_once: int) -> int:
    return max(1, round(case.size.draws / at_once))
