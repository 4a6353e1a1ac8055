"""After a firm quote's search: whatever need not have moved goes back to where it stood.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from dataclasses import replace

from scheduling.board import is_moved
from scheduling.firm import FirmAnswer, FirmTask, without_movable
from scheduling.problem import Placement
from scheduling.schedule import PlannedJob
from scheduling.timeline import Slot
from scheduling.validation import arrival_minute, job_cost_minor

_MOST_ROUNDS = 8


def put_back(task: FirmTask, answer: FirmAnswer) -> FirmAnswer:
    """Move jobs, then single operations, back to where they stand now, as long as that is free and in order.

    Parameters
    ----------
    task
        Where the movable jobs stand now.
    answer
        A schedule of the task without overlaps; the new job stays where it puts it.

    Returns
    -------
    FirmAnswer
        As valid as the one given, with no more moves; each job keeps its promise and costs no more than it does now.

    Raises
    ------
    ValueError
        The answer books a run twice on one unit.
    """
    settling = _Settling(task, answer)
    for _ in range(_MOST_ROUNDS):
        jobs = sum(settling.put_job_back(index) for index in range(len(task.movable)))
        operations = sum(settling.put_operation_back(index, position) for index, position in settling.list_moved())
        if not jobs + operations:
            break
    return replace(answer, others=tuple(tuple(placements) for placements in settling.others))


class _Settling:
    """The answer on private timelines, changed move by move."""

    def __init__(self, task: FirmTask, answer: FirmAnswer) -> None:
        self.task = task
        self.others = [list(placements) for placements in answer.others]
        empty = without_movable(task.snapshot, task.movable)
        used = {item.unit_id for placements in (answer.placements, *answer.others) for item in placements}
        used |= {item.unit_id for job in task.movable for item in job.planned.placements}
        self.lines = {unit_id: empty.timelines[unit_id].copy() for unit_id in used if unit_id in empty.timelines}
        for item in answer.placements:
            self._add((-1, item.operation), item)
        for index, placements in enumerate(self.others):
            for item in placements:
                if item.operation not in task.movable[index].planned.fixed:
                    self._add((index, item.operation), item)

    def list_moved(self) -> list[tuple[int, int]]:
        """List the operations that do not stand where they stood, as (job, position)."""
        return [
            (index, position) for index, item in enumerate(self.task.movable)
            for position, before in enumerate(item.planned.placements)
            if is_moved(before, self.others[index][position])
        ]

    def put_job_back(self, index: int) -> bool:
        """Put all that moved of a job back, or nothing of it."""
        before = self.task.movable[index].planned.placements
        moved = [position for position, item in enumerate(before) if is_moved(item, self.others[index][position])]
        return bool(moved) and self._exchange(index, {position: before[position] for position in moved})

    def put_operation_back(self, index: int, position: int) -> bool:
        """Put one operation back, if the rest of its job allows it."""
        return self._exchange(index, {position: self.task.movable[index].planned.placements[position]})

    def _exchange(self, index: int, targets: dict[int, Placement]) -> bool:
        """Put operations of a job elsewhere, all or none."""
        placements = self.others[index]
        after = tuple(targets.get(position, item) for position, item in enumerate(placements))
        if any(item.secondary_unit_id is not None for item in targets.values()) or not self._is_in_order(index, after):
            return False
        for position in targets:
            self.lines[placements[position].unit_id].remove((index, position))
        added = []
        for position, target in targets.items():
            if not self._fits(index, target):
                break
            self._add((index, position), target)
            added.append(position)
        if len(added) == len(targets):
            self.others[index] = list(after)
            return True
        for position in added:
            self.lines[targets[position].unit_id].remove((index, position))
        for position in targets:
            self._add((index, position), placements[position])
        return False

    def _fits(self, index: int, target: Placement) -> bool:
        item, line = self.task.movable[index], self.lines.get(target.unit_id)
        if line is None:
            return False
        is_resumable = item.planned.job.operations[target.operation].is_resumable
        slot = line.slot_at(target.start_minute, target.work_minutes, setup_family=target.setup_family,
                            is_resumable=is_resumable)
        return slot is not None and slot.end_minute == target.end_minute and (
            slot.setup_start_minute >= min(item.floor_minute, target.start_minute))

    def _is_in_order(self, index: int, after: tuple[Placement, ...]) -> bool:
        item, task = self.task.movable[index], self.task
        planned = PlannedJob(item.planned.job, after, item.planned.fixed)
        units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
        job, legs = planned.job, task.snapshot.legs.leg
        for position, operation in enumerate(job.operations):
            site = units[after[position].unit_id].site
            for before in operation.predecessors:
                leg = legs(units[after[before].unit_id].site, site, job.load_grams)
                if after[position].start_minute < after[before].end_minute + leg.minutes:
                    return False
        return arrival_minute(units, planned, legs) <= task.limit(index) and (
            job_cost_minor(units, planned, legs) <= job_cost_minor(units, item.planned, legs))

    def _add(self, key: tuple[int, int], item: Placement) -> None:
        slot = Slot(item.start_minute, item.start_minute, item.end_minute)
        self.lines[item.unit_id].add(key, slot, setup_family=item.setup_family)
