"""Putting a job on the timelines at its best: the one primitive of promise, first schedule, repair and improvement.

For each operation and site one label is kept, the way to get that far whose value (points so far, plus the tardiness
that its end and the least remaining time make certain) is least. The chosen units are then placed one after the other
on the real timelines, so operations of a job that share a unit see each other. With one predecessor per operation and
no shared unit this is a dynamic program over sites; joins combine the best arrival of each predecessor.
"""

from __future__ import annotations

from scheduling.engine.arrays import (
    JOB_DESTINATION,
    JOB_DUE,
    JOB_FIRST,
    JOB_FLOOR,
    JOB_IS_CHAIN,
    JOB_LAST,
    JOB_LATE_POINTS,
    JOB_LIMIT,
    JOB_LOAD,
    JOB_RELEASE,
    LABEL_END,
    LABEL_MODE,
    LABEL_POINTS,
    LEG_MINUTES,
    LEG_POINTS,
    MODE_FIRST_SECONDARY,
    MODE_LAST_SECONDARY,
    MODE_MINUTES,
    MODE_POINTS,
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
    OP_MOVE_POINTS,
    OP_RESUMABLE,
    OP_STANDS_SITE,
    OP_STANDS_UNTIL,
    OP_TAIL,
    OP_WAS_FROM,
    OP_WAS_UNIT,
    PLAN_FROM,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_POINTS,
    PLAN_SECONDARY,
    PLAN_UNTIL,
    PLAN_UNTIL_MINUTE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_FROM_MINUTE,
    RUN_KEY,
    RUN_UNTIL,
    RUN_UNTIL_MINUTE,
    UNIT_SITE,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.chain import insert_chain, put_operation
from scheduling.engine.compiled import inlined, lean
from scheduling.engine.timelines import (
    find_run,
    open_place,
    put_run,
    run_minutes,
    runs_until,
    secondary_retry,
    take_run,
    work_from,
)


@lean
def late_points(shop: Shop, job: int, end: int) -> int:
    """Price an arrival at a minute."""
    due = shop.jobs[job, JOB_DUE]
    return int((end - due) * shop.jobs[job, JOB_LATE_POINTS]) if end > due else 0


@lean
def find_place(
    shop: Shop, lines: Lines, job: int, operation: int, mode: int, ready: int, span: Table
) -> int:
    """Find the first place of an operation by one mode, its inputs ready at a minute.

    Fills ``span`` with (from, until, from minute, until minute).

    Returns
    -------
    int
        The secondary unit it uses, NONE when it needs none; -2 when it fits nowhere.
    """
    unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
    family, is_resumable = shop.operations[operation, OP_FAMILY], shop.operations[operation, OP_RESUMABLE]
    floor = work_from(shop, unit, shop.jobs[job, JOB_FLOOR])
    first, last = shop.modes[mode, MODE_FIRST_SECONDARY], shop.modes[mode, MODE_LAST_SECONDARY]
    work = work_from(shop, unit, ready)
    while True:
        run = find_run(shop, lines, unit, work, floor, minutes, family, is_resumable)
        if run < 0:
            return -2
        run_minutes(shop, unit, run, minutes, span)
        if first == last:
            return NONE
        again = NEVER
        for index in range(first, last):
            secondary = shop.secondaries[index]
            retry = secondary_retry(shop, lines, unit, secondary, span[2], span[3])
            if retry == span[2]:
                return int(secondary)
            if retry != NONE and retry < again:
                again = retry
        if again == NEVER:
            return -2
        work = max(work_from(shop, unit, again), run + 1)


@lean
def arrive(shop: Shop, labels: Table, job: int, before: int, site: int) -> int:
    """Give the site from which a predecessor's work comes best to a site; NONE when it has no label."""
    first, load = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD]
    tail = shop.operations[before, OP_TAIL]
    best, best_value = NONE, NEVER
    for origin in range(labels.shape[1]):
        if labels[before - first, origin, LABEL_MODE] == NONE:
            continue
        end = labels[before - first, origin, LABEL_END] + shop.legs[load, origin, site, LEG_MINUTES]
        value = labels[before - first, origin, LABEL_POINTS] + shop.legs[load, origin, site, LEG_POINTS]
        value += late_points(shop, job, end + tail)
        if value < best_value:
            best, best_value = origin, value
    return best


