"""The migrations make exactly the shape that the row classes describe, on both databases, whole or not at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import migrations
from catalog import service as catalog
from catalog.database import make_engine
from catalog.readiness import VersionState
from migrations.guards import read_guards
from scheduling.service import list_bookings, list_work_units

VERSIONS = migrations.FOLDER / "versions"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = os.environ.get("ONELOT_TEST_DATABASE_URL")
    if not server:
        pytest.skip("NOT TESTED with PostgreSQL: set ONELOT_TEST_DATABASE_URL")
    schema = f"migration_{uuid.uuid4().hex[:12]}"
    administration = make_engine(server)
    with administration.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
    with administration.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    administration.dispose()


def test_a_migrated_database_is_what_the_rows_describe(empty_url: str) -> None:
    assert migrations.current(empty_url) is None
    assert migrations.upgrade(empty_url) == migrations.head()
    assert migrations.current(empty_url) == migrations.head()
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, migrations.load_metadata()) == []
    engine.dispose()


def plain(guard: str) -> str:
    """Leave out the casts and brackets that PostgreSQL writes differently each time it reads a condition."""
    return re.sub(r"::[a-z ]+(\[\])?|[()\[\]]", "", guard)


def test_a_migrated_database_has_the_same_guards_as_one_made_from_the_rows(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        migrated = read_guards(connection)
        metadata = migrations.load_metadata()
        connection.rollback()
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        metadata.create_all(connection)
        described = read_guards(connection)
        assert [plain(guard) for guard in described] == [plain(guard) for guard in migrated]
        for name in ("booking", "audit", "promise_event", "product_version", "product_readiness"):
            assert any(f" {name} " in guard for guard in migrated), f"nothing guards {name}"
        connection.commit()
    engine.dispose()


def test_migrating_twice_and_from_several_processes_at_once_does_it_once(empty_url: str) -> None:
    program = "import sys, migrations; migrations.upgrade(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=migrations.FOLDER.parent,
                         stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told
    assert migrations.upgrade(empty_url) == migrations.head()


def test_a_migration_that_fails_halfway_leaves_nothing_and_can_be_run_again(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = ScriptDirectory.from_config(migrations.make_config(empty_url))
    first = script.get_revision("0002_product_readiness").module
    assert first is not None
    broken = {"sqlite": ("THIS IS NOT SQL",), "postgresql": ("THIS IS NOT SQL",)}
    monkeypatch.setattr(ScriptDirectory, "from_config", classmethod(lambda _cls, _config: script))
    monkeypatch.setattr(first, "GUARDS", broken)
    with pytest.raises(Exception, match="syntax error"):
        migrations.upgrade(empty_url)
    engine = make_engine(empty_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    monkeypatch.undo()
    assert migrations.upgrade(empty_url) == migrations.head()


def test_migrations_are_numbered_without_gaps_and_the_head_is_noted() -> None:
    files = sorted(path.stem for path in VERSIONS.glob("*.py"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    assert all(re.fullmatch(r"[0-9]{4}_[a-z0-9_]+", name) for name in files)
    script = ScriptDirectory.from_config(migrations.make_config(""))
    chain = [revision.revision for revision in script.walk_revisions()]
    assert list(reversed(chain)) == files
    assert migrations.HEAD_FILE.read_text().strip() == files[-1] == migrations.head()


def test_versions_from_before_their_readiness_was_kept_go_on_serving(empty_url: str) -> None:
    command.upgrade(migrations.make_config(empty_url), "0001_first_shape")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO product_version (id, product_code, number, content_hash, family, drawing, title, source, "
            "published_at) VALUES (7, 'bell', 1, :hash, '', '', '{}', :source, '2026-03-02 08:00:00+00:00')"
        ), {"hash": "a" * 64, "source": b""})
    migrations.upgrade(empty_url)
    with Session(engine) as session:
        (record,) = catalog.list_records(session)
        assert (record.state, record.published_by, record.facts) == (VersionState.READY, "system", None)
        assert record.changed_at == record.published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
        assert catalog.get_newest_hash(session, product_code="bell") == "a" * 64
    engine.dispose()


def test_units_and_bookings_from_before_secondary_units_have_none(empty_url: str) -> None:
    command.upgrade(migrations.make_config(empty_url), "0002_product_readiness")
    engine = make_engine(empty_url)
    day = "2026-03-02 08:00:00+00:00"
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO planning_area (id, code, version, network_version, network, network_hash, published_at) "
            f"VALUES (1, 'old', 3, 1, '{{}}', '', '{day}')",
            "INSERT INTO work_unit (id, area_id, code, work_center, site, company, capability, setup_minutes, "
            "is_active) VALUES (1, 1, 'SAW-1', 'SAW', 'SZ', 'SZ-CO', 'saw', 4, true)",
            "INSERT INTO hold (id, area_id, job_code, job, state, expires_at, held_at, cost_minor, co2_grams, "
            f"arrival_minute) VALUES (1, 1, 'J1', '{{}}', 'confirmed', '{day}', '{day}', 1, 1, 90)",
            "INSERT INTO booking (id, hold_id, unit_id, operation, operation_code, setup_start_minute, start_minute, "
            "end_minute, work_minutes, setup_family, state, is_pinned, changed_in_version) "
            "VALUES (1, 1, 1, 0, 'saw', 10, 14, 44, 30, 'red', 'booked', false, 2)",
        ):
            connection.execute(text(statement))
    migrations.upgrade(empty_url)
    with Session(engine) as session:
        (unit,) = list_work_units(session)
        assert (unit.further_capabilities, unit.is_secondary, unit.setup_minutes) == ((), False, 4)
        (booking,) = list_bookings(session, from_minute=0, until_minute=100)
        assert (booking.secondary_unit_id, booking.placement.secondary_unit_id) == (None, None)
        assert session.scalar(text("SELECT count(*) FROM work_unit WHERE is_secondary")) == 0
    with pytest.raises(DatabaseError, match=r"overlap|ex_booking_unit_time"), engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO booking (id, hold_id, unit_id, operation, operation_code, setup_start_minute, start_minute, "
            "end_minute, work_minutes, setup_family, state, is_pinned, changed_in_version) "
            "VALUES (2, 1, 1, 1, 'saw', 40, 40, 50, 10, 'red', 'booked', false, 2)"))
    engine.dispose()


def test_every_module_of_rows_is_known_to_the_migrations() -> None:
    root = Path(migrations.__file__).resolve().parents[1]
    written = {".".join(path.relative_to(root).with_suffix("").parts)
               for package in ("catalog", "configurator", "scheduling", "ordering", "lifecycle", "web")
               for path in (root / package).rglob("*tables.py") if "__tablename__" in path.read_text()}
    assert sorted(written - set(migrations.TABLE_MODULES)) == []


def test_accounts_from_before_stay_with_their_views_and_no_number_is_given_out_twice(empty_url: str) -> None:
    command.upgrade(migrations.make_config(empty_url), "0010_mail")
    engine = make_engine(empty_url)
    day = "2026-03-02 08:00:00+00:00"
    account = ("INSERT INTO user_account (login, name, role, password_hash, is_active, session_epoch, created_at) "
               f"VALUES (:login, 'Li', 'sales', '-', true, 4, '{day}')")
    with engine.begin() as connection:
        connection.execute(text(account), {"login": "li"})
        connection.execute(text(
            "INSERT INTO saved_view (user_id, list_name, title, query, is_default, key, created_at) "
            f"SELECT id, 'quotes', 'Open', '', false, 'k', '{day}' FROM user_account"))
    migrations.upgrade(empty_url)
    with engine.begin() as connection:
        (kept,) = connection.execute(text(
            "SELECT u.login, u.session_epoch, v.title FROM user_account u JOIN saved_view v ON v.user_id = u.id")).all()
        assert tuple(kept) == ("li", 4, "Open")
        numbers = []
        for login in ("first", "second"):
            connection.execute(text(account), {"login": login})
            numbers.append(connection.execute(text("SELECT max(id) FROM user_account")).scalar_one())
            connection.execute(text("DELETE FROM user_account WHERE login = :login"), {"login": login})
        assert numbers[0] < numbers[1]
    engine.dispose()
