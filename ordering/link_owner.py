"""Whose a quote's link is: all revisions of a number belong to one customer, mergers followed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering.drafting import KeptDraft
from ordering.quote_reading import get_quote_by_number, get_quote_row
from ordering.tables import CustomerRow, QuoteRow


def living_customer(session: Session, customer_id: int) -> CustomerRow:
    """Give the contact that a contact has become by mergers; mostly itself."""
    row = session.get_one(CustomerRow, customer_id)
    while row.merged_into_id is not None:  # never a circle: only living contacts are merged into
        row = session.get_one(CustomerRow, row.merged_into_id)
    return row


def owns_link(session: Session, *, quote: QuoteRow, told: str, email: str) -> bool:
    """Whether an address is one of the customer whom a quote's link was given to.

    Parameters
    ----------
    session
        Only read.
    quote
        Any revision.
    told
        The address that the quote itself names, which is the customer's whoever has it today.
    email
        The address that is asked about.
    """
    address = email.strip().lower()
    if address == told.strip().lower():
        return True
    known = session.scalars(select(CustomerRow).where(CustomerRow.email == address)).first()
    return known is not None and (
        living_customer(session, known.id).id == living_customer(session, quote.customer_id).id)


def is_for_another_customer(session: Session, *, draft: KeptDraft) -> bool:
    """Whether a draft would put another customer's quote behind the link of the quote that it revises."""
    email = draft.content.header.customer_email
    if draft.based_on is None or not email:
        return False
    number, _ = draft.based_on
    base = get_quote_row(session, number=number)
    told = get_quote_by_number(session, number=number).customer_email
    return not owns_link(session, quote=base, told=told, email=email)
