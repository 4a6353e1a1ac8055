"""Promises: exact on small cases, always valid, never moving booked work."""

import random
from collections.abc import Iterator
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.errors import DestinationUnknown
from scheduling.problem import Job, Placement
from scheduling.promise import Plan, PromiseStatus, Shortage, promise
from scheduling.schedule import PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import job_cost_minor, violations
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAYS = tuple((day * 1440 + 480, day * 1440 + 960) for day in range(20))
SITES = ("SZ", "NB", "TJ")


def check(snapshot: Snapshot, job: Job, plan: Plan) -> None:
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    planned = PlannedJob(job, plan.placements)
    assert violations(units, [planned], snapshot.legs.leg, has_all_bookings=False) == ()
    assert job_cost_minor(units, planned, snapshot.legs.leg) == plan.cost_minor
    assert plan.end_minute == max(placement.end_minute for placement in plan.placements)
    for placement in sorted(plan.placements, key=lambda placement: placement.start_minute):
        line = snapshot.timelines[placement.unit_id]
        operation = job.operations[placement.operation]
        slot = line.slot_at(
            placement.start_minute,
            placement.work_minutes,
            setup_family=placement.setup_family,
            is_resumable=operation.is_resumable,
        )
        assert slot is not None
        line.add(("checked", placement.operation), slot, setup_family=placement.setup_family)
    for placement in plan.placements:
        line = snapshot.timelines[placement.unit_id]
        assert line.slot_of(("checked", placement.operation))[0] == placement.setup_start_minute
    for placement in plan.placements:
        snapshot.timelines[placement.unit_id].remove(("checked", placement.operation))


def random_snapshot(dice: random.Random, *, unit_count: int, booked: int) -> Snapshot:
    units = [
        a_unit(index + 1, DAYS, site=dice.choice(SITES), setup_minutes=dice.choice([0, 15]))
        for index in range(unit_count)
    ]
    snapshot = make_snapshot(units, some_legs())
    for key in range(booked):
        line = snapshot.timelines[dice.randint(1, unit_count)]
        family = dice.choice("ab")
        slot = line.earliest(dice.randint(0, 6 * 1440), dice.randint(10, 300), setup_family=family, floor_minute=0)
        if slot is not None:
            line.add(key, slot, setup_family=family)
    return snapshot


def random_tree(dice: random.Random, units: list[int], *, count: int, is_chain: bool = False) -> Job:
    """Make an in-tree: every operation but the last feeds exactly one later operation."""
    feeds = {index: index + 1 if is_chain else dice.randint(index + 1, count - 1) for index in range(count - 1)}
    operations = []
    for index in range(count):
        chosen = dice.sample(units, min(len(units), dice.randint(1, 3)))
        operations.append(
            an_operation(
                f"op{index}",
                [(unit, dice.randint(10, 200), dice.randint(100, 9000), dice.randint(1, 900)) for unit in chosen],
                after=[before for before, after in feeds.items() if after == index],
                family=dice.choice("ab"),
                is_resumable=dice.random() < 0.8,
            )
        )
    return a_job(operations, destination=dice.choice(SITES), release=dice.randint(0, 3000))


