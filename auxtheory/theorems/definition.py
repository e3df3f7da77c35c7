"""Check that a class is a theorem, report everything that is wrong, and fill in the rest."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from auxtheory.bounds.along import Along
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.constants import CLAIMED, Constants, Steps
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.schedules import PerRound
from auxtheory.errors import AuxtheoryError, Checks, InputError, shown
from auxtheory.methods import MethodType, Schedule
from auxtheory.methods.from_implementation import as_method
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.theorems.corollary import Corollary, as_bound, conditions
from auxtheory.theorems.measured import check_measure, check_step_sizes, check_variance

FILLED = ("label", "bound", "corollaries", "regimes")  # may be derived from the others
STATED = {
    "label",
    "bound",
    "corollaries",
    "regimes",
    "method",
    "measure",
    "variance",
    "mean_square",
    "assumptions",
    "step_range",
    "step_sizes",
}
KINDS: dict[str, tuple[type, str]] = {
    "constants": (Constants, "at.Constants(...), such as pair.constants()"),
    "steps": (Steps, "at.Steps(...)"),
    "pair": (Pair, "a pair, such as at.Quadratic(...).with_helper(...)"),
    "noise": (Noise, "a noise: at.Gaussian(...)"),
}
EXPRESSION = "an expression of at.symbols(...) or a function of (constants, steps)"


def statement_of(kind: type) -> str:
    """Statement, proof and source of a class of a theorem: its docstring without the example."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return re.split(r"\n+Examples?:\n", text)[0]


def with_label(theorem: Any) -> str:
    """The name of a theorem with its label, such as "AuxMOM (S3)"."""
    name = str(theorem.name)
    return name if theorem.label == name else f"{name} ({theorem.label})"


def label_and_name(theorem: Any, gap: str = " ") -> str:
    """The label of a theorem and its name, such as "S3 AuxMOM"."""
    name = str(theorem.name)
    return name if theorem.label == name else f"{theorem.label}{gap}{name}"


def check_kinds(**values: Any) -> None:
    """Raise InputError unless constants, steps, a pair and a noise have the right types."""
    checks = Checks()
    for name, value in values.items():
        kind, what = KINDS[name]
        checks.instance(name, value, kind, what)
    checks.done()


def check_method(checks: Checks, name: str, value: Any, more: str = "") -> Any:
    """The one method of a theorem, checked; an implementation becomes a method."""
    method = checks.attempt(as_method, value=value)
    if isinstance(method, Schedule):
        checks.complain(
            name,
            method.name,
            "must be one method, such as at.methods.AuxMOM: a Schedule, which changes "
            "its method on the way, can be run (at.run) but has no theorem",
        )
    elif method is not None or value is None:
        checks.instance(name, method, MethodType, f"a method, such as at.methods.AuxMOM{more}")
    return method


