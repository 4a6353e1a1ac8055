"""Use case of a person's right to know: everything stored about a contact as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import entry_facts
from ordering.customer_reading import company_entry, contact_value, list_contact_changes
from ordering.customer_traces import find_traces
from ordering.draft_tables import QuoteDraftRow
from ordering.mail_tables import MailRow
from ordering.order_change_tables import OrderChangeRow
from ordering.sent_tables import QuoteItemRow
from ordering.tables import CustomerRow, OrderMessageRow, OrderRow, PromiseEventRow, QuoteRow


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
        ``contact``, ``also_known_as``, ``company``, ``quotes``, ``orders``, ``drafts``, ``mails``, ``documents`` and
        ``actions``.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    TransitionRefused
        It was merged into another contact.
    """
    traces = find_traces(session, contact_id=contact_id)
    row, quotes, orders = traces.contact, traces.quotes, traces.orders
    content: dict[str, object] = {
        "exported_at": now.isoformat(),
        "contact": _contact_facts(row),
        "also_known_as": [_contact_facts(item) for item in traces.merged],
        "company": None if row.company is None else entry_facts(company_entry(row.company)),
        "quotes": [_quote_facts(session, item) for item in quotes],
        "orders": [_order_facts(session, item, traces.changes) for item in orders],
        "drafts": [_draft_facts(item) for item in traces.drafts],
        "mails": [_mail_facts(item) for item in traces.mails],
        "documents": [{"kind": item.kind, "subject": item.subject, "revision": item.revision,
                       "language": item.language, "sha256": item.sha256} for item in traces.documents],
        "actions": [{"at": item.at.isoformat(), "actor": item.actor, "action": item.action, "facts": item.facts}
                    for item in list_contact_changes(session, contact_id=row.id)],
    }
    store.append_audit(session, at=now, actor=actor, action="contact.export", subject=f"contact:{row.id}",
                       facts={"quotes": len(quotes), "orders": len(orders)})
    return content


def _contact_facts(row: CustomerRow) -> Mapping[str, object]:
    return {**entry_facts(contact_value(row).entry), "version": row.version, "created_at": row.created_at.isoformat(),
            "changed_at": None if row.changed_at is None else row.changed_at.isoformat()}


def _quote_facts(session: Session, row: QuoteRow) -> Mapping[str, object]:
    items = session.scalars(select(QuoteItemRow).where(QuoteItemRow.quote_id == row.id).order_by(QuoteItemRow.position))
    return {
        "number": row.number, "revision": row.revision, "state": row.state, "customer_name": row.customer_name,
        "customer_email": row.customer_email, "reference": row.reference, "destination": row.destination,
        "currency": row.currency, "net_minor": row.net_minor, "tax_minor": row.tax_minor,
        "gross_minor": row.gross_minor, "promised_on": row.promised_on.isoformat(),
        "offered_at": row.offered_at.isoformat(),
        "valid_until": row.valid_until.isoformat(), "decline_reason": row.decline_reason,
        "decline_words": row.decline_words, "payment_terms": row.payment_terms,
        "delivery_terms": row.delivery_terms, "notes": row.notes,
        "lines": [{"position": line.position, "product": line.product_code, "choices": line.choices,
                   "quantity": line.quantity, "gross_minor": line.gross_minor} for line in row.lines],
        "items": [{"position": item.position, "kind": item.kind, "standing": item.standing, "title": item.title,
                   "choices": item.choices, "quantity": item.quantity, "gross_minor": item.gross_minor}
                  for item in items],
    }


def _order_facts(session: Session, row: OrderRow, changes: Sequence[OrderChangeRow]) -> Mapping[str, object]:
    messages = session.scalars(
        select(OrderMessageRow).where(OrderMessageRow.order_id == row.id).order_by(OrderMessageRow.id))
    history = session.scalars(
        select(PromiseEventRow).where(PromiseEventRow.quote_number == row.quote_number).order_by(PromiseEventRow.id))
    return {
        "number": row.number, "quote": row.quote_number, "state": row.state, "reference": row.reference,
        "accepted_by": row.accepted_by, "accepted_at": row.accepted_at.isoformat(),
        "gross_minor": row.gross_minor, "currency": row.currency, "promised_on": row.promised_on.isoformat(),
        "changes": [{"number": item.number, "at": item.at.isoformat(), "accepted_by": item.accepted_by}
                    for item in changes if item.order_id == row.id],
        "messages": [{"side": item.side, "author": item.author, "text": item.text, "at": item.at.isoformat()}
                     for item in messages],
        "promises": [{"kind": item.kind, "promised_on": item.promised_on.isoformat(), "at": item.at.isoformat(),
                      "reason": item.reason} for item in history],
    }


def _draft_facts(row: QuoteDraftRow) -> Mapping[str, object]:
    # What a line costs us is a secret of the house and tells nothing about the person.
    lines = [{key: value for key, value in line.items() if key != "unit_cost_minor"} for line in row.content["lines"]]
    return {"draft": row.id, "state": row.state, "version": row.version, "revises": row.based_on_number,
            "created_at": row.created_at.isoformat(), "changed_at": row.changed_at.isoformat(),
            "content": {**row.content, "lines": lines}}


def _mail_facts(row: MailRow) -> Mapping[str, object]:
    return {"kind": row.kind, "about": row.subject, "to_name": row.to_name, "to_address": row.to_address,
            "language": row.language, "state": row.state, "title": row.title, "text": row.text, "html": row.html,
            "attachments": row.attachments, "created_at": row.created_at.isoformat(),
            "sent_at": None if row.sent_at is None else row.sent_at.isoformat()}
