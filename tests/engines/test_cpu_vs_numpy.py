"""The compiled CPU engine follows the NumPy engine bit for bit, whatever its threads, chunks and
tiles."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crossed import crossed
from engine_input import engine_input

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import cpu
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Cosine, Pair, Quadratic, QuadraticPair

ROOT = Path(__file__).resolve().parents[2]
METHODS: dict[str, Any] = {m.name: m for m in methods.ALL} | {"FineTuning": methods.fine_tuning(2)}
LAWS: dict[str, Any] = {
    "gaussian": Gaussian,
    "gaussian-24": lambda **levels: Gaussian(**levels, bits=24),
    "signs": RandomSign,
}
MEASURES = "G", "gap", "grad_sq", "spread", "local_sq"
ERRORS = "G_se", "gap_se", "grad_sq_se", "local_sq_se"
T = 6

each_method = pytest.mark.parametrize("name", METHODS)


def level(C: int, low: float, high: float) -> Any:
    """A number, or a grid of C of them."""
    return np.linspace(low, high, C) if C > 1 else low


def quadratic(d: int, C: int = 1) -> QuadraticPair:
    ends = {"L": 1.0, "mu": 0.1} if d > 1 else {"L": 1.0}
    return Quadratic(**ends, dim=d, x_star=0.3).with_helper(
        level(C, 0.3, 0.1), 0.5, bias=np.linspace(1.0, 2.0, d)
    )


def cosine(d: int, C: int = 1) -> Pair:
    return Cosine(L=1.0, dim=d, x_star=0.3).with_helper(
        level(C, 0.3, 0.1), 0.5, bias=np.linspace(1.0, 2.0, d)
    )


def loud(law: str, C: int = 1) -> Noise:
    """A law with every kind of noise there is."""
    return LAWS[law](
        sigma_f=level(C, 0.7, 0.2),
        sigma_h=level(C, 0.3, 0.9),
        correlation=level(C, 0.4, -0.8),
        s=level(C, 0.5, 0.0),
    )


def steps(method: Any, C: int = 1, *, K: int = 5, B: float = 3, T: int = T) -> Steps:
    """K = 5 is one pass of several steps and two single ones."""
    K = 1 if getattr(method, "single_step", False) else K
    return Steps(eta=level(C, 0.1, 0.3), a=level(C, 0.3, 0.8), K=K, B=B, T=T)


def both(case: tuple[Any, Any, Any, Any], **more: Any) -> tuple[Trace, Trace]:
    """The case on the engine cpu and on the engine numpy, with all that either can tell."""
    more = {
        "record": range(1, case[3].T + 1),
        "seed": 2**40 + 11,
        "keep_paths": True,
        "keep_local": True,
        **more,
    }
    return cpu.run(*engine_input(*case, **more)), numpy_engine.run(*engine_input(*case, **more))


def assert_bitwise(got: Any, wanted: Any, name: str = "") -> None:
    """Bitwise, so that −0 is not 0."""
    assert got.dtype == wanted.dtype == np.float64
    got, wanted = (np.ascontiguousarray(array).view(np.uint64) for array in (got, wanted))
    np.testing.assert_array_equal(got, wanted, err_msg=name)


def assert_same(got: Trace, wanted: Trace) -> None:
    """Paths bitwise; measures to 1e-12, and standard errors to 1e-12 of their measures.

    A measure is a sum of n = d · K · T or fewer terms ≥ 0, which the engines take in another order:
    each order is off by about eps·√n, of which n = 300 · 5 · 6 makes 2e-14, and by no more than
    eps·n = 2e-12 were all roundings alike. A standard error is made of differences of such values,
    so it is as exact as they are beside them, not beside it.
    """
    assert_bitwise(got.paths, wanted.paths)
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(got, name), getattr(wanted, name), rtol=1e-12, atol=1e-300, err_msg=name
        )
    for name in ERRORS:
        scale = np.max(getattr(wanted, name.removesuffix("_se")))
        np.testing.assert_allclose(
            getattr(got, name), getattr(wanted, name), atol=1e-12 * scale, err_msg=name
        )
    for name in ("start", "diverged"):
        assert_bitwise(getattr(got, name), getattr(wanted, name), name)
    assert (got.engine, got.rounds, got.costs, got.replicas) == (
        "cpu",
        wanted.rounds,
        wanted.costs,
        wanted.replicas,
    )


@pytest.mark.parametrize("B", [math.inf, 3], ids="B={}".format)
@each_method
def test_every_method_has_the_paths_of_the_reference(name: str, B: float) -> None:
    """Else a compiled loop runs another method: one pair and a grid, within one tile and across
    tiles."""
    method = METHODS[name]
    # Of 256 numbers: 51 replicas, or less than one.
    for d, replicas, C in ((5, 120, 1), (5, 60, 3), (300, 3, 3)):
        assert_same(
            *both(
                (method, quadratic(d, C), loud("gaussian", C), steps(method, C, B=B)),
                replicas=replicas,
            )
        )


@pytest.mark.parametrize("d", [1, 3, 4, 128, 130, 300])
@pytest.mark.parametrize("law", ["gaussian-24", "signs"])
def test_every_law_at_every_width(law: str, d: int) -> None:
    """Else a row that is no whole number of blocks (4 normals, 128 signs) is drawn from the wrong
    lane."""
    method = methods.AuxMVR
    assert_same(*both((method, quadratic(d), loud(law), steps(method)), replicas=2 + 600 // d))
    assert_same(*both((method, quadratic(d, 3), loud(law, 3), steps(method, 3)), replicas=3))


@pytest.mark.parametrize("d", [1, 5, 300])
def test_a_pair_that_is_not_quadratic(d: int) -> None:
    """Else the engine takes a pair's gradients for linear, or its sine is another in compiled
    code."""
    method = methods.AuxMVR
    for C in (1, 3):
        case = method, cosine(d, C), loud("gaussian", C), steps(method, C)
        assert_same(*both(case, replicas=2 + 200 // d))


LEVELS = {
    "none": {},
    "f": {"sigma_f": 0.7},
    "h": {"sigma_h": 0.3, "correlation": 0.5},
    "s": {"s": 0.5},
    "rho=1": {"sigma_f": 0.7, "sigma_h": 0.3, "correlation": 1.0},
    "rho=-1": {"sigma_f": 0.7, "sigma_h": 0.3, "correlation": -1.0},
    "mixed": {
        "sigma_f": [0.0, 1.0, 1.0],
        "sigma_h": [1.0, 0.0, 1.0],
        "correlation": [-1.0, 0.2, 1.0],
        "s": [0, 0, 1],
    },
}


@pytest.mark.parametrize("name", ["AuxMVR", "FineTuning"])
@pytest.mark.parametrize("levels", LEVELS)
def test_samples_that_need_not_be_drawn(levels: str, name: str) -> None:
    """Else a sample is left out that is needed, or an old one stands where none belongs."""
    method = METHODS[name]
    for K in (1, 2, 3, 7):
        assert_same(
            *both(
                (method, quadratic(5), Gaussian(**LEVELS[levels]), steps(method, K=K)), replicas=3
            )
        )


def test_the_ends_of_what_can_be_numbered() -> None:
    """Else the largest seed and replica wrap elsewhere than in the reference, or some rounds are
    recorded as others."""
    case = methods.AuxMVR, quadratic(5), loud("gaussian"), steps(methods.AuxMVR)
    some = {"replicas": 3, "seed": 2**64 - 1, "first_replica": 2**31, "record": [5, 2]}
    assert_same(*both(case, **some))
    assert_same(
        *both(case, **{name: np.int64(v) if name == "replicas" else v for name, v in some.items()})
    )


# -- what results must not depend on
# ------------------------------------------------------------------


def numbers(name: str, **more: Any) -> dict[str, np.ndarray]:
    """All that runs of a grid of 20 say: in 300 dimensions, and with 300 replicas, more than a
    block of statistics."""
    method = METHODS[name]
    found = {}
    for d, replicas in ((300, 7), (5, 300)):
        case = method, quadratic(d, 20), loud("gaussian", 20), steps(method, 20, K=4, T=3)
        told = {
            "record": [1, 3],
            "replicas": replicas,
            "keep_paths": True,
            "keep_local": True,
            **more,
        }
        trace = cpu.run(*engine_input(*case, **told))
        found |= {
            f"{field} at d = {d}": getattr(trace, field)
            for field in ("paths", "diverged", *MEASURES, *ERRORS)
        }
    return found


@cache
def usual(name: str) -> dict[str, np.ndarray]:
    return numbers(name)


def assert_all_bitwise(got: Any, wanted: Any) -> None:
    assert set(got) == set(wanted)
    for name in wanted:
        assert_bitwise(got[name], wanted[name], name)


KNOBS = [("threads", n) for n in (1, 2, 3)] + [
    ("NUMBERS_AT_ONCE", 1),
    ("NUMBERS_AT_ONCE", 20_000),
    ("TASKS_PER_THREAD", 1),
    ("TASKS_PER_THREAD", 40),
    ("CONFIGURATIONS_AT_ONCE", 1),
    ("CONFIGURATIONS_AT_ONCE", 7),
    ("CONFIGURATIONS_AT_ONCE", 100),
]


@pytest.mark.parametrize("name", ["AuxMVR", "FineTuning"])
@pytest.mark.parametrize(("knob", "value"), KNOBS)
def test_no_result_depends_on_how_work_is_split(
    name: str, knob: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another machine, or a busy one, gives other numbers: not a bit may change."""
    wanted = usual(name)
    if knob == "threads":
        return assert_all_bitwise(numbers(name, threads=value), wanted)
    monkeypatch.setattr(cpu, knob, value)
    assert_all_bitwise(numbers(name), wanted)


