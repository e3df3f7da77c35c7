"""Verdicts by sampling: corrections for many rows, means that few replicas carry."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.validation import error_control

ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)


def test_holm_is_that_of_statsmodels(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.stats.multitest import multipletests

    monkeypatch.setattr(gc, "collect", lambda *generation: 0)  # which it calls each time, for 50 ms
    rng = np.random.default_rng(0)
    for size in (1, 2, 5, 40):
        for _ in range(20):
            p = np.clip(rng.random(size) ** 6, 1e-12, 1 - 1e-12)
            expected = multipletests(p, alpha=0.05, method="holm")[0]
            assert error_control.rejected(p, 0.05).tolist() == expected.tolist()
    assert error_control.rejected(np.array([]), 0.05).tolist() == []


def test_a_close_verdict_by_sampling_loads_no_statistics_package() -> None:
    code = (
        "import sys, auxtheory as at\n"
        "pair = at.Quadratic(L=1.0, dim=1).with_helper()\n"
        "at.validate(at.theorems.SGD(), pair, at.Gaussian(sigma_f=1.0), T=5, engine='numpy', "
        "replicas=8)\n"
        "print('statsmodels' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "False\n"
    )


@pytest.mark.parametrize(("replicas", "seeds"), [(16, 20), (64, 20), (256, 20), (1024, 5)])
def test_growing_noise_supports_no_pass(replicas: int, seeds: int) -> None:
    """SGD at ηL = 1, s = 1.2, T = 30: the truth is ten times the bound, which nine sweeps of ten
    used to pass."""
    noise = at.Gaussian(sigma_f=1.0, s=1.2)
    truth = float(at.run(at.methods.SGD, ONE, noise, at.Steps(eta=1.0, K=1, T=30)).G[0, 0])
    claim = at.claim(truth / 10, method=at.methods.SGD)
    options: dict[str, Any] = {"T": 30, "eta": 1.0, "engine": "numpy", "replicas": replicas}
    verdicts = [at.validate(claim, ONE, noise, seed=seed, **options) for seed in range(seeds)]
    assert "pass" not in {verdict.status for verdict in verdicts}
    assert any("few replicas dominate the mean" in str(verdict) for verdict in verdicts)
    mild = at.validate(
        at.claim(10.0, method=at.methods.SGD), ONE, at.Gaussian(sigma_f=1.0, s=0.3), **options
    )
    assert mild.status == "pass" or replicas < 64


def test_what_would_settle_an_undecided_row_is_said_and_does() -> None:
    options: dict[str, Any] = {"T": 30, "eta": 1.0, "engine": "numpy", "replicas": 64}
    noise = at.Gaussian(sigma_f=1.0)
    truth = float(at.run(at.methods.SGD, ONE, noise, at.Steps(eta=1.0, K=1, T=30)).G[0, 0])
    claim = at.claim(1.1 * truth, method=at.methods.SGD)
    verdict = at.validate(claim, ONE, noise, **options)
    assert verdict.status == "undecided"
    (note,) = (note for note in verdict.notes if note.startswith("undecided"))
    error = float(note.split("error=")[1].split(" ")[0])
    assert (
        1e-3 < error < 0.1
        and at.validate(claim, ONE, noise, error=error / 2, **options).status == "pass"
    )
    hopeless = at.validate(
        at.claim(truth * (1 + 1e-6), method=at.methods.SGD), ONE, noise, **options
    )
    assert (
        hopeless.status != "undecided" or "more than" in str(hopeless) or "error=" in str(hopeless)
    )


def test_enough_replicas_may_pass_however_uneven_they_are() -> None:
    """Some hundreds of effective replicas tell a mean, whatever their share."""
    claim = at.claim(100.0, method=at.methods.SGD, measure="gap")
    options: dict[str, Any] = {"T": 2, "eta": 1.0, "engine": "numpy"}
    assert (
        at.validate(claim, ONE, at.Gaussian(s=1.0), replicas=256, **options).status == "undecided"
    )
    assert at.validate(claim, ONE, at.Gaussian(s=1.0), replicas=20_000, **options).status == "pass"
