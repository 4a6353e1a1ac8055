"""The live plan on which jobs are put back or planned anew: where everything stands, and what no longer does.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scheduling.engine.arrays import NONE, Table
from scheduling.problem import Job, Minute, Placement, Weights
from scheduling.rebooking import Rebooking
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.validation import arrival_minute

if TYPE_CHECKING:
    from scheduling.engine.layout import JobEntry

_UNKNOWN = -2
"""A secondary unit that is not there any more."""
_GONE, _LOOSE, _FIXED = 0, 1, 2


class Board:
    """Movable jobs, each by its position, on the timelines of a snapshot.

    Parameters
    ----------
    snapshot
        Only read; it holds the jobs' bookings by row id.
    jobs
        May move; everything else stays.
    weights
        Prices of the objective's terms.

    Notes
    -----
    ``placements[j]`` is where a job is to stand. A job of which an operation no longer stands (its unit is down, or has
    no time left for the setup before it) is listed in ``displaced``, and that operation in ``gone[j]``.
    """

    def __init__(self, snapshot: Snapshot, jobs: Sequence[MovableJob], weights: Weights = Weights()) -> None:  # noqa: B008  # a frozen value
        self.snapshot = snapshot
        self.jobs = tuple(jobs)
        self.weights = weights
        self.units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
        self.placements = [item.planned.placements for item in jobs]
        self.gone = _with_untidy(snapshot, self.jobs, _find_gone(snapshot, self.jobs))
        self.displaced = [index for index, gone in enumerate(self.gone) if gone]

    def is_known(self, index: int) -> bool:
        """Tell whether the units of all operations that must stay are still there."""
        planned = self.jobs[index].planned
        return all(planned.placements[operation].unit_id in self.units for operation in planned.fixed)

    def is_by_a_mode(self, index: int) -> bool:
        """Tell whether a job stands as its operations' modes say; without that it cannot be searched."""
        planned = self.jobs[index].planned
        return all(
            any((mode.unit_id, mode.work_minutes) == (here.unit_id, here.work_minutes) for mode in operation.modes)
            for here, operation in zip(self.placements[index], planned.job.operations, strict=True)
            if here.operation not in planned.fixed
        )

    def limit(self, index: int) -> Minute | None:
        """Give the latest arrival: the promise, or the present arrival where that is later already."""
        deadline = self.jobs[index].planned.job.deadline_minute
        if deadline is None or self.gone[index]:
            return deadline
        return max(deadline, self.arrival(index, self.jobs[index].planned.placements))

    def arrival(self, index: int, placements: tuple[Placement, ...]) -> Minute:
        """Give when a job would arrive."""
        return arrival_minute(self.units, PlannedJob(self.jobs[index].planned.job, placements), self.snapshot.legs.leg)

    def entry(self, index: int, stands: Iterable[int]) -> JobEntry:
        """Lay a job out for planning, with some operations standing where they stood."""
        from scheduling.engine.layout import JobEntry  # noqa: PLC0415  # the compiled loop loads on first use

        item = self.jobs[index]
        before = dict(enumerate(item.planned.placements))
        return JobEntry(item.planned.job, item.floor_minute, self.limit(index), before,
                        {operation: before[operation] for operation in stands})

    def standing_now(self, index: int) -> list[int]:
        """List the operations of a job that stand."""
        planned = self.jobs[index].planned
        return [
            operation for operation in range(len(planned.placements))
            if operation in planned.fixed or operation not in self.gone[index]
        ]

    def stood(self, order: Iterable[int]) -> Table:
        """Give where operations stood, as :mod:`scheduling.engine.repairing` wants it."""
        index_of, rows = self.snapshot.plant.index, []
        for index in order:
            item = self.jobs[index]
            for operation, here in enumerate(item.planned.placements):
                kind = _FIXED if operation in item.planned.fixed else _LOOSE
                rows.append((
                    index_of.get(here.unit_id, NONE), _number(index_of, here.secondary_unit_id), here.start_minute,
                    here.end_minute, item.booking_ids[operation],
                    _GONE if kind == _LOOSE and operation in self.gone[index] else kind,
                ))
        return np.array(rows, dtype=np.int64).reshape(-1, 6)

    def settled(self) -> list[tuple[Placement, ...]]:
        """Give all jobs' placements with the setups that their neighbors ask for.

        Raises
        ------
        RuntimeError
            A placement is not free; nothing that the planning loops give may be so.
        """
        rebooking, moved = Rebooking(self.snapshot), []
        for index, (item, after) in enumerate(zip(self.jobs, self.placements, strict=True)):
            before = item.planned.placements
            if after is not before:
                moved += [(here.start_minute, index, here.operation) for here in after
                          if here != before[here.operation]]
        for _, index, operation in moved:
            stood = self.jobs[index].planned.placements[operation]
            rebooking.remove(stood.unit_id, self.jobs[index].booking_ids[operation])
        for _, index, operation in sorted(moved):
            item, here = self.jobs[index], self.placements[index][operation]
            is_resumable = item.planned.job.operations[operation].is_resumable
            if not rebooking.put(item.booking_ids[operation], here, is_resumable=is_resumable, floor_minute=-(1 << 62)):
                raise RuntimeError(f"{item.planned.job.code} operation {operation} is not free where it was planned")
        return [
            tuple(here if here.operation in item.planned.fixed else rebooking.settled(key, here)
                  for key, here in zip(item.booking_ids, after, strict=True))
            for item, after in zip(self.jobs, self.placements, strict=True)
        ]


