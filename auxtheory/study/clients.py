"""Pairs with clients or several helpers in a study: `helper={"clients": {…}}` and axes N, alpha and
delta_A."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.errors import Checks, InputError
from auxtheory.problems import Dirichlet, LogisticPair, Pair

# The keys of the helper's arguments, and the methods of a target that make such pairs; the first
# that the target has counts.
MAKERS: Mapping[str, tuple[str, ...]] = {
    "clients": ("with_clients", "split"),
    "helpers": ("with_helpers",),
}


def several(helper: Any) -> str | None:
    """The key of clients or helpers among the arguments of a helper; None without them."""
    known = [key for key in MAKERS if isinstance(helper, Mapping) and key in helper]
    return known[0] if known else None


def maker(target: Any, helper: Any) -> str | None:
    """The method of a target that makes its pairs; None if it has no such method."""
    names = MAKERS.get(several(helper) or "", ("with_helper",))
    return next((name for name in names if hasattr(target, name)), None)


def axes_of(target: Any, helper: Any) -> tuple[str, ...]:
    """The axes of a helper, of several or of clients that a target takes."""
    return {
        "with_helper": ("delta", "zeta"),
        "with_helpers": ("delta", "zeta", "N", "delta_A"),
        "with_clients": ("delta", "zeta", "N", "delta_A"),
        "split": ("N", "alpha"),
    }.get(maker(target, helper) or "", ())


def pair_of(
    target: Any, helper: Mapping[str, Any], values: Mapping[str, Any], size: Any = 0.0
) -> Pair:
    """The pair with clients or several helpers at these values of the axes: numbers, or arrays over
    the configurations, shape (C,), as `size` is, whose values do not count."""
    arguments = {**helper[several(helper) or ""], **values}
    name = maker(target, helper)
    C = max((np.size(v) for v in (*values.values(), size) if np.ndim(v)), default=0)
    if name == "split":
        alpha = arguments.pop("alpha", None)
        if alpha is not None:
            arguments["by"] = Dirichlet(alpha)
        pair: LogisticPair = target.split(**arguments)
        return pair.repeated(np.size(size)) if np.ndim(size) else pair
    for axis in ("delta", "zeta") if C else ():
        if axis in values:
            arguments[axis] = np.broadcast_to(np.asarray(values[axis], float), (C,))[:, None]
    if C and "delta" not in values:  # one number, or one for each client
        delta = np.ravel(np.asarray(arguments.get("delta", 0.0), float))
        arguments["delta"] = np.broadcast_to(delta, (C, len(delta)))
    made: Pair = getattr(target, str(name))(**arguments)
    return made


def check_several(checks: Checks, target: Any, helper: Mapping[str, Any], axes: Any) -> None:
    """Complain about arguments of clients or helpers that the target does not take."""
    key = several(helper)
    name = maker(target, helper)
    if name is None:
        checks.complain("target", target, f"must be one that has {key}")
        return
    if set(helper) != {key}:
        others = sorted(set(helper) - {key})
        checks.complain("helper", others, f"must be left out next to {key}")
    arguments = helper[key or ""]
    if not isinstance(arguments, Mapping):
        checks.complain(f"helper[{key!r}]", arguments, f"must be a dict of arguments of {name}")
        return
    for axis in sorted({*arguments} & {*axes_of(target, helper)} & {*axes}):
        checks.complain(axis, arguments[axis], f"must be left out of {key}, since it is an axis")
    if checks.complaints:
        return
    values = {axis: axes[axis][0] for axis in axes_of(target, helper) if axes.get(axis)}
    trial = Checks()
    try:
        trial.attempt(pair_of, target, helper, values)
    except TypeError as error:
        trial.complain(f"helper[{key!r}]", arguments, f"must be arguments of {name} ({error})")
    except InputError as error:  # made outside of `Checks`
        trial.complaints += error.complaints
    checks.complaints += trial.complaints
