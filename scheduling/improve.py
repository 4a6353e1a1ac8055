"""The improver: greedy first, then annealed ruin-and-recreate on the one insertion primitive.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. Anytime: stopping keeps the best schedule found.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from scheduling.board import Board, is_moved
from scheduling.problem import Minute, Placement
from scheduling.repair import repair
from scheduling.schedule import MovableJob
from scheduling.snapshot import Snapshot
from scheduling.validation import tardiness_minor

MOVE_PENALTY_MINOR = 200
"""Price of moving one operation, so that nothing moves for next to nothing."""
LARGEST_RUIN = 8
START_TEMPERATURE = 0.02
"""Of the mean value of a job."""
SECONDS_BETWEEN_REPORTS = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an improvement stands. Objectives in minor units; less is better."""

    iteration: int
    elapsed_seconds: float
    objective_before_minor: int
    objective_minor: int


@dataclass(frozen=True, slots=True)
class JobChange:
    """What an improvement does to a job; ``moved`` are positions of operations that change place.

    A job that fits nowhere any more keeps its old placements and ``is_lost``.
    """

    hold_id: int
    job_code: str
    before: tuple[Placement, ...]
    after: tuple[Placement, ...]
    moved: tuple[int, ...]
    arrival_before_minute: Minute
    arrival_after_minute: Minute
    cost_before_minor: int
    cost_after_minor: int
    tardiness_before_minor: int
    tardiness_after_minor: int
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Improvement:
    """The best schedule found: every movable job's change, and the objective with and without it.

    ``objective_before_minor`` counts displaced jobs as repaired, so both sides are real schedules.
    """

    changes: tuple[JobChange, ...]
    objective_before_minor: int
    objective_after_minor: int
    iterations: int
    version: int


def improve(
    snapshot: Snapshot,
    jobs: Sequence[MovableJob],
    *,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Progress], bool] = lambda _: True,
    move_penalty_minor: int = MOVE_PENALTY_MINOR,
    clock: Callable[[], float] = time.monotonic,
) -> Improvement:
    """Find a better schedule for jobs that may move; every promised time stays a hard limit.

    Jobs displaced by a breakdown are repaired first; with ``iterations=0`` nothing else changes.

    Parameters
    ----------
    snapshot
        Only read.
    jobs
        What may move; everything else stays where it is.
    seed
        Same input, seed and iterations give the same schedule.
    iterations, seconds
        Bounds; None is unbounded, and at least one must be given.
    progress
        Called a few times a second; answering False stops.
    move_penalty_minor
        Price of moving one operation.
    clock
        Seconds that pass, for the time bound.

    Returns
    -------
    Improvement
        Never worse than the repaired present schedule.

    Raises
    ------
    ValueError
        Neither bound is given.
    """
    if iterations is None and seconds is None:
        raise ValueError("an improvement needs a bound: iterations or seconds")
    board = Board(snapshot, jobs, move_penalty_minor=move_penalty_minor)
    lost = frozenset(repair(board))
    search = _Annealing(board, [index for index in range(len(jobs)) if index not in lost], Random(seed))  # noqa: S311
    count = 0
    if search.movable and iterations != 0:
        search.try_greedy()
        count = _run(search, iterations, seconds, progress, clock)
    search.restore_best()
    return Improvement(
        changes=tuple(_change(board, index, is_lost=index in lost) for index in range(len(jobs))),
        objective_before_minor=search.first,
        objective_after_minor=search.best,
        iterations=count,
        version=snapshot.version,
    )


def _run(
    search: _Annealing,
    iterations: int | None,
    seconds: float | None,
    progress: Callable[[Progress], bool],
    clock: Callable[[], float],
) -> int:
    began = reported = clock()
    count = 0
    while iterations is None or count < iterations:
        elapsed = clock() - began
        if seconds is not None and elapsed >= seconds:
            break
        if elapsed + began - reported >= SECONDS_BETWEEN_REPORTS:
            reported = elapsed + began
            if not progress(Progress(count, elapsed, search.first, search.best)):
                break
        spent = count / iterations if iterations else 0.0
        if seconds:
            spent = max(spent, elapsed / seconds)
        search.turn(spent)
        count += 1
    progress(Progress(count, clock() - began, search.first, search.best))
    return count


