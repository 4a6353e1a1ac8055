"""One round of pricing: the least points of each job at a market's prices, and the way that has them."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    JOB_DESTINATION,
    JOB_DUE,
    JOB_FIRST,
    JOB_LAST,
    JOB_LATE_POINTS,
    JOB_LIMIT,
    JOB_LOAD,
    JOB_RELEASE,
    LEG_MINUTES,
    LEG_POINTS,
    MODE_MINUTES,
    MODE_POINTS,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_AFTER,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    OP_MOVE_POINTS,
    OP_STANDS_SITE,
    OP_STANDS_UNTIL,
    OP_TAIL,
    OP_WAS_FROM,
    OP_WAS_UNIT,
    UNIT_AXIS,
    UNIT_SITE,
    Shop,
    Table,
)
from scheduling.engine.axis import start_at, work_at
from scheduling.engine.compiled import compiled
from scheduling.engine.pricing import (
    FIRST_WINDOW_MINUTES,
    INFINITE,
    Market,
    Room,
    add_input,
    base_minute,
    first_start,
    gather,
    input_points,
    lateness,
    least_points,
    offer_mode,
    offer_stay,
    price_until,
    run_end,
)

PATH_MODE, PATH_WORK = 0, 1
"""Columns of a path, one row per operation: mode, NONE where there is none, and the work at which it starts."""
MOST_CELLS = 4_000_000
MOST_MINUTES = 400_000


def make_room(shop: Shop) -> Room:
    """Make scratch for any job of a shop: for one thread, about 40 MB for the largest jobs and horizons."""
    operations = int((shop.jobs[:, JOB_LAST] - shop.jobs[:, JOB_FIRST]).max(initial=1))
    sites = shop.legs.shape[1]
    return Room(
        np.empty(MOST_CELLS, dtype=np.int64),
        np.empty(2 * min(MOST_MINUTES, MOST_CELLS), dtype=np.int64),
        np.empty((operations, sites), dtype=np.int64),
        np.empty((operations, sites, 2), dtype=np.int64),
    )


@compiled
def fill_site(
    shop: Shop, market: Market, room: Room, length: int, job: int, operation: int, site: int
) -> None:
    """Work out the function of an operation at one site from those of its predecessors."""
    own, base, sites = operation - shop.jobs[job, JOB_FIRST], base_minute(shop, job), room.spans.shape[1]
    place = np.empty(4, dtype=np.int64)
    place[2], place[3] = (own * sites + site) * length, length - 1 - shop.operations[operation, OP_TAIL]
    quickest, first_mode = NEVER, shop.operations[operation, OP_FIRST_MODE]
    last_mode = shop.operations[operation, OP_LAST_MODE]
    for mode in range(first_mode, last_mode):
        if shop.units[shop.modes[mode, MODE_UNIT], UNIT_SITE] == site:
            quickest = min(quickest, shop.modes[mode, MODE_MINUTES])
    place[1] = place[3] - quickest
    if quickest == NEVER or gather(shop, room, length, job, operation, site, place[0:2]) == 0:
        return
    earliest, offset = NEVER, place[2]
    fresh = room.reach[offset + place[0] : offset + place[3] + 1]
    for at in range(len(fresh)):
        fresh[at] = INFINITE
    for mode in range(first_mode, last_mode):
        if shop.units[shop.modes[mode, MODE_UNIT], UNIT_SITE] == site:
            earliest = min(earliest, offer_mode(shop, market, room, base, operation, mode, place))
            offer_stay(shop, market, room, base, operation, mode, place)
    if earliest == NEVER:
        return
    room.spans[own, site, 0], room.spans[own, site, 1] = earliest, place[3]
    reach, least = room.reach[offset + earliest : offset + place[3] + 1], INFINITE
    for at in range(len(reach)):
        if reach[at] < least:
            least = reach[at]
        else:
            reach[at] = least


@compiled
def fill_job(shop: Shop, market: Market, room: Room, length: int, job: int) -> None:
    """Work out the functions of all operations of a job for arrivals within ``length`` minutes."""
    first, base, sites = shop.jobs[job, JOB_FIRST], base_minute(shop, job), room.spans.shape[1]
    for operation in range(first, shop.jobs[job, JOB_LAST]):
        own = operation - first
        for site in range(sites):
            room.spans[own, site, 0] = NONE
        stands = shop.operations[operation, OP_STANDS_SITE]
        if stands != NONE:
            at = max(shop.operations[operation, OP_STANDS_UNTIL] - base, 0)
            if at < length:
                room.spans[own, stands, 0], room.spans[own, stands, 1] = at, at
                room.reach[(own * sites + stands) * length + at] = 0
            continue
        for site in range(sites):
            fill_site(shop, market, room, length, job, operation, site)


@compiled
def standing_points(shop: Shop, job: int) -> int:
    """Give the points of a job of which every last operation stands; NONE when one is to be placed."""
    load, destination = shop.jobs[job, JOB_LOAD], shop.jobs[job, JOB_DESTINATION]
    arrival, points = shop.jobs[job, JOB_RELEASE], 0
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if shop.operations[operation, OP_AFTER] == 0:
            site, end = shop.operations[operation, OP_STANDS_SITE], shop.operations[operation, OP_STANDS_UNTIL]
            if site == NONE:
                return NONE
            if destination != NONE:
                end += shop.legs[load, site, destination, LEG_MINUTES]
                points += shop.legs[load, site, destination, LEG_POINTS]
            arrival = max(arrival, end)
    return int(points + lateness(shop, job, arrival))


@compiled
def deliver(shop: Shop, room: Room, length: int, job: int, best: Table) -> None:
    """Fill ``best`` with the least points of a job's arrival and the minute of it."""
    base, span = base_minute(shop, job), np.empty(2, dtype=np.int64)
    span[0], span[1] = 0, length - 1
    for at in range(length):
        room.ready[at] = 0
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if shop.operations[operation, OP_AFTER] == 0:
            add_input(shop, room, length, job, operation, shop.jobs[job, JOB_DESTINATION], span)
    best[0], best[1] = INFINITE, NONE
    for at in range(length):
        if room.ready[at] < best[0]:
            points = room.ready[at] + lateness(shop, job, base + at)
            if points < best[0]:
                best[0], best[1] = points, at


