"""The cheapest way of one job when work units are not shared but rented: priced minutes instead of other jobs.

A *market* asks a price for every working minute of a unit, by bucket of working minutes. For each operation and site
``reach`` holds, minute by minute, the least points of having the operation finished there *by* that minute: its run,
the moves of its inputs, everything before it and the price of the minutes. Release, material, precedence, transport,
shifts, breaks, runs that must not pause, the choice of modes, standing operations, the price of starting elsewhere,
lateness and the limit are exact; setups, secondary units and runs of other jobs are left out. So the result is a lower
bound of what the job costs in any schedule, plus the price of the minutes it uses there.

* Joins add the functions of the inputs, as those of an in-tree do not depend on each other. An operation with ``k``
  successors counts as one copy per successor, each with a ``k``-th of its points and a time of its own: a schedule is
  one way to choose the copies, so the least sum over the copies is a lower bound.
* Only arrivals up to some minute are looked at. A later one costs at least ``least + lateness(that minute + 1)``, where
  ``least`` leaves time and prices out; the result is never above that, so no window, however narrow, makes it wrong.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduling.engine.arrays import (
    AXIS_FIRST,
    AXIS_LAST,
    JOB_DESTINATION,
    JOB_DUE,
    JOB_FIRST,
    JOB_FLOOR,
    JOB_LAST,
    JOB_LATE_POINTS,
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
    OP_EARLIEST,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    OP_MOVE_POINTS,
    OP_RESUMABLE,
    OP_STANDS_SITE,
    OP_STANDS_UNTIL,
    OP_WAS_FROM,
    OP_WAS_UNIT,
    UNIT_AXIS,
    UNIT_SITE,
    WINDOW_BEFORE,
    WINDOW_END,
    WINDOW_START,
    Shop,
    Table,
)
from scheduling.engine.axis import first_fit, last_at_most, total_work, work_at
from scheduling.engine.compiled import compiled

INFINITE = 1 << 56
"""Dearer than any way, small enough to be added up."""
OUT_OF_REACH = 1 << 40
"""Minutes of a move that nobody makes."""
FIRST_WINDOW_MINUTES = 3000
"""How long after the earliest start arrivals are looked at first when nothing says how late they may pay."""


class Market(NamedTuple):
    """Prices of capacity; work beyond the last bucket costs what the last bucket does."""

    prices: Table
    """[unit, bucket]: points per working minute, ≥ 0."""
    sums: Table
    """[unit, bucket]: points of all working minutes before the bucket."""
    bucket_minutes: int
    last_minute: int
    """No job can arrive later."""


class Room(NamedTuple):
    """Scratch of one thread; minutes count from the job's own start."""

    reach: Table
    """[(operation of the job · sites + site) · length + minute]."""
    ready: Table
    """[minute]: least points of having all inputs at the site at hand."""
    least: Table
    """[operation of the job, site]: least points up to it at any time, prices left out."""
    spans: Table
    """[operation of the job, site, (first, last minute of reach)]; first NONE where there is none."""


