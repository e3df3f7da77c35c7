"""Sums of further measures along the runs of some replicas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auxtheory.engines.task import Task
from auxtheory.measures import Measure, quantity
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
        self._add("local", state, round_, {})

    def local_steps(self, values: Sequence[Array], round_: int, K: int) -> None:
        """Add the sums (C, R) of the measures over local iterates at the K steps of a round."""
        local = [measure for measure in self.measures if measure.over == "local"]
        for measure, value in zip(local, values, strict=True):
            self._add_value(measure, value, round_, K)

    def at(self, over: str, state: Mapping[str, Array], round_: int) -> None:
        """Add the values at a point of a round, "average" or "starts"."""
        self._add(over, state, round_, {})

    def add(self, measure: Measure, value: Array, round_: int) -> None:
        """Add a value (C, R) of a measure."""
        self._add_value(measure, value, round_, 1)

    def round_done(
        self, state: Mapping[str, Array], round_: int, known: Mapping[str, Array]
    ) -> None:
        """Add the values at the end of a round; known: those by `Measure.key` that are no function
        of the state."""
        self._add("rounds", state, round_, known)

    def _add(
        self, over: str, state: Mapping[str, Array], round_: int, known: Mapping[str, Array]
    ) -> None:
        for measure in self.measures:
            if measure.over == over:
                self._add_value(measure, self._value(measure, state, known), round_, 1)

    def _value(
        self, measure: Measure, state: Mapping[str, Array], known: Mapping[str, Array]
    ) -> Array:
        if measure.key in known:
            return known[measure.key]
        return quantity(measure, state[measure.of], self.pair, self.xp)

    def _add_value(self, measure: Measure, value: Array, round_: int, count: int) -> None:
        """Add the sum of `count` values of a round."""
        # A number, or one for each configuration.
        weight = self.xp.asarray(self.weights[measure.key][round_ - 1])
        weight = weight if weight.ndim == 0 else weight[:, None]
        self.totals[measure.key] = self.totals[measure.key] + weight * value
        self.shares[measure.key] += count * weight

    def values(self, state: Mapping[str, Array], known: Mapping[str, Array]) -> list[Array]:
        """The measures up to now, each of shape (C, R); known: as of `round_done`."""
        return [
            self._value(m, state, known)
            if m.over == "last"
            else self.totals[m.key] / self.shares[m.key]
            for m in self.measures
        ]
