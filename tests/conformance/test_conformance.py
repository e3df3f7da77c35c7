"""Right implementations conform; each mistake that public code was reported to have is caught and
named."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input

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
from auxtheory.conformance.diagnosis import Diagnosis
from auxtheory.conformance.subject import as_subject
from auxtheory.conformance.variants import wrong_methods
from auxtheory.conformance.variants_federated import wrong_scaffolds
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import InputError

AuxMOM = at.methods.AuxMOM
AuxMVR = at.methods.AuxMVR


def diff(x: Any, round: Round) -> Any:
    return round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)


def descend(x: Any, m: Any, round: Round) -> Any:
    for key in round.local:
        x = x - round.eta * (round.grad_h(x, key) + m)
    return x


def auxmom(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


def auxmvr(x: Any, state: Any, round: Round) -> Any:
    m = diff(x, round)
    if state is not None:
        m = m + (1 - round.a) * (state["m"] - diff(state["x"], round))
    return descend(x, m, round), {"m": m, "x": x}


def corrected(x: Any, state: Any, round: Round) -> Any:
    return descend(x, diff(x, round), round), None


def momentum(x: Any, m: Any, round: Round) -> Any:
    g = round.grad_f(x, round.refresh)
    m = g if m is None else (1 - round.a) * m + round.a * g
    return x - round.eta * m, m


def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        y = y - eta * (grad(y, k) + c - c_i)
    new = c_i - c + (x - y) / (K * eta)
    return {"model": y - x, "control": new - c_i}, new


def mean_of(sent: Any, name: str) -> Any:
    return sum(message[name] for message in sent) / len(sent)


def server(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + mean_of(sent, "model"), c + len(sent) / N * mean_of(sent, "control")


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
    assert len(rows) == len(report.outcomes)
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


def caught(implementation: Any, like: Any = None, **options: Any) -> NonConforming:
    with pytest.raises(NonConforming) as error:
        check_method(implementation, like=like, **options)
    return error.value


def cause(error: NonConforming, name: str) -> str:
    """The cause told for one property, which must have failed."""
    outcome = error.report[name]
    assert outcome.status == "failed", error.report
    assert outcome.says in str(error) and outcome.text in str(error)
    return outcome.cause


def wrong_sign(x: Any, m: Any, round: Round) -> Any:
    d = round.grad_h(x, round.refresh) - round.grad_f(x, round.refresh)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


def never_refreshed(x: Any, m: Any, round: Round) -> Any:
    m = diff(x, round) if m is None else m
    return descend(x, m, round), m


def exchanged(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else round.a * m + (1 - round.a) * d
    return descend(x, m, round), m


def applied_once(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x - round.eta * m, 0.0, round), m


def from_zero(x: Any, m: Any, round: Round) -> Any:
    m = (1 - round.a) * (0 * x if m is None else m) + round.a * diff(x, round)
    return descend(x, m, round), m


def stale(x: Any, m: Any, round: Round) -> Any:
    new = diff(x, round) if m is None else (1 - round.a) * m + round.a * diff(x, round)
    return descend(x, new if m is None else m, round), new


def kept_difference(x: Any, state: Any, round: Round) -> Any:
    """AuxMVR with the difference at x_prev of the round before, hence with another sample."""
    d = diff(x, round)
    m = d if state is None else d + (1 - round.a) * (state[0] - state[1])
    return descend(x, m, round), (m, d)


def fresh_sample(x: Any, state: Any, round: Round) -> Any:
    m = diff(x, round)
    if state is not None:
        key = round.local[0]
        m = m + (1 - round.a) * (
            state[0] - round.grad_f(state[1], key) + round.grad_h(state[1], key)
        )
    return descend(x, m, round), (m, x)


def two_samples(x: Any, m: Any, round: Round) -> Any:
    d = round.grad_f(x, round.refresh) - round.grad_h(x, round.local[0])
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


WRONG_STEPS: dict[str, tuple[Any, Any, str, str]] = {
    "sign": (wrong_sign, AuxMOM, "fixed point", "the correction m has the wrong sign"),
    "not refreshed": (
        never_refreshed,
        AuxMOM,
        "equals the reference",
        "the buffer is not refreshed",
    ),
    "a exchanged": (exchanged, AuxMOM, "K = 1 and h = 0", "a and 1 − a are exchanged"),
    "once": (applied_once, AuxMOM, "delta = 0", "applied once a round (before the local steps)"),
    "from zero": (from_zero, AuxMOM, "fixed point", "the first buffer is zero"),
    "late": (stale, AuxMOM, "equals the reference", "the buffer from before its refresh"),
    "kept": (
        kept_difference,
        AuxMVR,
        "equals the reference",
        "another sample than those at x (they were kept",
    ),
    "fresh": (
        fresh_sample,
        AuxMVR,
        "equals the reference",
        "another sample than those at x (a fresh one)",
    ),
    "two samples": (
        two_samples,
        AuxMOM,
        "equals the reference",
        "g_f and g_h of the refresh have different samples",
    ),
    "other": (auxmvr, AuxMOM, "equals the reference", "this is AuxMVR, not AuxMOM"),
}


@pytest.mark.parametrize(
    ("step", "like", "name", "expected"), WRONG_STEPS.values(), ids=WRONG_STEPS
)
def test_wrong_steps_are_caught_and_named(step: Any, like: Any, name: str, expected: str) -> None:
    error = caught(step, like)
    assert expected in cause(error, name)
    assert f"put into {like.name}, this reproduces the numbers of all " in cause(error, name)
    for basic in ("returns", "inputs unchanged", "same call, same answer", "no hidden state"):
        assert error.report[basic].status == "passed"


def test_without_like_a_mistake_is_named_all_the_same() -> None:
    error = caught(wrong_sign)
    assert "wrong sign (put into AuxMOM" in cause(error, "fixed point")
    assert error.report["equals the reference"].status == "does not apply"


def test_an_unknown_mistake_is_placed() -> None:
    def squared(x: Any, m: Any, round: Round) -> Any:
        a = round.a**2
        m = diff(x, round) if m is None else (1 - a) * m + a * diff(x, round)
        return descend(x, m, round), m

    def longer(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, replace(round, eta=round.eta * round.K))
        return y, m

    def decayed(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y - 1e-3 * x, m

    def clipped(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return x + np.clip(y - x, -0.5, 0.5), m

    def single(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y.astype(np.float32).astype(float), m

    def forgetful(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x, None if round.refresh.round == 5 else m, round)

    def keys(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x, m, replace(round, local=round.local[::-1]))

    def told(step: Any) -> str:
        return cause(caught(step, AuxMOM), "equals the reference")

    assert "all is right before round 2: look at what is carried" in told(squared)
    assert "all is right before round 5: look at what is carried" in told(forgetful)
    assert "all is right with fewer than 2 local steps" in told(longer)
    assert "all is right without noise: look at which key" in told(keys)
    case = caught(forgetful, AuxMOM).report["equals the reference"].case
    assert case is not None and (case.x0.size, case.steps.K, case.steps.T) == (1, 1, 5)

    def signed(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return x + 0.1 * np.tanh(y - x), m

    assert "coordinate by coordinate" in cause(caught(signed, AuxMOM), "rotation")
    assert "weight decay" in cause(caught(decayed), "translation")
    assert "clipping threshold" in cause(caught(clipped), "units")
    assert told(single).startswith("single precision inside") and "clip" not in told(single)


def test_a_step_that_changes_x_in_place() -> None:
    def in_place(x: Any, m: Any, round: Round) -> Any:
        _, m = auxmom(x, m, round)
        for key in round.local:
            x -= round.eta * (round.grad_h(x, key) + m)
        return x, m

    error = caught(in_place, AuxMOM)
    assert [o.name for o in error.report.failed] == ["inputs unchanged"]
    assert (
        error.report.failed[0].text
        == "in_place changes its argument x in place; it must return a new one"
    )
    assert "x -= …" in cause(error, "inputs unchanged")


def test_a_step_that_changes_its_state_in_place() -> None:
    def in_place(x: Any, state: Any, round: Round) -> Any:
        state = {"m": diff(x, round)} if state is None else state
        state["m"] *= 1 - round.a
        state["m"] += round.a * diff(x, round)
        return descend(x, state["m"], round), state

    error = caught(in_place, AuxMOM)
    assert [o.text for o in error.report.failed][:1] == [
        "in_place changes its argument state in place; it must return a new one"
    ]


def test_a_step_with_a_buffer_outside_of_its_state() -> None:
    class Hidden:
        m: Any = None

        def __call__(self, x: Any, state: Any, round: Round) -> Any:
            x, self.m = auxmom(x, self.m, round)
            return x, None

    class Reset(Hidden):
        def __call__(self, x: Any, state: Any, round: Round) -> Any:
            self.m = None if round.refresh.round == 1 else self.m
            return super().__call__(x, state, round)

    assert "outside of the state" in cause(caught(Hidden(), AuxMOM), "no hidden state")
    error = caught(Reset(), AuxMOM)
    assert "outside of the state" in cause(error, "no hidden state")
    assert "a run interleaved with another one" in error.report["no hidden state"].text


@pytest.mark.parametrize(
    "draw", [np.random.randn, lambda d: random.gauss(0.0, 1.0)], ids=["numpy", "random"]
)
def test_a_step_that_draws_from_a_global_generator(draw: Callable[[int], Any]) -> None:
    def noisy(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y + 0.1 * draw(x.size), m

    error = caught(noisy, AuxMOM)
    assert "draws from the global generator of" in error.report["global random state"].text
    assert "by their keys" in cause(error, "global random state")
    assert "drawn or counted" in cause(error, "same call, same answer")
    assert "follows from 'same call, same answer'" in cause(error, "fixed point")


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
    with pytest.raises(InputError, match="compared with SCAFFOLD"):
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


def cross(**changes: Any) -> Federated:
    return Federated(**{"client": client, "server": server} | changes)


def scaffold(
    *,
    m: Callable[[Any, Any], Any] = lambda c, c_i: c - c_i,
    new: Callable[..., Any] = lambda x, y, c, c_i, K, eta: c_i - c + (x - y) / (K * eta),
    sent: Callable[[Any, Any], Any] = lambda c_i, new: new - c_i,
    kept: Callable[[Any, Any], Any] = lambda c_i, new: new,
) -> Any:
    """A client with another correction, control update, message or memory."""

    def wrong(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K):
            y = y - eta * (grad(y, k) + m(c, c_i))
        control = new(x, y, c, c_i, K, eta)
        return {"model": y - x, "control": sent(c_i, control)}, kept(c_i, control)

    return wrong


def takes_the_difference_for_the_value(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + mean_of(sent, "model"), mean_of(sent, "control")


def forgets_the_share(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + mean_of(sent, "model"), c + mean_of(sent, "control")


def option_one(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    sent, _ = client(x, c, c_i, grad, eta, K)
    new = grad(x, K)
    return sent | {"control": new - c_i}, new


WRONG_PAIRS: dict[str, tuple[Federated, str, str]] = {
    "epochs": (
        cross(client=scaffold(new=lambda x, y, c, c_i, K, eta: c_i - c + (x - y) / (1 * eta))),
        "equals the reference",
        "times the number of epochs (1), not times that of local steps K",
    ),
    "value added": (
        cross(client=scaffold(sent=lambda c_i, new: new)),
        "controls average to c",
        "the server adds the new control c_i⁺ itself to c, where it must add the difference",
    ),
    "difference as value": (
        cross(server=takes_the_difference_for_the_value),
        "controls average to c",
        "takes the difference c_i⁺ − c_i for the value",
    ),
    "client control never updated": (
        cross(client=scaffold(kept=lambda c_i, new: c_i)),
        "control is own gradient",
        "the client's own control is never updated",
    ),
    "client control never updated nor sent": (
        cross(client=scaffold(kept=lambda c_i, new: c_i, sent=lambda c_i, new: 0 * c_i)),
        "control is own gradient",
        "the client's own control is never updated",
    ),
    "client term dropped": (
        cross(client=scaffold(m=lambda c, c_i: c)),
        "fixed point",
        "leave out the client's control: c, not c − c_i",
    ),
    "correction dropped": (
        cross(client=scaffold(m=lambda c, c_i: 0 * c)),
        "fixed point",
        "leave out the correction c − c_i",
    ),
    "sign": (
        cross(client=scaffold(m=lambda c, c_i: c_i - c)),
        "independent of zeta",
        "the correction has the wrong sign",
    ),
    "share": (cross(server=forgets_the_share), "controls average to c", "the server forgets |S|/N"),
    "option": (cross(client=option_one), "equals the reference", "say Federated(option='I')"),
}


@pytest.mark.parametrize(("pair", "name", "expected"), WRONG_PAIRS.values(), ids=WRONG_PAIRS)
def test_wrong_pairs_are_caught_and_named(pair: Federated, name: str, expected: str) -> None:
    error = caught(pair)
    assert expected in cause(error, name)
    assert "put into SCAFFOLD, this reproduces the numbers of all " in cause(error, name)


def test_an_unknown_mistake_of_a_pair_is_placed() -> None:
    def half(x: Any, c: Any, sent: Any, N: int) -> Any:
        moved, c = server(x, c, sent, N)
        return (x + moved) / 2, c

    found = cause(caught(cross(server=half)), "equals the reference")
    assert found.startswith(
        "the server is wrong: with the reference's in its place all is right; in its new x, "
    )


def test_every_known_mistake_names_itself() -> None:
    """On the method on which no mistake is without effect, and on SCAFFOLD; the numbers of two may
    be the same."""
    steps = [(text, as_subject(step, AuxMVR, np)) for text, step in wrong_methods(AuxMVR)]
    pairs = [(text, step.pair) for text, step in wrong_scaffolds("II")]  # type: ignore[attr-defined]
    named = [
        (text, as_subject(cross(client=p.client, server=p.server), None, np)) for text, p in pairs
    ]
    for text, own in steps + named:
        assert text in Diagnosis(own).known_mistake


def test_random_initial_controls_are_caught() -> None:
    draws = np.random.default_rng(0)

    def drawn(x: Any, N: int) -> Any:
        each = [draws.normal(size=x.shape) for _ in range(N)]
        return sum(each) / N, each

    def fixed(x: Any, N: int) -> Any:
        own = np.random.default_rng(1)
        return own.normal(size=x.shape), [own.normal(size=x.shape) for _ in range(N)]

    error = caught(cross(controls=drawn))
    assert [o.name for o in error.report.failed] == ["initial controls"]
    assert "drawn at random" in error.report["initial controls"].text
    error = caught(cross(controls=fixed))
    assert "the mean of the c_i is" in error.report["initial controls"].text
    assert "start all controls at zero" in cause(error, "initial controls")
    check_method(cross(controls=lambda x, N: (0 * x, [0 * x] * N)))


def test_full_participation_alone_and_option_one_can_be_asked_for() -> None:
    assert (
        check_method(cross(server=forgets_the_share, partial=False))["controls average to c"].status
        == "passed"
    )
    assert (
        check_method(cross(client=option_one, option="I"))["equals the reference"].status
        == "passed"
    )


def test_a_client_that_changes_its_arguments_or_raises() -> None:
    def in_place(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        sent, new = client(x, c, c_i, grad, eta, K)
        c_i[:] = new
        return sent, new

    error = caught(cross(client=in_place))
    assert [o.name for o in error.report.failed] == ["inputs unchanged"]
    assert "client changes its argument c_i in place" in str(error)
    error = caught(cross(server=lambda x, c, sent: (x, c)))
    assert "server raises TypeError" in str(error)
    error = caught(cross(client=lambda x, c, c_i, grad, eta, K: (0, c_i[:0])))
    assert "client returns c_i of shape (0,); it must be (1,)" in str(error)


def test_single_precision_has_its_own_tolerance() -> None:
    def single(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x.astype(np.float32), m, round)

    assert not check_method(single, like=AuxMOM).failed

    def off(x: Any, m: Any, round: Round) -> Any:
        y, m = single(x, m, round)
        return y * np.float32(1 + 1e-4), m

    assert caught(off, AuxMOM).report["equals the reference"].status == "failed"


def test_a_method_of_ones_own_is_held_against_the_library() -> None:
    mine = replace(
        AuxMOM, refresh=lambda m, diff, diff_prev, a: a * m + (1 - a) * diff if a != 1 else diff
    )
    assert "exchanged" in cause(caught(mine), "equals the reference")
    assert check_method(replace(AuxMOM, name="Mine")).like == ""
    with pytest.raises(NonConforming, match="exchanged"):
        check_method(replace(mine, name="Mine"), like=AuxMOM)


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
