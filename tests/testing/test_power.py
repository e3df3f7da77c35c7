"""The suite can see a wrong theorem: known mistakes come back violated, the right statement beside
them does not."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.errors import UnitError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Corollary, Theorem, claim
from auxtheory.validation.validate import validate

L, F0, delta, sigma_r, sigma_f, eta, K, T = symbols("L F0 delta sigma_r sigma_f eta K T")


def flat(delta: float, *, curvature: float = 1.0) -> QuadraticPair:
    """One coordinate that moves, of the given curvature, with h flatter by δ there; one that only
    makes L = 1."""
    return Quadratic(spectrum=[curvature, 1.0], x0=[1.0, 0.0]).with_helper(delta, gap=[delta, 0.0])


def everywhere(kind: type[Theorem]) -> Theorem:
    """The theorem's general bound claimed without its range."""
    return claim(kind.bound, method=kind.method, mean_square=kind.mean_square, variance="mean")


def test_auxmom_with_too_little_momentum_diverges() -> None:
    """S3 at a = 0.5 δηK, which no theorem allows: outside of S3, and false where that is
    claimed."""
    d = 0.3
    K = 10
    eta = min(0.5, 1 / (4 * d * K))
    options: dict[str, Any] = {"K": K, "T": 1000, "eta": eta}
    options["a"] = 0.5 * d * eta * K
    beyond = validate(theorems.AuxMOM(), flat(d, curvature=1e-3), mode="unsafe", **options)
    assert beyond.status == "outside" and any(
        "Lη + 2δ²η²K²/a² ≤ 1" in broken for broken in beyond.unmet
    )
    wrong = validate(everywhere(theorems.AuxMOM), flat(d, curvature=1e-3), **options)
    assert wrong.status == "violated" and wrong.ratio > 1e6
    options["a"] = 4 * d * eta * K
    assert validate(theorems.AuxMOM(), flat(d, curvature=1e-3), **options)


@pytest.mark.parametrize(("d", "share"), [(0.1, 0.99), (0.3, 0.9), (0.3, 0.99), (1.0, 0.999)])
def test_auxmom_with_too_little_momentum_under_multiplicative_noise(d: float, share: float) -> None:
    """S3 at a = 0.5 δηK again, part of δ being noise: ρ = share·δ, s² = δ² − ρ²."""
    pair = flat(share * d, curvature=0.3 * d)
    noise = Gaussian(s=d * np.sqrt(1 - share**2))
    eta = min(0.5, 0.25 / d)
    options = {"K": 1, "T": [30, 100, 300], "eta": eta}
    wrong = validate(everywhere(theorems.AuxMOM), pair, noise, a=0.5 * d * eta, **options)
    assert wrong.status == "violated", str(wrong)
    assert validate(theorems.AuxMOM(), pair, noise, a=4 * d * eta, **options)


def test_auxmvr_with_too_little_momentum_under_multiplicative_noise() -> None:
    """S4 at a = 0.1 (δηK)² instead of 8 (δηK)²: only noise that differs at two points shows it."""
    d = 0.3
    eta = 0.5
    a = 0.1 * (d * eta) ** 2
    noisy = Gaussian(s=d)
    still = Gaussian(sigma_f=d)
    options = {"K": 1, "T": 3000, "eta": eta}
    wrong = everywhere(theorems.AuxMVR)
    assert validate(wrong, flat(0.0), noisy, a=a, **options).status == "violated"
    assert validate(wrong, flat(d), still, a=a, **options), "additive noise must not see it"
    assert validate(theorems.AuxMVR(), flat(0.0), noisy, a=8 * (d * eta) ** 2, **options)


class Uncapped(theorems.AuxMVR):
    """S4's leading term alone, at the step that balances it, without the caps."""

    label = "S4 without caps"
    step_range = ()
    corollaries = (Corollary(9.53 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)),)

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = (c.F0 / (32 * np.square(c.delta) * np.square(c.sigma_r) * T)) ** (1 / 3) / K
        return eta, np.minimum(1.0, 8 * np.square(c.delta * eta * K))


def test_auxmvr_without_its_caps() -> None:
    """f = ½x², x⁰ = 1, δ = 0.1, K = T = 1, B = ∞, σ_r = 10⁻³: G = 1."""
    pair = Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper(0.1)
    verdict = validate(Uncapped(), pair, Gaussian(sigma_f=1e-3), K=1, T=1)
    assert verdict.status == "violated"
    assert verdict.table["measured"][0] == pytest.approx(1.0)
    assert verdict.table["bound"][0] < 0.02
    assert validate(theorems.AuxMVR(), pair, Gaussian(sigma_f=1e-3), K=1, T=1)


