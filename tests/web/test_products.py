"""The list of products, the search and the questions about needs: true figures, links that lead where they say."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from configurator import service as configurator
from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, ask_for_quote, press
from web.shop.highlights import FRESH, LONGEST
from web.shop.products import highlight_store


@pytest.fixture
def reader(open_shop_site: OpenShop) -> FlaskClient:
    return open_shop_site.guest


def chips(page: str, product: str) -> list[tuple[str, str, str]]:
    """Address, title and figures of the configurations on a product's card."""
    card = next(part for part in page.split('<li class="product">') if f'href="/shop/{product}"' in part)
    return [(unescape(url), re.sub(r"<[^>]+>", "", title).strip(), " · ".join(re.findall(r'">(.*?)</span>', words)))
            for url, title, words in
            re.findall(r'<a href="([^"]+)" rel="nofollow"><b>(.*?)</b>((?:<span class="num">[^<]*</span>)+)</a>', card)]


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("product", ["window", "bicycle", "pump"])
def test_every_configuration_on_a_card_has_the_figures_it_leads_to(reader: FlaskClient, product: str) -> None:
    found = chips(reader.get("/").text, product)
    assert {word for _url, title, _words in found for word in re.split(r", | and ", title.lower())} == {
        "suggested", "fastest", "lowest co₂", "lowest price"}
    assert len({words for _url, _title, words in found}) == len(found), "the same figures stand on one card"
    for url, _title, words in found:
        price, _day, mass = words.split(" · ")
        page = reader.get(url).text
        assert price in page
        assert f">{mass.removesuffix(' kg CO₂e')}" in page
        assert "These choices cannot stand together" not in page


def test_the_lowest_price_is_the_one_the_card_starts_from(reader: FlaskClient) -> None:
    page = reader.get("/").text
    for product in ("window", "bicycle", "pump"):
        prices = {title: words.split(" · ")[0] for _url, title, words in chips(page, product)}
        lowest = next(price for title, price in prices.items() if "owest price" in title)
        assert min(prices.values(), key=lambda price: float(price[1:].replace(",", ""))) == lowest
        card = next(part for part in page.split('<li class="product">') if f'href="/shop/{product}"' in part)
        assert re.search(rf'<dt>From, without VAT</dt><dd><a href="[^"]+">{re.escape(lowest)}</a>', card)


def test_the_list_is_quick_once_it_is_known(reader: FlaskClient) -> None:
    reader.get("/")
    start = time.process_time()
    for _ in range(5):
        reader.get("/")
    assert (time.process_time() - start) / 5 < 0.15


def test_days_are_found_anew_after_the_plan_changes_and_say_of_when_they_are(open_shop_site: OpenShop) -> None:
    site, page = open_shop_site, open_shop_site.guest.get("/").text
    assert "Days as of Mon 23 Nov 10:00" in page
    where = ask_for_quote(site.guest, WINDOW)
    status, _address = press(site.guest, site.guest.get(where).text, "accept")
    assert status == 303
    site.clock.forward(seconds=FRESH.total_seconds() + 1)
    assert "Days as of Mon 23 Nov 10:00" in site.guest.get("/").text
    with site.app.app_context():
        highlight_store().wait()
    page = site.guest.get("/").text
    assert "Days as of Mon 23 Nov 10:01" in page
    assert "from 1 order" in page
    assert "Suggested" in page
    site.clock.forward(seconds=(LONGEST + timedelta(seconds=1)).total_seconds())
    assert "Days as of Mon 23 Nov 10:16" in site.guest.get("/").text


@pytest.mark.parametrize(("words", "address"), [
    ("green bike", "/shop/bicycle?colour=RAL6018"), ("铝", "/shop/bicycle?frame=Alu-Gravel"),
    ("tilt", "/shop/window?opening=tilt_turn"), ("316", "/shop/pump?material=316"),
    ("glass", "/shop/window#ask-glass"), ("Extra_7", "/shop/car?Extra_7=true"),
])
def test_words_lead_to_the_configurator_with_the_option_chosen(reader: FlaskClient, words: str, address: str) -> None:
    page = unescape(reader.get("/search", query_string={"find": words}).text)
    assert f'href="{address}"' in page
    assert reader.get(address).status_code == 200


def test_options_that_contradict_are_said_to(reader: FlaskClient) -> None:
    page = reader.get("/search?find=carbon+belt").text
    assert "These do not go together as they are" in page
    url = unescape(re.findall(r'href="(/shop/bicycle\?[^"]+)"', page)[0])
    assert "These choices cannot stand together" in reader.get(url).text


@pytest.mark.parametrize("words", ["", "   ", "zeppelin", "%", "<script>alert(1)</script>", "a" * 500, "\u202e\u200b",
                                   "'; --"])
