"""What a person changed: the cells of a sheet against the layout that it was written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from catalog.errors import Problem
from catalog.formats.spreadsheet_cells import CellText, Grid
from catalog.formats.spreadsheet_layout import KEY, Row, Sheet
from catalog.formats.spreadsheet_patching import Changes, ListingEdits
from catalog.formats.spreadsheet_writing import ROW

MAX_PROBLEMS = 100


def address(sheet: str, row: int, column: int) -> str:
    """Give a cell's place as a person reads it, such as ``options!C7``."""
    return f"{sheet}!{get_column_letter(column)}{row}"


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of the workbook: its number, its texts by column, and the number of each column."""

    number: int
    values: Mapping[str, str]
    columns: Mapping[str, int]
    place: int = -1
    """Place of the row in the layout, from 0; -1 for a new one."""


@dataclass(slots=True)
class SheetEdits:
    """A sheet's rows as the workbook has them, with the layout they are held against."""

    sheet: Sheet
    rows: list[PlacedRow] = field(default_factory=list)
    listings: list[int] = field(default_factory=list)
    """For each row the number of its listing."""

    def _first_places(self) -> list[int]:
        """Give for each listing the place of its first row in the sheet."""
        places, total = [], 0
        for listing in self.sheet.listings:
            places.append(total)
            total += len(listing.rows)
        return places

    def by_listing(self) -> dict[int, ListingEdits]:
        """Give the edits of each listing that has any; places count from its first row."""
        first = self._first_places()
        old = [row for _, row in self.sheet.rows()]
        found: dict[int, ListingEdits] = {}
        before = dict.fromkeys(range(len(first)), -1)
        kept: set[int] = set()
        for row, number in zip(self.rows, self.listings, strict=True):
            if row.place < 0:
                edits = found.setdefault(number, ListingEdits({}, set(), {}))
                values = {name: text for name, text in row.values.items() if not self.sheet.is_keyed or name != KEY}
                edits.added.setdefault(before[number], []).append(_changes({}, values, None))
                continue
            kept.add(row.place)
            before[number] = row.place - first[number]
            changes = _changes({name: cell.text for name, cell in old[row.place].cells.items()}, row.values,
                               old[row.place])
            if changes:
                edits = found.setdefault(number, ListingEdits({}, set(), {}))
                edits.changed[row.place - first[number]] = changes
        for number, listing in enumerate(self.sheet.listings):
            gone = {place for place in range(len(listing.rows)) if first[number] + place not in kept}
            if gone:
                found.setdefault(number, ListingEdits({}, set(), {})).removed.update(gone)
        return found

    def expected(self) -> list[PlacedRow]:
        """Give the rows in the order of the source: old ones keep theirs, new ones follow the row above them."""
        ordered: list[PlacedRow] = []
        for number in range(len(self.sheet.listings)):
            own = [row for row, listing in zip(self.rows, self.listings, strict=True) if listing == number]
            followers: dict[int, list[PlacedRow]] = {}
            before = -1
            for row in own:
                before = before if row.place < 0 else row.place
                if row.place < 0:
                    followers.setdefault(before, []).append(row)
            ordered += followers.get(-1, [])
            for row in sorted((row for row in own if row.place >= 0), key=lambda row: row.place):
                ordered += [row, *followers.get(row.place, [])]
        # A value of the product that was emptied has no row any more.
        return [row for row in ordered if self.sheet.can_grow or "value" in row.values]

    def problem_of(self, listing: int, message: str) -> Problem:
        """Give a problem at the first row of a listing that is new or changed."""
        old = [row for _, row in self.sheet.rows()]
        for row, number in zip(self.rows, self.listings, strict=True):
            shown = {} if row.place < 0 else {name: cell.text for name, cell in old[row.place].cells.items()}
            if number == listing and shown != row.values:
                return self.difference(row, shown, message)
        return Problem(address(self.sheet.name, 1, 1), 1, 1, message)

    def difference(self, row: PlacedRow, shown: Mapping[str, str], message: str = "") -> Problem:
        """Give a problem at the first cell of a row that differs from what is shown."""
        names = [name for name in row.columns if row.values.get(name, "") != shown.get(name, "")]
        column = row.columns[names[0]] if names else 1
        words = message or "this does not go with the other edits; change it in the file"
        return Problem(address(self.sheet.name, row.number, column), row.number, column, words)


def _changes(old: Mapping[str, str], new: Mapping[str, str], row: Row | None) -> Changes:
    """Give the new texts of the columns that differ, by path of keys."""
    changes: dict[tuple[str, ...], str] = {}
    for name in dict.fromkeys((*new, *old)):
        text = new.get(name, "")
        if text == old.get(name, ""):
            continue
        cell = row.cells.get(name) if row is not None else None
        changes[cell.path if cell is not None else path_of(name)] = text
    return changes


def path_of(column: str) -> tuple[str, ...]:
    """Give the keys that a column's name means: ``title.zh`` is the key ``zh`` of ``title``."""
    outer, _, inner = column.partition(".")
    return (outer, inner) if inner else (outer,)


