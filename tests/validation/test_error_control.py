"""Verdicts by Monte Carlo: false alarms over a whole suite, what a suite still sees, and how many
replicas it takes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import stdtr

import auxtheory as at
from auxtheory.cli.validate import Request, validate_all
from auxtheory.theorems import SGD, AuxMOM
from auxtheory.validation import default_cases, error_control
from auxtheory.validation.error_control import decided, rejected, together

SWEEPS = 10_000
ROWS = 24
REPLICAS = 64


def p_values(draw: Callable[..., Any], mean: float, corrected: bool = True) -> np.ndarray:
    """Of sweeps × rows means of replicas whose true mean lies at the bound, 1."""
    rng = np.random.default_rng(5)
    p = []
    for _ in range(SWEEPS // 500):
        sample = draw(rng, (500, ROWS, REPLICAS)) * mean
        error, skew = (read(sample, axis=-1) for read in (stats.sem, stats.skew))
        bound = np.ones((500, ROWS))
        p.append(
            error_control.p_values(
                np.mean(sample, axis=-1), error, skew if corrected else 0 * skew, bound, REPLICAS
            )
        )
    return np.concatenate(p)


LAWS: dict[str, Callable[..., Any]] = {
    "normal": lambda rng, size: rng.normal(1.0, 0.3, size),
    "squares": lambda rng, size: rng.normal(0.0, 1.0, size) ** 2,  # skewed, as ‖∇f‖² is
}


@pytest.fixture(autouse=True)
def no_collecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """statsmodels' Holm collects garbage at each call, which takes 50 ms: once a suite, but not
    here."""
    monkeypatch.setattr(gc, "collect", lambda *generation: 0)


@pytest.mark.parametrize("law", LAWS)
def test_a_suite_of_attained_bounds_raises_no_more_false_alarms_than_stated(law: str) -> None:
    p = p_values(LAWS[law], 1.0)
    alarm = 0.05
    alarms = np.mean([np.any(rejected(row, alarm)) for row in p])
    limit = alarm + 4 * np.sqrt(alarm * (1 - alarm) / SWEEPS)
    assert alarms <= limit
    assert law != "normal" or alarms > 0.8 * alarm  # nor far fewer: the rate is used
    # One by one, every third suite or more would raise one.
    assert np.mean(np.any(p < alarm, axis=1)) > 0.3


def test_the_skewness_of_squares_makes_pass_little_readier() -> None:
    """By Student's t alone every third suite of attained bounds had a row that passes."""
    alarm = 0.05
    normal, corrected, plain = (
        np.mean(np.any(1 - p_values(*case) < alarm / ROWS, axis=1))
        for case in ((LAWS["normal"], 1.0), (LAWS["squares"], 1.0), (LAWS["squares"], 1.0, False))
    )
    assert normal < 1.1 * alarm and corrected < 2 * alarm and plain > 6 * alarm


def test_a_p_value_is_the_less_sure_of_two() -> None:
    """The correction never makes a verdict bolder, on either side, whatever the sign of the
    skewness."""
    t = np.concatenate([[-1e200], np.linspace(-30.0, 30.0, 601), [1e200]])
    ones = np.ones_like(t)
    plain = stdtr(15, -t)
    for skew in (-3.0, -0.4, 0.4, 3.0):
        p = error_control.p_values(t, ones, skew * ones, 0 * ones, 16)
        assert np.all(np.minimum(p, 1 - p) >= np.minimum(plain, 1 - plain)) and np.all(
            np.diff(p) <= 0
        )
        # Where the long tail is.
        towards = p > plain * (1 + 1e-12) if skew < 0 else p < plain * (1 - 1e-12)
        assert np.any(towards)