def every_plan(snapshot: Snapshot, job: Job) -> Iterator[tuple[int, int, int]]:
    """Yield (arrival, cost, emissions) of every choice of modes, each operation placed as early as it goes."""
    legs, load = snapshot.legs, job.load_grams
    used = {before for operation in job.operations for before in operation.predecessors}
    for modes in product(*(operation.modes for operation in job.operations)):
        ends: list[tuple[int, str]] = []
        cost = co2 = 0
        arrival = job.release_minute
        for index, (operation, mode) in enumerate(zip(job.operations, modes, strict=True)):
            site = snapshot.site_of(mode.unit_id)
            cost, co2 = cost + mode.cost_minor, co2 + mode.co2_grams
            ready = job.release_minute
            for before in operation.predecessors:
                leg = legs.leg(ends[before][1], site, load)
                ready = max(ready, ends[before][0] + leg.minutes)
                cost, co2 = cost + leg.cost_minor, co2 + leg.co2_grams
            slot = snapshot.timelines[mode.unit_id].earliest(
                ready,
                mode.work_minutes,
                setup_family=operation.setup_family,
                is_resumable=operation.is_resumable,
                floor_minute=job.release_minute,
            )
            if slot is None:
                break
            ends.append((slot.end_minute, site))
            if index not in used:
                leg = legs.leg(site, job.destination, load)
                arrival = max(arrival, slot.end_minute + leg.minutes)
                cost, co2 = cost + leg.cost_minor, co2 + leg.co2_grams
        else:
            yield arrival, cost, co2


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_fastest_cheapest_and_greenest_equal_brute_force_when_units_are_not_shared(seed: int) -> None:
    dice = random.Random(seed)
    count = dice.randint(1, 5)
    snapshot = random_snapshot(dice, unit_count=3 * count, booked=dice.randint(0, 40))
    units = list(range(1, 3 * count + 1))
    job = random_tree(dice, units, count=count)
    own = [units[index::count] for index in range(count)]  # no unit serves two operations
    operations = [
        an_operation(
            operation.code,
            [
                (unit, mode.work_minutes, mode.cost_minor, mode.co2_grams)
                for unit, mode in zip(own[index], operation.modes, strict=False)
            ],
            after=operation.predecessors,
            family=operation.setup_family,
            is_resumable=operation.is_resumable,
        )
        for index, operation in enumerate(job.operations)
    ]
    job = a_job(operations, destination=job.destination, release=job.release_minute)
    plans = list(every_plan(snapshot, job))

    answer = promise(snapshot, job)

    if not plans:
        assert answer.status is PromiseStatus.NO_CAPACITY
        return
    assert answer.fastest is not None
    assert answer.cheapest is not None
    assert answer.greenest is not None
    assert answer.fastest.arrival_minute == min(arrival for arrival, _, _ in plans)
    assert (answer.cheapest.cost_minor, answer.cheapest.arrival_minute) == min((c, a) for a, c, _ in plans)
    assert (answer.greenest.co2_grams, answer.greenest.arrival_minute) == min((g, a) for a, _, g in plans)
    assert answer.default == answer.cheapest
    for plan in answer.plans:
        check(snapshot, job, plan)


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), is_chain=st.booleans())
def test_every_plan_is_valid_and_the_snapshot_untouched_when_operations_compete(seed: int, is_chain: bool) -> None:
    dice = random.Random(seed)
    snapshot = random_snapshot(dice, unit_count=3, booked=dice.randint(0, 25))
    job = random_tree(dice, [1, 2, 3], count=dice.randint(2, 6), is_chain=is_chain)
    before = {unit_id: line.runs for unit_id, line in snapshot.timelines.items()}

    answer = promise(snapshot, job)

    assert {unit_id: line.runs for unit_id, line in snapshot.timelines.items()} == before
    assert answer == promise(snapshot, job)
    for plan in answer.plans:
        check(snapshot, job, plan)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_plan_is_valid_when_one_operation_feeds_several(seed: int) -> None:
    dice = random.Random(seed)
    snapshot = random_snapshot(dice, unit_count=4, booked=dice.randint(0, 20))
    operations = []
    for index in range(dice.randint(2, 6)):
        units = dice.sample([1, 2, 3, 4], dice.randint(1, 3))
        operations.append(
            an_operation(
                f"op{index}",
                [(unit, dice.randint(10, 150), dice.randint(100, 900), dice.randint(1, 90)) for unit in units],
                after=sorted(dice.sample(range(index), dice.randint(0, min(index, 3)))),
                family=dice.choice("ab"),
            )
        )
    job = a_job(operations, destination="TJ")

    answer = promise(snapshot, job)

    assert answer.status is PromiseStatus.PROMISED
    for plan in answer.plans:
        check(snapshot, job, plan)


def test_assembly_waits_for_the_slower_branch_and_the_move_between_sites() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS), a_unit(2, DAYS, site="NB"), a_unit(3, DAYS)], some_legs())
    job = a_job(
        [
            an_operation("saw", [(1, 60, 100, 1)]),
            an_operation("igu", [(2, 30, 200, 2)]),
            an_operation("glaze", [(3, 20, 300, 3)], after=(0, 1)),
        ],
        destination="SZ",
    )

    plan = promise(snapshot, job).fastest

    assert plan is not None
    leg = snapshot.legs.leg("NB", "SZ", 70_000)
    assert leg.minutes == 1440 + 548  # 228 km at 600 km a day, rounded up, and a day of handling
    ready = 510 + leg.minutes
    assert plan.waits[2].ready_minute == ready
    assert plan.placements[2].start_minute == 2 * 1440 + 480  # ready after closing time: the next morning
    assert plan.cost_minor == 600 + leg.cost_minor
    assert plan.co2_grams == 6 + leg.co2_grams
    assert plan.arrival_minute == plan.end_minute == 2 * 1440 + 500


