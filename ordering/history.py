"""What was quoted to and ordered by one e-mail address, for the person who has confirmed that it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from ordering import store
from ordering.link import make_token, token_hash
from ordering.order import OrderState
from ordering.quote import Quote, QuoteState
from ordering.tables import CustomerRow, OrderRow, QuoteRow

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """The newest revision of a quote, and its order where there is one."""

    quote: Quote
    order_number: str
    order_state: OrderState | None
    ordered_at: datetime | None
    token: str
    """Of the quote's link; empty when the site's secret has changed since."""


def list_history(
    session: Session, *, email: str, secret: str, offset: int = 0, limit: int = 20
) -> tuple[HistoryEntry, ...]:
    """List the quotes and orders of an address, the newest first.

    Parameters
    ----------
    email
        An address that is confirmed to be the asking person's; case does not matter.
    secret
        The site's secret key, for the links.
    offset, limit
        Which of them.

    Returns
    -------
    tuple
        Empty for an unknown address and for one that was erased. Only what was asked for with this address: what a
        contact that it was merged into ordered is not shown to who holds the old address, nor the other way round.
    """
    newer = aliased(QuoteRow)
    query = (
        select(QuoteRow, OrderRow).join(CustomerRow, QuoteRow.customer_id == CustomerRow.id)
        .outerjoin(OrderRow, OrderRow.quote_number == QuoteRow.number)
        .where(QuoteRow.customer_email == email.strip().lower(), CustomerRow.erased_at.is_(None),
               ~select(newer.id).where(newer.number == QuoteRow.number, newer.revision > QuoteRow.revision).exists())
        .options(selectinload(QuoteRow.lines), selectinload(QuoteRow.customer))
        .order_by(QuoteRow.offered_at.desc(), QuoteRow.id.desc())
        .offset(max(offset, 0)).limit(min(max(limit, 1), LARGEST_PAGE))
    )
    return tuple(_entry(quote, order, secret) for quote, order in session.execute(query))


def is_still_open(quote: Quote, *, now: datetime) -> bool:
    """Tell whether a quote can still be accepted."""
    return quote.state is QuoteState.OFFERED and now < quote.valid_until


def _entry(row: QuoteRow, order: OrderRow | None, secret: str) -> HistoryEntry:
    token = make_token(row.link_seed, secret=secret)
    number = order.number if order is not None else ""
    return HistoryEntry(
        store.quote_value(row, order_number=number), number, OrderState(order.state) if order is not None else None,
        order.accepted_at if order is not None else None, token if token_hash(token) == row.token_hash else "")
