"""The independent check finds every kind of fault, and only faults."""

from dataclasses import replace

import pytest

from scheduling.problem import Job, Mode, Operation, Placement, Weights
from scheduling.schedule import PlannedJob
from scheduling.validation import (
    Violation,
    job_co2_grams,
    job_cost_minor,
    objective_minor,
    objective_thousandths,
    violations,
)
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


def test_material_bounds_what_is_not_fixed() -> None:
    late = replace(JOB, operations=(replace(JOB.operations[0], earliest_minute=6), JOB.operations[1]))
    assert found(*GOOD, job=late) == {("material", 0)}
    in_time = replace(JOB, operations=(replace(JOB.operations[0], earliest_minute=5), JOB.operations[1]))
    assert found(*GOOD, job=in_time) == set()
    assert violations(UNITS, [PlannedJob(late, GOOD, frozenset({0}))], some_legs().leg) == ()


MATRIX_UNIT = replace(a_unit(1, ((0, 100), (200, 300)), setup_minutes=10),
                      setup_matrix=(("red", "blue", 3), ("blue", "red", 17)))


def painted(family: str, code: str, setup: int, start: int, end: int) -> PlannedJob:
    job = a_job([an_operation("paint", [(1, 10)], family=family)], code=code)
    return PlannedJob(job, (Placement(0, 1, setup, start, end, 10, family),))


@pytest.mark.parametrize(
    ("first", "second", "setup", "is_right"),
    [
        ("red", "blue", 3, True),
        ("red", "blue", 10, False),
        ("blue", "red", 17, True),
        ("blue", "red", 16, False),
        ("red", "green", 10, True),
        ("green", "green", 0, True),
        ("green", "green", 10, False),
    ],
)
def test_setups_follow_the_matrix(first: str, second: str, setup: int, is_right: bool) -> None:
    plans = [painted(first, "J1", 0, 0, 10), painted(second, "J2", 20, 20 + setup, 30 + setup)]

    result = violations({1: MATRIX_UNIT}, plans, some_legs().leg)

    assert [(item.code, item.job) for item in result] == ([] if is_right else [("setup", "J2")])


@pytest.mark.parametrize(("setup", "is_right"), [(0, True), (3, True), (10, True), (17, False)])
def test_an_unknown_neighbor_leaves_every_setup_before_the_family_possible(setup: int, is_right: bool) -> None:
    plans = [painted("blue", "J1", 20, 20 + setup, 30 + setup)]

    result = violations({1: MATRIX_UNIT}, plans, some_legs().leg, has_all_bookings=False)

    assert (result == ()) is is_right


CREW = replace(a_unit(7, ((0, 60), (200, 250))), is_secondary=True)
FAR_CREW = replace(a_unit(8, ((0, 9000),), site="NB"), is_secondary=True)
CREWED = {1: a_unit(1, ((0, 100), (200, 300))), 2: a_unit(2, ((0, 100), (200, 300))), 7: CREW, 8: FAR_CREW}
TESTING = a_job([Operation("test", (Mode(1, 40, 100, 10, (7, 8)), Mode(2, 40, 100, 10, (7,))))])


def crewed(job: Job, unit_id: int, start: int, end: int, secondary: int | None) -> PlannedJob:
    return PlannedJob(job, (Placement(0, unit_id, start, start, end, 40, "", secondary),))


@pytest.mark.parametrize(
    ("unit_id", "start", "end", "secondary", "expected"),
    [
        (1, 0, 40, 7, set()),
        (1, 20, 60, 7, set()),
        (1, 0, 40, None, {"secondary"}),
        (1, 0, 40, 2, {"secondary"}),
        (2, 0, 40, 8, {"secondary"}),
        (1, 0, 40, 8, {"secondary"}),
        (1, 0, 40, 99, {"secondary"}),
        (1, 21, 61, 7, {"secondary_calendar"}),
        (1, 60, 100, 7, {"secondary_calendar"}),
        (1, 220, 260, 7, {"secondary_calendar"}),
    ],
)
def test_a_secondary_unit_is_of_the_right_kind_and_place_and_works_with_the_run(
    unit_id: int, start: int, end: int, secondary: int | None, expected: set[str]
) -> None:
    result = violations(CREWED, [crewed(TESTING, unit_id, start, end, secondary)], some_legs().leg)

    assert {item.code for item in result} == expected


def test_a_pause_needs_nobody_but_keeps_the_secondary_unit() -> None:
    crew = replace(CREW, windows=((80, 100), (200, 300)))
    pausing = crewed(TESTING, 1, 80, 220, 7)
    units = {**CREWED, 7: crew}
    assert violations(units, [pausing], some_legs().leg) == ()

    other = crewed(replace(TESTING, code="J2"), 2, 210, 250, 7)
    result = violations(units, [pausing, other], some_legs().leg)
    assert [(item.code, item.job) for item in result] == [("secondary_overlap", "J2")]
    after = crewed(replace(TESTING, code="J2"), 2, 220, 260, 7)
    assert violations(units, [pausing, after], some_legs().leg) == ()


def test_a_secondary_unit_does_no_work_by_itself_and_is_not_given_unasked() -> None:
    alone = a_job([Operation("test", (Mode(7, 40, 100, 10),))])
    assert {item.code for item in violations(CREWED, [crewed(alone, 7, 0, 40, None)], some_legs().leg)} == {"mode"}
    plain = a_job([Operation("test", (Mode(1, 40, 100, 10),))])
    assert {item.code for item in violations(CREWED, [crewed(plain, 1, 0, 40, 7)], some_legs().leg)} == {"secondary"}


def test_each_term_of_the_objective_counts_with_its_weight() -> None:
    legs = some_legs()
    job = replace(JOB, due_minute=70, weight=3, destination="NB")
    plan = PlannedJob(job, GOOD)
    leg = legs.leg("SZ", "NB", job.load_grams)
    late = 80 + leg.minutes - 70
    weights = Weights(tardiness_minor_per_minute=7, co2_minor_per_kg=13, move_minor=50, cost_percent=40)
    stood = {("J1", 0): (1, 5), ("J1", 1): (2, 49), ("J9", 0): (1, 0)}

    assert job_co2_grams(UNITS, plan, legs.leg) == 5 + 7 + leg.co2_grams
    assert objective_thousandths(UNITS, [plan], legs.leg, weights, stood=stood) == {
        "tardiness": 1000 * 7 * 3 * late,
        "cost": (1200 + leg.cost_minor) * 400,
        "co2": (12 + leg.co2_grams) * 13,
        "moves": 50_000,
    }
    assert objective_thousandths(UNITS, [replace(plan, job=replace(job, due_minute=None))], legs.leg, Weights()) == {
        "tardiness": 0, "cost": (1200 + leg.cost_minor) * 1000, "co2": (12 + leg.co2_grams) * 10, "moves": 0,
    }
