"""What a plan begins with: room on the timelines, the jobs that stand, and the orders of the simple rules.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    JOB_DUE,
    JOB_FIRST,
    JOB_LAST,
    JOB_LATE_POINTS,
    JOB_RELEASE,
    MODE_FIRST_SECONDARY,
    MODE_LAST_SECONDARY,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_FIRST_MODE,
    OP_LAST_MODE,
    OP_STANDS_SITE,
    PLAN_MODE,
    Lines,
    Shop,
    Table,
)
from scheduling.planning_team import points_of


def room_for(shop: Shop, standing: Lines | None) -> Lines:
    """Copy timelines with what stands, with room on each unit for every operation that could come to it."""
    units = len(shop.units)
    counts = np.zeros(units, dtype=np.int64) if standing is None else standing.counts.copy()
    modes = shop.operations[:, OP_LAST_MODE] - shop.operations[:, OP_FIRST_MODE]
    whose = np.repeat(np.arange(len(shop.operations)), modes)
    pairs = np.unique(whose * units + shop.modes[:, MODE_UNIT])
    extra = np.bincount(pairs % units, minlength=units) if units else counts
    if len(shop.secondaries):
        needed = shop.modes[:, MODE_LAST_SECONDARY] - shop.modes[:, MODE_FIRST_SECONDARY]
        pairs = np.unique(np.repeat(whose, needed) * units + shop.secondaries)
        extra += np.bincount(pairs % units, minlength=units)
    runs = np.zeros((units, int((counts + extra).max(initial=0)) + 1, 6), dtype=np.int64)
    if standing is not None:
        most = int(counts.max(initial=0))
        runs[:, :most] = standing.runs[:, :most]
    return Lines(counts, runs)


def standing_jobs(shop: Shop, start: Table) -> Table:
    """List the jobs that a plan has, all of whose operations are placed or stand."""
    is_there = (start[:, PLAN_MODE] != NONE) | (shop.operations[:, OP_STANDS_SITE] != NONE)
    missing = np.add.reduceat(~is_there, shop.jobs[:, JOB_FIRST]) if len(shop.jobs) else np.zeros(0, dtype=np.int64)
    return np.flatnonzero(missing == 0).astype(np.int64)


def rank(values: Table) -> tuple[int, int]:
    """Order plans: one that leaves fewer jobs out is better, then one that is worth less."""
    return int((values >= NEVER).sum()), points_of(values)


def orders(shop: Shop, jobs: Table) -> list[Table]:
    """Give jobs in the orders of the simple rules: weight, due, weight by length, due of all, slack by weight."""
    due, rate = shop.jobs[jobs, JOB_DUE], shop.jobs[jobs, JOB_LATE_POINTS]
    begin = int(shop.jobs[jobs, JOB_RELEASE].min(initial=0))
    slack = np.minimum(due, NEVER >> 8) - begin
    length = np.maximum(shop.jobs[jobs, JOB_LAST] - shop.jobs[jobs, JOB_FIRST], 1)
    ratio = slack / np.maximum(rate, 1)
    keys = ((-rate,), (due, -rate), (-rate / length,), (due,), (ratio,))
    return [jobs[np.lexsort(key)] for key in keys]
