"""The requested steps of a verdict, and the runs that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Mode, Reals, Steps
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Region
from auxtheory.theorems import Theorem
from auxtheory.validation import variance
from auxtheory.validation.at_work import at_work


@dataclass(frozen=True, kw_only=True, eq=False)
class StepRequest:
    """The requested steps at several T in ascending order; the theorem's own if eta is None."""

    T: list[int]
    K: int
    B: float = np.inf
    eta: Reals | None = None
    a: Reals | None = None
    mode: Mode | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    region: Region | None = None

    def steps(self, mode: Mode) -> Steps:
        """The requested steps at the largest T."""
        return Steps(
            eta=self.eta,  # type: ignore[arg-type]
            a=self.a,
            K=self.K,
            T=max(self.T),
            B=self.B,
            mode=mode,
            **self.parameters,
        )


def planned(
    theorem: Theorem, pair: Pair, noise: Noise, request: StepRequest, constants: Constants
) -> list[tuple[Steps, list[int]]]:
    """The steps of each run, and the rounds to record."""
    if request.eta is not None:
        return [(theorem.method.checked(request.steps(request.mode or "theorem")), request.T)]
    working = at_work(theorem, pair, request.parameters)
    open_ = variance.unknown(theorem, noise)
    return [
        (theorem.tune(constants, request.K, length, request.B, **working, open_=open_), [length])
        for length in request.T
    ]
