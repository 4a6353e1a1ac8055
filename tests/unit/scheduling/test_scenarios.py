"""Scenarios: each kind of change on a small plan, and the improver on what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendar import minute_at
from scheduling.errors import ScenarioInvalid
from scheduling.improve import improve
from scheduling.problem import Placement, WorkUnit
from scheduling.scenario_codec import KINDS, scenario_change_as_json, scenario_change_from_json
from scheduling.scenarios import apply_changes, pending_changes, united
from scheduling.scene import (
    Change,
    ExtraShift,
    NewMachine,
    NewPartner,
    OrderDropped,
    PartnerWithdraws,
    RushOrder,
    Scene,
    UnitDown,
)
from scheduling.schedule import MovableJob, PlannedJob, WorkUnitEntry
from scheduling.snapshot import make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import violations
from tests.unit.scheduling.plants import NOW, a_job, a_network, an_operation, some_legs

ZERO = minute_at(NOW)
DAYS = tuple((ZERO + day * 1440, ZERO + day * 1440 + 480) for day in range(20))


def a_scene(count: int = 3) -> Scene:
    """Jobs one after the other on one saw at Suzhou; a second saw there stands idle, a third one at Ningbo."""
    units = [
        WorkUnit(number, code, center, site, f"{site}-CO", 0, DAYS)
        for number, code, center, site in ((1, "SZ-SAW-1", "SZ-SAW", "SZ"), (2, "SZ-SAW-2", "SZ-SAW", "SZ"),
                                           (3, "NB-SAW-1", "NB-SAW", "NB"))
    ]
    entries = tuple(WorkUnitEntry(unit.id, unit.code, unit.work_center, unit.site, unit.company, "saw", 0,
                                  is_active=True) for unit in units)
    jobs, runs = [], []
    for index in range(count):
        job = a_job([an_operation("saw", [(1, 200), (2, 200)])], code=f"J{index}", release=ZERO,
                    due_minute=ZERO + 480, deadline_minute=ZERO + 19 * 1440)
        start = DAYS[index][0]
        runs.append((100 + index, Slot(start, start, start + 200), ""))
        placements = make_placements(start)
        jobs.append(MovableJob(index + 1, PlannedJob(job, placements), (100 + index,), ZERO))
    snapshot = make_snapshot(units, some_legs(), runs={1: runs}, from_minute=ZERO - 1440,
                             until_minute=ZERO + 20 * 1440)
    return Scene(a_network(), entries, snapshot, tuple(jobs), {item.hold_id: item.planned for item in jobs}, ZERO)


def make_placements(start: int) -> tuple[Placement, ...]:
    return (Placement(0, 1, start, start, start + 200, 200, ""),)


def planned_after(scene: Scene) -> dict[str, tuple[int, int]]:
    """Plan a scene; give each job's unit and start, after a check of the rules."""
    found = improve(scene.snapshot, scene.jobs, iterations=30)
    after = {change.job_code: change for change in found.changes}
    assert not any(change.is_lost for change in found.changes)
    plans = [replace(item.planned, placements=after[item.planned.job.code].after) for item in scene.jobs]
    assert violations(scene.units, plans, some_legs().leg) == ()
    return {plan.job.code: (plan.placements[0].unit_id, plan.placements[0].start_minute) for plan in plans}


def test_a_unit_that_is_down_loses_its_windows_and_its_work_moves() -> None:
    scene = apply_changes(a_scene(), [UnitDown("SZ-SAW-1", ZERO, ZERO + 10 * 1440)])
    assert scene.units[1].windows == DAYS[10:]
    assert {unit for unit, _ in planned_after(scene).values()} == {2}


def test_a_partner_that_withdraws_takes_all_its_units_along() -> None:
    scene = apply_changes(a_scene(), [PartnerWithdraws("SZ-CO", ZERO, ZERO + 5 * 1440)])
    assert [scene.units[number].windows[0] for number in (1, 2, 3)] == [DAYS[5], DAYS[5], DAYS[0]]
    assert min(start for _, start in planned_after(scene).values()) >= DAYS[5][0]


def test_an_extra_shift_is_added_to_every_unit_of_the_center_only() -> None:
    extra = ExtraShift("SZ-SAW", date(2026, 3, 2), date(2026, 3, 4), 20 * 60, 22 * 60)
    scene = apply_changes(a_scene(), [extra])
    begin = ZERO + 12 * 60  # 20:00 in Suzhou
    assert {(begin, begin + 120), (begin + 1440, begin + 1560)} <= set(scene.units[1].windows)
    assert scene.units[1].windows == scene.units[2].windows
    assert scene.units[3].windows == DAYS
    touching = ExtraShift("SZ-SAW", date(2026, 3, 2), date(2026, 3, 3), 16 * 60, 18 * 60)
    assert (ZERO, ZERO + 600) in apply_changes(a_scene(), [touching]).units[1].windows
    planned_after(scene)


def test_a_new_machine_can_do_what_its_neighbors_can() -> None:
    scene = apply_changes(a_scene(), [NewMachine("SZ-SAW", ("SZ-SAW-3", "SZ-SAW-4"), ZERO + 1440)])
    codes = {unit.code: unit for unit in scene.units.values()}
    assert codes["SZ-SAW-3"].windows == DAYS[1:]
    assert {mode.unit_id for mode in scene.jobs[0].planned.job.operations[0].modes} == {1, 2, -1, -2}
    assert planned_after(scene)


def test_a_new_partner_works_at_its_own_speed_and_rate() -> None:
    partner = NewPartner("NB-SAW-X", "NB", "saw", 2, "1x8", 6000, speed_percent=200, power_watts=3000)
    scene = apply_changes(a_scene(), [partner])
    mode = next(mode for mode in scene.jobs[0].planned.job.operations[0].modes if mode.unit_id == -1)
    assert (mode.work_minutes, mode.cost_minor, mode.co2_grams) == (100, 10_000, 2750)
    assert (scene.units[-2].code, scene.units[-2].company) == ("NB-SAW-X-2", "NB-CO")
    planned_after(scene)


