"""Bounds that are functions of constants and steps rather than formulas; every returned value is
checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, islice
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.added import ADDED, named_in
from auxtheory.bounds.constants import Constants, lambda_K
from auxtheory.bounds.glossary import ONE, lookup
from auxtheory.bounds.posynomial import Condition
from auxtheory.bounds.schedules import PerRound, takes_schedules
from auxtheory.bounds.tree import Code, Node, Number
from auxtheory.bounds.typeset import latex
from auxtheory.bounds.units import Symbol, Unit
from auxtheory.errors import InputError, UnitError, shown
from auxtheory.typing import FloatArray, Values

OF_STEPS = ("eta", "a", "K", "T", "B", "lambda_K")
# η under the name that it has in formulas where it is a length.
LENGTH = "eta_x"
# cases from which a unit is read, and how many are tried to find them
SAMPLES = 2
TRIES = 2000
SCALE = 2.0**12  # exact in floats; an exponent is log(ratio)/log(SCALE)
# Before the name of a constant that a step parameter hides in the values of a formula.
HIDDEN = "c."


def together(constants: Values, steps: Values) -> dict[str, Any]:
    """Constants and steps by name, as bounds take them. A name of both is that of the step
    parameter in a formula; a function has both, as c.beta and s.beta."""
    hidden = {f"{HIDDEN}{name}": v for name, v in constants.items() if name in steps}
    return {**constants, **steps, **hidden}


@dataclass(frozen=True, eq=False)
class BlackBox:
    """A bound given by function(c, s) → a number from 0 to ∞, where c and s have the attributes of
    `Constants` and `Steps` as floats. Symbols that the user added are attributes of both.

    It can be used like a Posynomial: it has a value, a unit (determined by scaling f and x), one
    term, and slopes by differences. The function is called only where a theorem's conditions hold.
    InputError names the case in which it raises or returns anything else. A function marked by
    `at.per_round_bound` gets each step parameter as an array over t = 1, …, T.
    """

    function: Callable[[Any, Any], Any]
    conditions: tuple[Condition, ...] = ()
    single_step: bool = False
    steps: Callable[[Constants, int, int, float], Any] | None = None
    # The units of the method's step parameters, which may differ from those of the glossary; None:
    # they are those of η and a.
    parameters: Mapping[str, Unit] | None = field(default=None, metadata={"optional": True})

    @property
    def terms(self) -> tuple[BlackBox, ...]:
        return (self,)

    @property
    def per_round(self) -> bool:
        """Whether the function takes step parameters as arrays over the rounds."""
        return takes_schedules(self.function)

    @property
    def unit(self) -> Unit:
        """The unit F^p·X^q, determined by scaling f and x; UnitError if the value does not
        scale."""
        added = {symbol.name for each in (self.function, self.steps) for symbol in named_in(each)}
        added |= {name for each in self.conditions for name in each.names & ADDED.keys()}
        units_of = {n: u for n, u in (self.parameters or {}).items() if n not in ("eta", "a")}
        more = Further(sorted(added - set(units_of)), units_of)
        cases = _samples(self.conditions, self.single_step, self.steps, more)
        samples = list(islice(cases, SAMPLES))
        units = {unit for values in samples if (unit := self._unit_at(values)) is not None}
        if len(units) != 1:
            where = "wherever it was tried" if samples else "for want of a case within the theorem"
            listing = ", ".join(sorted(map(str, units))) or f"none, being 0 or ∞ {where}"
            raise UnitError(f"{self} has no one unit: it scales like {listing}")
        return units.pop()

    def _unit_at(self, values: dict[str, Any]) -> Unit | None:
        powers = []
        start = self._one(values)
        if not 0 < start < np.inf:
            return None
        for f, x in ((1, 0), (0, 1)):
            scaled = {n: self._scaled(n, v, f, x) for n, v in values.items()}
            value = self._one(scaled)
            if not 0 < value < np.inf:
                return None
            powers.append(
                Fraction(float(np.log(value / start) / np.log(SCALE))).limit_denominator(12)
            )
            if abs(float(powers[-1]) - np.log(value / start) / np.log(SCALE)) > 1e-6:
                raise UnitError(
                    f"{self} has no unit: in other units of f and x it changes by no fixed factor"
                )
        return Unit(*powers)

    def _scaled(self, name: str, value: float | None, f: int, x: int) -> float | None:
        """A value after units of f and of x (if f or x is true) have been made SCALE times
        smaller."""
        known = lookup(name.removeprefix(HIDDEN))
        unit = (self.parameters or {}).get(name, ONE if known is None else known.unit)
        return None if value is None else value * SCALE ** float(f * unit.f + x * unit.x)

    def value(self, values: Values, where: Any = True) -> FloatArray:
        """The value for each configuration, NaN outside `where`."""
        # A step parameter that is a schedule has no single value.
        named: dict[str, Any] = {
            n: values.get(n) for n in (*Constants.names(), *OF_STEPS)
        } | _added(values)
        shape = np.broadcast_shapes(*map(_grid, named.values()))
        asked = _mask(where & self._within(named), shape)
        result = np.full(shape, np.nan)
        for i in np.ndindex(shape):
            if asked[i]:
                result[i] = self._one({n: _at(v, i, shape) for n, v in named.items()})
        return result

    def dominant(self, values: Values) -> tuple[NDArray[np.str_], FloatArray]:
        """The bound's text as the largest term, and its share 1, since it is a single term."""
        return np.array(str(self)), np.array(1.0)

    def _within(self, values: Values) -> Any:
        """Whether the conditions hold, for each configuration."""
        with np.errstate(all="ignore"):
            held = [condition.holds(values) for condition in self.conditions]
        return np.logical_and.reduce(np.broadcast_arrays(True, *held)) if held else True

    def slope(self, variable: str, values: Values, where: Any, value: FloatArray) -> FloatArray:
        """∂ log(bound) / ∂ log(variable) by the difference to the next larger whole number of K, T
        or B or, if that is not allowed, to the next smaller one; NaN if neither is possible."""
        start = np.asarray(values[variable], dtype=float)
        step = np.maximum(1.0, np.round(0.01 * start))
        slope = np.full(np.shape(value), np.nan)
        for end in (start + step, np.maximum(start - step, 1.0)):
            asked = _mask(where, np.shape(value)) & np.isnan(slope)
            if not np.any(asked):
                break
            try:
                next_value = self.value({**values, variable: end}, asked)
            except InputError:  # outside the conditions the function need not be defined
                continue
            with np.errstate(all="ignore"):
                slope = np.where(asked, np.log(next_value / value) / np.log(end / start), slope)
        return slope

    def _over_rounds(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with each step parameter as an array of shape (T,)."""
        T = int(values["T"])
        names = {"eta", "a", LENGTH, *(self.parameters or {})}
        names |= {name for name, value in values.items() if isinstance(value, PerRound)}
        arrays = {}
        for name in names & values.keys():
            value = values[name]
            if isinstance(value, PerRound):
                arrays[name] = value.first(T).over(name, T)
            elif value is not None:
                arrays[name] = np.broadcast_to(np.asarray(value, dtype=float), (T,))
        return {**values, **arrays}

    def _one(self, values: dict[str, Any]) -> float:
        values = self._over_rounds(values) if self.per_round else values
        added = _added(values)
        hidden = [name for name in Constants.names() if f"{HIDDEN}{name}" in values]
        of_steps = [name for name in (*OF_STEPS, LENGTH) if name in values]
        c = SimpleNamespace(**(added | constants_in(values)))
        s = SimpleNamespace(**{name: values[name] for name in (*of_steps, *hidden)}, **added)
        try:
            with np.errstate(all="ignore"):
                value = self.function(c, s)
        except Exception as error:  # a user's function may raise anything
            raise InputError.listing(
                [f"{self} raised {type(error).__name__}: {error}, {_where(values)}"]
            ) from error
        number = isinstance(value, int | float | np.number | np.ndarray) and np.ndim(value) == 0
        real = number and not isinstance(value, bool) and np.asarray(value).dtype.kind in "iuf"
        if not real or not float(value) >= 0:
            complaint = (
                f"{self} = {shown(value)}: must be one number from 0 to inf, {_where(values)}"
            )
            raise InputError.listing([complaint])
        return float(value)

    @property
    def number(self) -> float | None:
        """The number if the function is a constant one, as `at.claim` makes it; otherwise None."""
        try:
            return float(str(self))
        except ValueError:
            return None

    @property
    def tree(self) -> Node:
        """The function's call as printed, or the number if it is a constant."""
        return Code(str(self)) if self.number is None else Number(f"{self.number:.4g}")

    def _repr_latex_(self) -> str:
        return f"${latex(self.tree)}$"

    def __str__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        name = "bound" if name == "<lambda>" else name
        return f"{name}(c, s)" if name.isidentifier() and name not in ("inf", "nan") else name


def _added(values: Values) -> dict[str, Any]:
    """The values of symbols and step parameters that are neither constants nor steps of the
    library, and the hidden constants."""
    known = {*Constants.names(), *OF_STEPS, LENGTH}
    return {name: value for name, value in values.items() if name not in known}


def constants_in(values: Values) -> dict[str, Any]:
    """The constants among the values of a formula, those that step parameters hide included."""
    hidden = {
        name.removeprefix(HIDDEN): value
        for name, value in values.items()
        if name.startswith(HIDDEN)
    }
    return {name: values[name] for name in Constants.names()} | hidden


def _grid(value: Any) -> tuple[int, ...]:
    return value.grid if isinstance(value, PerRound) else np.shape(value)


def _at(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    if isinstance(value, PerRound):
        return value.at(index[0] if index else 0)
    return (
        None
        if value is None
        else float(np.broadcast_to(np.asarray(value, dtype=float), shape)[index])
    )


def _where(values: dict[str, Any]) -> str:
    numbers = {name: value for name, value in values.items() if value is not None}
    return "at " + ", ".join(
        f"{name} = {value[0]:g} … {value[-1]:g}" if np.ndim(value) else f"{name} = {value:g}"
        for name, value in numbers.items()
    )


def _mask(where: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A condition of shape () or (C,), broadcast to the shape of the values."""
    mask = np.asarray(where)
    return np.broadcast_to(mask if mask.size > 1 or shape else mask.reshape(()), shape)


@dataclass(frozen=True)
class Further:
    """The names of the symbols that a user added, and the step parameters with their units, that
    samples have values of."""

    added: Sequence[str]
    parameters: Mapping[str, Unit]


def _samples(
    conditions: tuple[Condition, ...],
    single_step: bool,
    steps: Callable[..., Any] | None,
    more: Further,
) -> Iterator[dict[str, Any]]:
    """Constants and steps in general position that meet the conditions, at prescribed steps if
    there are any: usual ones first, then at random."""
    zero = {
        name
        for c in conditions
        for name in c.names
        if {name} == c.names and not c.holds({name: 1e-9}) and c.holds({name: 0.0})
    }
    zero &= {*Constants.names(), *more.added, *more.parameters}
    # Parameters that are counts, not shares.
    counts = {
        name
        for c in conditions
        for name in c.names & set(more.parameters)
        if {name} == c.names and not c.holds({name: 0.5}) and c.holds({name: 2.0})
    }
    for values in chain(_usual(more), _random(more)):
        values |= dict.fromkeys(zero, 0.0) | ({"K": 1.0} if single_step else {})
        values |= {name: 1 / values[name] for name in counts}
        with np.errstate(all="ignore"):
            _set_equal(values, conditions)
            values["lambda_K"] = lambda_K(int(values["K"]))
            values[LENGTH] = values["eta"]
            if all(condition.holds(values) for condition in conditions):
                yield values if steps is None else values | _prescribed(values, steps)


def _set_equal(values: dict[str, Any], conditions: tuple[Condition, ...]) -> None:
    """Set symbols to the values that conditions such as K = 1 or δ = 2L demand."""
    for condition in conditions:
        for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if condition.sign == "=" and isinstance(side.alone, Symbol):
                values[side.alone.name] = float(other.value(values))
                break


def _prescribed(values: dict[str, float], steps: Callable[..., Any]) -> dict[str, Any]:
    """The step parameters by the rule; empty if the rule fails, which is reported where it is
    used."""
    try:
        added = {name: value for name, value in values.items() if name in ADDED}
        known: dict[str, Any] = added | constants_in(values)
        c = Constants(**known)
        rule = steps(c, int(values["K"]), int(values["T"]), values["B"])
        chosen = rule if isinstance(rule, Mapping) else dict(zip(("eta", "a"), rule, strict=True))
        return {
            name: v.over(name, int(values["T"]))
            if isinstance(v, PerRound)
            else None
            if v is None
            else float(v)
            for name, v in chosen.items()
        }
    except Exception:  # a user's rule may raise anything
        return {}


def _usual(more: Further) -> Iterator[dict[str, float]]:
    for scale in (1.0, 0.3):
        values = {
            "L": 2.0,
            "mu": 0.3 * scale,
            "delta": 0.7 * scale,
            "beta": 0.4,
            "zeta": 0.6,
            "F0": 1.7,
            "sigma_f": 1.3,
            "sigma_h": 0.9 * scale,
            "sigma_r": 1.1,
            "eta": 0.02 * scale,
            "a": 0.8,
            "K": 3.0,
            "T": 5.0,
            "B": 4.0,
            **{name: (0.45 + 0.07 * i) * scale for i, name in enumerate(more.added)},
        }
        chosen = {name: (0.37 + 0.09 * i) * scale for i, name in enumerate(more.parameters)}
        yield together(values, chosen)


def _random(more: Further) -> Iterator[dict[str, float]]:
    rng = np.random.default_rng(0)
    further = np.random.default_rng(1)  # so that the other values do not depend on what is added
    of_steps = np.random.default_rng(2)
    for _ in range(TRIES):
        values = {
            name: float(v)
            for name, v in zip(Constants.names(), 10 ** rng.uniform(-3, 1, 9), strict=True)
        }
        values |= {
            "mu": values["L"] * rng.random(),
            "eta": 10 ** rng.uniform(-4, 0.5) / values["L"],
        }
        values |= {
            "a": 10 ** rng.uniform(-3, 0),
            "beta": rng.random(),
            "B": float(rng.integers(1, 100)),
            **{name: float(10 ** further.uniform(-3, 1)) for name in more.added},
        }
        values |= {"K": float(rng.integers(1, 10)), "T": float(rng.integers(1, 100))}
        chosen = {
            name: of_steps.random() if unit == ONE else float(10 ** of_steps.uniform(-3, 1))
            for name, unit in more.parameters.items()
        }
        yield together(values, chosen)
