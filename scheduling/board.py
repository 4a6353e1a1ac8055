"""The board on which jobs are taken off and put back: one mutable copy of the timelines.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from scheduling.labels import DeadEnd, search_around
from scheduling.problem import Job, Minute, Placement
from scheduling.promise import Plan, realize
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.timeline import Slot
from scheduling.validation import arrival_minute, job_cost_minor, tardiness_minor

LABELS_PER_SITE = 3
PLANS_COMPARED = 3


class Board:
    """Movable jobs on private timelines, each by its position.

    Parameters
    ----------
    snapshot
        Only read; it holds the jobs' bookings by row id.
    jobs
        May be taken off; everything else stays.
    move_penalty_minor
        Price of every operation that does not start where it stood.

    Notes
    -----
    ``placements[j]`` are the job's placements, empty while it is off the board. A job whose bookings no
    longer stand (its unit is down) starts off the board and is listed in ``displaced``.
    """

    def __init__(self, snapshot: Snapshot, jobs: Sequence[MovableJob], *, move_penalty_minor: int = 0) -> None:
        self.snapshot = snapshot.copy()
        self.jobs = tuple(jobs)
        self.units = {unit_id: line.unit for unit_id, line in self.snapshot.timelines.items()}
        self.move_penalty_minor = move_penalty_minor
        self.placements: list[tuple[Placement, ...]] = [() for _ in jobs]
        self.displaced: list[int] = []
        self._work = [
            replace(item.planned.job, release_minute=max(item.planned.job.release_minute, item.floor_minute))
            for item in jobs
        ]
        for item in jobs:
            self._take_bookings(item)
        for index, item in enumerate(jobs):
            if self._stands(item):
                self.put(index, item.planned.placements)
            else:
                self.displaced.append(index)
        self.limits = [self._limit(index) for index in range(len(jobs))]

    def _take_bookings(self, item: MovableJob) -> None:
        for placement, booking_id in zip(item.planned.placements, item.booking_ids, strict=True):
            timeline = self.snapshot.timelines.get(placement.unit_id)
            if placement.operation not in item.planned.fixed and timeline is not None and booking_id in timeline:
                timeline.remove(booking_id)

    def _stands(self, item: MovableJob) -> bool:
        return all(
            self.stands(item.planned.job, placement)
            for placement in item.planned.placements
            if placement.operation not in item.planned.fixed
        )

    def stands(self, job: Job, placement: Placement) -> bool:
        """Tell whether a placement's run lies in its unit's offered time exactly as booked."""
        return is_standing(self.snapshot, job, placement)

    def _limit(self, index: int) -> Minute | None:
        """Give the latest arrival: the promise, or the present arrival where that is later already."""
        deadline = self.jobs[index].planned.job.deadline_minute
        if deadline is None or not self.placements[index]:
            return deadline
        return max(deadline, self.arrival(index, self.placements[index]))

    def put(self, index: int, placements: tuple[Placement, ...]) -> None:
        """Put a job on the board; its fixed operations stand there already."""
        fixed = self.jobs[index].planned.fixed
        for placement in placements:
            if placement.operation not in fixed:
                slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
                self.snapshot.timelines[placement.unit_id].add(
                    (index, placement.operation), slot, setup_family=placement.setup_family
                )
        self.placements[index] = placements

    def hold_place(self, index: int, operation: int) -> None:
        """Keep the place an operation was booked at from being taken, while its job is off the board."""
        placement = self.jobs[index].planned.placements[operation]
        slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
        timeline = self.snapshot.timelines[placement.unit_id]
        timeline.add((index, operation), slot, setup_family=placement.setup_family)

    def free_place(self, index: int, operation: int) -> None:
        """Give back a place kept by :meth:`hold_place`."""
        placement = self.jobs[index].planned.placements[operation]
        self.snapshot.timelines[placement.unit_id].remove((index, operation))

    def take(self, index: int) -> tuple[Placement, ...]:
        """Take a job off the board, but for its fixed operations; give where it stood."""
        placements = self.placements[index]
        for placement in placements:
            if placement.operation not in self.jobs[index].planned.fixed:
                self.snapshot.timelines[placement.unit_id].remove((index, placement.operation))
        self.placements[index] = ()
        return placements

    def find(self, index: int, *, keep: Collection[int] | None = None, is_promise_kept: bool = True) -> Plan | None:
        """Find the best way to put a job back; None when it does not fit (in time).

        Parameters
        ----------
        index
            The job; it must be off the board.
        keep
            Positions of operations to leave where they stood; None for the fixed ones.
        is_promise_kept
            False: the promised time is only a wish.
        """
        item, job = self.jobs[index], self._work[index]
        kept = item.planned.fixed if keep is None else frozenset(keep)
        standing = {p.operation: p for p in item.planned.placements if p.operation in kept}
        labels = search_around(self.snapshot, job, standing, most_labels=LABELS_PER_SITE)
        if isinstance(labels, DeadEnd):
            return None
        limit = self.limits[index] if is_promise_kept else None
        if limit is not None:
            labels = [label for label in labels if label.end_minute <= limit]
        labels.sort(key=lambda label: label.cost_minor + tardiness_minor(job, label.end_minute))
        plans = [
            plan
            for label in labels[:PLANS_COMPARED]
            if (plan := realize(self.snapshot, job, label, fixed=kept)) is not None
            and (limit is None or plan.arrival_minute <= limit)
        ]
        return min(plans, key=lambda plan: self.value(index, plan.placements), default=None)

    def arrival(self, index: int, placements: tuple[Placement, ...]) -> Minute:
        """Give when a job would arrive."""
        return arrival_minute(self.units, self._planned(index, placements), self.snapshot.legs.leg)

    def cost_minor(self, index: int, placements: tuple[Placement, ...]) -> int:
        """Give what a job would cost."""
        return job_cost_minor(self.units, self._planned(index, placements), self.snapshot.legs.leg)

    def value(self, index: int, placements: tuple[Placement, ...]) -> int:
        """Price a job's placements: cost, weighted tardiness and moves; less is better."""
        before = self.jobs[index].planned.placements
        moved = sum(is_moved(old, new) for old, new in zip(before, placements, strict=True))
        return (
            self.cost_minor(index, placements)
            + tardiness_minor(self.jobs[index].planned.job, self.arrival(index, placements))
            + moved * self.move_penalty_minor
        )

    def _planned(self, index: int, placements: tuple[Placement, ...]) -> PlannedJob:
        return PlannedJob(self.jobs[index].planned.job, placements, self.jobs[index].planned.fixed)

    def settled(self, index: int) -> tuple[Placement, ...]:
        """Give a job's placements with the setups that their neighbors on the board ask for."""
        fixed = self.jobs[index].planned.fixed
        return tuple(
            placement
            if placement.operation in fixed
            else replace(
                placement,
                setup_start_minute=self.snapshot.timelines[placement.unit_id]
                .slot_of((index, placement.operation))
                .setup_start_minute,
            )
            for placement in self.placements[index]
        )


def is_moved(before: Placement, after: Placement) -> bool:
    """Tell whether a run changes its unit, its start, or (pausing elsewhere) its end."""
    return (before.unit_id, before.start_minute, before.end_minute) != (
        after.unit_id,
        after.start_minute,
        after.end_minute,
    )


def is_standing(snapshot: Snapshot, job: Job, placement: Placement) -> bool:
    """Tell whether a run still lies in its unit's offered time exactly as booked."""
    timeline = snapshot.timelines.get(placement.unit_id)
    if timeline is None:
        return False
    calendar = timeline.calendar
    run = calendar.work_at(placement.start_minute)
    end = run + placement.work_minutes
    if end > calendar.total_minutes or calendar.start_at(run) != placement.start_minute:
        return False
    is_whole = job.operations[placement.operation].is_resumable or (
        calendar.first_fit(run, placement.work_minutes) == run
    )
    return is_whole and calendar.end_at(end) == placement.end_minute
