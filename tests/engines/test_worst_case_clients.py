"""Worst cases of methods with clients: against quadratics from below and the theorems' bounds from
above."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

import auxtheory as at
from auxtheory.engines import exact
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.errors import InputError, RefusedError

pytest.importorskip("PEPit")

methods = at.methods


def solved(
    method: Any,
    *,
    eta: float,
    K: int = 1,
    T: int = 1,
    delta: float = 0.3,
    zeta: float = 0.0,
    parameters: Any = None,
    **options: Any,
) -> at.WorstCase:
    constants = at.Constants(L=1.0, F0=1.0, delta=delta, zeta=zeta)
    return at.worst_case(
        method, constants, at.Steps(eta=eta, K=K, T=T, **(parameters or {})), **options
    )


def nu(K: int) -> float:
    """The norm of the square of the strictly lower triangular matrix of ones."""
    lower = np.tril(np.ones((K, K)), -1)
    return float(np.linalg.norm(lower @ lower, 2))


def edge(K: int, delta: float, convex: bool) -> float:
    """The largest η of T7-I for any f: Lη + ((Λ + δ) δ η² e₁ ν_K)² = 1."""
    Lam, rho = (0.5, 0.0) if convex else (1.0, 1.0)

    def left(eta: float) -> float:
        growth = (1 + eta * (rho + delta)) ** max(K - 2, 0)
        return eta + ((Lam + delta) * delta * eta**2 * growth * nu(K)) ** 2 - 1

    return float(brentq(left, 1e-3, 1.0)) if left(1.0) > 0 else 1.0


@pytest.mark.parametrize("convex", [True, False])
@pytest.mark.parametrize(("K", "delta"), [(2, 0.3), (3, 0.3), (3, 1.0)])
def test_scaffold_with_fresh_controls_is_between_quadratics_and_its_bound(
    K: int, delta: float, convex: bool
) -> None:
    eta = edge(K, delta, convex)
    worst = solved(
        methods.SCAFFOLDOptionI,
        eta=eta,
        K=K,
        delta=delta,
        measure="G_avg",
        function_class="convex" if convex else "smooth",
    )
    assert worst.status == "optimal" and worst.proof is not None and worst.proof.verify()
    bound = 2 / (eta * K)
    assert worst.instance.value <= worst.value * (1 + 1e-6) and worst.value <= bound * (1 + 1e-6)
    assert 0.6 < worst.value / bound
    pair = worst.pair()
    if pair is not None:
        task = at.Task(
            method=methods.SCAFFOLDOptionI,
            pair=pair,
            noise=at.Gaussian(),
            steps=at.Steps(eta=eta, K=K, T=1),
            measures=(at.measures.G_avg,),
        )
        value = exact.run(task).measure(at.measures.G_avg)[0][-1]
        np.testing.assert_allclose(float(np.ravel(value)[0]), worst.value, rtol=1e-4)


def edge_of_stored_controls(delta: float, convex: bool) -> float:
    """The largest η of T7-IIgen for K = 2, ℓ = L + δ, without noise, from the exact start."""
    Lam = 0.5 if convex else 1.0

    def left(eta: float) -> float:
        chi = (1 + delta) * eta / 2
        A = delta * eta * np.sqrt(2.5)
        return eta + ((Lam + delta) * eta * np.sqrt(0.5) * A / (1 - chi)) ** 2 - 1

    return float(brentq(left, 1e-3, 1.0))


@pytest.mark.parametrize("convex", [True, False])
def test_scaffold_with_stored_controls_is_below_its_bound_for_any_f(convex: bool) -> None:
    eta = edge_of_stored_controls(0.3, convex)
    worst = solved(
        methods.SCAFFOLDExactStart,
        eta=eta,
        K=2,
        T=2,
        measure="G_avg",
        function_class="convex" if convex else "smooth",
    )
    bound = 2 / (eta * 4)
    assert 0.75 * bound < worst.value < bound
    assert worst.instance.value <= worst.value * (1 + 1e-6)


@pytest.mark.parametrize("method", [methods.SCAFFOLDExactStart, methods.LaggedSCAFFOLD])
@pytest.mark.parametrize("measure", ["G_avg", "G_x", "G", "last", "gap"])
def test_every_measure_is_at_least_that_of_quadratics(method: Any, measure: Any) -> None:
    worst = solved(method, eta=0.5, K=2, T=2, measure=measure, function_class="convex")
    assert worst.status == "optimal"
    assert worst.instance.value <= worst.value * (1 + 1e-6)


@pytest.mark.parametrize("convex", [True, False])
def test_local_descent_is_below_its_bound_for_any_f(convex: bool) -> None:
    """T6a: 2F0/(ηKT) + ((Λ + δ) η)² q₁ ζ²."""
    eta, delta, zeta, K = 0.5, 0.3, 0.5, 2
    worst = solved(
        methods.FedAvg,
        eta=eta,
        K=K,
        delta=delta,
        zeta=zeta,
        measure="G_avg",
        function_class="convex" if convex else "smooth",
    )
    Lam = 0.5 if convex else 1.0
    bound = 2 / (eta * K) + ((Lam + delta) * eta) ** 2 * (K - 1) * (2 * K - 1) / 6 * zeta**2
    assert worst.proof is not None and worst.proof.verify()
    assert 0.1 * bound < worst.value < bound
    assert worst.pair() is None


@pytest.mark.parametrize("delta", [0.1, 0.01])
@pytest.mark.parametrize("ratio", [1.5, 4.0, 10.0])
def test_a_proximal_step_attains_its_constant(ratio: float, delta: float) -> None:
    """T10: ‖∇f(x⁺)‖² ≤ (λ + δ) (f(x) − f(x⁺)) for convex f, and ≤ 2L (f(x⁺) − inf f)."""
    lam = ratio * delta
    worst = solved(
        methods.DANE,
        eta=1.0,
        delta=delta,
        parameters={"gamma": 1 / lam},
        measure="last",
        function_class="convex",
        N=1,
    )
    np.testing.assert_allclose(worst.value, 1 / (1 / (lam + delta) + 1 / 2), rtol=1e-4)


def test_one_helper_is_the_method_without_clients() -> None:
    one = solved(methods.ClientExactCorrection, eta=0.5, K=2, N=1)
    alone = at.worst_case(
        methods.ExactCorrection,
        at.Constants(L=1.0, F0=1.0, delta=0.3),
        at.Steps(eta=0.5, K=2, T=1),
    )
    np.testing.assert_allclose(one.value, alone.value, rtol=1e-6)


def test_proofs_with_clients_are_stored() -> None:
    worst = solved(methods.FedAvg, eta=0.5, K=2, zeta=0.5, measure="G_avg")
    assert worst.proof is not None
    again = Proof.from_json(worst.proof.to_json())
    assert again.verify() and again.value == worst.proof.value
    smaller = dict(worst.proof.to_json())
    smaller["case"] = {**smaller["case"], "zeta": 1.0}
    assert Proof.from_json(smaller).value > worst.proof.value


def test_what_has_no_worst_case_is_refused_with_the_reason() -> None:
    with pytest.raises(
        RefusedError, match=r"∇\(f − f_i\)\(x⁰\) does not cancel in the steps of FedAvg"
    ):
        solved(methods.FedAvg, eta=0.5, K=2)
    with pytest.raises(InputError, match=r"N = 3: must be 1, one helper, or 2"):
        solved(methods.SCAFFOLDExactStart, eta=0.5, N=3)
    with pytest.raises(InputError, match=r"N = 2: must be left out: SGD has no clients"):
        solved(methods.SGD, eta=0.5, N=2)
    with pytest.raises(InputError, match="S = 1"):
        solved(methods.SCAFFOLDExactStart, eta=0.5, parameters={"S": 1})
    with pytest.raises(InputError, match="it is a mean over clients"):
        solved(methods.SGD, eta=0.5, measure="G_avg")
