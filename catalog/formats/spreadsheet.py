"""A product folder as a spreadsheet and back: ``to_workbook`` writes it, ``apply_workbook`` takes the edits over.

The source stays the truth: an import compares each cell with what the source says there and replaces just the
values that differ, in the place where they are written. What did not change keeps its text to the letter, so an
unchanged workbook gives the same content hash. The patched source is laid out again and must show exactly what
the workbook shows, and must read without a fault; else nothing is taken over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.folder import MAIN_FILE, read_files
from catalog.formats.published import FOLDER, PublishedSource, read_definition
from catalog.formats.source_files import SourceFiles
from catalog.formats.spreadsheet_cells import CellText, Grid, read_workbook
from catalog.formats.spreadsheet_edits import PlacedRow, SheetEdits, address, compare
from catalog.formats.spreadsheet_layout import Sheet, lay_out
from catalog.formats.spreadsheet_package import PackageRefused
from catalog.formats.spreadsheet_patching import NotWritable, patch_listing
from catalog.formats.spreadsheet_writing import ABOUT, FORMAT, write_workbook

MAX_WRITTEN_CELLS = 200_000
WORKBOOK = "workbook"
"""What a problem of the whole file names as its file."""

_ABOUT_PLACES: Mapping[str, int] = {"format": 1, "product": 2, "source": 3}


def to_workbook(files: SourceFiles, product_code: str) -> bytes:
    """Write a product as a workbook.

    Parameters
    ----------
    files
        A catalog folder, or the published source of the one product.
    product_code
        The product.

    Returns
    -------
    bytes
        An ``.xlsx`` file with one sheet for the product's own values, one for all options, and one for each
        other list and table.

    Raises
    ------
    CatalogInvalid
        The source has faults, has no such product, or is larger than a workbook should be.
    """
    _check(files, product_code)
    sheets = lay_out(files, product_code)
    count = sum(len(row.cells) for sheet in sheets for _, row in sheet.rows())
    if count > MAX_WRITTEN_CELLS:
        message = f"{count} values; a workbook has at most {MAX_WRITTEN_CELLS}"
        raise CatalogInvalid((Problem(f"products/{product_code}", 0, 0, message),))
    return write_workbook(sheets, product_code=product_code, content_hash=_hash(files, product_code))


def apply_workbook(files: SourceFiles, product_code: str, workbook: bytes) -> SourceFiles:
    """Take the edits of a workbook over into the source that it was written from.

    Parameters
    ----------
    files
        The source as it was when the workbook was written.
    product_code
        The product.
    workbook
        The bytes of the ``.xlsx`` file.

    Returns
    -------
    SourceFiles
        All the files; those without an edit are unchanged, an unchanged workbook changes none.

    Raises
    ------
    CatalogInvalid
        The workbook is none, was written from another source, or holds what the catalog cannot take. Places
        are a sheet and an address, such as ``options!C7``, with row and column as line and column. Nothing is
        taken over then.
    """
    _check(files, product_code)
    grids = _grids(workbook)
    _check_about(grids.get(ABOUT), product_code, _hash(files, product_code))
    edits = _edits(lay_out(files, product_code), grids)
    patched = _patched(files, product_code, edits)
    if patched.texts == files.texts:
        return files
    rows = _verified(lay_out(patched, product_code), edits)
    _check_patched(patched, product_code, rows, [item.sheet for item in edits])
    return patched


def product_of(workbook: bytes) -> str:
    """Give the code of the product that a workbook says it was written from; empty when it says none.

    Raises
    ------
    CatalogInvalid
        The bytes are no workbook, or more than one may hold.
    """
    about = _grids(workbook).get(ABOUT, Grid())
    return about.cells.get((_ABOUT_PLACES["product"], 2), CellText("")).text


def _grids(workbook: bytes) -> dict[str, Grid]:
    try:
        return read_workbook(workbook)
    except PackageRefused as refusal:
        raise CatalogInvalid((Problem(WORKBOOK, 0, 0, str(refusal)),)) from refusal


def _hash(files: SourceFiles, product_code: str) -> str:
    return PublishedSource(FOLDER, files.under(f"products/{product_code}")).content_hash()


def _check(files: SourceFiles, product_code: str) -> None:
    """Read the source as a catalog or as the one product; raise CatalogInvalid for faults or no such product."""
    if product_code not in files.folders_in("products"):
        raise CatalogInvalid((Problem(f"products/{product_code}", 0, 0, "found no such product"),))
    if MAIN_FILE in files.texts:
        read_files(files)
    else:
        read_definition(PublishedSource(FOLDER, files))


def _check_about(grid: Grid | None, product_code: str, content_hash: str) -> None:
    if grid is None:
        message = f"the sheet {ABOUT!r} is missing; expected a workbook that was exported from the catalog"
        raise CatalogInvalid((Problem(WORKBOOK, 0, 0, message),))
    wanted = {
        "format": (FORMAT, f"expected {FORMAT}"),
        "product": (product_code, f"expected the product {product_code}"),
        "source": (content_hash, "the product has changed since this workbook was exported; export it again"),
    }
    problems = []
    for name, (value, message) in wanted.items():
        row = _ABOUT_PLACES[name]
        if grid.cells.get((row, 2), CellText("")).text != value:
            problems.append(Problem(address(ABOUT, row, 2), row, 2, message))
    if problems:
        raise CatalogInvalid(tuple(problems))


def _edits(sheets: Sequence[Sheet], grids: Mapping[str, Grid]) -> list[SheetEdits]:
    problems: list[Problem] = []
    found = []
    for sheet in sheets:
        grid = grids.get(sheet.name)
        if grid is None:
            problems.append(Problem(WORKBOOK, 0, 0, f"the sheet {sheet.name!r} is missing"))
        else:
            found.append(compare(sheet, grid, problems))
    if problems:
        raise CatalogInvalid(tuple(sorted(set(problems))))
    return found


def _patched(files: SourceFiles, product_code: str, edits: Sequence[SheetEdits]) -> SourceFiles:
    """Patch one listing after the other; places in the text are found anew each time."""
    texts = dict(files.texts)
    for wanted in edits:
        for number, changes in wanted.by_listing().items():
            sheets = lay_out(SourceFiles(texts), product_code)
            listing = next(sheet for sheet in sheets if sheet.name == wanted.sheet.name).listings[number]
            try:
                texts[listing.file] = patch_listing(texts[listing.file], listing, changes)
            except NotWritable as refusal:
                raise CatalogInvalid((wanted.problem_of(number, str(refusal)),)) from refusal
    return SourceFiles(texts)


def _verified(sheets: Sequence[Sheet], edits: Sequence[SheetEdits]) -> dict[str, list[PlacedRow]]:
    """Check that the patched source shows what the workbook shows; give the workbook's rows in the source's order."""
    problems = []
    by_name = {sheet.name: sheet for sheet in sheets}
    rows: dict[str, list[PlacedRow]] = {}
    for wanted in edits:
        rows[wanted.sheet.name] = wanted.expected()
        sheet = by_name.get(wanted.sheet.name)
        shown = [] if sheet is None else [
            {name: cell.text for name, cell in row.cells.items()} for _, row in sheet.rows()
        ]
        problems += _differences(wanted, rows[wanted.sheet.name], shown)
    if problems:
        raise CatalogInvalid(tuple(problems))
    return rows


def _differences(wanted: SheetEdits, rows: Sequence[PlacedRow], shown: Sequence[Mapping[str, str]]) -> list[Problem]:
    """Give the first row that the source would not show as the workbook does."""
    for place, row in enumerate(rows):
        found = shown[place] if place < len(shown) else {}
        if found != row.values:
            return [wanted.difference(row, found)]
    if len(shown) == len(rows):
        return []
    return [Problem(address(wanted.sheet.name, 1, 1), 1, 1, "more rows would stand here; change them in the file")]


def _check_patched(
    files: SourceFiles, product_code: str, rows: Mapping[str, list[PlacedRow]], sheets: Sequence[Sheet]
) -> None:
    """Read the patched source; raise CatalogInvalid with the workbook's places for its faults."""
    try:
        _check(files, product_code)
    except CatalogInvalid as error:
        places = _Places(lay_out(files, product_code), rows)
        places.name_files(sheets)
        raise CatalogInvalid(tuple(sorted({places.in_workbook(item) for item in error.problems}))) from error


