"""Placing the jobs that the rules of the first schedule leave out.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. Jobs that found no place go to the front of the order, and all
are placed anew, as often as there is time ("squeaky wheel", Joslin and Clements 1999). Every other round each job ends
as early as it can whatever that costs, because the cheapest way may close the way to a job's end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduling.engine.arrays import (
    JOB_DUE,
    JOB_LATE_POINTS,
    JOB_RELEASE,
    NEVER,
    Lines,
    Scratch,
    Shop,
    Table,
    make_plan,
    make_scratch,
)
from scheduling.engine.greedy import alone, fill, rebuild
from scheduling.planning_first import orders, rank
from scheduling.planning_team import Start, copy_lines

HURRY_POINTS = 10**9
"""Per minute, where an early end is all that counts: more than ways of working differ in price."""
ROUNDS_PER_SHAKE = 6
"""After so many rounds the order is disturbed, so that the same orders do not come again."""


def in_a_hurry(shop: Shop) -> Shop:
    """Give a shop in which every minute after its release costs a job very much."""
    jobs = shop.jobs.copy()
    jobs[:, JOB_DUE] = jobs[:, JOB_RELEASE]
    jobs[:, JOB_LATE_POINTS] = HURRY_POINTS
    return shop._replace(jobs=jobs)


def place_missing(
    shop: Shop, standing: Lines, best: Start, jobs: Table, *, may_go_on: Callable[[int], bool], seed: int
) -> Start:
    """Look for a plan that has all jobs.

    Parameters
    ----------
    shop
        The problem.
    standing
        Timelines with what stays, with room for all operations.
    best
        The best plan so far.
    jobs
        Those that are to be in the plan.
    may_go_on
        Whether there is time, given the number of rounds made.
    seed
        Of the random numbers.

    Returns
    -------
    Start
        ``best``, or a plan that leaves fewer jobs out. One that no order can help ends the search: it found no place
        even alone.
    """
    hurried, scratch, dice = in_a_hurry(shop), make_scratch(shop), np.random.default_rng(seed)
    least = np.zeros(len(shop.jobs), dtype=np.int64)
    alone(hurried, copy_lines(standing), make_plan(shop), scratch, jobs, least)
    begins = [jobs[np.argsort(shop.jobs[jobs, JOB_RELEASE], kind="stable")], *orders(shop, jobs)]
    if (least >= NEVER).any():
        begins, may_go_on = begins[:1], (lambda rounds: rounds < 2)
    rounds = 0
    while (best.values[jobs] >= NEVER).any() and may_go_on(rounds):
        order = begins[rounds // (2 * ROUNDS_PER_SHAKE) % len(begins)]
        if rounds >= 2 * ROUNDS_PER_SHAKE * len(begins):
            order = order[np.argsort(np.arange(len(order)) + dice.normal(0, len(order) / 4, len(order)))]
        for way in (hurried, shop):
            best, rounds = _squeak(shop, way, standing, best, order, may_go_on, rounds)
    return best


def _squeak(
    shop: Shop, way: Shop, standing: Lines, best: Start, order: Table, may_go_on: Callable[[int], bool], rounds: int
) -> tuple[Start, int]:
    """Place jobs in an order again and again, those that were left out ahead of the others."""
    scratch = make_scratch(shop)
    for _ in range(ROUNDS_PER_SHAKE):
        if not may_go_on(rounds):
            break
        found = _filled(shop, way, standing, order, scratch)
        rounds += 1
        best = found if rank(found.values[order]) < rank(best.values[order]) else best
        is_out = found.values[order] >= NEVER
        if not is_out.any():
            break
        order = np.concatenate([order[is_out], order[~is_out]])
    return best, rounds


def _filled(shop: Shop, way: Shop, standing: Lines, order: Table, scratch: Scratch) -> Start:
    """Place jobs as one shop has it, and say what they are worth in the other."""
    lines, own = copy_lines(standing), make_plan(shop)
    values = np.full(len(shop.jobs), NEVER, dtype=np.int64)
    fill(way, lines, own, scratch, order, values)
    if way is shop:
        return Start(lines, own, values)
    placed = order[values[order] < NEVER]
    anew, copied = copy_lines(standing), make_plan(shop)
    rebuild(shop, anew, copied, own, placed, values)
    return Start(anew, copied, values)
