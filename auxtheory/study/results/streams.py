"""Results written a slab of cells at a time: Parquet by groups of rows, NetCDF and Zarr along the
longest dimension."""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.column_table import Columns

if TYPE_CHECKING:
    import xarray as xr

ROWS = 2**16  # rows of a group in Parquet
CELLS = 2**17  # cells of a slab in NetCDF and Zarr


def parquet(columns: Columns, path: Path) -> None:
    """Write columns as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def group(start: int) -> Any:
        rows = slice(start, min(start + ROWS, columns.rows))
        arrays = {name: columns.at(name, rows) for name in columns}
        return pa.table({n: v.tolist() if v.dtype.kind == "U" else v for n, v in arrays.items()})

    first = group(0)
    kinds = {field.name: _kind(columns, field, pa) for field in first.schema}
    schema = pa.schema(list(kinds.items()))
    with path.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        writer.write_table(first.cast(schema))
        for start in range(ROWS, columns.rows, ROWS):
            writer.write_table(group(start).cast(schema))


def _kind(columns: Columns, field: Any, pa: Any) -> Any:
    """The type of a column, also if the first group of rows has no value of it."""
    return pa.string() if pa.types.is_null(field.type) else field.type


def slabs(data: xr.Dataset) -> tuple[str, list[slice]]:
    """The longest dimension of a Dataset, and the parts of it in which some thousand cells are."""
    sizes = {str(name): size for name, size in data.sizes.items()}
    longest = max(sizes, key=lambda name: sizes[name])
    others = prod(sizes.values()) // max(sizes[longest], 1)
    step = max(1, CELLS // max(others, 1))
    return longest, [slice(i, i + step) for i in range(0, sizes[longest], step)] or [slice(0, 0)]


def zarr(data: xr.Dataset, path: Path) -> None:
    """Write a Dataset as Zarr."""
    # Zarr's format 3 has no specification for texts of variable length yet.
    if not data.sizes:
        data.to_zarr(path, mode="w", zarr_format=2, consolidated=True)
        return
    longest, parts = slabs(data)
    for number, part in enumerate(parts):
        piece = data.isel({longest: part})
        if number:
            # What does not depend on the longest dimension is there already.
            rest = [name for name in piece.variables if longest not in piece[name].dims]
            piece.drop_vars(rest).to_zarr(path, append_dim=longest, zarr_format=2)
        else:
            encoding = {
                name: {"chunks": variable.shape}
                for name, variable in piece.variables.items()
                if longest in variable.dims and variable.size
            }
            piece.to_zarr(path, mode="w", zarr_format=2, consolidated=True, encoding=encoding)
    if len(parts) > 1:
        import zarr as library

        library.consolidate_metadata(str(path), zarr_format=2)


def netcdf(data: xr.Dataset, path: Path) -> None:
    """Write a Dataset as NetCDF."""
    import h5netcdf
    import xarray as xr

    variables, attributes = xr.conventions.encode_dataset_coordinates(data)
    with path.open("w+b", buffering=0) as opened:
        guarded = Guarded(opened)
        with h5netcdf.File(guarded, "w") as file:
            file.dimensions = {str(name): size for name, size in data.sizes.items()}
            file.attrs.update(attributes)
            for name, variable in variables.items():
                _write(file, str(name), variable, guarded)
                guarded.check()
        guarded.check()


def _write(file: Any, name: str, variable: Any, guarded: Guarded) -> None:
    """Write a variable, a slab at a time."""
    import h5py

    text = variable.dtype.kind in "OUT"
    kind = h5py.string_dtype() if text else variable.dtype
    missing = np.nan if variable.dtype.kind == "f" else None
    target = file.create_variable(name, variable.dims, kind, fillvalue=missing)
    for key, value in variable.attrs.items():
        target.attrs[key] = value
    for key in _blocks(variable.shape):
        values = variable[key].values
        target[key] = values.astype(object) if text else values
        guarded.check()


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """The slabs of an array along its longest dimension."""
    if not shape:
        yield ()
        return
    axis = int(np.argmax(shape))
    step = max(1, CELLS // max(prod(shape) // max(shape[axis], 1), 1))
    for start in range(0, shape[axis], step):
        whole = [slice(None)] * len(shape)
        whole[axis] = slice(start, min(start + step, shape[axis]))
        yield tuple(whole)


class Guarded(io.RawIOBase):
    """A file that HDF5 writes to, and that keeps what cannot be written from it, since HDF5 crashes
    on a full disk.

    Args:
        file: The file.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self.file = file
        self.error: OSError | None = None
        self.place = 0
        self.size = 0

    def check(self) -> None:
        """Raise the error of a write that failed."""
        if self.error is not None:
            raise self.error

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = start + offset
        return self.place

    def tell(self) -> int:
        return self.place

    def write(self, data: Any) -> int:
        """Write bytes or, after an error, forget them."""
        rest = memoryview(data).cast("B")
        length = len(rest)
        try:
            if self.error is None:
                self.file.seek(self.place)
            while self.error is None and len(rest):
                rest = rest[self.file.write(rest) :]
        except OSError as error:
            self.error = error
        self.place += length
        self.size = max(self.size, self.place)
        return length

    def readinto(self, target: Any) -> int:
        """Read bytes, zeros where none could be written."""
        view = memoryview(target).cast("B")
        self.file.seek(self.place)
        data = self.file.read(len(view)) or b""
        view[: len(data)] = data
        view[len(data) :] = bytes(len(view) - len(data))
        self.place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the size or, after an error, only remember it."""
        self.size = self.place if size is None else size
        try:
            if self.error is None:
                self.file.truncate(self.size)
        except OSError as error:
            self.error = error
        return self.size
