"""Tables that only grow: the database itself refuses to change or to delete their rows."""

from __future__ import annotations

from sqlalchemy import Connection, Table, event


def append_only_statements(table: str, dialect: str) -> tuple[str, ...]:
    """Give the statements that make the database itself refuse changes to an append-only table.

    Parameters
    ----------
    table
        Its name.
    dialect
        ``sqlite`` or ``postgresql``.

    Returns
    -------
    tuple of str
        SQL statements, in order.
    """
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        )
    return (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    )


def keep_append_only(table: Table) -> None:
    """Let the creation of a table from its rows also create its guards."""
    event.listen(table, "after_create", _guard)


def _guard(target: Table, connection: Connection, **_options: object) -> None:
    for statement in append_only_statements(target.name, connection.dialect.name):
        is_plain = connection.dialect.name == "sqlite"
        connection.exec_driver_sql(statement if is_plain else statement.replace("%", "%%"))
