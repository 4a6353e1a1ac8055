"""Putting displaced work back by the smallest change."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    AXIS_FIRST,
    AXIS_LAST,
    JOB_DESTINATION,
    JOB_FIRST,
    JOB_LAST,
    JOB_LIMIT,
    JOB_LOAD,
    JOB_RELEASE,
    LEG_MINUTES,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_AFTER,
    OP_EARLIEST,
    OP_FAMILY,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    OP_STANDS_SITE,
    OP_TAIL,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_POINTS,
    PLAN_SECONDARY,
    PLAN_UNTIL_MINUTE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_KEY,
    RUN_UNTIL,
    UNIT_AXIS,
    UNIT_COVER,
    UNIT_FAMILY_BEFORE,
    UNIT_SITE,
    WINDOW_END,
    WINDOW_START,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.axis import end_at, first_fit, last_at_most, start_at, total_work, work_at
from scheduling.engine.compiled import compiled
from scheduling.engine.insertion import (
    arrival_of,
    insert_job,
    job_value,
    late_points,
    place_operation,
    remove_job,
    site_and_end,
)
from scheduling.engine.timelines import put_run, setup_between, take_run, work_from

# columns of a booked run, by operation
STOOD_UNIT, STOOD_SECONDARY, STOOD_FROM_MINUTE, STOOD_UNTIL_MINUTE, STOOD_KEY, STOOD_KIND = range(6)
GONE, LOOSE, FIXED = 0, 1, 2
"""Kinds: its place is gone; it stands and may move; it must stay."""
SHIFT, TAIL, WHOLE = 0, 1, 2
"""Ways to put a job back: what is gone and what waits for that too late; what is gone and all that waits for it; all
that is not fixed."""


@compiled
def are_standing(shop: Shop, rows: Table) -> Table:
    """Tell of runs, given as (unit, secondary unit, from, until, minutes, may pause), which lie in offered time."""
    found = np.zeros(rows.shape[0], dtype=np.int64)
    for index in range(rows.shape[0]):
        unit, secondary, start, end, minutes, is_resumable = rows[index]
        if unit == NONE:
            continue
        axis = shop.units[unit, UNIT_AXIS]
        run = work_at(shop.axes, shop.windows, axis, start)
        until = run + minutes
        if until > total_work(shop.axes, axis) or start_at(shop.axes, shop.windows, axis, run) != start:
            continue
        if is_resumable == 0 and first_fit(shop.axes, shop.windows, axis, run, minutes) != run:
            continue
        if end_at(shop.axes, shop.windows, axis, until) == end and is_covered(shop, unit, secondary, start, end):
            found[index] = 1
    return found


@compiled
def untidy_runs(shop: Shop, lines: Lines) -> Table:
    """List the keys of runs that stand in offered time, but have no time for their setup before them."""
    count = 0
    for unit in range(lines.counts.shape[0]):
        count += lines.counts[unit]
    found = np.empty(count, dtype=np.int64)
    count = 0
    for unit in range(lines.counts.shape[0]):
        if shop.units[unit, UNIT_COVER] != NONE:
            continue
        before, until = shop.units[unit, UNIT_FAMILY_BEFORE], 0
        for position in range(lines.counts[unit]):
            run = lines.runs[unit, position]
            setup = setup_between(shop.units, shop.setups, unit, before, run[RUN_FAMILY])
            if run[RUN_UNTIL] > run[RUN_FROM] and run[RUN_FROM] - setup < until:
                found[count] = run[RUN_KEY]
                count += 1
            before, until = run[RUN_FAMILY], run[RUN_UNTIL]
    return found[:count]


@compiled
def is_covered(shop: Shop, unit: int, secondary: int, start: int, end: int) -> bool:
    """Tell whether a secondary unit is there whenever a unit works in [start, end); NONE always is, -2 never."""
    if secondary < 0:
        return bool(secondary == NONE)
    cover, axis = shop.units[secondary, UNIT_COVER], shop.units[unit, UNIT_AXIS]
    last = shop.axes[axis, AXIS_LAST]
    row = max(last_at_most(shop.windows, WINDOW_START, shop.axes[axis, AXIS_FIRST], last, start), 0)
    while row < last and shop.windows[row, WINDOW_START] < end:
        begin, until = max(start, shop.windows[row, WINDOW_START]), min(end, shop.windows[row, WINDOW_END])
        served = work_at(shop.axes, shop.windows, cover, until) - work_at(shop.axes, shop.windows, cover, begin)
        if begin < until and served != until - begin:
            return False
        row += 1
    return True


@compiled
def lift(shop: Shop, lines: Lines, stood: Table, operation: int) -> None:
    """Take an operation off the place where it stood; it is to be placed then."""
    start, key = stood[operation, STOOD_FROM_MINUTE], stood[operation, STOOD_KEY]
    if stood[operation, STOOD_UNIT] != NONE:
        take_run(lines, stood[operation, STOOD_UNIT], start, key)
    if stood[operation, STOOD_SECONDARY] >= 0:
        take_run(lines, stood[operation, STOOD_SECONDARY], start, key)
    shop.operations[operation, OP_STANDS_SITE] = NONE


@compiled
def set_down(shop: Shop, lines: Lines, stood: Table, operation: int) -> None:
    """Put an operation back where it stood."""
    span, unit = np.empty(4, dtype=np.int64), stood[operation, STOOD_UNIT]
    span[2], span[3] = stood[operation, STOOD_FROM_MINUTE], stood[operation, STOOD_UNTIL_MINUTE]
    span[0], span[1] = work_from(shop, unit, span[2]), work_from(shop, unit, span[3])
    put_run(lines, unit, span, shop.operations[operation, OP_FAMILY], stood[operation, STOOD_KEY])
    if stood[operation, STOOD_SECONDARY] >= 0:
        span[0], span[1] = span[2], span[3]
        put_run(lines, stood[operation, STOOD_SECONDARY], span, NONE, stood[operation, STOOD_KEY])
    shop.operations[operation, OP_STANDS_SITE] = shop.units[unit, UNIT_SITE]


@compiled
def ready_at(shop: Shop, plan: Table, job: int, operation: int, site: int) -> int:
    """Give when an operation's inputs are at a site."""
    ready = max(shop.jobs[job, JOB_RELEASE], shop.operations[operation, OP_EARLIEST])
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        origin, end = site_and_end(shop, plan, shop.befores[index])
        ready = max(ready, end + shop.legs[shop.jobs[job, JOB_LOAD], origin, site, LEG_MINUTES])
    return int(ready)