@compiled
def bucket_of(market: Market, work: int) -> int:
    """Give the bucket of a working minute."""
    return int(min(work // market.bucket_minutes, market.prices.shape[1] - 1))


@compiled
def price_until(market: Market, unit: int, work: int) -> int:
    """Give the points of a unit's working minutes before ``work``."""
    bucket = bucket_of(market, work)
    inside = work - bucket * market.bucket_minutes
    return int(market.sums[unit, bucket] + inside * market.prices[unit, bucket])


@compiled
def lateness(shop: Shop, job: int, arrival: int) -> int:
    """Price an arrival at a minute."""
    due = shop.jobs[job, JOB_DUE]
    return int((arrival - due) * shop.jobs[job, JOB_LATE_POINTS]) if arrival > due else 0


@compiled
def share_of(points: int, successors: int) -> int:
    """Give the part of an operation's points that one of its successors pays."""
    return points // successors if successors > 1 else points


@compiled
def least_input(shop: Shop, room: Room, job: int, before: int, site: int) -> int:
    """Give the least points of having a predecessor's work at a site at any time, prices left out."""
    own, load, best = before - shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD], INFINITE
    for origin in range(room.least.shape[1]):
        if room.least[own, origin] < INFINITE:
            points = share_of(room.least[own, origin], shop.operations[before, OP_AFTER])
            best = min(best, points + shop.legs[load, origin, site, LEG_POINTS])
    return int(min(best, INFINITE))


@compiled
def least_of_operation(shop: Shop, room: Room, job: int, operation: int) -> None:
    """Fill an operation's row of ``least``."""
    own, stands = operation - shop.jobs[job, JOB_FIRST], shop.operations[operation, OP_STANDS_SITE]
    least = room.least
    for site in range(least.shape[1]):
        least[own, site] = INFINITE
    if stands != NONE:
        least[own, stands] = 0
        return
    for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
        site = shop.units[shop.modes[mode, MODE_UNIT], UNIT_SITE]
        least[own, site] = min(least[own, site], shop.modes[mode, MODE_POINTS])
    for site in range(least.shape[1]):
        points = least[own, site]
        for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
            if points < INFINITE:
                points = min(points + least_input(shop, room, job, shop.befores[index], site), INFINITE)
        least[own, site] = points


@compiled
def least_points(shop: Shop, room: Room, job: int) -> int:
    """Give the least points of a job without lateness, prices and starting elsewhere; fills ``least``."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    load, destination, total = shop.jobs[job, JOB_LOAD], shop.jobs[job, JOB_DESTINATION], 0
    for operation in range(first, last):
        least_of_operation(shop, room, job, operation)
        if shop.operations[operation, OP_AFTER] == 0:
            best = INFINITE
            for site in range(room.least.shape[1]):
                leg = shop.legs[load, site, destination, LEG_POINTS] if destination != NONE else 0
                best = min(best, room.least[operation - first, site] + leg)
            total = min(total + best, INFINITE)
    return int(total)


@compiled
def first_start(shop: Shop, job: int) -> int:
    """Give the minute before which nothing of a job that is to be placed starts."""
    return int(max(shop.jobs[job, JOB_RELEASE], shop.jobs[job, JOB_FLOOR]))


@compiled
def base_minute(shop: Shop, job: int) -> int:
    """Give the minute from which a job's functions count.

    Standing work that ended before the first start may still be on its way then, so the functions begin with its end,
    but no earlier than the longest move before the first start: what ended sooner is everywhere by then.
    """
    start, load, longest = first_start(shop, job), shop.jobs[job, JOB_LOAD], 0
    base = start
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        if shop.operations[operation, OP_STANDS_SITE] != NONE:
            base = min(base, shop.operations[operation, OP_STANDS_UNTIL])
    if base < start:
        for origin in range(shop.legs.shape[1]):
            for site in range(shop.legs.shape[1]):
                if shop.legs[load, origin, site, LEG_MINUTES] < OUT_OF_REACH:
                    longest = max(longest, shop.legs[load, origin, site, LEG_MINUTES])
    return int(max(base, start - longest))


@compiled
def input_points(shop: Shop, room: Room, length: int, job: int, before: int, site: int, at: int) -> int:
    """Give the least points of having a predecessor's work at a site, NONE for anywhere, by a minute."""
    own, load, best = before - shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD], INFINITE
    sites, after = room.spans.shape[1], shop.operations[before, OP_AFTER]
    for origin in range(sites):
        from_minute = room.spans[own, origin, 0]
        if from_minute == NONE:
            continue
        there = at - shop.legs[load, origin, site, LEG_MINUTES] if site != NONE else at
        if there >= from_minute:
            points = room.reach[(own * sites + origin) * length + min(there, room.spans[own, origin, 1])]
            if points < INFINITE:
                move = shop.legs[load, origin, site, LEG_POINTS] if site != NONE else 0
                best = min(best, share_of(points, after) + move)
    return int(min(best, INFINITE))


