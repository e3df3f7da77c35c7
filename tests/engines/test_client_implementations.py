"""The engine `python` runs clients and servers with S of N clients at work: the same ones as the
engine numpy, and so, without noise, the same iterates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from client_methods import (
    BuffersText,
    FedAvgText,
    MimeText,
    ScaffoldText,
    SharedText,
    buffers,
    fedavg,
    mime,
    scaffold,
    shared,
)

import auxtheory as at
from auxtheory.conformance import Federated
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo import python
from auxtheory.errors import RefusedError

PAIR = at.Quadratic(L=1.0, mu=0.1, dim=3).with_clients(N=5, delta=0.3, zeta=0.5)
QUIET = at.Gaussian()


def zeros(x: Any, N: int, grads: Any) -> Any:
    return 0 * x, [0 * x] * N


def differences(x: Any, N: int, grads: Any, *, grad_f: Any) -> Any:
    return None, [grad_f(x) - grad(x) for grad in grads]


def started(pair: Federated, start: Any) -> Federated:
    return replace(pair, start=start)


PAIRS = {
    "FedAvg": (FedAvgText, started(fedavg(), zeros)),
    "SCAFFOLD": (ScaffoldText, started(scaffold(), zeros)),
    "AuxMOM": (BuffersText, started(buffers(), differences)),
    "AuxMVR": (SharedText, shared()),
    "Mime": (MimeText, started(mime(), zeros)),
}


@pytest.mark.parametrize("S", [2, 5])
@pytest.mark.parametrize(("text", "implementation"), PAIRS.values(), ids=PAIRS)
def test_the_same_clients_work_as_on_the_engine_numpy(
    text: Any, implementation: Any, S: int
) -> None:
    a = {"a": 0.3} if "a" in text.parameters else {}
    more = {"server_step": 0.7} if text is FedAvgText else {}
    steps = at.Steps(eta=0.2, K=2, T=4, S=S, **a, **more)
    sampling = at.Sampling(replicas=3, seed=5, keep_paths=True)
    paths = []
    for method, engine in ((text, numpy_engine), (implementation, python)):
        task = at.Task(method=method, pair=PAIR, noise=QUIET, steps=steps, record=range(1, 5))
        paths.append(np.array(engine.run(task, sampling).paths))
    np.testing.assert_allclose(paths[1], paths[0], rtol=1e-10, atol=1e-12)
    # Other clients work in each replica.
    assert np.ptp(paths[0][-1], axis=1).max() > 1e-3 or S == 5


def test_weights_reach_clients_and_server() -> None:
    pair = at.Quadratic.from_clients(
        np.array([[1.0, 0.5], [0.4, 0.9], [0.2, 0.7]]),
        np.array([[0.5, -0.2], [-0.1, 0.4], [0.3, 0.1]]),
        weights=[0.5, 0.3, 0.2],
    )
    steps = at.Steps(eta=0.2, K=2, T=3, server_step=0.7)
    sampling = at.Sampling(replicas=2, keep_paths=True)
    paths = [
        np.array(engine.run(at.Task(method=m, pair=pair, noise=QUIET, steps=steps), sampling).paths)
        for m, engine in ((FedAvgText, numpy_engine), (started(fedavg(), zeros), python))
    ]
    np.testing.assert_allclose(paths[1], paths[0], rtol=1e-12)


def test_noise_of_some_clients_has_its_variance() -> None:
    """With equal clients a round of FedAvg adds noise of variance η² σ²/S."""
    pair = at.Quadratic(L=1.0, mu=1.0, dim=2, F0=1.0).with_clients(N=4, delta=0.0, zeta=0.0)
    steps = at.Steps(eta=0.5, K=1, T=1, S=2, server_step=1.0)
    task = at.Task(
        method=started(fedavg(), zeros), pair=pair, noise=at.Gaussian(sigma_h=1.0), steps=steps
    )
    trace = python.run(task, at.Sampling(replicas=500))
    # (1 − η)² F0 without noise.
    wanted = 0.25 + 0.5 * 0.5**2 / 2
    assert abs(trace.gap[0, 0] - wanted) < 5 * trace.gap_se[0, 0] < 0.1


@pytest.mark.parametrize("S", [6, 10**6])
def test_a_number_of_clients_out_of_range_is_refused(S: float) -> None:
    task = at.Task(
        method=started(fedavg(), zeros),
        pair=PAIR,
        noise=QUIET,
        steps=at.Steps(eta=0.2, K=1, T=1, S=S, server_step=1.0),
    )
    with pytest.raises(RefusedError, match=r"whole number from 1 to N = 5"):
        python.run(task)
