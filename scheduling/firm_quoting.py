"""Use cases of the firm quote: re-optimize around every promise given, and hold what was found, whole or not at all.

Working it out may take a second or two, so its three parts are called apart: the first only reads, the second needs no
database at all, the third runs under the planning area's lock and finds out whether the world has moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.calendar import day_end_minute, first_minute_from, local_date, promise_day
from scheduling.capacity import HORIZON_DAYS, LONGEST_HORIZON_DAYS, get_hold, hold
from scheduling.day_earlier import EarlierDay, find_earlier_days
from scheduling.errors import HoldLost, NetworkMissing, ProposalOutdated
from scheduling.firm import (
    SECONDS,
    FirmOutcome,
    FirmQuote,
    FirmTask,
    Search,
    choose_movable,
    make_firm,
    plan_of,
    without_movable,
)
from scheduling.improve import Improvement
from scheduling.making_room import make_room
from scheduling.problem import Job, Minute
from scheduling.promise import Plan, promise
from scheduling.publishing import publish_proposal
from scheduling.reasons import ReasonChain, find_reasons
from scheduling.rebooking import without_bookings
from scheduling.replanning import Replanning, load_replanning, save_proposal
from scheduling.schedule import Hold
from scheduling.snapshot import Snapshot
from scheduling.store import area_network, find_area, load_snapshot
from scheduling.tables import BookingRow

FIRM = "firm"
"""Kind of the proposals that make room for a firm quote; they are put in force with its hold."""
MOST_EARLIER_DAYS = 30
_MOST_IDS = 900


@dataclass(frozen=True, slots=True)
class FirmLoad:
    """What a firm quote is worked out from: the task, and what may move as it was read."""

    task: FirmTask
    replanning: Replanning


@dataclass(frozen=True, slots=True)
class FirmDraft:
    """A firm quote worked out but not yet held."""

    load: FirmLoad
    quote: FirmQuote


def warm_up() -> None:
    """Load the solver, so that the first firm quote does not wait for it."""
    import_module("scheduling.solver.firm_quote")


def _solver() -> Search:
    """Give the solver's search: loaded on first use, never when a web process starts."""
    found: Search = import_module("scheduling.solver.firm_quote").search
    return found


def load_firm(
    session: Session, *, job: Job, inserted: Plan, now: datetime, without_holds: Collection[int] = ()
) -> FirmLoad:
    """Read what may make room for a plan that moves nothing; writes nothing.

    Parameters
    ----------
    session
        Only read.
    job, inserted
        What is promised, and the plan that a promise gave.
    now
        Aware UTC; what begins within the frozen horizon after it stays.
    without_holds
        Holds whose places count as free, because the job stands in for theirs; they are given back before it is held.

    Returns
    -------
    FirmLoad
        Without movable jobs when no earlier day is to be had, or nothing stands in the way.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    days = earlier_day_ends(session, job=job, plan=inserted)
    freed = [booking for hold_id in without_holds for booking in get_hold(session, hold_id=hold_id).bookings]
    snapshot = without_bookings(load_snapshot(session, now=now, horizon_days=HORIZON_DAYS), freed)
    hold_ids = _competing_holds(session, snapshot, job, inserted) - set(without_holds) if days else set()
    loaded = Replanning(snapshot, ())
    if hold_ids and inserted.end_minute < snapshot.until_minute:
        loaded = load_replanning(session, now=now, horizon_days=HORIZON_DAYS, hold_ids=hold_ids)
        loaded = replace(loaded, snapshot=without_bookings(loaded.snapshot, freed))
    movable = choose_movable(loaded.snapshot, job, inserted, loaded.jobs)
    floor = first_minute_from(now)
    return FirmLoad(FirmTask(loaded.snapshot, job, inserted, movable, floor, days), loaded)


def earlier_day_ends(session: Session, *, job: Job, plan: Plan) -> tuple[Minute, ...]:
    """Give the ends of the days before a plan's promise day on which the destination works, earliest first.

    Returns
    -------
    tuple of Minute
        At most the last :data:`MOST_EARLIER_DAYS`; empty when the plan could not be promised for an earlier day.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    network = area_network(area)
    site = next((site for site in network.sites if site.code == job.destination), network.sites[0])
    day, ends = promise_day(site, plan.arrival_minute), []
    for _ in range(MOST_EARLIER_DAYS):
        day -= timedelta(days=1)
        end = day_end_minute(site, day)
        if end <= job.release_minute:
            break
        if promise_day(site, end - 1) == day == local_date(site, end - 1):
            ends.append(end)
    return tuple(reversed(ends))


def _competing_holds(session: Session, snapshot: Snapshot, job: Job, inserted: Plan) -> set[int]:
    """Find the holds with bookings on the job's work units between its release and its inserted end."""
    keys: list[int] = []
    for unit_id in {mode.unit_id for operation in job.operations for mode in operation.modes}:
        if unit_id in snapshot.timelines:
            keys += (int(str(run.key)) for run in snapshot.timelines[unit_id].runs
                     if run.end_minute > job.release_minute and run.start_minute < inserted.end_minute)
    holds: set[int] = set()
    for start in range(0, len(keys), _MOST_IDS):
        query = select(BookingRow.hold_id).where(BookingRow.id.in_(keys[start : start + _MOST_IDS])).distinct()
        holds.update(session.scalars(query))
    return holds


