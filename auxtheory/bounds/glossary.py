"""The glossary of symbols with their units, ranges and meanings, and `symbols`, which returns them
as expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from auxtheory.bounds.added import ADDED, AddedSymbol
from auxtheory.bounds.derived import DERIVED as DERIVED
from auxtheory.bounds.posynomial import Posynomial, Single
from auxtheory.bounds.units import Unit
from auxtheory.columns import table
from auxtheory.errors import LARGEST, SMALLEST, Checks

ONE = Unit()
F = Unit(f=Fraction(1))
X = Unit(x=Fraction(1))
CURVATURE = F * X ** Fraction(-2)
GRADIENT = F * X ** Fraction(-1)
# The constants that define a target, and those that define its helper.
TARGET = ("L", "mu", "F0")
HELPER = ("delta", "zeta")
Row = TypeVar("Row")
COLUMNS = {"name": "name", "symbol": "glyph", "unit": "unit", "meaning": "meaning"}


class Glossary(Mapping[str, Row]):
    """Quantities by name; printed as a table of name, symbol, unit and meaning.

    Args:
        rows: The quantity for each name.

    Example:
        >>> import auxtheory as at
        >>> print(at.GLOSSARY["eta"].glyph, at.GLOSSARY["eta"].unit)
        η F^-1·X^2
        >>> "sigma_f" in at.GLOSSARY
        True
    """

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, name: str) -> Row:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        rows: list[dict[str, Any]] = [
            {column: str(getattr(row, attribute)) for column, attribute in COLUMNS.items()}
            for row in self.values()
        ]
        return table(rows, tuple(COLUMNS))


@dataclass(frozen=True)
class Quantity:
    """One row of the glossary.

    Args:
        name: The name in code, such as "sigma_f".
        glyph: How it is printed, such as "σ_f".
        unit: Its unit F^p·X^q.
        meaning: What it is, in words and formulas.
        above: Whether `low` itself is excluded.
        low: The smallest value allowed.
        high: The largest value allowed.
        infinite: Whether ∞ is allowed too.
    """

    name: str
    glyph: str
    unit: Unit
    meaning: str
    above: bool = False
    low: float = 0.0
    high: float = LARGEST
    infinite: bool = False

    @property
    def symbol(self) -> Posynomial:
        """The quantity as an expression to write a bound with."""
        return Posynomial.symbol(self.name, self.glyph, self.unit)


GLOSSARY: Mapping[str, Quantity] = Glossary(
    {
        q.name: q
        for q in (
            Quantity("L", "L", CURVATURE, "smoothness: ∇f is L-Lipschitz", low=SMALLEST),
            Quantity("mu", "μ", CURVATURE, "Polyak–Łojasiewicz: ½‖∇f(x)‖² ≥ μ(f(x) − f*)"),
            Quantity(
                "delta",
                "δ",
                CURVATURE,
                "Hessian similarity: ∇(f−h) is δ-Lipschitz; of AuxMVR its samples",
            ),
            Quantity(
                "beta", "β", ONE, "relative gradient bias: ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ²", infinite=True
            ),
            Quantity("zeta", "ζ", GRADIENT, "absolute gradient bias, for that β"),
            Quantity(
                "sigma_f",
                "σ_f",
                GRADIENT,
                "noise of a stochastic gradient of f: E‖g_f − ∇f‖² ≤ σ_f²",
            ),
            Quantity("sigma_h", "σ_h", GRADIENT, "noise of a stochastic gradient of the helper h"),
            Quantity("sigma_r", "σ_r", GRADIENT, "noise of a stochastic gradient of r = f − h"),
            Quantity("F0", "F₀", F, "initial gap: f(x⁰) − inf f", low=SMALLEST),
            Quantity("eta", "η", CURVATURE ** Fraction(-1), "step size", low=SMALLEST**2),
            Quantity(
                "eta_x",
                "η_x",
                X,
                "step size of a method that moves by multiples of it, such as SignSGD",
                low=SMALLEST**2,
            ),
            Quantity("a", "a", ONE, "momentum parameter, in (0, 1]", above=True, high=1.0),
            Quantity("K", "K", ONE, "local steps in a round"),
            Quantity("T", "T", ONE, "rounds"),
            Quantity("B", "B", ONE, "batch of the first buffer (∞: exact)", infinite=True),
            Quantity("lambda_K", "λ_K", ONE, "1/(4 sin²(π/(4K−2))), 0 at K = 1"),
        )
    }
)


def lookup(name: str) -> Quantity | AddedSymbol | None:
    """The symbol with this name, of the glossary or added by the user; None if there is none."""
    return GLOSSARY.get(name) or ADDED.get(name)


def every() -> list[Quantity | AddedSymbol]:
    """The symbols of the glossary and those that the user added."""
    return [*GLOSSARY.values(), *ADDED.values()]


def symbols(names: str | Iterable[str], *more: str, **assumptions: Any) -> Any:
    """The named symbols as expressions, to write a bound with.

    `L, eta = symbols("L eta")`, `symbols("L, eta")`, `symbols("L", "eta")` and
    `symbols(["L", "eta"])` are the same; `L = symbols("L")` is one symbol.

    Args:
        names: Names from `at.GLOSSARY`, or of symbols made by `at.symbol`, in one text or as a
            list.
        more: Further names.
        assumptions: Assumptions as SymPy takes them (positive=True) are refused: the ranges are
            those of the glossary.

    Returns:
        A tuple of expressions in the order of the names, or one expression.

    Raises:
        InputError: Lists every name that is not in the glossary or stands there twice.

    Example:
        >>> import auxtheory as at
        >>> L, F0, eta, T = at.symbols("L F0 eta T")
        >>> print(2 * F0 / (eta * T))
        2F₀/(ηT)
        >>> print(L * eta <= 1)
        Lη ≤ 1
    """
    checks = Checks()
    for word, value in assumptions.items():
        checks.complain(
            word, value, "must be left out: the range of every symbol is that of at.GLOSSARY"
        )
    listed: Any = [names, *more] if more else list(names) if isinstance(names, Iterator) else names
    listed = re.split(r"[\s,]+", listed.strip(" \t\n,")) if isinstance(listed, str) else listed
    if not isinstance(listed, list | tuple) or not listed or listed == [""]:
        checks.complain(
            "names",
            names,
            f"must be names from {', '.join(GLOSSARY)}, as in 'L, eta' or ['L', 'eta']",
        )
        checks.done()
    for name, count in Counter(
        name if isinstance(name, str) else repr(name) for name in listed
    ).items():
        glyph = next((q.name for q in every() if q.glyph == name and q.name != name), None)
        if glyph is not None:
            checks.complain("symbol", name, f"must be the name of a symbol, here {glyph!r}")
        else:
            checks.member("symbol", name, (*GLOSSARY, *ADDED))
        if count > 1:
            checks.complain("symbol", name, "must not be there twice")
    checks.done()
    expressions = tuple(known.symbol for known in map(lookup, listed) if known is not None)
    return (
        Single(expressions[0].terms)
        if len(expressions) == 1 and isinstance(names, str)
        else expressions
    )
