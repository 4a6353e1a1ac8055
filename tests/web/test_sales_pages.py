"""The sales desk's pages of quotes and orders: they add up, and say all that a customer was told."""

from __future__ import annotations

import re
from fractions import Fraction

from ordering import service as ordering
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT
from tests.web.signing_in import add_user, sign_in
from tests.web.test_sent_quotes import sent


def _accept(shop: OpenShop, token: str) -> str:
    """Accept a quote; give the number of its order."""
    with shop.app.extensions["onelot_database"].transaction() as session:
        return ordering.accept(session, token=token, revision=1, idempotency_key=f"desk-{token[:16]}", now=OPENED_AT,
                               accepted_by="Li Wei").order_number


def test_a_way_that_was_not_taken_has_ended_and_was_not_replaced(open_shop_site: OpenShop) -> None:
    found = sent(open_shop_site, is_trio=True)
    _accept(open_shop_site, found.tokens[0])
    desk, (taken, ended) = open_shop_site.owner, found.quote_numbers[:2]
    listed = desk.get("/sales/quotes?state=superseded").text
    row = re.search(rf'<tr><th scope="row"><a href="/sales/quotes/{ended}".*?</tr>', listed)
    assert row is not None
    for page in (row.group(), desk.get(f"/sales/quotes/{ended}").text):
        assert "ended</span>" in page
        assert "replaced" not in page
        assert f'<a href="/sales/quotes/{taken}">{taken} was accepted</a>' in page
    figures = desk.get("/sales/").text
    assert "ended: another way was accepted" in figures
    assert "none closed" not in figures, "the months before the first closed quote say nothing"


def test_the_page_of_a_quote_adds_up_and_says_everything(open_shop_site: OpenShop) -> None:
    found = sent(open_shop_site)
    page = open_shop_site.owner.get(f"/sales/quotes/{found.quote_numbers[0]}")
    for words in ("Ground floor", "Fitting", "30 days net", "Subtotal", "Discount on the total 2 %", "VAT 9 %",
                  "VAT 13 %", "Other quantities", "Mind the stairs.", "Way to make it"):
        assert words in page.text, words
    assert page.text.count('role="img"') >= 2, "both windows are pictured"
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        quote = ordering.get_quote_by_number(session, number=found.quote_numbers[0])
    nets = [cell.replace(",", "") for cell in re.findall(r'data-l="Net"><b>([0-9,.]+)</b>', page.text)]
    subtotal = re.search(r'Subtotal</th><td class="n num">([0-9,.]+)<', page.text)
    assert subtotal is not None
    assert [Fraction(nets[0]) + Fraction(nets[2])] == [Fraction(subtotal[1].replace(",", ""))], "included lines only"
    assert Fraction(quote.net.amount_minor + quote.total_discount_minor, 100) == Fraction(
        subtotal[1].replace(",", ""))


def test_the_page_of_an_order_shows_what_was_ordered_and_how_far_it_is(open_shop_site: OpenShop) -> None:
    found = sent(open_shop_site)
    number = _accept(open_shop_site, found.tokens[0])
    page = open_shop_site.owner.get(f"/sales/orders/{number}").text
    for words in ("What was ordered", "Ground floor", "Fitting", "Subtotal", "VAT 13 %", "Stages",
                  "Released to the plants", f'href="/sales/quotes/{found.quote_numbers[0]}"', 'role="img"'):
        assert words in page, words
    assert "Fitting at night" not in page, "what was not taken was not ordered"
    assert re.search(r'<a href="/planning/work-orders/WO?-[^"]+">', page)
    seller = open_shop_site.app.test_client()
    add_user(open_shop_site.app, "seller-of-pages", "sales")
    assert sign_in(seller, "seller-of-pages") == 303
    seen = seller.get(f"/sales/orders/{number}").text
    assert "/planning/work-orders/" not in seen, "a link that would be refused is none"
    assert f'href="/sales/quotes/{found.quote_numbers[0]}"' in seen


def test_lists_offer_the_places_and_no_way_back_from_nothing(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    plain = owner.get("/sales/quotes").text
    assert "Show all" not in plain
    assert '<option value="NB">' in plain, "places are chosen, not typed"
    narrowed = owner.get("/sales/quotes?destination=NB").text
    assert "Show all" in narrowed
    assert '<option value="NB" selected>' in narrowed
    assert '<option value="GONE" selected>' in owner.get("/sales/quotes?destination=GONE").text
    assert "There is no company yet." in owner.get("/sales/customers/companies").text
    assert "No company matches." in owner.get("/sales/customers/companies?search=nobody").text
    seller = open_shop_site.app.test_client()
    add_user(open_shop_site.app, "seller-of-lists", "sales")
    assert sign_in(seller, "seller-of-lists") == 303
    assert "An owner makes them." in seller.get("/sales/customers/price-groups").text
    assert "An owner makes them." not in owner.get("/sales/customers/price-groups").text
