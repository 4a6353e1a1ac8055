"""Two searches from one plan, each around other jobs, made one again: what both changed, one of them decides."""

from __future__ import annotations

from scheduling.engine.annealing import note, remember
from scheduling.engine.arrays import (
    AXIS_TOTAL,
    JOB_FIRST,
    JOB_LAST,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_FAMILY,
    PLAN_FROM,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_SECONDARY,
    PLAN_UNTIL,
    PLAN_UNTIL_MINUTE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_FROM_MINUTE,
    RUN_UNTIL,
    UNIT_AXIS,
    UNIT_FAMILY_BEFORE,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.compiled import inlined, lean
from scheduling.engine.insertion import insert_job, job_value, remove_job, restore_job
from scheduling.engine.ruin import BEST_TOTAL, TOTAL, Search
from scheduling.engine.timelines import runs_until, setup_between


@inlined
def is_free(shop: Shop, lines: Lines, operation: int, row: Table) -> bool:
    """Tell whether an operation can stand where a plan row says, its setups and its secondary unit included."""
    unit, family = shop.modes[row[PLAN_MODE], MODE_UNIT], shop.operations[operation, OP_FAMILY]
    runs, count = lines.runs, lines.counts[unit]
    index = runs_until(runs, unit, count, RUN_UNTIL, row[PLAN_FROM])
    before, start = shop.units[unit, UNIT_FAMILY_BEFORE], 0
    if index > 0:
        before, start = runs[unit, index - 1, RUN_FAMILY], runs[unit, index - 1, RUN_UNTIL]
    after, end = NONE, shop.axes[shop.units[unit, UNIT_AXIS], AXIS_TOTAL]
    if index < count:
        after, end = runs[unit, index, RUN_FAMILY], runs[unit, index, RUN_FROM]
    if start + setup_between(shop.units, shop.setups, unit, before, family) > row[PLAN_FROM]:
        return False
    if row[PLAN_UNTIL] + setup_between(shop.units, shop.setups, unit, family, after) > end:
        return False
    secondary = row[PLAN_SECONDARY]
    if secondary == NONE:
        return True
    index = runs_until(runs, secondary, lines.counts[secondary], RUN_FROM_MINUTE, row[PLAN_UNTIL_MINUTE] - 1)
    return bool(index == 0 or runs[secondary, index - 1, RUN_UNTIL] <= row[PLAN_FROM_MINUTE])


@lean
def adopt_job(shop: Shop, lines: Lines, plan: Table, job: int, other: Table) -> bool:
    """Put a job where another plan has it; False, with nothing placed, when another run is there."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    for operation in range(first, last):
        if other[operation, PLAN_MODE] != NONE and not is_free(shop, lines, operation, other[operation]):
            return False
    restore_job(shop, lines, plan, job, other[first:last])
    return True


@lean
def merge(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, search: Search, other: Table, jobs: Table) -> int:
    """Bring changes that another search made to a plan into this one.

    Parameters
    ----------
    other
        The other search's plan.
    jobs
        Jobs that only the other search changed; their order is lost.

    Returns
    -------
    int
        1; 0 when a job fits nowhere any more, and then the timelines, the plan and the search are of no more use.
    """
    for index in range(jobs.shape[0]):
        job = jobs[index]
        remove_job(shop, lines, plan, job, shop.jobs[job, JOB_LAST])
        search.state[TOTAL] -= search.values[job]
        note(search, job)
    left = 0
    for index in range(jobs.shape[0]):
        job = jobs[index]
        if adopt_job(shop, lines, plan, job, other):
            search.values[job] = job_value(shop, plan, job)
            search.state[TOTAL] += search.values[job]
        else:
            jobs[left] = job
            left += 1
    for index in range(left):
        job = jobs[index]
        value = insert_job(shop, lines, plan, scratch, job, NEVER)
        if value >= NEVER:
            return 0
        search.values[job] = value
        search.state[TOTAL] += value
    if search.state[TOTAL] < search.state[BEST_TOTAL]:
        remember(shop, plan, search)
    return 1
