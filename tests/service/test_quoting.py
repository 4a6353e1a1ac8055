"""Quotes: worked out by the server, capacity held, a new date only as a new revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog import service as catalog
from configurator import service as configurator
from ordering import service
from ordering.errors import (
    ConfigurationNotSaleable,
    IdempotencyMismatch,
    QuoteNotFound,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.order import PromiseEventKind
from ordering.quote import Alternative, QuoteState
from ordering.sales_filter import QuoteFilter
from ordering.service import QuotePage
from ordering.tables import PromiseEventRow, QuoteLineRow, QuoteRow
from scheduling import service as scheduling
from scheduling.schedule import HoldState
from tests.service.selling import NOW, SECRET, WINDOW, Shop

LATER = NOW + timedelta(hours=49)


def count_quotes(shop: Shop) -> int:
    with shop.database.reading() as session:
        return session.scalar(select(func.count()).select_from(QuoteRow)) or 0


def test_a_quote_has_the_demo_figures_and_holds_capacity(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8)))
    quote = offered.quote
    assert quote.number == "Q-2026-0001"
    assert quote.lines[0].totals.unit_net.amount_minor == 207_556
    assert quote.net.amount_minor == 8 * 207_556
    assert quote.tax.amount_minor == 215_858  # 13 % of 16,604.48 is 2,158.5824
    assert quote.gross.amount_minor == 1_876_306
    assert quote.valid_until == NOW + timedelta(hours=48)
    assert quote.promised_on == date(2026, 11, 26)
    assert quote.lines[0].choices["warranty"] == "2y"  # completed, not asked
    with shop.database.reading() as session:
        hold_id = quote.lines[0].hold_id
        assert hold_id is not None
        held = scheduling.get_hold(session, hold_id=hold_id)
    assert held.state is HoldState.HELD
    assert [booking.operation_code for booking in held.bookings] == ["saw", "weld", "insulating_glass", "glaze"]
    assert [booking.work_minutes for booking in held.bookings] == [92, 72, 62, 200]
    assert min(booking.setup_start_minute for booking in held.bookings) >= int(quote.valid_until.timestamp()) // 60
    assert shop.breaches() == []


def test_a_preview_shows_what_the_quote_then_says_and_writes_nothing(shop: Shop) -> None:
    with shop.database.reading() as session:
        view = configurator.configure(session, choices=WINDOW, on=NOW.date(), cache_directory=shop.cache,
                                      product_code="window")
        shown = service.preview(session, view=view, quantity=3, destination="TJ", now=NOW)
    assert count_quotes(shop) == 0
    assert shown.default is not None
    assert shown.delay is not None
    quote = shop.offer(shop.request(("window", WINDOW, 3), destination="TJ")).quote
    assert shown.default.promised_on == quote.promised_on
    assert shown.default.totals == quote.lines[0].totals
    assert shown.default.co2_grams == quote.co2_grams


def test_alternatives_differ_only_by_their_surcharge_and_the_cheapest_has_none(shop: Shop) -> None:
    with shop.database.reading() as session:
        view = configurator.configure(session, choices=WINDOW, on=NOW.date(), cache_directory=shop.cache,
                                      product_code="window")
        shown = service.preview(session, view=view, quantity=40, destination="TJ", now=NOW)
    assert shown.fastest is not None
    assert shown.cheapest is not None
    assert shown.greenest is not None
    assert shown.cheapest.totals.surcharge.amount_minor == 0
    assert shown.fastest.promised_on <= shown.cheapest.promised_on
    assert shown.greenest.co2_grams <= shown.cheapest.co2_grams
    for offer in (shown.fastest, shown.greenest):
        extra = max(0, offer.plan.cost_minor - shown.cheapest.plan.cost_minor)
        assert offer.totals.surcharge.amount_minor == (extra * 108 + 50) // 100
        assert offer.totals.net == offer.totals.unit_net * 40 + offer.totals.surcharge


def test_a_chosen_alternative_adds_one_surcharge_line(shop: Shop) -> None:
    quote = shop.offer(shop.request(("window", WINDOW, 40), destination="TJ", alternative=Alternative.FASTEST)).quote
    line = quote.lines[0]
    named = [item for item in line.price_lines if item.code == "surcharge"]
    assert [item.unit for item in named] == ([line.totals.surcharge] if line.totals.surcharge.amount_minor else [])
    fastest = next(item for item in quote.alternatives if item.alternative is Alternative.FASTEST)
    assert fastest.net == quote.net
    assert shop.breaches() == []


def test_several_lines_add_up_and_promise_the_last_day(shop: Shop) -> None:
    bicycle = {"frame": "carbon"}
    with shop.database.reading() as session:
        product = catalog.get_newest(session, product_code="bicycle").definition
    choices = bicycle if product.attribute("frame") and product.attribute("frame").option("carbon") else {}  # type: ignore[union-attr]
    quote = shop.offer(shop.request(("window", WINDOW, 2), ("bicycle", choices, 3), ("pump", {}, 1))).quote
    assert [line.position for line in quote.lines] == [1, 2, 3]
    assert quote.net.amount_minor == sum(line.totals.net.amount_minor for line in quote.lines)
    assert quote.tax.amount_minor == sum(line.totals.tax.amount_minor for line in quote.lines)
    assert quote.gross.amount_minor == sum(line.totals.gross.amount_minor for line in quote.lines)
    assert quote.promised_on == max(line.promised_on for line in quote.lines)
    assert shop.breaches() == []


def test_a_product_without_work_is_quoted_for_nothing(shop: Shop) -> None:
    with shop.database.transaction() as session:
        source = b"features\n\tPhone\n\t\tmandatory\n\t\t\tScreen\n\t\toptional\n\t\t\tCamera\n"
        version = catalog.publish_product(session, source=source, format="uvl", now=NOW, name="phone.uvl")
    shop.hashes = {**shop.hashes, "phone": version.content_hash}
    quote = shop.offer(shop.request(("phone", {"Camera": "true"}, 2))).quote
    assert quote.gross.amount_minor == 0
    assert quote.lines[0].choices["Camera"] == "true"
    assert quote.lines[0].choices["Screen"] == "true"
    assert quote.lines[0].hold_id is None
    assert quote.promised_on == date(2026, 11, 25)
    assert shop.breaches() == []


BAD_CHOICES = (
    {**WINDOW, "width": "NaN"}, {**WINDOW, "width": "1e3"}, {**WINDOW, "width": "9999999"},
    {**WINDOW, "width": "１２３０"}, {**WINDOW, "profile": "WOOD"}, {**WINDOW, "no_such": "x"},
    {**WINDOW, "price": "1"}, {**WINDOW, "width": "1400", "height": "2400", "glass": "3-6/12/4/12/6"},
)


def test_choices_that_cannot_be_sold_are_refused_and_nothing_is_stored(shop: Shop) -> None:
    for choices in BAD_CHOICES:
        with pytest.raises(ConfigurationNotSaleable):
            shop.offer(shop.request(("window", choices, 1)))
    assert count_quotes(shop) == 0


def test_fields_out_of_bounds_are_named_and_nothing_is_stored(shop: Shop) -> None:
    for quantity in (0, -1, 1001, 2**63):
        with pytest.raises(RequestInvalid) as refused:
            shop.offer(shop.request(("window", WINDOW, quantity)))
        assert refused.value.detail["field"] == "quantity"
    bad = (
        ("destination", shop.request(destination="Mars")), ("customer_email", shop.request(email="")),
        ("customer_email", shop.request(email="x" * 300)), ("reference", shop.request(reference="x" * 81)),
        ("lines", replace(shop.request(), lines=())),
        ("lines", replace(shop.request(), lines=shop.request().lines * 1000)),
    )
    for field, request in bad:
        with pytest.raises(RequestInvalid) as refused:
            shop.offer(request)
        assert refused.value.detail["field"] == field
    for key in ("", "x" * 256, "a\nb"):
        with pytest.raises(RequestInvalid):
            shop.offer(key=key)
    assert count_quotes(shop) == 0


def test_one_key_makes_one_quote_and_another_request_under_it_is_refused(shop: Shop) -> None:
    first = shop.offer()
    again = shop.offer()
    assert (again.quote, again.token) == (first.quote, first.token)
    with pytest.raises(IdempotencyMismatch):
        shop.offer(shop.request(("window", WINDOW, 2)))
    assert count_quotes(shop) == 1


def test_an_expired_quote_gives_its_capacity_back(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        assert service.expire_due(session, now=NOW + timedelta(hours=47)) == ()
        assert service.expire_due(session, now=LATER) == ("Q-2026-0001",)
        assert service.expire_due(session, now=LATER) == ()
        assert service.get_quote(session, token=offered.token).state is QuoteState.EXPIRED
        hold_id = offered.quote.lines[0].hold_id
        assert hold_id is not None
        assert scheduling.get_hold(session, hold_id=hold_id).state is HoldState.RELEASED
    assert shop.breaches(LATER) == []


def test_a_new_date_is_a_new_revision_with_the_same_price(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8)))
    with shop.database.transaction() as session:
        service.expire_due(session, now=LATER)
    with shop.database.transaction() as session:
        renewed = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=LATER)
        twice = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=LATER)
    assert renewed.quote.revision == 2
    assert twice.quote.revision == 2  # asked twice from the same page
    assert renewed.token == offered.token
    assert renewed.quote.gross == offered.quote.gross
    assert renewed.quote.promised_on > offered.quote.promised_on
    with shop.database.reading() as session:
        old = service.get_quote_by_number(session, number="Q-2026-0001", revision=1)
        history = service.list_promise_events(session, quote_number="Q-2026-0001")
    assert old.state is QuoteState.SUPERSEDED
    assert [event.kind for event in history] == [PromiseEventKind.OFFERED, PromiseEventKind.REQUOTED]
    assert history[1].previous_on == offered.quote.promised_on
    assert shop.breaches(LATER) == []


def test_a_replaced_revision_cannot_be_declined_and_a_declined_quote_gets_no_new_date(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW)
    with shop.database.transaction() as session, pytest.raises(QuoteSuperseded):
        service.decline(session, token=offered.token, revision=1, now=NOW)
    with shop.database.transaction() as session:
        assert service.decline(session, token=offered.token, revision=2, now=NOW).state is QuoteState.DECLINED
    with shop.database.transaction() as session, pytest.raises(TransitionRefused):
        service.requote(session, token=offered.token, revision=2, secret=SECRET, now=NOW)
    assert shop.breaches() == []


def test_a_link_that_is_wrong_by_one_character_or_by_case_opens_nothing(shop: Shop) -> None:
    token = shop.offer().token
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    with shop.database.reading() as session:
        assert service.get_quote(session, token=token).number == "Q-2026-0001"
        for wrong in (changed, token.swapcase(), token[:-1], "", "' OR 1=1--"):
            with pytest.raises(QuoteNotFound):
                service.get_quote(session, token=wrong)
        assert service.get_link_token(session, number="Q-2026-0001", secret=SECRET) == token
        assert service.get_link_token(session, number="Q-2026-0001", secret="another one") == ""


def test_the_database_itself_refuses_wrong_sums_and_changed_history(shop: Shop) -> None:
    shop.offer()
    for statement in (
        update(QuoteRow).values(gross_minor=1), update(QuoteLineRow).values(net_minor=1),
        update(PromiseEventRow).values(promised_on=date(2030, 1, 1)),
    ):
        with pytest.raises(DBAPIError), shop.database.transaction() as session:
            session.execute(statement)
    assert shop.breaches() == []


def test_quotes_are_found_by_number_name_and_state(shop: Shop) -> None:
    for number in range(3):
        shop.offer(shop.request(email=f"c{number}@example.org"), key=f"k{number}", now=NOW + timedelta(minutes=number))
    with shop.database.reading() as session:
        page = service.list_quotes(session, now=NOW, limit=2)
        assert page.total == 3
        assert [quote.number for quote in page.quotes] == ["Q-2026-0003", "Q-2026-0002"]
        assert _list(session, search="江南").total == 3
        assert _list(session, search="c1@").quotes[0].number == "Q-2026-0002"
        assert _list(session, search="%").total == 0
        assert _list(session, state=QuoteState.ACCEPTED).total == 0


def _list(session: Session, *, search: str = "", state: QuoteState | None = None) -> QuotePage:
    return service.list_quotes(session, now=NOW, wanted=QuoteFilter(search=search, state=state))
