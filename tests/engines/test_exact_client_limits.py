"""What methods with clients reduce to, and the printed numbers of wrong variants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.engines.exact.clients import doubled
from tests.engines.client_pairs import client_pair, run_exact

M = at.methods
NOISE = at.Gaussian(sigma_f=0.5, sigma_h=0.7, s=0.3)
MEASURES = (at.measures.G_avg, at.measures.G_x, at.measures.distance_last)
ONE_HELPER = {
    M.ClientNaive: M.Naive,
    M.ClientExactCorrection: M.ExactCorrection,
    M.ClientAuxMOM: M.AuxMOM,
    M.ClientAuxMVR: M.AuxMVR,
}


def same(first: Any, second: Any, measures: Any = (), rtol: float = 1e-12) -> None:
    for m in ("G", "gap", "grad_sq", *measures):
        np.testing.assert_allclose(first.measure(m)[0], second.measure(m)[0], rtol=rtol)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("method", ONE_HELPER)
def test_one_helper(method: Any, dense: bool) -> None:
    several = client_pair(counts=[1], clients=False, dense=dense)
    one = replace(several, helpers=None)
    own = {"a": 0.3} if "a" in method.program.parameters else {}
    steps = at.Steps(eta=0.2, K=4, T=6, B=3, **own)
    runs = [
        at.run(m, pair, NOISE, steps, engine="exact")
        for m, pair in ((method, several), (ONE_HELPER[method], one))
    ]
    same(*runs)


def test_one_local_step_is_a_batch_of_clients() -> None:
    class Batch(at.Method):
        def step(o: Any, x: Any, *, eta: Any) -> Any:
            return x - eta * o.f(x, batch=5)

    pair = client_pair(counts=[1, 4], dense=True)
    steps = {"eta": 0.3, "K": 1, "T": 20}
    fedavg = run_exact(M.FedAvg, pair, at.Gaussian(sigma_h=0.7), **steps)
    noise = at.Gaussian(sigma_f=0.7)
    same(fedavg, at.run(Batch, pair, noise, at.Steps(**steps), engine="exact"))


@pytest.mark.parametrize("method", [M.FedAvg, M.SCAFFOLD, M.StaleAuxMOM])
def test_all_clients_at_work(method: Any) -> None:
    pair = client_pair(counts=[2, 1, 1])
    own = {"a": 0.3} if "a" in method.program.parameters else {}
    steps = {"eta": 0.3, "K": 3, "T": 5, **own}
    same(
        run_exact(method, pair, NOISE, MEASURES, S=4, **steps),
        run_exact(method, pair, NOISE, MEASURES, **steps),
        MEASURES,
        rtol=0,
    )


@pytest.mark.parametrize("method", [M.FedAvg, M.SCAFFOLD, M.SharedMVR])
def test_the_order_of_clients_changes_no_bit(method: Any) -> None:
    pair = client_pair(counts=[1, 1, 1, 1])
    order = [2, 0, 3, 1]
    helpers = pair.helpers
    other = replace(helpers, R=helpers.R[:, order], b=helpers.b[:, order], order=np.arange(4))
    own = {"a": 0.3} if "a" in method.program.parameters else {}
    runs = [
        run_exact(method, replace(pair, helpers=h), NOISE, eta=0.3, K=3, T=5, S=2, **own)
        for h in (helpers, other)
    ]
    same(*runs, rtol=0)


@pytest.mark.parametrize("S", [1, 3])
@pytest.mark.parametrize("dense", [False, True])
def test_doubled_rounds_are_rounds_one_by_one(S: int, dense: bool, monkeypatch: Any) -> None:
    pair = client_pair(d=1 if dense else 3, dense=dense, configurations=2)
    measures = (*MEASURES, at.measures.gap(over="rounds"))
    task = at.Task(
        method=M.FedAvg,
        pair=pair,
        noise=at.Gaussian(sigma_h=0.5),
        steps=at.Steps(eta=np.array([0.1, 0.3]), K=5, T=100, S=S),
        record=[1, 7, 64, 100],
        measures=measures,
    )
    together = at.engines.ENGINES["exact"].run(task)
    monkeypatch.setattr(doubled, "FEWEST", 10**9)
    same(together, at.engines.ENGINES["exact"].run(task), measures)


def test_a_configuration_does_not_depend_on_the_others() -> None:
    etas = np.array([0.1, 0.2, 0.3])
    pair = client_pair(counts=[1, 2], dense=True)
    whole = run_exact(M.SCAFFOLD, pair, NOISE, MEASURES, eta=etas, K=3, T=4, S=2)
    alone = run_exact(M.SCAFFOLD, pair, NOISE, MEASURES, eta=0.2, K=3, T=4, S=2)
    for m in ("G", "gap", *MEASURES):
        np.testing.assert_array_equal(whole.measure(m)[0][:, 1], alone.measure(m)[0][:, 0])


def of_numbers(curvatures: Any, slopes: Any, x0: float, counts: Any = None) -> Any:
    """Clients ½ f″x² + g x."""
    A = np.reshape(np.array(curvatures, dtype=float), (-1, 1, 1))
    b = np.reshape(np.array(slopes, dtype=float), (-1, 1))
    options = {} if counts is None else {"counts": counts}
    return at.Quadratic.from_clients(A, b, x0=[x0], **options)


def test_printed_numbers_of_wrong_variants() -> None:
    """Theorems about clients with a smaller bound, at the cases that refute them."""
    quiet, noisy = at.Gaussian(), at.Gaussian(sigma_h=1.0)
    pair = of_numbers([1, 1], [1, -1], 1e-3)
    G = run_exact(M.FedAvg, pair, quiet, eta=0.2, K=5, T=100).G[0, 0]
    assert G == pytest.approx(0.151, rel=0.01)
    pair = of_numbers([1, 1], [1, -1], 0.01)
    trace = run_exact(M.FedAvg, pair, quiet, (at.measures.G_x,), eta=0.5, K=1, T=400, S=1)
    assert trace.measure(at.measures.G_x)[0][0, 0] == pytest.approx(0.332, rel=0.01)
    pair = of_numbers([1], [0], 1e-9, [8])
    trace = run_exact(M.FedAvg, pair, noisy, (at.measures.G_avg,), eta=1.0, K=1, T=400)
    assert trace.measure(at.measures.G_avg)[0][0, 0] == pytest.approx(0.1247, rel=0.001)
    for K, printed in ((2, 1.0286), (3, 1.0336), (5, 1.0164)):
        pair = of_numbers([1 + 1 / K, 1 - 1 / K], [0, 0], 1.0)
        measures = (at.measures.G_avg,)
        trace = run_exact(M.SCAFFOLDExactStart, pair, quiet, measures, eta=1.0, K=K, T=3000)
        ratio = trace.measure(at.measures.G_avg)[0][0, 0] * K * 3000 / (2 * 0.5)
        assert ratio == pytest.approx(printed, abs=2e-4)
    pair = of_numbers([1, 0], [0, 0], 1.0, [30, 30])
    trace = run_exact(
        M.LaggedSCAFFOLD, pair, quiet, (at.measures.G_x,), eta=0.65 / 4, K=4, T=300, S=1
    )
    ratio = trace.measure(at.measures.G_x)[0][0, 0] * 0.65 * 300 / (2 * 0.25)
    assert ratio == pytest.approx(9.7, rel=0.01)
