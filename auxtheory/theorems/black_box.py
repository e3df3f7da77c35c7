"""A bound that is a function of constants and steps rather than a formula; what it returns is checked each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.constants import GLOSSARY, Constants, Steps, lambda_K
from auxtheory.errors import InputError, UnitError, shown
from auxtheory.units import FloatArray, Unit, Values

OF_STEPS = ("eta", "a", "K", "T", "B", "lambda_K")
SCALE = 2.0**12  # exact in floats; an exponent is read off log(ratio)/log(SCALE)


@dataclass(frozen=True, eq=False)
class BlackBox:
    """function(c, s) → a number from 0 to ∞, c and s with the attributes of `Constants` and `Steps` as floats.

    It stands where a Posynomial may: with a value, a unit (found by scaling f and x), one term, and slopes by
    differences. InputError names the case in which it raises or returns anything else.
    """

    function: Callable[[Any, Any], Any]

    @property
    def terms(self) -> tuple[BlackBox, ...]:
        return (self,)

    @property
    def unit(self) -> Unit:
        """F^p·X^q by how the value scales with the units of f and x; UnitError if it does not scale."""
        found = {unit for values in _samples() if (unit := self._unit_at(values)) is not None}
        if len(found) != 1:
            listing = ", ".join(sorted(map(str, found))) or "none, being 0 or ∞ wherever it was tried"
            raise UnitError(f"{self} has no one unit: it scales like {listing}")
        return found.pop()

    def _unit_at(self, values: dict[str, float]) -> Unit | None:
        powers = []
        start = self._one(values)
        if not 0 < start < np.inf:
            return None
        for f, x in ((1, 0), (0, 1)):
            scaled = {n: v * SCALE ** float(f * GLOSSARY[n].unit.f + x * GLOSSARY[n].unit.x) for n, v in values.items()}
            value = self._one(scaled)
            if not 0 < value < np.inf:
                return None
            powers.append(Fraction(float(np.log(value / start) / np.log(SCALE))).limit_denominator(12))
            if abs(float(powers[-1]) - np.log(value / start) / np.log(SCALE)) > 1e-6:
                raise UnitError(f"{self} has no unit: in other units of f and x it changes by no fixed factor")
        return Unit(*powers)

    def value(self, values: Values) -> FloatArray:
        """Its value for each configuration."""
        named = {n: values[n] for n in (*Constants.names(), *OF_STEPS)}
        shape = np.broadcast_shapes(*(np.shape(v) for v in named.values()))
        each = ({n: _at(v, i, shape) for n, v in named.items()} for i in np.ndindex(shape))
        return np.array([self._one(v) for v in each], dtype=float).reshape(shape)

    def dominant(self, values: Values) -> tuple[NDArray[np.str_], FloatArray]:
        """Its text, and 1, since it is a single term."""
        return np.array(str(self)), np.array(1.0)

    def slope(self, variable: str, values: Values) -> FloatArray:
        """∂ log(bound) / ∂ log(variable) by a central difference."""
        near = [self.value({**values, variable: values[variable] * (1 + step)}) for step in (1e-4, -1e-4)]
        with np.errstate(all="ignore"):
            return np.asarray(np.log(near[0] / near[1]) / np.log((1 + 1e-4) / (1 - 1e-4)))

    def _one(self, values: dict[str, float]) -> float:
        c = SimpleNamespace(**{name: values[name] for name in Constants.names()})
        s = SimpleNamespace(**{name: values[name] for name in OF_STEPS})
        try:
            with np.errstate(all="ignore"):
                value = self.function(c, s)
        except Exception as error:  # whatever a user's function raises is said, with where
            raise InputError.listing([f"{self} raised {type(error).__name__}: {error}, {_where(values)}"]) from error
        number = isinstance(value, int | float | np.number | np.ndarray) and np.ndim(value) == 0
        real = number and not isinstance(value, bool) and np.asarray(value).dtype.kind in "iuf"
        if not real or not float(value) >= 0:
            told = f"{self} = {shown(value)}: must be one number from 0 to inf, {_where(values)}"
            raise InputError.listing([told])
        return float(value)

    def __str__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        name = "bound" if name == "<lambda>" else name
        return f"{name}(c, s)" if name.isidentifier() and name not in ("inf", "nan") else name


def _at(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return None if value is None else float(np.broadcast_to(np.asarray(value, dtype=float), shape)[index])


def _where(values: dict[str, float]) -> str:
    return "at " + ", ".join(f"{name} = {value:g}" for name, value in values.items() if value is not None)


def _samples() -> Iterator[dict[str, float]]:
    """Constants and steps in general position, inside the usual ranges."""
    for scale in (1.0, 0.3):
        constants = Constants(
            L=2.0, mu=0.3 * scale, delta=0.7 * scale, beta=0.4, zeta=0.6, F0=1.7, sigma_f=1.3, sigma_h=0.9 * scale,
            sigma_r=1.1,
        )  # fmt: skip
        steps = Steps(eta=0.02 * scale, a=0.8, K=3, T=5, B=4.0)
        yield {**constants.values(), **steps.values(), "lambda_K": lambda_K(3)}
