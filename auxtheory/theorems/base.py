"""The base class of theorems: a method, assumptions, a step-size rule and a bound, all of them
values that can be checked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod, update_abstractmethods
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial, reduce
from inspect import signature
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from auxtheory.bounds.added import ADDED, AddedSymbol
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.clients_at_work import AT_WORK, check_at_work
from auxtheory.bounds.conditions import by_round, scheduled
from auxtheory.bounds.constants import (
    CLAIMED,
    Constants,
    Mode,
    Steps,
    check_lengths,
    check_together,
)
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.bounds.schedules import PerRound
from auxtheory.bounds.user_symbols import values_of
from auxtheory.errors import AssumptionError, Checks, InputError, UnitError, shown
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.printing import as_repr, described
from auxtheory.problems import Pair, Region
from auxtheory.theorems.added import symbols_of
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import Bound, value_of
from auxtheory.theorems.corollary import Corollary as Corollary
from auxtheory.theorems.definition import (
    check_kinds,
    check_known,
    complete,
    others,
    steps_of,
    with_label,
)
from auxtheory.theorems.measured import (
    check_schedules,
    everyone,
    formula_values,
    measure_name,
    measure_of,
    step_values,
)
from auxtheory.theorems.parameters import check_parameters
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.statement import formula, to_latex
from auxtheory.typing import FloatArray, Values

Variance: TypeAlias = Literal["largest", "mean"]

# The attributes on which a proof depends.
STATED = {"bound", "corollaries", "measure", "method", "assumptions", "step_range"}
ALLOWED = {"≤": "at most", "<": "below", "=": "equal to", "≠": "other than"}
ABOVE = ALLOWED | {"≤": "at least", "<": "above"}
TINY = float(np.finfo(float).tiny)


def _within(kind: type[Theorem], bound: Bound, *, prescribed: bool) -> Bound:
    """A bound that is a function, with the conditions of its theorem, outside which it is never
    called."""
    if not isinstance(bound, BlackBox):
        return bound
    conditions = kind.assumptions if prescribed else (*kind.assumptions, *kind.step_range)
    steps = partial(kind.step_sizes, object.__new__(kind)) if prescribed else None
    return replace(
        bound,
        conditions=conditions,
        single_step=kind.method.single_step,
        steps=steps,
        parameters=kind.method.parameter_units,
    )


@dataclass(frozen=True)
class Unmet:
    """One broken assumption: the condition, and the value and limit of its two sides.

    Args:
        condition: The condition, as it is printed.
        value: The value of the left side.
        limit: The value of the right side.
        sign: The sign between them, which says what the left side must be: ≤, <, = or ≠.
        from_below: Whether the left side is a number, so that the right one must be above it.
        sentence: What the condition asks for in words; "": its two sides say it.

    Example:
        >>> import auxtheory as at
        >>> (unmet,) = at.theorems.Naive().unmet(at.Constants(L=1.0, F0=1.0, beta=2.0))
        >>> print(unmet)
        β < 1: the left side is 2, must be below 1
    """

    condition: str
    value: float
    limit: float
    sign: str = "≤"
    from_below: bool = False
    sentence: str = ""

    def __str__(self) -> str:
        if self.sentence:
            return f"{self.condition}: {self.sentence}"
        if self.from_below:
            allowed = f"must be {ABOVE[self.sign]} {self.value:.6g}"
            return f"{self.condition}: the right side is {self.limit:.6g}, {allowed}"
        allowed = f"must be {ALLOWED[self.sign]} {self.limit:.6g}"
        return f"{self.condition}: the left side is {self.value:.6g}, {allowed}"


class Theorem(ABC):
    """A bound on what a method does; statement, proof and source are the docstring of the subclass.

    A bound is an expression of `symbols`, or a function of (constants, steps). A bound alone is a
    theorem: the user chooses the steps, unless there is a `step_sizes`; then the bound holds at its
    steps too, if they lie in the range. Corollaries with `step_sizes` alone are a theorem as well.
    Units and everything else are checked when the class is defined. A class that defines a bound
    has variance = "largest" unless it sets another.

    Attributes:
        label: A short name, such as "S1".
        method: The method.
        measure: The bounded measure: "G" (the mean of E‖∇f‖² over local iterates, in F²/X²), "gap"
            (f − inf f at the end, in F), or any of `at.measures`.
        mean_square: Whether δ² must bound E‖g_r(x; ξ) − g_r(y; ξ)‖²/‖x − y‖²; by default true for
            methods that compare one sample at two points, such as AuxMVR.
        variance: Which σ² the bound takes where noise grows with ‖x − x*‖: the "largest" along the
            run, or, if the proof sums over the rounds, their "mean".
        assumptions: Conditions on the constants.
        step_range: Conditions on the steps too.
        regimes: Which are claimed: at the prescribed steps ("tuned"), in the range ("theorem");
            filled in from what the class defines.
        bound: Valid in the range.
        corollaries: Bounds at the steps of `step_sizes`; the smallest that applies counts.
        prescribed: The steps of `step_sizes` as expressions by name, for each case; `to_latex`
            prints them. Without it, what `step_sizes` returns for symbols, if it takes them.

    Example:
        >>> import auxtheory as at
        >>> L, F0, eta, T, K = at.symbols("L F0 eta T K")
        >>> class GradientDescent(at.Theorem):
        ...     method = at.methods.SGD
        ...     assumptions = at.symbols("sigma_f") <= 0
        ...     step_range = L * eta <= 1
        ...     bound = 2 * F0 / (eta * T)
        >>> steps = at.Steps(eta=0.5, K=1, T=100)
        >>> print(GradientDescent().value(at.Constants(L=1.0, F0=1.0), steps))
        0.04
    """

    label: ClassVar[str]
    method: ClassVar[MethodType]
    measure: ClassVar[Literal["G", "gap"] | Measure] = "G"
    # Whether δ² must bound E‖g_r(x; ξ) − g_r(y; ξ)‖²/‖x − y‖².
    mean_square: ClassVar[bool | None] = None
    variance: ClassVar[Variance] = "largest"
    assumptions: ClassVar[tuple[Condition, ...]] = ()
    step_range: ClassVar[tuple[Condition, ...]]
    regimes: ClassVar[tuple[Mode, ...]] = CLAIMED
    bound: ClassVar[Bound]
    corollaries: ClassVar[tuple[Corollary, ...]]
    prescribed: ClassVar[Rule]
    # The attributes that follow from what the class says.
    __derived__: ClassVar[frozenset[str]] = frozenset()
    # The symbols in it that the user added.
    __symbols__: ClassVar[tuple[AddedSymbol, ...]] = ()

    def __init_subclass__(cls, check_units: bool = True, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if all(name.startswith("__") for name in vars(cls)):
            # The class is empty, perhaps only for now: unpickling fills a class after creating it.
            return
        cls._complete(check_units)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Create a theorem. Attributes that an empty class inherits from classes that are not
        theorems are checked here, at first use."""
        if "__derived__" not in vars(cls) and others(cls):
            cls._complete()
        update_abstractmethods(cls)
        return super().__new__(cls)

    @classmethod
    def _complete(cls, check_units: bool = True) -> None:
        """Check the attributes of the class, and fill in those that follow from the others."""
        _take_the_weaker_reading(cls)
        complete(cls)
        check_parameters(cls)
        cls.__symbols__ = symbols_of(cls)
        expected = measure_of(cls).unit
        stated = (
            ()
            if "corollaries" in cls.__derived__
            else tuple(corollary.bound for corollary in cls.corollaries)
        )
        for i, bound in enumerate((cls.bound, *stated)):
            restricted = _within(
                cls,
                bound,
                prescribed=(i > 0 or "theorem" not in cls.regimes) and "tuned" in cls.regimes,
            )
            if check_units and restricted.unit != expected:
                raise UnitError(
                    f"{cls.__name__}: {bound} has unit {restricted.unit}, but "
                    f"{measure_name(cls)} has {expected}"
                )

    @property
    def name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    @abstractmethod
    def step_sizes(
        self, c: Constants, K: int, T: int, B: float
    ) -> tuple[Any, Any] | dict[str, Any]:
        """The prescribed step sizes, for constants that meet the assumptions.

        Args:
            c: The constants; numbers, or arrays of shape (C,).
            K: Local steps in a round.
            T: Rounds.
            B: Batch of the first buffer.

        Returns:
            η, in X²/F, and a (None if the method has none), or a dictionary of the step
            parameters by name; numbers, arrays of shape (C,), or schedules `at.per_round(…)`, for
            several configurations of values of shape (T, C).
        """

    def constants(self, pair: Pair, noise: Noise, region: Region | None = None) -> Constants:
        """The constants of the pair and the noise for this theorem's method, and the values of the
        symbols in it that `at.symbol` made.

        Args:
            pair: The pair.
            noise: The noise.
            region: The region on which those of the pair hold, such as `at.Ball(centre, radius)`;
                None: at all x.

        Returns:
            The constants that `tune`, `unmet` and `value` take.

        Raises:
            InputError: The theorem bounds f − inf f, and only a lower bound of inf f is known; or a
                constant is too large compared with L and F0; or the function of a symbol raises, or
                does not return a number of at least 0.
        """
        check_kinds(pair=pair, noise=noise)
        if measure_of(self).form == "gap" and not pair.infimum_known:
            allowed = (
                f"must have a known inf f, for {self.name} bounds f − inf f; only a lower "
                "bound of it is known"
            )
            raise InputError.listing([f"pair = {shown(pair)}: {allowed}"])
        helper = self.method.helper
        exact = self.method.exact_r
        # Constants of a pair that does not take regions hold at all x, thus on every region.
        takes_region = region is not None and "region" in signature(pair.constants).parameters
        of_pair = pair.constants(helper, **({"region": region} if takes_region else {}))
        completed = noise.constants(
            of_pair, helper, exact_refresh=exact, mean_square=bool(self.mean_square)
        )
        check_together(checks := Checks(), completed)
        checks.done()
        if not self.__symbols__:
            return completed
        more = values_of(self.__symbols__, pair, noise, np.shape(completed.L))
        return completed.replace(more={**completed.more, **more})

    def tune(
        self,
        constants: Constants,
        K: int,
        T: int,
        B: float = np.inf,
        *,
        S: float = np.inf,
        open_: frozenset[str] = frozenset(),
    ) -> Steps:
        """The prescribed step sizes.

        Args:
            constants: The constants.
            K: Local steps in a round.
            T: Rounds.
            B: Batch of the first buffer.
            S: Clients at work in each round, of a method that has clients; ∞: all.
            open_: Names of constants that only a run yields; assumptions on them are not checked.

        Returns:
            Steps of mode "tuned".

        Raises:
            AssumptionError: The constants break an assumption.
            InputError: K, T, B or S is not allowed.
        """
        checks = Checks()
        check_lengths(checks, K=K, T=T, B=B)
        with_clients = AT_WORK in self.method.parameters
        at_work: Any = S
        if with_clients:
            if np.ndim(S) == 0 and S == np.inf:
                at_work = constants.more.get(AT_WORK, S)
            at_work = check_at_work(checks, at_work, _whole(constants.more.get("N")))
        checks.done()
        self.require(constants, open_=open_)
        if with_clients and AT_WORK in ADDED:  # a rule reads it as it reads constants
            constants = constants.replace(more={**constants.more, AT_WORK: at_work})
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            prescribed = steps_of(self, constants, K, T, B)
        check_known(self, constants, prescribed)
        plain: dict[str, Any] = {
            name: None if v is None else _plain(v) for name, v in prescribed.items()
        }
        if with_clients and at_work < np.inf:
            plain = {AT_WORK: at_work, **plain}
        return Steps(**plain, K=K, T=T, B=B, mode="tuned")

    def unmet(
        self,
        constants: Constants,
        steps: Steps | None = None,
        *,
        open_: frozenset[str] = frozenset(),
    ) -> list[Unmet]:
        """Every broken assumption, with the value and limit of the worst configuration.

        Args:
            constants: The constants.
            steps: The steps, to check the step range too.
            open_: Names of constants; conditions on them are not checked.

        Returns:
            The broken assumptions; [] if all hold.
        """
        check_kinds(
            constants=constants, **({} if steps is None else {"steps": self.method.checked(steps)})
        )
        values: dict[str, Any] = constants.values()
        if steps is not None:
            check_schedules(self, steps, self._bounds)
            values = everyone(values | step_values(self.method, steps))
        broken = []
        for condition in self.assumptions + (self.step_range if steps is not None else ()):
            if condition.names & open_:
                continue
            holds = condition.holds(values)
            if not np.all(holds):
                if scheduled(condition.names, values):
                    rounds = by_round(condition.names, values)
                    holds = condition.holds(rounds)
                else:
                    rounds = values
                holds, left, right = np.broadcast_arrays(
                    holds, condition.left.value(rounds), condition.right.value(rounds)
                )
                excess = np.abs(left - right) if condition.sign == "=" else left - right
                worst = int(np.argmax(np.where(holds, -np.inf, excess)))
                sides = float(left.flat[worst]), float(right.flat[worst])
                number = not condition.left.names
                said = condition.sentence
                broken.append(Unmet(str(condition), *sides, condition.sign, number, said))
        return broken

    def require(
        self,
        constants: Constants,
        steps: Steps | None = None,
        *,
        open_: frozenset[str] = frozenset(),
    ) -> None:
        """Raise an error that lists every broken assumption, if there is one.

        Args:
            constants: The constants.
            steps: The steps, to check the step range too.
            open_: Names of constants; conditions on them are not checked.

        Raises:
            AssumptionError: An assumption is broken.
        """
        broken = self.unmet(constants, steps, open_=open_)
        if broken:
            lines = "\n  ".join(str(unmet) for unmet in broken)
            where = (
                ""
                if steps is None
                else f" at eta = {shown(steps.eta)}, {_listed(steps)}K = {steps.K}"
            )
            raise AssumptionError(f"{with_label(self)} does not apply{where}:\n  {lines}")

    def example(self) -> Case | None:
        """Return a problem on which the theorem is shown, the first default case of `auxtheory
        validate`.

        Returns:
            The case; None to take the default cases alone.
        """
        return None

    def tightest(self) -> Case | None:
        """Return the case with the largest measured/bound that is known.

        Returns:
            The case; None if none is recorded.
        """
        return None

    def within_range_alone(self, steps: Steps) -> bool:
        """Whether the claim at these steps holds in the step range alone: a corollary holds at
        prescribed steps whatever the range, a bound without a corollary does not.

        Args:
            steps: The steps.

        Returns:
            True or False.
        """
        return steps.mode != "tuned" or "corollaries" in self.__derived__

    def value(self, constants: Constants, steps: Steps, where: Any = True) -> FloatArray:
        """The bound: the smallest corollary that applies if tuned, otherwise the general bound.

        Args:
            constants: The constants; numbers, or arrays of shape (C,).
            steps: The steps.
            where: The configurations in which it is needed, shape (C,); a bound that is a function
                is NaN in the others.

        Returns:
            The values, in F²/X² or F, of shape () or (C,).
        """
        return np.asarray(np.min(self.candidates(constants, steps, where)[1], axis=0))

    def candidates(
        self, constants: Constants, steps: Steps, where: Any = True
    ) -> tuple[tuple[Bound, ...], FloatArray]:
        """The formulas of which the smallest is the bound, and the value of each.

        Args:
            constants: The constants; numbers, or arrays of shape (C,).
            steps: The steps.
            where: As for `value`.

        Returns:
            The formulas, and their values, shape (formulas, ...).
        """
        check_kinds(constants=constants, steps=steps)
        values = formula_values(self.method, constants, self.method.checked(steps))
        check_schedules(self, steps, self._bounds)
        if steps.mode != "tuned" and "theorem" in self.regimes:
            return (self.bound,), np.asarray(value_of(self.bound, values, where))[None]
        bounds = np.broadcast_arrays(
            *(corollary.value(values, where) for corollary in self.corollaries)
        )
        return tuple(corollary.bound for corollary in self.corollaries), np.stack(bounds)

    @property
    def _bounds(self) -> tuple[Bound, ...]:
        return (self.bound, *(corollary.bound for corollary in self.corollaries))

    def formula(self, constants: Constants, steps: Steps, configuration: int = 0) -> Bound:
        """The formula that `value` evaluates, for one configuration.

        Args:
            constants: The constants.
            steps: The steps.
            configuration: The index of the configuration.

        Returns:
            The expression, or the bound that is a function.

        Raises:
            InputError: The index is not a whole number of at least 0.
        """
        formulas, bounds = self.candidates(constants, steps)
        checks = Checks()
        configuration = checks.whole("configuration", configuration, low=0)
        checks.done()
        flat = bounds.reshape(len(formulas), -1)
        return formulas[int(np.argmin(flat[:, min(configuration, flat.shape[1] - 1)]))]

    def to_latex(self) -> str:
        r"""The statement in LaTeX: an environment `theorem` of amsthm with setting, method,
        conditions, bound, prescribed steps with the bounds there, and source. It needs the packages
        amsmath, amssymb and amsthm. A bound that is a function is printed as code.

        Returns:
            The code.

        Example:
            >>> import auxtheory as at
            >>> print(at.theorems.SGD().to_latex().splitlines()[0])
            \begin{theorem}[SGD (S0)]\label{thm:S0}
        """
        return to_latex(self)

    def _repr_latex_(self) -> str:
        return f"$${formula(self)}$$"

    def __repr__(self) -> str:
        return f"at.theorems.{self.name}()"

    _repr_pretty_ = as_repr
    __str__ = described


