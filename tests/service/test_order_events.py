"""Orders changed, canceled and rushed: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.calendar import first_minute_from
from scheduling.errors import (
    HoldNotFound,
    JobInvalid,
    JobStarted,
    ProposalOutdated,
    ReportInvalid,
)
from scheduling.schedule import BookingState, Hold
from scheduling.schedule_event import EventOutcome, HitEffect, Report
from tests.service.eventful import (
    BECAUSE,
    NOW,
    RELEASE,
    Factory,
    booked,
    bookings,
    breaches,
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



def test_order_changed_keeps_what_fits_and_places_the_rest_again(factory: Factory) -> None:
    hit = booked(factory, "J1")

    def change(job: object, now: datetime = NOW) -> EventOutcome:
        with write(factory) as session:
            return events.report_order_changed(session, hold_id=hit.id, job=job,  # type: ignore[arg-type]
                                               report=Report("The customer wants more.", "sales"), now=now)

    urgent = replace(hit.job, weight=9, due_minute=hit.job.release_minute + 500)
    assert change(urgent).applied_proposal_id is None
    assert places(factory, hit) == [(b.unit_id, b.start_minute, b.end_minute) for b in hit.bookings]
    longer = replace(urgent, operations=(urgent.operations[0], replace(
        urgent.operations[1],
        modes=tuple(replace(mode, work_minutes=200) for mode in urgent.operations[1].modes))))
    outcome = change(longer)
    assert change(longer).is_replayed
    assert effects(outcome) == [(hit.id, 1, HitEffect.DISPLACED)]
    assert [b.work_minutes for b in bookings(factory, hit)] == [60, 200]
    assert bookings(factory, hit)[0].start_minute == hit.bookings[0].start_minute
    assert breaches(factory) == []
    with pytest.raises(ReportInvalid):
        change(replace(longer, operations=longer.operations[:1]))
    with pytest.raises(ReportInvalid):
        change(replace(longer, weight=0))
    shorter = replace(longer, operations=tuple(
        replace(o, modes=tuple(replace(mode, work_minutes=7) for mode in o.modes)) for o in longer.operations))
    with pytest.raises(JobStarted):
        change(shorter, now=moment(hit.bookings[0].start_minute + 5))


def test_order_canceled_frees_its_capacity_and_is_kept(factory: Factory) -> None:
    hit = booked(factory, "J1")
    with write(factory) as session:
        outcome = events.report_order_canceled(session, hold_id=hit.id, report=Report("House sold.", "sales"), now=NOW)
        again = events.report_order_canceled(session, hold_id=hit.id, report=Report("House sold.", "sales"), now=NOW)
    assert again.is_replayed
    assert effects(outcome) == [(hit.id, 0, HitEffect.FREED), (hit.id, 1, HitEffect.FREED)]
    assert {b.state for b in bookings(factory, hit)} == {BookingState.RELEASED}
    assert breaches(factory) == []


def crowded(factory: Factory) -> tuple[list[Hold], tuple[int, int]]:
    """Fill one saw and one paint booth with five long jobs."""
    on = (units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0])
    return [booked(factory, f"J{number}", on=on, saw=400, paint=300) for number in range(5)], on


def test_rush_order_without_moving_and_by_bumping(factory: Factory) -> None:
    others, on = crowded(factory)
    before = places(factory, *others)
    begin = first_minute_from(RELEASE)
    job = a_job([an_operation("saw", [(on[0], 60)]), an_operation("paint", [(on[1], 60)], after=(0,), family="red")],
                code="RUSH", release=begin)
    with write(factory) as session:
        question = events.ask_rush(session, job=job, now=NOW)
        no_move, bump = question.options.no_move, question.options.bump
        assert no_move is not None
        assert bump is not None
        assert bump.plan.arrival_minute < no_move.plan.arrival_minute
        assert bump.moved_operations > 0
        assert bump.slips == (), "the others have weeks to spare"
        assert no_move.changes == ()
    assert places(factory, *others) == before, "asking changes nothing"
    with write(factory) as session:
        outcome, kept = events.choose_rush(
            session, job=job, way=events.RushWay.BUMP, report=Report("A hospital waits.", "planner", "r1"),
            expires_at=NOW + timedelta(hours=2), now=NOW)
        again, same = events.choose_rush(
            session, job=job, way=events.RushWay.BUMP, report=Report("A hospital waits.", "planner", "r1"),
            expires_at=NOW + timedelta(hours=2), now=NOW)
    assert again == replace(outcome, is_replayed=True)
    assert same.id == kept.id
    assert kept.arrival_minute == bump.plan.arrival_minute
    moved = [hit for hit in outcome.hits if hit.effect is HitEffect.MOVED]
    assert len(moved) == bump.moved_operations
    assert breaches(factory) == []


def test_rush_of_a_booked_order(factory: Factory) -> None:
    others, on = crowded(factory)
    last = booked(factory, "LAST", on=on, saw=60, paint=60)
    with write(factory) as session:
        outcome, kept = events.choose_rush(
            session, hold_id=last.id, way=events.RushWay.BUMP, report=Report("A hospital waits.", "planner"),
            expires_at=NOW, now=NOW)
    assert kept.id == last.id
    assert kept.arrival_minute < last.arrival_minute
    assert {hit.hold_id for hit in outcome.hits if hit.effect is HitEffect.MOVED} <= {item.id for item in others}
    assert breaches(factory) == []
    with pytest.raises(ReportInvalid), factory() as session:
        events.ask_rush(session, now=NOW)
    with pytest.raises(HoldNotFound), factory() as session:
        events.ask_rush(session, hold_id=9_999, now=NOW)
    with pytest.raises(JobStarted), factory() as session:
        events.ask_rush(session, hold_id=last.id, now=moment(kept.bookings[0].start_minute + 5))


def test_rush_on_an_empty_plan_has_nobody_to_bump(factory: Factory) -> None:
    on = (units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0])
    job = a_job([an_operation("saw", [(on[0], 60)])], code="RUSH", release=first_minute_from(RELEASE))
    with pytest.raises(ProposalOutdated), write(factory) as session:
        events.choose_rush(session, job=job, way=events.RushWay.BUMP, report=BECAUSE, expires_at=NOW, now=NOW)


def test_a_rush_order_that_nobody_can_make_is_refused_before_it_is_priced(factory: Factory) -> None:
    saw = units(factory, "SZ-SAW")[0]
    begin = first_minute_from(RELEASE)
    circle = a_job([an_operation("a", [(saw, 60)], after=(1,)), an_operation("b", [(saw, 60)], after=(0,))],
                   code="RUSH", release=begin)
    endless = a_job([an_operation("a", [(saw, 0)])], code="RUSH", release=begin)
    for job, fault in ((circle, "cycle"), (endless, "no_duration")):
        with pytest.raises(JobInvalid) as refusal, factory() as session:
            events.ask_rush(session, job=job, now=NOW)
        assert refusal.value.detail["faults"][0][0] == fault  # type: ignore[index]
        with pytest.raises(JobInvalid), write(factory) as session:
            events.choose_rush(session, job=job, way=events.RushWay.NO_MOVE, report=BECAUSE, expires_at=NOW, now=NOW)


def test_a_rush_order_keeps_the_risks_that_it_causes(factory: Factory) -> None:
    on = (units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0])
    other = booked(factory, "J1", on=on, saw=400, paint=300, due_days=0.5)
    job = a_job([an_operation("saw", [(on[0], 600)])], code="RUSH", release=first_minute_from(RELEASE))
    with write(factory) as session:
        outcome, _kept = events.choose_rush(
            session, job=job, way=events.RushWay.BUMP, report=Report("A hospital waits.", "planner"),
            expires_at=NOW + timedelta(hours=2), now=NOW)
    assert {hit.hold_id for hit in outcome.hits if hit.effect is HitEffect.MOVED} == {other.id}
    assert [(risk.job_code, risk.level) for risk in outcome.risks] == [("J1", RiskLevel.LATE)]
    assert outcome.risks[0].causes[0].job_codes == ("RUSH",)
    with factory() as session:
        assert events.get_outcome(session, event_id=outcome.event.id).risks == outcome.risks
