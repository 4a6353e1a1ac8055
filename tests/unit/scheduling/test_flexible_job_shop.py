"""The flexible job shop: reading, list schedules, validation, CP-SAT, and the planning command's answer."""

from __future__ import annotations

import os
from itertools import permutations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.errors import PlanFileInvalid
from scheduling.flexible_job_shop import (
    Assignment,
    FlexibleJobShop,
    list_schedule,
    makespan,
    read_flexible_job_shop,
    simple_lower_bound,
    violations,
)
from scheduling.plan_file import plan_file
from scheduling.solver.flexible_job_shop import plan_flexible_job_shop

SMALL = "2 2 1.5\n2 2 0 3 1 4 1 1 2\n1 1 0 5\n"
INSTANCES = Path(os.environ.get("ONELOT_TEST_SHARED", Path(__file__).parents[4] / "shared")) / "instances/fjsp"

instances = st.integers(1, 3).flatmap(
    lambda machines: st.lists(
        st.lists(
            st.lists(st.tuples(st.integers(0, machines - 1), st.integers(1, 9)), min_size=1, max_size=3,
                     unique_by=lambda pair: pair[0]).map(tuple),
            min_size=1, max_size=2,
        ).map(tuple),
        min_size=1, max_size=3,
    ).map(lambda jobs: FlexibleJobShop(machines, tuple(jobs)))
)


def best_by_enumeration(instance: FlexibleJobShop) -> int:
    """Try every order of operations and every alternative, each as early as it can go."""
    slots = [job for job, operations in enumerate(instance.jobs) for _ in operations]
    best = 10**9
    for order in set(permutations(slots)):
        for choice in product(*(range(3) for _ in order)):
            machine_free = [0] * instance.machine_count
            job_free = [0] * len(instance.jobs)
            done = [0] * len(instance.jobs)
            for job, wanted in zip(order, choice, strict=True):
                alternatives = instance.jobs[job][done[job]]
                if wanted >= len(alternatives):
                    break
                machine, duration = alternatives[wanted]
                end = max(machine_free[machine], job_free[job]) + duration
                machine_free[machine] = job_free[job] = end
                done[job] += 1
            else:
                best = min(best, max(job_free))
    return best


def test_file_is_read_when_machines_count_from_zero() -> None:
    instance = read_flexible_job_shop(SMALL)
    assert instance == FlexibleJobShop(2, ((((0, 3), (1, 4)), ((1, 2),)), (((0, 5),),)))


def test_file_is_read_when_machines_count_from_one() -> None:
    assert read_flexible_job_shop("1 2\n1 2 1 3 2 4\n").jobs == ((((0, 3), (1, 4)),),)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 0), ("1 1\n", 1), ("1 1\n1 1 0\n", 2), ("1 1\n1 0\n", 2), ("1 1\n1 1 0 x\n", 2),
     ("1 1\n1 1 0 5 7\n", 2), ("1 1\n1 1 4 5\n", 1), ("1 1\n1 1 0 -5\n", 2), ("x\n1\n", 1),
     ("1 1\n1 1 0 １\n", 2), ("1 1\n1 1 0 99999999999\n", 2), ("1 1\n0\n", 2)],
)
def test_file_is_refused_with_its_line_when_broken(text: str, line: int) -> None:
    with pytest.raises(PlanFileInvalid) as caught:
        read_flexible_job_shop(text, file="broken.fjs")
    assert caught.value.detail["line"] == line
    assert "broken.fjs" in caught.value.message


@given(instances)
@settings(max_examples=40, deadline=None)
def test_list_schedule_is_valid_and_above_the_bound(instance: FlexibleJobShop) -> None:
    schedule = list_schedule(instance)
    assert violations(instance, schedule) == ()
    assert makespan(schedule) >= simple_lower_bound(instance)
    assert schedule == list_schedule(instance)


@given(instances.filter(lambda instance: sum(map(len, instance.jobs)) <= 4))
@settings(max_examples=10, deadline=None)
def test_plan_is_optimal_when_small(instance: FlexibleJobShop) -> None:
    plan = plan_flexible_job_shop(instance, seconds=10, workers=1)
    assert violations(instance, plan.assignments) == ()
    assert plan.makespan == plan.lower_bound == best_by_enumeration(instance)


def test_violations_are_named_when_a_schedule_is_wrong() -> None:
    instance = read_flexible_job_shop(SMALL)
    wrong = (Assignment(0, 0, 0, 0, 3), Assignment(0, 1, 1, 2, 4), Assignment(1, 0, 0, 1, 6))
    assert set(violations(instance, wrong)) == {
        "operation 0.1 starts before its predecessor ends", "machine 0 is double-booked at 1",
    }
    assert violations(instance, wrong[:2])[0] == "every operation must be placed exactly once"
    assert "operation 0.0 has no such alternative" in violations(instance, (Assignment(0, 0, 1, 0, 3),))


def test_plan_file_answers_with_plain_data(tmp_path: Path) -> None:
    path = tmp_path / "small.fjs"
    path.write_text(SMALL)
    answer = plan_file(path, seconds=2)
    assert (answer["makespan"], answer["lower_bound"]) == (6, 6)
    assert {(a["job"], a["operation"]) for a in answer["assignments"]} == {(0, 0), (0, 1), (1, 0)}


def test_plan_file_is_refused_when_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(PlanFileInvalid):
        plan_file(tmp_path / "missing.fjs", seconds=1)
    (tmp_path / "binary.fjs").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanFileInvalid):
        plan_file(tmp_path / "binary.fjs", seconds=1)


@pytest.mark.slow
def test_every_published_instance_is_planned() -> None:
    files = sorted(INSTANCES.glob("*.fjs"))
    if not files:
        pytest.skip(f"no instances under {INSTANCES}; set ONELOT_TEST_SHARED to their folder")
    for path in files:
        instance = read_flexible_job_shop(path.read_text(), file=path.name)
        plan = plan_flexible_job_shop(instance, seconds=0.5)
        assert violations(instance, plan.assignments) == ()
        assert plan.lower_bound <= plan.makespan
