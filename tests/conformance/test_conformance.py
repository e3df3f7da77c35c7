"""Right implementations conform, and the report says what was checked."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from kit_cases import (
    AuxMOM,
    AuxMVR,
    auxmom,
    auxmvr,
    caught,
    cause,
    client,
    cross,
    descend,
    diff,
    exchanged,
    server,
)
from variants import variant

import auxtheory as at
from auxtheory.conformance import (
    Case,
    Federated,
    Key,
    NonConforming,
    Report,
    Round,
    check_method,
    checks_of,
    follow,
    parametrize_with_checks,
)
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import InputError


def corrected(x: Any, state: Any, round: Round) -> Any:
    return descend(x, diff(x, round), round), None


def momentum(x: Any, m: Any, round: Round) -> Any:
    g = round.grad_f(x, round.refresh)
    m = g if m is None else (1 - round.a) * m + round.a * g
    return x - round.eta * m, m


RIGHT = {
    "auxmom": (auxmom, AuxMOM),
    "auxmvr": (auxmvr, AuxMVR),
    "exact correction": (corrected, at.methods.ExactCorrection),
    "SGD with momentum": (momentum, at.methods.SGDMomentum),
    "scaffold": (Federated(client=client, server=server), None),
}


@pytest.mark.parametrize(("implementation", "like"), RIGHT.values(), ids=RIGHT)
def test_right_implementations_conform(implementation: Any, like: Any) -> None:
    report = check_method(implementation, like=like)
    assert not report.failed
    assert report["equals the reference"].status == "passed"
    assert report["fixed point"].status == "passed"


@pytest.mark.parametrize("method", at.methods.ALL, ids=lambda method: method.name)
def test_the_librarys_methods_conform(method: Any) -> None:
    report = check_method(method)
    assert report["equals the reference"].status == "passed"
    assert {o.status for o in report.outcomes} == {"passed", "does not apply"}


def test_what_does_not_apply_says_why() -> None:
    naive = check_method(at.methods.Naive)
    assert naive["depends on zeta"].status == "passed"
    assert naive["fixed point"].status == "does not apply"
    assert naive["fixed point"].text == "does not hold for Naive"
    free = check_method(auxmom)
    assert free["equals the reference"].text == "needs like=, the method that this claims to be"
    assert free["independent of zeta"].status == "passed"


def test_the_report_prints_as_a_table_and_is_frozen() -> None:
    report = check_method(auxmom, like=AuxMOM)
    first, head, *rows = str(report).splitlines()
    assert first == "auxmom as AuxMOM"
    assert head.split() == ["property", "status", "what"]
    start = head.index("what")
    properties = [line for line in rows if line[:start].strip()]
    assert len(properties) == len(report.outcomes)
    said = [outcome.text or outcome.says for outcome in report.outcomes]
    assert " ".join(" ".join(line[start:] for line in rows).split()) == " ".join(said)
    with pytest.raises(AttributeError):
        report.like = "AuxMVR"  # type: ignore[misc]


@pytest.mark.parametrize("method", at.methods.ALL, ids=lambda method: method.name)
@pytest.mark.parametrize("s", [0.0, 0.2])
def test_the_reference_is_what_the_engine_runs(method: Any, s: float) -> None:
    """The driver's samples and order are those of the engine numpy."""
    pair = at.Quadratic(L=1.0, mu=0.1, dim=3, x_star=0.5).with_helper(0.3, 0.7)
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.4, correlation=0.3, s=s)
    steps = at.Steps(eta=0.2, a=0.3, K=1 if method.single_step else 3, T=4)
    case = Case(pairs=[pair], noise=noise, steps=steps, exact=method.exact_refresh)
    trace = numpy_engine.run(
        *engine_input(method, pair, noise, steps, replicas=2, record=[1, 2, 3, 4], keep_paths=True)
    )
    np.testing.assert_allclose(
        follow(method, case).x[1:], trace.paths[:, 0, 0], rtol=1e-13, atol=1e-14
    )


BAD_RETURNS: dict[str, tuple[Callable[..., Any], str]] = {
    "not a pair": (lambda x, s, r: x, "it must return a pair (x, state)"),
    "shape": (lambda x, s, r: (x[None], s), "of shape (1, 1); it must be (1,)"),
    "nan": (lambda x, s, r: (x * np.nan, s), "x in round 1 = [nan]; it must be finite"),
    "whole": (lambda x, s, r: (x.astype(int), s), "x of int64; it must be float32 or float64"),
    "list": (lambda x, s, r: (x.tolist(), s), "it must be an array of real numbers"),
    "text": (lambda x, s, r: ("x", s), "it must be an array of real numbers"),
    "raises": (lambda x, s, r: (x / s, s), "raises TypeError: unsupported operand"),
    "key": (
        lambda x, s, r: (r.grad_f(x, 0), s),
        "key = 0: must be round.refresh or one of round.local",
    ),
}


@pytest.mark.parametrize(("step", "expected"), BAD_RETURNS.values(), ids=BAD_RETURNS)
def test_what_does_not_run_is_one_failing_property(step: Any, expected: str) -> None:
    error = caught(step, AuxMOM)
    assert [o.name for o in error.report.failed] == ["returns"]
    assert expected in str(error)
    assert error.report["fixed point"].text == "not checked, because it does not run"


