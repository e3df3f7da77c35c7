"""Trial calls of a method's rules: whether they are pure, elementwise, affine and compilable."""

from __future__ import annotations

import dis
from collections.abc import Callable, Hashable, Iterator, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import product
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.reach import CODES, current, memory, ours, reads_a_stream
from auxtheory.engines.task import AnyMethod
from auxtheory.methods import Method, Schedule
from auxtheory.typing import FloatArray

Rule: TypeAlias = Callable[..., Any]

ARRAY_PROBES = np.array([0.3, -1.7, 0.0, 2.5]), np.array([1.1, 0.4, -0.6, -2.0])
ARRAY_SCALES = np.array([1e3, 1.0, 40.0, 1e8])  # factors of a second set of probes
DIM = 4  # dimension of the arrays a rule is tried on, where it does not matter
MAX_PROBED_DIM = 4096  # coordinates; on larger pairs a rule is tried on fewer if possible
LEADING = 2, 3  # configurations and replicas
# Factors of the arrays of the six replicas; the mixed sets reveal rules that use all replicas at
# once.
SCALES = (
    (1.0,),
    (1e-3,),
    (1e3,),
    (1e9,),
    (1e-3, 1.0, 30.0, 1e3, 1e6, 1e9),
    (1e9, 200.0, 5.0, 1.0, 1e-2, 1e4),
)
# One for each configuration.
PARAMETERS = (0.25, 0.5), (1.0, 0.9), (0.5, 0.9), (1e-6, 1.0), (0.1, 3.0)
REPEATS = 3  # repetitions of the same call
TOLERANCE = 1e-12  # relative: sums over the coordinates of a part may be taken in another order
# A rule may clip what is large, or round what is small.
AFFINE_SCALES = (Fraction(1), Fraction(2) ** 60, Fraction(1, 2**60))
AFFINE_ROUNDING = 1e-9  # allowed deviation from an affine rule, relative to the largest term
UNDERFLOW = 1e-280  # terms below have lost digits to underflow
PROBES_AT_ONCE = 65_536  # probes × values in one call of a rule
AFFINE_PROBES = tuple(
    tuple(s * x for x in v) for v in ((3, -5, 7), (-2, 11, 13), (17, 1, -19)) for s in AFFINE_SCALES
)
MIXING = "it is not elementwise: on arrays it does not give what it gives on their numbers"
FAILED = "failed on arrays of shape (configurations, replicas, d)"
STATE = "keeps state: the same arguments must always give the same value"
IN_PLACE = "changes its arguments: write m = (1 - a) * m, not m *= 1 - a"


def impure(method: AnyMethod, dim: int = DIM) -> str | None:
    """Why no engine can run these rules on pairs of `dim` coordinates, or None: a rule must be a
    function of its arguments only, treat each replica separately, and not change its arguments."""
    for owner, rule in _rules(method):
        reason = _tried(rule, DIM)
        if reason is None or reason.startswith(FAILED):
            reason = _tried(rule, _size(rule, dim))
        if reason:
            return f"the rule {getattr(rule, '__name__', rule)!r} of {owner.name} {reason}"
    return None


def answers(method: AnyMethod, dim: int = DIM) -> tuple[bytes, ...]:
    """The values of the rules at fixed arguments, which are the same before and after a run unless
    the rules keep state."""
    with np.errstate(all="ignore"):
        return tuple(
            np.asarray(rule(*_arguments(_size(rule, dim)))).tobytes() for _, rule in _rules(method)
        )


def _rules(method: AnyMethod) -> Iterator[tuple[Method, Rule]]:
    for member in method.methods if isinstance(method, Schedule) else (method,):
        yield member, member.refresh
        yield member, member.local_step


def _size(rule: Rule, dim: int) -> int:
    """The number of coordinates to try a rule on: that of the pair, since the rule may hold a
    number for each; fewer if there are very many and the rule accepts fewer."""
    return DIM if ours(rule) or (dim > MAX_PROBED_DIM and _tried(rule, DIM) is None) else dim


def _arguments(
    dim: int, scales: tuple[float, ...] = (1.0,), parameters: tuple[float, ...] = PARAMETERS[0]
) -> tuple[FloatArray, ...]:
    """Three arrays as an engine hands them over, and a parameter for each configuration."""
    shape = *LEADING, dim
    values = np.cos(np.arange(3.0 * np.prod(shape))).reshape(3, *shape) * 3.0
    values[0, 0, 0, 0] = 0.0
    values = values * np.resize(scales, LEADING)[:, :, None]
    return *values, np.array(parameters).reshape(2, 1, 1)


TRIED: dict[Hashable, str | None] = {}


def _tried(rule: Rule, dim: int) -> str | None:
    """The reason of `impure` for one rule, cached for each function and all that it reads."""
    try:
        key = rule, dim, memory(rule)
        known = key in TRIED
    except TypeError:  # values that cannot be hashed
        return _try(rule, dim)
    if not known:
        if len(TRIED) >= CODES:
            TRIED.clear()
        TRIED[key] = _try(rule, dim)
    return TRIED[key]


