"""Windows held and confirmed straight on a planning area, for tests of capacity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.problem import Job
from scheduling.promise import Plan
from scheduling.schedule import Hold, WorkUnitEntry
from scheduling.service import get_planning_network, hold, list_work_units, promise_job
from scheduling.sourcing import find_modes
from tests.service.planning_database import write
from tests.unit.scheduling.plants import a_job, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=8)


def window_job(session: Session, code: str, *, release_at: datetime = LATER, family: str = "PVC82") -> Job:
    """Make the work of one window: saw, weld and insulating glass, then glazing."""
    network, units = get_planning_network(session), list_work_units(session)

    def modes(capability: str, minutes: str) -> list[tuple[int, int, int, int]]:
        found = find_modes(network, units, capability=capability, minutes=Fraction(minutes))
        return [(mode.unit_id, mode.work_minutes, mode.cost_minor, mode.co2_grams) for mode in found]

    return a_job(
        [
            an_operation("saw", modes("saw", "11.4"), family=family),
            an_operation("weld", modes("weld", "9"), after=(0,), family=family),
            an_operation("igu", modes("igu", "7.7")),
            an_operation("glaze", modes("glaze", "24.9"), after=(1, 2)),
        ],
        code=code,
        release=first_minute_from(release_at),
        destination="NB",
    )


def default_plan(session: Session, job: Job, *, now: datetime = NOW) -> Plan:
    plan = promise_job(session, job=job, now=now).default
    assert plan is not None
    return plan


def held(factory: sessionmaker[Session], code: str, *, now: datetime = NOW, family: str = "PVC82") -> Hold:
    with write(factory) as session:
        job = window_job(session, code, family=family)
        plan = default_plan(session, job, now=now)
        return hold(session, job=job, plan=plan, expires_at=now + timedelta(hours=1), now=now)


def breaches(factory: sessionmaker[Session], now: datetime = NOW) -> list[str]:
    with factory() as session:
        return [str(breach) for breach in check(session, now=now)]


def units_of(factory: sessionmaker[Session]) -> tuple[WorkUnitEntry, ...]:
    with factory() as session:
        return list_work_units(session)
