"""The cache of compiled code on disk: a folder named by a digest of the sources, with checksums,
safe for several threads and processes.

The cache only saves time. Files that cannot be read are compiled again, files that cannot be
written are not kept, and each case is logged once.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import repeat
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from auxtheory.fingerprint import PACKAGE, cache_base, fingerprint, source_of

log = logging.getLogger("auxtheory.compile")
fcntl: Any = importlib.import_module("fcntl") if os.name == "posix" else None
KERNELS = "auxtheory.kernels"
HAS_DOCSTRING = 0x4000000  # a flag of code objects, from Python 3.13 on
DEEPEST = 8  # functions within functions
SEAL = hashlib.sha256().digest_size
_logged: set[str] = set()


@cache
def cache_folder() -> Path | None:
    """A folder named by a digest of the loops and of all that they import, so that old code is
    never used after a change.

    It lies below NUMBA_CACHE_DIR if that is set, otherwise in the user's cache; None if no file can
    be written there.
    """
    digest = hashlib.sha256(f"{numba.__version__} {fingerprint(KERNELS)}".encode())
    try:
        folder = cache_base() / digest.hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        unusable(
            "written", error, "every process compiles again; NUMBA_CACHE_DIR names another folder"
        )
        return None


def unusable(how: str, error: Exception, consequence: str) -> None:
    """Log, once per process, that the cache cannot be read or written, with the cause and the
    consequence."""
    if how not in _logged:
        _logged.add(how)
        log.warning(
            f"auxtheory: the compile cache cannot be {how} ({type(error).__name__}: {error}); "
            f"{consequence}"
        )


def keep(dispatcher: Any) -> None:
    """Make a loop load its compiled form from the cache, or save it there after compilation."""
    folder = cache_folder() if fcntl else None
    if folder is not None:
        dispatcher._cache = Kept(dispatcher.py_func, folder)


class Kept(FunctionCache):
    """The compiled forms of one function on disk."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._py_func = function
        self._name = repr(function)
        stamp = _stamp(function)
        self._impl = _Implementation(function, folder, stamp)
        self._cache_path = str(folder)
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)
        self._lock = folder / f"{self._impl.filename_base}.lock"
        self.enable()

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        # The file's name and stamp hold the code and what it encloses. Numba pickles what it
        # encloses instead, in other bytes when Python has read the sources' bytecode from disk.
        return sig, codegen.magic_tuple()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled form for these types; None if the cache has no usable one."""
        try:
            # Machine code needs the symbols of Numba's runtime system, but not the tables of all
            # types and functions that Numba compiles, which take half a second to fill.
            rtsys.initialize(target_context)
            with self._alone():
                return self._load_overload(sig, target_context)
        except Exception as error:  # a damaged file may raise anything
            unusable("read", error, "what it held is compiled again")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save the compiled form, if possible."""
        try:
            with self._alone():
                super().save_overload(sig, data)
        except Exception as error:
            unusable("written", error, "what has been compiled is not kept")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock against other processes, since Numba's index of compiled code is not safe for
        two writers."""
        # The folder may have been deleted since.
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class _Implementation(CompileResultCacheImpl):
    """Name files by module, function and a digest of the code that is compiled into it. Numba names
    them by line number, which loses code when a docstring grows, and reads a setting that all
    threads share."""

    def __init__(self, function: Callable[..., Any], folder: Path, stamp: str) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Place(folder, stamp, inspect.getfile(function))
        self._filename_base = self.get_filename_base(
            f"{function.__module__}.{function.__qualname__}", sys.abiflags
        )


def _stamp(function: Callable[..., Any]) -> str:
    """A digest of everything compiled into a loop: its bytecode, which distinguishes loops of the
    same name, the values that it encloses, and the modules of its functions, including those passed
    as arguments (a method's rules, a pair's gradients)."""
    digest = hashlib.sha256(repr(_words(function)).encode(errors="backslashreplace"))
    for module, file in sorted(set(_homes(function))):
        ours = module.partition(".")[0] == PACKAGE
        tree = fingerprint(module) if ours else source_of(Path(file)).tree
        digest.update(f"{module} {tree}\n".encode())
    return digest.hexdigest()


def _homes(function: Callable[..., Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """The modules, and their files, of a function and of those that it encloses."""
    yield function.__module__, inspect.getfile(function)
    for values in enclosed(function) if depth < DEEPEST else ():
        for value in values if isinstance(values, tuple) else (values,):
            if isinstance(value, FunctionType):
                yield from _homes(value, depth + 1)


def enclosed(function: Callable[..., Any]) -> Iterator[Any]:
    """The values of a function's cells."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # a cell that has no value yet
            yield cell.cell_contents


def _words(value: Any, depth: int = 0) -> Any:
    """A description of a function, or of a value that one encloses, that is the same in every
    process."""
    if isinstance(value, FunctionType):
        # Of functions deeper than that no code is used twice.
        values = (
            map(_words, enclosed(value), repeat(depth + 1))
            if depth < DEEPEST
            else [os.urandom(16).hex()] * bool(value.__closure__)
        )
        code = _code(value.__code__, value.__doc__)
        return value.__module__, value.__qualname__, code, _words(value.__defaults__), *values
    if isinstance(value, tuple | list):
        return type(value).__name__, *map(_words, value, repeat(depth))
    plain = value is None or isinstance(value, bool | int | float | str | bytes | np.generic)
    return repr(value) if plain else hashlib.sha256(dumps(value)).hexdigest()


def _code(code: CodeType, documentation: str | None = None) -> list[Any]:
    """A function's bytecode, without its lines and its docstring."""
    constants = list(code.co_consts)
    if documentation is not None and constants[:1] == [documentation]:
        constants[0] = None
    return [
        code.co_code.hex(),
        [_code(part) if isinstance(part, CodeType) else repr(part) for part in constants],
        *(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        *(code.co_flags & ~HAS_DOCSTRING, code.co_argcount, code.co_kwonlyargcount),
    ]


class _Place:
    """The locator of cache files, as Numba requires it."""

    def __init__(self, folder: Path, stamp: str, source: str) -> None:
        self._folder = folder
        self._stamp = stamp
        self._py_file = source

    def ensure_cache_path(self) -> None:
        """Do nothing, since readers and writers create the folder."""

    def get_disambiguator(self) -> str:
        return self._stamp[:16]


class _Files(IndexDataCacheFile):
    """Index and data files that begin with a checksum of the rest, so that damaged machine code
    does not run."""

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, names = _unsealed(Path(self._index_path))
        except FileNotFoundError:
            return {}
        return names if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, names: dict[Any, str]) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, names))

    def save(self, key: Any, data: Any) -> None:
        """Add an entry; an index that cannot be read is replaced by a new one."""
        try:
            self._load_index()
        except ValueError:
            self.flush()
        super().save(key, data)

    def _load_data(self, name: str) -> Any:
        try:
            return _unsealed(Path(self._data_path(name)))
        except FileNotFoundError:
            raise
        except OSError as error:  # Numba reads this as a missing file
            raise ValueError(str(error)) from error

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _write(self, path: str, value: Any) -> None:
        data = self._dump(value)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(data).digest() + data)


def _unsealed(path: Path) -> Any:
    """The value stored in a file; ValueError if the checksum does not match."""
    raw = path.read_bytes()
    if hashlib.sha256(raw[SEAL:]).digest() != raw[:SEAL]:
        raise ValueError(f"{path} is damaged")
    return pickle.loads(raw[SEAL:])
