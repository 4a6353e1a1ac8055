"""Zipped catalog folders: taken whole and unchanged, or refused by name when they hold what no catalog holds."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid
from catalog.formats import archive
from catalog.formats.archive import as_catalog, read_archive, write_archive
from catalog.formats.source_files import SourceFiles

MAIN = {"catalog.yaml": "format: onelot-catalog-1\ntitle: T\n"}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return target.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(CatalogInvalid) as caught:
        read_archive(content, name="c.zip")
    return str(caught.value.problems[0])


names = st.lists(st.text("abcdefgh_", min_size=1, max_size=8), min_size=1, max_size=3).map("/".join)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=60)


@given(st.dictionaries(names.map(lambda name: f"products/{name}.yaml"), texts, max_size=6))
def test_what_is_zipped_is_read_again_to_the_letter(found: dict[str, str]) -> None:
    files = SourceFiles({**MAIN, **found})
    content = write_archive(files)
    assert read_archive(content, name="c.zip") == (files, ())
    assert write_archive(files) == content


def test_the_folder_that_was_zipped_is_found_and_other_files_are_passed_over() -> None:
    inner = {f"my catalog/{path}": text for path, text in MAIN.items()}
    content = zipped({**inner, "my catalog/products/a/product.yaml": "title: A\r\n", "my catalog/.git/x.yaml": "x: 1",
                      "__MACOSX/my catalog/catalog.yaml": "x", "my catalog/photo.png": b"\x89PNG"})
    files, problems = read_archive(content, name="c.zip")
    assert dict(files.texts) == {**MAIN, "products/a/product.yaml": "title: A\n"}
    assert problems == ()


@pytest.mark.parametrize("name", ["../catalog.yaml", "products/../../x.yaml", "/etc/x.yaml", "..\\x.yaml", "a\\b.yaml"])
def test_names_that_lead_out_of_the_folder_are_refused(name: str) -> None:
    assert "leads out of the folder" in refusal(zipped({**MAIN, name: "x: 1"}))


def test_links_and_special_files_are_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        entry = zipfile.ZipInfo("products/a.yaml")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        written.writestr(entry, "/etc/passwd")
    assert "found a link" in refusal(target.getvalue())


def test_a_name_that_stands_twice_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        written.writestr("a.yaml", "x: 1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            written.writestr("a.yaml", "x: 2")
    assert "stands twice" in refusal(target.getvalue())


def test_an_encrypted_file_is_refused() -> None:
    content = bytearray(zipped(MAIN))
    place = content.index(b"PK\x01\x02")
    content[place + 8:place + 10] = struct.pack("<H", 1)
    assert "encrypted" in refusal(bytes(content))


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_unpacks_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a file has at most 4000000" in refusal(zipped({**MAIN, "bomb.yaml": b" " * 4_000_001}))
    monkeypatch.setattr(archive, "MAXIMUM_TOTAL_BYTES", 500)
    assert "once unpacked" in refusal(zipped({f"{number}.yaml": "x" * 100 for number in range(9)}))
    monkeypatch.setattr(archive, "MAXIMUM_FILES", 3)
    assert "at most 3" in refusal(zipped({f"{number}.yaml": "x" for number in range(4)}))


def test_a_size_that_is_a_lie_does_not_help() -> None:
    content = bytearray(zipped({"bomb.yaml": b" " * 5_000_000}))
    for marker, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(marker)
        content[place + offset:place + offset + 4] = struct.pack("<I", 10)
    with pytest.raises(CatalogInvalid):
        read_archive(bytes(content), name="c.zip")


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", zipped(MAIN)[:-10], b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert "c.zip" in refusal(content)


@given(st.data())
def test_a_damaged_archive_is_refused_or_read_and_never_breaks(data: st.DataObject) -> None:
    content = bytearray(zipped({**MAIN, "products/a/product.yaml": "title: A\n" * 20}))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        files, _problems = read_archive(bytes(content), name="c.zip")
    except CatalogInvalid:
        return
    assert all(isinstance(text, str) for text in files.texts.values())


def test_text_that_is_none_is_told_with_its_place_and_the_rest_is_kept() -> None:
    files, problems = read_archive(zipped({**MAIN, "a.yaml": b"x: 1\ny: \xff", "b.csv": b"a\0b"}), name="c.zip")
    assert dict(files.texts) == MAIN
    assert [str(problem) for problem in problems] == [
        "a.yaml:2:4: byte 0xff is not UTF-8; expected UTF-8 text", "b.csv:0:0: found a zero byte; expected text"]


def test_a_single_product_becomes_a_catalog_that_can_be_sent_again() -> None:
    files = as_catalog(SourceFiles({"products/a/product.yaml": "x"}), title="it's")
    assert files.texts["catalog.yaml"] == "format: onelot-catalog-1\ntitle: 'it''s'\n"
    assert as_catalog(files, title="other") is files
