"""Turning labels into plans on the real timelines: who shares a unit is placed again, setups follow the neighbors."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    JOB_DESTINATION,
    JOB_LOAD,
    JOB_RELEASE,
    LEG_CO2,
    LEG_COST,
    LEG_MINUTES,
    MODE_CO2,
    MODE_COST,
    MODE_FIRST_SECONDARY,
    MODE_LAST_SECONDARY,
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
    RUN_FAMILY,
    RUN_UNTIL,
    UNIT_AXIS,
    UNIT_FAMILY_BEFORE,
    UNIT_SITE,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.axis import start_at, total_work
from scheduling.engine.compiled import compiled
from scheduling.engine.insertion import find_place
from scheduling.engine.promising import (
    FROM,
    FROM_MINUTE,
    MODE,
    MOST_LABELS,
    OUT_OF_REACH_MINUTES,
    READY,
    SECONDARY,
    deliver,
    label_job,
)
from scheduling.engine.timelines import clear_row, copy_row, copy_rows, put_run, runs_until, setup_between, work_from

# columns of a step, by operation
STEP_MODE, STEP_SECONDARY, STEP_SETUP_MINUTE, STEP_FROM_MINUTE, STEP_UNTIL_MINUTE = 0, 1, 2, 3, 4
STEP_READY, STEP_CLOSED, STEP_FROM, STEP_UNTIL = 5, 6, 7, 8
# summary
SUMMARY_END, SUMMARY_ARRIVAL, SUMMARY_COST, SUMMARY_CO2 = 0, 1, 2, 3


@compiled
def copy_unit(lines: Lines, scratch: Lines, unit: int) -> None:
    """Copy a unit's runs."""
    count = lines.counts[unit]
    scratch.counts[unit] = count
    copy_rows(scratch.runs[unit, :count], lines.runs[unit])


@compiled
def copy_modes(shop: Shop, lines: Lines, scratch: Lines, first: int, last: int) -> None:
    """Copy the units of some modes and their secondary units, those that are not copied yet (count NONE)."""
    for mode in range(first, last):
        if scratch.counts[shop.modes[mode, MODE_UNIT]] == NONE:
            copy_unit(lines, scratch, shop.modes[mode, MODE_UNIT])
        for index in range(shop.modes[mode, MODE_FIRST_SECONDARY], shop.modes[mode, MODE_LAST_SECONDARY]):
            if scratch.counts[shop.secondaries[index]] == NONE:
                copy_unit(lines, scratch, shop.secondaries[index])


@compiled
def make_room(lines: Lines, operations: int) -> Lines:
    """Make timelines onto which units may be copied, with room for a job; nothing is copied yet."""
    units, room = lines.runs.shape[0], lines.runs.shape[1] + operations
    counts = np.empty(units, dtype=np.int64)
    clear_row(counts)
    return Lines(counts, np.empty((units, room, 6), dtype=np.int64))


@compiled
def is_shared(shop: Shop, steps: Table) -> bool:
    """Tell whether two operations use one unit, or need one of the same secondary units."""
    for a in range(steps.shape[0]):
        for b in range(a + 1, steps.shape[0]):
            mode, other = steps[a, STEP_MODE], steps[b, STEP_MODE]
            if shop.modes[mode, MODE_UNIT] == shop.modes[other, MODE_UNIT]:
                return True
            if steps[a, STEP_SECONDARY] != NONE and steps[a, STEP_SECONDARY] == steps[b, STEP_SECONDARY]:
                return True
    return False


@compiled
def ready_minute(shop: Shop, steps: Table, operation: int, site: int) -> int:
    """Give when an operation's inputs are at a site; OUT_OF_REACH_MINUTES or more when they cannot be."""
    ready = max(shop.jobs[0, JOB_RELEASE], shop.operations[operation, OP_EARLIEST])
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        before = shop.befores[index]
        origin = shop.units[shop.modes[steps[before, STEP_MODE], MODE_UNIT], UNIT_SITE]
        leg = shop.legs[shop.jobs[0, JOB_LOAD], origin, site, LEG_MINUTES]
        ready = max(ready, steps[before, STEP_UNTIL_MINUTE] + leg)
    return int(ready)


