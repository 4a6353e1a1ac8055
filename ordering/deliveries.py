"""What was delivered against what was promised: the day accepted by the customer, and the day the order came."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ordering.order import OrderState, PromiseEventKind
from ordering.tables import OrderRow, PromiseEventRow
from scheduling.kpis import Delivery


def list_deliveries(session: Session, *, from_at: datetime, until_at: datetime, zone: ZoneInfo) -> tuple[Delivery, ...]:
    """List the orders delivered in [from, until), with the day that was promised when they were accepted.

    An order that its customer changed counts from the change: that is the day the customer accepted last.

    Parameters
    ----------
    session
        Only read.
    from_at, until_at
        Aware.
    zone
        In which the day of a delivery is read.

    Returns
    -------
    tuple of Delivery
        By time of delivery; empty when nothing was delivered.
    """
    by_customer = (PromiseEventKind.ACCEPTED.value, PromiseEventKind.CHANGED.value)
    last = (select(func.max(PromiseEventRow.id)).where(PromiseEventRow.kind.in_(by_customer))
            .group_by(PromiseEventRow.quote_number))
    query = (
        select(OrderRow.closed_at, PromiseEventRow.promised_on)
        .join(PromiseEventRow, PromiseEventRow.quote_number == OrderRow.quote_number)
        .where(OrderRow.state == OrderState.DELIVERED.value, OrderRow.closed_at >= from_at,
               OrderRow.closed_at < until_at, PromiseEventRow.id.in_(last))
        .order_by(OrderRow.closed_at, OrderRow.id)
    )
    return tuple(
        Delivery(promised_on, closed_at.astimezone(zone).date())
        for closed_at, promised_on in session.execute(query) if closed_at is not None
    )
