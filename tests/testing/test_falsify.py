"""The falsifier sees wrong bounds of every kind, shrinks them to the smallest case, and leaves true
ones alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from crossed import crossed
from hypothesis import given
from hypothesis import strategies as st

import auxtheory as at
from auxtheory import methods, theorems
from auxtheory.bounds.posynomial import Condition
from auxtheory.cli.parser import main
from auxtheory.noise.laws import LEVELS
from auxtheory.problems import QuadraticPair
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Best, SearchCell, random_cells
from auxtheory.testing.search.judge import MIN_RATIO, Judge
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.search.shrinking import complexity, rounder, shorter, simplest
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.auxmom import RATE
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta

L, F0, mu, delta, zeta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, beta = at.symbols(
    "L F0 mu delta zeta sigma_f sigma_h sigma_r eta a K T B beta"
)


def wrong(bound: Any, like: type[Theorem], **changes: Any) -> Theorem:
    return at.claim(bound, like=like(), **changes)


def unlike(function: Any, like: type[Theorem]) -> Theorem:
    """A bound of a wrong unit, allowed to stand."""
    return at.claim(function, like=like(), check_units=False)


NO_DELTA: tuple[Condition, ...] = (eta * L <= 1,)
S1 = theorems.ExactCorrection
S3 = theorems.AuxMOM
S4 = theorems.AuxMVR

# What is wrong, the claim, and the largest d, K, T that its smallest counterexample may have.
WRONG: dict[str, tuple[Theorem, tuple[int, int, int]]] = {
    "S0, constant too small by 10 %": (wrong(0.9 * theorems.SGD.bound, theorems.SGD), (1, 1, 1)),
    "S1, constant too small by 10 %": (wrong(1.8 * F0 / (eta * K * T), S1), (1, 1, 1)),
    "S2, constant too small by 10 %": (
        wrong(0.9 * theorems.Naive.bound, theorems.Naive),
        (1, 1, 1),
    ),
    "S0, exponent of L": (
        unlike(
            lambda c, s: (2 * c.F0 / (s.eta * s.T) + c.L**2 * s.eta * c.sigma_f**2) / 2,
            theorems.SGD,
        ),
        (1, 1, 2),
    ),
    "S3, exponent of δ": (
        unlike(
            lambda c, s: (
                2 * c.F0 / (s.eta * s.K * s.T)
                + c.L * s.eta * c.sigma_h**2
                + c.delta**2 * c.sigma_h**2
                + 8 * c.delta**2 * s.eta * s.K * c.sigma_r**2
                + 4 * c.sigma_r**2 / (s.a * s.B * s.T)
            ),
            S3,
        ),
        (1, 2, 2),
    ),
    "S3, exponent of σ_r": (
        unlike(
            lambda c, s: (
                2 * c.F0 / (s.eta * s.K * s.T)
                + 2 * c.sigma_h**2
                + 2 * s.a * c.sigma_r
                + 2 * c.sigma_r / (s.a * s.B * s.T)
            ),
            S3,
        ),
        (1, 2, 2),
    ),
    "S1, exponent of T": (unlike(lambda c, s: 2 * c.F0 / (s.eta * s.K * s.T**2), S1), (1, 1, 2)),
    "S1, exponent of K": (wrong(2 * F0 / (eta * K**2 * T), S1), (1, 2, 1)),
    "S1, exponent of F₀": (unlike(lambda c, s: 2 * c.F0**2 / (s.eta * s.K * s.T), S1), (1, 1, 1)),
    "S2, without ζ": (
        wrong(
            2 * F0 / (eta * K * T * (1 - beta)) + L * eta * sigma_h**2 / (1 - beta), theorems.Naive
        ),
        (1, 2, 2),
    ),
    "S3, without σ_h": (
        wrong(2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a), S3),
        (1, 2, 2),
    ),
    "S4, without the first batch": (
        wrong(
            2 * F0 / (eta * K * T)
            + L * eta * sigma_h**2
            + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
            + 8 * a * sigma_r**2 / (2 - a)
            + 8 * delta**2 * eta**2 * K * sigma_h**2 / (a * (2 - a)),
            S4,
        ),
        (1, 2, 2),
    ),
    "S1, range without δ": (wrong(S1.bound, S1, step_range=NO_DELTA), (1, 2, 2)),
    "S0, range too wide": (
        wrong(
            2 * F0 / (eta * T) + L * eta * sigma_f**2,
            theorems.SGD,
            step_range=(eta * L <= 1.2, K <= 1),
        ),
        (1, 1, 2),
    ),
    "S1-PŁ, without ημK ≤ 1": (
        wrong(
            theorems.ExactCorrectionPL.bound,
            theorems.ExactCorrectionPL,
            step_range=theorems.ExactCorrectionPL.step_range[1:],
        ),
        (1, 10, 1),
    ),
}


@cache
def refuted(what: str) -> Counterexample:
    """What the falsifier finds against a wrong bound, searched for once a process."""
    with pytest.raises(Counterexample) as caught:
        falsify(WRONG[what][0])
    return caught.value


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_bound_is_falsified_by_a_small_case(what: str) -> None:
    largest = WRONG[what][1]
    found = refuted(what)
    case = found.configuration
    assert (case.pair.dim, case.steps.K, case.steps.T) <= largest, found
    assert (
        case.pair.dim <= largest[0] and case.steps.K <= largest[1] and case.steps.T <= largest[2]
    ), found
    again, stored = Configuration.read(found.to_json())
    assert again.verdict().status == "violated" == stored["status"]
    assert again.verdict().ratio == pytest.approx(found.verdict.ratio, rel=1e-9)


@pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
def test_a_true_theorem_is_left_alone(kind: type[Theorem]) -> None:
    found = falsify(kind(), examples=10_000)
    assert 0.5 < found.ratio <= 1 + 1e-9 and found.examples >= 10_000 and not found.false_alarm
    assert found.configuration is not None
    assert found.configuration.verdict().ratio == found.ratio
    assert "no counterexample" in str(found) and found.snippet in str(found)


def test_the_tightest_case_of_an_attained_bound_is_found() -> None:
    assert falsify(theorems.SGD(), examples=10_000).ratio > 0.999
    held = falsify(
        theorems.AuxMOM(), at.toy(delta=0.1, zeta=1.0), at.Gaussian(sigma_f=1.0), examples=3_000
    )
    # A toy pair is a Quadratic.
    assert held.configuration is not None and "at.toy" not in held.snippet
    assert (
        held.configuration.noise.sigma_f == 1.0 and held.configuration.pair.constants().delta == 0.1
    )


def test_what_is_fixed_stays_fixed() -> None:
    found = falsify(
        S3(), budget=Budget(K=2, T=5, B=3), fixed={"delta": 0.25, "sigma_h": 0.0}, examples=1_000
    )
    case = found.configuration
    assert case is not None and (case.steps.K, case.steps.T, case.steps.B) == (2, 5, 3)
    c = S3().constants(case.pair, at.Gaussian())
    assert c.delta == pytest.approx(0.25 * c.L) and case.noise.sigma_h == 0


HALF = wrong(1.5 * F0 / (eta * K * T) + 0.5 * L * eta * sigma_h**2, S3)
CLAIMS: dict[str, Theorem] = {"counterexample": HALF, "tightest": S3()}
FIXED: list[dict[str, float]] = [
    {"step": 0.5},
    {"momentum": 0.5, "delta": 0.1},
    {"flat": 0.01},
    {"flat_start": 0.3, "flat_gap": 0.2, "delta": 0.1},
    {"gap": 0.25, "delta": 0.1},
    {"bias": 0.6, "zeta": 1.0},
    {"sigma_h": 3.0, "flat": 0.5},
    {"bias": -1.0, "zeta": 2.0},
]


@crossed({"kind": CLAIMS, "fixed": FIXED}, {"kind": "counterexample", "fixed": {"step": 0.5}})
def test_a_case_has_what_was_fixed(kind: str, fixed: dict[str, float]) -> None:
    claim = CLAIMS[kind]
    try:
        case = falsify(claim, fixed=fixed, examples=2_000).configuration
    except Counterexample as caught:
        case = caught.configuration
    assert case is not None and isinstance(case.pair, QuadraticPair)
    pair = case.pair
    steps = case.steps
    c = claim.constants(case.pair, case.noise)
    lengths: dict[str, Any] = {"K": steps.K, "T": steps.T, "B": steps.B}
    most = float(np.ravel(largest_eta(claim, c, Lengths(**lengths)))[0])
    high, low = (
        float(np.ravel(end)[0]) for end in ends_of_a(claim, c, steps.eta, Lengths(**lengths))
    )
    A, R, b, x = (np.ravel(part) for part in (pair.A, pair.R, pair.b, pair.start))
    found = {
        "step": lambda: steps.eta / most,
        "momentum": lambda: np.log(steps.a / high) / np.log(low / high),
        "flat": lambda: A[0] / A[1],
        "flat_start": lambda: 0.5 * A[0] * x[0] ** 2 / c.F0,
        "delta": lambda: c.delta / c.L,
        "flat_gap": lambda: R[0] / c.delta,
        "gap": lambda: R[1] / c.delta,
        "bias": lambda: b[-1] / c.zeta,
        "zeta": lambda: c.zeta / np.sqrt(c.L * c.F0),
        "sigma_h": lambda: case.noise.sigma_h / np.sqrt(c.L * c.F0),
    }
    for name, value in fixed.items():
        assert found[name]() == pytest.approx(value, rel=1e-6), (name, case.script)


def test_what_cannot_be_fixed_is_told() -> None:
    with pytest.raises(at.InputError, match=r"gap, flat_gap = \[0.5, 0.25\]: must be −1 or 1"):
        falsify(S3(), fixed={"gap": 0.5, "flat_gap": 0.25})
    with pytest.raises(at.InputError, match="uses no a"):
        falsify(S1(), fixed={"momentum": 0.5})
    with pytest.raises(at.InputError, match="prescribes steps"):
        falsify(at.claim(S1.bound, like=S1(), steps=S1()), fixed={"step": 0.5})


def simpler_numbers(case: Configuration) -> list[str]:
    """The last line's and the parts' numbers, each alone replaced by simpler ones, as scripts."""
    found = []
    lines = case.script.splitlines()
    for i, line in enumerate(lines):
        if not line.startswith(("pair", "noise", "print")):
            continue
        for match in re.finditer(r"(?<![\w.])\d[\d.]*(e-?\d+)?(?!\w)", line):
            text = match.group()
            whole = "." not in text and "e" not in text
            numbers = (
                range(1, int(text)) if whole else [v for v in rounder(float(text), 0.0) if v >= 0]
            )
            for number in numbers:
                other = f"{line[: match.start()]}{number!r}{line[match.end() :]}"
                found.append("\n".join([*lines[:i], other, *lines[i + 1 :]]))
    return found


def unscripted(script: str) -> float:
    """The ratio of what a script shows; 0 outside."""
    names: dict[str, Any] = {}
    try:
        exec(script.replace("print(at.validate", "verdict = (at.validate"), names)
    except at.InputError:
        return 0.0
    return names["verdict"].ratio if names["verdict"].status == "violated" else 0.0


SLOW = wrong(
    2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + sigma_r**2 * a + sigma_r**2 / (a * B * T), S3
)
SIMPLE: dict[str, tuple[Theorem, SearchCell, dict[str, float]]] = {
    "one coordinate, many rounds": (
        SLOW,
        SearchCell(1, 3, 100, np.inf, "theorem"),
        {"delta": 0.123, "sigma_f": 1.37, "momentum": 0.0},
    ),
    "two curvatures": (
        wrong(0.5 * F0, S1, measure="gap", steps=S1()),
        SearchCell(2, 2, 2, np.inf, "tuned"),
        {"flat": 0.0123, "flat_start": 0.87},
    ),
    "two curvatures, steps in range": (
        wrong(0.5 * F0, S1, measure="gap"),
        SearchCell(2, 2, 2, np.inf, "theorem"),
        {"flat": 0.0123, "flat_start": 0.87, "step": 0.9},
    ),
    "two gaps and a bias": (
        wrong(0.1 * zeta**2, theorems.Naive),
        SearchCell(2, 3, 30, np.inf, "theorem"),
        {"flat": 0.123, "flat_start": 0.37, "zeta": 0.7, "bias": 0.3, "delta": 0.02, "step": 0.9},
    ),
}


@pytest.mark.parametrize("what", SIMPLE)
def test_every_number_of_a_counterexample_is_simple(what: str) -> None:
    """Each alone at 0, at 1, of fewer digits or, if whole, smaller: no violation that six digits
    show."""
    claim, cell, values = SIMPLE[what]
    found = Best(
        cell, 2.0, {name: parameter.simple for name, parameter in PARAMETERS.items()} | values
    )
    weighed = Judge(Adversary(claim), 1e-4).confirm(found)
    assert weighed is not None
    assert (
        unscripted(weighed[0].script) == pytest.approx(weighed[1].ratio)
        and weighed[1].ratio >= MIN_RATIO
    )
    for script in simpler_numbers(weighed[0]):
        assert unscripted(script) < MIN_RATIO, f"{weighed[0].script}\n{script}"


def test_the_same_seed_finds_the_same_case() -> None:
    cell = SearchCell(2, 2, 5, 7.0, "theorem")
    budget = Budget(2, 5, 7)
    one, other, third = (Adversary(S4(), seed=seed).search(cell, 3) for seed in (3, 3, 4))
    assert one.values == other.values != third.values and one.ratio == other.ratio
    first, second = (falsify(S4(), budget=budget, examples=2_000, seed=3) for _ in range(2))
    assert first.snippet == second.snippet and first.ratio == second.ratio


def test_the_script_runs_as_it_stands() -> None:
    found = refuted("S1, exponent of K")
    shown = subprocess.run(
        [sys.executable, "-c", found.snippet], capture_output=True, text=True, check=True
    )
    assert "violated" in shown.stdout


def clipped(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """A local step that is not affine, so that no expectation is exact."""
    return y - eta * np.clip(grad_helper + m, -1e6, 1e6)


Clipped = at.Method(name="Clipped", refresh=methods.AuxMOM.refresh, local_step=clipped, uses_a=True)


@pytest.mark.parametrize("factor", [0.3, 1.0])
def test_monte_carlo_where_the_exact_engine_refuses(factor: float) -> None:
    claim = at.claim(factor * S3.bound, like=S3(), method=Clipped, name="Sampled")
    options: dict[str, Any] = {"budget": Budget(K=2, T=3), "examples": 500}
    if factor == 1.0:
        found = falsify(claim, **options)
        assert found.false_alarm == 1e-4 and found.ratio <= 1 + 1e-9
        return
    with pytest.raises(Counterexample) as caught:
        falsify(claim, **options)
    assert caught.value.verdict.engine == "numpy" and 0 < caught.value.verdict.false_alarm < 1e-4
    assert (
        f"import {__name__}" in caught.value.snippet
        and f"method={__name__}.Clipped" in caught.value.snippet
    )
    text = caught.value.to_json()
    with pytest.raises(at.InputError, match=f"--import {__name__}"):
        Configuration.read(text)
    again, found_then = Configuration.read(text, (__name__,))
    assert float(again.verdict().table["measured"][0]) == found_then["measured"]


BAD: dict[str, tuple[Any, str]] = {
    "not a number": (lambda c, s: float("nan"), "must be one number from 0 to inf"),
    "negative": (lambda c, s: -1.0, "must be one number from 0 to inf"),
    "an array": (lambda c, s: np.ones(3), "must be one number from 0 to inf"),
    "complex": (lambda c, s: 1j, "must be one number from 0 to inf"),
    "nothing": (lambda c, s: None, "must be one number from 0 to inf"),
    "an exception": (lambda c, s: c.no_such_constant, "raised AttributeError"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_bound_is_told_with_the_case(what: str) -> None:
    bound, message = BAD[what]
    claim = at.claim(bound, like=S1(), check_units=False)
    with pytest.raises(at.InputError, match=message) as caught:
        falsify(claim)
    assert "eta = " in str(caught.value) and "F0 = " in str(caught.value)
    with pytest.raises(at.InputError, match=message):
        at.claim(bound, like=S1())  # the unit check meets it already
    with pytest.raises(at.InputError, match=message):
        at.validate(claim, at.toy(delta=0.1, zeta=1.0), K=2, T=3, eta=0.1)


class BatchTooWell(S3):
    """The first batch divided by B where √B is meant: seen at neither B = 1 nor B = ∞."""

    corollaries = (at.Corollary(RATE + 10 / 3 * sigma_r**2 / (B * at.sqrt(T))),)


class LateTooGood(theorems.SGDMomentum):
    """Its rate's constant 2 as 0.6: seen from some 300 rounds on."""

    corollaries = (
        at.Corollary(
            0.6 * at.sqrt(2 * 2**0.5 * delta * F0 * sigma_r**2 / T)
            + 4 * L * F0 / T
            + 2 * sigma_r**2 / at.sqrt(B * T)
        ),
    )


