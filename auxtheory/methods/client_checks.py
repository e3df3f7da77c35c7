"""What can be wrong with the attributes of a method with clients, before its hooks are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from auxtheory.errors import Checks
from auxtheory.helper_role import ROLES
from auxtheory.methods.expression import CLIENT_HOOKS, HOOKS

WHERE = ("all", "sampled")
REPORTING = ("sampled", "independent", "all")
# The attributes of a method with clients, their defaults, and the hook that each is about.
SETTINGS: Mapping[str, tuple[Any, str]] = {
    "refreshed": ("all", "refresh"),
    "reporting": ("sampled", "report"),
    "reports_from": (1, "report"),
}
ONLY_CLIENTS = tuple(hook for hook in CLIENT_HOOKS if hook not in HOOKS)


def has_clients(cls: Any) -> bool:
    """Whether a class is a method with clients."""
    return getattr(cls, "local", None) is not None


def check_no_clients(checks: Checks, cls: Any) -> None:
    """Complain of what only a method with clients has in one without."""
    allowed = "must be left out: a method has clients if it has the hook local"
    for hook in ONLY_CLIENTS:
        if getattr(cls, hook, None) is not None:
            checks.complain(f"{cls.name}.{hook}", getattr(cls, hook), allowed)
    for name, default in (
        ("client_state", ""),
        *((name, default) for name, (default, _) in SETTINGS.items()),
    ):
        value = getattr(cls, name)
        if type(value) is not type(default) or value != default:
            checks.complain(f"{cls.name}.{name}", value, allowed)


def client_names(checks: Checks, cls: Any, state: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the variables of each client."""
    text: Any = cls.client_state
    names = tuple(text.replace(",", " ").split()) if isinstance(text, str) else None
    taken = {*state, "x", "y"}
    if "y" in state:
        checks.complain(f"{cls.name}.state", cls.state, "must have no y, which is local's iterate")
    if names is not None and all(name.isidentifier() for name in names):
        again = [name for name in names if name in taken]
        if not again and len(set(names)) == len(names):
            return names
    checks.complain(
        f"{cls.name}.client_state",
        text,
        'must be different names, no x, y or variable of the server, such as "m_i"',
    )
    return ()


def client_settings(checks: Checks, cls: Any) -> dict[str, Any]:
    """The attributes of a method with clients."""
    checks.member(f"{cls.name}.refreshed", cls.refreshed, WHERE)
    checks.member(f"{cls.name}.reporting", cls.reporting, REPORTING)
    first = checks.whole(f"{cls.name}.reports_from", cls.reports_from, low=1)
    if ROLES.get(cls.helper) is not ROLES["h"]:
        allowed = "must be 'h': the clients' oracles are those of their helpers"
        checks.complain(f"{cls.name}.helper", cls.helper, allowed)
    for name, (default, hook) in SETTINGS.items():
        if getattr(cls, name) != default and getattr(cls, hook, None) is None:
            allowed = f"must be left out without the hook {hook}"
            checks.complain(f"{cls.name}.{name}", getattr(cls, name), allowed)
    return {"refreshed": cls.refreshed, "reporting": cls.reporting, "reports_from": first}


def client_hooks(
    checks: Checks, cls: Any, state: tuple[str, ...], clients: tuple[str, ...]
) -> dict[str, Callable[..., Any]]:
    """The hooks of a method with clients."""
    hooks: dict[str, Callable[..., Any]] = {}
    for hook in CLIENT_HOOKS:
        function = getattr(cls, hook, None)
        if function is not None:
            if not callable(function) or not hasattr(function, "__code__"):
                checks.complain(f"{cls.name}.{hook}", function, "must be a function (o, x, …)")
            else:
                hooks[hook] = function
    for hook, instead in (("step", "local"), ("finish", "server")):
        if getattr(cls, hook, None) is not None:
            allowed = f"must be left out: a method with clients has {instead} in its place"
            checks.complain(f"{cls.name}.{hook}", getattr(cls, hook), allowed)
    if "start" not in hooks and state not in ((), ("x",)):
        checks.complain(
            f"{cls.name}.start", None, f"must be a function (o, x) → ({', '.join(state)})"
        )
    for hook in ("client_start", "refresh"):
        if hook in hooks and not clients and cls.client_state == "":
            checks.complain(
                f"{cls.name}.{hook}", hooks[hook], "must be left out without client_state"
            )
    for one, other in (("report", "collect"), ("collect", "report")):
        if one in hooks and getattr(cls, other, None) is None:
            what = "(o, x, …, messages)" if other == "collect" else "(o, x, …) → messages"
            checks.complain(f"{cls.name}.{other}", None, f"must be a function {what} next to {one}")
    return hooks
