"""Results in a NetCDF file or a Zarr folder, whose arrays are read when they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from auxtheory.errors import StudyError
from auxtheory.files import cause
from auxtheory.study.storage.sealed import Seal, broken, sealed

AGAIN = "; export it again from its .study file, which loses nothing: auxtheory study export"
ENGINES = {".zarr": "zarr", ".nc": "h5netcdf"}


class Array(BackendArray):
    """An array of a file: texts are Python's, and whatever is wrong is one StudyError.

    Args:
        path: The file.
        variable: The variable of xarray that reads it.
        name: Its name.
        seal: The files of a folder as they were when it was opened.
    """

    def __init__(
        self, path: Path, variable: xr.Variable, name: str = "", seal: Seal | None = None
    ) -> None:
        self.path = path
        self.name = name
        self.seal = seal
        self.variable = variable
        self.shape = variable.shape
        self.is_text = variable.dtype.kind in "UTO"
        self.dtype = np.dtype(object) if self.is_text else variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._outer
        )

    def _outer(self, key: tuple[Any, ...]) -> Any:
        fault: Exception | None = None
        values: Any = None
        try:
            values = self.variable[key].values
        # A chunk that is lost or damaged; what libraries raise then is theirs.
        except Exception as error:
            fault = error
        # After the read, since a file may go while it lasts; Zarr reads a lost chunk as NaN.
        changed = None if self.seal is None else self.seal.changed(self.name)
        if changed is not None:
            raise StudyError(f"cannot read {self.path}: {changed}; open it again") from fault
        if fault is not None:
            raise StudyError(f"cannot read {self.path}: {_reason(fault, self.path)}") from fault
        return values.astype(object) if self.is_text else values


def exported(path: Path) -> xr.Dataset:
    """The Dataset in a NetCDF file or a Zarr folder, as it was stored.

    Raises:
        StudyError: The file cannot be read, or a part of it is lost or damaged.
    """
    try:
        path.stat()
        # Not to depend on the folder in which the process is later.
        place = path.absolute()
        seal = sealed(place) if path.suffix == ".zarr" else None
        fault = None if seal is None else broken(seal)
        if fault is not None:
            raise StudyError(f"cannot read {path}: {fault}{AGAIN}")
        data = xr.open_dataset(place, engine=ENGINES[path.suffix], chunks=None, cache=False)
        for name in data.coords:
            data.variables[name].load()
        if "theorems" not in data.attrs or "status" not in data:
            raise StudyError(f"cannot read {path}: it is not a study")
        return (
            data.load()
            if not data.sizes
            else data.assign(
                {
                    name: xr.Variable(
                        v.dims,
                        indexing.LazilyIndexedArray(Array(path, v.variable, str(name), seal)),
                        v.attrs,
                    )
                    for name, v in data.data_vars.items()
                }
            )
        )
    except StudyError:
        raise
    except Exception as error:  # NumPy, HDF5 and Zarr may raise anything on damaged files
        raise StudyError(f"cannot read {path}: {_reason(error, path)}") from error


def _reason(error: Exception, path: Path) -> str:
    """Why a file cannot be read, on one line."""
    text = cause(error, path) if isinstance(error, OSError) else f"{error}"
    return " ".join(text.split()) or type(error).__name__
