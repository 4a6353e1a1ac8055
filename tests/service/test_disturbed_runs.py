"""Work that shares a crew with a run that ends late, and work that a breakdown kept from beginning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.plant import SecondaryResource
from catalog.text import Text
from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.calendar import first_minute_from
from scheduling.problem import Mode, Operation
from scheduling.schedule import Hold
from scheduling.schedule_event import HitEffect, Report
from scheduling.service import (
    confirm_hold,
    hold,
    list_work_units,
    promise_job,
    propose_replan,
    publish_network,
    publish_proposal,
)
from tests.service.eventful import (
    NOW,
    RELEASE,
    Factory,
    booked,
    bookings,
    breaches,
    down,
    effects,
    finished,
    moment,
    plants,
    units,
)
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network

BEGIN = first_minute_from(RELEASE)


@pytest.fixture(params=DIALECTS)
def crewed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    """Three benches that share one crew."""
    crew = SecondaryResource("CREW", "SZ", Text.of("Crew"), "testing", 1, "2x8")
    bench = a_center("BENCH", "SZ", "test", unit_count=3, pool_share_percent=100)
    with planning_engine(request.param, tmp_path) as engine:
        factory = session_factory(engine)
        with write(factory) as session:
            publish_network(session, network=a_network([bench], availability_percent=100, secondary_resources=(crew,)),
                            now=NOW)
        yield factory


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory


def unit_ids(factory: Factory) -> dict[str, int]:
    with factory() as session:
        return {unit.code: unit.id for unit in list_work_units(session)}


def crew_job(factory: Factory, code: str, *benches: int, is_resumable: bool = True) -> Hold:
    """Book an hour of the crew at a bench."""
    ids = unit_ids(factory)
    modes = tuple(Mode(ids[f"BENCH-{bench}"], 60, 100, 10, (ids["CREW-1"],)) for bench in benches)
    job = a_job([Operation("test", modes, is_resumable=is_resumable)], code=code, release=BEGIN,
                deadline_minute=BEGIN + 30 * 1440)
    with write(factory) as session:
        plan = promise_job(session, job=job, now=NOW).fastest
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        return confirm_hold(session, hold_id=kept.id, now=NOW)


def times(factory: Factory, *items: Hold) -> list[tuple[int, int]]:
    return [(b.start_minute - BEGIN, b.end_minute - BEGIN) for item in items for b in bookings(factory, item)]


def test_a_late_end_moves_what_shares_its_crew(crewed: Factory) -> None:
    first, second = crew_job(crewed, "A", 1), crew_job(crewed, "B", 2)
    outcome = finished(crewed, first, 0, BEGIN + 90)
    assert effects(outcome) == [(first.id, 0, HitEffect.CORRECTED), (second.id, 0, HitEffect.DISPLACED)]
    assert times(crewed, first, second) == [(0, 90), (90, 150)]
    assert breaches(crewed, moment(BEGIN + 90)) == []


def test_a_bench_that_breaks_down_keeps_its_crew(crewed: Factory) -> None:
    first, second = crew_job(crewed, "A", 1), crew_job(crewed, "B", 2)
    down(crewed, first.bookings[0].unit_id, BEGIN + 10, BEGIN + 40, now=moment(BEGIN + 10))
    assert times(crewed, first, second) == [(0, 90), (90, 150)]
    assert breaches(crewed, moment(BEGIN + 10)) == []


def test_work_of_a_crew_that_began_ahead_of_its_plan_keeps_what_really_began_first(crewed: Factory) -> None:
    first, second = crew_job(crewed, "A", 1), crew_job(crewed, "B", 2)
    finished(crewed, second, 0, BEGIN + 80, started=BEGIN + 20)
    assert times(crewed, first, second) == [(0, 60), (60, 80)]
    assert breaches(crewed, moment(BEGIN + 80)) == []


@pytest.mark.parametrize(("is_resumable", "end"), [(True, 350), (False, 360)])
def test_a_crew_that_falls_ill_stops_the_run_under_way(crewed: Factory, is_resumable: bool, end: int) -> None:
    first, second = crew_job(crewed, "A", 1, is_resumable=is_resumable), crew_job(crewed, "B", 2)
    down(crewed, unit_ids(crewed)["CREW-1"], BEGIN + 10, BEGIN + 300, now=moment(BEGIN + 10))
    assert times(crewed, first, second) == [(0, end), (end, end + 60)]
    assert breaches(crewed, moment(BEGIN + 10)) == []


def test_a_rush_order_takes_the_crew_from_others(crewed: Factory) -> None:
    first, second, rush = crew_job(crewed, "A", 1), crew_job(crewed, "B", 2), crew_job(crewed, "C", 1, 3)
    assert times(crewed, rush) == [(120, 180)]
    with write(crewed) as session:
        events.choose_rush(session, way=events.RushWay.BUMP, report=Report("A fair.", "planner"), now=NOW,
                           expires_at=NOW + timedelta(hours=1), hold_id=rush.id)
    assert times(crewed, rush) == [(0, 60)]
    assert sorted(times(crewed, first, second)) == [(60, 120), (120, 180)]
    assert breaches(crewed) == []


def test_work_that_a_breakdown_kept_from_beginning_stays_lost_until_it_is_moved(factory: Factory) -> None:
    hit = booked(factory, "J1")
    start = hit.bookings[0].start_minute
    for number, saw in enumerate(units(factory, "SZ-SAW")):
        down(factory, saw, start - 30, start + 3000, report=Report("Flood.", "planner", str(number)))
    for later in (-5, 5, 200, 2000, 3500):
        with factory() as session:
            assert [risk.level for risk in events.list_live_risks(session, now=moment(start + later))] == [
                RiskLevel.LOST]
    with write(factory) as session:
        proposal = propose_replan(session, now=moment(start + 200), iterations=0, frozen=timedelta(0))
        assert [change.moved for change in proposal.changes] == [(0, 1)]
    with write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=moment(start + 300))
    assert bookings(factory, hit)[0].start_minute >= start + 3000
    assert breaches(factory, moment(start + 300)) == []
    with factory() as session:
        assert events.list_live_risks(session, now=moment(start + 300)) == ()


def test_a_rework_done_again_takes_its_share_of_the_whole(factory: Factory) -> None:
    hit = booked(factory, "J1", saw=64)
    for number in range(3):
        saw = bookings(factory, hit)[0]
        with write(factory) as session:
            events.report_operation_scrapped(
                session, hold_id=hit.id, operation=0, scrapped_count=1, of_count=4,
                report=Report("Cut too short.", "floor", str(number)), now=moment(saw.start_minute + 5))
        assert bookings(factory, hit)[0].work_minutes == 16
