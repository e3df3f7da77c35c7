"""The compiled loop over clients follows the engine `numpy` bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from client_cases import LAWS, PAIRS
from cpu_cases import assert_bitwise
from engine_input import task_of

from auxtheory import measures, methods
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.per_client import per_client
from auxtheory.engines import Sampling, Task, choose
from auxtheory.engines.monte_carlo import client_loops, cpu
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

MEASURES = (measures.G_avg, measures.G_x, measures.gap_mean, measures.grad(over="rounds"))
# One that keeps variables, one that refreshes them; the others take a compiler some time.
SOON = (methods.SCAFFOLDExactStart, methods.StaleAuxMOM)
METHODS = [
    pytest.param(method, id=method.name, marks=() if method in SOON else pytest.mark.slow)
    for method in methods.CLIENTS
    if cpu.refuses(
        task_of(
            method,
            PAIRS["diagonal"],
            Gaussian(),
            Steps(eta=0.1, K=1, T=1, **{n: 0.3 for n in ("a", "gamma") if n in method.parameters}),
        )
    )
    is None
]


def task(method: Any, pair: Any, S: int | None = None, law: str = "multiplicative") -> Task:
    """A run with all kinds of measures."""
    more = {"S": S} if S else {}
    more |= {name: 0.3 for name in ("a", "gamma") if name in method.parameters}
    steps = Steps(eta=0.1, K=1 if method.single_step else 3, T=4, B=2, **more)
    return Task(
        method=method,
        pair=pair,
        noise=LAWS[law],
        steps=steps,
        record=(1, 2, 4),
        measures=MEASURES,
    )


def same(first: Any, second: Any) -> None:
    """Paths bitwise, and sums that are taken in another order to 1e-12."""
    assert_bitwise(first.paths, second.paths)
    for measure in (measures.G, measures.gap_last, measures.grad_last, *MEASURES):
        (one, one_se), (other, other_se) = first.measure(measure), second.measure(measure)
        np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=measure.name)
        np.testing.assert_allclose(one_se, other_se, atol=1e-12 * float(np.max(other)))
    np.testing.assert_allclose(first.spread, second.spread, rtol=1e-12)
    np.testing.assert_allclose(first.local_sq, second.local_sq, rtol=1e-12)


def grid(d: int, N: int, **more: Any) -> Any:
    """Clients of two configurations."""
    target = Quadratic(L=1.0, mu=0.1, dim=d, F0=[0.5, 2.0])
    return target.with_clients(N=N, delta=0.3, zeta=0.5, **more)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_the_paths_of_numpy(method: Any) -> None:
    """Otherwise a client meets the parameters, samples or variables of another."""
    sampling = Sampling(replicas=9, seed=3, keep_paths=True, keep_local=True)
    for pair, S in (
        (PAIRS["diagonal"], None),
        (PAIRS["groups"], 2),
        (grid(5, 6), 4),
        (grid(600, 3), None),
        (grid(600, 3), 2),
        (grid(3, 10**6, groups=4), 2),
    ):
        if method.program.clients.refreshed == "all" and pair.helpers.N > 100:
            continue
        case = task(method, pair, S)
        if cpu.refuses(case) is None:
            same(cpu.run(case, sampling), numpy_engine.run(case, sampling))


@pytest.mark.parametrize("S", [None, 3])
def test_threads_and_chunks_change_no_bit(S: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a result depends on the machine."""
    case = task(methods.SCAFFOLDExactStart, grid(5, 6), S)
    options = {"replicas": 40, "keep_paths": True}
    whole = cpu.run(case, Sampling(**options, threads=1))
    threads = cpu.run(case, Sampling(**options, threads=3))
    monkeypatch.setattr(client_loops, "NUMBERS_AT_ONCE", 200)
    monkeypatch.setattr(client_loops, "CONFIGURATIONS_AT_ONCE", 1)
    chunks = cpu.run(case, Sampling(**options, threads=2))
    for other in (threads, chunks):
        assert_bitwise(other.paths, whole.paths)
        for measure in (measures.G, *MEASURES):
            assert_bitwise(other.measure(measure)[0], whole.measure(measure)[0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pair": PAIRS["dense"]}, "diagonal quadratic clients"),
        ({"pair": PAIRS["weighted"]}, "equal weights"),
        ({"method": methods.FedProx, "steps": {"gamma": 0.3, "K": 1}}, "no proximal steps"),
        ({"steps": {"eta": per_client([0.1, 0.2, 0.3, 0.4]), "K": 2}}, "one value of eta"),
    ],
)
def test_what_has_no_loop_is_refused_with_the_reason(change: Any, reason: str) -> None:
    """Otherwise a run fails within the loop, or is another one."""
    steps = Steps(**{"eta": 0.1, "T": 3, "K": 2, **change.pop("steps", {})})
    parts = {"method": methods.FedAvg, "pair": PAIRS["diagonal"], "noise": Gaussian()}
    case = Task(**parts | change, steps=steps)
    assert reason in str(cpu.refuses(case))
    assert numpy_engine.refuses(case) is None


def test_auto_takes_the_loop_where_there_is_no_exact_engine() -> None:
    """Otherwise methods with clients are sampled more slowly than they could be."""

    class Signs(methods.Method, check_units=False):
        def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
            return y - eta * o.sign(o.h(y))

    steps = Steps(eta=0.1, K=2, T=3)
    names = [
        choose("auto", task_of(Signs, PAIRS[pair], Gaussian(sigma_h=0.1), steps))
        for pair in ("diagonal", "dense")
    ]
    assert names == ["cpu", "numpy"]
