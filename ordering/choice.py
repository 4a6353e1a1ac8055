"""What a customer takes of what stands beside an offer. Imports no database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ordering.draft import DraftLine, QuoteDraft, SectionLine, Standing
from ordering.errors import RequestInvalid


def with_choices(content: QuoteDraft, positions: Collection[int], *, slots: Mapping[int, int]) -> QuoteDraft:
    """Include lines that stand beside an offer: an option is added, an alternative takes its line's place.

    Parameters
    ----------
    content
        What is offered.
    positions
        Of the lines that are wanted, from 1; at least one.
    slots
        Which lines stand for one another, as :func:`find_slots` found it when the offer was sent.

    Returns
    -------
    QuoteDraft
        The same lines at the same places. The line that an alternative replaces is an alternative from then on, so
        that it can be taken back. Lines that are included already stay so. Of lines that stand for one another exactly
        one stays included, whatever is chosen in which order.

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
            group = slots.get(position)
            if group in replaced:
                raise RequestInvalid("Choose one of the alternatives; they stand for the same line.", field="positions")
            if group is not None:
                replaced.add(group)
                _make_room(lines, {member for member, other in slots.items() if other == group})
        lines[position - 1] = _standing(line, Standing.INCLUDED)
    if tuple(lines) == content.lines:
        raise RequestInvalid("Choose at least one line that is not in the offer yet.", field="positions")
    return replace(content, lines=tuple(lines))


def find_slots(lines: tuple[DraftLine, ...]) -> dict[int, int]:
    """Find which lines of an offer that is about to be sent stand for one another.

    Parameters
    ----------
    lines
        As the seller put them.

    Returns
    -------
    dict of int to int
        For each alternative, and each included line that has one, the position of that included line.
    """
    found = {}
    for position, line in enumerate(lines, start=1):
        if not isinstance(line, SectionLine) and line.standing is Standing.ALTERNATIVE:
            other = replaced_line(lines, position)
            if other is not None:
                found[position] = found[other] = other
    return dict(sorted(found.items()))


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


def _make_room(lines: list[DraftLine], members: Collection[int]) -> None:
    """Make the included one of lines that stand for one another an alternative."""
    for member in members:
        line = lines[member - 1]
        if not isinstance(line, SectionLine) and line.standing is Standing.INCLUDED:
            lines[member - 1] = replace(line, standing=Standing.ALTERNATIVE)


def _standing(line: DraftLine, standing: Standing) -> DraftLine:
    return line if isinstance(line, SectionLine) else replace(line, standing=standing)
