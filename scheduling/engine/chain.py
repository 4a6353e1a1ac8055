"""Putting a job that is a chain of operations on the timelines: the insertion primitive where it is needed most.

The same labels as for any job, one per operation and site, with three additions that leave its result as good: a label
from which even an empty factory would make the job dearer than it may be is dropped, a search for a gap ends at
the latest end that could still pay, and the gap found is taken without looking for it again.
"""

from __future__ import annotations

from scheduling.engine.arrays import (
    AXIS_TOTAL,
    JOB_DUE,
    JOB_FIRST,
    JOB_FLOOR,
    JOB_LAST,
    JOB_LATE_POINTS,
    JOB_LIMIT,
    JOB_LOAD,
    JOB_RELEASE,
    LEG_MINUTES,
    LEG_POINTS,
    MODE_AHEAD,
    MODE_MINUTES,
    MODE_POINTS,
    MODE_SITE,
    MODE_TAIL,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_EARLIEST,
    OP_FAMILY,
    OP_FIRST_MODE,
    OP_LAST_MODE,
    OP_MOVE_POINTS,
    OP_RESUMABLE,
    OP_WAS_FROM,
    OP_WAS_UNIT,
    OUT_OF_REACH,
    PLAN_FROM,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_POINTS,
    PLAN_SECONDARY,
    PLAN_UNTIL,
    PLAN_UNTIL_MINUTE,
    RENT_BEFORE,
    RENT_BUCKET,
    RENT_PRICE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_FROM_MINUTE,
    RUN_KEY,
    RUN_UNTIL,
    RUN_UNTIL_MINUTE,
    STEP_END,
    STEP_FROM,
    STEP_INDEX,
    STEP_MODE,
    STEP_ORIGIN,
    STEP_POINTS,
    UNIT_AXIS,
    UNIT_FAMILY_BEFORE,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.axis import fast_first_fit, fast_start_at, fast_work_at
from scheduling.engine.compiled import inlined, lean
from scheduling.engine.timelines import close_place, open_place, runs_until, setup_between


@inlined
def find_slot(
    shop: Shop, lines: Lines, operation: int, mode: int, ready: int, floor: int, latest: int
) -> tuple[int, int]:
    """Find the first place for an operation that moves nothing else and ends by ``latest``, all in work.

    Returns
    -------
    tuple[int, int]
        Work at which the run starts, NONE when there is no place; its position among the unit's runs.
    """
    unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
    family, is_resumable = shop.operations[operation, OP_FAMILY], shop.operations[operation, OP_RESUMABLE]
    runs, count, total = lines.runs, lines.counts[unit], shop.axes[shop.units[unit, UNIT_AXIS], AXIS_TOTAL]
    index = runs_until(runs, unit, count, RUN_UNTIL, ready)
    gap_start, before = 0, shop.units[unit, UNIT_FAMILY_BEFORE]
    if index > 0:
        gap_start, before = runs[unit, index - 1, RUN_UNTIL], runs[unit, index - 1, RUN_FAMILY]
    earliest = max(gap_start, ready)
    while earliest + minutes <= latest:
        gap_end = runs[unit, index, RUN_FROM] if index < count else total
        if gap_end - earliest >= minutes:
            run = max(ready, max(gap_start, floor) + setup_between(shop.units, shop.setups, unit, before, family))
            if is_resumable == 0 and run + minutes <= gap_end:
                run = fast_first_fit(shop, shop.units[unit, UNIT_AXIS], run, minutes)
                if run < 0:
                    return NONE, NONE
            after = runs[unit, index, RUN_FAMILY] if index < count else NONE
            if run + minutes + setup_between(shop.units, shop.setups, unit, family, after) <= gap_end:
                return (run, index) if run + minutes <= latest else (NONE, NONE)
        if index >= count:
            return NONE, NONE
        gap_start, before = runs[unit, index, RUN_UNTIL], runs[unit, index, RUN_FAMILY]
        earliest = max(gap_start, ready)
        index += 1
    return NONE, NONE


@inlined
def best_origin(
    shop: Shop, steps: Table, job: int, own: int, site: int, lead: int, most: int
) -> tuple[int, int, int]:
    """Give where the input of an operation comes from best, when it is there, and the points so far.

    ``lead`` is the least minutes from then to the arrival; the origin is NONE when no value is at most ``most``.
    """
    load, due, rate = shop.jobs[job, JOB_LOAD], shop.jobs[job, JOB_DUE], shop.jobs[job, JOB_LATE_POINTS]
    best, best_value, best_ready, best_points = NONE, most + 1, 0, 0
    for origin in range(steps.shape[1]):
        if steps[own - 1, origin, STEP_MODE] == NONE:
            continue
        if shop.legs[load, origin, site, LEG_MINUTES] >= OUT_OF_REACH:
            continue
        points = steps[own - 1, origin, STEP_POINTS] + shop.legs[load, origin, site, LEG_POINTS]
        ready = steps[own - 1, origin, STEP_END] + shop.legs[load, origin, site, LEG_MINUTES]
        value = points
        if ready + lead > due:
            value += (ready + lead - due) * rate
        if value < best_value:
            best, best_value, best_ready, best_points = origin, value, ready, points
    return best, best_ready, best_points


@inlined
def latest_end(shop: Shop, job: int, mode: int, points: int, most: int) -> int:
    """Give the last minute at which a mode may end, ``points`` so far, for the job to be worth at most ``most``."""
    tail, rate = shop.modes[mode, MODE_TAIL], shop.jobs[job, JOB_LATE_POINTS]
    latest = shop.jobs[job, JOB_LIMIT]
    left = most - points
    if left < 0:
        return -NEVER
    if rate > 0 and left < NEVER >> 1:
        latest = min(latest, shop.jobs[job, JOB_DUE] + left // rate)
    return int(latest - tail)


@inlined
def step(shop: Shop, lines: Lines, scratch: Scratch, job: int, operation: int, mode: int, most: int) -> None:
    """Keep the best place of a mode as its site's label if it is the best so far and worth at most ``most``."""
    steps, own = scratch.steps, operation - shop.jobs[job, JOB_FIRST]
    unit, site = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_SITE]
    minutes, tail, ahead = shop.modes[mode, MODE_MINUTES], shop.modes[mode, MODE_TAIL], shop.modes[mode, MODE_AHEAD]
    own_points = shop.modes[mode, MODE_POINTS]
    if tail >= OUT_OF_REACH:
        return
    if steps[own, site, STEP_MODE] != NONE:
        known = value_at(shop, job, steps[own, site, STEP_POINTS] + ahead, steps[own, site, STEP_END] + tail)
        most = min(most, known - 1)
    origin, ready, points = NONE, shop.jobs[job, JOB_RELEASE], 0
    if own > 0:
        origin, ready, points = best_origin(
            shop, steps, job, own, site, minutes + tail, most - own_points - ahead
        )
        if origin == NONE:
            return
    ready = max(ready, shop.operations[operation, OP_EARLIEST])
    points += own_points
    latest = latest_end(shop, job, mode, points + ahead, most)
    if ready + minutes > latest:
        return
    axis = shop.units[unit, UNIT_AXIS]
    run, index = find_slot(
        shop, lines, operation, mode, fast_work_at(shop, axis, ready),
        fast_work_at(shop, axis, shop.jobs[job, JOB_FLOOR]), fast_work_at(shop, axis, latest),
    )
    if run < 0:
        return
    end = fast_start_at(shop, axis, run + minutes - 1) + 1
    was = shop.operations[operation, OP_WAS_UNIT]
    if was != NONE and (was != unit or shop.operations[operation, OP_WAS_FROM] != fast_start_at(shop, axis, run)):
        points += shop.operations[operation, OP_MOVE_POINTS]
    if scratch.rents.shape[1] > 0:
        points += rent_until(scratch.rents, unit, run + minutes) - rent_until(scratch.rents, unit, run)
    if value_at(shop, job, points + ahead, end + tail) > most:
        return
    steps[own, site, STEP_END], steps[own, site, STEP_POINTS], steps[own, site, STEP_MODE] = end, points, mode
    steps[own, site, STEP_FROM], steps[own, site, STEP_INDEX], steps[own, site, STEP_ORIGIN] = run, index, origin


@inlined
def value_at(shop: Shop, job: int, points: int, end: int) -> int:
    """Give the value of a job that has cost ``points`` and arrives at a minute."""
    due = shop.jobs[job, JOB_DUE]
    return int(points + (end - due) * shop.jobs[job, JOB_LATE_POINTS]) if end > due else int(points)


@inlined
def rent_until(rents: Table, unit: int, work: int) -> int:
    """Give what a unit's minutes before ``work`` are priced at; see :class:`Scratch`."""
    size = rents[unit, 0, RENT_BUCKET]
    bucket = min(work // size, rents.shape[1] - 1)
    return int(rents[unit, bucket, RENT_BEFORE] + (work - bucket * size) * rents[unit, bucket, RENT_PRICE])


@lean
def label_chain(shop: Shop, lines: Lines, scratch: Scratch, job: int, most: int) -> int:
    """Find the labels of a chain; the site at which its last operation ends best, NONE when none is good enough."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    steps, sites = scratch.steps, scratch.steps.shape[1]
    for operation in range(first, last):
        own, labels = operation - first, 0
        for site in range(sites):
            steps[own, site, STEP_MODE] = NONE
        for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
            step(shop, lines, scratch, job, operation, mode, most)
        for site in range(sites):
            if steps[own, site, STEP_MODE] != NONE:
                labels += 1
        if labels == 0:
            return NONE
    own, best, best_value = last - 1 - first, NONE, NEVER
    for site in range(sites):
        mode = steps[own, site, STEP_MODE]
        if mode != NONE:
            value = value_at(
                shop, job, steps[own, site, STEP_POINTS] + shop.modes[mode, MODE_AHEAD],
                steps[own, site, STEP_END] + shop.modes[mode, MODE_TAIL],
            )
            if value < best_value:
                best, best_value = site, value
    return best


@inlined
def put_operation(shop: Shop, lines: Lines, plan: Table, operation: int, index: int) -> int:
    """Put an operation where its plan row says, as the run at a position of its unit; NONE when the unit is full."""
    unit, runs = shop.modes[plan[operation, PLAN_MODE], MODE_UNIT], lines.runs
    if open_place(lines, unit, index) == NONE:
        return NONE
    runs[unit, index, RUN_FROM], runs[unit, index, RUN_UNTIL] = plan[operation, PLAN_FROM], plan[operation, PLAN_UNTIL]
    runs[unit, index, RUN_FROM_MINUTE] = plan[operation, PLAN_FROM_MINUTE]
    runs[unit, index, RUN_UNTIL_MINUTE] = plan[operation, PLAN_UNTIL_MINUTE]
    runs[unit, index, RUN_FAMILY], runs[unit, index, RUN_KEY] = shop.operations[operation, OP_FAMILY], operation
    return index


@lean
def place_step(
    shop: Shop, lines: Lines, plan: Table, operation: int, mode: int, run: int, index: int, points: int
) -> int:
    """Put an operation of a chain where it was found; its end in minutes, NONE when there is no room on the unit."""
    unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
    axis = shop.units[unit, UNIT_AXIS]
    start, end = fast_start_at(shop, axis, run), fast_start_at(shop, axis, run + minutes - 1) + 1
    was = shop.operations[operation, OP_WAS_UNIT]
    if was != NONE and (was != unit or shop.operations[operation, OP_WAS_FROM] != start):
        points += shop.operations[operation, OP_MOVE_POINTS]
    plan[operation, PLAN_MODE], plan[operation, PLAN_SECONDARY] = mode, NONE
    plan[operation, PLAN_FROM], plan[operation, PLAN_UNTIL] = run, run + minutes
    plan[operation, PLAN_FROM_MINUTE], plan[operation, PLAN_UNTIL_MINUTE] = start, end
    plan[operation, PLAN_POINTS] = points
    if put_operation(shop, lines, plan, operation, index) == NONE:
        plan[operation, PLAN_MODE] = NONE
        return NONE
    return int(end)


@inlined
def uses_unit(shop: Shop, plan: Table, first: int, operation: int, unit: int) -> bool:
    """Tell whether an operation of the job before this one was put on a unit."""
    for other in range(first, operation):  # noqa: SIM110  # a generator is not compiled
        if shop.modes[plan[other, PLAN_MODE], MODE_UNIT] == unit:
            return True
    return False


@lean
def insert_chain(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, job: int, most: int) -> int:
    """Put a chain on the timelines at its best; as :func:`insert_job`."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    sites = scratch.sites
    site = label_chain(shop, lines, scratch, job, most)
    if site == NONE:
        return NEVER
    for own in range(last - 1 - first, -1, -1):
        sites[own] = site
        site = scratch.steps[own, site, STEP_ORIGIN]
    end = place_steps(shop, lines, plan, scratch, job)
    if end == NONE:
        return NEVER
    mode, points = plan[last - 1, PLAN_MODE], 0
    for operation in range(first, last):
        points += plan[operation, PLAN_POINTS]
    arrival = end + shop.modes[mode, MODE_TAIL]
    value = value_at(shop, job, points + shop.modes[mode, MODE_AHEAD], arrival)
    if value > most or arrival > shop.jobs[job, JOB_LIMIT]:
        remove_chain(shop, lines, plan, first, last)
        return NEVER
    return value


@inlined
def place_steps(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, job: int) -> int:
    """Put a chain on the chosen sites; the end of its last operation, NONE with nothing placed when one fits nowhere.

    From the first unit that the job uses a second time on, the places found may be taken and are looked for again.
    """
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    load, steps, sites = shop.jobs[job, JOB_LOAD], scratch.steps, scratch.sites
    is_known, end = True, 0
    for operation in range(first, last):
        own, site = operation - first, sites[operation - first]
        mode, run, index = steps[own, site, STEP_MODE], steps[own, site, STEP_FROM], steps[own, site, STEP_INDEX]
        points, ready = shop.modes[mode, MODE_POINTS], shop.jobs[job, JOB_RELEASE]
        if own > 0:
            points += shop.legs[load, sites[own - 1], site, LEG_POINTS]
            ready = end + shop.legs[load, sites[own - 1], site, LEG_MINUTES]
        if not is_known or uses_unit(shop, plan, first, operation, shop.modes[mode, MODE_UNIT]):
            is_known = False
            run, index = slot_from(shop, lines, job, operation, mode, ready)
        end = NONE
        if run != NONE:
            end = place_step(shop, lines, plan, operation, mode, run, index, points)
        if end == NONE:
            remove_chain(shop, lines, plan, first, operation)
            return NONE
    return int(end)


@lean
def slot_from(shop: Shop, lines: Lines, job: int, operation: int, mode: int, ready: int) -> tuple[int, int]:
    """Find the first place of an operation by one mode, its input ready at a minute; as :func:`find_slot`."""
    unit = shop.modes[mode, MODE_UNIT]
    axis = shop.units[unit, UNIT_AXIS]
    ready = max(ready, shop.operations[operation, OP_EARLIEST])
    return find_slot(
        shop, lines, operation, mode, fast_work_at(shop, axis, ready),
        fast_work_at(shop, axis, shop.jobs[job, JOB_FLOOR]), NEVER,
    )


@lean
def remove_chain(shop: Shop, lines: Lines, plan: Table, first: int, last: int) -> None:
    """Take operations [first, last), all placed and without secondary units, off the timelines."""
    for operation in range(first, last):
        unit = shop.modes[plan[operation, PLAN_MODE], MODE_UNIT]
        position = runs_until(lines.runs, unit, lines.counts[unit], RUN_UNTIL, plan[operation, PLAN_UNTIL]) - 1
        close_place(lines, unit, position)
        plan[operation, PLAN_MODE] = NONE
