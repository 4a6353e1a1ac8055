"""Papers checked by their code: genuine, replaced, tampered with, foreign."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from ordering import service
from ordering.errors import PaperNotFound
from ordering.paper_facts import order_facts, quote_facts, work_order_facts
from ordering.quote import QuoteState
from ordering.service import Offered
from ordering.tables import OrderRow, QuoteLineRow, QuoteRow
from ordering.verification import Finding, Verified
from ordering.verify_code import PaperKind, make_code
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.database import Database


@pytest.fixture
def shop(sqlite_url: str, model_cache: Path) -> Shop:
    made = Shop(Database(sqlite_url), model_cache)
    made.open()
    return made


def quote_code(shop: Shop, offered: Offered, secret: str = SECRET) -> str:
    with shop.database.reading() as session:
        quote = service.get_quote_by_number(session, number=offered.quote.number, revision=offered.quote.revision)
    return make_code(quote.number, revision=quote.revision, facts=quote_facts(quote), secret=secret)


def order_code(shop: Shop, number: str) -> str:
    with shop.database.reading() as session:
        order = service.get_order(session, number=number)
    return make_code(number, revision=1, facts=order_facts(order, revision=1), secret=SECRET)


def work_order_code(shop: Shop, offered: Offered, number: str) -> str:
    line = offered.quote.lines[0]
    with shop.database.reading() as session:
        work_order = service.get_work_order(session, number=number)
    facts = work_order_facts(work_order, content_hash=line.content_hash, choices=line.choices)
    return make_code(number, revision=work_order.revision, facts=facts, secret=SECRET)


def check(shop: Shop, code: str, *, secret: str = SECRET, later: timedelta = timedelta()) -> Verified:
    with shop.database.reading() as session:
        return service.verify(session, code=code, secret=secret, now=NOW + later)


def findings(found: Verified) -> list[Finding]:
    return [item.finding for item in found.differences]


def test_a_quote_as_it_was_printed_is_genuine_and_stands(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8), ("bicycle", {"use": "city"}, 2)))
    found = check(shop, quote_code(shop, offered))
    assert found.kind is PaperKind.QUOTE
    assert found.differences == ()
    assert found.is_open
    assert not found.is_replaced
    assert (found.number, found.revision, found.gross) == ("Q-2026-0001", 1, offered.quote.gross)
    assert [line.net for line in found.lines] == [line.totals.net for line in offered.quote.lines]
    assert [line.promised_on for line in found.lines] == [line.promised_on for line in offered.quote.lines]
    assert all(line.arrives_on is not None and line.arrives_on <= offered.quote.promised_on for line in found.lines)


def test_nothing_of_the_customer_is_in_the_answer(shop: Shop) -> None:
    offered = shop.offer()
    shop.accept(offered, reference="PO-4711")
    shown = repr(check(shop, quote_code(shop, offered)))
    for secret in ("Jiangnan", "li@example.org", "RFQ 26-118", "PO-4711", offered.token):
        assert secret not in shown


@pytest.mark.parametrize("grown", ["line", "quote"])
def test_an_amount_changed_in_the_database_is_told(shop: Shop, grown: str) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    line = {"unit_net_minor": QuoteLineRow.unit_net_minor - 10_000, "net_minor": QuoteLineRow.net_minor - 10_000,
            "gross_minor": QuoteLineRow.gross_minor - 10_000}
    quote = {"net_minor": QuoteRow.net_minor - 10_000, "gross_minor": QuoteRow.gross_minor - 10_000}
    with shop.database.transaction() as session:
        if grown == "line":
            session.execute(update(QuoteLineRow).values(**line))
        session.execute(update(QuoteRow).values(**quote))
    found = check(shop, code)
    assert Finding.FACTS in findings(found)
    if grown == "line":
        told = next(item for item in found.differences if item.finding is Finding.LINE_PRICE)
        assert told.position == 1
        assert told.again == offered.quote.lines[0].totals.net
        assert told.stored != told.again
    else:
        told = next(item for item in found.differences if item.finding is Finding.TOTAL)
        assert told.again == offered.quote.gross


def test_a_day_changed_in_the_database_is_told(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    with shop.database.transaction() as session:
        session.execute(update(QuoteRow).values(promised_on=offered.quote.promised_on + timedelta(days=1)))
    found = check(shop, code)
    told = next(item for item in found.differences if item.finding is Finding.DAY)
    assert (told.stored, told.again) == (offered.quote.promised_on + timedelta(days=1), offered.quote.promised_on)


def test_a_plan_that_could_not_bring_it_by_its_day_is_told(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    with shop.database.transaction() as session:
        session.execute(update(QuoteLineRow).values(arrival_minute=QuoteLineRow.arrival_minute + 7 * 1440))
        session.execute(text("UPDATE hold SET arrival_minute = arrival_minute + 10080"))
    assert findings(check(shop, code)) == [Finding.ARRIVAL, Finding.LATER]


def test_choices_changed_in_the_database_are_told(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    choices = {**offered.quote.lines[0].choices, "width": "1400"}
    with shop.database.transaction() as session:
        session.execute(update(QuoteLineRow).values(choices=choices))
    assert findings(check(shop, code))[:2] == [Finding.FACTS, Finding.LINE_PRICE]


def test_a_replaced_quote_names_what_replaces_it(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    later = timedelta(days=3)
    assert not check(shop, code, later=later).is_open
    with shop.database.transaction() as session:
        renewed = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW + later)
    found = check(shop, code, later=later)
    assert (found.is_replaced, found.newest, found.state) == (True, 2, QuoteState.SUPERSEDED)
    assert found.differences == ()
    assert found.promised_now == renewed.quote.promised_on
    assert check(shop, quote_code(shop, renewed), later=later).is_open


def test_a_confirmation_is_genuine_until_the_order_is_changed_behind_it(shop: Shop) -> None:
    accepted = shop.accept(shop.offer())
    code = order_code(shop, accepted.order_number)
    assert check(shop, code).differences == ()
    with shop.database.transaction() as session:
        session.execute(update(OrderRow).values(net_minor=OrderRow.net_minor - 1, gross_minor=OrderRow.gross_minor - 1))
    assert findings(check(shop, code)) == [Finding.FACTS, Finding.ORDER_PRICE]


def test_a_canceled_order_is_told_and_a_traveller_is_checked_without_price(shop: Shop) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    code = work_order_code(shop, offered, "W-2026-0001")
    found = check(shop, code)
    assert (found.kind, found.differences, found.gross, found.lines[0].net) == (PaperKind.WORK_ORDER, (), None, None)
    with shop.database.transaction() as session:
        session.execute(text("UPDATE job_order SET standard_minutes = '1' WHERE position = 0"))
    assert findings(check(shop, code)) == [Finding.FACTS, Finding.OPERATIONS]
    with shop.database.transaction() as session:
        service.cancel_order(session, number=accepted.order_number, reason="gone", now=NOW, actor="sales")
    assert check(shop, order_code(shop, accepted.order_number)).state.value == "canceled"


def test_a_code_works_after_its_customer_was_erased(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    with shop.database.transaction() as session:
        session.execute(update(QuoteRow).values(customer_name="", reference="", link_seed="new", token_hash="new"))
    assert check(shop, code).differences == ()


def test_foreign_guessed_and_mistyped_codes_name_nothing(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    assert check(shop, f" {code.lower()[:20]} {code.lower()[20:]} ").number == "Q-2026-0001"
    wrong = [quote_code(shop, offered, "another secret"), offered.token, "", "Q-2026-0001.1.", code[:-1],
             code.replace("Q-2026-0001.1", "Q-2026-0001.2"), code.replace("Q-2026-0001", "Q-2026-0002"),
             code.replace("Q-", "O-"), code + "A", "Q-2026-0001.1." + "A" * 28]
    for other in wrong:
        with pytest.raises(PaperNotFound):
            check(shop, other)


def test_a_genuine_name_with_other_facts_is_ours_but_differs(shop: Shop) -> None:
    offered = shop.offer()
    code = quote_code(shop, offered)
    changed = code[:-8] + ("A" * 8 if not code.endswith("A" * 8) else "B" * 8)
    assert findings(check(shop, changed)) == [Finding.FACTS]
