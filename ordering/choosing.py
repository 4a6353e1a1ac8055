"""Use cases of what a customer, or a seller for them, asks of a sent quote: other lines, an earlier day.

Each makes the next revision, which is then accepted as it is shown. Sessions come first and are never committed here;
``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from catalog.money import Money
from ordering import store
from ordering.choice import with_choices
from ordering.configured import recall
from ordering.draft import ConfiguredLine, QuoteDraft, Standing
from ordering.draft_pricing import convert
from ordering.earlier import EarlierOffer, preview_earlier
from ordering.errors import QuoteExpired, RequestInvalid
from ordering.offering import load_surroundings, plan_line
from ordering.quote import Quote, QuoteState
from ordering.quote_reading import get_quote_row, newest_row, present, require_newest
from ordering.quoting import CUSTOMER, Offered
from ordering.resending import content_of, resend
from ordering.tables import QuoteRow
from scheduling import service as scheduling

CHOOSE_SCOPE = "choose"


def choose_lines(
    session: Session, *, token: str, revision: int, positions: Collection[int], idempotency_key: str, now: datetime,
    actor: str = CUSTOMER
) -> Offered:
    """Take lines that stand beside an offer: the next revision includes them, with its own price and day.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    token, revision
        The quote's link, and the revision that is seen.
    positions
        Of optional lines, which are added, and of alternatives, which take the place of the line they stand for.
    idempotency_key
        One key has one effect.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    Offered
        The next revision, held as long as the one before.

    Raises
    ------
    QuoteNotFound
        No such link.
    QuoteSuperseded
        A newer revision replaces the one that was meant.
    QuoteExpired
        Its time is over; ask for a new date first.
    RequestInvalid
        A position is none of a line that can be taken, or no product would be left to promise.
    NoCapacity
        There is no capacity for it.
    TransitionRefused
        It is accepted or declined.
    IdempotencyMismatch
        The key belongs to another request.
    """
    def chosen(row: QuoteRow) -> QuoteDraft:
        content = with_choices(content_of(session, row), positions, slots=dict(store.slots_value(row)))
        if not any(isinstance(line, ConfiguredLine) and line.standing is Standing.INCLUDED for line in content.lines):
            raise RequestInvalid("One of the products has to stay in the offer.", field="positions")
        return content

    asked = _Asked(token, revision, idempotency_key, "quote.choose", {"positions": sorted(set(positions))}, actor)
    return _ask(session, asked, lambda row: resend(
        session, row, content=chosen(row), wanted_on=row.wanted_on, until=row.valid_until, now=now), now=now)


def take_earlier_day(
    session: Session, *, token: str, revision: int, day: date, idempotency_key: str, now: datetime,
    actor: str = CUSTOMER
) -> Offered:
    """Have everything by an earlier day: the next revision is planned for it, and says what each day earlier costs.

    Parameters
    ----------
    session, token, revision, idempotency_key, now, actor
        As for :func:`choose_lines`.
    day
        By which everything is to arrive, before the promised one.

    Returns
    -------
    Offered
        The next revision, held as long as the one before; each line that comes earlier has a price line for it.

    Raises
    ------
    RequestInvalid
        The day is not before the promised one.
    NoCapacity
        It cannot be had by then without moving what is booked.
    QuoteNotFound, QuoteSuperseded, QuoteExpired, TransitionRefused, IdempotencyMismatch
        As for :func:`choose_lines`.
    """
    def forward(row: QuoteRow) -> QuoteRow:
        if day >= row.promised_on:
            raise RequestInvalid("Choose a day before the promised one.", field="day")
        return resend(session, row, wanted_on=day, until=row.valid_until, now=now)

    asked = _Asked(token, revision, idempotency_key, "quote.earlier", {"day": day.isoformat()}, actor)
    return _ask(session, asked, forward, now=now)


def list_earlier_days(session: Session, *, token: str, now: datetime) -> tuple[EarlierOffer, ...]:
    """Price the earlier days that a quote as a whole can have without anything booked being moved; writes nothing.

    Parameters
    ----------
    session
        Only read.
    token
        From the quote's link.
    now
        Aware UTC.

    Returns
    -------
    tuple of EarlierOffer
        The nearest day first, with what all lines together cost more before tax and discounts, in the quote's
        currency; empty when the quote is not open or no day is free.
    """
    row = newest_row(session, token=token)
    quote = present(session, row)
    if not quote.is_open_at(now):
        return ()
    surroundings, found = load_surroundings(session), []
    for line in quote.lines:
        configured = recall(session, content_hash=line.content_hash, choices=line.choices)
        plans = plan_line(session, configured=configured, code=f"earlier-{line.position}", quantity=line.quantity,
                          destination=quote.destination, surroundings=surroundings, now=now, starts_at=row.valid_until,
                          without_holds=[item.hold_id for item in quote.lines if item.hold_id is not None])
        usual = plans.offer(quote.alternative)
        if usual is None:
            return ()
        days = preview_earlier(session, preview=plans, offer=usual, now=now)
        found.append((usual.promised_on, {day.day: day.extra for day in days if day.extra is not None}))
    return combine_days(quote, found)


def combine_days(
    quote: Quote, lines: Collection[tuple[date, dict[date, Money]]]
) -> tuple[EarlierOffer, ...]:
    """Put the earlier days of all lines together: a day can be had when every line can have it or comes before it.

    Parameters
    ----------
    quote
        Gives rate, currency and the promised day.
    lines
        For each line its usual day, and what each earlier day costs more.

    Returns
    -------
    tuple of EarlierOffer
        The nearest day first.
    """
    days = sorted({day for _, prices in lines for day in prices if day < quote.promised_on}, reverse=True)
    offers = []
    for day in days:
        extras = []
        for usual, prices in lines:
            possible = [prices[known] for known in prices if known <= day]
            if usual <= day:
                extras.append(0)
            elif possible:
                extras.append(min(extra.amount_minor for extra in possible))
            else:
                break
        else:
            extra = sum(convert(minor, rate=quote.rate) for minor in extras)
            offers.append(EarlierOffer(day, Money(extra, quote.currency)))
    return tuple(offers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of which revision, by whom."""

    token: str
    revision: int
    key: str
    action: str
    facts: dict[str, object]
    actor: str

    def body_hash(self) -> str:
        """Give a SHA-256 that is equal for equal requests."""
        return hashlib.sha256(json.dumps([self.token, self.revision, self.action, self.facts]).encode()).hexdigest()


