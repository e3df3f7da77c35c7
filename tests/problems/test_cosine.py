"""Cosine pairs have exactly the constants asked for, everywhere, say so in a certificate, and
refuse nonsense."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import array_api_strict
import numpy as np
import pytest
from complaints import assert_lists
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, scales, seeds, vectors

import auxtheory as at
from auxtheory.bounds.constants import Constants
from auxtheory.errors import InputError
from auxtheory.problems import Cosine, CosinePair, Gradients
from auxtheory.typing import Helper

ARRAYS = "amplitudes", "r", "b", "start", "minimiser"


@st.composite
def targets(draw: Any) -> dict[str, Any]:
    """Arguments of Cosine: L, low, dim or a spectrum; F0, x0 or neither; x*."""
    d = draw(st.integers(1, 5))
    L = draw(scales)
    given_: dict[str, Any] = {"L": L, "dim": d}
    given_["spectrum"] = draw(st.sampled_from(["uniform", "geometric", "two-cluster"]))
    if draw(st.booleans()):
        given_["low"] = L if d == 1 else L * draw(st.sampled_from([1e-3, 0.5, 1.0]))
    if draw(st.booleans()):
        given_ = {
            "spectrum": [L, *draw(st.lists(st.floats(0.01, 10.0), min_size=d - 1, max_size=d - 1))]
        }
    if draw(st.booleans()):
        given_["x_star"] = draw(st.one_of(st.floats(-5, 5), vectors(d)))
    start = draw(st.sampled_from(["F0", "x0", "left out"]))
    if start == "F0":
        given_["F0"] = draw(st.floats(1e-3, 1.0)) * 2 * float(np.sum(Cosine(**given_).amplitudes))
    elif start == "x0":
        given_["x0"] = (np.asarray(given_.get("x_star", 0.0)) + draw(vectors(d, low=0.1))).tolist()
    return given_


@st.composite
def pairs(draw: Any) -> tuple[CosinePair, dict[str, Any], dict[str, Any]]:
    """A pair, and the arguments of its target and of its helper."""
    target = draw(targets())
    helper = draw(helpers(dim_of(target), own=False))
    if draw(st.booleans()):
        helper["bias"] = draw(vectors(dim_of(target)).filter(any))
    return Cosine(**target).with_helper(**helper), target, helper


class Lying(CosinePair):
    """A pair whose stated constants are `told`, if given, whatever its functions."""

    told: dict[str, float] = {}  # noqa: RUF012

    def constants(self, helper: Helper = "h") -> Constants:
        return super().constants(helper).replace(**self.told)


def lying(pair: CosinePair, **told: Any) -> CosinePair:
    return type("Told", (Lying,), {"told": told})(**vars(pair))


def points(pair: CosinePair, count: int, seed: int, reach: float = 7.0) -> np.ndarray:
    return pair.x_star + np.random.default_rng(seed).uniform(-reach, reach, (1, count, pair.dim))


def blamed(pair: CosinePair) -> set[str]:
    certificate = pair.certify(samples=16)
    assert certificate.holds != any(not check.holds for check in certificate.checks)
    return {check.name for check in certificate.checks if not check.holds}


@given(made=pairs())
def test_constants_are_exactly_those_asked_for(made: Any) -> None:
    """Else a sweep over δ, say, is a sweep over something else."""
    pair, target, helper = made
    c = pair.constants()
    top = target["L"] if "L" in target else max(target["spectrum"])
    assert (c.L, c.mu, c.delta) == (top, 0.0, helper["delta"])
    assert c.kinds["zeta"] == "exact" and c.kinds["beta"] == "certified"
    z = pair.x0[0] - pair.x_star
    gap = 2 * np.sum(pair.amplitudes) * 0.75 if "F0" not in target else target["F0"]
    if "x0" in target:
        assert pair.x0.tolist() == [target["x0"]]
        gap = float(np.sum(pair.amplitudes * (1 - np.cos(z))))
    else:
        np.testing.assert_allclose(z, z[0], atol=1e-12)
    assert c.F0 == pytest.approx(gap, rel=1e-11)
    assert np.linalg.norm(pair.b) == pytest.approx(helper["zeta"], rel=1e-12)
    if pair.dim > 1 and "bias" not in helper and isinstance(helper["gap"], str):
        assert (c.beta, c.zeta) == (np.max((pair.r / pair.amplitudes) ** 2), helper["zeta"])
    assert pair.single and pair.dim == dim_of(target)


@given(made=pairs(), seed=seeds)
def test_gradients_are_those_of_the_values_and_of_the_formulas(made: Any, seed: int) -> None:
    """Else an engine descends another function than the constants describe, on NumPy or on another
    library."""
    pair = made[0]
    x = points(made[0], 4, seed)
    a = pair.amplitudes
    r = pair.r
    b = pair.b
    z = x - pair.x_star
    size = 1e-12 * (np.max(a) + np.max(np.abs(r)) + np.max(np.abs(b)))
    for xp in (np, array_api_strict):
        g = pair.gradients(xp)
        there = xp.asarray(x)
        for function, wanted in (
            (g.f, a * np.sin(z)),
            (g.h, (a - r) * np.sin(z) - b),
            (g.r, r * np.sin(z) + b),
        ):
            np.testing.assert_allclose(np.asarray(function(there)), wanted, atol=size)
        np.testing.assert_allclose(
            np.asarray(pair.gap(there, xp)), np.sum(a * (1 - np.cos(z)), -1), atol=9 * size
        )
    step = 1e-3 * np.eye(pair.dim)
    ahead, behind = (
        pair.gap((x[:, :, None] + s * step).reshape(1, -1, pair.dim)).reshape(4, -1)
        for s in (1, -1)
    )
    np.testing.assert_allclose(
        (ahead - behind) / 2e-3, pair.gradients().f(x)[0], atol=1e-6 * np.max(a)
    )
    near = pair.gap(1e-9 + np.zeros((1, 1, pair.dim)) + pair.x_star) / np.sum(pair.amplitudes)
    assert np.any(pair.x_star != 0) or near == pytest.approx(5e-19, rel=1e-12, abs=0), (
        "1 − cos z was lost to rounding"
    )


@given(made=pairs(), seed=seeds, reach=st.sampled_from([1e-3, 0.3, 7.0]))
def test_L_and_delta_hold_everywhere_and_are_attained(made: Any, seed: int, reach: float) -> None:
    """Else theorems are asked about an L or δ that the pair exceeds, or need not have."""
    pair = made[0]
    c = made[0].constants()
    g = made[0].gradients()
    x = points(pair, 200, seed)
    y = x + points(pair, 200, seed + 1, reach) - pair.x_star
    near = pair.x_star + 1e-4 * np.eye(pair.dim)[None]
    for gradient, most in ((g.f, c.L), (g.r, c.delta)):
        quotient = np.linalg.norm(gradient(x) - gradient(y), axis=-1) / np.linalg.norm(
            x - y, axis=-1
        )
        assert np.all(quotient <= most * (1 + 1e-9) + 1e-12 * (c.zeta + 1) / reach)
        rise = np.linalg.norm(gradient(near) - gradient(pair.x_star[None, None]), axis=-1) / 1e-4
        assert np.max(rise) == pytest.approx(most, rel=1e-7, abs=1e-11 * (c.zeta + 1))


@given(made=pairs(), seed=seeds)
def test_the_bias_bound_holds_everywhere_and_for_no_smaller_zeta(made: Any, seed: int) -> None:
    """Else S2 is asked about constants that the pair does not have: ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ²."""
    pair = made[0]
    c = made[0].constants()
    g = made[0].gradients()
    x = points(pair, 200, seed)
    left = np.sum((g.f(x) - g.h(x)) ** 2, -1)
    right = c.beta * np.sum(g.f(x) ** 2, -1)
    assert np.all(left <= (right + c.zeta**2) * (1 + 1e-9))
    u = np.linspace(-1.0, 1.0, 20001)[:, None]
    excess = (pair.r * u + pair.b) ** 2 - c.beta * (pair.amplitudes * u) ** 2
    size = 1e-12 * np.max(pair.r**2) + 1e-8 * np.max(np.abs(excess))
    assert np.sum(np.max(excess, axis=0)) == pytest.approx(c.zeta**2, rel=1e-8, abs=size)


def test_a_cluster_at_L_is_not_above_it() -> None:
    """Else L is not the one asked for but an ulp more: low + (L − low) rounds up here."""
    f = Cosine(L=5.108901589583714, dim=5, spectrum="two-cluster")
    assert f.with_helper().constants().L == 5.108901589583714


def test_no_mu_makes_f_polyak_lojasiewicz() -> None:
    """Else μ = 0 is stated of an f that has a better one."""
    pair = Cosine(L=2.0, dim=3).with_helper(0.1)
    peak = np.array([[[math.pi, 0.0, 0.0]]])
    assert np.max(np.abs(pair.gradients().f(peak))) < 1e-13 and pair.gap(peak)[
        0, 0
    ] == pytest.approx(4 / 3)
    assert np.all(np.cos(pair.x0) < -0.49), "the run does not start where f curves downwards"


def test_one_coordinate_has_the_bias_of_its_formula() -> None:
    """Else the sup is not over |sin z| ≤ 1: inside it ζ² = b²/(1 − κ), at its end (δ + b)² − βl²,
    at κ ≥ 1 β = 2κ²."""
    cases = (
        (0.5, 0.2, 0.5, 0.08),
        (0.5, 3.0, 0.5, 11.75),
        (1.0, 0.5, 2.0, 0.5),
        (2.0, 9.0, 8.0, 113.0),
    )
    for delta, zeta, beta, square in cases:
        c = Cosine(L=1.0, dim=1).with_helper(delta, zeta).constants()
        assert (c.beta, c.zeta**2) == pytest.approx((beta, square), rel=1e-12)
    pair = Cosine(L=1e99, low=1e-100, dim=3).with_helper(1e90, 2.0, bias=[1, 0, 0])
    assert (pair.constants().beta, pair.constants().zeta) == (math.inf, 2.0) and pair.certify()


def test_a_grid_is_its_configurations() -> None:
    """Else configurations of a grid have each other's constants."""
    values = [1.0, 2.0, 0.5], [3.0, 1.0, 2.0], [0.0, 0.4, 0.2], [1.0, 0.0, 5.0]
    L, F0, delta, zeta = (np.array(v) for v in values)
    for bias in (None, [1.0, 2.0, 3.0]):
        grid = Cosine(L=L, dim=3, F0=F0, x_star=1.0).with_helper(delta, zeta, bias=bias)
        assert not grid.single and grid.x0.shape == (3, 3)
        assert grid.certify(samples=8) and len(grid.certify(samples=8).checks) == 18
        x = points(grid, 4, 0)
        stated = grid.constants()
        for i in range(3):
            alone = Cosine(L=L[i], dim=3, F0=F0[i], x_star=1.0).with_helper(
                delta[i], zeta[i], bias=bias
            )
            for name in ("amplitudes", "r", "b", "start"):
                np.testing.assert_array_equal(getattr(grid, name)[i], getattr(alone, name)[0])
            for name in Constants.names():
                assert np.broadcast_to(getattr(stated, name), (3,))[i] == getattr(
                    alone.constants(), name
                )
            np.testing.assert_array_equal(grid.gradients().h(x)[i], alone.gradients().h(x)[0])
            np.testing.assert_array_equal(grid.gap(x)[i], alone.gap(x)[0])
    assert not Cosine(L=np.array([1.0]), dim=2).with_helper(0.1).single


