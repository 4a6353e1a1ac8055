"""Products as workbooks and back: what did not change stays to the letter, what did stands where it belongs."""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import catalog
from catalog.errors import CatalogInvalid, Problem
from catalog.formats.folder import read_files
from catalog.formats.published import FOLDER, PublishedSource, read_definition
from catalog.formats.source_files import SourceFiles, load_files
from catalog.formats.spreadsheet import apply_workbook, to_workbook
from catalog.formats.spreadsheet_cells import read_workbook

DEMO = Path(catalog.__file__).parent / "demo"

LAMP = """\
# A lamp, told in every way a person may write it.
title: {en: Lamp, zh: 灯}   # both languages
description: >
  A lamp for
  any desk.
currency: CNY

attributes:
  - code: base
    title: Base
    options: base.csv
    default: oak
  # The shade comes in any color.
  - {code: shade, title: {en: "Shade, woven"}, default: red, options: [red, 'blue', {code: "29", title: '29 cm',
     kg: 1.10, eco: true}]}
  - code: height
    kind: number
    title:
      en: Height
      zh: 高度
    minimum: 200
    maximum: 600
    step: 10
    unit: mm
  - code: dimmer
    kind: yes_no
    title: {en: Dimmer, zh: 调光}
    help: {en: "=HYPERLINK(1) is only text."}

parameters:
  base_price: 80.50   # CNY
  far: 123456789012
tables: [power.csv]
rules:
  - code: tall
    when: height > 500 mm   # tall ones
    requires: base = oak

    reason: {en: Tall lamps stand on oak., zh: 高灯配橡木底座。}
table_rules:
  - {code: pairs, table: pairs.csv, reason: {en: Not together.}, kind: forbidden}
prices:
  - {code: lamp, title: Lamp, amount: base_price + base.price}
  - code: credit
    title: Credit
    amount: -5
    when: dimmer
"""

FILES = {
    "catalog.yaml": "format: onelot-catalog-1\n",
    "products/lamp/product.yaml": LAMP,
    "products/lamp/base.csv": "# wood and steel\ncode,title.en,title.zh,price,note\noak,Oak,橡木,1.50,+1\n"
                              "steel,\"Steel, brushed\",,007,\"he said \"\"so\"\"\"\n3-4/14/4,Glass,玻璃,0.1,@x\n",
    "products/lamp/power.csv": "watt,lumen\n5,450\n7.5,800.10\n",
    "products/lamp/pairs.csv": "base,shade\nsteel,29\n",
    "products/lamp/parts.csv": "code,title.en,unit\nCORD,Cord,m\n",
    "products/lamp/bom.csv": "part,quantity,when,operation\nCORD,2,,\n",
    "products/lamp/presets.yaml": "- {code: red, title: Red one, choose: {shade: red, base: oak}}\n",
}
LAMPS = SourceFiles(FILES)
Edit = Callable[[Workbook], object]


@functools.cache
def exported() -> bytes:
    return to_workbook(LAMPS, "lamp")


@functools.cache
def opened() -> Workbook:
    """The exported workbook, only to be looked at."""
    return load_workbook(io.BytesIO(exported()))


def edited(edit: Edit, content: bytes = b"") -> bytes:
    """What a spreadsheet program saves after an edit."""
    workbook = load_workbook(io.BytesIO(content or exported()))
    edit(workbook)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def put(sheet: str, place: str, value: object) -> Edit:
    def edit(workbook: Workbook) -> None:
        workbook[sheet][place].value = value
    return edit


def applied(*edits: Edit) -> dict[str, str]:
    """The files that differ after edits."""
    result = apply_workbook(LAMPS, "lamp", edited(lambda workbook: [edit(workbook) for edit in edits]))
    read_files(result)
    return {name: text for name, text in result.texts.items() if text != FILES[name]}


