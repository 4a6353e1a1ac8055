"""What an event forces: pinned work stays and is named, and what fits nowhere any more is named, never overlapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.calendar import first_minute_from
from scheduling.schedule import Hold
from scheduling.schedule_event import HitEffect, Report
from scheduling.service import get_planning_network, pin_booking, publish_network
from scheduling.tables import BookingMoveRow
from tests.service.eventful import (
    NOW,
    Factory,
    booked,
    bookings,
    breaches,
    down,
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


def pinned(factory: Factory, item: Hold, operation: int) -> None:
    with write(factory) as session:
        pin_booking(session, booking_id=item.bookings[operation].id, is_pinned=True)


def moved_while_pinned(factory: Factory) -> list[int]:
    with factory() as session:
        return list(session.scalars(select(BookingMoveRow.booking_id).where(BookingMoveRow.was_pinned)))


def two_on_one_saw(factory: Factory) -> tuple[Hold, Hold]:
    on = (units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0])
    return booked(factory, "J1", on=on, saw=120), booked(factory, "J2", on=on, saw=120)


def test_a_late_end_leaves_pinned_followers_and_names_them(factory: Factory) -> None:
    first, second = two_on_one_saw(factory)
    pinned(factory, first, 1)
    end = first.bookings[1].start_minute + 20
    outcome = finished(factory, first, 0, end)
    assert (first.id, 1, HitEffect.STUCK) in effects(outcome)
    assert places(factory, first)[1] == (
        first.bookings[1].unit_id, first.bookings[1].start_minute, first.bookings[1].end_minute)
    assert bookings(factory, second)[0].start_minute >= end
    assert moved_while_pinned(factory) == []
    assert breaches(factory, moment(end)) == []


def test_a_late_end_leaves_pinned_work_of_others(factory: Factory) -> None:
    first, second = two_on_one_saw(factory)
    pinned(factory, second, 0)
    end = second.bookings[0].start_minute + 30
    finished(factory, first, 0, end)
    assert places(factory, second)[0] == (
        second.bookings[0].unit_id, second.bookings[0].start_minute, second.bookings[0].end_minute)
    assert bookings(factory, first)[0].end_minute == second.bookings[0].setup_start_minute
    assert moved_while_pinned(factory) == []
    assert breaches(factory, moment(end)) == []


def test_a_breakdown_leaves_pinned_work_behind_the_run_that_it_makes_longer(factory: Factory) -> None:
    first, second = two_on_one_saw(factory)
    pinned(factory, second, 0)
    saw = first.bookings[0]
    now = moment(saw.start_minute + 60)
    outcome = down(factory, saw.unit_id, saw.start_minute + 60, saw.start_minute + 100, now=now)
    assert (second.id, 0, HitEffect.STUCK) in effects(outcome)
    assert places(factory, second)[0] == (
        second.bookings[0].unit_id, second.bookings[0].start_minute, second.bookings[0].end_minute)
    assert moved_while_pinned(factory) == []
    assert breaches(factory, now) == []


def test_scrap_leaves_pinned_followers_that_have_not_begun(factory: Factory) -> None:
    hit = booked(factory, "J1")
    pinned(factory, hit, 1)
    now = moment(hit.bookings[0].end_minute - 5)
    with write(factory) as session:
        outcome = events.report_operation_scrapped(session, hold_id=hit.id, operation=0, scrapped_count=1, of_count=2,
                                                   report=Report("Cut too short.", "floor"), now=now)
    assert (hit.id, 1, HitEffect.STUCK) in effects(outcome)
    assert (hit.id, 0, HitEffect.DISPLACED) in effects(outcome)
    saw, paint = bookings(factory, hit)
    assert (saw.work_minutes, paint.work_minutes) == (30, 60), "what has not begun is done once, whole"
    assert moment(saw.start_minute) >= now
    assert (paint.start_minute, paint.is_pinned) == (hit.bookings[1].start_minute, True)
    assert moved_while_pinned(factory) == []
    assert breaches(factory, now) == []


def left_the_network(factory: Factory, center: str, *, is_shut: bool) -> None:
    """Publish a network without a work center; or one that never works either."""
    with write(factory) as session:
        network = get_planning_network(session)
        kept = tuple(item for item in network.work_centers if item.code != center)
        shut = {date(2026, 3, 2) + timedelta(days=day) for day in range(900)}
        sites = tuple(replace(site, holidays=site.holidays | shut) for site in network.sites) \
            if is_shut else network.sites
        publish_network(session, network=replace(network, work_centers=kept, sites=sites), now=NOW)


@pytest.mark.parametrize("is_shut", [False, True])
def test_a_late_end_on_a_unit_that_is_gone_overlaps_nobody(factory: Factory, is_shut: bool) -> None:
    """The saws left the network: nothing else can do the second job, so its place stays, and is named as lost."""
    first, second = two_on_one_saw(factory)
    left_the_network(factory, "SZ-SAW", is_shut=is_shut)
    end = second.bookings[0].start_minute + 30
    outcome = finished(factory, first, 0, end)
    assert (first.id, 0, HitEffect.CORRECTED) in effects(outcome)
    assert (second.id, 0, HitEffect.DISPLACED) in effects(outcome)
    assert {risk.job_code: risk.level for risk in outcome.risks}["J2"] is RiskLevel.LOST
    mine, theirs = bookings(factory, first)[0], bookings(factory, second)[0]
    assert mine.end_minute <= theirs.setup_start_minute
    assert [item for item in breaches(factory, moment(end)) if not (is_shut and item.startswith(("I2", "I3")))] == []
    with factory() as session:
        live = {risk.job_code: risk.level for risk in events.list_live_risks(session, now=moment(end))}
    assert live["J2"] is RiskLevel.LOST


def test_a_late_end_over_a_job_that_fits_nowhere_names_it_as_lost(factory: Factory) -> None:
    """All plants are closed for good: there is a saw, but no time on it."""
    first, second = two_on_one_saw(factory)
    with write(factory) as session:
        network = get_planning_network(session)
        shut = {date(2026, 3, 2) + timedelta(days=day) for day in range(900)}
        sites = tuple(replace(site, holidays=site.holidays | shut) for site in network.sites)
        publish_network(session, network=replace(network, sites=sites), now=NOW)
    end = second.bookings[0].start_minute + 30
    outcome = finished(factory, first, 0, end)
    assert {risk.job_code: risk.level for risk in outcome.risks}["J2"] is RiskLevel.LOST
    assert bookings(factory, first)[0].end_minute <= bookings(factory, second)[0].setup_start_minute
    assert first_minute_from(moment(end)) == end
