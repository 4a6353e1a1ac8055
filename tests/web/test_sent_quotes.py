"""The customer's page of a sent quote: what may be added, three ways, an earlier day; each a step before ordering."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import count

from catalog import service as catalog
from catalog.text import Text
from ordering import service as ordering
from ordering.approval import DiscountLimits
from ordering.draft import ConfiguredLine, DraftHeader, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.service import Sent
from tests.conftest import SECRET
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT, WINDOW, field_of
from web.documents import quote_html

_keys = count(1)
HEADER = DraftHeader(currency="CNY", customer_name="Jiangnan Living", customer_email="buy@example.org",
                     destination="NB", payment_terms="30 days net", delivery_terms="DAP Ningbo",
                     notes=Text.of({"en": "Mind the stairs.", "zh": "注意楼梯。"}), total_discount=Fraction(2))


def sent(shop: OpenShop, *, is_trio: bool = False) -> Sent:
    """Send a quote with a heading, a window, one that may be added, and two free lines of which one is in."""
    with shop.app.extensions["onelot_database"].transaction() as session:
        newest = catalog.get_newest(session, product_code="window").content_hash
        window = ConfiguredLine(newest, tuple(sorted(WINDOW.items())), 1)
        fitting = FreeLine(Text.of("Fitting"), 1, 100_000, Fraction(9), 70_123)
        content = QuoteDraft(HEADER, (
            SectionLine(Text.of("Ground floor")), replace(window, breaks=(3,), discount=Fraction(1)),
            replace(window, standing=Standing.OPTIONAL), fitting,
            replace(fitting, title=Text.of("Fitting at night"), unit_minor=150_000, standing=Standing.ALTERNATIVE)))
        draft = ordering.create_draft(session, content=content, owner="li", now=OPENED_AT,
                                      idempotency_key=f"page-draft-{next(_keys)}")
        return ordering.send_draft(
            session, draft_id=draft.id, version=1, by="li", trio=is_trio, secret=SECRET, now=OPENED_AT,
            idempotency_key=f"page-send-{next(_keys)}", limits=DiscountLimits())


def key_in(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the page's one form, after looking that a button of it posts to an action."""
    assert f'action="{action}"' in page
    form = page[page.index('id="accept"'):]
    return {name: field_of(form, name) for name in ("csrf_token", "revision", "idempotency_key")}


def test_an_earlier_day_is_asked_for_on_the_page(open_shop_site: OpenShop) -> None:
    guest, found = open_shop_site.guest, sent(open_shop_site)
    where = f"/quotes/{found.tokens[0]}"
    assert 'name="day"' not in guest.get(where).text
    page = guest.get(f"{where}?earlier=1").text
    days = re.findall(r'name="day" form="accept" value="([0-9-]+)"', page)
    assert days, "the window for Ningbo can come a day earlier"
    fields = key_in(page, f"{where}/earlier")
    for day, status in (("", 422), ("soon", 422), ("2020-01-01", 409), ("2027-12-01", 422)):
        wrong = guest.post(f"{where}/earlier", data=fields | {"day": day})
        assert wrong.status_code == status, day
        assert 'role="alert"' in wrong.text
    typed = {"accepted_by": "Li Wei", "reference": "PO 7", "agreed": "y", "day": days[0]}
    unseen = guest.post(f"{where}/accept", data=fields | typed)
    assert unseen.status_code == 422, "the offer for that day was not shown yet"
    assert "You chose an earlier day" in unseen.text
    assert f'value="{days[0]}" checked' in unseen.text
    assert 'value="PO 7"' in unseen.text
    for _ in range(2):
        answer = guest.post(f"{where}/earlier", data=fields | {"day": days[0]})
        assert answer.status_code == 303
    assert "day earlier" in guest.get(where).text


def test_the_page_says_everything_and_what_is_in_no_total(open_shop_site: OpenShop) -> None:
    found = sent(open_shop_site)
    page = open_shop_site.guest.get(f"/quotes/{found.tokens[0]}").text
    for words in ("Ground floor", "Fitting", "Fitting at night", "Discount 1 %", "Discount on the total 2 %",
                  "VAT 9 %", "VAT 13 %", "30 days net", "DAP Ningbo", "Mind the stairs.", "Not in the total",
                  "Alternative, in place of no. 3", "Other quantities"):
        assert words in page, words
    assert page.count("Prices here are with your 2 % discount on the total") == 2, "beside and other quantities"
    assert "701.23" not in page, "what a free line costs us is on no page"
    chinese = open_shop_site.guest.get(f"/quotes/{found.tokens[0]}?lang=zh").text
    assert "注意楼梯。" in chinese
    open_shop_site.guest.get("/?lang=en")


