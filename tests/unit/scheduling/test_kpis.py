"""Key figures: worked out by hand, and true for any plan."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.buckets import Axis, Bucket, BucketKind
from scheduling.calendar import minute_at
from scheduling.kpis import CenterTime, Delivery, Gap, Kpi, Unit, center_times, compute_kpis
from scheduling.problem import Placement, WorkUnit
from scheduling.schedule import PlannedJob
from scheduling.validation import job_co2_grams
from tests.unit.scheduling.plants import NOW, a_job, a_unit, an_operation, some_legs

ZONES = {"SZ": ZoneInfo("Asia/Shanghai"), "NB": ZoneInfo("Asia/Shanghai")}
DAY = 1440


def placed(operation: int, unit: int, setup: int, start: int, end: int) -> Placement:
    return Placement(operation, unit, setup, start, end, end - start, "")


def figures(kpis: tuple[Kpi, ...]) -> dict[str, Kpi]:
    return {kpi.code: kpi for kpi in kpis}


def two_jobs() -> tuple[list[PlannedJob], dict[int, WorkUnit]]:
    """A job of two operations that comes 60 minutes after it is due, and a heavy one that comes in time."""
    units = {1: a_unit(1, [(0, 480)]), 2: a_unit(2, [(0, 480)])}
    late = a_job([an_operation("saw", [(1, 100, 500, 40)]), an_operation("weld", [(2, 60, 300, 20)], after=[0])],
                 code="LATE", release=0, due_minute=140, deadline_minute=300, weight=1)
    early = a_job([an_operation("saw", [(1, 50, 200, 10)])], code="EARLY", release=20, due_minute=400, weight=3)
    return [
        PlannedJob(late, (placed(0, 1, 0, 10, 110), placed(1, 2, 140, 140, 200))),
        PlannedJob(early, (placed(0, 1, 110, 120, 170),)),
    ], units


def test_every_figure_by_hand() -> None:
    planned, units = two_jobs()

    found = figures(compute_kpis(planned, units, some_legs().leg, from_minute=0, until_minute=480))

    assert found["on_time_delivery"].value == 1  # the promise of LATE is 300, it comes at 200
    assert found["tardiness_mean"].value == Fraction(60, 2)
    assert found["tardiness_max"].value == 60
    assert found["tardiness_weighted"].value == Fraction(60 * 1 + 0 * 3, 4)
    assert found["utilization"].value == Fraction(100 + 60 + 50, 960)
    assert found["load"].value == Fraction(210 + 10 + 10, 960)
    assert found["setup_share"].value == Fraction(20, 230)
    assert found["work_in_process"].value == Fraction((200 - 0) + (170 - 110), 480)
    assert found["lead_time"].value == Fraction((200 - 0) + (170 - 20), 2)
    assert [found[code].value for code in ("co2", "cost")] == [70, 1000]
    assert (found["promise_accuracy"].value, found["promise_accuracy"].gap) == (None, Gap.NOTHING_DELIVERED)
    assert found["lead_time"].unit is Unit.MINUTES


def test_only_what_arrives_in_the_period_counts_for_delivery() -> None:
    planned, units = two_jobs()

    found = figures(compute_kpis(planned, units, some_legs().leg, from_minute=180, until_minute=480))

    assert found["cost"].value == 800
    assert found["tardiness_mean"].value == 60
    assert found["utilization"].value == Fraction(20, 600)
    assert found["work_in_process"].value == Fraction(20, 300)


def test_an_empty_plan_has_reasons_instead_of_figures() -> None:
    units = {1: a_unit(1, [])}

    found = figures(compute_kpis([], units, some_legs().leg, from_minute=0, until_minute=60))

    assert {code: kpi.gap for code, kpi in found.items() if kpi.value is None} == {
        "on_time_delivery": Gap.NO_JOBS, "tardiness_mean": Gap.NO_JOBS, "tardiness_max": Gap.NO_JOBS,
        "tardiness_weighted": Gap.NO_JOBS, "utilization": Gap.NOTHING_OFFERED, "load": Gap.NOTHING_OFFERED,
        "setup_share": Gap.NOTHING_BOOKED, "lead_time": Gap.NO_JOBS, "promise_accuracy": Gap.NOTHING_DELIVERED,
        "co2": Gap.NO_JOBS, "cost": Gap.NO_JOBS,
    }
    assert found["work_in_process"].value == 0
    assert figures(compute_kpis([], units, some_legs().leg, from_minute=9, until_minute=9))[
        "work_in_process"].gap is Gap.NO_TIME


def test_a_job_without_a_date_is_neither_late_nor_in_time() -> None:
    job = a_job([an_operation("saw", [(1, 50)])])
    found = figures(compute_kpis([PlannedJob(job, (placed(0, 1, 0, 0, 50),))], {1: a_unit(1, [(0, 480)])},
                                 some_legs().leg, from_minute=0, until_minute=480))
    assert {found["on_time_delivery"].gap, found["tardiness_max"].gap} == {Gap.NO_PROMISE}


def test_deliveries_a_day_off_are_exact_and_two_days_off_are_not() -> None:
    days = [Delivery(date(2026, 3, 10), date(2026, 3, day)) for day in (8, 9, 10, 11, 12)]
    found = figures(compute_kpis([], {}, some_legs().leg, from_minute=0, until_minute=1, deliveries=days))
    assert found["promise_accuracy"].value == Fraction(3, 5)


def test_transport_counts_in_emissions() -> None:
    units = {1: a_unit(1, [(0, 480)]), 2: a_unit(2, [(0, 9000)], site="NB")}
    job = a_job([an_operation("saw", [(1, 100, 500, 40)]), an_operation("weld", [(2, 60, 300, 20)], after=[0])])
    plan = PlannedJob(job, (placed(0, 1, 0, 0, 100), placed(1, 2, 5000, 5000, 5060)))
    leg = some_legs().leg("SZ", "NB", job.load_grams).co2_grams
    assert leg > 0
    assert job_co2_grams(units, plan, some_legs().leg) == 60 + 2 * leg


def test_minutes_fall_into_local_days_weeks_and_shifts() -> None:
    zero = minute_at(NOW) + 8 * 60  # Monday 16:00 in Suzhou
    unit = a_unit(1, [(zero, zero + DAY)])
    job = a_job([an_operation("saw", [(1, 600)])])
    plan = PlannedJob(job, (placed(0, 1, zero, zero + 60, zero + 660),))

    def times(kind: BucketKind) -> list[tuple[Bucket | None, int, int, int]]:
        return [(item.bucket, item.offered_minutes, item.run_minutes, item.setup_minutes)
                for item in center_times([plan], {1: unit}, from_minute=zero, until_minute=zero + DAY, kind=kind,
                                         zones=ZONES)]

    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    assert times(BucketKind.DAY) == [(Bucket(monday), 480, 420, 60), (Bucket(tuesday), 960, 180, 0)]
    assert times(BucketKind.WEEK) == [(Bucket(monday), 1440, 600, 60)]
    assert times(BucketKind.SHIFT) == [
        (Bucket(monday, 1), 360, 300, 60), (Bucket(monday, 2), 480, 300, 0),
        (Bucket(tuesday, 0), 480, 0, 0), (Bucket(tuesday, 1), 120, 0, 0),
    ]


def test_days_on_which_the_clock_changes_keep_all_their_minutes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = minute_at(NOW) + 10 * DAY + 77
    axis = Axis(berlin, from_minute=start, until_minute=start + 30 * DAY, kind=BucketKind.DAY)
    lengths = {stretch.bucket.on: stretch.until_minute - stretch.from_minute for stretch in axis.stretches}
    assert lengths[date(2026, 3, 29)] == 23 * 60
    assert sum(lengths.values()) == 30 * DAY


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[PlannedJob], dict[int, WorkUnit]]:
    """Non-overlapping runs on a few units, some of them outside of working time."""
    units = {}
    planned = []
    for unit_id in range(1, draw(st.integers(1, 3)) + 1):
        opening = draw(st.integers(0, 300))
        secondary = draw(st.booleans()) and unit_id > 1
        windows = ((opening, opening + 400), (opening + 600, opening + 900))
        units[unit_id] = WorkUnit(unit_id, f"U{unit_id}", f"C{unit_id % 2}", "SZ", "SZ-CO", 0, windows,
                                  is_secondary=secondary)
        at = draw(st.integers(0, 300))
        for number in range(draw(st.integers(0, 4))):
            setup, run = draw(st.integers(0, 30)), draw(st.integers(1, 200))
            job = a_job([an_operation("saw", [(unit_id, run)])], code=f"J{unit_id}-{number}",
                        due_minute=draw(st.none() | st.integers(0, 1500)), weight=draw(st.integers(1, 9)))
            planned.append(PlannedJob(job, (placed(0, unit_id, at, at + setup, at + setup + run),)))
            at += setup + run + draw(st.integers(0, 50))
    return planned, units


@given(plans(), st.integers(0, 800), st.integers(1, 900))
def test_shares_lie_between_0_and_1_and_buckets_sum_to_the_whole(
    plan: tuple[list[PlannedJob], dict[int, WorkUnit]], start: int, length: int
) -> None:
    planned, units = plan
    found = compute_kpis(planned, units, some_legs().leg, from_minute=start, until_minute=start + length)
    for kpi in found:
        assert (kpi.value is None) == (kpi.gap is not None)
        assert kpi.value is None or kpi.value >= 0
        if kpi.unit is Unit.SHARE and kpi.value is not None:
            assert kpi.value <= 1, kpi
    whole = center_times(planned, units, from_minute=start, until_minute=start + length)
    for kind in BucketKind:
        parts = center_times(planned, units, from_minute=start, until_minute=start + length, kind=kind, zones=ZONES)
        for item in whole:
            mine = [part for part in parts if part.work_center == item.work_center]
            assert sum(part.offered_minutes for part in mine) == item.offered_minutes
            assert sum(part.run_minutes for part in mine) == item.run_minutes
            assert sum(part.setup_minutes for part in mine) == item.setup_minutes


@pytest.mark.parametrize(("time", "gap"), [(CenterTime("C", None, 0, 0, 0), Gap.NOTHING_OFFERED),
                                           (CenterTime("C", None, 60, 30, 6), None)])
def test_a_work_center_where_nothing_is_offered_has_no_utilization(time: CenterTime, gap: Gap | None) -> None:
    assert time.utilization.gap is gap
    if gap is None:
        assert [time.utilization.value, time.load.value] == [Fraction(1, 2), Fraction(36, 60)]
