"""Use cases after acceptance: release, start and finish work, follow a new plan, cancel.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.errors import PredecessorOpen
from ordering.late_offers import expire_late_quotes
from ordering.order import OrderEvent, OrderState, PromiseEventKind, next_order_state
from ordering.order import progress_event as order_progress
from ordering.promise_date import promised_day
from ordering.reading import get_job_order_row, get_order_row
from ordering.tables import JobOrderRow, OrderRow, WorkOrderRow
from ordering.work_order import (
    WORK_ORDER_FINAL_STATES,
    JobOrderEvent,
    JobOrderState,
    WorkOrderEvent,
    WorkOrderState,
    next_job_order_state,
    next_work_order_state,
)
from ordering.work_order import progress_event as work_order_progress
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from, minute_at
from scheduling.schedule import Booking, BookingState

STAFF = "staff"
LAST_MINUTE = 2**31 - 1


def release_work_orders(
    session: Session,
    *,
    now: datetime,
    order_number: str | None = None,
    starting_before: datetime | None = None,
    actor: str = STAFF,
) -> tuple[str, ...]:
    """Release planned work orders to the shop floor.

    Parameters
    ----------
    session
        Inside a writing transaction.
    now
        Aware UTC.
    order_number
        Only those of this order; None for all.
    starting_before
        Only those whose first operation starts before this moment; None for all.
    actor
        For the audit log.

    Returns
    -------
    tuple of str
        Numbers of the work orders released now; empty when none was planned.

    Raises
    ------
    OrderNotFound
        No such order.
    """
    scheduling.lock_area(session)
    query = select(WorkOrderRow).where(WorkOrderRow.state == WorkOrderState.PLANNED.value)
    if order_number is not None:
        query = query.where(WorkOrderRow.order_id == get_order_row(session, number=order_number).id)
    if starting_before is not None:
        first = select(JobOrderRow.work_order_id).where(JobOrderRow.planned_start_at < starting_before)
        query = query.where(WorkOrderRow.id.in_(first))
    rows = session.scalars(query.order_by(WorkOrderRow.id).execution_options(populate_existing=True)).all()
    for row in rows:
        row.state = next_work_order_state(WorkOrderState(row.state), WorkOrderEvent.RELEASE).value
        store.append_audit(session, at=now, actor=actor, action="work_order.release", subject=row.number,
                           facts={"revision": row.revision})
    return tuple(row.number for row in rows)


def start_job_order(session: Session, *, number: str, now: datetime, actor: str = STAFF) -> None:
    """Record that an operation begins; its work order and order follow.

    Raises
    ------
    WorkOrderNotFound
        No such job order.
    TransitionRefused
        It is not planned, or its work order is not released.
    PredecessorOpen
        An operation it waits for is not finished.
    """
    scheduling.lock_area(session)
    row = get_job_order_row(session, number=number)
    _require_released(row.work_order)
    _require_predecessors(session, row)
    row.state = next_job_order_state(JobOrderState(row.state), JobOrderEvent.START).value
    row.started_at = now
    _pin(session, row)
    _progress(row.work_order)
    store.append_audit(session, at=now, actor=actor, action="job_order.start", subject=number, facts={})


def finish_job_order(session: Session, *, number: str, now: datetime, actor: str = STAFF) -> None:
    """Record that an operation is done; its work order and order follow.

    Raises
    ------
    WorkOrderNotFound
        No such job order.
    TransitionRefused
        It is not running.
    """
    scheduling.lock_area(session)
    row = get_job_order_row(session, number=number)
    row.state = next_job_order_state(JobOrderState(row.state), JobOrderEvent.FINISH).value
    row.finished_at = now
    _progress(row.work_order)
    store.append_audit(session, at=now, actor=actor, action="job_order.finish", subject=number, facts={})


def _require_released(work_order: WorkOrderRow) -> None:
    if work_order.state != WorkOrderState.IN_PROGRESS.value:
        next_work_order_state(WorkOrderState(work_order.state), WorkOrderEvent.START)


def _require_predecessors(session: Session, row: JobOrderRow) -> None:
    hold_id = row.work_order.line.hold_id
    jobs = scheduling.get_jobs(session, hold_ids=[hold_id]) if hold_id is not None else {}
    if hold_id is None or hold_id not in jobs:
        return
    before = jobs[hold_id].operations[row.position].predecessors
    open_ones = [
        item.number for item in row.work_order.job_orders
        if item.position in before and item.state != JobOrderState.FINISHED.value
    ]
    if open_ones:
        raise PredecessorOpen(f"{row.number} waits for {', '.join(open_ones)}.", waits_for=open_ones)


def _pin(session: Session, row: JobOrderRow) -> None:
    """Keep begun work where it is, also when it began before its planned time."""
    hold_id = row.work_order.line.hold_id
    if hold_id is None:
        return
    for booking in scheduling.get_hold(session, hold_id=hold_id).bookings:
        if booking.operation == row.position and booking.state is BookingState.BOOKED:
            scheduling.pin_booking(session, booking_id=booking.id, is_pinned=True)


def _progress(work_order: WorkOrderRow) -> None:
    """Let a work order and its order follow their parts, one listed transition after the other."""
    states = [JobOrderState(item.state) for item in work_order.job_orders]
    while (event := work_order_progress(WorkOrderState(work_order.state), states)) is not None:
        work_order.state = next_work_order_state(WorkOrderState(work_order.state), event).value
    order = work_order.order
    parts = [WorkOrderState(item.state) for item in order.work_orders]
    while (change := order_progress(OrderState(order.state), parts)) is not None:
        order.state = next_order_state(OrderState(order.state), change).value


def deliver_order(session: Session, *, number: str, now: datetime, actor: str = STAFF) -> None:
    """Record that a made order reached its customer.

    Raises
    ------
    OrderNotFound
        No such order.
    TransitionRefused
        It is not made yet.
    """
    scheduling.lock_area(session)
    row = get_order_row(session, number=number)
    row.state = next_order_state(OrderState(row.state), OrderEvent.DELIVER).value
    row.closed_at = now
    store.append_audit(session, at=now, actor=actor, action="order.deliver", subject=number, facts={})


def cancel_order(session: Session, *, number: str, reason: str, now: datetime, actor: str = STAFF) -> None:
    """Cancel an order: what has not begun is canceled and its capacity freed; begun work stays on record.

    Parameters
    ----------
    session
        Inside a writing transaction.
    number
        The order.
    reason
        For the customer, at most 500 characters.
    now
        Aware UTC.
    actor
        For the audit log.

    Raises
    ------
    OrderNotFound
        No such order.
    TransitionRefused
        It is made, delivered or canceled already.
    """
    scheduling.lock_area(session)
    row = get_order_row(session, number=number)
    row.state = next_order_state(OrderState(row.state), OrderEvent.CANCEL).value
    row.closed_at = now
    for work_order in row.work_orders:
        _cancel_work_order(session, work_order, now=now)
    store.add_promise_event(session, quote=row.quote, kind=PromiseEventKind.CANCELED, at=now,
                            promised_on=row.promised_on, previous_on=row.promised_on, reason=reason[:500])
    store.append_audit(session, at=now, actor=actor, action="order.cancel", subject=number,
                       facts={"reason": reason[:500]})


def _cancel_work_order(session: Session, work_order: WorkOrderRow, *, now: datetime) -> None:
    if WorkOrderState(work_order.state) in WORK_ORDER_FINAL_STATES:
        return
    work_order.state = next_work_order_state(WorkOrderState(work_order.state), WorkOrderEvent.CANCEL).value
    has_unstarted = False
    begun = set()
    for item in work_order.job_orders:
        if item.state == JobOrderState.PLANNED.value:
            item.state = next_job_order_state(JobOrderState.PLANNED, JobOrderEvent.CANCEL).value
            has_unstarted = True
        else:
            begun.add(item.position)
    if has_unstarted and work_order.line.hold_id is not None:
        try:
            scheduling.cancel_job(session, hold_id=work_order.line.hold_id, now=now, begun=begun)
        except scheduling.JobStarted:
            return  # every booking lies in the past: there is nothing left to free


def follow_plan(session: Session, *, now: datetime, actor: str = "system") -> tuple[str, ...]:
    """Bring the planned times of job orders in line with the bookings, after a new plan is published.

    A work order whose times changed gets a new revision, so that its printed traveller is known to be old. A
    promise is kept; were one to move, its customer would see an entry in its history. An open quote that cannot keep
    its date any more is closed, so that its customer asks for a new one.

    Parameters
    ----------
    session
        Inside the transaction that publishes the plan.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    tuple of str
        Numbers of the work orders whose times changed; empty when none did.
    """
    scheduling.lock_area(session)
    live = scheduling.list_bookings(session, from_minute=minute_at(now), until_minute=LAST_MINUTE)
    bookings = {(booking.hold_id, booking.operation): booking for booking in live}
    query = (
        select(JobOrderRow).join(WorkOrderRow).where(JobOrderRow.state == JobOrderState.PLANNED.value)
        .order_by(JobOrderRow.id).execution_options(populate_existing=True)
    )
    changed: dict[int, WorkOrderRow] = {}
    for row in session.scalars(query):
        hold_id = row.work_order.line.hold_id
        booking = bookings.get((hold_id, row.position)) if hold_id is not None else None
        if booking is not None and _move(row, booking):
            changed[row.work_order_id] = row.work_order
    for work_order in changed.values():
        work_order.revision += 1
        work_order.issued_at = now
        work_order.due_at = max(item.planned_end_at for item in work_order.job_orders)
        store.append_audit(session, at=now, actor=actor, action="work_order.replan",
                           subject=work_order.number, facts={"revision": work_order.revision})
    for order in {row.order_id: row.order for row in changed.values()}.values():
        _keep_promise_known(session, order, now=now)
    expire_late_quotes(session, now=now, actor=actor)
    session.flush()
    return tuple(row.number for row in changed.values())


def _move(row: JobOrderRow, booking: Booking) -> bool:
    columns = store.planned_columns(booking)
    is_changed = any(getattr(row, name) != value for name, value in columns.items())
    for name, value in columns.items():
        setattr(row, name, value)
    return is_changed


def _keep_promise_known(session: Session, order: OrderRow, *, now: datetime) -> None:
    """Tell the customer when an order's date moved beyond what was promised."""
    network = scheduling.get_planning_network(session)
    destination = network.site(order.quote.destination)
    arrivals = [
        scheduling.get_hold(session, hold_id=line.hold_id).arrival_minute
        for line in order.quote.lines if line.hold_id is not None
    ]
    day = promised_day(max(arrivals, default=first_minute_from(now)), destination=destination, now=order.accepted_at)
    if day > order.promised_on:
        store.add_promise_event(session, quote=order.quote, kind=PromiseEventKind.MOVED, at=now, promised_on=day,
                                previous_on=order.promised_on, reason="A plant had to change its plan.")
        order.promised_on = day

