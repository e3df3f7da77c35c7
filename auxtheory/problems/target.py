"""The base class of all problem families, and their registry: a family is one class."""

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

AXES = ("L", "mu", "F0", "dim")  # fields of a target that can be axes of a study
UNRANKED = 1000  # the rank of families outside the library, which come last

_registry: dict[str, type[Target]] = {}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Target(ABC):
    """A function f of some problem family, which makes pairs (f, h) with a helper of given δ and ζ.

    A family is one frozen dataclass that derives from `Target`. Defining the class registers it:
    `run`, `validate`, `Study`, study files, `falsify`, counterexamples, strategies and the command
    line then accept it. It must have the method `with_helper`, which returns one of the library's
    pairs or a pair of its own (see `at.problems.GivenPair`). Everything else has a default:

    - fields: the parameters of f, by keyword. Those called L, mu, F0 or dim can be axes of a
      study, which makes each configuration by `dataclasses.replace`; L, mu and F0 (and delta and
      zeta of `with_helper`) can then be arrays of shape (C,), a grid of C configurations.
    - `coordinates`: the number of coordinates d, if there is no field `dim`.
    - `draw`: makes a random pair, for `at.strategies.pairs`.
    - `default`: the value of a field that is left out, if that is one number.
    - `exact`: True if its pairs are `QuadraticPair`s, for which the engine `exact` works.
    - `in_files`: False if its fields cannot be written into a study file.
    - `__repr__`: code that makes the target again; by default the call of the constructor with
      the name of its module.

    A family in a file is named `FILE.py:NAME` in study files and on the command line, as in
    `auxtheory validate --family bowl.py:Bowl`.

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
    # The place among the families, the simplest first: examples shrink towards simple families.
    rank: ClassVar[int] = UNRANKED

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__repr__" not in vars(cls):
            # Otherwise `dataclass` writes a __repr__ whose text cannot be read back.
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]
        _registry[f"{cls.__module__}.{cls.__qualname__}"] = cls

    @abstractmethod
    def with_helper(self, delta: Reals = 0.0, zeta: Reals = 0.0) -> Pair:
        """The pair of f with a helper h whose Hessian is δ away from f's and whose bias is ζ.

        A family can have further keyword arguments, each with a default.

        Args:
            delta: δ, the largest ‖∇²f − ∇²h‖; a number, or an array of shape (C,).
            zeta: ζ, with ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² at all points; as delta.

        Returns:
            The pair; a grid of C configurations if a field or an argument is an array.
        """

    @property
    def coordinates(self) -> int:
        """d, the number of coordinates; by default the field or property `dim`."""
        return int(getattr(self, "dim", None) or 1)

    def default(self, name: str) -> float | None:
        """The value of a field that is left out.

        Args:
            name: "L", "mu", "F0" or "dim".

        Returns:
            The value, in its unit; None if it depends on the other fields.
        """
        return None

    @classmethod
    def axes(cls) -> tuple[str, ...]:
        """The fields that can be axes of a study.

        Returns:
            Those of L, mu, F0 and dim that the family has.
        """
        names = cls.arguments()
        return tuple(name for name in AXES if name in names)

    @classmethod
    def arguments(cls) -> tuple[str, ...]:
        """The names of the arguments of the constructor.

        Returns:
            The names, in order.
        """
        return tuple(field.name for field in fields(cls) if field.init)

    @classmethod
    def draw(cls, choose: Choose) -> Pair:
        """A pair of the family, chosen by a strategy.

        Args:
            choose: Makes each choice.

        Returns:
            One pair.

        Raises:
            NotImplementedError: The family does not define it.
        """
        raise NotImplementedError(f"{cls.__name__}.draw(choose) makes a pair as chosen")

    @classmethod
    def kinds(cls) -> Mapping[str, Callable[[Choose], Pair]]:
        """The functions that draw a pair, by name.

        Returns:
            By default `draw`, if the family defines it, under its name in lower case.
        """
        defined = cls.draw.__func__ is not Target.draw.__func__  # type: ignore[attr-defined]
        return {cls.__name__.lower(): cls.draw} if defined else {}

    @classmethod
    def client_kinds(cls) -> Mapping[str, Callable[[Choose], Pair]]:
        """The functions that draw a pair with clients or several helpers, by name.

        Returns:
            By default none.
        """
        return {}

    def __repr__(self) -> str:
        taken = [field for field in fields(self) if field.init]
        defaults = {field.name: field.default for field in taken if field.default is not MISSING}
        values = {field.name: getattr(self, field.name) for field in taken}
        return f"{public_name(type(self))}({arguments(values, defaults)})"

    _repr_pretty_ = as_repr
    __str__ = described


def is_library(family: type) -> bool:
    """Whether a class belongs to the library and is a name of `at`; examples in the library's
    documentation are not."""
    home = sys.modules.get(family.__module__)
    inside = family.__module__.partition(".")[0] == __name__.partition(".")[0]
    return inside and getattr(home, family.__name__, None) is family


def public_name(family: type) -> str:
    """The name of a class in code: at.NAME, MODULE.NAME, or NAME if it is defined in the script."""
    if is_library(family):
        return f"at.{family.__name__}"
    home = "" if family.__module__ == "__main__" else f"{family.__module__}."
    return f"{home}{family.__qualname__}"


def families(*, library: bool = False) -> dict[str, type[Target]]:
    """All problem families that have been defined, the simplest first.

    Args:
        library: Whether only those of the library are returned, under their class names.

    Returns:
        The classes by the name that code has for them, such as "at.Cosine" or "mine.Bowl".

    Example:
        >>> import auxtheory as at
        >>> list(at.problems.families(library=True))
        ['Quadratic', 'Cosine', 'Logistic', 'Exponential']
    """
    known = sorted(_registry.values(), key=lambda family: family.rank)
    known = [family for family in known if not family.__abstractmethods__]
    if library:
        return {family.__name__: family for family in known if is_library(family)}
    return {public_name(family): family for family in known}


def kinds(*, library: bool = False) -> dict[str, Callable[[Choose], Pair]]:
    """The functions that draw a pair, of all problem families.

    Args:
        library: Whether only families of the library are included.

    Returns:
        The functions by name; of two families with the same name the first one's.

    Example:
        >>> import auxtheory as at
        >>> list(at.problems.kinds(library=True))
        ['quadratic', 'dense', 'cosine', 'logistic', 'exponential']
    """
    functions: dict[str, Callable[[Choose], Pair]] = {}
    for family in families(library=library).values():
        for name, draw in family.kinds().items():
            functions.setdefault(name, draw)
    return functions


def client_kinds(*, library: bool = False) -> dict[str, Callable[[Choose], Pair]]:
    """The functions that draw a pair with clients or several helpers, of all problem families.

    Args:
        library: Whether only families of the library are included.

    Returns:
        The functions by name; of two families with the same name the first one's.

    Example:
        >>> import auxtheory as at
        >>> list(at.problems.client_kinds(library=True))
        ['clients', 'dense-clients', 'helpers', 'dense-helpers', 'logistic-clients']
    """
    functions: dict[str, Callable[[Choose], Pair]] = {}
    for family in families(library=library).values():
        for name, draw in family.client_kinds().items():
            functions.setdefault(name, draw)
    return functions


def named() -> str:
    """The library's families as listed in a message: "a Quadratic, Cosine, Logistic or
    Exponential"."""
    *first, last = families(library=True)
    return f"a {', '.join(first)} or {last}" if first else f"a {last}"
