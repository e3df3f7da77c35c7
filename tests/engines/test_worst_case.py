"""Worst cases have known values, and the same value when the problem is posed in another way."""

from __future__ import annotations

import warnings

import pytest
from worst_cases import solved, tuned

from auxtheory.methods import (
    MVR,
    SGD,
    AuxMOM,
    AuxMVR,
    ExactCorrection,
    Method,
    SGDMomentum,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    PEPit = pytest.importorskip("PEPit")


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