def problems(*edits: Edit) -> tuple[Problem, ...]:
    with pytest.raises(CatalogInvalid) as caught:
        apply_workbook(LAMPS, "lamp", edited(lambda workbook: [edit(workbook) for edit in edits]))
    return caught.value.problems


def places(*edits: Edit) -> list[str]:
    return [problem.file for problem in problems(*edits)]


def row_of(sheet: str, **wanted: str) -> int:
    """The number of the row that shows the wanted texts."""
    page = opened()[sheet]
    header = [cell.value for cell in page[1]]
    for number in range(2, page.max_row + 1):
        if all(str(page.cell(number, header.index(name) + 1).value) == text for name, text in wanted.items()):
            return number
    raise LookupError(wanted)


def place_of(sheet: str, column: str, **wanted: str) -> str:
    page = opened()[sheet]
    header = [cell.value for cell in page[1]]
    return str(page.cell(row_of(sheet, **wanted), header.index(column) + 1).coordinate)


def without(sheet: str, **wanted: str) -> Edit:
    return lambda workbook: workbook[sheet].delete_rows(row_of(sheet, **wanted))


def beside(sheet: str, values: Mapping[str, str | float], **wanted: str) -> Edit:
    """A new row below the one that shows the wanted texts."""
    def edit(workbook: Workbook) -> None:
        page, number = workbook[sheet], row_of(sheet, **wanted) + 1
        page.insert_rows(number)
        header = [cell.value for cell in page[1]]
        for name, value in values.items():
            page.cell(number, header.index(name) + 1, value)
    return edit


@pytest.mark.parametrize("code", ["bicycle", "pump", "window"])
def test_unchanged_workbook_changes_no_file(code: str) -> None:
    files, found = load_files(DEMO)
    assert not found
    content = to_workbook(files, code)
    assert apply_workbook(files, code, content) is files
    assert apply_workbook(files, code, edited(lambda _: None, content)) is files


def test_published_product_is_a_source_too() -> None:
    files, _ = load_files(DEMO)
    only = SourceFiles({
        name: text for name, text in files.texts.items() if name.startswith(("products/pump/", "rule_sets/"))
    })
    source = PublishedSource(FOLDER, only)
    again = apply_workbook(only, "pump", to_workbook(only, "pump"))
    assert PublishedSource(FOLDER, again).content_hash() == source.content_hash()
    assert read_definition(PublishedSource(FOLDER, again)).code == "pump"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.slow
def test_opening_and_saving_in_libreoffice_changes_no_file(tmp_path: Path) -> None:
    (tmp_path / "lamp.xlsx").write_bytes(exported())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
               "--outdir", str(tmp_path / "saved"), str(tmp_path / "lamp.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert apply_workbook(LAMPS, "lamp", (tmp_path / "saved" / "lamp.xlsx").read_bytes()) is LAMPS


def test_text_that_looks_like_a_formula_is_text() -> None:
    page = load_workbook(io.BytesIO(exported()))["attributes"]
    cell = page[place_of("attributes", "help.en", code="dimmer")]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1) is only text.", "s")
    prices = load_workbook(io.BytesIO(exported()))["prices"]
    assert prices[place_of("prices", "amount", code="credit")].value == "-5"


def test_figures_are_numbers_only_where_they_come_back_exactly() -> None:
    page = load_workbook(io.BytesIO(exported()))["options"]
    values = {cell.value for row in page.iter_rows() for cell in row}
    assert {0.1, "1.10", "1.50", "007", "29", "3-4/14/4", "true"} <= values


