"""What the falsifier searches: ranges, fixed values, random cells, steps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from crossed import crossed
from wrong_bounds import S1, S3, wrong

import auxtheory as at
from auxtheory import theorems
from auxtheory.problems import QuadraticPair
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.search.cells import random_cells
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta

L, F0, mu, delta, sigma_h, eta, a, K, T = at.symbols("L F0 mu delta sigma_h eta a K T")

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
    for rule in (theorems.SGD, "S0"):
        with pytest.raises(at.InputError, match="steps"):
            at.claim(theorems.SGD.bound, like=theorems.SGD(), steps=rule)  # type: ignore[arg-type]


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
