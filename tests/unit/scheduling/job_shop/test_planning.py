"""Tabu search, the linear bound and CP-SAT: valid, optimal when small, equal compiled and interpreted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from scheduling.job_shop.bounds import simple_lower_bound
from scheduling.job_shop.greedy import assign, list_schedule
from scheduling.job_shop.incumbent import Incumbent
from scheduling.job_shop.instance import JobShop, chains
from scheduling.job_shop.reading import read_job_shop
from scheduling.job_shop.tabu import Walker
from scheduling.job_shop.validation import violations
from scheduling.solver import job_shop as planner
from scheduling.solver.job_shop import plan_by_iterations, plan_job_shop
from scheduling.solver.job_shop_bound import load_bound
from scheduling.solver.job_shop_search import search
from tests.unit.scheduling.job_shop.shops import FLEXIBLE, UNSOLVED, best_by_enumeration, shops

ROOT = Path(__file__).parents[4]
INSTANCES = Path(os.environ.get("ONELOT_TEST_SHARED", ROOT.parent / "shared")) / "instances"


@given(shops(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_tabu_search_keeps_heads_tails_and_order_right(shop: JobShop, seed: int) -> None:
    walker = Walker.start(shop, list_schedule(shop), floor=0, seed=seed)
    walker.patience = 40
    for _ in range(30):
        walker.step(7)
    assignments = assign(shop, walker.best)
    assert violations(shop, assignments) == ()
    assert max(item.end for item in assignments) == walker.best.makespan <= list_schedule(shop).makespan


@given(shops(most_operations=5))
@settings(max_examples=25, deadline=None)
def test_tiny_shops_are_planned_at_their_optimum(shop: JobShop) -> None:
    optimum = best_by_enumeration(shop)
    found = plan_by_iterations(shop, iterations=3000)
    assert violations(shop, found.assignments) == ()
    assert found.lower_bound <= optimum <= found.makespan
    assert load_bound(shop, seconds=10) <= optimum
    schedule = list_schedule(shop)
    incumbent = Incumbent(shop, schedule, *simple_lower_bound(shop))
    if not incumbent.stop.is_set():
        search(incumbent, seconds=30, seed=1)
    assert incumbent.best.makespan == incumbent.lower_bound == optimum
    assert violations(shop, assign(shop, incumbent.best)) == ()


def test_tabu_search_reaches_the_optimum_of_a_small_shop() -> None:
    jobs = [[[(0, 4), (1, 6)], [(1, 3)], [(2, 5), (0, 7)]], [[(1, 5)], [(2, 4), (1, 9)], [(0, 3)]],
            [[(2, 6)], [(0, 5), (1, 5)], [(1, 4)]]]
    shop = chains(jobs, 3)
    assert plan_by_iterations(shop, iterations=5000).makespan == best_by_enumeration(shop)


def test_equal_seed_and_iterations_give_the_equal_plan() -> None:
    shop = chains([[[(m, 3 + (j * m) % 5) for m in range(3)] for _ in range(4)] for j in range(6)], 3)
    first = plan_by_iterations(shop, iterations=500, seed=5)
    assert first == plan_by_iterations(shop, iterations=500, seed=5)
    assert first.iterations <= 500


_CHILD = """
import json, sys
from scheduling.job_shop.instance import chains
from scheduling.solver.job_shop import plan_by_iterations
shop = chains([[[(m, 3 + (7 * j + 3 * o + m) % 8) for m in range((j + o) % 3, 4)] for o in range(4)]
               for j in range(7)], 4)
