"""S3, S4 and S1-noise against their first statements, which they imply: a wider range and no larger
a bound."""

from __future__ import annotations

import contextlib
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.bounds.constants import Steps, lambda_K
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.testing.search.adversary import Adversary, SearchCell
from auxtheory.testing.search.parameters import Values, noise_of, pairs_of
from auxtheory.testing.search.steps_of_batch import steps_of
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray
from auxtheory.validation.validate import validate

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_h sigma_r eta a K T B")

STEP = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2
INNER = 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
S3_BOUND = (
    STEP
    + INNER
    + 4 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) / a
    + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
)
S4_BOUND = (
    STEP
    + INNER
    + 4 * a * sigma_r**2 / (2 - a)
    + 8 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) ** 2 / (a * (2 - a))
    + 2 * sigma_r**2 / (a * B * T * (2 - a))
)
S3_RANGE = (eta * L <= 1 / 2, 4 * delta * eta * K <= 1, 4 * delta * eta * K <= a, a <= 1)
S4_RANGE = (
    eta * L <= 1 / 2,
    math.sqrt(8) * delta * eta * K <= 1,
    8 * delta**2 * eta**2 * K**2 <= a,
    a <= 1,
)
S1_BOUND = STEP + delta**2 * eta**2 * (K - 1) * sigma_h**2
S1_RANGE = (L * eta + delta**2 * eta**2 * K * (K - 1) <= 1,)
FIRST: list[tuple[type[Theorem], Posynomial, tuple[Condition, ...]]] = [
    (theorems.ExactCorrectionNoise, S1_BOUND, S1_RANGE),
    (theorems.AuxMOM, S3_BOUND, S3_RANGE),
    (theorems.SGDMomentum, S3_BOUND, S3_RANGE),
    (theorems.AuxMVR, S4_BOUND, S4_RANGE),
    (theorems.MVR, S4_BOUND, S4_RANGE),
]
EACH = pytest.mark.parametrize(
    ("kind", "bound", "within"), FIRST, ids=lambda v: getattr(v, "label", "")
)


def draw(kind: type[Theorem], seed: int, count: int = 20_000) -> dict[str, Any]:
    """Constants and steps over orders of magnitude, many of them at δηK/a or (δηK)²/a of order 1,
    half at Lη = ½."""
    rng = np.random.default_rng(seed)
    length = np.ones(count) if kind.method.single_step else rng.integers(1, 41, count).astype(float)
    parameter = np.where(rng.random(count) < 0.2, 1.0, 10 ** rng.uniform(-6, 0, count))
    power = rng.choice([1.0, 0.5], count)
    rate = parameter**power * np.where(
        rng.random(count) < 0.2, 0.0, 10 ** rng.uniform(-2, 0.5, count)
    )
    step = np.where(rng.random(count) < 0.5, 0.5, 10 ** rng.uniform(-3, 0.1, count))
    values = {
        "L": np.ones(count),
        "eta": step,
        "a": parameter,
        "K": length,
        "delta": rate / (step * length),
    }
    values["lambda_K"] = np.array([lambda_K(int(k)) for k in length])
    values["T"], values["B"] = (
        rng.integers(1, 1000, count).astype(float),
        rng.choice([1.0, 10.0, np.inf], count),
    )
    values["F0"] = 10 ** rng.uniform(-6, 2, count)
    for name in ("sigma_r", "sigma_h"):
        values[name] = np.where(rng.random(count) < 0.2, 0.0, 10 ** rng.uniform(-3, 3, count))
    if kind.method.single_step:
        values["sigma_h"] = np.zeros(count)
    return values


def inside(conditions: tuple[Condition, ...], values: dict[str, Any]) -> Any:
    return np.all(
        np.broadcast_arrays(*(condition.holds(values) for condition in conditions)), axis=0
    )


@EACH
def test_the_first_range_lies_in_the_present_one(
    kind: type[Theorem], bound: Posynomial, within: tuple[Condition, ...]
) -> None:
    """Whatever the first statement allowed is allowed, and much more is."""
    values = draw(kind, 0)
    before = inside(within, values)
    now = inside(kind.step_range, values)
    assert np.sum(before) > 1000
    assert np.all(now[before])
    assert np.sum(now & ~before) > 50


