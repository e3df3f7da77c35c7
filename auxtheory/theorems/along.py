"""The constants of a theorem that only a run yields: what has to be measured, and their values."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from auxtheory.bounds.along import Along
from auxtheory.bounds.constants import Constants
from auxtheory.errors import UNLIMITED
from auxtheory.measures import Measure, square
from auxtheory.measures.measure import Over
from auxtheory.theorems.measured import measure_of


def symbols_along(theorem: Any) -> tuple[Along, ...]:
    """The symbols of a theorem whose values are measured along a run."""
    return tuple(each for each in theorem.__symbols__ if isinstance(each, Along))


def names_along(theorem: Any) -> frozenset[str]:
    """Their names: conditions on them cannot be checked before the run."""
    return frozenset(each.name for each in symbols_along(theorem))


def measures_of(theorem: Any) -> tuple[Measure, ...]:
    """The measures that a run has to yield: what the theorem bounds, and what its constants along
    the run are ratios of."""
    ratios = (part for each in symbols_along(theorem) for part in _parts(theorem, each))
    return (measure_of(theorem), *ratios)


def before_run(theorem: Any, c: Constants) -> Constants:
    """The constants with 0 for those of the run: steps that are in range then may turn out to be
    in range."""
    names = names_along(theorem)
    return (
        c.replace(more={**c.more, **{n: np.zeros_like(c.more[n]) for n in names}}) if names else c
    )


def after_run(theorem: Any, c: Constants, trace: Any) -> Constants:
    """The constants with those of a run up to its last record; 0 if the points never differ. What a
    diverged run does not yield keeps the value that it has at most."""
    more = dict(c.more)
    for each in symbols_along(theorem):
        above, *divisor = (trace.measure(m)[0][-1] for m in _parts(theorem, each))
        below = divisor[0] if divisor else np.ones_like(above)
        with np.errstate(all="ignore"):
            ratio = np.sqrt(np.where(below > 0, above / below, 0.0))
        ratio = np.where(ratio <= UNLIMITED, ratio, more[each.name])
        more[each.name] = ratio if np.ndim(c.L) or len(ratio) > 1 else float(ratio[0])
    return c.replace(more=more) if more else c


def _parts(theorem: Any, each: Along) -> tuple[Measure, ...]:
    """The two sums over local steps, in the units of the method's state variables; the mean over
    the run of the clients' differences alone, of a root of that."""
    if each.over:
        return (Measure(form="dissimilarity", over=cast("Over", each.over)),)
    above, below = (
        square(name, over="local", unit=_squared(theorem, name))
        for name in (each.above, each.below)
    )
    return above, below


def _squared(theorem: Any, name: str) -> Any:
    unit = theorem.method.state_units.get(name)
    return "1" if unit is None else unit * unit
