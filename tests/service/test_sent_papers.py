"""Papers and exchange files of what the sales desk sends: discounts, free lines, options, other currencies."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import text

from ordering import service
from ordering.draft import QuoteDraft
from ordering.paper_facts import quote_facts
from ordering.quote import Quote
from ordering.verification import Finding, Verified
from ordering.verify_code import make_code
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_drafting import create, fitting, header, window
from tests.service.test_sending import send, whole
from tests.ubl import NAMES, adds_up, amounts, read_valid, texts
from web.database import Database


@pytest.fixture
def shop(sqlite_url: str, model_cache: Path) -> Shop:
    made = Shop(Database(sqlite_url), model_cache)
    made.open()
    return made


def sent_quote(shop: Shop, content: QuoteDraft) -> Quote:
    (quote,) = send(shop, create(shop, content)).quotes
    return quote


def quotation(shop: Shop, quote: Quote, language: str = "en") -> bytes:
    with shop.database.reading() as session:
        return service.export_quotation(session, quote=quote, language=language)


def check(shop: Shop, quote: Quote, *, later: timedelta = timedelta()) -> Verified:
    code = make_code(quote.number, revision=quote.revision, facts=quote_facts(quote), secret=SECRET)
    with shop.database.reading() as session:
        return service.verify(session, code=code, secret=SECRET, now=NOW + later)


def in_euro(shop: Shop) -> QuoteDraft:
    return QuoteDraft(
        header(currency="EUR", rate=Fraction("0.1283"), total_discount=Fraction("1.7")),
        (window(shop, 3, discount=Fraction("2.9")), fitting(unit_minor=12_345, unit_cost_minor=8_000), window(shop, 1)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_options_and_alternatives_count_in_no_sum_of_a_quotation(shop: Shop, language: str) -> None:
    quote = sent_quote(shop, whole(shop))
    root = read_valid(quotation(shop, quote, language), "Quotation")
    adds_up(root, line="a:QuotationLine", total="a:QuotedMonetaryTotal")
    assert amounts(root, "a:QuotedMonetaryTotal/b:PayableAmount") == [quote.gross.to_decimal()]
    assert texts(root, "a:QuotationLine/b:ID") == ["1", "3", "5"]
    assert texts(root, "a:TaxTotal/a:TaxSubtotal/a:TaxCategory/b:Percent") == ["9", "13"]
    assert texts(root, "a:TransactionConditions/b:Description") == ["30 days net"]
    assert texts(root, "a:DeliveryTerms/b:SpecialTerms") == ["DAP"]
    notes = texts(root, "b:Note")
    assert ("注意楼梯。" if language == "zh" else "Mind the stairs.") in notes
    assert sum("2" in note or "4" in note for note in notes) >= 2
    first = root.find("a:QuotationLine/a:LineItem", NAMES)
    assert first is not None
    assert texts(first, "b:Note") == ["Ground floor"]
    allowances = first.findall("a:AllowanceCharge", NAMES)
    assert [item.findtext("b:ChargeIndicator", namespaces=NAMES) for item in allowances] == ["false", "false"]
    line = quote.lines[0]
    assert amounts(first, "a:AllowanceCharge/b:Amount") == [
        Decimal(line.line_discount_minor) / 100, Decimal(line.total_discount_minor) / 100]


def test_a_quote_in_another_currency_is_valid_and_adds_up(shop: Shop) -> None:
    quote = sent_quote(shop, in_euro(shop))
    root = read_valid(quotation(shop, quote), "Quotation")
    adds_up(root, line="a:QuotationLine", total="a:QuotedMonetaryTotal")
    assert {item.get("currencyID") for item in root.iter() if item.get("currencyID")} == {"EUR"}


def test_an_accepted_one_is_an_order_with_the_same_lines(shop: Shop) -> None:
    sent = send(shop, create(shop, whole(shop)))
    with shop.database.transaction() as session:
        accepted = service.accept(session, token=sent.tokens[0], revision=1, idempotency_key="a", now=NOW)
    with shop.database.reading() as session:
        order = service.get_order(session, number=accepted.order_number)
        root = read_valid(service.export_order(session, order=order, language="en"), "Order")
    adds_up(root, line="a:OrderLine", total="a:AnticipatedMonetaryTotal")
    assert texts(root, "a:OrderLine/a:LineItem/b:ID") == ["1", "3", "5"]
    assert texts(root, "a:PaymentTerms/b:Note") == ["30 days net"]
    assert amounts(root, "a:AnticipatedMonetaryTotal/b:PayableAmount") == [order.gross.to_decimal()]


@pytest.mark.parametrize("made", [whole, in_euro])
def test_a_paper_of_a_sent_quote_works_out_again_to_the_cent(shop: Shop, made: object) -> None:
    quote = sent_quote(shop, made(shop))  # type: ignore[operator]  # one of two functions
    found = check(shop, quote)
    assert found.differences == ()
    assert found.gross == quote.gross
    counted = {line.position: line.totals.net for line in quote.lines}
    counted |= {item.position: item.totals.net for item in quote.items if item.is_counted}
    assert [line.net for line in found.lines] == [counted[position] for position in sorted(counted)]
    assert sum(net.amount_minor for net in counted.values()) == quote.net.amount_minor


def test_a_discount_changed_in_the_database_is_told(shop: Shop) -> None:
    quote = sent_quote(shop, whole(shop))
    with shop.database.transaction() as session:
        session.execute(text(
            "UPDATE quote_line SET line_discount_minor = line_discount_minor + 100, net_minor = net_minor - 100, "
            "gross_minor = gross_minor - 100 WHERE position = 2"))
    found = check(shop, quote)
    assert [item.finding for item in found.differences] == [Finding.FACTS, Finding.LINE_PRICE]
    assert found.differences[1].position == 1, "a heading has no number"