# -- certificates
# -------------------------------------------------------------------------------------


@given(made=pairs(), seed=seeds)
def test_certificates_hold(made: Any, seed: int) -> None:
    """Else a sound pair is denied, or a stated constant is not what points of f and h show."""
    certificate = made[0].certify(samples=8, seed=seed)
    assert certificate.holds, str(certificate)
    assert {check.name for check in certificate.checks} == {
        "L",
        "mu",
        "delta",
        "beta",
        "zeta",
        "F0",
    }


FAR = {"x0": [-900 + 286 * 2 * math.pi + 1e-4], "x_star": -900.0}  # and close to another minimum


@pytest.mark.parametrize("target", [FAR, {"F0": 1e-9}, {"F0": 2.0}, {"x_star": 1e3}], ids=str)
@pytest.mark.parametrize(
    "helper",
    [(1e-9, 1e-9), (0.1, 1e5), (1 - 1e-6, 1e-7), (1e3, 1e-7), (0.1, 0.0), (0.0, 1.0)],
    ids=str,
)
def test_certificates_hold_at_the_ends_of_the_range(
    target: dict[str, Any], helper: tuple[float, float]
) -> None:
    """Else rounding denies a sound pair far out, near its minimum, or with one constant that dwarfs
    another."""
    certificate = Cosine(L=1.0, dim=1, **target).with_helper(*helper).certify(samples=8)
    assert certificate.holds, str(certificate)