@compiled
def place_step(shop: Shop, scratch: Lines, steps: Table, operation: int, mode: int) -> bool:
    """Find the first place of an operation by a mode behind its placed inputs: fills its step; False when none is."""
    step, span = steps[operation], np.empty(4, dtype=np.int64)
    unit = shop.modes[mode, MODE_UNIT]
    ready = ready_minute(shop, steps, operation, shop.units[unit, UNIT_SITE])
    if ready >= OUT_OF_REACH_MINUTES:
        return False
    secondary = find_place(shop, scratch, 0, operation, mode, ready, span)
    if secondary == -2:
        return False
    step[STEP_MODE], step[STEP_SECONDARY], step[STEP_READY] = mode, secondary, ready
    step[STEP_FROM], step[STEP_UNTIL] = span[0], span[1]
    step[STEP_FROM_MINUTE], step[STEP_UNTIL_MINUTE] = span[2], span[3]
    return True


@compiled
def put_step(shop: Shop, scratch: Lines, steps: Table, operation: int) -> None:
    """Put a placed operation on the scratch timelines."""
    step, span = steps[operation], np.empty(4, dtype=np.int64)
    span[0], span[1], span[2], span[3] = (
        step[STEP_FROM], step[STEP_UNTIL], step[STEP_FROM_MINUTE], step[STEP_UNTIL_MINUTE]
    )
    put_run(scratch, shop.modes[step[STEP_MODE], MODE_UNIT], span, shop.operations[operation, OP_FAMILY], operation)
    if step[STEP_SECONDARY] != NONE:
        span[0], span[1] = span[2], span[3]
        put_run(scratch, step[STEP_SECONDARY], span, NONE, operation)


@compiled
def in_order(steps: Table) -> Table:
    """List the operations by their starts, then by their numbers."""
    order = np.empty(steps.shape[0], dtype=np.int64)
    for operation in range(steps.shape[0]):
        place = operation
        while place > 0 and steps[order[place - 1], STEP_FROM_MINUTE] > steps[operation, STEP_FROM_MINUTE]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = operation
    return order


@compiled
def place_again(shop: Shop, lines: Lines, steps: Table) -> bool:
    """Place all operations one after the other in the order of their starts; False when they do not fit together."""
    count = steps.shape[0]
    scratch = make_room(lines, count)
    for operation in range(count):
        copy_modes(shop, lines, scratch, steps[operation, STEP_MODE], steps[operation, STEP_MODE] + 1)
    for operation in in_order(steps):
        if not place_step(shop, scratch, steps, operation, steps[operation, STEP_MODE]):
            return False
        put_step(shop, scratch, steps, operation)
    set_up(shop, scratch, steps)
    return True


@compiled
def set_up(shop: Shop, lines: Lines, steps: Table) -> None:
    """Fill in when each operation's setup begins, by the run before it."""
    for operation in range(steps.shape[0]):
        step = steps[operation]
        unit = shop.modes[step[STEP_MODE], MODE_UNIT]
        position = runs_until(lines.runs, unit, lines.counts[unit], RUN_UNTIL, step[STEP_FROM])
        before, least = shop.units[unit, UNIT_FAMILY_BEFORE], 0
        if position > 0:
            before, least = lines.runs[unit, position - 1, RUN_FAMILY], lines.runs[unit, position - 1, RUN_UNTIL]
        setup = setup_between(shop.units, shop.setups, unit, before, shop.operations[operation, OP_FAMILY])
        begin = max(step[STEP_FROM] - setup, least)
        step[STEP_SETUP_MINUTE] = step[STEP_FROM_MINUTE]
        if setup > 0 and begin < total_work(shop.axes, shop.units[unit, UNIT_AXIS]):
            step[STEP_SETUP_MINUTE] = start_at(shop.axes, shop.windows, shop.units[unit, UNIT_AXIS], begin)
        opened = step[STEP_FROM] - work_from(shop, unit, step[STEP_READY])
        step[STEP_CLOSED] = step[STEP_FROM_MINUTE] - step[STEP_READY] - opened


