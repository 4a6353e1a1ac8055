"""The cells of a workbook as texts: what a person sees typed there, exactly, with its address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.sax.xmlreader import AttributesImpl

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from catalog.formats.spreadsheet_package import Elements, Package, PackageRefused

MAX_CELLS = 300_000
"""Cells with content in the whole workbook."""

_MAX_COLUMNS = 16_384
_MAX_ROWS = 1_048_576
_MAX_TEXT = 33_000_000
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell's text; ``fault`` says what else stands there that cannot be taken, empty for nothing."""

    text: str
    fault: str = ""


@dataclass(slots=True)
class Grid:
    """The cells of a sheet by row and column, both from 1; empty cells are left out."""

    cells: dict[tuple[int, int], CellText] = field(default_factory=dict)
    merged: str = ""
    """The first range of merged cells; empty for none."""


def read_workbook(content: bytes) -> dict[str, Grid]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    content
        The bytes of an ``.xlsx`` file.

    Returns
    -------
    dict[str, Grid]
        By the sheet's name. Numbers come as the decimals that a spreadsheet shows at most (15 digits), truth
        values as ``true`` and ``false``, dates as ``2027-01-31``.

    Raises
    ------
    PackageRefused
        The bytes are no such file, or more than one may hold.
    """
    package = Package(content)
    main = package.target_of("", "officeDocument")
    workbook = _Workbook()
    package.parse(main or "xl/workbook.xml", workbook)
    targets = {identifier: target for _, identifier, target in package.relations(main)}
    strings, styles = _Strings(), _Styles()
    readers: dict[str, Elements] = {"sharedStrings": strings, "styles": styles}
    for kind, reader in readers.items():
        part = package.target_of(main, kind)
        if part:
            package.parse(part, reader)
    dates = styles.dates()
    grids: dict[str, Grid] = {}
    left = MAX_CELLS
    for name, identifier in workbook.sheets:
        cells = _Cells(strings.texts, dates, left=left, is_1904=workbook.is_1904)
        package.parse(targets.get(identifier, ""), cells)
        grids[name] = cells.grid
        left -= len(cells.grid.cells)
    return grids


class _Workbook(Elements):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.is_1904 = False

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        if name == "sheet":
            names = [key for key in attributes.getNames() if key.rpartition(":")[2] == "id" and ":" in key]
            self.sheets.append((attributes.get("name", ""), attributes[names[0]] if names else ""))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "") in ("1", "true")


class _Texts(Elements):
    """Gathers the characters of elements named ``t``, but not of phonetic hints."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._is_open = False
        self._is_hint = False
        self._length = 0

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        self._is_hint = self._is_hint or name == "rPh"
        self._is_open = name == "t" and not self._is_hint

    def finish(self, name: str) -> None:
        self._is_open = False
        if name == "rPh":
            self._is_hint = False

    def characters(self, content: str) -> None:
        if self._is_open:
            self._length += len(content)
            if self._length > _MAX_TEXT:
                raise PackageRefused("it holds too much text")
            self._pieces.append(content)

    def take(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


class _Strings(_Texts):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def finish(self, name: str) -> None:
        super().finish(name)
        if name == "si":
            self.texts.append(self.take())
            if len(self.texts) > MAX_CELLS:
                raise PackageRefused(f"more than {MAX_CELLS} texts")


class _Styles(Elements):
    """Learns which styles show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self._formats: dict[str, str] = {}
        self._cells: list[str] = []
        self._is_cell_part = False

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_cell_part = True
        elif name == "xf" and self._is_cell_part:
            self._cells.append(attributes.get("numFmtId", "0"))

    def finish(self, name: str) -> None:
        if name == "cellXfs":
            self._is_cell_part = False

    def dates(self) -> frozenset[str]:
        """Give the indices of styles that show dates."""
        known = {str(number): code for number, code in BUILTIN_FORMATS.items()} | self._formats
        kinds = {identifier: is_date_format(known.get(identifier, "General")) for identifier in set(self._cells)}
        return frozenset(str(index) for index, identifier in enumerate(self._cells) if kinds[identifier])


class _Cells(_Texts):
    """Reads the cells of a sheet."""

    def __init__(self, strings: list[str], dates: frozenset[str], *, left: int, is_1904: bool) -> None:
        super().__init__()
        self.grid = Grid()
        self._strings = strings
        self._dates = dates
        self._left = left
        self._epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
        self._row = self._column = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._is_value = self._is_formula = False

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        super().begin(name, attributes)
        if name == "row":
            self._row = self._number(attributes.get("r", str(self._row + 1)), _MAX_ROWS)
            self._column = 0
        elif name == "c":
            self._place(attributes.get("r", ""))
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._is_formula = False
            self._value.clear()
        elif name == "mergeCell":
            self.grid.merged = self.grid.merged or attributes.get("ref", "?")
        self._is_value = name == "v"
        self._is_formula = self._is_formula or name == "f"

    def _place(self, address: str) -> None:
        self._column += 1
        match = _ADDRESS.fullmatch(address)
        if match is not None:
            self._column = 0
            for letter in match[1]:
                self._column = self._column * 26 + ord(letter) - 64
            self._row = self._number(match[2], _MAX_ROWS)
        if self._column > _MAX_COLUMNS:
            raise PackageRefused(f"a sheet has more than {_MAX_COLUMNS} columns")

    @staticmethod
    def _number(text: str, greatest: int) -> int:
        if not text.isdecimal() or len(text) > 7 or not 1 <= int(text) <= greatest:
            raise PackageRefused(f"found row {text[:20]!r}; a sheet has rows 1 to {greatest}")
        return int(text)

    def characters(self, content: str) -> None:
        super().characters(content)
        if self._is_value:
            self._value.append(content)

    def finish(self, name: str) -> None:
        super().finish(name)
        self._is_value = False
        if name != "c":
            return
        cell = self._cell(self.take(), "".join(self._value).strip())
        if cell.text or cell.fault:
            self.grid.cells[self._row, self._column] = cell
            if len(self.grid.cells) > self._left:
                raise PackageRefused(f"more than {MAX_CELLS} cells with content")

    def _cell(self, inline: str, value: str) -> CellText:
        if self._is_formula:
            return CellText("", "a formula; write its result as a value")
        match self._kind:
            case "inlineStr":
                return CellText(_unescaped(inline))
            case "s":
                return self._shared(value)
            case "b" if value:
                return CellText("true" if value in ("1", "true") else "false")
            case "e":
                return CellText("", f"the error {value[:20]}")
            case _:
                return self._figure(value) if self._kind == "n" and value else CellText(_unescaped(value))

    def _shared(self, value: str) -> CellText:
        if value.isdecimal() and len(value) < 9 and int(value) < len(self._strings):
            return CellText(_unescaped(self._strings[int(value)]))
        return CellText("", "a damaged text")

    def _figure(self, value: str) -> CellText:
        """Give a number as its shortest decimal of 15 digits, all that a spreadsheet keeps."""
        try:
            number = float(value)
            text = f"{Decimal(f'{number:.15g}'):f}"
        except (ValueError, InvalidOperation, OverflowError):
            return CellText("", f"found {value[:30]!r}; expected a number")
        if self._style in self._dates:
            return self._date(number)
        if not abs(number) < 10**15:
            return CellText("", "a number of more than 15 digits; write it as text")
        if len(text) > 40:
            return CellText("", "a number with too many decimals; write it as text")
        return CellText(text)

    def _date(self, number: float) -> CellText:
        try:
            moment = from_excel(number, self._epoch)
        except (ValueError, OverflowError, TypeError):
            return CellText("", "a date out of range")
        day = getattr(moment, "date", None)
        if day is None or number != int(number):
            return CellText("", "a time of day; expected a date such as 2027-01-31")
        return CellText(day().isoformat())


def _unescaped(text: str) -> str:
    """Undo the escapes of characters that XML has not, and make line ends plain."""
    plain = _ESCAPED.sub(_character, text) if "_x" in text else text
    return plain.replace("\r\n", "\n").replace("\r", "\n").strip()


def _character(match: re.Match[str]) -> str:
    """Give the character that an escape means; one that no text may hold stays as it is written."""
    number = int(match[1], 16)
    return match[0] if number == 0 or 0xD800 <= number < 0xE000 else chr(number)
