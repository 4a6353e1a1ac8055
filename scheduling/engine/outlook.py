"""What is still to come after each mode: the least minutes and the least points until the job has arrived."""

from __future__ import annotations

from scheduling.engine.arrays import (
    JOB_DESTINATION,
    JOB_FIRST,
    JOB_IS_CHAIN,
    JOB_LAST,
    JOB_LOAD,
    LEG_MINUTES,
    LEG_POINTS,
    MODE_AHEAD,
    MODE_FIRST_SECONDARY,
    MODE_LAST_SECONDARY,
    MODE_MINUTES,
    MODE_POINTS,
    MODE_SITE,
    MODE_TAIL,
    NEVER,
    NONE,
    OP_AFTER,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    OP_STANDS_SITE,
    OP_TAIL,
    Shop,
    Table,
)
from scheduling.engine.compiled import lean


@lean
def look_ahead(shop: Shop) -> None:
    """Fill in, for each mode, operation and job of a shop, what follows from the others."""
    for job in range(shop.jobs.shape[0]):
        first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
        is_chain = 1
        for operation in range(last - 1, first - 1, -1):
            if shop.operations[operation, OP_AFTER] == 0:
                _deliver(shop, job, operation)
            tail = NEVER
            for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
                tail = min(tail, shop.modes[mode, MODE_TAIL])
                if shop.modes[mode, MODE_LAST_SECONDARY] > shop.modes[mode, MODE_FIRST_SECONDARY]:
                    is_chain = 0
            shop.operations[operation, OP_TAIL] = tail if tail < NEVER else 0
            if not _follows(shop.operations, shop.befores, operation, first, last):
                is_chain = 0
            for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
                _look_back(shop, job, operation, shop.befores[index])
        shop.jobs[job, JOB_IS_CHAIN] = is_chain


@lean
def _follows(operations: Table, befores: Table, operation: int, first: int, last: int) -> bool:
    """Tell whether an operation is to be placed, right behind the one before it and before the next one."""
    if operations[operation, OP_STANDS_SITE] != NONE or operations[operation, OP_FIRST_MODE] == operations[
        operation, OP_LAST_MODE
    ]:
        return False
    if operations[operation, OP_AFTER] != (0 if operation == last - 1 else 1):
        return False
    entry = operations[operation, OP_FIRST_BEFORE]
    count = operations[operation, OP_LAST_BEFORE] - entry
    if operation == first:
        return bool(count == 0)
    return bool(count == 1 and befores[entry] == operation - 1)


@lean
def _deliver(shop: Shop, job: int, operation: int) -> None:
    """Fill in the way from a last operation to the destination."""
    load, destination = shop.jobs[job, JOB_LOAD], shop.jobs[job, JOB_DESTINATION]
    for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
        if destination != NONE:
            site = shop.modes[mode, MODE_SITE]
            shop.modes[mode, MODE_TAIL] = shop.legs[load, site, destination, LEG_MINUTES]
            shop.modes[mode, MODE_AHEAD] = shop.legs[load, site, destination, LEG_POINTS]


@lean
def _look_back(shop: Shop, job: int, operation: int, before: int) -> None:
    """Carry what follows an operation over to the modes of one of its predecessors."""
    load = shop.jobs[job, JOB_LOAD]
    for early in range(shop.operations[before, OP_FIRST_MODE], shop.operations[before, OP_LAST_MODE]):
        origin, minutes, points = shop.modes[early, MODE_SITE], NEVER, NEVER
        for mode in range(shop.operations[operation, OP_FIRST_MODE], shop.operations[operation, OP_LAST_MODE]):
            site = shop.modes[mode, MODE_SITE]
            after = shop.modes[mode, MODE_MINUTES] + shop.modes[mode, MODE_TAIL]
            minutes = min(minutes, shop.legs[load, origin, site, LEG_MINUTES] + after)
            after = shop.modes[mode, MODE_POINTS] + shop.modes[mode, MODE_AHEAD]
            points = min(points, shop.legs[load, origin, site, LEG_POINTS] + after)
        if minutes < NEVER:
            shop.modes[early, MODE_TAIL] = max(shop.modes[early, MODE_TAIL], minutes)
            shop.modes[early, MODE_AHEAD] = max(shop.modes[early, MODE_AHEAD], points)
