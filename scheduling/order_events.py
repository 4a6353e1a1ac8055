"""What happens to orders: changed, canceled, rushed; and plans put in force that move a promise.

Sessions come first and are never committed here; ``now`` is aware UTC. Each call that writes takes the area's lock.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.at_risk import has_ways
from scheduling.calendar import first_minute_from, minute_at
from scheduling.capacity import LONGEST_HORIZON_DAYS, cancel_job, get_hold, hold
from scheduling.codec import job_as_json, job_from_json
from scheduling.errors import HoldNotFound, JobStarted, ProposalOutdated, ReportInvalid
from scheduling.event_answer import Clock, answer, risks_of
from scheduling.event_checks import list_not_begun
from scheduling.event_limits import require_possible, require_same_operations
from scheduling.event_repair import Disruption
from scheduling.event_store import Draft, find_answer, list_outcomes, record, require_readable
from scheduling.improve import Improvement, JobChange
from scheduling.problem import Job, WorkUnit
from scheduling.problem_check import require_sound
from scheduling.promise import Plan
from scheduling.publishing import publish_proposal
from scheduling.rebooking import without_bookings
from scheduling.replanning import Replanning, load_replanning, save_proposal
from scheduling.rush import RushAnswer, RushOptions, RushWay, price_rush
from scheduling.schedule import Booking, Hold, MovableJob, PlannedJob
from scheduling.schedule_event import EventKind, EventOutcome, Hit, HitEffect, Report
from scheduling.snapshot import Snapshot
from scheduling.store import LIVE_STATES, load_snapshot, lock_area
from scheduling.tables import HoldRow
from scheduling.validation import tardiness_minor


@dataclass(frozen=True, slots=True)
class RushQuestion:
    """A rush order with both answers, and what they were worked out on."""

    job: Job
    options: RushOptions
    hold_id: int | None
    """Of a job that is booked already; None for a new one."""


def report_order_changed(
    session: Session, *, hold_id: int, job: Job, report: Report, now: datetime
) -> EventOutcome:
    """Record that an order is another now: its due time, weight, minutes or ways of making it.

    What still fits stays. Operations that take other minutes, other units or other families are placed again, at
    once: their old capacity is of no use to anybody.

    Parameters
    ----------
    hold_id
        The job as it is booked.
    job
        As it is to be: the same operations in the same order, but with modes, families, dates and weight of its own.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound
        No such planned job.
    JobStarted
        An operation that has begun would change.
    ReportInvalid
        It has other operations (hold the new job and cancel the old one), a weight out of bounds, a time that is over
        or too far away, or a way of making it that there is not. ``detail["field"]`` names which.
    """
    area = lock_area(session)
    require_readable(report)
    row = _live(session, hold_id)
    before = job_from_json(row.job)
    job = replace(job, code=before.code)
    require_same_operations(job, before)
    named = {"hold_id": hold_id, "job": before.code, "before": job_as_json(before), "after": job_as_json(job)}
    draft = Draft(EventKind.ORDER_CHANGED, report, named, occasion=str(area.version))
    known = find_answer(session, draft) or (_last_change(session, hold_id) if job == before else None)
    if known is not None:
        return known
    snapshot = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    require_possible(job, before, _units(snapshot), snapshot.legs.leg, horizon=snapshot.until_minute, now=now)
    booked = get_hold(session, hold_id=hold_id)
    gone = _changed_operations(session, job, booked, before, now=now)
    row.job = job_as_json(job)
    session.flush()
    hits = [] if gone else [_hit(booking, HitEffect.CORRECTED) for booking in booked.bookings[:1]]
    places = frozenset((hold_id, operation) for operation in gone)
    return answer(session, draft, Disruption(gone=places, is_forced=bool(gone)), now=now, more_hits=hits)


def _last_change(session: Session, hold_id: int) -> EventOutcome | None:
    """Give the newest change of an order, which made it what it is to be; None when it never changed."""
    known = list_outcomes(session, kind=EventKind.ORDER_CHANGED, hold_id=hold_id, limit=1)
    return replace(known[0], is_replayed=True) if known else None


def _changed_operations(session: Session, job: Job, booked: Hold, before: Job, *, now: datetime) -> set[int]:
    """Give the operations whose booking does not fit the changed job."""
    begun = _begun(session, booked, now=now)
    changed = set()
    for booking in booked.bookings:
        operation = job.operations[booking.operation]
        fits = operation.setup_family == booking.setup_family and any(
            (mode.unit_id, mode.work_minutes) == (booking.unit_id, booking.work_minutes) for mode in operation.modes
        )
        is_early = booking.start_minute < max(job.release_minute, operation.earliest_minute or 0)
        if fits and not is_early:
            continue
        if booking.operation in begun:
            if operation == before.operations[booking.operation]:
                continue
            raise JobStarted(f"{booking.operation_code} of {before.code} has begun and cannot change any more.",
                             hold_id=booked.id, job=before.code, operation=booking.operation)
        changed.add(booking.operation)
    return changed


def _begun(session: Session, booked: Hold, *, now: datetime) -> set[int]:
    """Give the operations of a job that have begun by plan, on units that were up then."""
    minute = first_minute_from(now)
    waiting = list_not_begun(session, minute=minute)
    return {booking.operation for booking in booked.bookings
            if booking.setup_start_minute < minute and booking.id not in waiting}


def report_order_canceled(
    session: Session, *, hold_id: int, report: Report, now: datetime, begun: Collection[int] = ()
) -> EventOutcome:
    """Record that an order is canceled, and free what has not begun of its work.

    Parameters
    ----------
    begun
        Operations that began ahead of their plan.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound
        No such job.
    JobStarted
        Every operation has begun, so there is nothing to free.
    """
    lock_area(session)
    require_readable(report)
    before = get_hold(session, hold_id=hold_id)
    draft = Draft(EventKind.ORDER_CANCELED, report, {"hold_id": hold_id, "job": before.job.code})
    known = find_answer(session, draft)
    if known is not None:
        return known
    after = cancel_job(session, hold_id=hold_id, now=now, begun=begun)
    live = {booking.operation for booking in after.bookings if booking.state.value in LIVE_STATES}
    freed = [_hit(booking, HitEffect.FREED) for booking in before.bookings
             if booking.state.value in LIVE_STATES and booking.operation not in live]
    return record(session, draft, now=now, hits=freed)


def report_order_replaced(
    session: Session, *, hold_id: int, replaced_by: str, report: Report, now: datetime
) -> EventOutcome:
    """Record that an order is another now and its work is planned anew: all its old places are freed, or none.

    Parameters
    ----------
    hold_id
        The old work.
    replaced_by
        Code of the job that stands in for it; the caller holds it in the same transaction.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound
        No such planned job.
    JobStarted
        An operation has begun, by plan or by report.
    """
    lock_area(session)
    require_readable(report)
    before = get_hold(session, hold_id=_live(session, hold_id).id)
    if _begun(session, before, now=now):
        raise JobStarted(f"Work on {before.job.code} has begun.", hold_id=hold_id, job=before.job.code)
    named = {"hold_id": hold_id, "job": before.job.code, "replaced_by": replaced_by}
    cancel_job(session, hold_id=hold_id, now=now)
    freed = [_hit(booking, HitEffect.FREED) for booking in before.bookings if booking.state.value in LIVE_STATES]
    return record(session, Draft(EventKind.ORDER_CHANGED, report, named), now=now, hits=freed)


def record_plan_published(
    session: Session, *, proposal_id: int | None, hold_ids: Collection[int], report: Report, now: datetime
) -> EventOutcome:
    """Record that a plan was put in force that moves promises which no other event names.

    Parameters
    ----------
    proposal_id
        The plan; None when it is not known.
    hold_ids
        The jobs whose promises move, at least one.
    now
        Aware UTC.
    """
    lock_area(session)
    draft = Draft(EventKind.PLAN_PUBLISHED, report, {"proposal": proposal_id, "holds": sorted(hold_ids)},
                  occasion=now.isoformat())
    known = find_answer(session, draft)
    if known is not None:
        return known
    hits = [_hit(booking, HitEffect.MOVED) for hold_id in sorted(hold_ids)
            for booking in get_hold(session, hold_id=hold_id).bookings]
    return record(session, draft, now=now, hits=hits, proposals=(proposal_id, None))


def ask_rush(
    session: Session, *, now: datetime, hold_id: int | None = None, job: Job | None = None
) -> RushQuestion:
    """Work out both answers for a rush order; nothing is stored.

    Parameters
    ----------
    hold_id
        A job that is booked already and is wanted earlier; or
    job
        a new one.
    now
        Aware UTC.

    Returns
    -------
    RushQuestion
        Answers that are None offer nothing: no gap fits, or making room gains no time.

    Raises
    ------
    HoldNotFound
        No such planned job.
    JobStarted
        Work on it has begun.
    ReportInvalid
        Neither or both of ``hold_id`` and ``job`` are given.
    JobInvalid
        No plants could make the job.
    DestinationUnknown
        The distance from a site to the destination is not known.
    """
    return _ask(session, now=now, hold_id=hold_id, job=job)[0]


def choose_rush(
    session: Session, *, way: RushWay, report: Report, expires_at: datetime, now: datetime,
    hold_id: int | None = None, job: Job | None = None, clock: Clock = time.perf_counter,
) -> tuple[EventOutcome, Hold]:
    """Take one of a rush order's answers: others make room and the order is booked, in one transaction or not at all.

    Parameters
    ----------
    way
        Which answer.
    expires_at
        Until when a new job's capacity is held.
    now
        Aware UTC.
    hold_id, job
        As for :func:`ask_rush`, which is asked again under the lock.
    clock
        Seconds that pass, for the time the answer took.

    Returns
    -------
    tuple of EventOutcome and Hold
        The event with everything that moved and the promises of others at risk after it, and the rush order's hold.

    Raises
    ------
    ProposalOutdated
        This answer is not to be had any more.
    HoldNotFound, JobStarted, ReportInvalid, JobInvalid, DestinationUnknown
        As for :func:`ask_rush`.
    """
    began = clock()
    lock_area(session)
    require_readable(report)
    named = {"hold_id": hold_id, "job": job.code if job is not None else None, "way": way.value}
    draft = Draft(EventKind.RUSH_ORDER, report, named, occasion=now.isoformat())
    known = find_answer(session, draft)
    if known is not None:
        return known, get_hold(session, hold_id=known.event.named["hold_id"] or known.hits[0].hold_id)
    question, task, own = _ask(session, now=now, hold_id=hold_id, job=job)
    chosen = question.options.no_move if way is RushWay.NO_MOVE else question.options.bump
    if chosen is None:
        raise ProposalOutdated("This answer is not to be had any more.", way=way.value, moved=[])
    changes = chosen.changes
    if own is not None:
        changes = (*changes, _own_change(own, get_hold(session, hold_id=own.hold_id), chosen.plan))
    before = [_change_hits(change, own) for change in changes]
    published = _publish(session, task, changes, own, now=now)
    if own is None:
        kept = hold(session, job=question.job, plan=chosen.plan, expires_at=expires_at, now=now)
        before.append([_hit(booking, HitEffect.CORRECTED) for booking in kept.bookings])
    else:
        kept = get_hold(session, hold_id=own.hold_id)
    hits = [hit for group in reversed(before) for hit in group]
    risks = risks_of(session, {hit.hold_id for hit in hits if hit.effect is HitEffect.MOVED}, now=now)
    milliseconds = round((clock() - began) * 1000)
    return record(session, draft, now=now, hits=hits, proposals=(published, None), risks=risks,
                  milliseconds=milliseconds), kept


def _ask(
    session: Session, *, now: datetime, hold_id: int | None, job: Job | None
) -> tuple[RushQuestion, Replanning, MovableJob | None]:
    if (hold_id is None) is (job is None):
        raise ReportInvalid("Name either a booked job or a new one.", field="hold_id")
    task = load_replanning(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    minute, units, legs = first_minute_from(now), _units(task.snapshot), task.snapshot.legs.leg
    task = replace(task, jobs=tuple(item for item in task.jobs if has_ways(units, item.planned, legs)))
    if job is not None:
        job = replace(job, release_minute=max(job.release_minute, minute))
        require_sound(job, units, legs, minute_at(now), task.snapshot.until_minute)
        return RushQuestion(job, price_rush(task.snapshot, job, task.jobs), None), task, None
    row = _live(session, hold_id or 0)
    booked = get_hold(session, hold_id=row.id)
    if _begun(session, booked, now=now) or any(booking.is_pinned for booking in booked.bookings):
        raise JobStarted(f"Work on {row.job_code} has begun or is pinned.", hold_id=row.id, job=row.job_code)
    wanted = replace(booked.job, release_minute=max(booked.job.release_minute, minute))
    # An order that is late already is what a rush is for.
    require_sound(replace(wanted, deadline_minute=None), units, legs, minute_at(now), task.snapshot.until_minute)
    floor = first_minute_from(row.expires_at) if row.state == "held" else minute
    own = MovableJob(row.id, PlannedJob(booked.job, tuple(booking.placement for booking in booked.bookings)),
                     tuple(booking.id for booking in booked.bookings), max(minute, floor))
    others = tuple(item for item in task.jobs if item.hold_id != row.id)
    options = price_rush(without_bookings(task.snapshot, booked.bookings), wanted, others)
    return RushQuestion(wanted, options, row.id), replace(task, jobs=(*others, own)), own


def _units(snapshot: Snapshot) -> dict[int, WorkUnit]:
    return {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}


def _own_change(own: MovableJob, booked: Hold, plan: Plan) -> JobChange:
    """Give the rush order's own change, when it is booked already."""
    job, before = own.planned.job, own.planned.placements
    moved = tuple(old.operation for old, new in zip(before, plan.placements, strict=True)
                  if (old.unit_id, old.start_minute, old.end_minute)
                  != (new.unit_id, new.start_minute, new.end_minute))
    return JobChange(
        own.hold_id, job.code, before, plan.placements, moved, booked.arrival_minute, plan.arrival_minute,
        booked.cost_minor, plan.cost_minor, tardiness_minor(job, booked.arrival_minute),
        tardiness_minor(job, plan.arrival_minute),
    )