@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
@pytest.mark.parametrize("name", ["L", "delta", "zeta", "F0"])
def test_every_constant_that_lies_is_caught(name: str, factor: float) -> None:
    """Else one of the constants is not checked at all; a ζ that is too small also asks for more
    than the stated β."""
    for bias in (None, [1, 2, 3, 4]):
        honest = Cosine(L=2.0, dim=4, x_star=1.3).with_helper(0.3, 0.7, bias=bias)  # type: ignore[arg-type]
        caught = blamed(lying(honest, **{name: getattr(honest.constants(), name) * factor}))
        assert name in caught and caught <= {name, "beta"} and not blamed(honest)
        assert name == "zeta" or caught == {name}


def test_a_beta_that_is_too_small_and_a_mu_above_0_are_caught() -> None:
    """Else S2, or a theorem that needs μ, is asked about a pair outside its assumptions."""
    for bias in (None, [1, 2, 3, 4]):
        honest = Cosine(L=2.0, dim=4).with_helper(0.3, 0.7, bias=bias)  # type: ignore[arg-type]
        assert "beta" in blamed(lying(honest, beta=0.999 * honest.constants().beta))
        assert blamed(lying(honest, mu=1e-6)) == {"mu"}


WRONG: dict[str, tuple[Any, set[str]]] = {
    "h": (lambda g, z: replace(g, h=lambda x: g.h(x) * (1 + 1e-6)), {"delta"}),
    "r": (lambda g, z: replace(g, r=lambda x: g.r(x) * (1 + 1e-6)), {"delta", "beta", "zeta"}),
    "one slope": (lambda g, z: both(g, lambda x: 1e-7 + 0 * x), {"F0"}),
    "no gradient": (
        lambda g, z: both(g, lambda x: 0.02 * z(x)[..., [1, 0, 2]] * [1, -1, 0]),
        {"L"},
    ),
    "steeper f far out": (lambda g, z: both(g, lambda x: 0.2 * (1 - np.cos(z(x)))), {"L", "F0"}),
    "steeper r far out": (
        lambda g, z: steeper(g, lambda x: 0.9 * np.sin(z(x)) ** 3),
        {"delta", "beta", "zeta"},
    ),
}


