"""What an event does to the plan: find what no longer stands, repair it locally, keep the repair as a proposal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scheduling import event_runs
from scheduling.at_risk import has_ways
from scheduling.board import is_standing
from scheduling.calendar import first_minute_from
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.codec import job_from_json
from scheduling.displacing import displaced, undisplaced
from scheduling.event_checks import list_not_begun
from scheduling.event_runs import Place, fit_runs, is_in_the_way, list_beside, list_interrupted
from scheduling.improve import JobChange, improve
from scheduling.problem import Job, Minute, Placement
from scheduling.publishing import publish_proposal
from scheduling.rebooking import Rebooking
from scheduling.replanning import Replanning, save_proposal
from scheduling.schedule import Booking, MovableJob, PlannedJob
from scheduling.schedule_event import Hit, HitEffect
from scheduling.snapshot import Snapshot
from scheduling.store import (
    LIVE_STATES,
    bookings_query,
    load_snapshot,
    lock_area,
    read_bookings,
)
from scheduling.tables import BookingRow, HoldRow
from scheduling.validation import arrival_minute


@dataclass(frozen=True, slots=True)
class Disruption:
    """What the world changed.

    Attributes
    ----------
    unit_ids, from_minute, until_minute
        Work units whose time changed, and in which stretch; what is booked there is looked at.
    gone
        Operations that have to leave their place, also when they should have begun by plan.
    runs
        What really happened, or will: runs that are not as booked. Whatever they leave no room for gives way at once.
    is_forced
        Whether ``gone`` operations leave their place at once, because nothing else is possible.
    """

    unit_ids: Collection[int] = ()
    from_minute: Minute = 0
    until_minute: Minute = 0
    gone: frozenset[Place] = frozenset()
    runs: Mapping[Place, Placement] = field(default_factory=dict)
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class LocalRepair:
    """What was hit, the proposals that repair it (put in force at once, and open), and the jobs as repaired.

    ``lost`` are ids of bookings that had to leave at once and found no other place.
    """

    snapshot: Snapshot
    hits: tuple[Hit, ...] = ()
    applied_proposal_id: int | None = None
    proposal_id: int | None = None
    jobs: tuple[MovableJob, ...] = ()
    lost: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Stand:
    """A live job as it stands: which of its operations have begun, are pinned, have to go, or should but are held."""

    hold_id: int
    planned: PlannedJob
    bookings: tuple[Booking, ...]
    earliest: Minute
    begun: set[int]
    pinned: set[int]
    gone: set[int] = field(default_factory=set)
    stuck: set[int] = field(default_factory=set)

    @property
    def held(self) -> set[int]:
        """Give what is pinned, and what pinned work builds on."""
        return _with_inputs(self.planned.job, self.pinned)

    def settle(self, gone_by_event: Collection[int]) -> None:
        """Let stay what pins hold, unless the event itself takes it away; begun work goes with its inputs."""
        wanted, held = set(self.gone), self.held
        self.gone = (wanted - held) | (set(gone_by_event) - self.pinned)
        for position, operation in enumerate(self.planned.job.operations):
            if position in self.begun - held and self.gone & set(operation.predecessors):
                self.gone.add(position)
        waiting = {position for position in held - self.gone
                   if self.gone & set(self.planned.job.operations[position].predecessors)}
        self.stuck = (wanted - self.gone) | waiting

    def movable(self) -> MovableJob:
        """Give the job to be placed again; what stays stuck waits for nothing that has to go."""
        job = self.planned.job
        if self.stuck:
            job = replace(job, operations=tuple(
                replace(operation, predecessors=tuple(p for p in operation.predecessors if p not in self.gone))
                if position in self.stuck else operation for position, operation in enumerate(job.operations)))
        fixed = frozenset(_with_inputs(job, (self.begun | self.pinned | self.stuck) - self.gone))
        return MovableJob(self.hold_id, replace(self.planned, job=job, fixed=fixed),
                          tuple(booking.id for booking in self.bookings), self.earliest)


def repair_locally(session: Session, disruption: Disruption, *, now: datetime) -> LocalRepair:
    """Find what a disruption hits and place only that, and what waits for it, again.

    What really happened is put in force at once, with what has to give way to it; everything else becomes an open
    proposal, which a person accepts or discards.

    Parameters
    ----------
    session
        Inside a writing transaction in which the change itself is stored already.
    disruption
        What changed.
    now
        Aware UTC; nothing is placed before it.

    Returns
    -------
    LocalRepair
        Without hits when the plan stands.

    Raises
    ------
    ScheduleInvalid
        The repair breaks a rule of the plants; nothing is stored.
    """
    lock_area(session)
    snapshot = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    interrupted = list_interrupted(
        session, snapshot, disruption.unit_ids, from_minute=disruption.from_minute,
        until_minute=disruption.until_minute, minute=first_minute_from(now))
    runs = {**interrupted, **disruption.runs}
    forced: list[Hit] = []
    applied = None
    is_forced = bool(runs) or disruption.is_forced
    if is_forced:
        forced, applied = _apply_runs(session, snapshot, runs, disruption.gone, now=now)
        snapshot = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    touched = _touched(session, disruption, now=now)
    stands = _load_stands(session, touched, now=now)
    _find_gone(stands, snapshot, frozenset() if is_forced else disruption.gone)
    hit = [stand for stand in stands if stand.gone]
    known = {(item.hold_id, item.operation) for item in forced if item.effect is HitEffect.STUCK}
    more = [item for item in (*_hits(stands, HitEffect.STUCK), *_hits(hit, HitEffect.DISPLACED))
            if (item.hold_id, item.operation) not in known]
    proposal_id, changes = _propose(session, snapshot, hit, now=now)
    others = load_jobs(session, {item.hold_id for item in forced} - touched, now=now)
    jobs = (*_planned_after(stands, changes), *others)
    return LocalRepair(snapshot, (*forced, *more), applied, proposal_id, jobs, _lost(jobs, forced))


def _lost(jobs: Iterable[MovableJob], forced: Iterable[Hit]) -> frozenset[int]:
    """Give the bookings that were forced from places in which they still stand, because there is no other."""
    left = {(hit.hold_id, hit.operation, hit.unit_id, hit.start_minute, hit.end_minute)
            for hit in forced if hit.effect is HitEffect.DISPLACED}
    return frozenset(
        booking_id for item in jobs
        for here, booking_id in zip(item.planned.placements, item.booking_ids, strict=True)
        if (item.hold_id, here.operation, here.unit_id, here.start_minute, here.end_minute) in left
    )


def _find_gone(stands: Iterable[_Stand], snapshot: Snapshot, gone: Collection[Place]) -> None:
    """Mark what no longer stands; what is pinned cannot leave."""
    for stand in stands:
        stand.gone |= {
            here.operation for here in stand.planned.placements
            if here.operation not in stand.begun and not is_standing(snapshot, stand.planned.job, here)
        }
        stand.gone |= {operation for hold_id, operation in gone if hold_id == stand.hold_id}
        stand.stuck = stand.gone & stand.pinned
        stand.gone -= stand.stuck


def _planned_after(stands: Iterable[_Stand], changes: Iterable[JobChange]) -> tuple[MovableJob, ...]:
    """Give the jobs as the repair leaves them; one that is lost stays where it cannot stand."""
    after = {change.hold_id: change.after for change in changes}
    return tuple(
        replace(item, planned=replace(item.planned, placements=after.get(stand.hold_id, item.planned.placements)))
        for stand in stands if (item := stand.movable())
    )


def _propose(
    session: Session, snapshot: Snapshot, hit: list[_Stand], *, now: datetime
) -> tuple[int | None, tuple[JobChange, ...]]:
    """Repair displaced jobs and keep the answer as an open proposal; no proposal when nothing moves.

    A job to a place that has left the network stays: no way of making it is known.
    """
    hit = [stand for stand in hit if _has_ways(snapshot, stand)]
    if not hit:
        return None, ()
    jobs = [stand.movable() for stand in hit]
    outcome = improve(
        snapshot, [displaced(job, stand.gone) for job, stand in zip(jobs, hit, strict=True)], iterations=0)
    changes = tuple(_as_booked(change, stand) for change, stand in
                    _paired(undisplaced(snapshot, jobs, outcome.changes), hit))
    if not changes:
        return None, ()
    stored = save_proposal(session, task=Replanning(snapshot, tuple(jobs)),
                           improvement=replace(outcome, changes=changes), now=now, kind="repair")
    return stored.id, changes


def _has_ways(snapshot: Snapshot, stand: _Stand) -> bool:
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    return has_ways(units, stand.planned, snapshot.legs.leg)


def _paired(changes: Iterable[JobChange], stands: Iterable[_Stand]) -> Iterable[tuple[JobChange, _Stand]]:
    by_hold = {stand.hold_id: stand for stand in stands}
    return ((change, by_hold[change.hold_id]) for change in changes)


def _as_booked(change: JobChange, stand: _Stand) -> JobChange:
    """Count a change from the stored bookings: runs that are corrected stay as booked until they are."""
    booked = {booking.operation: booking.placement for booking in stand.bookings}
    corrected = {here.operation for here in change.before if here != booked[here.operation]}
    return replace(
        change, before=tuple(booked[here.operation] for here in change.before),
        after=tuple(booked[here.operation] if here.operation in corrected else here for here in change.after),
    )


def _apply_runs(
    session: Session, snapshot: Snapshot, runs: Mapping[Place, Placement], gone: frozenset[Place], *, now: datetime
) -> tuple[list[Hit], int | None]:
    """Put what really happened in force: first whatever is in its way leaves, then the runs are corrected."""
    stands = _load_stands(session, {hold for hold, _ in (*runs, *gone)} | list_beside(session, runs.values()), now=now)
    wanted, runs = runs, fit_runs(session, runs, staying=[
        booking.id for stand in stands for booking in stand.bookings
        if booking.operation in stand.held and (stand.hold_id, booking.operation) not in gone])
    _correct(stands, runs, gone, snapshot, wanted=wanted)
    hit = [stand for stand in stands if stand.gone]
    blocked = _with_runs(snapshot, stands, runs)
    corrected = event_runs.list_corrected(session, runs)
    proposal_id, _ = _propose(session, blocked, hit, now=now)
    if proposal_id is not None:
        not_begun = frozenset((stand.hold_id, operation) for stand in hit for operation in stand.gone)
        publish_proposal(session, proposal_id=proposal_id, now=now, not_begun=not_begun, runs=runs)
    else:
        # What is lost has not left: a run ends where it begins, because no two bookings ever share a place.
        event_runs.correct_rows(session, fit_runs(session, runs))
    late = {hold_id for hold_id, _ in runs} | {stand.hold_id for stand in hit if stand.stuck}
    _update_arrivals(session, late, snapshot, now=now)
    return [*corrected, *_hits(stands, HitEffect.STUCK), *_hits(hit, HitEffect.DISPLACED)], proposal_id


def _correct(
    stands: Iterable[_Stand], runs: Mapping[Place, Placement], gone: frozenset[Place], snapshot: Snapshot,
    *, wanted: Mapping[Place, Placement],
) -> None:
    """Mark what cannot stand beside the runs: what overlaps them on their units, and followers that begin too early.

    ``wanted`` are the runs before they were cut at work that pins hold, so that this work is named.
    """
    for stand in stands:
        job, held = stand.planned.job, stand.held
        placements = list(stand.planned.placements)
        for position, here in enumerate(placements):
            run = runs.get((stand.hold_id, position))
            if run is not None:
                placements[position] = run
                stand.begun.add(position)
            elif (stand.hold_id, position) in gone or any(
                is_in_the_way(here, other) for other in (wanted if position in held else runs).values()
            ):
                stand.gone.add(position)
        stand.planned = replace(stand.planned, placements=tuple(placements))
        for position, operation in enumerate(job.operations):
            here = placements[position]
            for before in operation.predecessors:
                earlier = placements[before]
                if (stand.hold_id, before) not in runs or earlier.unit_id not in snapshot.timelines:
                    continue
                way = (snapshot.site_of(earlier.unit_id), _site(snapshot, here))
                if not snapshot.legs.knows(*way):
                    continue
                leg = snapshot.legs.leg(*way, job.load_grams)
                if here.start_minute < earlier.end_minute + leg.minutes:
                    stand.gone.add(position)
        stand.settle({operation for hold_id, operation in gone if hold_id == stand.hold_id})


def _site(snapshot: Snapshot, here: Placement) -> str:
    return snapshot.site_of(here.unit_id) if here.unit_id in snapshot.timelines else ""


def _with_runs(snapshot: Snapshot, stands: Iterable[_Stand], runs: Mapping[Place, Placement]) -> Snapshot:
    """Give the snapshot in which the runs take the time they really take."""
    scratch = Rebooking(snapshot)
    for stand in stands:
        for booking in stand.bookings:
            if booking.operation in stand.gone and booking.unit_id in snapshot.timelines:
                scratch.remove(booking.unit_id, booking.id)
    for stand in stands:
        for booking in stand.bookings:
            run = runs.get((stand.hold_id, booking.operation))
            if run is not None:
                scratch.force(booking.id, booking.unit_id, run)
    return scratch.changed()


def _update_arrivals(session: Session, hold_ids: Collection[int], snapshot: Snapshot, *, now: datetime) -> None:
    """Keep with each corrected job when it arrives now."""
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    for stand in _load_stands(session, hold_ids, now=now):
        hold = session.get(HoldRow, stand.hold_id)
        if hold is not None and _has_ways(snapshot, stand):
            hold.arrival_minute = arrival_minute(units, stand.planned, snapshot.legs.leg)


def _touched(session: Session, disruption: Disruption, *, now: datetime) -> set[int]:
    """Find the jobs with work ahead on the units in the stretch, or that must give way."""
    holds = {hold_id for hold_id, _ in disruption.gone}
    if disruption.unit_ids and disruption.from_minute < disruption.until_minute:
        query = select(BookingRow.hold_id).where(
            BookingRow.state.in_(LIVE_STATES),
            or_(BookingRow.unit_id.in_(disruption.unit_ids),
                BookingRow.secondary_unit_id.in_(disruption.unit_ids)),
            BookingRow.end_minute > max(disruption.from_minute, first_minute_from(now)),
            BookingRow.setup_start_minute < disruption.until_minute,
        )
        holds.update(session.scalars(query))
    return holds


def _load_stands(session: Session, hold_ids: Collection[int], *, now: datetime) -> list[_Stand]:
    """Read live jobs as they stand; partly canceled ones stay as they are and are left out."""
    minute = first_minute_from(now)
    live = BookingRow.state.in_(LIVE_STATES)
    by_hold: dict[int, list[Booking]] = {}
    for booking in read_bookings(session, bookings_query().where(live, BookingRow.hold_id.in_(hold_ids))):
        by_hold.setdefault(booking.hold_id, []).append(booking)
    rows = session.execute(
        select(HoldRow.id, HoldRow.job, HoldRow.state, HoldRow.expires_at)
        .where(HoldRow.id.in_(hold_ids), HoldRow.state.in_(("held", "confirmed"))).order_by(HoldRow.id)
    )
    stands, waiting = [], list_not_begun(session, minute=minute)
    for row in rows:
        job = job_from_json(row.job)
        bookings = tuple(sorted(by_hold.get(row.id, ()), key=lambda booking: booking.operation))
        if len(bookings) != len(job.operations):
            continue
        earliest = first_minute_from(row.expires_at) if row.state == "held" else minute
        begun = {booking.operation for booking in bookings
                 if booking.setup_start_minute < minute and booking.id not in waiting}
        stands.append(_Stand(
            row.id, PlannedJob(job, tuple(booking.placement for booking in bookings)), bookings,
            max(minute, earliest),
            begun=begun, pinned={booking.operation for booking in bookings if booking.is_pinned},
        ))
    return stands


def load_jobs(session: Session, hold_ids: Collection[int], *, now: datetime) -> tuple[MovableJob, ...]:
    """Give live jobs as they stand, begun and pinned operations fixed; partly canceled ones are left out."""
    return tuple(stand.movable() for stand in _load_stands(session, hold_ids, now=now))


def _with_inputs(job: Job, positions: set[int]) -> set[int]:
    closed = set(positions)
    for index in reversed(range(len(job.operations))):
        if index in closed:
            closed.update(job.operations[index].predecessors)
    return closed


def _hits(stands: Iterable[_Stand], effect: HitEffect) -> list[Hit]:
    return [
        Hit(stand.hold_id, booking.operation, booking.unit_id, booking.start_minute, booking.end_minute, effect)
        for stand in stands for booking in stand.bookings
        if booking.operation in (stand.stuck if effect is HitEffect.STUCK else stand.gone)
    ]