@compiled
def summarize(shop: Shop, steps: Table, summary: Table) -> None:
    """Fill ``summary`` with end, arrival, cost and emissions of a placed job."""
    destination, load = shop.jobs[0, JOB_DESTINATION], shop.jobs[0, JOB_LOAD]
    end = arrival = shop.jobs[0, JOB_RELEASE]
    cost = co2 = 0
    for operation in range(steps.shape[0]):
        mode = steps[operation, STEP_MODE]
        end = max(end, steps[operation, STEP_UNTIL_MINUTE])
        site = shop.units[shop.modes[mode, MODE_UNIT], UNIT_SITE]
        cost, co2 = cost + shop.modes[mode, MODE_COST], co2 + shop.modes[mode, MODE_CO2]
        for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
            origin = shop.units[shop.modes[steps[shop.befores[index], STEP_MODE], MODE_UNIT], UNIT_SITE]
            cost += shop.legs[load, origin, site, LEG_COST]
            co2 += shop.legs[load, origin, site, LEG_CO2]
        if shop.operations[operation, OP_AFTER] == 0:
            leg = shop.legs[load, site, destination]
            arrival = max(arrival, steps[operation, STEP_UNTIL_MINUTE] + leg[LEG_MINUTES])
            cost, co2 = cost + leg[LEG_COST], co2 + leg[LEG_CO2]
    summary[SUMMARY_END], summary[SUMMARY_ARRIVAL] = end, arrival
    summary[SUMMARY_COST], summary[SUMMARY_CO2] = cost, co2


@compiled
def realize(shop: Shop, lines: Lines, labels: Table, building: Table, steps: Table) -> bool:
    """Turn a way into steps; False when the operations that share a unit do not fit together."""
    for operation in range(steps.shape[0]):
        label = labels[operation, building[operation] // MOST_LABELS, building[operation] % MOST_LABELS]
        step = steps[operation]
        step[STEP_MODE], step[STEP_SECONDARY], step[STEP_READY] = label[MODE], label[SECONDARY], label[READY]
        step[STEP_FROM], step[STEP_FROM_MINUTE], step[STEP_UNTIL_MINUTE] = label[FROM], label[FROM_MINUTE], label[0]
        step[STEP_UNTIL] = step[STEP_FROM]
    if is_shared(shop, steps):
        return bool(place_again(shop, lines, steps))
    set_up(shop, lines, steps)
    return True


@compiled
def place_forward(shop: Shop, lines: Lines, steps: Table) -> int:
    """Place operation after operation, each where it ends first; the first that fits nowhere, NONE when all do."""
    count = steps.shape[0]
    scratch, best = make_room(lines, count), np.empty(steps.shape[1], dtype=np.int64)
    copy_modes(shop, lines, scratch, 0, shop.modes.shape[0])
    for operation in range(count):
        best[STEP_UNTIL_MINUTE] = NEVER
        for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
            is_placed = place_step(shop, scratch, steps, operation, mode)
            if is_placed and steps[operation, STEP_UNTIL_MINUTE] < best[STEP_UNTIL_MINUTE]:
                copy_row(best, steps[operation])
        if best[STEP_UNTIL_MINUTE] == NEVER:
            return operation
        copy_row(steps[operation], best)
        put_step(shop, scratch, steps, operation)
    set_up(shop, scratch, steps)
    return NONE


@compiled
def promise_job(shop: Shop, lines: Lines) -> tuple[int, Table, Table]:
    """Find the ways to make and deliver the one job of a shop; nothing that stands moves.

    Parameters
    ----------
    shop
        Its job 0 is promised.
    lines
        Only read.

    Returns
    -------
    tuple
        The operation that fits nowhere (-2: the job cannot reach its destination), NONE when there are ways;
        then summary and steps of each way.
    """
    count, sites = shop.operations.shape[0], shop.legs.shape[1]
    labels = np.empty((count, sites, MOST_LABELS, 10), dtype=np.int64)
    counts = np.zeros((count, sites), dtype=np.int64)
    chosen = np.empty((count, sites, MOST_LABELS, count), dtype=np.int64)
    building = np.empty((MOST_LABELS, count), dtype=np.int64)
    summary = np.empty((MOST_LABELS, 4), dtype=np.int64)
    steps = np.empty((MOST_LABELS, count, 9), dtype=np.int64)
    found = 0
    if label_job(shop, lines, labels, counts, chosen) == NONE:
        for way in range(deliver(shop, labels, counts, chosen, building)):
            if realize(shop, lines, labels, building[way], steps[found]):
                summarize(shop, steps[found], summary[found])
                found += 1
    if found == 0:
        missing = place_forward(shop, lines, steps[0])
        if missing != NONE:
            return missing, summary[:0], steps[:0]
        summarize(shop, steps[0], summary[0])
        if summary[0, SUMMARY_ARRIVAL] >= OUT_OF_REACH_MINUTES:
            return -2, summary[:0], steps[:0]
        found = 1
    return NONE, summary[:found], steps[:found]