def both(g: Gradients, more: Any) -> Gradients:
    """The gradients with the same term added to ∇f and ∇h."""
    return Gradients(lambda x: g.f(x) + more(x), lambda x: g.h(x) + more(x), g.r)


def steeper(g: Gradients, more: Any) -> Gradients:
    """The gradients with a term added to ∇r, and taken from ∇h."""
    return Gradients(g.f, lambda x: g.h(x) - more(x), lambda x: g.r(x) + more(x))


@pytest.mark.parametrize("which", WRONG)
def test_gradients_that_lie_are_caught(which: str) -> None:
    """Else a pair may descend something else than its constants describe."""
    change, names = WRONG[which]
    pair = Cosine(L=2.0, dim=3, x_star=0.5).with_helper(0.3, 0.7)

    class Wrong(CosinePair):
        def gradients(self, xp: Any = np) -> Gradients:
            return change(super().gradients(xp), lambda x: x - self.x_star)

    assert blamed(Wrong(**vars(pair))) >= names and not blamed(pair)


@pytest.mark.parametrize(
    "change", [lambda gap, x: 1.001 * gap, lambda gap, x: gap + 1e-3 * (x[..., 0] - x[..., 1])]
)
def test_values_that_lie_are_caught(change: Any) -> None:
    """Else F0 is read off a function that is not the one whose gradients are descended."""

    class Wrong(CosinePair):
        def gap(self, x: Any, xp: Any = np) -> Any:
            return change(super().gap(x, xp), x)

    assert blamed(Wrong(**vars(Cosine(L=2.0, dim=3).with_helper(0.3, 0.7)))) == {"F0"}


