"""The values that a user's function can read or change other than its arguments."""

from __future__ import annotations

import hashlib
import pickle
import random
import sys
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

MAX_ENTRIES = 2**16  # entries of a container, or bytes of an array, that are examined one by one
CODES = 10_000  # entries of the caches of copied functions and of trial results
CHANCE = (
    "random",
    "rand",
    "randn",
    "normal",
    "uniform",
    "choice",
    "shuffle",
    "randint",
    "standard_normal",
)
NUMBERS = bool, int, float, complex, str, bytes, type(None), np.generic
LIBRARIES = frozenset(("auxtheory", "numpy")) | sys.stdlib_module_names - {"__main__"}


@cache
def _installed(name: str) -> bool:
    """Whether a module belongs to this library, to Python, or to an installed package."""
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return name.partition(".")[0] in LIBRARIES or "site-packages" in file


def _module(value: object) -> str:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name if isinstance(name, str) else ""


def ours(function: object) -> bool:
    """Whether a function or a class is defined in this library."""
    return str(getattr(function, "__module__", "")).partition(".")[0] == "auxtheory"


def memory(function: object) -> tuple[Hashable, ...]:
    """The contents of everything that a function, or an object through its methods, can reach:
    default values, variables of enclosing functions, globals read by name and attributes, also
    those of the plain functions it can call. The results of two calls are equal if nothing has
    changed."""
    if ours(function):
        return ()
    try:
        return tuple(Walk(function).of(function))
    except Exception:  # an object whose attributes cannot be read
        return ()


def reads_a_stream(function: object) -> bool:
    """Whether a function can reach an iterator, which gives another value each time."""
    if ours(function):
        return False
    walk = Walk(function)
    with suppress(Exception):  # as in `memory`
        deque(walk.of(function), maxlen=0)
    return walk.stream


class Walk:
    """One pass over all reachable values, each visited once."""

    def __init__(self, root: object) -> None:
        # The package of the function, which may be an installed one.
        self.home = _module(root).partition(".")[0]
        # The values are kept too, since otherwise an address may be reused.
        self.visited: dict[int, tuple[int, object]] = {}
        self.stream = False
        self.names: set[str] = set()  # names of attributes and globals in the code so far

    def of(self, value: Any) -> Iterator[Hashable]:
        """The contents of a value as comparable pieces."""
        if isinstance(value, NUMBERS):
            yield type(value).__name__, repr(value)
            return
        if id(value) in self.visited:
            yield "again", self.visited[id(value)][0]
            return
        self.visited[id(value)] = len(self.visited), value
        inner = getattr(value, "py_func", None) or (
            None if isinstance(value, FunctionType) else _wrapped(value)
        )
        if isinstance(inner, FunctionType):
            yield from self.of(inner)
        elif isinstance(value, FunctionType):
            yield from self._function(value)
        elif isinstance(value, MethodType):
            yield from self._each([value.__func__, value.__self__])
        elif isinstance(value, partial):
            yield from self._each([value.func, value.args, value.keywords])
        elif isinstance(value, property):
            yield from self._each([value.fget])
        elif isinstance(value, staticmethod | classmethod):
            yield from self.of(value.__func__)
        else:
            yield from self._data(value)

    def _library(self, value: object) -> bool:
        """Whether a function, class or module belongs to a library, whose state is not examined."""
        name = _module(value)
        at_home = name.partition(".")[0] == self.home and self.home not in LIBRARIES
        return not at_home and _installed(name)

    def _each(self, values: Any) -> Iterator[Hashable]:
        for value in values:
            yield from self.of(value)

    def _function(self, function: FunctionType) -> Iterator[Hashable]:
        if self._library(function):
            yield function
            return
        code = function.__code__
        names = _names(function.__code__)
        self.names |= names
        yield code
        if "random" in names or names & set(CHANCE):
            yield str(random.getstate()), pickle.dumps(np.random.get_state())
        for cell in function.__closure__ or ():
            try:
                yield from self.of(cell.cell_contents)
            except ValueError:
                yield "empty"
        yield from self._each([function.__defaults__, function.__kwdefaults__, vars(function)])
        for name in sorted(names & function.__globals__.keys()):
            value = function.__globals__[name]
            if isinstance(value, ModuleType):
                if not self._library(value):
                    held = vars(value)
                    yield from self._each([held[other] for other in sorted(names & held.keys())])
            else:
                yield name
                yield from self.of(value)

    def _data(self, value: Any) -> Iterator[Hashable]:
        if isinstance(value, np.ndarray):
            yield (
                _array(value)
                if value.dtype != object
                else tuple(self._each(value.ravel().tolist()))
            )
        elif isinstance(value, Mapping | list | tuple | set | frozenset | deque):
            yield type(value).__name__, len(value)
            if len(value) > MAX_ENTRIES:
                yield _pickled(value)
            elif isinstance(value, Mapping):
                for key, entry in value.items():
                    yield from self.of(key)
                    yield from self.of(entry)
            else:
                yield from self._each(value)
        elif isinstance(value, type):
            yield value.__qualname__
            if not self._library(value):
                yield from self._attributes(dict(vars(value)))
        elif isinstance(value, BuiltinFunctionType) and not isinstance(
            value.__self__, ModuleType | type(None)
        ):
            yield value.__name__
            yield from self.of(value.__self__)
        elif isinstance(value, random.Random | np.random.Generator | np.random.RandomState):
            yield _pickled(value)
        elif hasattr(value, "__next__"):
            self.stream = True
            yield "stream", id(value)
        elif isinstance(value, ModuleType | np.ufunc | BuiltinFunctionType):
            yield id(value)
        else:
            yield from self._object(value)

    def _object(self, value: Any) -> Iterator[Hashable]:
        """The attributes of an object and of its class; for those of libraries, what can be written
        down."""
        yield from self.of(type(value))
        slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
        held = {name: getattr(value, name) for name in slots if hasattr(value, name)} | dict(
            _vars(value)
        )
        if held:
            yield from self._attributes(held)
        else:
            yield _pickled(value)
        for kind in type(value).__mro__[1:]:
            if not self._library(kind):
                yield from self.of(kind)

    def _attributes(self, held: dict[str, Any]) -> Iterator[Hashable]:
        for name, entry in held.items():
            if (name.startswith("__") and name != "__call__") or name == "_abc_impl":
                # Attributes that Python adds at any time, and methods that make or compare objects.
                continue
            if hasattr(entry, "__next__") and name not in self.names:
                continue  # no examined code reads it
            yield name
            yield from self.of(entry)


