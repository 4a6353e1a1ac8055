"""Files that a person sends: taken in within limits, corrected one by one, read when they are whole."""

from __future__ import annotations

import lzma
from pathlib import PurePosixPath

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.archive import read_archive, text_of
from catalog.formats.bounded_reading import MAX_SOURCE_BYTES
from catalog.formats.catalog_source import MODEL_FORMATS, CatalogSource, read_folder_files, read_published
from catalog.formats.published import FOLDER, PublishedSource
from catalog.formats.source_files import MAXIMUM_FILE_BYTES, SUFFIXES, SourceFiles

KINDS = (".zip", *MODEL_FORMATS)
"""What can be sent as a whole; model files also with ``.xz`` behind."""

_MAX_UNPACKER_BYTES = 256 * 1024 * 1024

Taken = tuple[PublishedSource, tuple[Problem, ...]]
"""The files, and what stood against reading others."""


def take_in(content: bytes, *, name: str) -> Taken:
    """Take in a zipped catalog folder or a model file.

    Parameters
    ----------
    content
        The file's bytes.
    name
        Its name without folders; the suffix tells the kind, and a model's product has the name of its file.

    Raises
    ------
    CatalogInvalid
        The file is of another kind, damaged, too large once unpacked, or holds what no catalog holds.
    """
    path = PurePosixPath(name)
    plain = path.with_suffix("") if path.suffix == ".xz" else path
    if path.suffix == ".zip":
        files, problems = read_archive(content, name=name)
        if not files.texts and not problems:
            raise CatalogInvalid((Problem(name, 0, 0, "found no .yaml and no .csv file; expected a catalog folder"),))
        return PublishedSource(FOLDER, files), problems
    if plain.suffix not in MODEL_FORMATS:
        kinds = ", ".join(KINDS)
        raise CatalogInvalid((Problem(name, 0, 0, f"found {path.suffix or 'no suffix'!r}; expected one of {kinds}"),))
    raw = _unpacked(content, name) if plain is not path else content
    problems_found: list[Problem] = []
    text = text_of(raw, plain.name, problems_found)
    if text is None:
        raise CatalogInvalid(tuple(problems_found))
    return PublishedSource(MODEL_FORMATS[plain.suffix], SourceFiles({plain.name: text})), ()


def _unpacked(content: bytes, name: str) -> bytes:
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MAX_UNPACKER_BYTES)
    try:
        raw = unpacker.decompress(content, max_length=MAX_SOURCE_BYTES + 1)
    except lzma.LZMAError as error:
        raise CatalogInvalid((Problem(name, 0, 0, "found no readable xz file"),)) from error
    if len(raw) > MAX_SOURCE_BYTES or not unpacker.eof:
        raise CatalogInvalid((Problem(name, 0, 0, f"ends too early, or has more than {MAX_SOURCE_BYTES} bytes"),))
    return raw


def correct(source: PublishedSource, content: bytes, *, name: str) -> Taken:
    """Put a corrected file in its place among files sent before; a whole archive or model replaces them all.

    Parameters
    ----------
    source
        The files sent before.
    content
        The corrected file's bytes.
    name
        Its path from the top of the catalog, or the end of it; a file that is new goes to where its path says.

    Raises
    ------
    CatalogInvalid
        The file is of another kind, damaged or too large, or its name fits several files.
    """
    path = PurePosixPath(name)
    if path.suffix not in SUFFIXES:
        return take_in(content, name=path.name)
    if source.format != FOLDER:
        raise CatalogInvalid((Problem(name, 0, 0, "a model of one file is corrected by sending that file again"),))
    places = [known for known in source.files.texts if known == name or known.endswith(f"/{name}")]
    if len(places) > 1:
        listed = ", ".join(sorted(places)[:4])
        raise CatalogInvalid((Problem(name, 0, 0, f"this name fits several files ({listed}); choose which"),))
    place = places[0] if places else name
    if len(content) > MAXIMUM_FILE_BYTES or path.is_absolute() or ".." in path.parts or "\\" in name:
        limits = f"a file has a plain name and at most {MAXIMUM_FILE_BYTES} bytes"
        raise CatalogInvalid((Problem(path.name, 0, 0, limits),))
    problems: list[Problem] = []
    text = text_of(content, place, problems)
    if text is None:
        raise CatalogInvalid(tuple(problems))
    return PublishedSource(FOLDER, SourceFiles({**source.files.texts, place: text})), ()


def read_upload(source: PublishedSource, problems: tuple[Problem, ...] = ()) -> CatalogSource:
    """Read what was sent.

    Raises
    ------
    CatalogInvalid
        It has faults; all of them are listed, with those found while it was taken in.
    """
    if source.format == FOLDER:
        return read_folder_files(source.files, problems)
    return read_published(source)
