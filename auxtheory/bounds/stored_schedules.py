"""Schedules and values of each client as files hold them: a JSON object in place of a number."""

from __future__ import annotations

from typing import Any

from auxtheory.bounds.per_client import PerClient, per_client
from auxtheory.bounds.schedules import PerRound, per_round

CLIENTS = "per_client"  # of the JSON object that stands for values of each client
KEY = "per_round"  # of the JSON object that stands for a schedule
CODE = "function"  # of the name of one that is a function, whose code no file holds


def stored(value: Any, T: int | None = None) -> Any:
    """A step parameter as JSON: a number as it is; a schedule by its text or its values, a function
    by its T values, or by its name if T is None; values of each client as a list."""
    if isinstance(value, PerClient):
        return {CLIENTS: value.values.tolist()}
    if not isinstance(value, PerRound):
        return value
    if value.function is not None:
        return {CODE: repr(value)} if T is None else {KEY: value.over("", T).tolist()}
    return {KEY: value.text if value.values is None else value.values.tolist()}


def restored(value: Any, present: tuple[Any, ...] = ()) -> Any:
    """The value that was stored; in place of the name of a function, the one of this name among the
    present values."""
    if not isinstance(value, dict):
        return value
    if KEY in value:
        return per_round(value[KEY])
    if CLIENTS in value:
        return per_client(value[CLIENTS])
    return next((one for one in present if stored(one) == value), None)


def shown(value: Any) -> Any:
    """A stored value as a label of the results: a number, or the text of a schedule."""
    if not isinstance(value, dict):
        return value
    if CLIENTS in value:
        return per_client(value[CLIENTS]).shown()
    content = value.get(KEY)
    if content is None:
        return str(value.get(CODE))
    return content if isinstance(content, str) else f"{content[0]:g} … {content[-1]:g}"
