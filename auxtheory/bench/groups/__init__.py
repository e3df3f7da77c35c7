"""The groups of rows of a benchmark, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from auxtheory import methods
from auxtheory.bench.groups import logistic, moments, monte_carlo, texts
from auxtheory.bench.measure import Group
from auxtheory.bench.sizes import Sizes


def groups(sizes: Sizes, cores: int) -> Mapping[str, Callable[[], Group]]:
    """The function that makes each group, by name; rows with several threads use `cores`
    threads."""
    compared = methods.AuxMOM, methods.AuxMVR
    made: dict[str, Callable[[], Group]] = {}
    made |= {
        f"monte-carlo-{method.name}": partial(monte_carlo.main, sizes, method)
        for method in compared
    }
    made["texts"] = partial(texts.group, sizes)
    for title, size in (("small", sizes.small), ("large", sizes.large)):
        made[title] = partial(monte_carlo.other_size, title, size)
    for axis, values in sizes.axes:
        made[f"scaling-{axis}"] = partial(monte_carlo.scaling, sizes, axis, values)
    made["threads"] = partial(monte_carlo.threads, sizes, cores)
    made |= {
        f"moments-{method.name}": partial(moments.group, sizes, method, cores)
        for method in compared
    }
    made["logistic"] = partial(logistic.group, sizes)
    return made