@compiled
def first_length(shop: Shop, job: int, least: int, most: int, longest: int) -> int:
    """Choose how many minutes of arrivals to look at: all that can be worth less than ``most``, if that is known."""
    base, due, late = base_minute(shop, job), shop.jobs[job, JOB_DUE], shop.jobs[job, JOB_LATE_POINTS]
    if due < NEVER and late > 0:
        length = max(due - base, 0) + FIRST_WINDOW_MINUTES
        if most < INFINITE:
            length = max(due - base + max(most - least, 0) // late, 0) + 2
    else:
        length = FIRST_WINDOW_MINUTES
    return int(max(min(length, longest), 1))


@compiled
def price_job(shop: Shop, market: Market, room: Room, job: int, most: int, best: Table) -> int:
    """Give a lower bound of what a job costs at a market's prices; exact where the windows were long enough.

    Parameters
    ----------
    most
        Points of any way of the job at these prices, INFINITE when none is known: only a guide for the window.
    best
        Filled with (points, minute of arrival, length of the functions) of the best way; minute NONE when the bound
        is not that of a way.

    Returns
    -------
    int
        Points.
    """
    best[1], best[2] = NONE, 0
    standing = standing_points(shop, job)
    if standing != NONE:
        return standing
    least, base = least_points(shop, room, job), base_minute(shop, job)
    arrays = (shop.jobs[job, JOB_LAST] - shop.jobs[job, JOB_FIRST]) * room.spans.shape[1]
    last = min(shop.jobs[job, JOB_LIMIT], market.last_minute)
    longest = min(room.reach.shape[0] // arrays, room.ready.shape[0] // 2)
    longest = min(longest, max(last - base + 1, 1))
    length = first_length(shop, job, least, most, longest)
    while True:
        fill_job(shop, market, room, length, job)
        deliver(shop, room, length, job, best[0:2])
        beyond = least + lateness(shop, job, base + length)
        best[2] = length
        if best[0] <= beyond or length >= longest:
            break
        enough = first_length(shop, job, least, best[0], longest)
        length = enough if enough > length else min(2 * length, longest)
    if base + length > last and best[1] != NONE:
        return int(best[0])
    if best[0] > beyond:
        best[1] = NONE
    return int(min(best[0], beyond))


@compiled
def entry_points(shop: Shop, room: Room, length: int, job: int, operation: int, site: int, at: int) -> int:
    """Give the least points of having all inputs of an operation at a site by a minute."""
    points = 0
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        points = min(points + input_points(shop, room, length, job, shop.befores[index], site, at), INFINITE)
    return int(points)


@compiled
def best_origin(shop: Shop, room: Room, length: int, job: int, before: int, site: int, at: int) -> int:
    """Give the site from which a predecessor's work comes to a site, NONE for anywhere, by a minute at least points."""
    own, load = before - shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD]
    wanted, sites = input_points(shop, room, length, job, before, site, at), room.spans.shape[1]
    after = max(shop.operations[before, OP_AFTER], 1)
    for origin in range(sites):
        there = at - shop.legs[load, origin, site, LEG_MINUTES] if site != NONE else at
        if room.spans[own, origin, 0] != NONE and there >= room.spans[own, origin, 0]:
            move = shop.legs[load, origin, site, LEG_POINTS] if site != NONE else 0
            reached = room.reach[(own * sites + origin) * length + min(there, room.spans[own, origin, 1])]
            if reached // after + move == wanted:
                return origin
    return NONE


@compiled
def trace_run(
    shop: Shop, market: Market, room: Room, length: int, job: int, operation: int, need: Table
) -> int:
    """Find the run that has an operation finished at a site by a minute at least points.

    Parameters
    ----------
    need
        Site and minute; the minute is replaced by the one at which the run starts.

    Returns
    -------
    int
        Its mode, with its start in work in ``need[2]``; NONE when there is none.
    """
    first, base, sites = shop.jobs[job, JOB_FIRST], base_minute(shop, job), room.spans.shape[1]
    own, site = operation - first, need[0]
    low, offset = room.spans[own, site, 0], ((operation - first) * sites + site) * length
    high = min(need[1], room.spans[own, site, 1])
    points = room.reach[offset + high]
    while low < high:
        middle = (low + high) // 2
        if room.reach[offset + middle] == points:
            high = middle
        else:
            low = middle + 1
    for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
        unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
        axis = shop.units[unit, UNIT_AXIS]
        work = work_at(shop.axes, shop.windows, axis, base + low) - minutes
        if shop.units[unit, UNIT_SITE] != site or work < 0:
            continue
        start = start_at(shop.axes, shop.windows, axis, work)
        if start < first_start(shop, job) or run_end(shop, operation, axis, start, minutes) != base + low:
            continue
        offered = shop.modes[mode, MODE_POINTS] + entry_points(shop, room, length, job, operation, site, start - base)
        offered += price_until(market, unit, work + minutes) - price_until(market, unit, work)
        was = shop.operations[operation, OP_WAS_UNIT]
        if was != NONE and (was != unit or shop.operations[operation, OP_WAS_FROM] != start):
            offered += shop.operations[operation, OP_MOVE_POINTS]
        if offered == points:
            need[1], need[2] = start - base, work
            return mode
    return NONE


@compiled
def trace_job(shop: Shop, market: Market, room: Room, job: int, best: Table, path: Table) -> int:
    """Write the way that ``best`` of :func:`price_job` tells of into the job's rows of ``path``; 0 when there is none.

    An operation with several successors is written once, as the last of them needs it.
    """
    first, last, length = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST], best[2]
    for operation in range(first, last):
        path[operation, PATH_MODE] = NONE
    if best[1] == NONE:
        return 0
    needs = np.full((last - first, 3), NONE, dtype=np.int64)
    for operation in range(last - 1, first - 1, -1):
        own = operation - first
        if shop.operations[operation, OP_STANDS_SITE] != NONE:
            continue
        if shop.operations[operation, OP_AFTER] == 0:
            needs[own, 1] = best[1]
            destination = shop.jobs[job, JOB_DESTINATION]
            needs[own, 0] = best_origin(shop, room, length, job, operation, destination, best[1])
            if destination != NONE and needs[own, 0] != NONE:
                needs[own, 1] -= shop.legs[shop.jobs[job, JOB_LOAD], needs[own, 0], destination, LEG_MINUTES]
        if needs[own, 0] == NONE:
            return 0
        site = needs[own, 0]
        mode = trace_run(shop, market, room, length, job, operation, needs[own])
        if mode == NONE:
            return 0
        path[operation, PATH_MODE], path[operation, PATH_WORK] = mode, needs[own, 2]
        for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
            before = shop.befores[index] - first
            origin = best_origin(shop, room, length, job, shop.befores[index], site, needs[own, 1])
            needs[before, 0] = origin
            needs[before, 1] = needs[own, 1] - shop.legs[shop.jobs[job, JOB_LOAD], origin, site, LEG_MINUTES]
    return 1


@compiled
def price_jobs(
    shop: Shop, market: Market, room: Room, jobs: Table, most: Table, values: Table, path: Table
) -> int:
    """Price jobs: fills ``values`` by job and ``path`` by operation.

    Parameters
    ----------
    most
        By job, as of :func:`price_job`.

    Returns
    -------
    int
        Sum of the values.
    """
    best, total = np.empty(3, dtype=np.int64), 0
    for job in jobs:
        values[job] = price_job(shop, market, room, job, most[job], best)
        trace_job(shop, market, room, job, best, path)
        total += values[job]
    return int(total)