@compiled
def strain(shop: Shop, plan: Table, stood: Table, job: int, operation: int) -> int:
    """Give by how many minutes a placed operation comes too late for what stands behind it, and for the promise."""
    site, end = site_and_end(shop, plan, operation)
    load, late = shop.jobs[job, JOB_LOAD], 0
    for later in range(operation + 1, shop.jobs[job, JOB_LAST]):
        if shop.operations[later, OP_STANDS_SITE] == NONE:
            continue
        for index in range(shop.operations[later, OP_FIRST_BEFORE], shop.operations[later, OP_LAST_BEFORE]):
            if shop.befores[index] == operation:
                leg = shop.legs[load, site, shop.operations[later, OP_STANDS_SITE], LEG_MINUTES]
                late += max(0, end + leg - stood[later, STOOD_FROM_MINUTE])
    if shop.operations[operation, OP_AFTER] == 0:
        end += shop.legs[load, site, shop.jobs[job, JOB_DESTINATION], LEG_MINUTES]
    else:
        end += shop.operations[operation, OP_TAIL]
    return int(late + max(0, end - shop.jobs[job, JOB_LIMIT]))


@compiled
def place_near(shop: Shop, lines: Lines, plan: Table, stood: Table, job: int, operation: int, room: Table) -> bool:
    """Place an operation by the mode that strains what stands least, then costs least; False when it fits nowhere."""
    best, least, least_points = NONE, NEVER, NEVER
    for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
        if place_operation(shop, lines, plan, job, operation, mode, room) == 0:
            continue
        minutes = strain(shop, plan, stood, job, operation)
        end = plan[operation, PLAN_UNTIL_MINUTE] + shop.operations[operation, OP_TAIL]
        points = plan[operation, PLAN_POINTS] + late_points(shop, job, end)
        if minutes < least or (minutes == least and points < least_points):
            best, least, least_points = mode, minutes, points
        take_off(shop, lines, plan, operation)
    return best != NONE and place_operation(shop, lines, plan, job, operation, best, room) == 1


