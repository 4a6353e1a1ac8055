"""The lists of the sales desk: quotes and orders filtered, searched, sorted and read page by page or as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import ge, le, lt
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload
from sqlalchemy.sql.base import ExecutableOption

from ordering import store
from ordering.order import Order
from ordering.quote import Quote, QuoteState
from ordering.sales_filter import (
    EVERY_ORDER,
    EVERY_QUOTE,
    LONGEST_SEARCH,
    MOST_COUNTED,
    MOST_EXPORTED,
    NEWEST_FIRST,
    OrderFilter,
    QuoteFilter,
    SalesColumn,
    SalesFilter,
    SalesRecord,
    Sorting,
)
from ordering.tables import CustomerRow, OrderRow, QuoteRow, WorkOrderRow

LARGEST_PAGE = 200
ROWS_AT_A_TIME = 1000
MOST_LOOKED_UP = 1000
"""So many matches of a search are looked up before the list is read."""
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])  # Any: whatever a query selects
Column = InstrumentedAttribute[Any]  # Any: a column's own type does not matter to an order
QUOTE_COLUMNS: dict[SalesColumn, Column] = {
    SalesColumn.NUMBER: QuoteRow.number, SalesColumn.CUSTOMER: QuoteRow.customer_name,
    SalesColumn.NET: QuoteRow.net_minor, SalesColumn.PROMISED: QuoteRow.promised_on,
    SalesColumn.MADE: QuoteRow.offered_at, SalesColumn.VALID: QuoteRow.valid_until,
}
ORDER_COLUMNS: dict[SalesColumn, Column] = {
    SalesColumn.NUMBER: OrderRow.number, SalesColumn.CUSTOMER: QuoteRow.customer_name,
    SalesColumn.NET: OrderRow.net_minor, SalesColumn.PROMISED: OrderRow.promised_on,
    SalesColumn.MADE: OrderRow.accepted_at,
}


@dataclass(frozen=True, slots=True)
class QuotePage:
    """Some quotes of a longer list. ``total`` counts to MOST_COUNTED; ``is_total_cut`` tells that there are more."""

    quotes: tuple[Quote, ...]
    total: int
    is_total_cut: bool
    has_more: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Some orders of a longer list; the fields are those of :class:`QuotePage`."""

    orders: tuple[Order, ...]
    total: int
    is_total_cut: bool
    has_more: bool


def list_quotes(
    session: Session, *, now: datetime, wanted: QuoteFilter = EVERY_QUOTE, sorting: Sorting = NEWEST_FIRST,
    offset: int = 0, limit: int = 50,
) -> QuotePage:
    """List the newest revisions of quotes.

    Parameters
    ----------
    now
        Aware UTC; an offer whose time is over by then counts as expired.
    wanted
        Which quotes.
    sorting
        A column; equal rows stand by when they were made, so that no page repeats or skips one.
    offset, limit
        Which of them; at most :data:`LARGEST_PAGE` at a time.

    Returns
    -------
    QuotePage
        Empty when nothing matches.
    """
    query = _quotes(session, select(QuoteRow), wanted, now)
    rows = session.scalars(
        _sorted(query, QUOTE_COLUMNS, sorting, QuoteRow.id)
        .options(selectinload(QuoteRow.lines), selectinload(QuoteRow.customer))
        .offset(max(offset, 0)).limit(_size(limit) + 1)
    ).all()
    shown = rows[:_size(limit)]
    total = _total(session, query.with_only_columns(QuoteRow.id), offset, len(shown), len(rows))
    numbers = _order_numbers(session, [row.number for row in shown])
    values = tuple(store.quote_value(row, order_number=numbers.get(row.number, "")) for row in shown)
    return QuotePage(values, min(total, MOST_COUNTED), total > MOST_COUNTED, len(rows) > len(shown))


