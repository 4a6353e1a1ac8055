"""Files that are no workbook, broken ones, and bombs: refused with words, in little time and memory, never an error."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Mapping

import pytest
from openpyxl import Workbook, load_workbook

from catalog.errors import CatalogInvalid
from catalog.formats.spreadsheet import apply_workbook
from catalog.formats.spreadsheet_cells import read_workbook
from catalog.formats.spreadsheet_package import MAX_PARTS, PackageRefused
from tests.unit.catalog.test_spreadsheet import LAMPS, applied, edited, exported

_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def repacked(changes: Mapping[str, bytes | None], content: bytes = b"") -> bytes:
    """A workbook with parts replaced, added, or (None) taken away."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content or exported())) as source, \
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in source.namelist():
            if name not in changes:
                packed.writestr(name, source.read(name))
        for name, part in changes.items():
            if part is not None:
                packed.writestr(name, part)
    return target.getvalue()


def part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(exported())) as source:
        return source.read(name)


def refusal(content: bytes) -> str:
    with pytest.raises(CatalogInvalid) as caught:
        apply_workbook(LAMPS, "lamp", content)
    return " ".join(problem.message for problem in caught.value.problems)


def sheet_of(rows: str) -> bytes:
    return f"<worksheet {_NAMESPACE}><sheetData>{rows}</sheetData></worksheet>".encode()