def _try(rule: Rule, dim: int) -> str | None:
    """Why a rule is not a function of its arguments only, treating each replica separately, or
    None."""
    try:
        with np.errstate(all="ignore"):
            reason = _repeated(rule, dim)
    except Exception as error:  # whatever a user's function raises is the reason
        return f"{FAILED} ({type(error).__name__}: {error})"
    if reason:
        return reason
    before = memory(rule)
    with np.errstate(all="ignore"):
        for scales, parameters in product(SCALES, PARAMETERS):
            try:
                reason = _apart(rule, _arguments(dim, scales, parameters))
            except Exception:  # a rule need not take numbers of every size
                continue
            if reason:
                return reason
    return STATE if memory(rule) != before else None


def _repeated(rule: Rule, dim: int) -> str | None:
    """The reason of `_try` for one set of arguments, passed several times."""
    if _stores(rule) or reads_a_stream(rule):
        return STATE
    arguments = _arguments(dim)
    first = rule(*arguments)
    if not all(map(_same, arguments, _arguments(dim))):
        return IN_PLACE
    reason = _form(first, arguments[0].shape)
    if reason:
        return reason
    _apart(rule, arguments)
    before = memory(rule)
    repeated = [rule(*arguments) for _ in range(REPEATS)]
    return (
        None if all(_same(first, value) for value in repeated) and memory(rule) == before else STATE
    )


def _apart(rule: Rule, arguments: tuple[FloatArray, ...]) -> str | None:
    """Why a rule changes its arguments, or gives a replica a value that depends on the other
    replicas, or None."""
    copies = [value.copy() for value in arguments]
    whole = np.broadcast_to(rule(*copies), arguments[0].shape)
    if not all(map(_same, arguments, copies)):
        return IN_PLACE
    for c, r in np.ndindex(*LEADING):
        part = [value[c : c + 1, r : r + 1].copy() for value in arguments[:3]] + [
            arguments[3][c : c + 1]
        ]
        value = rule(*part)
        largest = max(float(np.max(np.abs(array))) for array in part)
        if not np.allclose(
            whole[c, r], value, rtol=TOLERANCE, atol=TOLERANCE * largest, equal_nan=True
        ):
            return "depends on how replicas are batched: each replica must go its own way"
    return None


def _same(one: Any, other: Any) -> bool:
    """Whether two values have the same bits."""
    a = np.asarray(one)
    b = np.asarray(other)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _form(value: Any, wanted: tuple[int, ...]) -> str | None:
    """Why a value is not what a rule must return, or None; a constant may be a number."""
    if not isinstance(value, np.ndarray | np.number | int | float) or isinstance(value, bool):
        return f"returns a {type(value).__name__}, and must return an array or a number"
    shape = np.shape(value)
    dtype = np.asarray(value).dtype
    if shape not in ((), wanted):
        return f"returns shape {shape} for arguments of shape {wanted}"
    return f"returns {dtype} for arguments of float64" if shape and dtype != np.float64 else None


def _function(rule: Rule) -> FunctionType | None:
    """The Python function behind a rule; None if there is no such function, as for a ufunc."""
    rule = rule.func if isinstance(rule, partial) else rule
    rule = getattr(rule, "__func__", rule)
    rule = rule if isinstance(rule, FunctionType) else type(rule).__call__
    return rule if isinstance(rule, FunctionType) else None


def _stores(rule: Rule) -> bool:
    """Whether the rule's code assigns to a global name, to a variable of an enclosing function or
    to an attribute, since a counter may take effect only after thousands of calls."""
    function = _function(rule)
    return function is not None and any(
        step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR")
        or (step.opname == "STORE_DEREF" and step.argval in function.__code__.co_freevars)
        for step in dis.get_instructions(function)
    )


def not_elementwise(function: Rule) -> str | None:
    """Why a function of four numbers cannot be applied element by element, or None; found by
    trying."""
    first, second = ARRAY_PROBES
    arrays = first, second, first[::-1], second[::-1]
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*(array.copy() for array in arrays[:3]), 0.5))
            single = [function(*values, 0.5) for values in zip(*arrays[:3], strict=True)]
    except Exception as error:  # whatever a user's function raises is the reason
        return f"it failed on arrays or numbers ({type(error).__name__}: {error})"
    numbers = whole.dtype.kind in "fiub" and whole.shape in ((), first.shape)
    if not numbers or not np.array_equal(
        np.broadcast_to(whole, first.shape), single, equal_nan=True
    ):
        return MIXING
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*(ARRAY_SCALES * array for array in arrays[:3]), 0.9))
            single = [
                function(*values, 0.9)
                for values in zip(*(ARRAY_SCALES * array for array in arrays[:3]), strict=True)
            ]
    except Exception:  # a rule need not take numbers of every size
        return None
    return None if np.allclose(whole, single, rtol=TOLERANCE, atol=0.0, equal_nan=True) else MIXING


