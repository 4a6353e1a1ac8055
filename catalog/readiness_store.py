"""Between rows and values: when published versions are ready, and sources sent but not published yet."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from catalog.errors import Problem
from catalog.formats.published import PublishedSource
from catalog.readiness import CatalogUpload, CompileFacts, UploadSummary, VersionRecord, VersionState
from catalog.tables import CatalogUploadRow, ProductReadinessRow, ProductVersionRow
from catalog.text import Text


def find_readiness(session: Session, *, content_hash: str) -> ProductReadinessRow | None:
    """Give the readiness of a version, locked against others until the transaction ends; None without the version."""
    return session.scalar(
        select(ProductReadinessRow).join(ProductVersionRow)
        .where(ProductVersionRow.content_hash == content_hash).with_for_update(of=ProductReadinessRow)
    )


def find_record(session: Session, *, content_hash: str) -> VersionRecord | None:
    """Give one version without its definition; None when it is not published."""
    found = session.execute(_records().where(ProductVersionRow.content_hash == content_hash)).first()
    return None if found is None else _record(*found)


def list_records(session: Session, *, product_code: str | None) -> tuple[VersionRecord, ...]:
    """List the versions of a product, or of all products, by code and then the newest first."""
    query = _records().order_by(ProductVersionRow.product_code, ProductVersionRow.number.desc())
    if product_code is not None:
        query = query.where(ProductVersionRow.product_code == product_code)
    return tuple(_record(*row) for row in session.execute(query))


def _records() -> Select[str, int, str, dict[str, str], str, datetime, ProductReadinessRow]:
    return select(
        ProductVersionRow.product_code, ProductVersionRow.number, ProductVersionRow.content_hash,
        ProductVersionRow.title, ProductVersionRow.family, ProductVersionRow.published_at, ProductReadinessRow,
    ).join(ProductReadinessRow)


def _record(code: str, number: int, content_hash: str, title: dict[str, str], family: str, published_at: datetime,
            row: ProductReadinessRow) -> VersionRecord:
    if row.ready_at is not None:
        state, changed_at = VersionState.READY, row.ready_at
    elif row.failed_at is not None:
        state, changed_at = VersionState.FAILED, row.failed_at
    else:
        state, changed_at = VersionState.WAITING, published_at
    facts = CompileFacts(row.method, row.options, row.edges, row.milliseconds, row.variants) if row.method else None
    return VersionRecord(code, number, content_hash, Text.of(title), family, published_at, row.published_by, state,
                         changed_at, row.failure, facts)


def add_upload(session: Session, *, name: str, source: PublishedSource, problems: Iterable[Problem], by: str,
               now: datetime) -> CatalogUpload:
    """Keep a source that was sent."""
    row = CatalogUploadRow(name=name, source=zlib.compress(source.canonical(), 6), problems=_plain(problems),
                           created_by=by, created_at=now, changed_at=now)
    session.add(row)
    session.flush()
    return _upload(row)


def find_upload_row(session: Session, *, upload_id: int) -> CatalogUploadRow | None:
    """Give the row of an upload; None when there is none."""
    return session.get(CatalogUploadRow, upload_id) if 0 < upload_id < 2**63 else None


def change_upload(session: Session, row: CatalogUploadRow, *, source: PublishedSource, problems: Iterable[Problem],
                  now: datetime) -> CatalogUpload:
    """Put other files in the place of those of an upload."""
    row.source = zlib.compress(source.canonical(), 6)
    row.problems = _plain(problems)
    row.changed_at = now
    session.flush()
    return _upload(row)


def upload_of(row: CatalogUploadRow) -> CatalogUpload:
    """Give the value of a row."""
    return _upload(row)


def list_open_uploads(session: Session) -> tuple[UploadSummary, ...]:
    """List the uploads that are not published yet, the newest first."""
    rows = session.execute(
        select(CatalogUploadRow.id, CatalogUploadRow.name, CatalogUploadRow.created_by, CatalogUploadRow.changed_at)
        .where(CatalogUploadRow.published_at.is_(None)).order_by(CatalogUploadRow.id.desc()))
    return tuple(UploadSummary(number, name, by, at) for number, name, by, at in rows)


def _upload(row: CatalogUploadRow) -> CatalogUpload:
    problems = tuple(Problem(str(file), int(line), int(column), str(message))
                     for file, line, column, message in row.problems)
    return CatalogUpload(row.id, row.name, PublishedSource.from_canonical(zlib.decompress(row.source)), problems,
                         row.created_by, row.created_at, row.changed_at, row.published_at)


def _plain(problems: Iterable[Problem]) -> list[list[str | int]]:
    return [[problem.file, problem.line, problem.column, problem.message] for problem in problems]
