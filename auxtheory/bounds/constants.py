"""Constants and steps: frozen records of the symbols' values, checked against the ranges of the
glossary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np

from auxtheory.bounds.added import ADDED
from auxtheory.bounds.clients_at_work import AT_WORK, as_one_number, check_at_work
from auxtheory.bounds.glossary import GLOSSARY, ONE, lookup
from auxtheory.bounds.per_client import PerClient
from auxtheory.bounds.schedules import PerRound
from auxtheory.errors import EDGE, UNLIMITED, Checks, InputError, read_only, whole
from auxtheory.printing import as_call, as_repr, number, numbers
from auxtheory.typing import FloatArray

Kind: TypeAlias = Literal["exact", "certified", "estimate"]
Mode: TypeAlias = Literal["tuned", "theorem", "unsafe"]
# The modes of a run's steps, and what they mean.
MODES: Mapping[Mode, str] = MappingProxyType(
    {
        "tuned": "the theorem's own",
        "theorem": "given inside its range",
        "unsafe": "given and free to leave it",
    }
)
# The modes in which a theorem makes a claim, and those with steps chosen by the user.
CLAIMED: tuple[Mode, ...] = ("tuned", "theorem")
GIVEN: tuple[Mode, ...] = ("theorem", "unsafe")
KINDS: tuple[Kind, ...] = get_args(Kind)
Reals: TypeAlias = float | FloatArray
# What a step parameter is if it is no single value.
VARYING = PerRound, PerClient

COMPUTED_ROUNDING = 1e-9  # relative, of a constant that a pair computes from its arrays
# Of δ in units of L, of ζ and σ in units of √(L F0): squares and sums of the values of a run stay
# finite.
FARTHEST = 1e40


Class = TypeVar("Class", bound=type)


def _takes_added(cls: Class) -> Class:
    """The class of constants with a keyword for each symbol that the user added."""
    plain = cls.__init__  # type: ignore[misc]

    @wraps(plain)
    def __init__(self: Any, /, **values: Any) -> None:
        if ADDED and not ADDED.keys().isdisjoint(values):
            added = {name: values.pop(name) for name in list(values) if name in ADDED}
            values["more"] = {**values.get("more", {}), **added}
        plain(self, **values)

    cls.__init__ = __init__  # type: ignore[misc]
    return cls


@_takes_added
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Constants:
    """The constants of a problem that theorems use: numbers, or arrays over a grid of
    configurations.

    A symbol made by `at.symbol` is a keyword and an attribute too, as in
    `at.Constants(L=1.0, F0=1.0, lip=2.0).lip`.

    Args:
        L: Smoothness, ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖, in F/X².
        F0: f(x⁰) − inf f, in F.
        mu: μ of the Polyak–Łojasiewicz inequality ½‖∇f‖² ≥ μ(f − f*), in F/X²; at most L.
        delta: δ, the Lipschitz constant of ∇(f − h), in F/X².
        beta: β of ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ², without unit; may be ∞.
        zeta: ζ of the same inequality, in F/X.
        sigma_f: Standard deviation of a stochastic gradient of f, in F/X.
        sigma_h: Standard deviation of a stochastic gradient of h, in F/X.
        sigma_r: Standard deviation of a stochastic gradient of r = f − h, in F/X.
        kinds: For the name of a constant "exact", "certified" (a bound) or "estimate"; those left
            out are exact.
        more: The values of symbols made by `at.symbol`, by name; numbers of at least 0, or ∞.

    Raises:
        InputError: Lists every value out of range.

    Example:
        >>> import auxtheory as at
        >>> at.Constants(L=1.0, F0=2.0, delta=0.1)
        at.Constants(L=1.0, F0=2.0, delta=0.1)
    """

    L: Reals
    F0: Reals
    mu: Reals = 0.0
    delta: Reals = 0.0
    beta: Reals = 0.0
    zeta: Reals = 0.0
    sigma_f: Reals = 0.0
    sigma_h: Reals = 0.0
    sigma_r: Reals = 0.0
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    more: Mapping[str, Reals] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checks = Checks()
        names = self.names()
        for name in names:
            check_quantity(checks, name, getattr(self, name), run=True)
        more = self._checked_more(checks)
        checks.instance(
            "kinds", self.kinds, Mapping, "a mapping from constants to exact, certified or estimate"
        )
        for name, kind in self.kinds.items() if isinstance(self.kinds, Mapping) else ():
            checks.member("a constant in kinds", name, (*names, *ADDED))
            checks.member(f"kinds[{name!r}]", kind, KINDS)
        check_grid(checks, **{name: getattr(self, name) for name in names}, **more)
        complaints = " ".join(checks.complaints)
        comparable = not any(word in complaints for word in ("L = ", "mu = ", "shapes"))
        if comparable and np.any(np.asarray(self.mu) > np.asarray(self.L) * (1 + 1e-12)):
            checks.complain("mu", self.mu, f"must be at most L = {self.L}")
        checks.done()
        for name in names:
            object.__setattr__(self, name, read_only(getattr(self, name)))
        kinds = {name: self.kinds.get(name, "exact") for name in (*names, *more)}
        more = {name: read_only(value) for name, value in more.items()}
        object.__setattr__(self, "kinds", MappingProxyType(kinds))
        object.__setattr__(self, "more", MappingProxyType(more))

    def _checked_more(self, checks: Checks) -> dict[str, Any]:
        """The values of added symbols, checked."""
        checks.instance("more", self.more, Mapping, "a mapping from added symbols to numbers")
        more = dict(self.more) if isinstance(self.more, Mapping) else {}
        for name, value in more.items():
            checks.member("a constant in more", name, ADDED)
            checks.number(str(name), value, high=UNLIMITED, infinite=True)
        return {name: value for name, value in more.items() if name in ADDED}

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The value of a symbol that the user added."""
            more = vars(self).get("more", {})
            if name in more:
                return more[name]
            raise AttributeError(f"at.Constants has no {name!r}")

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """The names of the constants, in the order of the arguments.

        Returns:
            The names, without `kinds` and `more`.
        """
        return tuple(f.name for f in fields(cls) if f.name not in ("kinds", "more"))

    def values(self) -> dict[str, Any]:
        """The constants by name, as a bound takes them.

        Returns:
            A number or an array of shape (C,) for each name, those in `more` included.
        """
        return {name: getattr(self, name) for name in self.names()} | dict(self.more)

    def replace(self, **changes: Any) -> Constants:
        """A copy with some constants changed.

        Args:
            changes: New values by name.

        Returns:
            The copy.

        Raises:
            InputError: Lists every value out of range.
        """
        return replace(self, **changes)

    def __repr__(self) -> str:
        kinds = {name: kind for name, kind in self.kinds.items() if kind != "exact"}
        return as_call(
            "at.Constants", {**self.values(), "kinds": kinds}, dict.fromkeys(self.names()[2:], 0.0)
        )

    _repr_pretty_ = as_repr

    def __str__(self) -> str:
        lines = []
        for name, value in self.values().items():
            known = lookup(name)
            glyph = name if known is None else known.glyph
            text = value if np.ndim(value) == 0 else numbers(value)
            lines.append(f"{glyph} = {text}  ({self.kinds[name]})")
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True, eq=False, init=False, repr=False)
class Steps:
    """The step sizes, other parameters and lengths of a run.

    Args:
        eta: The step size η, in X²/F; a number, an array over configurations, shape (C,), a
            schedule over the rounds, `at.per_round(…)`, or the η_i of each client,
            `at.per_client(…)`.
        K: Local steps in a round.
        T: Rounds.
        a: The momentum parameter, in (0, 1], for methods that have one.
        B: Batch of the first buffer; ∞ is the exact gradient.
        mode: "tuned" by the theorem's own rule, "theorem" if chosen inside its range, or "unsafe".
        parameters: Further step parameters of a method by name, such as beta=0.9: numbers, arrays
            of shape (C,), schedules or values of each client.

    Raises:
        InputError: Lists every value out of range.

    Example:
        >>> import auxtheory as at
        >>> print(at.Steps(eta=0.5, a=0.1, K=8, T=100))
        η = 0.5, a = 0.1, K = 8, T = 100, B = ∞ (unsafe)
        >>> at.Steps(eta=0.5, beta=0.9, K=1, T=100).parameters["beta"]
        0.9
    """

    # Numbers or arrays, as bounds take them; a schedule where the run has one.
    eta: Any
    K: int
    T: int
    a: Any
    B: float
    mode: Mode
    parameters: Mapping[str, Reals | PerRound | PerClient]

    def __init__(
        self,
        *,
        eta: Reals | PerRound | PerClient,
        K: int,
        T: int,
        a: Reals | PerRound | PerClient | None = None,
        B: float = np.inf,
        mode: Mode = "unsafe",
        **parameters: Any,
    ) -> None:
        checks = Checks()
        given = {"a": a, **parameters}
        values = {"eta": eta, **{name: v for name, v in given.items() if v is not None}}
        if AT_WORK in values:
            values[AT_WORK] = as_one_number(values[AT_WORK])
        lengths = Checks()
        check_lengths(lengths, K=K, T=T, B=B)
        _check_parameter(checks, "eta", eta, None if lengths.complaints else T)
        checks.complaints += lengths.complaints
        for name in [name for name in values if name != "eta"]:
            _check_parameter(checks, name, values[name], None if lengths.complaints else T)
        arrays = {n: v for n, v in values.items() if not isinstance(v, VARYING)}
        grids = {n: np.zeros(v.grid) for n, v in values.items() if isinstance(v, PerRound)}
        check_grid(checks, **arrays, **grids)
        checks.member("mode", mode, MODES)
        checks.done()
        held: dict[str, Any] = {
            n: v if isinstance(v, VARYING) else read_only(v) for n, v in values.items()
        }
        if "a" in arrays:
            held["a"] = read_only(np.minimum(arrays["a"], GLOSSARY["a"].high))
        for name, value in {"K": K, "T": T, "B": B}.items():
            object.__setattr__(self, name, whole(value))
        object.__setattr__(self, "eta", held.pop("eta"))
        object.__setattr__(self, "a", held.pop("a", None))
        object.__setattr__(self, "mode", mode)
        object.__setattr__(self, "parameters", MappingProxyType(held))

    def values(self) -> dict[str, Any]:
        """The steps by name, λ_K included, as a bound takes them.

        Returns:
            A number, or an array of shape (C,), for each name; a is None if there is no momentum.
            Schedules and values of each client are left out, since they are no single value.
        """
        every = {
            "eta": self.eta,
            "a": self.a,
            "K": self.K,
            "T": self.T,
            "B": self.B,
            "lambda_K": lambda_K(self.K),
            **self.parameters,
        }
        return {name: v for name, v in every.items() if not isinstance(v, VARYING)}

    def parameter(self, name: str) -> Reals | PerRound | PerClient | None:
        """A step parameter by name.

        Args:
            name: Such as "eta" or "beta".

        Returns:
            A number, an array of shape (C,), a schedule, or values of each client; None if it was
            not given.
        """
        if name in ("eta", "a"):
            value: Reals | PerRound | PerClient | None = getattr(self, name)
            return value
        return self.parameters.get(name)

    @property
    def scheduled(self) -> tuple[str, ...]:
        """The names of the parameters that have another value in each round."""
        every = {"eta": self.eta, "a": self.a, **self.parameters}
        return tuple(name for name, value in every.items() if isinstance(value, PerRound))

    @property
    def per_client(self) -> Mapping[str, PerClient]:
        """The parameters that have another value at each client, by name."""
        every = {"eta": self.eta, "a": self.a, **self.parameters}
        return {name: value for name, value in every.items() if isinstance(value, PerClient)}

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of the schedules that differ between configurations."""
        schedules = {name: self.parameter(name) for name in self.scheduled}
        return tuple(n for n, v in schedules.items() if isinstance(v, PerRound) and v.grid)

    @property
    def momentum(self) -> Any:
        """The a passed to a rule: 1 if the steps have none."""
        return 1.0 if self.a is None else self.a

    @property
    def exact_start(self) -> bool:
        """Whether the first batch is of all samples, B = ∞, and so free of noise."""
        return bool(np.isinf(self.B))

    def replace(self, **changes: Any) -> Steps:
        """A copy with some fields changed.

        Args:
            changes: New values by name.

        Returns:
            The copy.

        Raises:
            InputError: Lists every value out of range.
        """
        return Steps(**{**self._arguments(), **changes})

    def first(self, T: int) -> Steps:
        """The steps of the first T rounds.

        Args:
            T: A number of rounds, at most that of the steps.

        Returns:
            The steps, with schedules that end there.
        """
        every = self._arguments()
        cut = {n: v.first(T) for n, v in every.items() if isinstance(v, PerRound)}
        return Steps(**{**every, **cut, "T": T})

    def _arguments(self) -> dict[str, Any]:
        held = {name: value for name, value in vars(self).items() if name != "parameters"}
        return {**held, **self.parameters}

    def __repr__(self) -> str:
        order = {"eta": None, "K": None, "T": None, **self._arguments()}
        return as_call("at.Steps", order, {"a": None, "B": np.inf, "mode": "unsafe"})

    _repr_pretty_ = as_repr

    def __str__(self) -> str:
        texts = {"η": self.eta, "a": self.a, **self.parameters}
        listed = [f"{name} = {_text(v, self.T)}" for name, v in texts.items() if v is not None]
        return (
            f"{', '.join(listed)}, K = {self.K}, T = {self.T}, B = {number(self.B)} ({self.mode})"
        )


def _check_parameter(checks: Checks, name: str, value: Any, T: int | None) -> None:
    """Check a step parameter; of a schedule all its values, if the number of rounds is right."""
    if name == AT_WORK:
        check_at_work(checks, value)
        return
    if isinstance(value, PerRound):
        value = None if T is None else checks.attempt(value.over, name=name, T=int(T))
        if value is None:
            return
        value = np.ravel(value)
    if isinstance(value, PerClient):
        value = value.values
    check_step_parameter(checks, name, value)


def check_step_parameter(checks: Checks, name: str, value: Any) -> None:
    """Check one value of a step parameter: η and a against their rows of the glossary, any other,
    also one with the name of a constant, to be a finite number; S may be infinite."""
    if name in ("eta", "a"):
        check_quantity(checks, name, value)
    elif name == AT_WORK:
        check_at_work(checks, value)
    else:
        checks.number(name, value, low=-UNLIMITED, high=UNLIMITED)


def _text(value: Any, T: int) -> str:
    """A parameter as it is printed."""
    if isinstance(value, PerClient):
        return value.shown()
    if not isinstance(value, PerRound):
        return numbers(value)
    return value.shown(T) if value.text else f"{value.shown(T)} over the rounds"


def check_quantity(checks: Checks, name: str, value: Any, *, run: bool = False) -> None:
    """Check one value against its row of the glossary, up to the rounding of a computed limit.

    run: whether a σ may be that of a run, which may be infinite.
    """
    q = GLOSSARY[name]
    low = q.low * (1 - COMPUTED_ROUNDING)
    high = q.high if q.unit == ONE else q.high * (1 + COMPUTED_ROUNDING)
    high = UNLIMITED if run and name.startswith("sigma") else high
    edge = EDGE if name == "a" else 0.0
    checks.number(
        name, value, low=low, high=high, above=q.above, infinite=q.infinite, rounding=edge
    )


def check_together(checks: Checks, c: Constants) -> None:
    """Check that no constant is so large compared with L and F0 that squares of a run's values
    would overflow."""
    gradient = np.sqrt(c.L) * np.sqrt(c.F0)
    for name, unit, text in (
        ("delta", c.L, "L"),
        ("zeta", gradient, "√(L F0)"),
        ("sigma_h", gradient, "√(L F0)"),
        ("sigma_r", gradient, "√(L F0)"),
    ):
        # At β = ∞ the value of ζ has no meaning.
        known = np.isfinite(c.beta) if name == "zeta" else True
        if np.any((np.asarray(getattr(c, name)) > FARTHEST * unit) & known):
            checks.complain(
                name, getattr(c, name), f"must be at most {FARTHEST:g} {text} = {FARTHEST * unit}"
            )


def check_grid(checks: Checks, /, **values: Any) -> None:
    """Numbers, or arrays of one length: the configurations of a grid."""
    shapes = {name: shape_of(value) for name, value in values.items() if value is not None}
    arrays = {name: shape for name, shape in shapes.items() if shape != ()}
    if any(len(shape) != 1 for shape in arrays.values()) or len(set(arrays.values())) > 1:
        checks.complain(
            f"shapes of {', '.join(arrays)}",
            tuple(arrays.values()),
            "must be numbers or of one length",
        )


def shape_of(value: Any) -> tuple[int, ...]:
    try:
        shape = np.shape(value)
        return shape if isinstance(shape, tuple) else ()
    except Exception:  # a ragged list, or an object that imitates an array
        return (0, 0)


def check_lengths(checks: Checks, *, K: Any, T: Any, B: Any) -> None:
    """Check local steps, rounds and first batch."""
    checks.whole("K", K)
    checks.whole("T", T)
    checks.whole("B", B, infinite=True)


def lambda_K(K: int) -> float:
    """λ_K = 1/(4 sin²(π/(4K−2))), the squared norm of the strictly lower triangular K × K matrix of
    ones."""
    if K < 1:
        raise InputError.listing([f"K = {K}: must be a whole number of at least 1"])
    return 0.0 if K == 1 else float(0.25 / np.sin(np.pi / (4 * K - 2)) ** 2)
