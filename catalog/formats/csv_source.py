"""CSV tables with a header line as nodes with positions, so that they read like lists of mappings."""

from __future__ import annotations

import csv
import io

from catalog.errors import Problem
from catalog.formats.yaml_source import Mapping, Node, Scalar

MAXIMUM_ROWS = 50_000


def read_csv(text: str, *, file: str) -> tuple[tuple[str, ...], tuple[Mapping, ...], tuple[Problem, ...]]:
    """Read a table: comma-separated, first line the column names, ``#`` starts a line of comment.

    Parameters
    ----------
    text
        The file's text.
    file
        Its name, for messages.

    Returns
    -------
    tuple[tuple[str, ...], tuple[Mapping, ...], tuple[Problem, ...]]
        The column names, one mapping a row with the empty cells left out, and what stood against the table.
        A column named ``title.en`` gives a mapping ``title`` with the key ``en``.
    """
    problems: list[Problem] = []
    header: list[str] = []
    rows: list[Mapping] = []
    for line, cells in _lines(text, file, problems):
        if not header:
            header = _header(cells, line, file, problems)
        elif len(cells) != len(header):
            message = f"found {len(cells)} cells; expected {len(header)} ({', '.join(header)})"
            problems.append(Problem(file, line, 1, message))
        elif len(rows) >= MAXIMUM_ROWS:
            problems.append(Problem(file, line, 1, f"more than {MAXIMUM_ROWS} rows"))
            break
        else:
            rows.append(_row(header, cells, line))
    if not header:
        problems.append(Problem(file, 0, 0, "the table is empty; expected a line of column names"))
    return tuple(header), tuple(rows), tuple(problems)


def _lines(text: str, file: str, problems: list[Problem]) -> list[tuple[int, list[tuple[str, int]]]]:
    found: list[tuple[int, list[tuple[str, int]]]] = []
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = next(csv.reader([line.rstrip("\n")], strict=True, skipinitialspace=True))
        except csv.Error as error:
            problems.append(Problem(file, number, 1, f"no CSV: {error}"))
            continue
        found.append((number, _placed(line, cells)))
    return found


def _placed(line: str, cells: list[str]) -> list[tuple[str, int]]:
    placed, position = [], 0
    for cell in cells:
        start = line.find(cell.replace('"', '""') if cell else ",", position)
        start = position if start < 0 or not cell else start
        placed.append((cell.strip(), start + 1))
        following = line.find(",", start + len(cell))
        position = following + 1 if following >= 0 else len(line)
    return placed


def _header(cells: list[tuple[str, int]], line: int, file: str, problems: list[Problem]) -> list[str]:
    names: list[str] = []
    for name, column in cells:
        if not name:
            problems.append(Problem(file, line, column, "a column has no name"))
        elif name in names:
            problems.append(Problem(file, line, column, f"column {name!r} stands twice"))
        names.append(name)
    return names


def _row(header: list[str], cells: list[tuple[str, int]], line: int) -> Mapping:
    entries: dict[str, Node] = {}
    pairs: list[tuple[Scalar, Node]] = []
    for name, (cell, column) in zip(header, cells, strict=True):
        if not cell:
            continue
        outer, _, inner = name.partition(".")
        value: Node = Scalar(cell, line, column)
        if inner:
            present = entries.get(outer)
            if isinstance(present, Mapping):
                present.entries[inner] = value
                continue
            value = Mapping(((Scalar(inner, line, column), value),), line, column, {inner: value})
        entries[outer] = value
        pairs.append((Scalar(outer, line, column), value))
    return Mapping(tuple(pairs), line, cells[0][1] if cells else 1, entries)
