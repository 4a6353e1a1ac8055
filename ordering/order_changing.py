"""Use cases of changing an order: preview what it would become, and make it so in one transaction.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.money import Money
from ordering import store
from ordering.accepting import add_work_orders
from ordering.configured import ConfiguredProduct, LineRequest, complete
from ordering.errors import ChangeOutdated, NoCapacity, QuoteSuperseded, RequestInvalid, TransitionRefused
from ordering.offering import HOLD_TIME, Offer, Preview, load_surroundings, plan_line
from ordering.order import Order, PromiseEventKind
from ordering.order_change import (
    ChangeRequest,
    Obstacle,
    OrderChange,
    earliest_start,
    find_obstacle,
    first_start,
    seal,
)
from ordering.order_change_tables import OrderChangeRow
from ordering.promising import promise_lines
from ordering.quote import Quote, QuoteEvent, QuoteState, next_quote_state
from ordering.quote_reading import present
from ordering.quoting import CUSTOMER
from ordering.reading import find_order_row_by_link, order_of
from ordering.tables import OrderRow, QuoteRow, WorkOrderRow
from ordering.work_order import (
    JobOrderEvent,
    JobOrderState,
    WorkOrderEvent,
    WorkOrderState,
    next_job_order_state,
    next_work_order_state,
)
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import moment_at

CHANGE_SCOPE = "change"
CAUSE = "The customer changed the order."


@dataclass(frozen=True, slots=True)
class Changeable:
    """An order with the accepted revision of its quote, and whether its customer may change it."""

    order: Order
    quote: Quote
    obstacle: Obstacle | None
    until_at: datetime | None
    """When its work begins by plan; None when it needs none."""


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What an order would become."""

    configured: ConfiguredProduct
    offer: Offer
    until_at: datetime | None
    """Until when it could be changed again."""
    is_same: bool
    """Whether nothing would change at all."""
    seal: str
    """Names what is shown; the confirmation gives it back."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed order; ``is_replayed`` when this key had done it before."""

    order_number: str
    revision: int
    is_replayed: bool


def get_changeable(session: Session, *, token: str, now: datetime) -> Changeable:
    """Give the order of a link and whether its customer may change it.

    Raises
    ------
    QuoteNotFound, OrderNotFound
        No such link, or its quote is not an order.
    """
    row = find_order_row_by_link(session, token=token)
    order = order_of(session, row)
    return Changeable(order, present(session, row.quote), _obstacle(row, order, now=now), first_start(order))


def preview_change(
    session: Session, *, token: str, request: ChangeRequest, now: datetime, cache_directory: Path | None = None
) -> ChangePreview:
    """Work out what an order would become, on a plan in which its own places are free; writes nothing.

    Parameters
    ----------
    session
        Only read.
    token
        From the link of the order's quote.
    request
        What it is to be.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    ChangePreview
        With the seal that :func:`change_order` wants.

    Raises
    ------
    QuoteNotFound, OrderNotFound
        No such link, or its quote is not an order.
    TransitionRefused
        The customer cannot change it alone; ``detail["why"]`` is an :class:`Obstacle`.
    RequestInvalid
        Quantity or destination is out of bounds.
    ConfigurationNotSaleable
        The choices break a rule.
    NoCapacity
        It cannot be made before the end of the horizon.
    """
    configured = _complete(session, request, now=now, cache_directory=cache_directory)
    row = find_order_row_by_link(session, token=token)
    _require_changeable(session, row, now=now)
    own = [line.hold_id for line in row.quote.lines if line.hold_id is not None]
    starts_at = _starts_at(row, now=now)
    _plans, offer = _plan(session, configured, request, code="change", starts_at=starts_at, without_holds=own, now=now)
    starts = [placement.setup_start_minute for placement in offer.plan.placements]
    return ChangePreview(
        configured, offer, moment_at(min(starts)) if starts else None,
        is_same=_is_same(row.quote, configured, request), seal=_seal(row, configured, request, offer))


