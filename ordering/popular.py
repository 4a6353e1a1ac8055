"""What was ordered of a product, without who ordered it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering.order import OrderState
from ordering.tables import OrderRow, QuoteLineRow

MOST_ORDERS = 1_000


def list_ordered_choices(session: Session, *, product_code: str) -> tuple[Mapping[str, str], ...]:
    """List the choices of the lines of accepted orders of a product, newest orders first.

    Parameters
    ----------
    session
        Only read.
    product_code
        Of any of its versions.

    Returns
    -------
    tuple of mapping of str to str
        Raw choices by attribute, at most :data:`MOST_ORDERS`; canceled orders do not count.
    """
    rows = session.execute(
        select(QuoteLineRow.choices).join(OrderRow, OrderRow.quote_id == QuoteLineRow.quote_id)
        .where(QuoteLineRow.product_code == product_code, OrderRow.state != OrderState.CANCELED.value)
        .order_by(OrderRow.accepted_at.desc(), OrderRow.id.desc(), QuoteLineRow.position).limit(MOST_ORDERS))
    return tuple(dict(choices) for choices, in rows)
