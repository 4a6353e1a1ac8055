"""Static files: a fingerprint in their address, a year in the reader's cache, and a compressed form made once."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

MARK = "v"
"""Name of the fingerprint in the address of a static file."""
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
FONTS = "fonts/"
"""Fonts are named by style sheets too, which know no fingerprints: a changed font gets another name."""
COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".txt"})
_FINGERPRINT_LETTERS = 10


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read: when it was written, its fingerprint, and its compressed form if that is worth while."""

    changed: int
    fingerprint: str
    compressed: bytes | None


class StaticFiles:
    """The static files of an application, read again when they change.

    Parameters
    ----------
    folder
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def fingerprint(self, name: str) -> str:
        """Give the fingerprint of a file; empty for what is no file."""
        found = self._find(name)
        return "" if found is None else found.fingerprint

    def compressed(self, name: str) -> bytes | None:
        """Give a file in its compressed form; None when it has none."""
        found = self._find(name)
        return None if found is None else found.compressed

    def _find(self, name: str) -> _Kept | None:
        path = self._folder / name
        try:
            changed = path.stat().st_mtime_ns
            known = self._kept.get(name)
            if known is None or known.changed != changed:
                known = self._kept[name] = _read(path, changed)
        except OSError:
            return None
        return known


def _read(path: Path, changed: int) -> _Kept:
    content = path.read_bytes()
    compressed = gzip.compress(content, 9, mtime=0) if path.suffix in COMPRESSIBLE else None
    fingerprint = hashlib.sha256(content).hexdigest()[:_FINGERPRINT_LETTERS]
    is_smaller = compressed is not None and len(compressed) < len(content)
    return _Kept(changed, fingerprint, compressed if is_smaller else None)


def register_static_files(app: Flask) -> None:
    """Mark the addresses of an application's static files, and let browsers keep what cannot change."""
    files = StaticFiles(Path(str(app.static_folder)))

    @app.url_defaults
    def mark(endpoint: str, values: dict[str, Any]) -> None:  # Any: as Flask declares it
        if endpoint == "static" and MARK not in values and not values["filename"].startswith(FONTS):
            fingerprint = files.fingerprint(values["filename"])
            if fingerprint:
                values[MARK] = fingerprint

    @app.after_request
    def finish(response: Response) -> Response:
        return _finished(response, files) if request.endpoint == "static" else response


def _finished(response: Response, files: StaticFiles) -> Response:
    """Say how long a static file may be kept, and send its compressed form to who takes it."""
    if response.status_code not in {200, 304}:
        return response
    name = str((request.view_args or {}).get("filename", ""))
    is_certain = name.startswith(FONTS) or request.args.get(MARK, "") == files.fingerprint(name) != ""
    response.headers["Cache-Control"] = KEPT_FOR_GOOD if is_certain else "no-cache"
    compressed = files.compressed(name)
    if compressed is None:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 200 and request.accept_encodings["gzip"] > 0:
        etag, _is_weak = response.get_etag()
        response.direct_passthrough = False
        response.close()
        response.set_data(compressed)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        if etag is not None:  # the same content in another form
            response.set_etag(etag, weak=True)
    return response