def test_an_option_is_added_on_the_page_once_and_then_accepted(open_shop_site: OpenShop) -> None:
    guest, found = open_shop_site.guest, sent(open_shop_site)
    where = f"/quotes/{found.tokens[0]}"
    fields = key_in(guest.get(where).text, f"{where}/choose")
    nothing = guest.post(f"{where}/choose", data=fields)
    assert nothing.status_code == 422
    assert "Choose at least one line." in nothing.text
    assert guest.post(f"{where}/choose", data=fields | {"positions": "2"}).status_code == 422
    for _ in range(2):
        answer = guest.post(f"{where}/choose", data=fields | {"positions": "3"})
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"] == where
    page = guest.get(where).text
    assert "revision 2" in page
    assert "What changed" in page
    assert re.search(r"option</del>.*included</ins>", page)
    stale = guest.post(f"{where}/choose", data=fields | {"positions": "5", "idempotency_key": "k" * 24})
    assert stale.status_code == 409
    accepted = guest.post(f"{where}/accept", data=key_in(page, f"{where}/accept") | {
        "accepted_by": "Li Wei", "reference": "", "agreed": "y"})
    assert accepted.status_code == 303, accepted.text
    order = guest.get(accepted.headers["Location"])
    assert order.status_code == 200


def test_lines_have_one_number_everywhere_and_no_heading_stands_above_nothing(open_shop_site: OpenShop) -> None:
    guest, found = open_shop_site.guest, sent(open_shop_site)
    page = guest.get(f"/quotes/{found.tokens[0]}").text
    rows = re.findall(r"<tr><td>(\d+)</td>", page)
    assert rows == ["1", "3", "2", "4", "1"], "included lines, then what may be added, then other quantities"
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        quote = ordering.get_quote_by_number(session, number=found.quote_numbers[0])
        paper = quote_html(session, quote, "en", base_url="https://shop.example", secret=SECRET)
    assert re.findall(r'<tr class="item">\s*<td class="no">(\d+)</td>', paper) == ["1", "3"]
    assert paper.count("Prices here are with your 2 % discount on the total") == 2
    code = re.search(r'https://shop.example/verify/([^"<\s]+)', paper)
    assert code is not None
    checked = guest.get(f"/verify/{code[1]}").text
    assert re.findall(r"<tr><td>(\d+)</td>", checked) == ["1", "3"], "the free line is in the net, so it is listed"
    assert "Product version 1<" in checked


def test_nothing_is_ordered_when_something_is_ticked_that_the_offer_does_not_include(open_shop_site: OpenShop) -> None:
    guest, found = open_shop_site.guest, sent(open_shop_site)
    where = f"/quotes/{found.tokens[0]}"
    page = guest.get(where).text
    fields = key_in(page, f"{where}/accept") | {"accepted_by": "Li Wei", "reference": "PO 7", "agreed": "y"}
    ticked = guest.post(f"{where}/accept", data=fields | {"positions": ["3"]})
    assert ticked.status_code == 422
    assert "You ticked lines that are not part of this offer" in ticked.text
    assert 'value="Li Wei"' in ticked.text
    assert 'value="PO 7"' in ticked.text
    assert re.search(r'name="positions" form="accept" value="3" checked', ticked.text)
    assert guest.post(f"{where}/accept", data=fields | {"positions": ["x"]}).status_code == 422
    assert "revision 1" in guest.get(where).text
    accepted = guest.post(f"{where}/accept", data=fields | {"positions": ["2"], "day": ""})
    assert accepted.status_code == 303, "line 2 is in the offer"


def test_the_ways_lead_to_each_other_and_end_together(open_shop_site: OpenShop) -> None:
    guest, found = open_shop_site.guest, sent(open_shop_site, is_trio=True)
    assert len(found.tokens) > 1
    first, other = (f"/quotes/{token}" for token in found.tokens[:2])
    page = guest.get(first).text
    assert f'href="{other}"' in page
    assert "Accept one of them; the others end with it." in page
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        quote = ordering.get_quote_by_number(session, number=found.quote_numbers[0])
        paper = quote_html(session, quote, "en", base_url="https://shop.example", secret=SECRET)
    table = paper[paper.index("The same order, made differently"):]
    assert all(f"</b> {number}" in table for number in found.quote_numbers), "the paper tells of every way"
    assert table.count("this quotation") == 1
    accepted = guest.post(f"{first}/accept", data=key_in(page, f"{first}/accept") | {
        "accepted_by": "Li Wei", "reference": "", "agreed": "y"})
    assert accepted.status_code == 303
    late = guest.get(other).text
    assert f"{other}/accept" not in late
    assert "replaced" in late


def test_the_sales_desk_sees_what_was_sent(open_shop_site: OpenShop) -> None:
    found = sent(open_shop_site)
    page = open_shop_site.owner.get(f"/sales/quotes/{found.quote_numbers[0]}")
    assert page.status_code == 200
    for words in ("Ground floor", "Fitting", "30 days net"):
        assert words in page.text, words
