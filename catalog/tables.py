"""Rows of the catalog: published versions, which the database itself keeps from changing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    ExecutableDDLElement,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class ProductVersionRow(Base):
    """A published product version: the compressed canonical source and its hash."""

    __tablename__ = "product_version"
    __table_args__ = (UniqueConstraint("product_code", "number"), UniqueConstraint("content_hash"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    product_code: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    family: Mapped[str] = mapped_column(String(120))
    drawing: Mapped[str] = mapped_column(String(120))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NetworkVersionRow(Base):
    """A published network version: the compressed canonical source and its hash."""

    __tablename__ = "network_version"
    __table_args__ = (UniqueConstraint("code", "number"), UniqueConstraint("content_hash"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    code: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


_POSTGRESQL_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'a published version never changes' USING ERRCODE = 'integrity_constraint_violation'; "
    "END $$"
)


def _ddl(statement: str, dialect: str) -> ExecutableDDLElement:
    return DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


def _guard(table: str) -> None:
    """Have the database refuse UPDATE and DELETE on a table of published versions."""
    statements = [
        ("sqlite", f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                   "BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END")
        for verb in ("UPDATE", "DELETE")
    ]
    statements.append(("postgresql", _POSTGRESQL_FUNCTION))
    statements.append(("postgresql", f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
                                     "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published()"))
    for dialect, statement in statements:
        event.listen(Base.metadata.tables[table], "after_create", _ddl(statement, dialect))


_guard("product_version")
_guard("network_version")
