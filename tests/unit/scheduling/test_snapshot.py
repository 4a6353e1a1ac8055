"""Timelines as arrays: loaded whole, added one by one, copied, replaced, packed for the loop."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.calendar import WorkCalendar
from scheduling.problem import Placement
from scheduling.promise import promise
from scheduling.rebooking import Rebooking
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot, Timeline
from tests.unit.scheduling.live_plants import TOOLS, UNITS, booked_plant, random_job, random_units
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

WEEK = tuple((day * 100 + 10, day * 100 + 70) for day in range(8))


def bookings(snapshot: Snapshot) -> list[tuple[int, int, int | None, int, int, str]]:
    """List the bookings of a plant as a database would."""
    helped = {key: tool for tool in TOOLS for key in snapshot.timelines[tool].list_keys()}
    return [
        (int(str(run.key)), unit, helped.get(run.key), run.start_minute, run.end_minute, run.family)
        for unit in UNITS for run in snapshot.timelines[unit].runs
    ]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_loading_whole_gives_what_booking_one_by_one_gives(seed: int) -> None:
    dice = random.Random(seed)
    snapshot, _ = booked_plant(dice, count=8)
    rows = bookings(snapshot)
    dice.shuffle(rows)

    whole = make_snapshot([line.unit for line in snapshot.timelines.values()], snapshot.legs)
    whole.load([*rows, (999, 77, None, 0, 5, "a")])

    assert {unit: line.runs for unit, line in whole.timelines.items()} == {
        unit: line.runs for unit, line in snapshot.timelines.items()}
    job = random_job(dice, 50, snapshot)
    assert promise(whole, job) == promise(snapshot, job)


def test_a_copy_is_changed_alone_and_its_promises_follow() -> None:
    snapshot = make_snapshot([a_unit(1, WEEK), a_unit(2, WEEK)], some_legs())
    job = a_job([an_operation("a", [(1, 20)])])
    first = promise(snapshot, job).fastest

    twin = snapshot.copy()
    twin.timelines[1].add("other", Slot(10, 10, 40), setup_family="x")
    later = promise(twin, job).fastest
    twin.timelines[1].remove("other")

    assert first is not None
    assert later is not None
    assert (first.placements[0].start_minute, later.placements[0].start_minute) == (10, 40)
    assert promise(snapshot, job).fastest == promise(twin, job).fastest == first


def test_units_of_another_snapshot_keep_their_families_when_they_are_put_in() -> None:
    snapshot = make_snapshot([a_unit(1, WEEK, setup_minutes=5), a_unit(2, WEEK)], some_legs())
    snapshot.timelines[2].add("first", Slot(10, 10, 12), setup_family="only here")
    other = make_snapshot([replace(a_unit(1, WEEK), setup_matrix=(("red", "blue", 9),))], some_legs())
    other.timelines[1].add("before", Slot(10, 10, 20), setup_family="red")

    mixed = snapshot.replaced(other.timelines)

    plans = [promise(mixed, a_job([an_operation("a", [(1, 5)], family=family)])).fastest for family in ("red", "blue")]
    assert [plan.placements[0].start_minute for plan in plans if plan is not None] == [20, 29]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_tool_serves_where_every_worked_minute_is_its_own(seed: int) -> None:
    dice = random.Random(seed)
    windows = tuple((day * 100 + dice.randint(0, 40), day * 100 + dice.randint(41, 99)) for day in range(6))
    tool = Timeline(replace(a_unit(9, windows), is_secondary=True))
    booked = [(start, start + dice.randint(1, 30)) for start in range(0, 600, 60) if dice.random() < 0.3]
    for key, (start, end) in enumerate(booked):
        tool.add(key, Slot(start, start, end), setup_family="")
    start = dice.randint(0, 500)
    end = start + dice.randint(1, 200)

    worked = {minute for a, b in WEEK for minute in range(a, b) if start <= minute < end}
    offered = {minute for a, b in windows for minute in range(a, b)}
    is_free = all(b <= start or a >= end for a, b in booked)

    assert tool.serves(WorkCalendar(WEEK), start, end) == (is_free and worked <= offered)


def test_rebooking_takes_and_gives_the_tool_with_the_unit() -> None:
    tool = replace(a_unit(2, WEEK), is_secondary=True)
    snapshot = make_snapshot([a_unit(1, WEEK), tool, a_unit(3, WEEK)], some_legs())
    snapshot.load([(7, 1, 2, 10, 30, "")])
    here = Placement(0, 3, 20, 20, 40, 20, "", secondary_unit_id=2)

    taken = Rebooking(snapshot)
    freed = Rebooking(snapshot)
    freed.remove(1, 7)

    assert not taken.put("new", here, is_resumable=True, floor_minute=0)
    assert freed.put("new", here, is_resumable=True, floor_minute=0)
    assert not freed.put("newer", replace(here, unit_id=1, start_minute=39, end_minute=59), is_resumable=True,
                         floor_minute=0)
    assert (7 in snapshot.timelines[2], 7 in freed.timeline(2), "new" in freed.timeline(2)) == (True, False, True)


@pytest.mark.parametrize("seed", range(3))
def test_setups_of_named_and_of_other_families_follow_the_unit(seed: int) -> None:
    dice = random.Random(seed)
    for unit in random_units(dice):
        line = Timeline(unit)
        if unit.is_secondary:
            continue
        begin = unit.windows[0][0]
        line.add("x", Slot(begin, begin, begin + 10), setup_family="a")
        for family in ("a", "b", "c", "named nowhere"):
            slot = line.earliest(begin, 5, setup_family=family, floor_minute=begin)
            assert slot is not None
            assert slot.start_minute == begin + 10 + unit.setup_between("a", family)
