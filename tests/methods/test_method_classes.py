"""Methods are classes that travel and print: copies, pickles, other processes, IPython, help."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import pydoc
from typing import Any

import pytest

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.methods import MethodType, from_rules


class Heavy(at.Method):
    """A method of one's own, at the top of a module."""

    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any = 0.5) -> Any:
        v = beta * v - eta * o.f(x)
        return x + v, v


def damped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * diff / 2


def G(method: MethodType, eta: float = 0.1) -> str:
    """What a process computes with a method that was sent to it."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper(0.3, 0.5)
    steps = at.Steps(eta=eta, K=1, T=3, a=0.5)
    return float(
        at.run(method, pair, at.Gaussian(), steps, engine="numpy", replicas=2).G[-1, 0]
    ).hex()


@pytest.mark.parametrize("method", [*at.methods.ALL, Heavy], ids=repr)
def test_a_method_is_copied_and_pickled_by_its_name(method: MethodType) -> None:
    """Otherwise a study of a method is another study after it was sent to a worker."""
    assert pickle.loads(pickle.dumps(method)) is method
    assert copy.copy(method) is method and copy.deepcopy({"m": method})["m"] is method


def test_a_method_of_rules_is_pickled_by_its_rules() -> None:
    method = from_rules(name="Damped", refresh=damped)
    again = pickle.loads(pickle.dumps(method))
    assert (again.name, again.program.key) == ("Damped", method.program.key)
    assert G(again) == G(method) != G(at.methods.AuxMOM)


def test_a_process_of_its_own_computes_the_same() -> None:
    """With spawn nothing is inherited: the method is found, or read again, there."""
    methods = [at.methods.AuxMOM, from_rules(name="Damped", refresh=damped)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(G, methods) == [G(method) for method in methods]


def test_how_methods_print() -> None:
    """IPython calls `_repr_pretty_` on the class object; help() shows the text's docstring."""

    class Printer(io.StringIO):
        text = io.StringIO.write

    assert repr(Heavy) == "Heavy" and repr(at.methods.AuxMOM) == "at.methods.AuxMOM"
    for method in (Heavy, at.methods.AuxMOM):
        printer = Printer()
        method._repr_pretty_(printer, False)
        assert printer.getvalue() == repr(method)
    text = pydoc.plain(pydoc.render_doc(Heavy))
    assert "A method of one's own" in text and "step(o" in text


def test_a_method_is_no_function() -> None:
    with pytest.raises(InputError, match=r"Heavy: is a method itself: write Heavy, not Heavy\(\)"):
        Heavy()
