"""Lower bounds of the literature on all methods of a kind, up to a constant factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.errors import Checks
from auxtheory.typing import FloatArray

L, F0, delta, sigma_f, T = symbols("L F0 delta sigma_f T")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Order:
    """A lower bound of E‖∇f‖² on a class of problems and methods that is known up to a constant
    factor: E‖∇f‖² ≥ c·`order` with some c > 0 that depends on nothing.

    Args:
        name: The name of the class.
        statement: The statement.
        order: The expression, in the unit of E‖∇f‖².
        source: Where it is proved.

    Example:
        >>> import auxtheory as at
        >>> print(at.lower_bounds.NOISY)
        noisy: E‖∇f‖² ≥ c·(σ_f√(LF₀/T))
    """

    name: str
    statement: str
    order: Posynomial
    source: str

    def value(self, constants: Constants, T: Any) -> FloatArray:
        """The order at some constants, without the constant factor.

        Args:
            constants: The constants; numbers, or arrays of shape (C,).
            T: The number of samples.

        Returns:
            The values, of shape () or (C,).

        Raises:
            InputError: An argument has another type, or T is not allowed.
        """
        checks = Checks()
        checks.instance("constants", constants, Constants, "at.Constants(...)")
        checks.whole("T", T)
        checks.done()
        return np.asarray(self.order.value(constants.values() | {"T": T}))

    def __repr__(self) -> str:
        return f"at.lower_bounds.{self.name.upper()}"

    def __str__(self) -> str:
        return f"{self.name}: E‖∇f‖² ≥ c·({self.order})"


SOURCE = "arXiv 1912.02365 (Arjevani, Carmon, Duchi, Foster, Srebro, Woodworth)"
NOISY = Order(
    name="noisy",
    statement="""\
Every method that takes T gradients with noise of variance σ_f² of an L-smooth f needs T ≥
c·LF₀σ_f²/ε⁴ for E‖∇f‖² ≤ ε² on some f and noise.""",
    order=sqrt(L * F0 * sigma_f**2 / T),
    source=f"{SOURCE}; the constant is not stated here, since it was not checked",
)
MEAN_SQUARE = Order(
    name="mean_square",
    statement="""\
Every method that takes T gradients, each at two points with the same sample, of an f whose samples
are δ-Lipschitz in mean square, with noise of variance σ_f², needs T ≥ c·(δF₀σ_f/ε³ + σ_f²/ε²) for
E‖∇f‖² ≤ ε² on some f and noise.""",
    order=(delta * F0 * sigma_f / T) ** (2 / 3) + sigma_f**2 / T,
    source=f"{SOURCE}; the constant is not stated here, since it was not checked",
)
ORDERS: tuple[Order, ...] = (NOISY, MEAN_SQUARE)