@lean
def join(shop: Shop, scratch: Scratch, job: int, operation: int, site: int, start: Table) -> int:
    """Bring an operation's inputs to a site: fills ``start`` with (ready, points); 0 when one of them has no label."""
    first, load = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD]
    entry = shop.operations[first, OP_FIRST_BEFORE]
    ready, points = max(shop.jobs[job, JOB_RELEASE], shop.operations[operation, OP_EARLIEST]), 0
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        before = shop.befores[index]
        origin = arrive(shop, scratch.labels, job, before, site)
        if origin == NONE:
            return 0
        scratch.origins[index - entry, site] = origin
        end = scratch.labels[before - first, origin, LABEL_END] + shop.legs[load, origin, site, LEG_MINUTES]
        ready = max(ready, end)
        points += scratch.labels[before - first, origin, LABEL_POINTS] + shop.legs[load, origin, site, LEG_POINTS]
    start[0], start[1] = ready, points
    return 1


@lean
def move_points(shop: Shop, operation: int, unit: int, from_minute: int) -> int:
    """Price that an operation starts elsewhere than where it stood."""
    was = shop.operations[operation, OP_WAS_UNIT]
    if was == NONE or (was == unit and shop.operations[operation, OP_WAS_FROM] == from_minute):
        return 0
    return int(shop.operations[operation, OP_MOVE_POINTS])


@lean
def label_operation(shop: Shop, lines: Lines, scratch: Scratch, job: int, operation: int, room: Table) -> None:
    """Find the best label of an operation at every site; ``room`` is eight integers of scratch."""
    own = operation - shop.jobs[job, JOB_FIRST]
    labels = scratch.labels
    for site in range(labels.shape[1]):
        labels[own, site, LABEL_MODE] = NONE
    stands = shop.operations[operation, OP_STANDS_SITE]
    if stands != NONE:
        has_inputs = join(shop, scratch, job, operation, stands, room[0:2])
        labels[own, stands, LABEL_END] = shop.operations[operation, OP_STANDS_UNTIL]
        labels[own, stands, LABEL_POINTS] = room[1] if has_inputs == 1 else 0
        labels[own, stands, LABEL_MODE] = 0
        return
    site_of_inputs, tail = NONE, shop.operations[operation, OP_TAIL]
    is_ready = 0
    for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
        site = shop.units[shop.modes[mode, MODE_UNIT], UNIT_SITE]
        if site != site_of_inputs:
            is_ready, site_of_inputs = join(shop, scratch, job, operation, site, room[0:2]), site
        if is_ready == 1:
            try_mode(shop, lines, labels, job, operation, mode, tail, room)


@lean
def try_mode(
    shop: Shop, lines: Lines, labels: Table, job: int, operation: int, mode: int, tail: int, room: Table
) -> None:
    """Keep a mode's place as its site's label if it is the best so far; a place that cannot be is not looked for."""
    own = operation - shop.jobs[job, JOB_FIRST]
    unit = shop.modes[mode, MODE_UNIT]
    site = shop.units[unit, UNIT_SITE]
    points = room[1] + shop.modes[mode, MODE_POINTS]
    best = NEVER
    if labels[own, site, LABEL_MODE] != NONE:
        best = labels[own, site, LABEL_POINTS] + late_points(shop, job, labels[own, site, LABEL_END] + tail)
        soonest = room[0] + shop.modes[mode, MODE_MINUTES]
        if points + late_points(shop, job, soonest + tail) > best:
            return
    if find_place(shop, lines, job, operation, mode, room[0], room[4:8]) == -2:
        return
    points += move_points(shop, operation, unit, room[6])
    value = points + late_points(shop, job, room[7] + tail)
    is_tie = value == best and room[7] < labels[own, site, LABEL_END]
    if value < best or is_tie:
        labels[own, site, LABEL_END] = room[7]
        labels[own, site, LABEL_POINTS] = points
        labels[own, site, LABEL_MODE] = mode


