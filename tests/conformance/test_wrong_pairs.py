"""Each mistake in a client and server that public code was reported to have is caught and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kit_cases import AuxMVR, caught, cause, client, cross, mean_of, server

from auxtheory.conformance import (
    Federated,
    check_method,
)
from auxtheory.conformance.diagnosis import Diagnosis
from auxtheory.conformance.subject import as_subject
from auxtheory.conformance.variants import wrong_methods
from auxtheory.conformance.variants_federated import wrong_scaffolds


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
