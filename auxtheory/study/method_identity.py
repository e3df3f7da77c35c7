"""The identity of a method in that of a study: its program, or, where it was made of two rules, the
form that such methods had before methods were texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auxtheory.methods import EVERY, MethodType
from auxtheory.study import legacy

# What the library's methods were when they were made of two rules: the name of the rule of the
# buffer, and the fields that differed from their defaults.
OLD_METHODS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "Naive": ("Naive", {"exact_refresh": True, "dear_calls": 0}),
    "SGD": (
        "Naive",
        {
            "helper": "f",
            "exact_refresh": True,
            "dear_calls": 0,
            "single_step": True,
            "local_is_dear": True,
        },
    ),
    "ExactCorrection": ("ExactCorrection", {"exact_refresh": True}),
    "AuxMOM": ("AuxMOM", {"uses_a": True}),
    "SGDMomentum": ("AuxMOM", {"uses_a": True, "helper": "none", "single_step": True}),
    "AuxMVR": ("AuxMVR", {"uses_a": True, "dear_calls": 2}),
    "MVR": ("AuxMVR", {"uses_a": True, "dear_calls": 2, "helper": "none", "single_step": True}),
}
DEFAULTS: Mapping[str, Any] = {
    "helper": "h",
    "exact_refresh": False,
    "single_step": False,
    "dear_calls": 1,
    "local_is_dear": False,
    "uses_a": False,
}
RENAMED = {"calls_r": "dear_calls", "local_is_r": "local_is_dear"}


def public_name(method: Any) -> str | None:
    """The name of one of the library's methods; None for any other value."""
    return next((repr(known) for known in EVERY if known is method), None)


def old_fields(method: MethodType) -> dict[str, Any] | None:
    """The fields of a method that was made of two rules; None for a text."""
    if public_name(method) is not None and method.name in OLD_METHODS:
        rule, changed = OLD_METHODS[method.name]
        rules = {
            "refresh": legacy.FUNCTIONS[f"at.methods.{rule}.refresh"],
            "local_step": legacy.FUNCTIONS["at.methods.Naive.local_step"],
        }
        return {**DEFAULTS, "name": method.name, **rules, **changed}
    made = vars(method).get("made_of")
    if made is None:
        return None
    return {**DEFAULTS, **{RENAMED.get(name, name): value for name, value in made.items()}}


def parts_of_text(method: MethodType) -> list[Any]:
    """What a method that is a text is: its name, its program, and what its class says besides."""
    units = {name: str(unit) for name, unit in sorted(method.units.items())}
    return [method.name, method.program.key, method.helper, method.single_step, units]
