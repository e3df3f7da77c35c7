"""Worst cases: known values, other ways of posing the same problem, proofs without a solver,
refusals."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.engines.worst_case import engine as worst_case_module
from auxtheory.engines.worst_case import semidefinite
from auxtheory.engines.worst_case.interpolation import (
    WorstCaseSpec,
    coordinates,
    inequalities,
    walk,
)
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import (
    MVR,
    SGD,
    AuxMOM,
    AuxMVR,
    ExactCorrection,
    Method,
    Naive,
    SGDMomentum,
    fine_tuning,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    PEPit = pytest.importorskip("PEPit")

S1 = at.theorems.ExactCorrection()


def solved(
    method: Method,
    *,
    delta: float = 0.0,
    mu: float = 0.0,
    L: float = 1.0,
    F0: float = 1.0,
    eta: float,
    K: int = 1,
    T: int = 1,
    a: float | None = None,
    **how: Any,
) -> at.WorstCase:
    constants = at.Constants(L=L, F0=F0, delta=delta, mu=mu)
    return at.worst_case(method, constants, at.Steps(eta=eta, a=a, K=K, T=T), **how)


def tuned(K: int, delta: float) -> float:
    return float(S1.tune(at.Constants(L=1.0, F0=1.0, delta=delta), K, 1).eta)


# -- values that are known
# --------------------------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 2, 4])
def test_gradient_descent_at_its_largest_step_attains_s0(T: int) -> None:
    found = solved(SGD, eta=1.0, T=T)
    assert found.status == "optimal"
    assert found.value == pytest.approx(2 / T, rel=1e-5)


@pytest.mark.parametrize("T", [1, 2, 3])
def test_the_last_gradient_of_a_convex_function(T: int) -> None:
    """‖∇f(x^T)‖² ≤ 2LF0/(2T + 1) at η = 1/L is tight (Taylor, Hendrickx, Glineur)."""
    assert solved(
        SGD, eta=1.0, T=T, measure="last", function_class="convex"
    ).value == pytest.approx(2 / (2 * T + 1), rel=1e-5)


@pytest.mark.parametrize("eta", [0.5, 1.0, 1.9])
def test_the_gap_of_a_strongly_convex_function(eta: float) -> None:
    """max{(1 − ημ)², (1 − ηL)²} a step is tight."""
    found = solved(SGD, eta=eta, T=2, mu=0.1, measure="gap", function_class="strongly convex")
    assert found.value == pytest.approx(max((1 - 0.1 * eta) ** 4, (1 - eta) ** 4), rel=1e-5)


@pytest.mark.parametrize("delta", [0.0, 0.5, 4.0])
def test_s1_is_tight_at_one_local_step(delta: float) -> None:
    assert solved(ExactCorrection, delta=delta, eta=tuned(1, delta)).value == pytest.approx(
        2.0, rel=1e-5
    )


@pytest.mark.parametrize("delta", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("K", [1, 2, 3, 4, 5])
def test_s1_is_nearly_tight_over_a_rounds_decrease(K: int, delta: float) -> None:
    eta = tuned(K, delta)
    ratio = solved(ExactCorrection, delta=delta, eta=eta, K=K, decrease=True).value / (
        2 / (eta * K)
    )
    assert 0.96 <= ratio <= 1 + 1e-5


def test_delta_0_is_the_limit_of_small_delta() -> None:
    values = [solved(ExactCorrection, delta=delta, eta=0.9, K=3).value for delta in (0.0, 1e-6)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_methods_without_a_helper() -> None:
    """SGD with momentum, a = 1, is gradient descent; so is AuxMOM when h = f."""
    plain = solved(SGD, eta=0.4, T=3).value
    assert solved(SGDMomentum, eta=0.4, T=3, a=1.0).value == pytest.approx(plain, rel=1e-5)
    assert solved(AuxMOM, eta=0.4, T=3, a=0.3).value == pytest.approx(plain, rel=1e-5)


# -- the same problem, posed otherwise
# --------------------------------------------------------------------


def posed_by_hand(
    method: str, *, L: float, F0: float, delta: float, eta: float, K: int, T: int, a: float
) -> float:
    """The tight G from PEPit as a beginner would pose it: x⁰ and x* free, f* a value, h = f − r a
    function of its own, the pseudocode written out, and a point that nobody needs."""
    pep = PEPit.PEP()
    f = pep.declare_function(PEPit.functions.SmoothFunction, L=L)
    alone = method in ("SGDMomentum", "MVR")
    r = f if alone else pep.declare_function(PEPit.functions.SmoothFunction, L=delta)
    h = f - r
    x = pep.set_initial_point()
    pep.set_initial_point()
    best, _, f_star = f.stationary_point(return_gradient_and_function_value=True)
    pep.set_initial_condition(f(x) - f_star <= F0)
    total = 0.0
    m = None
    before = None
    evaluated = [x, best + 0.5 * x]
    for t in range(T):
        new = r.gradient(x)
        if t == 0 or method == "ExactCorrection":
            m = new
        elif method in ("AuxMOM", "SGDMomentum"):
            m = m - a * m + a * new
        else:
            m = new + m - before - a * m + a * before
        before = new
        y = x
        for _ in range(K):
            total = total + f.gradient(y) ** 2
            evaluated.append(y)
            y = y - eta * m if alone else y - eta * h.gradient(y) - eta * m
        x = y
    for point in evaluated:
        pep.add_constraint(f(point) - f_star >= f.gradient(point) ** 2 / (2 * L))
    pep.set_performance_metric(total / (K * T))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pep.solve(verbose=0, solver="CLARABEL"))


@pytest.mark.parametrize(
    ("method", "K", "T", "delta", "eta", "a"),
    [
        (ExactCorrection, 2, 1, 0.5, 0.8, 1.0),
        (ExactCorrection, 3, 2, 0.3, 0.6, 1.0),
        (ExactCorrection, 1, 2, 1.0, 1.4, 1.0),
        (AuxMOM, 2, 2, 0.2, 0.5, 0.8),
        (AuxMOM, 1, 3, 0.9, 0.25, 0.3),
        (AuxMVR, 2, 2, 0.4, 0.4, 0.5),
        (AuxMVR, 1, 4, 0.7, 0.5, 0.1),
        (SGDMomentum, 1, 3, 1.0, 0.4, 0.4),
        (MVR, 1, 4, 1.0, 0.3, 0.2),
    ],
)
def test_a_needlessly_complicated_way_gives_the_same_value(
    method: Method, K: int, T: int, delta: float, eta: float, a: float
) -> None:
    L = 3.0
    F0 = 0.4
    theirs = posed_by_hand(method.name, L=L, F0=F0, delta=delta * L, eta=eta / L, K=K, T=T, a=a)
    own = solved(method, L=L, F0=F0, delta=delta * L, eta=eta / L, K=K, T=T, a=a)
    assert own.status == "optimal"
    assert own.value == pytest.approx(theirs, rel=2e-5)
    assert solved(method, delta=delta, eta=eta, K=K, T=T, a=a).value * L * F0 == pytest.approx(
        own.value, rel=1e-9
    )


def test_the_gap_scales_with_f0_alone() -> None:
    one = solved(
        ExactCorrection, delta=0.3, mu=0.2, eta=0.5, K=2, measure="gap", function_class="PL"
    )
    other = solved(
        ExactCorrection,
        L=5.0,
        F0=7.0,
        delta=1.5,
        mu=1.0,
        eta=0.1,
        K=2,
        measure="gap",
        function_class="PL",
    )
    assert other.value == pytest.approx(7 * one.value, rel=1e-6)
    assert (one.kind, solved(SGD, eta=1.0).kind) == ("upper", "tight")


def test_another_problem_under_way_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """PEPit counts in its classes; ours comes in between, twice, and prints and warns of
    nothing."""
    pep = PEPit.PEP()
    f = pep.declare_function(PEPit.functions.SmoothConvexFunction, L=1.0)
    x = pep.set_initial_point()
    first = solved(ExactCorrection, delta=0.5, eta=0.8, K=2)
    best = f.stationary_point()
    pep.set_initial_condition((x - best) ** 2 <= 1)
    second = solved(ExactCorrection, delta=0.5, eta=0.8, K=2)
    pep.set_performance_metric(f(x - f.gradient(x)) - f(best))
    assert capsys.readouterr().out == ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert pep.solve(verbose=0, solver="CLARABEL") == pytest.approx(1 / 6, rel=1e-5)
    assert first.value == second.value


# -- the inequalities, the example and the proof
# ----------------------------------------------------------


@pytest.mark.parametrize(
    "method", [*at.methods.ALL, replace(AuxMOM, name="Fading", refresh=lambda m, d, p, a: a * d)]
)
def test_a_walk_is_what_the_other_engines_run(method: Method) -> None:
    A = 0.8
    R = -0.5
    K = 1 if method.single_step else 2
    pair = at.Quadratic(L=A, dim=1, x0=[1.5]).with_helper(delta=-R, gap=[R])
    trace = at.run(method, pair, None, at.Steps(eta=0.4, a=0.3, K=K, T=3), engine="exact")
    case = WorstCaseSpec(method=method, eta=0.4, a=0.3, K=K, T=3, delta=-R, measure="last")
    *path, last = walk(case, 1.5, lambda y: (A * y, R * y))
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
            walk(case, start, lambda y, A=A, R=R, shift=shift: (A @ y, R @ y + shift))
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


# -- refusals
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"constants": at.Constants(L=1.0, F0=1.0, sigma_h=0.1)},
            "noiseless runs only: sigma_h = 0.1",
        ),
        ({"steps": at.Steps(eta=0.1, K=10, T=10)}, "at most 16 points.*has 100"),
        ({"method": Naive, "steps": at.Steps(eta=0.1, K=2, T=1)}, "does not cancel"),
        ({"method": replace(Naive, refresh=lambda m, d, p, a: d * d)}, "affine|\\+ − ×"),
    ],
)
def test_refusals_say_why(change: dict[str, Any], reason: str) -> None:
    given = {
        "method": ExactCorrection,
        "constants": at.Constants(L=1.0, F0=1.0, delta=0.1),
        "steps": at.Steps(eta=0.5, K=2, T=1),
    } | change
    with pytest.raises(RefusedError, match=reason):
        at.worst_case(**given)


def test_a_missing_pepit_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worst_case_module, "find_spec", lambda name: None)
    with pytest.raises(
        RefusedError, match=r"^worst_case needs PEPit: pip install 'auxtheory\[pep\]'$"
    ):
        solved(SGD, eta=1.0)
    assert main(["certify", "--theorem", "S1"]) == 0
    out = capsys.readouterr().out
    assert "pip install 'auxtheory[pep]'" in out and "proven" in out


def test_bad_input_is_listed() -> None:
    good = {
        "method": ExactCorrection,
        "constants": at.Constants(L=1.0, F0=1.0),
        "steps": at.Steps(eta=0.5, K=1, T=1),
    }
    with pytest.raises(InputError) as wrong:
        at.worst_case(fine_tuning(1), {}, None, measure="H", function_class="concave", decrease=1)  # type: ignore[arg-type]
    assert len(wrong.value.complaints) == 6
    for change, complaint in (
        ({"constants": at.Constants(L=np.array([1.0, 2.0]), F0=1.0)}, "L = .*must be one number"),
        ({"function_class": "strongly convex"}, r"mu = 0.0: must be in \(0, 1\)"),
        ({"method": AuxMOM}, "a = None"),
        (
            {"method": AuxMOM, "steps": at.Steps(eta=0.5, a=0.5, K=1, T=1), "decrease": True},
            "keeps its buffer",
        ),
        ({"decrease": True, "measure": "last"}, "must be 'G' with decrease"),
        ({"solver": "CLARABELLE"}, "solver = 'CLARABELLE': must be one of"),
    ):
        with pytest.raises(InputError, match=complaint):
            at.worst_case(**(good | change))  # type: ignore[arg-type]


def test_auto_never_chooses_it() -> None:
    assert worst_case_module.name not in at.engines.ENGINES
