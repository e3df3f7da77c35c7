"""The first of many proposed cases that fails: cases are measured in batches, and candidates are
confirmed one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.errors import AuxtheoryError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import DENSE_ROUNDS, LONGEST_STEPWISE, SearchCell
from auxtheory.testing.search.shrinking import LENGTHS, Values

# Cases confirmed one by one, in all; `holds` counts as false for any further case.
MAX_CASES = 10_000
BATCH_SIZE = 2_000  # the largest number of cases in a batch
# Local steps of all batches together; `holds` counts as false for any further case.
MAX_LOCAL_STEPS = 30_000_000
DENSE_COST = 1000  # rounds that cost as much as all of a dense pair, which are combined
BATCH_ROUNDING = 1 - 1e-9  # a case in a batch and the same case alone may differ by rounding


@dataclass(eq=False)
class CaseChecker:
    """Decides whether `holds` is true of cases, which are dictionaries of values including d, K, T
    and B; answers are cached.

    min_ratio: the smallest measured/bound for which `holds` can be true; sampled: whether that is
    known by Monte Carlo only, so that batches cannot exclude cases.
    """

    adversary: Adversary
    mode: Mode
    min_ratio: float
    holds: Callable[[SearchCell, dict[str, Any]], bool]
    sampled: bool = False
    _answers: dict[tuple[Any, ...], bool] = field(default_factory=dict)
    _local_steps: int = 0

    def first(self, proposals: Sequence[Values]) -> Values | None:
        """The first of these cases for which `holds` is true; None if there is none."""
        for _, group in groupby(proposals, key=_shape):
            for batch in _batches(list(group)):
                for values in self._candidates(batch):
                    if self._holds(values):
                        return values
        return None

    def renew(self) -> None:
        """Allow as many local steps again."""
        self._local_steps = 0

    def split(self, values: Mapping[str, Any]) -> tuple[SearchCell, dict[str, Any]]:
        """The cell and the parameters of a case."""
        parameters = {name: value for name, value in values.items() if name not in LENGTHS}
        lengths = {name: values[name] for name in LENGTHS if name in values}
        return SearchCell(**lengths, mode=self.mode), parameters

    def _holds(self, values: Values) -> bool:
        key = tuple(values.items())
        if key not in self._answers:
            self._answers[key] = len(self._answers) < MAX_CASES and self.holds(*self.split(values))
        return self._answers[key]

    def _candidates(self, batch: list[Values]) -> list[Values]:
        """The cases of a batch, all in one cell, whose measured/bound is large enough; all of them
        where a batch cannot be measured."""
        if self.sampled:
            return batch
        cell, parameters = self.split(batch[0])
        combined = cell.T >= (DENSE_ROUNDS if cell.dense else LONGEST_STEPWISE)
        rounds = DENSE_COST if combined else cell.T
        self._local_steps += len(batch) * cell.K * rounds
        if self._local_steps > MAX_LOCAL_STEPS:
            return []
        try:
            ratios = self.adversary.ratios(
                cell, {n: np.array([v[n] for v in batch], dtype=float) for n in parameters}
            )
        except AuxtheoryError:  # one of them cannot be made
            half = len(batch) // 2
            return (
                batch
                if not half
                else [*self._candidates(batch[:half]), *self._candidates(batch[half:])]
            )
        return [
            values
            for values, ratio in zip(batch, ratios, strict=True)
            if ratio >= self.min_ratio * BATCH_ROUNDING
        ]


def _shape(values: Values) -> tuple[Any, ...]:
    """The properties that cases of a batch share: the cell, and the names of their values."""
    return (*(values.get(name) for name in LENGTHS), frozenset(values))


def _batches(group: list[Values]) -> Iterator[list[Values]]:
    for i in range(0, len(group), BATCH_SIZE):
        yield group[i : i + BATCH_SIZE]
