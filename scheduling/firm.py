"""The firm quote: a job inserted between promises, then re-optimized around them, every one of them kept.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. The search itself is a parameter: a function from a task to
placements, as ``scheduling.solver.firm_quote`` has one. What it answers is checked here by code that shares nothing
with it; the inserted plan stands whenever there is no better right answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from typing import Protocol

from scheduling.board import is_moved
from scheduling.improve import JobChange
from scheduling.problem import Job, Minute, Placement
from scheduling.promise import Plan, Wait, promise
from scheduling.rebooking import Rebooking
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.timeline import Timeline
from scheduling.validation import arrival_minute, job_cost_minor, tardiness_minor, violations

logger = logging.getLogger(__name__)

SECONDS = 1.6
"""Time limit of one firm quote's search, in all."""
MOST_MOVABLE_OPERATIONS = 64
"""Operations of other jobs that one firm quote may move, so that the search ends within its time."""
FEW_MOVABLE_OPERATIONS = 24
"""As many are tried first: when they make room enough, little moves."""


@dataclass(frozen=True, slots=True)
class FirmTask:
    """A job to be promised, the plan that moves nothing, and the jobs that may make room for it.

    Attributes
    ----------
    snapshot
        Holds the movable jobs' bookings by row id.
    job
        The new job.
    inserted
        Its plan that moves nothing; the answer is never later, dearer or dirtier.
    movable
        Jobs that may move, each within its own promise and its own cost.
    floor_minute
        No setup begins before it.
    day_ends
        Minutes, ascending: arriving between the same two is equally good. None: every minute counts.
    """

    snapshot: Snapshot
    job: Job
    inserted: Plan
    movable: tuple[MovableJob, ...]
    floor_minute: Minute
    day_ends: tuple[Minute, ...] | None = None
    may_cost_more: bool = False
    """Whether the new job, or others for its sake, may cost and emit more than now."""

    def limit(self, index: int) -> Minute:
        """Give the latest arrival of a movable job: its promise, or its present arrival where that is later or all."""
        planned = self.movable[index].planned
        units = {unit_id: line.unit for unit_id, line in self.snapshot.timelines.items()}
        present = arrival_minute(units, planned, self.snapshot.legs.leg)
        return max(present, planned.job.deadline_minute or present)


@dataclass(frozen=True, slots=True)
class FirmAnswer:
    """What a search found: the new job's placements, and those of each movable job, in the task's order."""

    placements: tuple[Placement, ...]
    others: tuple[tuple[Placement, ...], ...]
    is_proved: bool = False
    """Whether no better answer exists among the movable jobs."""


class FirmOutcome(StrEnum):
    """How a firm quote came about."""

    IMPROVED = "improved"
    """Others made room within their promises."""
    BEST_ALREADY = "best_already"
    """The inserted plan is as good as if the movable jobs did not exist."""
    NOTHING_BETTER = "nothing_better"
    """The search found nothing better in its time."""
    SEARCH_FAILED = "search_failed"
    """The search raised, or its answer broke a rule; the inserted plan stands."""


@dataclass(frozen=True, slots=True)
class FirmQuote:
    """The plan to hold, and what other jobs have to move for it.

    ``changes`` are empty when nothing moves; ``gain_minutes`` is how much earlier it arrives than the inserted plan.
    """

    outcome: FirmOutcome
    plan: Plan
    changes: tuple[JobChange, ...] = ()
    gain_minutes: int = 0
    is_proved: bool = False


class Search(Protocol):
    """Gives a schedule of the new job and the movable ones, or None when it knows none better."""

    def __call__(self, task: FirmTask, *, seconds: float) -> FirmAnswer | None:
        """Search for so many seconds at most."""


