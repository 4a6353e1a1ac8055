"""Quotes and orders as UBL 2.1: valid against the official schema, adding up to the cent, saying what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ordering import service
from ordering.customer_tables import CompanyRow
from ordering.order import PromiseEventKind
from ordering.quote import Alternative
from ordering.store import add_promise_event
from ordering.tables import CustomerRow, OrderRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from tests.ubl import NAMES, adds_up, amounts, read_valid, texts
from web.database import Database

SEVERAL: tuple[tuple[str, Mapping[str, str], int], ...] = (
    ("window", WINDOW, 8), ("bicycle", {"use": "city", "engraving": "laser", "engraving_text": "<江南> & \"x\""}, 2),
    ("pump", {"q_m3h": "20", "head_m": "48", "medium": "water"}, 1),
)


@pytest.fixture
def shop(sqlite_url: str, model_cache: Path) -> Shop:
    made = Shop(Database(sqlite_url), model_cache)
    made.open()
    return made


def quotation(shop: Shop, number: str = "Q-2026-0001", language: str = "en") -> bytes:
    with shop.database.reading() as session:
        return service.export_quotation(session, quote=service.get_quote_by_number(session, number=number),
                                        language=language)


def order_file(shop: Shop, number: str, language: str = "en") -> bytes:
    with shop.database.reading() as session:
        return service.export_order(session, order=service.get_order(session, number=number), language=language)


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
@pytest.mark.parametrize("alternative", [Alternative.DEFAULT, Alternative.GREENEST, Alternative.FASTEST])
def test_a_quotation_of_every_demo_product_is_valid_and_adds_up(
    shop: Shop, alternative: Alternative, language: str
) -> None:
    offered = shop.offer(shop.request(*SEVERAL, alternative=alternative))
    content = quotation(shop, language=language)
    assert content == quotation(shop, language=language)
    root = read_valid(content, "Quotation")
    adds_up(root, line="a:QuotationLine", total="a:QuotedMonetaryTotal")
    assert amounts(root, "a:QuotedMonetaryTotal/b:PayableAmount") == [offered.quote.gross.to_decimal()]
    assert texts(root, "a:QuotationLine/b:ID") == ["1", "2", "3"]
    assert texts(root, "b:LineCountNumeric") == ["3"]


def test_a_quotation_names_parties_days_and_every_choice(shop: Shop) -> None:
    offered = shop.offer(shop.request(*SEVERAL))
    with shop.database.transaction() as session:
        company = CompanyRow(
            name="江南宜居 Jiangnan Living Ltd", tax_id="91320594TEST00001X", created_at=NOW, changed_at=NOW,
            billing_address=["8 Suzhou Avenue", "215021 Suzhou"], delivery_address=["Gate 3", "Xinghu Street"])
        session.add(company)
        session.flush()
        session.scalars(select(CustomerRow)).one().company_id = company.id
    root = read_valid(quotation(shop), "Quotation")
    seller, buyer = "a:SellerSupplierParty/a:Party", "a:BuyerCustomerParty/a:Party"
    assert texts(root, "b:ID") == ["Q-2026-0001"]
    assert texts(root, "b:IssueDate") == ["2026-11-23"]
    assert texts(root, "b:IssueTime") == ["10:00:00+08:00"]
    assert texts(root, "b:PricingCurrencyCode") == ["CNY"]
    assert texts(root, "a:ValidityPeriod/b:EndDate") == ["2026-11-25"]
    assert texts(root, "a:RequestForQuotationDocumentReference/b:ID") == ["RFQ 26-118"]
    assert texts(root, f"{seller}/a:PartyName/b:Name") == ["Gusu Windows"]
    assert texts(root, f"{seller}/a:PartyTaxScheme/b:CompanyID") == ["91320500DEMO00088X"]
    assert texts(root, f"{buyer}/a:PartyName/b:Name") == ["江南宜居 Jiangnan Living Ltd"]
    assert texts(root, f"{buyer}/a:PartyTaxScheme/b:CompanyID") == ["91320594TEST00001X"]
    assert texts(root, f"{buyer}/a:PostalAddress/a:AddressLine/b:Line") == ["8 Suzhou Avenue", "215021 Suzhou"]
    assert texts(root, f"{buyer}/a:Contact/b:ElectronicMail") == ["li@example.org"]
    assert texts(root, "a:Delivery/a:DeliveryAddress/a:AddressLine/b:Line") == ["Gate 3", "Xinghu Street"]
    assert texts(root, "a:Delivery/a:DeliveryLocation/b:ID") == ["SZ"]
    promised = "a:PromisedDeliveryPeriod/b:EndDate"
    assert texts(root, f"a:Delivery/{promised}") == [offered.quote.promised_on.isoformat()]
    assert texts(root, f"a:QuotationLine/a:LineItem/a:Delivery/{promised}") == [
        line.promised_on.isoformat() for line in offered.quote.lines]
    assert texts(root, "a:TaxTotal/a:TaxSubtotal/a:TaxCategory/b:Percent") == ["13"]
    for line, item in zip(offered.quote.lines, root.findall("a:QuotationLine/a:LineItem/a:Item", NAMES), strict=True):
        assert texts(item, "a:SellersItemIdentification/b:ID") == [line.product_code]
        assert texts(item, "a:SellersItemIdentification/b:ExtendedID") == [line.content_hash]
        chosen = {code: text for code, text in line.choices.items() if text}
        assert set(texts(item, "a:AdditionalItemProperty/b:ID")) == set(chosen)
    first = root.findall("a:QuotationLine/a:LineItem/a:Item/a:AdditionalItemProperty", NAMES)[0]
    assert (texts(first, "b:Name"), texts(first, "b:Value")) == (["Width"], ["1230 mm"])
    figure = first.find("b:ValueQuantity", NAMES)
    assert figure is not None
    assert (figure.text, figure.get("unitCode")) == ("1230", "MMT")
    assert "<江南> & \"x\"" in texts(root, "a:QuotationLine/a:LineItem/a:Item/a:AdditionalItemProperty/b:Value")


def test_a_renewed_quotation_names_the_one_it_replaces(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW + timedelta(days=3))
    first = read_valid(quotation(shop), "Quotation")
    assert texts(first, "b:ID") == ["Q-2026-0001"]
    assert "Revision 2" in texts(first, "b:Note")
    assert texts(first, "a:AdditionalDocumentReference/b:VersionID") == ["1"]


def test_an_order_is_valid_and_carries_both_numbers_and_the_day_that_counts_now(shop: Shop) -> None:
    offered = shop.offer(shop.request(*SEVERAL))
    accepted = shop.accept(offered, reference="PO-4711 采购")
    root = read_valid(order_file(shop, accepted.order_number), "Order")
    adds_up(root, line="a:OrderLine", total="a:AnticipatedMonetaryTotal")
    assert texts(root, "b:ID") == ["PO-4711 采购"]
    assert texts(root, "b:SalesOrderID") == ["O-2026-0001"]
    assert texts(root, "a:QuotationDocumentReference/b:ID") == ["Q-2026-0001"]
    assert texts(root, "a:QuotationDocumentReference/b:VersionID") == ["1"]
    promised = "a:Delivery/a:PromisedDeliveryPeriod/b:EndDate"
    assert texts(root, promised) == [offered.quote.promised_on.isoformat()]
    new_day = offered.quote.promised_on + timedelta(days=4)
    with shop.database.transaction() as session:
        order = session.scalars(select(OrderRow)).one()
        add_promise_event(session, quote=order.quote, kind=PromiseEventKind.MOVED, at=NOW, promised_on=new_day,
                          previous_on=order.promised_on, reason="A furnace broke down.")
        order.promised_on = new_day
    moved = read_valid(order_file(shop, accepted.order_number, "zh"), "Order")
    assert texts(moved, promised) == [new_day.isoformat()]
    assert texts(moved, f"a:OrderLine/a:LineItem/{promised}") == [new_day.isoformat()] * 3


def test_characters_that_xml_cannot_hold_are_left_out(shop: Shop) -> None:
    accepted = shop.accept(shop.offer(), reference="PO\x0b1")
    assert texts(read_valid(order_file(shop, accepted.order_number), "Order"), "b:ID") == ["PO1"]
