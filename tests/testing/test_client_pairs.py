"""Pairs with clients and with helpers as a search draws them: batches and single pairs, constants,
layouts and cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.client_cells import kinds_of
from auxtheory.testing.search.clients import (
    CLIENTS,
    names_of_groups,
    pair_with_clients,
    pairs_with_clients,
    removed,
    with_entries,
)
from auxtheory.testing.search.layouts import Layout, random_layout
from auxtheory.testing.search.parameters import PARAMETERS

SIMPLE = {name: parameter.simple for name, parameter in PARAMETERS.items()}
L, F0, eta, K, T, delta, N = at.symbols("L F0 eta K T delta N")
S = at.symbol("S")
C = 5


def drawn(layout: Layout, dim: int, dense: bool, seed: int = 0) -> dict[str, Any]:
    """Values of a batch, half of them at corners."""
    rng = np.random.default_rng(seed)
    corners = rng.choice([0.0, 0.1, 0.5, 1.0], size=(C, 200))
    u = np.where(rng.random((C, 200)) < 0.5, corners, rng.random((C, 200)))
    values: dict[str, Any] = {name: np.full(C, value) for name, value in SIMPLE.items()}
    names = names_of_groups(layout, dim, dense=dense)
    for i, name in enumerate(("delta", "zeta", "flat", "flat_start", *names)):
        known = PARAMETERS.get(name) or CLIENTS[name]
        values[name] = known.from_unit(u[:, i])
    values["delta"] = np.maximum(values["delta"], 0.01)
    values["zeta"] = np.maximum(values["zeta"], 0.01)
    return values


LAYOUTS = [
    Layout((1, 1)),
    Layout((3, 1, 2)),
    Layout((2, 5), form="curvatures"),
    Layout((1, 1, 4), form="curvatures"),
    Layout((2, 1), clients=False),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize(("dim", "dense"), [(1, False), (2, False), (2, True)])
def test_pairs_of_a_batch_are_those_of_single_cases(layout: Layout, dim: int, dense: bool) -> None:
    values = drawn(layout, dim, dense)
    batch = pairs_with_clients(values, layout, dim, dense=dense)
    assert batch.helpers is not None and batch.helpers.clients == layout.clients
    of_batch = batch.constants()
    for i in range(C):
        single = {name: float(value[i]) for name, value in values.items()}
        one = pair_with_clients(single, layout, dim, dense=dense)
        assert one.helpers is not None and one.helpers.N == layout.N
        c = one.constants()
        for name in ("L", "F0", "delta"):
            expected = getattr(of_batch, name)[i]
            np.testing.assert_allclose(getattr(c, name), expected, rtol=1e-9, atol=1e-12)
        for name in ("delta_m", "delta_bar", "delta_A", "ell"):
            of_one, of_all = getattr(one.helpers, name)[0], getattr(batch.helpers, name)[i]
            np.testing.assert_allclose(of_one, of_all, rtol=1e-9, atol=1e-12)
        there = np.zeros((C, 1, dim))
        expected = batch.helpers.zeta(there)[i, 0]
        found = one.helpers.zeta(np.zeros((1, 1, dim)))[0, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layout", [one for one in LAYOUTS if one.form == "gaps"], ids=str)
@pytest.mark.parametrize(("dim", "dense"), [(1, False), (2, True)])
def test_delta_and_zeta_are_the_drawn_ones(layout: Layout, dim: int, dense: bool) -> None:
    values = drawn(layout, dim, dense, seed=1)
    helpers = pairs_with_clients(values, layout, dim, dense=dense).helpers
    assert helpers is not None
    alike = helpers.delta_m == 0  # all entries may be drawn as 0
    wanted = np.where(alike, 0.0, values["delta"])
    np.testing.assert_allclose(helpers.delta_m, wanted, rtol=1e-12)
    zeta = helpers.zeta(np.zeros((C, 1, dim)))[:, 0]
    np.testing.assert_allclose(zeta, np.where(zeta > 0, values["zeta"], 0.0), rtol=1e-12)
    assert not np.all(alike) and np.any(zeta)


@pytest.mark.parametrize(("dim", "dense"), [(1, False), (2, False), (2, True)])
def test_clients_given_by_curvatures_are_convex(dim: int, dense: bool) -> None:
    layout = Layout((1, 2, 1), form="curvatures")
    pair = pairs_with_clients(drawn(layout, dim, dense, seed=2), layout, dim, dense=dense)
    assert pair.helpers is not None
    assert np.all(pair.helpers.weak_convexity == 0) and np.any(pair.helpers.delta_m > 0.1)  # type: ignore[attr-defined]
    np.testing.assert_allclose(pair.constants().L, 1.0, rtol=1e-12)
    np.testing.assert_allclose(pair.constants().F0, 1.0, rtol=1e-9)


def test_clients_of_rank_one_need_not_commute() -> None:
    layout = Layout((1, 1), form="curvatures")
    values = {**SIMPLE, "k1": 0.0, "k1_flat": 1.0, "k2": 0.0, "k2_flat": 1.0, "k2_angle": 30.0}
    pair = pair_with_clients(values, layout, 2, dense=True)
    H = pair.helpers.hessians[0]  # type: ignore[union-attr]
    assert np.allclose([np.linalg.det(h) for h in H], 0.0, atol=1e-12)
    assert np.linalg.norm(H[0] @ H[1] - H[1] @ H[0]) > 0.1


@pytest.mark.parametrize("layout", [one for one in LAYOUTS if one.clients], ids=str)
@pytest.mark.parametrize(("dim", "dense"), [(1, False), (2, False), (2, True)])
def test_entries_describe_the_same_case(layout: Layout, dim: int, dense: bool) -> None:
    values = {name: float(value[0]) for name, value in drawn(layout, dim, dense, seed=3).items()}
    one = pair_with_clients(values, layout, dim, dense=dense)
    entries = with_entries(values, layout, dim, dense=dense)
    form = Layout(layout.counts, layout.S, "entries")
    again = pair_with_clients({**SIMPLE, **entries, "absolute": 1.0}, form, dim, dense=dense)
    for part in ("A", "R", "b"):
        pairs = (getattr(pair.helpers, part) for pair in (one, again))
        np.testing.assert_allclose(*pairs, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.x0, again.x0, rtol=1e-12)


def test_a_group_can_be_left_out() -> None:
    layout = Layout((3, 1, 2))
    values = {"r1": 0.1, "r2": 0.2, "r3": 0.3, "b2": 1.0, "layout": layout, "eta": 0.5}
    assert layout.without(0) == Layout((1, 2))
    assert removed(values, layout, 0) == {"r1": 0.2, "r2": 0.3, "b1": 1.0, "eta": 0.5}
    assert removed(values, layout, 2) == {"r1": 0.1, "r2": 0.2, "b2": 1.0, "eta": 0.5}
    few = Layout((1, 1), S=1).without(1)
    assert few == Layout((1,), S=0)


def test_simpler_layouts_have_fewer_clients_or_fewer_at_work() -> None:
    simpler = Layout((4, 1), S=3).simpler()
    assert Layout((3, 1), S=3) in simpler and Layout((4, 1), S=1) in simpler
    assert Layout((4, 1), S=0) in simpler and Layout((2, 1), S=3) not in simpler
    assert all(one.S < one.N for one in simpler) and simpler[0].N == min(s.N for s in simpler)


def test_random_layouts_cover_small_and_large_numbers_of_clients() -> None:
    rng = np.random.default_rng(0)
    layouts = [
        random_layout(u.tolist(), True, ("gaps", "curvatures")) for u in rng.random((500, 4))
    ]
    assert {one.N for one in layouts} >= {1, 2, 3, 4, 5, 6}
    assert max(one.N for one in layouts) > 1e6 and max(one.groups for one in layouts) == 6
    assert {one.S for one in layouts} >= {0, 1, 2, 3}
    assert all(0 <= one.S < one.N and min(one.counts) > 0 for one in layouts)
    assert {one.form for one in layouts if one.groups > 1} == {"gaps", "curvatures"}


ALL_CLIENTS = at.claim(
    2 * F0 / (eta * K * T), method=methods.FedAvg, step_range=[L * eta <= 1, S >= N]
)
ANY_HELPERS = at.claim(
    2 * F0 / (eta * K * T), method=methods.ClientAuxMOM, step_range=[L * eta <= 1]
)
CLIENTS_ALONE = at.claim(
    2 * F0 / (eta * K * T),
    method=methods.FedAvg,
    assumptions=[delta <= 0],
    step_range=[L * eta <= 1],
)


def test_helpers_are_searched_unless_a_theorem_is_about_clients() -> None:
    assert kinds_of(type(ANY_HELPERS)) == (True, False)
    assert kinds_of(type(CLIENTS_ALONE)) == (True,)
    layouts = [cell.layout for cell in Adversary(ANY_HELPERS).listed_cells()]
    assert {one.clients for one in layouts if one is not None} == {True, False}


def test_only_layouts_that_conditions_allow_are_searched() -> None:
    adversary = Adversary(ALL_CLIENTS)
    cells = [*adversary.listed_cells(), *adversary.dense_cells(), *adversary.random_cells(5_000)]
    assert cells and all(cell.layout is not None and cell.layout.S == 0 for cell in cells)
    some = Adversary(CLIENTS_ALONE)
    at_work = {cell.layout.S for cell in some.listed_cells() if cell.layout}
    assert {0, 1, 2} <= at_work


def test_every_listed_layout_is_searched_and_dense_cells_do_not_commute() -> None:
    adversary = Adversary(CLIENTS_ALONE)
    cells = list(adversary.listed_cells())
    numbers = {cell.layout.N for cell in cells if cell.layout}
    assert {1, 2, 3, 4, 6, 10, 1000, 1_000_000} <= numbers
    assert {cell.dim for cell in cells} == {1, 2}
    names = {name for cell in adversary.dense_cells() for name in adversary._names(cell)}
    assert {"r1_cross", "k2_angle", "flat", "delta"} <= names
    assert not names & {"gap", "gap_angle", "noise_angle", "sigma_f", "correlation", "s"}
    # Where no bound is about them, ζ and its direction are not searched in dense cells.
    of_all = {name for cell in cells for name in adversary._names(cell)}
    assert not names & {"zeta", "b1_flat"} and {"zeta", "b1_flat"} <= of_all
