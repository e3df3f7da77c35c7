"""Clients and servers of every method, held against its text: right ones pass, mistakes are
named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from client_methods import (
    RIGHT,
    BuffersText,
    FedAvgText,
    LaggedText,
    MimeText,
    ProxText,
    ScaffoldText,
    SharedText,
    buffers,
    fedavg,
    lagged,
    mime,
    prox,
    scaffold,
    shared,
)
from kit_cases import caught

import auxtheory as at
from auxtheory.conformance import (
    Case,
    Federated,
    NonConforming,
    check_method,
    checks_of,
    follow,
)
from auxtheory.errors import InputError

FAST = ("FedAvg", "SCAFFOLD", "StaleAuxMVR", "MimeMVR", "DANE", "FedFix")


def slow_unless(names: Any, values: Any) -> list[Any]:
    """The values as parameters, all but these slow."""
    marks = {True: (), False: (pytest.mark.slow,)}
    return [pytest.param(v, id=v.name, marks=marks[v.name in names]) for v in values]


@pytest.mark.parametrize("text", slow_unless(("ScaffoldText", "SharedText"), RIGHT))
def test_right_clients_and_servers_conform(text: Any) -> None:
    assert not check_method(RIGHT[text](), like=text).failed


@pytest.mark.parametrize("text", RIGHT, ids=lambda text: text.name)
def test_right_clients_and_servers_have_the_iterates_of_the_text(text: Any) -> None:
    check = dict(checks_of(RIGHT[text](), like=text))["equals the reference"]
    assert not check().failed


LIBRARY = at.methods.CLIENTS


@pytest.mark.parametrize("method", slow_unless(FAST, LIBRARY))
def test_every_method_with_clients_conforms_to_itself(method: Any) -> None:
    checks = dict(checks_of(method))
    for name in ("equals the reference", "translation", "units"):
        assert not checks[name]().failed


def summed(values: Any, weights: Any) -> Any:
    return sum(values)


def plain(values: Any, weights: Any) -> Any:
    return sum(values) / len(values)


def over_all_weights(values: Any, weights: Any) -> Any:
    return sum(w * v for w, v in zip(weights, values, strict=True))


def averaged_twice(values: Any, weights: Any) -> Any:
    return over_all_weights(values, weights) / sum(weights) / len(values)


class Momentum:
    """Local steps with momentum, as an optimiser's option adds them."""

    def __call__(self, x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y, v = x, 0 * x
        for k in range(K):
            v = 0.9 * v + grad(y, k) + c - c_i
            y = y - eta * v
        new = c_i - c + (x - y) / (K * eta)
        return (y - x, new - c_i), new


def with_client(own: Any) -> Federated:
    right = scaffold()
    return Federated(client=own, server=right.server)


def only_present(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
    return x + sum(w * s[0] for w, s in zip(weights, sent, strict=True)) / sum(weights), sum(
        s[1] for s in sent
    ) / len(sent)


def sends_new_control(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    (dx, _), new = scaffold().client(x, c, c_i, grad, eta, K)
    return (dx, new), new


# Wrong implementations: the method, and a part of the cause that must be named.
WRONG: dict[str, tuple[Any, Any, str]] = {
    "sum for mean": (FedAvgText, fedavg(summed), "takes the sum, not the mean"),
    "weights ignored": (FedAvgText, fedavg(plain), "ignores the weights"),
    "weights of all": (FedAvgText, fedavg(over_all_weights), "without dividing by the sum"),
    "averaged twice": (
        FedAvgText,
        fedavg(averaged_twice),
        "divides the weighted mean by the number of clients once more",
    ),
    "no server step": (
        FedAvgText,
        fedavg(lambda v, w: sum(a * b for a, b in zip(v, w, strict=True)) / sum(w) / 0.7),
        "in the server, server_step is left out",
    ),
    "a step too many": (FedAvgText, fedavg(extra=1), "a local step too many"),
    "a step missing": (FedAvgText, fedavg(extra=-1), "a local step is missing"),
    "weight decay": (
        FedAvgText,
        fedavg(decay=0.1),
        "weight decay: they add −0.1 η times y",
    ),
    "momentum": (
        ScaffoldText,
        with_client(Momentum()),
        "the local steps have momentum: y moves further by 0.9 times its last step",
    ),
    "S/N missing": (
        ScaffoldText,
        scaffold(control=lambda c, dc, S, N: c + dc),
        "the factor S/N is missing",
    ),
    "S/N squared": (
        ScaffoldText,
        scaffold(control=lambda c, dc, S, N: c + (S / N) ** 2 * dc),
        "in the server, S/N is squared",
    ),
    "c divided by S": (
        ScaffoldText,
        scaffold(control=lambda c, dc, S, N: c + dc / S),
        "in the server, the change of c is off by the factor N/|S|²",
    ),
    "c not updated": (
        ScaffoldText,
        scaffold(control=lambda c, dc, S, N: c),
        "in the server, c is not updated",
    ),
    "absent clients left out": (
        ScaffoldText,
        Federated(client=sends_new_control, server=only_present),
        "c becomes the mean of c_i over the clients at work alone",
    ),
    "flipped sign": (
        ScaffoldText,
        scaffold(correction=lambda c, c_i: c_i - c),
        "in the local steps, c and c_i have the wrong sign, each",
    ),
    "own control with the wrong sign": (
        ScaffoldText,
        scaffold(correction=lambda c, c_i: c + c_i),
        "in the local steps, c_i has the wrong sign",
    ),
    "divided by η only": (
        ScaffoldText,
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / eta),
        "in what a client does after its local steps, K is left out",
    ),
    "divided by K only": (
        ScaffoldText,
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / K),
        "in what a client does after its local steps, η is left out",
    ),
    "wrong K": (
        ScaffoldText,
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / ((K + 1) * eta)),
        "is off by the factor",
    ),
    "without −c": (
        ScaffoldText,
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i + (x - y) / (K * eta)),
        "in what a client does after its local steps, c is left out",
    ),
    "not kept": (
        ScaffoldText,
        scaffold(kept=lambda c_i, new: c_i),
        "a client does not keep its new c_i",
    ),
    "one sample": (
        ScaffoldText,
        scaffold(sample=lambda k: 0),
        "all local steps take the first one's sample",
    ),
    "half a local step": (
        ScaffoldText,
        scaffold(local=lambda y, g, eta: y - 0.5 * eta * g),
        "in the local steps, the whole local step is off by the factor 0.5",
    ),
    "buffers of all": (BuffersText, buffers(refreshed="all"), "say Federated(refreshed='sampled')"),
    "buffer with the wrong sign": (
        BuffersText,
        buffers(sign=-1.0),
        "in the local steps, m_i has the wrong sign",
    ),
    "buffer with a local sample": (
        BuffersText,
        buffers(sample=0),
        "takes gradients with the samples 0, and must with 0, refresh",
    ),
    "estimate without 1 − a": (
        SharedText,
        shared(weight=lambda a: 1.0),
        "in what the server does before the local steps, a is 0",
    ),
    "reports from the start": (
        SharedText,
        shared(reports_from=1),
        "say Federated(reports_from=2)",
    ),
    "reports of those at work": (
        MimeText,
        mime(reporting="sampled"),
        "say Federated(reporting='independent')",
    ),
    "another sample at x": (
        MimeText,
        mime(at_x=lambda k: k + 50),
        "in round 1 client 0 takes gradients with the samples 0, 50, report, and must with 0, report",
    ),
    "γ for 1/γ": (ProxText, prox(gamma_as=lambda gamma: 1 / gamma), "factor"),
}


