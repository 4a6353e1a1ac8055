"""What happens on the floor: operations end early or late, are scrapped, or wait for material.

Sessions come first and are never committed here; ``now`` is aware UTC. Each call takes the planning area's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduling.calendar import first_minute_from, minute_at
from scheduling.codec import job_as_json, job_from_json, modes_as_json, modes_from_json
from scheduling.errors import HoldNotFound, OperationNotBegun, OperationNotFound, ReportInvalid, ReportRepeated
from scheduling.event_answer import answer, require_near
from scheduling.event_checks import list_not_begun, list_real_runs
from scheduling.event_repair import Disruption
from scheduling.event_runs import Place, overlapping
from scheduling.event_store import Draft, find_answer, outcome_value, require_readable
from scheduling.event_tables import ScheduleEventHitRow, ScheduleEventRow
from scheduling.problem import Job, Minute, Mode, Placement
from scheduling.schedule_event import EventKind, EventOutcome, Hit, HitEffect, Report
from scheduling.store import LIVE_STATES, lock_area
from scheduling.tables import BookingRow, HoldRow

_WHOLE_MODES = "whole_modes"
"""Key in a stored job: what operations that are done again in part take for all pieces."""


def report_operation_finished(
    session: Session, *, hold_id: int, operation: int, ended_at_minute: Minute, report: Report, now: datetime,
    started_at_minute: Minute | None = None,
) -> EventOutcome:
    """Record when an operation really ended.

    Early: the rest of its time is free again. Late: what it left no room for, on its unit and in its own job, moves
    at once, because it cannot have begun.

    Parameters
    ----------
    hold_id, operation
        The job and the operation's position in it.
    ended_at_minute
        Not after ``now``.
    started_at_minute
        When it began, where that is known; None takes the plan's start.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound, OperationNotFound
        No such job or operation that is booked.
    OperationNotBegun
        It is planned for later, and nobody said that it began.
    ReportRepeated
        It was reported finished before, at another minute.
    ReportInvalid
        The end is in the future, too far back, or before the start.
    """
    lock_area(session)
    require_readable(report)
    hold, row = _booked(session, hold_id, operation)
    named = {**_names(hold, row), "ended_at_minute": ended_at_minute}
    draft = Draft(EventKind.OPERATION_FINISHED, report, named, occasion=str(row.id))
    before = _finished_event(session, row)
    if before is not None:
        if before.named["ended_at_minute"] == ended_at_minute:
            return replace(outcome_value(before), is_replayed=True)
        raise ReportRepeated("This operation was reported finished before, at another time.", hold_id=hold_id,
                             operation=operation, ended_at_minute=before.named["ended_at_minute"])
    require_near(ended_at_minute, field="ended_at_minute", now=now)
    if ended_at_minute > first_minute_from(now):
        raise ReportInvalid("An end in the future cannot be reported yet.", field="ended_at_minute")
    start = row.start_minute if started_at_minute is None else started_at_minute
    if started_at_minute is None and row.setup_start_minute > minute_at(now):
        raise OperationNotBegun(f"{row.operation_code} of {hold.job_code} has not begun.", hold_id=hold_id,
                                operation=operation)
    if start > ended_at_minute or (start == ended_at_minute and started_at_minute is None):
        raise ReportInvalid("It cannot end before it begins.", field="ended_at_minute")
    run = _actual_run(session, row, start, max(ended_at_minute, start + 1))
    if run is None:
        kept = Hit(hold_id, operation, row.unit_id, row.start_minute, row.end_minute, HitEffect.CORRECTED)
        return answer(session, draft, Disruption(), now=now, more_hits=[kept])
    return answer(session, draft, Disruption(runs={(hold_id, operation): run}), now=now)


def report_operation_scrapped(
    session: Session, *, hold_id: int, operation: int, scrapped_count: int, of_count: int, report: Report,
    now: datetime, earliest_minute: Minute | None = None,
) -> EventOutcome:
    """Record that pieces of an operation are spoiled: it is done again for them, and what follows it waits.

    The share of the work that is spoiled is planned again at once, for the operation and for what follows it and has
    begun; what follows and has not begun waits for it.

    Parameters
    ----------
    scrapped_count, of_count
        Spoiled pieces, at least 1, of so many.
    earliest_minute
        When material for the rework is there; None when it is.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound, OperationNotFound
        No such job or operation that is booked.
    OperationNotBegun
        It has not begun.
    ReportInvalid
        The counts or the date are out of bounds, or the cause is missing.
    """
    lock_area(session)
    require_readable(report)
    if not 1 <= scrapped_count <= of_count:
        raise ReportInvalid("At least one piece is scrapped, and at most all of them.", field="scrapped_count")
    if earliest_minute is not None:
        require_near(earliest_minute, field="earliest_minute", now=now)
    hold, row = _booked(session, hold_id, operation)
    named = {**_names(hold, row), "scrapped_count": scrapped_count, "of_count": of_count}
    draft = Draft(EventKind.OPERATION_SCRAPPED, report, named, occasion=f"{row.id} {row.start_minute}")
    known = find_answer(session, draft)
    if known is not None:
        return known
    job = job_from_json(hold.job)
    begun = _begun(session, hold, job, now=now)
    if operation not in begun and not row.is_pinned:
        raise OperationNotBegun(f"{row.operation_code} of {hold.job_code} has not begun.", hold_id=hold_id,
                                operation=operation)
    again = {operation} | (_after(job, operation) & begun)
    whole = _whole_modes(hold)
    rework = _for_rework(job, whole, again, scrapped_count, of_count, operation, earliest_minute)
    hold.job = _with_whole_modes(rework, {position: job.operations[position].modes for position in again} | whole)
    for booking in hold.bookings:
        if booking.operation in again:
            booking.is_pinned = False
    session.flush()
    waiting = again | _after(job, operation)
    gone: frozenset[Place] = frozenset((hold_id, position) for position in waiting)
    return answer(session, draft, Disruption(gone=gone, is_forced=True), now=now)


def report_material_late(
    session: Session, *, hold_id: int, operation: int, earliest_minute: Minute, report: Report, now: datetime
) -> EventOutcome:
    """Record when the material of an operation will be there; a repair is proposed when it comes too late for the plan.

    Parameters
    ----------
    earliest_minute
        Replaces the date known before, also by an earlier one.
    now
        Aware UTC.

    Raises
    ------
    HoldNotFound, OperationNotFound
        No such job or operation that is booked.
    ReportRepeated
        The operation has begun, so its material is there.
    ReportInvalid
        The date is out of bounds, or the cause is missing.
    """
    lock_area(session)
    require_readable(report)
    require_near(earliest_minute, field="earliest_minute", now=now)
    hold, row = _booked(session, hold_id, operation)
    draft = Draft(EventKind.MATERIAL_LATE, report, {**_names(hold, row), "earliest_minute": earliest_minute})
    known = find_answer(session, draft)
    if known is not None:
        return known
    job = job_from_json(hold.job)
    if operation in _begun(session, hold, job, now=now):
        raise ReportRepeated(f"{row.operation_code} of {hold.job_code} has begun; its material is there.",
                             hold_id=hold_id, operation=operation)
    operations = list(job.operations)
    operations[operation] = replace(operations[operation], earliest_minute=earliest_minute)
    hold.job = _with_whole_modes(replace(job, operations=tuple(operations)), _whole_modes(hold))
    session.flush()
    gone = frozenset({(hold_id, operation)}) if row.start_minute < earliest_minute else frozenset()
    return answer(session, draft, Disruption(gone=gone), now=now)


def _booked(session: Session, hold_id: int, operation: int) -> tuple[HoldRow, BookingRow]:
    hold = session.get(HoldRow, hold_id, populate_existing=True) if 0 < hold_id < 2**63 else None
    if hold is None or hold.state not in {"held", "confirmed"}:
        raise HoldNotFound("There is no such planned job.", hold_id=hold_id)
    session.refresh(hold, ["bookings"])
    for row in hold.bookings:
        if row.operation == operation and row.state in LIVE_STATES:
            return hold, row
    raise OperationNotFound(f"{hold.job_code} has no such operation that is booked.", hold_id=hold_id,
                            operation=operation)


def _begun(session: Session, hold: HoldRow, job: Job, *, now: datetime) -> set[int]:
    """Give the operations of a job that have begun: by plan, on units that were up then, or by report.

    Work that was reported to have begun ahead of its plan is pinned, and all its inputs were reported finished.
    """
    minute = first_minute_from(now)
    waiting, real = list_not_begun(session, minute=minute), list_real_runs(session)
    live = [booking for booking in hold.bookings if booking.state in LIVE_STATES]
    finished = {booking.operation for booking in live if booking.id in real and booking.end_minute <= minute}
    by_plan = {booking.operation for booking in live
               if booking.setup_start_minute < minute and booking.id not in waiting}
    return by_plan | {
        booking.operation for booking in live if booking.is_pinned
        and (inputs := job.operations[booking.operation].predecessors) and finished.issuperset(inputs)
    }


def _names(hold: HoldRow, row: BookingRow) -> dict[str, object]:
    return {"hold_id": hold.id, "job": hold.job_code, "operation": row.operation,
            "operation_code": row.operation_code}


def _finished_event(session: Session, row: BookingRow) -> ScheduleEventRow | None:
    """Give the report that an operation is finished, unless it was scrapped since."""
    query = (
        select(ScheduleEventRow)
        .where(ScheduleEventRow.kind.in_((EventKind.OPERATION_FINISHED.value, EventKind.OPERATION_SCRAPPED.value)),
               ScheduleEventRow.hits.any((ScheduleEventHitRow.hold_id == row.hold_id)
                                         & (ScheduleEventHitRow.operation == row.operation)))
        .order_by(ScheduleEventRow.id.desc())
    )
    for found in session.scalars(query):
        if found.kind == EventKind.OPERATION_SCRAPPED.value:
            return None
        if (found.named["hold_id"], found.named["operation"]) == (row.hold_id, row.operation):
            return found
    return None


def _actual_run(session: Session, row: BookingRow, start: Minute, end: Minute) -> Placement | None:
    """Give the run that really was, as far as no other begun work stands in its time; None when that leaves nothing."""
    others = session.execute(
        select(BookingRow.unit_id, BookingRow.setup_start_minute, BookingRow.start_minute, BookingRow.end_minute,
               BookingRow.is_pinned)
        .where(overlapping(row.unit_id, row.secondary_unit_id, start, end), BookingRow.id != row.id)
    ).all()
    for unit_id, setup_start, run_start, other_end, is_pinned in others:
        other_start = setup_start if unit_id == row.unit_id else run_start
        if other_start < row.start_minute or (is_pinned and other_start < start):
            start = max(start, other_end)
        elif is_pinned:
            end = min(end, other_start)
    if start >= end:
        return None
    return Placement(row.operation, row.unit_id, _actual_setup(session, row, start), start, end,
                     min(row.work_minutes, end - start), row.setup_family, row.secondary_unit_id)


def _actual_setup(session: Session, row: BookingRow, start: Minute) -> Minute:
    """Give when the setup of a run began: with a run that began late it moves too, but not before what ran last."""
    if start <= row.start_minute:
        return min(row.setup_start_minute, start)
    last_end = session.scalar(
        select(func.max(BookingRow.end_minute))
        .where(BookingRow.unit_id == row.unit_id, BookingRow.state.in_(LIVE_STATES), BookingRow.id != row.id,
               BookingRow.setup_start_minute < start, BookingRow.end_minute <= start)
    )
    setup_start = start - (row.start_minute - row.setup_start_minute)
    return setup_start if last_end is None else max(setup_start, last_end)


def _after(job: Job, position: int) -> set[int]:
    """Give everything that builds on an operation."""
    found: set[int] = set()
    for index, operation in enumerate(job.operations):
        if set(operation.predecessors) & ({position} | found):
            found.add(index)
    return found


def _whole_modes(hold: HoldRow) -> dict[int, tuple[Mode, ...]]:
    """Give the modes that operations had before any rework, by position, of those that are done again."""
    return {int(position): modes_from_json(modes) for position, modes in hold.job.get(_WHOLE_MODES, {}).items()}


def _with_whole_modes(job: Job, whole: Mapping[int, Sequence[Mode]]) -> dict[str, Any]:
    """Give a job as it is stored, and what its operations take where all pieces are made."""
    kept = {str(position): modes_as_json(modes) for position, modes in sorted(whole.items())}
    return {**job_as_json(job), _WHOLE_MODES: kept} if kept else job_as_json(job)


def _for_rework(
    job: Job, whole: Mapping[int, tuple[Mode, ...]], again: set[int], scrapped_count: int, of_count: int,
    position: int, earliest_minute: Minute | None,
) -> Job:
    """Give the job in which what is done again takes its share of the time and money, whole minutes rounded up.

    The share is of what all pieces take, also where a rework is done again.
    """

    def share(mode: Mode) -> Mode:
        return replace(mode, work_minutes=-(-mode.work_minutes * scrapped_count // of_count),
                       cost_minor=-(-mode.cost_minor * scrapped_count // of_count),
                       co2_grams=-(-mode.co2_grams * scrapped_count // of_count))

    return replace(job, operations=tuple(
        replace(operation, modes=tuple(share(mode) for mode in whole.get(index, operation.modes)),
                earliest_minute=earliest_minute if index == position else operation.earliest_minute)
        if index in again else operation
        for index, operation in enumerate(job.operations)
    ))