plan = plan_by_iterations(shop, iterations=400, seed=3)
print(json.dumps([plan.is_compiled, plan.makespan, [[a.machine, a.start] for a in plan.assignments]]))
"""


@pytest.mark.slow
def test_interpreted_and_compiled_loops_walk_alike() -> None:
    answers = []
    for disabled in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True, timeout=280, cwd=ROOT,
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)},
        )
        answers.append(json.loads(done.stdout))
    assert [answer[0] for answer in answers] == [True, False]
    assert answers[0][1:] == answers[1][1:]


def test_planning_proves_a_small_optimum() -> None:
    plan = plan_job_shop(read_job_shop(FLEXIBLE, file="a.fjs"), seconds=20)
    assert (plan.makespan, plan.lower_bound) == (6, 6)


def test_planning_without_time_answers_with_the_list_schedule() -> None:
    shop = read_job_shop(FLEXIBLE, file="a.fjs")
    plan = plan_job_shop(shop, seconds=0)
    assert plan.makespan == list_schedule(shop).makespan
    assert violations(shop, plan.assignments) == ()


def test_the_list_schedule_stands_when_every_search_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise MemoryError("no room")

    for name in ("_walk", "_bound", "_constraint_search"):
        monkeypatch.setattr(planner, name, broken)
    shop = chains([[[(m, 3 + (7 * j + 3 * o + m) % 8) for m in range((j + o) % 3, 4)] for o in range(4)]
                   for j in range(7)], 4)
    plan = plan_job_shop(shop, seconds=5)
    assert plan.makespan == list_schedule(shop).makespan
    assert len(plan.failures) == 4
    assert "tabu search broke off: MemoryError: no room" in plan.failures


def test_an_incumbent_keeps_the_best_and_closes_at_the_bound() -> None:
    shop = read_job_shop(FLEXIBLE, file="a.fjs")
    schedule = list_schedule(shop)
    incumbent = Incumbent(shop, schedule, 1, "nothing")
    called = threading.Event()
    incumbent.at_stop(called.set)
    incumbent.raise_bound(0, "less")
    assert (incumbent.lower_bound, incumbent.bound_by) == (1, "nothing")
    incumbent.raise_bound(schedule.makespan, "proof")
    assert incumbent.stop.is_set()
    assert called.is_set()


def test_the_search_of_a_solver_leaves_signals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    solve = cp_model.CpSolver.solve

    def noted(self: cp_model.CpSolver, *rest: Any) -> Any:  # as the solver gives it
        seen.append(self.parameters.catch_sigint_signal)
        return solve(self, *rest)

    monkeypatch.setattr(cp_model.CpSolver, "solve", noted)
    shop = read_job_shop(UNSOLVED, file="a.fjs")
    search(Incumbent(shop, list_schedule(shop), *simple_lower_bound(shop)), seconds=0.1, seed=1)
    assert seen == [False]


def test_the_parts_in_which_moves_are_made_do_not_change_them() -> None:
    shop = read_job_shop(UNSOLVED, file="a.fjs")
    whole = Walker.start(shop, list_schedule(shop), floor=1)
    whole.patience = 300
    while whole.iterations < 3000:
        whole.step(3000 - whole.iterations)
    for part in (1, 7, 300):
        walker = Walker.start(shop, list_schedule(shop), floor=1)
        walker.patience = 300
        while walker.iterations < 3000:
            walker.step(min(part, 3000 - walker.iterations))
        assert (walker.best, walker.population) == (whole.best, whole.population)


def test_a_search_told_to_stop_keeps_the_best_schedule() -> None:
    shop = read_job_shop(UNSOLVED, file="a.fjs")
    for plan in (plan_job_shop(shop, seconds=3600, should_stop=lambda: True),
                 plan_job_shop(shop, seconds=0.5, should_stop=lambda: True),
                 plan_by_iterations(shop, iterations=10**12, should_stop=lambda: True)):
        assert violations(shop, plan.assignments) == ()
        assert plan.makespan <= list_schedule(shop).makespan


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["fjsp", "fjsp_sdst", "fajsp", "jsp"])
def test_every_published_instance_is_planned(folder: str) -> None:
    files = sorted(path for path in (INSTANCES / folder).glob("*") if path.is_file())
    if not files:
        pytest.skip(f"no instances under {INSTANCES}; set ONELOT_TEST_SHARED to their folder")
    for path in files:
        shop = read_job_shop(path.read_text(), file=path.name)
        plan = plan_job_shop(shop, seconds=0.5)
        assert violations(shop, plan.assignments) == ()
        assert plan.lower_bound <= plan.makespan