class _Places:
    """Where in the workbook a place of the patched source stands."""

    def __init__(self, sheets: Sequence[Sheet], rows: Mapping[str, list[PlacedRow]]) -> None:
        self._known: dict[str, list[tuple[tuple[int, int], str, int, int]]] = {}
        for sheet in sheets:
            for (listing, row), placed in zip(sheet.rows(), rows.get(sheet.name, []), strict=False):
                for name, cell in row.cells.items():
                    if cell.leaf is not None and name in placed.columns:
                        place = (cell.leaf.line, cell.leaf.column)
                        self._known.setdefault(listing.file, []).append(
                            (place, sheet.name, placed.number, placed.columns[name]))
        for found in self._known.values():
            found.sort()
        self._sheets: dict[str, str] = {}

    def name_files(self, sheets: Sequence[Sheet]) -> None:
        """Learn which sheet each file had; the main file has that of the product's own values."""
        for sheet in reversed(sheets):
            self._sheets |= {listing.file: sheet.name for listing in sheet.listings}

    def in_workbook(self, problem: Problem) -> Problem:
        """Give a problem at the last cell that begins before it, one of a whole file at its sheet's first cell."""
        found = self._known.get(problem.file, []) if problem.line else []
        before = [item for item in found if item[0] <= (problem.line, problem.column)] or found[:1]
        if not before and problem.file not in self._sheets:
            return problem
        _, sheet, row, column = before[-1] if before else ((0, 0), self._sheets[problem.file], 1, 1)
        return Problem(address(sheet, row, column), row, column, problem.message)
