"""Reads what a database itself enforces beside tables: triggers, their functions, exclusion constraints."""

from __future__ import annotations

from sqlalchemy import Connection, text

_SQLITE = "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
_POSTGRESQL = (
    "SELECT 'CREATE EXTENSION IF NOT EXISTS ' || extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname",
    "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang "
    "WHERE p.pronamespace = current_schema()::regnamespace AND l.lanname = 'plpgsql' ORDER BY p.proname",
    "SELECT 'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE contype = 'x' AND connamespace = current_schema()::regnamespace ORDER BY conname",
    "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY t.tgname",
)


def read_guards(connection: Connection) -> tuple[str, ...]:
    """Give the statements that would make the guards of a database again.

    Parameters
    ----------
    connection
        To SQLite or PostgreSQL.

    Returns
    -------
    tuple of str
        SQL statements in an order in which they can run.
    """
    queries = (_SQLITE,) if connection.dialect.name == "sqlite" else _POSTGRESQL
    schema = connection.scalar(text("SELECT current_schema()")) if len(queries) > 1 else ""
    return tuple(
        statement.strip().replace(f" {schema}.", " ") if schema else statement.strip()
        for query in queries for statement in connection.scalars(text(query))
    )