@compiled
def first_at_most(values: Table, points: int) -> int:
    """Give the first position of values that never rise at which they are at most ``points``; their number if none."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= points:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def shift_origin(
    shop: Shop, room: Room, length: int, job: int, before: int, origin: int, site: int, span: Table
) -> None:
    """Offer to have a predecessor's work come from one site, to the second half of ``ready`` within ``span``."""
    own, load = before - shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD]
    after, minutes, points = shop.operations[before, OP_AFTER], 0, 0
    if site != NONE:
        minutes, points = shop.legs[load, origin, site, LEG_MINUTES], shop.legs[load, origin, site, LEG_POINTS]
    begin = max(span[0], room.spans[own, origin, 0] + minutes)
    if room.spans[own, origin, 0] == NONE or minutes >= length or begin > span[1]:
        return
    shift = (own * room.spans.shape[1] + origin) * length - minutes
    last = room.spans[own, origin, 1] + minutes
    least = share_of(room.reach[last + shift], after) + points
    best = room.ready[length + begin : length + span[1] + 1]
    useful = first_at_most(best, least)
    inside = max(min(useful, last - begin + 1), 0)
    reach = room.reach[begin + shift : begin + shift + inside]
    if after > 1:
        for at in range(inside):
            best[at] = min(best[at], reach[at] // after + points)
    else:
        for at in range(inside):
            best[at] = min(best[at], reach[at] + points)
    for at in range(inside, useful):
        best[at] = least


@compiled
def add_input(
    shop: Shop, room: Room, length: int, job: int, before: int, site: int, span: Table
) -> None:
    """Add the function of a predecessor's work at a site, NONE for anywhere, to ``ready`` within ``span``."""
    ready = room.ready[span[0] : span[1] + 1]
    best = room.ready[length + span[0] : length + span[1] + 1]
    for at in range(len(best)):
        best[at] = INFINITE
    if site != NONE:
        shift_origin(shop, room, length, job, before, site, site, span)
    for origin in range(room.spans.shape[1]):
        if origin != site:
            shift_origin(shop, room, length, job, before, origin, site, span)
    for at in range(len(ready)):
        ready[at] = min(ready[at] + best[at], INFINITE)


@compiled
def gather(shop: Shop, room: Room, length: int, job: int, operation: int, site: int, span: Table) -> int:
    """Fill ``ready`` at a site and ``span`` with its first and last minute; 0 when no start is in time."""
    first, load, base = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LOAD], base_minute(shop, job)
    sites = room.spans.shape[1]
    begin = max(shop.operations[operation, OP_EARLIEST], first_start(shop, job)) - base
    entries = range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE])
    for index in entries:
        own, soonest = shop.befores[index] - first, NEVER
        for origin in range(sites):
            if room.spans[own, origin, 0] != NONE:
                there = room.spans[own, origin, 0] + shop.legs[load, origin, site, LEG_MINUTES]
                soonest = min(soonest, there)
        begin = max(begin, soonest)
    if begin > span[1]:
        return 0
    span[0] = begin
    for at in range(begin, span[1] + 1):
        room.ready[at] = 0
    for index in entries:
        add_input(shop, room, length, job, shop.befores[index], site, span)
    return 1


@compiled
def relax(reach: Table, ready: Table, into: int, start: int, count: int, points: int, slope: int) -> None:
    """Offer ``count`` runs that start one minute apart from ``start`` on, each ``slope`` dearer than the one before."""
    for step in range(count):
        offered = ready[start + step] + points + step * slope
        reach[into + step] = min(reach[into + step], offered)


