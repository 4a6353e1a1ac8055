"""Rush orders: between what is booked, or others make room; small cases worked out by hand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.problem import Job, Placement
from scheduling.rush import RushOptions, RushWay, price_rush
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import violations
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

WIDE = ((0, 2000),)


def standing(
    number: int, start: int, minutes: int, *, unit: int = 1, deadline: int = 5000, family: str = "",
    fixed: bool = False, units: tuple[int, ...] = (1,),
) -> MovableJob:
    """One sawing of some minutes that stands at a minute."""
    job = a_job([an_operation("saw", [(other, minutes) for other in units], family=family)], code=f"J{number}",
                deadline_minute=deadline)
    here = Placement(0, unit, start, start, start + minutes, minutes, family)
    return MovableJob(number, PlannedJob(job, (here,), frozenset({0}) if fixed else frozenset()), (number,), 0)


def area(*jobs: MovableJob, units: tuple[int, ...] = (1,), setup_minutes: int = 0) -> Snapshot:
    runs: dict[int, list[tuple[int, Slot, str]]] = {}
    for item in jobs:
        (here,) = item.planned.placements
        slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
        runs.setdefault(here.unit_id, []).append((item.booking_ids[0], slot, here.setup_family))
    return make_snapshot([a_unit(unit, WIDE, setup_minutes=setup_minutes) for unit in units], some_legs(), runs=runs,
                         until_minute=2000)


def a_rush(minutes: int = 50, *, family: str = "", units: tuple[int, ...] = (1,)) -> Job:
    return a_job([an_operation("saw", [(unit, minutes) for unit in units], family=family)], code="RUSH")


def ask(job: Job, *jobs: MovableJob, **area_settings: int) -> RushOptions:
    movable = [item for item in jobs if not item.planned.fixed]
    return price_rush(area(*jobs, **area_settings), job, movable)  # type: ignore[arg-type]


def test_an_empty_plan_has_one_answer() -> None:
    options = ask(a_rush())
    assert options.bump is None
    assert options.no_move is not None
    assert (options.no_move.way, options.no_move.plan.arrival_minute) == (RushWay.NO_MOVE, 50)
    assert (options.no_move.moved_operations, options.no_move.others_cost_minor) == (0, 0)


def test_a_gap_that_is_early_enough_moves_nobody() -> None:
    options = ask(a_rush(), standing(1, 50, 100), standing(2, 150, 100))
    assert options.bump is None
    assert options.no_move is not None
    assert options.no_move.plan.arrival_minute == 50


def test_one_job_makes_room_and_goes_behind() -> None:
    options = ask(a_rush(), standing(1, 0, 100), standing(2, 100, 100))
    assert options.no_move is not None
    assert options.no_move.plan.arrival_minute == 250
    assert options.bump is not None
    assert options.bump.plan.arrival_minute == 50
    (change,) = options.bump.changes
    assert (change.job_code, change.moved, change.arrival_before_minute) == ("J1", (0,), 100)
    assert change.after[0].start_minute == 200, "the first gap of 100 minutes after the rush order"
    assert options.bump.slips == ()


def test_what_may_not_move_stays_and_the_rush_order_goes_behind_it() -> None:
    options = ask(a_rush(), standing(1, 0, 100, fixed=True), standing(2, 100, 100))
    assert options.bump is not None
    assert options.bump.plan.arrival_minute == 150
    assert [change.job_code for change in options.bump.changes] == ["J2"]


def test_a_broken_promise_is_named_with_its_time() -> None:
    options = ask(a_rush(), standing(1, 0, 100, deadline=120), standing(2, 100, 100, deadline=200))
    assert options.bump is not None
    (slip,) = options.bump.slips
    assert (slip.job_code, slip.promised_minute, slip.arrival_minute, slip.is_lost) == ("J1", 120, 300, False)


def test_a_neighbor_without_time_for_its_setup_makes_room_too() -> None:
    # The rush order is blue and would end at 50, just where the red run begins: no 20 minutes left for its setup.
    options = ask(a_rush(family="blue"), standing(1, 0, 50, family="red"), standing(2, 50, 100, family="red"),
                  setup_minutes=20)
    assert options.bump is not None
    assert options.bump.plan.arrival_minute == 50
    assert {change.job_code for change in options.bump.changes} == {"J1", "J2"}
    assert min(change.after[0].setup_start_minute for change in options.bump.changes) >= 50


def test_tardiness_of_others_is_part_of_the_price() -> None:
    late = standing(1, 0, 100)
    job = a_job([an_operation("saw", [(1, 100)])], code="J1", deadline_minute=5000, due_minute=100, weight=2)
    late = MovableJob(1, PlannedJob(job, late.planned.placements), (1,), 0)
    options = ask(a_rush(), late)
    assert options.bump is not None
    # It goes behind the rush order: 50 minutes late, weight 2, 10 minor units a minute.
    assert options.bump.others_cost_minor == 50 * 2 * 10


@settings(max_examples=60, deadline=None)
@given(
    starts=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 25), st.integers(10, 60), st.sampled_from("ab")),
                    max_size=8),
    minutes=st.integers(10, 90),
    family=st.sampled_from("ab"),
    setup=st.sampled_from((0, 5)),
)
def test_both_answers_are_schedules(
    starts: list[tuple[int, int, int, str]], minutes: int, family: str, setup: int
) -> None:
    at = dict.fromkeys((1, 2, 3), 0)
    last: dict[int, str] = {}
    jobs = []
    for number, (unit, gap, length, own) in enumerate(starts, 1):
        start = at[unit] + gap + (setup if last.get(unit, own) != own else 0)
        jobs.append(standing(number, start, length, unit=unit, family=own, units=(1, 2, 3), deadline=2000))
        at[unit], last[unit] = start + length, own
    job = a_rush(minutes, family=family, units=(1, 2, 3))
    options = ask(job, *jobs, units=(1, 2, 3), setup_minutes=setup)  # type: ignore[arg-type]
    snapshot = area(*jobs, units=(1, 2, 3), setup_minutes=setup)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    for answer in (options.no_move, options.bump):
        if answer is None:
            continue
        after = {change.hold_id: change.after for change in answer.changes if not change.is_lost}
        planned = [PlannedJob(job, answer.plan.placements)]
        planned += [PlannedJob(item.planned.job, after.get(item.hold_id, item.planned.placements)) for item in jobs]
        wrong = violations(units, planned, snapshot.legs.leg, has_all_bookings=False)
        assert [item for item in wrong if item.code not in {"deadline", "setup"}] == []
    if options.bump is not None and options.no_move is not None:
        assert options.bump.plan.arrival_minute < options.no_move.plan.arrival_minute
