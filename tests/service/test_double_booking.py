"""Two customers want the same slot: exactly one gets it. Each safeguard alone is enough; without any, both get it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from scheduling import capacity
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.errors import HoldLost
from scheduling.problem import Job
from scheduling.promise import Plan
from scheduling.rebooking import Rebooking
from scheduling.service import hold, list_work_units, load_snapshot, promise_job, publish_network
from scheduling.snapshot import Snapshot
from scheduling.store import find_area
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
EXPIRES_AT = NOW + timedelta(hours=2)
CUSTOMERS = 6


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    factory = session_factory(engine)
    with write(factory) as session:
        publish_network(session, network=a_network([a_center("SZ-IGU", "SZ", "igu")]), now=NOW)
    return factory


def wanted(session: Session, number: int) -> tuple[Job, Plan]:
    igu = list_work_units(session)[0].id
    job = a_job([an_operation("igu", [(igu, 8)])], code=f"J{number}", release=first_minute_from(EXPIRES_AT))
    plan = promise_job(session, job=job, now=NOW).default
    assert plan is not None
    return job, plan


def all_want_the_same_slot(factory: sessionmaker[Session]) -> tuple[list[tuple[Job, Plan]], Snapshot]:
    with factory() as session:
        return [wanted(session, number) for number in range(CUSTOMERS)], load_snapshot(session, now=NOW)


def run_race(attempt: Callable[[int], bool]) -> int:
    """Let every customer try at the same time; give how many got the slot."""
    barrier = Barrier(CUSTOMERS, timeout=30)

    def start(number: int) -> bool:
        barrier.wait()
        return attempt(number)

    with ThreadPoolExecutor(CUSTOMERS) as pool:
        return sum(pool.map(start, range(CUSTOMERS)))


def try_hold(factory: sessionmaker[Session], wish: tuple[Job, Plan]) -> bool:
    try:
        with write(factory) as session:
            hold(session, job=wish[0], plan=wish[1], expires_at=EXPIRES_AT, now=NOW)
    except (HoldLost, DatabaseError):
        return False
    return True


def drop_guards(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE booking DROP CONSTRAINT ex_booking_unit_time"))
        else:
            connection.execute(text("DROP TRIGGER booking_overlap_on_insert"))
            connection.execute(text("DROP TRIGGER booking_overlap_on_update"))


def overlaps(factory: sessionmaker[Session]) -> int:
    with factory() as session:
        return sum(breach.invariant == "I1" for breach in check(session, now=NOW))


@pytest.mark.parametrize(
    ("has_guard", "is_checked_again", "winners"), [(True, True, 1), (True, False, 1), (False, True, 1)]
)
def test_exactly_one_customer_wins_when_any_safeguard_stands(
    engine: Engine,
    factory: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    has_guard: bool,
    is_checked_again: bool,
    winners: int,
) -> None:
    wishes, seen = all_want_the_same_slot(factory)
    if not has_guard:
        drop_guards(engine)
    if not is_checked_again:
        monkeypatch.setattr(capacity, "load_snapshot", lambda *_, **__: seen)

    assert run_race(lambda number: try_hold(factory, wishes[number])) == winners
    assert overlaps(factory) == 0


def test_control_everybody_wins_when_no_safeguard_stands(
    engine: Engine, factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes, seen = all_want_the_same_slot(factory)
    drop_guards(engine)
    monkeypatch.setattr(capacity, "load_snapshot", lambda *_, **__: seen)

    assert run_race(lambda number: try_hold(factory, wishes[number])) == CUSTOMERS
    assert overlaps(factory) == CUSTOMERS * (CUSTOMERS - 1) // 2


@pytest.mark.parametrize("is_locked", [True, False])
def test_lock_alone_prevents_what_happens_between_check_and_write_without_it(
    engine: Engine, factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite's lock is the transaction itself: BEGIN IMMEDIATE cannot be taken away by halves")
    wishes, _ = all_want_the_same_slot(factory)
    drop_guards(engine)
    meeting = Barrier(CUSTOMERS, timeout=2 if is_locked else 30)
    put_job = Rebooking.put_job

    def put_job_slowly(self: Rebooking, *arguments: object, **options: object) -> object:
        answer = put_job(self, *arguments, **options)  # type: ignore[arg-type]
        if not is_locked:
            meeting.wait()  # everybody has checked, nobody has written
        return answer

    monkeypatch.setattr(Rebooking, "put_job", put_job_slowly)
    if not is_locked:
        monkeypatch.setattr(capacity, "lock_area", find_area)

    won = run_race(lambda number: try_hold(factory, wishes[number]))

    assert won == (1 if is_locked else CUSTOMERS)
    assert (overlaps(factory) == 0) is is_locked


def test_everybody_gets_a_slot_of_their_own_when_losers_ask_again(factory: sessionmaker[Session]) -> None:
    def insist(number: int) -> bool:
        for _ in range(4 * CUSTOMERS):
            with factory() as session:
                wish = wanted(session, number)
            if try_hold(factory, wish):
                return True
        return False

    assert run_race(insist) == CUSTOMERS
    assert overlaps(factory) == 0
    with factory() as session:
        snapshot = load_snapshot(session, now=NOW)
        assert check(session, now=NOW) == ()
    assert [len(line.runs) for line in snapshot.timelines.values()] == [CUSTOMERS]