def work_out_firm(load: FirmLoad, *, seconds: float = SECONDS, search: Search | None = None) -> FirmDraft:
    """Re-optimize for an earlier day of arrival at no higher cost, every promise given kept; needs no database.

    Parameters
    ----------
    load
        From :func:`load_firm`.
    seconds
        Time limit of the search.
    search
        Stands in for CP-SAT.

    Returns
    -------
    FirmDraft
        The plan is the inserted one when nothing better was found in time.
    """
    if not load.task.movable:
        return FirmDraft(load, FirmQuote(FirmOutcome.BEST_ALREADY, load.task.inserted))
    return FirmDraft(load, make_firm(load.task, (search or _solver(),), seconds=seconds))


def hold_firm(session: Session, *, draft: FirmDraft, code: str, expires_at: datetime, now: datetime) -> Hold:
    """Put in force what others move and hold the job, in one go; the caller rolls back when it raises.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    draft
        From :func:`work_out_firm`.
    code
        Names the job.
    expires_at, now
        As for :func:`scheduling.capacity.hold`.

    Returns
    -------
    Hold
        With its bookings; each move of others is logged with a proposal of kind :data:`FIRM`.

    Raises
    ------
    HoldLost
        Something that was to move, or the time left free for the job, has changed since; nothing is held.
    ScheduleInvalid
        The plan is not a plan for this job.
    """
    quote, task = draft.quote, draft.load.task
    with session.begin_nested():
        if quote.changes:
            _make_way(session, draft, now=now)
        return hold(session, job=replace(task.job, code=code), plan=quote.plan, expires_at=expires_at, now=now)


def _make_way(session: Session, draft: FirmDraft, *, now: datetime) -> None:
    changes = draft.quote.changes
    before = sum(change.cost_before_minor + change.tardiness_before_minor for change in changes)
    after = sum(change.cost_after_minor + change.tardiness_after_minor for change in changes)
    loaded = draft.load.replanning
    improvement = Improvement(changes, before, after, 0, loaded.snapshot.version)
    try:
        proposal = save_proposal(session, task=loaded, improvement=improvement, now=now, kind=FIRM)
        publish_proposal(session, proposal_id=proposal.id, now=now)
    except ProposalOutdated as outdated:
        raise HoldLost(
            "The time that others were to leave was taken meanwhile; ask for a new date.",
            job=draft.load.task.job.code, moved=outdated.detail["moved"],
        ) from outdated


def price_earlier_days(
    session: Session, *, job: Job, present: Plan, plans: tuple[Plan, ...], now: datetime, makes_room: bool = False
) -> tuple[EarlierDay, ...]:
    """Price the days before a plan's promise day; writes nothing.

    Parameters
    ----------
    session
        Only read.
    job, present, plans
        What is promised, the plan compared with, and every plan that moves nothing, from one promise.
    now
        Aware UTC.
    makes_room
        Whether others may make room, within their promises; that takes longer.

    Returns
    -------
    tuple of EarlierDay
        Earliest first; empty when there is no earlier day. When nobody is asked to make room, only the days that can
        be had are listed.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    days = earlier_day_ends(session, job=job, plan=present)
    if not days:
        return ()
    if not makes_room:
        snapshot = load_snapshot(session, now=now, horizon_days=HORIZON_DAYS)
        found = find_earlier_days(snapshot, job, present, plans=plans, movable=(), day_ends=days)
        return tuple(day for day in found if day.way is not None)
    task = load_firm(session, job=job, inserted=present, now=now).task
    return find_earlier_days(task.snapshot, job, present, plans=plans, movable=task.movable, day_ends=days,
                             searches=(make_room, _solver()))


def price_held_earlier(session: Session, *, hold_id: int, now: datetime) -> tuple[EarlierDay, ...]:
    """Price the days before the one that held or booked capacity arrives on; writes nothing.

    Parameters
    ----------
    session
        Only read.
    hold_id
        Whose work it is; its own bookings are free for it.
    now
        Aware UTC.

    Returns
    -------
    tuple of EarlierDay
        As for :func:`price_earlier_days`, with others making room; empty too when its work has begun or was freed.

    Raises
    ------
    HoldNotFound
        No such hold.
    NetworkMissing
        No network has been published.
    """
    kept = get_hold(session, hold_id=hold_id)
    own = load_replanning(session, now=now, horizon_days=HORIZON_DAYS, hold_ids=(hold_id,))
    if len(own.jobs) != 1 or own.jobs[0].planned.fixed:
        return ()
    planned = own.jobs[0].planned
    job = replace(planned.job, release_minute=max(planned.job.release_minute, first_minute_from(now)))
    present = plan_of(own.snapshot, planned.job, planned.placements)
    days = earlier_day_ends(session, job=job, plan=present)
    if not days or kept.arrival_minute >= own.snapshot.until_minute:
        return ()
    task = load_firm(session, job=job, inserted=present, now=now).task
    free = without_movable(task.snapshot, own.jobs)
    movable = tuple(item for item in task.movable if item.hold_id != hold_id)
    return find_earlier_days(free, job, present, plans=promise(free, job).plans, movable=movable, day_ends=days,
                             searches=(make_room, _solver()))


def explain_date(session: Session, *, job: Job, plan: Plan, now: datetime) -> ReasonChain:
    """Say what a plan's date hangs on; see :func:`scheduling.reasons.find_reasons`."""
    snapshot = load_snapshot(session, now=now, horizon_days=HORIZON_DAYS)
    if plan.end_minute >= snapshot.until_minute:
        snapshot = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
    return find_reasons(snapshot, job, plan)
