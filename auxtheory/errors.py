"""The errors that users can get, and the collector that reports all bad inputs at once."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    pass

Made = TypeVar("Made")
# Relative rounding error of a number that was computed to be exactly the end of a range.
EDGE = 4e-15
LARGEST = 1e100  # the largest input: squares and products of inputs stay finite
SMALLEST = 1 / LARGEST  # the smallest input that must not be 0, for the same reason
UNLIMITED = 1e150  # a σ that means noise without limit; its square is finite


class AuxtheoryError(Exception):
    """The base class of every error that the library raises on purpose.

    Example:
        >>> import auxtheory as at
        >>> issubclass(at.InputError, at.AuxtheoryError)
        True
    """


class InputError(AuxtheoryError, ValueError):
    """Bad input; the message has one line for each bad value and the range that is allowed.

    It is a ValueError too. `complaints` holds the lines one by one.

    Example:
        >>> import auxtheory as at
        >>> try:
        ...     at.Constants(L=-1.0, F0=0.0)
        ... except at.InputError as error:
        ...     print(error.args[0].splitlines()[0], len(error.complaints))
        2 bad inputs: 2
    """

    @classmethod
    def listing(cls, complaints: Sequence[str], where: str = "") -> Self:
        """The error that lists these complaints, and keeps them as `complaints`.

        Args:
            complaints: One line for each bad value.
            where: The file that holds the values, if they come from a file.

        Returns:
            The error, to be raised.
        """
        count = len(complaints)
        head = ("1 bad input" if count == 1 else f"{count} bad inputs") + (where and f" in {where}")
        error = cls(f"{head}:\n  " + "\n  ".join(complaints))
        error.complaints = tuple(complaints)
        return error

    complaints: tuple[str, ...] = ()


class AssumptionError(InputError):
    """A theorem was applied outside its assumptions; the message lists each broken one.

    Example:
        >>> import auxtheory as at
        >>> try:
        ...     at.theorems.Naive().require(at.Constants(L=1.0, F0=1.0, beta=2.0))
        ... except at.AssumptionError as error:
        ...     print(error)
        Naive (S2) does not apply:
          β < 1: the left side is 2, must be below 1
    """


class FileError(InputError, OSError):
    """A file cannot be read or written; the message names the argument, the path and the reason.

    It is an OSError too.

    Example:
        >>> import auxtheory as at
        >>> table = at.Table(({"T": 1},))
        >>> try:
        ...     table.to_csv("no/such/folder/table.csv")
        ... except OSError as error:
        ...     print(type(error).__name__)
        FileError
    """


class RefusedError(AuxtheoryError):
    """An engine cannot run this case; the message is the reason.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Cosine(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.1, K=2, T=3)
        >>> try:
        ...     at.run(at.methods.Naive, pair, None, steps, engine="exact")
        ... except at.RefusedError as error:
        ...     print("refused")
        refused
    """


class UnitError(AuxtheoryError, TypeError):
    """Two quantities of different units were added, compared or set equal.

    It is a TypeError too.

    Example:
        >>> import auxtheory as at
        >>> L, eta = at.symbols("L eta")
        >>> try:
        ...     L + eta
        ... except at.UnitError as error:
        ...     print(error)
        the terms of a sum must share one unit: L has unit F·X^-2; η has unit F^-1·X^2
    """


class Checks:
    """Collects complaints about values; `done()` raises one InputError that lists them all."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def complain(self, name: str, value: object, allowed: str) -> None:
        self.complaints.append(f"{name} = {shown(value)}: {allowed}")

    def number(
        self,
        name: str,
        value: Any,
        *,
        low: float = 0.0,
        high: float = LARGEST,
        above: bool = False,
        infinite: bool = False,
        rounding: float = 0.0,
    ) -> None:
        """Check real numbers (or an array of them) in [low, high]. `above` excludes low, `infinite`
        admits inf; rounding is the relative amount by which they may exceed high."""
        also = " or inf" if infinite else ""
        allowed = f"must be a finite number in {'(' if above else '['}{low:g}, {high:g}]{also}"
        if isinstance(value, bool | str | bytes | bytearray | memoryview) or value is None:
            return self.complain(name, value, allowed)
        if np.ma.is_masked(value):
            return self.complain(name, value, "must have no masked entries")
        try:
            array = np.asarray(value)
            if array.dtype.kind not in "iuf":
                raise TypeError
            array = array.astype(float)
        # An object that imitates an array may raise anything, as a tensor with a graph does.
        except Exception:
            return self.complain(name, value, allowed)
        inside = ((array > low) if above else (array >= low)) & (array <= high * (1 + rounding))
        if infinite:
            inside |= array == np.inf
        if array.size == 0:
            self.complain(name, value, "must not be empty")
        elif not np.all(inside):
            offending = array[~inside]
            self.complain(name, float(offending[0]) if offending.size == 1 else offending, allowed)

    def whole(
        self, name: str, value: Any, *, low: int = 1, high: int = 2**53, infinite: bool = False
    ) -> Any:
        """Check a whole number of at least low and return it as an int; 10.0 and NumPy's integers
        are whole numbers too. `infinite` admits inf."""
        if infinite and isinstance(value, float | np.floating) and value == np.inf:
            return float(value)
        number = whole(value)
        also = " or inf" if infinite else ""
        if not isinstance(number, int) or isinstance(number, bool) or number < low:
            self.complain(name, value, f"must be a whole number of at least {low}{also}")
        elif number > high:
            self.complain(name, value, f"must be a whole number of at most {high}{also}")
        return number

    def instance(self, name: str, value: object, kind: type | tuple[type, ...], what: str) -> None:
        """Check that a value has the right type, described by `what`."""
        if not isinstance(value, kind):
            self.complain(name, value, f"must be {what}")

    def member(self, name: str, value: object, allowed: Iterable[str]) -> None:
        """Check that a value is one of the allowed names; the complaint suggests the most similar
        one."""
        names = list(allowed)
        if not isinstance(value, str) or value not in names:
            self.complain(name, value, f"must be one of {', '.join(names)}{meant(value, names)}")

    def several(self, name: str, value: Any, what: str) -> list[Any]:
        """The entries of a list, described by `what`; [] and a complaint for any other value."""
        array = isinstance(value, np.ndarray) and value.ndim == 1
        if not array and not isinstance(value, list | tuple | range):
            self.complain(name, value, f"must be a list of {what}")
            return []
        return value.tolist() if isinstance(value, np.ndarray) else list(value)

    def function(self, name: str, value: Any, what: str) -> None:
        """Check that a function can be called with the arguments in `what`, such as "(done,
        total)", as far as its signature is known.
        """
        if not callable(value) or not _takes(value, what.count(",") + 1):
            self.complain(name, value, f"must be a function of {what}")

    def flag(self, name: str, value: Any) -> None:
        """True or False."""
        if not isinstance(value, bool | np.bool_):
            self.complain(name, value, "must be True or False")

    def attempt(self, make: Callable[..., Made], *args: Any, **kwargs: Any) -> Made | None:
        """Return make(*args, **kwargs); if it raises an InputError, add its complaints to these and
        return None."""
        try:
            return make(*args, **kwargs)
        except InputError as error:
            self.complaints += error.complaints or (str(error),)
            return None

    def done(self) -> None:
        if self.complaints:
            raise InputError.listing(self.complaints)


