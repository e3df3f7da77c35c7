"""The inequalities of a worst case, its example and its proof, checked without a solver."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from worst_cases import solved, tuned

import auxtheory as at
from auxtheory.engines.worst_case import semidefinite
from auxtheory.engines.worst_case.interpolation import (
    WorstCaseSpec,
    coordinates,
    inequalities,
    walked,
)
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.methods import (
    AuxMOM,
    AuxMVR,
    ExactCorrection,
    MethodType,
    Naive,
    from_rules,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    PEPit = pytest.importorskip("PEPit")


@pytest.mark.parametrize(
    "method", [*at.methods.ALL, from_rules(name="Fading", refresh=lambda m, d, p, a: a * d)]
)
def test_a_walk_is_what_the_other_engines_run(method: MethodType) -> None:
    A = 0.8
    R = -0.5
    K = 1 if method.single_step else 2
    pair = at.Quadratic(L=A, dim=1, x0=[1.5]).with_helper(delta=-R, gap=[R])
    trace = at.run(method, pair, None, at.Steps(eta=0.4, a=0.3, K=K, T=3), engine="exact")
    case = WorstCaseSpec(method=method, eta=0.4, a=0.3, K=K, T=3, delta=-R, measure="last")
    last = walked(case, 1.5, lambda y: (A * y, R * y)).points[-1]
    mean = WorstCaseSpec(method=method, eta=0.4, a=0.3, K=K, T=3, delta=-R)
    path = walked(mean, 1.5, lambda y: (A * y, R * y)).points
    assert trace.G[-1, 0] == pytest.approx(np.mean(np.square(path)) * A**2, rel=1e-12)
    assert trace.grad_sq[-1, 0] == pytest.approx((A * last) ** 2, rel=1e-12)


def test_every_inequality_holds_on_true_functions() -> None:
    """Non-commuting quadratics, indefinite r: evaluate each ⟨Q, G⟩ + b·F + c."""
    rng = np.random.default_rng(0)
    for method, K, T, function_class in (
        (AuxMVR, 2, 2, "convex"),
        (AuxMOM, 1, 3, "smooth"),
        (ExactCorrection, 3, 1, "strongly convex"),
        (ExactCorrection, 2, 1, "PL"),
    ):
        bases = [np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(2)]
        A = bases[0] @ np.diag([1.0, 0.7, 0.4, 0.2]) @ bases[0].T
        R = bases[1] @ np.diag([0.6, -0.6, 0.1, 0.0]) @ bases[1].T
        shift = rng.standard_normal(4)
        case = WorstCaseSpec(
            method=method,
            eta=0.5,
            a=0.4,
            K=K,
            T=T,
            delta=0.6,
            mu=0.2,
            measure="last",
            function_class=function_class,
        )
        start = rng.standard_normal(4)
        start /= np.sqrt(0.5 * start @ A @ start)
        points = np.array(
            walked(case, start, lambda y, A=A, R=R, shift=shift: (A @ y, R @ y + shift)).points
        )
        rho = (points - start) @ R.T / (case.delta * case.length)
        unknown = np.vstack(
            [points @ A.T, rho[1:], *([-start[None] / case.reach] if case.has_minimiser else [])]
        )
        r = (
            0.5
            * np.einsum("ni,ij,nj->n", points - start, R, points - start)
            / (case.delta * case.length)
        )
        values = np.concatenate([0.5 * np.einsum("ni,ij,nj->n", points, A, points), r])
        found = inequalities(case)
        sides = np.einsum("kij,ij->k", found.Q, unknown @ unknown.T) + found.b @ values + found.c
        assert np.min(sides) > -1e-12
        assert np.allclose(coordinates(case).x[: len(points)] @ unknown, points - start)


def test_the_example_is_a_run_of_the_method() -> None:
    found = solved(AuxMOM, delta=0.4, eta=0.5, K=2, T=2, a=0.7)
    y = found.x[0]
    m = found.grad_r[0]
    total = 0.0
    step = 0
    for t in range(2):
        m = 0.3 * m + 0.7 * found.grad_r[step] if t else m
        for _ in range(2):
            assert np.allclose(found.x[step], y, atol=1e-5)
            total += found.grad_f[step] @ found.grad_f[step]
            y = y - 0.5 * (found.grad_f[step] - found.grad_r[step] + m)
            step += 1
    assert total / 4 == pytest.approx(found.example, rel=1e-3)
    assert found.example == pytest.approx(found.value, rel=1e-5)


@pytest.mark.parametrize("delta", [0.1, 1.0])
def test_a_worst_quadratic_replays_to_the_value(delta: float) -> None:
    found = solved(ExactCorrection, L=2.0, F0=3.0, delta=2 * delta, eta=tuned(2, delta) / 2, K=2)
    pair = found.pair()
    assert pair is not None
    trace = at.run(ExactCorrection, pair, None, at.Steps(eta=tuned(2, delta) / 2, K=2, T=1))
    assert trace.G[-1, 0] == pytest.approx(found.value, rel=2e-4)
    assert pair.constants().F0 == pytest.approx(3.0)


def test_the_worst_quadratic_of_a_decrease_decreases_by_f0() -> None:
    found = solved(ExactCorrection, F0=3.0, delta=0.3, eta=tuned(2, 0.3), K=2, decrease=True)
    pair = found.pair()
    assert pair is not None
    trace = at.run(ExactCorrection, pair, None, at.Steps(eta=tuned(2, 0.3), K=2, T=1))
    assert trace.G[-1, 0] == pytest.approx(found.value, rel=2e-4)
    assert float(pair.constants().F0) - trace.gap[-1, 0] == pytest.approx(3.0)
    assert solved(ExactCorrection, delta=1.0, eta=tuned(5, 1.0), K=5, decrease=True).pair() is None


def test_functions_that_are_not_quadratic_stay_below_the_proof() -> None:
    pair = at.Cosine(L=1.0, dim=3).with_helper(delta=0.3)
    steps = at.Steps(eta=0.8, K=3, T=2)
    F0 = float(np.ravel(pair.constants().F0)[0])
    trace = at.run(ExactCorrection, pair, None, steps, engine="numpy", replicas=2)
    proven = at.worst_case(ExactCorrection, at.Constants(L=1.0, F0=F0, delta=0.3), steps).value
    assert 0 < trace.G[-1, 0] <= proven


def test_a_proof_is_checked_and_a_spoilt_one_found() -> None:
    proof = solved(ExactCorrection, delta=0.5, eta=0.8, K=2, decrease=True).proof
    assert proof is not None and proof.verify()
    again = Proof.from_json(json.loads(json.dumps(proof.to_json())))
    assert again.verify() == proof.verify()
    weights = proof.multipliers
    largest = int(np.argmax(proof.multipliers[1:])) + 1
    for row, change in ((0, -1e-3), (largest, 1e-3), (largest, -2 * weights[largest])):
        spoilt = weights.copy()
        spoilt[row] += change
        assert not Proof(proof.case, spoilt).verify()
    # ∇r(x⁰) is nowhere bounded.
    assert not Proof(replace(proof.case, method=Naive, delta=0.5), weights).verify()
    assert not Proof(replace(proof.case, eta=0.81), weights).verify()  # proven at this very step
    assert not Proof(replace(proof.case, delta=0.6), weights).verify()
    # Less than the value cannot be proven, however little: the margin is all there is.
    assert not Proof(proof.case, weights * (1 - 1e-4)).verify()


def test_negative_multipliers_prove_nothing() -> None:
    """f ≥ ‖∇f‖²/2 and f ≤ ‖∇f‖²/(2μ), both taken away once: the rest balances, and is definite all
    the more."""
    proof = solved(
        ExactCorrection, delta=0.3, mu=0.2, eta=0.5, K=2, measure="gap", function_class="PL"
    ).proof
    assert proof is not None and proof.verify()
    weights = proof.multipliers.copy()
    names = inequalities(proof.case).names
    for kind in ("above", "PL"):
        weights[names.index((kind, 1, 1))] -= 1.0
    check = Proof(proof.case, weights).verify()
    assert check.imbalance == 0 and check.eigenvalue > check.rounding
    assert check.least < 0 and not check


def test_another_solver_finds_the_same_number() -> None:
    one, other = (
        solved(ExactCorrection, delta=0.5, eta=0.8, K=2, solver=solver, options=options)
        for solver, options in (("CLARABEL", None), ("SCS", {"eps": 1e-9, "max_iters": 100_000}))
    )
    assert (one.solver, other.solver) == ("CLARABEL", "SCS")
    assert other.value == pytest.approx(one.value, rel=1e-5)


@pytest.mark.parametrize("delta", [0.0, 0.1])
def test_a_far_minimiser_is_no_trouble(delta: float) -> None:
    """μ/L = 0.1 and nine steps; x* is known only to within √(2F0/μ)."""
    found = solved(
        ExactCorrection,
        mu=0.1,
        delta=delta,
        eta=0.93,
        K=3,
        T=3,
        measure="gap",
        function_class="strongly convex",
    )
    assert found.status == "optimal"


def test_an_unfinished_solve_gives_no_number() -> None:
    for options in ({"max_iter": 3}, {"max_iter": 6}, {"time_limit": 1e-9}):
        found = solved(ExactCorrection, delta=0.5, eta=0.8, K=3, options=options)
        assert found.status in ("inaccurate", "failed")
        assert found.solver_status != "optimal"
        assert np.isnan(found.value) and np.isnan(found.example) and found.proof is None
        assert found.status in str(found)


def test_a_solver_without_an_optimum_gives_no_number() -> None:
    """Whatever its proof and example are worth."""
    case = WorstCaseSpec(method=ExactCorrection, eta=0.8, K=2, T=1, delta=0.5)
    solution = semidefinite.solve(case, None, {}, simplest=False)
    assert solution.optimal
    assert not replace(solution, status="optimal_inaccurate").optimal


def test_a_solver_that_is_content_too_early_gives_no_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    loose = {f"tol_{name}": 1e-2 for name in ("gap_abs", "gap_rel", "feas", "ktratio")}
    found = solved(ExactCorrection, delta=0.5, eta=0.8, K=3, options=loose)
    assert (found.solver_status, found.status) == ("optimal", "inaccurate")
    assert np.isnan(found.value)
    assert capsys.readouterr().out == ""  # PEPit remarks on it at any verbosity


def test_the_simplest_example_has_fewer_dimensions() -> None:
    plain = solved(ExactCorrection, delta=0.5, eta=0.5, K=3)
    simple = solved(ExactCorrection, delta=0.5, eta=0.5, K=3, simplest=True)
    assert simple.dimension <= plain.dimension
    assert simple.value == pytest.approx(plain.value, rel=1e-5)
