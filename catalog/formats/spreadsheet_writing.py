"""The sheets of a product as an ``.xlsx`` workbook. All but plain figures is written as text, nothing as a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from catalog.formats.spreadsheet_layout import Cell, Sheet

ABOUT = "about"
ROW = "#"
"""Name of the first column: the place that a row had when the workbook was written; empty in a new row."""

FORMAT = "onelot-workbook-1"

_FIGURE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,11}[1-9])?")
_KEPT_DIGITS = 15
_RISKY = ("=", "+", "-", "@", "\t")
_MUST_ESCAPE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_FIXED = PatternFill("solid", fgColor="E4E4E1")
_HEADER = PatternFill("solid", fgColor="CFDCD4")
_WIDE = frozenset({"amount", "when", "value", "holds", "requires", "quantity", "minutes", "reason", "title", "help"})
_NOTES = (
    "Gray cells cannot be changed here; white ones can.",
    "A new row: write it below its neighbor and leave its cell in the column “#” empty.",
    "A row is taken away by deleting it. Formulas are refused: write their results.",
    "灰色单元格不能在此修改，白色可以。",
    "新增一行：写在相邻行下方，“#” 列留空。",
    "删除一行即去掉该行。不接受公式：请写入结果。",
)


def write_workbook(sheets: Sequence[Sheet], *, product_code: str, content_hash: str) -> bytes:
    """Write the sheets of a product.

    Parameters
    ----------
    sheets
        As ``lay_out`` gives them.
    product_code, content_hash
        Told in the sheet ``about``, so that an import knows what the workbook was made of.

    Returns
    -------
    bytes
        An ``.xlsx`` file.
    """
    workbook = Workbook()
    about = workbook.worksheets[0]
    about.title = ABOUT
    _write_about(about, product_code, content_hash)
    for sheet in sheets:
        _write_sheet(workbook.create_sheet(sheet.name), sheet)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def is_exact(text: str) -> bool:
    """Say whether a spreadsheet gives a decimal back as it is written: no digit more or less."""
    return bool(_FIGURE.fullmatch(text)) and sum(map(str.isdigit, text)) <= _KEPT_DIGITS and text != "-0"


def _write_about(page: Worksheet, product_code: str, content_hash: str) -> None:
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 14, 80
    page.protection.sheet = True
    facts = (("format", FORMAT), ("product", product_code), ("source", content_hash))
    for number, (name, value) in enumerate(facts, start=1):
        _write_text(_at(page, number, 1), name, fill=_FIXED)
        _write_text(_at(page, number, 2), value, fill=_FIXED)
    for number, note in enumerate(_NOTES, start=len(facts) + 2):
        _write_text(_at(page, number, 2), note)


def _write_sheet(page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes = "C2"
    for number, name in enumerate((ROW, *sheet.columns), start=1):
        is_wide = not _WIDE.isdisjoint(name.split("."))
        page.column_dimensions[get_column_letter(number)].width = 6 if number == 1 else 36 if is_wide else 16
        _write_text(_at(page, 1, number), name, fill=_HEADER)
        page.cell(1, number).font = Font(bold=True)
    for place, (_, row) in enumerate(sheet.rows(), start=1):
        page.cell(place + 1, 1, place).fill = _FIXED
        for number, name in enumerate(sheet.columns, start=2):
            if name in row.cells:
                _write_cell(_at(page, place + 1, number), row.cells[name], is_figure=name in sheet.figures)
            else:
                # What is typed into an empty cell stays text, too.
                page.cell(place + 1, number).number_format = "General" if name in sheet.figures else "@"


def _at(page: Worksheet, row: int, column: int) -> SheetCell:
    """Give a cell; none is merged here, which the library's types do not know."""
    return cast("SheetCell", page.cell(row, column))


def _write_cell(target: SheetCell, cell: Cell, *, is_figure: bool) -> None:
    if is_figure and is_exact(cell.text):
        target.value = float(cell.text) if "." in cell.text else int(cell.text)
    else:
        _write_text(target, cell.text, fill=_FIXED if cell.leaf is None else None)


def _write_text(target: SheetCell, text: str, *, fill: PatternFill | None = None) -> None:
    target.value = _MUST_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    # The library takes a text that begins with = for a formula.
    target.data_type = "s"
    target.number_format = "@"
    target.quotePrefix = text[:1] in _RISKY
    target.alignment = Alignment(vertical="top", wrap_text="\n" in text)
    if fill is not None:
        target.fill = fill