@lean
def choose_sites(shop: Shop, scratch: Scratch, job: int) -> int:
    """Follow the best labels back from the last operations: fills ``sites``; 0 when the job cannot be delivered."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    destination = shop.jobs[job, JOB_DESTINATION]
    entry = shop.operations[first, OP_FIRST_BEFORE]
    sites = scratch.sites
    for own in range(last - first):
        sites[own] = NONE
    for operation in range(last - 1, first - 1, -1):
        own = operation - first
        if shop.operations[operation, OP_AFTER] == 0:
            sites[own] = best_end(shop, scratch.labels, job, operation, destination)
        site = sites[own]
        if site == NONE or scratch.labels[own, site, LABEL_MODE] == NONE:
            return 0
        for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
            before = shop.befores[index] - first
            if sites[before] == NONE:
                stands = shop.operations[before + first, OP_STANDS_SITE]
                sites[before] = stands if stands != NONE else scratch.origins[index - entry, site]
    return 1


@lean
def best_end(shop: Shop, labels: Table, job: int, operation: int, destination: int) -> int:
    """Give the site at which a last operation ends best; NONE when it has no label."""
    if destination != NONE:
        return int(arrive(shop, labels, job, operation, destination))
    own, best, best_value = operation - shop.jobs[job, JOB_FIRST], NONE, NEVER
    for site in range(labels.shape[1]):
        if labels[own, site, LABEL_MODE] != NONE:
            value = labels[own, site, LABEL_POINTS] + late_points(shop, job, labels[own, site, LABEL_END])
            if value < best_value:
                best, best_value = site, value
    return best


@lean
def insert_job(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, job: int, most: int) -> int:
    """Put a job on the timelines at its best.

    Parameters
    ----------
    job
        None of its operations is on the timelines, but for those that stand.
    most
        Value above which the job is not wanted.

    Returns
    -------
    int
        Its value in points; NEVER, with the timelines as they were, when it fits nowhere, arrives after its limit or
        is worth more than ``most``.
    """
    if shop.jobs[job, JOB_IS_CHAIN] == 1:
        return insert_chain(shop, lines, plan, scratch, job, most)
    room = scratch.room
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    for operation in range(first, last):
        label_operation(shop, lines, scratch, job, operation, room)
    if choose_sites(shop, scratch, job) == 0:
        return NEVER
    for operation in range(first, last):
        mode = NONE
        if shop.operations[operation, OP_STANDS_SITE] == NONE:
            mode = scratch.labels[operation - first, scratch.sites[operation - first], LABEL_MODE]
            if place_operation(shop, lines, plan, job, operation, mode, room) == 0:
                remove_job(shop, lines, plan, job, operation)
                return NEVER
    value = job_value(shop, plan, job)
    if value > most or arrival_of(shop, plan, job) > shop.jobs[job, JOB_LIMIT]:
        remove_job(shop, lines, plan, job, last)
        return NEVER
    return value


@inlined
def site_and_end(shop: Shop, plan: Table, operation: int) -> tuple[int, int]:
    """Give site and end of a placed or standing operation."""
    if shop.operations[operation, OP_STANDS_SITE] != NONE:
        return shop.operations[operation, OP_STANDS_SITE], shop.operations[operation, OP_STANDS_UNTIL]
    return shop.units[shop.modes[plan[operation, PLAN_MODE], MODE_UNIT], UNIT_SITE], plan[operation, PLAN_UNTIL_MINUTE]


@lean
def place_operation(
    shop: Shop, lines: Lines, plan: Table, job: int, operation: int, mode: int, room: Table
) -> int:
    """Put one operation on the timelines behind its placed predecessors; 0 when it fits nowhere."""
    unit = shop.modes[mode, MODE_UNIT]
    site, load = shop.units[unit, UNIT_SITE], shop.jobs[job, JOB_LOAD]
    ready = max(shop.jobs[job, JOB_RELEASE], shop.operations[operation, OP_EARLIEST])
    points = shop.modes[mode, MODE_POINTS]
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        origin, end = site_and_end(shop, plan, shop.befores[index])
        ready = max(ready, end + shop.legs[load, origin, site, LEG_MINUTES])
        points += shop.legs[load, origin, site, LEG_POINTS]
    secondary = find_place(shop, lines, job, operation, mode, ready, room[4:8])
    if secondary == -2:
        return 0
    if put_run(lines, unit, room[4:8], shop.operations[operation, OP_FAMILY], operation) == NONE:
        return 0
    if secondary >= 0:
        room[0], room[1], room[2], room[3] = room[6], room[7], room[6], room[7]
        if put_run(lines, secondary, room[0:4], NONE, operation) == NONE:
            take_run(lines, unit, room[6], operation)
            return 0
    plan[operation, PLAN_MODE], plan[operation, PLAN_SECONDARY] = mode, secondary
    plan[operation, PLAN_FROM], plan[operation, PLAN_UNTIL] = room[4], room[5]
    plan[operation, PLAN_FROM_MINUTE], plan[operation, PLAN_UNTIL_MINUTE] = room[6], room[7]
    plan[operation, PLAN_POINTS] = points + move_points(shop, operation, unit, room[6])
    return 1


@lean
def arrival_of(shop: Shop, plan: Table, job: int) -> int:
    """Give the minute at which all of a placed job is at its destination."""
    arrival = shop.jobs[job, JOB_RELEASE]
    destination, load = shop.jobs[job, JOB_DESTINATION], shop.jobs[job, JOB_LOAD]
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if shop.operations[operation, OP_AFTER] == 0:
            site, end = site_and_end(shop, plan, operation)
            leg = shop.legs[load, site, destination, LEG_MINUTES] if destination != NONE else 0
            arrival = max(arrival, end + leg)
    return int(arrival)


@lean
def job_value(shop: Shop, plan: Table, job: int) -> int:
    """Give the points of a placed job: modes, moves between sites, delivery, starting elsewhere, tardiness."""
    points = late_points(shop, job, arrival_of(shop, plan, job))
    destination, load = shop.jobs[job, JOB_DESTINATION], shop.jobs[job, JOB_LOAD]
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if shop.operations[operation, OP_STANDS_SITE] == NONE:
            points += plan[operation, PLAN_POINTS]
        if shop.operations[operation, OP_AFTER] == 0 and destination != NONE:
            site, _ = site_and_end(shop, plan, operation)
            points += shop.legs[load, site, destination, LEG_POINTS]
    return int(points)


@lean
def remove_job(shop: Shop, lines: Lines, plan: Table, job: int, last: int) -> None:
    """Take a job's operations before ``last`` off the timelines; those that stand stay."""
    for operation in range(shop.jobs[job, JOB_FIRST], last):
        if plan[operation, PLAN_MODE] != NONE:
            unit = shop.modes[plan[operation, PLAN_MODE], MODE_UNIT]
            take_run(lines, unit, plan[operation, PLAN_FROM_MINUTE], operation)
            if plan[operation, PLAN_SECONDARY] != NONE:
                take_run(lines, plan[operation, PLAN_SECONDARY], plan[operation, PLAN_FROM_MINUTE], operation)
            plan[operation, PLAN_MODE] = NONE


