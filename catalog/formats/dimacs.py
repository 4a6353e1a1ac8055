"""Clauses in the DIMACS CNF format as product definitions.

Every variable becomes a choice attribute with the options ``true`` and ``false``, named by its comment
``c <number> <name>`` or else by its number.
"""

from __future__ import annotations

import re
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import read_text
from catalog.formats.yes_no import product_code, yes_no_attribute
from catalog.product import ClauseSet, Group, ProductDefinition
from catalog.text import Text

MAX_VARIABLES = 1_000_000
_MAX_PROBLEMS = 100
_NAME = re.compile(r"c\s+(\d{1,9})\s+(\S.*?)\s*$")
_HEADER = re.compile(r"p\s+cnf\s+(\d{1,9})\s+(\d{1,9})\s*$")
_WORD = re.compile(r"\S+")
_LITERALS = re.compile(r"[-0-9\s]+", re.ASCII)
_LINE_END = re.compile(r"\r\n|\n|\r")


def read_dimacs(path: Path) -> ProductDefinition:
    """Read a DIMACS file, ``.dimacs`` or ``.dimacs.xz``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    ProductDefinition
        Its code comes from the file's name; prices, parts and operations are empty.

    Raises
    ------
    CatalogInvalid
        With every problem found, each with line and column.
    """
    return parse_dimacs(read_text(path), file=path.name)


def parse_dimacs(text: str, *, file: str) -> ProductDefinition:
    """Read a DIMACS text.

    Parameters
    ----------
    text
        The whole source.
    file
        Its name, for the product's code and the problems.

    Returns
    -------
    ProductDefinition
        As ``read_dimacs`` gives it.

    Raises
    ------
    CatalogInvalid
        With every problem found, each with line and column.
    """
    reader = _Reader(file)
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if not reader.take(number, line):
            break
    reader.finish()
    if reader.problems:
        raise CatalogInvalid(tuple(sorted(reader.problems)[:_MAX_PROBLEMS]))
    names = tuple(reader.names.get(number, str(number)) for number in range(1, reader.variable_count + 1))
    title = Text.of(product_code(file))
    return ProductDefinition(
        code=product_code(file),
        title=title,
        attributes=tuple(yes_no_attribute(name) for name in names),
        groups=(Group("group_1", title, names),),
        clauses=ClauseSet(names, tuple(reader.clauses)),
    )


class _Reader:
    """Takes lines one after the other; clauses may go on over lines, as the format allows."""

    def __init__(self, file: str) -> None:
        self.names: dict[int, str] = {}
        self.clauses: list[tuple[int, ...]] = []
        self.problems: list[Problem] = []
        self.variable_count = -1
        self._clause_count = 0
        self._open: list[int] = []
        self._name_lines: dict[int, int] = {}
        self._file = file
        self._last_line = 0

    def take(self, number: int, line: str) -> bool:
        """Read one line; False when the text ends here, marked by ``%``."""
        self._last_line = number if line else self._last_line
        start = line.lstrip()[:1]
        if start == "c":
            self._comment(number, line)
        elif start == "p":
            self._header(number, line)
        elif start == "%":
            return False
        elif start:
            self._literals(number, line)
        return len(self.problems) < _MAX_PROBLEMS

    def finish(self) -> None:
        """Check what only the end shows."""
        if self.variable_count < 0 and not self.problems:
            self._report(0, 0, "expected a header “p cnf VARIABLES CLAUSES”")
        if self._open:
            self._report(self._last_line, 1, "expected a 0 at the end of the last clause")
        elif len(self.clauses) != self._clause_count and not self.problems:
            message = f"expected {self._clause_count} clauses as the header says, found {len(self.clauses)}"
            self._report(self._last_line, 1, message)
        self._check_names()

    def _check_names(self) -> None:
        owners: dict[str, int] = {}
        for number in range(1, max(self.variable_count, 0) + 1):
            name = self.names.get(number, str(number))
            owner = owners.setdefault(name, number)
            if owner != number and len(self.problems) < _MAX_PROBLEMS:
                line = self._name_lines.get(number) or self._name_lines[owner]
                self._report(line, 1, f"variables {owner} and {number} are both named “{name}”")

    def _report(self, line: int, column: int, message: str) -> None:
        self.problems.append(Problem(self._file, line, column, message))

    def _comment(self, number: int, line: str) -> None:
        match = _NAME.match(line.lstrip())
        if match:
            self.names[int(match[1])] = match[2]
            self._name_lines[int(match[1])] = number

    def _header(self, number: int, line: str) -> None:
        match = _HEADER.match(line.lstrip())
        if match is None:
            self._report(number, 1, "expected a header “p cnf VARIABLES CLAUSES”")
        elif self.variable_count >= 0:
            self._report(number, 1, "a second header; expected one")
        elif int(match[1]) > MAX_VARIABLES:
            self._report(number, 1, f"expected at most {MAX_VARIABLES} variables")
        else:
            self.variable_count, self._clause_count = int(match[1]), int(match[2])

    def _literals(self, number: int, line: str) -> None:
        if self.variable_count < 0:
            self._report(number, 1, "expected the header “p cnf VARIABLES CLAUSES” before the first clause")
            self.variable_count = 0
            return
        try:
            literals = [int(word) for word in line.split()] if _LITERALS.fullmatch(line) else []
        except ValueError:
            literals = []
        if not literals or max(map(abs, literals)) > self.variable_count:
            self._report_words(number, line)
            return
        for literal in literals:
            if literal:
                self._open.append(literal)
            else:
                self.clauses.append(tuple(self._open))
                self._open = []

    def _report_words(self, number: int, line: str) -> None:
        """Report the first word of a line that is no literal of the header's variables."""
        for word in _WORD.finditer(line):
            is_number = len(word[0]) < 12 and re.fullmatch(r"-?[0-9]+", word[0]) is not None
            if not is_number or abs(int(word[0])) > self.variable_count:
                expected = f"expected a variable from 1 to {self.variable_count}, its negation, or 0"
                self._report(number, word.start() + 1, f"{expected}, found “{word[0][:40]}”")
                return
        self._report(number, 1, "expected whole numbers")