def make_firm(
    task: FirmTask, searches: Sequence[Search], *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
) -> FirmQuote:
    """Re-optimize around an inserted plan; every promise given stays.

    Each search is asked with a few jobs that may make room, then with all of the task's; the first that leaves no
    earlier day to hope for ends it.

    Parameters
    ----------
    task
        What to promise, and what may move for it, the most helpful first.
    searches
        Quick ones first. Whatever one raises or answers wrongly, the inserted plan stands.
    seconds
        Time limit in all.
    clock
        Seconds that pass.

    Returns
    -------
    FirmQuote
        Valid by :mod:`scheduling.validation`, and never worse than the inserted plan.
    """
    best = FirmQuote(FirmOutcome.BEST_ALREADY, task.inserted)
    goal = empty_lateness(task) if task.movable else None
    if goal is None or goal >= lateness(task, task.inserted.arrival_minute):
        return best
    best, until = replace(best, outcome=FirmOutcome.NOTHING_BETTER), clock() + seconds
    few = _first(task.movable, FEW_MOVABLE_OPERATIONS)
    sizes = (few, task.movable) if few and len(few) < len(task.movable) else (task.movable,)
    for search, movable in product(searches, sizes):
        left = until - clock()
        if left <= 0 or lateness(task, best.plan.arrival_minute) <= goal:
            break
        found = _try(replace(task, movable=movable), search, left if movable is task.movable else left / 3)
        if _is_better(task, found.plan, best.plan) or best.outcome is not FirmOutcome.IMPROVED:
            best = found
    return best


def _try(task: FirmTask, search: Search, seconds: float) -> FirmQuote:
    """Search once and check what comes; the inserted plan when nothing right and better does."""
    as_inserted = FirmQuote(FirmOutcome.NOTHING_BETTER, task.inserted)
    try:
        answer = search(task, seconds=seconds)
        found = None if answer is None else _read(task, answer)
    except Exception:
        logger.exception("the firm quote of %s stays as inserted", task.job.code)
        return replace(as_inserted, outcome=FirmOutcome.SEARCH_FAILED)
    if found is None or not _is_better(task, found.plan, task.inserted):
        return as_inserted
    wrong = _faults(task, found)
    if wrong:
        logger.error("the firm quote of %s stays as inserted: %s", task.job.code, wrong[0])
        return replace(as_inserted, outcome=FirmOutcome.SEARCH_FAILED)
    return found


def _first(movable: Sequence[MovableJob], most_operations: int) -> tuple[MovableJob, ...]:
    """Give the first jobs that have so many movable operations in all."""
    chosen, room = [], most_operations
    for item in movable:
        size = len(item.planned.placements) - len(item.planned.fixed)
        if size <= room:
            chosen.append(item)
            room -= size
    return tuple(chosen)


def empty_lateness(task: FirmTask) -> int | None:
    """Rank the arrival, within the inserted plan's cost and emissions, if no movable job stood in the way.

    It is what a search hopes for, and no proof: operations of the job that share a unit may do better still. None
    when no such plan is found.
    """
    empty = promise(without_movable(task.snapshot, task.movable), replace(task.job, deadline_minute=None))
    return min((lateness(task, plan.arrival_minute) for plan in empty.plans if _is_affordable(task, plan)),
               default=None)


def without_movable(snapshot: Snapshot, movable: Iterable[MovableJob]) -> Snapshot:
    """Give a snapshot in which what may move is not there."""
    lines: dict[int, Timeline] = {}
    for item in movable:
        for placement, booking_id in zip(item.planned.placements, item.booking_ids, strict=True):
            if placement.operation in item.planned.fixed:
                continue
            for unit_id in (placement.unit_id, placement.secondary_unit_id):
                if unit_id is None or unit_id not in snapshot.timelines:
                    continue
                line = lines.get(unit_id) or snapshot.timelines[unit_id].copy()
                if booking_id in line:
                    line.remove(booking_id)
                lines[unit_id] = line
    return snapshot.replaced(lines)


def lateness(task: FirmTask, arrival: Minute) -> int:
    """Rank an arrival: the number of its day among the task's, or the minute itself; less is better."""
    return arrival if task.day_ends is None else sum(arrival > end for end in task.day_ends)