@compiled
def offer_mode(
    shop: Shop, market: Market, room: Room, base: int, operation: int, mode: int, place: Table
) -> int:
    """Offer every start of a mode to its site's function.

    Parameters
    ----------
    place
        First and last minute of ``ready``, offset of the function, its last minute.

    Returns
    -------
    int
        The first minute at which a run can end; NEVER when none can.
    """
    unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
    axis, windows, points = shop.units[unit, UNIT_AXIS], shop.windows, shop.modes[mode, MODE_POINTS]
    if shop.operations[operation, OP_WAS_UNIT] != NONE:
        points += shop.operations[operation, OP_MOVE_POINTS]
    last_row, size = shop.axes[axis, AXIS_LAST], market.bucket_minutes
    is_resumable = shop.operations[operation, OP_RESUMABLE]
    work, buckets, earliest = work_at(shop.axes, windows, axis, base + place[0]), market.prices.shape[1], NEVER
    total = total_work(shop.axes, axis)
    while True:
        if is_resumable == 0:
            work = first_fit(shop.axes, windows, axis, work, minutes)
        if work < 0 or work + minutes > total:
            return int(earliest)
        row = last_at_most(windows, WINDOW_BEFORE, shop.axes[axis, AXIS_FIRST], last_row, work)
        end_row = last_at_most(windows, WINDOW_BEFORE, shop.axes[axis, AXIS_FIRST], last_row, work + minutes - 1)
        start = windows[row, WINDOW_START] + work - windows[row, WINDOW_BEFORE] - base
        end = windows[end_row, WINDOW_START] + work + minutes - windows[end_row, WINDOW_BEFORE] - base
        if end > place[3] or start > place[1]:
            return int(earliest)
        earliest = min(earliest, end)
        count = min(windows[row, WINDOW_END] - base - start, windows[end_row, WINDOW_END] - base - end + 1)
        count = min(count, place[3] - end + 1, place[1] - start + 1)
        bucket, end_bucket = bucket_of(market, work), bucket_of(market, work + minutes)
        if bucket < buckets - 1:
            count = min(count, (bucket + 1) * size - work)
        if end_bucket < buckets - 1:
            count = min(count, (end_bucket + 1) * size - work - minutes)
        rent = price_until(market, unit, work + minutes) - price_until(market, unit, work)
        slope = market.prices[unit, end_bucket] - market.prices[unit, bucket]
        relax(room.reach, room.ready, place[2] + end, start, count, points + rent, slope)
        work += count


@compiled
def offer_stay(
    shop: Shop, market: Market, room: Room, base: int, operation: int, mode: int, place: Table
) -> None:
    """Offer the start at which an operation stood without the price of starting elsewhere."""
    unit, minutes = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_MINUTES]
    if shop.operations[operation, OP_WAS_UNIT] != unit:
        return
    axis, start = shop.units[unit, UNIT_AXIS], shop.operations[operation, OP_WAS_FROM]
    end = run_end(shop, operation, axis, start, minutes)
    if end == NONE or start - base < place[0] or start - base > place[1] or end - base > place[3]:
        return
    work = work_at(shop.axes, shop.windows, axis, start)
    points = shop.modes[mode, MODE_POINTS] + room.ready[start - base]
    points += price_until(market, unit, work + minutes) - price_until(market, unit, work)
    at = place[2] + end - base
    room.reach[at] = min(room.reach[at], points)


@compiled
def run_end(shop: Shop, operation: int, axis: int, start: int, minutes: int) -> int:
    """Give the minute at which a run from ``start`` ends; NONE when it cannot begin there."""
    first, last = shop.axes[axis, AXIS_FIRST], shop.axes[axis, AXIS_LAST]
    row = last_at_most(shop.windows, WINDOW_START, first, last, start)
    if row < first or start >= shop.windows[row, WINDOW_END]:
        return NONE
    work = shop.windows[row, WINDOW_BEFORE] + start - shop.windows[row, WINDOW_START] + minutes
    if work > total_work(shop.axes, axis):
        return NONE
    end_row = last_at_most(shop.windows, WINDOW_BEFORE, first, last, work - 1)
    if shop.operations[operation, OP_RESUMABLE] == 0 and end_row != row:
        return NONE
    return int(shop.windows[end_row, WINDOW_START] + work - shop.windows[end_row, WINDOW_BEFORE])
