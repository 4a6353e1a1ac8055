"""The use case of accepting a quote: one transaction from the held capacity to the planned work orders."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering import store
from ordering.configured import recall
from ordering.errors import QuoteAlreadyAccepted, QuoteExpired, QuoteSuperseded, RequestInvalid
from ordering.numbering import Series, job_order_number
from ordering.order import OrderState, PromiseEventKind
from ordering.promise_date import local_year
from ordering.quote import QuoteEvent, QuoteState, next_quote_state
from ordering.quote_reading import newest_row, require_newest
from ordering.quoting import CUSTOMER
from ordering.reading import find_order_row
from ordering.resending import close_siblings
from ordering.tables import JobOrderRow, OrderRow, QuoteLineRow, QuoteRow, WorkOrderRow
from ordering.work_order import JobOrderState, WorkOrderState
from scheduling import service as scheduling
from scheduling.calendar import moment_at
from scheduling.schedule import Booking

ACCEPT_SCOPE = "accept"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order that a quote became; ``is_replayed`` when this key had done it before."""

    order_number: str
    is_replayed: bool


def accept(
    session: Session,
    *,
    token: str,
    revision: int,
    idempotency_key: str,
    now: datetime,
    reference: str = "",
    accepted_by: str = "",
    actor: str = CUSTOMER,
) -> Accepted:
    """Turn a quote into an order with all its work orders, exactly once.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits, everything or nothing.
    token
        From the quote's link.
    revision
        The revision the customer saw.
    idempotency_key
        One key has one effect; the same request again gives the same answer.
    now
        Aware UTC.
    reference
        The customer's purchase order number, at most 80 characters; empty keeps the quote's.
    accepted_by
        Name of the person who accepts, at most 120 characters.
    actor
        For the audit log.

    Returns
    -------
    Accepted
        The order's number.

    Raises
    ------
    RequestInvalid
        The key or the reference is out of bounds.
    IdempotencyMismatch
        The key belongs to another request.
    QuoteNotFound
        No such link.
    QuoteSuperseded
        A newer revision replaces the one that was meant, or another way of the offer was ordered.
    QuoteAlreadyAccepted
        It is an order already, by another request.
    QuoteExpired
        Its capacity is no longer held; ask for a new date.
    TransitionRefused
        It was declined.
    """
    if len(reference) > 80:
        raise RequestInvalid("A reference has at most 80 characters.", field="reference")
    if len(accepted_by) > 120:
        raise RequestInvalid("A name has at most 120 characters.", field="accepted_by")
    scheduling.lock_area(session)
    body_hash = hashlib.sha256(json.dumps([token, revision, reference]).encode()).hexdigest()
    known = store.find_answer(session, scope=ACCEPT_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        return Accepted(known["order"], is_replayed=True)
    quote = newest_row(session, token=token)
    _require_open(session, quote, revision=revision, now=now)
    quote.state = next_quote_state(QuoteState(quote.state), QuoteEvent.ACCEPT).value
    quote.closed_at = now
    order = _add_order(session, quote, reference=reference, accepted_by=accepted_by, now=now)
    close_siblings(session, quote, now=now, actor=actor)
    store.add_promise_event(session, quote=quote, kind=PromiseEventKind.ACCEPTED, at=now,
                            promised_on=quote.promised_on, previous_on=quote.promised_on)
    store.append_audit(session, at=now, actor=actor, action="quote.accept", subject=quote.number,
                       facts={"revision": quote.revision, "order": order.number,
                              "gross_minor": order.gross_minor, "accepted_by": accepted_by})
    store.store_answer(session, scope=ACCEPT_SCOPE, key=idempotency_key, body_hash=body_hash,
                       answer={"order": order.number}, now=now)
    return Accepted(order.number, is_replayed=False)


def _require_open(session: Session, quote: QuoteRow, *, revision: int, now: datetime) -> None:
    existing = find_order_row(session, quote_number=quote.number)
    if existing is not None:
        raise QuoteAlreadyAccepted(f"This quote is order {existing.number} already.", order=existing.number)
    require_newest(quote, revision)
    if quote.state == QuoteState.SUPERSEDED.value:
        raise QuoteSuperseded("Another way of this offer took its place.", number=quote.number,
                              newest=quote.revision)
    is_over = quote.state == QuoteState.OFFERED.value and quote.valid_until <= now
    if is_over or quote.state == QuoteState.EXPIRED.value:
        raise QuoteExpired("The reserved time is over; ask for a new date. Price and choices stay as they are.",
                           number=quote.number, revision=quote.revision)


def _add_order(
    session: Session, quote: QuoteRow, *, reference: str, accepted_by: str, now: datetime
) -> OrderRow:
    network = scheduling.get_planning_network(session)
    year = local_year(now, network.site(quote.destination))
    order = OrderRow(
        number=store.next_number(session, series=Series.ORDER, year=year), quote_id=quote.id,
        quote_number=quote.number, state=OrderState.CONFIRMED.value, currency=quote.currency,
        net_minor=quote.net_minor, tax_minor=quote.tax_minor, gross_minor=quote.gross_minor,
        promised_on=quote.promised_on, reference=reference or quote.reference, accepted_at=now,
        accepted_by=accepted_by,
    )
    session.add(order)
    add_work_orders(session, order, quote, now=now)
    return order


def add_work_orders(session: Session, order: OrderRow, quote: QuoteRow, *, now: datetime) -> None:
    """Book what a revision holds, and give its order the work orders of all its lines."""
    network = scheduling.get_planning_network(session)
    year = local_year(now, network.site(quote.destination))
    for line in quote.lines:
        number = store.next_number(session, series=Series.WORK_ORDER, year=year)
        order.work_orders.append(_work_order(session, line, number=number, network=network, now=now))
    session.flush()


def _confirm(session: Session, hold_id: int, *, now: datetime) -> tuple[Booking, ...]:
    """Book held capacity; capacity that is gone means the quote's time is over."""
    try:
        return scheduling.confirm_hold(session, hold_id=hold_id, now=now).bookings
    except (scheduling.HoldExpired, scheduling.HoldClosed, scheduling.HoldNotFound) as error:
        raise QuoteExpired("The capacity is no longer reserved; ask for a new date.", hold_id=hold_id) from error


def _work_order(
    session: Session, line: QuoteLineRow, *, number: str, network: Network, now: datetime
) -> WorkOrderRow:
    bookings: tuple[Booking, ...] = ()
    if line.hold_id is not None:
        bookings = _confirm(session, line.hold_id, now=now)
    configured = recall(session, content_hash=line.content_hash, choices=line.choices)
    operations = {item.code: item for item in configured.explosion.operations}
    end_minute = max((booking.end_minute for booking in bookings), default=line.arrival_minute)
    return WorkOrderRow(
        number=number, quote_line_id=line.id, job_code=line.job_code, state=WorkOrderState.PLANNED.value,
        quantity=line.quantity, due_at=moment_at(end_minute), revision=1, issued_at=now,
        job_orders=[
            JobOrderRow(
                number=job_order_number(number, position=booking.operation), position=booking.operation,
                operation=booking.operation_code,
                title=store.text_as_json(operations[booking.operation_code].title),
                instruction=store.text_as_json(operations[booking.operation_code].instruction),
                standard_minutes=str(operations[booking.operation_code].minutes_of(line.quantity)),
                state=JobOrderState.PLANNED.value, **store.planned_columns(booking),
            )
            for booking in bookings
        ],
    )