# Found by fits, which take longer.
FITTED = ("momentum", "wrong K", "half a local step", "γ for 1/γ")


@pytest.mark.parametrize(
    ("text", "wrong", "named"),
    [
        pytest.param(*case, id=name, marks=(pytest.mark.slow,) if name in FITTED else ())
        for name, case in WRONG.items()
    ],
)
def test_a_mistake_is_found_and_named(text: Any, wrong: Any, named: str) -> None:
    check = dict(checks_of(wrong, like=text))["equals the reference"]
    with pytest.raises(NonConforming) as error:
        check()
    assert named in error.value.report["equals the reference"].cause


def test_a_client_that_adds_in_place_is_named() -> None:
    def aliased(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        (dx, _), new = scaffold().client(x, c, c_i, grad, eta, K)
        old = c_i.copy()
        c_i += new - old
        return (dx, new - old), c_i

    report = caught(Federated(client=aliased, server=scaffold().server), like=ScaffoldText).report
    assert "changes its argument c_i in place" in report["inputs unchanged"].text


def test_a_server_that_adds_in_place_is_named() -> None:
    def aliased(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
        x_new, c_new = scaffold().server(x, c, sent, N, weights=weights)
        c += c_new - c
        return x_new, c

    report = caught(Federated(client=scaffold().client, server=aliased), like=ScaffoldText).report
    assert "changes its argument c in place" in report["inputs unchanged"].text


def test_only_rounds_with_all_clients_may_be_asked_for() -> None:
    wrong = scaffold(control=lambda c, dc, S, N: c + dc)
    full = Federated(client=wrong.client, server=wrong.server, partial=False)
    assert not check_method(full, like=ScaffoldText).failed


def test_the_script_of_a_failure_has_weights_and_clients_at_work() -> None:
    text = str(caught(fedavg(plain), like=FedAvgText))
    assert "weights=[" in text and "S=2" in text


def test_a_reference_with_other_clients_is_refused() -> None:
    def step(x: Any, state: Any, round: Any) -> Any:
        return x, state

    with pytest.raises(InputError, match="must be compared with a Federated"):
        check_method(step, like=FedAvgText)
    with pytest.raises(InputError, match="must be a method with clients"):
        check_method(fedavg(), like=at.methods.AuxMOM)

    class Batched(at.Method):
        def local(o: Any, y: Any, x: Any, *, eta: float) -> Any:
            return y - eta * o.h(y, batch=2)

    with pytest.raises(InputError, match="takes batches"):
        check_method(fedavg(), like=Batched)


def test_a_lagged_control_is_read_at_the_start_of_the_round() -> None:
    right = lagged()

    def at_the_end(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        message, _ = right.client(x, c, c_i, grad, eta, K)
        new = grad(message["model"])
        return {**message, "control": new - c_i}, new

    wrong = Federated(client=at_the_end, server=right.server)
    check = dict(checks_of(wrong, like=LaggedText))["equals the reference"]
    with pytest.raises(NonConforming, match=r"g_i\(x\) is taken at y instead"):
        check()


def test_follow_runs_a_text_with_clients() -> None:
    pairs = [at.Quadratic(L=1.0, dim=1).with_helper(0.4, gap=[g]) for g in (0.4, -0.4)]
    case = Case(pairs=pairs, noise=at.Gaussian(), steps=at.Steps(eta=0.3, K=2, T=3, S=1))
    assert follow(ScaffoldText, case).x.shape == (4, 1)
    np.testing.assert_allclose(follow(ScaffoldText, case).x[1], [np.sqrt(2) * (1 - 0.3 * 0.6) ** 2])
