"""The parts of an ``.xlsx`` package, unpacked within bounds and read in one pass. Nothing is trusted before.

Only what a round trip needs is read: texts, numbers, truth values and dates of cells. Formulas, macros, merged
cells and whatever else a workbook may hold are named or passed over, never followed.
"""

from __future__ import annotations

import io
import xml.sax
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.handler import ContentHandler

import defusedxml.common
import defusedxml.expatreader

MAX_PACKAGE_BYTES = 8 * 1024 * 1024
MAX_UNPACKED_BYTES = 40 * 1024 * 1024
MAX_PARTS = 200
MAX_RATIO = 250
"""A part that unpacks to more than this many times its size is refused, unless it is small anyway."""

MAX_ELEMENTS = 1_500_000
"""Of one part; a sheet of a product has some thousands."""

_SMALL_BYTES = 1024 * 1024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class PackageRefused(Exception):
    """The file is no workbook that may be read; the message is for people."""


class Package:
    """A workbook's parts by name."""

    def __init__(self, content: bytes) -> None:
        if len(content) > MAX_PACKAGE_BYTES:
            raise PackageRefused(f"{len(content)} bytes; a workbook has at most {MAX_PACKAGE_BYTES}")
        if content.startswith(_OLD_OFFICE):
            raise PackageRefused("it is locked with a password or of an old kind; expected a plain .xlsx file")
        with _readable():
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        self._check()

    def _check(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > MAX_PARTS:
            raise PackageRefused(f"{len(infos)} parts; a workbook has at most {MAX_PARTS}")
        if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
            raise PackageRefused(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
        for info in infos:
            if info.file_size > max(_SMALL_BYTES, MAX_RATIO * info.compress_size):
                raise PackageRefused(f"the part {info.filename!r} unpacks to far more than its size")
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise PackageRefused("the workbook is locked or packed in another way; expected a plain .xlsx file")
            if "vbaproject" in info.filename.lower():
                raise PackageRefused("the workbook holds macros; expected an .xlsx file without")
        self._names = {info.filename.lstrip("/"): info.filename for info in infos}

    def has(self, name: str) -> bool:
        """Whether there is a part of the name."""
        return name in self._names

    def parse(self, name: str, handler: ContentHandler) -> None:
        """Read a part from its first to its last element; a document type, and with it any entity, is refused."""
        if name not in self._names:
            raise PackageRefused(f"the part {name!r} is missing; expected an .xlsx workbook")
        parser = defusedxml.expatreader.create_parser(forbid_dtd=True)
        parser.setContentHandler(handler)
        with _readable(), self._zip.open(self._names[name]) as stream:
            parser.parse(stream)

    def target_of(self, part: str, kind: str) -> str:
        """Give the name of the part that a part (empty: the package) refers to as ``kind``; empty for none."""
        return next((target for found, _, target in self.relations(part) if found == kind), "")

    def relations(self, part: str) -> list[tuple[str, str, str]]:
        """Give kind, identifier and part of everything inside the package that a part refers to."""
        folder, _, name = part.rpartition("/")
        listing = f"{folder}/_rels/{name}.rels".lstrip("/")
        reader = _Relations(folder)
        if self.has(listing):
            self.parse(listing, reader)
        return reader.found


@contextmanager
def _readable() -> Iterator[None]:
    """Turn every way in which zip and XML readers fail on a damaged file into a refusal."""
    try:
        yield
    except defusedxml.common.DefusedXmlException as error:
        raise PackageRefused("it holds a document type or entities; expected a workbook without") from error
    except xml.sax.SAXException as error:
        raise PackageRefused("it is damaged: a part is no XML") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise PackageRefused("it is no .xlsx workbook, or damaged") from error


class Elements(ContentHandler):
    """Counts elements and gives names without their namespace."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def startElement(self, name: str, attrs: xml.sax.xmlreader.AttributesImpl) -> None:  # noqa: N802
        """Count, then let ``begin`` see the element."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise PackageRefused(f"a part holds more than {MAX_ELEMENTS} elements")
        self.begin(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Let ``finish`` see the end of the element."""
        self.finish(name.rpartition(":")[2])

    def begin(self, name: str, attributes: xml.sax.xmlreader.AttributesImpl) -> None:
        """See an element begin."""

    def finish(self, name: str) -> None:
        """See an element end."""


class _Relations(Elements):
    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.found: list[tuple[str, str, str]] = []

    def begin(self, name: str, attributes: xml.sax.xmlreader.AttributesImpl) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else f"{self._folder}/{target}".lstrip("/")
        self.found.append((attributes.get("Type", "").rpartition("/")[2], attributes.get("Id", ""), whole))
