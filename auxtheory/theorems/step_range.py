"""The ends of a theorem's step range: the largest η that its conditions allow, and the smallest a
at that η."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants, lambda_K
from auxtheory.bounds.posynomial import Condition
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.measured import further
from auxtheory.typing import FloatArray

# The range of ηL that is searched for η.
SMALLEST_ETA_L = 1e-12
LARGEST_ETA_L = 1e3
MOMENTA = 1.0, 0.5, 0.1, 1e-2, 1e-3  # the values of a that are tried, in this order
# An interval that holds the end of a range is cut into PARTS, CUTS times, down to 2⁻⁶⁰ of it.
PARTS = 16
CUTS = 15
NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """The lengths of a run: K local steps in each of T rounds, after a first batch of B samples."""

    K: int
    T: int
    B: float


def usual_steps(theorem: Theorem, usual: int) -> int:
    """The number of local steps where none is asked for: the usual one, or 1 if what the theorem
    says of K alone, such as K = 1, does not allow that."""
    conditions = [each for each in theorem.step_range if each.names == {"K"}]

    def allowed(K: int) -> bool:
        return all(bool(each.holds({"K": float(K)})) for each in conditions)

    single = theorem.method.single_step or (allowed(1) and not allowed(usual))
    return 1 if single else usual


def applies(
    theorem: Theorem, c: Constants, size: int, open_: frozenset[str] = frozenset()
) -> NDArray[np.bool_]:
    """Whether each of `size` configurations satisfies the theorem's assumptions, except those on
    `open_` names."""
    holds = np.ones(size, dtype=bool)
    for condition in theorem.assumptions:
        if condition.names & open_:
            continue
        holds &= np.broadcast_to(condition.holds(c.values()), (size,))
    return holds


def fits(
    theorem: Theorem,
    c: Constants,
    eta: Any,
    a: Any,
    lengths: Lengths,
    *,
    parameters: Mapping[str, Any] = NO_PARAMETERS,
    rtol: float = 0.0,
    open_: frozenset[str] = frozenset(),
) -> NDArray[np.bool_]:
    """Whether constants and steps, numbers or arrays over configurations, satisfy every condition
    of the theorem, except those on `open_` names; `parameters` are the further step parameters.
    """
    return _fit(theorem, _known(theorem, c, lengths, parameters), eta, a, rtol, open_)


def _known(
    theorem: Theorem, c: Constants, lengths: Lengths, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that conditions may use, except for η and a."""
    defaults = {name: v for name, v in theorem.method.parameters.items() if v is not None}
    of_steps = further({**defaults, **parameters})
    return {**c.values(), **vars(lengths), "lambda_K": lambda_K(lengths.K), **of_steps}


def _fit(
    theorem: Theorem,
    known: dict[str, Any],
    eta: Any,
    a: Any,
    rtol: float = 0.0,
    open_: frozenset[str] = frozenset(),
) -> NDArray[np.bool_]:
    conditions = [c for c in _conditions(theorem) if not c.names & open_]
    return _hold(conditions, known, eta, a, rtol)


def _conditions(theorem: Theorem) -> tuple[Condition, ...]:
    return (*theorem.assumptions, *theorem.step_range)


def _hold(
    conditions: Iterable[Condition],
    known: dict[str, Any],
    eta: Any,
    a: Any,
    rtol: float = 0.0,
) -> NDArray[np.bool_]:
    """Whether the conditions hold, in the shape of η."""
    values = {**known, "eta": eta, "eta_x": eta, "a": a}
    with np.errstate(all="ignore"):
        held = [condition.holds(values, rtol=rtol) for condition in conditions]
    return np.asarray(
        np.logical_and.reduce(np.broadcast_arrays(np.ones(np.shape(eta), dtype=bool), *held))
    )


