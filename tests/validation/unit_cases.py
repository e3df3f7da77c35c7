"""Problems in units of any size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from auxtheory import theorems
from auxtheory.bounds.glossary import GLOSSARY

EACH = pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
QUIET = (theorems.ExactCorrection, theorems.ExactCorrectionPL)  # they assume σ_h = 0


@dataclass(frozen=True)
class Units:
    """f is counted in units of 1/by_f, x in units of 1/by_x."""

    by_f: float
    by_x: float

    def factor(self, name: str) -> float:
        """By what the number of this constant or step grows."""
        unit = GLOSSARY[name].unit
        return 10.0 ** (
            float(unit.f) * math.log10(self.by_f) + float(unit.x) * math.log10(self.by_x)
        )

    def lie_inside(self) -> bool:
        """Whether L, F₀ and gradients of 1 are numbers that are accepted, with a margin."""
        return all(1e-98 <= self.factor(name) <= 1e98 for name in ("L", "F0", "eta"))
