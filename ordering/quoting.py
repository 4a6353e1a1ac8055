"""Use cases of quotes: preview, offer, ask for a new date, decline, expire, read.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.plant import Network, Site
from configurator.view import ConfigurationView
from ordering import store
from ordering.configured import ConfiguredProduct, LineRequest, complete, from_view
from ordering.errors import QuoteExpired, QuoteNotFound, RequestInvalid
from ordering.firming import FirmLimits, find_firm
from ordering.following import follow_plan
from ordering.link import make_seed, make_token, token_hash
from ordering.numbering import Series
from ordering.offering import (
    Preview,
    load_surroundings,
    plan_line,
)
from ordering.order import PromiseEventKind
from ordering.promise_date import local_year
from ordering.promising import promise_lines, release_capacity
from ordering.quote import Alternative, DeclineReason, Quote, QuoteEvent, QuoteState, next_quote_state
from ordering.quote_reading import get_quote_row, newest_row, present, require_newest
from ordering.resending import resend
from ordering.tables import QuoteRow
from scheduling import service as scheduling

MOST_LINES = 50
OFFER_SCOPE = "offer"
CUSTOMER = "customer"
PRICE_KEPT = timedelta(days=30)
"""How long after the end of its first hold a quote is given new dates at its price."""


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """Who asks for what, where to, made which way."""

    lines: tuple[LineRequest, ...]
    destination: str
    customer_name: str
    customer_email: str
    reference: str = ""
    alternative: Alternative = Alternative.DEFAULT
    language: str = ""
    """In which the customer reads; empty when it is not known."""

    def body_hash(self) -> str:
        """Give a SHA-256 that is equal for equal requests."""
        content = [
            [[line.content_hash, sorted(line.choices.items()), line.quantity] for line in self.lines],
            self.destination, self.customer_name, self.customer_email, self.reference, self.alternative.value,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Offered:
    """A quote and the token of its link, which only its customer is given."""

    quote: Quote
    token: str


def preview(
    session: Session, *, view: ConfigurationView, quantity: int, destination: str, now: datetime
) -> Preview:
    """Show date, price and footprint of the ways to make a configured product; writes nothing.

    Parameters
    ----------
    session
        Only read.
    view
        The configurator's answer to the customer's choices; its whole selection is what counts.
    quantity
        Pieces.
    destination
        A destination of the network.
    now
        Aware UTC.

    Returns
    -------
    Preview
        Its offers are None when capacity is short.

    Raises
    ------
    RequestInvalid
        Quantity or destination is out of bounds.
    ConfigurationNotSaleable
        The product has no valid configuration at all.
    UnknownCapability
        No plant offers what an operation needs.
    """
    return plan_line(session, configured=from_view(view), code="preview", quantity=quantity, destination=destination,
                     surroundings=load_surroundings(session), now=now)


def offer(
    session: Session,
    *,
    request: QuoteRequest,
    idempotency_key: str,
    secret: str,
    now: datetime,
    cache_directory: Path | None = None,
    actor: str = CUSTOMER,
    firm: FirmLimits = FirmLimits(),  # noqa: B008  # a frozen value
) -> Offered:
    """Make a quote: everything is worked out anew, capacity is held, the date is promised.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    request
        What is asked for; prices and dates are never taken from it.
    idempotency_key
        One key has one effect: the same request again gives the same quote.
    secret
        The site's secret, for the link.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.
    actor
        For the audit log.
    firm
        Limits of the search for an earlier day at no higher price, for which other jobs make room within their own
        promises; by default it is left out.

    Returns
    -------
    Offered
        Revision 1 and its token.

    Raises
    ------
    RequestInvalid
        A field is out of bounds.
    ConfigurationNotSaleable
        A line breaks a rule.
    NoCapacity
        A line cannot be made before the end of the horizon.
    IdempotencyMismatch
        The key belongs to another request.
    """
    _check(request)
    destination = _destination(scheduling.get_planning_network(session), request.destination)
    on = now.astimezone(ZoneInfo(destination.time_zone)).date()
    configured = [complete(session, line, on=on, cache_directory=cache_directory) for line in request.lines]
    items = [(item, line.quantity) for item, line in zip(configured, request.lines, strict=True)]
    body_hash = request.body_hash()
    known = store.find_answer(session, scope=OFFER_SCOPE, key=idempotency_key, body_hash=body_hash)
    drafts = () if known is not None else _draft_lines(session, items, destination=request.destination, now=now)
    earlier = find_firm(session, drafts, alternative=request.alternative, now=now, limits=firm)
    scheduling.lock_area(session)
    known = known or store.find_answer(session, scope=OFFER_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        row = get_quote_row(session, number=known["number"], revision=known["revision"])
        return Offered(present(session, row), make_token(row.link_seed, secret=secret))
    token = make_token(seed := make_seed(), secret=secret)
    number = store.next_number(session, series=Series.QUOTE, year=local_year(now, destination))
    header = _header(session, request, number=number, seed=seed, token=token, now=now)
    row = promise_lines(session, header=header, items=items, drafts=drafts, firm=earlier, now=now)
    if earlier is not None and earlier.draft.quote.changes:
        follow_plan(session, now=now, actor=actor)
    store.add_promise_event(
        session, quote=row, kind=PromiseEventKind.OFFERED, at=now, promised_on=row.promised_on,
        language=request.language,
    )
    store.append_audit(session, at=now, actor=actor, action="quote.offer", subject=number,
                       facts={"revision": 1, "gross_minor": row.gross_minor, "promised_on": row.promised_on})
    store.store_answer(session, scope=OFFER_SCOPE, key=idempotency_key, body_hash=body_hash,
                       answer={"number": number, "revision": 1}, now=now)
    return Offered(present(session, row), token)


def _draft_lines(
    session: Session, items: Sequence[tuple[ConfiguredProduct, int]], *, destination: str, now: datetime
) -> tuple[Preview, ...]:
    """Plan each line before the lock is taken."""
    surroundings = load_surroundings(session)
    return tuple(
        plan_line(session, configured=item, code=f"draft-{position}", quantity=quantity, destination=destination,
                  surroundings=surroundings, now=now)
        for position, (item, quantity) in enumerate(items)
    )


def _header(
    session: Session, request: QuoteRequest, *, number: str, seed: str, token: str, now: datetime
) -> QuoteRow:
    """Start the first revision of a quote; dates and money are filled in with its lines."""
    customer = store.find_or_add_customer(
        session, email=request.customer_email, name=request.customer_name, now=now
    )
    return QuoteRow(
        number=number, revision=1, state=QuoteState.OFFERED.value, customer_id=customer.id,
        customer_name=request.customer_name, customer_email=request.customer_email.strip().lower(),
        reference=request.reference, destination=request.destination, alternative=request.alternative.value,
        link_seed=seed, token_hash=token_hash(token),
    )


def _check(request: QuoteRequest) -> None:
    limits = (
        ("lines", len(request.lines), MOST_LINES, "lines"),
        ("customer_name", len(request.customer_name.strip()), 200, "characters"),
        ("customer_email", len(request.customer_email.strip()), 254, "characters"),
    )
    for name, length, most, unit in limits:
        if not 1 <= length <= most:
            raise RequestInvalid(f"A quote needs 1 to {most} {unit} here.", field=name)
    if len(request.reference) > 80:
        raise RequestInvalid("A reference has at most 80 characters.", field="reference")


def _destination(network: Network, code: str) -> Site:
    try:
        return network.site(code)
    except KeyError:
        raise RequestInvalid("Choose one of the delivery destinations.", field="destination") from None


def requote(
    session: Session, *, token: str, revision: int, secret: str, now: datetime, actor: str = CUSTOMER
) -> Offered:
    """Ask for a new date: a new revision with new capacity; all that was offered stays, the old revision is replaced.

    Parameters
    ----------
    session
        Inside a writing transaction.
    token
        From the quote's link.
    revision
        The revision the customer sees; asking twice from the same page makes one new revision.
    secret
        The site's secret, for the link.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    Offered
        The newest revision.

    Raises
    ------
    QuoteNotFound
        No such link or revision.
    TransitionRefused
        The quote is accepted or declined.
    NoCapacity
        It cannot be made before the end of the horizon.
    QuoteExpired
        Its price is older than :data:`PRICE_KEPT` after the end of its first hold.
    """
    scheduling.lock_area(session)
    old = newest_row(session, token=token)
    if revision < old.revision:
        return Offered(present(session, old), token)
    if revision > old.revision:
        raise QuoteNotFound("This quote has no such revision.")
    _require_price(session, old, now=now)
    row = resend(session, old, now=now)
    store.append_audit(session, at=now, actor=actor, action="quote.requote", subject=row.number,
                       facts={"revision": row.revision, "promised_on": row.promised_on})
    return Offered(present(session, row), token)


def _require_price(session: Session, row: QuoteRow, *, now: datetime) -> None:
    """Refuse a new date at a price that was made too long ago; whoever extends again and again makes it no younger."""
    first = session.scalars(
        select(QuoteRow).where(QuoteRow.number == row.number, QuoteRow.draft_id == row.draft_id)
        .order_by(QuoteRow.revision).limit(1)).one()
    is_open = row.state in {QuoteState.OFFERED.value, QuoteState.EXPIRED.value}
    if is_open and now >= first.valid_until + PRICE_KEPT:
        raise QuoteExpired("This price is too old for a new date; it has to be made anew.", number=row.number,
                           revision=row.revision)


def decline(
    session: Session, *, token: str, revision: int, now: datetime, reason: DeclineReason | None = None,
    words: str = "", actor: str = CUSTOMER
) -> Quote:
    """Decline a quote and give its capacity back.

    Parameters
    ----------
    token, revision
        The quote's link, and the revision the customer saw.
    now
        Aware UTC.
    reason, words
        Why, and what the customer adds to it, at most 300 characters; kept for the sales desk.
    actor
        For the audit log.

    Raises
    ------
    RequestInvalid
        The words are too many.
    QuoteNotFound
        No such link.
    QuoteSuperseded
        A newer revision replaces the one that was meant.
    TransitionRefused
        It is not open any more.
    """
    if len(words) > 300:
        raise RequestInvalid("A reason has at most 300 characters.", field="words")
    scheduling.lock_area(session)
    row = newest_row(session, token=token)
    require_newest(row, revision)
    row.state = next_quote_state(QuoteState(row.state), QuoteEvent.DECLINE).value
    row.closed_at = now
    row.decline_reason, row.decline_words = "" if reason is None else reason.value, words
    release_capacity(session, row, now=now)
    store.append_audit(session, at=now, actor=actor, action="quote.decline", subject=row.number,
                       facts={"revision": row.revision, "reason": row.decline_reason})
    return present(session, row)


def expire_due(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Expire every quote whose time is over, and give back the capacity of all holds that ended.

    Returns
    -------
    tuple of str
        Numbers of the quotes that expired; empty leaves the database untouched.
    """
    due = select(QuoteRow.id).where(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until <= now)
    if session.execute(due.limit(1)).first() is None:
        scheduling.expire_holds(session, now=now)
        return ()
    scheduling.lock_area(session)
    rows = session.scalars(
        select(QuoteRow).where(QuoteRow.id.in_(due)).order_by(QuoteRow.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.state = next_quote_state(QuoteState(row.state), QuoteEvent.EXPIRE).value
        row.closed_at = now
        release_capacity(session, row, now=now)
        store.append_audit(session, at=now, actor="system", action="quote.expire", subject=row.number,
                           facts={"revision": row.revision})
    scheduling.expire_holds(session, now=now)
    return tuple(row.number for row in rows)
