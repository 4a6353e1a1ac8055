"""Orders follow the plan: times of job orders, and dates that customers were promised, each with its cause.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.errors import WorkOrderNotFound
from ordering.late_offers import expire_late_quotes
from ordering.order import ORDER_FINAL_STATES, OrderState, PromiseEventKind
from ordering.promise_date import is_delivery_day, promised_day
from ordering.reading import get_job_order_row, get_work_order_row
from ordering.tables import JobOrderRow, OrderRow, QuoteLineRow, QuoteRow, WorkOrderRow
from ordering.work_order import JobOrderState
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import day_end_minute, first_minute_from, minute_at
from scheduling.schedule import Booking
from scheduling.schedule_event import EventKind, EventOutcome, HitEffect, ScheduleEvent

LAST_MINUTE = 2**31 - 1
FOLLOWING_STATES = (JobOrderState.PLANNED.value, JobOrderState.RUNNING.value)


def follow_plan(
    session: Session, *, now: datetime, actor: str = "system", proposal_id: int | None = None,
    event_id: int | None = None, order_ids: Collection[int] = (),
) -> tuple[str, ...]:
    """Bring the planned times of job orders in line with the bookings, after the plan changed.

    A work order whose times changed gets a new revision, so that its printed traveller is known to be old. A
    promise is kept; where one moves, its customer sees an entry in its history that names the event that moved it.
    An open quote that cannot keep its date any more is closed, so that its customer asks for a new one.

    Parameters
    ----------
    session
        Inside the transaction that changes the plan.
    now
        Aware UTC.
    actor
        For the audit log.
    proposal_id
        The plan that was put in force; None when it is not known.
    event_id
        What just happened; None when a person put a plan in force.
    order_ids
        Orders whose promise is looked at although no time of theirs changed.

    Returns
    -------
    tuple of str
        Numbers of the work orders whose times changed; empty when none did.
    """
    scheduling.lock_area(session)
    live = scheduling.list_bookings(session, from_minute=minute_at(now), until_minute=LAST_MINUTE)
    bookings = {(booking.hold_id, booking.operation): booking for booking in live}
    query = (
        select(JobOrderRow).join(WorkOrderRow).where(JobOrderRow.state.in_(FOLLOWING_STATES))
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
    cause = _Cause(session, now=now, actor=actor, proposal_id=proposal_id, event_id=event_id)
    touched = {row.order_id for row in changed.values()} | set(order_ids)
    for order in session.scalars(select(OrderRow).where(OrderRow.id.in_(touched)).order_by(OrderRow.id)):
        _keep_promise_known(session, order, cause, now=now)
    expire_late_quotes(session, now=now, actor=actor)
    session.flush()
    return tuple(row.number for row in changed.values())


def follow_event(session: Session, outcome: EventOutcome, *, now: datetime, actor: str) -> tuple[str, ...]:
    """Let orders follow what an event put in force at once, a holiday on their promised day too.

    Returns
    -------
    tuple of str
        Numbers of the work orders whose times changed; empty when none did.
    """
    closed = _closed_day(outcome.event)
    is_at_once = outcome.applied_proposal_id is not None or _has_corrected(outcome)
    if outcome.is_replayed or not (is_at_once or closed):
        return ()
    orders: set[int] = set()
    if is_at_once:
        query = select(OrderRow.id).join(QuoteLineRow, QuoteLineRow.quote_id == OrderRow.quote_id)
        orders.update(session.scalars(query.where(QuoteLineRow.hold_id.in_({hit.hold_id for hit in outcome.hits}))))
    if closed is not None:
        promised = select(OrderRow.id).join(QuoteRow, QuoteRow.id == OrderRow.quote_id)
        orders.update(session.scalars(
            promised.where(QuoteRow.destination == closed[0], OrderRow.promised_on == closed[1])))
    return follow_plan(session, now=now, actor=actor, event_id=outcome.event.id, order_ids=orders)


def _closed_day(event: ScheduleEvent) -> tuple[str, date] | None:
    """Give the site and day that an event made a holiday; None when it made none."""
    if event.kind is not EventKind.CALENDAR_CHANGED or "site" not in event.named:
        return None
    return event.named["site"], date.fromisoformat(event.named["day"])


def _has_corrected(outcome: EventOutcome) -> bool:
    return any(hit.effect is HitEffect.CORRECTED for hit in outcome.hits)


def get_job_place(session: Session, *, number: str) -> tuple[int, int]:
    """Give the hold of a job order and its operation's position; raise WorkOrderNotFound when it has none."""
    row = get_job_order_row(session, number=number)
    if row.work_order.line.hold_id is None:
        raise WorkOrderNotFound("This job order is not planned.", number=number)
    return row.work_order.line.hold_id, row.position