EDITS: list[tuple[str, str, dict[str, str], object, str, str]] = [
    ("product", "value", {"name": "title.zh"}, "台灯", "title: {en: Lamp, zh: 灯}", "title: {en: Lamp, zh: 台灯}"),
    ("product", "value", {"name": "parameters.base_price"}, 81.25, "base_price: 80.50 ", "base_price: 81.25 "),
    ("product", "value", {"name": "description.en"}, "Short.", "description: >\n  A lamp for\n  any desk.",
     "description: Short."),
    ("options", "title.en", {"code": "steel"}, "Steel", '"Steel, brushed"', "Steel"),
    ("options", "title.zh", {"code": "steel"}, "钢, 拉丝", '"Steel, brushed",,', '"Steel, brushed","钢, 拉丝",'),
    ("options", "price", {"code": "3-4/14/4"}, 0.3, "玻璃,0.1,", "玻璃,0.3,"),
    ("options", "price", {"code": "oak"}, "1.10", "橡木,1.50,", "橡木,1.10,"),
    ("options", "note", {"code": "oak"}, True, "+1\n", "true\n"),
    ("options", "note", {"code": "oak"}, "=1+1", "+1\n", "=1+1\n"),
    ("options", "note", {"code": "oak"}, date(2027, 1, 31), "+1\n", "2027-01-31\n"),
    ("options", "note", {"code": "oak"}, None, "+1\n", "\n"),
    ("options", "title.zh", {"code": "red"}, "红", "[red, ", "[{code: red, title: {zh: 红}}, "),
    ("options", "title.en", {"code": "blue"}, "Blue: deep", "'blue'", '{code: blue, title: "Blue: deep"}'),
    ("options", "kg", {"code": "29"}, 1.2, "kg: 1.10", "kg: 1.2"),
    ("options", "eco", {"code": "29"}, None, ", eco: true", ""),
    ("attributes", "title.en", {"code": "shade"}, "Shade", '{en: "Shade, woven"}', '{en: "Shade"}'),
    ("attributes", "title.zh", {"code": "shade"}, "灯罩", '{en: "Shade, woven"}', '{en: "Shade, woven", zh: 灯罩}'),
    ("attributes", "title.zh", {"code": "base"}, "底座", "title: Base", "title: {en: Base, zh: 底座}"),
    ("attributes", "title.zh", {"code": "height"}, None, "      en: Height\n      zh: 高度\n", "      en: Height\n"),
    ("attributes", "help.en", {"code": "height"}, "From the desk #1", "    unit: mm\n",
     "    unit: mm\n    help: From the desk \"#1\"\n"),
    ("attributes", "help.en", {"code": "dimmer"}, None, '\n    help: {en: "=HYPERLINK(1) is only text."}', ""),
    ("attributes", "default", {"code": "base"}, "steel", "    default: oak", "    default: steel"),
    ("rules", "reason.zh", {"code": "tall"}, None, ", zh: 高灯配橡木底座。", ""),
    ("rules", "when", {"code": "tall"}, "height > 510 mm", "height > 500 mm   #", "height > 510 mm   #"),
    ("prices", "amount", {"code": "credit"}, "-7.5", "amount: -5", "amount: -7.5"),
    ("prices", "when", {"code": "credit"}, None, "    when: dimmer\n", ""),
    ("prices", "billing", {"code": "lamp"}, "yearly", "base_price + base.price}",
     "base_price + base.price, billing: yearly}"),
    ("power", "lumen", {"watt": "5"}, 460, "5,450", "5,460"),
    ("pairs", "base", {"shade": "29"}, "3-4/14/4", "steel,29", "3-4/14/4,29"),
    ("presets", "choose.base", {"code": "red"}, "steel", "base: oak", "base: steel"),
    ("presets", "choose.shade", {"code": "red"}, None, "{shade: red, base: oak}", "{base: oak}"),
]


@pytest.mark.parametrize(("sheet", "column", "wanted", "value", "before", "after"), EDITS)
def test_one_edit_changes_one_place(
    sheet: str, column: str, wanted: dict[str, str], value: object, before: str, after: str
) -> None:
    def edit(workbook: Workbook) -> None:
        cell = workbook[sheet][place_of(sheet, column, **wanted)]
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    after = after.replace('From the desk "#1"', '"From the desk #1"')
    (name, text), = applied(edit).items()
    assert FILES[name].count(before) == 1
    assert text == FILES[name].replace(before, after)