@pytest.mark.parametrize("kind", [BatchTooWell, LateTooGood])
def test_what_only_shows_in_long_runs_or_larger_batches_is_found(kind: type[Theorem]) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(kind())
    assert caught.value.configuration.pair.dim == 1 and MIN_RATIO <= caught.value.verdict.ratio < 2


def only(where: Any, like: Theorem) -> Theorem:
    """A true bound that is three tenths too small in some cases alone."""

    def bound(c: Any, s: Any) -> Any:
        return float(like.bound.value({**vars(c), **vars(s)})) * (0.7 if where(c, s) else 1.0)

    return at.claim(bound, like=like)


# What the list of K, T and B does not hold, and conditioning beyond 10⁴.
BETWEEN: dict[str, Theorem] = {
    "K from 4 to 7": only(lambda c, s: 4 <= s.K <= 7, S1()),
    "K above 20": only(lambda c, s: s.K > 20, S1()),
    "T from 20 to 60": only(lambda c, s: 20 <= s.T <= 60, theorems.SGD()),
    "T above 1,200": only(lambda c, s: s.T > 1200, theorems.SGD()),
    "B = 10 in long runs": only(lambda c, s: s.B == 10 and s.T >= 100, S3()),
    "B from 300 to 10,000": only(lambda c, s: 300 <= s.B <= 10_000, S3()),
    "L/μ above 10⁵": only(lambda c, s: c.L > 1e5 * c.mu, S1()),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_lies_between_and_beyond_the_list_is_found(what: str) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(BETWEEN[what], examples=40_000)
    assert caught.value.verdict.ratio == pytest.approx(1 / 0.7, rel=0.05)


def test_the_ranges_searched_are_printed_and_stored() -> None:
    found = falsify(S3(), examples=2_000, fixed={"delta": 0.5})
    searched = json.loads(found.to_json())["searched"]
    assert searched["cells"]["random"] > 0 and searched["cases"] == found.examples
    assert (
        searched["levels"]["flat"] == {"low": 1e-8, "high": 1.0, "zero": False}
        and "delta" not in searched["levels"]
    )
    for part in (
        f"K = 1…{searched['K'][1]}",
        f"T = 1…{searched['T'][1]}",
        "μ/L 1e-08…1",
        "delta = 0.5",
        "tuned",
    ):
        assert part in str(found.coverage)
    assert str(found.coverage) in str(found)
    given = falsify(S3(), at.toy(delta=0.1, zeta=1.0), budget=None, examples=500)
    assert "held fixed: the pair" in str(given) and "flat" not in given.coverage.levels
    few = falsify(S3(), budget=Budget(K=2, T=5), examples=500).coverage
    assert (few.K, few.T, few.random, few.infinite_B) == ((2, 2), (5, 5), 0, True)


def test_random_cells_depend_on_the_seed_alone_and_stay_in_their_ranges() -> None:
    one, other, third = (random_cells(S3(), (1, 2), 200, seed, cheap=True) for seed in (3, 3, 4))
    assert one == other != third
    assert (
        max(cell.K for cell in one) > 80
        and max(cell.T for cell in one) > 2_500
        and {1, 2} == {c.dim for c in one}
    )
    assert all(
        cell.K <= 100 and cell.T <= 3_000 and (cell.B <= 10_000 or cell.B == np.inf) for cell in one
    )
    # Where steps are sampled.
    assert all(cell.K * cell.T <= 1_000 for cell in random_cells(S3(), (1,), 200, 0, cheap=False))


NOISY = {
    "delta": 0.00127,
    "zeta": 0.7266031654672355,
    "gap": 0.412,
    "bias": -0.6,
    "sigma_f": 603.0028558889543,
    "sigma_h": 614.5240725502624,
    "correlation": 0.98671500571,
    "step": 0.4137,
    "momentum": 0.634,
}
GROWING = {
    "zeta": 0.7266031654672355,
    "bias": -1.0,
    "sigma_f": 0.0028558889542659874,
    "sigma_h": 614.5240725502624,
    "correlation": 0.32671500571869716,
    "s": 1.0,
    "step": 0.04485173645337151,
    "momentum": 1.0,
}
LEFT_OUT = {
    "S3, without σ_h": (WRONG["S3, without σ_h"][0], SearchCell(1, 8, 10, 100.0, "theorem"), NOISY),
    "S4, without the noise of h": (
        wrong(
            2 * F0 / (eta * K * T)
            + L * eta * sigma_h**2
            + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
            + 8 / 3 * a * sigma_r**2 / (2 - a)
            + 2 * sigma_r**2 / (a * B * T * (2 - a)),
            S4,
        ),
        SearchCell(1, 1, 1000, np.inf, "theorem"),
        GROWING,
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_shrinking_starts_from_the_case_found(what: str) -> None:
    """Random points near simple values are no counterexamples here: only the failing case leads to
    simple ones."""
    claim, cell, values = LEFT_OUT[what]
    adversary = Adversary(claim)
    found = Best(
        cell, 2.0, {name: parameter.simple for name, parameter in PARAMETERS.items()} | values
    )
    weighed = Judge(adversary, 1e-4).confirm(found)
    assert weighed is not None
    case = weighed[0]
    noise = weighed[0].noise
    c = case.pair.constants()
    assert (noise.sigma_f, noise.correlation, c.zeta, c.delta) == (0, 0, 0, 0), case
    for number in (noise.sigma_h, noise.s, case.steps.eta, case.steps.a):
        assert number == float(f"{number:.1g}"), case


@pytest.mark.parametrize("what", [what for what in WRONG if "S3" in what or "S4" in what])
def test_no_single_value_of_a_counterexample_can_be_simpler(what: str) -> None:
    """Each level at 0, K and T smaller, B = ∞, η and a of fewer digits: outside the theorem, or
    less of a violation."""
    found = refuted(what)
    case = found.configuration
    ratio = found.verdict.ratio
    noise = case.noise
    steps = case.steps
    others = [
        replace(case, noise=replace(noise, **{name: 0.0}))
        for name in LEVELS
        if getattr(noise, name)
    ]
    lengths = [("K", k) for k in range(1, int(steps.K))] + [
        ("T", t) for t in range(1, int(steps.T))
    ]
    changes = [*lengths, *([("B", np.inf)] if steps.B < np.inf else [])]
    changes += [
        (name, v) for name in ("eta", "a") for v in rounder(getattr(steps, name), 1.0) if 0 < v <= 1
    ]
    for other in [
        *others,
        *(replace(case, steps=steps.replace(**{name: value})) for name, value in changes),
    ]:
        try:
            verdict = other.verdict()
        except at.InputError:
            continue
        assert verdict.status != "violated" or verdict.ratio < ratio, other.script


@given(st.integers(0, 10**6), st.floats(1e-3, 1e3), st.floats(-1, 1), st.integers(1, 3000))
def test_a_descent_ends_where_no_single_value_is_simpler(
    seed: int, level: float, even: float, length: int
) -> None:
    """Whatever fails: here some cases at random, the one found among them."""
    found = {"dim": 2, "K": 7, "T": length, "B": 3, "level": level, "even": even}

    def simpler(name: str, values: dict[str, Any]) -> list[Any]:
        return (
            shorter(values[name]) if name in ("dim", "K", "T", "B") else rounder(values[name], 0.0)
        )

    def fails(values: dict[str, Any]) -> bool:
        return values == found or bool(Random(f"{seed} {values}").random() < 0.2)

    last = simplest(found, simpler, lambda cases: next(filter(fails, cases), None))
    assert fails(last)
    assert not any(fails({**last, name: v}) for name in last for v in simpler(name, last))


@given(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0]))
def test_simpler_numbers_are_simpler_and_round_ones_come_first(value: float, simple: float) -> None:
    rungs = rounder(value, simple)
    assert all(complexity(v, simple) < complexity(value, simple) for v in rungs)
    assert (rungs[:1] == [simple]) == (value != simple) and value not in rungs
    if abs(value) > 1e-6:
        assert rungs or value == simple
        for n in (1, 2, 3):  # of so many digits, the nearest, unless it has no more digits itself
            assert float(f"{value:.{n}g}") in [*rungs, value, simple]


def test_a_range_with_a_lower_end_and_one_that_forbids_a_of_1_are_searched() -> None:
    low = at.claim(
        0.1 * theorems.SGD.bound,
        like=theorems.SGD(),
        step_range=[0.5 <= L * eta, L * eta <= 1, K <= 1],
    )
    half = at.claim(
        0.2 * S3.bound, like=S3(), step_range=[L * eta <= 0.5, a <= 0.5, 4 * delta * eta * K <= a]
    )
    for claim in (low, half):
        with pytest.raises(Counterexample) as caught:
            falsify(claim, examples=10_000)
        steps = caught.value.configuration.steps
        assert (
            claim.unmet(claim.constants(caught.value.configuration.pair, at.Gaussian()), steps)
            == []
        )


def test_a_user_s_steps_and_their_mistakes() -> None:
    def half(c: Any, K: int, T: int, B: float) -> Any:
        return 0.5 / c.L

    found = falsify(at.claim(theorems.SGD.bound, like=theorems.SGD(), steps=half), examples=2_000)
    case = found.configuration
    assert case is not None and case.steps.eta == 0.5 / case.pair.constants().L

    def scalar(c: Any, K: int, T: int, B: float) -> Any:
        return min(1 / c.L, 1 / c.delta if c.delta else 1.0)

    with pytest.raises(at.InputError, match=r"raised ValueError.*np.minimum"):
        falsify(at.claim(theorems.SGD.bound, like=theorems.SGD(), steps=scalar))
    for wrong in (theorems.SGD, "S0"):
        with pytest.raises(at.InputError, match="steps"):
            at.claim(theorems.SGD.bound, like=theorems.SGD(), steps=wrong)  # type: ignore[arg-type]


def test_steps_are_asked_only_where_the_assumptions_hold() -> None:
    def rule(c: Any, K: int, T: int, B: float) -> Any:
        if np.any(np.asarray(c.delta) > np.asarray(c.mu)):
            raise ValueError("δ must be at most μ")
        return 0.5 / c.L

    claim = at.claim(
        S1.bound, like=S1(), assumptions=[*S1.assumptions, delta <= 0.1 * mu], steps=rule
    )
    found = falsify(claim, examples=2_000)
    assert found.configuration is not None and found.configuration.steps.eta == 0.5
    assert 0.5 < found.ratio <= 1
    with pytest.raises(Counterexample):
        falsify(
            at.claim(0.5 * S1.bound, like=S1(), assumptions=claim.assumptions, steps=rule),
            examples=2_000,
        )


def test_the_script_and_the_file_of_an_endless_bound_can_be_read() -> None:
    found = falsify(at.claim(np.inf, like=S1()), examples=500)
    shown = subprocess.run(
        [sys.executable, "-c", found.snippet], capture_output=True, text=True, check=True
    )
    assert "undecided" in shown.stdout and "inf" in shown.stdout
    assert Configuration.read(found.to_json())[0].script == found.snippet


def test_one_case_tells_what_it_cannot_use() -> None:
    case = S3(), at.toy(delta=0.1, zeta=1.0), at.Gaussian(), Budget(1, 2)
    for options, told in (
        ({"a": 0.5}, "a = 0.5"),
        ({"mode": "unsafe"}, "eta = None"),
        ({"etta": 1.0}, "did you mean"),
    ):
        with pytest.raises(at.InputError, match=told):
            falsify(*case, **options)
    with pytest.raises(at.InputError, match="since a pair is given"):
        falsify(S3(), case[1], fixed={"delta": 1.0})
    for bad in ((2.5, 1), (1, 0), (1, 1, float("nan"))):
        with pytest.raises(at.InputError):
            Budget(*bad)


def test_a_negative_formula_is_told() -> None:
    with pytest.raises(at.InputError, match="must be from 0 to inf"):
        falsify(at.claim(L * F0 * (1 - 2 * K), like=S1()))


def test_bad_arguments_are_told_at_once() -> None:
    with pytest.raises(at.InputError) as caught:
        falsify(S1(), examples=0, seed=-1, false_alarm=2, fixed={"sigma": 1.0, "delta": -1.0})
    for part in ("examples", "seed", "false_alarm", "fixed['delta'] = -1.0", "did you mean"):
        assert part in str(caught.value)
    with pytest.raises(at.InputError, match=r"theorem.*\n.*pair"):
        falsify("S1", "pair")  # type: ignore[call-overload]
    with pytest.raises(at.InputError) as caught:
        at.claim("rate", measure="loss", steps=3, step_range=["L < 1"])  # type: ignore[arg-type]
    for part in ("method", "measure", "steps", "step_range", "bound"):
        assert part in str(caught.value)
    with pytest.raises(at.InputError, match="like = 'S1': must be a theorem"):
        at.claim(1.0, like="S1", method=methods.SGD)  # type: ignore[arg-type]
    with pytest.raises(at.InputError, match="prescribes no steps"):
        at.validate(at.claim(S1.bound, like=S1()), at.toy(delta=0.1, zeta=1.0), K=2, T=3)


def test_the_units_of_a_function_are_checked() -> None:
    right = at.claim(lambda c, s: 2 * c.F0 / (s.eta * s.K * s.T), like=S1())
    assert right.bound.unit == S1.bound.unit
    with pytest.raises(at.UnitError, match=r"has unit F, but G has F\^2"):
        at.claim(lambda c, s: 2 * c.F0 / (s.K * s.T), like=S1())
    with pytest.raises(at.UnitError, match="changes by no fixed factor"):
        at.claim(lambda c, s: c.F0 + c.L, like=S1())
    with pytest.raises(at.UnitError, match="0 or ∞ wherever"):
        at.claim(lambda c, s: 0.0, like=S1())


def test_the_command_finds_writes_and_replays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        "import auxtheory as at\nF0, eta, K, T = at.symbols('F0 eta K T')\n"
        "Mine = at.claim(F0 / (eta * K * T), like=at.theorems.ExactCorrection(), "
        "name='Mine')\nother = 3\n"
    )
    assert main(["falsify", "own.py:Mine", "--out", "found.json"]) == 1
    told = capsys.readouterr().out
    assert "the bound is violated" in told and "wrote found.json" in told
    assert main(["replay", "found.json"]) == 1
    assert "reproduced" in (told := capsys.readouterr().out) and "NOT" not in told
    assert main(["falsify", "S0", "--examples", "2000"]) == 0
    assert (
        "no counterexample" in capsys.readouterr().out and not Path("counterexample.json").exists()
    )
    never = (
        "import auxtheory as at\nL, mu = at.symbols('L mu')\nNever = "
        "at.claim(at.theorems.SGD.bound, "
    )
    Path("never.py").write_text(
        never + "like=at.theorems.SGD(), assumptions=[2 * L <= mu], name='Never')\n"
    )
    assert main(["falsify", "never.py:Never", "--examples", "500"]) == 3
    assert (
        "nothing was tested" in (told := capsys.readouterr().out)
        and "no counterexample" not in told
    )
    assert (
        main(
            ["falsify", "never.py:Never", "own.py:Mine", "--examples", "500", "--out", "both.json"]
        )
        == 1
    )
    content = json.loads(Path("found.json").read_text())
    mended = {**content, "theorem": content["theorem"].replace("at.claim(F0", "at.claim(2 * F0")}
    Path("found.json").write_text(json.dumps(mended))
    assert main(["replay", "found.json"]) == 0
    assert "NOT reproduced" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["falsify", "own.py:Mine"], "there is no file own.py"),
        (["falsify", "no_such_module:Mine"], "cannot be imported"),
        (["falsify", ":Mine"], "cannot be imported"),
        (["falsify", "json:dumps"], "must name a Theorem"),
        (["falsify", "S7", "--K", "2", "--fix", "delta"], "NAME=VALUE"),
        (["falsify", "S0", "--out", "no/such/folder.json"], "no folder"),
        (["replay", "missing.json"], "missing.json"),
    ],
)
def test_the_commands_tell_bad_input(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert told in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"pair": "__import__('os').getcwd()"},
        {"pair": "at.Quadratic(L=1.0, dim=1).start()"},
        {"noise": "at.Gaussian(sigma_f=[x for x in (1, 2)])"},
        {"theorem": "at.theorems.__class__"},
        {"format": "something else"},
        {"pair": 3},
        {"steps": {"eta": 1.0, "K": 0, "T": 1}},
        {"steps": {"eta": 1.0, "K": 1, "T": 1, "B": "abc"}},
        {"steps": {"eta": 17.0, "K": 2, "T": 3, "mode": "tuned"}},
        {"options": {"nonsense": 1}},
        {"theorem": "at.claim(9**9**9**9, method=at.methods.SGD)"},
        {"theorem": "(1).with_helper()"},
    ],
)
def test_a_file_can_hold_nothing_but_a_configuration(change: dict[str, Any]) -> None:
    pair = at.Quadratic(L=1.0, dim=1).with_helper(0.1)
    noise = at.Gaussian(sigma_f=1.0)
    good = Configuration(S1(), pair, noise, S1().tune(S1().constants(pair, noise), 2, 3))
    content = json.loads(good.to_json())
    assert Configuration.read(json.dumps(content))[0].script == good.script
    with pytest.raises(at.InputError):
        Configuration.read(json.dumps({**content, **change}))
