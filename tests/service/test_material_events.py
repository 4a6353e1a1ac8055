"""Material that comes late: another place, and a promise that no repair keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from scheduling import events
from scheduling.at_risk import RiskLevel
from scheduling.errors import ReportInvalid, ReportRepeated
from scheduling.schedule_event import EventOutcome, HitEffect, Report
from scheduling.service import publish_proposal
from tests.service.eventful import NOW, Factory, booked, bookings, breaches, effects, moment, plants
from tests.service.planning_database import DIALECTS, write


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory


def test_late_material_proposes_another_place_and_early_material_none(factory: Factory) -> None:
    hit = booked(factory, "J1")
    paint = hit.bookings[1]
    arrives = paint.start_minute + 2 * 1440

    def late(minute: int, operation: int = 1, now: datetime = NOW) -> EventOutcome:
        with write(factory) as session:
            return events.report_material_late(session, hold_id=hit.id, operation=operation, earliest_minute=minute,
                                               report=Report("The paint is stuck in customs.", "buyer"), now=now)

    outcome = late(arrives)
    assert late(arrives).is_replayed
    assert effects(outcome) == [(hit.id, 1, HitEffect.DISPLACED)]
    assert outcome.applied_proposal_id is None
    with write(factory) as session:
        publish_proposal(session, proposal_id=outcome.proposal_id or 0, now=NOW)
    saw, paint = bookings(factory, hit)
    assert saw.start_minute == hit.bookings[0].start_minute
    assert paint.start_minute >= arrives
    assert breaches(factory) == []
    assert late(arrives - 1440).hits == ()
    with pytest.raises(ReportInvalid):
        late(arrives + 1000 * 1440)
    with pytest.raises(ReportRepeated):
        late(arrives, operation=0, now=moment(saw.start_minute + 5))


def test_a_promise_that_no_repair_keeps_is_listed_with_its_cause(factory: Factory) -> None:
    hit = booked(factory, "J1", due_days=0.2)
    paint = hit.bookings[1]
    with write(factory) as session:
        outcome = events.report_material_late(
            session, hold_id=hit.id, operation=1, earliest_minute=paint.start_minute + 2 * 1440,
            report=Report("The paint is stuck in customs.", "buyer"), now=NOW)
    (risk,) = outcome.risks
    assert (risk.job_code, risk.level) == ("J1", RiskLevel.LATE)
    assert risk.causes[0].kind.value == "material"
    with factory() as session:
        assert events.get_outcome(session, event_id=outcome.event.id).risks == outcome.risks
        (risk,) = events.list_live_risks(session, now=NOW)
    assert risk.level is RiskLevel.LOST, "the plan in force begins before the paint is there"
    with write(factory) as session:
        publish_proposal(session, proposal_id=outcome.proposal_id or 0, now=NOW)
        assert [risk.job_code for risk in events.list_live_risks(session, now=NOW)] == ["J1"]