def test_a_saddle_in_the_place_of_the_minimum_is_caught() -> None:
    """Else a stationary point passes as the minimiser though f − f* is negative beside it."""
    pair = Cosine(L=2.0, dim=2).with_helper()
    assert "F0" in blamed(replace(pair, amplitudes=np.array([[-0.5, 2.0]]))) and not blamed(pair)


def test_a_minimiser_that_lies_is_caught() -> None:
    """Else gaps are measured from a point beside the minimiser, if values and gradients agree about
    the slope there."""
    pair = Cosine(L=2.0, dim=3).with_helper()

    class Wrong(CosinePair):
        def gradients(self, xp: Any = np) -> Gradients:
            return both(super().gradients(xp), lambda x: 1e-7 + 0 * x)

        def gap(self, x: Any, xp: Any = np) -> Any:
            return super().gap(x, xp) + 1e-7 * np.sum(x, axis=-1)

    assert "F0" in blamed(Wrong(**vars(pair))) and not blamed(pair)


# -- theorems
# -----------------------------------------------------------------------------------------


SETTINGS: list[tuple[dict[str, Any], dict[str, Any], at.Noise]] = [
    ({"L": 1.0, "dim": 4}, {"delta": 0.05, "zeta": 0.5}, at.Gaussian(sigma_f=1.0, sigma_h=0.1)),
    (
        {"L": 1.0, "dim": 1, "F0": 1.9},
        {"delta": 0.5, "gap": [0.5]},
        at.RandomSign(sigma_f=0.3, sigma_h=0.3),
    ),
    (
        {"L": 2.0, "dim": 3, "F0": 0.1},
        {"delta": 0.5, "zeta": 3.0, "bias": [1, 1, 1]},
        at.Gaussian(s=0.2),
    ),
    ({"L": 1.0, "low": 0.5, "dim": 2, "x_star": 1.0}, {"delta": 0.2, "zeta": 0.1}, at.Gaussian()),
]


@pytest.mark.parametrize("i", range(len(SETTINGS)))
@pytest.mark.parametrize("name", ["SGD", "ExactCorrection", "Naive", "AuxMOM", "AuxMVR"])
def test_theorems_hold(name: str, i: int) -> None:
    """Else a proof uses that f is quadratic or convex, or this pair's constants are not its own."""
    target, helper, noise = SETTINGS[i]
    pair = Cosine(**target).with_helper(**helper)
    theorem = getattr(at.theorems, name)()
    if name in ("Naive", "ExactCorrection"):  # S1 is about no noise
        noise = at.Gaussian(sigma_h=0.1 * (name == "Naive"))
    K = 1 if theorem.method.single_step else 4
    verdict = at.validate(theorem, pair, noise, K=K, T=[10, 100], engine="numpy", replicas=64)
    assert all(row["status"] != "violated" for row in verdict.table), str(verdict)


def test_the_floor_of_naive_is_attained_and_no_smaller_zeta_survives() -> None:
    """Else a ζ that is 1 % too small goes unseen, or S2 is looser on cosines than its statement
    says."""
    pair = Cosine(L=1.0, dim=1, x0=[math.asin(0.4)]).with_helper(0.5, 0.2, gap=[0.5])
    for factor, violated in ((1.0, False), (0.99, True)):
        told = lying(pair, zeta=factor * pair.constants().zeta)
        verdict = at.validate(at.theorems.Naive(), told, K=10, T=100, engine="numpy", replicas=2)
        (row,) = verdict.table
        assert (row["status"] == "violated") == violated and row["measured"] == pytest.approx(
            0.16, rel=1e-12
        )


# -- printing and bad input
# ---------------------------------------------------------------------------


