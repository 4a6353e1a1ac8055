"""Read a source file whole, xz-compressed or not, but never more than a bound. Imports no parser."""

from __future__ import annotations

import lzma
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem

MAX_SOURCE_BYTES = 64 * 1024 * 1024
"""More than this, unpacked, is refused: an xz file may unpack to a thousand times its size."""

_CHUNK_BYTES = 1024 * 1024
_MAX_UNPACKER_BYTES = 256 * 1024 * 1024


def refuse(path: Path | str, message: str, *, line: int = 0, column: int = 0) -> CatalogInvalid:
    """Make the refusal of a file with one problem.

    Parameters
    ----------
    path
        The file; only its name is told.
    message
        What is wrong and what was expected.
    line, column
        Counted from 1; 0 means the whole file.

    Returns
    -------
    CatalogInvalid
        To be raised by the caller.
    """
    return CatalogInvalid((Problem(Path(path).name, line, column, message),))


def read_text(path: Path, *, max_bytes: int = MAX_SOURCE_BYTES) -> str:
    """Read a UTF-8 text, unpacking it when its name ends in ``.xz``.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Bound of the unpacked size in bytes, > 0.

    Returns
    -------
    str
        The text without a byte order mark; line ends as they stand.

    Raises
    ------
    CatalogInvalid
        The file is missing, too large, damaged, or not UTF-8.
    """
    raw = read_bytes(path, max_bytes=max_bytes)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(path, "expected UTF-8 text", line=line, column=1) from error


def read_bytes(path: Path, *, max_bytes: int = MAX_SOURCE_BYTES) -> bytes:
    """Read a file, unpacking it when its name ends in ``.xz``.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Bound of the unpacked size in bytes, > 0.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    CatalogInvalid
        The file is missing, too large, or damaged.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error
    if path.suffix == ".xz" and len(raw) <= max_bytes:
        raw = _unpacked(path, raw, max_bytes)
    if len(raw) > max_bytes:
        raise refuse(path, f"larger than the {max_bytes} bytes allowed")
    return raw


def _unpacked(path: Path, packed: bytes, max_bytes: int) -> bytes:
    """Unpack at most one byte more than the bound; several xz streams may follow each other."""
    chunks: list[bytes] = []
    size = 0
    try:
        while packed:
            unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MAX_UNPACKER_BYTES)
            while not unpacker.eof and size <= max_bytes:
                chunk = unpacker.decompress(packed, max_length=min(_CHUNK_BYTES, max_bytes + 1 - size))
                if not chunk and unpacker.needs_input:
                    raise refuse(path, "the xz file ends too early")
                packed = b""
                chunks.append(chunk)
                size += len(chunk)
            if size > max_bytes:
                break
            packed = unpacker.unused_data.lstrip(b"\0")
    except lzma.LZMAError as error:
        raise refuse(path, f"expected an xz file: {error}") from error
    return b"".join(chunks)
