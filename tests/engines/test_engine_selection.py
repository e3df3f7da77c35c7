"""Which engine runs a case, and why another does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cosines import Cosines
from engine_input import engine_input, task_of

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.engines import choose, exact
from auxtheory.engines.monte_carlo import cpu
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import MethodType, TextError, from_rules
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Certificate, Cosine, Gradients, Pair, Quadratic, Separable

ROOT = Path(__file__).resolve().parents[2]
NOISE = Gaussian(sigma_f=0.7, sigma_h=0.3)
QUADRATIC = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3, 0.5)
DENSE = Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.3, 0.5)
COSINE = Cosine(L=1.0, dim=3).with_helper(0.3, 0.5)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=3)


@pytest.fixture(autouse=True)
def without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with a GPU "auto" would take it; what is tested here is what happens without."""
    monkeypatch.setattr(
        engines, "ENGINES", {engine.name: engine for engine in (exact, cpu, numpy_engine)}
    )


class Seen(Pair):
    """A pair that is not quadratic to anybody who asks for its type, coming apart as told."""

    def __init__(self, **changes: Any) -> None:
        self.inner = COSINE
        self.parts = replace(COSINE.separable, **changes)

    dim = property(lambda self: self.inner.dim)
    x0 = property(lambda self: self.inner.x0)
    x_star = property(lambda self: self.inner.x_star)

    @property
    def separable(self) -> Separable:
        return self.parts

    def constants(self, helper: Any = "h") -> at.Constants:
        return self.inner.constants(helper)

    def gradients(self, xp: Any = np) -> Gradients:
        return self.inner.gradients(xp)

    def gap(self, x: Any, xp: Any = np) -> Any:
        return self.inner.gap(x, xp)

    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        return self.inner.certify(samples=samples, seed=seed)


class Loud(Gaussian):
    """A law of one's own made of the library's: nobody but `standard` knows how it is drawn."""

    def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
        return 0.0 * super().standard(index, oracle, dim, xp) + 1.0


class Own(Noise):
    """A law of one's own from scratch."""

    def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
        return RandomSign().standard(index, oracle, dim, xp)

    def partner(self, first: Any, index: Any, dim: int, xp: Any = np) -> Any:
        return first


# -- rules of one's own; none is affine
# ---------------------------------------------------------------


def clipped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.minimum(np.maximum(diff, -abs(m)), abs(m))


def normed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return diff * np.linalg.norm(m) / np.linalg.norm(diff)


