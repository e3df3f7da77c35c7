"""What a theorem claims of all functions of a class: the class, the constants and the steps of its
cases, or why it cannot be certified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from auxtheory.bounds.added import AddedSymbol, words_in
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.user_symbols import values_of
from auxtheory.engines.worst_case.interpolation import FunctionClass
from auxtheory.engines.worst_case.run import unreadable
from auxtheory.engines.worst_case.sought import canonical, unmeasurable
from auxtheory.errors import AuxtheoryError
from auxtheory.noise.laws import Gaussian
from auxtheory.theorems import Theorem
from auxtheory.theorems.measured import measure_of
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta
from auxtheory.typing import FloatArray

MU = 0.1  # μ of the theorems with a linear rate, in units of L
CURVED: tuple[FunctionClass, ...] = ("strongly convex", "PL")
UNLIMITED = 100.0  # in 1/L: a larger step is no end of a range
# Constants of which the class of functions knows nothing.
OPEN = {"beta": "β", "zeta": "ζ"}


class ConstantsAlone:
    """A pair of which nothing is known but its constants."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants

    def constants(self, helper: str = "h") -> Constants:
        """The constants, which are those of every helper."""
        return self._constants

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a class of functions has no {name}, only constants()")

    def __repr__(self) -> str:
        return "a class of functions"


def names_of(theorem: Theorem) -> frozenset[str]:
    """The names of the constants and steps in the formulas of a theorem, and in the code of its
    functions and of those of its symbols."""
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    parts = [*bounds, *theorem.assumptions, *theorem.step_range]
    functions: list[Any] = [bound.function for bound in bounds if isinstance(bound, BlackBox)]
    functions += [symbol.compute for symbol in _symbols(theorem) if symbol.compute is not None]
    names = frozenset[str]()
    for part in parts:
        names |= frozenset() if isinstance(part, BlackBox) else part.names
    return names.union(*(words_in(function) for function in functions))


def _symbols(theorem: Theorem) -> tuple[AddedSymbol, ...]:
    return type(theorem).__symbols__


def classes_of(theorem: Theorem, wanted: Sequence[FunctionClass] | None) -> Sequence[FunctionClass]:
    """The classes of f of a theorem: the wanted ones; otherwise strongly convex if it has a μ, and
    smooth if it has none."""
    if wanted is not None:
        return wanted
    return ("strongly convex",) if "mu" in names_of(theorem) else ("smooth",)


def constants_of(theorem: Theorem, function_class: FunctionClass, delta: float) -> Constants:
    """The constants of a case without noise, L = F0 = 1, with the values of the user's symbols."""
    known = Constants(
        L=1.0,
        F0=1.0,
        mu=MU if function_class in CURVED else 0.0,
        delta=theorem.method.role.r(delta, 1.0, delta),
    )
    more = values_of(_symbols(theorem), ConstantsAlone(known), Gaussian(), ())
    return known.replace(more=more) if more else known


def refusal(theorem: Theorem, classes: Sequence[FunctionClass], delta: float) -> str | None:
    """Why a theorem cannot be certified whatever K and T are, or None: every reason."""
    reasons = [reason for reason in [unreadable(theorem.method)] if reason]
    measure = canonical(measure_of(theorem))
    reasons += dict.fromkeys(
        f"its measure has no worst case, since {reason}"
        for each in classes
        if (reason := unmeasurable(measure, theorem.method, each))
    )
    names = names_of(theorem)
    listed = ", ".join(glyph for name, glyph in OPEN.items() if name in names)
    # The step parameter β of a method is none of the constants.
    if listed and not names & OPEN.keys() <= set(theorem.method.parameters):
        reasons.append(f"it names {listed}, which no class of functions limits")
    for each in classes:
        reasons += [text for text in _of_constants(theorem, each, delta) if text not in reasons]
    reasons += _of_parameters(theorem)
    return "; ".join(reasons) or None


def _of_constants(theorem: Theorem, function_class: FunctionClass, delta: float) -> Iterator[str]:
    """Why the constants of a case do not suit a theorem."""
    try:
        constants = constants_of(theorem, function_class, delta)
    except AuxtheoryError as error:
        listed = ", ".join(s.glyph for s in _symbols(theorem) if s.compute is not None)
        yield (
            f"the value of {listed} must follow from the constants of a pair alone "
            f"({str(error).splitlines()[-1].strip()})"
        )
        return
    lacking = [
        symbol.glyph
        for symbol in _symbols(theorem)
        if symbol.compute is None and symbol.name not in theorem.method.parameters
    ]
    if lacking:
        yield f"{', '.join(lacking)} has no value: it is no parameter of {theorem.method.name}"
        return
    for unmet in theorem.unmet(constants):
        yield f"it assumes {unmet}, for a {function_class} f without noise"


def _of_parameters(theorem: Theorem) -> Iterator[str]:
    """Which step parameters have no value."""
    if "tuned" in theorem.regimes:
        return
    for name, default in theorem.method.parameters.items():
        if default is None and name not in ("eta", "a"):
            yield f"{name} must have a default value in the text of {theorem.method.name}"


def steps_of(
    theorem: Theorem, constants: Constants, K: int, T: int, fractions: FloatArray
) -> Iterator[Steps]:
    """Steps inside the range of a theorem: η down from its largest value, or from 1/L where it has
    none; a from its least value and 1. A theorem without a range has its prescribed steps alone."""
    lacking = [
        name
        for name, default in theorem.method.parameters.items()
        if default is None and name not in ("eta", "a")
    ]
    if "theorem" not in theorem.regimes or lacking:
        yield theorem.tune(constants, K, T)
        return
    lengths = Lengths(K=K, T=T, B=np.inf)
    longest = float(largest_eta(theorem, constants, lengths))
    if not np.isfinite(longest):
        return
    longest = 1.0 if longest > UNLIMITED else longest
    known: dict[str, Any] = {
        n: v for n, v in theorem.method.parameters.items() if n not in ("eta", "a")
    }
    for fraction in fractions:
        steps = Steps(eta=longest * float(fraction), K=K, T=T, mode="theorem", **known)
        moments: list[float | None] = [None]
        if theorem.method.uses_a:
            most, least = (float(end) for end in ends_of_a(theorem, constants, steps.eta, lengths))
            moments = [most, *([least] if T > 1 and least < most * (1 - 1e-9) else [])]
        for a in moments:
            chosen = steps if a is None else steps.replace(a=a)
            if a != a or theorem.unmet(constants, chosen):
                continue
            yield chosen
