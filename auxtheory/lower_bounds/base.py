"""The class of lower bounds: expressions of symbols, and the problem on which a method does at
least as badly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.errors import Checks, UnitError
from auxtheory.measures import G, Measure
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.typing import FloatArray

# A problem without noise of one kind is in every class with it.
NOISES = frozenset(("sigma_f", "sigma_h", "sigma_r"))
GLYPHS = {name: row.glyph for name, row in GLOSSARY.items()}

Instance: TypeAlias = tuple[Pair, Noise]
# Constants of a pair that any lower bound leaves open: a theorem that names others is about a
# smaller class, unless the lower bound says that its problems are in it.
LENGTHS = frozenset(("K", "T", "B", "lambda_K"))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LowerBound:
    """For all constant step parameters, some pair and noise of a class on which a method measures
    at least `bound`:

        for all η, a, K, T there are a pair and a noise with measured ≥ at_steps(η, a) and ≥ bound.

    The class is that of a theorem on the method: all pairs and noises whose constants are at most
    the stated ones (L, δ, σ) or equal to them (F₀, D₀). On one pair of the class a method may of
    course measure less.

    Args:
        name: The name, which is that of the method.
        method: The method.
        statement: The statement.
        proof: The proof.
        source: Where it comes from.
        bound: What holds for all step parameters, an expression of constants, K and T.
        at_steps: What holds at some steps, an expression of them too; `value` is the larger of the
            two.
        hard: The function of (constants, steps), of single numbers, that makes the pair and the
            noise.
        measure: What is bounded.
        respects: The names of further constants, not in the expressions, whose value the problems
            may have: "rho" and "M" if they are convex quadratics.

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
    respects: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        checks = Checks()
        checks.instance("method", self.method, MethodType, "a method, such as at.methods.SGD")
        checks.instance("measure", self.measure, Measure, "a measure, such as at.measures.G")
        for name in ("bound", "at_steps"):
            value = getattr(self, name)
            checks.instance(name, value, Posynomial, "an expression of at.symbols(...)")
        if not checks.complaints and self.bound.names & self.method.parameters.keys():
            allowed = "must hold for all step parameters; what depends on them is at_steps"
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
        return f"{self.name}: {self.measure.name} ≥ {self.bound} for every {self.parameters}"

    @property
    def parameters(self) -> str:
        """The step parameters as they are printed, such as "η and a"."""
        # How many clients work is part of the statement.
        others = [name for name in self.method.parameters if name != "S"]
        names = sorted(others, key=lambda name: name != "eta")
        *first, last = (GLYPHS.get(name, name) for name in names)
        return f"{', '.join(first)} and {last}" if first else last

    def covers(self, names: Iterable[str]) -> bool:
        """Whether the class of a theorem whose statement has these symbols has the problems of this
        lower bound.

        Args:
            names: The names of the symbols.

        Returns:
            True if they are constants that the problems respect, lengths or step parameters.
        """
        known = self.bound.names | self.at_steps.names | self.respects | LENGTHS
        return frozenset(names) <= known | self.method.parameters.keys() | NOISES

    def value(
        self, constants: Constants, steps: Steps | None = None, *, K: Any = 1, T: Any = None
    ) -> FloatArray:
        """The lower bound at some steps, or for all step parameters.

        Args:
            constants: The constants; numbers, or arrays of shape (C,).
            steps: The steps; None for the bound that holds for all of them.
            K: Without steps, the local steps in a round.
            T: Without steps, the rounds.

        Returns:
            The values, in the unit of the measure, of shape () or (C,).

        Raises:
            InputError: An argument has another type, K or T is missing or not allowed, or a step
                parameter is missing or changes from round to round.
        """
        checks = Checks()
        checks.instance("constants", constants, Constants, "at.Constants(...)")
        if steps is None:
            checks.whole("K", K)
            checks.whole("T", T)
        else:
            self._check_steps(checks, steps)
        checks.done()
        lengths = {"K": K, "T": T} if steps is None else steps.values()
        values = constants.values() | lengths
        for_all = self.bound.value(values)
        return np.asarray(
            for_all if steps is None else np.fmax(for_all, self.at_steps.value(values))
        )

    def instance(self, constants: Constants, steps: Steps) -> Instance:
        """The pair and the noise on which the method measures at least `value(constants, steps)`.

        Args:
            constants: The constants, single numbers.
            steps: The steps, of single numbers.

        Returns:
            The pair, with constants at most those given and F₀ (or D₀) equal to it, and the noise.

        Raises:
            InputError: A constant or a step parameter is an array, missing, or changes from round
                to round.
        """
        checks = Checks()
        checks.instance("constants", constants, Constants, "at.Constants(...)")
        self._check_steps(checks, steps)
        checks.done()
        values = constants.values() | steps.values()
        for name, value in values.items():
            if np.ndim(value):
                checks.complain(name, value, "must be one number")
        checks.done()
        return self.hard(constants, steps)

    def _check_steps(self, checks: Checks, steps: Any) -> None:
        checks.instance("steps", steps, Steps, "at.Steps(...)")
        if not isinstance(steps, Steps):
            return
        for name, default in self.method.parameters.items():
            if name in steps.scheduled:
                checks.complain(name, steps.parameter(name), "must be the same in every round")
            elif default is None and steps.parameter(name) is None:
                checks.complain(name, None, f"must be given for {self.method.name}")
