"""Saved views: filtered lists that a person keeps under a name. Each person sees and changes only the own ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from ordering.redaction import needle_pattern
from web.tables import SavedViewRow

MOST_VIEWS = 50
LARGEST_ID = 2**63 - 1


class SavedViewInvalid(OnelotError):
    """A view cannot be saved or renamed as asked."""

    code = "saved_view_invalid"


class SavedViewNotFound(OnelotError):
    """The person has no such view."""

    code = "saved_view_not_found"


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filtered list under a name. ``query`` stands behind the question mark of its address."""

    id: int
    list_name: str
    title: str
    query: str
    is_default: bool


def list_views(session: Session, *, user_id: int, list_name: str) -> tuple[SavedView, ...]:
    """Give a person's views of a list by name; empty when there are none."""
    rows = session.scalars(
        select(SavedViewRow).where(SavedViewRow.user_id == user_id, SavedViewRow.list_name == list_name)
        .order_by(SavedViewRow.title)
    )
    return tuple(_value(row) for row in rows)


def forget_person(session: Session, *, words: Sequence[str]) -> int:
    """Delete the views, whosesoever they are, that name a person by one of the words; give how many there were."""
    needles = needle_pattern(words)
    if needles is None:
        return 0
    found = [row for row in session.scalars(select(SavedViewRow))
             if needles.search(unquote_plus(row.query)) or needles.search(row.title)]
    for row in found:
        session.delete(row)
    session.flush()
    return len(found)


def save_view(
    session: Session, *, user_id: int, list_name: str, title: str, query: str, key: str, now: datetime
) -> SavedView:
    """Keep a filtered list under a name; the same page sent again gives the view that it saved.

    Parameters
    ----------
    user_id
        Whose view it is.
    list_name
        ``quotes`` or ``orders``.
    title
        1 to 60 characters, once per person and list.
    query
        Checked address arguments.
    key
        Of the page that asks.
    now
        Aware UTC.

    Raises
    ------
    SavedViewInvalid
        The person has a view of this name, or as many views as one may have.
    """
    mine = SavedViewRow.user_id == user_id
    again = session.scalars(select(SavedViewRow).where(mine, SavedViewRow.key == key)).first()
    if again is not None:
        return _value(again)
    if (session.scalar(select(func.count()).select_from(SavedViewRow).where(mine)) or 0) >= MOST_VIEWS:
        raise SavedViewInvalid(f"A person keeps at most {MOST_VIEWS} views.", field="title")
    _want_free(session, user_id=user_id, list_name=list_name, title=title, besides=None)
    row = SavedViewRow(user_id=user_id, list_name=list_name, title=title, query=query, key=key, created_at=now)
    session.add(row)
    session.flush()
    return _value(row)


def rename_view(session: Session, *, user_id: int, view_id: int, title: str) -> SavedView:
    """Give a view another name.

    Raises
    ------
    SavedViewNotFound
        The person has no such view.
    SavedViewInvalid
        Another view of the same list has this name.
    """
    row = _get(session, user_id=user_id, view_id=view_id)
    _want_free(session, user_id=user_id, list_name=row.list_name, title=title, besides=view_id)
    row.title = title
    session.flush()
    return _value(row)


def delete_view(session: Session, *, user_id: int, view_id: int) -> SavedView:
    """Take a view away; raise SavedViewNotFound when the person has no such view."""
    row = _get(session, user_id=user_id, view_id=view_id)
    session.delete(row)
    session.flush()
    return _value(row)


def set_default(session: Session, *, user_id: int, view_id: int, is_default: bool) -> SavedView:
    """Let a list open with a view, and with no other; or let it open with every entry again.

    Raises
    ------
    SavedViewNotFound
        The person has no such view.
    """
    row = _get(session, user_id=user_id, view_id=view_id)
    mine = (SavedViewRow.user_id == user_id, SavedViewRow.list_name == row.list_name)
    chosen = SavedViewRow.id == (view_id if is_default else 0)
    session.execute(update(SavedViewRow).where(*mine).values(is_default=chosen).execution_options(
        synchronize_session=False))
    session.refresh(row)
    return _value(row)


def _get(session: Session, *, user_id: int, view_id: int) -> SavedViewRow:
    row = session.get(SavedViewRow, view_id) if view_id <= LARGEST_ID else None
    if row is None or row.user_id != user_id:
        raise SavedViewNotFound("There is no such view.")
    return row


def _want_free(session: Session, *, user_id: int, list_name: str, title: str, besides: int | None) -> None:
    query = select(SavedViewRow.id).where(
        SavedViewRow.user_id == user_id, SavedViewRow.list_name == list_name, SavedViewRow.title == title)
    found = session.scalar(query)
    if found is not None and found != besides:
        raise SavedViewInvalid("There is a view of this name.", field="title")


def _value(row: SavedViewRow) -> SavedView:
    return SavedView(row.id, row.list_name, row.title, row.query, row.is_default)
