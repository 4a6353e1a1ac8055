"""Use cases of two contacts that are one person: preview, and merging one into the other."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import Contact
from ordering.customer_reading import contact_value, living_row
from ordering.errors import RequestInvalid, TransitionRefused
from ordering.tables import CustomerRow, OrderRow, QuoteRow
from scheduling import service as scheduling
from scheduling.errors import NetworkMissing

FILLED = ("company_id", "telephone", "language")
"""What the kept contact takes over from the other where it has nothing itself."""


@dataclass(frozen=True, slots=True)
class Merger:
    """What merging a contact into another moves."""

    kept: Contact
    merged: Contact
    quote_count: int
    """Quote numbers, all revisions of one counted once."""
    order_count: int
    filled: tuple[str, ...]
    """Fields that the kept contact takes over."""


def preview_merge(session: Session, *, kept_id: int, merged_id: int) -> Merger:
    """Say what merging one contact into another would move; nothing is written.

    Raises
    ------
    CustomerNotFound
        One of them is missing or erased.
    RequestInvalid
        Both are the same contact.
    TransitionRefused
        One of them was merged already.
    """
    kept, merged = _pair(session, kept_id=kept_id, merged_id=merged_id, is_locked=False)
    return _merger(session, kept, merged)


def merge_contacts(session: Session, *, kept_id: int, merged_id: int, now: datetime, actor: str) -> Contact:
    """Move the quotes and orders of one contact to another, and find that one under both addresses from then on.

    Parameters
    ----------
    kept_id
        The contact that stays.
    merged_id
        The contact that is found no more.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    Contact
        The one kept, with what it took over.

    Raises
    ------
    CustomerNotFound, RequestInvalid, TransitionRefused
        As for :func:`preview_merge`.
    """
    lock_quotes(session)
    kept, merged = _pair(session, kept_id=kept_id, merged_id=merged_id, is_locked=True)
    plan = _merger(session, kept, merged)
    session.execute(update(QuoteRow).where(QuoteRow.customer_id == merged.id).values(customer_id=kept.id))
    session.execute(update(CustomerRow).where(CustomerRow.merged_into_id == merged.id).values(merged_into_id=kept.id))
    for name in plan.filled:
        setattr(kept, name, getattr(merged, name))
    merged.merged_into_id = kept.id
    for row in (kept, merged):
        row.version, row.changed_at = row.version + 1, now
    moved = {"quotes": plan.quote_count, "orders": plan.order_count}
    store.append_audit(session, at=now, actor=actor, action="contact.merge", subject=f"contact:{kept.id}",
                       facts={"version": kept.version, "fields": list(plan.filled), "from": merged.id, **moved})
    store.append_audit(session, at=now, actor=actor, action="contact.merged", subject=f"contact:{merged.id}",
                       facts={"version": merged.version, "fields": [], "into": kept.id, **moved})
    session.expire(kept, ["company"])
    return contact_value(kept)


def lock_quotes(session: Session) -> None:
    """Keep any quote from being made or accepted until the end of the transaction."""
    with suppress(NetworkMissing):  # without plants nobody can make a quote
        scheduling.lock_area(session)


def _pair(session: Session, *, kept_id: int, merged_id: int, is_locked: bool) -> tuple[CustomerRow, CustomerRow]:
    if kept_id == merged_id:
        raise RequestInvalid("A contact cannot be merged into itself.", field="other")
    rows = {row_id: living_row(session, CustomerRow, row_id, is_locked=is_locked)
            for row_id in sorted((kept_id, merged_id))}  # one order for all, so that no two writers wait in a circle
    for row in rows.values():
        if row.merged_into_id is not None:
            raise TransitionRefused("This contact was merged into another one.", kept=row.merged_into_id)
    return rows[kept_id], rows[merged_id]


def _merger(session: Session, kept: CustomerRow, merged: CustomerRow) -> Merger:
    quotes = session.scalar(
        select(func.count(QuoteRow.number.distinct())).where(QuoteRow.customer_id == merged.id)) or 0
    orders = session.scalar(
        select(func.count(OrderRow.id)).join(QuoteRow, OrderRow.quote_id == QuoteRow.id)
        .where(QuoteRow.customer_id == merged.id)) or 0
    filled = tuple(name for name in FILLED if not getattr(kept, name) and getattr(merged, name))
    return Merger(contact_value(kept), contact_value(merged), quotes, orders, filled)
