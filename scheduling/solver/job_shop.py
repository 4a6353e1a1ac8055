"""Planning a job shop for the least makespan: list schedule, then tabu search, linear bound and CP-SAT side by side.

The answer is the best schedule that anything found; whatever breaks, runs out of time or of memory, the list schedule
stands. Two threads: one walks by tabu search from beginning to end; the other first computes the bound from machine
loads, then lets CP-SAT work where it pays (small instances, where it proves optima, and instances of low flexibility),
and then walks too. Both read and write one incumbent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.job_shop.bounds import simple_lower_bound
from scheduling.job_shop.greedy import assign, list_schedule
from scheduling.job_shop.incumbent import Incumbent, run_side_by_side
from scheduling.job_shop.instance import Assignment, JobShop

CP_SAT_MODES = 400
"""Instances with at most so many modes are CP-SAT's until the end: it may prove the optimum."""
CP_SAT_FLEXIBILITY = 2.0
CP_SAT_SHARE = 0.3
"""Of larger instances, CP-SAT gets those of so few modes per operation, for this share of the time."""
_LEAST_SEARCH_SECONDS = 0.8
"""With less time than this, loading compiler and solvers would eat it up: dispatching rules go on instead."""
_LEAST_SOLVER_SECONDS = 0.6
"""With less time left than this, no further solver is begun."""
_FIRST_MOVES, _SECONDS_PER_QUESTION = 64, 0.1
"""Of a search by moves: how many it makes before it first asks whether to stop, and then about how often it asks."""


@dataclass(frozen=True, slots=True)
class JobShopPlan:
    """The best schedule found, its makespan, and a bound that no schedule can beat.

    ``bound`` names what the lower bound comes from, ``found_by`` what found the schedule; ``iterations`` counts the
    moves of tabu search, compiled or not (None: none was begun); ``failures`` says which searches broke off.
    """

    makespan: int
    lower_bound: int
    bound: str
    found_by: str
    assignments: tuple[Assignment, ...]
    iterations: int
    is_compiled: bool | None
    failures: tuple[str, ...]


def plan_job_shop(
    instance: JobShop, *, seconds: float, seed: int = 1, should_stop: Callable[[], bool] = lambda: False
) -> JobShopPlan:
    """Plan for the least makespan within a time limit, on two threads.

    Parameters
    ----------
    instance
        The problem.
    seconds
        Time limit, ≥ 0; with 0 the list schedule is the answer.
    seed
        Random seed. What the clock cuts off differs from run to run; ``plan_by_iterations`` does not.
    should_stop
        Asked a few times a second; the best schedule so far is then the answer.

    Returns
    -------
    JobShopPlan
        Always a valid schedule, never worse than the list schedule.
    """
    began = time.monotonic()
    deadline = began + seconds
    incumbent = _begin(instance, seed)
    if deadline - time.monotonic() < _LEAST_SEARCH_SECONDS:
        _dispatch_until(incumbent, deadline, seed, time.monotonic() - began, should_stop)
    elif not incumbent.stop.is_set():
        run_side_by_side(
            incumbent,
            [incumbent.guarded(lambda: _walk(incumbent, seed), "tabu search"),
             lambda: _prove_then_walk(incumbent, deadline, seed)],
            deadline, should_stop,
        )
    return _plan(incumbent)


def plan_by_iterations(
    instance: JobShop, *, iterations: int, seed: int = 1, should_stop: Callable[[], bool] = lambda: False
) -> JobShopPlan:
    """Plan by a bounded number of moves of one tabu search: equal input gives the equal answer, compiled or not.

    Parameters
    ----------
    instance
        The problem.
    iterations
        Number of moves, ≥ 0.
    seed
        Random seed.
    should_stop
        Asked a few times a second; the best schedule so far is then the answer.

    Returns
    -------
    JobShopPlan
        Always a valid schedule; the bound is a simple one.
    """
    from scheduling.engine.compiled import is_compiled  # noqa: PLC0415 - loads the compiler
    from scheduling.job_shop.tabu import Walker  # noqa: PLC0415 - loads the compiler

    incumbent = _begin(instance, seed)
    walker = Walker.start(instance, incumbent.best, floor=incumbent.lower_bound, seed=seed)
    moves = _FIRST_MOVES  # in how many parts the moves are made does not change them
    while walker.iterations < iterations and not (walker.is_over or walker.is_stuck or should_stop()):
        began = time.monotonic()
        walker.step(min(moves, iterations - walker.iterations))
        took = time.monotonic() - began
        moves = max(1, int(moves * min(2.0, _SECONDS_PER_QUESTION / max(took, 1e-6))))
    incumbent.offer(walker.best, "tabu search")
    incumbent.count(walker.iterations)
    incumbent.is_compiled = is_compiled()
    return _plan(incumbent)


def _begin(instance: JobShop, seed: int) -> Incumbent:
    bound, bound_by = simple_lower_bound(instance)
    return Incumbent(instance, list_schedule(instance, seed=seed), bound, bound_by)


def _dispatch_until(
    incumbent: Incumbent, deadline: float, seed: int, took: float, should_stop: Callable[[], bool]
) -> None:
    """Go on with disturbed dispatching rules while another round of them, of ``took`` seconds, fits well."""
    while not incumbent.stop.is_set() and not should_stop() and time.monotonic() + 1.5 * took < deadline:
        seed += 1
        incumbent.offer(list_schedule(incumbent.instance, seed=seed), "list schedule")


def _plan(incumbent: Incumbent) -> JobShopPlan:
    best = incumbent.best
    return JobShopPlan(
        best.makespan, incumbent.lower_bound, incumbent.bound_by, incumbent.found_by,
        assign(incumbent.instance, best), incumbent.iterations, incumbent.is_compiled, tuple(incumbent.failures),
    )


def _walk(incumbent: Incumbent, seed: int) -> None:
    # The compiler takes half a second to load, OR-Tools as long: each only in the thread that wants it.
    from scheduling.job_shop.tabu import walk_until_stopped  # noqa: PLC0415

    walk_until_stopped(incumbent, seed=seed)


def _prove_then_walk(incumbent: Incumbent, deadline: float, seed: int) -> None:
    incumbent.guarded(lambda: _bound(incumbent, deadline), "bound of machine loads")()
    incumbent.guarded(lambda: _constraint_search(incumbent, deadline, seed), "CP-SAT")()
    incumbent.guarded(lambda: _walk(incumbent, seed + 1000), "second tabu search")()


def _bound(incumbent: Incumbent, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left < _LEAST_SOLVER_SECONDS:
        return
    from scheduling.solver.job_shop_bound import load_bound  # noqa: PLC0415

    incumbent.raise_bound(load_bound(incumbent.instance, seconds=left / 4), "machine loads (linear relaxation)")


def _constraint_search(incumbent: Incumbent, deadline: float, seed: int) -> None:
    instance = incumbent.instance
    modes = sum(map(len, instance.modes))
    left = deadline - time.monotonic()
    if modes > CP_SAT_MODES:
        left *= CP_SAT_SHARE if modes <= CP_SAT_FLEXIBILITY * len(instance.modes) else 0.0
    if left < _LEAST_SOLVER_SECONDS or incumbent.stop.is_set():
        return
    from scheduling.solver.job_shop_search import fits, search  # noqa: PLC0415

    if fits(instance):
        search(incumbent, seconds=left, seed=seed)
