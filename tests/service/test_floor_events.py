"""Operations that end early or late, or are scrapped: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from scheduling import events
from scheduling.calendar import first_minute_from
from scheduling.errors import (
    HoldNotFound,
    OperationNotBegun,
    OperationNotFound,
    ReportInvalid,
    ReportRepeated,
)
from scheduling.schedule import Hold
from scheduling.schedule_event import EventOutcome, HitEffect, Report
from tests.service.eventful import (
    Factory,
    booked,
    bookings,
    breaches,
    effects,
    finished,
    moment,
    places,
    plants,
    units,
)
from tests.service.planning_database import DIALECTS, write


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory



def test_early_end_frees_the_rest_and_moves_nobody(factory: Factory) -> None:
    hit, other = booked(factory, "J1"), booked(factory, "J2")
    before = places(factory, other)
    saw = hit.bookings[0]
    outcome = finished(factory, hit, 0, saw.end_minute - 20)
    assert effects(outcome) == [(hit.id, 0, HitEffect.CORRECTED)]
    assert bookings(factory, hit)[0].end_minute == saw.end_minute - 20
    assert places(factory, other) == before
    assert breaches(factory, moment(saw.end_minute - 20)) == []


def test_late_end_moves_what_it_leaves_no_room_for(factory: Factory) -> None:
    unit, paint = units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0]
    first = booked(factory, "J1", on=(unit, paint))
    second = booked(factory, "J2", on=(unit, paint))
    third = booked(factory, "J3", on=(units(factory, "SZ-SAW")[1], units(factory, "SZ-PNT")[1]))
    untouched = places(factory, third)
    saw = first.bookings[0]
    end = saw.end_minute + 25

    outcome = finished(factory, first, 0, end)

    assert outcome.applied_proposal_id is not None
    assert bookings(factory, first)[0].end_minute == end
    assert bookings(factory, first)[1].start_minute >= end
    assert bookings(factory, second)[0].start_minute >= end
    assert places(factory, third) == untouched
    assert breaches(factory, moment(end)) == []


def test_an_end_is_reported_once(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    first = finished(factory, hit, 0, saw.end_minute)
    again = finished(factory, hit, 0, saw.end_minute, now=moment(saw.end_minute + 5))
    assert again == replace(first, is_replayed=True)
    with pytest.raises(ReportRepeated):
        finished(factory, hit, 0, saw.end_minute + 5)


def test_impossible_ends_are_refused(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    now = moment(saw.start_minute + 10)
    with pytest.raises(OperationNotBegun):
        finished(factory, hit, 1, saw.start_minute + 10)
    with pytest.raises(OperationNotFound):
        finished(factory, hit, 7, saw.start_minute + 10)
    for hold_id in (0, 999, 2**63):
        with pytest.raises(HoldNotFound):
            finished(factory, replace(hit, id=hold_id), 0, saw.start_minute + 10)
    for end in (saw.start_minute + 11, saw.start_minute, saw.start_minute - 50 * 1440):
        with pytest.raises(ReportInvalid):
            finished(factory, hit, 0, end, now=now)
    assert places(factory, hit) == [(b.unit_id, b.start_minute, b.end_minute) for b in hit.bookings]


def test_work_that_began_ahead_of_its_plan_may_end_ahead_of_it(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    outcome = finished(factory, hit, 0, saw.start_minute - 30, started=saw.start_minute - 60)
    assert effects(outcome) == [(hit.id, 0, HitEffect.CORRECTED)]
    run = bookings(factory, hit)[0]
    assert (run.start_minute, run.end_minute) == (saw.start_minute - 60, saw.start_minute - 30)
    assert breaches(factory, moment(saw.start_minute - 30)) == []


def scrap(factory: Factory, item: Hold, operation: int, *, now: datetime, count: int = 1, of: int = 1,
          key: str = "") -> EventOutcome:
    with write(factory) as session:
        return events.report_operation_scrapped(
            session, hold_id=item.id, operation=operation, scrapped_count=count, of_count=of,
            report=Report("Cut too short.", "floor", key), now=now)


def test_scrap_makes_the_operation_and_what_follows_again(factory: Factory) -> None:
    hit = booked(factory, "J1")
    saw = hit.bookings[0]
    now = moment(saw.end_minute - 5)
    outcome = scrap(factory, hit, 0, now=now, count=1, of=4, key="once")
    assert scrap(factory, hit, 0, now=now, count=1, of=4, key="once") == replace(outcome, is_replayed=True)
    assert {(h, o) for h, o, _ in effects(outcome)} == {(hit.id, 0), (hit.id, 1)}
    again, paint = bookings(factory, hit)
    assert again.start_minute >= saw.end_minute - 5
    assert again.work_minutes == 15
    assert paint.start_minute >= again.end_minute
    assert paint.work_minutes == 60
    assert breaches(factory, now) == []


def test_scrap_found_late_takes_begun_followers_along(factory: Factory) -> None:
    hit = booked(factory, "J1")
    now = moment(hit.bookings[1].start_minute + 10)
    outcome = scrap(factory, hit, 0, now=now, count=1, of=2)
    assert {(h, o) for h, o, _ in effects(outcome)} == {(hit.id, 0), (hit.id, 1)}
    saw, paint = bookings(factory, hit)
    assert (saw.work_minutes, paint.work_minutes) == (30, 30)
    assert first_minute_from(now) <= saw.start_minute < saw.end_minute <= paint.start_minute
    assert breaches(factory, now) == []


def test_impossible_scrap_is_refused(factory: Factory) -> None:
    hit = booked(factory, "J1")
    now = moment(hit.bookings[0].start_minute + 10)
    for count, of in ((-1, 4), (0, 4), (5, 4), (0, 0)):
        with pytest.raises(ReportInvalid) as refusal:
            scrap(factory, hit, 0, now=now, count=count, of=of)
        assert refusal.value.detail["field"] == "scrapped_count"
    with pytest.raises(OperationNotBegun):
        scrap(factory, hit, 1, now=now)


@pytest.mark.parametrize("operation", [0, 1])
def test_work_that_began_after_its_neighbor_is_booked_where_it_ran(factory: Factory, operation: int) -> None:
    on = (units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0])
    first = booked(factory, "J1", on=on, saw=60, paint=60)
    second = booked(factory, "J2", on=on, saw=60, paint=60, family="blue")
    third = booked(factory, "J3", on=on, saw=60, paint=60)
    begun = second.bookings[operation].end_minute + 10
    if operation:
        finished(factory, first, 0, first.bookings[0].end_minute)
    outcome = finished(factory, first, operation, begun + 45, started=begun)
    run = bookings(factory, first)[operation]
    assert (run.setup_start_minute, run.start_minute, run.end_minute) == (begun, begun, begun + 45)
    assert (third.id, operation, HitEffect.DISPLACED) in effects(outcome)
    assert bookings(factory, third)[operation].start_minute >= begun + 45
    assert breaches(factory, moment(begun + 45)) == []
