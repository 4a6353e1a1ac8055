"""Every good way to make a job, in one pass: per operation and site, the few best ways to get that far.

A label is a way to finish an operation at a site: when, for what cost, for what emissions. Labels that another one
beats in all three are dropped; of the others at most :data:`MOST_LABELS` stay, the earliest, cheapest and greenest
among them. Earliest, cheapest and greenest are exact when each operation feeds at most one other and no two operations
of the job compete for one unit; elsewhere :mod:`scheduling.engine.realizing` makes them right.
"""

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
    MODE_UNIT,
    NONE,
    OP_AFTER,
    OP_EARLIEST,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    UNIT_SITE,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.compiled import compiled
from scheduling.engine.insertion import find_place
from scheduling.engine.timelines import clear_row, copy_row, copy_rows

MOST_LABELS = 8
"""Labels kept per operation and site, at least 3."""
OUT_OF_REACH_MINUTES = 1 << 40

# columns of a label, by operation, site and rank
END, COST, CO2, MODE, SECONDARY, FROM, FROM_MINUTE, READY, OWN_COST, OWN_CO2 = range(10)
"""``own`` cost and emissions are those of the mode and of the moves that bring its inputs."""
# pool: ways in which work arrives somewhere, best first
POOL_END, POOL_COST, POOL_CO2 = 0, 1, 2
"""``chosen[way, operation]`` is the label it builds on, as site × MOST_LABELS + label; NONE when it does without."""


@compiled
def comes_before(rows: Table, a: int, b: int) -> bool:
    """Order ways by end, cost, emissions."""
    for column in range(3):
        if rows[a, column] != rows[b, column]:
            return bool(rows[a, column] < rows[b, column])
    return False


@compiled
def is_least(rows: Table, a: int, b: int, first: int, last: int) -> bool:
    """Order ways by the column ``first``, then by end, then by the column ``last``."""
    if rows[a, first] != rows[b, first]:
        return bool(rows[a, first] < rows[b, first])
    if rows[a, 0] != rows[b, 0]:
        return bool(rows[a, 0] < rows[b, 0])
    return bool(rows[a, last] < rows[b, last])


