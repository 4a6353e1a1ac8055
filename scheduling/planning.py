"""Planning: a first schedule by several rules, then annealed ruin and recreate, with a certified bound beside it.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. Anytime: whatever stops it, the best plan found stands. Two
threads search the same plan, each around the jobs of one half of its time, and make one plan of what they found after
every slice; capacity prices are worked out on the second core first and lead the greedy rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

import numpy as np

from scheduling.bounds import Bound, Prices, capacity_prices
from scheduling.engine.arrays import (
    MODE_UNIT,
    NEVER,
    NONE,
    OP_WAS_FROM,
    OP_WAS_UNIT,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    Lines,
    Scratch,
    Shop,
    Table,
    make_plan,
    make_scratch,
)
from scheduling.engine.greedy import alone, fill, make_rents, rebuild
from scheduling.planning_first import orders, rank, room_for, standing_jobs
from scheduling.planning_missing import place_missing
from scheduling.planning_team import Start, Team, copy_lines, points_of

START_TEMPERATURE, START_TEMPERATURE_OF_MANY, MANY_JOBS = 0.02, 0.1, 500
"""Of the mean value of a job; the second one from that many jobs on, where it measured better."""
SECONDS_PER_SLICE = 0.25
SECONDS_PER_REPORT = 0.25
PRICE_SHARE = 0.35
"""Part of the time for which prices may be looked for on the second core."""
GOOD_GAP = 0.005
"""Of prices that lead: how much better a bound others may prove."""
SECONDS_TO_END_PRICING = 0.5
"""How long the end of a solve or round is waited for; what it would have found is not worth more."""
PRICE_PERCENTS = (75, 100)
"""Of prices, by which the rules of the first schedule are led."""
JOBS_PER_TURN = 5
"""The fewest jobs per turn of a slice in which two searches change one plan: more turns, and they change the same."""
EXCHANGES = (0.4, 0.6, 0.75, 0.88)
"""Shares of the search after which searches with plans of their own both go on from the better one."""
LEAST_ROUNDS = 2
"""In which jobs are placed anew when some were left out, even when there is no time."""
SLICES = 200
"""At least, of a search bounded by turns."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where planning stands; points as of :mod:`scheduling.engine.arrays`, less is better.

    ``moved_operations`` start elsewhere in the best plan than they stood; ``bound`` is None while none is known.
    """

    turns: int
    elapsed_seconds: float
    first_points: int
    best_points: int
    moved_operations: int = 0
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be planned, and how.

    Attributes
    ----------
    shop
        The problem.
    standing
        Timelines with nothing but the runs that planning does not touch, with room for all operations; None when
        there are none.
    start
        A plan in which jobs stand already: never made worse, and jobs that are not in it are left out. None when
        nothing stands; then every job must find a place.
    seconds, turns
        Bounds; at least one must be given. The same task with ``turns`` and without ``seconds`` gives the same plan.
    seed
        Of the random numbers.
    has_prices
        Whether capacity prices and a bound are worked out; never, when only ``turns`` bounds the search.
    price_seconds
        How long prices may be looked for; None for as long as measured best.
    """

    shop: Shop
    standing: Lines | None = None
    start: Table | None = None
    seconds: float | None = None
    turns: int | None = None
    seed: int = 0
    has_prices: bool = True
    price_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """The best plan found.

    Attributes
    ----------
    plan
        One row per operation, as of :data:`scheduling.engine.arrays.PLAN_MODE`.
    values
        By job, its points; NEVER for a job that is not in the plan.
    points, first_points
        Their sum, and that of the start or else of the first plan.
    turns
        Turns of the search.
    unplaced
        Jobs that are to be in the plan and are not: neither a rule nor placing all anew found a place for them in the
        time there was. Jobs that a start leaves out are not to be in the plan, so they are not named.
    prices
        With the bound; None when none were worked out.
    """

    plan: Table = field(repr=False)
    values: Table = field(repr=False)
    points: int
    first_points: int
    turns: int
    unplaced: tuple[int, ...] = ()
    prices: Prices | None = None


def plan(
    task: Task,
    progress: Callable[[Stand], bool] = lambda _: True,
    clock: Callable[[], float] = time.monotonic,
) -> Planned:
    """Plan jobs on shared capacity.

    Parameters
    ----------
    task
        What is to be planned.
    progress
        Called a few times a second; answering False stops the search, the best plan stands.
    clock
        Seconds that pass, for the bounds in time.

    Returns
    -------
    Planned
        Never worse than the start. Without one, all jobs are to be in the plan, and ``unplaced`` names those for which
        no place was found.

    Raises
    ------
    ValueError
        Neither bound is given.
    """
    if task.seconds is None and task.turns is None:
        raise ValueError("planning needs a bound: seconds or turns")
    return _Planning(task, progress, clock).run()