def _wrapped(value: Any) -> Any:
    """The function that a cache of `functools` or a `numpy.vectorize` applies."""
    kind = type(value).__name__
    return getattr(
        value, {"_lru_cache_wrapper": "__wrapped__", "vectorize": "pyfunc"}.get(kind, ""), None
    )


def _vars(value: Any) -> Mapping[str, Any]:
    return vars(value) if hasattr(value, "__dict__") else {}


def _slots(kind: type) -> tuple[str, ...]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


@cache
def _names(code: CodeType) -> frozenset[str]:
    """The names of globals and attributes in a function's code, that of inner functions
    included."""
    inner = (_names(const) for const in code.co_consts if isinstance(const, CodeType))
    return frozenset(code.co_names).union(*inner)


def _array(array: Any) -> Hashable:
    """An array's contents; for a large array, a sample of its numbers."""
    if array.nbytes > MAX_ENTRIES * 64:
        array = array.ravel()[:: array.nbytes // (MAX_ENTRIES * 8)]
    return (
        array.dtype.str,
        array.shape,
        hashlib.blake2b(np.ascontiguousarray(array).tobytes()).digest(),
    )


def _pickled(value: Any) -> Hashable:
    try:
        return hashlib.blake2b(pickle.dumps(value)).digest()
    except Exception:  # objects that cannot be pickled are compared by identity
        return id(value)


COPIES: dict[Hashable, FunctionType] = {}


def current(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a plain function with the values that it reads now: the same object as long as
    these are equal, and another one after a change, so that code compiled for old values is not
    used for new ones."""
    if not isinstance(function, FunctionType) or ours(function):
        return function
    key = function, memory(function)
    if key not in COPIES:
        if len(COPIES) >= CODES:
            COPIES.clear()
        code = function.__code__
        names = function.__globals__
        copy = FunctionType(
            code, names, function.__name__, function.__defaults__, function.__closure__
        )
        copy.__kwdefaults__ = function.__kwdefaults__
        copy.__module__ = function.__module__
        copy.__qualname__ = function.__qualname__
        COPIES[key] = copy
    return COPIES[key]