def test_whatever_is_asked_for_is_answered(reader: FlaskClient, words: str) -> None:
    answer = reader.get("/search", query_string={"find": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "See all products" in answer.text or 'class="sheet found"' in answer.text


def test_words_that_nothing_has_are_left_out_and_named(reader: FlaskClient) -> None:
    assert "Left out: zeppelin" in text_of(reader.get("/search?find=green+zeppelin").text)


def test_questions_lead_forward_and_back_and_keep_what_was_answered(reader: FlaskClient) -> None:
    page = reader.get("/needs/bicycle").text
    assert "What for?" in page
    assert 'name=".step" value="2"' in page
    page = reader.get("/needs/bicycle?for=children&.step=2").text
    assert '<input type="hidden" name="for" value="children">' in page
    assert 'name=".step" value="1"' in page
    page = reader.get("/needs/bicycle?for=children&.step=1").text
    assert re.search(r'value="children" checked', page)


def test_the_last_step_says_which_answer_led_to_which_choice(reader: FlaskClient) -> None:
    page = reader.get("/needs/bicycle?for=children&where=flat&.step=5").text
    words = text_of(page)
    assert re.search(r"With children or shopping Use: City .*Rear rack: Rear rack", words)
    url = unescape(re.findall(r'<a class="btn main wide" href="([^"]+)"', page)[0])
    chosen = reader.get(url).text
    assert re.search(r'name="rack" value="rear"[^>]* checked', chosen)
    price = re.search(r"Price without VAT</dt><dd>([^<]+)", page)
    assert price is not None
    assert price.group(1) in chosen


def test_two_answers_that_disagree_can_both_be_kept_by_a_link(reader: FlaskClient) -> None:
    page = reader.get("/needs/window?room=shop&side=street&.step=5").text
    assert "The first is followed." in page
    other = unescape(re.findall(r'<a class="btn tight" href="([^"]+)">Keep “A busy street”', page)[0])
    after = text_of(reader.get(other).text)
    assert "The first is followed." not in after
    assert "Glass: Triple, thick 6/12/4/12/6" in after


def test_answers_against_the_rules_end_in_repairs_never_in_nothing(reader: FlaskClient) -> None:
    page = reader.get("/needs/bicycle?for=trails&care=none&.step=5").text
    assert "Not all of this can be had together" in page
    assert "“As little as possible” asks for Drive: Belt, 8-speed hub." in text_of(page)
    fixes = [unescape(url) for url in re.findall(r'<a class="btn tight" href="(/shop/[^"]+)"', page)]
    assert fixes
    for fix in fixes:
        assert "These choices cannot stand together" not in reader.get(fix).text


@pytest.mark.parametrize("query", [
    ".step=0", ".step=-1", ".step=99999", ".step=x", ".step=²", "for=flying&.step=5", "for=%00",
    "for=a&for=children&.step=5", ".to=nowhere&.step=5", "for=%3Cscript%3E&.step=5", "x=" + "9" * 3000,
])
def test_odd_addresses_of_the_questions_are_answered(reader: FlaskClient, query: str) -> None:
    answer = reader.get(f"/needs/bicycle?{query}")
    assert answer.status_code in {200, 400}
    assert "<script>" not in answer.text.split("</head>")[1]


def test_an_answer_that_is_no_longer_offered_is_left_out_and_named(reader: FlaskClient) -> None:
    assert "No longer asked or offered, so left out: flying" in reader.get("/needs/bicycle?for=flying&.step=5").text


def test_a_product_without_questions_leads_to_its_configurator(reader: FlaskClient) -> None:
    assert reader.get("/needs/car").location == "/shop/car"
    assert reader.get("/needs/nothing").status_code == 404


def test_foot_promises_only_what_holds(reader: FlaskClient) -> None:
    words = "Prices and dates hold once you have the quote."
    for where in ("/", "/shop/window", "/within/window", "/quote/window?" + urlencode(WINDOW)):
        assert words in reader.get(where).text
    assert words not in reader.get("/verify").text
    assert "holds as it stands" not in reader.get("/").text


def test_the_list_stores_nothing(open_shop_site: OpenShop) -> None:
    with open_shop_site.untouched():
        for address in ("/", "/search?find=bike", "/needs/window", "/needs/pump?for=house&.step=5"):
            assert open_shop_site.guest.get(address).status_code == 200


def test_a_product_without_plants_is_listed_with_what_is_known(open_shop_site: OpenShop,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    configurator.forget_loaded()
    monkeypatch.setattr("web.shop.configuring.find_network", lambda session: None)
    answer = open_shop_site.guest.get("/")
    assert answer.status_code == 200
    assert "Made-to-measure window" in answer.text
    assert "Days as of" not in answer.text