def _number(index_of: Mapping[int, int], secondary_unit_id: int | None) -> int:
    return NONE if secondary_unit_id is None else index_of.get(secondary_unit_id, _UNKNOWN)


def _find_gone(snapshot: Snapshot, jobs: Sequence[MovableJob]) -> list[frozenset[int]]:
    """Find, per job, the operations that may move and no longer stand."""
    index_of = snapshot.plant.index
    loose = [
        (index, here, item.planned.job.operations[here.operation])
        for index, item in enumerate(jobs) for here in item.planned.placements
        if here.operation not in item.planned.fixed
    ]
    rows = [
        (index_of.get(here.unit_id, NONE),
         NONE if here.secondary_unit_id is None else _number(index_of, here.secondary_unit_id),
         here.start_minute, here.end_minute, here.work_minutes, operation.is_resumable)
        for _, here, operation in loose
    ]
    gone: dict[int, set[int]] = {}
    for (index, here, _), stands in zip(loose, _are_standing(snapshot, rows), strict=True):
        if not stands:
            gone.setdefault(index, set()).add(here.operation)
    return [frozenset(gone.get(index, ())) for index in range(len(jobs))]


def _with_untidy(
    snapshot: Snapshot, jobs: Sequence[MovableJob], gone: list[frozenset[int]]
) -> list[frozenset[int]]:
    """Add the operations for whose setups there is no time any more, once what is gone has left."""
    from scheduling.engine.repairing import untidy_runs  # noqa: PLC0415  # the compiled loop loads on first use
    from scheduling.engine.timelines import take_run  # noqa: PLC0415

    if not jobs:
        return gone
    lines, index_of = snapshot.pack_lines(), snapshot.plant.index
    more = [set(operations) for operations in gone]
    leaving = [(index, operation) for index, operations in enumerate(gone) for operation in operations]
    while True:
        for index, operation in leaving:
            here, key = jobs[index].planned.placements[operation], jobs[index].booking_ids[operation]
            if here.unit_id in index_of:
                take_run(lines, index_of[here.unit_id], here.start_minute, key)
            more[index].add(operation)
        keys = set(untidy_runs(snapshot.plant.shop, lines).tolist())
        leaving = [] if not keys else [
            (index, operation) for index, item in enumerate(jobs) for operation, key in enumerate(item.booking_ids)
            if key in keys and operation not in item.planned.fixed and operation not in more[index]
        ]
        if not leaving:
            return [frozenset(operations) for operations in more]


def _are_standing(snapshot: Snapshot, rows: Sequence[tuple[int, ...]]) -> list[int]:
    from scheduling.engine.repairing import are_standing  # noqa: PLC0415  # the compiled loop loads on first use

    if not rows:
        return []
    found: list[int] = are_standing(snapshot.plant.shop, np.array(rows, dtype=np.int64)).tolist()
    return found


def is_moved(before: Placement, after: Placement) -> bool:
    """Tell whether a run changes its unit, its secondary unit, its start, or (pausing elsewhere) its end."""
    return (before.unit_id, before.secondary_unit_id, before.start_minute, before.end_minute) != (
        after.unit_id, after.secondary_unit_id, after.start_minute, after.end_minute,
    )


def is_standing(snapshot: Snapshot, job: Job, placement: Placement) -> bool:
    """Tell whether a run still lies in its units' offered time exactly as booked."""
    index_of = snapshot.plant.index
    row = (index_of.get(placement.unit_id, NONE), _number(index_of, placement.secondary_unit_id),
           placement.start_minute, placement.end_minute, placement.work_minutes,
           job.operations[placement.operation].is_resumable)
    return bool(_are_standing(snapshot, [row])[0])
