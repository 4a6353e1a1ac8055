"""The process that draws documents: reads HTML from stdin, writes PDF to stdout. Run by ``ordering.documents`` only.

It reaches neither network nor files: what a document may use is handed over as data. Frames on both
pipes are a length (8 bytes, big-endian) and that many bytes. The first frame holds limits and resources as
JSON and is answered by ``+`` once documents can be drawn, or by ``-`` and a reason when a Chinese font is missing;
each further one is a document's HTML, answered by ``+`` and the PDF or ``-`` and a reason.
"""

from __future__ import annotations

import base64
import json
import logging
import resource
import signal
import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import unquote

import weasyprint
from fontTools.ttLib.woff2 import decompress  # type: ignore[import-untyped]  # the library ships no types
from weasyprint.urls import URLFetcher, URLFetcherResponse

BASE_URL = "https://documents.invalid/"
FRAME_HEADER_BYTES = 8
LARGEST_WRITTEN_FILE_BYTES = 32 * 2**20
VARIANT = "pdf/ua-1"
"""Universally accessible: tagged, titled, with a language, and saying so in its metadata."""
PACKED_FONT = b"wOF2"
PRINTED = 4
"""The flag of an annotation that is printed too."""
CONTENT_TYPES = {"css": "text/css", "woff2": "font/woff2", "svg": "image/svg+xml", "png": "image/png"}


def unpacked(content: bytes) -> bytes:
    """Unpack a compressed font once, so that no document has to; anything else stays as it is."""
    if not content.startswith(PACKED_FONT):
        return content
    whole = BytesIO()
    decompress(BytesIO(content), whole)
    return whole.getvalue()


class ResourceFetcher(URLFetcher):  # type: ignore[misc]  # the library ships no types
    """Gives out the handed-over resources and refuses every other address."""

    def __init__(self, resources: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._resources = resources

    def fetch(self, url: str, headers: object = None) -> Any:  # Any: the library's response class
        """Give a resource; raise ValueError for an address that is not one."""
        name = unquote(url.removeprefix(BASE_URL)) if url.startswith(BASE_URL) else ""
        if name not in self._resources:
            raise ValueError("a document may use its own resources only")
        suffix = name.rpartition(".")[2]
        content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
        return URLFetcherResponse(url, self._resources[name], {"Content-Type": content_type})


def render(html: str, resources: Mapping[str, bytes]) -> bytes:
    """Draw a document; the same input gives the same bytes.

    Parameters
    ----------
    html
        A whole page; relative addresses name ``resources``.
    resources
        Style sheets, fonts and pictures by name.

    Returns
    -------
    bytes
        The PDF, tagged as PDF/UA-1, with title and language of the page.
    """
    page = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=ResourceFetcher(resources))
    document = page.render(pdf_variant=VARIANT, pdf_tags=True)
    document.metadata.attachments = []
    pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True, finisher=_complete)
    return pdf


def _complete(_document: object, pdf: Any) -> None:  # Any: the library's file in the making
    """Say what the library leaves out: what a header cell is the header of, and that links are printed."""
    found = {item.number: item for item in pdf.objects if hasattr(item, "get")}
    for item in found.values():
        if item.get("Subtype") == "/Link":
            item["F"] = PRINTED
        if item.get("S") == "/TR":
            cells = [found.get(int(str(kid, "ascii").split()[0])) for kid in item["K"] if isinstance(kid, bytes)]
            scope = "/Row" if any(cell is not None and cell.get("S") == "/TD" for cell in cells) else "/Column"
            for cell in cells:
                if cell is not None and cell.get("S") == "/TH":
                    cell["A"]["Scope"] = scope


class _MissingGlyphs(logging.Handler):
    """Counts the warnings about characters that no font has."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one warning."""
        self.count += ".notdef" in record.getMessage()


def has_fonts(resources: Mapping[str, bytes]) -> bool:
    """Whether there are glyphs for what documents write: Latin letters and Chinese."""
    found, logger = _MissingGlyphs(), logging.getLogger("weasyprint")
    logger.addHandler(found)
    try:
        render("<p>Quotation 报价单 工单 × −</p>", resources)
    finally:
        logger.removeHandler(found)
    return found.count == 0


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame; None at the end of the stream."""
    header = stream.read(FRAME_HEADER_BYTES)
    if len(header) < FRAME_HEADER_BYTES:
        return None
    length = int.from_bytes(header, "big")
    content = stream.read(length)
    return content if len(content) == length else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write one frame and push it out."""
    stream.write(len(content).to_bytes(FRAME_HEADER_BYTES, "big"))
    stream.write(content)
    stream.flush()


def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_WRITTEN_FILE_BYTES, LARGEST_WRITTEN_FILE_BYTES))


def _limit_processor_time(seconds: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, resource.RLIM_INFINITY))


def main() -> None:
    """Serve documents until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but frames may reach the pipe
    opening = read_frame(source)
    if opening is None:
        return
    settings = json.loads(opening)
    resources = {name: unpacked(base64.b64decode(content)) for name, content in settings["resources"].items()}
    _limit(settings["memory_bytes"])
    write_frame(target, b"+" if has_fonts(resources) else b"-fonts")
    while (request := read_frame(source)) is not None:
        _limit_processor_time(settings["processor_seconds"])
        try:
            answer = b"+" + render(request.decode(), resources)
        except Exception as error:  # the parent ends this process after any failure
            answer = b"-" + type(error).__name__.encode()
        write_frame(target, answer)


if __name__ == "__main__":
    main()
