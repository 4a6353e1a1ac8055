"""Work whose start passed while its unit was down has not begun: it can be changed, freed, moved, not scrapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from scheduling import events
from scheduling.errors import OperationNotBegun
from scheduling.schedule import BookingState, Hold
from scheduling.schedule_event import HitEffect, Report
from scheduling.service import publish_proposal
from tests.service.eventful import Factory, booked, bookings, breaches, down, effects, moment, plants
from tests.service.planning_database import DIALECTS, write

TOLD = Report("Told by phone.", "planner")


@dataclass(frozen=True, slots=True)
class Missed:
    """A job whose first operation was to begin while its saw stood still, and the time after that start."""

    factory: Factory
    hit: Hold
    now: datetime


@pytest.fixture(params=DIALECTS)
def missed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Missed]:
    with plants(request.param, tmp_path) as factory:
        hit = booked(factory, "J1")
        saw = hit.bookings[0]
        down(factory, saw.unit_id, saw.start_minute - 30, saw.start_minute + 600)
        yield Missed(factory, hit, moment(saw.start_minute + 45))


def test_what_has_not_begun_cannot_be_scrapped(missed: Missed) -> None:
    with pytest.raises(OperationNotBegun), write(missed.factory) as session:
        events.report_operation_scrapped(session, hold_id=missed.hit.id, operation=0, scrapped_count=1, of_count=4,
                                         report=TOLD, now=missed.now)


def test_material_of_what_has_not_begun_may_be_late(missed: Missed) -> None:
    saw = missed.hit.bookings[0]
    arrives = saw.start_minute + 3000
    with write(missed.factory) as session:
        outcome = events.report_material_late(session, hold_id=missed.hit.id, operation=0, earliest_minute=arrives,
                                              report=TOLD, now=missed.now)
    assert (missed.hit.id, 0, HitEffect.DISPLACED) in effects(outcome)
    with write(missed.factory) as session:
        publish_proposal(session, proposal_id=outcome.proposal_id or 0, now=missed.now)
    assert bookings(missed.factory, missed.hit)[0].start_minute >= arrives
    assert breaches(missed.factory, missed.now) == []


def test_an_order_that_has_not_begun_is_freed_whole(missed: Missed) -> None:
    with write(missed.factory) as session:
        outcome = events.report_order_canceled(session, hold_id=missed.hit.id, report=TOLD, now=missed.now)
    assert effects(outcome) == [(missed.hit.id, 0, HitEffect.FREED), (missed.hit.id, 1, HitEffect.FREED)]
    assert {b.state for b in bookings(missed.factory, missed.hit)} == {BookingState.RELEASED}
    assert breaches(missed.factory, missed.now) == []


def test_an_order_that_has_not_begun_can_be_changed(missed: Missed) -> None:
    job = missed.hit.job
    shorter = replace(job, operations=(replace(job.operations[0], modes=tuple(
        replace(mode, work_minutes=7) for mode in job.operations[0].modes)), job.operations[1]))
    with write(missed.factory) as session:
        events.report_order_changed(session, hold_id=missed.hit.id, job=shorter, report=TOLD, now=missed.now)
    saw = bookings(missed.factory, missed.hit)[0]
    assert saw.work_minutes == 7
    assert moment(saw.start_minute) >= missed.now
    assert breaches(missed.factory, missed.now) == []


def test_an_order_that_has_not_begun_can_rush(missed: Missed) -> None:
    with missed.factory() as session:
        question = events.ask_rush(session, hold_id=missed.hit.id, now=missed.now)
    assert question.options.no_move is not None
    with write(missed.factory) as session:
        _, kept = events.choose_rush(session, hold_id=missed.hit.id, way=events.RushWay.NO_MOVE, report=TOLD,
                                     expires_at=missed.now, now=missed.now)
    assert moment(kept.bookings[0].start_minute) >= missed.now
    assert breaches(missed.factory, missed.now) == []
