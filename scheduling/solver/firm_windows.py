"""Between which minutes each operation of a firm quote can lie at all: heads from its release, tails to its promise."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.firm import FirmTask
from scheduling.problem import Job, Leg, Minute, Operation, Placement
from scheduling.snapshot import Snapshot

MOST_DELAY_MINUTES = 1440
"""How far behind the inserted plan's end, or their own present end, other jobs may be put."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The minutes between which an operation lies: starts at or after ``from``, ends at or before ``until``."""

    from_minute: Minute
    until_minute: Minute


@dataclass(frozen=True, slots=True)
class JobBounds:
    """The bounds of a job's operations, the floor of its setups, and the latest arrival."""

    operations: tuple[Bounds, ...]
    floor_minute: Minute
    limit_minute: Minute


def job_bounds(task: FirmTask, index: int | None) -> JobBounds:
    """Bound the operations of the new job (None) or of a movable one.

    Returns
    -------
    JobBounds
        Every schedule of the task that is no later than the inserted plan lies within; an operation that stays has
        the bounds of its placement.
    """
    if index is None:
        job, placements, fixed, floor = task.job, task.inserted.placements, frozenset[int](), task.floor_minute
        limit, latest = task.inserted.arrival_minute, task.inserted.arrival_minute
        release = job.release_minute
    else:
        item = task.movable[index]
        job, placements, fixed, floor = item.planned.job, item.planned.placements, item.planned.fixed, item.floor_minute
        limit = task.limit(index)
        latest = max(task.inserted.end_minute, *(here.end_minute for here in placements)) + MOST_DELAY_MINUTES
        release = max(job.release_minute, floor)
    heads = _heads(task.snapshot, job, placements, fixed, release)
    tails = _tails(task.snapshot, job, placements, fixed, limit, min(limit, latest))
    return JobBounds(tuple(Bounds(a, b) for a, b in zip(heads, tails, strict=True)), floor, limit)


def _heads(
    snapshot: Snapshot, job: Job, placements: tuple[Placement, ...], fixed: frozenset[int], release: Minute
) -> list[Minute]:
    starts: list[Minute] = []
    ends: list[Minute] = []
    for index, operation in enumerate(job.operations):
        if index in fixed:
            starts.append(placements[index].start_minute)
            ends.append(placements[index].end_minute)
            continue
        ready = max(release, operation.earliest_minute or release)
        for before in operation.predecessors:
            ready = max(ready, ends[before] + _least_leg(snapshot, job, before, index))
        starts.append(ready)
        ends.append(_least_end(snapshot, operation, ready))
    return starts


def _least_end(snapshot: Snapshot, operation: Operation, ready: Minute) -> Minute:
    ends = []
    for mode in operation.modes:
        if mode.unit_id in snapshot.timelines:
            calendar = snapshot.timelines[mode.unit_id].calendar
            done = calendar.work_at(ready) + mode.work_minutes
            if done <= calendar.total_minutes:
                ends.append(calendar.end_at(done))
    return min(ends, default=ready)


def _tails(
    snapshot: Snapshot, job: Job, placements: tuple[Placement, ...], fixed: frozenset[int], limit: Minute,
    latest: Minute,
) -> list[Minute]:
    ends = [latest] * len(job.operations)
    used = {before for operation in job.operations for before in operation.predecessors}
    for index in reversed(range(len(job.operations))):
        operation = job.operations[index]
        if index not in used:
            ends[index] = min(ends[index], limit - _least_delivery(snapshot, job, operation))
        if index in fixed:
            ends[index] = placements[index].end_minute
            start = placements[index].start_minute
        else:
            start = _most_start(snapshot, operation, ends[index])
        for before in operation.predecessors:
            ends[before] = min(ends[before], start - _least_leg(snapshot, job, before, index))
    return ends


def _most_start(snapshot: Snapshot, operation: Operation, end: Minute) -> Minute:
    starts = []
    for mode in operation.modes:
        if mode.unit_id in snapshot.timelines:
            calendar = snapshot.timelines[mode.unit_id].calendar
            first = min(calendar.work_at(end), calendar.total_minutes) - mode.work_minutes
            if first >= 0:
                starts.append(calendar.start_at(first))
    return max(starts, default=end)


def _least_leg(snapshot: Snapshot, job: Job, before: int, after: int) -> int:
    return min(leg_between(snapshot, job, a, b).minutes
               for a in sites_of(snapshot, job.operations[before]) for b in sites_of(snapshot, job.operations[after]))


def _least_delivery(snapshot: Snapshot, job: Job, operation: Operation) -> int:
    return min(leg_between(snapshot, job, site, job.destination).minutes for site in sites_of(snapshot, operation))


def leg_between(snapshot: Snapshot, job: Job, origin: str, destination: str) -> Leg:
    """Give the terms of moving a job's load."""
    return snapshot.legs.leg(origin, destination, job.load_grams)


def sites_of(snapshot: Snapshot, operation: Operation) -> tuple[str, ...]:
    """List the sites at which an operation can be done."""
    known = (mode.unit_id for mode in operation.modes if mode.unit_id in snapshot.timelines)
    return tuple(dict.fromkeys(snapshot.site_of(unit_id) for unit_id in known))
