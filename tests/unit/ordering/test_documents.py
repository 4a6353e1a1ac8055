"""The limited child process that draws documents: what it draws, what it refuses, how it dies and comes back."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from ordering.documents import DocumentLimits, DocumentWorker
from ordering.errors import DocumentFailed, DocumentLibraryMissing, DocumentTooCostly

RESOURCES = {"css/print.css": b"@page { size: A5 } h1 { color: #123456 }"}
PAGE = (
    '<!doctype html><html lang="zh-Hans"><head><title>报价单 Q-1</title>'
    '<link rel="stylesheet" href="css/print.css"></head><body>{}</body></html>'
)
SVG_BOMB = (
    '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><defs><g id="a0"><rect width="1" height="1"/></g>'
    + "".join(f'<g id="a{n + 1}">' + f'<use xlink:href="#a{n}"/>' * 10 + "</g>" for n in range(8))
    + '</defs><use xlink:href="#a8"/></svg>'
)
BOMBS = {
    "nested flex": '<div style="display:flex">' * 20 + "x",
    "column span": "<table><tr><td colspan=1000000>x</td></tr></table>" * 5,
    "deep nesting": "<div>" * 5000,
    "picture that uses itself": SVG_BOMB,
}


@pytest.fixture(scope="module")
def worker() -> Iterator[DocumentWorker]:
    made = DocumentWorker(RESOURCES)
    yield made
    made.close()


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def test_a_document_has_its_text_title_language_and_style(worker: DocumentWorker) -> None:
    pdf = read(worker.render(PAGE.format("<h1>Quotation 中空玻璃 ×8</h1>")))
    assert "Quotation 中空玻璃 ×8" in pdf.pages[0].extract_text()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "报价单 Q-1"
    assert pdf.metadata.creation_date is None
    assert pdf.trailer["/Root"]["/Lang"] == "zh-Hans"  # type: ignore[index]  # the library's loose types
    assert round(float(pdf.pages[0].mediabox.width)) == 420  # A5 from the handed-over style sheet


def test_equal_input_gives_equal_bytes_from_any_worker(worker: DocumentWorker) -> None:
    html = PAGE.format("<h1>Same</h1><p>tilt and turn 内开内倒</p>")
    first = worker.render(html)
    assert worker.render(html) == first
    other = DocumentWorker(RESOURCES)
    try:
        assert other.render(html) == first
    finally:
        other.close()


@pytest.mark.parametrize("markup", [
    '<link rel=attachment href="file:///etc/passwd">', '<a rel=attachment href="file:///etc/passwd">x</a>',
    '<link rel=attachment href="css/print.css">', '<img src="file:///etc/passwd">',
    '<img src="http://127.0.0.1:9/x.png">', '<img src="data:image/png;base64,AAAA">',
    "<style>@import url(file:///etc/passwd)</style>", '<object data="file:///etc/passwd"></object>',
    '<base href="file:///etc/"><link rel=attachment href="passwd">',
    '<svg><image href="file:///etc/passwd"/></svg>',
])
def test_markup_reaches_no_file_and_no_network(worker: DocumentWorker, markup: str) -> None:
    content = worker.render(PAGE.format(f"<p>before</p>{markup}<p>after</p>"))
    pdf = read(content)
    assert not pdf.attachments
    assert b"/EmbeddedFile" not in content
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "before" in text
    assert "root:" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_ended_in_time_and_the_next_document_is_drawn(name: str) -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(seconds=2.0, processor_seconds=20))
    try:
        worker.render(PAGE.format("warm"))
        with pytest.raises(DocumentTooCostly):
            worker.render(PAGE.format(BOMBS[name]))
        assert worker.render(PAGE.format("again")).startswith(b"%PDF")
    finally:
        worker.close()


def test_a_document_that_is_too_long_is_refused_unread() -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(largest_html_bytes=100))
    with pytest.raises(DocumentTooCostly) as refused:
        worker.render("x" * 101)
    assert refused.value.detail["bytes"] == 101


def test_the_worker_is_limited_in_memory_and_processor_time_and_files() -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(memory_bytes=2**30))
    try:
        worker.render(PAGE.format("x"))
        assert worker._process is not None
        limits = Path(f"/proc/{worker._process.pid}/limits").read_text().splitlines()
        named = {line[:26].strip(): line[26:].split()[0] for line in limits}
        assert named["Max address space"] == str(2**30)
        assert named["Max core file size"] == "0"
        assert int(named["Max file size"]) <= 32 * 2**20
        assert int(named["Max cpu time"]) <= 30
    finally:
        worker.close()


def test_a_document_that_needs_more_memory_than_allowed_is_ended() -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(seconds=5, memory_bytes=230 * 2**20))
    try:
        with pytest.raises(DocumentFailed):  # by the allocator, or by the clock when the library hides that
            worker.render(PAGE.format("word " * 1_000_000))
    finally:
        worker.close()


def test_missing_libraries_are_said_with_the_cure() -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(memory_bytes=2**20))
    with pytest.raises(DocumentLibraryMissing) as refused:
        worker.warm_up()
    assert "apt-get install" in str(refused.value.detail["help"])
    assert worker._process is None


def test_a_missing_chinese_font_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "fonts.conf"
    latin = "/usr/share/fonts/truetype/dejavu"
    settings.write_text(f'<?xml version="1.0"?><fontconfig><dir>{latin}</dir><cachedir>{tmp_path}</cachedir>'
                        "</fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))
    worker = DocumentWorker(RESOURCES)
    with pytest.raises(DocumentLibraryMissing) as refused:
        worker.warm_up()
    assert "Chinese" in refused.value.message


def test_a_worker_is_replaced_after_its_documents_and_after_its_death() -> None:
    worker = DocumentWorker(RESOURCES, DocumentLimits(documents_per_worker=2))
    try:
        html = PAGE.format("x")
        first = worker.render(html)
        process = worker._process
        assert process is not None
        worker.render(html)
        assert worker._process is None  # two documents drawn: recycled
        assert process.returncode == -signal.SIGKILL
        worker.render(html)
        running = worker._process
        assert running is not None
        running.kill()
        running.wait()
        assert worker.render(html) == first
    finally:
        worker.close()


def test_a_worker_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELOT_SECRET_KEY", "must not be handed on")
    worker = DocumentWorker(RESOURCES)
    try:
        worker.render(PAGE.format("x"))
        assert worker._process is not None
        with open(f"/proc/{worker._process.pid}/environ", "rb") as file:  # noqa: PTH123 - one read
            assert b"ONELOT_SECRET_KEY" not in file.read()
    finally:
        worker.close()
