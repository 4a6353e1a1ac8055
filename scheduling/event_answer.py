"""The answer to every event: local repair, promises at risk with their causes, one row that keeps it all."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.at_risk import DEFAULT_MARGIN_MINUTES, Risk, list_risks
from scheduling.calendar import first_minute_from, minute_at
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.errors import ReportInvalid
from scheduling.event_checks import list_not_begun
from scheduling.event_repair import Disruption, LocalRepair, load_jobs, repair_locally
from scheduling.event_store import Draft, record
from scheduling.problem import Minute
from scheduling.schedule import MovableJob
from scheduling.schedule_event import EventOutcome, Hit
from scheduling.snapshot import Snapshot
from scheduling.store import LIVE_STATES, load_snapshot
from scheduling.tables import BookingRow, DowntimeRow, HoldRow

FARTHEST_BACK = timedelta(days=30)
FARTHEST_AHEAD = timedelta(days=LONGEST_HORIZON_DAYS)
Clock = Callable[[], float]


def require_period(*, from_minute: Minute, until_minute: Minute, now: datetime) -> None:
    """Refuse a time that ends before it begins, or lies too far away.

    Raises
    ------
    ReportInvalid
        ``detail["field"]`` names which end is wrong.
    """
    if until_minute <= from_minute:
        raise ReportInvalid("The time must end after it begins.", field="until_minute")
    require_near(from_minute, field="from_minute", now=now)
    require_near(until_minute, field="until_minute", now=now)


def require_near(minute: Minute, *, field: str, now: datetime, **detail: object) -> None:
    """Refuse a minute more than a month back or beyond the longest horizon; raise ReportInvalid with more detail."""
    if not minute_at(now - FARTHEST_BACK) <= minute <= minute_at(now + FARTHEST_AHEAD):
        raise ReportInvalid("This lies more than a month back, or beyond the planning horizon.", field=field, **detail)


def answer(
    session: Session,
    draft: Draft,
    disruption: Disruption,
    *,
    now: datetime,
    more_hits: Sequence[Hit] = (),
    clock: Clock = time.perf_counter,
) -> EventOutcome:
    """Repair what an event hits, and keep the event with it.

    Parameters
    ----------
    session
        Inside a writing transaction in which the change itself is stored already.
    draft
        The event.
    disruption
        What it changed.
    now
        Aware UTC.
    more_hits
        Operations it names beside those that the repair finds.
    clock
        Seconds that pass, for the time the answer took.
    """
    began = clock()
    repair = repair_locally(session, disruption, now=now)
    risks = risks_after(session, repair, now=now)
    return record(
        session, draft, now=now, hits=(*more_hits, *repair.hits),
        proposals=(repair.applied_proposal_id, repair.proposal_id), risks=risks,
        milliseconds=round((clock() - began) * 1000),
    )


def risks_after(session: Session, repair: LocalRepair, *, now: datetime) -> tuple[Risk, ...]:
    """List the promises of repaired jobs that are late, at risk or lost."""
    if not repair.jobs:
        return ()
    return _judge(session, repair.snapshot, repair.jobs, now=now, lost=repair.lost)


def risks_of(session: Session, hold_ids: Collection[int], *, now: datetime) -> tuple[Risk, ...]:
    """List the promises of some live jobs that are late, at risk or lost as the plan stands; empty without any."""
    jobs = load_jobs(session, hold_ids, now=now)
    if not jobs:
        return ()
    return _judge(session, load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS), jobs, now=now)


def list_live_risks(
    session: Session, *, now: datetime, margin_minutes: int = DEFAULT_MARGIN_MINUTES
) -> tuple[Risk, ...]:
    """List every live promise that is late, at risk or lost, with what it waits for.

    Parameters
    ----------
    now
        Aware UTC.
    margin_minutes
        A promise with less slack than this is listed.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    snapshot = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    live = session.scalars(select(HoldRow.id).where(HoldRow.state.in_(("held", "confirmed")))).all()
    return _judge(session, snapshot, load_jobs(session, live, now=now), now=now, margin_minutes=margin_minutes)


def _judge(
    session: Session, snapshot: Snapshot, jobs: Sequence[MovableJob], *, now: datetime,
    margin_minutes: int = DEFAULT_MARGIN_MINUTES, lost: Collection[int] = (),
) -> tuple[Risk, ...]:
    minute = first_minute_from(now)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    touched = {here.unit_id for item in jobs for here in item.planned.placements}
    codes = {item.hold_id for item in jobs}
    return list_risks(
        units, jobs, snapshot.legs.leg, now_minute=minute, margin_minutes=margin_minutes,
        downtimes=_downtimes(session, touched, minute), beside=_beside(session, touched, codes, minute),
        not_begun=list_not_begun(session, minute=minute).union(lost),
    )


def _downtimes(session: Session, unit_ids: Iterable[int], minute: Minute) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    query = select(DowntimeRow.unit_id, DowntimeRow.from_minute, DowntimeRow.until_minute).where(
        DowntimeRow.unit_id.in_(tuple(unit_ids)), DowntimeRow.until_minute > minute)
    for unit_id, start, end in session.execute(query):
        found.setdefault(unit_id, []).append((start, end))
    return found


def _beside(
    session: Session, unit_ids: Iterable[int], own: Iterable[int], minute: Minute
) -> list[tuple[int, Minute, Minute, str]]:
    """Give the runs of other jobs on some units: unit, setup start, end, job code."""
    query = (
        select(BookingRow.unit_id, BookingRow.setup_start_minute, BookingRow.end_minute, HoldRow.job_code)
        .join(HoldRow, BookingRow.hold_id == HoldRow.id)
        .where(BookingRow.state.in_(LIVE_STATES), BookingRow.unit_id.in_(tuple(unit_ids)),
               BookingRow.end_minute > minute, BookingRow.hold_id.not_in(tuple(own)))
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
