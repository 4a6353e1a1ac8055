"""Machines down and up, people absent, capacity withdrawn, calendars changed: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.calendar import first_minute_from, minute_at
from scheduling.errors import (
    EventNotFound,
    PlaceUnknown,
    ReportInvalid,
    UnitNotDown,
    WorkUnitNotFound,
)
from scheduling.event_tables import ScheduleEventRow
from scheduling.schedule_event import EventKind, HitEffect, Report
from scheduling.service import (
    confirm_hold,
    get_planning_network,
    get_proposal,
    hold,
    load_snapshot,
    pin_booking,
    promise_job,
    publish_network,
    publish_proposal,
)
from scheduling.tables import DowntimeRow
from tests.service.eventful import (
    BECAUSE,
    NOW,
    RELEASE,
    Factory,
    booked,
    bookings,
    breaches,
    down,
    effects,
    moment,
    places,
    plants,
    units,
)
from tests.service.planning_database import DIALECTS, write
from tests.unit.scheduling.plants import a_job, an_operation


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory



def test_machine_down_displaces_what_stands_there_and_only_that(factory: Factory) -> None:
    hit, other = booked(factory, "J1"), booked(factory, "J2")
    saw = hit.bookings[0]
    before = places(factory, hit, other)

    outcome = down(factory, saw.unit_id, saw.start_minute - 30, saw.start_minute + 600)

    assert (hit.id, 0, HitEffect.DISPLACED) in effects(outcome)
    assert outcome.event.kind is EventKind.MACHINE_DOWN
    assert outcome.event.cause == "The spindle is broken."
    assert outcome.applied_proposal_id is None
    assert outcome.proposal_id is not None
    assert places(factory, hit, other) == before, "nothing moves before a person says so"
    assert breaches(factory) == []
    with write(factory) as session:
        published = publish_proposal(session, proposal_id=outcome.proposal_id, now=NOW)
    assert {change.job_code for change in published.changes} == {"J1"}
    after = bookings(factory, hit)
    assert after[0].unit_id != saw.unit_id or after[0].start_minute >= saw.start_minute + 600
    assert after[1].start_minute >= after[0].end_minute
    assert breaches(factory) == []


def test_same_report_is_one_event(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    first = down(factory, saw.unit_id, saw.start_minute, saw.start_minute + 60)
    again = down(factory, saw.unit_id, saw.start_minute, saw.start_minute + 60)
    assert again == replace(first, is_replayed=True)
    other = down(factory, saw.unit_id, saw.start_minute, saw.start_minute + 60, report=replace(BECAUSE, key="k2"))
    assert other.event.id != first.event.id
    with factory() as session:
        assert [item.event.id for item in events.list_outcomes(session)] == [other.event.id, first.event.id]
        assert events.list_outcomes(session, kind=EventKind.RUSH_ORDER) == ()
        assert [item.event.id for item in events.list_outcomes(session, hold_id=hit.id)] == [
            other.event.id, first.event.id]
        assert events.get_outcome(session, event_id=first.event.id) == first
        assert events.find_event_of_proposal(session, proposal_id=first.proposal_id or 0) == first.event
        with pytest.raises(EventNotFound):
            events.get_outcome(session, event_id=9_999)


@pytest.mark.parametrize(("start", "end", "field"), [
    (100, 100, "until_minute"), (100, 90, "until_minute"), (-60 * 1440, 100, "from_minute"),
    (0, 600 * 1440, "until_minute"),
])
def test_impossible_times_are_refused(factory: Factory, start: int, end: int, field: str) -> None:
    origin = minute_at(NOW)
    with pytest.raises(ReportInvalid) as refusal:
        down(factory, units(factory, "SZ-SAW")[0], origin + start, origin + end)
    assert refusal.value.detail["field"] == field
    with factory() as session:
        assert events.list_outcomes(session) == ()


def test_unknown_units_and_missing_causes_are_refused(factory: Factory) -> None:
    origin = minute_at(NOW)
    for unit_id in (0, -1, 777, 2**63):
        with pytest.raises(WorkUnitNotFound):
            down(factory, unit_id, origin, origin + 10)
    for cause in ("", "  ", "x" * 201):
        with pytest.raises(ReportInvalid):
            down(factory, units(factory, "SZ-SAW")[0], origin, origin + 10, report=Report(cause, "planner"))
    with pytest.raises(ReportInvalid):
        down(factory, units(factory, "SZ-SAW")[0], origin, origin + 10, report=Report("Dust.", ""))


def test_run_under_way_ends_later_and_its_followers_give_way_at_once(factory: Factory) -> None:
    unit = units(factory, "SZ-SAW")[0]
    paint = units(factory, "SZ-PNT")[0]
    first = booked(factory, "J1", on=(unit, paint), saw=120)
    second = booked(factory, "J2", on=(unit, paint), saw=120)
    saw = first.bookings[0]
    now = moment(saw.start_minute + 60)

    outcome = down(factory, unit, saw.start_minute + 60, saw.start_minute + 100, now=now)

    assert (first.id, 0, HitEffect.CORRECTED) in effects(outcome)
    assert outcome.applied_proposal_id is not None
    assert bookings(factory, first)[0].end_minute == saw.end_minute + 40
    assert bookings(factory, first)[1].start_minute >= saw.end_minute + 40
    assert bookings(factory, second)[0].start_minute >= saw.end_minute + 40
    assert breaches(factory, now) == []


def test_machine_up_gives_the_rest_of_the_time_back(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    outcome = down(factory, saw.unit_id, saw.start_minute - 30, saw.start_minute + 600)
    with write(factory) as session:
        up = events.report_machine_up(session, unit_id=saw.unit_id, at_minute=saw.start_minute - 20,
                                      report=Report("Repaired.", "planner"), now=NOW)
    assert up.hits == ()
    with factory() as session:
        assert get_proposal(session, proposal_id=outcome.proposal_id or 0).state == "withdrawn"
        unit = load_snapshot(session, now=NOW).timelines[saw.unit_id].unit
    assert any(start <= saw.start_minute < end for start, end in unit.windows)
    assert breaches(factory) == []
    with pytest.raises(UnitNotDown), write(factory) as session:
        events.report_machine_up(session, unit_id=saw.unit_id, at_minute=saw.start_minute,
                                 report=Report("Repaired.", "planner"), now=NOW)
    with write(factory) as session:
        again = events.report_machine_up(session, unit_id=saw.unit_id, at_minute=saw.start_minute - 20,
                                         report=Report("Repaired.", "planner"), now=NOW)
    assert again.is_replayed


def test_what_was_not_made_while_the_machine_was_down_is_made_later(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    down(factory, saw.unit_id, saw.start_minute - 30, saw.start_minute + 600)
    now = moment(saw.start_minute + 45)
    with write(factory) as session:
        up = events.report_machine_up(session, unit_id=saw.unit_id, at_minute=saw.start_minute + 45,
                                      report=Report("Repaired.", "planner"), now=now)
    assert (hit.id, 0, HitEffect.DISPLACED) in effects(up)
    assert up.applied_proposal_id is not None
    assert bookings(factory, hit)[0].start_minute >= saw.start_minute + 45
    assert breaches(factory, now) == []


def test_machine_up_leaves_what_a_partner_took_back(factory: Factory) -> None:
    unit = units(factory, "NB-PNT")[0]
    start = first_minute_from(RELEASE)
    with write(factory) as session:
        events.report_capacity_withdrawn(session, site="NB", from_minute=start, until_minute=start + 7 * 1440,
                                         report=Report("Own work comes first.", "partner"), now=NOW)
    down(factory, unit, start + 600, start + 1200)
    for minute, is_down in ((start + 700, True), (start + 700 + 60, False)):
        with write(factory) as session:
            if is_down:
                events.report_machine_up(session, unit_id=unit, at_minute=minute, report=BECAUSE, now=NOW)
            else:
                with pytest.raises(UnitNotDown):
                    events.report_machine_up(session, unit_id=unit, at_minute=minute, report=BECAUSE, now=NOW)
    with factory() as session:
        rows = session.execute(select(DowntimeRow.from_minute, DowntimeRow.until_minute)).all()
    assert sorted((row[0] - start, row[1] - start) for row in rows) == [(0, 7 * 1440), (600, 700)]


def test_a_key_that_comes_back_with_another_machine_is_another_report(factory: Factory) -> None:
    start = first_minute_from(RELEASE)
    report = replace(BECAUSE, key="back")
    first, other = (down(factory, unit, start, start + 60, report=report) for unit in units(factory, "SZ-SAW"))
    again = down(factory, units(factory, "SZ-SAW")[0], start, start + 60, report=report)
    assert other.event.id != first.event.id
    assert (again.event.id, again.is_replayed) == (first.event.id, True)


def test_absent_people_close_the_emptiest_units(factory: Factory) -> None:
    unit, other = units(factory, "SZ-SAW")
    hit = booked(factory, "J1", on=(unit, units(factory, "SZ-PNT")[0]))
    saw = hit.bookings[0]
    with write(factory) as session:
        outcome = events.report_operator_absent(
            session, work_center="SZ-SAW", headcount=1, from_minute=saw.start_minute, until_minute=saw.end_minute,
            report=Report("Ill.", "planner"), now=NOW)
    assert outcome.hits == (), "the other saw has nothing to do"
    with factory() as session:
        lines = load_snapshot(session, now=NOW).timelines
        assert not any(start <= saw.start_minute < end for start, end in lines[other].unit.windows)
    with pytest.raises(ReportInvalid) as refusal, write(factory) as session:
        events.report_operator_absent(
            session, work_center="SZ-SAW", headcount=2, from_minute=saw.start_minute, until_minute=saw.end_minute,
            report=Report("Ill.", "planner"), now=NOW)
    assert refusal.value.detail["there"] == 1
    with write(factory) as session:
        second = events.report_operator_absent(
            session, work_center="SZ-SAW", headcount=1, from_minute=saw.start_minute, until_minute=saw.end_minute,
            report=Report("Ill as well.", "planner"), now=NOW)
    assert (hit.id, 0, HitEffect.DISPLACED) in effects(second)
    for headcount in (0, -1, 3):
        with pytest.raises(ReportInvalid, match="people"), write(factory) as session:
            events.report_operator_absent(
                session, work_center="SZ-SAW", headcount=headcount, from_minute=saw.start_minute,
                until_minute=saw.end_minute, report=Report("Ill.", "planner"), now=NOW)
    with pytest.raises(PlaceUnknown), write(factory) as session:
        events.report_operator_absent(
            session, work_center="SZ-MOON", headcount=1, from_minute=saw.start_minute,
            until_minute=saw.end_minute, report=Report("Ill.", "planner"), now=NOW)


def test_partner_takes_a_site_back_and_its_work_goes_elsewhere(factory: Factory) -> None:
    paints = [*units(factory, "SZ-PNT"), *units(factory, "NB-PNT")]
    with write(factory) as session:
        begin = first_minute_from(RELEASE)
        job = a_job([an_operation("paint", [(unit, 60) for unit in paints])], code="J1", release=begin,
                    deadline_minute=begin + 30 * 1440)
        plan = promise_job(session, job=job, now=NOW).fastest
        assert plan is not None
        hit = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        confirm_hold(session, hold_id=hit.id, now=NOW)
    run = hit.bookings[0]
    assert run.site == "SZ"
    with write(factory) as session:
        outcome = events.report_capacity_withdrawn(
            session, site="SZ", from_minute=run.start_minute - 60, until_minute=run.start_minute + 35 * 1440,
            report=Report("Own work comes first.", "partner"), now=NOW)
        assert outcome.proposal_id is not None
        publish_proposal(session, proposal_id=outcome.proposal_id, now=NOW)
    assert bookings(factory, hit)[0].site == "NB"
    assert breaches(factory) == []
    for site, center in (("XX", ""), ("SZ", "NB-PNT")):
        with pytest.raises(PlaceUnknown), write(factory) as session:
            events.report_capacity_withdrawn(
                session, site=site, work_center=center, from_minute=run.start_minute,
                until_minute=run.end_minute, report=BECAUSE, now=NOW)


def test_holiday_empties_the_day_and_stays_when_the_network_is_published_again(factory: Factory) -> None:
    hit = booked(factory, "J1")
    with factory() as session:
        network = get_planning_network(session)
    day = date(2026, 3, 3)
    with write(factory) as session:
        outcome = events.report_holiday(session, site="SZ", day=day, report=Report("Lantern day.", "owner"), now=NOW)
        again = events.report_holiday(session, site="SZ", day=day, report=Report("Lantern day.", "owner"), now=NOW)
    assert again.is_replayed
    assert {hit.operation for hit in outcome.hits} == {0, 1}
    assert breaches(factory) == []
    with write(factory) as session:
        publish_proposal(session, proposal_id=outcome.proposal_id or 0, now=NOW)
    assert bookings(factory, hit)[0].start_minute >= minute_at(datetime(2026, 3, 3, 16, tzinfo=UTC))
    with write(factory) as session:
        publish_network(session, network=network, now=NOW)
        assert day in get_planning_network(session).site("SZ").holidays
    assert breaches(factory) == []
    with pytest.raises(PlaceUnknown), write(factory) as session:
        events.report_holiday(session, site="XX", day=day, report=BECAUSE, now=NOW)
    with pytest.raises(ReportInvalid), write(factory) as session:
        events.report_holiday(session, site="SZ", day=date(2026, 3, 1), report=BECAUSE, now=NOW)


def test_overtime_offers_more_and_moves_nothing(factory: Factory) -> None:
    hit = booked(factory, "J1")
    before = places(factory, hit)
    sunday = date(2026, 3, 8)
    with write(factory) as session:
        outcome = events.report_overtime(session, work_center="SZ-SAW", day=sunday, window=(480, 720),
                                         report=Report("Much to do.", "planner"), now=NOW)
    with factory() as session:
        line = load_snapshot(session, now=NOW).timelines[units(factory, "SZ-SAW")[0]]
    noon = minute_at(datetime(2026, 3, 8, 2, tzinfo=UTC))
    assert any(start <= noon < end for start, end in line.unit.windows)
    assert outcome.hits == ()
    assert places(factory, hit) == before
    for window in ((480, 480), (-10, 20), (1440, 1500), (10, 4000)):
        with pytest.raises(ReportInvalid), write(factory) as session:
            events.report_overtime(session, work_center="SZ-SAW", day=sunday, window=window, report=BECAUSE, now=NOW)
    with pytest.raises(PlaceUnknown), write(factory) as session:
        events.report_overtime(session, work_center="MOON", day=sunday, window=(0, 10), report=BECAUSE, now=NOW)


def test_pinned_work_on_a_broken_machine_is_named_and_stays(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    with write(factory) as session:
        pin_booking(session, booking_id=saw.id, is_pinned=True)
    outcome = down(factory, saw.unit_id, saw.start_minute - 30, saw.start_minute + 600)
    assert (hit.id, 0, HitEffect.STUCK) in effects(outcome)
    assert [risk.level for risk in outcome.risks] == [RiskLevel.LOST]


def test_events_only_grow(factory: Factory) -> None:
    down(factory, units(factory, "SZ-SAW")[0], minute_at(NOW), minute_at(NOW) + 10)
    for change in (update(ScheduleEventRow).values(cause="Nobody knows."), delete(ScheduleEventRow)):
        with pytest.raises(DatabaseError, match="append-only"), write(factory) as session:
            session.execute(change)
