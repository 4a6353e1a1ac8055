"""Firm quotes: hand-computed cases, brute force on tiny plants, and random ones checked independently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.firm import (
    FirmAnswer,
    FirmOutcome,
    FirmQuote,
    FirmTask,
    choose_movable,
    make_firm,
)
from scheduling.problem import Job, Mode, Operation, WorkUnit
from scheduling.promise import Plan, promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.solver.firm_quote import search
from scheduling.timeline import Slot
from scheduling.validation import violations
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAY = 1440
ALWAYS = ((0, 40 * DAY),)
SHIFTS = tuple((day * DAY + begin, day * DAY + begin + 240) for day in range(40) for begin in (480, 780))


def book(snapshot: Snapshot, job: Job, plan: Plan, number: int, *, fixed: frozenset[int] = frozenset()) -> MovableJob:
    """Book a plan under ids of its own."""
    ids = tuple(100 * number + index for index in range(len(plan.placements)))
    for key, here in zip(ids, plan.placements, strict=True):
        slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
        snapshot.timelines[here.unit_id].add(key, slot, setup_family=here.setup_family)
    return MovableJob(number, PlannedJob(job, plan.placements, fixed), ids, 0)


def fastest(snapshot: Snapshot, job: Job) -> Plan:
    plan = promise(snapshot, job).fastest
    assert plan is not None
    return plan


def a_plant(units: Sequence[WorkUnit]) -> Snapshot:
    return make_snapshot(units, some_legs(), until_minute=40 * DAY)


def ask(snapshot: Snapshot, job: Job, movable: Sequence[MovableJob], *, days: bool = False) -> FirmQuote:
    inserted = fastest(snapshot, job)
    day_ends = tuple(range(DAY, inserted.arrival_minute, DAY)) if days else None
    task = FirmTask(snapshot, job, inserted, tuple(movable), 0, day_ends)
    return make_firm(task, (search,), seconds=20)


def blocked_line() -> tuple[Snapshot, Job, MovableJob]:
    """One unit, one patient job of 100 minutes on it, and a job that wants to go first."""
    snapshot = a_plant([a_unit(1, ALWAYS)])
    patient = a_job([an_operation("cut", [(1, 100)])], code="P", deadline_minute=1000)
    return snapshot, a_job([an_operation("cut", [(1, 30)])], code="N"), book(
        snapshot, patient, fastest(snapshot, patient), 1)


def test_patient_job_lets_the_new_one_pass() -> None:
    snapshot, job, patient = blocked_line()
    quote = ask(snapshot, job, [patient])

    assert quote.outcome is FirmOutcome.IMPROVED
    assert quote.is_proved
    assert (quote.plan.arrival_minute, quote.gain_minutes) == (30, 100)
    assert [(change.moved, change.arrival_after_minute) for change in quote.changes] == [((0,), 130)]


def test_promise_given_is_never_broken() -> None:
    snapshot, job, patient = blocked_line()
    tight = replace(patient, planned=replace(patient.planned, job=replace(patient.planned.job, deadline_minute=129)))

    quote = ask(snapshot, job, [tight])

    assert quote.outcome is FirmOutcome.NOTHING_BETTER
    assert quote.plan.arrival_minute == 130
    assert quote.changes == ()


def test_late_job_gets_no_later() -> None:
    snapshot, job, patient = blocked_line()
    late = replace(patient, planned=replace(patient.planned, job=replace(patient.planned.job, deadline_minute=50)))

    assert ask(snapshot, job, [late]).plan.arrival_minute == 130


def test_fixed_work_stays() -> None:
    snapshot, job, patient = blocked_line()
    started = replace(patient, planned=replace(patient.planned, fixed=frozenset({0})))

    quote = ask(snapshot, job, [started])

    assert (quote.outcome, quote.plan.arrival_minute) == (FirmOutcome.BEST_ALREADY, 130)


def test_nothing_moves_before_its_floor() -> None:
    snapshot = a_plant([a_unit(1, ALWAYS), a_unit(2, ALWAYS)])
    other = a_job([an_operation("cut", [(1, 100), (2, 100, 100, 10)])], code="P", deadline_minute=2000)
    booked = replace(book(snapshot, other, fastest(snapshot, other), 1), floor_minute=500)
    quote = ask(snapshot, a_job([an_operation("cut", [(1, 30)])], code="N"), [booked])

    assert quote.plan.arrival_minute == 30
    assert quote.changes[0].after[0].start_minute >= 500


def test_earlier_day_is_wanted_and_earlier_minutes_are_not() -> None:
    snapshot, job, patient = blocked_line()

    assert ask(snapshot, job, [patient], days=True).outcome is FirmOutcome.BEST_ALREADY


def test_price_and_footprint_do_not_rise_for_anybody() -> None:
    snapshot = a_plant([a_unit(1, ALWAYS), a_unit(2, ALWAYS)])
    patient = a_job([an_operation("cut", [(1, 100, 100, 10), (2, 100, 101, 10)])], code="P", deadline_minute=120)
    booked = book(snapshot, patient, fastest(snapshot, patient), 1)

    quote = ask(snapshot, a_job([an_operation("cut", [(1, 30)])], code="N"), [booked])

    assert quote.plan.arrival_minute == 130, "the other unit would cost its customer a cent more"


def test_setups_and_pauses_are_exact() -> None:
    windows = ((0, 100), (200, 300), (400, 500))
    snapshot = a_plant([a_unit(1, windows, setup_minutes=10)])
    patient = a_job([an_operation("cut", [(1, 90)], family="red")], code="P", deadline_minute=500)
    booked = book(snapshot, patient, fastest(snapshot, patient), 1)
    job = a_job([an_operation("cut", [(1, 95)], family="blue", is_resumable=False)], code="N")

    quote = ask(snapshot, job, [booked])

    assert quote.plan.arrival_minute == 95
    moved = quote.changes[0].after[0]
    assert (moved.setup_start_minute, moved.start_minute, moved.end_minute) == (95, 205, 295)


@pytest.mark.parametrize("failure", [RuntimeError, MemoryError, ValueError])
def test_inserted_plan_stands_when_the_search_raises(failure: type[Exception]) -> None:
    snapshot, job, patient = blocked_line()

    def broken(task: FirmTask, *, seconds: float) -> FirmAnswer | None:
        raise failure(f"after {seconds} s for {task.job.code}")

    inserted = fastest(snapshot, job)
    quote = make_firm(FirmTask(snapshot, job, inserted, (patient,), 0), (broken,))
    assert quote == FirmQuote(FirmOutcome.SEARCH_FAILED, inserted)


def test_wrong_answers_are_thrown_away() -> None:
    snapshot, job, patient = blocked_line()
    inserted = fastest(snapshot, job)
    here = inserted.placements[0]

    def onto_the_other(task: FirmTask, *, seconds: float) -> FirmAnswer:
        early = replace(here, setup_start_minute=0, start_minute=0, end_minute=30)
        assert seconds > 0
        return FirmAnswer((early,), tuple(item.planned.placements for item in task.movable))

    def late_for_the_other(task: FirmTask, *, seconds: float) -> FirmAnswer:
        early = replace(here, setup_start_minute=0, start_minute=0, end_minute=30)
        other = task.movable[0].planned.placements[0]
        assert seconds > 0
        return FirmAnswer((early,), ((replace(other, start_minute=2000, end_minute=2100),),))

    for wrong in (onto_the_other, late_for_the_other):
        quote = make_firm(FirmTask(snapshot, job, inserted, (patient,), 0), (wrong,))
        assert (quote.outcome, quote.plan) == (FirmOutcome.SEARCH_FAILED, inserted)


def test_no_time_means_the_inserted_plan() -> None:
    snapshot, job, patient = blocked_line()
    inserted = fastest(snapshot, job)
    ticks = iter(range(0, 1000, 10))
    quote = make_firm(FirmTask(snapshot, job, inserted, (patient,), 0), (search,), seconds=1,
                      clock=lambda: float(next(ticks)))
    assert quote == FirmQuote(FirmOutcome.NOTHING_BETTER, inserted)


def test_those_in_the_way_are_chosen_first_and_no_more_than_may_move() -> None:
    snapshot = a_plant([a_unit(1, ALWAYS), a_unit(2, ALWAYS)])
    jobs = [a_job([an_operation("cut", [(unit, minutes)])], code=f"J{number}", deadline_minute=5000)
            for number, (unit, minutes) in enumerate([(1, 20), (2, 50), (1, 60)])]
    booked = [book(snapshot, job, fastest(snapshot, job), number) for number, job in enumerate(jobs)]
    new = a_job([an_operation("cut", [(1, 30)])], code="N")

    chosen = choose_movable(snapshot, new, fastest(snapshot, new), booked)
    assert [item.hold_id for item in chosen] == [2, 0]
    one = choose_movable(snapshot, new, fastest(snapshot, new), booked, most_operations=1)
    assert [item.hold_id for item in one] == [2]


def best_by_brute_force(jobs: Sequence[Job], new: Job, setup_minutes: int) -> int:
    """Try every order of single-operation jobs on one always open unit."""
    best = 1 << 30
    for order in permutations([*jobs, new]):
        at, arrivals = 0, {}
        for before, job in zip([None, *order], order, strict=False):
            operation = job.operations[0]
            changes = (before is not None
                       and before.operations[0].setup_family != operation.setup_family)
            at += operation.modes[0].work_minutes + (setup_minutes if changes else 0)
            arrivals[job.code] = at
        if all(arrivals[job.code] <= (job.deadline_minute or 0) for job in jobs):
            best = min(best, arrivals[new.code])
    return best


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    works=st.lists(st.tuples(st.integers(5, 60), st.sampled_from("ab"), st.integers(0, 120)), min_size=1, max_size=4),
    minutes=st.integers(5, 60), family=st.sampled_from("ab"), setup_minutes=st.sampled_from([0, 7]),
)
def test_tiny_cases_equal_brute_force(
    works: list[tuple[int, str, int]], minutes: int, family: str, setup_minutes: int
) -> None:
    snapshot = a_plant([a_unit(1, ALWAYS, setup_minutes=setup_minutes)])
    booked = []
    for number, (length, of_family, slack) in enumerate(works):
        job = a_job([an_operation("cut", [(1, length)], family=of_family)], code=f"J{number}")
        plan = fastest(snapshot, job)
        promised = replace(job, deadline_minute=plan.arrival_minute + slack)
        booked.append(book(snapshot, promised, plan, number))
    new = a_job([an_operation("cut", [(1, minutes)], family=family)], code="N")

    quote = ask(snapshot, new, booked)

    expected = best_by_brute_force([item.planned.job for item in booked], new, setup_minutes)
    assert quote.plan.arrival_minute == min(expected, fastest(snapshot, new).arrival_minute)


@st.composite
def random_shops(draw: st.DrawFn) -> tuple[Snapshot, list[MovableJob], Job]:
    """A few units at two sites with shifts and setups, a few booked jobs, a new one."""
    units = [
        replace(a_unit(number, SHIFTS if draw(st.booleans()) else ALWAYS, site="SZ" if number % 2 else "NB",
                       setup_minutes=draw(st.sampled_from([0, 5, 12]))),
                setup_matrix=draw(st.sampled_from([(), (("a", "b", 3),)])) if number == 1 else ())
        for number in range(1, 4)
    ]
    units = [unit if unit.setup_minutes in {0, 5} or not unit.setup_matrix else replace(unit, setup_matrix=())
             for unit in units]
    snapshot = a_plant(units)

    def job(code: str) -> Job:
        size = draw(st.integers(1, 3))
        join = size == 3 and draw(st.booleans())
        operations = []
        for index in range(size):
            chosen = draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=2, unique=True))
            predecessors: tuple[int, ...] = (index - 1,) if index else ()
            if join:
                predecessors = (0, 1) if index == 2 else ()
            operations.append(Operation(
                f"op{index}",
                tuple(Mode(unit, draw(st.integers(10, 150)), draw(st.integers(90, 110)), 10) for unit in chosen),
                predecessors, draw(st.sampled_from("ab")), draw(st.booleans()),
                draw(st.sampled_from([None, 700])),
            ))
        return a_job(operations, code=code, release=draw(st.integers(0, 600)))

    booked = []
    for number in range(draw(st.integers(1, 5))):
        one = job(f"J{number}")
        plan = fastest(snapshot, one)
        promised = replace(one, deadline_minute=plan.arrival_minute + draw(st.integers(0, 2000)))
        fixed = frozenset({0}) if draw(st.integers(0, 4)) == 0 else frozenset()
        booked.append(book(snapshot, promised, plan, number, fixed=fixed))
    return snapshot, booked, job("N")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(shop=random_shops(), days=st.booleans())
def test_random_shops_keep_every_rule_and_every_promise(
    shop: tuple[Snapshot, list[MovableJob], Job], days: bool
) -> None:
    snapshot, booked, new = shop
    inserted = fastest(snapshot, new)
    quote = ask(snapshot, new, booked, days=days)

    assert quote.outcome is not FirmOutcome.SEARCH_FAILED, "the model and the check agree"
    assert quote.plan.arrival_minute <= inserted.arrival_minute
    assert quote.plan.cost_minor <= inserted.cost_minor
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    after = {change.hold_id: change.after for change in quote.changes}
    planned = [
        PlannedJob(item.planned.job, after.get(item.hold_id, item.planned.placements), item.planned.fixed)
        for item in booked
    ]
    # A run that nobody moved keeps the setup it has, needed or not: only the changed ones are exact.
    found = violations(units, [PlannedJob(new, quote.plan.placements), *planned], snapshot.legs.leg,
                       has_all_bookings=False)
    assert found == ()
    for item in booked:
        for position in item.planned.fixed:
            if item.hold_id in after:
                assert after[item.hold_id][position] == item.planned.placements[position]
