"""Use cases of kept documents: the same revision is the same file, and a damaged file counts as none."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ordering.tables import DocumentRow


class DocumentKind(StrEnum):
    """What a document is."""

    QUOTE = "quote"
    ORDER = "order"
    WORK_ORDER = "work_order"


def find_document(
    session: Session, *, kind: DocumentKind, subject: str, revision: int, language: str
) -> bytes | None:
    """Give a kept document, if it is undamaged.

    Parameters
    ----------
    kind, subject, revision, language
        Which one: the subject is the number of the quote or work order.

    Returns
    -------
    bytes or None
        None when it was never kept, is empty, or does not have the hash it was kept with: draw it anew.
    """
    row = _find(session, kind=kind, subject=subject, revision=revision, language=language)
    if row is None or not row.content or hashlib.sha256(row.content).hexdigest() != row.sha256:
        return None
    return row.content


def keep_document(
    session: Session, *, kind: DocumentKind, subject: str, revision: int, language: str, content: bytes,
    now: datetime,
) -> None:
    """Keep a document, in place of a damaged one if there is one.

    Parameters
    ----------
    session
        The caller commits.
    kind, subject, revision, language
        Which one.
    content
        Its bytes, not empty.
    now
        Aware UTC.

    Raises
    ------
    ValueError
        The content is empty.
    """
    if not content:
        raise ValueError("an empty document cannot be kept")
    key = {"kind": kind, "subject": subject, "revision": revision, "language": language}
    sha256 = hashlib.sha256(content).hexdigest()
    row = _find(session, **key)  # type: ignore[arg-type]  # one mapping, two readers
    if row is None:
        row = DocumentRow(**{**key, "kind": kind.value}, content=content, sha256=sha256, created_at=now)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process drew and kept it meanwhile: the same bytes
            return
    row.content, row.sha256, row.created_at = content, sha256, now
    session.flush()


def _find(
    session: Session, *, kind: DocumentKind, subject: str, revision: int, language: str
) -> DocumentRow | None:
    return session.scalars(
        select(DocumentRow).where(
            DocumentRow.kind == kind.value, DocumentRow.subject == subject, DocumentRow.revision == revision,
            DocumentRow.language == language,
        ).execution_options(populate_existing=True)
    ).first()
