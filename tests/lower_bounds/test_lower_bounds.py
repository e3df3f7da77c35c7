"""Lower bounds: their instances reach them, no upper bound of the class lies below, and statements
that are a little stronger are false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from auxtheory import lower_bounds, theorems
from auxtheory.analysis.compared import of_theorem
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.schedules import per_round
from auxtheory.engines import run
from auxtheory.errors import InputError, UnitError
from auxtheory.lower_bounds import AuxMOM, ExactCorrection, LowerBound
from auxtheory.measures import G as at_G
from auxtheory.theorems.step_range import Lengths, fits

L, F0, delta, sigma_f, eta, K, T = symbols("L F0 delta sigma_f eta K T")
ROUNDING = 1 - 1e-9
EACH = pytest.mark.parametrize("lower", lower_bounds.ALL, ids=lambda lower: lower.name)
SGD = lower_bounds.SGD


def constants(rng: np.random.Generator, size: int | None = None) -> Constants:
    """Constants over many orders of magnitude, δ and σ of 0 among them."""

    def drawn(low: float, high: float) -> Any:
        return np.exp(rng.uniform(np.log(low), np.log(high), size))

    L, F0 = drawn(1e-3, 1e3), drawn(1e-3, 1e3)
    zero = rng.random(size) < 0.9
    noise = np.sqrt(L * F0) * drawn(1e-4, 1e4) * zero
    more = {"D0": 2 * F0 / L * drawn(1.0, 1e3), "mu_sc": L * drawn(1e-4, 1), "rho": 0.0, "M": 0.0}
    delta = L * drawn(1e-4, 10) * zero
    more["delta_m"] = delta
    return Constants(
        L=L,
        F0=F0,
        delta=delta,
        sigma_f=noise,
        sigma_h=noise,
        sigma_r=noise,
        more=more,
    )


def lengths(rng: np.random.Generator, lower: LowerBound) -> tuple[int, int]:
    """K and T."""
    one_step = lower.method.single_step
    return 1 if one_step else int(rng.geometric(0.1)), int(np.exp(rng.uniform(0, 7)))


def measured(lower: LowerBound, c: Constants, steps: Steps) -> float:
    """The measure of the instance, by the exact engine; its pair is in the class of the
    constants."""
    pair, noise = lower.instance(c, steps)
    stated, values = pair.constants(), c.values()
    assert stated.L <= c.L * (1 + 1e-12) and stated.delta <= c.delta * (1 + 1e-12)
    names = lower.bound.names
    if "F0" in names:
        assert stated.F0 == pytest.approx(c.F0)
    if "D0" in names:
        assert DERIVED["D0"].compute(pair) == pytest.approx(values["D0"])
    if "mu_sc" in names:
        assert DERIVED["mu_sc"].compute(pair) == pytest.approx(values["mu_sc"])
    trace = run(lower.method, pair, noise, steps, engine="exact", measures=[lower.measure])
    return float(trace.measure(lower.measure)[0][-1].item())


def cases(lower: LowerBound, count: int, seed: int = 0) -> Iterator[tuple[Constants, Steps]]:
    """Constants and steps, up to twice the largest stable η; a near δηK, at which the two parts of
    AuxMOM's problem balance, or anywhere."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        c = constants(rng)
        K, T = lengths(rng, lower)
        reach = np.exp(rng.uniform(np.log(1e-5), np.log(4)))
        # A few rounds only where values double in each.
        K, T = (K, T) if reach < 1.9 else (min(K, 5), min(T, 20))
        steps = reach / (c.L if rng.random() < 0.5 or not c.delta else max(c.L, c.delta * K))
        more: dict[str, Any] = {}
        if lower.method.uses_a:
            near = steps * K * float(c.delta) * np.exp(rng.uniform(-1, 1))
            a = near if 0 < near and rng.random() < 0.5 else np.exp(rng.uniform(-9, 0))
            more = {"a": float(min(a, 1.0))}
        yield c, Steps(eta=float(steps), K=K, T=T, **more)


@pytest.mark.parametrize("count", [50, pytest.param(500, marks=pytest.mark.slow)])
@EACH
def test_the_instance_measures_at_least_the_lower_bound(lower: LowerBound, count: int) -> None:
    """For η over five orders of magnitude, divergent steps among them."""
    for c, steps in cases(lower, count, seed=count):
        value = float(lower.value(c, steps))
        for_all = float(lower.value(c, K=steps.K, T=steps.T))
        assert measured(lower, c, steps) >= value * ROUNDING >= for_all * ROUNDING**2


def test_both_instances_of_exact_correction_are_used() -> None:
    """Where rounds do not converge, the helper has no curvature."""
    c = Constants(L=1.0, F0=1.0, delta=0.5)
    kinds = [
        "H=[0.0]" in repr(ExactCorrection.instance(c, Steps(eta=step, K=10, T=100))[0])
        for step in (0.1, 0.39, 0.41, 1.0)
    ]
    assert kinds == [False, False, True, True]


