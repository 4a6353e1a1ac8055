"""Choosing which jobs to take off together: one that does badly, those beside it, and those in its way."""

from __future__ import annotations

from typing import NamedTuple

from scheduling.engine.arrays import (
    JOB_FIRST,
    JOB_LAST,
    JOB_LOAD,
    JOB_RELEASE,
    LEG_MINUTES,
    MODE_UNIT,
    NEVER,
    NONE,
    OP_FIRST_BEFORE,
    OP_FIRST_MODE,
    OP_JOB,
    OP_LAST_BEFORE,
    OP_LAST_MODE,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_UNTIL_MINUTE,
    RUN_FROM_MINUTE,
    RUN_KEY,
    UNIT_SITE,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.compiled import inlined, lean
from scheduling.engine.dice import roll
from scheduling.engine.timelines import runs_until


class Search(NamedTuple):
    """The state of a search: what jobs are worth, the best plan seen, and room to work in."""

    values: Table
    """Points of each job as it stands; NEVER for one that is not on the timelines."""
    least: Table
    """Points of each job alone on the timelines."""
    chosen: Table
    keys: Table
    olds: Table
    """Of the chosen jobs: what they are put back by, and what they were worth."""
    kept: Table
    """[chosen, operation of the job, column]: their plan rows."""
    marks: Table
    """By job: the turn in which it was chosen last."""
    best: Table
    """The best plan."""
    best_values: Table
    dirty: Table
    is_dirty: Table
    """Jobs that may stand elsewhere than in the best plan: a list, and a flag for each."""
    is_changed: Table
    """By job: 1 when it may stand elsewhere than when the flags were last cleared."""
    state: Table
    """Columns below."""


DICE, TOTAL, BEST_TOTAL, DIRTY, TURN, KEPT = range(6)
"""Random state, points of the plan and of the best one, length of ``dirty``, turns made, turns that were kept."""


@inlined
def job_of(shop: Shop, plan: Table, key: int, unit: int, start: int) -> int:
    """Give the job of a run that may move; NONE for a run that stays."""
    if key < 0 or key >= plan.shape[0] or plan[key, PLAN_MODE] == NONE:
        return NONE
    if plan[key, PLAN_FROM_MINUTE] != start or shop.modes[plan[key, PLAN_MODE], MODE_UNIT] != unit:
        return NONE
    return int(shop.operations[key, OP_JOB])


@inlined
def job_at(shop: Shop, lines: Lines, plan: Table, unit: int, position: int) -> int:
    """Give the movable job of the run at a position of a unit; NONE when there is none."""
    if position < 0 or position >= lines.counts[unit]:
        return NONE
    runs = lines.runs
    return job_of(shop, plan, runs[unit, position, RUN_KEY], unit, runs[unit, position, RUN_FROM_MINUTE])


@inlined
def beside(shop: Shop, lines: Lines, plan: Table, dice: Table, job: int) -> int:
    """Give a job one or two runs before or after one of a job's operations; NONE when there is none."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    operation = first + roll(dice, last - first)
    if plan[operation, PLAN_MODE] == NONE:
        return NONE
    unit, start = shop.modes[plan[operation, PLAN_MODE], MODE_UNIT], plan[operation, PLAN_FROM_MINUTE]
    position = runs_until(lines.runs, unit, lines.counts[unit], RUN_FROM_MINUTE, start) - 1
    step = roll(dice, 4) - 2
    return job_at(shop, lines, plan, unit, position + (step if step < 0 else step + 1))


@inlined
def in_the_way(shop: Shop, lines: Lines, plan: Table, dice: Table, job: int) -> int:
    """Give a job that runs where one of a job's operations could, its inputs being ready; NONE when there is none."""
    first, last = shop.jobs[job, JOB_FIRST], shop.jobs[job, JOB_LAST]
    operation = first + roll(dice, last - first)
    modes = shop.operations[operation, OP_LAST_MODE] - shop.operations[operation, OP_FIRST_MODE]
    if modes == 0 or plan[operation, PLAN_MODE] == NONE:
        return NONE
    mode = plan[operation, PLAN_MODE]
    if roll(dice, 2) == 0:
        mode = shop.operations[operation, OP_FIRST_MODE] + roll(dice, modes)
    unit, ready, load = shop.modes[mode, MODE_UNIT], shop.jobs[job, JOB_RELEASE], shop.jobs[job, JOB_LOAD]
    for index in range(shop.operations[operation, OP_FIRST_BEFORE], shop.operations[operation, OP_LAST_BEFORE]):
        before = shop.befores[index]
        if plan[before, PLAN_MODE] != NONE:
            origin = shop.units[shop.modes[plan[before, PLAN_MODE], MODE_UNIT], UNIT_SITE]
            leg = shop.legs[load, origin, shop.units[unit, UNIT_SITE], LEG_MINUTES]
            ready = max(ready, plan[before, PLAN_UNTIL_MINUTE] + leg)
    position = runs_until(lines.runs, unit, lines.counts[unit], RUN_FROM_MINUTE, ready) - 1
    return job_at(shop, lines, plan, unit, position + roll(dice, 3))


@lean
def choose_jobs(shop: Shop, lines: Lines, plan: Table, search: Search, seeds: Table, size: int) -> int:
    """Choose jobs to take off, at most ``size``: fills ``chosen``; how many."""
    dice, values, least, chosen, marks = search.state, search.values, search.least, search.chosen, search.marks
    seed, worst = NONE, -NEVER
    for _ in range(4):
        job = seeds[roll(dice, seeds.shape[0])]
        if values[job] - least[job] > worst:
            seed, worst = job, values[job] - least[job]
    turn = search.state[TURN]
    chosen[0], marks[seed] = seed, turn
    count, tries = 1, 0
    while count < size and tries < 4 * size:
        tries += 1
        member, kind = chosen[roll(dice, count)], roll(dice, 20)
        if kind < 9:
            job = beside(shop, lines, plan, dice, member)
        elif kind < 17:
            job = in_the_way(shop, lines, plan, dice, member)
        else:
            job = in_the_way(shop, lines, plan, dice, seed)
        if job != NONE and marks[job] != turn:
            chosen[count], marks[job] = job, turn
            count += 1
    return count
