"""Use cases of re-planning: propose a better schedule, look at it, withdraw it; pin bookings.

Working out a proposal may take a minute, so its three parts can be called apart: read the problem in one
transaction, improve without any, store the proposal in another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.board import is_standing
from scheduling.calendar import first_minute_from, minute_at
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.codec import change_as_json, job_from_json
from scheduling.errors import JobStarted, ScheduleInvalid
from scheduling.event_checks import list_not_begun
from scheduling.improve import Improvement, JobChange, improve
from scheduling.kpis import target_minute
from scheduling.plan_comparison import Fate, OrderEffect, OrderFigures, Side, compare_plans
from scheduling.problem import Job, Minute, Weights
from scheduling.publishing import Proposal, proposal_row, proposal_value
from scheduling.scenario_codec import kpis_as_json, prices_as_json, terms_as_json, weights_as_json
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
    """What an improver works on: the snapshot, the jobs that may move, and all live jobs by hold id."""

    snapshot: Snapshot
    jobs: tuple[MovableJob, ...]
    planned: Mapping[int, PlannedJob] = field(default_factory=dict)
    frozen: timedelta = DEFAULT_FROZEN


def load_replanning(
    session: Session, *, now: datetime, frozen: timedelta = DEFAULT_FROZEN, horizon_days: int = LONGEST_HORIZON_DAYS,
    hold_ids: Collection[int] | None = None,
) -> Replanning:
    """Read what may move: live jobs with unstarted, unpinned work behind the frozen horizon.

    Parameters
    ----------
    now
        Aware UTC.
    frozen
        Work that begins within it stays, unless a breakdown took its place; so does everything that
        pinned or frozen work builds on.
    hold_ids
        Only these jobs; None for all.

    Returns
    -------
    Replanning
        Without jobs when nothing may move.
    """
    snapshot = load_snapshot(session, now=now, horizon_days=horizon_days)
    minute, floor = first_minute_from(now), first_minute_from(now + frozen)
    rows = session.execute(
        select(HoldRow.id, HoldRow.job, HoldRow.state, HoldRow.expires_at)
        .where(HoldRow.state.in_(("held", "confirmed")), *([HoldRow.id.in_(hold_ids)] if hold_ids is not None else []))
        .order_by(HoldRow.id)
    )
    holds = {row.id: row for row in rows}
    by_hold: dict[int, list[Booking]] = {}
    query = bookings_query().where(BookingRow.state.in_(LIVE_STATES))
    for booking in read_bookings(session, query if hold_ids is None else query.where(BookingRow.hold_id.in_(holds))):
        by_hold.setdefault(booking.hold_id, []).append(booking)
    jobs: list[MovableJob] = []
    standing: dict[int, PlannedJob] = {}
    waiting = list_not_begun(session, minute=minute)
    for hold_id, row in holds.items():
        job, bookings = job_from_json(row.job), sorted(by_hold.get(hold_id, ()), key=lambda b: b.operation)
        if len(bookings) != len(job.operations):
            continue  # partly canceled
        fixed = _fixed(snapshot, job, bookings, waiting, minute=minute, floor=floor)
        standing[hold_id] = PlannedJob(job, tuple(booking.placement for booking in bookings), fixed)
        if len(fixed) < len(bookings):
            ids = tuple(booking.id for booking in bookings)
            earliest = max(floor, first_minute_from(row.expires_at)) if row.state == "held" else floor
            jobs.append(MovableJob(hold_id, standing[hold_id], ids, earliest))
    return Replanning(snapshot, tuple(jobs), standing, frozen)


def _fixed(
    snapshot: Snapshot, job: Job, bookings: Sequence[Booking], waiting: set[int], *, minute: Minute, floor: Minute
) -> frozenset[int]:
    """Give what stays of a job: what is pinned, begun or frozen, and everything that it builds on."""
    passed = [booking for booking in bookings if booking.id not in waiting]
    stays = {b.operation for b in bookings if b.is_pinned} | {
        b.operation for b in passed if b.setup_start_minute < minute}
    stays |= {
        booking.operation
        for booking in passed
        if booking.setup_start_minute < floor and is_standing(snapshot, job, booking.placement)
    }
    return _with_inputs(job, stays)


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
    kind: str = "improve",
    weights: Weights = Weights(),  # noqa: B008  # a frozen value
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
    kind
        ``improve`` or ``repair``.
    weights
        Prices of the objective's terms.

    Returns
    -------
    Proposal
        With the jobs that change; none when the present schedule is the best found.
    """
    task = load_replanning(session, now=now, frozen=frozen)
    outcome = improve(
        task.snapshot, task.jobs, seed=seed, iterations=iterations, seconds=seconds, weights=weights
    )
    return save_proposal(session, task=task, improvement=outcome, now=now, kind=kind, weights=weights)


