"""What capacity is worth, and how good any schedule can be: prices of units by time, and a certified lower bound.

Imports neither SQLAlchemy nor the catalog; OR-Tools only when prices are looked for (``scheduling.solver``).

For any prices ≥ 0 of the working minutes of each unit, the least points of every job that *pays* for its minutes,
less the price of all minutes there are, is a bound that no schedule can beat (Lagrangian relaxation of "one run at a
time" to "not more minutes than there are" per unit and bucket; setups and secondary units are left out). It needs no
solver to hold: prices may come from anywhere, even be 0, and it is worked out in whole numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import gcd, inf
from typing import TYPE_CHECKING

import numpy as np

from scheduling.engine.arrays import (
    JOB_DUE,
    JOB_LATE_POINTS,
    LEG_POINTS,
    MODE_POINTS,
    NONE,
    OP_MOVE_POINTS,
    OP_WAS_UNIT,
    POINTS_PER_MINOR,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.axis import start_at
from scheduling.engine.layout import Layout
from scheduling.engine.market import (
    bucket_count,
    capacities,
    make_market,
    make_rooms,
    price_round,
    unknown,
)
from scheduling.improve import CapacityPrice

if TYPE_CHECKING:
    from scheduling.solver.capacity_prices import PriceStep

EMPTY_FACTORY = "every job alone in the factory"
PRICED_CAPACITY = "capacity by unit and bucket of working minutes, no setups, fractional"
MOST_JOBS, SAMPLED_JOBS = 1500, 700
"""With more jobs than the first, prices are looked for with the second number of them before all are."""
COARSEST_BUCKET_MINUTES = 1024
SECONDS_PER_JOB = {128: 0.05, 256: 0.016, 512: 0.0}
"""By bucket size, seconds per job in which the prices of such buckets are found on one core."""
SAMPLE_SHARE = 0.6
"""Of the seconds, for the sample."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound that no schedule can beat.

    Attributes
    ----------
    points
        In points.
    minor
        In minor units, rounded down.
    relaxation
        Which rules it leaves out, for people.
    values
        By job of the shop: the points of its cheapest way, its minutes paid for.
    """

    points: int
    minor: int
    relaxation: str
    values: Table = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of capacity.

    Attributes
    ----------
    points
        [unit, bucket]: points per working minute, ≥ 0; the last bucket is free.
    bucket_minutes
        Working minutes of a bucket: work ``w`` of a unit is in bucket ``min(w // bucket_minutes, last)``.
    rounds
        Rounds of pricing that they took; 0 when they are all 0.
    bound
        Certified at these prices; None when it has not been worked out.
    gap
        About how much better a bound any prices could prove at most, as a share; infinite when unknown. Prices are
        worth following when it is small.
    """

    points: Table = field(repr=False)
    bucket_minutes: int
    rounds: int = 0
    bound: Bound | None = None
    gap: float = inf


def suggested_bucket_minutes(jobs: int, seconds: float = 0.0) -> int:
    """Give the bucket size that measured best for a number of jobs and the seconds there are: fine ones need time."""
    for size, seconds_per_job in SECONDS_PER_JOB.items():
        if jobs <= MOST_JOBS and seconds >= jobs * seconds_per_job:
            return size
    return COARSEST_BUCKET_MINUTES


def no_prices(shop: Shop, bucket_minutes: int | None = None) -> Prices:
    """Give the prices of capacity that nobody is short of."""
    size = bucket_minutes or suggested_bucket_minutes(len(shop.jobs))
    return Prices(np.zeros((len(shop.units), bucket_count(shop, size)), dtype=np.int64), size)


