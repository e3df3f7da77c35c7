"""The case that every variant runs: the arrays of the pair, the scales of the noise, and the exact
means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.bench.measure import Outcome, Variant
from auxtheory.bench.sizes import Size
from auxtheory.bounds.constants import Steps
from auxtheory.engines import Sampling, Task, exact
from auxtheory.engines.base import Trace
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

ETA = 0.05
MOMENTUM = 0.4
DELTA = 0.05
ZETA = 0.5
SIGMA_F = 1.0
SIGMA_H = 0.5
SEED = 20_220_600


@dataclass(frozen=True, eq=False)
class BenchCase:
    """A method, as AuxMOM or AuxMVR, on a diagonal quadratic of a size, with noise on both oracles
    and a biased helper; parameters: further step parameters."""

    method: MethodType
    size: Size
    delta: float = DELTA
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"a": MOMENTUM})

    @property
    def deltas(self) -> FloatArray:
        """δ of each configuration, up to `delta`."""
        return (
            np.linspace(self.delta / 10, self.delta, self.size.C)
            if self.size.C > 1
            else np.array([self.delta])
        )

    @cached_property
    def pair(self) -> QuadraticPair:
        target = Quadratic(L=1.0, mu=0.1, dim=self.size.d)
        return target.with_helper(self.deltas if self.size.C > 1 else self.delta, ZETA)

    @property
    def steps(self) -> Steps:
        return Steps(eta=ETA, K=self.size.K, T=self.size.T, **self.parameters)

    def task(self, noise: Noise) -> Task:
        """The task of an engine under this noise."""
        return Task(method=self.method, pair=self.pair, noise=noise, steps=self.steps)

    @property
    def levels(self) -> dict[str, Any]:
        return {"sigma_f": SIGMA_F, "sigma_h": SIGMA_H}

    @property
    def variance_reduced(self) -> bool:
        return self.method is methods.AuxMVR

    @property
    def vectors(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """(A, R, b, x⁰) of the first configuration, shape (d,) each; the minimiser is the
        origin."""
        pair = self.pair
        return pair.A[0], pair.R[0], pair.b[0], pair.x0[0]

    @property
    def scales(self) -> tuple[float, float]:
        """Standard deviations of one coordinate of the noise of f and of h."""
        root = float(np.sqrt(self.size.d))
        return SIGMA_F / root, SIGMA_H / root

    @cached_property
    def expected(self) -> FloatArray:
        """(G, gap, ‖∇f‖²) of the exact engine, shape (3 C,)."""
        return outcome(moments(self, compiled=False)).mean


def moments(case: BenchCase, **options: Any) -> Trace:
    """The trace of the exact engine on a case; options it does not know are left out."""
    known = {name: value for name, value in options.items() if name in exact.OPTIONS}
    return exact.run(case.task(Gaussian(**case.levels)), Sampling(**known))


def outcome(trace: Trace) -> Outcome:
    """(G, gap, ‖∇f‖²) after the last round, of all configurations."""
    means, errors = zip(*(trace.measure(name) for name in ("G", "gap", "grad_sq")), strict=True)
    return Outcome(*(np.concatenate([values[-1] for values in kind]) for kind in (means, errors)))


def summary(case: BenchCase, energy: Any, x: Any) -> Outcome:
    """The outcome from the state of a variant: Σ‖∇f‖² over all local iterates, shape (R,), and x,
    shape (R, d)."""
    A = case.vectors[0]
    x = np.asarray(x)
    iterates = case.size.K * case.size.T
    squares = x * x
    return Outcome.of([np.asarray(energy) / iterates, 0.5 * (squares @ A), squares @ (A * A)])


def variant(case: BenchCase, name: str, run: Callable[[], Any], **more: Any) -> Variant:
    """A row that runs a whole case; `more` replaces fields."""
    defaults: dict[str, Any] = {
        "expected": lambda: case.expected,
        "work": case.size.work,
        "draws": case.size.draws,
    }
    return Variant(name=name, run=run, **(defaults | more))


def package(name: str) -> Callable[[], str | None]:
    """A function that returns how to install a package, or None if it is installed."""

    def missing() -> str | None:
        from importlib.util import find_spec

        return None if find_spec(name) else f"pip install {name}"

    return missing


def jax_on_gpu() -> bool:
    """Whether JAX has a plugin for NVIDIA GPUs, which it then uses by default."""
    from importlib.util import find_spec

    return any(find_spec(f"jax_cuda{version}_plugin") for version in (12, 13))
