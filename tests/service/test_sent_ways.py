"""Three ways of one offer, the price of time, and what the checks find in sent quotes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ordering import service
from ordering.draft import QuoteDraft
from ordering.errors import (
    NoCapacity,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.quote import Alternative, QuoteState
from ordering.sales_figures import Loss
from ordering.sent_tables import QuoteItemRow
from ordering.service import Sent
from ordering.tables import QuoteLineRow, QuoteRow
from scheduling.schedule import HoldState
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_drafting import create, fitting, header, window, write
from tests.service.test_sending import accept, hold_states, plain, read, requote, send, sent_quote, whole


def trio_of(shop: Shop) -> Sent:
    return send(shop, create(shop, plain(shop, destination="NB", quantity=1)), trio=True)


def test_the_ways_of_a_trio_hold_their_own_capacity(shop: Shop) -> None:
    sent = trio_of(shop)
    assert [way for same in sent.ways for way in same].count(Alternative.CHEAPEST) == 1
    assert {way for same in sent.ways for way in same} == {
        Alternative.CHEAPEST, Alternative.FASTEST, Alternative.GREENEST}
    assert (Alternative.FASTEST, Alternative.GREENEST) in sent.ways, "the same plan is one quote"
    assert sent.quotes[1].promised_on < sent.quotes[0].promised_on
    assert len(sent.quotes) == len(sent.tokens) == len(sent.ways) == len(set(sent.quote_numbers)) > 1
    for quote in sent.quotes:
        assert hold_states(shop, quote) == [HoldState.HELD]
        with shop.database.reading() as session:
            siblings = service.list_siblings(session, quote=quote, secret=SECRET)
        assert {other.number for other, _ in siblings} == set(sent.quote_numbers) - {quote.number}
        assert {token for _, token in siblings} <= set(sent.tokens)
    assert shop.breaches() == []


def test_accepting_one_way_ends_the_others(shop: Shop) -> None:
    sent = trio_of(shop)
    accept(shop, sent.tokens[-1])
    assert read(shop, sent.tokens[0]).state is QuoteState.SUPERSEDED
    assert hold_states(shop, sent.quotes[0]) == [HoldState.RELEASED]
    assert hold_states(shop, sent.quotes[-1]) == [HoldState.CONFIRMED]
    with shop.database.reading() as session:
        taken = service.list_taken_ways(session, trios=[sent.quotes[0].trio or 0])
        figures = service.count_sales(session, now=NOW, zone=ZoneInfo("Asia/Shanghai"))
    assert taken == {sent.quotes[0].trio: sent.quote_numbers[-1]}
    assert {reason.loss for reason in figures.losses} == {Loss.OTHER_WAY}, "it was not replaced by a newer revision"
    with pytest.raises(QuoteSuperseded):
        accept(shop, sent.tokens[0], key="accept-2")
    with pytest.raises(TransitionRefused):
        requote(shop, sent.tokens[0], 1, NOW)
    assert shop.breaches() == []


def test_two_ways_accepted_at_once_make_one_order(shop: Shop) -> None:
    sent = trio_of(shop)
    outcomes: list[str] = []

    def attempt(place: int) -> None:
        try:
            outcomes.append(accept(shop, sent.tokens[place], key=f"accept-{place}"))
        except (QuoteSuperseded, TransitionRefused):
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt, args=(place,)) for place in range(len(sent.tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[0].startswith("O-")
    assert sorted(outcomes)[1:] == ["refused"] * (len(sent.tokens) - 1)
    assert shop.breaches() == []


def test_the_database_refuses_two_accepted_ways(shop: Shop) -> None:
    sent = trio_of(shop)
    with pytest.raises(IntegrityError):
        write(shop, lambda session: session.execute(
            update(QuoteRow).where(QuoteRow.number.in_(sent.quote_numbers)).values(state="accepted")))


def test_an_earlier_day_is_a_line_with_its_price(shop: Shop) -> None:
    quote, token = sent_quote(shop, QuoteDraft(header(destination="NB"), (window(shop, 1), fitting())))
    with shop.database.reading() as session:
        days = service.list_earlier_days(session, token=token, now=NOW)
    assert days
    assert all(item.day < quote.promised_on for item in days)
    wanted = days[0]
    asked = write(shop, lambda session: service.take_earlier_day(
        session, token=token, revision=1, day=wanted.day, idempotency_key="earlier-1", now=NOW)).quote
    assert asked.promised_on <= wanted.day
    assert wanted.extra is not None
    assert abs((asked.net - quote.net).amount_minor - wanted.extra.amount_minor) <= 1
    lines = {line.code: line for line in asked.lines[0].price_lines}
    assert "earlier" in lines
    assert "earlier" in lines["earlier"].title.in_language("en")
    assert sum(line.unit.amount_minor for line in asked.lines[0].price_lines if line.is_per_line) == (
        asked.lines[0].totals.surcharge.amount_minor)
    assert asked.valid_until == quote.valid_until
    assert shop.breaches() == []


@pytest.mark.parametrize(("days", "error"), [(0, RequestInvalid), (60, NoCapacity)])
def test_an_earlier_day_that_is_none_or_cannot_be_had_changes_nothing(
    shop: Shop, days: int, error: type[Exception]
) -> None:
    quote, token = sent_quote(shop, plain(shop))
    day: date = quote.promised_on - timedelta(days=days)
    with pytest.raises(error):
        write(shop, lambda session: service.take_earlier_day(
            session, token=token, revision=1, day=day, idempotency_key="earlier-1", now=NOW))
    assert read(shop, token).revision == 1
    assert shop.breaches() == []


def test_what_a_quote_said_beside_its_lines_never_changes(shop: Shop) -> None:
    sent_quote(shop, whole(shop))
    for statement in ("UPDATE quote_item SET quantity = 7", "DELETE FROM quote_break"):
        with pytest.raises(DBAPIError, match="append-only"):
            write(shop, lambda session, statement=statement: session.execute(text(statement)))  # type: ignore[misc]


DAMAGES: dict[str, tuple[str, Callable[[], object]]] = {
    "a discount nobody may give": ("I25", lambda: update(QuoteRow).values(total_discount="30")),
    "a discount without a second person": ("I25", lambda: update(QuoteRow).values(total_discount="12")),
    "a quote that nobody judged": ("I25", lambda: update(QuoteRow).values(judged=None)),
    "a discount that is not in the line": ("I6", lambda: update(QuoteLineRow).values(discount="9")),
    "a rate that was not frozen": ("I27", lambda: update(QuoteRow).values(rate="2")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_sent_quote_that_is_not_what_was_agreed_is_found(shop: Shop, damage: str) -> None:
    sent_quote(shop, whole(shop))
    code, statement = DAMAGES[damage]
    write(shop, lambda session: session.execute(statement()))  # type: ignore[call-overload]  # an update
    assert code in {breach.split(":")[0] for breach in shop.breaches()}


def test_items_of_a_shoppers_own_quote_are_none(shop: Shop) -> None:
    shop.offer()
    with shop.database.reading() as session:
        assert session.scalars(select(QuoteItemRow)).all() == []
    assert shop.breaches() == []