def save_proposal(
    session: Session,
    *,
    task: Replanning,
    improvement: Improvement,
    now: datetime,
    kind: str = "improve",
    weights: Weights = Weights(),  # noqa: B008  # a frozen value
) -> Proposal:
    """Store an improvement as a proposal, after a check that shares no code with the improver.

    Parameters
    ----------
    task
        What was improved.
    improvement
        The best schedule found.
    now
        Aware UTC.
    kind
        ``improve`` or ``repair``.
    weights
        Prices that it was found with; kept with its terms, bound, prices of capacity and key figures.

    Raises
    ------
    ScheduleInvalid
        The improvement breaks a rule of the plants; nothing is stored.
    """
    changes = tuple(change for change in improvement.changes if change.moved or change.is_lost)
    require_valid(task, changes)
    before, after = sides(task, changes)
    comparison = compare_plans(before, after, from_minute=minute_at(now), weights=weights)
    effects = {effect.hold_id: effect for effect in comparison.orders}
    area = lock_area(session)  # after the long work, so that nobody waits for it
    row = ProposalRow(
        area_id=area.id,
        kind=kind,
        state="open",
        base_version=improvement.version,
        proposed_at=now,
        moves=list_moves(task, changes),
        changes=[change_as_json(change) for change in changes],
        objective_before_minor=improvement.objective_before_minor,
        objective_after_minor=improvement.objective_after_minor,
        weights=weights_as_json(weights),
        terms=_terms(improvement),
        lower_bound_minor=improvement.lower_bound_minor,
        prices=prices_as_json(improvement.prices) if improvement.prices else None,
        iterations=improvement.iterations,
        frozen_minutes=int(task.frozen.total_seconds()) // 60,
        co2_grams={str(change.hold_id): _grams(effects.get(change.hold_id)) for change in changes},
        kpis={"before": kpis_as_json(comparison.kpis_before), "after": kpis_as_json(comparison.kpis_after)},
    )
    session.add(row)
    session.flush()
    return proposal_value(row)


def sides(task: Replanning, changes: Iterable[JobChange]) -> tuple[Side, Side]:
    """Give the plan as it stands and as it would stand with changes, all live jobs in both."""
    units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
    planned = {**{item.hold_id: item.planned for item in task.jobs}, **task.planned}
    after = dict(planned)
    for change in changes:
        after[change.hold_id] = replace(planned[change.hold_id], placements=change.after)
    lost = frozenset(change.hold_id for change in changes if change.is_lost)
    legs = task.snapshot.legs.leg
    return Side(planned, units, legs), Side(after, units, legs, lost)


def _terms(improvement: Improvement) -> dict[str, dict[str, int]] | None:
    """Give the terms as they are stored; None when the improver told none."""
    if not improvement.terms_before.total_minor and not improvement.terms_after.total_minor:
        return None
    return {"before": terms_as_json(improvement.terms_before), "after": terms_as_json(improvement.terms_after)}


def _grams(effect: OrderEffect | None) -> list[int]:
    """Give the CO2 of an order before and after, the same twice while it fits nowhere."""
    if effect is None or effect.before is None:
        return [0, 0]
    return [effect.before.co2_grams, (effect.after or effect.before).co2_grams]


def require_valid(task: Replanning, changes: Sequence[JobChange]) -> None:
    """Check changes against every rule of the plants; raise ScheduleInvalid for the first that is broken."""
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


def list_moves(task: Replanning, changes: Iterable[JobChange]) -> list[dict[str, Json]]:
    """List the bookings that changes move: from where, to where."""
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
                    "to": [new.unit_id, new.start_minute, new.end_minute, new.work_minutes, new.secondary_unit_id],
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


def list_effects(session: Session, *, proposal: Proposal) -> tuple[OrderEffect, ...]:
    """Say what a proposal does to each order that it touches.

    Parameters
    ----------
    session
        Only read: due dates and promises of the orders, as long as they are live.
    proposal
        In any state.

    Returns
    -------
    tuple of OrderEffect
        In the order of its changes; tardiness is 0 for an order that has no date or is not live any more.
    """
    query = select(HoldRow.id, HoldRow.job).where(HoldRow.id.in_([change.hold_id for change in proposal.changes]))
    targets = {hold_id: target_minute(job_from_json(document)) for hold_id, document in session.execute(query)}
    return tuple(_effect(change, targets.get(change.hold_id), proposal.co2_grams) for change in proposal.changes)


def _effect(
    change: JobChange, target: Minute | None, co2_grams: Mapping[int, tuple[int, int]]
) -> OrderEffect:
    grams_before, grams_after = co2_grams.get(change.hold_id, (0, 0))

    def figures(arrival: Minute, cost_minor: int, grams: int) -> OrderFigures:
        return OrderFigures(arrival, 0 if target is None else max(0, arrival - target), cost_minor, grams)

    after = figures(change.arrival_after_minute, change.cost_after_minor, grams_after)
    return OrderEffect(
        change.hold_id, change.job_code, Fate.LOST if change.is_lost else Fate.STAYS, len(change.moved),
        figures(change.arrival_before_minute, change.cost_before_minor, grams_before),
        None if change.is_lost else after,
    )


def list_proposals(
    session: Session, *, state: str | None = None, limit: int | None = None
) -> tuple[Proposal, ...]:
    """List proposals, newest first; of one state, and at most so many, when they are given."""
    query = select(ProposalRow).order_by(ProposalRow.id.desc()).limit(limit)
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