def complete(cls: Any) -> None:
    """Check every attribute of a class of a theorem and fill in what follows from the others.

    A bound alone is a theorem: it is claimed in the step range, and, where there is a rule for the
    steps, at its steps as far as these lie in the range. Corollaries alone are claimed at the steps
    of the rule.
    """
    checks = Checks()
    name = cls.__name__
    # Values that were filled in for a base class do not apply to this class.
    derived = cls.__derived__ - set(vars(cls)) - set(others(cls))
    attributes = {key: None if key in derived else _stated(cls, key) for key in FILLED}
    method = inspect.getattr_static(cls, "method", None)
    cls.method = check_method(checks, f"{name}.method", getattr(method, "__func__", method))
    label = name if attributes["label"] is None else attributes["label"]
    _check_words(checks, cls, label)
    for key in ("assumptions", "step_range"):
        setattr(cls, key, conditions(checks, f"{name}.{key}", getattr(cls, key, ())))
    bound = _with_parameters(as_bound(attributes["bound"]), cls)
    rule = _rule(checks, cls, derived)
    corollaries = tuple(
        replace(each, bound=_with_parameters(each.bound, cls))
        if isinstance(each.bound, BlackBox) and each.bound.per_round
        else each
        for each in _corollaries(checks, name, attributes["corollaries"])
    )
    if bound is None and not corollaries and not checks.complaints:
        checks.complain(
            f"{name}.bound",
            None,
            f"must be {EXPRESSION}, such as 4 * L * F0 / T; or give corollaries, "
            "which bound what happens at the steps of step_sizes",
        )
    if corollaries and not rule:
        allowed = (
            "must be left out where there is no step_sizes(self, c, K, T, B): they are bounds "
            "at its steps"
        )
        checks.complain(f"{name}.corollaries", [str(each.bound) for each in corollaries], allowed)
    for each in (
        *([bound] if bound is not None else []),
        *(corollary.bound for corollary in corollaries),
    ):
        _check_bound(checks, name, each)
    stated_bounds = [bound, *(corollary.bound for corollary in corollaries)]
    formulas = (*stated_bounds, *cls.assumptions, *cls.step_range)
    check_step_sizes(checks, name, getattr(cls, "method", None), formulas)
    regimes = _regimes(checks, name, attributes["regimes"], bound is not None, rule)
    checks.done()
    filled = {
        "label": label,
        "bound": corollaries[0].bound if bound is None else bound,
        "corollaries": corollaries or (Corollary(bound),),
        "regimes": regimes,
    }
    stated = {
        key
        for key, value in attributes.items()
        if value is not None and (key != "corollaries" or corollaries)
    }
    # A study is identified by the attributes of its theorems: a class that defines all of them must
    # not get new ones.
    for key, value in filled.items():
        if key == "bound" or key in vars(cls) or getattr(cls, key, None) != value:
            setattr(cls, key, value)
    cls.__derived__ = frozenset((filled.keys() - stated) | ({"step_sizes"} if not rule else set()))


def others(cls: Any) -> dict[str, Any]:
    """The attributes that a class of a theorem inherits from classes that are not theorems, and
    that no theorem above it has.
    """
    above = {
        base
        for theorem in cls.__mro__[1:]
        if "__derived__" in vars(theorem)
        for base in theorem.__mro__
    }
    first = {
        name: next((base for base in cls.__mro__ if name in vars(base)), cls) for name in STATED
    }
    return {
        name: vars(base)[name]
        for name, base in first.items()
        if base is not cls and base not in above
    }


def _stated(cls: Any, key: str) -> Any:
    """The value that the class or one above it defines, `Theorem` excepted; None if none does."""
    bases = (vars(base) for base in cls.__mro__ if "__init_subclass__" not in vars(base))
    return next((attributes[key] for attributes in bases if key in attributes), None)


def _check_words(checks: Checks, cls: Any, label: Any) -> None:
    """Check the attributes that are texts or booleans."""
    name = cls.__name__
    if not isinstance(label, str) or not label.strip():
        checks.complain(f"{name}.label", label, "must be a text, such as 'S3'")
    check_measure(checks, f"{name}.measure", cls.measure, getattr(cls, "method", None))
    check_variance(checks, f"{name}.variance", cls.variance, cls.measure)
    checks.instance(
        f"{name}.mean_square", cls.mean_square, (bool, type(None)), "True, False or None"
    )


def _corollaries(checks: Checks, name: str, value: Any) -> tuple[Corollary, ...]:
    """Corollaries, in a list or alone; a formula is one that applies in every case."""
    if value is None:
        return ()
    listed = value if isinstance(value, list | tuple) else [value]
    corollaries = []
    for i, each in enumerate(listed):
        if isinstance(each, Corollary):
            corollaries.append(each)
        elif isinstance(each, Posynomial | BlackBox) or callable(each):
            corollaries.append(Corollary(each))
        else:
            checks.complain(
                f"{name}.corollaries[{i}]", each, f"must be at.Corollary(...), or {EXPRESSION}"
            )
    return tuple(corollaries)


def _with_parameters(bound: Any, cls: Any) -> Any:
    """A bound that takes schedules with the step parameters of the method; any other as it is."""
    known = isinstance(bound, BlackBox) and bound.per_round and isinstance(cls.method, MethodType)
    return replace(bound, parameters=cls.method.parameter_units) if known else bound


def _check_bound(checks: Checks, name: str, bound: Any) -> None:
    if isinstance(bound, Posynomial | BlackBox):
        if not bound.terms:
            checks.complain(f"{name}'s bound", bound, "must have a term, which 0 has not")
    else:
        checks.complain(f"{name}'s bound", bound, f"must be {EXPRESSION}")


