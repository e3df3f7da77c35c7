"""The falsifier shrinks a counterexample to the smallest case in simple numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wrong_bounds import S1, S3, S4, WRONG, refuted, wrong

import auxtheory as at
from auxtheory import theorems
from auxtheory.noise.laws import LEVELS
from auxtheory.testing import Configuration
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Best, SearchCell
from auxtheory.testing.search.judge import MIN_RATIO, Judge
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.search.shrinking import complexity, rounder, shorter, simplest
from auxtheory.theorems import Theorem

L, F0, delta, zeta, sigma_h, sigma_r, eta, a, K, T, B = at.symbols(
    "L F0 delta zeta sigma_h sigma_r eta a K T B"
)


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