@EACH
def test_the_present_bound_is_no_larger(
    kind: type[Theorem], bound: Posynomial, within: tuple[Condition, ...]
) -> None:
    """New ≤ old wherever the first statement held: it is a corollary."""
    values = draw(kind, 1)
    before = inside(within, values)
    now = kind.bound.value(values)[before]
    first = bound.value(values)[before]
    assert np.all(now <= first * (1 + 1e-12))


def test_how_much_smaller_the_noise_is() -> None:
    """The noise of the refresh at the least a that is allowed at Lη = ½ and small δηK, old over
    new."""
    small = {
        "L": 1.0,
        "F0": 0.0,
        "eta": 0.5,
        "K": 1.0,
        "delta": 2e-4,
        "sigma_h": 0.0,
        "sigma_r": 1.0,
        "T": 1.0,
    }
    w = small["delta"] * small["eta"]
    sizes = {
        theorems.AuxMOM: (4 * w, 2 * w, S3_BOUND, 2.0),
        theorems.SGDMomentum: (4 * w, math.sqrt(2) * w, S3_BOUND, math.sqrt(8)),
        theorems.AuxMVR: (8 * w**2, 2 * math.pi * w**2, S4_BOUND, 6 / math.pi),
        theorems.MVR: (8 * w**2, 2 * w**2, S4_BOUND, 8.0),
    }
    for kind, (old_a, new_a, bound, gain) in sizes.items():
        values = small | {"B": np.inf, "a": new_a}
        assert inside(kind.step_range, values)
        ratio = bound.value(values | {"a": old_a}) / kind.bound.value(values)
        assert ratio == pytest.approx(gain, rel=1e-3)


@pytest.mark.parametrize("kind", [theorems.SGDMomentum, theorems.MVR])
def test_momentum_on_f_alone_is_tight(kind: type[Theorem]) -> None:
    """At a = Lη = 1 a step lands on the noise of its sample: G → σ_f², the whole bound."""
    pair = Quadratic(L=2.0, dim=1).with_helper()
    verdict = validate(kind(), pair, Gaussian(sigma_f=3.0), T=10_000, eta=0.5, a=1.0)
    assert verdict.status == "pass" and verdict.ratio == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", [theorems.SGDMomentum, theorems.MVR])
def test_a_noise_constant_too_small_is_seen(kind: type[Theorem]) -> None:
    """The same with 3 % less noise comes back violated."""

    class Wrong(kind):  # type: ignore[valid-type,misc]
        bound = kind.bound - 0.03 * a * sigma_r**2

    pair = Quadratic(L=2.0, dim=1).with_helper()
    assert (
        validate(Wrong(), pair, Gaussian(sigma_f=3.0), T=10_000, eta=0.5, a=1.0).status
        == "violated"
    )


class WhereNoiseLeads(Adversary):
    """A search among the cases in which the refresh's noise is at least half of the bound, and a ≤
    0.3."""

    def ratios(self, cell: SearchCell, values: Values) -> FloatArray:
        found = super().ratios(cell, values)
        c = self.theorem.constants(pairs_of(values, cell.dim), noise_of(values))
        steps, _ = steps_of(self.theorem, cell, values, c, len(found))
        v = c.values() | steps.values()
        with np.errstate(all="ignore"):
            share = NOISE[type(self.theorem)].value(v) / self.theorem.bound.value(v)
        return np.where((share >= 0.5) & (np.asarray(steps.a) <= 0.3), found, -1.0)


