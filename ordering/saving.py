"""Use cases of kept configurations: keep, rename, duplicate, delete, go on later, move to an account, clean.

Sessions come first and are never committed here; ``now`` is aware UTC. Each owner sees and changes only its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, union
from sqlalchemy.orm import Session

from ordering.errors import DesignNotFound, DesignRefused
from ordering.saved import (
    KEEPING_TIME,
    LONGEST_NAME,
    MOST_CHOICE_CHARACTERS,
    MOST_DESIGNS,
    Choice,
    LastChoice,
    Moved,
    SavedDesign,
    browser_pattern,
    free_name,
)
from ordering.saved_tables import LastChoiceRow, ResumeLinkRow, SavedDesignRow

LARGEST_ID = 2**63 - 1


def list_designs(session: Session, *, owner: str, offset: int = 0, limit: int = 50) -> tuple[SavedDesign, ...]:
    """List an owner's designs, the one changed last first."""
    rows = session.scalars(
        select(SavedDesignRow).where(SavedDesignRow.owner == owner)
        .order_by(SavedDesignRow.changed_at.desc(), SavedDesignRow.id.desc())
        .offset(max(offset, 0)).limit(min(max(limit, 1), MOST_DESIGNS)))
    return tuple(_design(row) for row in rows)


def count_designs(session: Session, *, owner: str) -> int:
    """Count an owner's designs."""
    return session.scalar(
        select(func.count()).select_from(SavedDesignRow).where(SavedDesignRow.owner == owner)) or 0


def get_design(session: Session, *, owner: str, design_id: int) -> SavedDesign:
    """Give a design; raise DesignNotFound when the owner keeps none of this number."""
    return _design(_get(session, owner, design_id))


def keep_design(
    session: Session, *, owner: str, name: str, choice: Choice, key: str, now: datetime, replaces: bool = False
) -> SavedDesign:
    """Keep a configuration under a name; the same page sent again gives what it kept.

    Parameters
    ----------
    owner
        Whose it is.
    name
        1 to 80 characters, once per owner.
    choice
        What is kept.
    key
        Of the page that asks.
    now
        Aware UTC.
    replaces
        Whether a design of this name is replaced.

    Raises
    ------
    DesignRefused
        Another design has the name, the owner keeps as many as one may, or the choices are too long.
    """
    mine = SavedDesignRow.owner == owner
    again = session.scalars(select(SavedDesignRow).where(mine, SavedDesignRow.key == key)).first()
    if again is not None:
        return _design(again)
    _check(name, choice)
    known = session.scalars(select(SavedDesignRow).where(mine, SavedDesignRow.name == name)).first()
    if known is not None and not replaces:
        raise DesignRefused("There is a design of this name.", why="name_taken", field="name")
    if known is not None:
        _put(known, choice)
        known.key, known.changed_at = key, now
        session.flush()
        return _design(known)
    return _add(session, owner=owner, name=name, choice=choice, key=key, now=now)


def rename_design(session: Session, *, owner: str, design_id: int, name: str) -> SavedDesign:
    """Give a design another name.

    Raises
    ------
    DesignNotFound
        The owner keeps no such design.
    DesignRefused
        Another design has the name.
    """
    row = _get(session, owner, design_id)
    if row.name == name:
        return _design(row)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise DesignRefused(f"A name has 1 to {LONGEST_NAME} characters.", why="name_length", field="name")
    if name in _names(session, owner):
        raise DesignRefused("There is a design of this name.", why="name_taken", field="name")
    row.name = name
    session.flush()
    return _design(row)


def duplicate_design(session: Session, *, owner: str, design_id: int, key: str, now: datetime) -> SavedDesign:
    """Keep a copy of a design under the next free name; the same page sent again gives the same copy.

    Raises
    ------
    DesignNotFound
        The owner keeps no such design.
    DesignRefused
        The owner keeps as many as one may.
    """
    again = session.scalars(
        select(SavedDesignRow).where(SavedDesignRow.owner == owner, SavedDesignRow.key == key)).first()
    if again is not None:
        return _design(again)
    row = _get(session, owner, design_id)
    return _add(session, owner=owner, name=free_name(row.name, _names(session, owner)), choice=choice_value(row),
                key=key, now=now)


def delete_design(session: Session, *, owner: str, design_id: int) -> SavedDesign:
    """Take a design away; raise DesignNotFound when the owner keeps no such design."""
    row = _get(session, owner, design_id)
    found = _design(row)
    session.delete(row)
    session.flush()
    return found


def note_last_choice(session: Session, *, owner: str, choice: Choice, now: datetime) -> bool:
    """Note where an owner stopped with a product.

    Returns
    -------
    bool
        Whether anything was written; the same choices again, and choices too long to keep, leave all as it is.
    """
    if choice.size > MOST_CHOICE_CHARACTERS:
        return False
    row = _last_row(session, owner, choice.product_code)
    if row is not None and choice_value(row).is_same(choice):
        return False
    if row is None:
        row = LastChoiceRow(owner=owner)
        session.add(row)
    _put(row, choice)
    row.changed_at = now
    session.flush()
    return True


def find_last_choice(session: Session, *, owner: str, product_code: str) -> LastChoice | None:
    """Find where an owner stopped with a product; None when nothing is kept."""
    row = _last_row(session, owner, product_code)
    return None if row is None else LastChoice(choice_value(row), row.changed_at)