def pairs() -> Iterator[tuple[LowerBound, theorems.Theorem]]:
    """Every lower bound with every theorem of the library whose class has its problems."""
    for kind in theorems.LIBRARY:
        for lower in of_theorem(kind()):
            yield lower, kind()


def test_every_lower_bound_has_an_upper_bound_of_its_class() -> None:
    covered = {lower.name for lower, _ in pairs()}
    # Theorems on SCAFFOLD name ℓ, of which its lower bound knows nothing.
    without = {"SCAFFOLDExactStart"}
    assert covered | without == {lower.name for lower in lower_bounds.ALL}


@pytest.mark.parametrize("draws", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("lower", "theorem"), [*pairs()], ids=lambda value: getattr(value, "label", value.name)
)
def test_no_upper_bound_of_the_class_lies_below(
    lower: LowerBound, theorem: theorems.Theorem, draws: int
) -> None:
    """On 500 and on 10,000 constants at the prescribed steps, and at smaller η in the range."""
    rng = np.random.default_rng(1)
    checked = 0
    regimes = theorem.regimes
    for _ in range(draws):
        c = constants(rng, 500)
        names = {name for each in theorem.assumptions for name in each.names}
        quiet = {name for name in names if name.startswith(("sigma", "delta"))}
        c = c.replace(**{name: np.zeros(500) for name in quiet})
        K, T = lengths(rng, lower)
        if "tuned" not in regimes or theorem.unmet(c):
            continue
        tuned = theorem.tune(c, K, T)
        if tuned.scheduled:
            return
        for_all = lower.value(c, K=K, T=T)
        assert np.all(for_all * ROUNDING <= theorem.value(c, tuned))
        assert np.all(lower.value(c, tuned) * ROUNDING <= theorem.value(c, tuned))
        checked += len(c.L)
        if "theorem" not in regimes:
            continue
        given = {n: v for n, v in (("a", tuned.a),) if v is not None}
        eta = tuned.eta * rng.uniform(1e-3, 1, 500)
        smaller = Steps(eta=eta, K=tuned.K, T=T, mode="theorem", **given)
        inside = fits(theorem, c, eta, tuned.a, Lengths(K=tuned.K, T=T, B=np.inf), rtol=0.0)
        where = np.broadcast_to(inside, (500,))
        above = lower.value(c, smaller) * ROUNDING <= theorem.value(c, smaller, where)
        assert np.all(above | ~where)
    assert checked == 500 * draws or "tuned" not in regimes


def best(lower: LowerBound, c: Constants, K: int, T: int) -> float:
    """The smallest G over η, of the instance that does not depend on it."""
    pair, noise = lower.instance(c, Steps(eta=1e-4, K=K, T=T))
    steps = Steps(eta=np.geomspace(1e-4, 1.9, 200) / float(c.L), K=K, T=T)
    return float(run(lower.method, pair, noise, steps, engine="exact").G[-1].min())


def test_no_step_size_of_sgd_gets_below_and_one_comes_near() -> None:
    """The instance at its best η is within 1 % of √2·√(LF₀σ²/T) at T = 10⁴."""
    c = Constants(L=1.0, F0=1.0, sigma_f=1.0)
    least = best(SGD, c, 1, 10_000)
    assert 1 <= least / float(SGD.value(c, T=10_000)) < 1.02
    assert least == pytest.approx(np.sqrt(2e-4), rel=0.01)


