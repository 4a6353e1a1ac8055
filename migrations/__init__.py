"""The database's shape, step by step: numbered Alembic migrations for SQLite and PostgreSQL."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from catalog.database import Base, make_engine, writing

FOLDER = Path(__file__).resolve().parent
HEAD_FILE = FOLDER / "versions" / ".head"
_one_thread = threading.Lock()  # Alembic keeps the running migration in a global of the process
TABLE_MODULES = ("catalog.tables", "configurator.tables", "scheduling.tables", "scheduling.scenario_tables",
                 "scheduling.event_tables", "ordering.tables", "ordering.draft_tables", "ordering.mail_tables",
                 "ordering.saved_tables", "ordering.sent_tables", "ordering.customer_tables",
                 "ordering.order_change_tables",
                 "lifecycle.tables", "web.tables")


def load_metadata() -> MetaData:
    """Import every table module that exists and give the metadata of all rows."""
    for name in TABLE_MODULES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    return Base.metadata


def make_config(url: str) -> Config:
    """Make the Alembic settings for a database address, without a settings file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def head() -> str:
    """Give the name of the newest migration."""
    newest = ScriptDirectory.from_config(make_config("")).get_current_head()
    if newest is None:
        raise LookupError("there are no migrations")
    return newest


def current(url: str) -> str | None:
    """Give the name of the migration that a database stands at; None for one never migrated."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def upgrade(url: str) -> str:
    """Bring a database to the newest shape; does nothing when it is there already.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql://…``.

    Returns
    -------
    str
        The migration the database stands at afterwards.
    """
    with _one_thread, writing():
        command.upgrade(make_config(url), "head")
    return head()
