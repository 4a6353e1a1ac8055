"""A catalog folder as a zip archive: read within limits and without trusting a single name in it, and written."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.folder import FORMAT, MAIN_FILE
from catalog.formats.source_files import (
    MAXIMUM_FILE_BYTES,
    MAXIMUM_FILES,
    MAXIMUM_TOTAL_BYTES,
    SUFFIXES,
    SourceFiles,
)

LONGEST_NAME = 240
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, IndexError, KeyError,
               OverflowError, OSError, RuntimeError, ValueError)
"""What the standard library raises for archives that are damaged or meant to hurt."""


def read_archive(content: bytes, *, name: str) -> tuple[SourceFiles, tuple[Problem, ...]]:
    """Read the YAML and CSV files of a zipped catalog folder.

    Parameters
    ----------
    content
        The archive's bytes.
    name
        The archive's name, for problems that are of the archive as a whole.

    Returns
    -------
    tuple[SourceFiles, tuple[Problem, ...]]
        The files, from the folder that holds ``catalog.yaml`` downwards, and what stood against reading others.
        Names that begin with a dot and other kinds of files are passed over.

    Raises
    ------
    CatalogInvalid
        It is no zip archive, or it holds what no catalog holds: names that lead elsewhere, links, encrypted files,
        names that stand twice, too many files or too much text once unpacked. Nothing of it is used then.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, name)
    except _UNREADABLE as error:
        raise CatalogInvalid((Problem(name, 0, 0, "found no readable zip archive; expected a zipped catalog folder"),
                              )) from error


def _read(archive: zipfile.ZipFile, name: str) -> tuple[SourceFiles, tuple[Problem, ...]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAXIMUM_FILES:
        raise _refused(name, f"{len(entries)} files; a catalog has at most {MAXIMUM_FILES}")
    faults = [Problem(_shown(entry.filename), 0, 0, fault) for entry in archive.infolist()
              if (fault := _fault(entry)) is not None]
    names = [entry.filename for entry in entries]
    faults += [Problem(_shown(double), 0, 0, "this name stands twice in the archive")
               for double in sorted({item for item in names if names.count(item) > 1})]
    if faults:
        raise CatalogInvalid(tuple(faults))
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    total = 0
    for entry in sorted(entries, key=lambda item: item.filename):
        if not _is_wanted(entry.filename):
            continue
        raw = _unpacked(archive, entry)
        total += len(raw)
        if total > MAXIMUM_TOTAL_BYTES:
            raise _refused(name, f"more than {MAXIMUM_TOTAL_BYTES} bytes once unpacked")
        text = text_of(raw, entry.filename, problems)
        if text is not None:
            texts[entry.filename] = text
    top = _top_folder(texts)
    return (SourceFiles({path.removeprefix(top): text for path, text in texts.items()}),
            tuple(Problem(item.file.removeprefix(top), item.line, item.column, item.message) for item in problems))


def _fault(entry: zipfile.ZipInfo) -> str | None:
    """Say what is wrong with an entry whatever its content; None when nothing is."""
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if "\\" in entry.orig_filename or path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1]:
        return "this name leads out of the folder; expected a plain path inside it"
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return "found a link or a special file; expected ordinary files"
    if len(entry.filename) > LONGEST_NAME or not entry.filename.isprintable():
        return f"this name is longer than {LONGEST_NAME} characters, or holds characters that cannot be shown"
    if entry.flag_bits & _ENCRYPTED:
        return "this file is encrypted; expected plain files"
    if entry.file_size > MAXIMUM_FILE_BYTES and _is_wanted(entry.filename):
        return f"{entry.file_size} bytes; a file has at most {MAXIMUM_FILE_BYTES}"
    return None


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix in SUFFIXES and not is_hidden


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack one entry, but never more than a file may have, whatever the archive says of its size."""
    with archive.open(entry) as stream:
        raw = stream.read(MAXIMUM_FILE_BYTES + 1)
    if len(raw) > MAXIMUM_FILE_BYTES:
        raise _refused(_shown(entry.filename), f"a file has at most {MAXIMUM_FILE_BYTES} bytes")
    return raw


def text_of(raw: bytes, name: str, problems: list[Problem]) -> str | None:
    """Give the text of a file with plain line feeds; None and a problem when it is no UTF-8 text."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        problems.append(Problem(name, line, column, f"byte {raw[error.start]:#04x} is not UTF-8; expected UTF-8 text"))
        return None
    if "\0" in text:
        problems.append(Problem(name, 0, 0, "found a zero byte; expected text"))
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _top_folder(texts: dict[str, str]) -> str:
    """Give the one folder in which the whole catalog was zipped, with its slash; empty when there is none."""
    if MAIN_FILE in texts or not texts:
        return ""
    first = {path.split("/", 1)[0] for path in texts}
    folder = next(iter(first)) if len(first) == 1 else ""
    return f"{folder}/" if f"{folder}/{MAIN_FILE}" in texts else ""


def write_archive(files: SourceFiles) -> bytes:
    """Zip files; the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(files.texts.items()):
            entry = zipfile.ZipInfo(path, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, text.encode())
    return target.getvalue()


def as_catalog(files: SourceFiles, *, title: str) -> SourceFiles:
    """Make a whole catalog folder of the files of one product, so that it can be read and published again."""
    if MAIN_FILE in files.texts:
        return files
    quoted = title.replace("'", "''")
    return SourceFiles({MAIN_FILE: f"format: {FORMAT}\ntitle: '{quoted}'\n", **files.texts})


def _refused(name: str, message: str) -> CatalogInvalid:
    return CatalogInvalid((Problem(name, 0, 0, message),))


def _shown(name: str) -> str:
    """Give a name that a page can show, however it was written."""
    return "".join(character if character.isprintable() else "?" for character in name)[:LONGEST_NAME]