WRONG: dict[str, tuple[LowerBound, Callable[[Any, Steps], Any], Constants, Steps | None]] = {
    "SGD: 2 for √2": (
        SGD,
        lambda c, s: 2 * np.sqrt(c.L * c.F0 * c.sigma_f**2 / s.T) - 0.75 * c.sigma_f**2 / s.T,
        Constants(L=1.0, F0=1.0, sigma_f=1.0),
        None,
    ),
    "SGD: no ¾σ²/T": (
        SGD,
        lambda c, s: np.sqrt(2 * c.L * c.F0 * c.sigma_f**2 / s.T),
        Constants(L=1.0, F0=1.0, sigma_f=20.0),
        Steps(eta=0.01, K=1, T=10),
    ),
    "SGD: F0/(ηT) for every η": (
        SGD,
        lambda c, s: c.F0 / (s.eta * s.T),
        Constants(L=1.0, F0=1.0),
        Steps(eta=0.1, K=1, T=1),
    ),
    "SGD: 2.1 LF0/T without noise": (
        SGD,
        lambda c, s: 2.1 * c.L * c.F0 / s.T,
        Constants(L=1.0, F0=1.0),
        Steps(eta=1.0, K=1, T=10),
    ),
    "exact correction: F0/(ηKT) for every η": (
        ExactCorrection,
        lambda c, s: c.F0 / (s.eta * s.K * s.T),
        Constants(L=1.0, F0=1.0, delta=0.5),
        Steps(eta=0.1, K=1, T=1),
    ),
    "exact correction: 4δ for δ": (
        ExactCorrection,
        lambda c, s: c.F0 / (2 * s.T / (4 * c.delta) + 1 / (2 * c.L)),
        Constants(L=1.0, F0=1.0, delta=0.1),
        Steps(eta=0.0999, K=200, T=100),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_stronger_statements_are_refuted(name: str) -> None:
    """By the instance itself, at its best η where none is given; the library's holds there."""
    lower, wrong, c, steps = WRONG[name]
    at = steps or Steps(eta=1.0, K=1, T=10_000)
    value = measured(lower, c, at) if steps else best(lower, c, at.K, at.T)
    assert value < wrong(c, at) * 0.999
    assert value >= float(lower.value(c, K=at.K, T=at.T)) * ROUNDING


def test_a_wrong_unit_or_a_step_size_is_refused() -> None:
    """When the value is made, as for a theorem."""
    parts: dict[str, Any] = {
        "name": "Mine",
        "method": SGD.method,
        "statement": "",
        "proof": "",
        "source": "",
        "hard": SGD.hard,
        "at_steps": SGD.at_steps,
    }
    with pytest.raises(UnitError, match=r"Mine: 2LF₀²/T has unit .* but G has F\^2·X\^-2"):
        LowerBound(**parts, bound=2 * L * F0**2 / T)
    with pytest.raises(InputError, match=r"bound = 'F₀/\(ηT\)': must hold for all step parameters"):
        LowerBound(**parts, bound=F0 / (eta * T))


def test_no_steps_of_auxmom_get_below_and_some_come_near() -> None:
    """The least G of the problem over η and a is 1.38·√(δF₀σ_r²/T) at T = 10⁴: near the limit √2, and
    1.2 times the bound."""
    c = Constants(L=1.0, F0=1.0, delta=0.03, sigma_r=0.3)
    scale = np.sqrt(0.03 * 0.3**2 / 10_000)
    values = []
    for a in np.sqrt(2 * 0.03 / (0.3**2 * 10_000)) * np.array([0.7, 0.95, 1.3]):
        for z in (3.0, 30.0):
            steps = Steps(eta=min(a * z / 0.15, 1.0), a=a, K=5, T=10_000)
            values.append(measured(AuxMOM, c, steps))
            assert values[-1] >= float(AuxMOM.value(c, steps)) * ROUNDING
    bound = float(AuxMOM.value(c, K=5, T=10_000))
    assert min(values) / scale == pytest.approx(1.38, abs=0.01)
    assert min(values) / bound == pytest.approx(1.206, abs=0.01)
    # Wrong variants: a constant of 2 for √2, and the leading term alone.
    assert min(values) < 2 * scale / (1 + 1 / np.sqrt(10_000))
    assert min(values) < np.sqrt(2) * scale / (1 + 1 / np.sqrt(10_000))


def test_a_theorem_of_a_smaller_class_is_not_covered() -> None:
    """Unless the lower bound says that its problems have the further constants."""
    assert SGD.covers({"L", "F0", "sigma_f", "T", "eta", "rho", "M"})
    assert not SGD.covers({"L", "F0", "L1"}) and not AuxMOM.covers({"L", "delta", "mu"})


def test_the_orders_of_the_literature_have_the_units_of_squared_gradients() -> None:
    for order in lower_bounds.ORDERS:
        assert order.order.unit == at_G.unit and "1912.02365" in order.source
    c = Constants(L=1.0, F0=1.0, delta=0.1, sigma_f=2.0)
    assert float(lower_bounds.NOISY.value(c, 100)) == pytest.approx(0.2)
    assert float(lower_bounds.MEAN_SQUARE.value(c, 100)) == pytest.approx(0.002 ** (2 / 3) + 0.04)
    with pytest.raises(InputError, match="T = 0"):
        lower_bounds.NOISY.value(c, 0)


def test_arguments_are_checked() -> None:
    """What is wrong is named; a changing η is not covered by the proof."""
    c = Constants(L=1.0, F0=1.0)
    with pytest.raises(InputError, match="T = None"):
        SGD.value(c)
    with pytest.raises(InputError, match="constants = 3"):
        SGD.value(3, T=10)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"F0 = .*must be one number"):
        SGD.instance(Constants(L=1.0, F0=np.ones(2)), Steps(eta=0.1, K=1, T=3))
    changing = Steps(eta=per_round("0.1 / sqrt(t)"), K=1, T=3)
    for call in (SGD.value, SGD.instance):
        with pytest.raises(InputError, match="must be the same in every round"):
            call(c, changing)


def test_lower_bounds_are_found_by_method_and_measure() -> None:
    assert lower_bounds.for_method("ExactCorrection") == (ExactCorrection,)
    assert lower_bounds.for_method("ExactCorrection", "gap") == ()
    assert lower_bounds.for_method("AuxMVR") == ()
    (convex,) = lower_bounds.for_method("SGD", "gap_mean")
    assert convex is lower_bounds.SGDConvex and str(convex).endswith("for every η")
    assert str(AuxMOM).endswith("for every η and a")
