"""The search behind the improver: the live plan handed to planning as arrays, and what it found put on the board.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scheduling.board import Board
from scheduling.bounds import heat_map
from scheduling.engine.adopting import complete_plan
from scheduling.engine.arrays import (
    MODE_MINUTES,
    MODE_UNIT,
    NONE,
    OP_FIRST_MODE,
    OP_LAST_MODE,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_SECONDARY,
    PLAN_UNTIL_MINUTE,
    POINTS_PER_MINOR,
    RUN_KEY,
    Lines,
    Table,
    make_plan,
)
from scheduling.engine.layout import Layout, lay_out
from scheduling.engine.market import plan_values
from scheduling.improve import Found, Progress
from scheduling.planning import Stand, Task, moved_operations, plan
from scheduling.repair import read_plan


def search(
    board: Board, movable: Sequence[int], *, objective_minor: int, seed: int, iterations: int | None,
    seconds: float | None, progress: Callable[[Progress], bool], clock: Callable[[], float],
) -> Found:
    """Find a better schedule of the movable jobs and put it on the board; the present one stands if none is better.

    ``objective_minor`` is that of the present schedule, work that stays included; progress and bound include it too.
    """
    layout = lay_out(
        board.snapshot.plant.units, [board.entry(index, board.jobs[index].planned.fixed) for index in movable],
        board.snapshot.legs.leg, board.weights, families=board.snapshot.plant.families.names,
        families_before=board.snapshot.families_before,
    )
    present = _present_plan(board, movable, layout)
    task = Task(layout.shop, _without_movable(board, movable), present, seconds, iterations, seed)
    began = clock()
    rest_minor = objective_minor - _in_minor(int(plan_values(layout.shop, present).sum()))
    found = plan(task, lambda stand: progress(_progress(stand, rest_minor)), clock)
    bound = None if found.prices is None else found.prices.bound
    end = Stand(found.turns, clock() - began, found.first_points, found.points,
                 moved_operations(layout.shop, found.plan), bound)
    progress(_progress(end, rest_minor))
    for index, (first, last, *_) in zip(movable, layout.shop.jobs.tolist(), strict=True):
        board.placements[index] = read_plan(layout, found.plan[first:last], board.jobs[index].planned)
    prices = () if found.prices is None else heat_map(layout, found.prices)
    return Found(found.turns, _progress(end, rest_minor).lower_bound_minor, prices)


def _progress(stand: Stand, rest_minor: int) -> Progress:
    best_minor = _in_minor(stand.best_points) + rest_minor
    # The terms of the objective are rounded one by one, so a bound that is reached may come out a cent above.
    bound_minor = None if stand.bound is None else min(stand.bound.minor + rest_minor, best_minor)
    return Progress(
        stand.turns, stand.elapsed_seconds, _in_minor(stand.first_points) + rest_minor, best_minor, bound_minor,
        stand.moved_operations,
    )


def _in_minor(points: int) -> int:
    return (points + POINTS_PER_MINOR // 2) // POINTS_PER_MINOR


def _without_movable(board: Board, movable: Sequence[int]) -> Lines:
    """Give the timelines without what may move."""
    keys = np.array([
        key for index in movable for operation, key in enumerate(board.jobs[index].booking_ids)
        if operation not in board.jobs[index].planned.fixed
    ], dtype=np.int64)
    packed = board.snapshot.pack_lines()
    for unit, count in enumerate(packed.counts.tolist()):
        rows = packed.runs[unit, :count]
        kept = rows[~np.isin(rows[:, RUN_KEY], keys)]
        packed.runs[unit, : len(kept)], packed.counts[unit] = kept, len(kept)
    packed.runs[:, :, RUN_KEY] = NONE
    return packed


def _present_plan(board: Board, movable: Sequence[int], layout: Layout) -> Table:
    """Give where everything that may move stands on the board, as rows of a plan."""
    shop, present = layout.shop, make_plan(layout.shop)
    modes, operations = shop.modes[:, (MODE_UNIT, MODE_MINUTES)].tolist(), shop.operations.tolist()
    row = 0
    for index in movable:
        fixed = board.jobs[index].planned.fixed
        for here in board.placements[index]:
            if here.operation not in fixed:
                wanted = [layout.unit_index[here.unit_id], here.work_minutes]
                first, last = operations[row][OP_FIRST_MODE], operations[row][OP_LAST_MODE]
                secondary = here.secondary_unit_id
                present[row, PLAN_MODE] = next(mode for mode in range(first, last) if modes[mode] == wanted)
                present[row, PLAN_SECONDARY] = NONE if secondary is None else layout.unit_index[secondary]
                present[row, PLAN_FROM_MINUTE], present[row, PLAN_UNTIL_MINUTE] = here.start_minute, here.end_minute
            row += 1
    complete_plan(shop, present)
    return present