def test_a_wrong_exponent_is_an_error_when_the_theorem_is_defined() -> None:
    """The misprint (δF0σ²/T)^{2/3} of a summary of the paper has the wrong unit."""
    with pytest.raises(UnitError, match="has unit"):

        class Misprint(theorems.AuxMVR):
            corollaries = (Corollary((delta * F0 * sigma_r**2 / T) ** Fraction(2, 3)),)

    with pytest.raises(UnitError, match="share one unit"):
        L * eta * sigma_f**2 + 2 * F0 / K
    with pytest.raises(UnitError, match="left side"):
        assert L * eta <= eta


def test_a_misprint_with_the_unit_check_off_is_falsified() -> None:
    """The same misprint, allowed to stand, is seen by the engine where σ < 1."""

    class Misprint(theorems.AuxMVR, check_units=False):
        corollaries = (Corollary(10 * (delta * F0 * sigma_r**2 / T) ** Fraction(2, 3)),)

    pair = Quadratic(L=1.0, dim=1).with_helper(0.1)
    with pytest.raises(Counterexample, match="import auxtheory as at"):
        falsify(Misprint(), pair, Gaussian(sigma_f=0.01), Budget(K=4, T=1000))


class SmallSGD(theorems.SGD):
    """S0 with its constant too small by 2 %."""

    corollaries = (Corollary(2 * sqrt(L * F0 * sigma_f**2 / (2 * T)) * 0.98 + L * F0 / T * 0.98),)
    bound = 0.98 * (2 * F0 / (eta * T) + L * eta * sigma_f**2) / (2 - L * eta)


def test_bounds_said_to_be_attained_are() -> None:
    """S0 and S2 come within 10⁻³ of measured = bound, and with constants 2 % smaller they are
    violated."""
    still = Gaussian(sigma_f=1.0)
    start = Quadratic(L=1.0, dim=1, F0=1.0).with_helper()
    options = {"K": 1, "T": 20_000, "eta": 0.5}
    assert validate(theorems.SGD(), start, still, **options).ratio == pytest.approx(1.0, abs=1e-3)
    assert validate(SmallSGD(), start, still, **options).status == "violated"
    pair = Quadratic(L=1.0, dim=1).with_helper(0.5, 1.0, gap=[0.5])
    floor = validate(theorems.Naive(), pair, K=4, T=20_000, eta=0.5)
    assert floor.ratio == pytest.approx(1.0, abs=1e-3)


def test_exact_correction_is_tight_at_one_step() -> None:
    """S1 at K = T = 1 is one gradient step of size 1/L, and ‖∇f‖² = 2LF0 on f = ½Lx²."""
    pair = Quadratic(L=3.0, dim=1).with_helper(0.1)
    verdict = validate(theorems.ExactCorrection(), pair, K=1, T=1, eta=1 / 3)
    assert verdict.ratio == pytest.approx(1.0, rel=1e-12) and verdict.status == "pass"


class WidePL(theorems.ExactCorrectionPL):
    """S1-PŁ without ημK ≤ 1."""

    step_range = theorems.ExactCorrectionPL.step_range[1:]


def test_the_pl_condition_cannot_be_dropped() -> None:
    """f = ½lx², η = 1, l = 0.326, r″ = −0.05, K = 10: one round shrinks the gap by 1.024 times the
    promise."""
    pair = Quadratic(spectrum=[0.326], x0=[1.0]).with_helper(0.05, gap=[-0.05])
    verdict = validate(WidePL(), pair, K=10, T=1, eta=1.0, mode="unsafe")
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(1.024, abs=1e-3)
    with pytest.raises(ValueError, match="ημK ≤ 1"):
        validate(theorems.ExactCorrectionPL(), pair, K=10, T=1, eta=1.0)


def test_every_theorem_states_itself() -> None:
    """Statement, proof and source stand in the docstring."""
    for kind in theorems.ALL:
        assert kind.__doc__ and issubclass(kind, Theorem)
        assert kind.__mro__[1] is not Theorem or (
            "Proof." in kind.__doc__ and "Source:" in kind.__doc__
        ), kind
    assert math.isclose(
        theorems.AuxMOM.bound(
            L=1, F0=1, delta=0, sigma_h=0, sigma_r=0, eta=0.5, a=1, K=2, T=2, B=1
        ),
        1,
    )
