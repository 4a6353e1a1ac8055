"""Use cases after acceptance: release, start, finish and scrap work, deliver, cancel.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.errors import PredecessorOpen, WorkOrderNotFound
from ordering.following import follow_plan
from ordering.mail import MailKind
from ordering.mailing import note_mail
from ordering.order import OrderEvent, OrderState, PromiseEventKind, next_order_state
from ordering.order import progress_event as order_progress
from ordering.reading import RELEASE_ACTION, get_job_order_row, get_order_row
from ordering.tables import JobOrderRow, WorkOrderRow
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
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.schedule import BookingState, Hold, HoldState
from scheduling.schedule_event import EventOutcome

STAFF = "staff"


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
        store.append_audit(session, at=now, actor=actor, action=RELEASE_ACTION, subject=row.number,
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
    """Record that an operation is done; its work order and order follow, and the plan learns when it really ended.

    Whatever a late end leaves no room for moves at once. Nothing ends before it began, whatever the clock says.

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
    if row.started_at is not None and row.started_at > now:  # the clock was set back; the audit log keeps what was said
        row.started_at = now
    row.finished_at = now
    _progress(row.work_order)
    store.append_audit(session, at=now, actor=actor, action="job_order.finish", subject=number, facts={})
    hold = _booked(session, row)
    if hold is not None:
        outcome = events.report_operation_finished(
            session, hold_id=hold.id, operation=row.position, ended_at_minute=minute_at(now),
            started_at_minute=minute_at(row.started_at) if row.started_at is not None else None,
            report=events.Report(row.operation, actor), now=now)
        follow_plan(session, now=now, actor=actor, event_id=outcome.event.id, order_ids=[row.work_order.order_id])


def scrap_job_order(
    session: Session, *, number: str, count: int, cause: str, now: datetime, actor: str = STAFF
) -> EventOutcome:
    """Record that pieces of an operation are spoiled; it is planned again, with what follows it and has begun.

    Parameters
    ----------
    number
        A job order that runs or is finished, of a work order that is not.
    count
        Spoiled pieces, from 1 to the work order's quantity.
    cause
        For the planner and, where the date moves, for the customer.
    now
        Aware UTC.
    actor
        For the audit log.

    Raises
    ------
    WorkOrderNotFound
        No such job order.
    TransitionRefused
        It is neither running nor finished, or its work order is finished or canceled.
    ReportInvalid
        The count or the cause is out of bounds.
    """
    scheduling.lock_area(session)
    row = get_job_order_row(session, number=number)
    work_order = row.work_order
    if WorkOrderState(work_order.state) is not WorkOrderState.IN_PROGRESS:
        next_work_order_state(WorkOrderState(work_order.state), WorkOrderEvent.START)
    next_job_order_state(JobOrderState(row.state), JobOrderEvent.SCRAP)
    hold = _booked(session, row)
    if hold is None:
        raise WorkOrderNotFound("This job order is not planned any more.", number=number)
    outcome = events.report_operation_scrapped(
        session, hold_id=hold.id, operation=row.position, scrapped_count=count, of_count=work_order.quantity,
        report=events.Report(cause, actor), now=now)
    again = {hit.operation for hit in outcome.hits if hit.hold_id == hold.id}
    for item in work_order.job_orders:
        begun = item.state in {JobOrderState.RUNNING.value, JobOrderState.FINISHED.value}
        if begun and (item.position in again or item.id == row.id):
            item.state = next_job_order_state(JobOrderState(item.state), JobOrderEvent.SCRAP).value
            item.started_at = item.finished_at = None
    store.append_audit(session, at=now, actor=actor, action="job_order.scrap", subject=number,
                       facts={"count": count, "cause": cause, "event": outcome.event.id})
    follow_plan(session, now=now, actor=actor, event_id=outcome.event.id, order_ids=[work_order.order_id])
    return outcome


def _booked(session: Session, row: JobOrderRow) -> Hold | None:
    """Give the confirmed hold in which an operation has a booking; None when its capacity was given back."""
    hold_id = row.work_order.line.hold_id
    if hold_id is None:
        return None
    hold = scheduling.get_hold(session, hold_id=hold_id)
    has_booking = any(booking.operation == row.position and booking.state is BookingState.BOOKED
                      for booking in hold.bookings)
    return hold if hold.state is HoldState.CONFIRMED and has_booking else None


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
    note_mail(session, quote=row.quote, kind=MailKind.ORDER_DELIVERED, at=now, promised_on=row.promised_on)
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
        _cancel_work_order(session, work_order, report=events.Report(reason[:200].strip() or number, actor), now=now)
    store.add_promise_event(session, quote=row.quote, kind=PromiseEventKind.CANCELED, at=now,
                            promised_on=row.promised_on, previous_on=row.promised_on, reason=reason[:500])
    store.append_audit(session, at=now, actor=actor, action="order.cancel", subject=number,
                       facts={"reason": reason[:500]})


def _cancel_work_order(
    session: Session, work_order: WorkOrderRow, *, report: events.Report, now: datetime
) -> None:
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
            events.report_order_canceled(session, hold_id=work_order.line.hold_id, report=report, now=now, begun=begun)
        except scheduling.JobStarted:
            return  # every booking lies in the past: there is nothing left to free
