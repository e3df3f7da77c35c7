"""Searches over pairs with clients and with several helpers: wrong bounds are refuted, true ones are
not, and counterexamples can be run and read again."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest
from client_wrong_bounds import WRONG
from moments_in_searches import Moments

import auxtheory as at
from auxtheory import measures, methods, theorems
from auxtheory.engines import Sampling, Task, exact
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.clients import CLIENTS, names_of_groups, pairs_with_clients
from auxtheory.testing.search.layouts import Layout
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.strategies import Budget
from auxtheory.theorems.lookup import all_named

FAST = ("T1, noise over S", "T2, no 1/(1 − β)", "T6a, G for G_avg", "T5, δ_A for L")
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in WRONG if name not in FAST]
# The one whose counterexample needs a Hessian of f of rank one that does not commute with those of
# the clients, and three hundred rounds.
EXAMPLES = {"T7-II, the refuted range": 100_000}


def refuted(claim: at.Theorem, **options: Any) -> Counterexample:
    with pytest.raises(Counterexample) as caught:
        falsify(claim, **options)
    return caught.value


@pytest.mark.parametrize("name", [*FAST, *SLOW])
def test_a_wrong_bound_is_refuted(name: str) -> None:
    found = refuted(WRONG[name], examples=EXAMPLES.get(name, 10_000))
    case = found.configuration
    assert found.verdict.ratio >= 1 + 1e-6 and found.verdict.engine == "exact"
    assert case.pair.helpers is not None and case.steps.parameters["S"] <= case.pair.helpers.N


def test_the_range_of_scaffold_is_refuted_by_clients_that_do_not_commute() -> None:
    claim = WRONG["T7-II, the refuted range"]
    cell = SearchCell(2, 10, 300, np.inf, "theorem", dense=True, layout=Layout((1, 1)))
    diagonal = SearchCell(2, 10, 300, np.inf, "theorem", layout=Layout((1, 1)))
    # The page's instance, in the parameters of a search.
    values = {name: np.array([each.simple]) for name, each in PARAMETERS.items()}
    values |= {"flat": np.array([1e-8]), "flat_start": np.array([0.0])}
    values |= {"delta": np.array([0.125 / 0.75]), "r1": np.array([0.35 / 1.25])}
    values |= {"r1_flat": np.array([-0.35 / 1.25]), "r1_cross": np.array([1.2 / 1.25])}
    adversary = Adversary(claim)
    assert adversary.ratios(cell, {**values, "step": np.array([1.0])})[0] > 100
    assert adversary.ratios(diagonal, {**values, "step": np.array([1.0])})[0] < 1


def test_a_counterexample_with_clients_runs_as_a_script_and_is_read_again() -> None:
    # The clients differ, and one of two works.
    L, F0, eta, K, T = at.symbols("L F0 eta K T")
    S, N = at.symbol("S"), at.symbols("N")
    claim = at.claim(
        2 * F0 / (eta * K * T),
        method=methods.SCAFFOLDExactStart,
        measure=measures.G_avg,
        step_range=[L * eta <= 1, S < N],
    )
    found = refuted(claim, examples=2_000, budget=Budget(K=2, T=2))
    assert "from_clients" in found.snippet or "from_helpers" in found.snippet
    assert "S=" in found.snippet and "at.methods.SCAFFOLDExactStart" in found.snippet
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(found.snippet, {})
    assert "violated" in printed.getvalue()
    again, row = Configuration.read(found.to_json())
    assert again.verdict().status == "violated"
    assert again.verdict().ratio == pytest.approx(row["ratio"], rel=1e-12)
    assert again.steps.parameters["S"] == found.configuration.steps.parameters["S"]


TRUE = (theorems.ClientExactCorrection, theorems.FedAvgSampled, theorems.SCAFFOLDExactStart)


@pytest.mark.parametrize("kind", TRUE, ids=lambda kind: kind.label)
def test_a_true_bound_is_not_refuted(kind: Any) -> None:
    found = falsify(kind(), examples=500, budget=Budget(K=3, T=3))
    assert 0.9 < found.ratio <= 1 + 1e-9
    assert not found.passed_over


ALL = [kind for kind in theorems.LIBRARY if kind.method.program.clients is not None]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
def test_no_theorem_with_clients_is_refuted(kind: Any) -> None:
    assert falsify(kind(), examples=2_000).ratio <= 1 + 1e-9


@pytest.mark.parametrize(
    ("method", "layout"),
    [
        (methods.FedAvg, Layout((1, 1, 1), S=2)),
        (methods.SCAFFOLD, Layout((2, 1), S=2)),
        (methods.LaggedSCAFFOLD, Layout((1, 2), S=1, form="curvatures")),
        (methods.StaleAuxMOM, Layout((1, 1), S=1, clients=False)),
    ],
    ids=lambda value: str(value),
)
def test_what_is_measured_equals_the_average_over_all_choices_of_clients(
    method: Any, layout: Layout
) -> None:
    rng = np.random.default_rng(7)
    values = {name: np.full(3, each.simple) for name, each in PARAMETERS.items()}
    names = names_of_groups(layout, 2, dense=True)
    for name in ("delta", "zeta", "flat", "flat_start", *names):
        values[name] = (PARAMETERS.get(name) or CLIENTS[name]).from_unit(rng.random(3))
    values["delta"] = np.minimum(values["delta"], 0.5)
    pair = pairs_with_clients(values, layout, 2, dense=True)
    a = {"a": 0.3} if method.uses_a else {}
    steps = at.Steps(eta=0.2, K=2, T=3, S=float(layout.at_work), **a)
    asked = (measures.G_avg, measures.G_x)
    noise = at.Gaussian(sigma_f=0.5, sigma_h=1.0)
    task = Task(method=method, pair=pair, noise=noise, steps=steps, measures=asked)
    trace = exact.run(task, Sampling(compiled=False))
    twin = Moments(task).run().at
    for name, measure in (("G", "G"), ("gap", "gap"), ("G_avg", asked[0]), ("G_x", asked[1])):
        np.testing.assert_allclose(trace.measure(measure)[0][0], twin[name], rtol=1e-11)  # type: ignore[arg-type]


def test_the_coverage_names_the_numbers_of_clients_and_of_those_at_work() -> None:
    found = falsify(theorems.FedAvgSampled(), examples=500, budget=Budget(K=1, T=1))
    assert found.coverage.N == (1, 1_000_000) and found.coverage.S is not None
    assert found.coverage.S[0] == 1 and "N = 1…1e+06, S = 1…" in str(found)
    assert found.coverage.to_dict()["N"] == [1, 1_000_000]
    one = falsify(theorems.SGD(), examples=200, budget=Budget(K=1, T=1))
    assert one.coverage.N is None and "N" not in one.coverage.to_dict()


def test_the_name_of_a_method_with_clients_stands_for_the_theorems_about_it() -> None:
    labels = {theorem.label for theorem in all_named(["FedAvg", "T7-II"])}
    assert labels == {"T6a", "T6a-smooth", "T6b", "T7-II"}
    assert [theorem.label for theorem in all_named(["AuxMOM"])] == ["S3"]
