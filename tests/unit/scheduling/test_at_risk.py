"""Promises at risk, and the chain of waits behind them: small cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scheduling.at_risk import Cause, CauseKind, Risk, RiskLevel, list_risks
from scheduling.problem import Job, Placement, WorkUnit
from scheduling.schedule import MovableJob, PlannedJob
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAYS = ((0, 480), (1440, 1920), (2880, 3360), (4320, 4800))
"""Eight hours a day for four days."""


def placed(operation: int, unit: int, start: int, end: int, *, work: int | None = None, setup: int = 0) -> Placement:
    return Placement(operation, unit, start - setup, start, end, end - start if work is None else work, "")


def item(hold_id: int, job: Job, *placements: Placement) -> MovableJob:
    return MovableJob(hold_id, PlannedJob(job, placements), tuple(range(len(placements))), 0)


def risks(units: list[WorkUnit], *jobs: MovableJob, **settings: object) -> tuple[Risk, ...]:
    values: dict[str, object] = {"now_minute": 0, "margin_minutes": 60, **settings}
    return list_risks({unit.id: unit for unit in units}, jobs, some_legs().leg, **values)  # type: ignore[arg-type]


def test_a_job_with_time_to_spare_is_not_listed_and_one_without_is() -> None:
    job = a_job([an_operation("saw", [(1, 100)])], deadline_minute=200)
    units = [a_unit(1, DAYS)]
    assert risks(units, item(1, job, placed(0, 1, 0, 100))) == ()
    assert risks(units, item(1, job, placed(0, 1, 40, 140))) == ()
    (close,) = risks(units, item(1, job, placed(0, 1, 41, 141)))
    assert (close.level, close.slack_minutes) == (RiskLevel.AT_RISK, 59)
    (late,) = risks(units, item(1, job, placed(0, 1, 101, 201)))
    assert (late.level, late.slack_minutes, late.promised_minute, late.arrival_minute) == (RiskLevel.LATE, -1, 200, 201)


def test_a_job_without_a_promised_or_due_time_is_never_at_risk() -> None:
    job = a_job([an_operation("saw", [(1, 100)])])
    assert risks([a_unit(1, DAYS)], item(1, job, placed(0, 1, 380, 480))) == ()


def test_a_due_time_counts_where_nothing_is_promised() -> None:
    job = a_job([an_operation("saw", [(1, 100)])], due_minute=90)
    assert [risk.level for risk in risks([a_unit(1, DAYS)], item(1, job, placed(0, 1, 0, 100)))] == [RiskLevel.LATE]


def test_the_wait_for_other_work_names_the_jobs_and_the_minutes() -> None:
    first = a_job([an_operation("saw", [(1, 300)])], code="FIRST")
    job = a_job([an_operation("saw", [(1, 100)])], code="LAST", deadline_minute=410)
    (risk,) = risks([a_unit(1, DAYS)], item(1, first, placed(0, 1, 0, 300)), item(2, job, placed(0, 1, 300, 400)))
    assert risk.causes == (Cause(0, "saw", CauseKind.OTHER_WORK, 300, 1, ("FIRST",)),)


def test_runs_of_jobs_that_are_not_judged_stand_in_the_way_too() -> None:
    job = a_job([an_operation("saw", [(1, 100)])], code="LAST", deadline_minute=410)
    (risk,) = risks([a_unit(1, DAYS)], item(2, job, placed(0, 1, 300, 400)), beside=[(1, 0, 300, "FIRST")])
    assert risk.causes == (Cause(0, "saw", CauseKind.OTHER_WORK, 300, 1, ("FIRST",)),)


def test_a_night_a_downtime_and_a_setup_are_told_apart() -> None:
    # Down from 200 on until 1500 of the second day; a setup of 20 minutes, then the run.
    unit = a_unit(1, ((0, 200), (1500, 1920)))
    job = a_job([an_operation("saw", [(1, 100)])], release=100, deadline_minute=1600)
    (risk,) = risks([unit], item(1, job, placed(0, 1, 1520, 1620, setup=20)), downtimes={1: ((200, 480), (1440, 1500))})
    assert risk.level is RiskLevel.LATE
    assert [(cause.kind, cause.minutes) for cause in risk.causes] == [
        (CauseKind.CLOSED, 960), (CauseKind.DOWNTIME, 340), (CauseKind.SETUP, 20)]


def test_the_chain_follows_the_input_that_comes_last_across_sites() -> None:
    saw, glass, glaze = (an_operation("saw", [(1, 50)]), an_operation("igu", [(2, 50)]),
                         an_operation("glaze", [(3, 50)], after=(0, 1)))
    job = a_job([saw, glass, glaze], code="W", deadline_minute=5000, load_grams=70_000)
    leg = some_legs().leg("NB", "SZ", 70_000).minutes
    start = 150 + leg
    units = [a_unit(1, ((0, 9000),)), a_unit(2, ((0, 9000),), site="NB"), a_unit(3, ((0, 9000),))]
    (risk,) = risks(
        units,
        item(1, job, placed(0, 1, 0, 50), placed(1, 2, 100, 150), placed(2, 3, start, start + 50)),
        margin_minutes=9000, beside=[(2, 0, 100, "OTHER")],
    )
    assert [(cause.operation_code, cause.kind, cause.minutes) for cause in risk.causes] == [
        ("glaze", CauseKind.TRANSPORT, leg), ("igu", CauseKind.OTHER_WORK, 100)]


def test_late_material_is_a_cause() -> None:
    late = replace(an_operation("saw", [(1, 50)]), earliest_minute=120)
    (risk,) = risks([a_unit(1, DAYS)], item(1, a_job([late], deadline_minute=180), placed(0, 1, 120, 170)))
    assert risk.causes == (Cause(0, "saw", CauseKind.MATERIAL, 120),)


def test_a_place_that_is_gone_loses_the_promise_unless_the_run_has_begun() -> None:
    job = a_job([an_operation("saw", [(1, 100)])], deadline_minute=9000)
    unit = a_unit(1, ((0, 50), (1440, 1920)))
    (risk,) = risks([unit], item(1, job, placed(0, 1, 10, 110)))
    assert risk.level is RiskLevel.LOST
    assert risk.causes[0] == Cause(0, "saw", CauseKind.PLACE_GONE, 0, 1)
    assert risks([unit], item(1, job, placed(0, 1, 10, 110)), now_minute=11) == ()
    assert risks([], item(1, job, placed(0, 1, 10, 110)))[0].level is RiskLevel.LOST


def test_a_run_booked_before_its_material_is_there_loses_the_promise() -> None:
    operation = replace(an_operation("saw", [(1, 50)]), earliest_minute=120)
    booked = item(1, a_job([operation], deadline_minute=900), placed(0, 1, 100, 150))
    (risk,) = risks([a_unit(1, DAYS)], booked)
    assert (risk.level, risk.causes[0]) == (RiskLevel.LOST, Cause(0, "saw", CauseKind.MATERIAL, 20))
    assert risks([a_unit(1, DAYS)], booked, now_minute=101) == ()


def test_the_worst_comes_first() -> None:
    def one(hold_id: int, start: int, deadline: int) -> MovableJob:
        job = a_job([an_operation("saw", [(hold_id, 100)])], code=f"J{hold_id}", deadline_minute=deadline)
        return item(hold_id, job, placed(0, hold_id, start, start + 100))

    units = [a_unit(number, DAYS) for number in (1, 2, 3, 4)]
    found = risks(units, one(1, 0, 120), one(2, 0, 90), one(3, 500, 9000), one(4, 0, 50))
    assert [risk.job_code for risk in found] == ["J3", "J4", "J2", "J1"]


@given(
    starts=st.lists(st.integers(0, 30), min_size=1, max_size=6),
    release=st.integers(0, 200),
    margin=st.integers(0, 500),
)
def test_causes_never_explain_more_than_the_wait(starts: list[int], release: int, margin: int) -> None:
    unit = a_unit(1, ((0, 100), (150, 400), (500, 2000)))
    at, jobs = 0, []
    for number, gap in enumerate(starts):
        start = at + gap
        for opens, closes in unit.windows:
            if start < opens:
                start = opens
            if start + 10 <= closes:
                break
        job = a_job([an_operation("saw", [(1, 10)])], release=min(release, start), code=f"J{number}",
                    deadline_minute=start + 10)
        jobs.append(item(number + 1, job, placed(0, 1, start, start + 10)))
        at = start + 10
    found = list_risks({1: unit}, jobs, some_legs().leg, now_minute=0, margin_minutes=margin)
    by_hold = {entry.hold_id: entry for entry in jobs}
    assert len(found) == (len(jobs) if margin > 0 else 0)
    for risk in found:
        planned = by_hold[risk.hold_id].planned
        wait = planned.placements[0].start_minute - planned.job.release_minute
        assert sum(cause.minutes for cause in risk.causes) <= wait
        assert all(cause.minutes > 0 for cause in risk.causes)