@lean
def restore_job(shop: Shop, lines: Lines, plan: Table, job: int, kept: Table) -> None:
    """Put a job back where a copy of its plan rows says, its places being free."""
    first = shop.jobs[job, JOB_FIRST]
    for operation in range(first, shop.jobs[job, JOB_LAST]):
        row = operation - first
        if kept[row, PLAN_MODE] == NONE:
            continue
        for column in range(kept.shape[1]):
            plan[operation, column] = kept[row, column]
        unit, start = shop.modes[kept[row, PLAN_MODE], MODE_UNIT], kept[row, PLAN_FROM_MINUTE]
        position = runs_until(lines.runs, unit, lines.counts[unit], RUN_FROM_MINUTE, start)
        put_operation(shop, lines, plan, operation, position)
        if kept[row, PLAN_SECONDARY] != NONE:
            secondary, runs = kept[row, PLAN_SECONDARY], lines.runs
            position = runs_until(runs, secondary, lines.counts[secondary], RUN_FROM_MINUTE, start)
            if open_place(lines, secondary, position) != NONE:
                runs[secondary, position, RUN_FROM] = runs[secondary, position, RUN_FROM_MINUTE] = start
                end = kept[row, PLAN_UNTIL_MINUTE]
                runs[secondary, position, RUN_UNTIL] = runs[secondary, position, RUN_UNTIL_MINUTE] = end
                runs[secondary, position, RUN_FAMILY], runs[secondary, position, RUN_KEY] = NONE, operation
