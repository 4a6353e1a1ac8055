"""Holding, confirming and giving back capacity on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from, minute_at
from scheduling.checks import check
from scheduling.errors import (
    HoldClosed,
    HoldExpired,
    HoldLost,
    HoldNotFound,
    JobStarted,
    NetworkMissing,
    ScheduleInvalid,
)
from scheduling.promise import PromiseStatus
from scheduling.schedule import BookingState, HoldState
from scheduling.service import (
    cancel_job,
    confirm_hold,
    expire_holds,
    extend_hold,
    get_hold,
    get_jobs,
    get_planning_network,
    hold,
    list_bookings,
    list_loads,
    list_work_units,
    load_snapshot,
    promise_job,
    publish_network,
    release_hold,
)
from scheduling.tables import BookingRow
from tests.service.holding import LATER, NOW, breaches, default_plan, held, window_job
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    factory = session_factory(engine)
    with write(factory) as session:
        publish_network(session, network=a_network(), now=NOW)
    return factory


def test_publishing_gives_one_row_per_unit_and_keeps_identities(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        before = {unit.code: unit.id for unit in list_work_units(session)}
        smaller = a_network([a_center("SZ-SAW", "SZ", "saw", unit_count=3)])
        active = publish_network(session, network=smaller, now=NOW)

    assert "SZ-IGU-1" in before
    assert len(before) == 8
    assert [unit.code for unit in active] == ["SZ-SAW-1", "SZ-SAW-2", "SZ-SAW-3"]
    assert {unit.code: unit.id for unit in active}.items() >= {("SZ-SAW-1", before["SZ-SAW-1"])}
    with factory() as session:
        assert get_planning_network(session) == smaller
        assert sum(not unit.is_active for unit in list_work_units(session)) == 6
        assert set(load_snapshot(session, now=NOW).timelines) == {unit.id for unit in active}


def test_planning_without_a_network_is_refused(engine: Engine) -> None:
    with session_factory(engine)() as session:
        with pytest.raises(NetworkMissing):
            promise_job(session, job=a_job([]), now=NOW)
        with pytest.raises(NetworkMissing):
            get_planning_network(session)
        assert check(session, now=NOW) == ()


def test_hold_confirm_and_read_back(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")

    assert first.state is HoldState.HELD
    assert [booking.operation_code for booking in first.bookings] == ["saw", "weld", "igu", "glaze"]
    assert first.expires_at == NOW + timedelta(hours=1)
    assert first.job.deadline_minute is not None
    assert first.job.deadline_minute > first.arrival_minute
    with write(factory) as session:
        confirmed = confirm_hold(session, hold_id=first.id, now=NOW + timedelta(minutes=59))
    assert {booking.state for booking in confirmed.bookings} == {BookingState.BOOKED}
    with factory() as session:
        assert get_hold(session, hold_id=first.id) == confirmed
        assert get_jobs(session) == {first.id: first.job}
        start, end = minute_at(NOW), minute_at(NOW) + 10 * 1440
        listed = list_bookings(session, from_minute=start, until_minute=end)
        assert {booking.id for booking in listed} == {booking.id for booking in first.bookings}
        line = list_bookings(session, from_minute=start, until_minute=end, work_center="SZ-IGU")
        assert [booking.operation_code for booking in line] == ["igu"]
    assert breaches(factory) == []


def test_plan_whose_slot_was_taken_is_refused_and_nothing_is_written(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        job = window_job(session, "J1")
        plan = default_plan(session, job)
    held(factory, "J2")

    with pytest.raises(HoldLost) as refusal, write(factory) as session:
        hold(session, job=job, plan=plan, expires_at=LATER, now=NOW)

    assert refusal.value.detail["operation"] in ("saw", "weld", "igu", "glaze")
    with factory() as session:
        assert [job.code for job in get_jobs(session).values()] == ["J2"]


def test_plan_that_should_have_begun_is_refused(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        job = window_job(session, "J1")
        plan = default_plan(session, job)

    with pytest.raises(HoldLost), write(factory) as session:
        hold(session, job=job, plan=plan, expires_at=NOW + timedelta(days=3), now=NOW + timedelta(days=2))


def test_plan_of_another_job_is_refused(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        job = window_job(session, "J1")
        plan = default_plan(session, job)
    other = replace(job, release_minute=job.release_minute + 5000)

    with pytest.raises(ScheduleInvalid) as refusal, write(factory) as session:
        hold(session, job=other, plan=plan, expires_at=LATER, now=NOW)

    assert refusal.value.detail["violations"]


def test_hold_never_outlives_the_start_of_its_work(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        job = window_job(session, "J1")
        plan = default_plan(session, job)
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(days=30), now=NOW)
        longer = extend_hold(session, hold_id=kept.id, expires_at=NOW + timedelta(days=40), now=NOW)

    first_setup = min(placement.setup_start_minute for placement in plan.placements)
    assert minute_at(kept.expires_at) == minute_at(longer.expires_at) == first_setup


def test_expired_hold_cannot_be_confirmed_and_gives_its_time_back(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    second = held(factory, "J2")
    late = NOW + timedelta(hours=1)

    with pytest.raises(HoldExpired), write(factory) as session:
        confirm_hold(session, hold_id=first.id, now=late)
    with write(factory) as session:
        assert expire_holds(session, now=late - timedelta(seconds=1)) == 0
        assert expire_holds(session, now=late) == 2
        assert expire_holds(session, now=late) == 0
    with pytest.raises(HoldExpired), write(factory) as session:
        confirm_hold(session, hold_id=second.id, now=late)
    with factory() as session:
        again = default_plan(session, window_job(session, "J3"), now=late)
    assert again.placements == tuple(booking.placement for booking in first.bookings)
    assert breaches(factory, late) == []


def test_overdue_hold_is_a_breach_after_a_minute(factory: sessionmaker[Session]) -> None:
    held(factory, "J1")

    assert breaches(factory, NOW + timedelta(hours=1, seconds=59)) == []
    assert [text[:3] for text in breaches(factory, NOW + timedelta(hours=1, seconds=61))] == ["I16"]


def test_setup_of_the_next_booking_follows_insertion_and_removal(factory: sessionmaker[Session]) -> None:
    red, after_red = held(factory, "J1", family="red"), held(factory, "J2", family="blue")
    weld = after_red.bookings[1]
    assert weld.start_minute - weld.setup_start_minute >= 6

    with write(factory) as session:
        release_hold(session, hold_id=red.id, now=NOW)
        assert release_hold(session, hold_id=red.id, now=NOW).state is HoldState.RELEASED
    with factory() as session:
        weld_now = get_hold(session, hold_id=after_red.id).bookings[1]
    assert (weld_now.setup_start_minute, weld_now.start_minute) == (weld.start_minute, weld.start_minute)

    held(factory, "J3", family="red")
    with factory() as session:
        weld_again = get_hold(session, hold_id=after_red.id).bookings[1]
    assert weld_again.start_minute == weld.start_minute
    assert breaches(factory) == []


def test_confirmed_hold_is_closed_and_unknown_ones_are_not_found(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    with write(factory) as session:
        confirm_hold(session, hold_id=first.id, now=NOW)

    for act in (confirm_hold, release_hold):
        with pytest.raises(HoldClosed), write(factory) as session:
            act(session, hold_id=first.id, now=NOW)
        with pytest.raises(HoldNotFound), write(factory) as session:
            act(session, hold_id=987_654, now=NOW)


def test_canceling_frees_unstarted_work_only(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    with write(factory) as session:
        confirm_hold(session, hold_id=first.id, now=NOW)
    igu = first.bookings[2]
    during = NOW + timedelta(minutes=igu.start_minute - minute_at(NOW) + 1)

    with write(factory) as session:
        canceled = cancel_job(session, hold_id=first.id, now=during)

    states = {booking.operation_code: booking.state for booking in canceled.bookings}
    started = {b.operation_code for b in first.bookings if b.setup_start_minute < first_minute_from(during)}
    assert "igu" in started
    assert started != set(states)
    assert {code for code, state in states.items() if state is BookingState.BOOKED} == started
    assert breaches(factory, during) == []


def test_canceling_finished_work_is_refused(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    with write(factory) as session:
        confirm_hold(session, hold_id=first.id, now=NOW)

    with pytest.raises(JobStarted), write(factory) as session:
        cancel_job(session, hold_id=first.id, now=NOW + timedelta(days=60))


def test_load_shows_what_is_booked_of_what_is_offered(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    day = NOW.date()
    with factory() as session:
        loads = list_loads(session, from_on=day, until_on=day + timedelta(days=7))

    igu = [load for load in loads if load.work_center == "SZ-IGU"]
    assert {load.offered_minutes for load in igu} == {244}
    assert len(igu) == 6  # Monday to Saturday
    assert sum(load.booked_minutes for load in igu) == first.bookings[2].work_minutes == 8
    assert all(load.booked_minutes <= load.offered_minutes for load in loads)


def test_time_beyond_the_first_horizon_is_searched_when_needed(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        igu = next(unit.id for unit in list_work_units(session) if unit.code == "SZ-IGU-1")
        job = a_job([an_operation("igu", [(igu, 130 * 244)])], release=minute_at(NOW))
        answer = promise_job(session, job=job, now=NOW)
        assert answer.status is PromiseStatus.PROMISED
        assert answer.default is not None
        assert answer.default.end_minute > minute_at(NOW) + 130 * 1440
        kept = hold(session, job=job, plan=answer.default, expires_at=LATER, now=NOW)
    assert kept.bookings[0].work_minutes == 130 * 244


@pytest.mark.parametrize("statement", ["insert", "update"])
def test_database_itself_refuses_a_double_booking(factory: sessionmaker[Session], statement: str) -> None:
    first, second = held(factory, "J1"), held(factory, "J2")
    target = first.bookings[2]

    def book_again(session: Session) -> None:
        if statement == "update":
            session.execute(
                update(BookingRow)
                .where(BookingRow.id == second.bookings[2].id)
                .values(setup_start_minute=target.start_minute, start_minute=target.start_minute)
            )
            return
        session.add(
            BookingRow(
                hold_id=second.id,
                unit_id=target.unit_id,
                operation=9,
                operation_code="again",
                setup_start_minute=target.end_minute - 1,
                start_minute=target.end_minute - 1,
                end_minute=target.end_minute,
                work_minutes=1,
                setup_family="",
                state="booked",
                changed_in_version=0,
            )
        )
        session.flush()

    with pytest.raises(DatabaseError, match=r"overlap|ex_booking_unit_time"), write(factory) as session:
        book_again(session)


def test_released_bookings_do_not_stand_in_the_way(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    with write(factory) as session:
        release_hold(session, hold_id=first.id, now=NOW)
    second = held(factory, "J1")

    assert [b.placement for b in second.bookings] == [b.placement for b in first.bookings]
    assert breaches(factory) == []