def test_a_rush_order_takes_part_and_one_that_fits_nowhere_is_named() -> None:
    scene = apply_changes(a_scene(), [RushOrder("RUSH-1", "J1", ZERO + 300, 50)])
    (hold_id,) = scene.added
    assert scene.planned[hold_id].job.deadline_minute is None
    assert planned_after(scene)["RUSH-1"][1] == ZERO
    shut = [UnitDown("SZ-SAW-1", ZERO, ZERO + 40 * 1440), UnitDown("SZ-SAW-2", ZERO, ZERO + 40 * 1440)]
    nowhere = apply_changes(a_scene(0), shut)
    assert nowhere.jobs == ()
    assert apply_changes(a_scene(1), [RushOrder("RUSH-1", "J0", ZERO, 1), *shut]).unplaced == ("RUSH-1",)


def test_a_dropped_order_frees_its_place() -> None:
    scene = apply_changes(a_scene(), [OrderDropped("J0")])
    assert scene.dropped == {1}
    assert 100 not in scene.snapshot.timelines[1]
    assert set(planned_after(scene)) == {"J1", "J2"}


def test_the_live_plan_is_not_touched() -> None:
    live = a_scene()
    before = [(unit.code, unit.windows) for unit in live.units.values()], live.snapshot.timelines[1].list_keys()
    apply_changes(live, [UnitDown("SZ-SAW-1", ZERO, ZERO + 1440), OrderDropped("J1"), RushOrder("R", "J0", ZERO, 1),
                         NewMachine("SZ-SAW", ("SZ-SAW-3",), ZERO)])
    assert ([(unit.code, unit.windows) for unit in live.units.values()],
            live.snapshot.timelines[1].list_keys()) == before


@pytest.mark.parametrize(("change", "named"), [
    (UnitDown("XX-1", ZERO, ZERO + 60), "XX-1"),
    (UnitDown("SZ-SAW-1", ZERO, ZERO), "SZ-SAW-1"),
    (PartnerWithdraws("XX", ZERO, ZERO + 60), "XX"),
    (ExtraShift("XX", date(2026, 3, 2), date(2026, 3, 4), 60, 120), "XX"),
    (ExtraShift("SZ-SAW", date(2026, 3, 4), date(2026, 3, 4), 60, 120), "SZ-SAW"),
    (NewMachine("XX", ("XX-1",), ZERO), "XX"),
    (NewMachine("SZ-SAW", tuple(f"SZ-SAW-{number}" for number in range(3, 40)), ZERO), "SZ-SAW"),
    (NewPartner("P", "XX", "saw", 1, "2x8", 100), "XX"),
    (NewPartner("P", "SZ", "saw", 1, "9x9", 100), "9x9"),
    (NewPartner("P", "SZ", "dance", 1, "2x8", 100), "dance"),
    (NewPartner("P", "SZ", "saw", 0, "2x8", 100), "saw"),
    (NewPartner("P", "SZ", "saw", 1, "2x8", 100, speed_percent=0), "saw"),
    (RushOrder("R", "XX", ZERO, 1), "XX"),
    (OrderDropped("XX"), "XX"),
])
def test_what_there_is_not_is_refused_by_name(change: Change, named: str) -> None:
    with pytest.raises(ScenarioInvalid) as refusal:
        apply_changes(a_scene(), [change])
    assert named in refusal.value.detail.values()


def test_an_order_whose_work_has_begun_cannot_be_dropped() -> None:
    scene = a_scene()
    with pytest.raises(ScenarioInvalid, match="begun"):
        apply_changes(replace(scene, jobs=scene.jobs[1:]), [OrderDropped("J0")])


CHANGES: list[Change] = [
    UnitDown("SZ-SAW-1", ZERO, ZERO + 1440),
    PartnerWithdraws("NB-CO", ZERO, ZERO + 1440),
    ExtraShift("SZ-SAW", date(2026, 3, 2), date(2026, 3, 4), 20 * 60, 22 * 60),
    NewMachine("SZ-SAW", ("SZ-SAW-3",), ZERO),
    NewPartner("NB-SAW-X", "NB", "saw", 1, "2x8", 6000),
    OrderDropped("J2"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_a_change_is_pending_until_it_is_in_force(change: Change) -> None:
    live = a_scene()
    assert pending_changes(live, [change]) == (change,)
    done = apply_changes(live, [change])
    if isinstance(change, NewPartner):
        assert apply_changes(done, [change]).units.keys() == done.units.keys()
    assert pending_changes(done, [change]) == ()


def test_a_rush_order_is_always_pending() -> None:
    rush = RushOrder("R", "J0", ZERO, 1)
    assert pending_changes(apply_changes(a_scene(), [rush]), [rush]) == (rush,)


@pytest.mark.parametrize("change", [*CHANGES, RushOrder("R", "J0", ZERO, 1)], ids=lambda change: type(change).__name__)
def test_changes_survive_storing(change: Change) -> None:
    assert scenario_change_from_json(scenario_change_as_json(change)) == change
    assert type(change) in KINDS.values()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20))))
def test_united_windows_hold_the_same_minutes(stretches: list[tuple[int, int]]) -> None:
    windows = [(start, start + length) for start, length in stretches]
    joined = united(windows)
    minutes = {minute for start, end in windows for minute in range(start, end)}
    assert {minute for start, end in joined for minute in range(start, end)} == minutes
    assert all(first[1] < second[0] for first, second in pairwise(joined))
