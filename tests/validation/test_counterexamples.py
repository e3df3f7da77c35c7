"""Counterexamples are minimal, in round numbers, and the scripts that show them hold what they
need.

The checker is slow and independent: it changes one value at a time, and a few at once, and asks
`at.validate`.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

import auxtheory as at
from auxtheory import theorems
from auxtheory.cli.parser import main
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.judge import MIN_RATIO
from auxtheory.testing.strategies import (
    Budget,
    budgets,
    configurations,
    constants,
    level,
    noises,
    pairs,
    positive,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.lookup import module_named
from auxtheory.validation.parsing import parse

L, F0, delta, zeta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, beta, lambda_K = at.symbols(
    "L F0 delta zeta sigma_f sigma_h sigma_r eta a K T B beta lambda_K"
)
S0 = theorems.SGD()
S1 = theorems.ExactCorrection()
S2 = theorems.Naive()
S1H = theorems.ExactCorrectionNoise()
S3 = theorems.AuxMOM()
S4 = theorems.AuxMVR()


def printed(c: Any, s: Any) -> Any:
    """A bound of a wrong unit."""
    return 2 * c.F0**2 / (s.eta * s.K * s.T)


CLAIMS: dict[str, Theorem] = {
    "S1, the price of a round L alone": at.claim(2 * L * F0 / T, like=S1, steps=S1),
    "S1, range without δ": at.claim(S1.bound, like=S1, step_range=[eta * L <= 1]),
    "S1, exponent of K": at.claim(2 * F0 / (eta * K**2 * T), like=S1),
    "S1, exponent of F₀": at.claim(printed, like=S1, check_units=False),
    "S1, noise of h left out": at.claim(S1.bound, like=S1H),
    "S1-PŁ, without ημK ≤ 1": at.claim(
        theorems.ExactCorrectionPL.bound,
        like=theorems.ExactCorrectionPL(),
        step_range=theorems.ExactCorrectionPL.step_range[1:],
    ),
    "S0, range too wide": at.claim(
        2 * F0 / (eta * T) + L * eta * sigma_f**2, like=S0, step_range=[eta * L <= 1.2, K <= 1]
    ),
    "S2, without ζ": at.claim(
        2 * F0 / (eta * K * T * (1 - beta)) + L * eta * sigma_h**2 / (1 - beta), like=S2
    ),
    "S3, without δ": at.claim(
        4 * at.sqrt(2 * F0 * ((L + delta) * sigma_h**2 / K + delta * sigma_r**2) / T)
        + 4 * L * F0 / K / T
        + 4 * sigma_r**2 / at.sqrt(B * T),
        like=S3,
        steps=S3,
    ),
    "S3, without σ_h": at.claim(
        2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a), like=S3
    ),
    "S3, without the first batch": at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + sigma_r**2 * a, like=S3
    ),
    "S4, a too small": at.claim(
        S4.bound, like=S4, step_range=[2 * L * eta <= 1, 0.1 * delta**2 * eta**2 * K**2 <= a]
    ),
}


def numbers(value: float) -> list[float]:
    """Simpler numbers: 0, 1, of one digit nearer to 1 than this one, and of fewer digits than it
    has."""
    if value in (0.0, 1.0):
        return [0.0][: int(value)]
    digits = next(n for n in range(1, 18) if float(f"{value:.{n}g}") == value)
    single = [float(f"{m}e{k}") for k in range(-4, 5) for m in range(1, 10)]
    if digits > 1:
        found = [v for v in single if abs(math.log10(v / abs(value))) <= 1]
        found += [float(f"{value:.{n}g}") for n in range(1, digits)]
    else:
        found = [v for v in single if abs(math.log10(v)) < abs(math.log10(abs(value))) - 1e-9]
    return [0.0, 1.0, *found]


def case_of(p: dict[str, Any], mode: str) -> dict[str, Any]:
    """Pair, noise and lengths of a case of one coordinate."""
    gap = {"gap": [p["delta"]]} if p["sign"] > 0 and p["delta"] else {}
    pair = at.Quadratic(L=p["L"], dim=1, F0=p["F0"]).with_helper(p["delta"], p["zeta"], **gap)
    noise = at.Gaussian(**{name: p[name] for name in ("sigma_f", "sigma_h", "correlation", "s")})
    lengths = {name: p[name] for name in ("K", "T", "B")}
    chosen = (
        {} if mode == "tuned" else {name: p[name] for name in ("eta", "a") if p[name] is not None}
    )
    return {"pair": pair, "noise": noise, **lengths, **chosen}


def violates(theorem: Theorem, p: dict[str, Any], mode: str) -> bool:
    try:
        verdict = at.validate(theorem, **case_of(p, mode))
    except at.InputError:
        return False
    return verdict.status == "violated" and verdict.ratio >= MIN_RATIO


def values_of(case: Configuration) -> dict[str, Any]:
    pair: Any = case.pair
    assert pair.dim == 1, case.script
    c = pair.constants()
    noise = case.noise
    steps = case.steps
    known = {name: float(f"{getattr(c, name):.12g}") for name in ("L", "F0", "delta")}
    return {
        **known,
        "zeta": float(np.abs(pair.b).max()),
        "sign": float(np.sign(pair.R.max())),
        **{name: getattr(noise, name) for name in ("sigma_f", "sigma_h", "correlation", "s")},
        "K": steps.K,
        "T": steps.T,
        "B": steps.B,
        "eta": steps.eta,
        "a": steps.a,
    }


def simpler(p: dict[str, Any], mode: str) -> Iterator[dict[str, Any]]:
    """One value simpler; the noise off as a whole; L and F₀ at 1 together; the helper's gap of the
    other sign."""
    for name in ("L", "F0", "delta", "zeta", "sigma_f", "sigma_h", "s"):
        yield from ({**p, name: v} for v in numbers(p[name]) if v or name not in ("L", "F0"))
    yield from ({**p, "correlation": v} for v in ([0.0] if p["correlation"] else []))
    for name in ("K", "T"):
        yield from ({**p, name: n} for n in range(1, p[name]))
    if p["B"] < np.inf:
        yield from ({**p, "B": B} for B in [np.inf, *range(1, int(p["B"]))])
    for name in ("eta", "a") if mode != "tuned" else ():
        if p[name] is not None:
            yield from (
                {**p, name: v} for v in numbers(p[name]) if v > 0 and (name == "eta" or v <= 1)
            )
    yield {**p, "sigma_f": 0.0, "sigma_h": 0.0, "correlation": 0.0, "s": 0.0}
    yield {**p, "sigma_f": 0.0, "correlation": 0.0}
    if p["L"] != 1 or p["F0"] != 1:
        yield {**p, "L": 1.0, "F0": 1.0}
    if p["sign"] > 0:
        yield {**p, "sign": -1.0}


@pytest.mark.parametrize("what", CLAIMS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_counterexample_is_locally_minimal(what: str, seed: int) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(CLAIMS[what], seed=seed, examples=20_000)
    case = caught.value.configuration
    p = values_of(case)
    mode = case.steps.mode
    assert violates(CLAIMS[what], p, mode), "the checker does not see the case itself"
    for other in simpler(p, mode):
        if other != p:
            assert not violates(CLAIMS[what], other, mode), f"{case.script}\n{other}"


def test_the_smallest_round_number_is_kept() -> None:
    for seed in range(3):
        with pytest.raises(Counterexample) as caught:
            falsify(CLAIMS["S1, the price of a round L alone"], seed=seed)
        script = caught.value.snippet
        assert (
            "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=3.0)\nnoise = at.Gaussian()\n"
            in script
        )
        assert script.endswith("print(at.validate(theorem, pair, noise, K=2, T=2))"), script


MINE = '''
import auxtheory as at
import numpy as np
from functools import partial
from math import sqrt

L, F0, T = at.symbols("L F0 T")
S1 = at.theorems.ExactCorrection()
FACTOR, TABLE = 0.5, np.array([1.0, 2.0])


def root(x):
    """A helper."""
    return sqrt(x)


def plain(c, s):
    return FACTOR * c.L * c.F0 / s.T  # too small


def made(k):
    def bound(c, s):
        return k * c.L * c.F0 / s.T * root(TABLE[0])

    return bound


def with_default(c, s, k=2.0):
    return k * c.L * c.F0 / s.T


def half(c, K, T, B):
    return 0.5 / c.L


class Own(at.theorems.AuxMOM):
    corollaries = (at.Corollary(lambda c, s: 1.0 * c.L * c.F0 / s.T),)


class Formula(at.theorems.AuxMOM):
    corollaries = (at.Corollary(L * F0 / T),)


CLAIMS = {
    "plain": at.claim(plain, like=S1, steps=S1),
    "nested": at.claim(made(1.0), like=S1, steps=S1),
    "lambda": at.claim(lambda c, s: FACTOR * c.L * c.F0 / s.T, like=S1),
    "two lambdas": at.claim((lambda c, s: c.F0 * c.L / s.T, lambda c, s: c.F0)[0], like=S1, steps=S1),
    "default": at.claim(with_default, like=S1, step_range=[L * at.symbols("eta")[0] <= 2]),
    "partial": at.claim(partial(with_default, k=1.0), like=S1, steps=S1),
    "formula at a rule": at.claim(0.5 * L * F0 / T, like=S1, steps=half),
    "theorem in a closure": at.claim(lambda c, s: 0.4 * S1.bound.value({**vars(c), **vars(s)}), like=S1),
    "class": Own(),
    "class of a formula": Formula(),
}
'''


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A user's file, as the commands load it."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine_of_the_test.py").write_text(MINE, encoding="utf-8")
    yield module_named("mine_of_the_test.py", "a file", folder)
    del sys.modules["mine_of_the_test"]


@pytest.mark.parametrize("what", re.findall(r'^    "([a-z ]+)": ', MINE, re.MULTILINE))
def test_a_script_holds_the_functions_it_needs(what: str, mine: Any, tmp_path: Path) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(mine.CLAIMS[what], examples=5_000, budget=Budget(K=1, T=2))
    script = caught.value.snippet
    verdict = caught.value.verdict
    assert "mine_of_the_test" not in script and "at.claim(" in script
    assert not re.search(r"at\.claim\(\d[\d.e-]*, ", script), script
    assert ("def " in script) == (what != "class of a formula"), script
    if "steps=" in script:
        assert "eta=" not in script and "unsafe" not in script
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.splitlines()[-1] == str(verdict).splitlines()[-1] and "violated" in done.stdout
    )


def test_a_function_without_source_is_given_by_its_value_with_the_reason() -> None:
    names: dict[str, Any] = {}
    exec("def nowhere(c, s):\n    return 0.5 * c.L * c.F0 / s.T", names)
    with pytest.raises(Counterexample) as caught:
        falsify(at.claim(names["nowhere"], like=S1, steps=S1), examples=2_000)
    assert "# the bound nowhere(c, s) is given by its value here: " in caught.value.snippet
    done = subprocess.run(
        [sys.executable, "-c", caught.value.snippet], capture_output=True, text=True, check=True
    )
    assert "violated" in done.stdout


def counted(c: Any, s: Any) -> float:
    """A bound that depends on where it is defined."""
    return 0.1 * len(__name__)


def test_a_source_that_gives_another_bound_by_itself_is_not_shown() -> None:
    claim = at.claim(counted, like=S1, steps=S1, check_units=False)
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    noise = at.Gaussian()
    script = Configuration(
        claim, pair, noise, claim.tune(claim.constants(pair, noise), 1, 1)
    ).script
    assert "def counted" not in script


def test_a_file_with_a_function_is_replayed_by_value_and_by_the_theorem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("replayed_of_the_test.py").write_text(
        MINE + 'Nested = CLAIMS["nested"]\nOther = CLAIMS["default"]\n'
    )
    assert (
        main(
            [
                "falsify",
                "replayed_of_the_test.py:Nested",
                "--examples",
                "2000",
                "--out",
                "found.json",
            ]
        )
        == 1
    )
    content = json.loads(Path("found.json").read_text())
    assert content["function"] == {
        "name": "replayed_of_the_test.py:made.<locals>.bound",
        "mode": "tuned",
    }
    assert "def bound" not in content["theorem"] and any(
        "def bound" in line for line in content["script"]
    )
    capsys.readouterr()
    assert main(["replay", "found.json"]) == 1
    shown = capsys.readouterr().out
    assert "held by its value" in shown and "(reproduced)" in shown
    assert main(["replay", "found.json", "--theorem", "replayed_of_the_test.py:Nested"]) == 1
    shown = capsys.readouterr().out
    assert "def bound" in shown and "held by its value" not in shown and "(reproduced)" in shown
    del content["function"]  # as files were written before
    Path("found.json").write_text(json.dumps(content))
    assert main(["replay", "found.json"]) == 1


READ = {"at.strategies.Budget": Budget}


@settings(max_examples=60)
@given(pair=pairs(), noise=noises(), budget=budgets(), c=constants(), case=configurations())
def test_what_hypothesis_draws_prints_as_the_code_that_makes_it(
    pair: Any, noise: Any, budget: Budget, c: Any, case: Configuration
) -> None:
    for value in (pair, noise, budget, c, case.pair, case.noise, case.steps, case.theorem):
        text = pretty(value)
        again = parse(text, READ)
        assert type(again) is type(value) and repr(again) == text == repr(value), text
        assert "array(" not in text and "<" not in text
    again = parse(pretty(pair))
    assert again.constants().values() == pair.constants().values()
    assert np.array_equal(again.x0, pair.x0)
    assert parse(pretty(case.steps)).values() == case.steps.values()


def test_targets_and_large_data_print_too() -> None:
    targets = [at.Quadratic(spectrum=[0.5, 1.0], x0=[1.0, 2.0]), at.Cosine(L=2.0, dim=3, F0=0.5)]
    targets += [at.Logistic(features=[[1.0], [-2.0]], labels=[0, 1], l2=0.5)]
    for target in targets:
        assert pretty(target) == repr(target) == repr(parse(pretty(target)))
    large = at.Logistic(features=np.eye(100), labels=np.arange(100) % 2, l2=0.5)
    assert pretty(large) == "at.Logistic(<100 × 100>, l2=0.5)"
    assert pretty(at.methods.AuxMOM) == "at.methods.AuxMOM"


def test_classes_print_too() -> None:
    """Else a test whose examples hold a law or a theorem as a class ends in a TypeError; IPython
    asks the class."""
    ipython = pytest.importorskip("IPython.lib.pretty")
    for kind in (at.Gaussian, at.Quadratic, at.theorems.AuxMOM, at.Steps):
        assert pretty(kind) == f"{kind.__module__}.{kind.__qualname__}"
        assert kind.__qualname__ in ipython.pretty(kind)
    for value in (
        at.Gaussian(sigma_f=1.0),
        at.Quadratic(L=2.0, dim=3),
        at.methods.AuxMOM,
        at.Steps(eta=0.1, K=1, T=2),
    ):
        assert ipython.pretty(value) == pretty(value) == repr(value)


@given(value=positive(), level=level(), rho=noises())
def test_drawn_numbers_are_decimal_numbers_of_few_digits(
    value: float, level: float, rho: Any
) -> None:
    for number in (value, level, rho.correlation, rho.sigma_f, rho.s):
        assert number == float(f"{number:.3g}")


@pytest.mark.parametrize("least", [2.3, 7.5, 20.0])
def test_a_level_shrinks_to_the_smallest_round_number(least: float) -> None:
    found = find(
        level(100.0), lambda v: v >= least, settings=settings(derandomize=True, database=None)
    )
    assert found == {2.3: 3.0, 7.5: 8.0, 20.0: 20.0}[least]
    assert (
        find(level(), lambda v: 0 < v <= 0.135, settings=settings(derandomize=True, database=None))
        == 0.1
    )


@pytest.mark.parametrize("family", ["dense", "cosine", "logistic"])
def test_a_failing_pair_becomes_a_quadratic_with_the_same_constants(family: str) -> None:
    """Whatever else was drawn: family, constants, noise and lengths stand in the same places for
    all families."""
    drawn = st.tuples(pairs(families=["quadratic", family]), noises(sigma_f=(0.0, 5.0)), budgets())

    def fails(case: Any) -> bool:
        pair, noise, budget = case
        return pair.constants().zeta > 0 and noise.sigma_f > 0.5 and budget.T > 3

    pair, noise, budget = find(drawn, fails, settings=settings(derandomize=True, database=None))
    assert repr(pair) == "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0, zeta=1.0)"
    assert (repr(noise), budget) == ("at.Gaussian(sigma_f=1.0)", Budget(1, 4))


def test_a_curvature_held_fixed_leaves_the_start_free() -> None:
    """L stays, in units of which it is; F₀ need not be 1, for which x⁰ would be √2."""
    with pytest.raises(Counterexample) as caught:
        falsify(at.claim(2 * F0 / (eta * K * T**2), like=S1), fixed={"flat": 0.1}, examples=5_000)
    assert "at.Quadratic(spectrum=[0.1, 1.0], x0=[0.0, 1.0])" in caught.value.snippet
