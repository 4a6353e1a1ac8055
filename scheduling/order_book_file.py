"""The plain data of an order book's file: JSON, perhaps packed by gzip, read with care. Imports errors only."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from scheduling.errors import PlanFileInvalid
from scheduling.printable import printable

MAXIMUM_BYTES = 64_000_000
"""Of a file once it is unpacked."""
_PIECE = 1 << 20


def read_document(path: Path) -> Any:  # whatever the file holds
    """Read the data of a file.

    Raises
    ------
    PlanFileInvalid
        It cannot be read, is larger than 64 MB unpacked, is not JSON, or an object has two entries of one name.
    """
    try:
        content = _unpacked(path)
        if b"\x00" in content:
            raise _refusal(path, f"this is not text: byte {content.index(0)} is 0")
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object)
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _refusal(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise _refusal(path, f"this is not text: byte {error.start} is not of UTF-8") from error
    except json.JSONDecodeError as error:
        raise _refusal(path, f"line {error.lineno}: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise _refusal(path, f"not JSON that can be read: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # whatever the file holds
    """Make an object of its entries; two of one name would leave it open which is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the entry {twice[:40]!r} twice")
    return found


def _unpacked(path: Path) -> bytes:
    """Read a file, unpacked if it is packed, but never more of it than an order book may have."""
    with path.open("rb") as plain:
        is_packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        source = gzip.GzipFile(fileobj=plain) if is_packed else plain
        pieces, size = [], 0
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > MAXIMUM_BYTES:
                raise _refusal(path, f"more than {MAXIMUM_BYTES // 1_000_000} MB unpacked")
            pieces.append(piece)
    return b"".join(pieces)


def _refusal(path: Path, what: str, line: int = 0) -> PlanFileInvalid:
    name = printable(path.name)
    return PlanFileInvalid(f"{name}: {printable(what)}", file=name, line=line)
