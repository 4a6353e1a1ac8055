"""Ways of jobs as columns: points without prices, and minutes by bucket.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduling.engine.arrays import PLAN_FROM, PLAN_MODE, Shop, Table
from scheduling.engine.market import bucket_count, make_market, path_usage, plan_values, unknown
from scheduling.engine.pricing import Market

MOST_ENTRIES = 4096
"""Of one way: bucket minutes."""


class Columns:
    """The ways of jobs found so far: points without prices, and minutes by bucket."""

    def __init__(self) -> None:
        self.points: Table = np.zeros(0, dtype=np.int64)
        self.jobs: Table = np.zeros(0, dtype=np.int64)
        self.rows: Table = np.zeros(0, dtype=np.int64)
        self.minutes: Table = np.zeros(0, dtype=np.int64)
        self.firsts: Table = np.zeros(1, dtype=np.int64)
        self._seen: set[tuple[int, bytes, bytes]] = set()

    def add(self, shop: Shop, market: Market, jobs: Table, values: Table, path: Table) -> int:
        """Add the ways of a round; tells how many of them are new."""
        rows, minutes = np.zeros(MOST_ENTRIES, dtype=np.int64), np.zeros(MOST_ENTRIES, dtype=np.int64)
        points, whose, all_rows, all_minutes = [], [], [], []
        prices = market.prices.ravel()
        for job in jobs.tolist():
            count = path_usage(shop, market, path, job, rows, minutes)
            key = (job, rows[:count].tobytes(), minutes[:count].tobytes())
            if count == 0 or key in self._seen:
                continue
            self._seen.add(key)
            points.append(int(values[job]) - int(prices[rows[:count]] @ minutes[:count]))
            whose.append(job)
            all_rows.append(rows[:count].copy())
            all_minutes.append(minutes[:count].copy())
        if points:
            counts = np.array([len(item) for item in all_rows], dtype=np.int64)
            self.points = np.concatenate([self.points, np.array(points, dtype=np.int64)])
            self.jobs = np.concatenate([self.jobs, np.array(whose, dtype=np.int64)])
            self.rows = np.concatenate([self.rows, *all_rows])
            self.minutes = np.concatenate([self.minutes, *all_minutes])
            self.firsts = np.concatenate([self.firsts, self.firsts[-1] + np.cumsum(counts)])
        return len(points)

    def most(self, shop: Shop, prices: Table) -> Table:
        """Give, by job, the points of its cheapest known way at prices: a guide for the next round's windows."""
        known = unknown(shop)
        if len(self.points):
            rent = np.add.reduceat(prices.ravel()[self.rows] * self.minutes, self.firsts[:-1])
            np.minimum.at(known, self.jobs, self.points + rent)
        return known


def ways_of_plans(shop: Shop, jobs: Table, plans: Sequence[Table], bucket_minutes: int) -> Columns:
    """Collect the ways that whole plans have for jobs; a job that a plan does not place has none in it."""
    columns = Columns()
    free = make_market(shop, np.zeros((len(shop.units), bucket_count(shop, bucket_minutes)), np.int64), bucket_minutes)
    for plan in plans:
        columns.add(shop, free, jobs, plan_values(shop, plan), plan[:, [PLAN_MODE, PLAN_FROM]])
    return columns
