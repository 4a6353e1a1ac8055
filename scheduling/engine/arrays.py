"""The planning problem as arrays of 64-bit integers: what each table's columns mean.

Rows are records, columns are named here. Minutes are wall-clock minutes of the problem; *work* counts the working
minutes of one axis from its first window on. *Points* are thousandths of a minor currency unit: the objective's terms
added up with their weights, without rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]

POINTS_PER_MINOR = 1000
NONE = -1
NEVER = 1 << 60
"""Later than any minute, dearer than any value."""
OUT_OF_REACH = 1 << 40
"""Minutes of a move between places that no road joins, at least."""

# axes: one row per work calendar
AXIS_FIRST, AXIS_LAST, AXIS_TOTAL, AXIS_MINUTE, AXIS_BY_MINUTE, AXIS_BY_WORK, AXIS_SHIFT = range(7)
"""Its windows are rows [first, last) of ``windows``; ``total`` working minutes; ``minute`` is where it begins.
``by_minute`` and ``by_work`` are where its part of ``guides`` begins: for each stretch of 2**``shift`` minutes, or of
as many working minutes, the last window that begins no later than the stretch, so that finding a window is a step or
two. ``shift`` is NONE for an axis without a guide."""
# windows, ascending per axis
WINDOW_START, WINDOW_END, WINDOW_BEFORE = 0, 1, 2
"""[start, end) in minutes; working minutes of the axis before it."""
# units
UNIT_AXIS, UNIT_SITE, UNIT_MATRIX, UNIT_FAMILY_BEFORE, UNIT_COVER = 0, 1, 2, 3, 4
"""``cover`` is the axis of a secondary unit's windows, NONE for others; its own axis counts wall minutes."""
# legs[load, from, to]
LEG_MINUTES, LEG_COST, LEG_CO2, LEG_POINTS = 0, 1, 2, 3
# jobs
JOB_FIRST, JOB_LAST, JOB_RELEASE, JOB_FLOOR, JOB_DUE, JOB_LIMIT, JOB_LATE_POINTS, JOB_LOAD, JOB_DESTINATION = range(9)
JOB_IS_CHAIN = 9
"""Operations [first, last); no run before ``release``, no setup before ``floor``; ``due`` and ``limit`` may be NEVER;
``late_points`` per minute after due; ``load`` and ``destination`` index ``legs`` (destination NONE: nothing moves);
``is_chain`` when each operation follows the one before it, and none stands or needs a secondary unit."""
# operations
OP_JOB, OP_FAMILY, OP_RESUMABLE, OP_EARLIEST, OP_FIRST_MODE, OP_LAST_MODE = range(6)
OP_FIRST_BEFORE, OP_LAST_BEFORE, OP_AFTER, OP_TAIL = 6, 7, 8, 9
"""Predecessors are ``befores[first:last]``; ``after`` counts successors; ``tail`` is the least number of minutes from
its end to the job's arrival."""
OP_WAS_UNIT, OP_WAS_FROM, OP_MOVE_POINTS = 10, 11, 12
"""Where it stood, NONE if nowhere; what starting elsewhere is priced at."""
OP_STANDS_SITE, OP_STANDS_UNTIL = 13, 14
"""Site and end of an operation that stays where it is; site NONE for one that is to be placed."""
# modes
MODE_UNIT, MODE_MINUTES, MODE_COST, MODE_CO2, MODE_POINTS, MODE_FIRST_SECONDARY, MODE_LAST_SECONDARY = range(7)
MODE_SITE, MODE_TAIL, MODE_AHEAD = 7, 8, 9
"""Site of its unit; the least minutes and the least points that are still to come from its end to the arrival."""
# plan: one row per operation
PLAN_MODE, PLAN_SECONDARY, PLAN_FROM, PLAN_UNTIL, PLAN_FROM_MINUTE, PLAN_UNTIL_MINUTE, PLAN_POINTS = range(7)
"""``mode`` NONE while it is off the board; from and until in work of its unit's axis; ``points`` of the mode, the moves
that bring its inputs, and starting elsewhere."""
# runs by unit and position, ascending in time
RUN_FROM, RUN_UNTIL, RUN_FROM_MINUTE, RUN_UNTIL_MINUTE, RUN_FAMILY, RUN_KEY = range(6)


class Shop(NamedTuple):
    """The problem: nothing in it changes while planning."""

    axes: Table
    windows: Table
    units: Table
    setups: Table
    """[matrix, family before, family after], working minutes; 0 for equal families."""
    legs: Table
    jobs: Table
    operations: Table
    befores: Table
    modes: Table
    secondaries: Table
    guides: Table = np.zeros(1, dtype=np.int64)
    """See the axes; none of them needs one."""


class Lines(NamedTuple):
    """The timelines: what stands on each unit."""

    counts: Table
    runs: Table


class Scratch(NamedTuple):
    """Room for the labels of one job."""

    labels: Table
    """[operation of the job, site, (end, points, mode)]; mode NONE where there is no label."""
    origins: Table
    """[position among the job's predecessor entries, site]: the site its input comes from."""
    sites: Table
    """[operation of the job]: the site chosen."""
    steps: Table
    """[operation of the job, site, column]: the labels of a job that is a chain."""
    room: Table
    """Eight numbers."""
    rents: Table
    """[unit, bucket, column]: what a chain's runs are priced at when its way is chosen, beyond what they cost; of
    work beyond the last bucket each minute is priced as in it. No buckets when nothing is priced."""


LABEL_END, LABEL_POINTS, LABEL_MODE = 0, 1, 2
RENT_PRICE, RENT_BEFORE, RENT_BUCKET = range(3)
"""Points per working minute, points of all minutes before the bucket, and working minutes of a bucket."""
STEP_END, STEP_POINTS, STEP_MODE, STEP_FROM, STEP_INDEX, STEP_ORIGIN = range(6)
"""First as a label's; where the run begins in work, its position on its unit, and the site its input comes from."""


def make_scratch(shop: Shop, rents: Table | None = None) -> Scratch:
    """Make room for the labels of any job of a shop; ``rents`` None prices nothing."""
    firsts, lasts = shop.jobs[:, JOB_FIRST], shop.jobs[:, JOB_LAST]
    operations = int((lasts - firsts).max(initial=1))
    befores = 1
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        if last > first:
            entries = shop.operations[last - 1, OP_LAST_BEFORE] - shop.operations[first, OP_FIRST_BEFORE]
            befores = max(befores, int(entries))
    sites = shop.legs.shape[1]
    return Scratch(
        np.full((operations, sites, 3), NONE, dtype=np.int64),
        np.full((befores, sites), NONE, dtype=np.int64),
        np.full(operations, NONE, dtype=np.int64),
        np.full((operations, sites, 6), NONE, dtype=np.int64),
        np.zeros(8, dtype=np.int64),
        np.zeros((1, 0, 3), dtype=np.int64) if rents is None else rents,
    )


def make_lines(shop: Shop, capacity: int) -> Lines:
    """Make empty timelines with room for ``capacity`` runs on each unit."""
    units = shop.units.shape[0]
    return Lines(np.zeros(units, dtype=np.int64), np.zeros((units, max(capacity, 1), 6), dtype=np.int64))


def make_plan(shop: Shop) -> Table:
    """Make a plan in which no operation is placed."""
    return np.full((shop.operations.shape[0], 7), NONE, dtype=np.int64)
