"""Use cases of drafts: make, change, list, drop, start from a quote. Nothing here promises or holds anything.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ordering import store
from ordering.approval import ApprovalStep
from ordering.draft import DraftEvent, DraftState, QuoteDraft, changed_fields, next_draft_state
from ordering.draft_codec import draft_as_json, draft_from_json
from ordering.draft_tables import ApprovalRow, QuoteDraftRow
from ordering.errors import DraftChanged, DraftNotFound, QuoteSuperseded, TransitionRefused
from ordering.quote import Quote, QuoteEvent, QuoteState, next_quote_state
from ordering.quote_reading import get_quote_by_number, get_quote_row
from ordering.resending import content_of
from ordering.tables import AuditRow
from scheduling import service as scheduling

DRAFT_SCOPE = "draft"
MOST_NAMED_FIELDS = 40
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Approval:
    """A step of asking a second person about a version of a draft."""

    step: ApprovalStep
    version: int
    by: str
    at: datetime
    reason: str
    discount_percent: Fraction
    margin_percent: Fraction | None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it is stored."""

    id: int
    version: int
    """Counts the contents from 1; a change names the version it was made from."""
    state: DraftState
    owner: str
    content: QuoteDraft
    based_on: tuple[str, int] | None
    """Number and revision of the quote that it is to replace; None for a new quote."""
    created_at: datetime
    changed_at: datetime
    changed_by: str
    approvals: tuple[Approval, ...] = ()
    """Oldest first."""


def create_draft(
    session: Session, *, content: QuoteDraft, owner: str, idempotency_key: str, now: datetime,
    based_on: tuple[str, int] | None = None
) -> KeptDraft:
    """Keep a new draft; the same key and content again gives the same draft.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    content
        Within its bounds.
    owner
        Login of the seller.
    idempotency_key
        One key has one effect.
    now
        Aware UTC.
    based_on
        Number and revision of the quote that it is to replace.

    Returns
    -------
    KeptDraft
        Version 1.

    Raises
    ------
    DraftInvalid
        A field is out of bounds.
    IdempotencyMismatch
        The key belongs to another request.
    """
    plain = draft_as_json(content)
    draft_from_json(plain)
    body_hash = hashlib.sha256(json.dumps([plain, owner, based_on], sort_keys=True).encode()).hexdigest()
    known = store.find_answer(session, scope=DRAFT_SCOPE, key=idempotency_key, body_hash=body_hash)
    if known is not None:
        return get_draft(session, draft_id=known["draft"])
    row = QuoteDraftRow(
        version=1, content=plain, state=DraftState.OPEN.value, owner=owner,
        based_on_number=None if based_on is None else based_on[0],
        based_on_revision=None if based_on is None else based_on[1],
        created_at=now, changed_at=now, changed_by=owner,
    )
    session.add(row)
    session.flush()
    store.append_audit(session, at=now, actor=owner, action="draft.create", subject=_subject(row),
                       facts={"version": 1, "based_on": based_on})
    store.store_answer(session, scope=DRAFT_SCOPE, key=idempotency_key, body_hash=body_hash,
                       answer={"draft": row.id}, now=now)
    return present_draft(session, row)


def change_draft(
    session: Session, *, draft_id: int, version: int, content: QuoteDraft, by: str, now: datetime
) -> KeptDraft:
    """Replace the content of a draft; whoever comes second is told what the first one changed.

    Parameters
    ----------
    session
        Inside a writing transaction.
    draft_id
        The draft.
    version
        The version that the change was made from.
    content
        The whole new content. The same as is kept changes nothing, whatever the version.
    by
        Login of the person.
    now
        Aware UTC.

    Returns
    -------
    KeptDraft
        Its next version, open again if it was waiting or approved.

    Raises
    ------
    DraftInvalid
        A field is out of bounds.
    DraftNotFound
        No such draft.
    DraftChanged
        It was changed since; ``detail["changes"]`` lists by whom, when and which fields.
    TransitionRefused
        It was sent or dropped.
    """
    plain = draft_as_json(content)
    draft_from_json(plain)
    row = lock_draft(session, draft_id)
    state = next_draft_state(DraftState(row.state), DraftEvent.CHANGE)
    kept = draft_from_json(row.content)
    if kept == content:
        return present_draft(session, row)
    require_version(session, row, version)
    fields = changed_fields(kept, content)
    row.content, row.version, row.state = plain, row.version + 1, state.value
    row.changed_at, row.changed_by = now, by
    store.append_audit(session, at=now, actor=by, action="draft.change", subject=_subject(row),
                       facts={"version": row.version, "fields": fields[:MOST_NAMED_FIELDS],
                              "more": max(0, len(fields) - MOST_NAMED_FIELDS)})
    return present_draft(session, row)


