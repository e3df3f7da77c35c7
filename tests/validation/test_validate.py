"""Verdicts: modes, engines, error control, multiplicative noise, printing, and what bad input
says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import claim, methods, theorems
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.errors import AssumptionError, InputError, RefusedError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.validation.validate import validate

PAIR = Quadratic(L=1.0, mu=0.1, dim=8).with_helper(0.05, 0.5)
NOISE = Gaussian(sigma_f=1.0, sigma_h=0.1)


def test_modes_are_recorded_and_kept_apart() -> None:
    """Tuned without eta, theorem inside the range, unsafe only when asked for."""
    assert validate(theorems.AuxMOM(), PAIR, NOISE, K=8, T=50).mode == "tuned"
    inside = validate(theorems.AuxMOM(), PAIR, NOISE, K=8, T=[10, 50], eta=0.01, a=0.5)
    assert inside.mode == "theorem" and len(inside.table) == 2 and not inside.unmet
    with pytest.raises(AssumptionError, match="mode='unsafe'") as caught:
        validate(theorems.AuxMOM(), PAIR, NOISE, K=8, T=50, eta=1.0, a=0.01)
    assert all(
        text in str(caught.value) for text in ("Lη + 2δ²η²K²/a² ≤ 1: the left side is", "at most 1")
    )
    outside = validate(theorems.AuxMOM(), PAIR, NOISE, K=8, T=50, eta=1.0, a=0.01, mode="unsafe")
    assert outside.mode == "unsafe" and len(outside.unmet) == 1


def test_one_run_recorded_often_equals_many_runs() -> None:
    """With fixed steps all T come from one run; each must be what a run of that length gives."""
    many = validate(theorems.AuxMVR(), PAIR, NOISE, K=4, T=[3, 10, 30], eta=0.05, a=0.5)
    for row in many.table:
        alone = validate(theorems.AuxMVR(), PAIR, NOISE, K=4, T=row["T"], eta=0.05, a=0.5)
        assert alone.table["measured"][0] == row["measured"]
        assert alone.table["bound"][0] == row["bound"]


@pytest.mark.parametrize("kind", [theorems.AuxMOM, theorems.AuxMVR, theorems.SGD])
def test_monte_carlo_agrees_with_exact(kind: type[theorems.Theorem]) -> None:
    """The two engines measure the same number, within four standard errors."""
    K = 1 if kind.method.single_step else 4
    exact, sampled = (
        validate(kind(), PAIR, NOISE, K=K, T=[5, 20], engine=name, replicas=400)
        for name in ("exact", "numpy")
    )
    off = np.abs(exact.table["measured"] - sampled.table["measured"]) / sampled.table["se"]
    assert np.max(off) < 4
    assert (
        sampled.false_alarm == 1e-4 and exact.false_alarm == 0 and sampled.provenance["seed"] == 0
    )


class Near(theorems.SGD):
    """A bound set beside the measured value by the test."""

    def __init__(self, bound: float) -> None:
        self.promise = bound

    def value(self, constants: Any, steps: Any) -> Any:
        return np.asarray(self.promise)


def test_monte_carlo_is_undecided_inside_its_interval() -> None:
    """Close to the truth it says neither; far from it, it says which."""
    truth = validate(theorems.SGD(), PAIR, NOISE, T=5).table["measured"][0]
    options = {"T": 5, "engine": "numpy", "replicas": 200}
    verdicts = {
        f: validate(Near(f * truth), PAIR, NOISE, **options).status for f in (0.5, 1.0, 2.0)
    }
    assert verdicts == {0.5: "violated", 1.0: "undecided", 2.0: "pass"}
    assert validate(Near(truth * (1 + 1e-12)), PAIR, NOISE, T=5).status == "pass"
    assert validate(Near(truth * (1 - 1e-8)), PAIR, NOISE, T=5).status == "violated"


def test_multiplicative_noise_is_held_against_what_was_met() -> None:
    """σ_r² is the mean E‖noise‖² along the run, and with a finite first batch no less than at
    x⁰."""
    noise = Gaussian(sigma_f=0.1, s=0.2)
    steps = Steps(eta=0.1, a=0.5, K=2, T=20)
    for B in (np.inf, 3):
        verdict = validate(theorems.AuxMOM(), PAIR, noise, K=2, T=20, eta=0.1, a=0.5, B=B)
        trace = run(methods.AuxMOM, PAIR, noise, steps.replace(B=B))
        start = np.sum((PAIR.x0 - PAIR.x_star) ** 2)
        assert trace.spread[0, 0] < trace.start[0] == pytest.approx(start)
        met = np.sqrt(0.1**2 + 0.2**2 * (trace.spread[0, 0] if np.isinf(B) else start))
        values = theorems.AuxMOM().constants(PAIR, noise).replace(sigma_r=float(met)).values()
        bound = theorems.AuxMOM.bound.value(
            values | {"eta": 0.1, "a": 0.5, "K": 2, "T": 20, "B": B}
        )
        assert verdict.table["bound"][0] == pytest.approx(float(bound), rel=1e-12)
        assert "the mean E‖noise‖² along the run" in str(verdict)
    # The gap of the Hessians alone.
    assert theorems.AuxMOM().constants(PAIR, noise).delta == pytest.approx(0.05)
    assert theorems.AuxMVR().constants(PAIR, noise).delta == pytest.approx(np.hypot(0.05, 0.2))


def test_a_diverged_run_is_a_result() -> None:
    """No exception, no NaN: ∞, counted, violated where a bound is claimed."""
    for engine in ("exact", "numpy"):
        steps: dict[str, Any] = {"T": 2000, "eta": 50.0, "engine": engine, "replicas": 4}
        assert validate(theorems.SGD(), PAIR, NOISE, mode="unsafe", **steps).status == "outside"
        verdict = validate(claim(1.0, method=methods.SGD), PAIR, NOISE, **steps)
        assert verdict.status == "violated" and np.isinf(verdict.table["measured"][0])
        assert verdict.table["diverged"][0] == (1 if engine == "exact" else 4)


def test_grids_give_a_row_per_configuration() -> None:
    """A grid in one call equals its configurations one by one."""
    deltas = np.array([0.01, 0.1])
    grid = validate(
        theorems.AuxMOM(), Quadratic(L=1.0, dim=4).with_helper(deltas), NOISE, K=4, T=[5, 10]
    )
    assert grid.table["configuration"].tolist() == [0, 1, 0, 1]
    for row in grid.table:
        pair = Quadratic(L=1.0, dim=4).with_helper(deltas[row["configuration"]])
        alone = validate(theorems.AuxMOM(), pair, NOISE, K=4, T=row["T"])
        assert alone.table["measured"][0] == pytest.approx(row["measured"], rel=1e-13)
        assert alone.table["bound"][0] == pytest.approx(row["bound"], rel=1e-13)


def test_printing_and_export() -> None:
    """Text, notebook, JSON and pandas show the same rows."""
    verdict = validate(theorems.AuxMOM(), PAIR, NOISE, K=8, T=[10, 100])
    text = str(verdict)
    page = verdict._repr_html_()
    for word in ("AuxMOM (S3)", "tuned steps, engine exact: pass", "dominant", "predicted"):
        assert word in text
    assert page.count("<tr>") == 3 and "AuxMOM" in page
    told = json.loads(verdict.to_json())
    assert told["status"] == "pass" and [row["T"] for row in told["rows"]] == [10, 100]
    assert verdict.to_pandas()["measured"].tolist() == verdict.table["measured"].tolist()
    assert bool(verdict) and verdict.ratio == np.max(verdict.table["ratio"])


def test_a_run_that_leaves_the_numbers_under_multiplicative_noise_is_no_pass() -> None:
    """Its own σ_r² leaves them too; that must neither crash nor pass."""
    noise = Gaussian(sigma_f=1.0, s=0.1)
    for engine in ("exact", "numpy"):
        verdict = validate(
            theorems.AuxMOM(),
            PAIR,
            noise,
            K=8,
            T=1000,
            eta=50.0,
            a=0.5,
            mode="unsafe",
            engine=engine,
        )
        assert verdict.status == "outside" and np.isinf(verdict.table["measured"][0])
        verdict = validate(
            claim(1.0, method=methods.AuxMOM),
            PAIR,
            noise,
            K=8,
            T=1000,
            eta=50.0,
            a=0.5,
            engine=engine,
        )
        assert verdict.status == "undecided" and np.isinf(verdict.table["measured"][0])


def test_noise_without_limit_is_no_counterexample() -> None:
    """SGD inside its range diverges under strong multiplicative noise: no σ_f exists, so S0
    promised nothing."""
    for T in (50, 2000):
        verdict = validate(theorems.SGD(), PAIR, Gaussian(sigma_f=1.0, s=30.0), T=T)
        assert verdict.status == ("pass" if T == 50 else "undecided"), str(verdict)


def test_monte_carlo_without_noise_allows_for_rounding() -> None:
    """Where the bound is attained and nothing is random, the last digit must not decide."""
    for L, F0 in np.random.default_rng(0).uniform(0.5, 20.0, (50, 2)):
        pair = Quadratic(L=L, dim=1, F0=F0)
        assert validate(theorems.SGD(), pair, T=1, eta=1 / L, engine="numpy", replicas=2)


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"K": 0, "T": [0, 2.5]}, ["T = 0:", "T = 2.5:", "K = 0:"]),
    ({"K": 2, "T": []}, ["T = []"]),
    ({"K": 2, "T": 10, "B": 0}, ["B = 0"]),
    ({"K": 2, "T": 10, "a": 0.5}, ["a = 0.5: must be left out"]),
    ({"K": 2, "T": 10, "eta": -1.0, "a": 1.5}, ["eta = -1.0", "a = 1.5", "(0, 1]"]),
    ({"K": 2, "T": 10, "eta": float("nan"), "a": 0.5}, ["eta = nan"]),
    ({"K": 2, "T": 10, "eta": 0.1}, ["a = None"]),
    (
        {
            "K": 0,
            "T": 0,
            "B": 0,
            "eta": 0.1,
            "a": 2,
            "mode": "x",
            "engine": "y",
            "replicas": 0,
            "seed": 2**64,
        },
        [
            "K = 0",
            "T = 0",
            "B = 0",
            "a = 2",
            "mode = 'x'",
            "engine = 'y'",
            "replicas = 0",
            "seed = ",
        ],
    ),
    ({"K": 2, "T": [[1]]}, ["T = [[1]]"]),
    ({"K": 2, "T": None}, ["T = None"]),
    ({"K": 2, "T": 10, "eta": [0.1, 0.2], "a": [0.1, 0.2, 0.3]}, ["shapes of eta, a"]),
    ({"K": 2, "T": 10, "noise": "loud"}, ["noise = 'loud'"]),
    ({"K": 2, "T": 10, "noise": Gaussian}, ["noise = "]),
    ({"K": 2, "T": 10, "mode": "unsave"}, ["mode = 'unsave'", "did you mean 'unsafe'"]),
    ({"K": 2, "T": 10, "engine": "exat"}, ["engine = 'exat'", "did you mean 'exact'"]),
    (
        {"K": 2, "T": 10, "engine": "numpy", "replicas": 1, "seed": -1},
        ["replicas = 1", "seed = -1"],
    ),
    ({"K": 2, "T": 10, "false_alarm": 0.0}, ["false_alarm = 0.0"]),
    ({"T": 10}, ["K = None"]),
]


@pytest.mark.parametrize(
    ("options", "expected"), BAD, ids=[", ".join(options) for options, _ in BAD]
)
def test_bad_input_is_named_with_its_range(options: dict[str, Any], expected: list[str]) -> None:
    """One error that lists every offending value."""
    with pytest.raises(InputError) as caught:
        validate(theorems.AuxMOM(), PAIR, **{"noise": NOISE} | options)
    assert all(text in str(caught.value) for text in expected), str(caught.value)


def test_things_of_the_wrong_kind_are_named() -> None:
    """A class instead of a theorem, a string instead of a pair, a method by name."""
    with pytest.raises(InputError) as caught:
        validate(theorems.AuxMOM, "pair", K=2, T=2)  # type: ignore[arg-type]
    assert "theorem = " in str(caught.value) and "pair = 'pair'" in str(caught.value)
    with pytest.raises(InputError) as caught:
        at.run("AuxMOM", at.Quadratic(L=1.0, dim=2), None, None)  # type: ignore[arg-type]
    assert "method = 'AuxMOM'" in str(caught.value) and "steps = None" in str(caught.value)
    steps = at.Steps(eta=0.1, a=0.5, K=np.int64(2), T=np.int64(3))
    trace = at.run(
        at.methods.AuxMOM,
        at.Quadratic(L=1.0, dim=2),
        at.Gaussian(sigma_f=1.0),
        steps,
        engine="numpy",
        seed=np.int64(3),
    )
    assert trace.replicas == 256


def test_assumptions_on_constants() -> None:
    """Every theorem refuses a problem outside it, with value and limit."""
    far = Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.5)
    with pytest.raises(AssumptionError, match=r"β < 1: the left side is 25, must be below 1"):
        validate(theorems.Naive(), far, K=2, T=2)
    with pytest.raises(AssumptionError, match="σ_h ≤ 0"):
        validate(theorems.ExactCorrection(), PAIR, NOISE, K=2, T=2)
    with pytest.raises(InputError, match="K = 3: must be 1 for SGD"):
        validate(theorems.SGD(), PAIR, K=3, T=2, eta=0.1)


def test_a_quadratic_alone_is_its_own_helper() -> None:
    """The README's shortest call: no helper, no noise."""
    assert at.validate(at.theorems.AuxMOM(), at.Quadratic(L=1.0, dim=3), K=2, T=5)


def test_a_refusal_is_a_reason() -> None:
    """Asking for the exact engine where it cannot go."""
    clipped = at.methods.from_rules(name="Clipped", refresh=lambda m, diff, diff_prev, a: abs(diff))

    class Clip(theorems.SGD):
        method = clipped

    with pytest.raises(RefusedError, match="not affine"):
        validate(Clip(), PAIR, K=1, T=2, engine="exact")
    assert validate(Clip(), PAIR, K=1, T=2, eta=0.1).engine in ("cuda", "cpu")
