"""Improving and repairing a schedule: always valid, never worse, promises kept, repeatable."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.improve import Improvement, Progress, improve
from scheduling.problem import Placement, Weights, WorkUnit
from scheduling.promise import promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import objective_minor, violations
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAYS = tuple((day * 1440 + 480, day * 1440 + 960) for day in range(30))


def booked_plant(dice: random.Random, *, count: int, units: int = 4) -> tuple[Snapshot, list[MovableJob]]:
    """Book jobs one after the other, each at its promise, as customers come."""
    plant = [
        a_unit(number, DAYS, site=dice.choice(["SZ", "NB"]), setup_minutes=dice.choice([0, 12]))
        for number in range(1, units + 1)
    ]
    snapshot = make_snapshot(plant, some_legs())
    jobs = []
    for number in range(count):
        operations = []
        for index in range(dice.randint(1, 4)):
            chosen = dice.sample(range(1, units + 1), dice.randint(1, min(units, 3)))
            operations.append(
                an_operation(
                    f"op{index}",
                    [(unit, dice.randint(20, 200), dice.randint(500, 5000), 10) for unit in chosen],
                    after=[index - 1] if index else [],
                    family=dice.choice("ab"),
                    is_resumable=dice.random() < 0.8,
                )
            )
        due = dice.randint(1, 12) * 1440
        job = a_job(operations, code=f"J{number}", due_minute=due, weight=dice.choice([1, 1, 5]))
        plan = promise(snapshot, job).fastest
        assert plan is not None
        ids = tuple(number * 10 + index for index in range(len(operations)))
        for placement in sorted(plan.placements, key=lambda placement: placement.start_minute):
            slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
            timeline = snapshot.timelines[placement.unit_id]
            timeline.add(ids[placement.operation], slot, setup_family=placement.setup_family)
        if dice.random() < 0.5:
            job = replace(job, deadline_minute=plan.arrival_minute + 2880)
        jobs.append((job, plan.placements, ids))
    return snapshot, [
        MovableJob(hold_id, PlannedJob(job, settled(snapshot, placements, ids)), ids, 0)
        for hold_id, (job, placements, ids) in enumerate(jobs)
    ]


def settled(snapshot: Snapshot, placements: Iterable[Placement], ids: Sequence[int]) -> tuple[Placement, ...]:
    """Read the setups that later neighbors may have changed."""
    result = []
    for placement in placements:
        slot = snapshot.timelines[placement.unit_id].slot_of(ids[placement.operation])
        result.append(
            Placement(placement.operation, placement.unit_id, *slot, placement.work_minutes, placement.setup_family)
        )
    return tuple(result)


def planned_after(jobs: Sequence[MovableJob], outcome: Improvement) -> list[PlannedJob]:
    return [
        PlannedJob(item.planned.job, change.after, item.planned.fixed)
        for item, change in zip(jobs, outcome.changes, strict=True)
    ]


def units_of(snapshot: Snapshot) -> dict[int, WorkUnit]:
    return {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_improved_schedule_is_valid_and_never_worse(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=10)
    units, legs = units_of(snapshot), snapshot.legs.leg
    before = [item.planned for item in jobs]
    assert violations(units, before, legs) == ()

    outcome = improve(snapshot, jobs, seed=seed, iterations=40, weights=Weights(move_minor=0, co2_minor_per_kg=0))

    after = planned_after(jobs, outcome)
    assert violations(units, after, legs) == ()
    assert outcome.objective_before_minor == objective_minor(units, before, legs)
    assert outcome.objective_after_minor == objective_minor(units, after, legs)
    assert outcome.objective_after_minor <= outcome.objective_before_minor


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_same_seed_gives_the_same_schedule_and_the_snapshot_stays(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=8)
    before = {unit_id: line.runs for unit_id, line in snapshot.timelines.items()}

    first = improve(snapshot, jobs, seed=3, iterations=25)

    assert first == improve(snapshot, jobs, seed=3, iterations=25)
    assert {unit_id: line.runs for unit_id, line in snapshot.timelines.items()} == before


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_fixed_operations_and_the_floor_are_respected(seed: int) -> None:
    dice = random.Random(seed)
    snapshot, jobs = booked_plant(dice, count=8)
    floor = dice.randint(0, 4) * 1440
    movable = []
    for item in jobs:
        fixed = {p.operation for p in item.planned.placements if p.setup_start_minute < floor}
        fixed = set(range(max(fixed) + 1)) if fixed else set()
        planned = PlannedJob(item.planned.job, item.planned.placements, frozenset(fixed))
        movable.append(MovableJob(item.hold_id, planned, item.booking_ids, floor))

    outcome = improve(snapshot, movable, seed=1, iterations=25, weights=Weights(move_minor=0))

    assert violations(units_of(snapshot), planned_after(movable, outcome), snapshot.legs.leg) == ()
    for item, change in zip(movable, outcome.changes, strict=True):
        assert not item.planned.fixed & set(change.moved)
        for placement in change.after:
            assert placement.operation in item.planned.fixed or placement.setup_start_minute >= floor


def test_late_work_of_weight_overtakes_when_nothing_forbids_it() -> None:
    snapshot = make_snapshot([a_unit(1, DAYS)], some_legs())
    jobs = []
    for number, weight in enumerate((1, 1, 50)):
        start = 480 + number * 100
        job = a_job([an_operation("a", [(1, 100)])], code=f"J{number}", due_minute=580, weight=weight)
        placement = Placement(0, 1, start, start, start + 100, 100, "")
        snapshot.timelines[1].add(number, Slot(start, start, start + 100), setup_family="")
        jobs.append(MovableJob(number, PlannedJob(job, (placement,)), (number,), 0))

    outcome = improve(snapshot, jobs, iterations=50)

    assert outcome.changes[2].after[0].start_minute == 480
    assert outcome.changes[2].tardiness_after_minor == 0
    assert outcome.objective_after_minor < outcome.objective_before_minor


def breakdown(snapshot: Snapshot, unit_id: int, until: int) -> Snapshot:
    """Give the same bookings on a plant where one unit cannot work before a minute."""
    units, runs = [], {}
    for line in snapshot.timelines.values():
        windows = line.unit.windows
        if line.unit.id == unit_id:
            windows = tuple(window for window in windows if window[0] >= until)
        units.append(a_unit(line.unit.id, windows, site=line.unit.site, setup_minutes=line.unit.setup_minutes))
        runs[line.unit.id] = [(key, line.slot_of(key), line.family_of(key)) for key in line.list_keys()]
    return make_snapshot(units, snapshot.legs, runs=runs)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_breakdown_moves_only_what_was_hit_and_what_waits_for_it(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=8)
    down = breakdown(snapshot, 1, 3 * 1440)
    hit = {
        item.hold_id: min(p.operation for p in item.planned.placements if p.unit_id == 1 and p.start_minute < 3 * 1440)
        for item in jobs
        if any(p.unit_id == 1 and p.start_minute < 3 * 1440 for p in item.planned.placements)
    }

    outcome = improve(down, jobs, iterations=0)

    for change in outcome.changes:
        assert not change.is_lost
        if change.hold_id not in hit:
            assert change.moved == ()
        elif change.arrival_after_minute <= (jobs[change.hold_id].planned.job.deadline_minute or 10**9):
            assert hit[change.hold_id] in change.moved
    after = [
        PlannedJob(a_job(plan.job.operations, code=plan.job.code), plan.placements)
        for plan in planned_after(jobs, outcome)
    ]
    assert violations(units_of(down), after, down.legs.leg) == ()


def test_job_that_fits_nowhere_any_more_is_said_to_be_lost() -> None:
    snapshot, jobs = booked_plant(random.Random(1), count=2, units=1)
    down = breakdown(snapshot, 1, 40 * 1440)

    outcome = improve(down, jobs, iterations=10)

    assert [change.is_lost for change in outcome.changes] == [True, True]
    assert all(change.after == change.before for change in outcome.changes)


def test_progress_is_told_and_can_stop() -> None:
    snapshot, jobs = booked_plant(random.Random(5), count=6)
    told: list[Progress] = []

    def stop_at_second(progress: Progress) -> bool:
        told.append(progress)
        return len(told) < 2

    ticks = iter(range(10_000))
    outcome = improve(snapshot, jobs, seconds=1000.0, progress=stop_at_second, clock=lambda: float(next(ticks)))

    assert len(told) == 3  # twice on the way, and once at the end
    assert outcome.iterations == told[-1].iteration < 1000
    assert told[-1].objective_minor == outcome.objective_after_minor


def test_an_unbounded_improvement_is_refused() -> None:
    snapshot, jobs = booked_plant(random.Random(5), count=1)

    with pytest.raises(ValueError, match="bound"):
        improve(snapshot, jobs)