def choose_movable(
    snapshot: Snapshot, job: Job, inserted: Plan, candidates: Sequence[MovableJob],
    *, most_operations: int = MOST_MOVABLE_OPERATIONS,
) -> tuple[MovableJob, ...]:
    """Choose the jobs whose moving may help most: those that stand where the new job waits.

    Parameters
    ----------
    snapshot
        Only read.
    job, inserted
        The new job and its plan that moves nothing.
    candidates
        Jobs that may move.
    most_operations
        Operations of the chosen jobs in all.

    Returns
    -------
    tuple of MovableJob
        Those with most working minutes in the way first; empty when none competes.
    """
    ways = _ways(job, inserted)
    scored = []
    for position, item in enumerate(candidates):
        score = sum(_in_the_way(ways, placement) for placement in item.planned.placements
                    if placement.operation not in item.planned.fixed)
        if score:
            scored.append((-score, position, item))
    ordered = [item for _, _, item in sorted(scored, key=lambda entry: entry[:2])]
    return _first(ordered, most_operations)


def _ways(job: Job, inserted: Plan) -> dict[int, list[tuple[Minute, Minute, int]]]:
    """Give, per unit, the stretches in which the new job would like to run, and how much each counts."""
    ways: dict[int, list[tuple[Minute, Minute, int]]] = {}
    for wait in inserted.waits:
        is_held_up = wait.minutes > wait.closed_minutes
        for mode in job.operations[wait.operation].modes:
            stretches = ways.setdefault(mode.unit_id, [])
            stretches.append((job.release_minute, inserted.end_minute, 1))
            if is_held_up:
                stretches.append((wait.ready_minute, wait.start_minute + mode.work_minutes, 8))
    return ways


def _in_the_way(ways: dict[int, list[tuple[Minute, Minute, int]]], placement: Placement) -> int:
    return sum(
        weight * placement.work_minutes
        for start, end, weight in ways.get(placement.unit_id, ())
        if placement.start_minute < end and placement.end_minute > start
    )


def _is_better(task: FirmTask, plan: Plan, other: Plan) -> bool:
    return lateness(task, plan.arrival_minute) < lateness(task, other.arrival_minute) and (
        _is_affordable(task, plan))


def _is_affordable(task: FirmTask, plan: Plan) -> bool:
    is_no_dearer = plan.cost_minor <= task.inserted.cost_minor and plan.co2_grams <= task.inserted.co2_grams
    return task.may_cost_more or is_no_dearer


def _read(task: FirmTask, answer: FirmAnswer) -> FirmQuote:
    """Turn an answer into a plan and changes, with the setups that the neighbors ask for."""
    rebooking = Rebooking(task.snapshot)
    for item in task.movable:
        for placement, booking_id in zip(item.planned.placements, item.booking_ids, strict=True):
            if placement.operation not in item.planned.fixed:
                rebooking.remove(placement.unit_id, booking_id)
    _put_all(task, answer, rebooking)
    settled = tuple(rebooking.with_setup((-1, item.operation), item) for item in answer.placements)
    changes = []
    for index, placements in enumerate(answer.others):
        fixed = task.movable[index].planned.fixed
        after = tuple(
            item if item.operation in fixed else rebooking.with_setup((index, item.operation), item)
            for item in placements
        )
        change = _change(task, index, after)
        if change.moved:
            changes.append(change)
    plan = plan_of(task.snapshot, task.job, settled)
    return FirmQuote(FirmOutcome.IMPROVED, plan, tuple(changes), task.inserted.arrival_minute - plan.arrival_minute,
                     answer.is_proved)


def _put_all(task: FirmTask, answer: FirmAnswer, rebooking: Rebooking) -> None:
    """Book every run on the scratch timelines; raise ValueError for one that is not free."""
    runs = [((-1, item.operation), item, task.job, task.floor_minute) for item in answer.placements]
    for index, placements in enumerate(answer.others):
        planned = task.movable[index].planned
        runs += [((index, item.operation), item, planned.job, task.movable[index].floor_minute)
                 for item in placements if item.operation not in planned.fixed]
    for key, item, job, floor in sorted(runs, key=lambda run: run[1].start_minute):
        is_resumable = job.operations[item.operation].is_resumable
        if not rebooking.put(key, item, is_resumable=is_resumable, floor_minute=min(floor, item.start_minute)):
            raise ValueError(f"{job.code} operation {item.operation} is not free at {item.start_minute}")


