"""Reads of contacts, companies and price groups for the sales desk; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from catalog.money import Money
from catalog.text import Text
from ordering.actions import NotedAction, list_actions
from ordering.customer import (
    Company,
    CompanyEntry,
    Contact,
    ContactEntry,
    ContactFile,
    OrderMention,
    PriceGroup,
    QuoteMention,
    domain_of,
    likely_duplicates,
)
from ordering.customer_tables import CompanyRow, PriceGroupRow
from ordering.errors import CustomerNotFound
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.tables import CustomerRow, OrderRow, QuoteRow

LARGEST_PAGE = 200
MOST_COMPARED = 500
"""Contacts of one e-mail domain that a contact is compared with, the newest first."""
LARGEST_ID = 2**63 - 1
_Row = TypeVar("_Row", CompanyRow, CustomerRow, PriceGroupRow)
_COMPANY = joinedload(CustomerRow.company).joinedload(CompanyRow.price_group)


@dataclass(frozen=True, slots=True)
class ContactPage:
    """Some contacts of a longer list, by name, and how many there are in all."""

    contacts: tuple[Contact, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """Some companies of a longer list, by name, and how many there are in all."""

    companies: tuple[Company, ...]
    total: int


def list_contacts(
    session: Session, *, search: str = "", company_id: int | None = None, offset: int = 0, limit: int = 50
) -> ContactPage:
    """List the living contacts by name.

    Parameters
    ----------
    search
        Part of a name, e-mail address, telephone number or company's name; empty for all.
    company_id
        Only those of this company; None for all.
    offset, limit
        Which of them; at most :data:`LARGEST_PAGE` at a time.

    Returns
    -------
    ContactPage
        Empty when nothing matches.
    """
    query = select(CustomerRow).outerjoin(CompanyRow, CustomerRow.company_id == CompanyRow.id).where(
        CustomerRow.erased_at.is_(None), CustomerRow.merged_into_id.is_(None))
    if company_id is not None:
        query = query.where(CustomerRow.company_id == company_id)
    if search.strip():
        pattern = _pattern(search)
        query = query.where(or_(*(
            column.ilike(pattern, escape="\\")
            for column in (CustomerRow.name, CustomerRow.email, CustomerRow.telephone, CompanyRow.name)
        )))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.options(_COMPANY).order_by(CustomerRow.name, CustomerRow.id)
        .offset(max(offset, 0)).limit(min(max(limit, 1), LARGEST_PAGE))
    )
    return ContactPage(tuple(contact_value(row) for row in rows), total)


def list_companies(
    session: Session, *, search: str = "", price_group_id: int | None = None, offset: int = 0, limit: int = 50
) -> CompanyPage:
    """List the living companies by name; ``search`` is part of a name or tax id, the rest as for contacts."""
    query = select(CompanyRow).where(CompanyRow.erased_at.is_(None), CompanyRow.merged_into_id.is_(None))
    if price_group_id is not None:
        query = query.where(CompanyRow.price_group_id == price_group_id)
    if search.strip():
        pattern = _pattern(search)
        query = query.where(or_(CompanyRow.name.ilike(pattern, escape="\\"),
                                CompanyRow.tax_id.ilike(pattern, escape="\\")))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.options(joinedload(CompanyRow.price_group)).order_by(CompanyRow.name, CompanyRow.id)
        .offset(max(offset, 0)).limit(min(max(limit, 1), LARGEST_PAGE))
    )
    return CompanyPage(tuple(company_value(row) for row in rows), total)


def _pattern(search: str) -> str:
    escaped = search.strip()[:100].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def list_price_groups(session: Session) -> tuple[PriceGroup, ...]:
    """List the price groups by code."""
    return tuple(price_group_value(row) for row in session.scalars(select(PriceGroupRow).order_by(PriceGroupRow.code)))


def get_contact(session: Session, *, contact_id: int) -> Contact:
    """Give a contact, also one that was merged; raise CustomerNotFound when it is missing or erased."""
    return contact_value(living_row(session, CustomerRow, contact_id))


def get_contact_file(session: Session, *, contact_id: int) -> ContactFile:
    """Give a contact with its newest quotes and orders, at most :data:`LARGEST_PAGE` of each.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    """
    contact = get_contact(session, contact_id=contact_id)
    quotes = session.scalars(
        select(QuoteRow).where(QuoteRow.customer_id == contact.id, QuoteRow.state != QuoteState.SUPERSEDED.value)
        .order_by(QuoteRow.offered_at.desc(), QuoteRow.id.desc()).limit(LARGEST_PAGE))
    orders = session.scalars(
        select(OrderRow).join(QuoteRow, OrderRow.quote_id == QuoteRow.id).where(QuoteRow.customer_id == contact.id)
        .order_by(OrderRow.accepted_at.desc(), OrderRow.id.desc()).limit(LARGEST_PAGE))
    return ContactFile(
        contact,
        tuple(QuoteMention(row.number, row.revision, QuoteState(row.state), Money(row.net_minor, row.currency),
                           row.promised_on, row.offered_at) for row in quotes),
        tuple(OrderMention(row.number, OrderState(row.state), Money(row.net_minor, row.currency), row.promised_on,
                           row.accepted_at) for row in orders),
    )


def get_company(session: Session, *, company_id: int) -> Company:
    """Give a company; raise CustomerNotFound when it is missing or erased."""
    return company_value(living_row(session, CompanyRow, company_id))


def get_price_group(session: Session, *, price_group_id: int) -> PriceGroup:
    """Give a price group; raise CustomerNotFound when it is missing."""
    return price_group_value(living_row(session, PriceGroupRow, price_group_id))


def find_quote_contact(session: Session, *, quote_number: str) -> Contact | None:
    """Find whom a quote was made for; None when there is no such quote or its contact was erased."""
    row = session.scalars(
        select(CustomerRow).join(QuoteRow, QuoteRow.customer_id == CustomerRow.id).options(_COMPANY)
        .where(QuoteRow.number == quote_number, CustomerRow.erased_at.is_(None))
        .order_by(QuoteRow.revision.desc()).limit(1)
    ).first()
    return None if row is None else contact_value(row)


def find_duplicates(session: Session, *, contact: Contact) -> tuple[Contact, ...]:
    """Find the living contacts that are likely the same person, the most similar first."""
    domain = domain_of(contact.entry.email)
    rows = session.scalars(
        select(CustomerRow).where(
            CustomerRow.email.endswith(f"@{domain}", autoescape=True), CustomerRow.id != contact.id,
            CustomerRow.erased_at.is_(None), CustomerRow.merged_into_id.is_(None),
        ).options(_COMPANY).order_by(CustomerRow.id.desc()).limit(MOST_COMPARED))
    return likely_duplicates(contact, [contact_value(row) for row in rows])


def list_contact_changes(session: Session, *, contact_id: int) -> tuple[NotedAction, ...]:
    """List who did what to a contact, the newest first; the entries name fields, never what stood in them."""
    return list_actions(session, subject=f"contact:{contact_id}", prefix="contact.")


def list_company_changes(session: Session, *, company_id: int) -> tuple[NotedAction, ...]:
    """List who did what to a company, the newest first."""
    return list_actions(session, subject=f"company:{company_id}", prefix="company.")


def list_price_group_changes(session: Session, *, price_group_id: int) -> tuple[NotedAction, ...]:
    """List who did what to a price group and its book, the newest first."""
    return list_actions(session, subject=f"price_group:{price_group_id}", prefix="price_group.")


def living_row(session: Session, kind: type[_Row], row_id: int, *, is_locked: bool = False) -> _Row:
    """Give a row as it stands now, locked until the end of the transaction when it will change.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    """
    row = None
    if 0 < row_id <= LARGEST_ID:
        row = session.get(kind, row_id, populate_existing=True, with_for_update=is_locked or None)
    if row is None or getattr(row, "erased_at", None) is not None:
        raise CustomerNotFound("There is no such customer.")
    return row


def price_group_value(row: PriceGroupRow) -> PriceGroup:
    """Give a price group's row as a value."""
    return PriceGroup(row.id, row.code, Text.of(row.title), Fraction(row.discount_percent), row.version)


