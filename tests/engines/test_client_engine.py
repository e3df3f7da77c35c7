"""Methods with clients on the engine `numpy`: sample by sample those of a plain loop, whatever the
batches, the order of the clients, and their number."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from client_cases import (
    LAWS,
    PAIRS,
    SEED,
    Loop,
    aux_mom,
    fed_avg,
    random_clients,
    run_loop,
    scaffold,
    shared_mvr,
)
from cupy_stand_in import stand_in
from engine_input import engine_input, task_of

from auxtheory import measures, methods
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.per_client import per_client
from auxtheory.engines import ENGINES, Sampling, Task, exact
from auxtheory.engines.monte_carlo import client_sets, clients, cpu, cupy
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo.client_sets import Sets
from auxtheory.errors import RefusedError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Logistic, Quadratic

REPLICAS = 3
K, T = 3, 5
RULES: dict[str, tuple[Any, Any, dict[str, Any], dict[str, Any]]] = {
    "FedAvg": (methods.FedAvg, fed_avg, {}, {}),
    "SCAFFOLD": (methods.SCAFFOLD, scaffold, {}, {}),
    "AuxMOM": (methods.ClientAuxMOM, aux_mom, {"a": 0.3, "B": 2}, {"a": 0.3, "stale": False}),
    "stale": (methods.StaleAuxMOM, aux_mom, {"a": 0.3, "B": 2}, {"a": 0.3, "stale": True}),
    "shared": (methods.SharedMVRIndependent, shared_mvr, {"a": 0.3}, {"a": 0.3}),
}
MEASURES = (measures.G_avg, measures.G_x, measures.gap_mean, measures.distance_last)


def run(method: Any, pair: Any, noise: Any, S: int | None = None, **more: Any) -> Any:
    """A run of `numpy`, with its paths."""
    sampling = {"replicas": REPLICAS, "seed": SEED, "keep_paths": True}
    sampling |= {name: more.pop(name) for name in ("replicas", "seed") if name in more}
    steps = {"eta": 0.1, "K": 1 if method.single_step else K, "T": T, **more}
    steps |= {} if S is None else {"S": S}
    task = Task(
        method=method,
        pair=pair,
        noise=noise,
        steps=Steps(**steps),
        record=range(1, steps["T"] + 1),
        measures=MEASURES,
    )
    return numpy_engine.run(task, Sampling(**sampling))


@pytest.mark.parametrize("S", [2, None])
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", RULES)
def test_every_replica_is_that_of_a_loop(name: str, pair: str, law: str, S: int | None) -> None:
    """Otherwise clients share samples, work in other rounds, or see the variables of others."""
    method, rule, steps, parameters = RULES[name]
    trace = run(method, PAIRS[pair], LAWS[law], S, **steps)
    N = PAIRS[pair].helpers.N
    replicas = [
        run_loop(Loop(PAIRS[pair], LAWS[law], S or N, r), rule, K, T, eta=0.1, **parameters)
        for r in range(REPLICAS)
    ]
    paths = np.stack([r.path for r in replicas], axis=1)
    np.testing.assert_allclose(trace.paths[:, 0], paths, rtol=1e-11, atol=1e-12)
    for measure, field in ((measures.G, "G"), (measures.G_avg, "G_avg"), (measures.G_x, "G_x")):
        values = [getattr(r, field) for r in replicas]
        mean, error = trace.measure(measure)
        np.testing.assert_allclose(mean[-1, 0], np.mean(values), rtol=1e-11)
        wanted = np.std(values, ddof=1) / math.sqrt(REPLICAS)
        np.testing.assert_allclose(error[-1, 0], wanted, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param("diagonal"),
        *(pytest.param(p, marks=pytest.mark.slow) for p in ("dense", "groups")),
    ],
)
@pytest.mark.parametrize("S", [2, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", methods.CLIENTS)
def test_means_are_those_of_the_exact_engine(method: Any, S: int | None, pair: str) -> None:
    """Otherwise one of the two engines runs another method."""
    more = {name: 0.3 for name in ("a", "gamma") if name in method.parameters}
    more |= {"S": S} if S else {}
    task = Task(
        method=method,
        pair=PAIRS[pair],
        noise=LAWS["multiplicative"],
        steps=Steps(eta=0.1, K=1 if method.single_step else K, T=3, B=2, **more),
        measures=MEASURES,
    )
    if exact.refuses(task) is not None:
        pytest.skip("the exact engine refuses it")
    wanted, trace = exact.run(task), numpy_engine.run(task, Sampling(replicas=1500, seed=3))
    for measure in (measures.G, measures.gap_last, measures.grad_last, *MEASURES):
        (value,), (mean, error) = wanted.measure(measure)[0], trace.measure(measure)
        margin = 5 * error[-1] + 1e-11 * np.abs(value)
        assert np.all(np.abs(mean[-1] - value) <= margin), measure.name


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize(
    ("several", "one"),
    [
        (methods.ClientAuxMOM, methods.AuxMOM),
        (methods.StaleAuxMOM, methods.AuxMOM),
        (methods.ClientAuxMVR, methods.AuxMVR),
        (methods.StaleAuxMVR, methods.AuxMVR),
        (methods.ClientExactCorrection, methods.ExactCorrection),
        (methods.ClientNaive, methods.Naive),
    ],
)
def test_one_client_is_the_method_with_one_helper(several: Any, one: Any, dense: bool) -> None:
    """Otherwise results with many helpers do not continue those with one, bit for bit."""
    rotation = {"rotation": 1} if dense else {}
    pair = Quadratic(L=1.0, mu=0.1, dim=4, **rotation).with_helpers(N=1, delta=0.3, zeta=0.5)
    more = {"a": 0.3, "B": 3} if "a" in one.parameters else {}
    first, second = (
        numpy_engine.run(
            Task(
                method=method,
                pair=pair,
                noise=LAWS["multiplicative"],
                steps=Steps(eta=0.1, K=3, T=4, **more),
                record=[1, 4],
                measures=(measures.gap_mean,),
            ),
            Sampling(replicas=300),
        )
        for method in (several, one)
    )
    for name in ("G", "gap", "grad_sq", "G_se", "spread"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    np.testing.assert_array_equal(
        first.measure(measures.gap_mean)[0], second.measure(measures.gap_mean)[0]
    )


def test_one_local_step_of_one_client_is_sgd() -> None:
    """Otherwise FedAvg with one step is another method than SGD."""
    pair = Quadratic(L=1.0, mu=0.1, dim=4).with_clients(N=1)
    noise = Gaussian(sigma_f=0.7, sigma_h=0.7)
    one, other = (
        numpy_engine.run(*engine_input(method, pair, noise, Steps(eta=0.1, K=1, T=4)))
        for method in (methods.FedAvg, methods.SGD)
    )
    np.testing.assert_array_equal(one.gap, other.gap)


@pytest.mark.parametrize("name", RULES)
def test_the_order_of_clients_changes_no_bit(name: str) -> None:
    """Otherwise a list of clients in another order is another experiment."""
    random = np.random.default_rng(2)
    A, b = random.uniform(0.1, 1.0, (6, 3)), random.normal(size=(6, 3))
    method, _, steps, _ = RULES[name]
    traces = [
        run(
            method,
            Quadratic.from_clients(A[order], b[order], x0=np.ones(3)),
            LAWS["gaussian"],
            3,
            **steps,
        )
        for order in (np.arange(6), random.permutation(6))
    ]
    np.testing.assert_array_equal(traces[0].paths, traces[1].paths)
    np.testing.assert_array_equal(traces[0].G, traces[1].G)


@pytest.mark.parametrize("S", [2, None])
@pytest.mark.parametrize("name", RULES)
def test_batches_change_no_bit(name: str, S: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise clients and noise depend on how replicas and visits are put together."""
    method, _, steps, _ = RULES[name]
    pair = random_clients(False, 5)
    whole = run(method, pair, LAWS["multiplicative"], S, replicas=7, **steps)
    for numbers in (1, 40):
        monkeypatch.setattr(numpy_engine, "NUMBERS_AT_ONCE", 3 * numbers)
        monkeypatch.setattr(clients, "NUMBERS_AT_ONCE", numbers)
        parts = run(method, pair, LAWS["multiplicative"], S, replicas=7, **steps)
        np.testing.assert_array_equal(parts.paths, whole.paths)
        for measure in (measures.G, measures.G_avg):
            np.testing.assert_array_equal(parts.measure(measure)[0], whole.measure(measure)[0])