def certified_bound(
    shop: Shop,
    prices: Prices,
    *,
    standing: Lines | None = None,
    most: Table | None = None,
    threads: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> Bound | None:
    """Work out the bound that prices prove.

    Parameters
    ----------
    shop
        The problem.
    prices
        Any.
    standing
        Timelines with nothing but the runs that planning does not touch; None when there are none.
    most
        By job, points that some way of it costs at these prices: makes it faster, never wrong.
    threads
        At least 1.
    should_stop
        Asked often.

    Returns
    -------
    Bound or None
        None when it was stopped.
    """
    market = make_market(shop, prices.points, prices.bucket_minutes)
    known = unknown(shop) if most is None else most
    jobs = np.arange(len(shop.jobs), dtype=np.int64)
    found = price_round(shop, market, jobs, known, make_rooms(shop, threads), should_stop=should_stop)
    if found is None:
        return None
    return bound_of(shop, prices, found.values, capacities(shop, standing, prices.bucket_minutes))


def bound_of(shop: Shop, prices: Prices, values: Table, capacity: Table) -> Bound:
    """Add up a full round of pricing to its bound, rounded up to what an objective can be."""
    points = int(values.sum()) - int((prices.points * capacity).sum())
    step = points_step(shop)
    points = -(-points // step) * step
    name = PRICED_CAPACITY if prices.points.any() else EMPTY_FACTORY
    return Bound(points, points // POINTS_PER_MINOR, name, values)


def points_step(shop: Shop) -> int:
    """Give the greatest number of points that divides every objective."""
    step = 0
    for table in (shop.modes[:, MODE_POINTS], shop.legs[..., LEG_POINTS], shop.jobs[:, JOB_LATE_POINTS],
                  shop.operations[shop.operations[:, OP_WAS_UNIT] != NONE, OP_MOVE_POINTS]):
        step = gcd(step, int(np.gcd.reduce(table, axis=None))) if table.size else step
    return max(step, 1)


def capacity_prices(  # noqa: PLR0913 - the search has many bounds
    shop: Shop,
    *,
    seconds: float,
    standing: Lines | None = None,
    plans: Sequence[Table] = (),
    threads: int = 1,
    bucket_minutes: int | None = None,
    most_jobs: int = MOST_JOBS,
    should_stop: Callable[[], bool] = lambda: False,
    publish: Callable[[Prices], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Prices:
    """Look for the prices that prove the best bound, by column generation.

    With more jobs than ``most_jobs``, prices are first looked for with a sample of the jobs and the same share of every
    capacity, then proved with all jobs, then improved with all jobs as long as time is left.

    Parameters
    ----------
    shop
        The problem.
    seconds
        Stops about then; the last solve and round may take a little longer.
    standing
        Timelines with nothing but the runs that planning does not touch, not changed meanwhile; None when there are
        none.
    plans
        Whole plans, not changed meanwhile, such as a first schedule: a better start, never a worse bound.
    threads
        Of pricing, at least 1.
    bucket_minutes
        None for the size that measured best for the number of jobs and seconds.
    most_jobs
        That are looked at together from the start.
    should_stop
        Asked often.
    publish
        Called, in this thread, whenever a better bound is known.
    clock
        Seconds that pass.

    Returns
    -------
    Prices
        The best found, with their bound; all 0 when time was too short or the solver failed, without a bound only when
        it was stopped before the first round was over.
    """
    began = clock()
    search = _Search(shop, standing, tuple(plans), threads, publish,
                     lambda: 0.0 if should_stop() else seconds - (clock() - began))
    search.best = no_prices(shop, bucket_minutes or suggested_bucket_minutes(len(shop.jobs), seconds))
    search.prove(search.best)
    if len(shop.jobs) > most_jobs:
        search.sample(min(most_jobs, SAMPLED_JOBS))
    search.all_jobs()
    return search.best


class _Search:
    """The best prices so far, and the steps that make them better."""

    def __init__(
        self,
        shop: Shop,
        standing: Lines | None,
        plans: tuple[Table, ...],
        threads: int,
        publish: Callable[[Prices], None],
        seconds_left: Callable[[], float],
    ) -> None:
        self.shop, self.standing, self.plans, self.threads = shop, standing, plans, threads
        self.publish, self.seconds_left = publish, seconds_left
        self.best = Prices(np.zeros((0, 0), dtype=np.int64), 1)

    def keep(self, prices: Prices) -> None:
        """Keep prices whose bound is better, and tell of them."""
        known, found = self.best.bound, prices.bound
        if found is not None and (known is None or found.points > known.points):
            self.best = prices
            self.publish(prices)

    def prove(self, prices: Prices) -> None:
        """Work out the bound of prices for all jobs."""
        found = certified_bound(self.shop, prices, standing=self.standing, threads=self.threads,
                                should_stop=lambda: self.seconds_left() <= 0)
        self.keep(replace(prices, bound=found))

    def sample(self, size: int) -> None:
        """Look for prices with every so many-th job by due minute; prove those that were best for them."""
        by_due = np.argsort(self.shop.jobs[:, JOB_DUE], kind="stable")
        chosen = by_due[np.arange(size) * len(by_due) // size]
        began = self.seconds_left()
        steps: list[PriceStep] = []
        self.run(np.sort(chosen), began * SAMPLE_SHARE, steps.append)
        if steps:
            self.prove(Prices(steps[-1].prices, self.best.bucket_minutes, steps[-1].rounds, gap=steps[-1].gap))

    def all_jobs(self) -> None:
        """Look for better prices with all jobs."""
        size, already = self.best.bucket_minutes, self.best.rounds
        capacity = capacities(self.shop, self.standing, size)

        def keep(step: PriceStep) -> None:
            prices = Prices(step.prices, size, already + step.rounds, gap=step.gap)
            self.keep(replace(prices, bound=bound_of(self.shop, prices, step.values, capacity)))

        self.run(np.arange(len(self.shop.jobs), dtype=np.int64), self.seconds_left(), keep)

    def run(self, jobs: Table, seconds: float, report: Callable[[PriceStep], None]) -> None:
        """Search with some of the jobs; a solver that fails ends it."""
        from scheduling.solver.capacity_prices import PriceSearch, search  # noqa: PLC0415 - OR-Tools is slow to load

        until = self.seconds_left() - seconds
        search(PriceSearch(self.shop, self.standing, self.best.bucket_minutes, self.threads, jobs, self.best.points,
                           lambda: self.seconds_left() - until, self.plans), report)


def heat_map(layout: Layout, prices: Prices) -> tuple[CapacityPrice, ...]:
    """Tell what one more working hour of each unit would be worth, by bucket; hours worth nothing are left out."""
    rows = []
    for unit, bucket in np.argwhere(prices.points > 0).tolist():
        axis = int(layout.shop.units[unit, 0])
        first = bucket * prices.bucket_minutes
        total = int(layout.shop.axes[axis, 2])
        until = min(first + prices.bucket_minutes, total) - 1
        if until < first:
            continue
        price = int(prices.points[unit, bucket])
        rows.append(CapacityPrice(
            layout.units[unit].id,
            start_at(layout.shop.axes, layout.shop.windows, axis, first),
            start_at(layout.shop.axes, layout.shop.windows, axis, until) + 1,
            (price * 60 + POINTS_PER_MINOR // 2) // POINTS_PER_MINOR,
        ))
    return tuple(rows)
