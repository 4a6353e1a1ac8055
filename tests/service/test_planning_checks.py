"""Each invariant of planning is found broken when it is broken, and only it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.schedule import Hold
from scheduling.service import confirm_hold, hold, list_work_units, promise_job, publish_network
from scheduling.tables import BookingRow, HoldRow, PlanningAreaRow
from tests.service.planning_database import planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def shift(session: Session, booking_id: int, minutes: int) -> None:
    session.execute(
        update(BookingRow)
        .where(BookingRow.id == booking_id)
        .values(
            setup_start_minute=BookingRow.setup_start_minute + minutes,
            start_minute=BookingRow.start_minute + minutes,
            end_minute=BookingRow.end_minute + minutes,
        )
    )


def overlap(session: Session, first: Hold, second: Hold) -> None:
    session.execute(text("DROP TRIGGER booking_overlap_on_update"))
    here, there = first.bookings[0], second.bookings[0]
    shift(session, there.id, here.start_minute - there.start_minute)


def leave_calendar(session: Session, first: Hold, second: Hold) -> None:
    shift(session, second.bookings[1].id, 14 * 1440 + 700)


def shrink_offer(session: Session, first: Hold, second: Hold) -> None:
    network = a_network([a_center("SZ-A", "SZ", "cut", pool_share_percent=1)])
    publish_network(session, network=network, now=NOW)


def break_order(session: Session, first: Hold, second: Hold) -> None:
    shift(session, second.bookings[1].id, -1440)


def orphan(session: Session, first: Hold, second: Hold) -> None:
    session.execute(update(HoldRow).where(HoldRow.id == first.id).values(state="expired"))


@pytest.mark.parametrize(
    ("damage", "invariants"),
    [
        (overlap, {"I1", "I3"}),
        (leave_calendar, {"I2"}),
        (shrink_offer, {"I2", "I3"}),
        (break_order, {"I4"}),
        (orphan, {"I16"}),
    ],
)
def test_damage_is_named(
    tmp_path: Path, damage: Callable[[Session, Hold, Hold], None], invariants: set[str]
) -> None:
    with planning_engine("sqlite", tmp_path) as engine:
        factory = session_factory(engine)
        centers = [a_center("SZ-A", "SZ", "cut", pool_share_percent=25), a_center("SZ-B", "SZ", "fit")]
        with write(factory) as session:
            publish_network(session, network=a_network(centers), now=NOW)
            units = [unit.id for unit in list_work_units(session)]
            holds = []
            for code in ("J1", "J2"):
                operations = [an_operation("cut", [(units[0], 90)]), an_operation("fit", [(units[1], 20)], after=(0,))]
                job = a_job(operations, code=code, release=first_minute_from(NOW + timedelta(days=2)))
                plan = promise_job(session, job=job, now=NOW).default
                assert plan is not None
                kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
                holds.append(confirm_hold(session, hold_id=kept.id, now=NOW))
        with factory() as session:
            assert check(session, now=NOW) == ()

        with write(factory) as session:
            damage(session, *holds)

        with factory() as session:
            assert session.get(PlanningAreaRow, 1) is not None
            found = check(session, now=NOW)
        assert {breach.invariant for breach in found} & {"I1", "I2", "I3", "I4", "I16", "I18"} >= invariants
        assert all(breach.message for breach in found)
