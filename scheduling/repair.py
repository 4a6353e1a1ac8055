"""Repair after a breakdown: only what no longer stands, and what waits for it, is placed again.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scheduling.board import Board
from scheduling.engine.arrays import (
    MODE_MINUTES,
    MODE_UNIT,
    NEVER,
    NONE,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_SECONDARY,
    PLAN_UNTIL_MINUTE,
    Table,
    make_plan,
    make_scratch,
)
from scheduling.problem import Placement
from scheduling.schedule import PlannedJob

if TYPE_CHECKING:
    from scheduling.engine.layout import Layout


def repair(board: Board) -> tuple[int, ...]:
    """Put every displaced job back, moving as little of it as possible and nothing else.

    The smallest change that keeps the promise is taken: operations whose place is gone, with those that they then
    come too late for; or with everything that waits for them; or the whole job. When none keeps it, the one of least
    value is.

    Parameters
    ----------
    board
        Changed in place; jobs with more weight go first.

    Returns
    -------
    tuple of int
        Positions of jobs that fit nowhere inside the horizon; empty when all are back.
    """
    order = sorted(board.displaced, key=lambda index: (-board.jobs[index].planned.job.weight, index))
    lost = [index for index in order if not board.is_known(index)]
    order = [index for index in order if board.is_known(index)]
    if order:
        lost += _put_back(board, order)
    board.displaced[:] = lost
    return tuple(lost)


def _put_back(board: Board, order: list[int]) -> list[int]:
    from scheduling.engine.layout import lay_out  # noqa: PLC0415  # the compiled loop loads on first use
    from scheduling.engine.repairing import lift, repair_job  # noqa: PLC0415

    snapshot = board.snapshot
    layout = lay_out(
        snapshot.plant.units, [board.entry(index, stands=board.standing_now(index)) for index in order],
        snapshot.legs.leg, board.weights, families=snapshot.plant.families.names,
        families_before=snapshot.families_before,
    )
    shop, stood = layout.shop, board.stood(order)
    lines = snapshot.pack_lines(room=len(stood))
    plan, scratch = make_plan(shop), make_scratch(shop)
    for operation in np.flatnonzero(stood[:, -1] == 0).tolist():
        lift(shop, lines, stood, operation)
    lost = []
    first = 0
    for number, index in enumerate(order):
        last = first + len(board.jobs[index].planned.job.operations)
        if repair_job(shop, lines, plan, scratch, stood, number) >= NEVER:
            lost.append(index)
        else:
            board.placements[index] = read_plan(layout, plan[first:last], board.jobs[index].planned)
        first = last
    return lost


def read_plan(layout: Layout, rows: Table, planned: PlannedJob) -> tuple[Placement, ...]:
    """Read a job's placements out of its rows of a plan; what is not in the plan stands where it stood.

    Setups are not known yet: each placement's is given as none.
    """
    shop, units, found = layout.shop, layout.units, []
    for here, operation, row in zip(planned.placements, planned.job.operations, rows.tolist(), strict=True):
        if row[PLAN_MODE] == NONE:
            found.append(here)
            continue
        unit, secondary = units[int(shop.modes[row[PLAN_MODE], MODE_UNIT])], row[PLAN_SECONDARY]
        start, end = row[PLAN_FROM_MINUTE], row[PLAN_UNTIL_MINUTE]
        placed = Placement(here.operation, unit.id, start, start, end, int(shop.modes[row[PLAN_MODE], MODE_MINUTES]),
                           operation.setup_family, None if secondary == NONE else units[secondary].id)
        is_same = (placed.unit_id, start, end, placed.secondary_unit_id) == (
            here.unit_id, here.start_minute, here.end_minute, here.secondary_unit_id)
        found.append(here if is_same else placed)
    return tuple(found)
