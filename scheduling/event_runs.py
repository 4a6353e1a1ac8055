"""Runs that are not as booked: what stands in their way, and how much longer a breakdown makes them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from scheduling.board import is_standing
from scheduling.calendar import WorkCalendar
from scheduling.codec import job_from_json
from scheduling.event_checks import list_not_begun
from scheduling.problem import Minute, Placement
from scheduling.schedule import Booking
from scheduling.schedule_event import Hit, HitEffect
from scheduling.snapshot import Snapshot
from scheduling.store import LIVE_STATES, bookings_query, lock_area, move_rows, next_version, read_bookings
from scheduling.tables import BookingRow, HoldRow

Place = tuple[int, int]
"""A job's hold and the position of one of its operations."""


def is_in_the_way(here: Placement, run: Placement) -> bool:
    """Tell whether booked work wants a unit, or a secondary unit, while a run has it; a setup needs the unit only."""
    helper = here.secondary_unit_id is not None and here.secondary_unit_id == run.secondary_unit_id
    begin = here.setup_start_minute if here.unit_id == run.unit_id else here.start_minute
    return (helper or here.unit_id == run.unit_id) and begin < run.end_minute and here.end_minute > run.start_minute


def overlapping(
    unit_id: int, secondary_unit_id: int | None, start_minute: Minute, end_minute: Minute
) -> ColumnElement[bool]:
    """Say :func:`is_in_the_way` in SQL, for live bookings."""
    on_unit = and_(BookingRow.unit_id == unit_id, BookingRow.setup_start_minute < end_minute)
    with_helper = and_(BookingRow.secondary_unit_id == secondary_unit_id, BookingRow.start_minute < end_minute)
    return and_(BookingRow.state.in_(LIVE_STATES), BookingRow.end_minute > start_minute,
                on_unit if secondary_unit_id is None else or_(on_unit, with_helper))


def list_beside(session: Session, runs: Iterable[Placement]) -> set[int]:
    """Find the jobs, by hold, whose bookings overlap the runs on their units and secondary units."""
    found: set[int] = set()
    for run in runs:
        query = select(BookingRow.hold_id).where(
            overlapping(run.unit_id, run.secondary_unit_id, run.start_minute, run.end_minute))
        found.update(session.scalars(query))
    return found


def list_interrupted(
    session: Session, snapshot: Snapshot, unit_ids: Collection[int], *, from_minute: Minute, until_minute: Minute,
    minute: Minute,
) -> dict[Place, Placement]:
    """Give the runs under way on, or with, units that stand still for a while: they end later by what they lose.

    Parameters
    ----------
    unit_ids, from_minute, until_minute
        What stands still, and when; work that was to begin within it has not begun, and is left out.
    minute
        Now.

    Returns
    -------
    dict
        The runs as they will be; empty when none is under way.
    """
    if not unit_ids or from_minute >= until_minute:
        return {}
    query = bookings_query().where(
        BookingRow.state.in_(LIVE_STATES),
        or_(BookingRow.unit_id.in_(unit_ids), BookingRow.secondary_unit_id.in_(unit_ids)),
        BookingRow.setup_start_minute < minute, BookingRow.end_minute > max(minute, from_minute),
        BookingRow.id.not_in(list_not_begun(session, minute=minute)),
    )
    found: dict[Place, Placement] = {}
    for booking in read_bookings(session, query):
        job = job_from_json(session.scalars(select(HoldRow.job).where(HoldRow.id == booking.hold_id)).one())
        calendar = _calendar_of(snapshot, booking)
        if calendar is None or is_standing(snapshot, job, booking.placement):
            continue
        begin: int | None = calendar.work_at(booking.start_minute)
        if not job.operations[booking.operation].is_resumable:
            begin = calendar.first_fit(calendar.work_at(until_minute), booking.work_minutes)
        if begin is None or begin + booking.work_minutes > calendar.total_minutes:
            continue
        end = calendar.end_at(begin + booking.work_minutes)
        if end > booking.end_minute:
            found[booking.hold_id, booking.operation] = replace(booking.placement, end_minute=end)
    return found


def _calendar_of(snapshot: Snapshot, booking: Booking) -> WorkCalendar | None:
    """Give when a booking's unit works and its secondary unit is there; None when the unit is not known."""
    line = snapshot.timelines.get(booking.unit_id)
    helper = snapshot.timelines.get(booking.secondary_unit_id or 0)
    if line is None or helper is None:
        return None if line is None else line.calendar
    theirs, both = helper.unit.windows, []
    for start, end in line.unit.windows:
        first = bisect_right(theirs, start, key=lambda window: window[1])
        stop = bisect_left(theirs, end, key=lambda window: window[0])
        both += [(max(start, opens), min(end, closes)) for opens, closes in theirs[first:stop]]
    return WorkCalendar(both)


def fit_runs(
    session: Session, runs: Mapping[Place, Placement], staying: Collection[int] | None = None
) -> dict[Place, Placement]:
    """Cut runs where bookings stand that do not leave; one that is left no time stays as it is booked.

    Parameters
    ----------
    runs
        What really happened, or will.
    staying
        Ids of the bookings that do not leave; None for all that stand, but for the runs' own.
    """
    rows = {place: _row_of(session, place) for place in runs}
    own = {row.id for row in rows.values()}
    found = {}
    for place, run in runs.items():
        start, end, row = run.start_minute, run.end_minute, rows[place]
        query = bookings_query().where(
            overlapping(run.unit_id, run.secondary_unit_id, start, end), BookingRow.id.not_in(own))
        for other in read_bookings(session, query):
            if staying is not None and other.id not in staying:
                continue
            begin = other.setup_start_minute if other.unit_id == run.unit_id else other.start_minute
            if begin >= max(row.start_minute, run.start_minute):
                end = min(end, begin)
            else:
                start = max(start, other.end_minute)
        setup_start = run.setup_start_minute if start == run.start_minute else start
        found[place] = run if (start, end) == (run.start_minute, run.end_minute) else replace(
            run, setup_start_minute=setup_start, start_minute=start, end_minute=end,
            work_minutes=min(run.work_minutes, end - start),
        ) if start < end else replace(
            run, setup_start_minute=row.setup_start_minute, start_minute=row.start_minute, end_minute=row.end_minute,
            work_minutes=row.work_minutes)
    return found


def _row_of(session: Session, place: Place) -> BookingRow:
    query = select(BookingRow).where(BookingRow.hold_id == place[0], BookingRow.operation == place[1],
                                     BookingRow.state.in_(LIVE_STATES))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def list_corrected(session: Session, runs: Iterable[Place]) -> list[Hit]:
    """Give where runs that are to be corrected stand now."""
    rows = ((place, _row_of(session, place)) for place in sorted(runs))
    return [Hit(hold_id, position, row.unit_id, row.start_minute, row.end_minute, HitEffect.CORRECTED)
            for (hold_id, position), row in rows]


def read_run_rows(session: Session, runs: Iterable[Place]) -> dict[Place, BookingRow]:
    """Give the bookings of runs."""
    return {place: _row_of(session, place) for place in runs}


def correct_rows(session: Session, runs: Mapping[Place, Placement]) -> None:
    """Write runs into their bookings."""
    values: dict[int, dict[str, object]] = {}
    for place, run in sorted(runs.items()):
        values[_row_of(session, place).id] = {
            "setup_start_minute": run.setup_start_minute, "start_minute": run.start_minute,
            "end_minute": run.end_minute, "work_minutes": run.work_minutes,
        }
    move_rows(session, values, version=next_version(session, lock_area(session)))
