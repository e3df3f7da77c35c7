"""The groups of rows of a benchmark, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from auxtheory import methods
from auxtheory.bench.groups import clients, dense, logistic, moments, monte_carlo, texts
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
    made["same-law"] = partial(monte_carlo.same_law, sizes)
    made["modes"] = partial(monte_carlo.modes, sizes)
    made["texts"] = partial(texts.group, sizes)
    made["clients"] = partial(clients.group, sizes)
    for title, size in (("small", sizes.small), ("large", sizes.large)):
        made[title] = partial(monte_carlo.other_size, title, size)
    made["small-share"] = partial(monte_carlo.small_share, sizes)
    for axis, values in sizes.axes:
        made[f"scaling-{axis}"] = partial(monte_carlo.scaling, sizes, axis, values)
    made["threads"] = partial(monte_carlo.threads, sizes, cores)
    if sizes.device:
        made["gpu"] = partial(monte_carlo.on_gpu, sizes, cores)
    made |= {
        f"moments-{method.name}": partial(moments.group, sizes, method, cores)
        for method in compared
    }
    if sizes.dense:
        made["dense"] = partial(dense.group, sizes)
    few = replace(sizes.logistic, R=sizes.few)
    made["logistic"] = partial(logistic.group, sizes.logistic)
    made["logistic-few"] = partial(logistic.group, few, "few replicas")
    return made
