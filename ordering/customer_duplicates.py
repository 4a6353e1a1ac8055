"""Use cases of duplicates in the whole list of customers: found, looked at, put aside as different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import Company, Contact
from ordering.customer_likeness import Card, Likeness, company_card, contact_card, find_pairs
from ordering.customer_reading import company_value, contact_value, living_row
from ordering.customer_tables import CompanyRow, CustomerDifferenceRow
from ordering.errors import RequestInvalid
from ordering.tables import CustomerRow


class CustomerKind(StrEnum):
    """What is compared."""

    CONTACT = "contact"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two contacts or two companies that are likely the same, the older first."""

    one: Contact | Company
    other: Contact | Company
    reasons: tuple[Likeness, ...]
    percent: int
    """How similar the names are, 0 to 100."""


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """Some pairs of a longer list, the likeliest first, and how many there are in all."""

    pairs: tuple[Duplicate, ...]
    total: int


def list_duplicates(session: Session, *, kind: CustomerKind, offset: int = 0, limit: int = 50) -> DuplicatePage:
    """List the living entries that are likely the same, without those that somebody put aside as different.

    Contacts are alike by the same telephone number, or by the same e-mail domain and a similar name; companies by the
    same tax id or a similar name.

    Parameters
    ----------
    kind
        Contacts or companies.
    offset, limit
        Which of them.

    Returns
    -------
    DuplicatePage
        Empty when nothing is alike.
    """
    different = {(row.low_id, row.high_id) for row in session.execute(
        select(CustomerDifferenceRow.low_id, CustomerDifferenceRow.high_id)
        .where(CustomerDifferenceRow.kind == kind.value))}
    pairs = [pair for pair in find_pairs(_cards(session, kind)) if (pair.one, pair.other) not in different]
    shown = pairs[max(offset, 0):max(offset, 0) + limit]
    entries = _entries(session, kind, [row_id for pair in shown for row_id in (pair.one, pair.other)])
    return DuplicatePage(
        tuple(Duplicate(entries[pair.one], entries[pair.other], pair.reasons, pair.percent) for pair in shown),
        len(pairs))


def note_difference(
    session: Session, *, kind: CustomerKind, one_id: int, other_id: int, now: datetime, actor: str
) -> None:
    """Put two entries aside as different; they are listed as duplicates no more. Doing it twice has one effect.

    Raises
    ------
    CustomerNotFound
        One of them is missing or erased.
    RequestInvalid
        Both are the same.
    """
    if one_id == other_id:
        raise RequestInvalid("An entry is no other than itself.", field="other")
    low, high = sorted((one_id, other_id))
    for row_id in (low, high):  # in one order for all, so that no two writers wait in a circle
        if kind is CustomerKind.CONTACT:
            living_row(session, CustomerRow, row_id, is_locked=True)
        else:
            living_row(session, CompanyRow, row_id, is_locked=True)
    if session.get(CustomerDifferenceRow, (kind.value, low, high)) is not None:
        return
    session.add(CustomerDifferenceRow(kind=kind.value, low_id=low, high_id=high, noted_at=now))
    for row_id, against in ((low, high), (high, low)):
        store.append_audit(session, at=now, actor=actor, action=f"{kind.value}.different",
                           subject=f"{kind.value}:{row_id}", facts={"fields": [], "from": against})


def _cards(session: Session, kind: CustomerKind) -> list[Card]:
    if kind is CustomerKind.CONTACT:
        contacts = session.execute(
            select(CustomerRow.id, CustomerRow.name, CustomerRow.email, CustomerRow.telephone)
            .where(CustomerRow.erased_at.is_(None), CustomerRow.merged_into_id.is_(None)))
        return [contact_card(row.id, name=row.name, email=row.email, telephone=row.telephone) for row in contacts]
    companies = session.execute(
        select(CompanyRow.id, CompanyRow.name, CompanyRow.tax_id)
        .where(CompanyRow.erased_at.is_(None), CompanyRow.merged_into_id.is_(None)))
    return [company_card(row.id, name=row.name, tax_id=row.tax_id) for row in companies]


def _entries(session: Session, kind: CustomerKind, ids: Sequence[int]) -> Mapping[int, Contact | Company]:
    if kind is CustomerKind.CONTACT:
        return {row.id: contact_value(row)
                for row in session.scalars(select(CustomerRow).where(CustomerRow.id.in_(ids)))}
    return {row.id: company_value(row) for row in session.scalars(select(CompanyRow).where(CompanyRow.id.in_(ids)))}