class _Annealing:
    """The search's state: values of the jobs on the board, and the best schedule seen."""

    def __init__(self, board: Board, movable: list[int], dice: Random) -> None:
        self.board = board
        self.movable = movable
        self.dice = dice
        self.values = {index: board.value(index, board.placements[index]) for index in movable}
        self.total = self.first = self.best = sum(self.values.values())
        self.best_placements = list(board.placements)
        self.least = dict(self.values)
        """The least value each job ever had: how far it is from what it could be."""

    def turn(self, spent: float) -> None:
        """Take a few related jobs off, put them back in another order, keep or undo it."""
        chosen = self.ruin()
        before = {index: (self.board.take(index), self.values[index]) for index in chosen}
        old = sum(value for _, value in before.values())
        placed = self.recreate(chosen, old + self.tolerance(spent))
        if placed is None:
            for index, (placements, value) in before.items():
                self.board.put(index, placements)
                self.values[index] = value
            return
        self.total += placed - old
        if self.total < self.best:
            self.remember()

    def tolerance(self, spent: float) -> float:
        """Draw how much worse a turn may end: the annealing rule, solved for the difference."""
        temperature = START_TEMPERATURE * self.total / len(self.movable) * (1 - spent) ** 2
        return self.dice.expovariate(1.0) * temperature if temperature > 0 else 0.0

    def recreate(self, chosen: list[int], most: float) -> int | None:
        """Put jobs back one by one; None, with all of them off again, when it is worse than ``most``."""
        done: list[int] = []
        total = 0
        for index in self.ordered(chosen):
            plan = self.board.find(index)
            if plan is not None:
                self.board.put(index, plan.placements)
                done.append(index)
                self.values[index] = self.board.value(index, plan.placements)
                self.least[index] = min(self.least[index], self.values[index])
                total += self.values[index]
            waiting = sum(self.least[other] for other in chosen if other not in done)
            if plan is None or total + waiting > most:
                for other in done:
                    self.board.take(other)
                return None
        return total

    def ordered(self, chosen: list[int]) -> list[int]:
        """Order jobs for insertion by one of several rules."""
        jobs = self.board.jobs
        rule = self.dice.randrange(4)
        order = list(chosen)
        self.dice.shuffle(order)
        if rule == 0:
            order.sort(key=lambda index: jobs[index].planned.job.due_minute or 0)
        elif rule == 1:
            order.sort(key=lambda index: -jobs[index].planned.job.weight * exp(self.dice.gauss(0, 0.5)))
        elif rule == 2:
            order.sort(key=lambda index: self.least[index] - self.values[index])
        return order

    def ruin(self) -> list[int]:
        """Choose a job that does badly and jobs that stand in its way, or any."""
        size = self.dice.randint(1, min(LARGEST_RUIN, len(self.movable)))
        candidates = self.dice.choices(self.movable, k=4)
        chosen = [max(candidates, key=lambda index: self.values[index] - self.least[index])]
        for _ in range(4 * size):
            if len(chosen) >= size:
                break
            member = self.dice.choice(chosen)
            other = self.neighbor(member) if self.dice.random() < 0.8 else self.dice.choice(self.movable)
            if other is not None and other not in chosen and other in self.values:
                chosen.append(other)
        return chosen

    def neighbor(self, index: int) -> int | None:
        """Find a movable job beside one of a job's operations, or before it on another unit it could use."""
        planned = self.board.jobs[index].planned
        placements = self.board.placements[index]
        if not placements:
            return None
        placement = self.dice.choice(placements)
        unit_id = placement.unit_id
        if self.dice.random() < 0.5:
            unit_id = self.dice.choice(planned.job.operations[placement.operation].modes).unit_id
        timeline = self.board.snapshot.timelines.get(unit_id)
        if timeline is None or not timeline.runs:
            return None
        position = bisect_left(timeline.runs, placement.start_minute, key=lambda run: run.start_minute)
        position += self.dice.choice((-2, -1, -1, 1))
        key = timeline.runs[min(max(position, 0), len(timeline.runs) - 1)].key
        return key[0] if isinstance(key, tuple) and key[0] != index else None

    def try_greedy(self) -> None:
        """Rebuild the whole schedule by each simple rule; keep the best that keeps every promise."""
        jobs = self.board.jobs
        rules: tuple[Callable[[int], tuple[float, ...]], ...] = (
            lambda index: (-jobs[index].planned.job.weight, jobs[index].planned.job.due_minute or 0),
            lambda index: (jobs[index].planned.job.due_minute or 0, -jobs[index].planned.job.weight),
            lambda index: (jobs[index].planned.job.deadline_minute or 0,),
        )
        for rule in rules:
            before = {index: (self.board.take(index), self.values[index]) for index in self.movable}
            placed = self.fill(sorted(self.movable, key=rule))
            if placed is not None and placed < self.total:
                self.total = placed
                self.remember()
                continue
            for index in self.movable:
                if self.board.placements[index]:
                    self.board.take(index)
            for index, (placements, value) in before.items():
                self.board.put(index, placements)
                self.values[index] = value

    def fill(self, order: list[int]) -> int | None:
        """Put all jobs on the empty board in an order; None as soon as one cannot keep its promise."""
        total = 0
        for index in order:
            plan = self.board.find(index)
            if plan is None:
                return None
            self.board.put(index, plan.placements)
            self.values[index] = self.board.value(index, plan.placements)
            self.least[index] = min(self.least[index], self.values[index])
            total += self.values[index]
        return total

    def remember(self) -> None:
        """Keep the present schedule as the best one."""
        self.best = self.total
        self.best_placements = list(self.board.placements)

    def restore_best(self) -> None:
        """Put the best schedule back on the board."""
        for index in self.movable:
            self.board.take(index)
        for index in self.movable:
            self.board.put(index, self.best_placements[index])


def _change(board: Board, index: int, *, is_lost: bool) -> JobChange:
    item = board.jobs[index]
    job, before = item.planned.job, item.planned.placements
    after = before if is_lost else board.settled(index)
    arrival_before, arrival_after = board.arrival(index, before), board.arrival(index, after)
    return JobChange(
        hold_id=item.hold_id,
        job_code=job.code,
        before=before,
        after=after,
        moved=tuple(
            old.operation
            for old, new in zip(before, after, strict=True)
            if is_moved(old, new)
        ),
        arrival_before_minute=arrival_before,
        arrival_after_minute=arrival_after,
        cost_before_minor=board.cost_minor(index, before),
        cost_after_minor=board.cost_minor(index, after),
        tardiness_before_minor=tardiness_minor(job, arrival_before),
        tardiness_after_minor=tardiness_minor(job, arrival_after),
        is_lost=is_lost,
    )
