"""Lines and whole numbers of a planning file, with refusals that name file and line. Imports errors only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.errors import PlanFileInvalid

MAXIMUM_NUMBER = 10**9
MAXIMUM_OPERATIONS = 100_000
MAXIMUM_MODES = 2_000_000
MAXIMUM_MACHINES = 100_000
_MOST_DIGITS = 10
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds something: its number in the file, counted from 1, and its words."""

    number: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanText:
    """A file's name and its lines, without blank ones and without comments (``#``)."""

    file: str
    lines: tuple[Line, ...]

    def refuse(self, line: int, words: str) -> PlanFileInvalid:
        """Make the refusal that names file and line; line 0 means the file as a whole."""
        place = f"{self.file}:{line}" if line else self.file
        return PlanFileInvalid(f"{place}: {words}", file=self.file, line=line)

    def whole(self, word: str, line: int, *, least: int = 0, what: str = "a whole number") -> int:
        """Read a number of at least ``least``.

        Raises
        ------
        PlanFileInvalid
            The word is no whole number, too small, or above ``MAXIMUM_NUMBER``.
        """
        digits = word.removeprefix("-").removeprefix("+")
        if not (digits.isascii() and digits.isdigit()):
            raise self.refuse(line, f"expected {what}, found {word[:40]!r}")
        if len(digits) > _MOST_DIGITS or int(digits) > MAXIMUM_NUMBER:
            raise self.refuse(line, f"{word[:40]} is beyond {MAXIMUM_NUMBER}, the largest number that is planned with")
        if int(word) < least:
            raise self.refuse(line, f"{what} must be at least {least}, found {word[:40]}")
        return int(word)

    def numbers(self, line: Line) -> list[int]:
        """Read a line of whole numbers, 0 or more each."""
        return [self.whole(word, line.number) for word in line.words]

    def head(self) -> tuple[Line, list[int]]:
        """Read the first two numbers of the first line.

        Raises
        ------
        PlanFileInvalid
            The file is empty, or its first line does not begin with two whole numbers.
        """
        if not self.lines:
            raise self.refuse(0, "the file is empty")
        first = self.lines[0]
        if len(first.words) < 2:
            raise self.refuse(first.number, "expected the numbers of jobs and machines")
        return first, [self.whole(word, first.number, least=1) for word in first.words[:2]]

    def need(self, count: int, what: str) -> None:
        """Refuse a file with fewer lines than announced, naming its last line."""
        if len(self.lines) - 1 < count:
            raise self.refuse(self.lines[-1].number, f"{count} {what} announced, {len(self.lines) - 1} found")


def split(text: str, file: str) -> PlanText:
    """Split a file into lines; blank lines and comments are left out, old end-of-file marks too.

    Raises
    ------
    PlanFileInvalid
        The file holds control characters: it is a program or a picture, or UTF-16.
    """
    strange = _NO_TEXT.search(text)
    if strange:
        place = text.count("\n", 0, strange.start()) + 1
        raise PlanText(file, ()).refuse(place, f"this is not text: it has a control character ({strange[0]!r})")
    lines = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\x1a", "").splitlines(), 1):
        words = tuple(line.split("#", 1)[0].split())
        if words:
            lines.append(Line(number, words))
    return PlanText(file, tuple(lines))


def is_number(word: str) -> bool:
    """Tell whether a word is a whole number without a sign, of a length that a planning file can have."""
    return word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS


def first_machine(text: PlanText, named: Sequence[tuple[int, int]], machine_count: int) -> int:
    """Find out whether a file counts machines from 0 or from 1.

    Parameters
    ----------
    text
        The file.
    named
        Every named (machine, line).
    machine_count
        Number of machines announced.

    Returns
    -------
    int
        0 if machine 0 is named, else 1.

    Raises
    ------
    PlanFileInvalid
        A machine beyond the announced number is named.
    """
    first = 0 if any(machine == 0 for machine, _ in named) else 1
    for machine, line in named:
        if machine - first >= machine_count:
            raise text.refuse(line, f"machine {machine} is named, but there are {machine_count}")
    return first


def check_size(text: PlanText, operations: int, modes: int, machines: int) -> None:
    """Refuse what is larger than a plan can be made for."""
    for count, most, what in ((operations, MAXIMUM_OPERATIONS, "operations"), (modes, MAXIMUM_MODES, "modes"),
                              (machines, MAXIMUM_MACHINES, "machines")):
        if count > most:
            raise text.refuse(0, f"{count} {what} are more than the {most} that can be planned")
