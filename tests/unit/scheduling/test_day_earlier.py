"""The price of a day earlier, on plants small enough to reckon by hand."""

from __future__ import annotations

from dataclasses import replace

from scheduling.day_earlier import EarlierDay, EarlierWay, WhyNot, find_earlier_days
from scheduling.making_room import make_room
from scheduling.problem import Job
from scheduling.promise import promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.solver.firm_quote import search
from scheduling.timeline import Slot
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAY = 1440
SHIFTS = tuple((day * DAY + 480, day * DAY + 960) for day in range(60))


def a_plant() -> Snapshot:
    """Two units: a cheap one and one that costs more."""
    return make_snapshot([a_unit(1, SHIFTS), a_unit(2, SHIFTS)], some_legs(), until_minute=60 * DAY)


def book(snapshot: Snapshot, job: Job, number: int = 1) -> MovableJob:
    plan = promise(snapshot, job).default
    assert plan is not None
    for here in plan.placements:
        slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
        snapshot.timelines[here.unit_id].add(100 * number + here.operation, slot, setup_family=here.setup_family)
    ids = tuple(100 * number + here.operation for here in plan.placements)
    return MovableJob(number, PlannedJob(job, plan.placements), ids, 0)


def ask(snapshot: Snapshot, job: Job, movable: list[MovableJob], *, makes_room: bool = True) -> tuple[EarlierDay, ...]:
    found = promise(snapshot, job)
    assert found.default is not None
    day_ends = tuple(range(DAY, found.default.arrival_minute, DAY))
    return find_earlier_days(snapshot, job, found.default, plans=found.plans, movable=movable, day_ends=day_ends,
                             searches=(make_room, search) if makes_room else ())


def test_dearer_unit_has_its_price() -> None:
    snapshot = a_plant()
    book(snapshot, a_job([an_operation("cut", [(1, 480)])], code="P"))
    job = a_job([an_operation("cut", [(1, 100, 1000, 10), (2, 100, 1750, 10)])])

    day, = ask(snapshot, job, [], makes_room=False)

    assert (day.way, day.price_minor, day.moved_operations, day.day_end_minute) == (EarlierWay.OTHER_PLAN, 750, 0, DAY)


def test_making_room_is_taken_where_it_is_cheaper_and_costs_what_the_others_lose() -> None:
    snapshot = a_plant()
    patient = a_job([an_operation("cut", [(1, 480, 500, 10)])], code="P", deadline_minute=5 * DAY)
    booked = book(snapshot, patient)
    job = a_job([an_operation("cut", [(1, 100, 1000, 10), (2, 100, 1750, 10)])])

    day, = ask(snapshot, job, [booked])

    assert (day.way, day.price_minor, day.moved_operations) == (EarlierWay.MAKING_ROOM, 0, 1)
    assert day.changes[0].arrival_after_minute <= 5 * DAY


def test_promises_given_are_why_a_day_is_not_possible() -> None:
    snapshot = a_plant()
    booked = book(snapshot, a_job([an_operation("cut", [(1, 480)])], code="P", deadline_minute=DAY))

    day, = ask(snapshot, a_job([an_operation("cut", [(1, 100)])]), [booked])

    assert (day.way, day.plan, day.why_not) == (None, None, WhyNot.OCCUPIED)


def test_too_much_work_is_why_a_day_is_not_possible() -> None:
    first, second = ask(a_plant(), a_job([an_operation("cut", [(1, 1200)])]), [])

    assert (first.why_not, second.why_not) == (WhyNot.TOO_MUCH_WORK, WhyNot.TOO_MUCH_WORK)


def test_each_day_has_its_own_price() -> None:
    snapshot = a_plant()
    snapshot = make_snapshot([*(line.unit for line in snapshot.timelines.values()), replace(a_unit(3, SHIFTS))],
                             some_legs(), until_minute=60 * DAY)
    for unit, days in ((1, 2), (2, 1)):
        book(snapshot, a_job([an_operation("cut", [(unit, 480 * days)])], code=f"P{unit}"), number=unit)
    job = a_job([an_operation("cut", [(1, 50, 100, 10), (2, 50, 300, 10), (3, 50, 900, 10)])])

    first, second = ask(snapshot, job, [], makes_room=False)

    assert (first.price_minor, second.price_minor) == (800, 200)