def test_bad_input_lists_everything() -> None:
    with pytest.raises(InputError) as error:
        check_method(3, like="AuxMOM", xp="numpy")  # type: ignore[arg-type]
    assert [line.split(" = ")[0] for line in error.value.complaints] == [
        "implementation",
        "like",
        "xp",
    ]
    with pytest.raises(InputError, match="must be a method with clients, or None for SCAFFOLD"):
        check_method(Federated(client=client, server=server), like=AuxMOM)
    with pytest.raises(InputError) as error:
        Federated(client=1, server=None, controls=2, option="III", partial=1)  # type: ignore[arg-type]
    assert len(error.value.complaints) == 5
    with pytest.raises(InputError, match="must be a Case"):
        follow(auxmom, 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one per client"):
        follow(Federated(client=client, server=server), sized("auxmom"))


def sized(name: str) -> Case:
    """Some case of a step function."""
    assert name
    return Case(
        pairs=[at.toy(delta=0.4, zeta=0.7)],
        noise=at.Gaussian(),
        steps=at.Steps(eta=0.3, a=0.2, K=1, T=1),
    )


def test_the_printed_case_shows_the_failure_again() -> None:
    """The script of a failure is run as it stands, and its x is the one that the failure tells."""
    error = caught(exchanged, AuxMOM)
    outcome = error.report["equals the reference"]
    assert outcome.case is not None and outcome.case.steps.K == 1 and outcome.case.steps.T == 2
    assert outcome.case.x0.shape == (1,) and not np.any(outcome.case.noise.sigma_f)
    case = eval(repr(outcome.case), {"at": at, "Case": Case})
    found = follow(exchanged, case).x[-1]
    wanted = follow(AuxMOM, case).x[-1]
    assert (
        outcome.text
        == f"x after round 2 is {np.array2string(found)}, must be {np.array2string(wanted)}"
    )
    head, script = str(error).split("\n", 1)
    assert head == "exchanged as AuxMOM: 2 of 13 properties fail"
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(script, {"exchanged": exchanged})
    assert f"[{found[0]:.8f}" in shown.getvalue()


def test_single_precision_has_its_own_tolerance() -> None:
    def single(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x.astype(np.float32), m, round)

    assert not check_method(single, like=AuxMOM).failed

    def off(x: Any, m: Any, round: Round) -> Any:
        y, m = single(x, m, round)
        return y * np.float32(1 + 1e-4), m

    assert caught(off, AuxMOM).report["equals the reference"].status == "failed"


def test_a_method_of_ones_own_is_held_against_the_library() -> None:
    class Mine(AuxMOM):
        def refresh(o, x, m, *, a):
            return x, a * m + (1 - a) * o.r(x)

    mine = variant(Mine, "AuxMOM")
    assert "exchanged" in cause(caught(mine), "equals the reference")
    assert check_method(variant(AuxMOM, "Other")).like == ""
    with pytest.raises(NonConforming, match="exchanged"):
        check_method(Mine, like=AuxMOM)


@parametrize_with_checks([auxmom, AuxMOM], like=AuxMOM)
def test_each_check_by_itself(check: Callable[[], Report]) -> None:
    assert len(check().outcomes) == 1


def test_checks_have_names_and_fail_by_themselves() -> None:
    checks = dict(checks_of(exchanged, like=AuxMOM))
    assert "depends on zeta" not in checks and "controls average to c" not in checks
    checks["fixed point"]()
    with pytest.raises(NonConforming, match="1 of 1 properties fails"):
        checks["equals the reference"]()
    marks = parametrize_with_checks([exchanged], like=AuxMOM).args[1]
    assert "exchanged-fixed-point" in [mark.id for mark in marks]
    assert "exchanged-K=1-and-h=0" in [mark.id for mark in marks]


def test_keys_are_the_same_sample_of_f_and_h() -> None:
    case = replace(sized("auxmom"), noise=at.Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=1.0))
    second = case.round(2)
    x = np.array([0.3])
    exact = case.round(1)
    r = [
        round_.grad_f(x, round_.refresh) - round_.grad_h(x, round_.refresh)
        for round_ in (exact, second)
    ]
    np.testing.assert_allclose(r[0], r[1], rtol=0, atol=1e-15)
    assert second.grad_f(x, second.refresh) != exact.grad_f(x, exact.refresh)
    assert exact.refresh == Key(1, 0, "exact") and second.local == (Key(2, 0, "local"),)


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    assert not check_method(auxmom, like=AuxMOM, xp=torch).failed
    assert not check_method(cross(), xp=torch).failed
    assert "exchanged" in cause(caught(exchanged, AuxMOM, xp=torch), "equals the reference")

    def drawn(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y + torch.randn(y.shape), m

    assert (
        "generator of torch" in caught(drawn, AuxMOM, xp=torch).report["global random state"].text
    )


def test_jax() -> None:
    jnp = pytest.importorskip("jax.numpy")
    right, wrong = (dict(checks_of(step, like=AuxMOM, xp=jnp)) for step in (auxmom, exchanged))
    assert right["equals the reference"]()["equals the reference"].status == "passed"
    assert right["translation"]()["translation"].status == "passed"
    with pytest.raises(NonConforming, match="exchanged"):
        wrong["equals the reference"]()
