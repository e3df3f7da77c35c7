"""Of many proposed cases the first that fails: a batch is measured at once, what looks like it
confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.errors import AuxtheoryError
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import Cell
from auxtheory.testing.search.shrinking import LENGTHS, Values

# Questions in all, of those asked one at a time; what is not asked by then is taken for no.
MOST = 10_000
BATCH = 2_000  # cases of a batch
WORK = 30_000_000  # local steps of all batches together; what is not asked by then is taken for no
ROUGH = 1 - 1e-9  # a batch and a single case may differ by rounding


@dataclass(eq=False)
class Asking:
    """Asks of cases that are dictionaries of values, d, K, T and B among them, whether `holds` is
    true of them.

    least: the measured/bound that `holds` wants at least; sampled: whether it is known by Monte
    Carlo alone, so that no batch can tell. Answers are remembered.
    """

    adversary: Adversary
    mode: Mode
    least: float
    holds: Callable[[Cell, dict[str, Any]], bool]
    sampled: bool = False
    _known: dict[tuple[Any, ...], bool] = field(default_factory=dict)
    _work: int = 0

    def first(self, proposals: Sequence[Values]) -> Values | None:
        """The first of these of which it holds."""
        for _, group in groupby(proposals, key=_shape):
            for batch in _batches(list(group)):
                for values in self._likely(batch):
                    if self._one(values):
                        return values
        return None

    def split(self, values: Mapping[str, Any]) -> tuple[Cell, dict[str, Any]]:
        """A cell and the values of its genes."""
        genes = {name: value for name, value in values.items() if name not in LENGTHS}
        return Cell(values["dim"], values["K"], values["T"], values["B"], self.mode), genes

    def _one(self, values: Values) -> bool:
        key = tuple(values.items())
        if key not in self._known:
            self._known[key] = len(self._known) < MOST and self.holds(*self.split(values))
        return self._known[key]

    def _likely(self, batch: list[Values]) -> list[Values]:
        """Those of a batch of one cell that are not seen to fall short, all of them where no batch
        can be measured."""
        if self.sampled:
            return batch
        self._work += len(batch) * batch[0]["K"] * batch[0]["T"]
        if self._work > WORK:
            return []
        cell, genes = self.split(batch[0])
        try:
            ratios = self.adversary.ratios(
                cell, {n: np.array([v[n] for v in batch], dtype=float) for n in genes}
            )
        except AuxtheoryError:  # one of them cannot be made
            return batch
        return [
            values
            for values, ratio in zip(batch, ratios, strict=True)
            if ratio >= self.least * ROUGH
        ]


def _shape(values: Values) -> tuple[Any, ...]:
    """What the cases of a batch share: the cell, and which values they have."""
    return (*(values[name] for name in LENGTHS), frozenset(values))


def _batches(group: list[Values]) -> Iterator[list[Values]]:
    for i in range(0, len(group), BATCH):
        yield group[i : i + BATCH]
