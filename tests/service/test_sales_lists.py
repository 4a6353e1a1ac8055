"""The sales desk's lists against plain Python over the same rows, page by page and as exports."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from benchmarks.many_quotes import add_many
from ordering import service
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.sales_filter import OrderFilter, QuoteFilter, SalesColumn, Sorting
from ordering.tables import CustomerRow, OrderRow, QuoteRow
from tests.service.selling import NOW, Shop
from web.database import Database

COUNT = 300


@pytest.fixture
def full(database: Database, tmp_path: Path) -> Database:
    """A database with one real quote and many copies of it."""
    shop = Shop(database, tmp_path)
    shop.open()
    shop.offer()
    with database.transaction() as session:
        add_many(session, count=COUNT, now=NOW)
    return database


def _matches(row: Any, email: str, wanted: QuoteFilter) -> bool:
    state = "expired" if row.state == "offered" and row.valid_until <= NOW else row.state
    hours = wanted.expiring_within_hours
    checks = (
        state == wanted.state.value if wanted.state else state != "superseded",
        not wanted.search or any(wanted.search.lower() in text.lower()
                                 for text in (row.number, row.customer_name, email, row.reference)),
        not wanted.customer or email == wanted.customer.lower(),
        not wanted.destination or row.destination == wanted.destination,
        wanted.made_from is None or row.offered_at >= wanted.made_from,
        wanted.made_until is None or row.offered_at < wanted.made_until,
        wanted.promised_from is None or row.promised_on >= wanted.promised_from,
        wanted.promised_to is None or row.promised_on <= wanted.promised_to,
        wanted.net_from_minor is None or row.net_minor >= wanted.net_from_minor,
        wanted.net_to_minor is None or row.net_minor <= wanted.net_to_minor,
        hours is None or (state == "offered" and row.valid_until <= NOW + timedelta(hours=hours)),
    )
    return all(checks)


def _filters(draw: random.Random) -> QuoteFilter:
    def maybe(value: Callable[[], Any]) -> Any:  # Any: a value of any filter
        return value() if draw.random() < 0.25 else None

    moment: datetime = NOW - timedelta(days=draw.randrange(400))
    return QuoteFilter(
        state=draw.choice((None, *QuoteState)),
        search=draw.choice(("", "", "_", "%", "lu &", "RFQ 1", "buyer3@", "南")),
        customer=maybe(lambda: "Buyer3@firm3.example.org") or "", destination=maybe(lambda: "SZ") or "",
        made_from=maybe(lambda: moment), made_until=maybe(lambda: moment + timedelta(days=200)),
        promised_from=maybe(moment.date), promised_to=maybe(lambda: moment.date() + timedelta(days=90)),
        net_from_minor=maybe(lambda: 2_000_000), net_to_minor=maybe(lambda: 7_000_000),
        expiring_within_hours=maybe(lambda: 2000),
    )


def test_every_filter_and_page_agrees_with_plain_python(full: Database) -> None:
    draw = random.Random(11)
    with full.reading() as session:
        rows = [(row, email) for row, email in session.execute(select(QuoteRow, CustomerRow.email).join(CustomerRow))]
        found_some = 0
        for _round in range(60):
            wanted, sorting = _filters(draw), Sorting(draw.choice(tuple(SalesColumn)), draw.random() < 0.5)
            expected = {row.number for row, email in rows if _matches(row, email, wanted)}
            pages, offset = [], 0
            while True:
                page = service.list_quotes(session, now=NOW, wanted=wanted, sorting=sorting, offset=offset, limit=40)
                pages += [quote.number for quote in page.quotes]
                assert page.total == len(expected)
                offset += 40
                if not page.has_more:
                    break
            assert len(pages) == len(set(pages))
            assert set(pages) == expected
            exported = [record.number for record in service.export_quotes(
                session, now=NOW, wanted=wanted, sorting=sorting)]
            assert exported == pages
            found_some += bool(expected)
        assert found_some > 20


@pytest.mark.parametrize("column", [SalesColumn.NET, SalesColumn.PROMISED, SalesColumn.MADE, SalesColumn.VALID])
def test_lists_are_sorted_as_asked(full: Database, column: SalesColumn) -> None:
    attribute = {SalesColumn.NET: "net", SalesColumn.PROMISED: "promised_on", SalesColumn.MADE: "offered_at",
                 SalesColumn.VALID: "valid_until"}[column]
    with full.reading() as session:
        for is_descending in (False, True):
            page = service.list_quotes(session, now=NOW, sorting=Sorting(column, is_descending), limit=200)
            values = [getattr(quote, attribute) for quote in page.quotes]
            if column is SalesColumn.NET:
                values = [value.amount_minor for value in values]
            assert values == sorted(values, reverse=is_descending)


def test_orders_are_filtered_by_what_they_are(full: Database) -> None:
    with full.reading() as session:
        rows = session.scalars(select(OrderRow)).all()
        for state in OrderState:
            wanted = OrderFilter(state=state, net_from_minor=1_000_000)
            expected = {row.number for row in rows if row.state == state.value and row.net_minor >= 1_000_000}
            page = service.list_orders(session, wanted=wanted, limit=200)
            assert {order.number for order in page.orders} == expected
            assert {record.number for record in service.export_orders(session, wanted=wanted)} == expected
        some = rows[0]
        found = service.list_orders(session, wanted=OrderFilter(search=some.quote_number.lower()))
        assert [order.number for order in found.orders] == [some.number]


def test_a_long_list_is_counted_to_a_bound(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordering.listing.MOST_COUNTED", 100)
    with full.reading() as session:
        page = service.list_quotes(session, now=NOW, limit=10)
    assert (page.total, page.is_total_cut, page.has_more) == (100, True, True)


def test_an_export_reads_one_row_beyond_its_bound(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordering.listing.MOST_EXPORTED", 25)
    with full.reading() as session:
        assert len(list(service.export_quotes(session, now=NOW))) == 26
