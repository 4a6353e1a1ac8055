"""Telling the repair that an operation has to leave its place, although its work unit works there.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from scheduling.board import is_moved
from scheduling.improve import JobChange
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.validation import arrival_minute, job_cost_minor, tardiness_minor


def displaced(item: MovableJob, operations: Collection[int]) -> MovableJob:
    """Give a job in which some operations do not stand: a run that ends a minute late stands nowhere.

    The repair then places them, and what waits for them, again; the rest of the job stays.
    """
    placements = tuple(
        replace(here, end_minute=here.end_minute + 1) if here.operation in operations else here
        for here in item.planned.placements
    )
    return replace(item, planned=replace(item.planned, placements=placements))


def undisplaced(
    snapshot: Snapshot, jobs: Sequence[MovableJob], changes: Sequence[JobChange]
) -> tuple[JobChange, ...]:
    """Give the changes of a repair counted from where the jobs really stood; unchanged jobs are left out.

    Parameters
    ----------
    snapshot
        Of the units and the terms of moves.
    jobs
        As they were before :func:`displaced`, in the order of the changes.
    changes
        What the repair answered.
    """
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    found = []
    for item, change in zip(jobs, changes, strict=True):
        before, job = item.planned.placements, item.planned.job
        stood = PlannedJob(job, before, item.planned.fixed)
        is_known = all(here.unit_id in units for here in before)
        arrival = arrival_minute(units, stood, snapshot.legs.leg)
        after = before if change.is_lost else change.after
        found.append(replace(
            change, before=before, after=after,
            moved=tuple(old.operation for old, new in zip(before, after, strict=True) if is_moved(old, new)),
            arrival_before_minute=arrival,
            arrival_after_minute=arrival if change.is_lost else change.arrival_after_minute,
            cost_before_minor=job_cost_minor(units, stood, snapshot.legs.leg) if is_known
            else change.cost_before_minor,
            tardiness_before_minor=tardiness_minor(job, arrival),
        ))
    return tuple(change for change in found if change.moved or change.is_lost)
