"""Mistakes that public implementations of SCAFFOLD have had, by their reports, each found and
named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from client_methods import mean, scaffold

import auxtheory as at
from auxtheory.conformance import Federated, NonConforming, checks_of

SCAFFOLD = at.methods.SCAFFOLD


def sends_the_control(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    (dx, _), new = scaffold().client(x, c, c_i, grad, eta, K)
    return (dx, new), new


def random_start(x: Any, N: int, grads: Any) -> Any:
    controls = np.random.default_rng(0).normal(size=(N, len(x)))
    return controls[0], [*controls[1:], controls[0]]


def unweighted(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
    dx = sum(dx for dx, _ in sent) / len(sent)
    return x + dx, c + len(sent) / N * mean([dc for _, dc in sent], weights)


REPORTED: dict[str, tuple[Federated, str]] = {
    # ki-ljl/Scaffold-Federated-Learning, issue 1; TsingZ0/PFLlib, issue 160.
    "epochs for local steps": (
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / (4 * eta)),
        "in what a client does after its local steps, η is off by the factor 4/K",
    ),
    # TL-System/plato, pull request 386.
    "epochs alone": (
        scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / 4),
        "in what a client does after its local steps, η is off by the factor 4/(η K)",
    ),
    # Xtra-Computing/NIID-Bench, issue 12.
    "c divided by the clients at work": (
        scaffold(control=lambda c, dc, S, N: c + dc),
        "the factor S/N is missing",
    ),
    # TL-System/plato, issue 382.
    "controls for differences": (
        Federated(client=sends_the_control, server=scaffold().server),
        "in what a client does after its local steps, dc is the new c_i itself",
    ),
    # fedbiomed/fedbiomed, merge request 734.
    "the sign of the correction": (
        scaffold(correction=lambda c, c_i: c_i - c),
        "in the local steps, c and c_i have the wrong sign, each",
    ),
    # Xtra-Computing/NIID-Bench, issue 8.
    "controls drawn at random": (
        replace(scaffold(), start=random_start),
        "start returns other values than those of the method",
    ),
    "models without their weights": (
        Federated(client=scaffold().client, server=unweighted),
        "the server ignores the weights of the clients, of y alone",
    ),
}


@pytest.mark.parametrize(("wrong", "named"), REPORTED.values(), ids=REPORTED)
def test_a_reported_mistake_is_found_and_named(wrong: Federated, named: str) -> None:
    with pytest.raises(NonConforming) as error:
        dict(checks_of(wrong, like=SCAFFOLD))["equals the reference"]()
    assert named in error.value.report["equals the reference"].cause
