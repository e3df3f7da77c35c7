"""The cells of a search for a method with clients: lengths as for any method, and layouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.errors import AuxtheoryError
from auxtheory.noise.laws import Gaussian
from auxtheory.testing.search.cells import AllowedLengths, SearchCell, batch, log_uniform, uses_B
from auxtheory.testing.search.clients import pairs_with_clients
from auxtheory.testing.search.layouts import Form, Layout, random_layout
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem

# The numbers of clients in each group, and how many work in a round (0: all).
LAYOUTS = (
    ((1, 1), 0),
    ((1, 1), 1),
    ((1,), 0),
    ((1, 1, 1), 0),
    ((2, 2), 1),
    ((1, 3), 0),
    ((1, 1, 1), 2),
    ((10,), 0),
    ((3, 3), 3),
    ((1, 5), 1),
    ((5, 5), 1),
    ((10,), 1),
    ((1, 1, 1, 1, 1, 1), 2),
    ((1, 29), 0),
    ((30, 30), 1),
    ((1, 9), 5),
    ((1000,), 1),
    ((1_000_000,), 1),
)
# The same in cells of pairs whose Hessians do not commute.
DENSE_LAYOUTS = (((1, 1), 0), ((1, 1), 1), ((1, 1, 1), 0), ((2, 1), 2))
# (K, T) of the list, and of cells of dense pairs.
LENGTHS = (
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (3, 3),
    (10, 1),
    (1, 10),
    (4, 20),
    (10, 10),
    (1, 100),
    (20, 50),
    (3, 300),
    (10, 300),
)
DENSE_LENGTHS = ((2, 2), (3, 10), (10, 3), (4, 50), (10, 300))
LAYOUTS_AT_ONCE = 6  # different layouts with each K, T and B
MAX_K_T = 100, 300  # the largest random K and T
MAX_STEPS = 3000  # the largest random K·T


def listed_client_cells(
    theorem: Theorem, dims: Sequence[int], budget: Budget | None
) -> Iterator[SearchCell]:
    """The cells of the list, or of one budget, from the smallest to the largest."""
    batches = (np.inf, 1.0) if uses_B(theorem) else (np.inf,)
    every = list(_layouts(theorem, LAYOUTS))
    layouts = cycle(every)
    at_once = len(every) if budget else LAYOUTS_AT_ONCE
    for K, T in _sizes(theorem, budget, LENGTHS):
        for B in (budget.B,) if budget else batches:
            for mode in theorem.regimes:
                for i, layout in enumerate(islice(layouts, at_once)):
                    if allows(theorem, layout, K, T, B):
                        yield SearchCell(dims[i % len(dims)], K, T, B, mode, layout=layout)


def dense_client_cells(theorem: Theorem, budget: Budget | None, mode: Mode) -> list[SearchCell]:
    """The cells of pairs of two coordinates whose Hessians do not commute."""
    B = budget.B if budget else np.inf
    return [
        SearchCell(2, K, T, B, mode, dense=True, layout=layout)
        for K, T in _sizes(theorem, budget, DENSE_LENGTHS)
        for layout in _layouts(theorem, DENSE_LAYOUTS)
        if layout.groups > 1 and allows(theorem, layout, K, T, B)
    ]


def random_client_cells(
    theorem: Theorem, dims: Sequence[int], count: int, seed: int
) -> list[SearchCell]:
    """Cells with random K, T, B and layouts."""
    rng = np.random.default_rng([seed, 21])
    kinds = kinds_of(type(theorem))
    allowed = AllowedLengths(theorem)
    cells = []
    for i in range(count):
        u = rng.random(8)
        clients = kinds[i % len(kinds)]
        layout = random_layout(u[:4].tolist(), clients, forms(clients))
        K, T = allowed.nearest(log_uniform(u[4], MAX_K_T[0]), log_uniform(u[5], MAX_K_T[1]))
        T = min(T, max(MAX_STEPS // K, 1))
        mode = theorem.regimes[i % len(theorem.regimes)]
        B = batch(u[6]) if uses_B(theorem) else np.inf
        dim = dims[int(u[7] * len(dims))]
        for one in (layout, replace(layout, S=0)):
            if allows(theorem, one, K, T, B):
                cells.append(SearchCell(dim, K, T, B, mode, layout=one))
                break
    return cells


def _sizes(
    theorem: Theorem, budget: Budget | None, lengths: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """K and T of a list that the theorem allows, from small to large."""
    if budget:
        return [(1 if theorem.method.single_step else budget.K, budget.T)]
    allowed = AllowedLengths(theorem)
    sizes = dict.fromkeys(allowed.nearest(K, T) for K, T in lengths)
    return sorted(sizes, key=lambda size: size[0] * size[1])


def _layouts(theorem: Theorem, listed: Sequence[Any]) -> Iterator[Layout]:
    """The layouts of a list for this theorem, with each form of the parameters."""
    for counts, S in listed:
        for clients in kinds_of(type(theorem)):
            for form in forms(clients):
                layout = Layout(counts, S, form, clients)
                if (len(counts) > 1 or form == "gaps") and allows(
                    theorem, layout, None, None, None
                ):
                    yield layout


def forms(clients: bool) -> tuple[Form, ...]:
    """The forms of parameters that are searched."""
    return ("gaps", "curvatures") if clients else ("gaps",)


def allows(theorem: Theorem, layout: Layout, K: Any, T: Any, B: Any) -> bool:
    """Whether the conditions on the lengths alone, such as S ≥ N, hold."""
    values = {"K": K, "T": T, "B": B, "N": layout.N, "S": layout.at_work}
    known = {name: float(value) for name, value in values.items() if value is not None}
    conditions = (*theorem.assumptions, *theorem.step_range)
    return all(bool(c.holds(known)) for c in conditions if c.names and c.names <= known.keys())


def example_pair(clients: bool = True) -> Any:
    """A pair of two clients or helpers."""
    values: dict[str, Any] = {name: each.simple for name, each in PARAMETERS.items()}
    values |= {"delta": 0.1, "zeta": 0.1, "r1": 1.0, "r2": 0.5, "b1": 1.0, "b2": 0.5}
    return pairs_with_clients(values, Layout((1, 1), clients=clients), 1, dense=False)


@lru_cache(maxsize=256)
def kinds_of(kind: type[Theorem]) -> tuple[bool, ...]:
    """Whether f is the mean of the h_i in the pairs that a theorem is about: (True,) where it
    demands that, otherwise (True, False)."""
    theorem = kind()
    try:
        c = theorem.constants(example_pair(clients=False), Gaussian()).values()
    except AuxtheoryError:
        return (True,)
    broken = any(
        not np.all(each.holds(c)) for each in theorem.assumptions if each.names <= c.keys()
    )
    return (True,) if broken else (True, False)
