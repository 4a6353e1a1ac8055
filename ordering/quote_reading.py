"""Reads of single quotes, by link or by number, as they stand in the database now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.errors import QuoteNotFound, QuoteSuperseded
from ordering.link import make_token, token_hash
from ordering.quote import Quote, QuoteState
from ordering.sent_tables import QuoteBreakRow, QuoteItemRow
from ordering.tables import OrderRow, QuoteRow


def get_quote(session: Session, *, token: str) -> Quote:
    """Give the newest revision of the quote with a link.

    Raises
    ------
    QuoteNotFound
        No such link.
    """
    return present(session, newest_row(session, token=token))


def get_quote_by_number(session: Session, *, number: str, revision: int | None = None) -> Quote:
    """Give a revision of a quote, the newest when none is named; raise QuoteNotFound when it is missing."""
    return present(session, get_quote_row(session, number=number, revision=revision))


def get_link_token(session: Session, *, number: str, secret: str) -> str:
    """Give the token of a quote's link for staff and documents; empty when the secret has changed since."""
    row = get_quote_row(session, number=number)
    token = make_token(row.link_seed, secret=secret)
    return token if token_hash(token) == row.token_hash else ""


def newest_row(session: Session, *, token: str) -> QuoteRow:
    """Give the newest revision's row by the link's token, as it stands in the database now."""
    query = select(QuoteRow).where(QuoteRow.token_hash == token_hash(token)).order_by(QuoteRow.revision.desc())
    row = session.scalars(query.limit(1).execution_options(populate_existing=True)).first()
    if row is None:
        raise QuoteNotFound("There is no quote at this link.")
    return row


def get_quote_row(session: Session, *, number: str, revision: int | None = None) -> QuoteRow:
    """Give a revision's row, the newest when none is named; raise QuoteNotFound when it is missing."""
    query = select(QuoteRow).where(QuoteRow.number == number).order_by(QuoteRow.revision.desc())
    if revision is not None:
        query = query.where(QuoteRow.revision == revision)
    row = session.scalars(query.limit(1)).first()
    if row is None:
        raise QuoteNotFound("There is no such quote.", number=number)
    return row


def require_newest(row: QuoteRow, revision: int) -> None:
    """Refuse an action that means another revision than the newest."""
    if revision != row.revision:
        raise QuoteSuperseded(f"Revision {row.revision} replaces the one you see; look at it first.",
                              number=row.number, newest=row.revision)


def present(session: Session, row: QuoteRow) -> Quote:
    """Give a revision's row as a value, with what stands beside its lines, and the number of its order if any."""
    number = session.scalar(select(OrderRow.number).where(OrderRow.quote_number == row.number))
    return store.quote_value(row, order_number=number or "", items=list_items(session, row),
                             breaks=list_breaks(session, row))


def list_items(session: Session, row: QuoteRow) -> Sequence[QuoteItemRow]:
    """Give what a revision says beside its promised products, by position."""
    return session.scalars(
        select(QuoteItemRow).where(QuoteItemRow.quote_id == row.id).order_by(QuoteItemRow.position)).all()


def list_breaks(session: Session, row: QuoteRow) -> Sequence[QuoteBreakRow]:
    """Give a revision's quantity breaks, by position and quantity."""
    return session.scalars(
        select(QuoteBreakRow).where(QuoteBreakRow.quote_id == row.id)
        .order_by(QuoteBreakRow.position, QuoteBreakRow.quantity)).all()


def list_sent(session: Session, *, draft_id: int) -> tuple[Quote, ...]:
    """Give the quotes that a draft was sent as, by number; empty while it is not sent."""
    query = select(QuoteRow).where(QuoteRow.draft_id == draft_id).order_by(QuoteRow.number, QuoteRow.revision)
    newest = {row.number: row for row in session.scalars(query)}
    return tuple(present(session, row) for row in newest.values())


def list_siblings(session: Session, *, quote: Quote, secret: str) -> tuple[tuple[Quote, str], ...]:
    """Give the other ways of an offer of which the customer takes one, newest revisions, with their links' tokens.

    Ways that a revision of the whole offer replaced are left out, but for those that were sent with the quote.
    """
    if quote.trio is None:
        return ()
    query = select(QuoteRow).where(QuoteRow.trio == quote.trio, QuoteRow.number != quote.number)
    newest = {row.number: row for row in session.scalars(query.order_by(QuoteRow.number, QuoteRow.revision))}
    return tuple((present(session, row), make_token(row.link_seed, secret=secret)) for row in newest.values()
                 if row.draft_id == quote.draft_id or row.state != QuoteState.SUPERSEDED.value)


def list_taken_ways(session: Session, *, trios: Collection[int]) -> Mapping[int, str]:
    """Give for each offer of several ways the number of the quote that its customer took; without those still open."""
    if not trios:
        return {}
    query = select(QuoteRow.trio, QuoteRow.number).where(
        QuoteRow.trio.in_(trios), QuoteRow.state == QuoteState.ACCEPTED.value)
    return {trio: number for trio, number in session.execute(query) if trio is not None}
