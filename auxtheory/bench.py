"""The benchmark: engines against plain loops, interleaved in one run; medians in coordinate-steps a second, ratios."""

from __future__ import annotations

import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from auxtheory import methods
from auxtheory.constants import Steps
from auxtheory.engines import exact, monte_carlo
from auxtheory.noise import LOCAL, Gaussian, Index, Noise, RandomSign
from auxtheory.philox import normals
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.result import Table
from auxtheory.units import FloatArray

Timed = dict[str, tuple[Callable[[], object], float]]  # name → (what to run, coordinate-steps it does)


def run(*, quick: bool = False) -> Table:
    """Time both engines: one row per variant with its median rate and its ratio to the group's first row."""
    groups = {"exact moments, grid": _exact(quick), "Monte Carlo, AuxMOM": _monte_carlo(quick)}
    rows = []
    for group, variants in groups.items():
        rates = _interleaved(variants, repeats=3 if quick else 5)
        first = next(iter(rates.values()))
        rows += [
            {"group": group, "variant": name, "million steps/s": rate / 1e6, "ratio": rate / first}
            for name, rate in rates.items()
        ]
    return Table(tuple(rows))


def text(table: Table) -> str:
    """The table under a line on the machine."""
    machine = f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, one thread"
    return f"{machine}; medians, ratio to the first row of each group\n{table}"


def _interleaved(variants: Timed, repeats: int) -> dict[str, float]:
    """Median rates, the variants in turn, so that a drift of the machine's speed hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for task, _ in variants.values():
        task()  # once unmeasured: imports, caches
    for _ in range(repeats):
        for name, (task, _) in variants.items():
            start = perf_counter()
            task()
            seconds[name].append(perf_counter() - start)
    return {name: work / median(seconds[name]) for name, (_, work) in variants.items()}


def _exact(quick: bool) -> Timed:
    """The grid in one call against a loop over configurations (timed on a twentieth of them)."""
    count, d, T, K = (200, 256, 200, 10) if quick else (1_000, 256, 1_000, 10)
    deltas, few = np.linspace(0.01, 1.0, count), max(1, count // 20)
    target, noise = Quadratic(L=1.0, mu=0.1, dim=d), Gaussian(sigma_f=1.0, sigma_h=0.5)
    steps = Steps(eta=0.02, a=0.9, K=K, T=T)
    grid, singles = target.with_helper(deltas), [target.with_helper(delta) for delta in deltas[:few].tolist()]

    def loop() -> None:
        for pair in singles:
            exact.run(methods.AuxMOM, pair, noise, steps)

    per = float(d * T * K)
    return {
        "loop over configurations": (loop, per * few),
        "AuxMOM, one call": (lambda: exact.run(methods.AuxMOM, grid, noise, steps), per * count),
        "AuxMVR, one call": (lambda: exact.run(methods.AuxMVR, grid, noise, steps), per * count),
    }


def _monte_carlo(quick: bool) -> Timed:
    """The vectorised engine against a loop over replicas, with either's noise, and against drawing the noise alone."""
    R, d, K, T = (64, 256, 10, 4) if quick else (1_024, 256, 10, 10)
    few = max(1, R // 32)
    pair = Quadratic(L=1.0, mu=0.1, dim=d).with_helper(0.05)
    steps = Steps(eta=0.05, a=0.4, K=K, T=T)
    laws = {law: law(sigma_f=1.0, sigma_h=0.5) for law in (Gaussian, RandomSign)}
    generator, buffer = np.random.default_rng(0), np.empty(16384)
    step, draws = float(R * d * K * T), R * d * T * (K + 2)

    def engine(noise: Noise) -> Callable[[], object]:
        return lambda: monte_carlo.run(methods.AuxMOM, pair, noise, steps, replicas=R)

    def generated(index: Index, oracle: int) -> FloatArray:
        return generator.standard_normal(d)

    def counted(index: Index, oracle: int) -> FloatArray:
        return np.asarray(laws[Gaussian].standard(index, oracle, d)[0])

    def generator_alone() -> None:
        for _ in range(draws // len(buffer)):
            generator.standard_normal(out=buffer)

    def counter_alone() -> None:
        for i in range(draws // len(buffer)):
            normals(0, len(buffer) // d, i, 0, 0, d)

    return {
        "loop over replicas, counter-based normals": (lambda: _loop(pair, steps, few, counted), step * few / R),
        "loop over replicas, NumPy's Generator": (lambda: _loop(pair, steps, few, generated), step * few / R),
        "engine, Gaussian": (engine(laws[Gaussian]), step),
        "engine, random signs": (engine(laws[RandomSign]), step),
        "counter-based normals alone": (counter_alone, step),
        "NumPy's Generator alone": (generator_alone, step),
    }


def _loop(pair: QuadraticPair, steps: Steps, replicas: int, draw: Callable[[Index, int], FloatArray]) -> float:
    """AuxMOM as one writes it for a single replica, on 1-d arrays."""
    A, R, b, total = pair.A[0], pair.R[0], pair.b[0], 0.0
    scale_f, scale_h = 1.0 / np.sqrt(pair.dim), 0.5 / np.sqrt(pair.dim)
    for replica in range(replicas):
        x, m = pair.x0[0].copy(), R * pair.x0[0] + b
        for t in range(1, steps.T + 1):
            index = Index(0, replica, replica + 1, t, 0)
            noise_r = scale_f * draw(index, 0) - scale_h * draw(index, 1)
            m = (1 - steps.a) * m + steps.a * (R * x + b + noise_r)  # type: ignore[operator]
            for k in range(steps.K):
                gradient = A * x
                total += gradient @ gradient
                noise_h = scale_h * draw(Index(0, replica, replica + 1, t, k), LOCAL)
                x = x - steps.eta * (gradient - R * x - b + noise_h + m)
    return total / (replicas * steps.K * steps.T)