NOISE = {
    theorems.AuxMOM: 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a),
    theorems.AuxMVR: 8 / 3 * a * sigma_r**2 / (2 - a) + 2 * sigma_r**2 / (a * B * T * (2 - a)),
    theorems.SGDMomentum: sigma_r**2 * (a + 1 / (a * B * T)),
    theorems.MVR: a * sigma_r**2 + sigma_r**2 / (a * (2 - a) * B * T),
}
# The largest measured/bound there is in such cases as T → ∞, up to what a search can tell
# (docs/reference/theorems/index.md).
MOST = {
    theorems.AuxMOM: 0.75,
    theorems.AuxMVR: 0.75,
    theorems.SGDMomentum: 0.638,
    theorems.MVR: 1.0,
}
# The cases behind the README's column "with noise": f = ½x², δ = 0 if there is a helper, F₀ = K = B
# = 1.
PINNED: list[tuple[type[Theorem], int, dict[str, float], dict[str, float], float]] = [
    (theorems.AuxMOM, 30_000, {"sigma_f": 1.36, "sigma_h": 1.0}, {"eta": 1.0, "a": 0.3}, 0.7492051),
    (
        theorems.AuxMVR,
        30_000,
        {"sigma_f": 2.24, "sigma_h": 1.0},
        {"eta": 1.0, "a": 2e-4},
        0.7492866,
    ),
    (theorems.SGDMomentum, 30_000, {"sigma_f": 0.0254}, {"eta": 0.346, "a": 0.3}, 0.6365053),
    (theorems.MVR, 100, {"sigma_f": 1e4}, {"eta": 0.128, "a": 0.0186}, 0.8114549),
    (theorems.MVR, 300, {"sigma_f": 1e4}, {"eta": 0.0815, "a": 0.0072}, 0.88870),
    (theorems.MVR, 1_000, {"sigma_f": 1e4}, {"eta": 0.0489, "a": 0.00252}, 0.9377356),
    (theorems.MVR, 30_000, {"sigma_f": 1e4}, {"eta": 0.0107, "a": 1.2e-4}, 0.9877171),
]


@pytest.mark.parametrize(("kind", "T", "noise", "steps", "ratio"), PINNED)
def test_how_tight_the_noise_of_the_refresh_is(
    kind: type[Theorem], T: int, noise: dict[str, float], steps: dict[str, float], ratio: float
) -> None:
    """Otherwise what the README prints cannot be had: exact verdicts of cases, not the end of a
    search."""
    pair = Quadratic(L=1.0, dim=1).with_helper(**{} if kind.method.single_step else {"delta": 0.0})
    verdict = validate(kind(), pair, Gaussian(**noise), K=1, T=T, B=1, **steps)
    values = (
        kind().constants(pair, Gaussian(**noise)).values() | Steps(K=1, T=T, B=1, **steps).values()
    )
    assert verdict.status == "pass" and verdict.mode == "theorem"
    assert verdict.ratio == pytest.approx(ratio, rel=1e-6) and ratio <= MOST[kind]
    assert 0.5 <= NOISE[kind].value(values) / kind.bound.value(values) and steps["a"] <= 0.3


def test_the_table_of_the_proofs_is_what_its_snippet_prints() -> None:
    """Otherwise the page of theorems and the README print numbers that no command gives."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "theorems" / "index.md"
    text = page.read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    said = text.split("```text\n")[1].split("```")[0]
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(code, {})
    for line, printed in zip(said.splitlines(), shown.getvalue().splitlines(), strict=True):
        (label, *wanted), (same, *values) = line.split(), printed.split()
        assert label == same
        if label != "label":
            assert [float(v) for v in values] == pytest.approx([float(v) for v in wanted], abs=1e-3)


@pytest.mark.parametrize("kind", MOST, ids=lambda kind: kind.label)
@pytest.mark.parametrize("T", [100, 300])
def test_no_search_finds_more(kind: type[Theorem], T: int) -> None:
    """Otherwise the README's column is too low. Where a search ends depends on the processor's rounding,
    so no more is asked of it than six tenths of the pinned cases at T = 100 (seeds 0 to 5 reach
    0.81 or more)."""
    best = WhereNoiseLeads(kind(), fixed={"s": 0.0}).search(SearchCell(1, 1, T, 1.0, "theorem"), 15)
    assert 0.6 * min(MOST[kind], 0.811) <= best.ratio <= MOST[kind]
