"""The invariants of planning, checked over everything that is stored.

I1 no unit and no secondary unit is double-booked, I2 bookings lie in working time, also that of their secondary units,
and leave time for setups, I3 no more is booked than offered, I4 order of operations with transport and material,
I16 expired holds give back their capacity, I18 what is pinned or started never moves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.checks import Breach
from scheduling.calendar import MINUTES_PER_DAY, first_minute_from, moment_at
from scheduling.codec import job_from_json
from scheduling.event_checks import list_awaiting_repair, list_forced_moves, list_real_runs
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
    used = select(one.id, other.id, one.secondary_unit_id).where(
        one.id < other.id,
        one.secondary_unit_id == other.secondary_unit_id,
        one.state.in_(LIVE_STATES),
        other.state.in_(LIVE_STATES),
        one.start_minute < other.end_minute,
        other.start_minute < one.end_minute,
    )
    for first, second, helper_id in session.execute(used):
        yield Breach("I1", f"bookings {first} and {second} use secondary unit {helper_id} at once")


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
    awaiting_repair = _awaiting_repair(session)
    by_unit: dict[int, list[Booking]] = {}
    checked: set[int] = set()
    for booking in ahead:
        unit = units.get(booking.unit_id)
        if unit is None or booking.id in awaiting_repair:
            continue  # its unit left the network or is down: a re-planning is due, and is listed there
        by_unit.setdefault(booking.unit_id, []).append(booking)
        if not _is_in_calendar(unit, booking):
            yield Breach("I2", f"booking {booking.id} of {booking.job} leaves the working time of {unit.code}")
            continue
        checked.add(booking.id)
        helper = units.get(booking.secondary_unit_id or 0)
        if helper is not None:
            by_unit.setdefault(helper.id, []).append(booking)
            if not _works_along(helper, unit, booking):
                yield Breach("I2", f"booking {booking.id} of {booking.job} works while {helper.code} does not")
    for unit_id, bookings in sorted(by_unit.items()):
        yield from _more_than_offered(units[unit_id], bookings)
    yield from _short_setups(units, live, checked)


def _works_along(helper: WorkUnit, unit: WorkUnit, booking: Booking) -> bool:
    """Tell whether a secondary unit works whenever the run does."""
    for opens, closes in unit.windows:
        start, end = max(opens, booking.start_minute), min(closes, booking.end_minute)
        if start < end and sum(max(0, min(b, end) - max(a, start)) for a, b in helper.windows) < end - start:
            return False
    return True


def _short_setups(units: Mapping[int, WorkUnit], live: Iterable[Booking], checked: Container[int]) -> Iterator[Breach]:
    """Find runs with less time before them than the change of setup family takes."""
    by_unit: dict[int, list[Booking]] = {}
    for booking in live:
        by_unit.setdefault(booking.unit_id, []).append(booking)
    for unit_id, bookings in sorted(by_unit.items()):
        bookings.sort(key=lambda booking: booking.start_minute)
        for before, booking in pairwise(bookings):
            if booking.id not in checked:
                continue
            unit = units[unit_id]
            needed = unit.setup_between(before.setup_family, booking.setup_family)
            span = (booking.setup_start_minute, booking.start_minute)
            spent = sum(max(0, min(end, span[1]) - max(start, span[0])) for start, end in unit.windows)
            if spent < needed:
                found = f"booking {booking.id} of {booking.job} has {spent} of {needed} minutes of setup on {unit.code}"
                yield Breach("I2", found)


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


def _awaiting_repair(session: Session) -> set[int]:
    """Give the bookings that are no plan to be judged: their place is gone, or they tell what really happened."""
    return _hit_by_downtime(session) | list_awaiting_repair(session) | list_real_runs(session)


def _hit_by_downtime(session: Session) -> set[int]:
    query = select(BookingRow.id).join(
        DowntimeRow,
        and_(
            or_(DowntimeRow.unit_id == BookingRow.unit_id, DowntimeRow.unit_id == BookingRow.secondary_unit_id),
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
    awaiting_repair = _awaiting_repair(session)
    excused = list_real_runs(session) | list_awaiting_repair(session)
    placed: dict[int, dict[int, Booking]] = {}
    for booking in live:
        placed.setdefault(booking.hold_id, {})[booking.operation] = booking
    for hold_id, document in session.execute(select(HoldRow.id, HoldRow.job).where(HoldRow.id.in_(list(placed)))):
        job, bookings = job_from_json(document), placed[hold_id]
        for booking in bookings.values():
            if booking.id not in excused and _is_too_early(job, booking, bookings, legs):
                yield Breach("I4", f"{booking.operation_code} of {job.code} starts before its input is there")
            earliest = job.operations[booking.operation].earliest_minute
            if earliest is not None and booking.start_minute < earliest and booking.id not in awaiting_repair:
                yield Breach("I4", f"{booking.operation_code} of {job.code} starts before its material is there")


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
    forced = list_forced_moves(session)
    for move in session.scalars(select(BookingMoveRow).order_by(BookingMoveRow.id)):
        if (move.booking_id, move.proposal_id) in forced:
            continue  # an event says that it cannot have begun
        if move.was_pinned or moment_at(move.from_setup_start_minute) < move.moved_at:
            why = "pinned" if move.was_pinned else "started"
            yield Breach("I18", f"booking {move.booking_id} was moved although it was {why}")
