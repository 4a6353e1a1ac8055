"""Use cases of a person's rights: everything stored about a contact as plain values, and its erasure.

What is erased is overwritten in place, so that quotes, orders, their money and the audit log stay whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import ERASED, Erasure, entry_facts
from ordering.customer_merging import lock_quotes
from ordering.customer_reading import (
    company_entry,
    contact_value,
    list_contact_changes,
    living_row,
)
from ordering.customer_tables import CompanyRow
from ordering.errors import CustomerBusy, RequestInvalid, TransitionRefused
from ordering.link import make_seed, token_hash
from ordering.mail_tables import MailRow
from ordering.order import OrderState
from ordering.order_change_tables import OrderChangeRow
from ordering.quote import QuoteState
from ordering.tables import CustomerRow, DocumentRow, OrderMessageRow, OrderRow, PromiseEventRow, QuoteRow

CLOSED_ORDERS = (OrderState.DELIVERED.value, OrderState.CANCELED.value)
ERASED_DOMAIN = "erased.invalid"
"""Reserved for ever: no mail can reach it. The address keeps one row apart from another."""


def export_contact(session: Session, *, contact_id: int, now: datetime, actor: str) -> Mapping[str, object]:
    """Give everything stored about a contact as plain JSON values, and note that it was given.

    Parameters
    ----------
    contact_id
        A living contact; those merged into it are part of it.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    mapping
        ``contact``, ``also_known_as``, ``company``, ``quotes``, ``orders``, ``documents`` and ``actions``.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    TransitionRefused
        It was merged into another contact.
    """
    row = _whole_row(session, contact_id)
    quotes, orders = _quotes(session, row), _orders(session, row)
    documents = _documents(session, quotes, orders)
    content: dict[str, object] = {
        "exported_at": now.isoformat(),
        "contact": _contact_facts(row),
        "also_known_as": [_contact_facts(item) for item in _merged(session, row)],
        "company": None if row.company is None else entry_facts(company_entry(row.company)),
        "quotes": [_quote_facts(item) for item in quotes],
        "orders": [_order_facts(session, item) for item in orders],
        "documents": [{"kind": item.kind, "subject": item.subject, "revision": item.revision,
                       "language": item.language, "sha256": item.sha256} for item in documents],
        "actions": [{"at": item.at.isoformat(), "actor": item.actor, "action": item.action, "facts": item.facts}
                    for item in list_contact_changes(session, contact_id=row.id)],
    }
    store.append_audit(session, at=now, actor=actor, action="contact.export", subject=f"contact:{row.id}",
                       facts={"quotes": len(quotes), "orders": len(orders)})
    return content


def preview_erasure(session: Session, *, contact_id: int, now: datetime) -> Erasure:
    """Say what erasing a contact overwrites and what stands against it; nothing is written.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    TransitionRefused
        It was merged into another contact.
    """
    return _erasure(session, _whole_row(session, contact_id), now)


def erase_contact(
    session: Session, *, contact_id: int, with_company: bool, now: datetime, actor: str
) -> Erasure:
    """Overwrite a contact's name, addresses and words for ever, in its own rows and in those of its quotes.

    The links of its quotes stop working, and kept documents go; drawn again they carry no name.

    Parameters
    ----------
    contact_id
        A living contact; those merged into it go with it.
    with_company
        Whether its company goes too, which must have no other contact.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    Erasure
        What was erased.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    CustomerBusy
        An order or a quote of it is open; ``detail`` lists both.
    RequestInvalid
        The company has other contacts.
    TransitionRefused
        It was merged into another contact.
    """
    lock_quotes(session)
    row = _whole_row(session, contact_id, is_locked=True)
    plan = _erasure(session, row, now)
    if not plan.is_possible:
        raise CustomerBusy("It cannot be erased while this is open: "
                           + ", ".join((*plan.open_orders, *plan.open_quotes)) + ".",
                           orders=list(plan.open_orders), quotes=list(plan.open_quotes))
    if with_company and not plan.is_last_of_company:
        raise RequestInvalid("The company has other contacts.", field="with_company")
    _overwrite_quotes(session, row)
    if with_company and row.company is not None:
        _overwrite_company(row.company, now)
        store.append_audit(session, at=now, actor=actor, action="company.erase",
                           subject=f"company:{row.company.id}", facts={"version": row.company.version, "fields": []})
    for item in (row, *_merged(session, row)):
        _overwrite_contact(item, now)
    store.append_audit(session, at=now, actor=actor, action="contact.erase", subject=f"contact:{row.id}", facts={
        "version": row.version, "fields": [], "quotes": plan.quote_count, "documents": plan.document_count,
        "with_company": with_company})
    return plan


def _whole_row(session: Session, contact_id: int, *, is_locked: bool = False) -> CustomerRow:
    row = living_row(session, CustomerRow, contact_id, is_locked=is_locked)
    if row.merged_into_id is not None:
        raise TransitionRefused("This contact was merged into another one.", kept=row.merged_into_id)
    return row


def _erasure(session: Session, row: CustomerRow, now: datetime) -> Erasure:
    quotes, orders = _quotes(session, row), _orders(session, row)
    others = 0
    if row.company_id is not None:
        others = session.scalar(select(func.count(CustomerRow.id)).where(
            CustomerRow.company_id == row.company_id, CustomerRow.id != row.id,
            CustomerRow.merged_into_id.is_(None), CustomerRow.erased_at.is_(None))) or 0
    return Erasure(
        contact=contact_value(row), merged_count=len(_merged(session, row)), quote_count=len(quotes),
        document_count=len(_documents(session, quotes, orders)),
        open_quotes=tuple(item.number for item in quotes
                          if item.state == QuoteState.OFFERED.value and item.valid_until > now),
        open_orders=tuple(item.number for item in orders if item.state not in CLOSED_ORDERS),
        is_last_of_company=row.company_id is not None and not others,
    )


def _quotes(session: Session, row: CustomerRow) -> Sequence[QuoteRow]:
    return session.scalars(select(QuoteRow).where(QuoteRow.customer_id == row.id)
                           .order_by(QuoteRow.id).execution_options(populate_existing=True)).all()


def _orders(session: Session, row: CustomerRow) -> Sequence[OrderRow]:
    return session.scalars(
        select(OrderRow).join(QuoteRow, OrderRow.quote_id == QuoteRow.id).where(QuoteRow.customer_id == row.id)
        .order_by(OrderRow.id).execution_options(populate_existing=True)).all()


def _merged(session: Session, row: CustomerRow) -> Sequence[CustomerRow]:
    return session.scalars(
        select(CustomerRow).where(CustomerRow.merged_into_id == row.id).order_by(CustomerRow.id)).all()


def _documents(
    session: Session, quotes: Sequence[QuoteRow], orders: Sequence[OrderRow]
) -> Sequence[DocumentRow]:
    return session.scalars(
        select(DocumentRow).where(DocumentRow.subject.in_(_subjects(quotes, orders))).order_by(DocumentRow.id)).all()


def _subjects(quotes: Sequence[QuoteRow], orders: Sequence[OrderRow]) -> list[str]:
    return [*{item.number for item in quotes}, *(item.number for item in orders)]


def _overwrite_quotes(session: Session, row: CustomerRow) -> None:
    quotes, orders = _quotes(session, row), _orders(session, row)
    subjects = _subjects(quotes, orders)
    session.execute(delete(DocumentRow).where(DocumentRow.subject.in_(subjects)))
    session.execute(delete(MailRow).where(MailRow.subject.in_(subjects)))
    seeds = {item.number: make_seed() for item in quotes}
    for quote in quotes:
        quote.customer_name, quote.decline_words = ERASED, ""
        quote.link_seed = seeds[quote.number]
        quote.token_hash = token_hash(seeds[quote.number])  # of no token that anybody could be given
    for order in orders:
        order.accepted_by = ERASED if order.accepted_by else ""
    session.execute(update(OrderChangeRow).where(
        OrderChangeRow.order_id.in_([item.id for item in orders])).values(accepted_by=ERASED))
    session.execute(update(OrderMessageRow).where(
        OrderMessageRow.order_id.in_([item.id for item in orders])).values(text=ERASED))
    session.execute(update(OrderMessageRow).where(
        OrderMessageRow.order_id.in_([item.id for item in orders]), OrderMessageRow.side == "customer",
    ).values(author=ERASED))


def _overwrite_contact(row: CustomerRow, now: datetime) -> None:
    row.name, row.email = ERASED, f"{row.id}@{ERASED_DOMAIN}"
    row.telephone, row.language, row.company_id = "", "", None
    row.version, row.changed_at, row.erased_at = row.version + 1, now, now


def _overwrite_company(row: CompanyRow, now: datetime) -> None:
    row.name, row.tax_id = ERASED, ""
    row.billing_address, row.delivery_address = [], []
    row.version, row.changed_at, row.erased_at = row.version + 1, now, now


def _contact_facts(row: CustomerRow) -> Mapping[str, object]:
    return {**entry_facts(contact_value(row).entry), "version": row.version, "created_at": row.created_at.isoformat(),
            "changed_at": None if row.changed_at is None else row.changed_at.isoformat()}


def _quote_facts(row: QuoteRow) -> Mapping[str, object]:
    return {
        "number": row.number, "revision": row.revision, "state": row.state, "customer_name": row.customer_name,
        "reference": row.reference, "destination": row.destination, "currency": row.currency,
        "net_minor": row.net_minor, "tax_minor": row.tax_minor, "gross_minor": row.gross_minor,
        "promised_on": row.promised_on.isoformat(), "offered_at": row.offered_at.isoformat(),
        "valid_until": row.valid_until.isoformat(), "decline_reason": row.decline_reason,
        "decline_words": row.decline_words,
        "lines": [{"position": line.position, "product": line.product_code, "choices": line.choices,
                   "quantity": line.quantity, "gross_minor": line.gross_minor} for line in row.lines],
    }


def _order_facts(session: Session, row: OrderRow) -> Mapping[str, object]:
    messages = session.scalars(
        select(OrderMessageRow).where(OrderMessageRow.order_id == row.id).order_by(OrderMessageRow.id))
    history = session.scalars(
        select(PromiseEventRow).where(PromiseEventRow.quote_number == row.quote_number).order_by(PromiseEventRow.id))
    return {
        "number": row.number, "quote": row.quote_number, "state": row.state, "reference": row.reference,
        "accepted_by": row.accepted_by, "accepted_at": row.accepted_at.isoformat(),
        "gross_minor": row.gross_minor, "currency": row.currency, "promised_on": row.promised_on.isoformat(),
        "messages": [{"side": item.side, "author": item.author, "text": item.text, "at": item.at.isoformat()}
                     for item in messages],
        "promises": [{"kind": item.kind, "promised_on": item.promised_on.isoformat(), "at": item.at.isoformat(),
                      "reason": item.reason} for item in history],
    }
