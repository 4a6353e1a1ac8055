"""Databases for the scheduling tests: SQLite always, PostgreSQL where ONELOT_TEST_DATABASE_URL names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, text
from sqlalchemy.orm import Session, sessionmaker

from catalog.database import Base, make_engine, make_session_factory, writing
from scheduling.event_tables import ScheduleEventHitRow, ScheduleEventRow
from scheduling.scenario_tables import ScenarioRow
from scheduling.tables import (
    BookingMoveRow,
    BookingRow,
    DowntimeRow,
    HoldRow,
    PlanningAreaRow,
    ProposalRow,
    WorkUnitRow,
)

DIALECTS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_numbers = count(1)


def scheduling_tables() -> list[Table]:
    rows = (PlanningAreaRow, WorkUnitRow, DowntimeRow, HoldRow, BookingRow, ProposalRow, BookingMoveRow, ScenarioRow,
            ScheduleEventRow, ScheduleEventHitRow)
    tables = [row.__table__ for row in rows]
    return [table for table in tables if isinstance(table, Table)]


@contextmanager
def planning_engine(dialect: str, directory: Path) -> Iterator[Engine]:
    """Give an engine on an empty database with the scheduling tables and their guards."""
    if dialect == "sqlite":
        engine = make_engine(f"sqlite:///{directory / 'plan.db'}")
        Base.metadata.create_all(engine, tables=scheduling_tables())
        try:
            yield engine
        finally:
            engine.dispose()
        return
    url = os.environ.get("ONELOT_TEST_DATABASE_URL")
    if not url:
        pytest.skip("NOT TESTED ON POSTGRESQL: set ONELOT_TEST_DATABASE_URL to a server's address")
    schema = f"scheduling_{os.getpid()}_{next(_numbers)}"
    separator = "&" if "?" in url else "?"
    engine = make_engine(f"{url}{separator}options=-csearch_path%3D{schema}")
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        Base.metadata.create_all(engine, tables=scheduling_tables())
        yield engine
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()


@contextmanager
def write(factory: sessionmaker[Session]) -> Iterator[Session]:
    """Open a writing transaction and commit it, as the edge does for a request."""
    with writing(), factory() as session, session.begin():
        yield session


def session_factory(engine: Engine) -> sessionmaker[Session]:
    return make_session_factory(engine)
