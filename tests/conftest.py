"""Fixtures for every test: databases, brokers, the application, a clock that stands still."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

import migrations
from catalog.database import make_engine
from web import accounts
from web.database import Database
from web.factory import create_app
from web.settings import Settings, load_settings

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECRET = "a secret of the tests, long enough to be one"
LEGS = {
    "postgresql": "ONELOT_TEST_DATABASE_URL",
    "redis": "ONELOT_TEST_REDIS_URL",
    "rabbitmq": "ONELOT_TEST_RABBITMQ_URL",
}


def pytest_report_header() -> list[str]:
    """Say at the start which servers take part."""
    return [f"{leg}: {'takes part' if os.environ.get(name) else f'NOT TESTED, set {name}'}"
            for leg, name in LEGS.items()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more at the end which servers did not take part."""
    for leg, name in LEGS.items():
        if not os.environ.get(name):
            terminalreporter.write_line(f"NOT TESTED with {leg}: set {name} to a server's address", yellow=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database in its newest shape, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    migrations.load_metadata().create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh SQLite database of this test's own."""
    path = tmp_path / "onelot.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """A fresh schema on the PostgreSQL server, dropped afterwards."""
    server = os.environ.get(LEGS["postgresql"])
    if not server:
        pytest.skip(f"NOT TESTED with PostgreSQL: set {LEGS['postgresql']}")
    schema = f"test_{uuid.uuid4().hex[:12]}"
    administration = make_engine(server)
    with administration.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}%2Cpublic"
    engine = make_engine(url)
    migrations.load_metadata().create_all(engine)
    engine.dispose()
    yield url
    with administration.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    administration.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, on each kind."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.broker),
                        pytest.param("rabbitmq", marks=pytest.mark.broker)])
def broker_url(request: pytest.FixtureRequest) -> str:
    """The address of a broker, once for each kind."""
    return broker_address(request.param)


def broker_address(kind: str) -> str:
    """Give the address of a kind of broker; skip the test when no such server takes part."""
    if kind == "memory":
        return "memory://"
    url = os.environ.get(LEGS[kind])
    if not url:
        pytest.skip(f"NOT TESTED with {kind}: set {LEGS[kind]}")
    return url


class StandingClock:
    """A clock that shows the same moment until it is moved."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        """Move on by a duration, such as ``minutes=5``."""
        self.moment += timedelta(**duration)


@pytest.fixture
def clock() -> StandingClock:
    """A clock at a Monday morning in 2026."""
    return StandingClock()


@pytest.fixture
def make_settings(tmp_path: Path, sqlite_url: str) -> Callable[..., Settings]:
    """Make settings of a test's own: a fresh SQLite database and no rate limits unless told."""

    def make(**overrides: object) -> Settings:
        values: dict[str, object] = {
            "var_directory": tmp_path / "var", "database_url": sqlite_url, "secret_key": SECRET,
            "is_rate_limited": False, "is_worker_embedded": False, "base_url": "http://localhost",
        }
        return load_settings({}, **(values | overrides))

    return make


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little work, for tests that make many accounts."""
    monkeypatch.setattr(accounts, "METHOD", "scrypt:1024:8:1")
    monkeypatch.setattr(accounts, "_decoy", [])


@pytest.fixture
def app(
    make_settings: Callable[..., Settings], clock: StandingClock, quick_passwords: None
) -> Iterator[Flask]:
    """The application on a fresh SQLite database, with a standing clock."""
    made = create_app(make_settings(), clock=clock)
    yield made
    made.extensions["onelot_database"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A guest's browser."""
    return app.test_client()