def _regimes(checks: Checks, name: str, value: Any, bound: bool, rule: bool) -> tuple[Any, ...]:
    """The regimes of the claim: at the steps of the rule, and anywhere in the range."""
    possible = tuple(regime for regime, there in zip(CLAIMED, (rule, bound), strict=True) if there)
    if value is None:
        return possible
    listed = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not listed or any(each not in CLAIMED for each in listed):
        checks.complain(f"{name}.regimes", value, "must be one or both of 'tuned' and 'theorem'")
    elif "tuned" in listed and not rule:
        checks.complain(
            f"{name}.regimes", value, "must be 'theorem' alone where there is no step_sizes"
        )
    return listed


def _rule(checks: Checks, cls: Any, derived: frozenset[str] | set[str]) -> bool:
    """Whether there is a rule for the steps; otherwise `no_steps` is filled in."""
    missing = object()
    rule = vars(cls).get("step_sizes", missing)
    if rule is not missing and (
        isinstance(rule, Posynomial) or not callable(getattr(rule, "__func__", rule))
    ):
        checks.complain(
            f"{cls.__name__}.step_sizes",
            rule,
            "must be a method (self, c, K, T, B) that returns (η, a)",
        )
        return True
    if rule is not missing:
        return True
    if "step_sizes" in derived or getattr(cls.step_sizes, "__isabstractmethod__", False):
        cls.step_sizes = no_steps
        return False
    return True


def no_steps(self: Any, c: Any, K: int, T: int, B: float) -> Any:
    """Refuse to choose steps, since the theorem prescribes none.

    Args:
        c: The constants.
        K: Local steps in a round.
        T: Rounds.
        B: Batch of the first buffer.

    Returns:
        Nothing: it always raises.

    Raises:
        InputError: The steps must be given.
    """
    raise InputError.listing([f"eta = None: must be given, since {self.name} prescribes no steps"])


def _step(value: Any) -> Any:
    """The step size that a rule returned, or the array of them, as floats; a schedule as it is."""
    if isinstance(value, PerRound):
        return value
    if isinstance(value, Posynomial):
        raise TypeError(
            f"it returned the expression {value}, and not its value, such as 1 / c.L for 1/L"
        )
    array = np.asarray(value)
    real = array.dtype.kind in "iuf" or (
        array.dtype.kind == "O" and all(isinstance(v, Real) for v in array.flat)
    )
    if not real:
        raise ValueError(f"it returned {shown(value)}, which is no number")
    return array.astype(float)[()]


def check_known(theorem: Any, c: Constants, steps: Mapping[str, Any]) -> None:
    """InputError if η is 0 or no number since a constant of the theorem is infinite, as one that is
    not known is."""
    if isinstance(steps["eta"], PerRound) or np.all(steps["eta"] > 0):
        return
    names = [
        f"{each.name} ({each.glyph})"
        for each in theorem.__symbols__
        if each.name != AT_WORK and not isinstance(each, Along)
        if np.any(np.isinf(c.more.get(each.name, 0.0)))
    ]
    if names:
        given = "eta and a" if theorem.method.uses_a else "eta"
        known = "is not known (infinite)" if len(names) == 1 else "are not known (infinite)"
        raise InputError.listing(
            [f"{given}: must be given, for the pair's {' and '.join(names)} {known}"]
        )


def steps_of(theorem: Any, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
    """The step parameters by name, η and a among them, from the rule of a theorem; InputError for
    any other result, and for any exception of the rule.
    """
    try:
        returned = theorem.step_sizes(c, K, T, B)
        if isinstance(returned, Mapping):
            if returned.get("eta") is None:
                raise TypeError("it returned no 'eta'")
            known = {name: v for name, v in returned.items() if v is not None}
            return {"a": None} | {name: _step(value) for name, value in known.items()}
        eta, a = returned if isinstance(returned, tuple | list) else (returned, None)
        if eta is None:
            raise TypeError("it returned None")
        return {"eta": _step(eta), "a": None if a is None else _step(a)}
    except AuxtheoryError:
        raise
    except Exception as error:  # a user's function may raise anything
        complaint = (
            f"steps of {theorem.name} raised {type(error).__name__}: {error}; they must be η "
            "or (η, a), from"
        )
        raise InputError.listing(
            [f"{complaint} constants that may be arrays (np.minimum, np.where)"]
        ) from error
