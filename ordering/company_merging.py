"""Use cases of two companies that are one: preview, and merging one into the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import Company
from ordering.customer_merging import lock_quotes
from ordering.customer_reading import company_value, living_row
from ordering.customer_tables import CompanyRow
from ordering.errors import RequestInvalid, TransitionRefused
from ordering.tables import CustomerRow

FILLED = ("tax_id", "language", "currency", "price_group_id", "billing_address", "delivery_address")
"""What the kept company takes over from the other where it has nothing itself."""


@dataclass(frozen=True, slots=True)
class CompanyMerger:
    """What merging a company into another moves."""

    kept: Company
    merged: Company
    contact_count: int
    filled: tuple[str, ...]
    """Fields that the kept company takes over."""
    is_price_changed: bool
    """Whether the contacts that move buy on other terms from then on."""


def preview_company_merge(session: Session, *, kept_id: int, merged_id: int) -> CompanyMerger:
    """Say what merging one company into another would move; nothing is written.

    Raises
    ------
    CustomerNotFound
        One of them is missing or erased.
    RequestInvalid
        Both are the same company.
    TransitionRefused
        One of them was merged already.
    """
    kept, merged = _pair(session, kept_id=kept_id, merged_id=merged_id, is_locked=False)
    return _merger(session, kept, merged)


def merge_companies(session: Session, *, kept_id: int, merged_id: int, now: datetime, actor: str) -> Company:
    """Move the contacts of one company to another; the first is found no more and leads to the second.

    Parameters
    ----------
    kept_id
        The company that stays.
    merged_id
        The company that goes into it.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    Company
        The one kept, with what it took over. Quotes that were made keep their prices.

    Raises
    ------
    CustomerNotFound, RequestInvalid, TransitionRefused
        As for :func:`preview_company_merge`.
    """
    lock_quotes(session)
    kept, merged = _pair(session, kept_id=kept_id, merged_id=merged_id, is_locked=True)
    plan = _merger(session, kept, merged)
    session.execute(update(CustomerRow).where(CustomerRow.company_id == merged.id).values(
        company_id=kept.id, version=CustomerRow.version + 1, changed_at=now))
    session.execute(update(CompanyRow).where(CompanyRow.merged_into_id == merged.id).values(merged_into_id=kept.id))
    for name in plan.filled:
        setattr(kept, name, getattr(merged, name))
    merged.merged_into_id = kept.id
    for row in (kept, merged):
        row.version, row.changed_at = row.version + 1, now
    store.append_audit(session, at=now, actor=actor, action="company.merge", subject=f"company:{kept.id}", facts={
        "version": kept.version, "fields": list(plan.filled), "from": merged.id, "contacts": plan.contact_count})
    store.append_audit(session, at=now, actor=actor, action="company.merged", subject=f"company:{merged.id}", facts={
        "version": merged.version, "fields": [], "into": kept.id, "contacts": plan.contact_count})
    session.flush()
    session.expire_all()
    return company_value(kept)


def _pair(session: Session, *, kept_id: int, merged_id: int, is_locked: bool) -> tuple[CompanyRow, CompanyRow]:
    if kept_id == merged_id:
        raise RequestInvalid("A company cannot be merged into itself.", field="other")
    rows = {row_id: living_row(session, CompanyRow, row_id, is_locked=is_locked)
            for row_id in sorted((kept_id, merged_id))}  # one order for all, so that no two writers wait in a circle
    for row in rows.values():
        if row.merged_into_id is not None:
            raise TransitionRefused("This company was merged into another one.", kept=row.merged_into_id)
    return rows[kept_id], rows[merged_id]


def _merger(session: Session, kept: CompanyRow, merged: CompanyRow) -> CompanyMerger:
    contacts = session.scalar(select(func.count(CustomerRow.id)).where(
        CustomerRow.company_id == merged.id, CustomerRow.merged_into_id.is_(None),
        CustomerRow.erased_at.is_(None))) or 0
    filled = tuple(name for name in FILLED if not getattr(kept, name) and getattr(merged, name))
    group = kept.price_group_id or merged.price_group_id
    return CompanyMerger(company_value(kept), company_value(merged), contacts, filled,
                         contacts > 0 and group != merged.price_group_id)
