"""What the configurations share whose numbers tests/golden/methods keeps: methods, choices, files.

A configuration is a function of its number: all choices are made from uniform numbers of a seeded
generator, and runs go through public names alone, so that the numbers outlive the form in which
methods are written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.machine import machine

FOLDER = Path(__file__).parents[1] / "golden" / "methods"
SINGLE = "SGD", "SGDMomentum", "MVR"  # methods that take no more than one local step
METHODS: dict[str, Any] = {method.name: method for method in at.methods.ALL} | {
    "FineTuning": at.methods.fine_tuning(2),
    "FineTuning late": at.methods.fine_tuning(40, eta_f=0.05),
    "FineTuning SGDMomentum": at.methods.fine_tuning(1, then=at.methods.SGDMomentum, eta_f=0.2),
    "FineTuning MVR": at.methods.fine_tuning(3, then=at.methods.MVR),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What `at.Task` takes."""

    method: Any
    pair: Any
    noise: Any
    steps: at.Steps
    record: Sequence[int]

    @property
    def start(self) -> Any:
        """‖x⁰ − x*‖², shape (C,) or (1,)."""
        return np.sum((self.pair.x0 - self.pair.x_star) ** 2, axis=-1)


class Chooser:
    """Choices made from uniform numbers on [0, 1), the only ones whose bits NumPy keeps."""

    def __init__(self, *seed: int) -> None:
        self._random = np.random.default_rng(seed).random

    def chance(self, probability: float) -> bool:
        return bool(self._random() < probability)

    def among(self, values: Sequence[Any]) -> Any:
        return values[int(self._random() * len(values))]

    def real(self, low: float, high: float) -> float:
        """Uniform on [low, high], in steps of a millionth of it."""
        return low + (high - low) * round(self._random() * 1e6) / 1e6

    def reals(self, number: int, low: float, high: float) -> list[float]:
        return [self.real(low, high) for _ in range(number)]

    def whole(self, low: int, high: int) -> int:
        """From low to high, small numbers as likely as large ones."""
        return int(low * ((high + 1) / low) ** self._random())

    def level(self, count: int, low: float, high: float, zero: float = 0.0) -> Any:
        """0 with a probability, otherwise one number, or one for each of `count` configurations."""
        varies = count > 1 and self.chance(0.4)
        values = self.reals(count if varies else 1, low, high)
        if self.chance(zero):
            return 0.0
        return np.array(values) if varies else values[0]


def costs(trace: at.Trace) -> list[list[float]]:
    """The calls of both oracles at each record."""
    return [[cost.calls_r, cost.calls_h] for cost in trace.costs]


def largest_deviation(new: Any, old: Any, scale: Any) -> float:
    """The largest |new − old| in units of a scale; ∞ if not the same values are finite."""
    new = np.asarray(new, dtype=float)
    old = np.asarray(old, dtype=float)
    finite = np.isfinite(old)
    if new.shape != old.shape or not np.array_equal(finite, np.isfinite(new)):
        return math.inf
    if not np.array_equal(new[~finite], old[~finite], equal_nan=True):
        return math.inf
    difference = np.abs(np.where(finite, new, 0.0) - np.where(finite, old, 0.0))
    return float(np.max(difference / (scale + np.finfo(float).tiny)))


def stored(name: str) -> list[dict[str, Any]]:
    """The rows of a file of tests/golden/methods."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))["rows"]
    return rows


def store(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write a file of tests/golden/methods."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = f'{{"machine": {json.dumps(kind_of_machine())}, "rows": [\n{lines}\n]}}\n'
    (FOLDER / name).write_text(text, encoding="utf-8")


def kind_of_machine() -> dict[str, Any]:
    """What the rounding of matrix products depends on: the processor, its cores, and NumPy."""
    facts = machine()
    return {name: facts[name] for name in ("processor", "avx2", "avx512", "cores", "numpy")}


def is_machine_of(name: str) -> bool:
    """Whether a file was written on a machine of this kind."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return bool(json.loads(text)["machine"] == kind_of_machine())
