"""Measures: what a theorem bounds and a run reports, as values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.bounds.units import Unit, unit_of
from auxtheory.errors import Checks, InputError, read_only, shown
from auxtheory.typing import FloatArray

Form: TypeAlias = Literal["grad", "norm", "gap", "distance", "square", "quadratic", "dissimilarity"]
Over: TypeAlias = Literal["last", "rounds", "local", "average", "starts"]
FORMS = ("grad", "norm", "gap", "distance", "square", "quadratic", "dissimilarity")
OVER = ("last", "rounds", "local", "average", "starts")
# Where the means over the points of a method with clients alone are taken.
OF_CLIENTS = ("average", "starts")
# The labels of the measures of `auxtheory.measures`, which are their names there.
LABELS = ("G", "G_avg", "G_x", "grad_last", "gap_last", "gap_mean", "distance_last")
GRADIENT = Unit(Fraction(1), Fraction(-1))
X = Unit(x=Fraction(1))
ONE = Unit()
F = Unit(Fraction(1))
Weights: TypeAlias = Callable[[FloatArray], Any] | Sequence[float] | str


@dataclass(frozen=True)
class StepWeights:
    """Weights that are the values of a step parameter, known once a run has steps.

    Args:
        name: The name of the step parameter, such as "eta".
        values: Its values in a run, shape (T,) or (T, C); None: not known.
    """

    name: str
    # Not compared, so that a trace finds the measure of a theorem, which has no steps.
    values: FloatArray | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """The expectation of a quantity at the last iterate, or its mean over iterates.

        "last":   E q(v) after the round;
        "rounds": Σ_t w_t E q(v after round t) / Σ_t w_t;
        "local":  the same over the points from which the local steps start, K in each round, and of
                  a method with clients over the clients at work
        "average": the same over the means of these points over the clients at work, K in each round
        "starts": the same over the points from which the rounds start

    with q(v) = ‖∇f(v)‖² ("grad"), ‖∇f(v)‖ ("norm"), f(v) − inf f ("gap"), ‖v − x*‖² ("distance"),
    ‖v‖² ("square"), (v − x*)ᵀW(v − x*) ("quadratic"), or the mean of ‖∇h_i(v) − ∇f(v)‖² over the
    helpers of the pair ("dissimilarity").

    Args:
        form: q.
        of: the state variable v of the method.
        over: "last", "rounds" or "local"; "average" or "starts" of a method with clients.
        weights: w as a function of the array t = 1.0, …, T, or its T values, or the name of a step
            parameter, such as "eta" for w_t = η_t; None for equal weights.
        matrix: W, shape (d,) for a diagonal one or (d, d), symmetric; for "quadratic" alone.
        unit: the unit of "quadratic" and "square", such as "F^2/X^2"; the others have their own.
        label: the name that is printed; by default one that says what it is.

    Raises:
        InputError: lists every argument that is wrong.

    Example:
        >>> import auxtheory as at
        >>> at.measures.gap_last, at.measures.distance(of="x", over="rounds")
        (at.measures.gap_last, at.measures.distance(over='rounds'))
    """

    form: Form
    of: str = "x"
    over: Over = "last"
    weights: Weights | None = None
    matrix: FloatArray | None = None
    # A text becomes the unit that it means.
    unit: Unit = ONE
    label: str = ""

    def __post_init__(self) -> None:
        checks = Checks()
        checks.member("form", self.form, FORMS)
        checks.member("over", self.over, OVER)
        if not isinstance(self.of, str) or not self.of.isidentifier():
            checks.complain("of", self.of, "must be the name of a state variable, such as 'x'")
        if isinstance(self.weights, str):
            object.__setattr__(self, "weights", StepWeights(self.weights))
        known = isinstance(self.weights, StepWeights | None) or callable(self.weights)
        if not known:
            listed = checks.several("weights", _plain(self.weights), "numbers, or a function of t")
            object.__setattr__(self, "weights", tuple(listed))
        unit = checks.attempt(unit_of, self.unit)
        if self.weights is not None and self.over == "last":
            checks.complain("weights", self.weights, "must be None for the last iterate")
        if (self.matrix is not None) != (self.form == "quadratic"):
            checks.complain("matrix", self.matrix, "must be given for 'quadratic', and only there")
        checks.done()
        if self.matrix is not None:
            object.__setattr__(self, "matrix", _matrix(self.matrix))
        squared = GRADIENT * GRADIENT
        units = {"grad": squared, "norm": GRADIENT, "gap": F, "distance": X * X}
        units["dissimilarity"] = squared
        object.__setattr__(self, "unit", units.get(self.form, unit))

    @property
    def name(self) -> str:
        """The name: the label, or what the measure is."""
        if self.label:
            return self.label
        of = "" if self.of == "x" else f"({self.of})"
        weighted = "" if self.weights is None else "_weighted"
        return f"{self.form}_{self.over}{weighted}{of}"

    @property
    def key(self) -> str:
        """A text that is equal for measures of the same quantity."""
        matrix = (
            "" if self.matrix is None else hashlib.sha256(self.matrix.tobytes()).hexdigest()[:16]
        )
        weights = "" if self.weights is None else hex(hash(self.weights))
        return f"{self.form}({self.of}) {self.over} {weights}{matrix}".strip()

    @property
    def variances(self) -> tuple[str, ...]:
        """Which σ² a bound on it may take where noise grows along the run: the "largest", or, for
        means over the run, their "mean" as well."""
        return ("largest",) if self.over == "last" else ("largest", "mean")

    def at(self, variable: str) -> Measure:
        """The same quantity at another state variable.

        Args:
            variable: its name, such as "average".

        Returns:
            The measure.
        """
        return replace(self, of=variable, label="")

    def weighted(self, weights: Weights) -> Measure:
        """The same mean with weights.

        Args:
            weights: w_t as a function of the array t = 1.0, …, T, or the name of a step parameter.

        Returns:
            The measure.

        Example:
            >>> import auxtheory as at
            >>> at.measures.G.weighted("eta")
            at.measures.grad(over='local', weights='eta')
        """
        return replace(self, weights=weights, label="")

    def at_steps(self, steps: Any) -> Measure:
        """The measure of a run with these steps, whose weights are known.

        Args:
            steps: The steps, an `at.Steps`.

        Returns:
            The measure; itself if its weights are not those of a step parameter.
        """
        if not isinstance(self.weights, StepWeights):
            return self
        value = steps.parameter(self.weights.name)
        # A step size that does not change has equal weights.
        values = value.over(self.weights.name, steps.T) if hasattr(value, "over") else None
        weights = replace(self.weights, values=np.ones(steps.T) if values is None else values)
        return replace(self, weights=weights)

    def weights_of(self, T: int) -> FloatArray:
        """w_t of each round, at least 0.

        Args:
            T: the number of rounds.

        Returns:
            An array of shape (T,); (T, C) of a step parameter that differs between configurations.

        Raises:
            InputError: the function fails, or gives anything but numbers of at least 0; or the
                values are not T.
        """
        if self.weights is None:
            return np.ones(T)
        if isinstance(self.weights, StepWeights):
            return self._of_steps(self.weights, T)
        if not callable(self.weights) and len(self.weights) != T:
            raise InputError.listing(
                [f"weights of {self.name}: must be T = {T} numbers, not {len(self.weights)}"]
            )
        try:
            w = np.broadcast_to(
                np.asarray(
                    self.weights(np.arange(1.0, T + 1.0))
                    if callable(self.weights)
                    else self.weights,
                    dtype=float,
                ),
                (T,),
            )
        except Exception as error:  # a user's function may raise anything
            raise InputError.listing(
                [
                    f"weights of {self.name}: must give a number for each t of an array "
                    f"({type(error).__name__}: {error})"
                ]
            ) from error
        return self._checked(w)

    def _of_steps(self, weights: StepWeights, T: int) -> FloatArray:
        if weights.values is None or len(weights.values) < T:
            raise InputError.listing(
                [f"weights of {self.name}: are those of {weights.name} in a run of T = {T} rounds"]
            )
        return self._checked(weights.values[:T])

    def _checked(self, w: FloatArray) -> FloatArray:
        if not np.all(np.isfinite(w)) or np.any(w < 0) or not np.all(np.any(w > 0, axis=0)):
            raise InputError.listing(
                [f"weights of {self.name} = {shown(w)}: must be at least 0, and one above 0"]
            )
        return w

    def __repr__(self) -> str:
        return self.spelt()

    def spelt(self, weights: str | None = None) -> str:
        """The expression that makes the measure.

        Args:
            weights: the name of the function of the weights; by default its own.

        Returns:
            The expression.
        """
        if self.label in LABELS and self.weights is None:
            return f"at.measures.{self.label}"
        w = self.weights
        arguments = {
            "of": repr(self.of) if self.of != "x" else None,
            "over": repr(self.over) if self.over != "last" else None,
            "weights": None
            if w is None
            else (weights or getattr(w, "__name__", repr(w)))
            if callable(w)
            else repr(w.name)
            if isinstance(w, StepWeights)
            else repr(list(w)),
            "matrix": None if self.matrix is None else repr(self.matrix.tolist()),
            "unit": repr(str(self.unit))
            if self.form in ("square", "quadratic") and self.unit != ONE
            else None,
        }
        if self.label:
            arguments = {"form": repr(self.form), **arguments, "label": repr(self.label)}
        listed = ", ".join(f"{name}={text}" for name, text in arguments.items() if text is not None)
        return f"at.measures.{'Measure' if self.label else self.form}({listed})"


def _plain(values: Any) -> Any:
    """An array as a list of numbers, anything else as it is."""
    return values.tolist() if isinstance(values, np.ndarray) else values


def _matrix(value: Any) -> FloatArray:
    checks = Checks()
    matrix = np.asarray(value, dtype=float)
    square = matrix.ndim == 1 or (matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1])
    if not square or not np.all(np.isfinite(matrix)):
        checks.complain("matrix", value, "must be finite, of shape (d,) or (d, d)")
    elif matrix.ndim == 2 and not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
        checks.complain("matrix", value, "must be symmetric")
    checks.done()
    return np.asarray(read_only(matrix))
