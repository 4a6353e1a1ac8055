"""Markets of capacity: buckets, what is left in them beside standing runs, and rounds of pricing in several threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from scheduling.engine.arrays import (
    AXIS_LAST,
    AXIS_TOTAL,
    JOB_FIRST,
    JOB_FLOOR,
    JOB_LAST,
    JOB_RELEASE,
    LEG_MINUTES,
    MODE_MINUTES,
    MODE_UNIT,
    NONE,
    OP_STANDS_UNTIL,
    RUN_FROM,
    RUN_UNTIL,
    UNIT_AXIS,
    UNIT_COVER,
    WINDOW_END,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.axis import work_at
from scheduling.engine.compiled import compiled
from scheduling.engine.insertion import job_value
from scheduling.engine.pricing import INFINITE, Market, Room, bucket_of
from scheduling.engine.pricing_rounds import MOST_MINUTES, PATH_MODE, PATH_WORK, make_room, price_jobs

MOST_BUCKETS = 4096
"""Work beyond them is in a last bucket that is free."""
JOBS_AT_A_TIME = 50


def bucket_count(shop: Shop, bucket_minutes: int) -> int:
    """Give how many buckets of working minutes the longest axis has, and one that is always free."""
    primary = shop.units[:, UNIT_COVER] == NONE
    longest = int(shop.axes[shop.units[primary, UNIT_AXIS], AXIS_TOTAL].max(initial=0))
    return min(-(-longest // bucket_minutes), MOST_BUCKETS) + 1


def make_market(shop: Shop, prices: Table, bucket_minutes: int) -> Market:
    """Open a market at prices [unit, bucket] in points per working minute, of which the last bucket is free.

    Raises
    ------
    ValueError
        A price is negative, or one of the last bucket is not 0: no bound would follow.
    """
    if prices.min(initial=0) < 0 or prices[:, -1:].any():
        raise ValueError("prices must not be negative, and the last bucket is free")
    table = np.ascontiguousarray(prices, dtype=np.int64)
    sums = np.zeros_like(table)
    sums[:, 1:] = np.cumsum(table[:, :-1] * bucket_minutes, axis=1)
    return Market(table, sums, bucket_minutes, last_arrival(shop))


def last_arrival(shop: Shop) -> int:
    """Give the minute after which no job can arrive: the end of all windows and standing runs, and the longest move."""
    primary = shop.units[:, UNIT_COVER] == NONE
    lasts = shop.axes[shop.units[primary, UNIT_AXIS], AXIS_LAST]
    ends = shop.windows[lasts[lasts > 0] - 1, WINDOW_END]
    moves = shop.legs[..., LEG_MINUTES]
    stands = shop.operations[:, OP_STANDS_UNTIL]
    last = max(int(ends.max(initial=0)), int(stands.max(initial=0)), int(shop.jobs[:, JOB_RELEASE].max(initial=0)))
    return last + int(moves[moves < MOST_MINUTES].max(initial=0))


def capacities(shop: Shop, standing: Lines | None, bucket_minutes: int) -> Table:
    """Give the working minutes [unit, bucket] that runs to be placed can have; 0 in the last bucket.

    Minutes before the first job may start are left out, and those of standing runs are taken off.
    """
    room = np.zeros((shop.units.shape[0], bucket_count(shop, bucket_minutes)), dtype=np.int64)
    opening = int(np.maximum(shop.jobs[:, JOB_RELEASE], shop.jobs[:, JOB_FLOOR]).min(initial=0))
    runs, counts = (standing.runs, standing.counts) if standing is not None else (
        np.zeros((shop.units.shape[0], 1, 6), dtype=np.int64), np.zeros(shop.units.shape[0], dtype=np.int64))
    _fill_capacities(shop, runs, counts, bucket_minutes, opening, room)
    return room


@compiled
def _fill_capacities(
    shop: Shop, runs: Table, counts: Table, bucket_minutes: int, opening: int, room: Table
) -> None:
    last = room.shape[1] - 1
    for unit in range(shop.units.shape[0]):
        axis = shop.units[unit, UNIT_AXIS]
        if shop.units[unit, UNIT_COVER] != NONE:
            continue
        total = min(shop.axes[axis, AXIS_TOTAL], last * bucket_minutes)
        first = work_at(shop.axes, shop.windows, axis, opening)
        _add_minutes(room[unit], bucket_minutes, first, total, 1)
        taken = first  # runs that a broken plan puts on top of each other are counted once
        for index in range(counts[unit]):
            until = min(runs[unit, index, RUN_UNTIL], total)
            _add_minutes(room[unit], bucket_minutes, max(runs[unit, index, RUN_FROM], taken), until, -1)
            taken = max(taken, until)


@compiled
def _add_minutes(row: Table, bucket_minutes: int, begin: int, until: int, sign: int) -> None:
    while begin < until:
        bucket = begin // bucket_minutes
        end = min((bucket + 1) * bucket_minutes, until)
        row[bucket] += sign * (end - begin)
        begin = end


def plan_values(shop: Shop, plan: Table) -> Table:
    """Give the points of each job of a whole plan."""
    values = np.zeros(len(shop.jobs), dtype=np.int64)
    _fill_plan_values(shop, plan, values)
    return values


@compiled
def _fill_plan_values(shop: Shop, plan: Table, values: Table) -> None:
    for job in range(len(values)):
        values[job] = job_value(shop, plan, job)


class Round(NamedTuple):
    """What a round of pricing found: points by job, and the way by operation (mode, work)."""

    values: Table
    path: Table


def price_round(
    shop: Shop,
    market: Market,
    jobs: Table,
    most: Table,
    rooms: list[Room],
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Round | None:
    """Price jobs in as many threads as there are rooms.

    Parameters
    ----------
    most
        By job of the shop, points of any way at these prices; INFINITE when none is known.

    Returns
    -------
    Round or None
        None when it was stopped.
    """
    values, path = np.zeros(len(shop.jobs), dtype=np.int64), np.full((len(shop.operations), 2), NONE, dtype=np.int64)
    pieces = [jobs[first : first + JOBS_AT_A_TIME] for first in range(0, len(jobs), JOBS_AT_A_TIME)]

    def work(number: int) -> bool:
        for piece in pieces[number :: len(rooms)]:
            if should_stop():
                return False
            price_jobs(shop, market, rooms[number], piece, most, values, path)
        return True

    if len(rooms) == 1:
        done = [work(0)]
    else:
        with ThreadPoolExecutor(len(rooms)) as pool:
            done = list(pool.map(work, range(len(rooms))))
    return Round(values, path) if all(done) else None


def make_rooms(shop: Shop, threads: int) -> list[Room]:
    """Make scratch for threads."""
    return [make_room(shop) for _ in range(max(threads, 1))]


def unknown(shop: Shop) -> Table:
    """Give the ``most`` of jobs of which no way is known."""
    return np.full(len(shop.jobs), INFINITE, dtype=np.int64)


@compiled
def path_usage(shop: Shop, market: Market, path: Table, job: int, rows: Table, minutes: Table) -> int:
    """Write a job's minutes by bucket: fills ``rows`` (unit · buckets + bucket) and ``minutes``; tells how many."""
    count, buckets = 0, market.prices.shape[1]
    for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
        mode = path[operation, PATH_MODE]
        if mode == NONE:
            continue
        unit, work = shop.modes[mode, MODE_UNIT], path[operation, PATH_WORK]
        until = work + shop.modes[mode, MODE_MINUTES]
        while work < until and count < rows.shape[0]:
            bucket = bucket_of(market, work)
            end = min((bucket + 1) * market.bucket_minutes, until) if bucket < buckets - 1 else until
            rows[count], minutes[count] = unit * buckets + bucket, end - work
            count, work = count + 1, end
    return count
