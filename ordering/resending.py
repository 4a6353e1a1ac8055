"""The next revision of a quote: the old one is superseded and its capacity given back, in the same transaction.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.choice import find_slots
from ordering.configured import recall
from ordering.draft import ConfiguredLine, FreeLine, QuoteDraft, draft_of
from ordering.offering import held_until
from ordering.order import PromiseEventKind
from ordering.promising import release_capacity
from ordering.quote import QuoteEvent, QuoteState, next_quote_state
from ordering.quote_reading import list_items, present
from ordering.sent_lines import Goods, promise_content, sell_again
from ordering.sent_tables import QuoteItemRow
from ordering.tables import QuoteLineRow, QuoteRow


def content_of(session: Session, row: QuoteRow, *, language: str = "en") -> QuoteDraft:
    """Give all that a revision offers, with what its free lines cost us.

    Parameters
    ----------
    row
        Any revision.
    language
        Of the documents to come, where it names none.
    """
    content = draft_of(present(session, row), language=language)
    costs = {item.position: item.unit_cost_minor for item in list_items(session, row)}
    return replace(content, lines=tuple(
        replace(line, unit_cost_minor=costs[position]) if isinstance(line, FreeLine) else line
        for position, line in enumerate(content.lines, start=1)))


def supersede(session: Session, row: QuoteRow, *, now: datetime) -> None:
    """Close a revision that another one replaces and give back what it holds; may raise TransitionRefused."""
    row.state = next_quote_state(QuoteState(row.state), QuoteEvent.SUPERSEDE).value
    row.closed_at = now
    release_capacity(session, row, now=now)


def close_siblings(session: Session, row: QuoteRow, *, now: datetime, actor: str) -> None:
    """Close the other ways of an offer of which the customer takes one, and give back what they hold."""
    if row.trio is None:
        return
    others = select(QuoteRow).where(
        QuoteRow.trio == row.trio, QuoteRow.number != row.number,
        QuoteRow.state.in_([QuoteState.OFFERED.value, QuoteState.EXPIRED.value]))
    for other in session.scalars(others.order_by(QuoteRow.id).execution_options(populate_existing=True)):
        supersede(session, other, now=now)
        store.append_audit(session, at=now, actor=actor, action="quote.supersede", subject=other.number,
                           facts={"revision": other.revision, "taken": row.number})


def start_header(content: QuoteDraft, *, now: datetime) -> QuoteRow:
    """Start a revision with what a content says about terms; whose it is and its link are still to be filled in."""
    header = content.header
    return QuoteRow(
        state=QuoteState.OFFERED.value, customer_name=header.customer_name,
        customer_email=header.customer_email.strip().lower(), reference=header.reference,
        destination=header.destination, alternative=header.alternative.value, language=header.language,
        payment_terms=header.payment_terms, delivery_terms=header.delivery_terms,
        notes=store.text_as_json(header.notes), rate=str(header.rate), total_discount=str(header.total_discount),
        validity_days=header.validity_days, valid_until=held_until(now, header.validity_days),
        slots={str(member): group for member, group in find_slots(content.lines).items()},
    )


def follow_up(header: QuoteRow, old: QuoteRow) -> QuoteRow:
    """Make a started revision the next one of a quote: same number, link and customer."""
    header.number, header.revision, header.customer_id = old.number, old.revision + 1, old.customer_id
    header.link_seed, header.token_hash, header.trio = old.link_seed, old.token_hash, old.trio
    return header


def resend(
    session: Session, old: QuoteRow, *, content: QuoteDraft | None = None, wanted_on: date | None = None,
    until: datetime | None = None, now: datetime
) -> QuoteRow:
    """Put the next revision in place of one, at the prices of before: planned anew, with new capacity.

    Parameters
    ----------
    session
        Inside a writing transaction that holds the planning area's lock.
    old
        The newest revision.
    content
        What is offered from now on: the same lines at the same places, in standing and day alone different. None
        takes over everything.
    wanted_on
        The day by which everything is to arrive.
    until
        How long it holds; None takes its validity anew.
    now
        Aware UTC.

    Returns
    -------
    QuoteRow
        Stored, with its entry in the history of the promise.

    Raises
    ------
    TransitionRefused
        The old revision is accepted, declined or replaced.
    NoCapacity
        It cannot be made before the end of the horizon, or not by the wanted day.
    """
    content = content or content_of(session, old)
    goods = _goods(session, old, content)
    supersede(session, old, now=now)
    header = follow_up(start_header(content, now=now), old)
    header.draft_id, header.draft_version, header.judged = old.draft_id, old.draft_version, old.judged
    header.wanted_on, header.language, header.slots = wanted_on, old.language, old.slots
    header.valid_until = until or header.valid_until
    promise_content(session, header=header, content=content, goods=goods, now=now)
    store.add_promise_event(session, quote=header, kind=PromiseEventKind.REQUOTED, at=now,
                            promised_on=header.promised_on, previous_on=old.promised_on, language=old.language)
    return header


def _goods(session: Session, old: QuoteRow, content: QuoteDraft) -> dict[int, Goods]:
    rows: dict[int, QuoteLineRow | QuoteItemRow] = {row.position: row for row in old.lines}
    rows |= {row.position: row for row in list_items(session, old)}
    found = {}
    for position, line in enumerate(content.lines, start=1):
        if isinstance(line, ConfiguredLine):
            configured = recall(session, content_hash=line.content_hash, choices=dict(line.choices))
            found[position] = sell_again(line, configured, rows[position], currency=content.header.currency)
    return found