def test_rows_are_added_and_taken_away() -> None:
    main = "products/lamp/product.yaml"
    ash: dict[str, str | float] = {"attribute": "base", "code": "ash", "title.en": "Ash, white", "price": 2}
    assert applied(beside("options", ash, code="oak")) == {"products/lamp/base.csv": FILES[
        "products/lamp/base.csv"].replace(",+1\n", ',+1\nash,"Ash, white",,2,\n')}
    assert applied(without("options", code="3-4/14/4")) == {
        "products/lamp/base.csv": FILES["products/lamp/base.csv"].replace("3-4/14/4,Glass,玻璃,0.1,@x\n", "")}
    added = {"attribute": "shade", "code": "no", "title.en": "None", "title.zh": "无"}
    assert applied(beside("options", added, code="blue")) == {
        main: LAMP.replace("'blue', ", "'blue', {code: no, title: {en: None, zh: 无}}, ")}
    assert applied(without("options", code="blue")) == {main: LAMP.replace("'blue', ", "")}
    assert applied(beside("prices", {"code": "extra", "title.en": "X", "amount": 3}, code="lamp")) == {
        main: LAMP.replace("base.price}\n", "base.price}\n  - {code: extra, title: X, amount: 3}\n")}
    assert applied(without("prices", code="credit"), without("prices", code="lamp")) == {
        main: LAMP[:LAMP.index("  - {code: lamp")]}
    assert applied(beside("power", {"watt": 6, "lumen": 500}, watt="5")) == {
        "products/lamp/power.csv": "watt,lumen\n5,450\n6,500\n7.5,800.10\n"}
    assert applied(beside("presets", {"code": "blue", "title.en": "Blue", "choose.shade": "blue"}, code="red")) == {
        "products/lamp/presets.yaml": FILES["products/lamp/presets.yaml"]
        + "- {code: blue, title: Blue, choose: {shade: blue}}\n"}


def test_all_kinds_of_edits_go_together() -> None:
    changed = applied(
        beside("options", {"attribute": "shade", "code": "green", "title.en": "Green"}, code="29"),
        without("options", code="blue"),
        put("options", place_of("options", "code", code="red"), "ruby"),
        put("attributes", place_of("attributes", "default", code="shade"), "ruby"),
        put("presets", place_of("presets", "choose.shade", code="red"), "ruby"),
    )
    assert changed["products/lamp/product.yaml"] == LAMP.replace(
        "eco: true}]", "eco: true}, {code: green, title: Green}]").replace("[red, 'blue', ", "[ruby, ").replace(
        "default: red", "default: ruby")
    assert changed["products/lamp/presets.yaml"].count("ruby") == 1


def test_copied_row_is_a_new_one_and_sorting_changes_nothing() -> None:
    def copy(workbook: Workbook) -> None:
        page = workbook["power"]
        page.append([1, 9, 900])
    assert applied(copy) == {"products/lamp/power.csv": FILES["products/lamp/power.csv"] + "9,900\n"}

    def turn(workbook: Workbook) -> None:
        page = workbook["power"]
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
        page.delete_rows(2, len(rows))
        for row in reversed(rows):
            page.append(row)
    assert apply_workbook(LAMPS, "lamp", edited(turn)) is LAMPS


def test_new_property_is_a_new_column_of_options_in_yaml() -> None:
    def edit(workbook: Workbook) -> None:
        page = workbook["options"]
        page.cell(1, page.max_column + 1, "glow")
        page.cell(row_of("options", code="29"), page.max_column, 2.5)
    assert applied(edit)["products/lamp/product.yaml"] == LAMP.replace("eco: true}", "eco: true, glow: 2.5}")


