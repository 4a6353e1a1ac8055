"""Work on several units needs one test crew: the database and the checks see to it that it is never in two places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from catalog.plant import SecondaryResource
from catalog.text import Text
from scheduling import capacity
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.codec import job_as_json
from scheduling.errors import HoldLost
from scheduling.problem import Job, Mode, Operation
from scheduling.promise import Plan
from scheduling.service import (
    hold,
    list_bookings,
    list_loads,
    list_work_units,
    load_snapshot,
    promise_job,
    publish_network,
)
from scheduling.tables import BookingRow, HoldRow
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""A Monday, 08:00 in Suzhou."""
START = int(NOW.timestamp()) // 60
EXPIRES_AT = NOW + timedelta(hours=2)
CENTERS = 4


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    """Four benches of a center with setups, whole in one shift, and a crew of one in another shift."""
    factory = session_factory(engine)
    bench = a_center("BENCH", "SZ", "test", unit_count=CENTERS, shift="2x8", pool_share_percent=100, setup_minutes=20,
                     setup_matrix=(("red", "blue", 5),))
    crew = SecondaryResource("CREW", "SZ", Text.of("Crew"), "testing", 1, "1x8")
    with write(factory) as session:
        publish_network(session, now=NOW, network=a_network(
            [bench], availability_percent=100, secondary_resources=(crew,)))
    return factory


def ids(session: Session) -> dict[str, int]:
    return {unit.code: unit.id for unit in list_work_units(session)}


def put(session: Session, number: int, start: int, **changes: object) -> int:
    """Book 30 minutes of the crew on a bench; give the booking's id."""
    units = ids(session)
    unit_id, crew = units[f"BENCH-{number}"], units["CREW-1"]
    job = a_job([Operation("test", (Mode(unit_id, 30, 100, 10, (crew,)),), setup_family="red")], code=f"J{number}",
                release=START)
    values: dict[str, object] = {
        "unit_id": unit_id, "secondary_unit_id": crew, "operation": 0, "operation_code": "test",
        "setup_start_minute": start, "start_minute": start, "end_minute": start + 30, "work_minutes": 30,
        "setup_family": "red", "state": "booked", "changed_in_version": 1, **changes}
    row = HoldRow(area_id=1, job_code=job.code, job=job_as_json(job), state="confirmed", expires_at=NOW, held_at=NOW,
                  cost_minor=100, co2_grams=10, arrival_minute=start + 30, bookings=[BookingRow(**values)])
    session.add(row)
    session.flush()
    return row.bookings[0].id


