"""Use cases of re-planning: propose a better schedule, look at it, withdraw it; pin bookings.

Working out a proposal may take a minute, so its three parts can be called apart: read the problem in one
transaction, improve without any, store the proposal in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.board import is_standing
from scheduling.calendar import first_minute_from
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.codec import change_as_json, job_from_json
from scheduling.errors import JobStarted, ScheduleInvalid
from scheduling.improve import Improvement, JobChange, Progress, improve
from scheduling.problem import Job
from scheduling.publishing import Proposal, proposal_row, proposal_value
from scheduling.schedule import Booking, MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.store import (
    LIVE_STATES,
    bookings_query,
    load_snapshot,
    lock_area,
    next_version,
    read_bookings,
)
from scheduling.tables import BookingRow, HoldRow, ProposalRow
from scheduling.validation import violations

Json = Any
"""A stored change: its shape is what :func:`change_as_json` put there."""

DEFAULT_FROZEN = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Replanning:
    """What an improver works on: the snapshot and the jobs that may move."""

    snapshot: Snapshot
    jobs: tuple[MovableJob, ...]


def load_replanning(
    session: Session, *, now: datetime, frozen: timedelta = DEFAULT_FROZEN, horizon_days: int = LONGEST_HORIZON_DAYS
) -> Replanning:
    """Read what may move: live jobs with unstarted, unpinned work behind the frozen horizon.

    Parameters
    ----------
    now
        Aware UTC.
    frozen
        Work that begins within it stays, unless a breakdown took its place; so does everything that
        pinned or frozen work builds on.

    Returns
    -------
    Replanning
        Without jobs when nothing may move.
    """
    snapshot = load_snapshot(session, now=now, horizon_days=horizon_days)
    minute, floor = first_minute_from(now), first_minute_from(now + frozen)
    rows = session.execute(
        select(HoldRow.id, HoldRow.job, HoldRow.state, HoldRow.expires_at)
        .where(HoldRow.state.in_(("held", "confirmed")))
        .order_by(HoldRow.id)
    )
    holds = {row.id: row for row in rows}
    by_hold: dict[int, list[Booking]] = {}
    for booking in read_bookings(session, bookings_query().where(BookingRow.state.in_(LIVE_STATES))):
        by_hold.setdefault(booking.hold_id, []).append(booking)
    jobs = []
    for hold_id, row in holds.items():
        job, bookings = job_from_json(row.job), sorted(by_hold.get(hold_id, ()), key=lambda b: b.operation)
        if len(bookings) != len(job.operations):
            continue  # partly canceled
        stays = {b.operation for b in bookings if b.is_pinned or b.setup_start_minute < minute}
        stays |= {
            booking.operation
            for booking in bookings
            if booking.setup_start_minute < floor and is_standing(snapshot, job, booking.placement)
        }
        fixed = _with_inputs(job, stays)
        if len(fixed) == len(bookings):
            continue
        planned = PlannedJob(job, tuple(booking.placement for booking in bookings), fixed)
        ids = tuple(booking.id for booking in bookings)
        earliest = max(floor, first_minute_from(row.expires_at)) if row.state == "held" else floor
        jobs.append(MovableJob(hold_id, planned, ids, earliest))
    return Replanning(snapshot, tuple(jobs))


def _with_inputs(job: Job, positions: set[int]) -> frozenset[int]:
    """Give operations and everything they build on."""
    closed = set(positions)
    for index in reversed(range(len(job.operations))):
        if index in closed:
            closed.update(job.operations[index].predecessors)
    return frozenset(closed)


def propose_replan(
    session: Session,
    *,
    now: datetime,
    frozen: timedelta = DEFAULT_FROZEN,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    progress: Callable[[Progress], bool] = lambda _: True,
    kind: str = "improve",
) -> Proposal:
    """Work out a better schedule and store it as a proposal; nothing moves.

    Parameters
    ----------
    now
        Aware UTC.
    frozen
        See :func:`load_replanning`.
    seconds, iterations
        Bounds of the search; ``iterations=0`` repairs only.
    seed
        For repeatable results under an iteration bound.
    progress
        Called a few times a second; answering False stops and keeps the best.
    kind
        ``improve`` or ``repair``.

    Returns
    -------
    Proposal
        With the jobs that change; none when the present schedule is the best found.
    """
    task = load_replanning(session, now=now, frozen=frozen)
    outcome = improve(
        task.snapshot, task.jobs, seed=seed, iterations=iterations, seconds=seconds, progress=progress
    )
    return save_proposal(session, task=task, improvement=outcome, now=now, kind=kind)


def save_proposal(
    session: Session, *, task: Replanning, improvement: Improvement, now: datetime, kind: str = "improve"
) -> Proposal:
    """Store an improvement as a proposal, after a check that shares no code with the improver.

    Raises
    ------
    ScheduleInvalid
        The improvement breaks a rule of the plants; nothing is stored.
    """
    area = lock_area(session)
    changes = tuple(change for change in improvement.changes if change.moved or change.is_lost)
    _require_valid(task, changes)
    row = ProposalRow(
        area_id=area.id,
        kind=kind,
        state="open",
        base_version=improvement.version,
        proposed_at=now,
        moves=_moves(task, changes),
        changes=[change_as_json(change) for change in changes],
        objective_before_minor=improvement.objective_before_minor,
        objective_after_minor=improvement.objective_after_minor,
    )
    session.add(row)
    session.flush()
    return proposal_value(row)


def _require_valid(task: Replanning, changes: Sequence[JobChange]) -> None:
    units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
    jobs = {item.hold_id: item.planned for item in task.jobs}
    planned = []
    for change in changes:
        if change.is_lost:
            continue
        job = jobs[change.hold_id].job
        late = job.deadline_minute is not None and change.arrival_after_minute > job.deadline_minute
        planned.append(
            PlannedJob(
                replace(job, deadline_minute=None) if late else job, change.after, jobs[change.hold_id].fixed
            )
        )
    found = [
        item
        for item in violations(units, planned, task.snapshot.legs.leg, has_all_bookings=False)
        if not _is_past(item.job, item.operation, planned)
    ]
    if found:
        raise ScheduleInvalid(
            f"The proposal breaks a rule: {found[0].message}.",
            violations=[[item.code, item.job, item.operation, item.message] for item in found],
        )


def _is_past(job_code: str, operation: int, planned: Iterable[PlannedJob]) -> bool:
    """Fixed operations may lie before the horizon, where windows are no longer known."""
    return any(plan.job.code == job_code and operation in plan.fixed for plan in planned)


def _moves(task: Replanning, changes: Iterable[JobChange]) -> list[dict[str, Json]]:
    booking_ids = {item.hold_id: item.booking_ids for item in task.jobs}
    moves: list[dict[str, Json]] = []
    for change in changes:
        for operation in change.moved:
            old, new = change.before[operation], change.after[operation]
            moves.append(
                {
                    "booking_id": booking_ids[change.hold_id][operation],
                    "hold_id": change.hold_id,
                    "operation": operation,
                    "from": [old.unit_id, old.start_minute, old.end_minute],
                    "to": [new.unit_id, new.start_minute, new.end_minute, new.work_minutes],
                }
            )
    return moves


def get_proposal(session: Session, *, proposal_id: int) -> Proposal:
    """Give a proposal.

    Raises
    ------
    ProposalNotFound
        No such proposal.
    """
    return proposal_value(proposal_row(session, proposal_id))


def list_proposals(session: Session, *, state: str | None = None) -> tuple[Proposal, ...]:
    """List proposals, newest first; of one state when it is given."""
    query = select(ProposalRow).order_by(ProposalRow.id.desc())
    if state is not None:
        query = query.where(ProposalRow.state == state)
    return tuple(proposal_value(row) for row in session.scalars(query))


def withdraw_proposal(session: Session, *, proposal_id: int) -> Proposal:
    """Drop an open proposal; one that is closed already stays as it is."""
    row = proposal_row(session, proposal_id)
    if row.state == "open":
        row.state = "withdrawn"
        session.flush()
    return proposal_value(row)


def pin_booking(session: Session, *, booking_id: int, is_pinned: bool) -> None:
    """Pin a booking so that no proposal moves it, or let it go.

    Raises
    ------
    JobStarted
        There is no such live booking any more.
    """
    area = lock_area(session)
    row = session.get(BookingRow, booking_id, populate_existing=True)
    if row is None or row.state not in LIVE_STATES:
        raise JobStarted("This booking is not planned any more.", booking_id=booking_id)
    row.is_pinned = is_pinned
    row.changed_in_version = next_version(session, area)
    session.flush()