@compiled
def prune(rows: Table, count: int, order: Table) -> int:
    """Choose the ways to keep: fills ``order`` with their rows, earliest first, and gives their number.

    Ways that another one beats are dropped; what remains is thinned out evenly to :data:`MOST_LABELS`, the earliest,
    cheapest and greenest always staying.
    """
    for row in range(count):
        place = row
        while place > 0 and comes_before(rows, row, order[place - 1]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = row
    kept = 0
    for place in range(count):
        row, is_beaten = order[place], False
        for other in range(kept):
            if rows[order[other], 1] <= rows[row, 1] and rows[order[other], 2] <= rows[row, 2]:
                is_beaten = True
                break
        if not is_beaten:
            order[kept] = row
            kept += 1
    return thin(rows, kept, order) if kept > MOST_LABELS else kept


@compiled
def thin(rows: Table, kept: int, order: Table) -> int:
    """Thin ways that do not beat each other out to :data:`MOST_LABELS`, in place."""
    cheapest = greenest = 0
    for place in range(1, kept):
        if is_least(rows, order[place], order[cheapest], 1, 2):
            cheapest = place
        if is_least(rows, order[place], order[greenest], 2, 1):
            greenest = place
    extremes = 1 + (1 if cheapest != 0 else 0) + (1 if greenest not in (0, cheapest) else 0)
    spare, others = MOST_LABELS - extremes, kept - extremes
    seen = taken = written = 0
    for place in range(kept):
        is_kept = place in (0, cheapest, greenest)
        if not is_kept:
            if taken < spare and seen == taken * others // spare:
                is_kept = True
                taken += 1
            seen += 1
        if is_kept:
            order[written] = order[place]
            written += 1
    return written


@compiled
def arrive_all(
    shop: Shop, labels: Table, counts: Table, chosen: Table, before: int, site: int, ways: Table, building: Table
) -> int:
    """List the ways an operation's work arrives at a site: fills ``ways``, and what they build on; gives how many."""
    load = shop.jobs[0, JOB_LOAD]
    sites = counts.shape[1]
    rows = np.empty((sites * MOST_LABELS, 3), dtype=np.int64)
    origins = np.empty(sites * MOST_LABELS, dtype=np.int64)
    count = 0
    for origin in range(sites):
        leg = shop.legs[load, origin, site]
        if leg[LEG_MINUTES] >= OUT_OF_REACH_MINUTES:
            continue
        for label in range(counts[before, origin]):
            rows[count, 0] = labels[before, origin, label, END] + leg[LEG_MINUTES]
            rows[count, 1] = labels[before, origin, label, COST] + leg[LEG_COST]
            rows[count, 2] = labels[before, origin, label, CO2] + leg[LEG_CO2]
            origins[count] = origin * MOST_LABELS + label
            count += 1
    order = np.empty(count, dtype=np.int64)
    kept = prune(rows, count, order)
    for way in range(kept):
        row = order[way]
        origin, label = origins[row] // MOST_LABELS, origins[row] % MOST_LABELS
        copy_row(ways[way], rows[row])
        copy_row(building[way], chosen[before, origin, label])
    return kept


@compiled
def combine(
    labels: Table, left: Table, left_building: Table, right: Table, right_building: Table, row: Table
) -> bool:
    """Fill ``row`` with both ways together; False when they do the same operation in different ways."""
    row[0], row[1], row[2] = max(left[0], right[0]), left[1] + right[1], left[2] + right[2]
    for operation in range(left_building.shape[0]):
        mine, other = left_building[operation], right_building[operation]
        if min(mine, other) != NONE:
            if mine != other:
                return False
            label = labels[operation, mine // MOST_LABELS, mine % MOST_LABELS]
            row[1] -= label[OWN_COST]
            row[2] -= label[OWN_CO2]
    return True


@compiled
def join_all(
    shop: Shop, labels: Table, counts: Table, chosen: Table, befores: Table, site: int, ways: Table, building: Table
) -> int:
    """Combine the ways in which several operations' work arrives at a site: fills ``ways``; gives their number."""
    operations = building.shape[1]
    if befores.shape[0] == 0:
        ways[0, 0], ways[0, 1], ways[0, 2] = shop.jobs[0, JOB_RELEASE], 0, 0
        clear_row(building[0])
        return 1
    count = arrive_all(shop, labels, counts, chosen, befores[0], site, ways, building)
    if befores.shape[0] == 1:
        return count
    right = np.empty((MOST_LABELS, 3), dtype=np.int64)
    right_building = np.empty((MOST_LABELS, operations), dtype=np.int64)
    rows = np.empty((MOST_LABELS * MOST_LABELS, 3), dtype=np.int64)
    pairs = np.empty(MOST_LABELS * MOST_LABELS, dtype=np.int64)
    order = np.empty(MOST_LABELS * MOST_LABELS, dtype=np.int64)
    left = np.empty((MOST_LABELS, operations), dtype=np.int64)
    for index in range(1, befores.shape[0]):
        others = arrive_all(shop, labels, counts, chosen, befores[index], site, right, right_building)
        found = 0
        for a in range(count):
            for b in range(others):
                if combine(labels, ways[a], building[a], right[b], right_building[b], rows[found]):
                    pairs[found] = a * MOST_LABELS + b
                    found += 1
        count = prune(rows, found, order)
        copy_rows(left, building)
        for way in range(count):
            pair = pairs[order[way]]
            copy_row(ways[way], rows[order[way]])
            for operation in range(operations):
                own = left[pair // MOST_LABELS, operation]
                building[way, operation] = own if own != NONE else right_building[pair % MOST_LABELS, operation]
    return count


@compiled
def last_operations(shop: Shop) -> Table:
    """List the operations that nothing builds on."""
    count = shop.operations.shape[0]
    found = np.empty(count, dtype=np.int64)
    last = 0
    for operation in range(count):
        if shop.operations[operation, OP_AFTER] == 0:
            found[last] = operation
            last += 1
    return found[:last]


@compiled
def run_all(
    shop: Shop, lines: Lines, operation: int, first: int, last: int, ways: Table, count: int, found: Table
) -> int:
    """Put an operation behind each way in which its inputs arrive, by the modes [first, last) of one site.

    Of modes of equal cost and emissions only the one that ends first is kept. Fills ``found`` with rows of
    (end, cost, emissions, mode, secondary, from, from minute, ready, way); gives their number.
    """
    seen = np.empty((last - first, 6), dtype=np.int64)  # is known, from, until, from and until minute, secondary
    clear_row(seen[:, 0])
    written, earliest = 0, shop.operations[operation, OP_EARLIEST]
    for way in range(count):
        begin, ready = written, max(ways[way, POOL_END], earliest)
        for mode in range(first, last):
            place = seen[mode - first]
            if place[0] == NONE or (place[0] == 1 and place[3] < ready):
                # ways come in the order of their ends: a place that is late enough is the first for this one too
                secondary = find_place(shop, lines, 0, operation, mode, ready, place[1:5])
                place[0], place[5] = (0 if secondary == -2 else 1), secondary
            if place[0] == 0:
                continue
            cost = ways[way, POOL_COST] + shop.modes[mode, MODE_COST]
            co2 = ways[way, POOL_CO2] + shop.modes[mode, MODE_CO2]
            row = begin
            while row < written and (found[row, COST] != cost or found[row, CO2] != co2):
                row += 1
            if row < written and found[row, END] <= place[4]:
                continue
            written = max(written, row + 1)
            found[row, END], found[row, COST], found[row, CO2], found[row, MODE] = place[4], cost, co2, mode
            found[row, SECONDARY], found[row, FROM], found[row, FROM_MINUTE] = place[5], place[1], place[3]
            found[row, READY], found[row, 8] = ready, way
    return written


@compiled
def own_terms(shop: Shop, operation: int, site: int, label: Table, chosen: Table) -> None:
    """Fill in what an operation costs by itself: its mode, and the moves that bring its inputs."""
    cost, co2 = shop.modes[label[MODE], MODE_COST], shop.modes[label[MODE], MODE_CO2]
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        leg = shop.legs[shop.jobs[0, JOB_LOAD], chosen[shop.befores[index]] // MOST_LABELS, site]
        cost, co2 = cost + leg[LEG_COST], co2 + leg[LEG_CO2]
    label[OWN_COST], label[OWN_CO2] = cost, co2


@compiled
def label_site(
    shop: Shop, lines: Lines, labels: Table, counts: Table, chosen: Table, operation: int, first: int, last: int
) -> None:
    """Find the labels of an operation at the site of its modes [first, last)."""
    site = shop.units[shop.modes[first, MODE_UNIT], UNIT_SITE]
    ways = np.empty((MOST_LABELS, 3), dtype=np.int64)
    building = np.empty((MOST_LABELS, shop.operations.shape[0]), dtype=np.int64)
    befores = shop.befores[shop.operations[operation, OP_FIRST_BEFORE] : shop.operations[operation, OP_LAST_BEFORE]]
    count = join_all(shop, labels, counts, chosen, befores, site, ways, building)
    found = np.empty((MOST_LABELS * (last - first), 9), dtype=np.int64)
    candidates = run_all(shop, lines, operation, first, last, ways, count, found)
    order = np.empty(candidates, dtype=np.int64)
    kept = prune(found, candidates, order)
    for label in range(kept):
        row = order[label]
        copy_row(labels[operation, site, label, :8], found[row])
        copy_row(chosen[operation, site, label], building[found[row, 8]])
        chosen[operation, site, label, operation] = site * MOST_LABELS + label
        own_terms(shop, operation, site, labels[operation, site, label], chosen[operation, site, label])
    counts[operation, site] = kept


@compiled
def label_job(shop: Shop, lines: Lines, labels: Table, counts: Table, chosen: Table) -> int:
    """Find the labels of all operations of a job; the first operation that fits nowhere, NONE when all do."""
    for operation in range(shop.operations.shape[0]):
        first, end = shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]
        is_placed = False
        while first < end:
            site, last = shop.units[shop.modes[first, MODE_UNIT], UNIT_SITE], first + 1
            while last < end and shop.units[shop.modes[last, MODE_UNIT], UNIT_SITE] == site:
                last += 1
            label_site(shop, lines, labels, counts, chosen, operation, first, last)
            is_placed = is_placed or counts[operation, site] > 0
            first = last
        if not is_placed:
            return operation
    return NONE


@compiled
def deliver(shop: Shop, labels: Table, counts: Table, chosen: Table, building: Table) -> int:
    """Bring the last operations' work to the destination: fills what each way builds on; gives the number of ways."""
    ways = np.empty((MOST_LABELS, 3), dtype=np.int64)
    return int(join_all(
        shop, labels, counts, chosen, last_operations(shop), shop.jobs[0, JOB_DESTINATION], ways, building
    ))
