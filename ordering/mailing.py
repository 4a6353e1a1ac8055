"""Use cases of the outbox: a mail becomes due, is put in words, is sent or fails, is sent again.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from catalog.money import Money
from ordering.errors import MailNotFound
from ordering.mail import Attachment, Letter, Mail, MailFacts, MailKind, MailState
from ordering.mail_tables import MailRow
from ordering.quote import QuoteState
from ordering.tables import OrderRow, PromiseEventRow, QuoteRow

REMINDER_TIME = timedelta(hours=24)
LARGEST_PAGE = 200
BATCH = 100


@dataclass(frozen=True, slots=True)
class MailPage:
    """A page of the outbox, and how many mails there are in all."""

    mails: tuple[Mail, ...]
    total: int


def note_mail(
    session: Session, *, quote: QuoteRow, kind: MailKind, at: datetime, promised_on: date,
    previous_on: date | None = None, reason: str = "", language: str = "",
) -> None:
    """Put a mail into the outbox, in the transaction of what it tells.

    Parameters
    ----------
    quote
        The revision it is about.
    kind
        What it tells.
    at
        When it became due.
    promised_on, previous_on, reason
        The day, the one before, and why it moved.
    language
        In which the page was read; a language noted for the customer goes first, empty takes that of the mails before.
    """
    session.flush()
    count = session.scalar(
        select(func.count()).select_from(PromiseEventRow).where(PromiseEventRow.quote_number == quote.number)) or 0
    order_number = session.scalar(select(OrderRow.number).where(OrderRow.quote_number == quote.number))
    before = (select(MailRow.language).where(MailRow.subject == quote.number, MailRow.language != "")
              .order_by(MailRow.id.desc()).limit(1))
    mark = count if kind is MailKind.DATE_MOVED else quote.revision
    session.add(MailRow(
        key=f"{kind.value}:{quote.number}:{mark}", kind=kind.value, subject=quote.number, revision=quote.revision,
        language=quote.customer.language or language or session.scalar(before) or "", to_name=quote.customer_name,
        to_address=quote.customer_email, title="", text="", html="", attachments=[],
        state=MailState.WAITING.value, created_at=at, facts={
            "order": order_number or "", "promised_on": promised_on.isoformat(),
            "previous_on": previous_on.isoformat() if previous_on else None, "reason": reason,
            "gross_minor": quote.gross_minor, "currency": quote.currency,
            "valid_until": quote.valid_until.isoformat(), "sequence": count}))
    session.flush()


def remind_expiring(session: Session, *, now: datetime) -> int:
    """Put a reminder into the outbox for every open quote that ends within a day, once per revision.

    Returns
    -------
    int
        How many quotes; 0 leaves the database untouched. One offered for a day or less is never reminded of.
    """
    known = and_(MailRow.subject == QuoteRow.number, MailRow.revision == QuoteRow.revision,
                 MailRow.kind == MailKind.QUOTE_EXPIRING.value)
    query = (
        select(QuoteRow).outerjoin(MailRow, known)
        .where(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until > now,
               QuoteRow.valid_until <= now + REMINDER_TIME, MailRow.id.is_(None))
        .order_by(QuoteRow.id).limit(BATCH)
    )
    due = [row for row in session.scalars(query) if row.valid_until - row.offered_at > REMINDER_TIME]
    for row in due:
        note_mail(session, quote=row, kind=MailKind.QUOTE_EXPIRING, at=now, promised_on=row.promised_on)
    return len(due)


def list_unwritten(session: Session) -> tuple[Mail, ...]:
    """List mails that wait for their words, the oldest first, at most a batch."""
    query = select(MailRow).where(MailRow.state == MailState.WAITING.value, MailRow.title == "")
    return _values(session.scalars(query.order_by(MailRow.id).limit(BATCH)).all())


def write_mail(session: Session, *, mail_id: int, letter: Letter) -> Mail:
    """Keep the words of a mail; they never change from then on."""
    row = _get(session, mail_id)
    if not row.title:
        row.language, row.title, row.text, row.html = letter.language, letter.title[:300], letter.text, letter.html
        row.attachments = [asdict(item) for item in letter.attachments]
        session.flush()
    return mail_value(row)


def get_mail(session: Session, *, mail_id: int) -> Mail:
    """Give a mail; raise MailNotFound when there is none."""
    return mail_value(_get(session, mail_id, is_locked=False))


def list_mails(
    session: Session, *, state: MailState | None = None, search: str = "", offset: int = 0, limit: int = 50
) -> MailPage:
    """List the outbox, the newest first.

    Parameters
    ----------
    state
        Only these; None for all.
    search
        Part of the quote's number, the name or the address; empty for all.
    offset, limit
        Which page.
    """
    query: Select[MailRow] = select(MailRow)
    if state is not None:
        query = query.where(MailRow.state == state.value)
    if search:
        query = query.where(or_(*(column.icontains(search, autoescape=True)
                                  for column in (MailRow.subject, MailRow.to_name, MailRow.to_address))))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(MailRow.id.desc()).offset(max(0, offset)).limit(min(limit, LARGEST_PAGE))).all()
    return MailPage(_values(rows), total)


def note_sent(session: Session, *, mail_id: int, now: datetime) -> None:
    """Note that a mail was handed over."""
    row = _get(session, mail_id)
    row.state, row.sent_at, row.last_error, row.tries = MailState.SENT.value, now, "", row.tries + 1


def note_try(session: Session, *, mail_id: int, error: str, is_final: bool) -> None:
    """Note that a mail could not be handed over; after the last try it has failed."""
    row = _get(session, mail_id)
    row.last_error, row.tries = error[:500], row.tries + 1
    if is_final:
        row.state = MailState.FAILED.value


def send_again(session: Session, *, mail_id: int, sending: int) -> Mail:
    """Let a failed mail be sent again.

    Parameters
    ----------
    mail_id
        Which one.
    sending
        The sending that failed, as the asking person saw it; asking twice for the same has one effect.

    Returns
    -------
    Mail
        Waiting once more; unchanged when it did not fail or was asked for before.

    Raises
    ------
    MailNotFound
        No such mail.
    """
    row = _get(session, mail_id)
    if row.state == MailState.FAILED.value and row.sendings == sending:
        row.state, row.sendings = MailState.WAITING.value, row.sendings + 1
        session.flush()
    return mail_value(row)


def mail_value(row: MailRow) -> Mail:
    """Give a mail's row as a value."""
    facts = row.facts
    previous = facts["previous_on"]
    return Mail(
        id=row.id, key=row.key, kind=MailKind(row.kind), state=MailState(row.state), to_name=row.to_name,
        to_address=row.to_address, language=row.language, letter=_letter(row), sendings=row.sendings,
        tries=row.tries, last_error=row.last_error, created_at=row.created_at, sent_at=row.sent_at,
        facts=MailFacts(
            quote_number=row.subject, revision=row.revision, order_number=facts["order"],
            promised_on=date.fromisoformat(facts["promised_on"]),
            previous_on=date.fromisoformat(previous) if previous else None, reason=facts["reason"],
            gross=Money(facts["gross_minor"], facts["currency"]),
            valid_until=datetime.fromisoformat(facts["valid_until"]), sequence=facts["sequence"]),
    )


def _letter(row: MailRow) -> Letter | None:
    if not row.title:
        return None
    return Letter(row.language, row.title, row.text, row.html, tuple(Attachment(**item) for item in row.attachments))


def _values(rows: Sequence[MailRow]) -> tuple[Mail, ...]:
    return tuple(mail_value(row) for row in rows)


def _get(session: Session, mail_id: int, *, is_locked: bool = True) -> MailRow:
    query = select(MailRow).where(MailRow.id == mail_id).execution_options(populate_existing=True)
    if is_locked:
        query = query.with_for_update()
    row = session.scalars(query).first() if 0 < mail_id < 2**63 else None
    if row is None:
        raise MailNotFound("There is no such mail.")
    return row