@pytest.mark.parametrize("name", RULES)
def test_all_of_N_is_full_participation(name: str) -> None:
    """Otherwise S = N draws clients, or visits them in another order."""
    method, _, steps, _ = RULES[name]
    some = run(method, PAIRS["groups"], LAWS["gaussian"], PAIRS["groups"].helpers.N, **steps)
    full = run(method, PAIRS["groups"], LAWS["gaussian"], **steps)
    np.testing.assert_array_equal(some.paths, full.paths)


@pytest.mark.parametrize(
    ("method", "room"),
    [(methods.FedAvg, 3), (methods.SCAFFOLDExactStart, 3 * T), (methods.ClientExactCorrection, 3)],
)
def test_a_million_clients_cost_as_those_at_work(
    method: Any, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise variables of clients that never work are kept, or the others lose theirs."""
    pair = random_clients(False, counts=[250_000] * 4)
    rooms = []

    class Noted(Sets):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            rooms.append(self.room)

    monkeypatch.setattr(clients, "Sets", Noted)
    few = run(method, pair, LAWS["gaussian"], 3)
    assert max(rooms) <= room
    if method is methods.SCAFFOLDExactStart:
        monkeypatch.setattr(client_sets, "MANY", 10**6)
        every = run(method, pair, LAWS["gaussian"], 3)
        assert rooms[-1] == 10**6
        np.testing.assert_array_equal(few.paths, every.paths)


class SendsItsLast(methods.Method):
    """Each client sends the point where it ended in the round before."""

    client_state = "c_i"

    def local(o: Any, y: Any, x: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * o.h(y)

    def send(o: Any, y: Any, x: Any, c_i: Any) -> Any:
        return c_i, y

    def server(o: Any, x: Any, c: Any) -> Any:
        return x + c


@pytest.mark.parametrize("numbers", [1, 10**4])
def test_what_is_sent_stays_when_the_client_changes(
    numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the server gets the variable as it is after the message."""
    monkeypatch.setattr(clients, "NUMBERS_AT_ONCE", numbers)
    trace = run(SendsItsLast, PAIRS["diagonal"], Gaussian(), T=2, K=1)
    loop = Loop(PAIRS["diagonal"], Gaussian(), 4, 0)
    x = PAIRS["diagonal"].x0[0]
    ends = [x - 0.1 * loop.h(i, x) for i in range(4)]
    wanted = [x, x + np.mean(ends, axis=0)]
    np.testing.assert_allclose(trace.paths[:, 0, 0], wanted, rtol=1e-12)


class StartsTwice(methods.Method):
    """Server and client begin with a sample each."""

    state, client_state = "x c", "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x)

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return o.h(x)

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (c - c_i)


@pytest.mark.parametrize("engine", [numpy_engine, pytest.param(cpu, marks=pytest.mark.slow)])
def test_server_and_client_begin_with_samples_of_their_own(engine: Any) -> None:
    """Otherwise the noise of the server is that of the first client."""
    pair = Quadratic(L=1.0, mu=0.1, dim=4).with_clients(N=1)
    task = task_of(StartsTwice, pair, Gaussian(sigma_h=0.5), Steps(eta=0.1, K=1, T=1))
    paths = engine.run(task, Sampling(replicas=2, keep_paths=True)).paths
    assert np.all(paths[0] != pair.x0[:, None])


class OwnLaw(Gaussian):
    """A law of a user."""

    def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
        assert np.ndim(index.seed) == 0
        return super().standard(index, oracle, dim, xp)


@pytest.mark.parametrize("S", [2, None])
def test_a_law_of_a_user_gets_one_seed(S: int | None) -> None:
    """Otherwise a law that makes something else of its seed fails, or repeats its samples."""
    own = run(methods.StaleAuxMOM, PAIRS["diagonal"], OwnLaw(sigma_h=0.4, s=0.1), S, a=0.3)
    library = run(methods.StaleAuxMOM, PAIRS["diagonal"], Gaussian(sigma_h=0.4, s=0.1), S, a=0.3)
    np.testing.assert_array_equal(own.paths, library.paths)


@pytest.mark.parametrize("S", [2, None])
def test_a_parameter_of_each_client(S: int | None) -> None:
    """Otherwise a client works with the step size of another."""
    etas = np.array([0.05, 0.1, 0.2, 0.15])
    pair = PAIRS["dense"]
    trace = run(methods.FedAvg, pair, LAWS["gaussian"], S, eta=per_client(etas))
    of_sorted = np.empty(4)
    of_sorted[pair.helpers.order] = etas

    def rule(loop: Loop, K: int) -> Any:
        begin, _, end = fed_avg(loop, K, 0.0)
        return begin, lambda i, y, x, t, k: y - of_sorted[i] * loop.g_h(i, y, t, k), end

    for r in range(REPLICAS):
        path = run_loop(Loop(pair, LAWS["gaussian"], S or 4, r), rule, K, T).path
        np.testing.assert_allclose(trace.paths[:, 0, r], path, rtol=1e-11)


@pytest.mark.parametrize("S", [2, None])
@pytest.mark.parametrize("pair", ["diagonal", "dense"])
@pytest.mark.parametrize(
    ("exact", "steps"),
    [(methods.FedProx, methods.InexactFedProx), (methods.DANE, methods.InexactDANE)],
)
def test_a_proximal_step_is_where_its_gradient_steps_end(
    exact: Any, steps: Any, pair: str, S: int | None
) -> None:
    """Otherwise a proximal step solves another problem."""
    noise = Gaussian()
    one = run(exact, PAIRS[pair], noise, S, gamma=0.7)
    many = run(steps, PAIRS[pair], noise, S, gamma=0.7, eta=0.4, K=100)
    np.testing.assert_allclose(one.paths, many.paths, rtol=1e-8)


def logistic() -> Any:
    """Clients that are parts of a logistic objective."""
    random = np.random.default_rng(4)
    features = random.normal(size=(24, 3))
    labels = (features[:, 0] + 0.5 * random.normal(size=24) > 0).astype(int)
    return Logistic(features=features, labels=labels, l2=0.1).split(N=3, by="iid")


@pytest.mark.parametrize("S", [2, None])
def test_logistic_clients_are_those_of_their_gradients(S: int | None) -> None:
    """Otherwise rows of another client are used, or proximal steps are not exact."""
    pair = logistic()
    trace = run(methods.FedAvg, pair, Gaussian(), S)
    gradient = pair.helpers.gradient

    class OfLogistic(Loop):
        def f(self, x: Any) -> Any:
            return pair.gradients().f(x[None, None])[0, 0]

        def h(self, i: int, x: Any) -> Any:
            return gradient(np.array([self.groups[i]]), x[None, None])[0, 0]

    pair_of_loop = SimpleNamespace(helpers=pair.helpers, minimiser=pair.x_star, x0=pair.x0)
    for r in range(REPLICAS):
        loop = OfLogistic(pair_of_loop, Gaussian(), S or 3, r)
        np.testing.assert_allclose(
            trace.paths[:, 0, r], run_loop(loop, fed_avg, K, T, eta=0.1).path, rtol=1e-11
        )
    one = run(methods.FedProx, pair, Gaussian(), S, gamma=0.7, T=2)
    many = run(methods.InexactFedProx, pair, Gaussian(), S, gamma=0.7, eta=0.4, K=100, T=2)
    np.testing.assert_allclose(one.paths, many.paths, rtol=1e-9)


def test_a_proximal_step_without_a_minimum_is_refused() -> None:
    """Otherwise a saddle point counts as a minimum."""
    pair = Quadratic.from_clients([[3.0, 1.0], [-1.0, 1.0]], x0=[1.0, 1.0])
    with pytest.raises(RefusedError, match="no minimum"):
        run(methods.FedProx, pair, Gaussian(), gamma=2.0)


@pytest.mark.parametrize("S", [2, None])
@pytest.mark.parametrize("pair", ["diagonal", "dense"])
def test_the_same_source_runs_on_cupy(
    pair: str, S: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the engine cupy computes something else, with NumPy standing in for CuPy."""
    monkeypatch.setitem(sys.modules, "cupy", stand_in())
    arguments = engine_input(
        methods.SCAFFOLD, PAIRS[pair], LAWS["gaussian"], Steps(eta=0.1, K=2, T=3, S=S or 4)
    )
    np.testing.assert_allclose(
        cupy.run(*arguments).gap, numpy_engine.run(*arguments).gap, rtol=1e-12
    )


@pytest.mark.parametrize("engine", ["cuda", "cpu", "python"])
def test_other_engines_say_that_they_have_no_clients(engine: str) -> None:
    """Otherwise a method with clients runs as if it had none."""
    task = task_of(methods.FedAvg, PAIRS["dense"], LAWS["gaussian"], Steps(eta=0.1, K=2, T=3))
    assert ENGINES[engine].refuses(task)


def test_variables_of_clients_without_room_are_refused() -> None:
    """Otherwise a run takes all memory there is."""
    pair = random_clients(False, counts=[10**8] * 4)
    task = task_of(methods.ClientAuxMOM, pair, Gaussian(), Steps(eta=0.1, K=2, T=3, S=2, a=0.5))
    reason = numpy_engine.refuses(task)
    assert reason is not None and "N = 400000000 clients" in reason
    task = task_of(methods.FedAvg, pair, Gaussian(), Steps(eta=0.1, K=2, T=3, S=2))
    assert numpy_engine.refuses(task) is None