def list_last_choices(session: Session, *, owner: str, limit: int = 10) -> tuple[LastChoice, ...]:
    """List where an owner stopped, the latest first."""
    rows = session.scalars(select(LastChoiceRow).where(LastChoiceRow.owner == owner)
                           .order_by(LastChoiceRow.changed_at.desc(), LastChoiceRow.id.desc()).limit(limit))
    return tuple(LastChoice(choice_value(row), row.changed_at) for row in rows)


def forget_last_choice(session: Session, *, owner: str, product_code: str) -> None:
    """Forget where an owner stopped with a product; nothing happens when nothing is kept."""
    row = _last_row(session, owner, product_code)
    if row is not None:
        session.delete(row)
        session.flush()


def move_designs(session: Session, *, source: str, target: str, now: datetime) -> Moved:
    """Move all that a browser keeps to an account.

    Names that the account uses already get a number; of two last states of a product the later one stays. Designs
    beyond the most an owner may keep stay where they are, the oldest of them.
    """
    if source == target:
        return Moved(0, 0)
    rows = session.scalars(select(SavedDesignRow).where(SavedDesignRow.owner == source)
                           .order_by(SavedDesignRow.changed_at.desc(), SavedDesignRow.id.desc())).all()
    taken = set(_names(session, target))
    room = max(0, MOST_DESIGNS - len(taken))
    for row in rows[:room]:
        row.name = free_name(row.name, taken)
        taken.add(row.name)
        row.owner = target
    _move_last(session, source, target)
    for link in session.scalars(select(ResumeLinkRow).where(ResumeLinkRow.owner == source)):
        link.owner = target
    session.flush()
    return Moved(len(rows[:room]), len(rows[room:]))


def forget_owner(session: Session, *, owner: str) -> None:
    """Take away all that an owner keeps, links included."""
    for table in (SavedDesignRow, LastChoiceRow, ResumeLinkRow):
        session.execute(delete(table).where(table.owner == owner))


def clean_saved(session: Session, *, now: datetime) -> int:
    """Take away what browsers kept and have not changed for 90 days, and links that are over.

    Returns
    -------
    int
        How many rows; 0 leaves the database untouched.
    """
    limit = now - KEEPING_TIME
    living = union(*(select(table.owner).where(table.changed_at >= limit, table.owner.like(browser_pattern()))
                     for table in (SavedDesignRow, LastChoiceRow)))
    count = 0
    for table in (SavedDesignRow, LastChoiceRow):
        found: CursorResult[Any] = session.execute(delete(table).where(  # type: ignore[assignment]  # of a DELETE
            table.owner.like(browser_pattern()), table.changed_at < limit, table.owner.not_in(living))
            .execution_options(synchronize_session=False))
        count += found.rowcount
    ended: CursorResult[Any] = session.execute(  # type: ignore[assignment]  # as above
        delete(ResumeLinkRow).where(ResumeLinkRow.expires_at < now - KEEPING_TIME)
        .execution_options(synchronize_session=False))
    return count + ended.rowcount


def choice_value(row: SavedDesignRow | LastChoiceRow | ResumeLinkRow) -> Choice:
    """Give the choices of a row as a value."""
    return Choice(row.product_code, row.content_hash, row.version, dict(row.choices), row.destination,
                  row.alternative, row.pieces)


def _move_last(session: Session, source: str, target: str) -> None:
    mine = {row.product_code: row
            for row in session.scalars(select(LastChoiceRow).where(LastChoiceRow.owner == target))}
    for row in session.scalars(select(LastChoiceRow).where(LastChoiceRow.owner == source)).all():
        known = mine.get(row.product_code)
        if known is not None and known.changed_at >= row.changed_at:
            session.delete(row)
            continue
        if known is not None:
            session.delete(known)
            session.flush()  # the place is free before another row takes it
        row.owner = target
    session.flush()


def _add(session: Session, *, owner: str, name: str, choice: Choice, key: str, now: datetime) -> SavedDesign:
    if count_designs(session, owner=owner) >= MOST_DESIGNS:
        raise DesignRefused(f"At most {MOST_DESIGNS} designs are kept.", why="too_many", field="name")
    row = SavedDesignRow(owner=owner, name=name, key=key, created_at=now, changed_at=now)
    _put(row, choice)
    session.add(row)
    session.flush()
    return _design(row)


def _check(name: str, choice: Choice) -> None:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise DesignRefused(f"A name has 1 to {LONGEST_NAME} characters.", why="name_length", field="name")
    if choice.size > MOST_CHOICE_CHARACTERS:
        raise DesignRefused("This holds more choices than can be kept.", why="too_long", field="name")


def _put(row: SavedDesignRow | LastChoiceRow, choice: Choice) -> None:
    row.product_code, row.content_hash, row.version = choice.product_code, choice.content_hash, choice.version
    row.choices, row.destination, row.alternative = dict(choice.choices), choice.destination, choice.alternative
    row.pieces = choice.pieces


def _names(session: Session, owner: str) -> Sequence[str]:
    return session.scalars(select(SavedDesignRow.name).where(SavedDesignRow.owner == owner)).all()


def _last_row(session: Session, owner: str, product_code: str) -> LastChoiceRow | None:
    return session.scalars(select(LastChoiceRow).where(
        LastChoiceRow.owner == owner, LastChoiceRow.product_code == product_code)).first()


def _get(session: Session, owner: str, design_id: int) -> SavedDesignRow:
    row = session.get(SavedDesignRow, design_id) if 0 < design_id <= LARGEST_ID else None
    if row is None or row.owner != owner:
        raise DesignNotFound("There is no such design.")
    return row


def _design(row: SavedDesignRow) -> SavedDesign:
    return SavedDesign(row.id, row.name, choice_value(row), row.created_at, row.changed_at)