letters = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co"), exclude_characters="\ufeff")
texts = st.text(letters, min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=25, deadline=None)
@given(words=st.lists(texts, min_size=3, max_size=3), data=st.data())
def test_any_wording_comes_back_as_it_was_typed(words: list[str], data: st.DataObject) -> None:
    spots = [("options", "title.en", {"code": "oak"}), ("attributes", "title.en", {"code": "shade"}),
             ("attributes", "help.zh", {"code": "height"})]

    def edit(workbook: Workbook) -> None:
        for (sheet, column, wanted), word in zip(spots, words, strict=True):
            cell = workbook[sheet][place_of(sheet, column, **wanted)]
            cell.value = word
            cell.data_type = "s"
    content = edited(edit)
    result = apply_workbook(LAMPS, "lamp", content)
    again = read_workbook(to_workbook(result, "lamp"))
    for (sheet, _, _), word in zip(spots, words, strict=True):
        assert word.strip() in {"", *(cell.text for cell in again[sheet].cells.values())}
    assert apply_workbook(result, "lamp", to_workbook(result, "lamp")) is result


@pytest.mark.parametrize(("edit", "place", "words"), [
    (put("options", "C3", "=1+1"), "options!C3", "a formula"),
    (put("rules", place_of("rules", "when", code="tall"), "height > "), "rules!C2", "expected"),
    (put("attributes", place_of("attributes", "default", code="base"), "pine"), "attributes!H2", "unknown option"),
    (put("attributes", place_of("attributes", "minimum", code="height"), "low"), None, "expected a number"),
    (put("pairs", "C2", "violet"), "pairs!C2", "unknown option"),
    (put("options", "B2", "shade"), "options!B2", "cannot be changed here"),
    (put("product", "B2", "name"), "product!B2", "cannot be changed here"),
    (put("options", "A2", "x"), "options!A2", "row's own number"),
    (put("options", "C1", "title.en"), None, "stands twice"),
    (put("options", "C1", "kode"), "options!A1", "'code' is missing"),
    (put("options", "Z4", "stray"), "options!Z4", "without a name"),
    (put("options", place_of("options", "kg", code="oak"), "3"), None, "no column 'kg'"),
    (put("options", place_of("options", "title.en", code="oak"), "two\nlines"), None, "one line"),
    (put("options", "J2", datetime.fromisoformat("2027-01-31T05:30")), "options!J2", "time of day"),
    (put("options", place_of("options", "price", code="oak"), 12345678901234567), None, "15 digits"),
    (put("options", place_of("options", "code", code="oak"), None), None, "'code' is missing"),
    (put("about", "B1", "other"), "about!B1", "onelot-workbook-1"),
    (put("about", "B2", "window"), "about!B2", "the product lamp"),
    (put("about", "B3", "0"), "about!B3", "export it again"),
    (lambda workbook: workbook.remove(workbook["options"]), "workbook", "'options' is missing"),
    (lambda workbook: workbook.remove(workbook["about"]), "workbook", "'about' is missing"),
    (lambda workbook: workbook["options"].merge_cells("C2:C3"), "options!A1", "merged"),
    (lambda workbook: workbook["product"].delete_rows(3), "product!A1", "a row is missing"),
    (lambda workbook: workbook["product"].append([None, "x", "y"]), None, "takes no new rows"),
    (lambda workbook: workbook["options"].append([None, "height", "a"]), None, "expected an attribute"),
    (without("options", code="red"), None, "unknown option 'red'"),
    (without("attributes", code="shade"), None, ""),
])
def test_what_cannot_be_taken_is_refused_with_its_place(edit: Edit, place: str | None, words: str) -> None:
    found = problems(edit)
    assert any(words in problem.message for problem in found), found
    for problem in found:
        assert problem.file == "workbook" or "!" in problem.file
    if place is not None:
        assert place in [problem.file for problem in found], found


def test_source_with_faults_is_refused_as_it_is() -> None:
    broken = SourceFiles({**FILES, "products/lamp/bom.csv": "part,quantity,when,operation\nX,2,,\n"})
    with pytest.raises(CatalogInvalid, match="problem"):
        to_workbook(broken, "lamp")
    with pytest.raises(CatalogInvalid):
        to_workbook(LAMPS, "lantern")