def compare(sheet: Sheet, grid: Grid, problems: list[Problem]) -> SheetEdits:
    """Hold a sheet of a workbook against the layout.

    Parameters
    ----------
    sheet
        As it was written.
    grid
        As it is now.
    problems
        Receives what cannot be taken: cells, columns and rows that should not be there or are missing.

    Returns
    -------
    SheetEdits
        The rows with content; of no use when there are problems.
    """
    return _Comparison(sheet, grid, problems).edits()


class _Comparison:
    def __init__(self, sheet: Sheet, grid: Grid, problems: list[Problem]) -> None:
        self._sheet = sheet
        self._grid = grid
        self._problems = problems
        self._old = [(listing, row) for listing, row in sheet.rows()]
        self._numbers = {listing.key: number for number, listing in enumerate(sheet.listings)}

    def _report(self, row: int, column: int, message: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(address(self._sheet.name, row, column), row, column, message))

    def edits(self) -> SheetEdits:
        edits = SheetEdits(self._sheet)
        if self._grid.merged:
            self._report(1, 1, f"the cells {self._grid.merged[:40]} are merged; expected single cells")
        by_row: dict[int, dict[int, CellText]] = {}
        for (row, column), cell in self._grid.cells.items():
            by_row.setdefault(row, {})[column] = cell
        columns = self._columns(by_row.pop(1, {}))
        if columns is None:
            return edits
        taken: set[int] = set()
        for number in sorted(by_row):
            placed = self._row(number, by_row[number], columns, taken)
            listing = None if placed is None else self._listing(placed)
            if placed is not None and listing is not None:
                edits.rows.append(placed)
                edits.listings.append(listing)
        if not self._sheet.can_grow and len(taken) < len(self._old):
            self._report(1, 1, "a row is missing; rows of this sheet cannot be taken away")
        return edits

    def _columns(self, header: Mapping[int, CellText]) -> dict[str, int] | None:
        columns: dict[str, int] = {}
        for column, cell in sorted(header.items()):
            if cell.fault or not cell.text or len(cell.text) > 200:
                self._report(1, column, cell.fault or "expected the name of a column")
            elif cell.text in columns:
                self._report(1, column, f"the column {cell.text!r} stands twice")
            else:
                columns[cell.text] = column
        missing = [name for name in (ROW, *self._sheet.columns) if name not in columns]
        if missing:
            self._report(1, 1, f"the column {missing[0]!r} is missing")
        if not self._sheet.can_grow:
            for name in columns.keys() - {ROW, *self._sheet.columns}:
                self._report(1, columns[name], f"unknown column {name!r}")
        return None if missing else columns

    def _row(self, number: int, cells: Mapping[int, CellText], columns: Mapping[str, int],
             taken: set[int]) -> PlacedRow | None:
        names = {column: name for name, column in columns.items()}
        values: dict[str, str] = {}
        for column, cell in cells.items():
            if column not in names:
                self._report(number, column, "a value in a column without a name")
            elif cell.fault:
                self._report(number, column, f"found {cell.fault}")
            elif names[column] != ROW:
                values[names[column]] = cell.text
        place = self._place(number, cells.get(columns[ROW], CellText("")), columns[ROW], taken)
        others = {name: column for name, column in columns.items() if name != ROW}
        row = PlacedRow(number, values, others, place)
        if place >= 0:
            self._check_fixed(row, self._old[place][1])
        elif values and not self._sheet.can_grow:
            self._report(number, columns[ROW], "this sheet takes no new rows")
        return row if values else None

    def _place(self, number: int, cell: CellText, column: int, taken: set[int]) -> int:
        """Give the place that a row had; -1 for a new one, also for a copy of a row."""
        if not cell.text or cell.fault:
            return -1
        place = int(cell.text) - 1 if cell.text.isdecimal() and len(cell.text) < 8 else -1
        if not 0 <= place < len(self._old):
            self._report(number, column, f"found {cell.text[:20]!r}; expected the row's own number, or nothing")
            return -1
        if place in taken:
            return -1
        taken.add(place)
        return place

    def _check_fixed(self, row: PlacedRow, old: Row) -> None:
        for name, cell in old.cells.items():
            if cell.leaf is None and row.values.get(name, "") != cell.text:
                self._report(row.number, row.columns[name], f"expected {cell.text[:60]!r}; this cannot be changed here")

    def _listing(self, row: PlacedRow) -> int | None:
        if row.place >= 0:
            return self._numbers[self._old[row.place][0].key]
        key = row.values.get(KEY, "") if self._sheet.is_keyed else ""
        if key in self._numbers:
            return self._numbers[key]
        column = row.columns.get(KEY, 1)
        known = ", ".join(sorted(self._numbers))[:200]
        self._report(row.number, column, f"found {key[:60]!r}; expected an attribute with a list of options: {known}")
        return None

