"""A step parameter that has another value at each client."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import InputError, numbers, shown
from auxtheory.printing import number
from auxtheory.typing import FloatArray


class PerClient:
    """A step parameter with a value for each client, in the order in which they were listed.

    Args:
        values: one number for each client or helper, N in all.

    Raises:
        InputError: the values are not finite numbers, or there is none.

    Example:
        >>> import auxtheory as at
        >>> print(at.Steps(eta=at.per_client([0.5, 0.1, 0.25]), K=4, T=10))
        η = 0.1 to 0.5 over the clients, K = 4, T = 10, B = ∞ (unsafe)
    """

    def __init__(self, values: Any) -> None:
        held = numbers(values)
        if held.ndim != 1 or not held.size or not np.all(np.isfinite(held)):
            allowed = "must be one finite number for each client, such as [1, 2]"
            raise InputError.listing([f"values = {shown(values)}: {allowed}"])
        self.values: FloatArray = held.copy()
        self.values.flags.writeable = False

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape of its values over configurations: they are the same in all."""
        return ()

    def over(self, name: str, helpers: Any) -> FloatArray:
        """The value of each group of identical clients.

        Args:
            name: the name of the parameter, for the error.
            helpers: the clients of a pair, `pair.helpers`; those of a `Task` are in groups in which
                every parameter has one value.

        Returns:
            The values, shape (g,).

        Raises:
            InputError: there are fewer or more values than clients, the clients were not listed one
                by one, or some of one group have different values.
        """
        order = self.listed(name, helpers)
        groups = np.empty(helpers.groups)
        groups[order] = self.values
        if np.any(groups[order] != self.values):
            raise InputError.listing(
                [f"{name} = {self!r}: must be equal for clients of one group of identical ones"]
            )
        return groups

    def listed(self, name: str, helpers: Any) -> Any:
        """The group of each client as they were listed.

        Args:
            name: the name of the parameter, for the error.
            helpers: the clients of a pair, `pair.helpers`.

        Returns:
            Whole numbers, shape (N,).

        Raises:
            InputError: there are fewer or more values than clients, or the clients were not listed
                one by one.
        """
        order = getattr(helpers, "order", None)
        if order is None:
            raise InputError.listing(
                [f"{name} = {self!r}: needs clients that were listed one by one, and not counted"]
            )
        if len(order) != len(self.values):
            raise InputError.listing(
                [
                    f"{name}: has {len(self.values)} values, and must have one for each of the "
                    f"N = {len(order)} clients"
                ]
            )
        return np.asarray(order, dtype=int)

    def shown(self) -> str:
        """The values in a table.

        Returns:
            The smallest and the largest.
        """
        return f"{number(np.min(self.values))} to {number(np.max(self.values))} over the clients"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PerClient) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes()))

    def __repr__(self) -> str:
        return f"at.per_client({self.values.tolist()})"


def per_client(values: Any) -> PerClient:
    """A step parameter that has another value at each client.

    Args:
        values: one number for each client or helper, N in all, in the order in which these were
            listed.

    Returns:
        The values, for a parameter of `at.Steps`.

    Raises:
        InputError: the values are not finite numbers, or there is none.

    Example:
        >>> import auxtheory as at
        >>> at.per_client([0.5, 0.25])
        at.per_client([0.5, 0.25])
    """
    return PerClient(values)
