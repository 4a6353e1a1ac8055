"""Compiled products as files: a documented binary, written whole or not at all, checked when opened.

Layout, all integers little-endian:

====================  =======================================================================
bytes                 meaning
====================  =======================================================================
0-7                   ``ONELOTCG``
8-11                  format version (unsigned 32 bit)
12-15                 length of the description in bytes (unsigned 32 bit)
16-47                 SHA-256 of bytes 0-15 and of everything from byte 48
48 …                  description: UTF-8 JSON, then zeros up to a multiple of 64
then                  the arrays one after the other, each at a multiple of 64, C order
====================  =======================================================================

The description holds ``content_hash`` (of the product's source), ``arrays`` (name → data type, shape and offset
from the start of the file) and ``notes`` (what the writer wants to keep besides).

A file is only ever replaced, never written to: arrays mapped from the one before stay as they are. The version is
raised with every change of the layout or of what the arrays mean, so that nothing older is taken for the present.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAGIC: Final = b"ONELOTCG"
FORMAT_VERSION: Final = 3
_START: Final = struct.Struct("<8sII")
_HEAD_BYTES: Final = 48
_ALIGNMENT: Final = 64

Arrays = Mapping[str, NDArray[Any]]


def write_artifact(path: Path, *, content_hash: str, arrays: Arrays, notes: Mapping[str, object]) -> None:
    """Write an artifact; readers see the old file or the new one, never a part.

    Parameters
    ----------
    path
        The file; its folder is made when missing.
    content_hash
        Identity of the product's source.
    arrays
        Arrays by name.
    notes
        JSON-ready facts kept beside the arrays.

    Raises
    ------
    OSError
        The file cannot be written; what was there before is untouched.
    """
    arrays = {name: _little_endian(array) for name, array in arrays.items()}
    table: dict[str, tuple[str, list[int], int]] = {}
    description = _description(content_hash, table, notes, arrays)
    body = bytearray(description)
    body.extend(b"\0" * (_aligned(_HEAD_BYTES + len(body)) - _HEAD_BYTES - len(body)))
    for array in arrays.values():
        body.extend(array.tobytes())
        body.extend(b"\0" * (_aligned(_HEAD_BYTES + len(body)) - _HEAD_BYTES - len(body)))
    start = _START.pack(MAGIC, FORMAT_VERSION, len(description))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".artifact-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(start)
            file.write(_digest(start, body))
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _description(
    content_hash: str,
    table: dict[str, tuple[str, list[int], int]],
    notes: Mapping[str, object],
    arrays: Arrays,
) -> bytes:
    """Describe the arrays; their offsets depend on the length of the description, so it is found by trying."""
    length = 0
    while True:
        offset = _aligned(_HEAD_BYTES + length)
        for name, array in arrays.items():
            table[name] = (array.dtype.str, list(array.shape), offset)
            offset = _aligned(offset + array.nbytes)
        text = json.dumps({"content_hash": content_hash, "arrays": table, "notes": notes}).encode()
        if len(text) <= length:
            return text.ljust(length)
        length = len(text)


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def read_artifact(path: Path, *, content_hash: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """Open an artifact; its arrays are mapped from the file, read-only, and shared between processes.

    Parameters
    ----------
    path
        The file.
    content_hash
        Identity the artifact must have.

    Returns
    -------
    tuple of arrays and notes, or None
        None when the file is missing, damaged, of another version, or of another product.
    """
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError):
        return None
    start = mapped[: _START.size].tobytes()
    digest = mapped[_START.size : _HEAD_BYTES].tobytes()
    if len(mapped) < _HEAD_BYTES or digest != _digest(start, mapped.data[_HEAD_BYTES:]):
        return None
    magic, version, length = _START.unpack(start)
    if magic != MAGIC or version != FORMAT_VERSION:
        return None
    try:
        description = json.loads(mapped[_HEAD_BYTES : _HEAD_BYTES + length].tobytes())
        if description["content_hash"] != content_hash:
            return None
        arrays = {name: _mapped_array(mapped, *where) for name, where in description["arrays"].items()}
        return arrays, description["notes"]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        # Whole, but not written here.
        return None


def _digest(start: bytes, body: bytearray | memoryview) -> bytes:
    digest = hashlib.sha256(start)
    digest.update(body)
    return digest.digest()


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def _mapped_array(mapped: NDArray[np.uint8], kind: str, shape: list[int], offset: int) -> NDArray[Any]:
    data_type = np.dtype(kind)
    if data_type.kind not in "biu":
        raise ValueError(kind)
    return np.ndarray(tuple(shape), data_type, mapped, offset)
