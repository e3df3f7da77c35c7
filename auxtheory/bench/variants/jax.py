"""Monte Carlo in JAX as a user writes it; also used by `jax_expert` with another generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auxtheory.bench.case import ETA, MOMENTUM, SEED, BenchCase, summary
from auxtheory.bench.measure import Outcome

Draw = Callable[[Any, tuple[int, ...]], Any]  # (key, shape) → standard random numbers


def library() -> Any:
    """JAX, in double precision."""
    import jax

    config: Any = jax.config
    config.update("jax_enable_x64", True)
    return jax


def normal(jax: Any) -> Draw:
    """Standard normals by JAX's counter-based generator (threefry)."""
    return lambda key, shape: jax.random.normal(key, shape, dtype="float64")


def sign(jax: Any) -> Draw:
    """Random signs by JAX's generator."""
    return lambda key, shape: jax.random.rademacher(key, shape, dtype="float64")


def as_a_user(case: BenchCase, law: Callable[[Any], Draw]) -> Callable[[], Outcome]:
    """All replicas at once; a scan over rounds around a scan over local steps, compiled as one."""
    jax = library()
    run = jax.jit(trajectories(jax, case, law(jax)))

    def once() -> Outcome:
        energy, x = run(jax.random.key(SEED))
        return summary(case, energy, x)

    return once


def trajectories(jax: Any, case: BenchCase, draw: Draw) -> Callable[[Any], Any]:
    """The function from a key to (Σ‖∇f‖² over all local iterates, shape (R,), and x, shape (R,
    d))."""
    np = jax.numpy
    scale_f, scale_h = case.scales
    size = case.size
    A, R, b, start = (np.asarray(vector) for vector in case.vectors)
    shape = (size.R, size.d)

    def local_step(state: Any, key: Any) -> Any:
        y, m, energy = state
        gradient = A * y
        energy = energy + np.sum(gradient * gradient, axis=-1)
        y = y - ETA * (gradient - R * y - b + scale_h * draw(key, shape) + m)
        return (y, m, energy), None

    def local_steps(x: Any, m: Any, energy: Any, key: Any) -> Any:
        (y, _, energy), _ = jax.lax.scan(local_step, (x, m, energy), jax.random.split(key, size.K))
        return y, energy

    def refresh(m: Any, x: Any, previous: Any, noise: Any) -> Any:
        if case.variance_reduced:
            return R * x + b + noise + (1 - MOMENTUM) * (m - (R * previous + b + noise))
        return (1 - MOMENTUM) * m + MOMENTUM * (R * x + b + noise)

    def round_(state: Any, key: Any) -> Any:
        x, previous, m, energy = state
        key_f, key_h, key_local = jax.random.split(key, 3)
        m = refresh(m, x, previous, scale_f * draw(key_f, shape) - scale_h * draw(key_h, shape))
        y, energy = local_steps(x, m, energy, key_local)
        return (y, x, m, energy), None

    def run(key: Any) -> Any:
        x = np.broadcast_to(start, shape)
        first, *keys = jax.random.split(key, size.T)
        m = R * x + b
        y, energy = local_steps(x, m, np.zeros(size.R), first)
        if keys:
            (y, _, _, energy), _ = jax.lax.scan(round_, (y, x, m, energy), np.stack(keys))
        return energy, y

    return run


def drawing(case: BenchCase) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions: one draws and sums as many threefry normals as the case needs, the other
    returns an array to check."""
    jax = library()
    np = jax.numpy
    shape = (case.size.R, case.size.d)
    draw = normal(jax)
    times = round(case.size.draws / (shape[0] * shape[1]))

    def add(total: Any, key: Any) -> Any:
        return total + draw(key, shape), None

    def total(key: Any) -> Any:
        return jax.lax.scan(add, np.zeros(shape), jax.random.split(key, times))[0]

    compiled = jax.jit(total)
    key = jax.random.key(SEED)
    return lambda: jax.block_until_ready(compiled(key)), lambda: draw(key, (1_000, 1_000))
