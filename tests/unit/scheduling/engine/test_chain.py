"""The insertion of a chain against plain enumeration: the first gap, and the cheapest way."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.arrays import (
    AXIS_TOTAL,
    JOB_FLOOR,
    JOB_IS_CHAIN,
    JOB_LATE_POINTS,
    JOB_LIMIT,
    NEVER,
    PLAN_FROM,
    PLAN_MODE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_UNTIL,
    UNIT_AXIS,
    Lines,
    Shop,
    make_plan,
    make_scratch,
)
from scheduling.engine.axis import end_at, fast_first_fit, fast_start_at, fast_work_at, first_fit, start_at, work_at
from scheduling.engine.book_layout import lay_out_book
from scheduling.engine.chain import find_slot
from scheduling.engine.greedy import fill
from scheduling.engine.insertion import insert_job, remove_job
from scheduling.order_book import _Reader
from scheduling.planning_first import room_for
from tests.unit.scheduling.books import random_book

seeds = st.integers(0, 10**6)


def busy_shop(seed: int) -> tuple[Shop, Lines]:
    """Make a shop of eight jobs, the first seven of them placed."""
    shop = lay_out_book(_Reader("random").book(random_book(seed)))
    lines, values = room_for(shop, None), np.full(8, NEVER)
    fill(shop, lines, make_plan(shop), make_scratch(shop), np.arange(7), values)
    return shop, lines


def first_work(shop: Shop, lines: Lines, operation: int, mode: int, ready: int, floor: int) -> int | None:
    """Look at one working minute after the other."""
    unit, minutes = shop.modes[mode, 0], int(shop.modes[mode, 1])
    family, axis = shop.operations[operation, 1], shop.units[unit, UNIT_AXIS]
    runs = [tuple(map(int, row)) for row in lines.runs[unit, :lines.counts[unit]]]
    setups = shop.setups[shop.units[unit, 2]]
    for work in range(ready, int(shop.axes[axis, AXIS_TOTAL]) - minutes + 1):
        until = work + minutes
        before = [run for run in runs if run[RUN_FROM] < until]
        if any(run[RUN_UNTIL] > work for run in before):
            continue
        begin = max(floor, before[-1][RUN_UNTIL]) if before else floor
        setup = setups[before[-1][RUN_FAMILY], family] if before else 0
        after = runs[len(before)] if len(before) < len(runs) else None
        if work < begin + setup or (after and after[RUN_FROM] < until + setups[family, after[RUN_FAMILY]]):
            continue
        if not shop.operations[operation, 2] and first_fit(shop.axes, shop.windows, axis, work, minutes) != work:
            continue
        return work
    return None


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_first_gap_is_what_looking_minute_by_minute_finds(seed: int) -> None:
    shop, lines = busy_shop(seed)
    dice = Random(seed)
    operation = int(shop.jobs[7, 0])
    mode = int(shop.operations[operation, 4])
    ready, floor = dice.randint(0, 900), dice.choice((0, 300))
    expected = first_work(shop, lines, operation, mode, ready, floor)
    found, index = find_slot(shop, lines, operation, mode, ready, floor, NEVER)
    assert found == expected
    runs = lines.runs[shop.modes[mode, 0], :, RUN_FROM]
    assert index == 0 or runs[index - 1] < found
    assert index == lines.counts[shop.modes[mode, 0]] or runs[index] > found
    latest = found + int(shop.modes[mode, 1])
    assert find_slot(shop, lines, operation, mode, ready, floor, latest) == (found, index)
    assert find_slot(shop, lines, operation, mode, ready, floor, latest - 1) == (-1, -1)


@settings(max_examples=40, deadline=None)
@given(seeds, st.booleans())
def test_without_lateness_a_chain_goes_its_cheapest_way(seed: int, is_chain: bool) -> None:
    shop, lines = busy_shop(seed)
    shop.jobs[7, JOB_LATE_POINTS], shop.jobs[7, JOB_IS_CHAIN] = 0, is_chain
    plan, (first, last) = make_plan(shop), shop.jobs[7, :2]
    counts = lines.counts.copy()
    value = insert_job(shop, lines, plan, make_scratch(shop), 7, NEVER)
    choices = [range(*shop.operations[operation, 4:6]) for operation in range(first, last)]
    sites = shop.units[shop.modes[:, 0], 1]
    assert value == min(
        sum(int(shop.modes[mode, 4]) for mode in way)
        + sum(int(shop.legs[0, sites[a], sites[b], 3]) for a, b in pairwise(way))
        for way in product(*choices)
    )
    remove_job(shop, lines, plan, 7, last)
    assert (lines.counts == counts).all()
    assert insert_job(shop, lines, plan, make_scratch(shop), 7, value - 1) == NEVER
    assert (lines.counts == counts).all()


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(0, 50_000))
def test_what_a_chain_may_cost_does_not_change_what_it_finds(seed: int, more: int) -> None:
    shop, lines = busy_shop(seed)
    plan, last = make_plan(shop), shop.jobs[7, 1]
    value = insert_job(shop, lines, plan, make_scratch(shop), 7, NEVER)
    kept = plan.copy()
    remove_job(shop, lines, plan, 7, last)
    assert insert_job(shop, lines, plan, make_scratch(shop), 7, value + more) <= value
    if more == 0:
        assert (plan[:, PLAN_FROM] >= 0).sum() == (kept[:, PLAN_FROM] >= 0).sum()


def test_a_limit_and_a_floor_hold() -> None:
    shop, lines = busy_shop(3)
    plan, scratch = make_plan(shop), make_scratch(shop)
    shop.jobs[7, JOB_FLOOR] = 9000
    assert insert_job(shop, lines, plan, scratch, 7, NEVER) < NEVER
    rows = plan[shop.jobs[7, 0]:shop.jobs[7, 1]]
    assert rows[0, 4] >= 9000
    end = int(rows[-1, 5])
    remove_job(shop, lines, plan, 7, shop.jobs[7, 1])
    shop.jobs[7, JOB_LIMIT] = end - 2000
    assert insert_job(shop, lines, plan, scratch, 7, NEVER) == NEVER
    assert (plan[:, PLAN_MODE] == -1).all()


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(-100, 60_000), st.integers(1, 400))
def test_guides_give_what_bisection_does(seed: int, minute: int, length: int) -> None:
    shop = lay_out_book(_Reader("random").book(random_book(seed, 1)))
    for axis in range(len(shop.axes)):
        total = int(shop.axes[axis, AXIS_TOTAL])
        work = work_at(shop.axes, shop.windows, axis, minute)
        assert fast_work_at(shop, axis, minute) == work
        if work < total:
            assert fast_start_at(shop, axis, work) == start_at(shop.axes, shop.windows, axis, work)
            assert fast_start_at(shop, axis, work) + 1 == end_at(shop.axes, shop.windows, axis, work + 1)
            fit = first_fit(shop.axes, shop.windows, axis, work, length)
            assert fast_first_fit(shop, axis, work, length) == fit
