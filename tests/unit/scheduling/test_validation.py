"""The independent check finds every kind of fault, and only faults."""

from dataclasses import replace

import pytest

from scheduling.problem import Job, Placement
from scheduling.schedule import PlannedJob
from scheduling.validation import Violation, job_cost_minor, objective_minor, violations
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

UNITS = {
    1: a_unit(1, ((0, 100), (200, 300)), setup_minutes=10),
    2: a_unit(2, ((0, 100), (200, 300))),
    3: a_unit(3, ((0, 9000),), site="NB"),
}
JOB = a_job(
    [
        an_operation("saw", [(1, 40, 500, 5)], family="red"),
        an_operation("glue", [(2, 30, 700, 7), (3, 20, 10, 1)], after=(0,), is_resumable=False),
    ],
    release=5,
)
GOOD = (Placement(0, 1, 5, 5, 45, 40, "red"), Placement(1, 2, 50, 50, 80, 30, ""))


def found(*placements: Placement, job: Job = JOB, **context: object) -> set[tuple[str, int]]:
    planned = [PlannedJob(job, placements)]
    return {(item.code, item.operation) for item in violations(UNITS, planned, some_legs().leg, **context)}  # type: ignore[arg-type]


def test_right_schedule_has_no_violation() -> None:
    assert found(*GOOD) == set()


@pytest.mark.parametrize(
    ("operation", "change", "expected"),
    [
        (0, {"start_minute": 4, "end_minute": 44, "setup_start_minute": 4}, {("release", 0)}),
        (0, {"end_minute": 46}, {("calendar", 0)}),
        (0, {"setup_family": "blue"}, {("mode", 0)}),
        (0, {"work_minutes": 39, "end_minute": 44}, {("mode", 0)}),
        (0, {"setup_start_minute": 3}, {("setup", 0)}),
        (1, {"start_minute": 44, "setup_start_minute": 44, "end_minute": 74}, {("precedence", 1)}),
        (1, {"start_minute": 80, "setup_start_minute": 80, "end_minute": 210}, {("interrupted", 1)}),
        (1, {"start_minute": 150, "setup_start_minute": 150, "end_minute": 230}, {("calendar", 1)}),
        (1, {"unit_id": 9}, {("mode", 1), ("precedence", 1)}),
        (1, {"unit_id": 3, "work_minutes": 20, "end_minute": 70}, {("precedence", 1)}),
    ],
)
def test_each_fault_is_named(operation: int, change: dict[str, int], expected: set[tuple[str, int]]) -> None:
    placements = list(GOOD)
    placements[operation] = replace(placements[operation], **change)  # type: ignore[arg-type]

    assert found(*placements) == expected


def test_missing_and_doubled_operations_are_named() -> None:
    assert found(GOOD[0]) == {("incomplete", -1)}
    assert found(GOOD[0], *GOOD) == {("incomplete", -1), ("overlap", 0)}


def test_late_arrival_is_a_fault_only_against_a_deadline() -> None:
    assert found(*GOOD, job=replace(JOB, due_minute=10)) == set()
    assert found(*GOOD, job=replace(JOB, deadline_minute=79)) == {("deadline", -1)}
    assert found(*GOOD, job=replace(JOB, deadline_minute=80)) == set()


def test_setup_depends_on_what_ran_before() -> None:
    with_setup = (
        replace(GOOD[0], setup_start_minute=5, start_minute=15, end_minute=55),
        replace(GOOD[1], setup_start_minute=55, start_minute=55, end_minute=85),
    )

    assert found(*GOOD, families_before={1: "red"}) == set()
    assert found(*GOOD, families_before={1: "blue"}) == {("setup", 0)}
    assert found(*with_setup, families_before={1: "blue"}) == set()
    assert found(*with_setup) == {("setup", 0)}
    assert found(*with_setup, has_all_bookings=False) == set()


def test_overlap_with_another_job_is_found() -> None:
    other = replace(JOB, code="J2")
    planned = [PlannedJob(JOB, GOOD), PlannedJob(other, GOOD)]

    result = violations(UNITS, planned, some_legs().leg)

    assert {(item.code, item.job) for item in result} == {("overlap", "J2")}
    assert isinstance(result[0], Violation)


def test_objective_adds_cost_and_priced_tardiness() -> None:
    legs = some_legs()
    job = replace(JOB, due_minute=70, weight=3)

    assert job_cost_minor(UNITS, PlannedJob(job, GOOD), legs.leg) == 1200
    assert objective_minor(UNITS, [PlannedJob(job, GOOD)], legs.leg) == 1200 + 10 * 3 * 10
    delivered = replace(job, destination="NB")
    leg = legs.leg("SZ", "NB", job.load_grams)
    assert job_cost_minor(UNITS, PlannedJob(delivered, GOOD), legs.leg) == 1200 + leg.cost_minor
