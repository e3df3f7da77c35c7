"""What the compiled engines share: which loop a case needs, and what it is given, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines.base import AnyMethod
from auxtheory.engines.sampling import too_long
from auxtheory.methods import Phase
from auxtheory.noise import Helper, Noise
from auxtheory.problems import Pair, Separable
from auxtheory.units import FloatArray

LAWS = "normals", "normals_single", "signs", "uniforms"
PROBES = np.array([0.3, -1.7, 0.0, 2.5]), np.array([1.1, 0.4, -0.6, -2.0])


def zero(z: Any, p: Any, q: Any, s: Any) -> Any:
    """The gradient of what a method does not see."""
    return 0.0 * z


ELSEWHERE = Separable(zero, zero, zero, zero, (np.zeros(0), np.zeros(0), np.zeros(0)))  # gradients that come as arrays


def seen(separable: Separable, helper: Helper) -> tuple[Any, Any]:
    """(∇h, ∇r) of one coordinate as a method sees them."""
    if helper == "f":
        return separable.f, zero
    return (zero, separable.f) if helper == "none" else (separable.h, separable.r)


def refuses(name: str, method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why a compiled loop cannot run this case, or None."""
    separable, phases = pair.separable, method.phases(steps)
    if separable is None:
        return f"{name} needs a separable pair, and this {type(pair).__name__} does not come apart into coordinates"
    gradients = [(g, "the gradient") for g in (separable.f, separable.h, separable.r, separable.value)]
    return unusable(name, rules(phases) + gradients) or undrawable(name, noise) or too_long(phases, name)


def rules(phases: Iterable[Phase]) -> list[tuple[Any, str]]:
    """The rules of a run, each with what it is."""
    return [(rule, f"the rule of {p.method.name}") for p in phases for rule in (p.method.refresh, p.method.local_step)]


def unusable(name: str, functions: list[tuple[Any, str]]) -> str | None:
    """Why one of the functions, each with what it is, cannot stand in a compiled loop, or None."""
    for function, what in functions:
        reason = not_compilable(function)
        if reason:
            return f"{name} cannot use {what}, {getattr(function, '__name__', function)!r}: {reason}"
    return None


def undrawable(name: str, noise: Noise) -> str | None:
    """Why a compiled loop cannot draw this law, or None."""
    draws = noise.draws
    if draws is None:
        return f"{name} does not know how to draw {type(noise).__name__}: its property `draws` is None"
    for kind in (draws.standard, draws.second):
        if kind not in LAWS:
            return f"{name} cannot draw {kind!r} for {type(noise).__name__}: it must be one of {', '.join(LAWS)}"
    return unusable(name, [(draws.correlate, f"the law of {type(noise).__name__}")])


def not_elementwise(function: Callable[..., Any]) -> str | None:
    """Why a function of four numbers cannot be applied element by element, or None; found by trying."""
    first, second = PROBES
    arrays = first, second, first[::-1], second[::-1]
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*arrays[:3], 0.5))
            single = [function(*values, 0.5) for values in zip(*arrays[:3], strict=True)]
    except Exception as error:  # whatever a user's function raises is the reason
        return f"it failed on arrays or numbers ({type(error).__name__}: {error})"
    numbers = whole.dtype.kind in "fiub" and whole.shape in ((), first.shape)
    if not numbers or not np.array_equal(np.broadcast_to(whole, first.shape), single, equal_nan=True):
        return "it is not elementwise: on arrays it does not give what it gives on their numbers"
    return None


def not_compilable(function: Callable[..., Any]) -> str | None:
    """Why a function of four numbers is not elementwise or Numba cannot compile it, or None."""
    return _judged(function) if isinstance(function, FunctionType) else "it is no plain function"


@cache
def _judged(function: Callable[..., Any]) -> str | None:
    """The same for a plain function; the library's own are known to compile."""
    reason = not_elementwise(function)
    if reason:
        return reason
    if getattr(function, "__module__", "").startswith("auxtheory."):
        return None
    from auxtheory.kernels.jit import complaint

    return complaint(function, 4)


@dataclass(frozen=True, eq=False)
class Part:
    """One phase for a compiled loop: functions, whole numbers, and levels for each configuration."""

    functions: tuple[Any, ...]
    plan: dict[str, int]
    levels: dict[str, FloatArray]
    records: slice
    rounds: FloatArray


def parts(phases: tuple[Phase, ...], pair: Pair, noise: Noise, count: int, rounds: tuple[int, ...]) -> Iterator[Part]:
    """The phases of a run, in turn."""
    before, separable, draws = 0, pair.separable or ELSEWHERE, noise.draws
    assert draws is not None
    for phase in phases:
        method, steps = phase.method, phase.steps
        levels = _levels(phase, noise, count, pair.dim)
        exact = np.isinf(steps.B) or method.exact_refresh
        plan: dict[str, Any] = {
            "K": steps.K, "T": steps.T, "B": 0 if exact else int(steps.B), "before": before,
            "additive": np.any(levels["scale_f"]) or np.any(levels["scale_h"]),
            "correlated": np.any(levels["scale_h"]) and np.any(levels["rest"]), "sampled": np.any(levels["s_r"]),
            "local": np.any(levels["scale_local"]), "local_sampled": np.any(levels["s_local"]),
            "follow": np.any(noise.s),
        }  # fmt: skip
        plan = {name: int(value) for name, value in plan.items()}
        here = [t for t in rounds if before < t <= before + steps.T]
        first = sum(t <= before for t in rounds)
        yield Part(
            (method.refresh, method.local_step, separable.f, *seen(separable, method.helper), separable.value,
             draws.correlate, draws.standard, draws.second),
            plan, levels, slice(first, first + len(here)),
            np.array(here, dtype=np.int64),
        )  # fmt: skip
        before += steps.T


def _levels(phase: Phase, noise: Noise, count: int, dim: int) -> dict[str, FloatArray]:
    """Step sizes and noise levels as arrays over the configurations."""
    method, steps = phase.method, phase.steps
    met, root = noise.levels(method.helper, exact_refresh=method.exact_refresh), np.sqrt(dim)
    refreshed = method.helper != "f" and not method.exact_refresh
    rho = np.asarray(noise.correlation, dtype=float)
    values = {
        "eta": steps.eta, "a": 1.0 if steps.a is None else steps.a,
        "scale_f": np.asarray(noise.sigma_f if refreshed else 0.0) / root,
        "scale_h": np.asarray(noise.sigma_h if refreshed and method.helper == "h" else 0.0) / root,
        "rho": rho, "rest": np.sqrt(1 - rho * rho), "s_r": met.s_r,
        "scale_local": np.asarray(met.sigma_local) / root, "s_local": met.s_local,
    }  # fmt: skip
    return {name: np.array(np.broadcast_to(value, (count,)), dtype=float) for name, value in values.items()}
