"""Planning against the exact model: never better than the best, and mostly as good on tiny cases."""

from __future__ import annotations

import pytest

from scheduling.engine.layout import JobEntry
from scheduling.planning import Task, plan
from scheduling.problem import Job, Leg, Mode, Operation, Weights, WorkUnit
from scheduling.solver.exact import ExactRun, solve_exactly
from tests.unit.scheduling.tiny_shops import tiny_shop


def compare(seed: int) -> tuple[int, int] | None:
    """Give the points of planning and of the exact model; None where one finds no schedule."""
    tiny = tiny_shop(seed)
    layout = tiny.layout()
    best = solve_exactly(tiny.units, tiny.entries, tiny.legs, tiny.weights, families_before=tiny.families_before,
                         standing=tiny.standing)
    found = plan(Task(layout.shop, tiny.lines(layout), turns=200, seed=seed))
    if found.unplaced:
        return None
    assert best is not None
    return found.points, best.points


def test_planning_is_never_better_than_the_best_and_mostly_as_good() -> None:
    pairs = [pair for pair in map(compare, range(24)) if pair is not None]
    assert all(points >= best for points, best in pairs)
    assert len(pairs) >= 15
    assert sum(points == best for points, best in pairs) * 2 >= len(pairs)


UNIT = WorkUnit(1, "m", "center", "here", "", 0, ((0, 15), (20, 60)), (("a", "b", 2), ("b", "a", 7)))


def two_jobs(limit: int | None = None) -> list[JobEntry]:
    jobs = [
        Job(code, (Operation("o", (Mode(1, 10, 0, 0),), (), family),), 0, "here", 0, 10, None, weight)
        for code, family, weight in (("light", "a", 1), ("heavy", "b", 5))
    ]
    return [JobEntry(job, 0, limit) for job in jobs]


def legs(_origin: str, _end: str, _grams: int) -> Leg:
    return Leg(0, 0, 0)


def test_the_exact_model_weighs_setups_breaks_and_lateness() -> None:
    answer = solve_exactly([UNIT], two_jobs(), legs, Weights(1, 0, 0, 0))
    assert answer is not None
    heavy_first = (32 - 10) * 1000
    assert answer.points == heavy_first
    assert answer.runs == ((ExactRun(1, None, 22, 32),), (ExactRun(1, None, 0, 10),))


def test_the_exact_model_says_when_there_is_no_schedule() -> None:
    assert solve_exactly([UNIT], two_jobs(limit=25), legs, Weights()) is None


def test_the_exact_model_wants_one_floor() -> None:
    first, second = two_jobs()
    with pytest.raises(ValueError, match="floor"):
        solve_exactly([UNIT], [first, JobEntry(second.job, 3)], legs, Weights())
