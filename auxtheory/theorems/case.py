"""Cases: a problem with the lengths and steps at which a theorem is compared with a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Pair


class Case:
    """A pair, a noise, and the arguments K, T, B and step parameters of `at.validate`.

    Args:
        pair: The pair.
        noise: The noise; by default none.
        K: Local steps in a round.
        T: The rounds, one number or several.
        B: Batch of the first buffer.
        engine: The engine that runs it; by default the one that `at.validate` chooses.
        parameters: Step parameters by name, such as eta; none for the prescribed steps.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper()
        >>> case = at.theorems.Case(pair, at.Gaussian(), T=10, eta=1.0)
        >>> case.T, case.arguments
        ((10,), {'K': 1, 'T': [10], 'B': inf, 'eta': 1.0})
    """

    pair: Pair
    noise: Noise
    K: int
    T: tuple[int, ...]
    B: float
    engine: str | None
    parameters: Mapping[str, Any]

    def __init__(
        self,
        pair: Pair,
        noise: Noise | None = None,
        *,
        K: int = 1,
        T: int | Sequence[int] = (10, 100, 1_000),
        B: float = np.inf,
        engine: str | None = None,
        **parameters: Any,
    ) -> None:
        self.pair = pair
        self.noise = Gaussian() if noise is None else noise
        self.K = K
        self.T = (T,) if isinstance(T, int | np.integer) else tuple(T)
        self.B = B
        self.engine = engine
        self.parameters = MappingProxyType(dict(parameters))

    @property
    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of `at.validate`, after theorem, pair and noise."""
        chosen = {} if self.engine is None else {"engine": self.engine}
        return {"K": self.K, "T": list(self.T), "B": self.B, **chosen, **self.parameters}

    def __repr__(self) -> str:
        parts = [repr(self.pair), repr(self.noise), f"K={self.K}", f"T={self.T}", f"B={self.B}"]
        parts += [] if self.engine is None else [f"engine={self.engine!r}"]
        parts += [f"{name}={value!r}" for name, value in self.parameters.items()]
        return f"at.theorems.Case({', '.join(parts)})"
