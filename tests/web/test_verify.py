"""The page of a checked paper: what it says, what it hides, what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import text

from tests.conftest import StandingClock
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, press
from web.factory import create_app
from web.settings import Settings


def check_page(shop: OpenShop, document: str) -> str:
    """Give the address that a document's QR code and link lead to."""
    pages = PdfReader(BytesIO(shop.guest.get(document).data)).pages
    links = {item.get_object()["/A"]["/URI"] for page in pages for item in page.get("/Annots", [])}
    (link,) = links
    return str(link).removeprefix("http://localhost")


@pytest.fixture(scope="module")
def quote(open_shop_site: OpenShop) -> str:
    return ask_for_quote(open_shop_site.guest)


def test_a_quote_on_paper_leads_to_a_page_that_says_it_is_genuine(open_shop_site: OpenShop, quote: str) -> None:
    where = check_page(open_shop_site, f"{quote}/quote.pdf")
    assert re.fullmatch(r"/verify/Q-2026-\d{4}\.1\.[A-Z2-7]{28}", where)
    with open_shop_site.untouched():
        answer = open_shop_site.guest.get(where)
    assert answer.status_code == 200
    for words in ("This paper is genuine.", "It stands: the capacity is held.", "Product version", "4,690.77"):
        assert words in answer.text, words
    token = quote.rpartition("/")[2]
    for hidden in ("Jiangnan", "buy@example.org", token, "<form method=\"post\" action=\"/quotes"):
        assert hidden not in answer.text
    assert 'content="noindex"' in answer.text
    chinese = open_shop_site.guest.get(where, headers={"Accept-Language": "zh-CN"})
    assert chinese.status_code == 200


def test_an_order_and_its_traveller_lead_to_their_pages(open_shop_site: OpenShop) -> None:
    page = ask_for_quote(open_shop_site.guest, customer_email="other@example.org")
    status, order = press(open_shop_site.guest, open_shop_site.guest.get(page).text, "accept")
    assert status == 303
    shown = open_shop_site.guest.get(check_page(open_shop_site, f"{order}/order.pdf")).text
    assert "Confirmation of order O-2026-" in shown
    assert "It stands: this is the newest one." in shown
    assert "Li Na" not in shown
    assert "It was accepted and is order O-2026-" in open_shop_site.guest.get(
        check_page(open_shop_site, f"{page}/quote.pdf")).text
    number = re.findall(r"W-2026-\d{4}", open_shop_site.owner.get("/planning/work-orders").text)[0]
    paper = open_shop_site.owner.get(f"/planning/work-orders/{number}.pdf").data
    (link,) = {item.get_object()["/A"]["/URI"] for sheet in PdfReader(BytesIO(paper)).pages
               for item in sheet.get("/Annots", [])}
    shown = open_shop_site.guest.get(str(link).removeprefix("http://localhost")).text
    assert "This paper is genuine." in shown
    assert "CNY" not in shown
    assert f"/planning/work-orders/{number}" in shown


def test_a_changed_amount_is_said_in_plain_words(open_shop_site: OpenShop) -> None:
    page = ask_for_quote(open_shop_site.guest, customer_email="third@example.org")
    where = check_page(open_shop_site, f"{page}/quote.pdf")
    number = where.split("/")[2].split(".")[0]
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        session.execute(text("UPDATE quote SET net_minor = net_minor - 5000, gross_minor = gross_minor - 5000 "
                             "WHERE number = :number"), {"number": number})
    shown = open_shop_site.guest.get(where).text
    assert "This paper is ours, but something differs." in shown
    assert "What is stored now is not what was printed on it." in shown
    assert "its lines add up to" in shown
    assert "This paper is genuine." not in shown
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        session.execute(text("UPDATE quote SET net_minor = net_minor + 5000, gross_minor = gross_minor + 5000 "
                             "WHERE number = :number"), {"number": number})


@pytest.mark.parametrize("code", [
    "x", "Q-2026-0001", "Q-2026-0001.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00", "💥", "a" * 5000, "Q-2026-0001.1.'--",
    "../etc/passwd",
])
def test_an_unknown_code_is_not_found_and_may_be_typed_again(open_shop_site: OpenShop, code: str) -> None:
    with open_shop_site.untouched():
        answer = open_shop_site.guest.get(f"/verify/{code}")
    assert answer.status_code in {400, 404}
    assert "Traceback" not in answer.text


def test_a_code_can_be_typed(open_shop_site: OpenShop, quote: str) -> None:
    where = check_page(open_shop_site, f"{quote}/quote.pdf")
    code = where.removeprefix("/verify/")
    assert "Check a paper" in open_shop_site.guest.get("/verify").text
    typed = open_shop_site.guest.get("/verify", query_string={"code": f" {code.lower()} "})
    assert (typed.status_code, typed.location) == (303, where)
    assert open_shop_site.guest.get("/verify", query_string={"code": "x" * 61}).status_code == 422
    unknown = open_shop_site.guest.get("/verify", query_string={"code": "nonsense"}, follow_redirects=True)
    assert unknown.status_code == 404
    assert "No paper of ours has this code." in unknown.text


def test_codes_cannot_be_tried_without_end(make_settings: Callable[..., Settings], clock: StandingClock) -> None:
    app: Flask = create_app(make_settings(is_rate_limited=True, limit_verify="3/minute"), clock=clock)
    client: FlaskClient = app.test_client()
    answers = [client.get("/verify/Q-2026-0001.1.AAAA").status_code for _ in range(4)]
    assert answers == [404, 404, 404, 429]
    app.extensions["onelot_database"].dispose()
