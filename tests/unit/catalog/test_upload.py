"""Files that people send: told apart by their names, corrected one by one, never partly used."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

import catalog
from catalog.errors import CatalogInvalid
from catalog.formats.archive import write_archive
from catalog.formats.catalog_source import read_path
from catalog.formats.published import PublishedSource
from catalog.formats.source_files import SourceFiles, load_files
from catalog.formats.upload import correct, read_upload, take_in

DEMO = Path(catalog.__file__).parent / "demo"
BELL = b"features\n    Bell\n        optional\n            Light\n"


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(CatalogInvalid) as caught:
        take_in(content, name=name)
    return str(caught.value.problems[0])


def test_a_sent_folder_is_what_the_folder_itself_would_be() -> None:
    files, _problems = load_files(DEMO)
    source, problems = take_in(write_archive(files), name="demo.zip")
    assert problems == ()
    assert read_upload(source) == read_path(DEMO)


@pytest.mark.parametrize(("name", "content"), [("bell.uvl", BELL), ("bell.uvl.xz", lzma.compress(BELL)),
                                               ("bell.dimacs", b"p cnf 1 1\n1 0\n")])
def test_a_model_file_is_named_after_its_file(name: str, content: bytes) -> None:
    source, problems = take_in(content, name=name)
    (product,) = read_upload(source, problems).products
    assert product.definition.code == "bell"


@pytest.mark.parametrize(("name", "content", "words"), [
    ("x.txt", b"", "found '.txt'; expected one of .zip, .uvl"),
    ("x", b"", "found 'no suffix'"),
    ("x.zip", write_archive(SourceFiles({})), "found no .yaml and no .csv file"),
    ("x.uvl", b"a\xff", "x.uvl:1:2: byte 0xff is not UTF-8"),
    ("x.uvl.xz", b"this is no xz file at all", "found no readable xz file"),
    ("x.uvl.xz", lzma.compress(BELL)[:-8], "ends too early"),
    ("x.zip.xz", lzma.compress(b"PK"), "expected one of"),
])
def test_other_files_are_refused_with_what_was_expected(name: str, content: bytes, words: str) -> None:
    assert words in refusal(content, name)


def test_an_xz_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.formats.upload.MAX_SOURCE_BYTES", 1000)
    assert "more than 1000 bytes" in refusal(lzma.compress(b" " * 100_000), "x.uvl.xz")


def folder(**texts: str) -> PublishedSource:
    files = {name.replace("__", "/") + ".yaml": text for name, text in texts.items()}
    return PublishedSource("folder", SourceFiles(files))


def test_a_corrected_file_takes_its_place_by_its_name_and_all_others_are_kept() -> None:
    source = folder(catalog="c", products__a__product="old", products__a__rules="kept")
    changed, problems = correct(source, b"new\r\n", name="product.yaml")
    assert problems == ()
    assert dict(changed.files.texts) == {"catalog.yaml": "c", "products/a/product.yaml": "new\n",
                                         "products/a/rules.yaml": "kept"}
    added, _problems = correct(changed, b"x", name="products/a/cases.yaml")
    assert set(added.files.texts) == {*changed.files.texts, "products/a/cases.yaml"}


def test_a_name_that_fits_several_files_asks_which() -> None:
    source = folder(products__a__rules="a", products__b__rules="b")
    with pytest.raises(CatalogInvalid, match="1 problem") as caught:
        correct(source, b"new", name="rules.yaml")
    assert "fits several files (products/a/rules.yaml, products/b/rules.yaml)" in str(caught.value.problems[0])
    changed, _problems = correct(source, b"new", name="products/b/rules.yaml")
    assert changed.files.texts["products/b/rules.yaml"] == "new"


@pytest.mark.parametrize(("content", "name"), [
    (b"x", "../x.yaml"), (b"x", "/x.yaml"), (b"x", "a\\x.yaml"), (b"\xff", "catalog.yaml"), (b"x", "x.exe"),
    (b" " * 4_000_001, "catalog.yaml"),
])
def test_a_correction_that_cannot_be_used_changes_nothing(content: bytes, name: str) -> None:
    source = folder(catalog="c")
    with pytest.raises(CatalogInvalid):
        correct(source, content, name=name)
    assert dict(source.files.texts) == {"catalog.yaml": "c"}


def test_a_model_is_corrected_by_sending_it_again() -> None:
    source, _problems = take_in(BELL, name="bell.uvl")
    with pytest.raises(CatalogInvalid):
        correct(source, b"x: 1", name="rules.yaml")
    changed, _problems = correct(source, BELL + b"            Horn\n", name="bell.uvl")
    assert {item.code for item in read_upload(changed).products[0].definition.attributes} == {"Bell", "Light", "Horn"}