def _split(
    theorem: Theorem, known: dict[str, Any], size: FloatArray
) -> tuple[NDArray[np.bool_], list[Condition]]:
    """Whether the conditions that name neither η nor a hold, and the other ones, which are all
    that a search for η or a has to look at."""
    conditions = _conditions(theorem)
    of_steps = [c for c in conditions if c.names & {"eta", "eta_x", "a"}]
    rest = [c for c in conditions if not c.names & {"eta", "eta_x", "a"}]
    return _hold(rest, known, size + 1.0, None), of_steps


def largest_eta(
    theorem: Theorem,
    c: Constants,
    lengths: Lengths,
    parameters: Mapping[str, Any] = NO_PARAMETERS,
) -> FloatArray:
    """The largest η up to 10³/L that is in range for some a, by bisection; NaN if
    there is none from 10⁻¹²/L on.

    A range is assumed to be one interval of η, at least a factor of 2 wide; the values 1, ½, … of
    a are tried.
    """
    every = (*c.values().values(), *parameters.values())
    size = np.zeros(np.broadcast_shapes(*(np.shape(v) for v in every)))
    best = size * np.nan
    known = _known(theorem, c, lengths, parameters)
    holds, conditions = _split(theorem, known, size)
    for a in MOMENTA if theorem.method.uses_a else (None,):

        def inside(eta: Any, a: float | None = a) -> Any:
            return holds & _hold(conditions, known, eta, a)

        if np.any(inside(1.001 * best) | np.isnan(best)):
            best = np.fmax(best, _last(inside, _first(inside, c, size), LARGEST_ETA_L / c.L + size))
    return best


def ends_of_a(
    theorem: Theorem,
    c: Constants,
    eta: Any,
    lengths: Lengths,
    parameters: Mapping[str, Any] = NO_PARAMETERS,
) -> tuple[FloatArray, FloatArray]:
    """The first a of 1, ½, … that is in range at this η, and the smallest a of the interval below
    it; NaN if there is none."""
    every = (eta, *c.values().values(), *parameters.values())
    size = np.zeros(np.broadcast_shapes(*(np.shape(v) for v in every)))
    known = _known(theorem, c, lengths, parameters)
    holds, conditions = _split(theorem, known, size)

    def inside(a: Any) -> Any:
        return holds & _hold(conditions, known, eta, a)

    most = size * np.nan
    for a in MOMENTA:
        most = np.where(np.isnan(most) & inside(a + size), a, most)
    return most, np.asarray(
        1.0 / _last(lambda inverse: inside(1.0 / inverse), 1.0 / most, 1e12 + size)
    )


def _first(inside: Callable[[Any], Any], c: Constants, size: FloatArray) -> FloatArray:
    """An η inside the range: the smallest one or, if the range has a lower end, a point of a
    grid."""
    points = np.concatenate([[SMALLEST_ETA_L], 10.0 ** np.arange(-12.0, 3.0, 0.25)])
    low = np.multiply.outer(points, 1.0 / c.L + size)
    first = np.argmax(inside(low), axis=0)
    return np.asarray(np.take_along_axis(low, first[None], axis=0)[0])


def _last(inside: Callable[[Any], Any], low: FloatArray, high: FloatArray) -> FloatArray:
    """The upper end of the interval from low on that is inside, at most high; NaN where low is not
    inside."""
    low, high = np.broadcast_arrays(low, high)
    shares = (np.arange(1.0, PARTS) / PARTS).reshape(-1, *(1,) * np.ndim(low))
    with np.errstate(all="ignore"):
        start = np.where(inside(low), 0.0, np.nan)
        for _ in range(CUTS):
            # The points that cut the interval into equal parts on a logarithmic scale.
            points = low * (high / low) ** shares
            held = np.broadcast_to(inside(points), points.shape)
            count = np.sum(np.logical_and.accumulate(held, axis=0), axis=0)
            ends = np.concatenate([low[None], points, high[None]])
            low, high = (np.take_along_axis(ends, (count + i)[None], axis=0)[0] for i in (0, 1))
    return np.asarray(low + start)
