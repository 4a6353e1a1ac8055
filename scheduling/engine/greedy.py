"""The first schedule: jobs put on the timelines one after the other, each at its best."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    JOB_FIRST,
    JOB_LAST,
    NEVER,
    RENT_BEFORE,
    RENT_BUCKET,
    RENT_PRICE,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.compiled import lean
from scheduling.engine.insertion import insert_job, job_value, remove_job, restore_job


@lean
def fill(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, order: Table, values: Table) -> int:
    """Put jobs on the timelines in an order.

    Parameters
    ----------
    values
        By job: becomes what each is worth in points, NEVER for one that fits nowhere and is left out.

    Returns
    -------
    int
        Points of those that were placed.
    """
    total = 0
    for index in range(order.shape[0]):
        job = order[index]
        value = insert_job(shop, lines, plan, scratch, job, NEVER)
        values[job] = value
        if value < NEVER:
            total += value
    return total


@lean
def alone(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, jobs: Table, values: Table) -> None:
    """Fill in what each of some jobs would be worth if no other were on the timelines; NEVER where it fits nowhere."""
    for index in range(jobs.shape[0]):
        job = jobs[index]
        values[job] = insert_job(shop, lines, plan, scratch, job, NEVER)
        if values[job] < NEVER:
            remove_job(shop, lines, plan, job, shop.jobs[job, JOB_LAST])


def make_rents(prices: Table, bucket_minutes: int, percent: int) -> Table:
    """Make what runs are priced at from prices per working minute, [unit, bucket], of which a percentage counts."""
    rents = np.zeros((*prices.shape, 3), dtype=np.int64)
    rents[:, :, RENT_PRICE] = prices * percent // 100
    rents[:, 1:, RENT_BEFORE] = np.cumsum(rents[:, :-1, RENT_PRICE], axis=1) * bucket_minutes
    rents[:, :, RENT_BUCKET] = bucket_minutes
    return rents


@lean
def rebuild(shop: Shop, lines: Lines, plan: Table, wanted: Table, jobs: Table, values: Table) -> None:
    """Put jobs, none of which is on the timelines, where another plan has them; fills in their values."""
    for index in range(jobs.shape[0]):
        job = jobs[index]
        restore_job(shop, lines, plan, job, wanted[shop.jobs[job, JOB_FIRST]:shop.jobs[job, JOB_LAST]])
        values[job] = job_value(shop, plan, job)