OPTIONS = "xl/worksheets/sheet3.xml"
BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b0 "xxxxxxxxxx">' + "".join(
    f'<!ENTITY b{number + 1} "&b{number};&b{number};">' for number in range(30)
) + "]><worksheet>&b30;</worksheet>"
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(("content", "words"), [
    (b"", "no .xlsx"), (b"code,title\na,b\n", "no .xlsx"), (b"PK\x03\x04", "no .xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
    (b"\0" * (9 * 1024 * 1024), "at most"),
], ids=["empty", "csv", "beginning", "password", "large"])
def test_other_files_are_refused(content: bytes, words: str) -> None:
    assert words in refusal(content)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_truncated_workbook_is_refused(kept: float) -> None:
    assert "no .xlsx workbook, or damaged" in refusal(exported()[:int(len(exported()) * kept)])


@pytest.mark.parametrize(("changes", "words"), [
    ({OPTIONS: BOMB.encode()}, "entities"),
    ({OPTIONS: OUTSIDE.encode()}, "entities"),
    ({OPTIONS: BOMB.replace("?>", ' encoding="utf-16"?>').encode("utf-16")}, "entities"),
    ({OPTIONS: None}, "missing"), ({"xl/workbook.xml": None}, "missing"), ({"_rels/.rels": None}, ""),
    ({OPTIONS: b"<worksheet><sheetData>"}, "no XML"), ({OPTIONS: b"\x00\xff"}, "no XML"),
    ({"xl/vbaProject.bin": b"x"}, "macros"),
    ({f"x{number}.xml": b"" for number in range(MAX_PARTS)}, "parts"),
    ({"xl/media/bomb.bin": b"\0" * 30_000_000}, "far more than its size"),
    ({"a.bin": bytes(range(256)) * 80_000, "b.bin": bytes(range(256)) * 90_000}, "unpacks to more"),
    ({OPTIONS: sheet_of("<row r='0'/>")}, "rows 1 to"), ({OPTIONS: sheet_of("<row r='9999999999'/>")}, "rows 1 to"),
    ({OPTIONS: sheet_of("<row><c r='A1048577' t='str'><v>1</v></c></row>")}, "rows 1 to"),
    ({OPTIONS: sheet_of("<row r='1'>" + "<c/>" * 16_400 + "</row>")}, "columns"),
    ({OPTIONS: sheet_of("<row r='1'><c t='s'><v>99999</v></c></row>")}, "damaged text"),
    ({OPTIONS: sheet_of("<row r='1'><c t='n'><v>nan</v></c></row>")}, "number"),
    ({OPTIONS: sheet_of("<row r='1'><c t='n'><v>1e300</v></c></row>")}, "digits"),
    ({OPTIONS: sheet_of("<row r='1'><c t='n'><v>1e-300</v></c></row>")}, "decimals"),
    ({OPTIONS: sheet_of("<row r='1'><c t='e'><v>#REF!</v></c></row>")}, "#REF!"),
])
def test_damaged_and_hostile_parts_are_refused(changes: dict[str, bytes | None], words: str) -> None:
    assert words in refusal(repacked(changes))


def test_merged_ranges_cost_nothing_whatever_their_size() -> None:
    merged = b'</sheetData><mergeCells><mergeCell ref="B2:XFD1048576"/></mergeCells>'
    merged = part(OPTIONS).replace(b"</sheetData>", merged)
    assert "B2:XFD1048576 are merged" in refusal(repacked({OPTIONS: merged}))


@pytest.mark.slow
def test_a_million_empty_rows_are_passed_over() -> None:
    rows = "".join(f"<row r='{number}' ht='12'/>" for number in range(900_000, 1_000_000)).encode()
    content = repacked({OPTIONS: part(OPTIONS).replace(b"</sheetData>", rows + b"</sheetData>")})
    assert apply_workbook(LAMPS, "lamp", content) is LAMPS
    last = part(OPTIONS).replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')
    assert apply_workbook(LAMPS, "lamp", repacked({OPTIONS: last})) is LAMPS


@pytest.mark.slow
@pytest.mark.parametrize("row", ["<row/>", "<row><c/><c/></row>", "<row><c t='b'><v>1</v></c></row>"])
def test_a_bomb_of_cells_ends_early_and_takes_little_memory(row: str) -> None:
    content = repacked({OPTIONS: sheet_of(row * (30_000_000 // len(row)))})
    assert len(content) < 400_000
    tracemalloc.start()
    try:
        assert any(word in refusal(content) for word in ("elements", "cells", "far more"))
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


def test_size_that_a_part_claims_is_not_believed() -> None:
    content = bytearray(repacked({"xl/x.bin": b"\0" * 3_000_000}))
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/x.bin"))
    struct.pack_into("<I", content, place + 24, 1000)
    local = content.index(b"PK\x03\x04", content.index(b"xl/x.bin") - 30)
    struct.pack_into("<I", content, local + 22, 1000)
    assert apply_workbook(LAMPS, "lamp", bytes(content)) is LAMPS


@pytest.mark.slow
def test_random_damage_is_refused_or_read_but_never_an_error() -> None:
    rng = random.Random(7)
    names = ["xl/workbook.xml", "xl/styles.xml", OPTIONS, "_rels/.rels", "xl/_rels/workbook.xml.rels"]
    pieces = [b"", b"9", b"<", b"<c>", b"</v>", b'"', b"-1", b"\xff"]
    for _ in range(150):
        if rng.random() < 0.5:
            damaged = bytearray(exported())
            for _ in range(rng.randint(1, 6)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            content = bytes(damaged)
        else:
            name = rng.choice(names)
            text = bytearray(part(name))
            for _ in range(rng.randint(1, 4)):
                place = rng.randrange(len(text))
                text[place:place + rng.randint(0, 9)] = rng.choice(pieces)
            content = repacked({name: bytes(text)})
        with contextlib.suppress(PackageRefused):
            assert isinstance(read_workbook(content), dict)


def test_other_ways_to_write_the_same_cells_read_alike() -> None:
    def own_number(workbook: Workbook) -> None:
        cell = workbook["power"]["C2"]
        cell.value, cell.number_format = 0.5, "0.00%"
    assert applied(own_number)["products/lamp/power.csv"].startswith("watt,lumen\n5,0.5\n")
    rows = ("<row r='1'><c r='A1' t='inlineStr'><is><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></is></c>"
            "<c t='str'><v>a_x0041__x005F_x0042_ _xD800_</v></c><c><v>1.1000000000000001</v></c><c><v>1E+3</v></c>"
            "<c t='b'><v>0</v></c><c t='d'><v>2027-01-31</v></c><c t='s'/></row>")
    cells = read_workbook(repacked({OPTIONS: sheet_of(rows)}))["options"].cells
    assert [cells[1, column].text for column in range(1, 7)] == [
        "rich", "aA_x0042_ _xD800_", "1.1", "1000", "false", "2027-01-31"]
    assert cells[1, 7].fault


def test_namespaces_may_have_prefixes() -> None:
    text = part("xl/workbook.xml").replace(b"<workbook ", b"<w:workbook xmlns:w='x' ")
    again = repacked({"xl/workbook.xml": text.replace(b"</workbook>", b"</w:workbook>")})
    assert set(read_workbook(again)) == set(load_workbook(io.BytesIO(exported())).sheetnames)


def test_texts_may_be_shared() -> None:
    shared = f"<sst {_NAMESPACE}><si><t>one</t></si><si><r><t>t</t></r><r><t>wo </t></r></si></sst>"
    kind = b"http://purl.oclc.org/ooxml/officeDocument/relationships/sharedStrings"
    relation = b'<Relationship Type="' + kind + b'" Target="sharedStrings.xml" Id="rId99"/></Relationships>'
    content = repacked({
        "xl/_rels/workbook.xml.rels": part("xl/_rels/workbook.xml.rels").replace(b"</Relationships>", relation),
        "xl/sharedStrings.xml": shared.encode(),
        OPTIONS: sheet_of("<row><c t='s'><v>1</v></c><c t='s'><v>0</v></c></row>"),
    })
    assert [cell.text for cell in read_workbook(content)["options"].cells.values()] == ["two", "one"]


def test_sheets_of_the_readers_own_are_passed_over() -> None:
    def note(workbook: Workbook) -> None:
        workbook.create_sheet("my notes")["A1"] = "=1+1"
    assert apply_workbook(LAMPS, "lamp", edited(note)) is LAMPS


def test_checksum_of_a_part_counts() -> None:
    with zipfile.ZipFile(io.BytesIO(exported())) as source:
        wrong = struct.pack("<I", zlib.crc32(source.read(OPTIONS)))
    damaged = exported().replace(wrong, b"\0\0\0\0")
    assert "damaged" in refusal(damaged)
