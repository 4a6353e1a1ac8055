"""Where a contact is named: the rows that its export shows and its erasure overwrites; nothing is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from ordering.customer_reading import living_row
from ordering.customer_tables import CompanyRow
from ordering.draft_tables import QuoteDraftRow
from ordering.errors import TransitionRefused
from ordering.mail_tables import MailRow
from ordering.order_change_tables import OrderChangeRow
from ordering.tables import CustomerRow, DocumentRow, OrderRow, QuoteRow


@dataclass(frozen=True, slots=True)
class Traces:
    """Every row that names a contact, each kind by id."""

    contact: CustomerRow
    merged: Sequence[CustomerRow]
    """Contacts that were merged into it."""
    quotes: Sequence[QuoteRow]
    orders: Sequence[OrderRow]
    changes: Sequence[OrderChangeRow]
    drafts: Sequence[QuoteDraftRow]
    mails: Sequence[MailRow]
    documents: Sequence[DocumentRow]

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses under which it is known, in small letters."""
        return tuple(dict.fromkeys(row.email.lower() for row in (self.contact, *self.merged)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it is known, on quotes, mails and drafts too."""
        found = [row.name for row in (self.contact, *self.merged)]
        found += [row.customer_name for row in self.quotes]
        found += [row.to_name for row in self.mails]
        found += [str(row.content.get("customer_name", "")) for row in self.drafts]
        return tuple(dict.fromkeys(name for name in found if name))


def find_traces(session: Session, *, contact_id: int, is_locked: bool = False) -> Traces:
    """Find where a contact is named.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    TransitionRefused
        It was merged into another contact.
    """
    row = living_row(session, CustomerRow, contact_id, is_locked=is_locked)
    if row.merged_into_id is not None:
        raise TransitionRefused("This contact was merged into another one.", kept=row.merged_into_id)
    merged = session.scalars(
        select(CustomerRow).where(CustomerRow.merged_into_id == row.id).order_by(CustomerRow.id)).all()
    quotes = session.scalars(select(QuoteRow).where(QuoteRow.customer_id == row.id).order_by(QuoteRow.id)
                             .execution_options(populate_existing=True)).all()
    orders = session.scalars(
        select(OrderRow).join(QuoteRow, OrderRow.quote_id == QuoteRow.id).where(QuoteRow.customer_id == row.id)
        .order_by(OrderRow.id).execution_options(populate_existing=True)).all()
    emails = [item.email.lower() for item in (row, *merged)]
    subjects = [*{item.number for item in quotes}, *(item.number for item in orders)]
    return Traces(
        row, merged, quotes, orders,
        session.scalars(select(OrderChangeRow).where(OrderChangeRow.order_id.in_([item.id for item in orders]))
                        .order_by(OrderChangeRow.id)).all(),
        _drafts(session, quotes, emails),
        session.scalars(select(MailRow).where(or_(MailRow.subject.in_(subjects), MailRow.to_address.in_(emails)))
                        .order_by(MailRow.id)).all(),
        session.scalars(select(DocumentRow).where(DocumentRow.subject.in_(subjects)).order_by(DocumentRow.id)).all())


def merged_companies(session: Session, *, company_id: int) -> Sequence[CompanyRow]:
    """Give the companies that were merged into another one."""
    return session.scalars(select(CompanyRow).where(CompanyRow.merged_into_id == company_id)
                           .order_by(CompanyRow.id)).all()


def _drafts(session: Session, quotes: Sequence[QuoteRow], emails: Sequence[str]) -> Sequence[QuoteDraftRow]:
    """Find the drafts that quotes were sent from or that revise them, and those to one of the addresses."""
    ids = {row.draft_id for row in quotes if row.draft_id is not None}
    numbers = {row.number for row in quotes}
    text = cast(QuoteDraftRow.content, String)
    rows = session.scalars(
        select(QuoteDraftRow).where(or_(
            QuoteDraftRow.id.in_(ids), QuoteDraftRow.based_on_number.in_(numbers),
            *(text.icontains(json.dumps(email)[1:-1], autoescape=True) for email in emails)))
        .order_by(QuoteDraftRow.id).execution_options(populate_existing=True)).all()
    return [row for row in rows if row.id in ids or row.based_on_number in numbers
            or str(row.content.get("customer_email", "")).strip().lower() in emails]
