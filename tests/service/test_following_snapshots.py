"""A process follows the plan by what changed, and sees what a fresh process would read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from scheduling import store
from scheduling.service import confirm_hold, hold, load_snapshot, publish_network
from scheduling.tables import BookingRow
from tests.service.holding import LATER, NOW, breaches, default_plan, held, units_of, window_job
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_network


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


def test_second_promise_sees_the_first_hold_at_once_and_after_commit(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        plans = []
        for code in ("J1", "J2"):
            job = window_job(session, code)
            plans.append(default_plan(session, job))
            hold(session, job=job, plan=plans[-1], expires_at=LATER, now=NOW)
    with factory() as session:
        third = default_plan(session, window_job(session, "J3"))

    igu_starts = [plan.placements[2].start_minute for plan in (*plans, third)]
    assert igu_starts == sorted(set(igu_starts))
    assert breaches(factory) == []


def test_rolled_back_hold_leaves_nothing_in_the_process_snapshot(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        before = default_plan(session, window_job(session, "J1"))
    with factory() as session:
        job = window_job(session, "J1")
        hold(session, job=job, plan=default_plan(session, job), expires_at=LATER, now=NOW)
        default_plan(session, window_job(session, "J2"))
        session.rollback()
        assert default_plan(session, window_job(session, "J3")) == before
    held(factory, "J4", family="other")
    with factory() as session:
        after = default_plan(session, window_job(session, "J5"))
    assert after.placements[2].start_minute > before.placements[2].start_minute


def test_savepoint_rolled_back_inside_a_transaction_does_not_hide_later_changes(
    factory: sessionmaker[Session],
) -> None:
    with factory() as session:
        load_snapshot(session, now=NOW)
    with write(factory) as session:
        job = window_job(session, "J1")
        plan = default_plan(session, job)
        with session.begin_nested() as savepoint:
            hold(session, job=job, plan=plan, expires_at=LATER, now=NOW)
            savepoint.rollback()
        hold(session, job=replace(job, code="J2"), plan=plan, expires_at=LATER, now=NOW)
    with factory() as session:
        known = load_snapshot(session, now=NOW)
        booked = session.scalar(select(func.count()).select_from(BookingRow))
    assert sum(len(line.runs) for line in known.timelines.values()) == booked == 4


def test_a_process_sees_that_work_which_ended_long_ago_ran_elsewhere(factory: sessionmaker[Session]) -> None:
    first = held(factory, "J1")
    with write(factory) as session:
        confirm_hold(session, hold_id=first.id, now=NOW)
    days_later = NOW + timedelta(days=9)
    with factory() as session:
        before = load_snapshot(session, now=days_later)
    saw = first.bookings[0]
    other = next(unit.id for unit in units_of(factory) if unit.work_center == saw.work_center
                 and unit.id != saw.unit_id)
    assert before.families_before[saw.unit_id] == "PVC82"
    with write(factory) as session:
        version = store.next_version(session, store.lock_area(session))
        store.move_rows(session, {saw.id: {"unit_id": other}}, version=version)
    with factory() as session:
        followed = load_snapshot(session, now=days_later).families_before
        store.forget_snapshots()
        assert followed == load_snapshot(session, now=days_later).families_before
    assert followed.get(saw.unit_id) is None
    assert followed[other] == "PVC82"
