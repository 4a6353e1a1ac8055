"""Planning: valid whatever the shop, never worse than its start, the same again, the same interpreted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.arrays import (
    JOB_LIMIT,
    NEVER,
    PLAN_UNTIL_MINUTE,
    RUN_FROM,
    RUN_UNTIL,
    Shop,
    make_lines,
    make_plan,
    make_scratch,
)
from scheduling.engine.book_layout import even_out, lay_out_book
from scheduling.engine.compiled import is_compiled
from scheduling.engine.greedy import alone, fill, make_rents, rebuild
from scheduling.engine.insertion import arrival_of, job_value
from scheduling.order_book import OrderBook, _Reader
from scheduling.order_book_check import faults, hundredths
from scheduling.order_book_plan import assignments, least_cost, make_order_book_plan
from scheduling.planning import Stand, Task, plan
from scheduling.planning_first import orders, rank, room_for
from scheduling.planning_team import Start, Team, copy_lines
from tests.unit.scheduling.books import random_book

ROOT = Path(__file__).parents[3]


def book_of(seed: int, orders: int = 8, *, is_metric: bool = True) -> OrderBook:
    return _Reader("random").book(random_book(seed, orders, is_metric=is_metric))


def shop_of(seed: int, orders: int = 8) -> Shop:
    return lay_out_book(book_of(seed, orders))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 14), st.booleans())
def test_every_plan_keeps_every_rule_and_is_worth_what_it_says(seed: int, orders: int, is_metric: bool) -> None:
    book = book_of(seed, orders, is_metric=is_metric)
    shop = lay_out_book(book)
    found = plan(Task(shop, turns=120, seed=seed))
    placed = assignments(book, shop, found.plan)
    assert found.unplaced == ()
    assert faults(book, placed) == []
    assert found.points == 10 * hundredths(book, placed)
    assert least_cost(shop) <= found.points <= found.first_points


def test_equal_tasks_give_equal_plans() -> None:
    shop = shop_of(3, 14)
    one, two = (plan(Task(shop, turns=400, seed=5)) for _ in range(2))
    assert (one.plan == two.plan).all()
    assert one.turns == two.turns


def test_interpreted_loops_give_the_plan_of_compiled_ones() -> None:
    if not is_compiled():
        pytest.skip("the loops of this run are not compiled")
    code = (
        "import json,sys; from tests.unit.scheduling.test_planning import book_of, make_order_book_plan; "
        "print(json.dumps(make_order_book_plan(book_of(11, 6), 'x', seconds=None, turns=80)))"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code], cwd=ROOT, env=environment, capture_output=True,
        text=True, check=True,
    )
    interpreted: dict[str, Any] = json.loads(done.stdout)
    compiled = make_order_book_plan(book_of(11, 6), "x", seconds=None, turns=80)
    assert (interpreted.pop("compiled"), compiled.pop("compiled")) == (False, True)
    assert interpreted == compiled


def test_a_start_is_never_made_worse_and_its_limits_hold() -> None:
    shop = shop_of(8, 12)
    first = plan(Task(shop, turns=0))
    for job in range(len(shop.jobs)):
        shop.jobs[job, JOB_LIMIT] = arrival_of(shop, first.plan, job)
    found = plan(Task(shop, start=first.plan, turns=600, seed=2))
    assert found.first_points == first.points
    assert found.points <= first.points
    arrivals = [arrival_of(shop, found.plan, job) for job in range(len(shop.jobs))]
    assert (np.array(arrivals) <= shop.jobs[:, JOB_LIMIT]).all()
    assert found.points == sum(job_value(shop, found.plan, job) for job in range(len(shop.jobs)))


def test_a_job_that_the_start_leaves_out_stays_out() -> None:
    shop = shop_of(8, 12)
    start = plan(Task(shop, turns=0)).plan
    start[shop.jobs[4, 0]:shop.jobs[4, 1]] = -1
    found = plan(Task(shop, start=start, turns=200))
    assert found.values[4] == NEVER
    assert (found.plan[shop.jobs[4, 0]:shop.jobs[4, 1], PLAN_UNTIL_MINUTE] == -1).all()
    assert found.unplaced == ()


def test_work_that_stays_is_planned_around() -> None:
    shop = shop_of(8, 12)
    alone_there = plan(Task(shop, turns=0))
    standing = room_for(shop, None)
    values, own = np.full(12, NEVER), make_plan(shop)
    rebuild(shop, standing, own, alone_there.plan, np.arange(6), values)
    standing.runs[:, :, 5] = -1
    operations = shop.operations.copy()
    operations[:, 0] -= 6
    later = shop._replace(jobs=shop.jobs[6:], operations=operations)
    found = plan(Task(later, standing, turns=200))
    lines = copy_lines(standing)
    wide = room_for(shop, lines)
    rebuild(later, wide, make_plan(shop), found.plan, np.arange(6), np.full(6, NEVER))
    _check_apart(wide.counts, wide.runs)


def _check_apart(counts: Any, runs: Any) -> None:  # tables
    for unit, count in enumerate(counts):
        row = runs[unit, :count]
        assert (row[:, RUN_FROM] < row[:, RUN_UNTIL]).all()
        assert (row[1:, RUN_FROM] >= row[:-1, RUN_UNTIL]).all()


def test_progress_is_told_and_may_stop() -> None:
    shop, told = shop_of(8, 12), []

    def stop(stand: Stand) -> bool:
        told.append(stand)
        return len(told) < 3

    ticks = iter(range(10**6))
    found = plan(Task(shop, seconds=10**5, has_prices=False), stop, lambda: float(next(ticks)))
    assert len(told) == 3
    assert told[0].turns <= told[2].turns == found.turns
    assert told[2].best_points == found.points <= told[0].first_points == found.first_points


def test_planning_needs_a_bound() -> None:
    with pytest.raises(ValueError, match="seconds or turns"):
        plan(Task(shop_of(1, 1)))


def test_prices_come_with_a_certified_bound() -> None:
    shop = shop_of(2, 6)
    found = plan(Task(shop, seconds=2.0))
    assert found.prices is not None
    assert found.prices.bound is not None
    assert least_cost(shop) <= found.prices.bound.points <= found.points


def test_two_searches_on_one_plan_agree_in_the_end() -> None:
    shop = shop_of(21, 40)
    scratch, jobs = make_scratch(shop), np.arange(40)
    standing, values, least = room_for(shop, None), np.full(40, NEVER), np.full(40, NEVER)
    alone(shop, copy_lines(standing), make_plan(shop), scratch, jobs, least)
    lines, own = copy_lines(standing), make_plan(shop)
    fill(shop, lines, own, scratch, orders(shop, jobs)[0], values)
    team = Team(shop, standing, Start(lines, own, values), least, seed=1, size=2)
    team.is_divisible = True
    for _ in range(30):
        team.slice(10, np.array([5000, 5000]), is_joint=True)
        member = team.members[0]
        assert member.search.state[1] == sum(job_value(shop, member.plan, job) for job in range(40))
        for each in team.members:
            best = [job_value(shop, each.search.best, job) for job in range(40)]
            assert each.search.state[2] == sum(best)
            _check_apart(each.lines.counts, each.lines.runs)
    team.close()


def test_prices_lead_the_rules_without_being_paid() -> None:
    shop = shop_of(5, 10)
    rents = make_rents(np.full((len(shop.units), 4), 10**9), 500, 50)
    values, lines, own = np.full(10, NEVER), room_for(shop, None), make_plan(shop)
    fill(shop, lines, own, make_scratch(shop, rents), np.arange(10), values)
    assert list(values) == [job_value(shop, own, job) for job in range(10)]


def test_fewer_unplaced_jobs_rank_first() -> None:
    assert rank(np.array([10, 20])) < rank(np.array([10, NEVER]))


def test_setups_are_raised_until_no_detour_is_shorter() -> None:
    even = even_out(((0, 100, 10), (30, 0, 10), (5, 10, 0)), {0: 5, 1: 5, 2: 5})
    assert (even >= np.array([[0, 100, 10], [30, 0, 10], [5, 10, 0]])).all()
    assert even.max() == 100
    for before in range(3):
        for after in range(3):
            for middle in {0, 1, 2} - {before, after}:
                assert before == after or even[before, after] <= even[before, middle] + 5 + even[middle, after]


def test_a_full_timeline_takes_no_more() -> None:
    shop = shop_of(5, 10)
    values, own = np.full(10, NEVER), make_plan(shop)
    fill(shop, make_lines(shop, 1), own, make_scratch(shop), np.arange(10), values)
    assert (values >= NEVER).any()
    assert all(values[job] == NEVER or values[job] == job_value(shop, own, job) for job in range(10))