@given(made=pairs())
def test_a_pair_prints_as_the_code_that_makes_it(made: Any) -> None:
    """Else a counterexample's snippet does not run, or makes another pair."""
    pair, target, _ = made
    again = eval(repr(pair), {"at": at})
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))
    plain = Cosine(L=1.0, dim=8).with_helper(0.1, 0.5)
    assert repr(plain) == "at.Cosine(L=1.0, dim=8).with_helper(delta=0.1, zeta=0.5)"
    assert repr(again) == repr(pair) and repr(eval(repr(Cosine(**target)), {"at": at})) == repr(
        Cosine(**target)
    )


BAD_TARGETS = [
    ({}, ["L = None", "dim = None"]),
    (
        {"L": math.nan, "low": 0.0, "dim": 0, "F0": -1.0, "spectrum": "unifrom"},
        [
            "L = nan",
            "low = 0.0: must be a finite number in (0, 1e+100]",
            "dim = 0",
            "F0 = -1.0",
            "spectrum = 'unifrom'",
        ],
    ),
    ({"L": 1.0, "dim": 2, "low": 1.5}, ["low = 1.5: must be at most L = 1.0"]),
    ({"L": 1.0, "dim": 1, "low": 0.5}, ["low = 0.5: must equal L = 1.0 when dim = 1"]),
    ({"spectrum": [1.0, 0.0]}, ["spectrum = 0.0: must be a finite number in (0, 1e+100]"]),
    (
        {"spectrum": [1.0, 2.0], "L": 3.0, "low": 0.5, "dim": 4},
        ["L = 3.0", "low = 0.5", "dim = 4: must be left out or equal the spectrum's, 2"],
    ),
    (
        {"L": 1.0, "dim": 2, "F0": 3.1},
        ["F0 = 3.1: must be at most 2Σl = [3.], the largest value of f − inf f"],
    ),
    (
        {"L": 1.0, "dim": 2, "F0": 1e-40, "x_star": 5.0},
        ["F0 = 1e-40: must be large enough to tell x0 from x_star = 5.0"],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [1.0], "x_star": 2e3},
        [
            "x0 = [1.0]: must be 2 finite numbers in [-1000, 1000]",
            "x_star = 2000.0: must be 2 finite numbers in [-1000, 1000], or one",
        ],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [3.0, 3.0], "x_star": 3.0},
        ["x0 = [3.0, 3.0]: must not minimise f"],
    ),
    (
        {"L": 1.0, "dim": 1, "x0": [1.0], "F0": 2.0},
        ["F0 = 2.0: must be left out or equal f(x0) − inf f = [0.4596976"],
    ),
    ({"L": np.ones(2), "low": np.full(3, 0.5), "dim": 2}, ["shapes of L, low"]),
]
BAD_HELPERS = [
    (
        {"delta": -0.1, "zeta": math.inf, "gap": "sings", "bias": [0, 0, 0]},
        [
            "delta = -0.1",
            "zeta = inf",
            "gap = 'sings'",
            "did you mean 'signs'",
            "bias = [0, 0, 0]: must not be the zero vector",
        ],
    ),
    (
        {"delta": 0.1, "gap": [0.1, 0.2, 0.1]},
        ["gap = [0.1, 0.2, 0.1]: must have a largest eigenvalue of size delta = 0.1"],
    ),
    (
        {"bias": [1.0], "gap": [1.0]},
        ["bias = [1.0]: must be 3 finite numbers", "gap = [1.0]: must be 3 finite numbers"],
    ),
    ({"delta": np.ones(2), "zeta": np.ones(3)}, ["shapes of delta, zeta"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_TARGETS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_target_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Else a pair without the constants asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Cosine(**given_)
    assert_lists(caught, lines)


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_HELPERS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_helper_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Else a helper without the δ and ζ asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Cosine(L=1.0, dim=3).with_helper(**given_)
    assert_lists(caught, lines)


def test_bad_settings_of_a_certificate_are_refused_in_one_message() -> None:
    """Else a certificate of no points holds, or NumPy complains instead."""
    with pytest.raises(InputError) as caught:
        Cosine(L=1.0, dim=3).with_helper(0.1).certify(samples=0, seed=-1)
    assert_lists(caught, ["samples = 0", "seed = -1"])