@compiled
def take_off(shop: Shop, lines: Lines, plan: Table, operation: int) -> None:
    """Take one placed operation off the timelines."""
    start = plan[operation, PLAN_FROM_MINUTE]
    take_run(lines, shop.modes[plan[operation, PLAN_MODE], MODE_UNIT], start, operation)
    if plan[operation, PLAN_SECONDARY] != NONE:
        take_run(lines, plan[operation, PLAN_SECONDARY], start, operation)
    plan[operation, PLAN_MODE] = NONE


@compiled
def shift_job(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, stood: Table, job: int) -> int:
    """Place what is gone, and what then comes too early behind it; all else stays. The value, NEVER when it fails."""
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        site = shop.operations[operation, OP_STANDS_SITE]
        if site != NONE:
            ready = ready_at(shop, plan, job, operation, site)
            if stood[operation, STOOD_KIND] == FIXED or ready <= stood[operation, STOOD_FROM_MINUTE]:
                continue
            lift(shop, lines, stood, operation)
        if not place_near(shop, lines, plan, stood, job, operation, scratch.room):
            return NEVER
    return job_value(shop, plan, job)


@compiled
def try_way(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, stood: Table, job: int, way: int) -> int:
    """Put a job back in one way; its value, NEVER, with everything as it was, when that fails or comes too late."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    for operation in range(first, last):
        if stood[operation, STOOD_KIND] != LOOSE or way == SHIFT:
            continue
        is_kept = way == TAIL
        for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
            if shop.operations[shop.befores[index], OP_STANDS_SITE] == NONE:
                is_kept = False
        if not is_kept:
            lift(shop, lines, stood, operation)
    if way == SHIFT:
        value = shift_job(shop, lines, plan, scratch, stood, job)
        if value < NEVER and arrival_of(shop, plan, job) > shop.jobs[job, JOB_LIMIT]:
            value = NEVER
    else:
        value = insert_job(shop, lines, plan, scratch, job, NEVER - 1)
    if value >= NEVER:
        undo_way(shop, lines, plan, stood, job)
        return NEVER
    return int(value)


@compiled
def undo_way(shop: Shop, lines: Lines, plan: Table, stood: Table, job: int) -> None:
    """Take a job off and put back what stood."""
    remove_job(shop, lines, plan, job, shop.jobs[job, JOB_LAST])
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if stood[operation, STOOD_KIND] == LOOSE and shop.operations[operation, OP_STANDS_SITE] == NONE:
            set_down(shop, lines, stood, operation)


@compiled
def repair_job(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, stood: Table, job: int) -> int:
    """Put a displaced job back by the smallest change that keeps its promise; if none does, at the least value.

    Parameters
    ----------
    shop
        Operations that are not gone stand; these marks follow what moves.
    stood
        Where each operation stood.

    Returns
    -------
    int
        Its value in points; NEVER, with everything as it was, when it fits nowhere inside the horizon.
    """
    for way in range(SHIFT, WHOLE + 1):
        value = try_way(shop, lines, plan, scratch, stood, job, way)
        if value < NEVER:
            return value
    limit = shop.jobs[job, JOB_LIMIT]
    if limit == NEVER:
        return NEVER
    shop.jobs[job, JOB_LIMIT] = NEVER
    best, least = NONE, NEVER
    for way in range(SHIFT, WHOLE + 1):
        value = try_way(shop, lines, plan, scratch, stood, job, way)
        if value < NEVER:
            undo_way(shop, lines, plan, stood, job)
            if value < least:
                best, least = way, value
    return NEVER if best == NONE else int(try_way(shop, lines, plan, scratch, stood, job, best))