@pytest.mark.parametrize("replicas", [2, 4, 8])
def test_few_replicas_that_fall_alike_prove_nothing(replicas: int) -> None:
    """Signs that happen to agree have no spread; without noise one replica tells all."""
    pair = at.Quadratic(L=1.0, dim=1, F0=0.5).with_helper(delta=0.0)
    claim = at.claim(0.75, method=at.methods.SGD)  # attained

    def verdicts(seeds: range, noise: at.Noise, claim: at.theorems.Theorem = claim) -> set[str]:
        options: dict[str, Any] = {"T": 2, "eta": 0.5, "engine": "numpy", "replicas": replicas}
        return {at.validate(claim, pair, noise, seed=seed, **options).status for seed in seeds}

    assert verdicts(range(16 + 2**replicas // 2), at.RandomSign(sigma_f=1.0)) == {"undecided"}
    # An exact refresh never meets σ_f.
    exact = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(delta=0.1)
    options: dict[str, Any] = {"T": 20, "K": 3, "engine": "numpy", "replicas": replicas}
    assert (
        at.validate(
            at.theorems.ExactCorrection(), exact, at.Gaussian(sigma_f=0.1), **options
        ).status
        == "pass"
    )
    true = at.claim(0.625, method=at.methods.SGD)
    false = at.claim(0.624, method=at.methods.SGD)
    assert verdicts(range(1), at.RandomSign(), true) == {"pass"}
    assert verdicts(range(1), at.RandomSign(), false) == {"violated"}
    p = error_control.p_values(
        np.array([2.0, 0.5]), np.zeros(2), np.zeros(2), np.ones(2), np.array([replicas, replicas])
    )
    assert p.tolist() == [0.5 ** (replicas - 1), 1 - 0.5 ** (replicas - 1)]


def test_nothing_is_promised_by_an_infinite_bound() -> None:
    """Also where a run left the numbers, exactly or by Monte Carlo."""
    pair = at.Quadratic(L=1.0, dim=1).with_helper(delta=0.0)
    for engine in ("exact", "numpy"):
        found = at.validate(
            at.claim(float("inf"), method=at.methods.SGD),
            pair,
            T=3000,
            eta=[0.5, 50.0],
            engine=engine,
        )
        assert (
            found.table["measured"][1] == np.inf
            and found.status == "undecided"
            and np.isnan(found.ratio)
        )
        assert "the bound is infinite" in str(found)
    found = at.validate(at.claim(1e100, method=at.methods.SGD), pair, T=3000, eta=50.0)
    assert found.status == "violated" and found.ratio == np.inf


def test_a_false_bound_among_true_ones_is_seen() -> None:
    p = p_values(LAWS["normal"], 1.0)[:500]
    p[:, 3] = stdtr(REPLICAS - 1, -8.0)
    seen = np.array([rejected(row, 1e-4) for row in p])
    assert np.all(seen[:, 3]) and np.mean(np.any(np.delete(seen, 3, axis=1), axis=1)) < 1e-2


def test_holm_is_stepwise_and_leaves_certainties_out() -> None:
    alpha = 0.05
    # 0.02 < α/2, 0.04 < α.
    assert rejected(np.array([0.01, 0.02, 0.04]), alpha).tolist() == [True, True, True]
    assert rejected(np.array([0.01, 0.03, 0.04]), alpha).tolist() == [True, False, False]
    assert rejected(np.array([0.02, 0.02, 0.02]), alpha).tolist() == [False] * 3
    p = np.array([0.0, 1.0, np.nan, 0.04])
    assert rejected(p, alpha).tolist() == [True, False, False, True]
    statuses = [row["status"] for row in decided([{"p": value} for value in p], alpha)]
    assert statuses == ["violated", "pass", "undecided", "violated"]
    assert [row["status"] for row in decided([{"p": 0.5}, {"p": 0.999999}], alpha)] == [
        "undecided",
        "pass",
    ]


def verdict(**options: Any) -> at.Verdict:
    pair = at.Quadratic(L=1.0, mu=0.5, dim=3).with_helper(0.1)
    return at.validate(
        AuxMOM(), pair, at.Gaussian(sigma_f=1.0), K=2, T=[5, 20], engine="numpy", **options
    )


def test_the_rate_is_that_of_all_tables_together() -> None:
    one = verdict(seed=0)
    other = verdict(seed=1)
    joint = together([one, other], 1e-3)
    assert [v.false_alarm for v in joint] == [1e-3] * 2 and "over all tables" in str(joint[0])
    assert [len(v.table) for v in joint] == [2, 2]
    assert joint[1].table["measured"].tolist() == other.table["measured"].tolist()
    exact = at.validate(SGD(), at.Quadratic(L=1.0, dim=1), T=3)
    assert together([exact], 1e-3) == [exact]
    request = Request(
        names=["S0"], problem={}, lengths={"T": (3,)}, engine="numpy", replicas=64, seed=0
    )
    assert {v.scope for *_, v in validate_all(request)} == {"all tables"}
    assert len(default_cases.plan([SGD])) > 1


def test_as_many_replicas_as_the_error_takes() -> None:
    rough = verdict(replicas=64)
    fine = verdict(replicas=64, error=0.005)
    relative = rough.table["se"] / rough.table["measured"]
    assert np.max(relative) > 0.005
    assert np.max(fine.table["se"] / fine.table["measured"]) < 0.0065
    # Each T has steps, and so a run, of its own.
    wanted = np.maximum(64, 64 * (relative / 0.005) ** 2)
    assert fine.table["replicas"] == pytest.approx(wanted, rel=0.02)
    assert verdict(replicas=64, error=0.9).table["replicas"][0] == 64
    with pytest.raises(at.InputError, match="replicas, at most"):
        verdict(replicas=64, error=1e-9)
    with pytest.raises(at.InputError, match="error = 0"):
        verdict(error=0.0)
