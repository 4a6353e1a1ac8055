"""What a customer takes of what stands beside an offer. Imports no database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ordering.draft import DraftLine, QuoteDraft, SectionLine, Standing
from ordering.errors import RequestInvalid


def with_choices(content: QuoteDraft, positions: Collection[int]) -> QuoteDraft:
    """Include lines that stand beside an offer: an option is added, an alternative takes its line's place.

    Parameters
    ----------
    content
        What is offered.
    positions
        Of the lines that are wanted, from 1; at least one.

    Returns
    -------
    QuoteDraft
        The same lines at the same places. The line that an alternative replaces is an alternative from then on, so
        that it can be taken back. Lines that are included already stay so.

    Raises
    ------
    RequestInvalid
        A position is none of a line that can be taken, two alternatives stand for one line, or all are in already.
    """
    lines = list(content.lines)
    replaced: set[int] = set()
    for position in sorted(set(positions)):
        line = lines[position - 1] if 0 < position <= len(lines) else None
        if line is None or isinstance(line, SectionLine):
            raise RequestInvalid("Choose one of the lines that may be added.", field="positions")
        if line.standing is Standing.ALTERNATIVE:
            other = replaced_line(content.lines, position)
            if other in replaced:
                raise RequestInvalid("Choose one of the alternatives; they stand for the same line.", field="positions")
            if other is not None:
                replaced.add(other)
                lines[other - 1] = _standing(lines[other - 1], Standing.ALTERNATIVE)
        lines[position - 1] = _standing(line, Standing.INCLUDED)
    if tuple(lines) == content.lines:
        raise RequestInvalid("Choose at least one line that is not in the offer yet.", field="positions")
    return replace(content, lines=tuple(lines))


def replaced_line(lines: tuple[DraftLine, ...], position: int) -> int | None:
    """Give the included line that an alternative stands for: the nearest in its section, of two the one before.

    Parameters
    ----------
    lines
        Of the offer.
    position
        Of the alternative, from 1.

    Returns
    -------
    int or None
        A position; None where its section includes nothing, and taking it adds it.
    """
    found = []
    for step in (-1, 1):
        place = position + step
        while 0 < place <= len(lines):
            line = lines[place - 1]
            if isinstance(line, SectionLine):
                break
            if line.standing is Standing.INCLUDED:
                found.append(place)
                break
            place += step
    return min(found, key=lambda place: (abs(place - position), place), default=None)


def _standing(line: DraftLine, standing: Standing) -> DraftLine:
    return line if isinstance(line, SectionLine) else replace(line, standing=standing)