def test_setup_between_two_operations_of_the_job_is_counted() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS, setup_minutes=15)], some_legs())
    job = a_job([an_operation("a", [(1, 60)], family="red"), an_operation("b", [(1, 30)], after=(0,), family="blue")])

    plan = promise(snapshot, job).default

    assert plan is not None
    assert plan.placements == (
        Placement(0, 1, 480, 480, 540, 60, "red"),
        Placement(1, 1, 540, 555, 585, 30, "blue"),
    )


def test_parallel_branches_on_one_unit_do_not_overlap() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS), a_unit(2, DAYS)], some_legs())
    job = a_job(
        [an_operation("a", [(1, 60)]), an_operation("b", [(1, 60)]), an_operation("c", [(2, 10)], after=(0, 1))]
    )

    plan = promise(snapshot, job).fastest

    assert plan is not None
    assert sorted((p.start_minute, p.end_minute) for p in plan.placements[:2]) == [(480, 540), (540, 600)]
    assert plan.placements[2].start_minute == 600


def test_wait_tells_closed_time_from_queueing() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS)], some_legs())
    snapshot.timelines[1].add("other", Slot(480, 480, 900), setup_family="")
    job = a_job([an_operation("a", [(1, 60)])])

    plan = promise(snapshot, job).fastest

    assert plan is not None
    assert plan.longest_wait is not None
    assert (plan.longest_wait.operation_code, plan.longest_wait.minutes) == ("a", 900)
    assert plan.longest_wait.closed_minutes == 480
    assert plan.placements[0].end_minute == 960


@pytest.mark.parametrize(
    ("modes", "deadline", "shortage", "operation_code"),
    [
        ([(99, 10)], None, Shortage.NO_WORK_UNIT, "a"),
        ([(1, 20 * 480 + 1)], None, Shortage.NO_TIME, "a"),
        ([(1, 10)], 480, Shortage.DEADLINE, ""),
    ],
)
def test_no_capacity_says_why(
    modes: list[tuple[int, int]], deadline: int | None, shortage: Shortage, operation_code: str
) -> None:
    snapshot = make_snapshot([a_unit(1, DAYS)], some_legs())
    job = a_job([an_operation("a", modes)], deadline_minute=deadline)

    answer = promise(snapshot, job)

    assert answer.status is PromiseStatus.NO_CAPACITY
    assert (answer.shortage, answer.operation_code) == (shortage, operation_code)
    assert answer.default is None
    assert answer.plans == ()


def test_default_is_the_cheapest_that_meets_the_due_minute() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS), a_unit(2, DAYS[3:])], some_legs())
    operation = an_operation("a", [(1, 60, 500, 5), (2, 60, 100, 1)])

    early = promise(snapshot, a_job([operation], due_minute=1000)).default
    late = promise(snapshot, a_job([operation], due_minute=10_000)).default
    impossible = promise(snapshot, a_job([operation], due_minute=1)).default

    assert early is not None
    assert late is not None
    assert impossible is not None
    assert [plan.placements[0].unit_id for plan in (early, late, impossible)] == [1, 2, 1]


def test_unknown_destination_is_refused() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS)], some_legs())

    with pytest.raises(DestinationUnknown):
        promise(snapshot, a_job([an_operation("a", [(1, 10)])], destination="MOON"))


def test_job_without_operations_is_there_at_once() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS)], some_legs())

    plan = promise(snapshot, a_job([], release=77)).default

    assert plan is not None
    assert (plan.placements, plan.arrival_minute, plan.cost_minor) == ((), 77, 0)


def test_modes_of_equal_price_take_the_unit_that_ends_first() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS), a_unit(2, DAYS)], some_legs())
    snapshot.timelines[1].add("other", Slot(480, 480, 600), setup_family="")

    plan = promise(snapshot, a_job([an_operation("a", [(1, 60), (2, 60)])])).default

    assert plan is not None
    assert plan.placements[0].unit_id == 2


def test_job_order_of_bookings_does_not_change_a_promise() -> None:
    runs = [("x", Slot(480, 480, 540), "a"), ("y", Slot(600, 600, 700), "a"), ("z", Slot(1920, 1920, 1990), "b")]
    job = a_job([an_operation("a", [(1, 61)], family="b")])
    answers = {
        promise(make_snapshot([a_unit(1, DAYS, setup_minutes=5)], some_legs(), runs={1: order}), job).fastest
        for order in permutations(runs)
    }

    assert len(answers) == 1
