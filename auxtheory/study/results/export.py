"""Results in other formats: CSV and Parquet by rows, NetCDF and Zarr by dimensions; a file is
written completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from auxtheory.column_table import Columns
from auxtheory.errors import Checks, StudyError
from auxtheory.files import cause, writable, writable_folder
from auxtheory.study.results import streams
from auxtheory.study.storage.sealed import seal


class Results(Protocol):
    """The part of `at.Results` that an export reads."""

    @property
    def dataset(self) -> Any: ...

    def csv_texts(self) -> Iterator[str]: ...

    @property
    def arrays(self) -> Columns: ...


def _csv(results: Results, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(results.csv_texts())


def _parquet(results: Results, path: Path) -> None:
    streams.parquet(results.arrays, path)


def _netcdf(results: Results, path: Path) -> None:
    streams.netcdf(results.dataset, path)


def _zarr(results: Results, path: Path) -> None:
    streams.zarr(results.dataset, path)
    seal(path)


FORMATS: Mapping[str, tuple[str, Callable[[Results, Path], None]]] = MappingProxyType(
    {
        ".csv": ("", _csv),
        ".parquet": ("pyarrow", _parquet),
        ".nc": ("h5netcdf", _netcdf),
        ".zarr": ("zarr", _zarr),
    }
)


def check_name(path: Path) -> None:
    """Check the suffix, that the file can be written, and that the library for the format is
    installed."""
    checks = Checks()
    checks.member("the end of the name", path.suffix, FORMATS)
    checks.done()
    if path.suffix == ".zarr" and os.path.isdir(path):  # a Zarr store is a folder
        writable_folder("path", path.parent)
    else:
        writable("path", path)
    package = FORMATS[path.suffix][0]
    if package and find_spec(package) is None:
        raise ImportError(f"{path.suffix} needs {package}: pip install 'auxtheory[export]'")


def save(results: Results, path: Path) -> None:
    """Write the results to a temporary file, then rename it, so that no incomplete file has their
    name."""
    check_name(path)
    new = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        FORMATS[path.suffix][1](results, new)
        if path.is_dir() and path.suffix == ".zarr":
            shutil.rmtree(path)
        new.replace(path)
    except OSError as error:
        raise StudyError(f"cannot write {path}: {cause(error, path)}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        new.unlink(missing_ok=True)