def drop_draft(session: Session, *, draft_id: int, version: int, by: str, now: datetime) -> KeptDraft:
    """Put a draft away for good.

    Raises
    ------
    DraftNotFound
        No such draft.
    DraftChanged
        It was changed since.
    TransitionRefused
        It was sent or dropped before.
    """
    row = lock_draft(session, draft_id)
    state = next_draft_state(DraftState(row.state), DraftEvent.DROP)
    require_version(session, row, version)
    row.state, row.closed_at = state.value, now
    store.append_audit(session, at=now, actor=by, action="draft.drop", subject=_subject(row),
                       facts={"version": row.version})
    return present_draft(session, row)


def duplicate_quote(
    session: Session, *, number: str, owner: str, language: str, idempotency_key: str, now: datetime,
    revision: int | None = None
) -> KeptDraft:
    """Start a draft of a new quote from an existing one.

    Parameters
    ----------
    session
        Inside a writing transaction.
    number, revision
        The quote; its newest revision when none is named.
    owner, language, idempotency_key, now
        As for :func:`create_draft`; the language is of the documents to come.

    Returns
    -------
    KeptDraft
        Its lines keep the product versions of the quote.

    Raises
    ------
    QuoteNotFound
        No such quote or revision.
    """
    row = get_quote_row(session, number=number, revision=revision)
    return create_draft(session, content=content_of(session, row, language=language), owner=owner,
                        idempotency_key=idempotency_key, now=now)


def revise_quote(
    session: Session, *, number: str, revision: int, owner: str, language: str, idempotency_key: str, now: datetime
) -> KeptDraft:
    """Start the draft of a quote's next revision; the quote stands as it is meanwhile.

    Parameters
    ----------
    session
        Inside a writing transaction.
    number, revision
        The newest revision, as the seller sees it.
    owner, language, idempotency_key, now
        As for :func:`create_draft`; the language is of the documents to come.

    Returns
    -------
    KeptDraft
        The one that is being typed already, if there is one: a quote is revised in one place.

    Raises
    ------
    QuoteNotFound
        No such quote or revision.
    QuoteSuperseded
        A newer revision replaces the one that was meant.
    TransitionRefused
        It is accepted or declined.
    """
    scheduling.lock_area(session)
    quote = get_quote_by_number(session, number=number, revision=revision)
    newest = get_quote_by_number(session, number=number)
    if newest.revision != revision:
        raise QuoteSuperseded(f"Revision {newest.revision} replaces the one you see; look at it first.",
                              number=number, newest=newest.revision)
    _require_revisable(quote)
    living = (DraftState.OPEN.value, DraftState.WAITING.value, DraftState.APPROVED.value)
    known = session.scalars(
        select(QuoteDraftRow).where(QuoteDraftRow.based_on_number == number, QuoteDraftRow.state.in_(living),
                                    QuoteDraftRow.based_on_revision == revision).limit(1)
    ).first()
    if known is not None:
        return present_draft(session, known)
    row = get_quote_row(session, number=number, revision=revision)
    return create_draft(session, content=content_of(session, row, language=language), owner=owner,
                        idempotency_key=idempotency_key, now=now, based_on=(number, revision))


def _require_revisable(quote: Quote) -> None:
    if quote.order_number:
        raise TransitionRefused("A quote that is an order cannot be revised.", thing="quote",
                                state=quote.state.value, event=QuoteEvent.SUPERSEDE.value)
    next_quote_state(QuoteState(quote.state), QuoteEvent.SUPERSEDE)


def get_draft(session: Session, *, draft_id: int) -> KeptDraft:
    """Give a draft with its approvals; raise DraftNotFound when there is none."""
    row = session.get(QuoteDraftRow, draft_id) if 0 < draft_id <= _LARGEST_ID else None
    if row is None:
        raise DraftNotFound("There is no such draft.", draft=draft_id)
    return present_draft(session, row)


