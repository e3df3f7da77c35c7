"""The compiled CPU engine agrees with the exact one, diverges as the NumPy engine does, and
reports failures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from cpu_cases import LAWS, METHODS, T, assert_bitwise, both, level, loud, quadratic, steps
from crossed import crossed
from engine_input import engine_input

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import cpu
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic, QuadraticPair

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
    """Otherwise both simulators share a mistake: within 4 standard errors, where a σ that is 1.2 times
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
    """Otherwise dtype is ignored, or rounds more than the state: |x₃₂ − x₆₄| ≤ 4 eps₃₂ K T S / a, S the
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
    """Otherwise a run that leaves the numbers is counted for one replica and not for another, or spoils
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
    """Otherwise the error bar of a finite mean beyond 1e154 is a NaN."""
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
    """Otherwise one bad cell of a grid spoils its neighbours in the tile: not a bit of theirs may
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
    """Otherwise a number in a table cannot be made again."""
    import numba

    case = methods.AuxMVR, quadratic(5), loud("gaussian"), steps(methods.AuxMVR)
    told = dict(cpu.run(*engine_input(*case, replicas=2, seed=5, first_replica=9)).provenance)
    assert told.pop("auxtheory")
    versions = {"numpy": np.__version__, "numba": numba.__version__}
    assert told == {"engine": "cpu", "dtype": "float64", "seed": 5, "first_replica": 9, **versions}


def test_a_failure_in_a_worker_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a run whose last task fails returns zeros as if they were means."""
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