def list_orders(
    session: Session, *, wanted: OrderFilter = EVERY_ORDER, sorting: Sorting = NEWEST_FIRST, offset: int = 0,
    limit: int = 50,
) -> OrderPage:
    """List orders with their work orders; parameters as for :func:`list_quotes`."""
    query = _orders(session, select(OrderRow), wanted)
    rows = session.scalars(
        _sorted(query, ORDER_COLUMNS, sorting, OrderRow.id).options(*_parts())
        .offset(max(offset, 0)).limit(_size(limit) + 1)
    ).all()
    shown = rows[:_size(limit)]
    total = _total(session, query.with_only_columns(OrderRow.id), offset, len(shown), len(rows))
    values = tuple(store.order_value(row) for row in shown)
    return OrderPage(values, min(total, MOST_COUNTED), total > MOST_COUNTED, len(rows) > len(shown))


def export_quotes(
    session: Session, *, now: datetime, wanted: QuoteFilter = EVERY_QUOTE, sorting: Sorting = NEWEST_FIRST,
) -> Iterator[SalesRecord]:
    """Give every quote of a list, read some at a time; at most one more than MOST_EXPORTED, so that a cut is seen."""
    query = _quotes(session, select(
        QuoteRow.number, QuoteRow.revision, QuoteRow.state, QuoteRow.customer_name, QuoteRow.customer_email,
        QuoteRow.reference, QuoteRow.destination, QuoteRow.currency, QuoteRow.net_minor, QuoteRow.tax_minor,
        QuoteRow.gross_minor, QuoteRow.promised_on, QuoteRow.offered_at, QuoteRow.valid_until,
    ), wanted, now)
    query = _sorted(query, QUOTE_COLUMNS, sorting, QuoteRow.id).limit(MOST_EXPORTED + 1)
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)):
        number, revision, state, name, *rest = row
        is_over = state == QuoteState.OFFERED.value and rest[-1] <= now
        yield SalesRecord(number, revision, "", QuoteState.EXPIRED.value if is_over else state, name, *rest)


def export_orders(
    session: Session, *, wanted: OrderFilter = EVERY_ORDER, sorting: Sorting = NEWEST_FIRST
) -> Iterator[SalesRecord]:
    """Give every order of a list as :func:`export_quotes` does."""
    query = _orders(session, select(
        OrderRow.number, QuoteRow.revision, OrderRow.quote_number, OrderRow.state, QuoteRow.customer_name,
        QuoteRow.customer_email, OrderRow.reference, QuoteRow.destination, OrderRow.currency, OrderRow.net_minor,
        OrderRow.tax_minor, OrderRow.gross_minor, OrderRow.promised_on, OrderRow.accepted_at, QuoteRow.valid_until,
    ), wanted)
    query = _sorted(query, ORDER_COLUMNS, sorting, OrderRow.id).limit(MOST_EXPORTED + 1)
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)):
        number, *rest = row
        yield SalesRecord(number, *rest)


def _size(limit: int) -> int:
    return min(max(limit, 1), LARGEST_PAGE)


def _sorted(query: Query, columns: dict[SalesColumn, Column], sorting: Sorting, number: Column) -> Query:
    column = columns.get(sorting.column, columns[SalesColumn.MADE])
    if sorting.is_descending:
        return query.order_by(column.desc(), number.desc())
    return query.order_by(column, number)


def _total(session: Session, query: Select[int], offset: int, shown: int, read: int) -> int:
    """Count to one beyond the bound; the last page tells the count by itself, and a search is not made twice."""
    if read == shown and (shown or offset <= 0):
        return max(offset, 0) + shown
    return session.scalar(select(func.count()).select_from(query.limit(MOST_COUNTED + 1).subquery())) or 0


def _quotes(session: Session, query: Query, wanted: QuoteFilter, now: datetime) -> Query:
    query = query.where(*_state(wanted.state, now), *_shared(wanted, QuoteRow, QuoteRow.offered_at))
    if wanted.expiring_within_hours is not None:
        until = now + timedelta(hours=wanted.expiring_within_hours)
        query = query.where(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until > now,
                            QuoteRow.valid_until <= until)
    if wanted.search.strip():
        columns = (QuoteRow.number, QuoteRow.customer_name, QuoteRow.reference)
        query = query.where(_found(session, wanted.search, select(QuoteRow.id), columns, QuoteRow.id))
    return query


