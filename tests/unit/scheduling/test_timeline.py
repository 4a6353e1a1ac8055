"""Insertion on a work unit: the earliest place, setups of the neighbors, nothing else moves."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.problem import WorkUnit
from scheduling.timeline import Slot, Timeline
from tests.unit.scheduling.plants import a_unit

WEEK = tuple((day * 100 + 10, day * 100 + 70) for day in range(8))


def occupied(timeline: Timeline) -> list[tuple[int, int]]:
    return [
        (slot.setup_start_minute, slot.end_minute) for slot in (timeline.slot_of(key) for key in timeline.list_keys())
    ]


def is_clean(timeline: Timeline) -> bool:
    spans = occupied(timeline)
    return all(a[1] <= b[0] for a, b in pairwise(spans))


def test_run_starts_at_the_first_open_minute_and_pauses_outside_windows() -> None:
    timeline = Timeline(a_unit(1, WEEK))

    assert timeline.earliest(0, 80, setup_family="", floor_minute=0) == Slot(10, 10, 130)


def test_run_that_must_not_pause_waits_for_a_window_that_holds_it() -> None:
    timeline = Timeline(a_unit(1, ((0, 20), (30, 60))))

    assert timeline.earliest(5, 25, setup_family="", is_resumable=False, floor_minute=0) == Slot(30, 30, 55)
    assert timeline.earliest(5, 31, setup_family="", is_resumable=False, floor_minute=0) is None


def test_setup_is_made_before_the_work_is_ready_but_not_before_the_floor() -> None:
    timeline = Timeline(a_unit(1, ((0, 200),), setup_minutes=10))
    timeline.add("a", Slot(0, 0, 20), setup_family="red")

    assert timeline.earliest(50, 5, setup_family="blue", floor_minute=0) == Slot(40, 50, 55)
    assert timeline.earliest(50, 5, setup_family="blue", floor_minute=45) == Slot(45, 55, 60)
    assert timeline.earliest(50, 5, setup_family="red", floor_minute=45) == Slot(50, 50, 55)


def test_insertion_leaves_room_for_the_setup_it_causes() -> None:
    timeline = Timeline(a_unit(1, ((0, 200),), setup_minutes=10))
    timeline.add("a", Slot(0, 0, 20), setup_family="red")
    timeline.add("b", Slot(50, 50, 60), setup_family="red")

    assert timeline.earliest(0, 10, setup_family="blue", floor_minute=0) == Slot(20, 30, 40)
    assert timeline.earliest(0, 11, setup_family="blue", floor_minute=0) == Slot(60, 70, 81)
    assert timeline.earliest(0, 30, setup_family="red", floor_minute=0) == Slot(20, 20, 50)
    assert timeline.add("c", Slot(20, 30, 40), setup_family="blue") == "b"
    assert timeline.slot_of("b") == Slot(40, 50, 60)
    assert timeline.remove("c") == "b"
    assert timeline.slot_of("b") == Slot(50, 50, 60)


def test_family_before_the_horizon_counts_for_the_first_run() -> None:
    timeline = Timeline(a_unit(1, ((0, 200),), setup_minutes=10), family_before="red")

    assert timeline.earliest(0, 5, setup_family="red", floor_minute=0) == Slot(0, 0, 5)
    assert timeline.earliest(0, 5, setup_family="blue", floor_minute=0) == Slot(0, 10, 15)


def test_slot_at_takes_only_exactly_that_start() -> None:
    timeline = Timeline(a_unit(1, ((0, 40), (60, 100))))
    timeline.add("a", Slot(0, 0, 20), setup_family="")

    assert timeline.slot_at(20, 30, setup_family="") == Slot(20, 20, 70)
    assert timeline.slot_at(20, 30, setup_family="", is_resumable=False) is None
    assert timeline.slot_at(19, 5, setup_family="") is None
    assert timeline.slot_at(45, 5, setup_family="") is None  # the unit is closed at 45
    assert timeline.slot_at(90, 11, setup_family="") is None


def test_booking_outside_the_windows_stays_a_barrier() -> None:
    timeline = Timeline(a_unit(1, ((0, 20), (60, 100))))
    timeline.load([("a", Slot(30, 30, 40), ""), ("b", Slot(42, 42, 44), "")])

    assert timeline.earliest(0, 30, setup_family="", floor_minute=0) == Slot(60, 60, 90)
    assert timeline.earliest(0, 20, setup_family="", floor_minute=0) == Slot(0, 0, 20)
    timeline.remove("a")
    timeline.remove("b")
    assert timeline.earliest(0, 30, setup_family="", floor_minute=0) == Slot(0, 0, 70)


def test_key_is_booked_once_only() -> None:
    timeline = Timeline(a_unit(1, WEEK))
    timeline.add("a", Slot(10, 10, 20), setup_family="")

    with pytest.raises(ValueError, match="booked already"):
        timeline.add("a", Slot(30, 30, 40), setup_family="")


def naive_earliest(
    unit: WorkUnit, booked: list[tuple[int, int, str]], ready: int, work: int, family: str, floor: int, resumable: bool
) -> Slot | None:
    """Try every start minute, counting minute by minute."""
    minutes = [minute for start, end in unit.windows for minute in range(start, end)]
    position = {minute: index for index, minute in enumerate(minutes)}
    taken = [(position[start], position[end - 1] + 1, kind) for start, end, kind in booked]
    for run in range(len(minutes) - work + 1):
        if minutes[run] < ready:
            continue
        end = run + work
        if not resumable and minutes[end - 1] - minutes[run] != work - 1:
            continue
        before = max((item for item in taken if item[0] < run), default=None)
        after = min((item for item in taken if item[0] >= run), default=None)
        setup = unit.setup_between(before[2] if before else None, family)
        tail = unit.setup_between(family, after[2]) if after else 0
        begin = run - setup
        if begin < (before[1] if before else 0) or minutes[begin] < floor:
            continue
        if after is not None and end + tail > after[0]:
            continue
        return Slot(minutes[begin], minutes[run], minutes[end - 1] + 1)
    return None


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), setup_minutes=st.sampled_from([0, 3, 9]))
def test_search_equals_trying_every_minute_and_moves_nothing(seed: int, setup_minutes: int) -> None:
    dice = random.Random(seed)
    unit = a_unit(1, WEEK[:5], setup_minutes=setup_minutes)
    if setup_minutes and seed % 2:
        unit = replace(unit, setup_matrix=(("a", "b", setup_minutes + 2), ("c", "a", setup_minutes // 2 + 1)))
    timeline = Timeline(unit)
    for key in range(dice.randint(0, 14)):
        ready, work = dice.randint(0, 450), dice.randint(1, 40)
        family, floor = dice.choice("abc"), dice.randint(0, 400)
        resumable = dice.random() < 0.7
        runs = {k: (timeline.slot_of(k).start_minute, timeline.slot_of(k).end_minute) for k in timeline.list_keys()}
        booked = [(*runs[k], timeline.family_of(k)) for k in timeline.list_keys()]
        slot = timeline.earliest(ready, work, setup_family=family, is_resumable=resumable, floor_minute=floor)
        assert slot == naive_earliest(unit, booked, ready, work, family, floor, resumable)
        if slot is None:
            continue
        again = timeline.slot_at(slot.start_minute, work, setup_family=family, is_resumable=resumable)
        assert again == slot
        timeline.add(key, slot, setup_family=family)
        assert timeline.slot_of(key) == slot
        assert is_clean(timeline)
        assert all((timeline.slot_of(k).start_minute, timeline.slot_of(k).end_minute) == run for k, run in runs.items())
        if dice.random() < 0.3:
            timeline.remove(dice.choice(timeline.list_keys()))
            assert is_clean(timeline)
        fresh = Timeline(unit)
        fresh.load([(k, timeline.slot_of(k), timeline.family_of(k)) for k in timeline.list_keys()])
        assert fresh.runs == timeline.runs
