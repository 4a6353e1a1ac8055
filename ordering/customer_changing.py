"""Use cases of keeping contacts, companies and price groups; a second editor never overwrites the first unseen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.text import Text
from ordering import store
from ordering.customer import (
    CURRENCIES,
    LANGUAGES,
    LONGEST_ADDRESS_LINE,
    MOST_ADDRESS_LINES,
    Company,
    CompanyEntry,
    Contact,
    ContactEntry,
    PriceGroup,
    changed_fields,
    discount_text,
    entry_facts,
    is_price_group_code,
    is_tax_id,
    is_telephone,
)
from ordering.customer_reading import (
    changes_since,
    company_entry,
    company_value,
    contact_entry,
    contact_value,
    get_company,
    get_contact,
    get_price_group,
    living_row,
    price_group_value,
)
from ordering.customer_tables import CompanyRow, PriceGroupRow
from ordering.errors import CustomerChanged, CustomerEntryTaken, RequestInvalid, TransitionRefused
from ordering.tables import CustomerRow, QuoteRow

CONTACT_SCOPE = "contact.add"
COMPANY_SCOPE = "company.add"
LONGEST_NAME = 120
LONGEST_EMAIL = 254
LONGEST_TITLE = 80


def add_contact(session: Session, *, entry: ContactEntry, key: str, now: datetime, actor: str) -> Contact:
    """Add a contact.

    Parameters
    ----------
    entry
        What is known about it.
    key
        One key has one effect: the same request again gives the same contact.
    now
        Aware UTC.
    actor
        For the audit log.

    Raises
    ------
    RequestInvalid
        A field is out of bounds.
    CustomerEntryTaken
        Another contact has the e-mail address.
    CustomerNotFound
        There is no such company.
    IdempotencyMismatch
        The key belongs to another request.
    """
    entry = _checked_contact(session, entry)
    body_hash = _body_hash(entry)
    known = store.find_answer(session, scope=CONTACT_SCOPE, key=key, body_hash=body_hash)
    if known is not None:
        return get_contact(session, contact_id=known["id"])
    _require_free_email(session, entry.email, except_id=None)
    row = CustomerRow(**entry_facts(entry), created_at=now, changed_at=now)
    session.add(row)
    session.flush()
    store.append_audit(session, at=now, actor=actor, action="contact.add", subject=f"contact:{row.id}",
                       facts={"version": 1, "fields": ["name", "email"]})
    store.store_answer(session, scope=CONTACT_SCOPE, key=key, body_hash=body_hash, answer={"id": row.id}, now=now)
    return contact_value(row)


def change_contact(
    session: Session, *, contact_id: int, entry: ContactEntry, expected_version: int, now: datetime, actor: str
) -> Contact:
    """Change a contact, when nobody else has since it was read.

    Parameters
    ----------
    entry
        How it is to stand; the same as before changes nothing.
    expected_version
        The version the editor saw.

    Raises
    ------
    CustomerChanged
        Somebody else changed it meanwhile; ``detail["changes"]`` says who, when and which fields.
    CustomerNotFound
        It or the company is missing or erased.
    CustomerEntryTaken
        Another contact has the e-mail address.
    RequestInvalid
        A field is out of bounds.
    TransitionRefused
        It was merged into another contact.
    """
    row = living_row(session, CustomerRow, contact_id, is_locked=True)
    if row.merged_into_id is not None:
        raise TransitionRefused("This contact was merged into another one.", kept=row.merged_into_id)
    require_version(session, row.version, expected_version, subject=f"contact:{row.id}")
    entry = _checked_contact(session, entry)
    named = changed_fields(contact_entry(row), entry)
    if named:
        _require_free_email(session, entry.email, except_id=row.id)
        if row.email != entry.email:  # a corrected address: its mails and its history go on with it
            session.execute(update(QuoteRow).where(QuoteRow.customer_id == row.id, QuoteRow.customer_email == row.email)
                            .values(customer_email=entry.email))
        for name in named:
            setattr(row, name, getattr(entry, name))
        row.version, row.changed_at = row.version + 1, now
        store.append_audit(session, at=now, actor=actor, action="contact.change", subject=f"contact:{row.id}",
                           facts={"version": row.version, "fields": list(named)})
        session.expire(row, ["company"])
    return contact_value(row)


def add_company(session: Session, *, entry: CompanyEntry, key: str, now: datetime, actor: str) -> Company:
    """Add a company; parameters and refusals as for :func:`add_contact`, without the e-mail address."""
    entry = _checked_company(session, entry)
    body_hash = _body_hash(entry)
    known = store.find_answer(session, scope=COMPANY_SCOPE, key=key, body_hash=body_hash)
    if known is not None:
        return get_company(session, company_id=known["id"])
    row = CompanyRow(**entry_facts(entry), created_at=now, changed_at=now)
    session.add(row)
    session.flush()
    store.append_audit(session, at=now, actor=actor, action="company.add", subject=f"company:{row.id}",
                       facts={"version": 1, "fields": ["name"]})
    store.store_answer(session, scope=COMPANY_SCOPE, key=key, body_hash=body_hash, answer={"id": row.id}, now=now)
    return company_value(row)


def change_company(
    session: Session, *, company_id: int, entry: CompanyEntry, expected_version: int, now: datetime, actor: str
) -> Company:
    """Change a company, when nobody else has since it was read; as :func:`change_contact`."""
    row = living_row(session, CompanyRow, company_id, is_locked=True)
    if row.merged_into_id is not None:
        raise TransitionRefused("This company was merged into another one.", kept=row.merged_into_id)
    require_version(session, row.version, expected_version, subject=f"company:{row.id}")
    entry = _checked_company(session, entry)
    named = changed_fields(company_entry(row), entry)
    if named:
        facts = entry_facts(entry)
        for name in named:
            setattr(row, name, facts[name])
        row.version, row.changed_at = row.version + 1, now
        store.append_audit(session, at=now, actor=actor, action="company.change", subject=f"company:{row.id}",
                           facts={"version": row.version, "fields": list(named)})
        session.expire(row, ["price_group"])
    return company_value(row)


def add_price_group(
    session: Session, *, code: str, title: Text, discount_percent: Fraction, now: datetime, actor: str
) -> PriceGroup:
    """Add a price group.

    Raises
    ------
    RequestInvalid
        A field is out of bounds.
    CustomerEntryTaken
        Another group has the code.
    """
    if not is_price_group_code(code):
        raise RequestInvalid("A code has 1 to 20 small letters, digits, hyphens or underscores.", field="code")
    _check_terms(title, discount_percent)
    if session.scalar(select(PriceGroupRow.id).where(PriceGroupRow.code == code)) is not None:
        raise CustomerEntryTaken("Another price group has this code.", field="code")
    row = PriceGroupRow(code=code, title=store.text_as_json(title), discount_percent=str(discount_percent),
                        changed_at=now)
    session.add(row)
    session.flush()
    store.append_audit(session, at=now, actor=actor, action="price_group.add", subject=f"price_group:{row.id}",
                       facts={"version": 1, "fields": ["code"], "discount_percent": discount_text(discount_percent)})
    return price_group_value(row)


def change_price_group(
    session: Session, *, price_group_id: int, title: Text, discount_percent: Fraction, expected_version: int,
    now: datetime, actor: str,
) -> PriceGroup:
    """Change the title or the discount of a price group, when nobody else has since it was read.

    Raises
    ------
    CustomerChanged
        Somebody else changed it meanwhile.
    CustomerNotFound
        It is missing.
    RequestInvalid
        A field is out of bounds.
    """
    row = living_row(session, PriceGroupRow, price_group_id, is_locked=True)
    require_version(session, row.version, expected_version, subject=f"price_group:{row.id}")
    _check_terms(title, discount_percent)
    old = price_group_value(row)
    named = [name for name, is_other in (("title", old.title != title),
                                         ("discount_percent", old.discount_percent != discount_percent)) if is_other]
    if named:
        row.title, row.discount_percent = store.text_as_json(title), str(discount_percent)
        row.version, row.changed_at = row.version + 1, now
        store.append_audit(
            session, at=now, actor=actor, action="price_group.change", subject=f"price_group:{row.id}",
            facts={"version": row.version, "fields": named, "discount_percent": discount_text(discount_percent)})
    return price_group_value(row)


def _body_hash(entry: CompanyEntry | ContactEntry) -> str:
    return hashlib.sha256(json.dumps(entry_facts(entry), sort_keys=True).encode()).hexdigest()


def require_version(session: Session, version: int, expected: int, *, subject: str) -> None:
    """Want that nobody changed a subject since it was read; raise CustomerChanged with what was changed."""
    if version != expected:
        raise CustomerChanged("Somebody else changed this in the meantime.", version=version,
                              changes=changes_since(session, subject=subject, version=expected))


def _require_free_email(session: Session, email: str, *, except_id: int | None) -> None:
    found = session.execute(
        select(CustomerRow.id, CustomerRow.merged_into_id).where(CustomerRow.email == email)).first()
    if found is not None and found.id != except_id:
        raise CustomerEntryTaken("Another contact has this e-mail address.", field="email",
                                 contact=found.merged_into_id or found.id)


def _checked_contact(session: Session, entry: ContactEntry) -> ContactEntry:
    entry = replace(entry, name=entry.name.strip(), email=entry.email.strip().lower(),
                    telephone=entry.telephone.strip())
    _require_length("name", entry.name, least=1, most=LONGEST_NAME)
    _require_length("email", entry.email, least=3, most=LONGEST_EMAIL)
    if entry.telephone and not is_telephone(entry.telephone):
        raise RequestInvalid("A telephone number has 5 to 30 digits and separators.", field="telephone")
    _require_listed("language", entry.language, LANGUAGES)
    if entry.company_id is not None:
        company = get_company(session, company_id=entry.company_id)
        entry = replace(entry, company_id=company.merged_into_id or company.id)
    return entry


def _checked_company(session: Session, entry: CompanyEntry) -> CompanyEntry:
    entry = replace(entry, name=entry.name.strip(), tax_id=entry.tax_id.strip().upper())
    _require_length("name", entry.name, least=1, most=LONGEST_NAME)
    if entry.tax_id and not is_tax_id(entry.tax_id):
        raise RequestInvalid("A tax id has 4 to 30 letters, digits and separators.", field="tax_id")
    _require_listed("language", entry.language, LANGUAGES)
    _require_listed("currency", entry.currency, CURRENCIES)
    for name, lines in (("billing_address", entry.billing_address), ("delivery_address", entry.delivery_address)):
        if len(lines) > MOST_ADDRESS_LINES or any(not 1 <= len(line) <= LONGEST_ADDRESS_LINE for line in lines):
            raise RequestInvalid(
                f"An address has at most {MOST_ADDRESS_LINES} lines of {LONGEST_ADDRESS_LINE} characters.", field=name)
    if entry.price_group_id is not None:
        get_price_group(session, price_group_id=entry.price_group_id)
    return entry


def _require_length(field: str, text: str, *, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        raise RequestInvalid(f"Enter {least} to {most} characters.", field=field)


def _require_listed(field: str, text: str, known: tuple[str, ...]) -> None:
    if text and text not in known:
        raise RequestInvalid(f"Choose one of {', '.join(known)}.", field=field)


def _check_terms(title: Text, discount_percent: Fraction) -> None:
    if not title.entries or any(not 1 <= len(words) <= LONGEST_TITLE for _language, words in title.entries):
        raise RequestInvalid(f"A title has 1 to {LONGEST_TITLE} characters in each language.", field="title")
    if not 0 <= discount_percent <= 100 or (discount_percent * 100).denominator != 1:
        raise RequestInvalid("A discount is 0 to 100 percent with at most two decimals.", field="discount")
