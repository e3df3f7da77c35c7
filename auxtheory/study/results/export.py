"""A study in the formats of others: CSV and Parquet by rows, NetCDF and Zarr by dimensions; whole
or not at all."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from auxtheory.errors import Checks, StudyError
from auxtheory.files import cause, writable, writable_folder


class Results(Protocol):
    """What an export reads of a study's results."""

    @property
    def dataset(self) -> Any: ...

    def csv_text(self) -> str: ...

    def to_pandas(self) -> Any: ...


def _csv(results: Results, path: Path) -> None:
    path.write_text(results.csv_text(), encoding="utf-8", newline="\n")


def _parquet(results: Results, path: Path) -> None:
    results.to_pandas().to_parquet(path, engine="pyarrow", index=False)


def _netcdf(results: Results, path: Path) -> None:
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    whole = io.BytesIO()  # since HDF5 crashes on a full disk
    with h5netcdf.File(whole, "w") as file:
        results.dataset.dump_to_store(H5NetCDFStore(file))
    path.write_bytes(whole.getbuffer())


def _zarr(results: Results, path: Path) -> None:
    # Texts are objects of no fixed width, for which the third format has no specification yet.
    results.dataset.to_zarr(path, mode="w", zarr_format=2, consolidated=True)


FORMATS: Mapping[str, tuple[str, Callable[[Results, Path], None]]] = MappingProxyType(
    {
        ".csv": ("", _csv),
        ".parquet": ("pyarrow", _parquet),
        ".nc": ("h5netcdf", _netcdf),
        ".zarr": ("zarr", _zarr),
    }
)


def check_name(path: Path) -> None:
    """Whether there is such a format, somewhere to put it, and the library that writes it."""
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
    """Write the results beside their place first, then put them there, so that nothing half-written
    has their name."""
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
