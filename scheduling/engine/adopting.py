"""Taking a booked plan over as it stands."""

from __future__ import annotations

from scheduling.engine.arrays import (
    JOB_FIRST,
    JOB_LAST,
    JOB_LOAD,
    LEG_POINTS,
    MODE_MINUTES,
    MODE_POINTS,
    MODE_UNIT,
    NONE,
    OP_FIRST_BEFORE,
    OP_LAST_BEFORE,
    PLAN_FROM,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_POINTS,
    PLAN_UNTIL,
    UNIT_SITE,
    Shop,
    Table,
)
from scheduling.engine.compiled import compiled
from scheduling.engine.insertion import move_points, site_and_end
from scheduling.engine.timelines import work_from


@compiled
def complete_plan(shop: Shop, plan: Table) -> None:
    """Fill in work and points of the operations whose mode, secondary unit and wall minutes a plan names."""
    for job in range(shop.jobs.shape[0]):
        for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
            row = plan[operation]
            if row[PLAN_MODE] == NONE:
                continue
            mode, start = row[PLAN_MODE], row[PLAN_FROM_MINUTE]
            unit, points = shop.modes[mode, MODE_UNIT], shop.modes[mode, MODE_POINTS]
            row[PLAN_FROM] = work_from(shop, unit, start)
            row[PLAN_UNTIL] = row[PLAN_FROM] + shop.modes[mode, MODE_MINUTES]
            for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
                origin, _ = site_and_end(shop, plan, shop.befores[index])
                points += shop.legs[shop.jobs[job, JOB_LOAD], origin, shop.units[unit, UNIT_SITE], LEG_POINTS]
            row[PLAN_POINTS] = points + move_points(shop, operation, unit, start)
