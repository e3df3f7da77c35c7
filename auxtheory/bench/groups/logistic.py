"""Benchmark of minibatch AuxMOM on logistic regression: the engines against JAX and NumPy, one
replica at a time or all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from auxtheory.bench.case import SEED, package
from auxtheory.bench.measure import Group, Outcome, Variant, lazily
from auxtheory.bench.sizes import Size
from auxtheory.bench.variants.jax import library
from auxtheory.bounds.constants import Steps
from auxtheory.engines import ENGINES, Sampling, Task
from auxtheory.methods import AuxMOM
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic import helpers
from auxtheory.typing import FloatArray

SAMPLES = 1_000
BATCH = 8
ETA = 0.1
MOMENTUM = 0.3
RIDGE = 0.01
MANY = 4  # times as many replicas for the expected values
FEWEST = 8  # replicas of the loop
IN_JAX = "JAX, vmap and scan"
AT_ONCE = "NumPy, all replicas at once"
LOOP = "NumPy, a replica at a time"


@dataclass(frozen=True, eq=False)
class BenchCase:
    """AuxMOM with the same samples of f and of a helper with noisy features; ∇f at local steps is
    not measured."""

    size: Size

    @cached_property
    def pair(self) -> LogisticPair:
        rng = np.random.default_rng(SEED)
        A = 3 * rng.standard_normal((SAMPLES, self.size.d)) / np.sqrt(self.size.d)
        labels = A @ rng.standard_normal(self.size.d) + rng.standard_normal(SAMPLES) > 0
        return helpers.noisy(Logistic(features=A, labels=labels.astype(int), l2=RIDGE), 0.1)

    @property
    def task(self) -> Task:
        steps = Steps(eta=ETA, a=MOMENTUM, K=self.size.K, T=self.size.T, B=1)
        noise = Minibatch(pair=self.pair, batch=BATCH)
        return Task(method=AuxMOM, pair=self.pair, noise=noise, steps=steps)

    def engine(self, name: str, **options: Any) -> Outcome:
        """(gap, ‖∇f‖²) of an engine after the last round."""
        trace = ENGINES[name].run(self.task, Sampling(follow_G=False, **options))
        means, errors = zip(*(trace.measure(name) for name in ("gap", "grad_sq")), strict=True)
        return Outcome(
            *(np.concatenate([values[-1] for values in kind]) for kind in (means, errors))
        )

    @cached_property
    def expected(self) -> FloatArray:
        """The expected (gap, ‖∇f‖²): those of the engine `numpy`, over more replicas with another
        seed."""
        return self.engine("numpy", replicas=MANY * self.size.R, seed=SEED + 1).mean

    def summary(self, x: Any) -> Outcome:
        """(gap, ‖∇f‖²) of a variant's final x, shape (R, d)."""
        points = np.asarray(x)[None]
        pair = self.pair
        grad = pair.gradients().f(points)
        return Outcome.of([pair.gap(points)[0], np.sum(grad * grad, axis=-1)[0]])

    @property
    def sides(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Features of f and of h, and the labels."""
        return (
            self.pair.f.features,
            self.pair.g.features,
            np.asarray(self.pair.f.labels, dtype=float),
        )


def group(size: Size, title: str = "") -> Group:
    """All variants; the loop is timed on some of the replicas."""
    # Three classes, or features in CSR form, are further cases here: another `pair`, and the same
    # model in `loop`, `at_once` and `in_jax`.
    case = BenchCase(size)
    few = replace(size, R=max(FEWEST, size.R // 32))
    rows = [
        _row(case, LOOP, lambda: loop(case, few.R), work=few.work),
        _row(case, AT_ONCE, lambda: at_once(case)),
        _row(case, IN_JAX, lazily(partial(in_jax, case)), missing=package("jax")),
        *(
            _row(
                case,
                f"engine {name}",
                partial(case.engine, name, replicas=size.R, seed=SEED, **options),
                missing=lambda name=name: ENGINES[name].refuses(case.task),
            )
            for name, options in (("cpu", {"threads": 1}), ("numpy", {}))
        ),
    ]
    size_text = f"n = {SAMPLES:,}, b = {BATCH}, {size}"
    name = "logistic minibatches, AuxMOM" + (f", {title}" if title else "")
    return Group(name, size_text, tuple(rows), (IN_JAX, AT_ONCE))


def _row(case: BenchCase, name: str, run: Callable[[], Any], **more: Any) -> Variant:
    whole: dict[str, Any] = {"expected": lambda: case.expected, "work": case.size.work}
    return Variant(name=name, run=run, **(whole | more))


def loop(case: BenchCase, replicas: int) -> Outcome:
    """NumPy, one replica at a time, in one-dimensional arrays."""
    A, C, labels = case.sides
    rng = np.random.default_rng(SEED)
    d = case.size.d
    xs = np.empty((replicas, d))

    def grad(F: FloatArray, S: Any, x: FloatArray) -> FloatArray:
        rows = F[S]
        return np.asarray((1 / (1 + np.exp(-(rows @ x))) - labels[S]) @ rows / BATCH + RIDGE * x)

    for replica in range(replicas):
        x = m = np.zeros(d)
        for t in range(case.size.T):
            S = rng.integers(0, SAMPLES, BATCH)
            diff = grad(A, S, x) - grad(C, S, x)
            m = diff if t == 0 else (1 - MOMENTUM) * m + MOMENTUM * diff
            for _ in range(case.size.K):
                x = x - ETA * (grad(C, rng.integers(0, SAMPLES, BATCH), x) + m)
        xs[replica] = x
    return case.summary(xs)


def at_once(case: BenchCase) -> Outcome:
    """NumPy, all replicas in one array, with gathered samples."""
    A, C, labels = case.sides
    rng = np.random.default_rng(SEED)
    shape = (case.size.R, BATCH)

    def grad(F: FloatArray, S: Any, x: FloatArray) -> FloatArray:
        rows = F[S]
        slopes = 1 / (1 + np.exp(-np.matmul(rows, x[:, :, None])[:, :, 0])) - labels[S]
        return np.asarray(np.matmul(slopes[:, None, :], rows)[:, 0] / BATCH + RIDGE * x)

    x = m = np.zeros((case.size.R, case.size.d))
    for t in range(case.size.T):
        S = rng.integers(0, SAMPLES, shape)
        diff = grad(A, S, x) - grad(C, S, x)
        m = diff if t == 0 else (1 - MOMENTUM) * m + MOMENTUM * diff
        for _ in range(case.size.K):
            x = x - ETA * (grad(C, rng.integers(0, SAMPLES, shape), x) + m)
    return case.summary(x)


def in_jax(case: BenchCase) -> Callable[[], Outcome]:
    """One replica as a scan over rounds around a scan over local steps, all replicas by vmap,
    compiled as one."""
    jax = library()
    jnp = jax.numpy
    size = case.size
    A, C, labels = (jnp.asarray(v) for v in case.sides)

    def grad(F: Any, S: Any, x: Any) -> Any:
        rows = F[S]
        return (jax.nn.sigmoid(rows @ x) - labels[S]) @ rows / BATCH + RIDGE * x

    def one(key: Any) -> Any:
        def a_round(state: Any, inputs: Any) -> Any:
            x, m = state
            round_key, first = inputs
            refresh, local = jax.random.split(round_key)
            S = jax.random.randint(refresh, (BATCH,), 0, SAMPLES)
            diff = grad(A, S, x) - grad(C, S, x)
            m = jnp.where(first, diff, (1 - MOMENTUM) * m + MOMENTUM * diff)
            drawn = jax.random.randint(local, (size.K, BATCH), 0, SAMPLES)
            x, _ = jax.lax.scan(lambda y, S: (y - ETA * (grad(C, S, y) + m), None), x, drawn)
            return (x, m), None

        zero = jnp.zeros(size.d)
        return jax.lax.scan(
            a_round, (zero, zero), (jax.random.split(key, size.T), jnp.arange(size.T) == 0)
        )[0][0]

    run = jax.jit(jax.vmap(one))
    return lambda: case.summary(run(jax.random.split(jax.random.key(SEED), size.R)))
