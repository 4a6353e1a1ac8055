"""Firm quotes on both databases: others make room within their promises, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.day_earlier import EarlierWay
from scheduling.errors import HoldLost, HoldNotFound, NetworkMissing
from scheduling.firm import FirmAnswer, FirmOutcome, FirmTask
from scheduling.firm_quoting import (
    FirmDraft,
    earlier_day_ends,
    explain_date,
    hold_firm,
    load_firm,
    price_earlier_days,
    price_held_earlier,
    warm_up,
    work_out_firm,
)
from scheduling.problem import Job
from scheduling.promise import Plan
from scheduling.schedule import Hold, HoldState
from scheduling.service import (
    confirm_hold,
    expire_holds,
    get_hold,
    hold,
    list_proposals,
    list_work_units,
    pin_booking,
    promise_job,
    publish_network,
    release_hold,
)
from scheduling.tables import BookingMoveRow
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
RELEASE = NOW + timedelta(days=1)
UNTIL = NOW + timedelta(hours=20)


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    factory = session_factory(engine)
    network = a_network([a_center("SZ-PNT", "SZ", "paint", setup_minutes=18, pool_share_percent=50)])
    with write(factory) as session:
        publish_network(session, network=network, now=NOW)
    return factory


def paint_job(session: Session, code: str, *, minutes: int, family: str = "red") -> Job:
    unit = list_work_units(session)[0].id
    return a_job([an_operation("paint", [(unit, minutes)], family=family)], code=code,
                 release=first_minute_from(RELEASE))


def cheapest(session: Session, job: Job) -> Plan:
    plan = promise_job(session, job=job, now=NOW).default
    assert plan is not None
    return plan


def booked(factory: sessionmaker[Session], code: str, *, minutes: int, days: float, confirmed: bool = True) -> Hold:
    """Book one painting that is promised for so many days after its release."""
    with write(factory) as session:
        job = paint_job(session, code, minutes=minutes)
        promised = replace(job, deadline_minute=job.release_minute + int(days * 1440))
        kept = hold(session, job=promised, plan=cheapest(session, job), expires_at=UNTIL, now=NOW)
        return confirm_hold(session, hold_id=kept.id, now=NOW) if confirmed else kept


def drafted(factory: sessionmaker[Session], code: str = "new", *, minutes: int = 100) -> FirmDraft:
    with factory() as session:
        job = paint_job(session, code, minutes=minutes)
        load = load_firm(session, job=job, inserted=cheapest(session, job), now=NOW)
    return work_out_firm(load, seconds=20)


def breaches(factory: sessionmaker[Session], now: datetime = NOW) -> list[str]:
    with factory() as session:
        return [str(breach) for breach in check(session, now=now)]


def test_others_make_room_within_their_promises_and_every_move_is_logged(factory: sessionmaker[Session]) -> None:
    patient = booked(factory, "patient", minutes=800, days=20)
    draft = drafted(factory)
    assert draft.quote.outcome is FirmOutcome.IMPROVED
    assert draft.quote.gain_minutes > 1440

    with write(factory) as session:
        kept = hold_firm(session, draft=draft, code="new", expires_at=UNTIL, now=NOW)

    assert kept.arrival_minute == draft.quote.plan.arrival_minute
    assert kept.job.deadline_minute is not None
    with factory() as session:
        moved = get_hold(session, hold_id=patient.id)
        assert moved.state is HoldState.CONFIRMED
        assert moved.arrival_minute <= (patient.job.deadline_minute or 0)
        assert moved.bookings[0].start_minute > patient.bookings[0].start_minute
        proposal = list_proposals(session)[0]
        assert (proposal.kind, proposal.state) == ("firm", "published")
        log = session.scalars(select(BookingMoveRow)).all()
        assert [(row.booking_id, row.proposal_id) for row in log] == [(patient.bookings[0].id, proposal.id)]
    assert breaches(factory) == []


def test_firm_hold_lives_like_any_other(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)
    with write(factory) as session:
        first = hold_firm(session, draft=drafted(factory), code="new", expires_at=UNTIL, now=NOW)
    with write(factory) as session:
        assert confirm_hold(session, hold_id=first.id, now=NOW).state is HoldState.CONFIRMED
    with write(factory) as session:
        second = hold_firm(session, draft=drafted(factory), code="second", expires_at=UNTIL, now=NOW)
    with write(factory) as session:
        assert release_hold(session, hold_id=second.id, now=NOW).state is HoldState.RELEASED
    with write(factory) as session:
        third = hold_firm(session, draft=drafted(factory), code="third", expires_at=UNTIL, now=NOW)
    with write(factory) as session:
        assert expire_holds(session, now=UNTIL) == 1
        assert get_hold(session, hold_id=third.id).state is HoldState.EXPIRED
    assert breaches(factory, UNTIL) == []


def test_pinned_work_and_tight_promises_stay(factory: sessionmaker[Session]) -> None:
    pinned = booked(factory, "pinned", minutes=800, days=20)
    with write(factory) as session:
        pin_booking(session, booking_id=pinned.bookings[0].id, is_pinned=True)
    assert drafted(factory).quote.changes == ()
    with write(factory) as session:
        pin_booking(session, booking_id=pinned.bookings[0].id, is_pinned=False)
    assert drafted(factory).quote.changes != ()


def test_open_quotes_may_move_but_never_into_their_own_hold_time(factory: sessionmaker[Session]) -> None:
    quote = booked(factory, "quote", minutes=800, days=20, confirmed=False)
    draft = drafted(factory)

    with write(factory) as session:
        hold_firm(session, draft=draft, code="new", expires_at=UNTIL, now=NOW)

    with factory() as session:
        moved = get_hold(session, hold_id=quote.id)
    assert moved.state is HoldState.HELD
    assert first_minute_from(moved.expires_at) <= moved.bookings[0].setup_start_minute
    assert breaches(factory) == []


def test_world_that_moved_refuses_whole_and_leaves_nothing(factory: sessionmaker[Session]) -> None:
    patient = booked(factory, "patient", minutes=800, days=20)
    draft = drafted(factory)
    with write(factory) as session:
        pin_booking(session, booking_id=patient.bookings[0].id, is_pinned=True)

    with write(factory) as session:
        with pytest.raises(HoldLost):
            hold_firm(session, draft=draft, code="new", expires_at=UNTIL, now=NOW)
        job = paint_job(session, "new", minutes=100)
        hold(session, job=job, plan=cheapest(session, job), expires_at=UNTIL, now=NOW)

    with factory() as session:
        assert get_hold(session, hold_id=patient.id).bookings[0].start_minute == patient.bookings[0].start_minute
        assert list_proposals(session) == ()
    assert breaches(factory) == []


def test_two_drafts_for_one_gap_give_one_hold(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)
    one, other = drafted(factory, "one"), drafted(factory, "other")
    with write(factory) as session:
        hold_firm(session, draft=one, code="one", expires_at=UNTIL, now=NOW)

    with pytest.raises(HoldLost), write(factory) as session:
        hold_firm(session, draft=other, code="other", expires_at=UNTIL, now=NOW)

    again = drafted(factory, "other")
    with write(factory) as session:
        hold_firm(session, draft=again, code="other", expires_at=UNTIL, now=NOW)
    assert breaches(factory) == []


def test_lost_gap_of_the_job_itself_moves_nobody(factory: sessionmaker[Session]) -> None:
    patient = booked(factory, "patient", minutes=800, days=20)
    draft = drafted(factory)
    late = NOW + timedelta(days=2)

    with write(factory) as session, pytest.raises(HoldLost):
        hold_firm(session, draft=draft, code="new", expires_at=late, now=late)
    with factory() as session:
        assert get_hold(session, hold_id=patient.id).bookings[0].start_minute == patient.bookings[0].start_minute


def test_plan_stays_as_inserted_when_the_search_fails(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)

    def killed(task: FirmTask, *, seconds: float) -> FirmAnswer | None:
        raise MemoryError(f"{task.job.code} after {seconds}")

    with factory() as session:
        job = paint_job(session, "new", minutes=100)
        load = load_firm(session, job=job, inserted=cheapest(session, job), now=NOW)
    draft = work_out_firm(load, search=killed)
    assert draft.quote.outcome is FirmOutcome.SEARCH_FAILED
    with write(factory) as session:
        kept = hold_firm(session, draft=draft, code="new", expires_at=UNTIL, now=NOW)
    assert kept.arrival_minute == load.task.inserted.arrival_minute
    assert breaches(factory) == []


def test_nothing_is_asked_of_anybody_when_the_day_is_the_best_there_is(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=30, days=20)
    draft = drafted(factory)
    assert draft.quote.outcome is FirmOutcome.BEST_ALREADY
    assert draft.load.task.movable == ()


def test_each_earlier_day_has_its_price_or_its_reason(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)
    with factory() as session:
        job = paint_job(session, "new", minutes=100)
        found = promise_job(session, job=job, now=NOW)
        assert found.default is not None
        days = price_earlier_days(session, job=job, present=found.default, plans=found.plans, now=NOW,
                                  makes_room=True)
        still = price_earlier_days(session, job=job, present=found.default, plans=found.plans, now=NOW)
        ends = earlier_day_ends(session, job=job, plan=found.default)

    assert tuple(day.day_end_minute for day in days) == ends
    assert days[-1].way is EarlierWay.MAKING_ROOM
    assert (days[-1].price_minor, days[-1].moved_operations) == (0, 1)
    assert still == (), "without asking others there is no earlier day"
    assert all(day.plan is not None or day.why_not is not None for day in days)


def test_earlier_days_of_held_work_do_not_count_its_own_time_as_taken(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)
    held = booked(factory, "new", minutes=100, days=20, confirmed=False)
    with factory() as session:
        days = price_held_earlier(session, hold_id=held.id, now=NOW)
        assert price_held_earlier(session, hold_id=held.id, now=NOW + timedelta(days=9)) == ()
    assert days[-1].way is EarlierWay.MAKING_ROOM
    assert [change.job_code for change in days[-1].changes] == ["patient"]
    with pytest.raises(HoldNotFound), factory() as session:
        price_held_earlier(session, hold_id=987_654, now=NOW)


def test_date_is_explained_from_the_release_to_the_arrival(factory: sessionmaker[Session]) -> None:
    booked(factory, "patient", minutes=800, days=20)
    with factory() as session:
        job = paint_job(session, "new", minutes=100)
        plan = cheapest(session, job)
        chain = explain_date(session, job=job, plan=plan, now=NOW)
    assert chain.worst is not None
    assert chain.worst.queue_minutes == 800
    assert sum(link.total_minutes for link in chain.links) + chain.delivery_minutes == (
        plan.arrival_minute - job.release_minute)


def test_without_plants_there_is_no_firm_quote(engine: Engine) -> None:
    with session_factory(engine)() as session, pytest.raises(NetworkMissing):
        load_firm(session, job=a_job([]), inserted=Plan((), 0, 0, 0, 0, ()), now=NOW)


def test_solver_can_be_loaded_beforehand() -> None:
    warm_up()
