"""What every problem family offers, and the registry of all families: a family is one class."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from auxtheory.bounds.constants import Reals
from auxtheory.printing import as_repr, described
from auxtheory.problems.base import Pair
from auxtheory.problems.checks import arguments
from auxtheory.problems.choose import Choose

AXES = ("L", "mu", "F0", "dim")  # numbers of a target that a study can dial, by their field
UNRANKED = 1000  # of a family outside the library: after all of the library's

_registry: dict[str, type[Target]] = {}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Target(ABC):
    """An f of some problem family, which makes pairs (f, h) with a helper of given δ and ζ.

    A family is one frozen dataclass that derives from `Target`. Being defined registers it: it is
    then known to `run`, `validate`, `Study`, study files, counterexamples and strategies. It must
    have `with_helper`; everything else has a default:

    - fields: what f is made from. Those called L, mu, F0 or dim can be axes of a study, which
      makes each configuration by `dataclasses.replace`; L, mu and F0 (and delta and zeta of
      `with_helper`) then come as arrays of shape (C,), a grid of C configurations.
    - `coordinates`: d, if no field `dim` says it.
    - `draw`: a pair whose open choices somebody else makes, for `strategies.pairs`.
    - `default`: what a field that is left out amounts to, if that is one number.
    - `exact`: True if its pairs are `QuadraticPair`s, which the engine `exact` takes.
    - `in_files`: False if its fields cannot be written into a study file.
    - `__repr__`: code that makes the target again; here the constructor's call, with the name
      of its module before it, unless the class is the library's.

    Example:
        >>> import auxtheory as at
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Bowl(at.Target):
        ...     L: float = 1.0
        ...     def with_helper(self, delta=0.0, zeta=0.0):
        ...         return at.Quadratic(L=self.L, dim=2).with_helper(delta, zeta)
        >>> at.validate(at.theorems.ExactCorrection(), Bowl(), K=2, T=3).status
        'pass'
    """

    exact: ClassVar[bool] = False
    in_files: ClassVar[bool] = True
    # Its place among the families, the simplest first: what examples shrink towards.
    rank: ClassVar[int] = UNRANKED

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__repr__" not in vars(cls):
            # Else `dataclass` writes one whose text cannot be read back.
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]
        _registry[f"{cls.__module__}.{cls.__qualname__}"] = cls

    @abstractmethod
    def with_helper(self, delta: Reals = 0.0, zeta: Reals = 0.0) -> Pair:
        """The pair of f with a helper h whose Hessian is δ away from f's and whose bias is ζ.

        A family may have further arguments of its own, by keyword, each with a default.

        Args:
            delta: δ, the largest ‖∇²f − ∇²h‖; a number, or an array of shape (C,).
            zeta: ζ, with ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² at all points; as delta.

        Returns:
            The pair; a grid of C configurations if anything is an array.
        """

    @property
    def coordinates(self) -> int:
        """d, the number of coordinates; by default the field or property `dim`."""
        return int(getattr(self, "dim", None) or 1)

    def default(self, name: str) -> float | None:
        """The value of a field among L, mu, F0 and dim where it is left out, if that is one number
        whatever the other fields are; else None."""
        return None

    @classmethod
    def axes(cls) -> tuple[str, ...]:
        """The fields among L, mu, F0 and dim, which can be axes of a study."""
        own = cls.arguments()
        return tuple(name for name in AXES if name in own)

    @classmethod
    def arguments(cls) -> tuple[str, ...]:
        """The names of what a target of this family is made from."""
        return tuple(field.name for field in fields(cls) if field.init)

    @classmethod
    def draw(cls, choose: Choose) -> Pair:
        """A pair of the family whose open choices are made by `choose`."""
        raise NotImplementedError(f"{cls.__name__}.draw(choose) makes a pair as chosen")

    @classmethod
    def kinds(cls) -> Mapping[str, Callable[[Choose], Pair]]:
        """The ways to draw a pair, by name: by default `draw`, by the name of the family in lower
        case."""
        own = cls.draw.__func__ is not Target.draw.__func__  # type: ignore[attr-defined]
        return {cls.__name__.lower(): cls.draw} if own else {}

    def __repr__(self) -> str:
        own = [field for field in fields(self) if field.init]
        defaults = {field.name: field.default for field in own if field.default is not MISSING}
        values = {field.name: getattr(self, field.name) for field in own}
        return f"{public_name(type(self))}({arguments(values, defaults)})"

    _repr_pretty_ = as_repr
    __str__ = described


def is_library(family: type) -> bool:
    """Whether a class belongs to the library, so that `at` has its name; an example in the
    library's documentation does not."""
    home = sys.modules.get(family.__module__)
    inside = family.__module__.partition(".")[0] == __name__.partition(".")[0]
    return inside and getattr(home, family.__name__, None) is family


def public_name(family: type) -> str:
    """The name by which code says a class: at.NAME, MODULE.NAME, or NAME in a script itself."""
    if is_library(family):
        return f"at.{family.__name__}"
    home = "" if family.__module__ == "__main__" else f"{family.__module__}."
    return f"{home}{family.__qualname__}"


def families(*, library: bool = False) -> dict[str, type[Target]]:
    """All families that have been defined, by the name that code has for them, the simplest first;
    or those of the library, by their own name."""
    known = sorted(_registry.values(), key=lambda family: family.rank)
    known = [family for family in known if not family.__abstractmethods__]
    if library:
        return {family.__name__: family for family in known if is_library(family)}
    return {public_name(family): family for family in known}


def kinds(*, library: bool = False) -> dict[str, Callable[[Choose], Pair]]:
    """The ways to draw a pair, of all families or of the library's, by name; the first family that
    has a name keeps it."""
    found: dict[str, Callable[[Choose], Pair]] = {}
    for family in families(library=library).values():
        for name, draw in family.kinds().items():
            found.setdefault(name, draw)
    return found


def named() -> str:
    """The library's families as a message lists them: a Quadratic, Cosine or Logistic."""
    *first, last = families(library=True)
    return f"a {', '.join(first)} or {last}" if first else f"a {last}"
