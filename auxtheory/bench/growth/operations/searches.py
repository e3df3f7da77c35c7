"""What searches for counterexamples, checks of implementations and certificates cost."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from auxtheory.bench.growth.operation import operation

declared = partial(operation, group="Searches and checks")


@declared("falsify S3", "examples", (1_000, 10_000, 100_000), covers=("testing.falsify", "falsify"))
def falsify_S3(examples: int) -> Callable[[], object]:
    from auxtheory.testing import falsify
    from auxtheory.theorems import AuxMOM

    return lambda: falsify(AuxMOM(), examples=examples)


@declared("falsify FedAvg", "examples", (100, 1_000, 10_000))
def falsify_clients(examples: int) -> Callable[[], object]:
    from auxtheory.testing import falsify
    from auxtheory.theorems.lookup import all_named

    (theorem,) = all_named(["T6a"])
    return lambda: falsify(theorem, examples=examples)


def method_of(lines: int) -> str:
    """The source of a method whose local step has so many lines."""
    body = [
        *("from auxtheory.methods import Method", "", "class Long(Method):"),
        *('    """A step written at length."""', '    helper = "f"', ""),
        *("    def step(o, x, *, eta):", "        y0 = o.f(x)"),
        *(f"        y{i + 1} = y{i} + y0" for i in range(lines)),
        f"        return x - eta * y{lines}",
    ]
    return "\n".join(body) + "\n"


@declared("replay a case, exact", "T", (1_000, 10_000, 100_000), covers=("replay",))
def replay(T: int) -> Callable[[], object]:
    from auxtheory.noise.laws import Gaussian
    from auxtheory.problems import Quadratic
    from auxtheory.testing import Configuration
    from auxtheory.theorems import SGD

    theorem = SGD()
    pair = Quadratic(L=1.0, dim=2).with_helper(delta=0.0)
    noise = Gaussian(sigma_f=0.1)
    steps = theorem.tune(theorem.constants(pair, noise), 1, T)
    text = Configuration(theorem, pair, noise, steps).to_json()
    return lambda: Configuration.read(text)[0].verdict()


@declared("check a step function", "lines", (10, 100, 1_000), covers=("testing.check_method",))
def check(lines: int) -> Callable[[], object]:
    from auxtheory import methods
    from auxtheory.conformance import check_method

    namespace: dict[str, Any] = {}
    body = "\n".join("    y = y + 0 * x" for _ in range(lines))
    text = f"def step(x, s, round):\n    y = x\n{body}\n"
    exec(f"{text}    return y - round.eta * round.grad_f(x, round.local[0]), s", namespace)
    return lambda: check_method(namespace["step"], like=methods.SGD)


@declared("read a method", "lines", (10, 100, 1_000), covers=("Method",))
def read_method(lines: int) -> Callable[[], object]:
    path = Path("long_method.py")
    path.write_text(method_of(lines), encoding="utf-8")

    def call() -> object:
        linecache.clearcache()
        spec = spec_from_file_location("long_method", path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Long

    return call


@declared(
    "certify a grid",
    "cells",
    (1, 10, 100),
    warm=1,
    covers=("certify", "certify.sandwich", "worst_case", "WorstCase", "Proof"),
)
def certificates(count: int) -> Callable[[], object]:
    from auxtheory import certify
    from auxtheory.theorems import ExactCorrection

    deltas = [0.1 + 0.8 * i / count for i in range(count)]
    cells = certify.cells([ExactCorrection], K=[1], T=[2], delta=deltas, eta_points=1)
    return lambda: certify.sandwich(cells)


@declared(
    "worst case of exact correction",
    "K·T",
    (1, 4, 16),
    warm=1,
    seconds=60.0,
    excepted="a semidefinite program of (K·T)² unknowns",
    exponent=6.0,
)
def worst(points: int) -> Callable[[], object]:
    from auxtheory.bounds.constants import Constants, Steps
    from auxtheory.engines.worst_case.engine import worst_case
    from auxtheory.methods import SGD

    constants = Constants(L=1.0, F0=1.0)
    return lambda: worst_case(SGD, constants, Steps(eta=0.5, K=1, T=points))


ALL = (falsify_S3, falsify_clients, replay, check, read_method, certificates, worst)