class _Planning:
    """One run: the first schedule, the prices beside it, the search."""

    def __init__(self, task: Task, progress: Callable[[Stand], bool], clock: Callable[[], float]) -> None:
        self.task, self.shop, self.progress, self.clock = task, task.shop, progress, clock
        self.began = clock()
        self.standing = room_for(task.shop, task.standing)
        self.scratch = make_scratch(task.shop)
        self.prices: Prices | None = None
        self.is_over = False
        self.first_points = 0
        self.reported = 0.0

    def run(self) -> Planned:
        """Do all of it."""
        jobs = np.arange(len(self.shop.jobs), dtype=np.int64)
        if self.task.start is not None:
            jobs = jobs[standing_jobs(self.shop, self.task.start)]
        least = self._least(jobs)
        first = self._whole(self._first(jobs), jobs)
        pricing = self._start_pricing(jobs, first)
        self.first_points = points_of(first.values)
        turns = 0
        is_whole = len(jobs) > 0 and not (first.values[jobs] >= NEVER).any()
        if is_whole and self.task.turns != 0 and self._left() > 0:
            first, turns = self._search(first, least, jobs, pricing)
        self.is_over = True
        if pricing is not None:
            pricing.join(SECONDS_TO_END_PRICING)
        unplaced = tuple(jobs[first.values[jobs] >= NEVER].tolist())
        return Planned(
            first.plan, first.values, points_of(first.values), self.first_points, turns, unplaced, self.prices
        )

    def _least(self, jobs: Table) -> Table:
        least = np.full(len(self.shop.jobs), NEVER, dtype=np.int64)
        lines = copy_lines(self.standing)
        alone(self.shop, lines, make_plan(self.shop), self.scratch, jobs, least)
        return least

    def _elapsed(self) -> float:
        return self.clock() - self.began

    def _left(self) -> float:
        return NEVER if self.task.seconds is None else self.task.seconds - self._elapsed()

    # ------------------------------------------------------------------------------------------------- prices

    def _start_pricing(self, jobs: Table, first: Start) -> Thread | None:
        """Look for prices on the second core, where there is time for it."""
        if not self.task.has_prices or self.task.seconds is None or not len(jobs) or self._left() < 1:
            return None
        is_whole = not (first.values >= NEVER).any()
        thread = Thread(target=self._price, args=((first.plan.copy(),) if is_whole else (),), daemon=True)
        thread.start()
        return thread

    def _price(self, plans: tuple[Table, ...]) -> None:
        seconds = self.task.price_seconds
        if seconds is None:
            seconds = self._left() * PRICE_SHARE
        capacity_prices(
            self.shop, seconds=seconds, standing=self.standing, plans=plans, clock=self.clock,
            publish=self._publish, should_stop=lambda: self.is_over,
        )

    def _publish(self, prices: Prices) -> None:
        self.prices = prices

    def _good_prices(self, *, is_joint: bool) -> Prices | None:
        """Give prices that are worth following: nearly the best, or the last to come."""
        prices = self.prices
        if prices is None or not prices.points.any():
            return None
        return prices if is_joint or prices.gap <= GOOD_GAP else None

    # -------------------------------------------------------------------------------------------------- first

    def _first(self, jobs: Table) -> Start:
        """Give the best of the start and of the plain rules."""
        best = self._present(jobs)
        for order in orders(self.shop, jobs):
            if best is not None and self._left() < 0:
                break
            best = self._better(best, self._filled(order, self.scratch))
        if best is None:
            values = np.full(len(self.shop.jobs), NEVER, dtype=np.int64)
            return Start(copy_lines(self.standing), make_plan(self.shop), values)
        return best

    def _whole(self, first: Start, jobs: Table) -> Start:
        """Look for a plan of all jobs where the plain rules left some out."""
        if self.task.start is not None or not (first.values[jobs] >= NEVER).any():
            return first
        rounds = LEAST_ROUNDS if self.task.turns is None else max(self.task.turns, LEAST_ROUNDS)

        def may_go_on(made: int) -> bool:
            if self.task.turns is not None and made >= rounds:
                return False
            if made and self._elapsed() - self.reported >= SECONDS_PER_REPORT:
                self.reported = self._elapsed()
                if not self.progress(Stand(0, self.reported, 0, 0)):
                    return False
            return made < LEAST_ROUNDS or self._left() > 0

        return place_missing(self.shop, self.standing, first, jobs, may_go_on=may_go_on, seed=self.task.seed)

    def _present(self, jobs: Table) -> Start | None:
        if self.task.start is None:
            return None
        lines, own = copy_lines(self.standing), make_plan(self.shop)
        values = np.full(len(self.shop.jobs), NEVER, dtype=np.int64)
        rebuild(self.shop, lines, own, self.task.start, jobs, values)
        return Start(lines, own, values)

    def _filled(self, order: Table, scratch: Scratch) -> Start:
        lines, own = copy_lines(self.standing), make_plan(self.shop)
        values = np.full(len(self.shop.jobs), NEVER, dtype=np.int64)
        fill(self.shop, lines, own, scratch, order, values)
        return Start(lines, own, values)

    def _better(self, one: Start | None, other: Start) -> Start:
        if one is None:
            return other
        return other if rank(other.values) < rank(one.values) else one

    def _led(self, jobs: Table, prices: Prices) -> Start:
        """Give the best plan of the rules led by prices."""
        best: Start | None = None
        for percent in PRICE_PERCENTS:
            scratch = make_scratch(self.shop, make_rents(prices.points, prices.bucket_minutes, percent))
            for order in orders(self.shop, jobs)[:2]:
                if best is None or self._left() > 0:
                    best = self._better(best, self._filled(order, scratch))
        assert best is not None  # noqa: S101  # there are percentages and rules
        return best

    # ------------------------------------------------------------------------------------------------- search

    def _search(self, first: Start, least: Table, jobs: Table, pricing: Thread | None) -> tuple[Start, int]:
        """Search from the best first plan until a bound is reached or nobody wants to go on."""
        team = Team(self.shop, self.standing, first, least, seed=self.task.seed, size=2)
        share_of_mean = START_TEMPERATURE if len(jobs) < MANY_JOBS else START_TEMPERATURE_OF_MANY
        hot = share_of_mean * points_of(first.values) / len(jobs)
        span, turns, share, is_led = np.zeros(2, dtype=np.int64), 20, 0.0, False
        try:
            while share < 1:
                slice_began = self.clock()
                is_joint = pricing is None or not pricing.is_alive()
                if is_joint and team.is_divisible:
                    turns = min(turns, max(len(jobs) // JOBS_PER_TURN, 20))
                team.slice(turns, span, is_joint=is_joint)
                prices = None if is_led else self._good_prices(is_joint=is_joint)
                if prices is not None:
                    is_led = True
                    team.lead(self._led(jobs, prices))
                took = self.clock() - slice_began
                share, last = self._share(team.turns), share
                if any(last < moment <= share for moment in EXCHANGES):
                    team.exchange()
                turns = self._next_turns(turns, took)
                following = min(1.0, share + self._step(took))
                span[0], span[1] = int(hot * (1 - share) ** 2), int(hot * (1 - following) ** 2)
                if not self._report(team):
                    break
        finally:
            team.close()
        best = team.best.search
        return Start(first.lines, best.best, best.best_values), team.turns

    def _share(self, turns: int) -> float:
        by_turns = turns / self.task.turns if self.task.turns else 0.0
        if self.task.seconds is None:
            return by_turns
        return max(by_turns, self._elapsed() / max(self.task.seconds, 1e-9))

    def _step(self, took: float) -> float:
        return took / self.task.seconds if self.task.seconds else 1 / SLICES

    def _next_turns(self, turns: int, took: float) -> int:
        if self.task.seconds is None:
            return max((self.task.turns or 0) // (2 * SLICES), 1)
        wanted = min(SECONDS_PER_SLICE, max(self._left(), 0.01))
        return max(1, int(turns * min(2.0, wanted / max(took, 1e-6))))

    def _report(self, team: Team) -> bool:
        """Tell how it stands, now and then; whether to go on."""
        elapsed = self._elapsed()
        if elapsed - self.reported < SECONDS_PER_REPORT:
            return True
        self.reported = elapsed
        return self.progress(self._stand(team))

    def _stand(self, team: Team) -> Stand:
        bound = None if self.prices is None else self.prices.bound
        return Stand(
            team.turns, self._elapsed(), self.first_points, team.best_points,
            moved_operations(self.shop, team.best.search.best), bound,
        )


def moved_operations(shop: Shop, plan: Table) -> int:
    """Count the operations that start elsewhere than they stood."""
    was = shop.operations[:, OP_WAS_UNIT]
    rows = np.flatnonzero((was != NONE) & (plan[:, PLAN_MODE] != NONE))
    units = shop.modes[plan[rows, PLAN_MODE], MODE_UNIT]
    return int(((units != was[rows]) | (plan[rows, PLAN_FROM_MINUTE] != shop.operations[rows, OP_WAS_FROM])).sum())