def get_work_hold(session: Session, *, number: str) -> int:
    """Give the hold of a work order; raise WorkOrderNotFound when it has none."""
    hold_id = get_work_order_row(session, number=number).line.hold_id
    if hold_id is None:
        raise WorkOrderNotFound("This work order is not planned.", number=number)
    return hold_id


def _move(row: JobOrderRow, booking: Booking) -> bool:
    columns = store.planned_columns(booking)
    is_changed = any(getattr(row, name) != value for name, value in columns.items())
    for name, value in columns.items():
        setattr(row, name, value)
    return is_changed


class _Cause:
    """Finds the event that explains why a job arrives later, and records one where none does."""

    def __init__(
        self, session: Session, *, now: datetime, actor: str, proposal_id: int | None, event_id: int | None
    ) -> None:
        self._session, self._now, self._actor, self._proposal_id = session, now, actor, proposal_id
        if event_id is None and proposal_id is not None:
            answered = events.find_event_of_proposal(session, proposal_id=proposal_id)
            event_id = answered.id if answered is not None else None
        self._known = events.get_outcome(session, event_id=event_id) if event_id is not None else None

    def closing(self, *, site: str, day: date) -> ScheduleEvent | None:
        """Give what just made a day a holiday of a site; None when that is not what happened."""
        known = None if self._known is None else self._known.event
        return known if known is not None and events.is_closing(known, site=site, day=day) else None

    def of(self, hold_ids: Collection[int]) -> ScheduleEvent:
        """Give what just delayed the jobs, else what took the places that the plan has them leave, else a new one."""
        if self._known is not None and events.is_delaying(self._known, hold_ids):
            return self._known.event
        if self._proposal_id is not None:
            proposal = scheduling.get_proposal(self._session, proposal_id=self._proposal_id)
            changes = [change for change in proposal.changes if change.hold_id in hold_ids]
            displacing = events.find_displacing_event(self._session, changes=changes)
            if displacing is not None:
                return displacing
        report = events.Report("A plant had to change its plan.", self._actor)
        return events.record_plan_published(self._session, proposal_id=self._proposal_id, hold_ids=hold_ids,
                                            report=report, now=self._now).event


def _keep_promise_known(session: Session, order: OrderRow, cause: _Cause, *, now: datetime) -> None:
    """Tell the customer when an order's date moved beyond what was promised, or nobody receives it then, and why."""
    if OrderState(order.state) in ORDER_FINAL_STATES:
        return
    network = scheduling.get_planning_network(session)
    destination = network.site(order.quote.destination)
    arrivals = {
        line.hold_id: scheduling.get_hold(session, hold_id=line.hold_id).arrival_minute
        for line in order.quote.lines if line.hold_id is not None
    }
    last = max(arrivals.values(), default=first_minute_from(order.accepted_at))
    if not is_delivery_day(destination, order.promised_on):
        last = max(last, day_end_minute(destination, order.promised_on))
    day = promised_day(last, destination=destination, now=order.accepted_at)
    if day <= order.promised_on:
        return
    late = [hold_id for hold_id, arrival in arrivals.items()
            if promised_day(arrival, destination=destination, now=order.accepted_at) > order.promised_on]
    event = cause.closing(site=order.quote.destination, day=order.promised_on) or cause.of(late or list(arrivals))
    store.add_promise_event(session, quote=order.quote, kind=PromiseEventKind.MOVED, at=now, promised_on=day,
                            previous_on=order.promised_on, reason=event.cause, event=event)
    order.promised_on = day