def test_replicas_do_not_know_how_many_run_beside_them() -> None:
    """Else results depend on how a sweep is split over workers."""
    wanted = usual("AuxMVR")["paths at d = 5"]
    for first, last in pairwise([0, 2, 54, 300]):
        part = numbers("AuxMVR", first_replica=first, replicas=last - first)["paths at d = 5"]
        assert_bitwise(part, wanted[:, :, first:last])


WITH_SMALL_TILES = """
import sys
import auxtheory.kernels.cpu.tile as tile
usual = tile.TILE
for name, value in list(vars(tile).items()):  # the tile's size and where its rows stand: multiples of it
    if name.isupper() and isinstance(value, int) and value and value % usual == 0:
        setattr(tile, name, value // usual * 128)
assert (tile.TILE, tile.X, tile.M) == (128, 0, 128) and "auxtheory.kernels.cpu.trajectory" not in sys.modules
import numpy, test_cpu_vs_numpy
numpy.savez(sys.argv[1], **test_cpu_vs_numpy.numbers("AuxMVR"))
"""


@pytest.mark.slow
def test_no_result_depends_on_the_size_of_a_tile(tmp_path: Path) -> None:
    """Else a machine with another cache, or a device, gives other numbers: not a bit may change."""
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "engines")))
    environment = os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    file = tmp_path / "numbers.npz"
    subprocess.run(
        [sys.executable, "-c", WITH_SMALL_TILES, str(file)],
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    with np.load(file) as got:
        assert_all_bitwise(got, usual("AuxMVR"))


# -- against the exact engine
# -------------------------------------------------------------------------


def narrow(C: int) -> QuadraticPair:
    return Quadratic(L=1.0, mu=0.2, dim=4, F0=0.1).with_helper(level(C, 0.3, 0.1), 0.5)


def off(case: tuple[Any, Any, Any, Any], truth: Trace) -> float:
    """The largest distance of a mean from the truth, in standard errors (or in roundings, where
    nothing is random)."""
    sampled = cpu.run(*engine_input(*case, replicas=4000, seed=7, record=[1, case[3].T]))
    measured = [
        (*sampled.measure(name), truth.measure(name)[0]) for name in ("G", "gap", "grad_sq")
    ]
    return max(
        np.max(np.abs(mean - wanted) / np.maximum(error, 1e-12 * wanted))
        for mean, error, wanted in measured
    )


@pytest.mark.parametrize("C", [1, 3], ids=["plain", "grid"])
@crossed({"name": METHODS, "law": LAWS}, {"name": "AuxMVR", "law": "gaussian"})
def test_means_agree_with_the_exact_engine(name: str, law: str, C: int) -> None:
    """Else both simulators share a mistake: within 4 standard errors, where a σ that is 1.2 times
    as large is 5 off."""
    method = METHODS[name]
    levels = {
        "sigma_f": level(C, 0.5, 0.4),
        "sigma_h": level(C, 1.0, 0.8),
        "correlation": level(C, 0.4, -0.3),
    }
    more = {"s": level(C, 0.3, 0.2)}
    chosen = Steps(eta=level(C, 0.2, 0.3), a=level(C, 0.3, 0.8), K=steps(method).K, B=3, T=T)
    truth = exact.run(
        *engine_input(method, narrow(C), LAWS[law](**levels, **more), chosen, record=[1, T])
    )
    assert off((method, narrow(C), LAWS[law](**levels, **more), chosen), truth) < 4
    met = "sigma_f" if name in ("SGD", "SGDMomentum", "MVR") else "sigma_h"
    wrong = LAWS[law](**levels | {met: 1.2 * np.asarray(levels[met])}, **more)
    assert off((method, narrow(C), wrong, chosen), truth) > 5


# -- single precision, divergence, provenance, failures
# ------------------------------------------------


def test_single_precision_is_off_by_its_roundings() -> None:
    """Else dtype is ignored, or rounds more than the state: |x₃₂ − x₆₄| ≤ 4 eps₃₂ K T S / a, S the
    largest |x|.

    If 0 ≤ η(A − R) ≤ 1 and ηKδ ≤ 1 then no local step and no round makes a difference of two states
    larger, so the roundings of K·T steps add up. A step's are eps₃₂/2 of y, of ηm and of what A, R,
    b and x* were rounded to, fewer than eight of S each; the buffer remembers its own over 1/a
    rounds, hence 8 · eps₃₂/2 · S/a.
    """
    eta = 0.1
    a = 0.5
    K = 5
    d = 300
    pair = Quadratic(L=1.0, mu=0.4, dim=d, x_star=0.3).with_helper(0.3, 0.5, bias=np.ones(d))
    case = methods.AuxMVR, pair, Gaussian(sigma_f=0.7, sigma_h=0.3), Steps(eta=eta, a=a, K=K, T=40)
    told: dict[str, Any] = {"record": [1, 10, 40], "replicas": 20, "keep_paths": True}
    half = cpu.run(*engine_input(*case, **told, dtype="float32"))
    full = cpu.run(*engine_input(*case, **told))
    assert half.provenance["dtype"] == "float32"
    assert_bitwise(half.paths, half.paths.astype(np.float32).astype(float))
    assert_bitwise(
        half.paths, cpu.run(*engine_input(*case, **told, dtype="float32", threads=3)).paths
    )
    eps = float(np.finfo(np.float32).eps)
    size = np.max(np.abs(full.paths))
    for i, t in enumerate(full.rounds):
        bound = 4 * eps * K * t * size / a
        assert 0 < np.max(np.abs(half.paths[i] - full.paths[i])) <= bound
        # Of ‖∇f‖, as L = 1; by Cauchy–Schwarz and what is known of the paths.
        slope = math.sqrt(d) * bound
        for name, scale in (
            ("G", full.G[i]),
            ("grad_sq", full.grad_sq[i]),
            ("gap", full.grad_sq[i]),
        ):
            allowed = 2 * np.sqrt(scale) * slope + eps * K * t * scale
            assert 0 < abs(getattr(half, name)[i] - getattr(full, name)[i]) <= allowed, name


def test_a_replica_that_diverges_is_flagged_as_by_the_reference() -> None:
    """Else a run that leaves the numbers is counted for one replica and not for another, or spoils
    its neighbours."""
    pair = Quadratic(L=1.0, dim=1).with_helper()
    noise = Gaussian(s=np.array([1e6, 0.1]))
    case = methods.SGD, pair, noise, Steps(eta=1.0, K=1, T=54)
    told: dict[str, Any] = {"record": [1, 27, 54], "seed": 3}
    with np.errstate(all="ignore"):
        got, wanted = both(case, replicas=40, **told)
    assert 0 < np.sum(np.isfinite(wanted.paths[-1, 0])) < 40 and wanted.diverged.tolist() == [40, 0]
    np.testing.assert_array_equal(np.isfinite(got.paths), np.isfinite(wanted.paths))
    assert_bitwise(got.paths[:, 1], wanted.paths[:, 1])
    early = *case[:3], case[3].replace(T=27)
    flags = [both(early, replicas=2, first_replica=i, record=[27], seed=3) for i in range(40)]
    assert [list(one.diverged) for one, _ in flags] == [list(two.diverged) for _, two in flags]
    assert {one.diverged[0] for one, _ in flags} == {0.0, 1.0, 2.0}
    for name in ("G", "gap", "grad_sq", "spread", "G_se", "gap_se", "grad_sq_se"):
        one, two = (getattr(trace, name) for trace in (got, wanted))
        np.testing.assert_array_equal(one[:, 0] == np.inf, two[:, 0] == np.inf, err_msg=name)
        assert np.all(np.isfinite(one[:, 1])), name


def test_a_number_whose_square_is_none_has_no_error_bar_but_infinity() -> None:
    """Else the error bar of a finite mean beyond 1e154 is a NaN."""
    case = (
        methods.SGD,
        Quadratic(L=1.0, dim=1, F0=1e100).with_helper(),
        Gaussian(s=1e30),
        Steps(eta=1.0, K=1, T=2),
    )
    for trace in both(case, replicas=5):
        for name in ("G", "gap", "grad_sq"):
            mean, error = trace.measure(name)
            assert np.all(np.isfinite(mean)) and not np.any(np.isnan(error)), (
                trace.engine,
                name,
                mean,
                error,
            )


@pytest.mark.parametrize("name", ["AuxMVR", "FineTuning"])
def test_a_configuration_that_overflows_leaves_the_others_alone(name: str) -> None:
    """Else one bad cell of a grid spoils its neighbours in the tile: not a bit of theirs may
    change."""
    method = METHODS[name]
    fields = ("G", "gap", "grad_sq", "spread", "G_se", "gap_se", "grad_sq_se")
    pair = Quadratic(
        L=np.array([1.0, 1e100, 0.5]), dim=5, F0=np.array([1.0, 1e100, 2.0])
    ).with_helper(0.1, 0.5)
    runs = {}
    for eta in (1e-101, 1e100):
        s = steps(method).replace(eta=np.array([0.1, eta, 0.2]))
        got, wanted = both((method, pair, loud("gaussian"), s), replicas=70)
        assert got.diverged.tolist() == wanted.diverged.tolist() == [0, 70 if eta > 1 else 0, 0]
        np.testing.assert_array_equal(np.isfinite(got.paths), np.isfinite(wanted.paths))
        runs[eta] = got
    calm, wild = runs.values()
    assert np.all(wild.G[-1, 1] == np.inf) and np.all(wild.G_se[-1, 1] == np.inf)
    for place in (0, 2):
        assert_bitwise(wild.paths[:, place], calm.paths[:, place])
        for field in fields:
            assert_bitwise(getattr(wild, field)[:, place], getattr(calm, field)[:, place])


def test_provenance_says_where_numbers_come_from() -> None:
    """Else a number in a table cannot be made again."""
    import numba

    case = methods.AuxMVR, quadratic(5), loud("gaussian"), steps(methods.AuxMVR)
    told = dict(cpu.run(*engine_input(*case, replicas=2, seed=5, first_replica=9)).provenance)
    assert told.pop("auxtheory")
    versions = {"numpy": np.__version__, "numba": numba.__version__}
    assert told == {"engine": "cpu", "dtype": "float64", "seed": 5, "first_replica": 9, **versions}


def test_a_failure_in_a_worker_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run whose last task fails returns zeros as if they were means."""
    usual_task = cpu.Chunk._task

    def fails_at_last(self: cpu.Chunk, *words: Any) -> None:
        if words[-1] == 40:
            raise ZeroDivisionError("in a worker")
        usual_task(self, *words)

    monkeypatch.setattr(cpu.Chunk, "_task", fails_at_last)
    with pytest.raises(ZeroDivisionError, match="in a worker"):
        cpu.run(
            *engine_input(
                methods.AuxMVR,
                quadratic(5),
                loud("gaussian"),
                steps(methods.AuxMVR),
                replicas=40,
                threads=2,
            )
        )
