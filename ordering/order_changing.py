"""Use cases of changing an order: preview what it would become, and make it so in one transaction.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.money import Money
from ordering import store
from ordering.accepting import add_work_orders
from ordering.configured import ConfiguredProduct
from ordering.errors import QuoteSuperseded, RequestInvalid, TransitionRefused
from ordering.firming import FirmLimits, FirmLine
from ordering.following import follow_plan
from ordering.offering import Offer, Preview
from ordering.order import Order, PromiseEventKind
from ordering.order_change import (
    ChangeRequest,
    Obstacle,
    OrderChange,
    Replaced,
    find_obstacle,
    first_start,
)
from ordering.order_change_plan import (
    as_ordered,
    complete_change,
    find_firm_change,
    is_same,
    plan_change,
    replaced_work,
    require_shown,
    seal_of,
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
    replaced: Replaced
    """The work that a change stands in for, as it is planned now."""


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
    return Changeable(order, present(session, row.quote), _obstacle(row, order, now=now), first_start(order),
                      replaced_work(row, now=now))


def preview_change(
    session: Session, *, token: str, request: ChangeRequest, now: datetime, cache_directory: Path | None = None,
    firm: FirmLimits = FirmLimits(),  # noqa: B008  # a frozen value
) -> ChangePreview:
    """Work out what an order would become, on a plan in which its own places are free; writes nothing.

    What is not changed at all stays as it was promised, whatever a new plan would say.

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
    firm
        Limits of the search for an earlier day, for which others make room, as for a new quote.

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
    configured = complete_change(session, request, now=now, cache_directory=cache_directory)
    row = find_order_row_by_link(session, token=token)
    _require_changeable(session, row, now=now)
    replaced, is_unchanged = replaced_work(row, now=now), is_same(row.quote, configured, request)
    plans, offer = plan_change(session, configured, request, code="change", replaced=replaced, now=now)
    if is_unchanged:
        offer = as_ordered(row, offer)
    else:
        found = find_firm_change(session, plans, configured, request, replaced=replaced, now=now, limits=firm)
        offer = offer if found is None else found[1]
    starts = [placement.setup_start_minute for placement in offer.plan.placements]
    return ChangePreview(
        configured, offer, moment_at(min(starts)) if starts else None,
        is_same=is_unchanged, seal=seal_of(row, configured, request, offer))


def change_order(  # noqa: PLR0913  # a confirmation has that many facts
    session: Session, *, token: str, revision: int, request: ChangeRequest, shown: str, accepted_by: str,
    idempotency_key: str, now: datetime, cache_directory: Path | None = None, actor: str = CUSTOMER,
    firm: FirmLimits = FirmLimits(),  # noqa: B008  # a frozen value
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
    firm
        As for :func:`preview_change`; nothing is searched for when the preview showed a plan that moves nobody.

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
    configured = complete_change(session, request, now=now, cache_directory=cache_directory)
    earlier = _find_shown(session, token, configured, request, shown=shown, revision=revision, now=now, limits=firm)
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
    if is_same(row.quote, configured, request):
        raise RequestInvalid("Nothing would change.", field="choices")
    quote = _replace(session, row, configured, request, shown=shown, earlier=earlier, now=now)
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


def _find_shown(
    session: Session, token: str, configured: ConfiguredProduct, request: ChangeRequest, *, shown: str, revision: int,
    now: datetime, limits: FirmLimits,
) -> tuple[Preview, FirmLine] | None:
    """Find the plan that was shown, before the lock is taken; None when nobody moves for it, or it is found no more."""
    row = find_order_row_by_link(session, token=token)
    if limits.seconds <= 0 or row.quote.revision != revision:
        return None
    _require_changeable(session, row, now=now)
    replaced = replaced_work(row, now=now)
    plans, offer = plan_change(session, configured, request, code="change", replaced=replaced, now=now)
    if seal_of(row, configured, request, offer) == shown:
        return None
    found = find_firm_change(session, plans, configured, request, replaced=replaced, now=now, limits=limits)
    return None if found is None or seal_of(row, configured, request, found[1]) != shown else (plans, found[0])


def _replace(
    session: Session, row: OrderRow, configured: ConfiguredProduct, request: ChangeRequest, *, shown: str,
    earlier: tuple[Preview, FirmLine] | None, now: datetime,
) -> QuoteRow:
    """Give the old work back, book the new one, and let the next revision stand in for the accepted one."""
    old, starts_at = row.quote, replaced_work(row, now=now).starts_at
    code = f"{old.number}-{old.revision + 1}-1"
    for line in old.lines:
        if line.hold_id is not None:
            events.report_order_replaced(session, hold_id=line.hold_id, replaced_by=code,
                                         report=events.Report(CAUSE, CUSTOMER), now=now)
    plans, firm = earlier or (
        plan_change(session, configured, request, code=code, replaced=Replaced((), starts_at), now=now)[0], None)
    old.state = next_quote_state(QuoteState(old.state), QuoteEvent.AMEND).value
    header = QuoteRow(
        number=old.number, revision=old.revision + 1, state=QuoteState.OFFERED.value, customer_id=old.customer_id,
        customer_name=old.customer_name, customer_email=old.customer_email, reference=old.reference,
        destination=request.destination,
        alternative=request.alternative.value, link_seed=old.link_seed, token_hash=old.token_hash,
        language=old.language)
    quote = promise_lines(session, header=header, items=[(configured, request.quantity)], drafts=(plans,), firm=firm,
                          now=now)
    require_shown(row, configured, request, quote, shown=shown)
    quote.state = next_quote_state(QuoteState.OFFERED, QuoteEvent.ACCEPT).value
    quote.closed_at = now
    for work_order in row.work_orders:
        _cancel(work_order, now=now)
    session.flush()
    session.expire(row, ["work_orders"])
    add_work_orders(session, row, quote, now=now)
    if firm is not None and firm.draft.quote.changes:
        follow_plan(session, now=now, actor=CUSTOMER)
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
