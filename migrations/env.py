"""Runs migrations in one transaction: all of them or none, one process at a time, with short lock waits."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

import migrations
from catalog.database import make_engine
from migrations.rendering import render_item

ONE_AT_A_TIME = 4_021_977
"""Key of the advisory lock that keeps two starting processes from migrating together."""


def run() -> None:
    """Migrate the database that the settings name."""
    engine = make_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET lock_timeout = '15s'"))
                connection.execute(text("SET statement_timeout = '10min'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            context.configure(
                connection=connection,
                target_metadata=migrations.load_metadata(),
                render_as_batch=connection.dialect.name == "sqlite",
                render_item=render_item,
                compare_type=True,
                transactional_ddl=True,  # else each migration is committed by itself on SQLite
            )
            context.run_migrations()
            connection.commit()
    finally:
        engine.dispose()


run()
