"""Pairs and helpers without regulariser, or next to none."""

from __future__ import annotations

import numpy as np
import pytest
from logistic_cases import SKEW
from separable_data import A2, A3, B2, B3

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.problems import Logistic


@pytest.mark.parametrize("l2", [1e-8, 1e-12, 1e-20, 1e-100])
@pytest.mark.parametrize("size", [1.0, 1e6])
def test_next_to_no_regulariser(l2: float, size: float) -> None:
    """Otherwise what is refused, or wrong by rounding far out, at l2 = 0 still is at an l2 that changes
    no digit."""
    f = Logistic(features=np.c_[A3, A3 @ [0.1, 0.3, 0.7]] * size, labels=B3, l2=l2)
    x, value, _ = f.minimum
    plain = f.replace(l2=0.0)
    nearest, least, _ = plain.minimum
    assert value == pytest.approx(least + l2 / 2 * float(nearest @ nearest), rel=1e-12)
    assert value >= least * (1 - 1e-15) and np.linalg.norm(x) == pytest.approx(
        np.linalg.norm(nearest), rel=1e-5
    )


SINGULAR = {
    "three classes": Logistic(features=A3, labels=B3, x0=np.ones(9)),
    "a dependent feature": Logistic(
        features=np.c_[A2, A2 @ [1, 2, 3]], labels=B2, x0=np.arange(4.0)
    ),
    "far from 0": Logistic(features=np.c_[A3 + 1e6, np.ones(30)], labels=B3),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_pairs_and_helpers_without_regulariser(name: str) -> None:
    """Otherwise F0, ζ, δ or μ of a pair rests on an inverse that does not exist."""
    f = SINGULAR[name]
    pairs = [at.helpers.relabelled(f, share=0.2), f.with_helper(0.0, 0.3), f.with_helper(0.1, 0.3)]
    if name != "far from 0":
        pairs += [
            at.helpers.noisy(f, 0.1),
            at.helpers.coreset(f, 12),
            at.helpers.pseudo_labelled(f, share=0.8),
        ]
    for pair in pairs:
        known = pair.constants()
        assert known.kinds["F0"] == "exact" and known.mu == 0
        start = float(f.functions()[0](f.x0))
        assert known.F0 == pytest.approx(start - f.minimum[1], rel=1e-9 + 1e-15 * start)
        certificate = pair.certify(samples=8)
        assert certificate, str(certificate)
        assert at.validate(at.theorems.ExactCorrection(), pair, T=[2, 20], K=2, replicas=2)
    noise = at.Minibatch(pair=pairs[0], batch=4).at(pairs[0].x_star)
    assert np.isfinite(noise.sigma_r) and noise.sigma_r > 0


def test_a_lone_stationary_point_has_a_zeta() -> None:
    """Otherwise ζ at β = ∞ is unknown where f is flat nowhere, or known where ∇r grows along what f does
    not see."""
    alone = Logistic(features=A2, labels=B2).with_helper(0.1, 0.3).constants()
    assert alone.beta == np.inf and alone.zeta == pytest.approx(0.3, rel=1e-12)
    for f in SINGULAR.values():
        assert f.with_helper(0.1, 0.3).constants().zeta == 1e100


def test_data_without_a_say() -> None:
    """Otherwise samples without weight or features decide whether there is a minimum, or a constant f
    has none."""
    weights = np.r_[np.ones(30), 0.0] / 30
    f = Logistic(features=np.r_[A3, [[1e9, 0, 0]]], labels=np.r_[B3, 1], weights=weights)
    assert f.minimum[1] == pytest.approx(Logistic(features=A3, labels=B3).minimum[1], rel=1e-14)
    for nothing in (
        Logistic(features=np.zeros((2, 1)), labels=[0, 1]),
        f.replace(weights=0 * weights),
    ):
        assert nothing.minimum[1] == pytest.approx(float(nothing.functions()[0](nothing.x0)))
        with pytest.raises(InputError, match="must not minimise f"):
            nothing.with_helper(bias=np.ones(nothing.dim))
    assert Logistic(features=[[1], [-1]], labels=[0, 0]).minimum[1] == pytest.approx(np.log(2))
    with pytest.raises(InputError, match="has no minimiser"):
        _ = Logistic(features=SKEW, labels=[0, 1]).minimum


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize("mu", [1e-51, 1e-99, 1e-310, 0.0])
def test_a_quadratic_next_to_flat(mu: float, rotation: int | None) -> None:
    """Otherwise a pair whose minimum is known is refused for a β, which nobody gave, that is out of
    range."""
    pair = at.Quadratic(L=1.0, mu=mu, dim=3, rotation=rotation).with_helper(0.1, 0.2)
    known = pair.constants()
    assert (
        known.F0 == pytest.approx(1.0) and known.zeta == pytest.approx(0.2) and known.beta == np.inf
    )
    certificate = pair.certify(samples=8)
    assert certificate, str(certificate)
