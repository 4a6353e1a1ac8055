"""Writes the first migration from the row classes; used until the first release, never after it.

Run ``python -m migrations.regenerate postgresql://…`` with the address of an empty database: guards differ by
database, so they are read from both.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pprint import pformat

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from catalog.database import make_engine
from migrations import FOLDER, HEAD_FILE, load_metadata
from migrations.guards import read_guards
from migrations.rendering import render_item

FIRST = "0001_first_shape"
TEMPLATE = '''"""Create every table, with the guards that the database itself keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = {guards}


def upgrade() -> None:
    create_tables()
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def create_tables() -> None:
    {tables}
'''


def guards_of(engine: Engine) -> tuple[str, ...]:
    """Create all tables in an empty database, read its guards, and drop everything again."""
    metadata = load_metadata()
    metadata.create_all(engine)
    try:
        with engine.connect() as connection:
            return read_guards(connection)
    finally:
        metadata.drop_all(engine)


def tables_code(engine: Engine) -> str:
    """Give the Python statements that create every table."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_item": render_item})
        operations = produce_migrations(context, load_metadata()).upgrade_ops
        if operations is None:
            raise LookupError("no table modules")
        code = render_python_code(operations, render_item=render_item)
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("# ###"))


def main(arguments: Sequence[str]) -> None:
    """Write the migration and the head file."""
    lite, server = make_engine("sqlite://"), make_engine(arguments[0])
    guards = {"sqlite": guards_of(lite), "postgresql": tuple(s.replace("%", "%%") for s in guards_of(server))}
    content = TEMPLATE.format(revision=FIRST, guards=pformat(guards, width=108), tables=tables_code(lite).strip())
    path = FOLDER / "versions" / f"{FIRST}.py"
    path.write_text(content, encoding="utf-8")
    HEAD_FILE.write_text(FIRST + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
