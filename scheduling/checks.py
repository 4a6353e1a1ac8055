"""The invariants of planning, checked over everything that is stored.

I1 no unit is double-booked, I2 bookings lie in working time, I3 no more is booked than offered, I4 order of
operations with transport, I16 expired holds give back their capacity, I18 what is pinned or started never moves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.checks import Breach
from scheduling.calendar import MINUTES_PER_DAY, first_minute_from, moment_at
from scheduling.codec import job_from_json
from scheduling.network import LegTable
from scheduling.problem import Job, WorkUnit
from scheduling.schedule import Booking
from scheduling.store import LIVE_STATES, area_network, bookings_query, find_area, load_units, read_bookings
from scheduling.tables import BookingMoveRow, BookingRow, DowntimeRow, HoldRow, PlanningAreaRow

EXPIRY_GRACE = timedelta(seconds=60)


def check(session: Session, *, now: datetime) -> tuple[Breach, ...]:
    """Check every invariant of planning.

    Parameters
    ----------
    now
        Aware UTC; working time is checked for what has not begun, because calendars may change behind
        finished work.

    Returns
    -------
    tuple of Breach
        Empty when all hold, or when no network is published.
    """
    area = find_area(session)
    if area is None:
        return ()
    live = read_bookings(session, bookings_query().where(BookingRow.state.in_(LIVE_STATES)))
    return (
        *_double_bookings(session),
        *_out_of_calendar(session, area, live, now=now),
        *_out_of_order(session, area, live),
        *_overdue_holds(session, now=now),
        *_moved_although_fixed(session),
    )


def _double_bookings(session: Session) -> Iterator[Breach]:
    one, other = aliased(BookingRow), aliased(BookingRow)
    query = select(one.id, other.id, one.unit_id).where(
        one.id < other.id,
        one.unit_id == other.unit_id,
        one.state.in_(LIVE_STATES),
        other.state.in_(LIVE_STATES),
        one.setup_start_minute < other.end_minute,
        other.setup_start_minute < one.end_minute,
    )
    for first, second, unit_id in session.execute(query):
        yield Breach("I1", f"bookings {first} and {second} overlap on work unit {unit_id}")


def _out_of_calendar(
    session: Session, area: PlanningAreaRow, live: Iterable[Booking], *, now: datetime
) -> Iterator[Breach]:
    minute = first_minute_from(now)
    ahead = [booking for booking in live if booking.setup_start_minute >= minute]
    if not ahead:
        return
    until = max(booking.end_minute for booking in ahead) + 1
    units = {
        unit.id: unit
        for unit in load_units(
            session, area_network(area), from_minute=minute, until_minute=until
        )
    }
    awaiting_repair = _hit_by_downtime(session)
    by_unit: dict[int, list[Booking]] = {}
    for booking in ahead:
        unit = units.get(booking.unit_id)
        if unit is None or booking.id in awaiting_repair:
            continue  # its unit left the network or is down: a re-planning is due, and is listed there
        by_unit.setdefault(booking.unit_id, []).append(booking)
        if not _is_in_calendar(unit, booking):
            yield Breach("I2", f"booking {booking.id} of {booking.job} leaves the working time of {unit.code}")
    for unit_id, bookings in sorted(by_unit.items()):
        yield from _more_than_offered(units[unit_id], bookings)


def _more_than_offered(unit: WorkUnit, bookings: Iterable[Booking]) -> Iterator[Breach]:
    """Compare, over each stretch of bookings without a pause of a day, the run minutes with the offer."""
    stretch: list[Booking] = []
    for booking in (*sorted(bookings, key=lambda booking: booking.start_minute), None):
        if stretch and (booking is None or booking.start_minute >= _last_end(stretch) + MINUTES_PER_DAY):
            start, end = stretch[0].start_minute, _last_end(stretch)
            offered = sum(max(0, min(b, end) - max(a, start)) for a, b in unit.windows)
            minutes = sum(item.work_minutes for item in stretch)
            if minutes > offered:
                when = moment_at(start).isoformat()
                yield Breach("I3", f"{minutes} minutes booked, {offered} offered on {unit.code} from {when}")
            stretch = []
        if booking is not None:
            stretch.append(booking)


def _last_end(bookings: Iterable[Booking]) -> int:
    return max(booking.end_minute for booking in bookings)


def _hit_by_downtime(session: Session) -> set[int]:
    query = select(BookingRow.id).join(
        DowntimeRow,
        and_(
            DowntimeRow.unit_id == BookingRow.unit_id,
            DowntimeRow.from_minute < BookingRow.end_minute,
            DowntimeRow.until_minute > BookingRow.setup_start_minute,
            DowntimeRow.changed_in_version > BookingRow.changed_in_version,
        ),
    )
    return set(session.scalars(query))


def _is_in_calendar(unit: WorkUnit, booking: Booking) -> bool:
    first = bisect_right(unit.windows, (booking.setup_start_minute, 1 << 62)) - 1
    near = unit.windows[max(first, 0) : bisect_right(unit.windows, (booking.end_minute, 0))]
    run = sum(max(0, min(end, booking.end_minute) - max(start, booking.start_minute)) for start, end in near)
    opens = all(
        any(start <= minute < end for start, end in near)
        for minute in (booking.setup_start_minute, booking.start_minute)
    )
    closes = any(start < booking.end_minute <= end for start, end in near)
    return run == booking.work_minutes and opens and closes


def _out_of_order(session: Session, area: PlanningAreaRow, live: Iterable[Booking]) -> Iterator[Breach]:
    network = area_network(area)
    legs = LegTable(network.transport, network.distance_km)
    placed: dict[int, dict[int, Booking]] = {}
    for booking in live:
        placed.setdefault(booking.hold_id, {})[booking.operation] = booking
    for hold_id, document in session.execute(select(HoldRow.id, HoldRow.job).where(HoldRow.id.in_(list(placed)))):
        job, bookings = job_from_json(document), placed[hold_id]
        for booking in bookings.values():
            if _is_too_early(job, booking, bookings, legs):
                yield Breach("I4", f"{booking.operation_code} of {job.code} starts before its input is there")


def _is_too_early(job: Job, booking: Booking, bookings: Mapping[int, Booking], legs: LegTable) -> bool:
    """Compare a start with the arrival of its inputs; inputs of a partly canceled job may be gone."""
    inputs = [bookings[index] for index in job.operations[booking.operation].predecessors if index in bookings]
    return any(
        booking.start_minute < before.end_minute + legs.leg(before.site, booking.site, job.load_grams).minutes
        for before in inputs
    )


def _overdue_holds(session: Session, *, now: datetime) -> Iterator[Breach]:
    overdue = select(HoldRow.id).where(HoldRow.state == "held", HoldRow.expires_at < now - EXPIRY_GRACE)
    for hold_id in session.scalars(overdue.order_by(HoldRow.id)):
        yield Breach("I16", f"hold {hold_id} has expired and still keeps capacity")
    orphans = (
        select(BookingRow.id, HoldRow.state)
        .join(HoldRow, BookingRow.hold_id == HoldRow.id)
        .where(
            or_(
                and_(BookingRow.state == "held", HoldRow.state != "held"),
                and_(BookingRow.state == "booked", HoldRow.state.in_(("held", "expired"))),
            )
        )
    )
    for booking_id, state in session.execute(orphans.order_by(BookingRow.id)):
        yield Breach("I16", f"booking {booking_id} keeps capacity although its hold is {state}")


def _moved_although_fixed(session: Session) -> Iterator[Breach]:
    for move in session.scalars(select(BookingMoveRow).order_by(BookingMoveRow.id)):
        if move.was_pinned or moment_at(move.from_setup_start_minute) < move.moved_at:
            why = "pinned" if move.was_pinned else "started"
            yield Breach("I18", f"booking {move.booking_id} was moved although it was {why}")
