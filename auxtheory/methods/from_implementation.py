"""A user's step function, or client and server, as a method."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from auxtheory.methods.base import Method, MethodType
from auxtheory.methods.opaque import is_federated
from auxtheory.methods.phases import Schedule


def from_implementation(implementation: Any, *, xp: Any = np) -> MethodType:
    """The method that an implementation is; `at.run` and `at.claim` take the function itself too.

    Args:
        implementation: step(x, state, round) → (x, state), or `at.testing.Federated(…)`, as
            `at.testing.check_method` takes it; arguments after * are step parameters.
        xp: The namespace of its arrays: numpy, torch or jax.numpy.

    Returns:
        The method, a class. The engine `python` runs it.

    Raises:
        InputError: It cannot be called as step(x, state, round).

    Example:
        >>> import auxtheory as at
        >>> def descent(x, state, round):
        ...     return x - round.eta * round.grad_f(x, round.local[0]), state
        >>> method = at.methods.from_implementation(descent)
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(0.0)
        >>> steps = at.Steps(eta=0.5, K=1, T=10)
        >>> at.run(method, pair, None, steps, replicas=2).engine
        'python'
    """
    inner = getattr(implementation, "func", implementation)  # a functools.partial has no name
    federated = is_federated(implementation)
    name = type(inner).__name__ if federated else getattr(inner, "__name__", type(inner).__name__)
    namespace = {
        "__module__": getattr(inner, "__module__", __name__),
        "__qualname__": getattr(inner, "__qualname__", name),
        "__doc__": getattr(inner, "__doc__", None) or "An implementation.",
        "implementation": implementation,
        "xp": xp,
        "remade_by": (from_implementation, (implementation,)),
    }
    return MethodType(name, (Method,), namespace, check_units=False)


def as_method(value: Any) -> Any:
    """The method that an argument is: an implementation becomes one, anything else stays as it
    is."""
    if isinstance(value, MethodType | Schedule | type):
        return value
    if not callable(value) and not is_federated(value):
        return value
    try:
        hash(value)
    except TypeError:
        return from_implementation(value)
    return _made(value)


# Kept, so that one implementation is one method.
@lru_cache(maxsize=256)
def _made(implementation: Any) -> MethodType:
    return from_implementation(implementation)
