"""Use case of a person's right to be forgotten.

What is erased is overwritten in place, so that quotes, orders, their money and the audit log stay whole.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ordering import store
from ordering.customer import ERASED, Erasure
from ordering.customer_merging import lock_quotes
from ordering.customer_reading import contact_value
from ordering.customer_tables import CompanyRow
from ordering.customer_traces import Traces, find_traces, merged_companies
from ordering.draft import DRAFT_FINAL_STATES, DraftState
from ordering.errors import CustomerBusy, RequestInvalid
from ordering.link import make_seed, token_hash
from ordering.mail_tables import MailRow
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.redaction import draft_without, needle_pattern, with_parts, without, words_without
from ordering.tables import CustomerRow, DocumentRow, OrderMessageRow

CLOSED_ORDERS = (OrderState.DELIVERED.value, OrderState.CANCELED.value)
ERASED_DOMAIN = "erased.invalid"
"""Reserved for ever: no mail can reach it. The address keeps one row apart from another."""


def preview_erasure(session: Session, *, contact_id: int, now: datetime) -> Erasure:
    """Say what erasing a contact overwrites and what stands against it; nothing is written.

    Raises
    ------
    CustomerNotFound
        It is missing or erased.
    TransitionRefused
        It was merged into another contact.
    """
    return _erasure(session, find_traces(session, contact_id=contact_id), now)


def erase_contact(
    session: Session, *, contact_id: int, with_company: bool, now: datetime, actor: str
) -> Erasure:
    """Overwrite a contact's name, addresses and words for ever, in its own rows and in those of its quotes.

    The links of its quotes stop working; kept documents and mails go; drafts to it lose it, open ones are put away.

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
    traces = find_traces(session, contact_id=contact_id, is_locked=True)
    row, plan = traces.contact, _erasure(session, traces, now)
    if not plan.is_possible:
        raise CustomerBusy("It cannot be erased while this is open: "
                           + ", ".join((*plan.open_orders, *plan.open_quotes)) + ".",
                           orders=list(plan.open_orders), quotes=list(plan.open_quotes))
    if with_company and not plan.is_last_of_company:
        raise RequestInvalid("The company has other contacts.", field="with_company")
    _overwrite_quotes(session, traces)
    _overwrite_drafts(session, traces, now=now, actor=actor)
    if with_company and row.company is not None:
        for company in (row.company, *merged_companies(session, company_id=row.company.id)):
            _overwrite_company(company, now)
            store.append_audit(session, at=now, actor=actor, action="company.erase",
                               subject=f"company:{company.id}", facts={"version": company.version, "fields": []})
    for item in (row, *traces.merged):
        _overwrite_contact(item, now)
    store.append_audit(session, at=now, actor=actor, action="contact.erase", subject=f"contact:{row.id}", facts={
        "version": row.version, "fields": [], "quotes": plan.quote_count, "documents": plan.document_count,
        "drafts": plan.draft_count, "mails": plan.mail_count, "with_company": with_company})
    return plan


def _erasure(session: Session, traces: Traces, now: datetime) -> Erasure:
    row, others = traces.contact, 0
    if row.company_id is not None:
        others = session.scalar(select(func.count(CustomerRow.id)).where(
            CustomerRow.company_id == row.company_id, CustomerRow.id != row.id,
            CustomerRow.merged_into_id.is_(None), CustomerRow.erased_at.is_(None))) or 0
    return Erasure(
        contact=contact_value(row), merged_count=len(traces.merged), quote_count=len(traces.quotes),
        document_count=len(traces.documents), draft_count=len(traces.drafts), mail_count=len(traces.mails),
        open_quotes=tuple(item.number for item in traces.quotes
                          if item.state == QuoteState.OFFERED.value and item.valid_until > now),
        open_orders=tuple(item.number for item in traces.orders if item.state not in CLOSED_ORDERS),
        is_last_of_company=row.company_id is not None and not others,
        emails=traces.emails, names=traces.names, mail_keys=tuple(item.key for item in traces.mails),
    )


def _overwrite_quotes(session: Session, traces: Traces) -> None:
    needles = needle_pattern(with_parts((*traces.names, *traces.emails)))
    seeds = {item.number: make_seed() for item in traces.quotes}
    for quote in traces.quotes:
        quote.customer_name, quote.decline_words = ERASED, ""
        quote.customer_email = f"{traces.contact.id}@{ERASED_DOMAIN}"
        quote.reference = without(quote.reference, needles)
        quote.payment_terms = without(quote.payment_terms, needles)
        quote.delivery_terms = without(quote.delivery_terms, needles)
        quote.notes = words_without(quote.notes or {}, needles)
        quote.link_seed = seeds[quote.number]
        quote.token_hash = token_hash(seeds[quote.number])  # of no token that anybody could be given
    for order in traces.orders:
        order.accepted_by = ERASED if order.accepted_by else ""
        order.reference = without(order.reference, needles)
    for change in traces.changes:
        change.accepted_by = ERASED if change.accepted_by else ""
    messages = OrderMessageRow.order_id.in_([item.id for item in traces.orders])
    session.execute(update(OrderMessageRow).where(messages).values(text=ERASED))
    session.execute(update(OrderMessageRow).where(messages, OrderMessageRow.side == "customer").values(author=ERASED))
    session.execute(delete(DocumentRow).where(DocumentRow.id.in_([item.id for item in traces.documents])))
    session.execute(delete(MailRow).where(MailRow.id.in_([item.id for item in traces.mails])))


def _overwrite_drafts(session: Session, traces: Traces, *, now: datetime, actor: str) -> None:
    """Take the person out of drafts; those that are open are put away, and whoever edits one is told."""
    needles = needle_pattern(with_parts((*traces.names, *traces.emails)))
    for row in traces.drafts:
        row.content = draft_without(row.content, needles)
        row.version, row.changed_at, row.changed_by = row.version + 1, now, actor
        if DraftState(row.state) not in DRAFT_FINAL_STATES:
            row.state, row.closed_at = DraftState.DROPPED.value, now
        store.append_audit(session, at=now, actor=actor, action="draft.change", subject=f"draft-{row.id}", facts={
            "version": row.version, "fields": ["customer_name", "customer_email", "reference"], "more": 0})


def _overwrite_contact(row: CustomerRow, now: datetime) -> None:
    row.name, row.email = ERASED, f"{row.id}@{ERASED_DOMAIN}"
    row.telephone, row.language, row.company_id = "", "", None
    row.version, row.changed_at, row.erased_at = row.version + 1, now, now


def _overwrite_company(row: CompanyRow, now: datetime) -> None:
    row.name, row.tax_id = ERASED, ""
    row.billing_address, row.delivery_address = [], []
    row.version, row.changed_at, row.erased_at = row.version + 1, now, now
