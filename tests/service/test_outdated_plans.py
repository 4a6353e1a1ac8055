"""Plans that the world overtook: material that comes later now, units that left, footprints that a plan changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling import events, service
from scheduling.calendar import first_minute_from
from scheduling.codec import change_as_json
from scheduling.errors import ProposalOutdated
from scheduling.improve import JobChange
from scheduling.measuring import measure_plan
from scheduling.publishing import list_moved_grams
from scheduling.tables import HoldRow, PlanningAreaRow, ProposalRow
from tests.service.eventful import BECAUSE, NOW, RELEASE, Factory, booked, bookings, breaches, moment, plants, units
from tests.service.planning_database import write
from tests.service.selling import WINDOW, Shop
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    with plants("sqlite", tmp_path) as found:
        yield found


def test_a_plan_is_refused_once_the_material_comes_later(factory: Factory) -> None:
    first, _ = (booked(factory, code, saw=2000) for code in ("B1", "B2"))
    begin = first_minute_from(RELEASE)
    job = a_job([an_operation("saw", [(unit, 60) for unit in units(factory, "SZ-SAW")])], code="J1", release=begin,
                due_minute=begin + 10, weight=50)
    with write(factory) as session:
        plan = service.promise_job(session, job=job, now=NOW).fastest
        assert plan is not None
        kept = service.hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        waiting = service.confirm_hold(session, hold_id=kept.id, now=NOW)
        service.cancel_job(session, hold_id=first.id, now=NOW)
        proposal = service.propose_replan(session, now=NOW, iterations=20)
    stood = bookings(factory, waiting)[0]
    with write(factory) as session:
        late = events.report_material_late(session, hold_id=waiting.id, operation=0,
                                           earliest_minute=stood.start_minute - 5, report=BECAUSE, now=NOW)
    assert late.hits == ()
    with pytest.raises(ProposalOutdated, match="material") as refusal, write(factory) as session:
        service.publish_proposal(session, proposal_id=proposal.id, now=NOW)
    moved = refusal.value.detail["moved"]
    assert isinstance(moved, list)
    (entry,) = moved
    assert (entry["job"], entry["operation_code"], entry["why"]) == ("J1", "saw", "material")
    assert bookings(factory, waiting)[0] == stood
    assert breaches(factory) == []


def test_work_that_stands_on_a_unit_that_left_stays_when_it_is_done(factory: Factory) -> None:
    saw, paint = units(factory, "SZ-SAW")[1], units(factory, "SZ-PNT")
    done = booked(factory, "J1", on=(saw, paint[0]), paint=600)
    ahead = booked(factory, "J2", saw=120)
    now = moment(done.bookings[0].end_minute + 10)
    smaller = a_network([
        a_center("SZ-SAW", "SZ", "saw", pool_share_percent=100),
        a_center("SZ-PNT", "SZ", "paint", unit_count=2, setup_minutes=18, pool_share_percent=100),
        a_center("NB-PNT", "NB", "paint", pool_share_percent=100),
    ], availability_percent=100)
    with write(factory) as session:
        service.publish_network(session, network=smaller, now=now)
    with factory() as session:
        found = measure_plan(session, from_on=now.date(), until_on=now.date() + timedelta(days=9))
    cost = next(kpi for kpi in found.kpis if kpi.code == "cost")
    assert cost.numerator == done.cost_minor + ahead.cost_minor
    stood = bookings(factory, done)
    with write(factory) as session:
        outcome = events.report_machine_down(
            session, unit_id=paint[0], from_minute=stood[1].start_minute, until_minute=stood[1].end_minute,
            report=BECAUSE, now=now)
        service.propose_replan(session, now=now, iterations=0)
    assert {hit.hold_id for hit in outcome.hits} >= {done.id}
    assert bookings(factory, done)[0] == stood[0]


def test_work_ahead_on_a_unit_that_left_is_placed_again(factory: Factory) -> None:
    saws, paint = units(factory, "SZ-SAW"), units(factory, "SZ-PNT")
    booked(factory, "J0", saw=600, on=(saws[0], paint[0]))
    moving = booked(factory, "J1")
    assert moving.bookings[0].unit_id == saws[1]
    with write(factory) as session:
        service.publish_network(session, network=a_network([
            a_center("SZ-SAW", "SZ", "saw", pool_share_percent=100),
            a_center("SZ-PNT", "SZ", "paint", unit_count=2, setup_minutes=18, pool_share_percent=100),
        ], availability_percent=100), now=NOW)
        proposal = service.propose_replan(session, now=NOW, iterations=0)
        service.publish_proposal(session, proposal_id=proposal.id, now=NOW)
    assert bookings(factory, moving)[0].unit_id == saws[0]
    assert breaches(factory) == []


def test_an_offered_footprint_stays_as_offered_when_a_plan_changes_it(shop: Shop) -> None:
    shop.accept(shop.offer(shop.request(("window", WINDOW, 2))))
    with shop.database.transaction() as session:
        proposal = _published(session, grams=500)
    assert shop.breaches() == []
    with shop.database.transaction() as session:
        session.get_one(ProposalRow, proposal).co2_grams = {}
        assert list_moved_grams(session) == {}
    assert [str(item)[:3] for item in shop.breaches()] == ["I27"]


def _published(session: Session, *, grams: int) -> int:
    """Store a published plan that changed the emissions of the only job."""
    row = session.scalars(select(HoldRow)).one()
    change = JobChange(row.id, row.job_code, (), (), (0,), 0, 0, 0, 0, 0, 0)
    stored = ProposalRow(
        area_id=session.scalars(select(PlanningAreaRow.id)).one(), kind="improve", state="published", base_version=1,
        proposed_at=NOW, published_at=NOW, moves=[], changes=[change_as_json(change)], objective_before_minor=0,
        objective_after_minor=0, co2_grams={str(row.id): [100, 100 + grams]})
    session.add(stored)
    row.co2_grams += grams
    session.flush()
    return stored.id