def _ask(session: Session, asked: _Asked, make: Callable[[QuoteRow], QuoteRow], *, now: datetime) -> Offered:
    scheduling.lock_area(session)
    body_hash = asked.body_hash()
    known = store.find_answer(session, scope=CHOOSE_SCOPE, key=asked.key, body_hash=body_hash)
    if known is not None:
        row = get_quote_row(session, number=known["number"], revision=known["revision"])
        return Offered(present(session, row), asked.token)
    old = newest_row(session, token=asked.token)
    require_newest(old, asked.revision)
    if old.state == QuoteState.EXPIRED.value or (old.state == QuoteState.OFFERED.value and old.valid_until <= now):
        raise QuoteExpired("The reserved time is over; ask for a new date first.", number=old.number,
                           revision=old.revision)
    with session.begin_nested():
        row = make(old)
    store.append_audit(session, at=now, actor=asked.actor, action=asked.action, subject=row.number,
                       facts={"revision": row.revision, "gross_minor": row.gross_minor,
                              "promised_on": row.promised_on, **asked.facts})
    store.store_answer(session, scope=CHOOSE_SCOPE, key=asked.key, body_hash=body_hash,
                       answer={"number": row.number, "revision": row.revision}, now=now)
    return Offered(present(session, row), asked.token)
