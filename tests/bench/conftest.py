"""Fixtures that several files of this folder use."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import cache

import pytest
from bench_cases import TINY

from auxtheory import bench
from auxtheory.bench.groups import monte_carlo
from auxtheory.bench.processes import Here
from auxtheory.engines import Sampling, Task, Trace
from auxtheory.engines.monte_carlo import numpy as numpy_engine


def hide(patch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make packages look as if they were not installed."""
    found = importlib.util.find_spec
    patch.setattr(
        importlib.util, "find_spec", lambda name: None if name in packages else found(name)
    )


class StandIn:
    """An engine that takes threads, as `cpu` does, without its compiling."""

    OPTIONS = ("replicas", "seed", "threads")

    @staticmethod
    def refuses(task: Task) -> None:
        """Nothing."""

    @staticmethod
    def run(task: Task, sampling: Sampling) -> Trace:
        return numpy_engine.run(task, sampling)


class Refusing(StandIn):
    """An engine that cannot run here."""

    @staticmethod
    def refuses(task: Task) -> str:
        return "there is no device"


@pytest.fixture
def alone() -> Iterator[pytest.MonkeyPatch]:
    """Without other libraries, and with engines that compile nothing."""
    with pytest.MonkeyPatch.context() as patch:
        hide(patch, "jax", "torch", "numba")
        patch.setattr(
            monte_carlo, "ENGINES", {"numpy": numpy_engine, "cpu": StandIn, "cuda": Refusing}
        )
        yield patch


@cache
def made() -> bench.Report:
    return bench.run(sizes=TINY, lane=Here)


@pytest.fixture
def report(alone: pytest.MonkeyPatch) -> bench.Report:
    """All groups, in this process."""
    return made()
