"""Annealed ruin and recreate: take a few related jobs off, put them back in another order, keep it or undo it."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    JOB_DUE,
    JOB_FIRST,
    JOB_LAST,
    JOB_LATE_POINTS,
    NEVER,
    NONE,
    Lines,
    Scratch,
    Shop,
    Table,
)
from scheduling.engine.compiled import inlined, lean
from scheduling.engine.dice import roll, seed_dice, wait
from scheduling.engine.insertion import insert_job, remove_job, restore_job
from scheduling.engine.ruin import BEST_TOTAL, DICE, DIRTY, KEPT, TOTAL, TURN, Search, choose_jobs

LARGEST_RUIN = 5
"""Jobs that one turn takes off at most; smaller and larger ones measured worse at 200 and at 1 000 jobs."""


def make_search(shop: Shop, plan: Table, values: Table, least: Table, seed: int) -> Search:
    """Begin a search at a plan whose jobs are worth ``values``; ``least`` is lowered to that where it is less."""
    np.minimum(least, values, out=least)
    jobs = shop.jobs.shape[0]
    longest = int((shop.jobs[:, JOB_LAST] - shop.jobs[:, JOB_FIRST]).max(initial=1))
    state = np.zeros(6, dtype=np.int64)
    state[DICE], state[TOTAL] = seed_dice(seed), values[values < NEVER].sum()
    state[BEST_TOTAL] = state[TOTAL]
    room = np.zeros((3, LARGEST_RUIN), dtype=np.int64)
    return Search(
        values, least, room[0], room[1], room[2], np.full((LARGEST_RUIN, longest, plan.shape[1]), NONE, dtype=np.int64),
        np.full(jobs, NONE, dtype=np.int64), plan.copy(), values.copy(), np.zeros(jobs, dtype=np.int64),
        np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64), state,
    )


@inlined
def take_off(shop: Shop, lines: Lines, plan: Table, search: Search, row: int) -> int:
    """Take the chosen job of a row off, keeping how it stood; its points."""
    job = search.chosen[row]
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    for operation in range(first, last):
        for column in range(plan.shape[1]):
            search.kept[row, operation - first, column] = plan[operation, column]
    remove_job(shop, lines, plan, job, last)
    search.olds[row] = search.values[job]
    return int(search.values[job])


@lean
def put_back(shop: Shop, lines: Lines, plan: Table, search: Search, count: int, placed: int) -> None:
    """Undo a turn: take the first ``placed`` chosen jobs off again and put all back as they stood."""
    for row in range(placed):
        job = search.chosen[row]
        remove_job(shop, lines, plan, job, shop.jobs[job, JOB_LAST])
    for row in range(count):
        job = search.chosen[row]
        restore_job(shop, lines, plan, job, search.kept[row])
        search.values[job] = search.olds[row]


@inlined
def draw_keys(shop: Shop, search: Search, count: int) -> None:
    """Draw a rule, and by it what each chosen job is put back by: least first."""
    dice, keys = search.state, search.keys
    rule = roll(dice, 5)
    for row in range(count):
        job = search.chosen[row]
        noise = 512 + roll(dice, 1024)
        due, rate = shop.jobs[job, JOB_DUE], shop.jobs[job, JOB_LATE_POINTS]
        if rule == 0:
            keys[row] = due + roll(dice, 2048)
        elif rule == 1:
            keys[row] = -rate * noise
        elif rule == 2:
            keys[row] = (search.least[job] - search.values[job]) * noise
        elif rule == 3:
            keys[row] = (shop.jobs[job, JOB_LAST] - shop.jobs[job, JOB_FIRST]) * noise
        else:
            keys[row] = noise
    if roll(dice, 2) == 0:
        keys[0] = -NEVER


@inlined
def sort_chosen(search: Search, count: int) -> None:
    """Put the chosen jobs in the order of their keys."""
    chosen, keys = search.chosen, search.keys
    for row in range(1, count):
        job, key = chosen[row], keys[row]
        place = row
        while place > 0 and keys[place - 1] > key:
            chosen[place], keys[place] = chosen[place - 1], keys[place - 1]
            place -= 1
        chosen[place], keys[place] = job, key


@lean
def recreate(shop: Shop, lines: Lines, plan: Table, scratch: Scratch, search: Search, count: int, most: int) -> int:
    """Put the chosen jobs back one by one; what they are then worth, NEVER with all undone when that is above most."""
    waiting = 0
    for row in range(count):
        waiting += search.least[search.chosen[row]]
    total = 0
    for row in range(count):
        job = search.chosen[row]
        waiting -= search.least[job]
        value = insert_job(shop, lines, plan, scratch, job, most - total - waiting)
        if value >= NEVER:
            put_back(shop, lines, plan, search, count, row)
            return NEVER
        search.values[job] = value
        search.least[job] = min(search.least[job], value)
        total += value
    return total


@inlined
def note(search: Search, job: int) -> None:
    """Note that a job may stand elsewhere than before."""
    search.is_changed[job] = 1
    if search.is_dirty[job] == 0:
        search.is_dirty[job] = 1
        search.dirty[search.state[DIRTY]] = job
        search.state[DIRTY] += 1


@inlined
def remember(shop: Shop, plan: Table, search: Search) -> None:
    """Keep the present plan as the best one: only jobs that may stand elsewhere are copied."""
    for index in range(search.state[DIRTY]):
        job = search.dirty[index]
        search.is_dirty[job] = 0
        search.best_values[job] = search.values[job]
        for operation in range(shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]):
            for column in range(plan.shape[1]):
                search.best[operation, column] = plan[operation, column]
    search.state[DIRTY] = 0
    search.state[BEST_TOTAL] = search.state[TOTAL]


@lean
def turn(
    shop: Shop, lines: Lines, plan: Table, scratch: Scratch, search: Search, seeds: Table, temperature: float
) -> None:
    """Make one turn at a temperature in points."""
    state = search.state
    state[TURN] += 1
    size = 1 + roll(state, LARGEST_RUIN)
    count = choose_jobs(shop, lines, plan, search, seeds, size)
    draw_keys(shop, search, count)
    sort_chosen(search, count)
    old = 0
    for row in range(count):
        old += take_off(shop, lines, plan, search, row)
    most = old + int(wait(state) * temperature)
    new = recreate(shop, lines, plan, scratch, search, count, most)
    if new >= NEVER:
        return
    state[KEPT] += 1
    state[TOTAL] += new - old
    for row in range(count):
        note(search, search.chosen[row])
    if state[TOTAL] < state[BEST_TOTAL]:
        remember(shop, plan, search)


@lean
def anneal(
    shop: Shop, lines: Lines, plan: Table, scratch: Scratch, search: Search, seeds: Table, turns: int, span: Table
) -> None:
    """Make turns.

    Parameters
    ----------
    seeds
        Jobs on the timelines, around which jobs are taken off; at least one.
    span
        Temperature in points at the first turn and after the last one.
    """
    for index in range(turns):
        temperature = span[0] + (span[1] - span[0]) * index / turns
        turn(shop, lines, plan, scratch, search, seeds, temperature)
