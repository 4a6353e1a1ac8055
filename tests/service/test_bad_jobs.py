"""Promises and holds refuse a job that no plants could make, and write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from, minute_at
from scheduling.errors import JobInvalid
from scheduling.problem import Job, Mode, Operation
from scheduling.promise import Shortage
from scheduling.service import hold, list_work_units, promise_job, publish_network
from scheduling.tables import HoldRow
from tests.service.planning_database import planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    with planning_engine("sqlite", tmp_path) as engine:
        factory = session_factory(engine)
        with write(factory) as session:
            publish_network(session, network=a_network([a_center("SAW", "SZ", "saw")]), now=NOW)
        yield factory


def sound(session: Session) -> Job:
    unit_id = list_work_units(session)[0].id
    return a_job([an_operation("cut", [(unit_id, 30)]), an_operation("trim", [(unit_id, 10)], after=(0,))],
                 code="A-17", release=first_minute_from(LATER))


def broken(job: Job, kind: str) -> Job:
    first, second = job.operations
    return {
        "cycle": replace(job, operations=(replace(first, predecessors=(1,)), second)),
        "order": replace(job, operations=(replace(second, predecessors=(1,)), first)),
        "no_duration": replace(job, operations=(Operation("cut", (Mode(first.modes[0].unit_id, 0, 1, 1),)), second)),
        "deadline_past": replace(job, deadline_minute=minute_at(NOW) - 1),
        "weight": replace(job, weight=0),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("cycle", "Job A-17 cannot be planned: its operations wait in a circle: cut → trim → cut."),
        ("order", "Job A-17 cannot be planned: trim stands before what it waits for."),
        ("no_duration", "Job A-17 cannot be planned: cut takes 0 minutes; expected 1 or more."),
        ("deadline_past", "Job A-17 cannot be planned: its promised time passed 1 minutes ago."),
        ("weight", "Job A-17 cannot be planned: its weight is 0; expected 1 or more."),
    ],
)
def test_a_bad_job_is_refused_by_name(factory: sessionmaker[Session], kind: str, words: str) -> None:
    with factory() as session:
        job = sound(session)
        plan = promise_job(session, job=job, now=NOW).default
        assert plan is not None
        with pytest.raises(JobInvalid) as refusal:
            promise_job(session, job=broken(job, kind), now=NOW)
    assert str(refusal.value) == words

    if kind not in ("order", "no_duration"):  # with those the plan would be another one
        with pytest.raises(JobInvalid), write(factory) as session:
            hold(session, job=broken(job, kind), plan=plan, expires_at=LATER, now=NOW)
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(HoldRow)) == 0


@pytest.mark.parametrize(
    ("unit_id", "minutes", "is_resumable", "shortage"),
    [
        (1, 480 * 24 * 60, True, Shortage.NO_TIME),
        (1, 500, False, Shortage.NO_TIME),
        (99, 10, True, Shortage.NO_WORK_UNIT),
    ],
)
def test_what_the_plants_lack_is_a_shortage_with_the_operation_named(
    factory: sessionmaker[Session], unit_id: int, minutes: int, is_resumable: bool, shortage: Shortage
) -> None:
    with factory() as session:
        first, second = sound(session).operations
        long = replace(first, modes=(Mode(unit_id, minutes, 1, 1),), is_resumable=is_resumable)
        answer = promise_job(session, job=replace(sound(session), operations=(long, second)), now=NOW)
    assert (answer.shortage, answer.operation_code) == (shortage, "cut")