def list_drafts(
    session: Session, *, states: Collection[DraftState] = tuple(DraftState), owner: str = "",
    before_id: int | None = None, limit: int = 50
) -> tuple[KeptDraft, ...]:
    """List drafts, newest first, without their approvals.

    Parameters
    ----------
    session
        Only read.
    states
        Those to list.
    owner
        Login whose drafts to list; empty lists everybody's.
    before_id
        The last draft of the page before; None starts at the newest.
    limit
        The most to give.

    Returns
    -------
    tuple of KeptDraft
        At most ``limit``.
    """
    query = select(QuoteDraftRow).where(QuoteDraftRow.state.in_([state.value for state in states]))
    if owner:
        query = query.where(QuoteDraftRow.owner == owner)
    if before_id is not None:
        query = query.where(QuoteDraftRow.id < min(before_id, _LARGEST_ID))
    return tuple(_value(row) for row in session.scalars(query.order_by(QuoteDraftRow.id.desc()).limit(limit)))


def count_drafts(session: Session, *, states: Collection[DraftState], owner: str = "") -> int:
    """Count the drafts in some states, of one person or of everybody."""
    query = select(func.count()).select_from(QuoteDraftRow).where(
        QuoteDraftRow.state.in_([state.value for state in states]))
    return session.scalar(query.where(QuoteDraftRow.owner == owner) if owner else query) or 0


def lock_draft(session: Session, draft_id: int) -> QuoteDraftRow:
    """Give a draft's row as it stands in the database now, until the transaction ends for nobody else to change."""
    query = select(QuoteDraftRow).where(QuoteDraftRow.id == draft_id).with_for_update()
    found = 0 < draft_id <= _LARGEST_ID
    row = session.scalars(query.execution_options(populate_existing=True)).first() if found else None
    if row is None:
        raise DraftNotFound("There is no such draft.", draft=draft_id)
    return row


def require_version(session: Session, row: QuoteDraftRow, version: int) -> None:
    """Refuse what was made from another version than the newest, and say what changed since."""
    if version == row.version:
        return
    raise DraftChanged("This draft was changed since you opened it; look at the change first.", draft=row.id,
                       version=row.version, changes=_changes_since(session, row, version))


def _changes_since(session: Session, row: QuoteDraftRow, version: int) -> list[Mapping[str, object]]:
    """Give who changed which fields when, after a version, oldest first."""
    entries = session.scalars(
        select(AuditRow).where(AuditRow.subject == _subject(row), AuditRow.action == "draft.change")
        .order_by(AuditRow.id.desc()).limit(max(0, min(row.version - version, MOST_NAMED_FIELDS)))
    ).all()
    changes: list[Mapping[str, object]] = []
    for entry in reversed(entries):
        facts = json.loads(entry.facts)
        changes.append({"version": facts["version"], "by": entry.actor, "at": entry.at.isoformat(),
                        "fields": facts["fields"], "more": facts["more"]})
    return changes


def present_draft(session: Session, row: QuoteDraftRow) -> KeptDraft:
    """Give a draft's row as a value, with its approvals."""
    steps = session.scalars(select(ApprovalRow).where(ApprovalRow.draft_id == row.id).order_by(ApprovalRow.id))
    return _value(row, tuple(Approval(
        step=ApprovalStep(step.step), version=step.draft_version, by=step.by, at=step.at, reason=step.reason,
        discount_percent=Fraction(step.discount_percent),
        margin_percent=None if step.margin_percent is None else Fraction(step.margin_percent),
    ) for step in steps))


def _value(row: QuoteDraftRow, approvals: tuple[Approval, ...] = ()) -> KeptDraft:
    based_on = None
    if row.based_on_number is not None and row.based_on_revision is not None:
        based_on = (row.based_on_number, row.based_on_revision)
    return KeptDraft(
        id=row.id, version=row.version, state=DraftState(row.state), owner=row.owner,
        content=draft_from_json(row.content), based_on=based_on, created_at=row.created_at,
        changed_at=row.changed_at, changed_by=row.changed_by, approvals=approvals,
    )


def _subject(row: QuoteDraftRow) -> str:
    return f"draft-{row.id}"
