"""Two searches in two threads.

Where few jobs span a moment both work on one plan, one on each side of it, and make it one again after every slice;
else each works on a plan of its own, and both go on from the better one now and then.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scheduling.engine.annealing import anneal, make_search
from scheduling.engine.arrays import (
    JOB_FIRST,
    JOB_LAST,
    NEVER,
    NONE,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_UNTIL_MINUTE,
    Lines,
    Scratch,
    Shop,
    Table,
    make_scratch,
)
from scheduling.engine.greedy import rebuild
from scheduling.engine.merging import merge
from scheduling.engine.ruin import BEST_TOTAL, DIRTY, TOTAL, TURN, Search

SHARES = (0.5, 0.35, 0.65, 0.42, 0.58, 0.28, 0.72)
LEAST_APART = 0.6
"""Share of jobs that must not span the middle of the plan for two searches to work on one; else each has its own."""


class Start(NamedTuple):
    """Timelines, the plan that stands on them, and what its jobs are worth: NEVER for those that are not in it."""

    lines: Lines
    plan: Table
    values: Table


def points_of(values: Table) -> int:
    """Add up what jobs are worth, those left out that are not in the plan."""
    return int(values[values < NEVER].sum())


def copy_lines(lines: Lines) -> Lines:
    """Copy timelines."""
    return Lines(lines.counts.copy(), lines.runs.copy())


def clear_lines(lines: Lines, standing: Lines) -> None:
    """Leave nothing on timelines but what stays; both have the same room."""
    lines.counts[:] = standing.counts
    most = int(standing.counts.max(initial=0))
    lines.runs[:, :most] = standing.runs[:, :most]


@dataclass(frozen=True, slots=True)
class Member:
    """One search with timelines of its own."""

    lines: Lines
    plan: Table
    scratch: Scratch
    search: Search

    def copy_from(self, other: Member) -> None:
        """Take over another member's plan, but for its best one and the random numbers."""
        search = self.search
        is_other = (search.is_changed == 1) | (other.search.is_changed == 1)
        fresh = np.flatnonzero(is_other & (search.is_dirty == 0))
        dirty = int(search.state[DIRTY])
        search.dirty[dirty:dirty + len(fresh)] = fresh
        search.is_dirty[fresh], search.state[DIRTY] = 1, dirty + len(fresh)
        self.plan[:] = other.plan
        self.lines.counts[:] = other.lines.counts
        most = int(other.lines.counts.max(initial=0))
        self.lines.runs[:, :most] = other.lines.runs[:, :most]
        search.values[:] = other.search.values
        np.minimum(search.least, other.search.least, out=search.least)
        other.search.least[:] = search.least
        search.state[TOTAL] = other.search.state[TOTAL]
        search.is_changed[:] = other.search.is_changed[:] = 0


