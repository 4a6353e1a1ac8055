"""The consumer's way through the pages: find, configure, ask why, get a quote, accept it, follow the order."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import service as catalog
from configurator.derived import all_values
from tests.conftest import SECRET, StandingClock
from tests.factories import demo_products
from tests.web.shopping import OPENED_AT, WINDOW, address, ask_for_quote, field_of, open_shop, press
from web.factory import create_app
from web.settings import Settings, load_settings
from web.shop.page import draw


@pytest.fixture(scope="module")
def shop_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    return open_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite3", sqlite_template)


@pytest.fixture
def standing(clock: StandingClock) -> StandingClock:
    clock.moment = OPENED_AT
    return clock


@pytest.fixture
def shop(make_settings: Callable[..., Settings], standing: StandingClock, shop_template: Path, tmp_path: Path,
         tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path = tmp_path / "shop.sqlite3"
    shutil.copy(shop_template, path)
    settings = make_settings(database_url=f"sqlite:///{path}", var_directory=shop_template.parent)
    app = create_app(settings, clock=standing)
    yield app
    app.extensions["onelot_database"].dispose()


@pytest.fixture(scope="module")
def reader(shop_template: Path) -> Iterator[FlaskClient]:
    """A browser that only reads, of an application that the tests of this file share."""
    app = create_app(load_settings({}, var_directory=shop_template.parent, database_url=f"sqlite:///{shop_template}",
                                   secret_key=SECRET, is_rate_limited=False, is_worker_embedded=False,
                                   base_url="http://localhost"), clock=StandingClock(OPENED_AT))
    yield app.test_client()
    app.extensions["onelot_database"].dispose()


@pytest.fixture
def visitor(shop: Flask) -> FlaskClient:
    return shop.test_client()


def test_products_are_listed_with_a_true_price_and_an_imported_model_by_name(reader: FlaskClient) -> None:
    page = reader.get("/").text
    assert "¥2,075.56" in page
    assert "Made-to-measure window" in page
    assert 'href="/shop/car"' in page


def test_checked_window_shows_the_figures_of_its_formula(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW)).text
    assert "0.82 W/m²K" in page
    assert "69.0 kg" in page
    assert "¥2,075.56" in page
    assert re.search(r'class="figure date num">by [A-Z][a-z]{2} \d+ [A-Z][a-z]+<', page)


def test_a_day_before_the_quote_is_the_latest_one_where_others_make_room(reader: FlaskClient) -> None:
    """A quote may be earlier than what the configurator inserts; its pages say so, and only while that is so."""
    words = "The quote may bring an earlier day: others may make room."
    app = reader.application
    kept = app.extensions["onelot_settings"]
    for where in (address("window", WINDOW), "/quote/window?" + urlencode(WINDOW)):
        page = reader.get(where).text
        assert words in page
        assert 'class="figure date num">by ' in page
        assert "line is full" not in page
        app.extensions["onelot_settings"] = replace(kept, firm_quote_milliseconds=0)
        try:
            page = reader.get(where).text
        finally:
            app.extensions["onelot_settings"] = kept
        assert words not in page
        assert 'class="figure date num">by ' not in page
    assert "a quote may bring an earlier one: others may make room" in reader.get("/").text


def test_page_carries_no_inline_style_or_script(reader: FlaskClient) -> None:
    for where in ("/", address("window", WINDOW), address("bicycle"), address("pump"), address("car")):
        page = reader.get(where).text
        assert " style=" not in page
        assert "<style" not in page
        assert re.search(r"<script(?![^>]*src=)", page) is None
        assert re.search(r"\son[a-z]+=", page) is None


def test_excluded_option_is_shown_with_its_reason_and_a_change_that_helps(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW, why="profile:PVC70")).text
    assert 'class="opt excluded" id="profile-PVC70-row"' in page
    assert "PVC 70 holds glass up to 32 mm" in page
    fix = re.search(r'<div class="fix">.*?href="([^"]+)"', page, re.DOTALL)
    assert fix is not None
    changed = reader.get(fix.group(1).replace("&amp;", "&")).text
    assert 'class="opt chosen" id="profile-PVC70-row"' in changed


def test_each_repair_says_what_changes_and_leads_where_it_says(reader: FlaskClient) -> None:
    page = reader.get(address("window", HEAVY)).text
    fixes = re.findall(r'<div class="fix">.*?</div></div>', page, re.DOTALL)
    told = [re.findall(r"<p>(.*?)</p>", fix) for fix in fixes]
    assert ["Opening: Tilt and turn → Fixed"] in told
    assert len(told) == 3
    prices = [re.findall(r"¥([\d,.]+)</span><span>\w{3} \d+ \w+</span><span>[\d.]+ kg CO₂e", fix) for fix in fixes]
    amounts = [float(price.replace(",", "")) for (price,) in prices]
    assert amounts == sorted(amounts)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"[^>]*>Change to this', page)]
    for (price,), link in zip(prices, links, strict=True):
        repaired = reader.get(link).text
        assert "These choices cannot stand together" not in repaired
        assert f"¥{price}" in repaired


def test_excluded_option_tells_how_many_choices_stand_against_it(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW)).text
    row = page[page.index('id="profile-PVC70-row"'):][:1500]
    assert "Possible if you change 1 choice<" in row


def test_option_set_by_another_choice_names_it_and_is_not_sent_as_a_choice(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW | {"warranty": "10y"})).text
    row = page[page.index('id="maintenance-true-row"'):][:800]
    assert "checked disabled" in row
    assert "Set by 10-year warranty" in row
    assert '<span class="help">' in row


def test_differences_stand_beside_what_can_be_chosen(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW)).text
    row = page[page.index('id="glass-2_2d_4_2f_16_2f_4-row"'):][:1600]
    assert 'class="delta less"><span class="hidden">price </span>−¥' in row
    assert '<span class="hidden">date </span>' in row
    assert " kg</span>" in row


def test_contradicting_choices_show_what_to_change_and_no_quote(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW | {"profile": "PVC70"})).text
    assert "These choices cannot stand together" in page
    assert "Change to this" in page
    assert 'aria-disabled="true"' in page


HEAVY = {"width": "1400", "height": "2400", "profile": "PVC82", "glass": "3-6/12/4/12/6", "opening": "tilt_turn"}


def test_contradicting_choices_show_their_own_figure_and_nothing_of_another_product(reader: FlaskClient) -> None:
    page = reader.get(address("window", HEAVY)).text
    assert "carry a sash of up to 130 kg. With your choices: sash weight 145.5 kg." in page
    besides = re.sub(r'<div class="fix">.*?Change to this', "", page, flags=re.DOTALL)
    for foreign in ("¥", "W/m²K", "kg CO₂e</", 'class="figure', "/quote/window", 'class="delta ', "Taken if left open"):
        assert foreign not in besides, foreign
    for code, value in (("profile", "PVC82"), ("opening", "tilt_turn")):
        assert f'class="opt chosen" id="{code}-{value}-row"' in page
    assert "What you chose. It cannot be made like this." in page
    fix = re.search(r'<div class="fix">.*?href="([^"]+)"', page, re.DOTALL)
    assert fix is not None
    repaired = reader.get(fix.group(1).replace("&amp;", "&")).text
    for own in ("¥", "W/m²K", "kg CO₂e</", 'class="figure date num">', 'href="/quote/window'):
        assert own in repaired, own


def test_contradicting_choices_cannot_be_quoted_by_address_either(reader: FlaskClient) -> None:
    page = reader.get(address("window", HEAVY).replace("/shop/", "/quote/")).text
    assert "¥" not in page
    assert 'aria-disabled="true" disabled' in page
    assert "Tilt and turn" in page


@pytest.mark.parametrize("product", ["window", "bicycle", "pump"])
def test_every_wish_can_be_drawn(product: str) -> None:
    loaded = demo_products()[product]
    chance = random.Random(7)
    for _trial in range(60):
        wish = {item.code: chance.choice(item.options).code if item.options else chance.choice(
            (item.minimum, item.maximum)) for item in loaded.definition.attributes if item.kind.value != "text"}
        assert "<svg" in draw(loaded.definition, wish, all_values(loaded.definition, wish))


@pytest.mark.parametrize("choices", [{}, {"1": "true"}])
def test_void_product_says_that_it_cannot_be_configured(shop: Flask, visitor: FlaskClient,
                                                        choices: dict[str, str]) -> None:
    database = shop.extensions["onelot_database"]
    with database.transaction() as session:
        catalog.publish_product(session, source=b"p cnf 2 2\n1 0\n-1 0\n", format="dimacs", now=OPENED_AT, name="void")
    for where in ("/shop/void", "/quote/void"):
        page = visitor.get(f"{where}?{urlencode(choices)}").text
        assert "This product cannot be configured at present" in page
        assert "Get the quote</a>" not in page
        assert 'name="customer_name"' not in page
        assert "contradict" not in page


def test_number_outside_its_limits_keeps_what_was_typed_and_says_what_is_wanted(reader: FlaskClient) -> None:
    page = reader.get(address("window", {"width": "99999"})).text
    field = page[page.index('id="width"'):][:900]
    assert 'value="99999"' in field
    assert 'aria-invalid="true"' in field
    assert re.search(r'id="width-limits" role="alert">Enter \d+ to \d+ mm', page) is not None


def test_destination_moves_the_promise_and_stays_in_the_address(reader: FlaskClient) -> None:
    near, far = (reader.get(address("window", WINDOW, to=place)).text for place in ("SZ", "TJ"))
    assert "Promised to Suzhou" in near
    assert "Promised to Tianjin" in far
    assert re.findall(r'class="figure date num">([^<]+)', near) != re.findall(r'class="figure date num">([^<]+)', far)
    assert ".to=TJ" in re.findall(r'class="btn main wide" href="([^"]+)"', far)[0]


def test_part_alone_is_sent_to_the_script_with_the_canonical_address(reader: FlaskClient) -> None:
    answer = reader.get("/shop/window?width=&profile=PVC82&height=1480", headers={"HX-Request-Type": "partial"})
    assert answer.text.lstrip().startswith('<div id="configurator"')
    assert answer.headers["HX-Push-Url"] == "/shop/window?height=1480&profile=PVC82"


def test_long_product_is_paged_searched_and_keeps_choices_of_other_pages(reader: FlaskClient) -> None:
    page = reader.get(address("car", {"Extra_1": "true"}, find="Extra_8")).text
    assert 'id="ask-Extra_80"' in page
    assert 'id="ask-Extra_1"' not in page
    assert '<input type="hidden" name="Extra_1" value="true">' in page
    first = reader.get(address("car", {"Extra_1": "true"})).text
    assert "1 to 40 of" in first
    assert 'class="opt listed implied" id="ask-Extra_2"' in first


def test_imported_model_is_quoted_at_price_zero(visitor: FlaskClient) -> None:
    page = visitor.get(ask_for_quote(visitor, {"Extra_1": "true"}, "car")).text
    assert "¥0.00" in page
    assert "Accept and order" in page


def test_quote_is_made_accepted_once_and_followed(visitor: FlaskClient) -> None:
    where = ask_for_quote(visitor)
    page = visitor.get(where).text
    assert "¥4,151.12" in page
    assert "47 h" in page or "48 h" in page or "2 d" in page
    status, order = press(visitor, page, "accept")
    assert status == 303
    again, same = press(visitor, page, "accept")
    assert (again, same) == (303, order)
    followed = visitor.get(order).text
    for operation in ("Saw", "Weld", "Insulating glass", "Glaze"):
        assert operation in followed
    assert "The promise holds." in followed
    assert "See your order" in visitor.get(where).text


def test_expired_quote_orders_nothing_and_offers_a_new_date(visitor: FlaskClient, standing: StandingClock) -> None:
    where = ask_for_quote(visitor)
    page = visitor.get(where).text
    standing.forward(hours=49)
    status, answer = press(visitor, page, "accept")
    assert status == 409
    assert "Nothing was ordered" in answer
    assert "Show a new date" in answer
    status, renewed = press(visitor, answer, "new-date")
    assert status == 303
    fresh = visitor.get(renewed).text
    assert "revision 2" in fresh
    assert press(visitor, fresh, "accept")[0] == 303


def test_declined_quote_cannot_be_accepted(visitor: FlaskClient) -> None:
    where = ask_for_quote(visitor)
    page = visitor.get(where).text
    assert press(visitor, page, "decline")[0] == 303
    assert "declined" in visitor.get(where).text
    status, answer = press(visitor, page, "accept")
    assert status == 409
    assert "Nothing was ordered" in answer


def test_same_request_sent_twice_makes_one_quote(visitor: FlaskClient) -> None:
    where = "/quote/window?profile=PVC82"
    page = visitor.get(where).text
    entries = {"csrf_token": field_of(page, "csrf_token"), "idempotency_key": field_of(page, "idempotency_key"),
               "customer_name": "Li", "customer_email": "li@example.org", "quantity": "1", "destination": "SZ"}
    first, second = (visitor.post(where, data=entries).location for _ in range(2))
    assert first == second


def test_pages_speak_chinese_where_the_catalog_does(reader: FlaskClient) -> None:
    page = reader.get(address("window", WINDOW) + "&lang=zh").text
    assert '<html lang="zh-Hans"' in page
    assert "定制窗" in page
    assert re.search(r"\d+月\d+日 周.", page)


@pytest.mark.parametrize("raw", [
    "-1", "-0", "0.0000001", "1e3", "1e999", "NaN", "sNaN", "Infinity", "1_000", "１０００", "٣٠٠", "²", "1,5",
    "1.500,00", "0x10", "010", "+4", "5.", ".5", "9" * 5000, "1230.05", str(2**63), "true", "{}", "1,2 m",
    "<script>alert(1)</script>", '"><img onerror=x>', "{{7*7}}", "' OR 1=1--", "\u202e12", "%s%n",
])
def test_odd_number_is_told_beside_the_field_and_never_breaks_the_page(reader: FlaskClient, raw: str) -> None:
    answer = reader.get(address("window", {"width": raw}))
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text
    assert "<script>alert" not in answer.text
    assert "<img onerror" not in answer.text
    assert 'aria-disabled="true"' in answer.text


@pytest.mark.parametrize("query", [
    "unknown=1", "profile=nothing", "profile=PVC82&profile=PVC70", ".why=x", ".why=profile:nope", ".page=-1",
    ".page=99999999999", ".show=all", ".to=nowhere", ".plan=slowest", "=x", "profile", "&&&", ".why=profile:PVC70",
    "engraving_text=" + "a" * 300, "width=" + "1" * 300 + "&height=%F0%9F%9A%B2",
])
def test_odd_address_shows_the_page(reader: FlaskClient, query: str) -> None:
    for product in ("window", "bicycle", "car"):
        assert reader.get(f"/shop/{product}?{query}").status_code == 200
    assert reader.get(f"/quote/window?{query}").status_code == 200


pieces = st.sampled_from(["width", "height", "profile", "glass", "warranty", "engraving_text", ".why", ".to", ".page",
                          "=", "&", "=PVC82", "=1200", "=tilt_turn", "=10y", "%", "%1f", "%00", "%ff", "&=", "+", "#",
                          "[]"])
queries = st.lists(pieces | st.text(max_size=8), max_size=14).map("".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries)
def test_any_address_gets_an_answer(reader: FlaskClient, query: str) -> None:
    answer = reader.get("/shop/window", query_string=query)
    assert answer.status_code in {200, 400}
    assert "Traceback" not in answer.text


def test_several_values_of_one_attribute_are_told_beside_it_and_none_is_taken(visitor: FlaskClient) -> None:
    page = visitor.get("/shop/window?profile=PVC82&profile=PVC70&width=1200&width=1300").text
    assert page.count("Several values are given here. Choose one.") == 2
    assert 'class="opt chosen"' not in page
    assert 'aria-disabled="true"' in page
    assert "profile=PVC82&amp;profile=PVC70" in page
    same = visitor.get("/shop/window?profile=PVC82&profile=PVC82&maintenance=false&maintenance=true").text
    assert "Several values" not in same
    assert same.count('class="opt chosen"') == 2


def test_unknown_choices_of_an_address_are_named_as_left_out(visitor: FlaskClient) -> None:
    page = visitor.get("/shop/window?hue=red&profile=PVC82&%3Cb%3E=1").text
    assert "Left out, because this product has no such choice: &lt;b&gt;, hue" in page
    assert 'id="profile-PVC82-row"' in page
    assert "Left out" not in visitor.get("/shop/window?profile=PVC82&.why=x&lang=en").text


@pytest.mark.parametrize("where", [
    "/shop/nothing", "/shop/..%2f..%2fetc", "/quotes/abc", "/quotes/" + "x" * 300, "/orders/abc",
    "/quotes/abc/quote.pdf", "/quote/nothing",
])
def test_missing_things_are_told_as_missing(reader: FlaskClient, where: str) -> None:
    assert reader.get(where).status_code == 404


@pytest.mark.parametrize(("field", "entry"), [
    ("customer_email", "nobody"), ("customer_email", "a@b@c.de"), ("customer_email", "x" * 300 + "@example.org"),
    ("customer_email", "a@example.org\r\nBcc: b@example.org"), ("customer_name", ""), ("customer_name", "\u202eevil"),
    ("customer_name", "a" * 121), ("customer_name", "x" + "\u0301" * 50), ("customer_name", "\u200b\u200b"),
    ("quantity", "0"), ("quantity", "1000"), ("quantity", "-1"), ("quantity", "1.0"), ("quantity", "１"),
    ("quantity", "NaN"), ("quantity", "9" * 4000), ("quantity", ""), ("destination", "nowhere"),
    ("alternative", "slowest"), ("reference", "r" * 61), ("idempotency_key", "short"), ("idempotency_key", "k" * 256),
])
def test_odd_entry_is_sent_back_and_nothing_is_stored(visitor: FlaskClient, field: str, entry: str) -> None:
    where = "/quote/window?profile=PVC82"
    page = visitor.get(where).text
    entries = {"csrf_token": field_of(page, "csrf_token"), "idempotency_key": field_of(page, "idempotency_key"),
               "customer_name": "Li", "customer_email": "li@example.org", "quantity": "1", "destination": "SZ",
               "alternative": "", "price": "1", "promised_on": "2020-01-01", "role": "owner"} | {field: entry}
    answer = visitor.post(where, data=entries)
    assert answer.status_code == 422
    assert "Some entries need a change." in answer.text
    good = visitor.post(where, data=entries | {
        "customer_name": "Li", "customer_email": "li@example.org", "quantity": "1", "destination": "SZ",
        "alternative": "", "reference": "", "idempotency_key": entries["idempotency_key"] if field != "idempotency_key"
        else field_of(page, "idempotency_key")})
    assert good.status_code == 303
    assert "Q-2026-0001" in visitor.get(good.location).text