def drop_guards(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE booking DROP CONSTRAINT ex_booking_secondary_unit_time"))
        else:
            connection.execute(text("DROP TRIGGER booking_secondary_overlap_on_insert"))
            connection.execute(text("DROP TRIGGER booking_secondary_overlap_on_update"))


def breaches(factory: sessionmaker[Session]) -> list[tuple[str, str]]:
    with factory() as session:
        return [(item.invariant, item.message) for item in check(session, now=NOW)]


def test_units_and_crews_are_published_with_what_they_can_do(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        found = {unit.code: (unit.is_secondary, unit.capability) for unit in list_work_units(session)}
        assert found["CREW-1"] == (True, "testing")
        assert found["BENCH-4"] == (False, "test")
        loads = list_loads(session, from_on=NOW.date(), until_on=NOW.date() + timedelta(days=1))
    assert {load.work_center for load in loads} == {"BENCH"}


def test_bookings_tell_their_secondary_unit(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        put(session, 1, START)
        put(session, 2, START + 30)
    with factory() as session:
        crew = ids(session)["CREW-1"]
        first, second = list_bookings(session, from_minute=START, until_minute=START + 60)
        assert (first.secondary_unit_id, first.placement.secondary_unit_id) == (crew, crew)
        assert first.end_minute == second.start_minute
    assert breaches(factory) == []


@pytest.mark.parametrize("offset", [0, 29, -29])
def test_database_itself_refuses_a_crew_in_two_places(factory: sessionmaker[Session], offset: int) -> None:
    with write(factory) as session:
        put(session, 1, START + 60)
    with pytest.raises(DatabaseError, match=r"secondary"), write(factory) as session:
        put(session, 2, START + 60 + offset)
    with write(factory) as session:
        moved = put(session, 2, START + 120)
    with pytest.raises(DatabaseError, match=r"secondary"), write(factory) as session:
        session.execute(update(BookingRow).where(BookingRow.id == moved).values(
            setup_start_minute=START + 60 + offset, start_minute=START + 60 + offset, end_minute=START + 90 + offset))
    assert breaches(factory) == []


@pytest.mark.parametrize("change", [{"state": "released"}, {"secondary_unit_id": None}])
def test_released_work_and_work_without_a_crew_does_not_stand_in_the_way(
    factory: sessionmaker[Session], change: dict[str, object]
) -> None:
    with write(factory) as session:
        first = put(session, 1, START, **change)
        put(session, 2, START)
    assert breaches(factory) == []
    if "state" in change:
        with pytest.raises(DatabaseError, match=r"secondary"), write(factory) as session:
            session.execute(update(BookingRow).where(BookingRow.id == first).values(state="booked"))


def test_setup_needs_no_crew(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        put(session, 1, START)
        put(session, 2, START + 30, setup_start_minute=START + 10)
    assert breaches(factory) == []


def race(factory: sessionmaker[Session]) -> int:
    """Let every bench want the crew at the same time; give how many got it."""
    barrier = Barrier(CENTERS, timeout=30)

    def attempt(number: int) -> bool:
        barrier.wait()
        try:
            with write(factory) as session:
                put(session, number, START)
        except DatabaseError:
            return False
        return True

    with ThreadPoolExecutor(CENTERS) as pool:
        return sum(pool.map(attempt, range(1, CENTERS + 1)))


def test_exactly_one_gets_the_crew(factory: sessionmaker[Session]) -> None:
    assert race(factory) == 1
    assert breaches(factory) == []


def test_control_everybody_gets_the_crew_without_the_guard(engine: Engine, factory: sessionmaker[Session]) -> None:
    drop_guards(engine)
    assert race(factory) == CENTERS
    found = breaches(factory)
    assert [invariant for invariant, _ in found].count("I1") == CENTERS * (CENTERS - 1) // 2
    assert "use secondary unit" in found[0][1]
    assert "I3" in {invariant for invariant, _ in found}


def crew_away(session: Session) -> None:
    put(session, 1, START + 4 * 60 + 10)  # its lunch; the bench works on


def no_setup(session: Session) -> None:
    put(session, 1, START)
    second = put(session, 2, START + 60, setup_family="green")
    session.execute(update(BookingRow).where(BookingRow.id == second).values(unit_id=ids(session)["BENCH-1"]))


def too_short_a_setup(session: Session) -> None:
    put(session, 1, START)
    second = put(session, 2, START + 60, setup_family="blue", setup_start_minute=START + 56)
    session.execute(update(BookingRow).where(BookingRow.id == second).values(unit_id=ids(session)["BENCH-1"]))


def right_setup(session: Session) -> None:
    put(session, 1, START)
    second = put(session, 2, START + 60, setup_family="blue", setup_start_minute=START + 55)
    session.execute(update(BookingRow).where(BookingRow.id == second).values(unit_id=ids(session)["BENCH-1"]))


def early_material(session: Session) -> None:
    booking = session.get(BookingRow, put(session, 1, START))
    assert booking is not None
    job = dict(booking.hold.job)
    job["operations"] = [{**job["operations"][0], "earliest_minute": START + 1}]
    booking.hold.job = job


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (crew_away, [("I2", "works while CREW-1 does not")]),
        (no_setup, [("I2", "has 0 of 20 minutes of setup on BENCH-1")]),
        (too_short_a_setup, [("I2", "has 4 of 5 minutes of setup on BENCH-1")]),
        (right_setup, []),
        (early_material, [("I4", "test of J1 starts before its material is there")]),
    ],
)
def test_the_checks_name_what_is_wrong(
    factory: sessionmaker[Session], damage: Callable[[Session], None], expected: list[tuple[str, str]]
) -> None:
    with write(factory) as session:
        damage(session)
    found = [item for item in breaches(factory) if item[0] != "I3"]
    assert [invariant for invariant, _ in found] == [invariant for invariant, _ in expected]
    assert all(wanted in message for (_, message), (_, wanted) in zip(found, expected, strict=True))


def test_a_job_comes_back_from_the_database_as_it_went_in(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        booking_id = put(session, 1, START)
    with factory() as session:
        booking = session.get(BookingRow, booking_id)
        assert booking is not None
        crew = ids(session)["CREW-1"]
        assert booking.hold.job["operations"][0]["modes"] == [[booking.unit_id, 30, 100, 10, [crew]]]


def wish(session: Session, number: int) -> tuple[Job, Plan]:
    units = ids(session)
    mode = Mode(units[f"BENCH-{number}"], 50, 100, 10, (units["CREW-1"],))
    operation = Operation("test", (mode,), setup_family="red")
    job = a_job([operation], code=f"J{number}", release=first_minute_from(EXPIRES_AT))
    plan = promise_job(session, job=job, now=NOW).default
    assert plan is not None
    return job, plan


def try_hold(factory: sessionmaker[Session], wanted: tuple[Job, Plan]) -> bool:
    try:
        with write(factory) as session:
            hold(session, job=wanted[0], plan=wanted[1], expires_at=EXPIRES_AT, now=NOW)
    except (HoldLost, DatabaseError):
        return False
    return True


def test_promises_give_the_crew_to_one_job_after_the_other(factory: sessionmaker[Session]) -> None:
    starts = []
    for number in range(1, CENTERS + 1):
        with write(factory) as session:
            job, plan = wish(session, number)
            kept = hold(session, job=job, plan=plan, expires_at=EXPIRES_AT, now=NOW)
            assert kept.bookings[0].secondary_unit_id == ids(session)["CREW-1"]
            starts.append(kept.bookings[0].start_minute)
    assert [start - starts[0] for start in starts] == [0, 50, 180, 230]  # 08:00 + 2 h, lunch from 12:00 to 13:00
    assert breaches(factory) == []


@pytest.mark.parametrize(("has_guard", "is_checked_again", "winners"), [
    (True, True, 1), (True, False, 1), (False, True, 1), (False, False, CENTERS)])
def test_one_of_those_who_were_promised_the_crew_at_once_gets_it_while_any_safeguard_stands(
    engine: Engine, factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, has_guard: bool,
    is_checked_again: bool, winners: int,
) -> None:
    with factory() as session:
        wishes = [wish(session, number) for number in range(1, CENTERS + 1)]
        seen = load_snapshot(session, now=NOW)
    if not has_guard:
        drop_guards(engine)
    if not is_checked_again:
        monkeypatch.setattr(capacity, "load_snapshot", lambda *_, **__: seen)
    with ThreadPoolExecutor(CENTERS) as pool:
        won = sum(pool.map(lambda wanted: try_hold(factory, wanted), wishes))
    assert won == winners
    assert (breaches(factory) == []) is (winners == 1)
