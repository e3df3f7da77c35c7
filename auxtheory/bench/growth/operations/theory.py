"""What theorems cost: the catalogue, its table, bounds at many constants, and lower bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from auxtheory.bench.growth.operation import operation

declared = partial(operation, group="Theorems")
# The first theorems of the library, again and again, since others cost more or less.
SAME = 3


@declared("the table of theorems", "theorems", (3, 30, 300), warm=1, covers=("table", "theorems"))
def table(count: int) -> Callable[[], object]:
    from auxtheory.analysis.field import field
    from auxtheory.theorems import LIBRARY

    some = [LIBRARY[i % SAME]() for i in range(count)]
    return lambda: field(some, run=True)


@declared("the statements of theorems", "theorems", (3, 30, 300), warm=1, covers=("show",))
def statements(count: int) -> Callable[[], object]:
    from auxtheory.analysis.field import field
    from auxtheory.theorems import LIBRARY

    some = [LIBRARY[i % SAME]() for i in range(count)]
    return lambda: field(some, run=False)


@declared(
    "tune and bound, configurations", "C", (1_000, 10_000, 100_000), covers=("Theorem", "Steps")
)
def tune(count: int) -> Callable[[], object]:
    from auxtheory.bench.growth.operations.problems import diagonal_pair
    from auxtheory.noise.laws import Gaussian
    from auxtheory.theorems import AuxMOM

    theorem = AuxMOM()
    pair = diagonal_pair(4, np.geomspace(1e-3, 0.5, count))
    noise = Gaussian(sigma_f=1.0)

    def call() -> object:
        constants = theorem.constants(pair, noise)
        return theorem.value(constants, theorem.tune(constants, 10, 1_000))

    return call


@declared("lower bound of SGD", "T", (1_000, 10_000, 100_000), covers=("lower_bounds",))
def lower(T: int) -> Callable[[], object]:
    from auxtheory import lower_bounds
    from auxtheory.bounds.constants import Constants

    constants = Constants(L=1.0, F0=1.0, sigma_f=1.0)
    return lambda: lower_bounds.SGD.value(constants, T=T)


@declared(
    "a bound that a user writes",
    "terms",
    (10, 100, 1_000),
    covers=("claim", "Posynomial", "symbols"),
)
def claim(terms: int) -> Callable[[], object]:
    from auxtheory.bounds.glossary import symbols
    from auxtheory.theorems import SGD
    from auxtheory.theorems import claim as claimed

    L, F0, T = symbols("L F0 T")

    def call() -> object:
        bound = L * F0 / T
        for power in range(1, terms):
            bound = bound + L * F0 / T ** (1 + power / terms)
        return claimed(bound, like=SGD())

    return call


ALL = (table, statements, tune, lower, claim)
