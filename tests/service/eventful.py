"""A small area of plants in which something happens: jobs booked, events reported, breaches counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from scheduling import events
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.schedule import Booking, Hold
from scheduling.schedule_event import EventOutcome, HitEffect, Report
from scheduling.service import confirm_hold, get_hold, hold, list_work_units, promise_job, publish_network
from tests.service.planning_database import planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""A Monday, 08:30 in Suzhou; the shifts run from 06:00 to 22:00."""
RELEASE = NOW + timedelta(days=1)
BECAUSE = Report("The spindle is broken.", "planner")
Factory = sessionmaker[Session]


@contextmanager
def plants(dialect: str, directory: Path) -> Iterator[Factory]:
    """Open a database in which two saws and two paint booths stand in one place, and one booth in another."""
    network = a_network([
        a_center("SZ-SAW", "SZ", "saw", unit_count=2, pool_share_percent=100),
        a_center("SZ-PNT", "SZ", "paint", unit_count=2, setup_minutes=18, pool_share_percent=100),
        a_center("NB-PNT", "NB", "paint", pool_share_percent=100),
    ], availability_percent=100)
    with planning_engine(dialect, directory) as engine:
        factory = session_factory(engine)
        with write(factory) as session:
            publish_network(session, network=network, now=NOW)
        yield factory


def units(factory: Factory, center: str) -> list[int]:
    with factory() as session:
        return [unit.id for unit in list_work_units(session) if unit.work_center == center]


def booked(
    factory: Factory, code: str, *, saw: int = 60, paint: int = 60, on: tuple[int, int] | None = None,
    due_days: float = 30, family: str = "red", release: datetime = RELEASE,
) -> Hold:
    """Book a sawing and a painting after it, anywhere or on two named units."""
    saws = units(factory, "SZ-SAW") if on is None else [on[0]]
    paints = units(factory, "SZ-PNT") if on is None else [on[1]]
    with write(factory) as session:
        begin = first_minute_from(release)
        job = a_job(
            [an_operation("saw", [(unit, saw) for unit in saws]),
             an_operation("paint", [(unit, paint) for unit in paints], after=(0,), family=family)],
            code=code, release=begin, due_minute=begin + int(due_days * 1440),
            deadline_minute=begin + int(due_days * 1440),
        )
        plan = promise_job(session, job=job, now=NOW).fastest
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        return confirm_hold(session, hold_id=kept.id, now=NOW)


def bookings(factory: Factory, item: Hold) -> tuple[Booking, ...]:
    with factory() as session:
        return get_hold(session, hold_id=item.id).bookings


def places(factory: Factory, *items: Hold) -> list[tuple[int, int, int]]:
    return [(b.unit_id, b.start_minute, b.end_minute) for item in items for b in bookings(factory, item)]


def breaches(factory: Factory, now: datetime = NOW) -> list[str]:
    with factory() as session:
        return [str(breach) for breach in check(session, now=now)]


def moment(minute: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def down(factory: Factory, unit_id: int, start: int, end: int, *, now: datetime = NOW,
         report: Report = BECAUSE) -> EventOutcome:
    with write(factory) as session:
        return events.report_machine_down(session, unit_id=unit_id, from_minute=start, until_minute=end,
                                          report=report, now=now)


def finished(factory: Factory, item: Hold, operation: int, end: int, *, now: datetime | None = None,
             started: int | None = None) -> EventOutcome:
    with write(factory) as session:
        return events.report_operation_finished(
            session, hold_id=item.id, operation=operation, ended_at_minute=end, started_at_minute=started,
            report=Report("Knotty wood.", "floor"), now=now or moment(end))


def effects(outcome: EventOutcome) -> list[tuple[int, int, HitEffect]]:
    return [(hit.hold_id, hit.operation, hit.effect) for hit in outcome.hits]
