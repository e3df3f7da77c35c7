"""Methods that differ from one of the library's in a rule."""

from __future__ import annotations

from typing import Any

from auxtheory.methods import MethodType, from_rules
from auxtheory.methods.two_rules import rules_of


def variant(method: MethodType, name: str = "Mine", **changes: Any) -> MethodType:
    """The method of the same two rules, but for `changes` and its name."""
    rules = rules_of(method)
    return from_rules(
        **{
            "name": name,
            "refresh": rules.refresh,
            "local_step": rules.local_step,
            "helper": rules.helper,
            "exact_refresh": method.exact_refresh,
            "single_step": method.single_step,
            **changes,
        }
    )