def _change(task: FirmTask, index: int, after: tuple[Placement, ...]) -> JobChange:
    item = task.movable[index]
    units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
    legs, planned = task.snapshot.legs.leg, item.planned
    moved = replace(planned, placements=after)
    arrivals = [arrival_minute(units, plan, legs) for plan in (planned, moved)]
    costs = [job_cost_minor(units, plan, legs) for plan in (planned, moved)]
    late = [tardiness_minor(planned.job, arrival) for arrival in arrivals]
    return JobChange(
        hold_id=item.hold_id, job_code=planned.job.code, before=planned.placements, after=after,
        moved=tuple(old.operation for old, new in zip(planned.placements, after, strict=True) if is_moved(old, new)),
        arrival_before_minute=arrivals[0], arrival_after_minute=arrivals[1],
        cost_before_minor=costs[0], cost_after_minor=costs[1],
        tardiness_before_minor=late[0], tardiness_after_minor=late[1],
    )


def plan_of(snapshot: Snapshot, job: Job, placements: tuple[Placement, ...]) -> Plan:
    """Give placements of all of a job's operations as a plan: when it arrives, what it costs, what it waits for."""
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    planned = PlannedJob(job, placements)
    return Plan(
        placements=placements, end_minute=max(item.end_minute for item in placements),
        arrival_minute=arrival_minute(units, planned, snapshot.legs.leg),
        cost_minor=job_cost_minor(units, planned, snapshot.legs.leg), co2_grams=job_co2_grams(snapshot, planned),
        waits=tuple(_wait(snapshot, job, placements, item) for item in placements),
    )


def job_co2_grams(snapshot: Snapshot, planned: PlannedJob) -> int:
    """Give what making and delivering a job emits: its modes, the moves between sites, the delivery."""
    job, legs = planned.job, snapshot.legs
    used = {before for operation in job.operations for before in operation.predecessors}
    grams = 0
    for here in planned.placements:
        operation, site = job.operations[here.operation], snapshot.site_of(here.unit_id)
        grams += next(mode.co2_grams for mode in operation.modes if mode.unit_id == here.unit_id)
        for before in operation.predecessors:
            grams += legs.leg(snapshot.site_of(planned.placements[before].unit_id), site, job.load_grams).co2_grams
        if here.operation not in used:
            grams += legs.leg(site, job.destination, job.load_grams).co2_grams
    return grams


def _wait(snapshot: Snapshot, job: Job, placements: tuple[Placement, ...], here: Placement) -> Wait:
    operation, line = job.operations[here.operation], snapshot.timelines[here.unit_id]
    arrivals = [job.release_minute, operation.earliest_minute or job.release_minute]
    for before in operation.predecessors:
        leg = snapshot.legs.leg(snapshot.site_of(placements[before].unit_id), line.unit.site, job.load_grams)
        arrivals.append(placements[before].end_minute + leg.minutes)
    ready = max(arrivals)
    open_minutes = line.calendar.work_at(here.start_minute) - line.calendar.work_at(ready)
    return Wait(here.operation, operation.code, line.unit.work_center, here.unit_id, ready, here.start_minute,
                here.start_minute - ready - open_minutes)


def _faults(task: FirmTask, found: FirmQuote) -> tuple[str, ...]:
    """List what is wrong with a firm quote by a check that shares no code with the search; empty when it is right."""
    units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
    jobs = {item.hold_id: (index, item.planned) for index, item in enumerate(task.movable)}
    planned = [PlannedJob(task.job, found.plan.placements)]
    for change in found.changes:
        index, before = jobs[change.hold_id]
        job = replace(before.job, deadline_minute=task.limit(index))
        planned.append(PlannedJob(job, change.after, before.fixed))
        if change.cost_after_minor > change.cost_before_minor and not task.may_cost_more:
            return (f"{change.job_code} becomes dearer",)
    return tuple(
        f"{item.job}: {item.message}"
        for item in violations(units, planned, task.snapshot.legs.leg, has_all_bookings=False)
        if not any(plan.job.code == item.job and item.operation in plan.fixed for plan in planned)
    )
