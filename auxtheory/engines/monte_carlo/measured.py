"""Sums of further measures along the runs of some replicas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auxtheory.engines.task import Task
from auxtheory.measures import quantity
from auxtheory.problems import Pair
from auxtheory.typing import Array


class Sums:
    """The sums of the measures of a task that every run does not have."""

    def __init__(self, task: Task, pair: Pair, xp: Any) -> None:
        self.pair = pair
        self.xp = xp
        self.measures = task.extra
        T = task.steps.T
        self.weights = {m.key: m.weights_of(T) for m in self.measures if m.over != "last"}
        self.totals: dict[str, Any] = dict.fromkeys(self.weights, 0.0)
        self.shares: dict[str, Any] = dict.fromkeys(self.weights, 0.0)

    def local_step(self, state: Mapping[str, Array], round_: int) -> None:
        """Add the values at the start of a local step."""
        self._add("local", state, round_)

    def round_done(self, state: Mapping[str, Array], round_: int) -> None:
        """Add the values at the end of a round."""
        self._add("rounds", state, round_)

    def _add(self, over: str, state: Mapping[str, Array], round_: int) -> None:
        for measure in self.measures:
            if measure.over == over:
                # A number, or one for each configuration.
                weight = self.xp.asarray(self.weights[measure.key][round_ - 1])
                weight = weight if weight.ndim == 0 else weight[:, None]
                value = quantity(measure, state[measure.of], self.pair, self.xp)
                self.totals[measure.key] = self.totals[measure.key] + weight * value
                self.shares[measure.key] += weight

    def values(self, state: Mapping[str, Array]) -> list[Array]:
        """The measures up to now, each of shape (C, R)."""
        return [
            quantity(m, state[m.of], self.pair, self.xp)
            if m.over == "last"
            else self.totals[m.key] / self.shares[m.key]
            for m in self.measures
        ]
