"""List schedules, their check, the bounds, and schedules between two others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.job_shop.bounds import simple_lower_bound
from scheduling.job_shop.greedy import assign, list_schedule, sequence
from scheduling.job_shop.instance import Assignment, JobShop, makespan
from scheduling.job_shop.reading import read_job_shop
from scheduling.job_shop.tabu import blend
from scheduling.job_shop.validation import violations
from tests.unit.scheduling.job_shop.shops import FLEXIBLE, GRAPH, SETUPS, best_by_enumeration, shops


@given(shops(), st.integers(1, 3))
@settings(deadline=None)
def test_list_schedule_is_valid_and_above_the_bound(shop: JobShop, seed: int) -> None:
    schedule = list_schedule(shop, seed=seed)
    assignments = assign(shop, schedule)
    assert violations(shop, assignments) == ()
    assert makespan(assignments) == schedule.makespan >= simple_lower_bound(shop)[0]
    assert schedule == list_schedule(shop, seed=seed)
    assert sequence(shop, assignments).makespan == schedule.makespan


@given(shops(most_operations=5))
@settings(max_examples=30, deadline=None)
def test_simple_bound_is_no_higher_than_the_optimum(shop: JobShop) -> None:
    assert simple_lower_bound(shop)[0] <= best_by_enumeration(shop)


@given(shops(), st.integers(0, 99))
@settings(deadline=None)
def test_a_blend_of_two_schedules_is_a_schedule(shop: JobShop, seed: int) -> None:
    found = blend(list_schedule(shop, seed=1), list_schedule(shop, seed=2), random.Random(seed))
    assert violations(shop, assign(shop, found)) == ()


WRONG = [
    (FLEXIBLE, [(0, 0, 0, 0, 3), (0, 1, 1, 2, 4), (1, 0, 0, 3, 8)], "operation 0.1 starts before its predecessor ends"),
    (FLEXIBLE, [(0, 0, 0, 0, 3), (0, 1, 1, 3, 5), (1, 0, 0, 1, 6)], "machine 0 is double-booked at 1"),
    (FLEXIBLE, [(0, 0, 1, 0, 3), (0, 1, 1, 3, 5), (1, 0, 0, 0, 5)], "operation 0.0 has no such mode"),
    (FLEXIBLE, [(0, 0, 0, -1, 2), (0, 1, 1, 3, 5), (1, 0, 0, 2, 7)], "operation 0.0 starts before 0"),
    (FLEXIBLE, [(0, 0, 0, 0, 3), (0, 1, 1, 3, 5)], "every operation must be placed exactly once"),
    (FLEXIBLE, [(0, 0, 0, 0, 3), (0, 1, 1, 3, 5), (1, 0, 0, 3, 8), (1, 0, 0, 8, 13)],
     "every operation must be placed exactly once"),
    (FLEXIBLE, [(0, 0, 0, 0, 3), (0, 1, 1, 3, 5), (7, 7, 0, 3, 8)], "every operation must be placed exactly once"),
    (SETUPS, [(0, 0, 0, 0, 3), (0, 1, 1, 3, 7), (1, 0, 0, 4, 9)], "machine 0 has no time for its setup before 4"),
    (GRAPH, [(0, 0, 0, 0, 3), (0, 1, 1, 0, 2), (0, 2, 1, 2, 7), (0, 3, 0, 7, 8)],
     "operation 0.2 starts before its predecessor ends"),
]


@pytest.mark.parametrize(("text", "items", "breach"), WRONG)
def test_a_wrong_schedule_is_named(text: str, items: list[tuple[int, int, int, int, int]], breach: str) -> None:
    shop = read_job_shop(text, file="a.fjs" if text != GRAPH else "a")
    assert breach in violations(shop, [Assignment(*item) for item in items])


def test_a_right_schedule_with_setups_has_no_breach() -> None:
    shop = read_job_shop(SETUPS, file="a.fjs")
    right = [Assignment(0, 0, 0, 0, 3), Assignment(0, 1, 1, 3, 7), Assignment(1, 0, 0, 5, 10)]
    assert violations(shop, right) == ()
