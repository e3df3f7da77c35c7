"""What methods with clients cost, counted by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

import auxtheory as at
from auxtheory.engines.base import costs_at
from auxtheory.methods.cost import cost_of

N, S, K, T, B = 5, 2, 3, 4, 6
# Gradients of f − h_i (or f), and of h_i.
BY_HAND: dict[str, tuple[float, float]] = {
    "ClientNaive": (0, T * S * K),
    "ClientExactCorrection": (N + (T - 1) * S, T * S * K),
    "ClientExactCorrectionOwnSteps": (N + (T - 1) * S, T * S * K),
    "ClientAuxMOM": (N * (B + T - 1), T * S * K),
    "StaleAuxMOM": (N * B + S * (T - 1), T * S * K),
    "ClientAuxMVR": (N * (B + 2 * (T - 1)), T * S * K),
    "StaleAuxMVR": (N * B + 2 * S * (T - 1), T * S * K),
    # The first estimate is the mean of what the clients start from.
    "SharedMomentum": (0, N + (T - 1) * S + T * S * K),
    "SharedMomentumIndependent": (0, N + (T - 1) * 2 * S + T * S * K),
    "SharedMomentumAll": (0, N + (T - 1) * N + T * S * K),
    "SharedMVR": (0, N + (T - 1) * 2 * S + T * S * K),
    "SharedMVRIndependent": (0, N + (T - 1) * 3 * S + T * S * K),
    "SharedMVRAll": (0, N + (T - 1) * 2 * N + T * S * K),
    "SharedDifferences": (B + (T - 1) * S, T * S * K),
    "FedAvg": (0, T * S * K),
    "FedAvgServerStep": (0, T * S * K),
    "SCAFFOLD": (0, T * S * K),
    "SCAFFOLDExactStart": (0, N + T * S * K),
    "SCAFFOLDServerStep": (0, T * S * K),
    "SCAFFOLDOptionI": (0, T * S * (K + 1)),
    "LaggedSCAFFOLD": (0, N + T * S * (K + 1)),
    "MimeMomentum": (0, T * S * (2 * K + 1)),
    "MimeMVR": (0, T * S * (2 * K + 2)),
    "FedProx": (0, T * S),
    "InexactFedProx": (0, T * S * K),
    "DANE": (N + (T - 1) * S, T * S),
    "InexactDANE": (N + (T - 1) * S, T * S * K),
    "FedFix": (0, T * S * K),
    "MemorylessCompletion": (0, T * S * K),
}
GIVEN = {"a": 0.5, "gamma": 1.0}


def steps_of(method: Any, **changes: Any) -> at.Steps:
    needed = {name: GIVEN[name] for name in method.parameters if name in GIVEN}
    local = 1 if method.single_step else K
    return at.Steps(**{"eta": 0.1, "K": local, "T": T, "B": B, "S": S, **needed, **changes})


def test_every_method_is_counted() -> None:
    """Otherwise a new method goes untested."""
    assert sorted(BY_HAND) == sorted(method.name for method in at.methods.CLIENTS)


@pytest.mark.parametrize("name", BY_HAND)
def test_costs_are_those_counted_by_hand(name: str) -> None:
    """Otherwise the cost axis favours a method: local steps of S clients, refreshes of S or N."""
    (phase,) = getattr(at.methods, name).phases(steps_of(getattr(at.methods, name)))
    cost = cost_of(phase, T, clients=N)
    assert (cost.calls_r, cost.calls_h) == BY_HAND[name]
    assert cost_of(phase, 0, clients=N) == at.methods.Cost(0.0, 0.0)


def test_by_default_all_clients_work() -> None:
    """Otherwise the cost of full participation is infinite, or that of one client."""
    for steps in (at.Steps(eta=0.1, K=K, T=T), at.Steps(eta=0.1, K=K, T=T, S=N)):
        (phase,) = at.methods.FedAvg.phases(steps)
        assert cost_of(phase, T, clients=N).calls_h == N * K * T


def test_only_the_steps_that_a_client_makes_are_counted() -> None:
    """Otherwise a client that makes K_i steps, or is ready every τ_i rounds, pays for all."""
    method = at.methods.ClientExactCorrectionOwnSteps
    steps = steps_of(method, K_i=at.per_client([1, 2, 3, 3, 3]), S=N, eta=at.per_client([1] * N))
    (phase,) = method.phases(steps)
    assert cost_of(phase, T, clients=N).calls_h == pytest.approx(T * (1 + 2 + 9), rel=1e-14)
    (phase,) = at.methods.FedFix.phases(
        steps_of(at.methods.FedFix, tau=at.per_client([1, 2, 4, 4, 9]), S=N)
    )
    assert cost_of(phase, T, clients=N).calls_h == pytest.approx(K * (4 + 2 + 1 + 1 + 1), rel=1e-14)


def test_a_period_is_a_whole_number() -> None:
    """Otherwise a client is never ready, without a word."""
    with pytest.raises(at.InputError, match=r"tau = 1.5: must be a whole number"):
        at.methods.FedFix.phases(at.Steps(eta=0.1, K=1, T=2, tau=at.per_client([1, 1.5])))


def test_a_run_counts_the_clients_of_its_pair() -> None:
    """Otherwise a trace prices a round of one client."""
    pair: Any = SimpleNamespace(components=None, helpers=SimpleNamespace(N=N))
    phases = at.methods.StaleAuxMOM.phases(steps_of(at.methods.StaleAuxMOM, B=math.inf))
    first, last = costs_at(phases, [1, T], pair)
    assert (first.calls_r, first.calls_h) == (N, S * K)
    assert (last.calls_r, last.calls_h) == (N + S * (T - 1), S * K * T)


def test_values_that_change_no_number_of_calls_are_counted_once() -> None:
    """Otherwise the cost of a run with own step sizes takes as long as a run for each client."""
    from auxtheory.methods.client_phases import client_phases
    from auxtheory.methods.cost import deciding

    method = at.methods.ClientExactCorrectionOwnSteps
    steps = steps_of(method, eta=at.per_client([1, 2, 3, 4, 5]), K_i=at.per_client([1, 2, 2, 3, 3]))
    (phase,) = method.phases(steps)
    assert deciding(method.program) == {"K_i"}
    assert [share for share, _ in client_phases(phase, deciding(method.program))] == [0.2, 0.4, 0.4]
    assert len(client_phases(phase)) == 5


def test_the_mean_helper_at_the_server_costs_a_gradient_of_each_helper() -> None:
    """Otherwise a gradient at the server that only the clients can give is nearly free."""

    class AtServer(at.Method):
        """The server takes the mean gradient of all helpers at the end of each round."""

        def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
            return y - eta * o.h(y)

        def server(o: Any, x: Any, y: Any, *, eta: Any) -> Any:
            return y - eta * o.h(y, exact=True)

    (phase,) = AtServer.phases(at.Steps(eta=0.1, K=K, T=T, S=S))
    assert cost_of(phase, T, clients=N).calls_h == T * (S * K + N)
