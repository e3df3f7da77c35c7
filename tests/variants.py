"""Methods of the library with other attributes."""

from __future__ import annotations

from typing import Any

from auxtheory.methods import MethodType


def variant(method: MethodType, name: str, **attributes: Any) -> MethodType:
    """A subclass of a method with this name and these attributes."""
    return MethodType(name, (method,), {"__module__": __name__, **attributes})
