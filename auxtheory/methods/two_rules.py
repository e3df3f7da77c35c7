"""Methods made of two elementwise rules for one buffer: refresh(m, diff, diff_prev, a) and
local_step(y, ∇h, m, η)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from auxtheory.errors import Checks, InputError
from auxtheory.helper_role import ROLES, HelperRole
from auxtheory.methods.base import LEGACY, Method, MethodType
from auxtheory.methods.correction import correction_of
from auxtheory.methods.expression import Node, constant, ordered, zeros_like
from auxtheory.typing import Helper


def local_step(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """y ← y − η (g_h(y) + m), the local step of every method of the paper."""
    return y - eta * (grad_helper + m)


def from_rules(
    *,
    name: str,
    refresh: Callable[..., Any],
    local_step: Callable[..., Any] = local_step,
    helper: Helper = "h",
    exact_refresh: bool = False,
    single_step: bool = False,
    **unused: Any,
) -> MethodType:
    """The method of two rules.

        m ← refresh(m, g_r(x; ξ), g_r(x_prev; ξ), a);  K times x ← local_step(x, g_h(x), m, η)

    The first buffer is the rule at a = 1 with m and both gradients equal to the mean of B samples
    of g_r(x⁰).

    Args:
        name: The name, as it is printed.
        refresh: The rule of the buffer.
        local_step: The rule of a local step.
        helper: "h", or "f" for h := f, or "none" for h = 0.
        exact_refresh: Whether the refresh takes ∇r, free of noise.
        single_step: Whether only K = 1 makes sense.
        unused: What is now read off the rules: calls_r, local_is_r, uses_a.

    Returns:
        The method, a class.

    Raises:
        InputError: An argument has another type, or a rule cannot be read.

    Example:
        >>> import auxtheory as at
        >>> def refresh(m, diff, diff_prev, a):
        ...     return (1 - a) * m + a * diff
        >>> at.methods.from_rules(name="Mine", refresh=refresh).memory
        ('m',)
    """
    checks = Checks()
    checks.instance("name", name, str, "a text")
    for argument, rule in (("refresh", refresh), ("local_step", local_step)):
        if not callable(rule):
            checks.complain(argument, rule, "must be a function")
    for argument in unused.keys() - {"calls_r", "local_is_r", "uses_a"}:
        checks.complain(argument, unused[argument], "is not an argument of at.Method")
    checks.done()
    made_of = {
        "name": name,
        "refresh": refresh,
        "local_step": local_step,
        "helper": helper,
        "exact_refresh": exact_refresh,
        "single_step": single_step,
        **unused,
    }
    namespace = {
        "__module__": getattr(refresh, "__module__", __name__),
        "__doc__": "A method of two rules.",
        "helper": helper,
        "single_step": single_step,
        "made_of": made_of,
        "remade_by": (remade, (made_of,)),
        **_hooks(refresh, local_step, exact_refresh),
    }
    return MethodType(name, (Method,), namespace, check_units=False)


def _hooks(refresh_rule: Any, local_rule: Any, exact: bool) -> dict[str, Any]:
    """The two rules as hooks, and the state that they need."""
    points, momentum = _needed(refresh_rule)
    names = ("x", "m", "x_prev")[: 3 if points == 2 else 2]

    def start(o: Any, x: Any) -> Any:
        g = o.r(x, exact=True) if exact else o.r(x, batch=o.B)
        return (x, _vector(refresh_rule(g, g, g, 1.0), g), x)[: len(names)]

    def refresh(o: Any, x: Any, m: Any, *others: Any, **given: Any) -> Any:
        diff = diff_prev = 0.0
        if points == 2:
            diff, diff_prev = o.r(x, *others, exact=exact)
        elif points == 1:
            diff = o.r(x, exact=exact)
        value = refresh_rule(m, diff, diff_prev, given.get("a", 1.0))
        return (x, _vector(value, m), x)[: len(names)]

    def step(o: Any, x: Any, m: Any, *others: Any, eta: Any) -> Any:
        return (local_rule(x, o.h(x), m, eta), m, *others)

    _sign(start, "o", "x")
    _sign(refresh, "o", *names, keywords=("a",) if momentum else ())
    _sign(step, "o", *names, keywords=("eta",))
    return {"state": " ".join(names), "start": start, "refresh": refresh, "step": step}


def _vector(value: Any, like: Node) -> Any:
    """What a rule returns, as a vector if it is one number."""
    return value if isinstance(value, Node) and value.vector else value + zeros_like(like)


def _sign(function: Any, *names: str, keywords: tuple[str, ...] = ()) -> None:
    """Give a function this signature."""
    positional = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    alone = [Parameter(name, Parameter.KEYWORD_ONLY) for name in keywords]
    function.__signature__ = Signature([*positional, *alone])


def _needed(refresh_rule: Any) -> tuple[int, bool]:
    """At how many points a rule needs gradients, and whether it needs a; 2 and yes if it cannot be
    read, which is reported when the method is made."""
    m, diff, diff_prev = (Node("state", data=name, vector=True) for name in ("m", "d", "p"))
    a = Node("parameter", data="a")
    try:
        nodes = set(map(id, ordered((constant(refresh_rule(m, diff, diff_prev, a)),))))
    except Exception:  # whatever a user's rule raises
        return 2, True
    return 2 if id(diff_prev) in nodes else int(id(diff) in nodes), id(a) in nodes


@dataclass(frozen=True, kw_only=True)
class TwoRules:
    """The two rules of a method, as functions of numbers or arrays.

    Args:
        name: The name of the method.
        refresh: The rule of the buffer.
        local_step: The rule of a local step.
        helper: "h", or "f" for h := f, or "none" for h = 0.
    """

    name: str
    refresh: Callable[..., Any]
    local_step: Callable[..., Any]
    helper: Helper

    @property
    def role(self) -> HelperRole:
        """The role of the helper."""
        return ROLES[self.helper]


def rules_of(method: MethodType) -> TwoRules:
    """The rules of a method that is a correction buffer and local steps.

    Args:
        method: The method.

    Returns:
        The rules.

    Raises:
        InputError: The method has another form.
    """
    correction = correction_of(method.program)
    if correction is None:
        raise InputError.listing(
            [f"method = {method!r}: must be a correction buffer and local steps"]
        )
    return TwoRules(
        name=method.name,
        refresh=correction.refresh,
        local_step=correction.local_step,
        helper=method.helper,
    )


def remade(arguments: Mapping[str, Any]) -> MethodType:
    """The method of two rules again, from its arguments."""
    return from_rules(**arguments)


LEGACY[:] = [from_rules]
