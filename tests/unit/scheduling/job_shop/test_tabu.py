"""Tabu search where it finds nothing to do: all moves tabu, no move at all, or no progress. It goes on or it ends."""

from __future__ import annotations

import time
from threading import Timer

import numpy as np
import pytest

from scheduling.engine.job_shop import BEST, IMPROVED_AT, ITERATION
from scheduling.job_shop.bounds import simple_lower_bound
from scheduling.job_shop.greedy import list_schedule
from scheduling.job_shop.incumbent import Incumbent
from scheduling.job_shop.instance import JobShop, chains
from scheduling.job_shop.tabu import Walker, walk_until_stopped
from scheduling.solver.job_shop import plan_by_iterations, plan_job_shop

TWO_ON_ONE = chains([[[(0, 3)]], [[(0, 5)]]], 1)
"""One move, which is tabu as soon as it was made."""


def lone_chain() -> JobShop:
    """Make a job that no move can change, above the bound by a setup that the bound leaves out."""
    setups = np.full((1, 2, 2), 4, dtype=np.int64)
    return chains([[[(0, 3)], [(0, 5)]]], 1, family="setups", setups=setups)


def test_a_walk_goes_on_when_all_its_moves_are_tabu() -> None:
    walker = Walker.start(TWO_ON_ONE, list_schedule(TWO_ON_ONE), floor=0)
    walker.step(1000)
    assert (walker.iterations, walker.fruitless_walks) == (1000, 0)
    assert int(walker.plan.control[ITERATION] - walker.plan.control[IMPROVED_AT]) == 1000
    assert (walker.best.makespan, int(walker.plan.control[BEST])) == (8, 8)


def test_a_walk_without_progress_is_followed_by_another_one() -> None:
    walker = Walker.start(TWO_ON_ONE, list_schedule(TWO_ON_ONE), floor=0)
    walker.patience = 10
    for _ in range(200):
        walker.step(7)
        assert not walker.is_stuck
    assert walker.iterations > 800
    assert len(walker.population) == 2


@pytest.mark.parametrize("iterations", [1, 10**12])
def test_a_search_without_any_move_ends(iterations: int) -> None:
    shop = lone_chain()
    assert simple_lower_bound(shop)[0] < list_schedule(shop).makespan == 12
    found = plan_by_iterations(shop, iterations=iterations)
    assert (found.makespan, found.iterations) == (12, 0)


def test_a_walk_beside_others_without_any_move_ends_before_it_is_told_to() -> None:
    shop = lone_chain()
    incumbent = Incumbent(shop, list_schedule(shop), *simple_lower_bound(shop))
    stop = Timer(100, incumbent.end)
    stop.start()
    walk_until_stopped(incumbent, seed=1)
    stop.cancel()
    assert not incumbent.stop.is_set()
    assert incumbent.best.makespan == 12


def test_planning_ends_early_when_no_search_has_anything_to_do() -> None:
    began = time.monotonic()
    found = plan_job_shop(lone_chain(), seconds=3600)
    assert (found.makespan, found.failures) == (12, ())
    assert time.monotonic() - began < 300