class Team:
    """One or two members.

    Parameters
    ----------
    shop
        The problem.
    standing
        Timelines with nothing but the runs that stay.
    first
        Where the search begins; the first member goes on with these very arrays.
    least
        By job, what it is worth alone.
    seed
        Of the random numbers.
    size
        1 or 2.
    """

    def __init__(
        self, shop: Shop, standing: Lines, first: Start, least: Table, *, seed: int, size: int
    ) -> None:
        self.shop, self.standing = shop, standing
        lines, plan, values = first
        self.jobs: Table = np.flatnonzero(values < NEVER).astype(np.int64)
        self.members: list[Member] = []
        for number in range(size):
            own = copy_lines(lines) if number else lines
            own_plan, own_values = (plan.copy(), values.copy()) if number else (plan, values)
            search = make_search(shop, own_plan, own_values, least.copy(), 2 * seed + number)
            self.members.append(Member(own, own_plan, make_scratch(shop), search))
        self.pool = ThreadPoolExecutor(max(size - 1, 1))
        self.cuts = self._cuts()
        self.is_divisible = sum(map(len, self._parts(0.5))) >= LEAST_APART * len(self.jobs)

    def close(self) -> None:
        """Let the second thread go."""
        self.pool.shutdown()

    @property
    def best(self) -> Member:
        """The member with the best plan."""
        return min(self.members, key=lambda member: int(member.search.state[BEST_TOTAL]))

    @property
    def best_points(self) -> int:
        """Points of the best plan."""
        return int(self.best.search.state[BEST_TOTAL])

    @property
    def turns(self) -> int:
        """Turns made by all members."""
        return int(sum(member.search.state[TURN] for member in self.members))

    def slice(self, turns: int, span: Table, *, is_joint: bool) -> None:
        """Make turns, as of :func:`anneal`; ``turns`` of each member.

        ``is_joint`` lets the second member take part; otherwise its core is left to others.
        """
        first = self.members[0]
        if not is_joint or len(self.members) == 1:
            self._work(first, self.jobs, turns, span)
            return
        second = self.members[1]
        if self.is_divisible:
            second.copy_from(first)
        early, late = next(self.cuts) if self.is_divisible else (self.jobs, self.jobs)
        if not len(early) and not len(late):
            early = self.jobs  # all have come to span the cut
        waiting = self.pool.submit(self._work, second, late, turns, span)
        self._work(first, early, turns, span)
        waiting.result()
        if self.is_divisible:
            self._merge(first, second)

    def lead(self, start: Start) -> None:
        """Let all go on from a plan of the same jobs if it is better than the best one."""
        if points_of(start.values) >= self.best_points or (start.values[self.jobs] >= NEVER).any():
            return
        for member in self.members:
            clear_lines(member.lines, start.lines)
            member.plan[:], member.search.values[:] = start.plan, start.values
            member.search.best[:], member.search.best_values[:] = start.plan, start.values
            member.search.state[TOTAL] = member.search.state[BEST_TOTAL] = points_of(start.values)
            member.search.state[DIRTY] = 0
            member.search.is_dirty[:] = 0

    def exchange(self) -> None:
        """Let members that search on their own both go on from the better of their plans."""
        if len(self.members) == 2 and not self.is_divisible:
            better, worse = sorted(self.members, key=lambda member: int(member.search.state[TOTAL]))
            worse.search.is_changed[:] = 1
            worse.copy_from(better)

    def _work(self, member: Member, seeds: Table, turns: int, span: Table) -> None:
        if len(seeds):
            anneal(self.shop, member.lines, member.plan, member.scratch, member.search, seeds, turns, span)

    def _merge(self, first: Member, second: Member) -> None:
        jobs = np.flatnonzero((second.search.is_changed == 1) & (first.search.is_changed == 0)).astype(np.int64)
        kept, values, total = first.plan.copy(), first.search.values.copy(), first.search.state[TOTAL]
        if merge(self.shop, first.lines, first.plan, first.scratch, first.search, second.plan, jobs) == 0:
            clear_lines(first.lines, self.standing)
            first.plan[:, PLAN_MODE] = NONE
            rebuild(self.shop, first.lines, first.plan, kept, self.jobs, first.search.values)
            first.search.values[:], first.search.state[TOTAL] = values, total

    def _parts(self, share: float) -> tuple[Table, Table]:
        """List the jobs that end before a moment and those that begin after it: where that share of middles is."""
        plan = self.members[0].plan
        begins = plan[self.shop.jobs[self.jobs, JOB_FIRST], PLAN_FROM_MINUTE]
        ends = plan[self.shop.jobs[self.jobs, JOB_LAST] - 1, PLAN_UNTIL_MINUTE]
        cut = np.quantile((begins + ends) / 2, share)
        return self.jobs[ends <= cut], self.jobs[begins >= cut]

    def _cuts(self) -> Iterator[tuple[Table, Table]]:
        """Divide the jobs at one moment after the other, so that those that span one are reached by the next."""
        while True:
            for share in SHARES:
                yield self._parts(share)
