"""Reading a file's bytes and decompressing them; the compression is recognised by content, not by
the file's name."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auxtheory.errors import InputError
from auxtheory.files import read_bytes

CHUNK_BYTES = 2**20  # bytes that a decompressor takes at once
MAX_MEMORY = 2**30  # bytes that an xz stream may ask for
MAX_LAYERS = 3  # layers of compression that are removed

COMPRESSIONS: dict[bytes, tuple[str, Callable[[], Any]]] = {
    b"\x1f\x8b": ("gzip", lambda: zlib.decompressobj(wbits=31)),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": ("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MAX_MEMORY)),
    b"\x5d\0\0": ("lzma", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, MAX_MEMORY)),
}
# The first bytes of other formats, none of which can begin a supported file.
OTHER_FORMATS = {
    b"\x28\xb5\x2f\xfd": "a zstd file: decompress it first (zstd -d)",
    b"\x04\x22\x4d\x18": "an lz4 file: decompress it first (lz4 -d)",
    b"\x1f\x9d": "a file of compress (.Z): decompress it first (uncompress)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: extract it first",
    b"Rar!": "a rar archive: extract it first",
    b"\x93NUMPY": "a single array (.npy): save features and labels with np.savez",
    b"PAR1": "a Parquet file: save features and labels with np.savez",
    b"\x89HDF": "an HDF5 file: save features and labels with np.savez",
    b"MATLAB 5.0": "a MATLAB file: save features and labels with np.savez",
    b"\x80\x04\x95": "a pickle, which is not read: save features and labels with np.savez",
    b"<": "HTML or XML, such as a page that stands for a failed download",
    b"{": "JSON: save features and labels with np.savez",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}


def unreadable(path: Path, why: str) -> InputError:
    """The error for a file that cannot be read, with the place or the reason."""
    return InputError.listing([f"data = {str(path)!r}: {why}"])


def contents(path: Path) -> bytes:
    """A file's bytes after all layers of compression are removed; InputError if that fails or the
    file is empty."""
    raw = read_bytes("data", path)
    for _ in range(MAX_LAYERS):
        compression = next(
            (entry for magic, entry in COMPRESSIONS.items() if raw.startswith(magic)), None
        )
        if compression is None:
            break
        raw = _decompressed(path, raw, *compression)
    if not raw:
        raise unreadable(path, "is empty: holds no samples")
    what = next((what for magic, what in OTHER_FORMATS.items() if raw.startswith(magic)), None)
    if raw[257:262] == b"ustar":
        what = "a tar archive: extract it first"
    if what is not None:
        raise unreadable(path, f"is {what}")
    return raw


def _decompressed(path: Path, raw: bytes, name: str, new: Callable[[], Any]) -> bytes:
    """The decompressed streams of a file, joined; zeros may follow as padding."""
    view = memoryview(raw)
    at = 0
    parts = []
    while at < len(raw):
        stream = new()
        start = at
        try:
            while not stream.eof:
                if at == len(raw):
                    raise EOFError(f"it ends at byte {at}, within its compressed stream")
                piece = view[at : at + CHUNK_BYTES]
                parts.append(stream.decompress(piece))
                at += len(piece)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError) as error:
            reason = (
                f"what follows byte {start} is not part of it: {error}" if start else str(error)
            )
            raise unreadable(path, f"is not a complete {name} file ({reason})") from error
        at -= len(stream.unused_data)
        while at < len(raw) and not raw[at]:
            at += 1
    return b"".join(parts)
