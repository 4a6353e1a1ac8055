"""Any edits of any cells: taken over exactly, or refused with a place; comments and other files stay."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.folder import read_files
from catalog.formats.source_files import SourceFiles
from catalog.formats.spreadsheet import apply_workbook, to_workbook
from catalog.formats.spreadsheet_cells import Grid, read_workbook
from tests.unit.catalog.test_spreadsheet import FILES, LAMPS, edited, opened

WORDS = ["x", "1", "0.5", "a: b", "# c", "- d", "it's", '"q"', "{a}", "[b, c]", "a, b", "true", "1.10", "é中", "*a",
         "&a", "!t", "%", "@x", "`y`", "null", "~", "2027-01-01", "|", ">", "a #b", ": ", "\\", "steel", "red", "29",
         ""]
SHEETS = ("product", "options", "attributes", "rules", "prices", "power", "pairs", "parts", "bom", "presets")


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, str, int, int, str]]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        sheet = draw(st.sampled_from(SHEETS))
        page = opened()[sheet]
        kind = draw(st.sampled_from(["set", "set", "set", "delete", "copy"]))
        row, column = draw(st.integers(2, page.max_row)), draw(st.integers(3, page.max_column))
        found.append((kind, sheet, row, column, draw(st.sampled_from(WORDS))))
    return found


def done(workbook: Workbook, steps: list[tuple[str, str, int, int, str]]) -> None:
    for kind, sheet, row, column, word in steps:
        page = workbook[sheet]
        if kind == "delete":
            page.delete_rows(row)
            continue
        if kind == "copy":
            page.append([cell.value for cell in page[row]])
        page.cell(page.max_row if kind == "copy" else row, column, word or None).data_type = "s" if word else "n"


def shown(grid: Grid) -> Counter[frozenset[tuple[str, str]]]:
    """The rows of a sheet, without their numbers, by the names of the columns."""
    names = {column: cell.text for (row, column), cell in grid.cells.items() if row == 1}
    rows: dict[int, set[tuple[str, str]]] = {}
    for (row, column), cell in grid.cells.items():
        if row > 1 and names[column] != "#":
            rows.setdefault(row, set()).add((names[column], cell.text))
    return Counter(frozenset(row) for row in rows.values() if sheet_has(row))


def sheet_has(row: set[tuple[str, str]]) -> bool:
    """An emptied value of the product is a name alone, and has no row any more."""
    return {name for name, _ in row} != {"name"}


@settings(max_examples=50, deadline=None)
@given(edits())
def test_any_edits_are_taken_over_exactly_or_refused(steps: list[tuple[str, str, int, int, str]]) -> None:
    content = edited(lambda workbook: done(workbook, steps))
    result = LAMPS
    problems: tuple[Problem, ...] = ()
    try:
        result = apply_workbook(LAMPS, "lamp", content)
    except CatalogInvalid as error:
        problems = error.problems
    if problems:
        assert all("!" in item.file or item.file == "workbook" for item in problems), problems
        return
    read_files(result)
    wanted, found = read_workbook(content), read_workbook(to_workbook(result, "lamp"))
    for sheet in SHEETS:
        # A list of which all rows are gone has no sheet any more.
        assert shown(found.get(sheet, Grid())) == shown(wanted[sheet]), sheet
    for name, text in FILES.items():
        for line in text.splitlines():
            if line.lstrip().startswith("#"):
                assert line in result.texts[name].splitlines()


def test_files_of_other_products_are_never_touched() -> None:
    both = SourceFiles({**FILES, **{
        name.replace("lamp", "other"): text for name, text in FILES.items() if "lamp" in name
    }})
    content = edited(lambda workbook: done(workbook, [("set", "power", 2, 3, "460")]), to_workbook(both, "other"))
    result = apply_workbook(both, "other", content)
    assert {name for name in both.texts if result.texts[name] != both.texts[name]} == {"products/other/power.csv"}


def test_costs_of_parts_are_figures_that_come_back_exactly() -> None:
    table = "code,title.en,unit,unit_cost\nCORD,Cord,m,0.045\nHOOK,Hook,pcs,\n"
    files = SourceFiles({**FILES, "products/lamp/parts.csv": table})
    assert apply_workbook(files, "lamp", to_workbook(files, "lamp")) == files
    workbook = load_workbook(io.BytesIO(to_workbook(files, "lamp")))
    page = workbook["parts"]
    column = next(cell.column for cell in page[1] if cell.value == "unit_cost")
    assert page.cell(2, column).value == 0.045
    page.cell(2, column).value = 1.3
    page.cell(3, column).value = 0
    saved = io.BytesIO()
    workbook.save(saved)
    changed = apply_workbook(files, "lamp", saved.getvalue())
    assert changed.texts["products/lamp/parts.csv"] == table.replace("0.045", "1.3").replace("pcs,", "pcs,0")
    page.cell(2, column).value = -1
    wrong = io.BytesIO()
    workbook.save(wrong)
    with pytest.raises(CatalogInvalid) as caught:
        read_files(apply_workbook(files, "lamp", wrong.getvalue()))
    assert "found -1; expected 0 or more" in str(caught.value.problems)
