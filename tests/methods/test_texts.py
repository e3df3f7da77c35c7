"""Texts that cannot be read: each is refused with the method, the hook and the line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.methods.cost import cost_of

PAIR = at.Quadratic(L=1.0, dim=2).with_helper()


def made(body: str, *, hook: str = "o, x, *, eta", before: str = "", within: str = "") -> Any:
    """A method whose step is this text, from code without a source file."""
    lines = [before, "class Mine(at.Method):", "    helper = 'f'", within, f"    def step({hook}):"]
    lines += [f"        {line}" for line in body.splitlines()]
    namespace: dict[str, Any] = {"at": at, "np": np, "math": math}
    exec("\n".join(lines), namespace)
    return namespace["Mine"]


SGD = "return x - eta * o.f(x)"
BUFFER = "    state = 'x m'\n    def start(o, x): return x, {}"
TABLE = "    state = 'x g_i'\n    def start(o, x): return x, 0 * x"
BAD: dict[str, tuple[dict[str, str], str]] = {
    # Impure texts.
    "in place": ({"body": "x -= eta * o.f(x)\nreturn x"}, "changes its arguments"),
    "item": ({"body": "x[0] = 1\nreturn x"}, "changes its arguments"),
    "out": ({"body": "return np.add(x, x, out=x)"}, "changes its arguments"),
    "closure": (
        {"body": "log.append(1)\nreturn x - eta * len(log) * o.f(x)", "before": "log = []"},
        "keeps state",
    ),
    "global": (
        {"body": "global c\nc += 1\nreturn x - eta * c * o.f(x)", "before": "c = 0"},
        "keeps state",
    ),
    "random": ({"body": "return x - eta * np.random.rand() * o.f(x)"}, "keeps state"),
    "stash": ({"body": f"o.last = x\n{SGD}"}, r"o.last = …: a text keeps values in state"),
    # Texts that do not run on arrays.
    "if": ({"body": f"if o.norm(x) > 1:\n    return x\n{SGD}"}, "choose with o.where"),
    "chain": ({"body": f"if 0 < o.t < 3:\n    return x\n{SGD}"}, "choose with o.where"),
    "equal": ({"body": f"if o.t == 1:\n    return x\n{SGD}"}, "not compared with =="),
    "unequal": ({"body": f"if o.t != 1:\n    return x\n{SGD}"}, "not compared with =="),
    "math": ({"body": "return x - math.sqrt(eta) * o.f(x)"}, "must work on arrays"),
    "method": ({"body": "return x - x.mean()"}, r"\.mean cannot be read"),
    "matmul": ({"body": "return x - eta * (x @ o.f(x)) * x"}, r"o\.dot\(u, v\)"),
    "iterate": ({"body": f"for v in x: pass\n{SGD}"}, "not iterable"),
    "cos": ({"body": "return x - eta * np.cos(o.f(x))"}, "np.cos cannot be read: use"),
    "sum": ({"body": "return x - eta * np.sum(o.f(x))"}, "np.sum cannot be read: use"),
    "inv": ({"body": "return x - np.linalg.inv(x)"}, "np.linalg.inv cannot be read"),
    "matrix": ({"body": "return x - eta * w * o.f(x)", "before": "w = np.eye(3)"}, "operand = "),
    "truth": ({"body": "return x - eta * True * o.f(x)"}, "operand = True"),
    "nan": ({"body": "return x - eta * np.nan * o.f(x)"}, "a number that is not one: nan"),
    "generator": ({"body": "yield x"}, "must be a plain function"),
    "name": ({"body": "return x - eta * missing * o.f(x)"}, "NameError: name 'missing'"),
    "recursion": (
        {"body": "return again(o, x)", "before": "def again(o, x): return again(o, x)"},
        "RecursionError",
    ),
    # Oracles.
    "oracle": ({"body": "return x - eta * o.g(x)"}, r"o\.g: there is no such oracle"),
    "no point": ({"body": "return x - eta * o.f()"}, r"o\.f needs a point: o\.f\(x\)"),
    "number": ({"body": "return x - eta * o.f(3)"}, "point = 3: must be a vector"),
    "component": ({"body": "return x - eta * o.f[0](x)"}, r"must be indexed by o\.pick\(\)"),
    "of h": ({"body": "return x - eta * o.h[o.pick()](x)"}, "only f is a sum of components"),
    "index": ({"body": "return x - o.pick() * x"}, "an index or a variable of all components"),
    "subset": ({"body": "return x - o.f[o.subset(0)](x)"}, "n = 0: must be a whole number"),
    "batch": ({"body": "return x - eta * o.f(x, batch=0)"}, "batch = 0: must be a number of at"),
    "coin": ({"body": "return x - eta * o.coin(2) * o.f(x)"}, "p = 2: must be a probability"),
    # Units.
    "sum of units": ({"body": "return x - o.f(x)"}, r"units X and F·X\^-1 are subtracted"),
    "constant": ({"body": f"{SGD} + 1"}, "units X and 1 are added"),
    "point": ({"body": "return x - eta * o.f(o.f(x))"}, r"at a point of unit F·X\^-1"),
    "exp": ({"body": "return x - eta * o.exp(x) * o.f(x)"}, "exp of a value of unit X"),
    "exponent": ({"body": "return x**eta"}, "an exponent has unit"),
    "variable": (
        {
            "body": f"{SGD}, o.f(x)",
            "hook": "o, x, m, *, eta",
            "within": BUFFER.format("x"),
        },
        r"m has unit X, and becomes a value of unit F·X\^-1",
    ),
    # What a hook takes and returns.
    "too many": ({"body": "return x, x"}, "returns 2 values, and must return 1: x"),
    "none": ({"body": "x - eta * o.f(x)"}, "returns x = None"),
    "text": ({"body": "return 'x'"}, "returns x = 'x'"),
    "no o": ({"body": SGD, "hook": "x, *, eta"}, r"takes \(x\), and must take \(o, x\)"),
    "names": ({"body": SGD, "hook": "o, y, *, eta"}, r"takes \(o, y\), and must take \(o, x\)"),
    "star": ({"body": SGD, "hook": "o, x, eta"}, r"step parameters after \*"),
    "args": ({"body": SGD, "hook": "o, x, *more, eta"}, r"must take \(o, x\)"),
    "kwargs": ({"body": SGD, "hook": "o, x, *, eta, **more"}, r"must take \(o, x\)"),
    "default": ({"body": SGD, "hook": "o, x, *, eta='a'"}, "the default must be a number"),
    "number, then vector": (
        {"body": f"{SGD}, m + x", "hook": "o, x, m, *, eta", "within": BUFFER.format("0")},
        "m starts as one number and becomes a vector",
    ),
    "vector, then number": (
        {"body": f"{SGD}, o.norm(x)", "hook": "o, x, m, *, eta", "within": BUFFER.format("x")},
        "m starts as a vector and becomes one number",
    ),
    "table": (
        {"body": f"{SGD}, o.f(x)", "hook": "o, x, g_i, *, eta", "within": TABLE},
        r"g_i has a value of each component: return o\.put",
    ),
    "sum of tables": (
        {"body": f"{SGD}, g_i + g_i", "hook": "o, x, g_i, *, eta", "within": TABLE},
        r"write g_i\[i\]",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_text_is_one_error_with_method_hook_and_line(name: str) -> None:
    """Otherwise a wrong text runs, or its author must search for what is wrong."""
    parts, message = BAD[name]
    with pytest.raises(at.InputError, match=message) as error:
        made(**parts)
    assert isinstance(error.value, at.methods.TextError)
    (complaint,) = error.value.complaints
    place = complaint.partition(": ")[0]
    assert place.startswith("Mine.step, line "), place


ATTRIBUTES = {
    "    state = 'm'": r"Mine.state = 'm': must be different names, x among them",
    "    state = 'x x'": r"Mine.state = 'x x': must be different names",
    "    state = 'x m'": r"Mine.start = None: must be a function \(o, x\) → \(x, m\)",
    "    helper = 'g'": r"Mine.helper = 'g': must be one of h, f, none",
    "    units = {'eta': 'kg'}": r"Mine.units\['eta'\] = 'kg': must be a product of powers",
    "    units = 3": r"Mine.units = 3: must be a mapping",
    "    single_step = 3": r"Mine.single_step = 3: must be True or False",
    "    refresh = 3": r"Mine.refresh = 3: must be a function",
    "    def start(o, x, y): return x": r"Mine.start, line \d+: takes \(o, x, y\)",
    "    def finish(o): return x": r"Mine.finish, line \d+: takes \(o\), and must take \(o, x\)",
}


@pytest.mark.parametrize("within", ATTRIBUTES)
def test_a_bad_attribute_or_hook_is_named(within: str) -> None:
    """Otherwise a misspelt attribute has no effect."""
    with pytest.raises(at.InputError, match=ATTRIBUTES[within]):
        made(SGD, within=within)


def test_a_class_without_a_step_is_refused() -> None:
    """Otherwise a run does nothing."""
    with pytest.raises(at.InputError, match=r"Empty.step = None: must be a function"):

        class Empty(at.Method):
            pass


def test_an_error_shows_the_text_of_its_line() -> None:
    """Otherwise the reader has to open the file."""
    with pytest.raises(at.InputError, match=r"Shown.step, line \d+ `return x - o.f\(x\)`: values"):

        class Shown(at.Method):
            def step(o: Any, x: Any) -> Any:
                return x - o.f(x)


def run(method: Any, measures: Any = (), **parameters: Any) -> Any:
    steps = at.Steps(**{"eta": 0.1, "K": 1, "T": 3, **parameters})
    return at.run(
        method, PAIR, at.Gaussian(), steps, engine="numpy", replicas=2, measures=list(measures)
    )


def test_parameters_are_those_of_the_text() -> None:
    """Otherwise a misspelt parameter is ignored, or a schedule ends before the run."""
    method = made("return x - eta * b * o.f(x)", hook="o, x, *, eta, b")
    for parameters, message in (
        ({}, r"b = None: must be given: Mine uses it"),
        ({"b": 1.0, "c": 2.0}, r"c = 2.0: is not a parameter of Mine: eta, b"),
        ({"b": at.per_round([1.0, 2.0])}, r"b: the schedule has 2 values, and must have T = 3"),
        ({"b": "x"}, r"b = 'x': must be a finite number"),
        ({"b": [[1.0]]}, r"b = "),
    ):
        with pytest.raises(at.InputError, match=message):
            run(method, **parameters)
    grid = run(method, b=np.array([0.0, 1.0]))
    assert grid.gap.shape == (1, 2), "an array of parameters is a grid"
    assert run(method, b=0.0).gap[0] == grid.gap[0, 0]


def test_probabilities_and_batches_are_checked_before_the_run() -> None:
    """Otherwise a probability of 2 counts as 1, and half a sample as none."""
    coin = made("return x - eta * o.coin(p) * o.f(x)", hook="o, x, *, eta, p")
    with pytest.raises(at.InputError, match=r"Mine.step, line \d+: probability 2.0: must be in"):
        run(coin, p=2.0)
    later = at.per_round([0.5, 1.0, 1.5])
    with pytest.raises(at.InputError, match=r"probability 1.5"):
        run(coin, p=later)
    batch = made("return x - eta * o.f(x, batch=n)", hook="o, x, *, eta, n")
    with pytest.raises(at.InputError, match=r"Mine.step, line \d+: batch of 0.5: must be a whole"):
        run(batch, n=0.5)
    assert np.isfinite(run(batch, n=2).gap).all()


def test_arrays_in_a_text_have_d_numbers() -> None:
    """Otherwise the run ends in an error of NumPy."""
    body = "return x - eta * w * o.f(x)"
    with pytest.raises(at.InputError, match=r"Mine.step, line \d+: an array of 3 numbers, and x"):
        run(made(body, before="w = np.arange(3.0)"))
    assert np.isfinite(run(made(body, before="w = np.arange(2.0)")).gap).all()


def test_an_array_of_the_text_is_copied() -> None:
    """Otherwise a change of the array after reading changes the method."""
    namespace: dict[str, Any] = {"w": np.ones(2)}
    w = namespace["w"]

    class Scaled(at.Method):
        """x ← x − η w g."""

        def step(o: Any, x: Any, *, eta: Any) -> Any:
            return x - eta * w * o.f(x)

    before = run(Scaled).gap
    w[:] = 0.0
    np.testing.assert_array_equal(run(Scaled).gap, before)


def test_measures_are_of_the_text_s_vectors() -> None:
    """Otherwise a measure at a misspelt variable ends in a KeyError."""
    for of in ("z", "s"):
        with pytest.raises(
            at.InputError, match=r"must be of a state variable of AdaGradNorm, .* x"
        ):
            run(at.methods.AdaGradNorm, [at.measures.square(of)], b0=1.0)


def test_long_texts_are_read() -> None:
    """Otherwise a text of a thousand operations exceeds the recursion limit, or its cost is counted
    by enumeration of every branch."""
    method = made(
        "for j in range(1000):\n    x = o.where(o.coin(0.5), x - eta * o.f(x) / 1000, x)\nreturn x"
    )
    assert len(method.program.hooks["step"].calls) == 1000
    (phase,) = method.phases(at.Steps(eta=0.1, K=1, T=2))
    assert 1000 <= cost_of(phase, 2).calls_r <= 2000
    assert np.isfinite(run(method, K=1, T=1).gap).all()
