"""Confirmations and exchange files over HTTP: who gets them, under which names, and where they are linked."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.ubl import read_valid, texts
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, press


@pytest.fixture(scope="module")
def order(open_shop_site: OpenShop) -> str:
    """The address of an order."""
    page = ask_for_quote(open_shop_site.guest, customer_email="papers@example.org")
    status, where = press(open_shop_site.guest, open_shop_site.guest.get(page).text, "accept", reference="PO-1 采购")
    assert status == 303
    return where


@pytest.fixture(scope="module")
def quote(open_shop_site: OpenShop) -> str:
    return ask_for_quote(open_shop_site.guest, customer_email="asks@example.org")


def fetch(client: FlaskClient, where: str, media_type: str, language: str = "en") -> tuple[bytes, str]:
    answer = client.get(where, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.data, answer.headers["Content-Disposition"]


def test_the_exchange_files_are_valid_and_carry_a_safe_name(open_shop_site: OpenShop, quote: str, order: str) -> None:
    for language in ("en", "zh-CN"):
        content, name = fetch(open_shop_site.guest, f"{quote}/quote.xml", "application/xml", language)
        root = read_valid(content, "Quotation")
        assert name == f'attachment; filename="Quotation_{texts(root, "b:ID")[0]}-r1.xml"'
        content, name = fetch(open_shop_site.guest, f"{order}/order.xml", "application/xml", language)
        root = read_valid(content, "Order")
        assert texts(root, "b:ID") == ["PO-1 采购"]
        assert name == f'attachment; filename="Order_{texts(root, "b:SalesOrderID")[0]}.xml"'


def test_the_confirmation_is_the_same_file_every_time(open_shop_site: OpenShop, order: str) -> None:
    first, name = fetch(open_shop_site.guest, f"{order}/order.pdf", "application/pdf")
    assert first.startswith(b"%PDF")
    assert name.startswith('inline; filename="Order-confirmation_O-2026-')
    assert fetch(open_shop_site.owner, f"{order}/order.pdf", "application/pdf")[0] == first


def test_a_quote_that_is_no_order_has_no_confirmation(open_shop_site: OpenShop, quote: str) -> None:
    token = quote.rpartition("/")[2]
    for name in ("order.pdf", "order.xml"):
        with open_shop_site.untouched():
            assert open_shop_site.guest.get(f"/orders/{token}/{name}").status_code == 404


def test_customers_and_sales_find_every_paper_on_their_pages(
    open_shop_site: OpenShop, quote: str, order: str
) -> None:
    guest, owner = open_shop_site.guest, open_shop_site.owner
    quote_number = texts(read_valid(guest.get(f"{quote}/quote.xml").data, "Quotation"), "b:ID")[0]
    order_number = texts(read_valid(guest.get(f"{order}/order.xml").data, "Order"), "b:SalesOrderID")[0]
    order_quote = order.replace("/orders/", "/quotes/")
    papers = [f"{quote}/{name}" for name in ("quote.pdf", "quote.xml", "date.ics")]
    pages = {quote: (guest, papers), f"/sales/quotes/{quote_number}": (owner, papers)}
    papers = [f"{order}/order.pdf", f"{order}/order.xml", f"{order}/date.ics", f"{order_quote}/quote.pdf"]
    pages |= {order: (guest, papers), f"/sales/orders/{order_number}": (owner, papers)}
    for page, (client, links) in pages.items():
        shown = client.get(page).text
        for link in links:
            assert f'href="{link}"' in shown, (page, link)
            assert client.get(link).status_code == 200, link
