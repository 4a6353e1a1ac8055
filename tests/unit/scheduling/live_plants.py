"""Random plants with everything the model knows, and jobs booked on them one after the other."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scheduling.calendar import without
from scheduling.improve import Improvement, improve
from scheduling.problem import Job, Mode, Operation, Placement, Weights, WorkUnit
from scheduling.promise import Plan, promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import Violation, violations
from tests.unit.scheduling.plants import a_job, some_legs

DAYS = tuple(
    (day * 1440 + start, day * 1440 + end) for day in range(40) for start, end in ((480, 720), (765, 960))
)
LONG_DAYS = tuple((day * 1440 + 360, day * 1440 + 840) for day in range(40))
SITES = ("SZ", "NB", "TJ")
UNITS, TOOLS = (1, 2, 3, 4, 5), (6, 7)


def random_units(dice: random.Random) -> list[WorkUnit]:
    """Make five units with breaks and setup matrices, and two tools that are there at other times."""
    units = []
    for unit_id in (*UNITS, *TOOLS):
        matrix = tuple((a, b, dice.randint(10, 20)) for a, b in (("a", "b"), ("b", "a"), ("a", "c")))
        units.append(WorkUnit(
            unit_id, f"U{unit_id}", f"C{unit_id}", dice.choice(SITES[:2]), "", dice.choice((0, 20)),
            dice.choice((DAYS, LONG_DAYS)), matrix if dice.random() < 0.6 else (), is_secondary=unit_id in TOOLS,
        ))
    # A matrix is right with the unit's own minutes only when a detour is never shorter.
    return [replace(unit, setup_minutes=20) if unit.setup_matrix else unit for unit in units]


def random_job(dice: random.Random, number: int, snapshot: Snapshot) -> Job:
    """Make a job with joins, operations that must not pause, tools of the same site and material to wait for."""
    count = dice.randint(1, 5)
    tools = {unit: [tool for tool in TOOLS if snapshot.site_of(tool) == snapshot.site_of(unit)] for unit in UNITS}
    operations = []
    for index in range(count):
        modes = tuple(
            Mode(unit, dice.randint(10, 150), dice.randint(100, 5000), dice.randint(1, 500),
                 tuple(tools[unit]) if dice.random() < 0.5 else ())
            for unit in dice.sample(UNITS, dice.randint(1, 3))
        )
        before = tuple(sorted(dice.sample(range(index), dice.randint(0, min(index, 2)))))
        earliest = dice.randint(0, 6 * 1440) if dice.random() < 0.2 else None
        operations.append(Operation(f"op{index}", modes, before, dice.choice("abc"), dice.random() < 0.7, earliest))
    return a_job(operations, code=f"J{number}", destination=dice.choice(SITES), release=dice.randint(0, 2880),
                 due_minute=dice.randint(1, 9) * 1440, weight=dice.choice((1, 3)))


def book(snapshot: Snapshot, plan: Plan, keys: Sequence[int]) -> None:
    """Put a plan on the timelines."""
    for key, here in zip(keys, plan.placements, strict=True):
        slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
        snapshot.timelines[here.unit_id].add(key, slot, setup_family=here.setup_family)
        if here.secondary_unit_id is not None:
            snapshot.timelines[here.secondary_unit_id].add(key, slot, setup_family="")


def settled(snapshot: Snapshot, placements: Iterable[Placement], keys: Iterable[int]) -> tuple[Placement, ...]:
    """Read the setups that later neighbors may have changed."""
    return tuple(
        replace(here, setup_start_minute=snapshot.timelines[here.unit_id].slot_of(key).setup_start_minute)
        for here, key in zip(placements, keys, strict=True)
    )


def booked_plant(dice: random.Random, *, count: int) -> tuple[Snapshot, list[MovableJob]]:
    """Book jobs one after the other, each at one of its plans, as customers come."""
    snapshot, jobs = make_snapshot(random_units(dice), some_legs()), []
    for number in range(count):
        job = random_job(dice, number, snapshot)
        answer = promise(snapshot, job)
        if not answer.plans:
            continue
        plan = dice.choice(answer.plans)
        keys = tuple(number * 10 + index for index in range(len(plan.placements)))
        book(snapshot, plan, keys)
        if dice.random() < 0.5:
            job = replace(job, deadline_minute=plan.arrival_minute + dice.choice((0, 1440, 4320)))
        jobs.append((number, job, plan.placements, keys))
    return snapshot, [
        MovableJob(number, PlannedJob(job, settled(snapshot, placements, keys)), keys, 0)
        for number, job, placements, keys in jobs
    ]


def faults(snapshot: Snapshot, planned: Iterable[PlannedJob]) -> tuple[Violation, ...]:
    """List what is wrong with all the jobs of a plant."""
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    return violations(units, planned, snapshot.legs.leg)


def broken_down(snapshot: Snapshot, unit_id: int, until: int) -> Snapshot:
    """Give the same bookings where one unit cannot work before a minute."""
    line = snapshot.timelines[unit_id]
    unit = replace(line.unit, windows=without(line.unit.windows, ((-1, until),)))
    runs = {unit_id: [(key, line.slot_of(key), line.family_of(key)) for key in line.list_keys()]}
    return snapshot.replaced(make_snapshot((unit,), snapshot.legs, runs=runs).timelines)


def planned_after(jobs: Sequence[MovableJob], outcome: Improvement) -> list[PlannedJob]:
    """Give the jobs where an improvement puts them, without promises that were broken before."""
    return [
        PlannedJob(replace(item.planned.job, deadline_minute=None), change.after, item.planned.fixed)
        for item, change in zip(jobs, outcome.changes, strict=True)
    ]


def story(seed: int) -> list[object]:
    """Tell all that happens on a random plant: promises, a repair, an improvement."""
    dice = random.Random(seed)
    snapshot, jobs = booked_plant(dice, count=6)
    asked = promise(snapshot, random_job(dice, 99, snapshot))
    told: list[object] = [[item.planned.placements for item in jobs], asked.plans]
    for unit_id in (1, 6):
        outcome = improve(broken_down(snapshot, unit_id, 2880), jobs, iterations=0)
        told.append([change.after for change in outcome.changes])
    outcome = improve(snapshot, jobs, iterations=4, weights=Weights(move_minor=50))
    told.append([outcome.objective_before_minor, outcome.objective_after_minor])
    told.append([change.after for change in outcome.changes])
    return told


if __name__ == "__main__":
    json.dump([repr(story(int(seed))) for seed in sys.argv[1:]], sys.stdout)