def _take_the_weaker_reading(cls: type[Theorem]) -> None:
    """Set what a class leaves open so that it claims less."""
    attributes = others(cls) | vars(cls)
    if "variance" not in attributes and STATED & set(attributes):
        cls.variance = "largest"
    open_ = cls.mean_square is None or ("method" in attributes and "mean_square" not in attributes)
    if open_ and isinstance(getattr(cls, "method", None), MethodType):
        cls.mean_square = bool(cls.mean_square) or cls.method.compares_samples


def smallest(caps: Iterable[Posynomial], values: Values) -> FloatArray:
    """The least of several caps on a step size."""
    return reduce(np.minimum, (cap.value(values) for cap in caps))


def noise_cap(variance: Posynomial) -> Posynomial:
    """√(2F0/(K T variance)): the step that balances 2F0/(ηKT) against η·variance."""
    F0, K, T = symbols("F0 K T")
    return sqrt(2 * F0 / (K * T * variance))


def _listed(steps: Steps) -> str:
    """The step parameters but η as they are printed in a list."""
    values = {"a": steps.a, **steps.parameters}
    return "".join(
        f"{name} = {shown(value)}, " for name, value in values.items() if value is not None
    )


def _whole(N: Any) -> int | None:
    """The number of clients N among constants as an int; None where it is not known."""
    return None if N is None or not np.all(np.isfinite(N)) else int(np.max(N))


def _plain(value: Any) -> Any:
    if isinstance(value, PerRound):
        return value
    return float(value) if np.ndim(value) == 0 else np.asarray(value)