def company_value(row: CompanyRow) -> Company:
    """Give a company's row as a value."""
    return Company(
        row.id, company_entry(row), None if row.price_group is None else price_group_value(row.price_group),
        row.version, row.created_at, row.changed_at, row.merged_into_id)


def company_entry(row: CompanyRow) -> CompanyEntry:
    """Give what is entered about a company."""
    return CompanyEntry(row.name, row.tax_id, row.language, row.currency, row.price_group_id,
                        tuple(row.billing_address), tuple(row.delivery_address))


def contact_value(row: CustomerRow) -> Contact:
    """Give a contact's row as a value."""
    return Contact(
        row.id, contact_entry(row), None if row.company is None else company_value(row.company), row.version,
        row.created_at, row.changed_at, row.merged_into_id)


def contact_entry(row: CustomerRow) -> ContactEntry:
    """Give what is entered about a contact."""
    return ContactEntry(row.name, row.email, row.telephone, row.language, row.company_id)


def changes_since(session: Session, *, subject: str, version: int) -> list[Mapping[str, Any]]:
    """List the changes of a subject after a version, the newest first: who, when, which fields."""
    found = list_actions(session, subject=subject, prefix=subject.split(":", maxsplit=1)[0])
    return [{"by": item.actor, "at": item.at.isoformat(), "fields": list(item.facts["fields"])}
            for item in found if item.facts.get("version", 0) > version]
