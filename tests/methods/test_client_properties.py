"""What is read off the text of a method with clients: affine, elementwise, where gradients are taken."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at


def method(**hooks: Any) -> Any:
    """FedAvg with these hooks and attributes in place of its own."""

    def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
        return y - eta * o.h(y)

    return at.methods.MethodType("Mine", (at.Method,), {"local": local, **hooks}, check_units=False)


@pytest.mark.parametrize("known", at.methods.CLIENTS, ids=lambda known: known.name)
def test_the_library_s_methods_are_affine_and_elementwise(known: Any) -> None:
    """Otherwise the exact engine refuses them, or follows the wrong moments."""
    assert known.not_affine is None and known.not_elementwise is None
    assert known.samples_elsewhere is None


def clipped(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
    g = o.h(y)
    return y - eta * g / o.norm(g)


def state_dependent(o: Any, y: Any, x: Any) -> Any:
    return o.h.prox(y, o.norm(x))


def message(o: Any, x: Any, y: Any) -> Any:
    return o.where(y > 0, y, x)


@pytest.mark.parametrize(
    ("hooks", "where"),
    [
        ({"local": clipped}, "Mine.local is not affine: norm in line"),
        ({"local": state_dependent}, "Mine.local is not affine: norm in line"),
        ({"server": message}, "Mine.server is not affine: a comparison in line"),
    ],
)
def test_reasons_name_hook_and_line(hooks: Any, where: str) -> None:
    """Otherwise a user does not learn which line keeps an engine from a method."""
    assert method(**hooks).not_affine.startswith(where)


def test_a_norm_is_not_elementwise() -> None:
    """Otherwise a loop over coordinates runs on it."""
    assert method(local=clipped).not_elementwise.startswith(
        "Mine.local needs all coordinates: norm"
    )


def at_middle(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
    return y - eta * o.r(0.5 * (x + y))


def at_y(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
    return y - eta * o.r(y)


def after(o: Any, y: Any, x: Any) -> Any:
    return o.f(y)


def moved(o: Any, x: Any, y: Any) -> Any:
    return y - o.f(y)


def last_gradient(o: Any, x: Any, g: Any, y: Any) -> Any:
    return y, o.f(y)


def kept(o: Any, y: Any, x: Any, x_i: Any) -> Any:
    return y, x


def old(o: Any, y: Any, x: Any, x_i: Any, *, eta: Any) -> Any:
    return y - eta * o.r(x_i)


def start(o: Any, x: Any) -> Any:
    return x


def test_gradients_elsewhere_are_named() -> None:
    """Otherwise a theorem's σ_r is not that of the points at which samples are taken."""
    assert method(local=at_y).samples_elsewhere is None
    for hooks, hook in (
        ({"local": at_middle}, "local"),
        ({"send": after}, "send"),
        ({"server": moved}, "server"),
    ):
        reason = method(**hooks).samples_elsewhere
        assert reason.startswith(f"Mine.{hook} takes a gradient at a point that is no iterate")
    # The x that the server makes is not yet that of a round.
    two = {"state": "x g", "start": lambda o, x: (x, 0 * x), "server": last_gradient}
    two["local"] = lambda o, y, x, g: y - g
    assert method(**two).samples_elsewhere.startswith("Mine.server takes a gradient at a point")
    # A client's variable that holds an old x, or the last y, or starts as 0.
    holding = {"client_state": "x_i", "local": old, "client_start": start}
    assert method(**holding, send=kept).samples_elsewhere is None
    last = method(**holding, send=lambda o, y, x, x_i: (y, y))
    assert last.samples_elsewhere.startswith("Mine.local takes a gradient at a point")
    zero = method(client_state="x_i", local=old, send=kept)
    assert zero.samples_elsewhere.startswith("Mine.local takes a gradient at a point")


def test_local_steps_do_not_make_a_refresh_noisy() -> None:
    """Otherwise exact correction counts as a method whose buffer has noise."""
    m = at.methods
    assert m.ClientExactCorrection.exact_refresh and m.DANE.exact_r
    assert not m.ClientAuxMOM.exact_refresh and not m.SCAFFOLDOptionI.exact_refresh
    assert m.ClientAuxMVR.compares_samples and not m.SharedMVR.compares_samples
