"""Use cases of capacity: hold, confirm, extend, give back. Each takes the planning area's lock first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.calendar import day_end_minute, first_minute_from, minute_at, moment_at, promise_day
from scheduling.codec import job_as_json
from scheduling.errors import HoldClosed, HoldExpired, HoldLost, HoldNotFound, JobStarted, ScheduleInvalid
from scheduling.event_checks import list_not_begun
from scheduling.problem import Job, Placement
from scheduling.problem_check import require_sound
from scheduling.promise import Plan
from scheduling.rebooking import Rebooking
from scheduling.schedule import Booking, Hold, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.store import (
    LIVE_STATES,
    area_network,
    bookings_query,
    hold_value,
    load_snapshot,
    lock_area,
    move_rows,
    next_version,
    read_bookings,
)
from scheduling.tables import BookingRow, HoldRow, PlanningAreaRow
from scheduling.validation import violations

HORIZON_DAYS = 120
LONGEST_HORIZON_DAYS = 480


def hold(session: Session, *, job: Job, plan: Plan, expires_at: datetime, now: datetime) -> Hold:
    """Keep the capacity of a plan for a while.

    The plan is checked again under the lock, against everything booked by then. A hold never outlives the
    start of its own work: what must begin at ten can be confirmed until ten.

    Parameters
    ----------
    session
        The caller commits.
    job
        As promised. Without a deadline it gets one: the end of its promised day at the destination, so
        that no later re-planning moves the promise.
    plan
        From a promise for this job.
    expires_at
        Aware; the wish. The hold's own ``expires_at`` is the earlier of it and the first setup's start.
    now
        Aware UTC.

    Returns
    -------
    Hold
        With its bookings.

    Raises
    ------
    HoldLost
        A slot of the plan was taken or has passed meanwhile.
    JobInvalid
        The job could not be planned on any plants.
    ScheduleInvalid
        The plan is not a plan for this job.
    """
    area = lock_area(session)
    snapshot, rebooking = _put_again(session, job, plan, now=now)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    require_sound(job, units, snapshot.legs.leg, minute_at(now), snapshot.until_minute)
    job = _with_deadline(area, job, plan)
    placements = tuple(
        rebooking.with_setup((job.code, placement.operation), placement) for placement in plan.placements
    )
    _require_valid(snapshot, job, placements)
    version = next_version(session, area)
    move_rows(
        session,
        {int(str(key)): {"setup_start_minute": start} for key, start in rebooking.setup_changes().items()},
        version=version,
    )
    first_start = min((placement.setup_start_minute for placement in placements), default=None)
    row = HoldRow(
        area_id=area.id,
        job_code=job.code,
        job=job_as_json(job),
        state="held",
        expires_at=expires_at if first_start is None else min(expires_at, moment_at(first_start)),
        held_at=now,
        cost_minor=plan.cost_minor,
        co2_grams=plan.co2_grams,
        arrival_minute=plan.arrival_minute,
        bookings=[_booking_row(job, placement, version) for placement in placements],
    )
    session.add(row)
    session.flush()
    return _value(session, row)


def _put_again(session: Session, job: Job, plan: Plan, *, now: datetime) -> tuple[Snapshot, Rebooking]:
    for horizon_days in (HORIZON_DAYS, LONGEST_HORIZON_DAYS):
        snapshot = load_snapshot(session, now=now, horizon_days=horizon_days)
        if all(placement.end_minute < snapshot.until_minute for placement in plan.placements):
            break
    rebooking = Rebooking(snapshot)
    lost = rebooking.put_job(job, plan.placements, floor_minute=minute_at(now))
    if lost is not None:
        operation = job.operations[lost.operation].code
        raise HoldLost(
            f"The time kept for {operation} was taken meanwhile; ask for a new date.",
            job=job.code,
            operation=operation,
            unit_id=lost.unit_id,
        )
    return snapshot, rebooking


def _with_deadline(area: PlanningAreaRow, job: Job, plan: Plan) -> Job:
    if job.deadline_minute is not None:
        return job
    network = area_network(area)
    site = next((site for site in network.sites if site.code == job.destination), network.sites[0])
    return replace(job, deadline_minute=day_end_minute(site, promise_day(site, plan.arrival_minute)))


def _require_valid(snapshot: Snapshot, job: Job, placements: tuple[Placement, ...]) -> None:
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    found = violations(units, [PlannedJob(job, placements)], snapshot.legs.leg, has_all_bookings=False)
    if found:
        raise ScheduleInvalid(
            f"The plan of {job.code} breaks a rule: {found[0].message}.",
            violations=[[item.code, item.operation, item.message] for item in found],
        )


def _booking_row(job: Job, placement: Placement, version: int) -> BookingRow:
    return BookingRow(
        unit_id=placement.unit_id,
        operation=placement.operation,
        operation_code=job.operations[placement.operation].code,
        setup_start_minute=placement.setup_start_minute,
        start_minute=placement.start_minute,
        end_minute=placement.end_minute,
        work_minutes=placement.work_minutes,
        setup_family=placement.setup_family,
        secondary_unit_id=placement.secondary_unit_id,
        state="held",
        changed_in_version=version,
    )


def get_hold(session: Session, *, hold_id: int) -> Hold:
    """Give a hold with its bookings.

    Raises
    ------
    HoldNotFound
        No such hold.
    """
    return _value(session, _row(session, hold_id))


def list_holds(session: Session) -> dict[int, Hold]:
    """Give every hold there ever was by its id, each with its bookings; empty when nothing was held."""
    bookings: dict[int, list[Booking]] = {}
    for booking in read_bookings(session, bookings_query()):
        bookings.setdefault(booking.hold_id, []).append(booking)
    rows = session.scalars(select(HoldRow).order_by(HoldRow.id).execution_options(populate_existing=True))
    return {row.id: hold_value(row, bookings.get(row.id, ())) for row in rows}


def confirm_hold(session: Session, *, hold_id: int, now: datetime) -> Hold:
    """Turn held capacity into booked capacity.

    Raises
    ------
    HoldNotFound
        No such hold.
    HoldExpired
        It ended at or before ``now``.
    HoldClosed
        It was confirmed or given back before.
    """
    area = lock_area(session)
    row = _open_row(session, hold_id, now=now)
    version = next_version(session, area)
    row.state = "confirmed"
    row.closed_at = now
    move_rows(session, {booking.id: {"state": "booked"} for booking in row.bookings}, version=version)
    session.flush()
    return _value(session, row)


def extend_hold(session: Session, *, hold_id: int, expires_at: datetime, now: datetime) -> Hold:
    """Keep held capacity longer (or shorter), never beyond the start of its own work.

    Raises
    ------
    HoldNotFound, HoldExpired, HoldClosed
        As for :func:`confirm_hold`.
    """
    lock_area(session)
    row = _open_row(session, hold_id, now=now)
    first_start = min((booking.setup_start_minute for booking in row.bookings), default=None)
    row.expires_at = expires_at if first_start is None else min(expires_at, moment_at(first_start))
    session.flush()
    return _value(session, row)


def release_hold(session: Session, *, hold_id: int, now: datetime) -> Hold:
    """Give held capacity back; giving it back twice changes nothing.

    Raises
    ------
    HoldNotFound
        No such hold.
    HoldClosed
        It is confirmed; cancel the job instead.
    """
    area = lock_area(session)
    row = _row(session, hold_id)
    if row.state == "confirmed":
        raise HoldClosed("This capacity is booked for an order; cancel the order instead.", hold_id=hold_id)
    if row.state == "held":
        _free(session, area, [row], state="released", now=now)
    return _value(session, row)


def expire_holds(session: Session, *, now: datetime) -> int:
    """Give the capacity of every hold back that ended at or before ``now``.

    Returns
    -------
    int
        How many holds expired; 0 leaves the database untouched.
    """
    due = select(HoldRow.id).where(HoldRow.state == "held", HoldRow.expires_at <= now)
    if session.execute(due.limit(1)).first() is None:
        return 0
    area = lock_area(session)
    rows = session.scalars(
        select(HoldRow)
        .where(HoldRow.state == "held", HoldRow.expires_at <= now)
        .order_by(HoldRow.id)
        .execution_options(populate_existing=True)
    ).all()
    _free(session, area, rows, state="expired", now=now)
    return len(rows)


def cancel_job(session: Session, *, hold_id: int, now: datetime, begun: Collection[int] = ()) -> Hold:
    """Free the unstarted bookings of a job; started ones stay.

    Parameters
    ----------
    hold_id
        The job's hold.
    now
        Aware UTC; what is planned to begin before it, on a unit that was up then, counts as started.
    begun
        Operations that began ahead of their plan; they count as started too.

    Returns
    -------
    Hold
        Released, with what stays of its bookings.

    Raises
    ------
    HoldNotFound
        No such hold.
    JobStarted
        Every operation has begun, so there is nothing to free.
    """
    area = lock_area(session)
    row = _row(session, hold_id)
    if row.state in ("held", "confirmed"):
        minute = first_minute_from(now)
        live = [booking for booking in row.bookings if booking.state in LIVE_STATES]
        waiting = list_not_begun(session, minute=minute)
        started = {booking.operation for booking in live
                   if booking.setup_start_minute < minute and booking.id not in waiting}.union(begun)
        if live and all(booking.operation in started for booking in live):
            raise JobStarted(f"All work on {row.job_code} has begun.", hold_id=hold_id, job=row.job_code)
        _free(session, area, [row], state="released", now=now, started=started)
    return _value(session, row)


def _free(
    session: Session,
    area: PlanningAreaRow,
    rows: Iterable[HoldRow],
    *,
    state: str,
    now: datetime,
    started: Collection[int] = (),
) -> None:
    """Release bookings, but for those of started operations, and correct the setups of what stood after them."""
    rebooking = Rebooking(load_snapshot(session, now=now, horizon_days=HORIZON_DAYS))
    freed: list[BookingRow] = []
    for row in rows:
        row.state = state
        row.closed_at = now
        for booking in row.bookings:
            if booking.state in LIVE_STATES and booking.operation not in started:
                freed.append(booking)
                rebooking.remove(booking.unit_id, booking.id)
    version = next_version(session, area)
    move_rows(session, {booking.id: {"state": "released"} for booking in freed}, version=version)
    freed_ids = {booking.id for booking in freed}
    changes = {
        int(str(key)): {"setup_start_minute": start}
        for key, start in rebooking.setup_changes().items()
        if key not in freed_ids
    }
    move_rows(session, changes, version=version)


def _row(session: Session, hold_id: int) -> HoldRow:
    row = session.get(HoldRow, hold_id, populate_existing=True)
    if row is None:
        raise HoldNotFound("There is no such capacity hold.", hold_id=hold_id)
    session.refresh(row, ["bookings"])
    return row


def _open_row(session: Session, hold_id: int, *, now: datetime) -> HoldRow:
    row = _row(session, hold_id)
    if row.state == "expired" or (row.state == "held" and row.expires_at <= now):
        raise HoldExpired("The time kept for this work has run out; ask for a new date.", hold_id=hold_id)
    if row.state != "held":
        raise HoldClosed(f"This capacity hold is {row.state} already.", hold_id=hold_id, state=row.state)
    return row


def _value(session: Session, row: HoldRow) -> Hold:
    return hold_value(row, read_bookings(session, bookings_query().where(BookingRow.hold_id == row.id)))
