"""The class of lower bounds: expressions of symbols, and the problem on which a method does at
least as badly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.errors import Checks, UnitError
from auxtheory.measures import G, Measure
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.typing import FloatArray

Instance: TypeAlias = tuple[Pair, Noise]
STEP_SIZES = frozenset(("eta", "a"))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LowerBound:
    """For every constant step size, some pair and noise of a class on which a method measures at
    least `bound`:

        for all η, K, T there are a pair and a noise with measured ≥ at_steps(η) and ≥ bound.

    The class is that of a theorem on the method: all pairs and noises whose constants are at most
    the stated ones (δ, σ) or equal to them (L, F₀). On one pair of the class a method may of course
    measure less.

    Args:
        name: The name, which is that of the method.
        method: The method.
        statement: The statement.
        proof: The proof.
        source: Where it comes from.
        bound: What holds for every η, an expression of constants, K and T.
        at_steps: What holds at one η, an expression of η too; `value` is the larger of the two.
        hard: The function of (constants, steps), of single numbers, that makes the pair and the
            noise.
        measure: What is bounded.

    Raises:
        InputError: `bound` depends on a step size, or an argument has another type.
        UnitError: `bound` or `at_steps` has another unit than the measure.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=1.0, sigma_f=1.0)
        >>> steps = at.Steps(eta=0.03, K=1, T=1000)
        >>> pair, noise = at.lower_bounds.SGD.instance(c, steps)
        >>> measured = at.run(at.methods.SGD, pair, noise, steps).G[-1].item()
        >>> lower = at.lower_bounds.SGD
        >>> print(f"{measured:.4f} ≥ {lower.value(c, steps):.4f} ≥ {lower.value(c, T=1000):.4f}")
        0.0488 ≥ 0.0483 ≥ 0.0440
    """

    name: str
    method: MethodType
    statement: str
    proof: str
    source: str
    bound: Posynomial
    at_steps: Posynomial
    hard: Callable[[Constants, Steps], Instance] = field(repr=False)
    measure: Measure = G

    def __post_init__(self) -> None:
        checks = Checks()
        checks.instance("method", self.method, MethodType, "a method, such as at.methods.SGD")
        checks.instance("measure", self.measure, Measure, "a measure, such as at.measures.G")
        for name in ("bound", "at_steps"):
            value = getattr(self, name)
            checks.instance(name, value, Posynomial, "an expression of at.symbols(...)")
        if isinstance(self.bound, Posynomial) and self.bound.names & STEP_SIZES:
            allowed = "must hold for every step size; what depends on it is at_steps"
            checks.complain("bound", str(self.bound), allowed)
        checks.done()
        for bound in (self.bound, self.at_steps):
            if bound.unit != self.measure.unit:
                raise UnitError(
                    f"{self.name}: {bound} has unit {bound.unit}, but {self.measure.name} has "
                    f"{self.measure.unit}"
                )

    def __repr__(self) -> str:
        return f"at.lower_bounds.{self.name}"

    def __str__(self) -> str:
        return f"{self.name}: {self.measure.name} ≥ {self.bound} for every η"

    def value(
        self, constants: Constants, steps: Steps | None = None, *, K: Any = 1, T: Any = None
    ) -> FloatArray:
        """The lower bound at some steps, or for every step size.

        Args:
            constants: The constants; numbers, or arrays of shape (C,).
            steps: The steps; None for the bound that holds for every η.
            K: Without steps, the local steps in a round.
            T: Without steps, the rounds.

        Returns:
            The values, in the unit of the measure, of shape () or (C,).

        Raises:
            InputError: An argument has another type, K or T is missing or not allowed, or η changes
                from round to round.
        """
        checks = Checks()
        checks.instance("constants", constants, Constants, "at.Constants(...)")
        if steps is None:
            checks.whole("K", K)
            checks.whole("T", T)
        else:
            _check_steps(checks, steps)
        checks.done()
        lengths = {"K": K, "T": T} if steps is None else steps.values()
        values = constants.values() | lengths
        for_all = self.bound.value(values)
        return np.asarray(
            for_all if steps is None else np.maximum(for_all, self.at_steps.value(values))
        )

    def instance(self, constants: Constants, steps: Steps) -> Instance:
        """The pair and the noise on which the method measures at least `value(constants, steps)`.

        Args:
            constants: The constants, single numbers.
            steps: The steps, of a single η.

        Returns:
            The pair, with L and F₀ of the constants and δ at most theirs, and the noise.

        Raises:
            InputError: A constant or η is an array, or η changes from round to round.
        """
        checks = Checks()
        checks.instance("constants", constants, Constants, "at.Constants(...)")
        _check_steps(checks, steps)
        checks.done()
        values = constants.values() | {"eta": steps.eta}
        for name, value in values.items():
            if np.ndim(value):
                checks.complain(name, value, "must be one number")
        checks.done()
        return self.hard(constants, steps)


def _check_steps(checks: Checks, steps: Any) -> None:
    checks.instance("steps", steps, Steps, "at.Steps(...)")
    if isinstance(steps, Steps) and "eta" in steps.scheduled:
        checks.complain("eta", steps.eta, "must be the same in every round")