def change_order(  # noqa: PLR0913  # a confirmation has that many facts
    session: Session, *, token: str, revision: int, request: ChangeRequest, shown: str, accepted_by: str,
    idempotency_key: str, now: datetime, cache_directory: Path | None = None, actor: str = CUSTOMER,
) -> Changed:
    """Make an order what its customer wants now: everything or nothing, exactly once.

    The old work is given back, the new one booked, a next revision of the quote accepted in place of the former,
    which stays as it was.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    token
        From the link of the order's quote.
    revision
        The accepted revision the customer saw.
    request
        What the order is to be.
    shown
        The seal of the preview the customer saw.
    accepted_by
        Name of the person who accepts the change, 1 to 120 characters.
    idempotency_key
        One key has one effect.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.
    actor
        For the audit log.

    Returns
    -------
    Changed
        The order and its new revision.

    Raises
    ------
    QuoteSuperseded
        The order was changed since the customer saw it.
    ChangeOutdated
        The plan or the prices moved since: day, price or footprint would differ from what was shown.
    RequestInvalid
        Nothing would change, or a field is out of bounds.
    IdempotencyMismatch
        The key belongs to another request.
    QuoteNotFound, OrderNotFound, TransitionRefused, ConfigurationNotSaleable, NoCapacity
        As for :func:`preview_change`.
    """
    if not 1 <= len(accepted_by.strip()) <= 120:
        raise RequestInvalid("A name has 1 to 120 characters.", field="accepted_by")
    configured = _complete(session, request, now=now, cache_directory=cache_directory)
    scheduling.lock_area(session)
    row = find_order_row_by_link(session, token=token)
    body_hash = hashlib.sha256(json.dumps([row.number, revision, shown]).encode()).hexdigest()
    known = store.find_answer(session, scope=CHANGE_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        return Changed(known["order"], known["revision"], is_replayed=True)
    if row.quote.revision != revision:
        raise QuoteSuperseded("The order was changed since; look at it first.", number=row.quote_number,
                              newest=row.quote.revision)
    _require_changeable(session, row, now=now)
    if _is_same(row.quote, configured, request):
        raise RequestInvalid("Nothing would change.", field="choices")
    quote = _replace(session, row, configured, request, shown=shown, now=now)
    _note(session, row, quote, accepted_by=accepted_by.strip(), now=now, actor=actor)
    store.store_answer(session, scope=CHANGE_SCOPE, key=idempotency_key, body_hash=body_hash,
                       answer={"order": row.number, "revision": quote.revision}, now=now)
    return Changed(row.number, quote.revision, is_replayed=False)


def list_order_changes(session: Session, *, order_id: int) -> tuple[OrderChange, ...]:
    """List the changes of an order, oldest first; empty when it was never changed."""
    query = select(OrderChangeRow).where(OrderChangeRow.order_id == order_id).order_by(OrderChangeRow.number)
    return tuple(
        OrderChange(
            row.number, row.at, row.accepted_by, row.from_quote.revision, row.to_quote.revision,
            Money(row.from_quote.gross_minor, row.from_quote.currency),
            Money(row.to_quote.gross_minor, row.to_quote.currency), row.promised_before, row.promised_after)
        for row in session.scalars(query))


def _obstacle(row: OrderRow, order: Order, *, now: datetime) -> Obstacle | None:
    return find_obstacle(order, has_terms=row.quote.draft_id is not None or len(row.quote.lines) != 1, now=now)


def _require_changeable(session: Session, row: OrderRow, *, now: datetime) -> None:
    order = order_of(session, row)
    obstacle = _obstacle(row, order, now=now)
    if obstacle is not None:
        raise TransitionRefused("This order cannot be changed here any more; ask us.", thing="order",
                                state=row.state, why=obstacle.value)


def _complete(
    session: Session, request: ChangeRequest, *, now: datetime, cache_directory: Path | None
) -> ConfiguredProduct:
    """Work the choices out under the version they name, by the rules of the day at the destination."""
    network = scheduling.get_planning_network(session)
    try:
        site = network.site(request.destination)
    except KeyError:
        raise RequestInvalid("Choose one of the delivery destinations.", field="destination") from None
    line = LineRequest(request.content_hash, request.choices, request.quantity)
    return complete(session, line, on=now.astimezone(ZoneInfo(site.time_zone)).date(),
                    cache_directory=cache_directory)


def _plan(
    session: Session, configured: ConfiguredProduct, request: ChangeRequest, *, code: str, starts_at: datetime,
    without_holds: list[int], now: datetime,
) -> tuple[Preview, Offer]:
    plans = plan_line(
        session, configured=configured, code=code, quantity=request.quantity, destination=request.destination,
        surroundings=load_surroundings(session), now=now, starts_at=starts_at, without_holds=without_holds)
    offer = plans.offer(request.alternative)
    if offer is None:
        raise NoCapacity("The plants have no free capacity for this; try fewer pieces or other choices.", line=1,
                         shortage=plans.shortage, operation=plans.short_operation)
    return plans, offer


def _starts_at(row: OrderRow, *, now: datetime) -> datetime:
    planned = [item.planned_start_at for work_order in row.work_orders for item in work_order.job_orders]
    return earliest_start(min(planned, default=None), held_for=HOLD_TIME, now=now)


def _is_same(quote: QuoteRow, configured: ConfiguredProduct, request: ChangeRequest) -> bool:
    line = quote.lines[0]
    return (dict(line.choices), line.quantity, quote.destination, quote.alternative) == (
        configured.choices, request.quantity, request.destination, request.alternative.value)


def _seal(row: OrderRow, configured: ConfiguredProduct, request: ChangeRequest, offer: Offer) -> str:
    return seal(order_number=row.number, revision=row.quote.revision, choices=configured.choices, request=request,
                promised_on=offer.promised_on, gross=offer.totals.gross, co2_grams=offer.co2_grams)


def _replace(
    session: Session, row: OrderRow, configured: ConfiguredProduct, request: ChangeRequest, *, shown: str,
    now: datetime,
) -> QuoteRow:
    """Give the old work back, book the new one, and let the next revision stand in for the accepted one."""
    old = row.quote
    code = f"{old.number}-{old.revision + 1}-1"
    for line in old.lines:
        if line.hold_id is not None:
            events.report_order_replaced(session, hold_id=line.hold_id, replaced_by=code,
                                         report=events.Report(CAUSE, CUSTOMER), now=now)
    starts_at = _starts_at(row, now=now)
    plans, offer = _plan(session, configured, request, code=code, starts_at=starts_at, without_holds=[], now=now)
    if _seal(row, configured, request, offer) != shown:
        raise ChangeOutdated("Date or price is another by now; look at it again.", promised_on=offer.promised_on,
                             gross_minor=offer.totals.gross.amount_minor)
    old.state = next_quote_state(QuoteState(old.state), QuoteEvent.AMEND).value
    header = QuoteRow(
        number=old.number, revision=old.revision + 1, state=QuoteState.OFFERED.value, customer_id=old.customer_id,
        customer_name=old.customer_name, reference=old.reference, destination=request.destination,
        alternative=request.alternative.value, link_seed=old.link_seed, token_hash=old.token_hash,
        language=old.language)
    quote = promise_lines(session, header=header, items=[(configured, request.quantity)], drafts=(plans,), now=now)
    quote.state = next_quote_state(QuoteState.OFFERED, QuoteEvent.ACCEPT).value
    quote.closed_at = now
    for work_order in row.work_orders:
        _cancel(work_order, now=now)
    session.flush()
    session.expire(row, ["work_orders"])
    add_work_orders(session, row, quote, now=now)
    return quote


def _cancel(work_order: WorkOrderRow, *, now: datetime) -> None:
    work_order.state = next_work_order_state(WorkOrderState(work_order.state), WorkOrderEvent.CANCEL).value
    work_order.replaced_at = now
    for item in work_order.job_orders:
        item.state = next_job_order_state(JobOrderState(item.state), JobOrderEvent.CANCEL).value


def _note(
    session: Session, row: OrderRow, quote: QuoteRow, *, accepted_by: str, now: datetime, actor: str
) -> None:
    """Bring the order in line with its new revision, and keep what it was."""
    old, previous_on = row.quote, row.promised_on
    count = session.scalar(select(func.count()).where(OrderChangeRow.order_id == row.id)) or 0
    session.add(OrderChangeRow(
        order_id=row.id, number=count + 1, at=now, accepted_by=accepted_by, from_quote_id=old.id,
        to_quote_id=quote.id, promised_before=previous_on, promised_after=quote.promised_on))
    row.quote = quote
    row.net_minor, row.tax_minor, row.gross_minor = quote.net_minor, quote.tax_minor, quote.gross_minor
    row.currency, row.promised_on = quote.currency, quote.promised_on
    session.flush()
    store.add_promise_event(session, quote=quote, kind=PromiseEventKind.CHANGED, at=now,
                            promised_on=quote.promised_on, previous_on=previous_on)
    store.append_audit(session, at=now, actor=actor, action="order.change", subject=row.number, facts={
        "revision": quote.revision, "accepted_by": accepted_by, "gross_minor": quote.gross_minor,
        "gross_before_minor": old.gross_minor, "promised_on": quote.promised_on, "promised_before": previous_on})