def check_names(checks: Checks, options: Iterable[str], allowed: Iterable[str]) -> None:
    """Complain about each keyword that is not one of the allowed ones, and suggest the nearest."""
    allowed = list(allowed)
    for name in options:
        checks.member("option", name, allowed)


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    """Whether a function takes this number of positional arguments; many built-in functions do not
    say.
    """
    try:
        inspect.signature(function).bind(*range(arguments))
    except TypeError:
        return False
    except ValueError:
        return not isinstance(function, type)
    return True


def nearest(value: object, names: Iterable[str]) -> str | None:
    """The most similar name, ignoring case; None if none is similar."""
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(str(value).casefold(), folded, n=1)
    return folded[near[0]] if near else None


def meant(value: object, names: Iterable[str]) -> str:
    """The end of a complaint that suggests the most similar name, if there is one."""
    near = nearest(value, names)
    return "" if near is None else f"; did you mean {near!r}?"


def shown(value: object) -> str:
    """A value on one short line, as a user would type it."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, threshold=6, edgeitems=2, separator=", ").replace("\n", " ")
    elif isinstance(value, np.generic):
        text = repr(value.item())
    else:
        try:
            text = repr(value)
        except Exception:  # a user's class may raise anything
            text = f"<{type(value).__qualname__}>"
    return text if len(text) <= 80 else text[:77] + "..."


def whole(value: Any) -> Any:
    """A number that is whole up to rounding in its last digits, as an int; any other value
    unchanged."""
    if isinstance(value, bool | np.bool_):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if not isinstance(value, float | np.floating) or not np.isfinite(value):
        return float(value) if isinstance(value, np.floating) else value
    near = round(float(value))
    return near if abs(float(value) - near) <= EDGE * abs(near) else value


def numbers(value: Any) -> Any:
    """An array of floats; if some value is not a number, an empty array, which no check allows."""
    try:
        array = np.asarray(value)
        return (
            array.astype(float)
            if array.dtype.kind in "iuf" and not np.ma.is_masked(value)
            else np.zeros(0)
        )
    except Exception:  # an object that imitates an array may raise anything
        return np.zeros(0)


def read_only(value: Any) -> Any:
    """A number as a float; an array or a list of numbers as a new float array that is read-only."""
    array = np.array(value, dtype=float)
    array.flags.writeable = False
    return array if array.ndim else float(array)


class StudyError(AuxtheoryError):
    """A study could not be run, stored or read; the cells that were measured before stay stored.

    Example:
        >>> import auxtheory as at
        >>> try:
        ...     at.Results.open("missing.study")
        ... except at.StudyError as error:
        ...     print(error)
        cannot read missing.study: there is no such file
    """
