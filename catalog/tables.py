"""Rows of the catalog: published versions, which the database itself keeps from changing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    ExecutableDDLElement,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
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
    source: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # large, and seldom read
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProductReadinessRow(Base):
    """Whether a published version serves: neither moment while it waits for its compilation, one of them after it.

    Once a version is ready the database refuses every change: it never becomes unready, and its facts stand.
    """

    __tablename__ = "product_readiness"
    __table_args__ = (CheckConstraint("ready_at IS NULL OR failed_at IS NULL", name="not_ready_and_failed"),)

    version_id: Mapped[int] = mapped_column(
        ForeignKey("product_version.id"), primary_key=True, autoincrement=False
    )
    published_by: Mapped[str] = mapped_column(String(254))
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[str] = mapped_column(String(20), default="")
    options: Mapped[int] = mapped_column(BigInteger, default=0)
    edges: Mapped[int] = mapped_column(BigInteger, default=0)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    variants: Mapped[str] = mapped_column(Text, default="")


class CatalogUploadRow(Base):
    """A source that somebody sent and has not published yet, with its faults and all: the compressed files."""

    __tablename__ = "catalog_upload"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    problems: Mapped[list[list[str | int]]] = mapped_column(JSON)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


def _guard_ready() -> None:
    """Have the database refuse to take a version's readiness back."""
    table, condition = "product_readiness", "OLD.ready_at IS NOT NULL"
    statements = [
        ("sqlite", f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} WHEN {condition} "
                   "BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END")
        for verb in ("UPDATE", "DELETE")
    ]
    statements.append(("postgresql", _POSTGRESQL_FUNCTION))
    statements.append(("postgresql", f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
                                     f"FOR EACH ROW WHEN ({condition}) "
                                     "EXECUTE FUNCTION refuse_change_of_published()"))
    for dialect, statement in statements:
        event.listen(Base.metadata.tables[table], "after_create", _ddl(statement, dialect))


_guard("product_version")
_guard("network_version")
_guard_ready()