def not_compilable(function: Rule) -> str | None:
    """Why a function of four numbers is not elementwise or Numba cannot compile it, or None."""
    return (
        _compiled(current(function))
        if isinstance(function, FunctionType)
        else "it is not a plain function"
    )


@cache
def _compiled(function: Rule) -> str | None:
    """The reason of `not_compilable` for a plain function; functions of this library are known to
    compile."""
    reason = not_elementwise(function)
    if reason or ours(function):
        return reason
    from auxtheory.kernels.jit import complaint

    return complaint(function, 4)


def _linear(value: Any, units: Sequence[Any], probe: Sequence[Fraction]) -> bool:
    """Whether a rule's value is the combination of its values at the unit vectors, relative to the
    largest term."""
    terms = [unit * x for unit, x in zip(units, probe, strict=True)]
    return bool(abs(value - sum(terms)) <= Fraction(1, 10**12) * Fraction(max(map(abs, terms))))


def not_affine(method: Method, a: float, eta: float) -> str | None:
    """Why the rules are not linear in (m, diff, diff_prev) and (y, ∇h, m), or None; probed in exact
    fractions."""
    for rule, parameter in ((method.refresh, a), (method.local_step, eta)):
        p = Fraction(parameter)
        label = f"the rule {getattr(rule, '__name__', rule)!r} of {method.name}"

        def at(*v: Fraction | int, rule: Any = rule, p: Fraction = p) -> Any:
            return rule(*(Fraction(x) for x in v), p)

        try:
            units = at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)
            affine = at(0, 0, 0) == 0 and all(_linear(at(*v), units, v) for v in AFFINE_PROBES)
        except Exception as error:  # any failure of foreign code on exact numbers is the answer
            return f"{label} is not made of + − × alone: {type(error).__name__}: {error}"
        if not affine:
            return (
                f"{label} is not affine in its first three arguments, so means and covariances "
                "do not close"
            )
    return None


def not_affine_on(method: Method, a: FloatArray, eta: FloatArray) -> str | None:
    """Why the rules, affine at the first of these values, are not so at another, or None; probed in
    floats.

    The first buffer is the rule at a = 1 of three equal gradients, of which alone it has to be
    linear.
    """
    along = tuple((x, x, x) for x in (-1, 2, *AFFINE_SCALES))
    checks = (
        (method.refresh, a, AFFINE_PROBES, "a"),
        (method.local_step, eta, AFFINE_PROBES, "eta"),
        (method.refresh, np.ones(1), along, "a"),
    )
    for rule, values, probes, symbol in checks:
        label = f"the rule {getattr(rule, '__name__', rule)!r} of {method.name}"
        several = np.unique(values)[:, None]
        try:
            bad = _departs(rule, several, probes, whole=probes is along)
        except Exception as error:  # any failure of foreign code on arrays is the answer
            return f"{label} does not take arrays: {type(error).__name__}: {error}"
        if np.any(bad):
            where = f"{symbol} = {several[bad][0]:g}"
            return (
                f"{label} is not affine in its first three arguments at {where}, so means and "
                "covariances do not close"
            )
    return None


def _departs(rule: Any, values: FloatArray, probes: Sequence[Sequence[Any]], *, whole: bool) -> Any:
    """Whether, at each of the values (n, 1), a rule is not the combination of its values at the
    unit vectors or, for equal arguments (`whole`), not a multiple of its value at (1, 1, 1)."""

    def at(points: Any) -> FloatArray:
        """The rule's value at each point (p, 3) and each of the values, (p, n, 1)."""
        shape = len(points), *values.shape
        arguments = [np.repeat(points[:, i], len(values))[:, None] for i in range(3)]
        out = rule(*arguments, np.tile(values, (len(points), 1)))
        return np.broadcast_to(
            np.asarray(out, dtype=float), (len(points) * len(values), 1)
        ).reshape(shape)

    bad = np.zeros(values.shape, dtype=bool)
    signed = np.array([[float(sign * x) for x in probe] for probe in probes for sign in (1, -1)])
    at_once = max(1, PROBES_AT_ONCE // len(values))
    with np.errstate(all="ignore"):
        units = at(np.ones((1, 3)) if whole else np.eye(3))
        for first in range(0, len(signed), at_once):
            points = signed[first : first + at_once]
            terms = units * points[:, : len(units), None, None]
            largest = np.max(np.abs(terms), axis=1)
            wrong = np.abs(at(points) - np.sum(terms, axis=1)) > AFFINE_ROUNDING * np.maximum(
                largest, UNDERFLOW
            )
            bad |= np.any(wrong & np.isfinite(largest), axis=0)
    return bad