def _state(state: QuoteState | None, now: datetime) -> tuple[ColumnElement[bool], ...]:
    offered = QuoteRow.state == QuoteState.OFFERED.value
    if state is None:
        return (QuoteRow.state != QuoteState.SUPERSEDED.value,)
    if state is QuoteState.OFFERED:
        return offered, QuoteRow.valid_until > now
    if state is QuoteState.EXPIRED:
        return (or_(QuoteRow.state == state.value, and_(offered, QuoteRow.valid_until <= now)),)
    return (QuoteRow.state == state.value,)


def _orders(session: Session, query: Query, wanted: OrderFilter) -> Query:
    query = query.join(QuoteRow, OrderRow.quote_id == QuoteRow.id)
    query = query.where(*_shared(wanted, OrderRow, OrderRow.accepted_at))
    if wanted.state is not None:
        query = query.where(OrderRow.state == wanted.state.value)
    if wanted.search.strip():
        orders = select(OrderRow.id).join(QuoteRow, OrderRow.quote_id == QuoteRow.id)
        columns = (OrderRow.number, OrderRow.quote_number, QuoteRow.customer_name, OrderRow.reference)
        query = query.where(_found(session, wanted.search, orders, columns, OrderRow.id))
    return query


def _shared(
    wanted: SalesFilter, row: type[QuoteRow] | type[OrderRow], made_at: InstrumentedAttribute[datetime]
) -> list[ColumnElement[bool]]:
    """Give the conditions that quotes and orders have in common."""
    asked: tuple[tuple[Column, Any, object], ...] = (  # Any: operators of several types
        (made_at, ge, wanted.made_from), (made_at, lt, wanted.made_until),
        (row.promised_on, ge, wanted.promised_from), (row.promised_on, le, wanted.promised_to),
        (row.net_minor, ge, wanted.net_from_minor), (row.net_minor, le, wanted.net_to_minor),
    )
    found: list[ColumnElement[bool]] = [compare(column, value) for column, compare, value in asked
                                        if value is not None]
    if wanted.destination:
        found.append(QuoteRow.destination == wanted.destination)
    if wanted.customer:
        mine = select(CustomerRow.id).where(CustomerRow.email == wanted.customer.strip().lower())
        found.append(QuoteRow.customer_id.in_(mine))
    return found


def _found(session: Session, search: str, ids: Select[int], columns: Sequence[InstrumentedAttribute[str]],
           number: Column) -> ColumnElement[bool]:
    """Tell what has a text in one of the columns, or in its customer's address.

    A few matches are looked up first, each column by itself, so that narrow indexes are read instead of whole rows.
    Many matches stand close together: there the rows are read in the order of the list until the page is full.
    """
    escaped = search.strip()[:LONGEST_SEARCH].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    mine = select(CustomerRow.id).where(CustomerRow.email.ilike(pattern, escape="\\"))
    matches = (*(column.ilike(pattern, escape="\\") for column in columns), QuoteRow.customer_id.in_(mine))
    few = session.execute(union_all(*(ids.where(match) for match in matches)).limit(MOST_LOOKED_UP + 1)).scalars().all()
    return number.in_(sorted(set(few))) if len(few) <= MOST_LOOKED_UP else or_(*matches)


def _order_numbers(session: Session, quote_numbers: Sequence[str]) -> dict[str, str]:
    query = select(OrderRow.quote_number, OrderRow.number).where(OrderRow.quote_number.in_(quote_numbers))
    return {row.quote_number: row.number for row in session.execute(query)}


def _parts() -> tuple[ExecutableOption, ...]:
    work_orders = selectinload(OrderRow.work_orders)
    return (
        selectinload(OrderRow.quote).selectinload(QuoteRow.customer),
        work_orders.selectinload(WorkOrderRow.job_orders), work_orders.selectinload(WorkOrderRow.line),
    )
