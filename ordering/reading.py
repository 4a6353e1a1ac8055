"""Reads of orders and work orders for customers, sales and planners; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ordering import store
from ordering.configured import recall
from ordering.errors import OrderNotFound, WorkOrderNotFound
from ordering.order import Order, PromiseEvent
from ordering.quote import QuoteLine
from ordering.quote_reading import newest_row
from ordering.tables import AuditRow, JobOrderRow, OrderRow, PromiseEventRow, WorkOrderRow
from ordering.traveller_context import PickLine
from ordering.work_order import WorkOrder, WorkOrderState

LARGEST_PAGE = 200
RELEASE_ACTION = "work_order.release"


def find_order_row(session: Session, *, quote_number: str) -> OrderRow | None:
    """Find the order of a quote as it stands in the database now."""
    query = select(OrderRow).where(OrderRow.quote_number == quote_number)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def get_order_row(session: Session, *, number: str) -> OrderRow:
    """Give an order's row as it stands in the database now; raise OrderNotFound when it is missing."""
    query = select(OrderRow).where(OrderRow.number == number).execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise OrderNotFound("There is no such order.", number=number)
    return row


def get_order(session: Session, *, number: str) -> Order:
    """Give an order with its work orders and the history of its promise.

    Raises
    ------
    OrderNotFound
        No such order.
    """
    return order_of(session, get_order_row(session, number=number))


def get_order_by_link(session: Session, *, token: str) -> Order:
    """Give the order of the quote with a link, for its customer.

    Raises
    ------
    QuoteNotFound
        No such link.
    OrderNotFound
        The quote is not an order yet.
    """
    return order_of(session, find_order_row_by_link(session, token=token))


def find_order_row_by_link(session: Session, *, token: str) -> OrderRow:
    """Give the row of the order of a link; raises as :func:`get_order_by_link` does."""
    row = find_order_row(session, quote_number=newest_row(session, token=token).number)
    if row is None:
        raise OrderNotFound("This quote is not an order yet.")
    return row


def order_of(session: Session, row: OrderRow) -> Order:
    """Give an order's row as a value, with the history of its promise."""
    return store.order_value(row, _history(session, row.quote_number))


def list_releases(session: Session, *, numbers: Collection[str]) -> dict[str, datetime]:
    """Give when work orders were released to the plants, by number, as the audit log says; others are left out."""
    query = select(AuditRow.subject, AuditRow.at).where(
        AuditRow.action == RELEASE_ACTION, AuditRow.subject.in_(numbers)).order_by(AuditRow.id.desc())
    return {row.subject: row.at for row in session.execute(query)}


def list_promise_events(session: Session, *, quote_number: str) -> tuple[PromiseEvent, ...]:
    """Give the history of a promise, oldest first; empty for an unknown number."""
    return tuple(store.promise_event_value(row) for row in _history(session, quote_number))


def _history(session: Session, quote_number: str) -> Sequence[PromiseEventRow]:
    query = select(PromiseEventRow).where(PromiseEventRow.quote_number == quote_number)
    return session.scalars(query.order_by(PromiseEventRow.id)).all()


def get_work_order_row(session: Session, *, number: str) -> WorkOrderRow:
    """Give a work order's row as it stands now; raise WorkOrderNotFound when it is missing."""
    query = select(WorkOrderRow).where(WorkOrderRow.number == number).execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise WorkOrderNotFound("There is no such work order.", number=number)
    return row


def get_job_order_row(session: Session, *, number: str) -> JobOrderRow:
    """Give a job order's row as it stands now; raise WorkOrderNotFound when it is missing."""
    query = select(JobOrderRow).where(JobOrderRow.number == number).execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise WorkOrderNotFound("There is no such job order.", number=number)
    return row


def get_work_order(session: Session, *, number: str) -> WorkOrder:
    """Give a work order with its job orders; raise WorkOrderNotFound when it is missing."""
    return store.work_order_value(get_work_order_row(session, number=number))


def get_work_order_line(session: Session, *, number: str) -> QuoteLine:
    """Give the line a work order is made for, of a revision that a change of the order replaced too.

    Raises
    ------
    WorkOrderNotFound
        No such work order.
    """
    line = get_work_order_row(session, number=number).line
    return store.line_value(line, line.quote.currency)


def list_work_orders(
    session: Session, *, state: WorkOrderState | None = None, due_before: datetime | None = None,
    sites: Collection[str] | None = None, offset: int = 0, limit: int = 50,
) -> tuple[WorkOrder, ...]:
    """List work orders by due moment, earliest first.

    Parameters
    ----------
    state
        Only work orders in this state; None for all.
    due_before
        Aware UTC, exclusive; None for all.
    sites
        Only work orders with an operation at one of these; None for all.
    offset, limit
        Which of them; at most :data:`LARGEST_PAGE` at a time.
    """
    query = select(WorkOrderRow).options(
        selectinload(WorkOrderRow.job_orders), selectinload(WorkOrderRow.line), selectinload(WorkOrderRow.order)
    )
    if state is not None:
        query = query.where(WorkOrderRow.state == state.value)
    if due_before is not None:
        query = query.where(WorkOrderRow.due_at < due_before)
    if sites is not None:
        query = query.where(WorkOrderRow.job_orders.any(JobOrderRow.site.in_(tuple(sites))))
    rows = session.scalars(
        query.order_by(WorkOrderRow.due_at, WorkOrderRow.id)
        .offset(max(offset, 0)).limit(min(max(limit, 1), LARGEST_PAGE))
    )
    return tuple(store.work_order_value(row) for row in rows)


def list_pick_lines(session: Session, *, number: str) -> tuple[PickLine, ...]:
    """Give the parts to pick for all pieces of a work order, from its frozen configuration.

    Raises
    ------
    WorkOrderNotFound
        No such work order.
    """
    row = get_work_order_row(session, number=number)
    configured = recall(session, content_hash=row.line.content_hash, choices=row.line.choices)
    places = {item.code: (place + 1) * 10 for place, item in enumerate(configured.explosion.operations)}
    return tuple(
        PickLine(part=item.part.code, title=item.part.title, quantity=item.quantity * row.quantity,
                 unit=item.part.unit, operation=str(places.get(item.operation, "")))
        for item in configured.explosion.bom
    )
