"""The function `claim`, which makes a theorem without a class: a user's bound for a method, in a
range or at prescribed steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import new_class
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.bounds.source import spelt
from auxtheory.errors import Checks, InputError, check_names
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.theorems.base import Theorem, Variance
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import Corollary, as_bound, conditions
from auxtheory.theorems.definition import EXPRESSION, check_method
from auxtheory.theorems.measured import check_measure

Prescribed: TypeAlias = tuple[Reals, Reals | None] | dict[str, Reals]
StepSizes = Callable[[Constants, int, int, float], Prescribed]


class ClaimOptions(TypedDict, total=False):
    """Further options of `claim`, by keyword."""

    mean_square: bool | None
    variance: Variance
    name: str
    check_units: bool


KEYWORDS = (
    *("like", "method", "assumptions", "step_range", "steps", "measure"),
    *ClaimOptions.__annotations__,
)


def claim(
    bound: Posynomial | float | Callable[[Any, Any], Any],
    *,
    like: Theorem | None = None,
    method: MethodType | None = None,
    assumptions: Sequence[Condition] | None = None,
    step_range: Sequence[Condition] | None = None,
    steps: StepSizes | Theorem | None = None,
    measure: Literal["G", "gap"] | Measure | None = None,
    **options: Unpack[ClaimOptions],
) -> Theorem:
    """The theorem that `bound` holds: everywhere in `step_range`, or, if `steps` are given, at
    those steps alone.

    Args:
        bound: an expression of `symbols`, a number, or a function of (constants, steps); its unit
            must be that of the measure, unless check_units=False.
        like: a theorem that supplies what is left out, its steps and its variance excepted.
        method: the method that the bound is about, or an implementation, as `at.run` takes it; left
            out only where `like` supplies one.
        assumptions: conditions on the constants, such as `delta <= L`.
        step_range: conditions on the steps, such as `eta * L <= 1`.
        steps: (c, K, T, B) → (η, a) or a dictionary by name, or a theorem whose steps are used.
        measure: "G" (the default), "gap" (f − f* at the end), or any of `at.measures`.
        **options: mean_square and variance ("largest"), as in `Theorem`; variance="mean" claims
            more, for a proof that sums over the rounds; name ("Claim"); check_units (True).

    Returns:
        The theorem.

    Raises:
        InputError: Lists what is wrong with the arguments.
        UnitError: The unit of the bound is not that of the measure.

    Example:
        >>> import auxtheory as at
        >>> L, F0, T = at.symbols("L F0 T")
        >>> theorem = at.claim(2 * L * F0 / T, like=at.theorems.SGD(), steps=at.theorems.SGD())
        >>> pair = at.Quadratic(L=1.0, dim=4)
        >>> print(at.validate(theorem, pair, T=100).status)
        pass
    """
    checks = Checks()
    check_names(checks, options, KEYWORDS)
    mean_square = options.get("mean_square")
    variance = options.get("variance", "largest")
    name = options.get("name", "Claim")
    check_units = options.get("check_units", True)
    checks.instance("like", like, (Theorem, type(None)), "a theorem, such as at.theorems.AuxMOM()")
    like = like if isinstance(like, Theorem) else None
    method = like.method if method is None and like else method
    method = check_method(checks, "method", method, ", unless `like` lends one")
    chosen: dict[str, Any] = {
        "measure": (like.measure if like else "G") if measure is None else measure,
        "assumptions": _conditions(checks, "assumptions", assumptions, like),
        "step_range": _conditions(checks, "step_range", step_range, like),
        "mean_square": mean_square
        if mean_square is not None or like is None
        else like.mean_square or None,
        "variance": variance,
    }
    check_measure(checks, "measure", chosen["measure"], method)
    _check_manner(checks, name, steps, mean_square, variance, check_units)
    number = not isinstance(bound, Posynomial) and not callable(bound)
    if number:
        _check_number(checks, bound)
    checks.done()
    if number:
        bound = _constant(float(bound))  # type: ignore[arg-type]
        check_units = False
    chosen |= {
        "method": method,
        "label": name,
        "bound": as_bound(bound),
        "corollaries": (Corollary(bound),),  # type: ignore[arg-type]
    }
    chosen |= {
        "step_sizes": _step_sizes(name, steps),
        "regimes": ("theorem",) if steps is None else ("tuned",),
    }
    chosen |= {
        # What is hard for a theorem is hard for others on its method too.
        "_like": like,
        "tightest": _tightest,
        "__repr__": spelt_claim,
        "__module__": __name__,
        "_steps": steps,
        "_checked": check_units,
    }
    kind = new_class(
        name, (Theorem,), {"check_units": check_units}, lambda body: body.update(chosen)
    )
    return kind()


def _tightest(self: Any) -> Case | None:
    like: Theorem | None = type(self)._like
    return None if like is None else like.tightest()


def _check_number(checks: Checks, bound: Any) -> None:
    if isinstance(bound, int | float | np.number | np.ndarray) and np.ndim(bound) == 0:
        checks.number("bound", bound, infinite=True)
    else:
        checks.complain("bound", bound, f"must be {EXPRESSION}, or a number")


def _check_manner(
    checks: Checks, name: Any, steps: Any, mean_square: Any, variance: Any, check_units: Any
) -> None:
    """Check the name, the steps and the options of a claim."""
    checks.member("variance", variance, ("largest", "mean"))
    checks.instance("name", name, str, "a word")
    for flag, value in (("mean_square", mean_square), ("check_units", check_units)):
        checks.instance(flag, value, (bool, type(None)), "True or False")
    if steps is not None and (
        isinstance(steps, type) or not (callable(steps) or isinstance(steps, Theorem))
    ):
        checks.complain("steps", steps, "must be a function of (constants, K, T, B) or a theorem")


def _conditions(
    checks: Checks, name: str, value: Any, like: Theorem | None
) -> tuple[Condition, ...]:
    if value is None:
        return getattr(like, name) if like is not None else ()
    return conditions(checks, name, value)


def _step_sizes(name: str, steps: StepSizes | Theorem | None) -> Callable[..., Any]:
    def step_sizes(self: Theorem, c: Constants, K: int, T: int, B: float) -> Prescribed:
        if steps is None:
            raise InputError.listing(
                [f"eta = None: must be given, since {name} prescribes no steps"]
            )
        return steps.step_sizes(c, K, T, B) if isinstance(steps, Theorem) else steps(c, K, T, B)

    return step_sizes


def _constant(number: float) -> Callable[[Any, Any], float]:
    """A bound that is the same number everywhere."""

    def bound(c: Any, s: Any) -> float:
        return number

    bound.__name__ = repr(number)
    return bound


def spelt_claim(
    theorem: Any, bound: str | None = None, steps: str | None = None, weights: str | None = None
) -> str:
    """The call of `at.claim` that makes the theorem again; a bound, steps or weights of the measure
    that are functions get these names, by default those of the functions.
    """
    measure = theorem.measure
    rule = theorem._steps
    rule = rule if isinstance(rule, Theorem | None) else steps or getattr(rule, "__name__", rule)
    arguments = {
        "method": theorem.method,
        "assumptions": f"[{', '.join(map(spelt, theorem.assumptions))}]"
        if theorem.assumptions
        else None,
        "step_range": f"[{', '.join(map(spelt, theorem.step_range))}]"
        if theorem.step_range
        else None,
        "steps": rule,
        "measure": None
        if isinstance(measure, str) and measure == "G"
        else repr(measure)
        if isinstance(measure, str)
        else measure.spelt(weights),
        "mean_square": None
        if theorem.mean_square == theorem.method.compares_samples
        else theorem.mean_square,
        "variance": None if theorem.variance == "largest" else repr(theorem.variance),
        "name": None if theorem.name == "Claim" else repr(theorem.name),
        "check_units": None if theorem._checked else False,
    }
    listed = ", ".join(f"{name}={value}" for name, value in arguments.items() if value is not None)
    formula = spelt(theorem.bound) if isinstance(theorem.bound, Posynomial) else None
    return f"at.claim({formula or bound or str(theorem.bound).removesuffix('(c, s)')}, {listed})"