def _publish(
    session: Session, task: Replanning, changes: tuple[JobChange, ...], own: MovableJob | None, *, now: datetime
) -> int | None:
    """Put what moves for a rush order in force; None when nothing moves."""
    if not any(change.moved for change in changes):
        return None
    improvement = Improvement(changes, 0, 0, 0, task.snapshot.version)
    stored = save_proposal(session, task=task, improvement=improvement, now=now, kind="rush")
    publish_proposal(session, proposal_id=stored.id, now=now, may_break_promises=True)
    return stored.id


def _live(session: Session, hold_id: int) -> HoldRow:
    query = select(HoldRow).where(HoldRow.id == hold_id, HoldRow.state.in_(("held", "confirmed")))
    row = session.scalars(query.execution_options(populate_existing=True)).first() if 0 < hold_id < 2**63 else None
    if row is None:
        raise HoldNotFound("There is no such planned job.", hold_id=hold_id)
    return row


def _change_hits(change: JobChange, own: MovableJob | None) -> list[Hit]:
    is_own = own is not None and change.hold_id == own.hold_id
    effect = HitEffect.CORRECTED if is_own else HitEffect.MOVED
    return [Hit(change.hold_id, here.operation, here.unit_id, here.start_minute, here.end_minute, effect)
            for here in change.before if here.operation in change.moved]


def _hit(booking: Booking, effect: HitEffect) -> Hit:
    return Hit(booking.hold_id, booking.operation, booking.unit_id, booking.start_minute, booking.end_minute, effect)


__all__ = [
    "RushAnswer", "RushOptions", "RushQuestion", "RushWay", "ask_rush", "choose_rush", "record_plan_published",
    "report_order_canceled", "report_order_changed", "report_order_replaced",
]
