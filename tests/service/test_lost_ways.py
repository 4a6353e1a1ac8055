"""Jobs to a place that left the network: events and lists name them as lost, and go on with all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.calendar import first_minute_from
from scheduling.errors import DestinationUnknown, OperationNotFound
from scheduling.schedule import Hold
from scheduling.schedule_event import HitEffect, Report
from scheduling.service import (
    confirm_hold,
    get_planning_network,
    hold,
    promise_job,
    publish_network,
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
from tests.service.planning_database import DIALECTS, write
from tests.unit.scheduling.plants import a_job, an_operation

TOLD = Report("Told by phone.", "planner")


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory


def far_away(factory: Factory) -> Hold:
    """Book a job whose customer is in a place that then leaves the network."""
    with write(factory) as session:
        network = get_planning_network(session)
        more = {**network.distance_km, ("SZ", "TJ"): 1155, ("NB", "TJ"): 1380}
        publish_network(session, network=replace(network, distance_km=more), now=NOW)
    begin = first_minute_from(RELEASE)
    saw, paint = units(factory, "SZ-SAW")[0], units(factory, "SZ-PNT")[0]
    with write(factory) as session:
        job = a_job([an_operation("saw", [(saw, 60)]), an_operation("paint", [(paint, 60)], after=(0,), family="red")],
                    code="FAR", release=begin, destination="TJ", deadline_minute=begin + 30 * 1440)
        plan = promise_job(session, job=job, now=NOW).fastest
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        kept = confirm_hold(session, hold_id=kept.id, now=NOW)
    with write(factory) as session:
        publish_network(session, network=network, now=NOW)
    return kept


def test_a_breakdown_names_a_job_without_a_way_and_repairs_the_others(factory: Factory) -> None:
    far = far_away(factory)
    near = booked(factory, "J1", on=(far.bookings[0].unit_id, far.bookings[1].unit_id))
    saw = far.bookings[0]
    outcome = down(factory, saw.unit_id, saw.start_minute - 30, near.bookings[0].end_minute)
    assert {(far.id, 0, HitEffect.DISPLACED), (near.id, 0, HitEffect.DISPLACED)} <= set(effects(outcome))
    assert {risk.job_code: risk.level for risk in outcome.risks}["FAR"] is RiskLevel.LOST
    assert outcome.proposal_id is None or outcome.applied_proposal_id is None
    assert breaches(factory) == []


def test_work_of_a_job_without_a_way_can_end_late_and_be_scrapped(factory: Factory) -> None:
    far = far_away(factory)
    end = far.bookings[0].end_minute + 30
    outcome = finished(factory, far, 0, end)
    assert (far.id, 0, HitEffect.CORRECTED) in effects(outcome)
    assert (far.id, 1, HitEffect.DISPLACED) in effects(outcome)
    assert bookings(factory, far)[0].end_minute == end
    with write(factory) as session:
        scrapped = events.report_operation_scrapped(session, hold_id=far.id, operation=0, scrapped_count=1, of_count=2,
                                                    report=TOLD, now=moment(end))
    assert (far.id, 0, HitEffect.DISPLACED) in effects(scrapped)
    with pytest.raises(OperationNotFound), write(factory) as session:
        events.report_material_late(session, hold_id=far.id, operation=7, earliest_minute=end, report=TOLD, now=NOW)


def test_the_list_of_risks_names_a_job_without_a_way(factory: Factory) -> None:
    far = far_away(factory)
    with factory() as session:
        (risk,) = events.list_live_risks(session, now=NOW)
    assert (risk.hold_id, risk.level) == (far.id, RiskLevel.LOST)
    assert risk.causes[0].kind.value == "no_way"


def test_a_rush_to_nowhere_is_refused_and_one_beside_it_goes_on(factory: Factory) -> None:
    far = far_away(factory)
    with pytest.raises(DestinationUnknown), factory() as session:
        events.ask_rush(session, hold_id=far.id, now=NOW)
    saw = far.bookings[0].unit_id
    job = a_job([an_operation("saw", [(saw, 60)])], code="RUSH", release=first_minute_from(RELEASE))
    with write(factory) as session:
        question = events.ask_rush(session, job=job, now=NOW)
    assert question.options.no_move is not None
    assert all(change.hold_id != far.id for change in question.options.bump.changes) if question.options.bump else True