def weighted(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.array([1.0, 2.0, 3.0]) * abs(diff)


def looked_up(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return {"scale": 2.0, "name": "x"}["scale"] * abs(diff)


def scaled(c: float, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return c * abs(diff)


def normed_step(y: Any, g: Any, m: Any, eta: Any) -> Any:
    return y - eta * g * np.linalg.norm(m) / np.linalg.norm(g)


# Functions of a pair, which compiled loops call as they are.
def mixing(x: Any, p: Any, q: Any, r: Any) -> Any:
    return x / (1.0 + np.sum(np.atleast_1d(x * x), axis=-1, keepdims=True))


def interpolated(x: Any, p: Any, q: Any, r: Any) -> Any:
    return np.interp(x, xp=[-1.0, 1.0], fp=[0.0, 1.0], period=None)


class Rule:
    """Rules that are no functions: an object that can be called, and its method."""

    def __call__(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return abs(diff)

    def rule(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return abs(diff)


def ruled(refresh: Callable[..., Any], **more: Any) -> MethodType:
    return from_rules(name="Mine", refresh=refresh, **more)


BUFFER = "runs methods of a correction buffer, and Mine is not one"


CPU_REFUSES: dict[str, tuple[Any, Pair, Noise, str]] = {
    "a law of its own": (methods.AuxMOM, COSINE, Own(sigma_f=1.0), "does not know how to draw Own"),
    "norm": (ruled(normed), COSINE, NOISE, "Mine.start needs all coordinates: norm in line"),
    "local step": (
        ruled(clipped, local_step=normed_step),
        COSINE,
        NOISE,
        "Mine.step needs all coordinates: norm in line",
    ),
    "gradient": (
        methods.AuxMOM,
        Seen(h=mixing),
        NOISE,
        "the gradient, 'mixing': it is not elementwise",
    ),
    "value": (
        methods.AuxMOM,
        Seen(value=interpolated),
        NOISE,
        "'interpolated': Numba cannot compile it",
    ),
}
CALLABLES: dict[str, Callable[..., Any]] = {
    "object": Rule(),
    "method": Rule().rule,
    "partial": partial(scaled, 1.0),
    "look-up": looked_up,
}


@pytest.mark.parametrize("case", CPU_REFUSES)
def test_what_cannot_be_compiled_runs_on_numpy_and_says_why(case: str) -> None:
    """Otherwise a run fails in a compiler, or gives other numbers than the rule's, or a user cannot tell
    why it is slow."""
    method, pair, noise, reason = CPU_REFUSES[case]
    assert choose("auto", task_of(method, pair, noise, STEPS)) == "numpy"
    with pytest.raises(RefusedError, match=reason):
        at.run(method, pair, noise, STEPS, engine="cpu")
    with pytest.raises(RefusedError, match=reason):
        cpu.run(*engine_input(method, pair, noise, STEPS))


@pytest.mark.parametrize("kind", CALLABLES)
def test_a_rule_that_is_no_plain_function_is_compiled_too(kind: str) -> None:
    """What is compiled is made of what was read: it need not be a function that Numba knows."""
    method = ruled(CALLABLES[kind])
    assert choose("auto", task_of(method, COSINE, NOISE, STEPS)) == "cpu"
    task, sampling = engine_input(method, COSINE, NOISE, STEPS, replicas=2, keep_paths=True)
    one, other = (engine.run(task, sampling).paths for engine in (cpu, numpy_engine))
    assert one.tobytes() == other.tobytes()


def test_a_function_that_cannot_be_read_is_no_rule() -> None:
    """Otherwise a run fails in a compiler, or silently runs a method that engines read differently."""
    for rule, reason in (
        (np.vectorize(clipped, otypes=[float]), "ValueError"),
        (lambda m, d, p, a: np.interp(d, [-1.0, 1.0], [0.0, 1.0]), "np.interp cannot be read"),
    ):
        with pytest.raises(TextError, match=rf"Mine.start, line \d+ .*{reason}"):
            ruled(rule)


def test_a_law_made_of_another_is_not_drawn_as_the_other() -> None:
    """Otherwise a subclass that draws other numbers runs, without a word, on its parent's."""
    noise = Loud(sigma_f=1.0)
    truth = numpy_engine.run(*engine_input(methods.AuxMOM, QUADRATIC, noise, STEPS, replicas=2))
    assert np.all(truth.G_se <= 1e-12 * truth.G)
    assert choose("auto", task_of(methods.AuxMOM, COSINE, noise, STEPS)) == "numpy"


def test_the_fastest_engine_that_can_is_taken() -> None:
    """Otherwise a quadratic pair is sampled that need not be, or a separable one runs ten times as
    slowly as it could."""

    def chosen(method: Any, pair: Any, dtype: str = "float64") -> str:
        return choose("auto", task_of(method, pair, NOISE, STEPS), dtype)

    for pair in (QUADRATIC, DENSE):
        assert chosen(methods.AuxMOM, pair) == "exact"
    for method in (
        methods.AuxMVR,
        methods.fine_tuning(2),
        ruled(clipped),
        ruled(lambda m, d, p, a: abs(d)),
        ruled(weighted),
    ):
        assert chosen(method, COSINE) == "cpu", method
    assert chosen(ruled(clipped), QUADRATIC) == "cpu"
    assert chosen(methods.AuxMOM, QUADRATIC, dtype="float32") == "cpu"
    assert chosen(methods.AuxMOM, Seen()) == "cpu"
    trace = at.run(methods.AuxMVR, COSINE, NOISE, STEPS, replicas=3, seed=4, threads=1)
    assert (trace.engine, trace.replicas, trace.provenance["seed"]) == ("cpu", 3, 4)


def test_a_pair_that_does_not_come_apart() -> None:
    """Otherwise the compiled loop over coordinates runs where a gradient mixes them, or single precision
    is not single."""
    for pair in (Cosines(), DENSE):
        assert choose("auto", task_of(ruled(clipped), pair, NOISE, STEPS)) == "cpu"
        for method, noise, reason in (
            (ruled(normed), NOISE, BUFFER),
            (ruled(weighted), NOISE, BUFFER),
            (ruled(clipped), Own(sigma_f=1.0), "does not know how to draw Own"),
        ):
            assert choose("auto", task_of(method, pair, noise, STEPS)) == "numpy"
            with pytest.raises(RefusedError, match=reason):
                at.run(method, pair, noise, STEPS, engine="cpu")
        reason = f"float32 only for a separable pair, .* {type(pair).__name__} is not one"
        for engine in ("auto", "cpu"):
            with pytest.raises(RefusedError, match=reason):
                at.run(ruled(clipped), pair, NOISE, STEPS, engine=engine, dtype="float32")


def test_what_is_wrong_is_said_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a long run ends in an error, or a precision or a number of threads is silently
    another."""
    for engine in (exact, cpu, numpy_engine):
        monkeypatch.setattr(engine, "run", lambda *args, **options: pytest.fail("it ran"))
    run = partial(at.run, methods.AuxMOM, QUADRATIC, NOISE, STEPS)
    bad: list[tuple[dict[str, Any], str]] = [
        (
            {"dtype": "float16"},
            "dtype = 'float16': must be one of float64, float32; did you mean 'float",
        ),
        ({"dtype": np.float32}, "dtype = <class 'numpy.float32'>: must be one of float64, float32"),
        (
            {"engine": "cpy"},
            "engine = 'cpy': must be one of auto, exact, cpu, numpy; did you mean 'cpu'",
        ),
        ({"threads": 0}, "threads = 0: must be a whole number of at least 1"),
        ({"threads": 0, "engine": "numpy"}, "threads = 0: must be a whole number of at least 1"),
        ({"threads": 1.5}, "threads = 1.5: must be a whole number"),
        ({"threads": True, "seed": -1}, "(?s)seed = -1.*threads = True: must be a whole number"),
    ]
    for options, message in bad:
        with pytest.raises(InputError, match=message):
            run(**options)
    for name in ("exact", "numpy"):
        with pytest.raises(RefusedError, match=f"{name} computes in float64 only"):
            run(engine=name, dtype="float32")
    with pytest.raises(
        RefusedError, match=r"(?s)exact computes in float64.*draw Own.*numpy computes in float64"
    ):
        at.run(methods.AuxMOM, QUADRATIC, Own(sigma_f=1.0), STEPS, dtype="float32")
    with pytest.raises(
        RefusedError, match=r"cpu counts local steps .* up to 536870912, and 536870912 were"
    ):
        at.run(methods.AuxMOM, QUADRATIC, NOISE, STEPS.replace(B=2**29), engine="cpu")


def test_the_engine_checks_for_itself() -> None:
    """Otherwise who calls it directly gets a traceback from Numba."""

    def run(**options: Any) -> Any:
        return cpu.run(*engine_input(methods.AuxMOM, QUADRATIC, NOISE, STEPS, **options))

    with pytest.raises(
        InputError,
        match=r"(?s)5 bad inputs.*replicas = 1.*first_.*seed = -5.*'float3'.*threads = 0",
    ):
        run(replicas=1, first_replica=-1, seed=-5, dtype="float3", threads=0)
    with pytest.raises(InputError, match="record = 9: must be at most T = 3"):
        run(record=[9])
