"""What schedule events excuse: bookings that wait for their repair, runs as they really were, forced moves."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from scheduling.event_tables import ScheduleEventHitRow, ScheduleEventRow
from scheduling.problem import Minute
from scheduling.schedule_event import EventKind, HitEffect
from scheduling.store import LIVE_STATES
from scheduling.tables import BookingMoveRow, BookingRow, DowntimeRow, HoldRow

_GONE = (HitEffect.DISPLACED.value, HitEffect.STUCK.value)


def list_awaiting_repair(session: Session) -> set[int]:
    """Give the bookings whose place an event took, and that nothing has moved since."""
    query = (
        select(BookingRow.id)
        .join(ScheduleEventHitRow, (ScheduleEventHitRow.hold_id == BookingRow.hold_id)
              & (ScheduleEventHitRow.operation == BookingRow.operation))
        .where(ScheduleEventHitRow.effect.in_(_GONE), ScheduleEventHitRow.unit_id == BookingRow.unit_id,
               ScheduleEventHitRow.start_minute == BookingRow.start_minute,
               ScheduleEventHitRow.end_minute == BookingRow.end_minute)
    )
    return set(session.scalars(query))


def list_real_runs(session: Session) -> set[int]:
    """Give the bookings that an event corrected to what really happened, whatever the calendar says."""
    planned = (EventKind.RUSH_ORDER.value, EventKind.ORDER_CHANGED.value, EventKind.PLAN_PUBLISHED.value)
    query = (
        select(BookingRow.id)
        .join(ScheduleEventHitRow, (ScheduleEventHitRow.hold_id == BookingRow.hold_id)
              & (ScheduleEventHitRow.operation == BookingRow.operation))
        .join(ScheduleEventRow, ScheduleEventHitRow.event_id == ScheduleEventRow.id)
        .where(ScheduleEventHitRow.effect == HitEffect.CORRECTED.value, ScheduleEventRow.kind.not_in(planned),
               ScheduleEventRow.version >= BookingRow.changed_in_version)
    )
    return set(session.scalars(query))


def list_forced_moves(session: Session) -> set[tuple[int, int]]:
    """Give the moves, as (booking, proposal), that an event forced although the plan called the work begun."""
    query = (
        select(BookingRow.id, ScheduleEventRow.applied_proposal_id)
        .join(ScheduleEventHitRow, (ScheduleEventHitRow.hold_id == BookingRow.hold_id)
              & (ScheduleEventHitRow.operation == BookingRow.operation))
        .join(ScheduleEventRow, ScheduleEventHitRow.event_id == ScheduleEventRow.id)
        .where(ScheduleEventHitRow.effect.in_(_GONE), ScheduleEventRow.applied_proposal_id.is_not(None))
    )
    pinned = select(BookingMoveRow.booking_id, BookingMoveRow.proposal_id).where(BookingMoveRow.was_pinned)
    forced = {(row[0], row[1]) for row in session.execute(query) if row[1] is not None}
    forced -= {(row[0], row[1]) for row in session.execute(pinned)}
    return forced | _moves_out_of_downtimes(session)


def _moves_out_of_downtimes(session: Session) -> set[tuple[int, int]]:
    """Give the moves of work that an event had put out of its place, or that was to begin inside a downtime."""
    is_hit = and_(ScheduleEventHitRow.effect.in_(_GONE), ScheduleEventHitRow.unit_id == BookingMoveRow.from_unit_id,
                  ScheduleEventHitRow.start_minute == BookingMoveRow.from_start_minute)
    hit = (
        select(BookingMoveRow.booking_id, BookingMoveRow.proposal_id)
        .join(BookingRow, BookingRow.id == BookingMoveRow.booking_id)
        .join(ScheduleEventHitRow, and_(ScheduleEventHitRow.hold_id == BookingRow.hold_id,
                                        ScheduleEventHitRow.operation == BookingRow.operation, is_hit))
        .where(BookingMoveRow.was_pinned.is_(False))
    )
    down = (
        select(BookingMoveRow.booking_id, BookingMoveRow.proposal_id)
        .join(DowntimeRow, and_(DowntimeRow.unit_id == BookingMoveRow.from_unit_id,
                                DowntimeRow.from_minute <= BookingMoveRow.from_start_minute,
                                DowntimeRow.until_minute > BookingMoveRow.from_start_minute))
        .where(BookingMoveRow.was_pinned.is_(False))
    )
    found = {(row[0], row[1]) for query in (hit, down) for row in session.execute(query)}
    moves = session.execute(
        select(BookingMoveRow.booking_id, BookingMoveRow.proposal_id, BookingRow.hold_id)
        .join(BookingRow, BookingRow.id == BookingMoveRow.booking_id).where(BookingMoveRow.was_pinned.is_(False))
    ).all()
    jobs = {(row[1], row[2]) for row in moves if (row[0], row[1]) in found}  # what builds on it goes with it
    return {(row[0], row[1]) for row in moves if (row[1], row[2]) in jobs}


def list_not_begun(session: Session, *, minute: Minute) -> set[int]:
    """Give the bookings whose start has passed without them: their unit, or secondary unit, was down then.

    So has work that an event forced from its place, and that found no other. What builds on such work has not begun
    either.

    Parameters
    ----------
    minute
        Now; later starts are not looked at.

    Returns
    -------
    set of int
        Ids of live bookings, without those of which an event tells how they really ran.
    """
    query = select(BookingRow.id).join(
        DowntimeRow,
        and_(or_(DowntimeRow.unit_id == BookingRow.unit_id, DowntimeRow.unit_id == BookingRow.secondary_unit_id),
             DowntimeRow.from_minute <= BookingRow.start_minute, DowntimeRow.until_minute > BookingRow.start_minute),
    ).where(BookingRow.state.in_(LIVE_STATES), BookingRow.setup_start_minute < minute)
    found = set(session.scalars(query)) | _forced_out(session, minute=minute)
    if not found:
        return found
    real = list_real_runs(session)
    return _with_followers(session, found - real, minute=minute) - real


def _forced_out(session: Session, *, minute: Minute) -> set[int]:
    """Give the bookings that an event forced from places in which they still stand, because there is no other."""
    query = (
        select(BookingRow.id)
        .join(ScheduleEventHitRow, and_(
            ScheduleEventHitRow.hold_id == BookingRow.hold_id, ScheduleEventHitRow.operation == BookingRow.operation,
            ScheduleEventHitRow.unit_id == BookingRow.unit_id,
            ScheduleEventHitRow.start_minute == BookingRow.start_minute,
            ScheduleEventHitRow.end_minute == BookingRow.end_minute))
        .join(ScheduleEventRow, ScheduleEventHitRow.event_id == ScheduleEventRow.id)
        .where(ScheduleEventHitRow.effect == HitEffect.DISPLACED.value,
               ScheduleEventRow.applied_proposal_id.is_not(None), BookingRow.is_pinned.is_(False),
               ScheduleEventRow.version >= BookingRow.changed_in_version,
               BookingRow.state.in_(LIVE_STATES), BookingRow.setup_start_minute < minute)
    )
    return set(session.scalars(query))


def _with_followers(session: Session, found: set[int], *, minute: Minute) -> set[int]:
    """Add what builds on operations that have not begun, and was to begin by now."""
    holds = select(BookingRow.hold_id).where(BookingRow.id.in_(found))
    rows = session.execute(
        select(BookingRow.id, BookingRow.hold_id, BookingRow.operation, HoldRow.job)
        .join(HoldRow, HoldRow.id == BookingRow.hold_id)
        .where(BookingRow.hold_id.in_(holds), BookingRow.state.in_(LIVE_STATES), BookingRow.setup_start_minute < minute)
        .order_by(BookingRow.hold_id, BookingRow.operation)
    ).all()
    waiting = {(hold_id, operation) for booking_id, hold_id, operation, _ in rows if booking_id in found}
    more = set(found)
    for booking_id, hold_id, operation, job in rows:
        if any((hold_id, before) in waiting for before in job["operations"][operation]["predecessors"]):
            waiting.add((hold_id, operation))
            more.add(booking_id)
    return more
