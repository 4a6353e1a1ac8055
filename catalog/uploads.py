"""Use cases of sources that were sent and are not published yet: kept with all their faults until somebody decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from catalog import readiness_store as store
from catalog.errors import Problem, UploadNotFound, UploadPublished
from catalog.formats.published import PublishedSource
from catalog.readiness import CatalogUpload, UploadSummary
from catalog.tables import CatalogUploadRow


def keep_upload(session: Session, *, name: str, source: PublishedSource, problems: tuple[Problem, ...], by: str,
                now: datetime) -> CatalogUpload:
    """Keep what a person sent; ``problems`` are those found while it was taken in."""
    return store.add_upload(session, name=name, source=source, problems=problems, by=by, now=now)


def change_upload(session: Session, *, upload_id: int, source: PublishedSource, problems: tuple[Problem, ...],
                  now: datetime) -> CatalogUpload:
    """Put corrected files in the place of those of an upload.

    Raises
    ------
    UploadNotFound
        There is no such upload.
    UploadPublished
        It is published; what is published never changes.
    """
    return store.change_upload(session, _open_row(session, upload_id), source=source, problems=problems, now=now)


def get_upload(session: Session, *, upload_id: int) -> CatalogUpload:
    """Give an upload with its files.

    Raises
    ------
    UploadNotFound
        There is no such upload.
    """
    return store.upload_of(_row(session, upload_id))


def list_open_uploads(session: Session) -> tuple[UploadSummary, ...]:
    """List the uploads that are not published yet, the newest first, without their files."""
    return store.list_open_uploads(session)


def close_upload(session: Session, *, upload_id: int, now: datetime) -> None:
    """Note that an upload is published.

    Raises
    ------
    UploadNotFound
        There is no such upload.
    UploadPublished
        It is published already.
    """
    _open_row(session, upload_id).published_at = now
    session.flush()


def discard_upload(session: Session, *, upload_id: int) -> None:
    """Delete an upload that nobody wants to publish.

    Raises
    ------
    UploadNotFound
        There is no such upload.
    UploadPublished
        It is published.
    """
    session.delete(_open_row(session, upload_id))
    session.flush()


def _row(session: Session, upload_id: int) -> CatalogUploadRow:
    row = store.find_upload_row(session, upload_id=upload_id)
    if row is None:
        raise UploadNotFound("There is no such upload; it was put away, or never made.")
    return row


def _open_row(session: Session, upload_id: int) -> CatalogUploadRow:
    row = _row(session, upload_id)
    if row.published_at is not None:
        raise UploadPublished("This upload is published already.")
    return row
