"""The improver: repair first, then a search for a better schedule on the one insertion primitive.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. Anytime: stopping keeps the best schedule found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduling.board import Board, is_moved
from scheduling.problem import Minute, Placement, Weights
from scheduling.repair import repair
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot
from scheduling.validation import job_cost_minor, objective_thousandths, tardiness_minor


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an improvement stands. Objectives in minor units; less is better.

    ``lower_bound_minor`` is a certified bound that no schedule can beat, None while none is known.
    ``moved_operations`` counts the operations that the best schedule so far starts elsewhere.
    """

    iteration: int
    elapsed_seconds: float
    objective_before_minor: int
    objective_minor: int
    lower_bound_minor: int | None = None
    moved_operations: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an objective, in minor units; ``total_minor`` is what is minimized."""

    tardiness_minor: int = 0
    cost_minor: int = 0
    co2_minor: int = 0
    moves_minor: int = 0

    @property
    def total_minor(self) -> int:
        """The objective."""
        return self.tardiness_minor + self.cost_minor + self.co2_minor + self.moves_minor


@dataclass(frozen=True, slots=True)
class CapacityPrice:
    """What one more working hour of a unit in [from, until) would be worth to the plan, in theory."""

    unit_id: int
    from_minute: Minute
    until_minute: Minute
    price_minor_per_hour: int


@dataclass(frozen=True, slots=True)
class JobChange:
    """What an improvement does to a job; ``moved`` are positions of operations that change place.

    A job that fits nowhere any more keeps its old placements and ``is_lost``. The cost of work on a unit that has left
    the network is not known; it then counts as what it costs afterwards.
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
    terms_before: Terms = Terms()
    terms_after: Terms = Terms()
    lower_bound_minor: int | None = None
    """Certified: no schedule of these jobs is better; None when none was worked out."""
    prices: tuple[CapacityPrice, ...] = ()
    """Empty when none were worked out."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a search ended; what it found is on the board."""

    iterations: int = 0
    lower_bound_minor: int | None = None
    prices: tuple[CapacityPrice, ...] = ()


def improve(
    snapshot: Snapshot,
    jobs: Sequence[MovableJob],
    *,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Progress], bool] = lambda _: True,
    weights: Weights = Weights(),  # noqa: B008  # a frozen value
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
    weights
        Prices of the objective's terms.
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
    board = Board(snapshot, jobs, weights)
    lost = frozenset(repair(board))
    movable = [index for index in range(len(jobs)) if index not in lost and board.is_known(index)]
    before, repaired = _terms(board, movable), list(board.placements)
    searched = [index for index in movable if iterations != 0 and board.is_by_a_mode(index)]
    found = Found()
    if searched:
        from scheduling.search import search  # noqa: PLC0415  # the compiled loop loads on first use

        found = search(board, searched, objective_minor=before.total_minor, seed=seed, iterations=iterations,
                       seconds=seconds, progress=progress, clock=clock)
    after = _terms(board, movable)
    if after.total_minor > before.total_minor:
        board.placements[:], after = repaired, before
    settled = board.settled()
    return Improvement(
        changes=tuple(_change(board, index, settled[index], is_lost=index in lost) for index in range(len(jobs))),
        objective_before_minor=before.total_minor,
        objective_after_minor=after.total_minor,
        iterations=found.iterations,
        version=snapshot.version,
        terms_before=before,
        terms_after=after,
        lower_bound_minor=found.lower_bound_minor,
        prices=found.prices,
    )


def _terms(board: Board, movable: Sequence[int]) -> Terms:
    """Price the present placements of jobs, each term rounded half up."""
    stood = {
        (board.jobs[index].planned.job.code, here.operation): (here.unit_id, here.start_minute)
        for index in movable for here in board.jobs[index].planned.placements
    }
    planned = [PlannedJob(board.jobs[index].planned.job, board.placements[index]) for index in movable]
    terms = objective_thousandths(board.units, planned, board.snapshot.legs.leg, board.weights, stood=stood)
    return Terms(*((terms[name] + 500) // 1000 for name in ("tardiness", "cost", "co2", "moves")))


def _change(board: Board, index: int, after: tuple[Placement, ...], *, is_lost: bool) -> JobChange:
    item = board.jobs[index]
    job, before = item.planned.job, item.planned.placements
    if is_lost:
        after = before
    moved = tuple(old.operation for old, new in zip(before, after, strict=True) if is_moved(old, new))
    arrivals = [board.arrival(index, placements) for placements in ((before, after) if moved else (before,))]
    costs = [
        job_cost_minor(board.units, PlannedJob(job, placements), board.snapshot.legs.leg)
        for placements in ((before, after) if moved else (before,))
        if all(here.unit_id in board.units for here in placements)
    ] or [0]
    return JobChange(
        hold_id=item.hold_id,
        job_code=job.code,
        before=before,
        after=after,
        moved=moved,
        arrival_before_minute=arrivals[0],
        arrival_after_minute=arrivals[-1],
        cost_before_minor=costs[0],
        cost_after_minor=costs[-1],
        tardiness_before_minor=tardiness_minor(job, arrivals[0]),
        tardiness_after_minor=tardiness_minor(job, arrivals[-1]),
        is_lost=is_lost,
    )
