"""Kept designs, going on later and elsewhere, comparing: as people send the pages, and as nobody should."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.web.catalog_desk import NEW_RULE, Desk
from tests.web.conftest import OpenShop
from tests.web.shopping import DEMO, WINDOW, field_of
from tests.web.signing_in import add_user, sign_in, token_of
from web.publishing import publish
from web.shop.owner import COOKIE

WHERE = "/designs/keep/window?" + urlencode(WINDOW)


@pytest.fixture
def browser(open_shop_site: OpenShop) -> FlaskClient:
    """A browser that keeps nothing yet."""
    return open_shop_site.app.test_client()


def keep(client: FlaskClient, name: str, where: str = WHERE, **changes: str) -> int:
    """Keep a choice under a name as a person does; give the status."""
    page = client.get(where).text
    return client.post(where, data={
        "csrf_token": field_of(page, "csrf_token"), "idempotency_key": field_of(page, "idempotency_key"),
        "name": name} | changes).status_code


def send(client: FlaskClient, address: str, **entries: str) -> tuple[int, str]:
    """Send a form with the token of the session; give the status and what answers."""
    answer = client.post(address, data={"csrf_token": token_of(client, "/designs/keep/window")} | entries)
    return answer.status_code, answer.location or answer.text


def design_id(client: FlaskClient, name: str) -> str:
    page = client.get("/designs").text
    found = re.search(rf'id="design-(\d+)"(?:(?!</li>).)*?<b class="name">{re.escape(name)}</b>', page, re.DOTALL)
    assert found is not None, f"no design {name}"
    return found.group(1)


def items_of(client: FlaskClient) -> dict[str, str]:
    """What can be ticked on the list of designs, by name."""
    page = client.get("/designs").text
    values = re.findall(r'name="item" value="([^"]*)"', page)
    return dict(zip(re.findall(r'<b class="name">([^<]*)</b>', page), map(unescape, values), strict=True))


def compare(client: FlaskClient, *items: str, **options: str) -> str:
    answer = client.get("/compare?" + urlencode([*(("item", item) for item in items), *options.items()]))
    assert answer.status_code == 200
    return answer.text


def test_design_is_kept_without_an_account_and_shown_with_true_figures(browser: FlaskClient) -> None:
    assert COOKIE not in browser.get("/designs").headers.get("Set-Cookie", "")
    assert keep(browser, "Kitchen") == 303
    page = browser.get("/designs").text
    for words in ("Kitchen", "¥2,075.56", "¥2,345.38", "kg CO₂e", "<svg", "“Kitchen” is kept."):
        assert words in page
    assert "/shop/window?glass=3-4/14/4/14/4" in page


def test_what_is_chosen_is_listed_where_it_is_named(browser: FlaskClient) -> None:
    page = browser.get(WHERE).text
    assert "<dt>Profile</dt><dd>PVC 82</dd>" in page
    assert "<dt>Width</dt><dd>1230 mm</dd>" in page
    assert "Nothing is chosen yet." in browser.get("/designs/keep/window").text


def test_cookie_is_signed_http_only_and_its_key_not_in_the_database(
    browser: FlaskClient, open_shop_site: OpenShop
) -> None:
    page = browser.get(WHERE).text
    answer = browser.post(WHERE, data={"csrf_token": field_of(page, "csrf_token"), "name": "Bath",
                                       "idempotency_key": field_of(page, "idempotency_key")})
    set_cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    key = set_cookie.split("=", 1)[1].split(".")[0].strip('"')
    assert key.encode() not in open_shop_site.path.read_bytes()
    stranger = open_shop_site.app.test_client()
    for forged in ("", "x", key, set_cookie.split("=", 1)[1].split(";")[0][:-2] + "AA", "a" * 3000):
        stranger.set_cookie(COOKIE, forged)
        assert "Bath" not in stranger.get("/designs").text


def test_name_is_told_beside_its_field_and_nothing_is_lost(browser: FlaskClient) -> None:
    for name in ("", " ", "x" * 81, "a\u202eb"):
        page = browser.get(WHERE).text
        answer = browser.post(WHERE, data={"csrf_token": field_of(page, "csrf_token"), "name": name,
                                           "idempotency_key": field_of(page, "idempotency_key")})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
    assert keep(browser, "Twice") == 303
    assert keep(browser, "Twice") == 422
    assert keep(browser, "Twice", replaces="y") == 303
    assert browser.get("/designs").text.count('<b class="name">Twice</b>') == 1
    assert keep(browser, "<script>alert(1)</script>") == 303
    assert "<script>alert" not in browser.get("/designs").text


def test_same_form_sent_twice_keeps_one_design(browser: FlaskClient) -> None:
    page = browser.get(WHERE).text
    entries = {"csrf_token": field_of(page, "csrf_token"), "idempotency_key": field_of(page, "idempotency_key"),
               "name": "Once"}
    assert [browser.post(WHERE, data=entries).status_code for _time in range(2)] == [303, 303]
    assert browser.get("/designs").text.count('<b class="name">Once</b>') == 1


def test_design_is_renamed_duplicated_and_deleted_after_a_question(browser: FlaskClient) -> None:
    keep(browser, "Kitchen")
    number = design_id(browser, "Kitchen")
    assert send(browser, f"/designs/{number}/rename", name="Attic")[0] == 303
    status, page = send(browser, f"/designs/{number}/rename", name="")
    assert status == 422
    assert f'id="name-{number}-says"' in page
    key = field_of(browser.get("/designs").text, "idempotency_key")
    for _time in range(2):
        assert send(browser, f"/designs/{number}/duplicate", idempotency_key=key)[0] == 303
    assert set(items_of(browser)) == {"Attic", "Attic (2)"}
    assert "cannot be brought back" in browser.get(f"/designs/{number}/delete").text
    assert send(browser, f"/designs/{number}/delete")[0] == 303
    assert set(items_of(browser)) == {"Attic (2)"}
    assert send(browser, f"/designs/{number}/delete")[0] == 404


def test_another_browser_finds_no_design(browser: FlaskClient, open_shop_site: OpenShop) -> None:
    keep(browser, "Mine alone")
    number = design_id(browser, "Mine alone")
    stranger = open_shop_site.app.test_client()
    keep(stranger, "Something else")
    assert "Mine alone" not in stranger.get("/designs").text
    assert stranger.get(f"/designs/{number}/delete").status_code == 404
    for action in ("rename", "duplicate", "delete"):
        assert send(stranger, f"/designs/{number}/{action}", name="Stolen", idempotency_key="k" * 20)[0] == 404
    assert "Mine alone" in browser.get("/designs").text


def test_where_somebody_stopped_is_offered_and_can_be_forgotten(browser: FlaskClient) -> None:
    assert "Go on where you stopped" not in browser.get("/").text
    status, location = send(browser, "/designs/last/window", choices="width=1230&profile=PVC82&bad=1&.plan=fastest")
    assert (status, location) == (303, "/shop/window?profile=PVC82&width=1230&.plan=fastest")
    assert send(browser, "/designs/last/window?quiet=1", choices="width=1240")[0] == 204
    for address in ("/", "/shop/window", "/shop/window?width=999"):
        page = browser.get(address).text
        assert "Go on where you stopped" in page
        assert 'href="/shop/window?width=1240"' in page
    assert "Go on where you stopped" not in browser.get("/shop/window?width=1240").text
    inside = browser.get("/shop/window?width=999", headers={"Referer": "http://localhost/shop/window?width=1240"})
    assert "Go on where you stopped" not in inside.text
    assert send(browser, "/designs/last/window/forget")[0] == 303
    assert "Go on where you stopped" not in browser.get("/").text


def test_click_of_the_configurator_reads_and_writes_nothing_of_what_is_kept(
    browser: FlaskClient, open_shop_site: OpenShop
) -> None:
    send(browser, "/designs/last/window", choices="width=1240")
    with open_shop_site.untouched():
        part = browser.get("/shop/window?width=1000", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "Go on where you stopped" not in part.text
    assert "/designs/keep/window?width=1000" in part.text


def test_link_goes_on_on_another_device_until_it_is_taken_back(browser: FlaskClient, open_shop_site: OpenShop) -> None:
    page = browser.get("/designs/go-on/window?" + urlencode(WINDOW)).text
    status, location = send(browser, "/designs/go-on/window?" + urlencode(WINDOW),
                            idempotency_key=field_of(page, "idempotency_key"))
    assert status == 303
    shown = browser.get(location).text
    link = re.search(r'href="http://localhost(/go-on/[A-Za-z0-9_-]{43})"', shown)
    assert link is not None
    assert "<svg" in shown
    device = open_shop_site.app.test_client()
    opened = device.get(link.group(1))
    assert opened.status_code == 303
    assert opened.location.startswith("/shop/window?glass=3-4/14/4/14/4&height=1480")
    assert device.get(location).status_code == 404
    assert send(device, f"{location}/revoke")[0] == 404
    assert device.get(link.group(1).swapcase()).status_code == 404
    assert send(browser, f"{location}/revoke")[0] == 303
    assert device.get(link.group(1)).status_code == 410
    assert "leads nowhere" in browser.get(location).text


def test_link_ends_after_30_days(browser: FlaskClient, open_shop_site: OpenShop) -> None:
    page = browser.get("/designs/go-on/pump").text
    location = send(browser, "/designs/go-on/pump", idempotency_key=field_of(page, "idempotency_key"))[1]
    link = re.search(r"/go-on/[A-Za-z0-9_-]{43}", browser.get(location).text)
    assert link is not None
    moment = open_shop_site.clock.moment
    open_shop_site.clock.forward(days=30)
    try:
        assert browser.get(link.group()).status_code == 410
    finally:
        open_shop_site.clock.moment = moment


def test_two_designs_are_compared_by_what_differs(browser: FlaskClient) -> None:
    keep(browser, "Kitchen")
    keep(browser, "Wide", "/designs/keep/window?" + urlencode(WINDOW | {"width": "1400", "spacer": "alu"}))
    items = items_of(browser)
    page = compare(browser, items["Kitchen"], items["Wide"])
    for words in ("Kitchen", "Wide", "¥2,075.56", "1230 mm", "1400 mm", "+170 mm", "Price with VAT", "Show all"):
        assert words in page
    assert ">1480 mm<" not in page
    assert ">1480 mm<" in compare(browser, items["Kitchen"], items["Wide"], all="1")
    turned = compare(browser, items["Wide"], items["Kitchen"])
    assert "−170 mm" in turned


def test_ways_and_starting_points_are_offered_for_comparison(browser: FlaskClient) -> None:
    page = compare(browser, choice="pump?q_m3h=20")
    values = [unescape(value) for value in re.findall(r'name="item" value="([^"]*)"', page)]
    assert len(values) >= 3
    assert "Tick 2 to 4" in page
    assert page.count(" checked>") == 1, "what the summary shows is ticked from the start"
    assert compare(browser, values[1], choice="pump?q_m3h=20").count(" checked>") == 1, "one's own ticks stay alone"
    assert "Only what differs" in compare(browser, *values[:2], choice="pump?q_m3h=20")


def test_too_few_and_too_many_are_told_what_to_do_and_ticks_stay(browser: FlaskClient) -> None:
    one = "window?width=1230"
    page = compare(browser, one)
    assert "Tick one more" in page
    five = [f"window?width={width}" for width in (1000, 1010, 1020, 1030, 1040)]
    assert "You ticked 5" in compare(browser, *five)
    assert "Only what differs" in compare(browser, *five[:4])
    keep(browser, "Kitchen")
    item = items_of(browser)["Kitchen"]
    assert re.search(r'name="item" value="window\?[^"]*" checked', compare(browser, item))


def test_different_products_compare_only_their_figures(browser: FlaskClient) -> None:
    page = compare(browser, "window?width=1230", "bicycle?")
    assert "only price, date and footprint" in page
    assert "Carbon footprint" in page
    assert ">1230 mm<" not in page


@pytest.mark.parametrize("raw", ["", "?", "nothing?width=1", "window?%zz&&==&.name=<b>", "x" * 5000, "\u202e?a=b"])
def test_unreadable_ticks_compare_nothing_and_break_nothing(browser: FlaskClient, raw: str) -> None:
    page = compare(browser, raw, "window?")
    assert "<b></b>" not in page
    assert compare(browser, raw, choice=raw)
    assert compare(browser, choice=raw, choose="1")


def test_contradicting_and_mistaken_choices_are_compared_with_what_hinders_them(browser: FlaskClient) -> None:
    page = compare(browser, "window?profile=PVC70&glass=3-4/14/4/14/4", "window?width=99999", "window?")
    assert "do not go together" in page
    assert "Some entries need a change" in page


def test_changed_catalog_is_told_with_the_choices_that_no_longer_hold(desk: Desk, tmp_path: Path) -> None:
    client = desk.app.test_client()
    keep(client, "Before the change")
    keep(client, "Turned", "/designs/keep/window?opening=turn&warranty=5y")
    assert "instead of" not in client.get("/designs").text
    target = tmp_path / "demo"
    shutil.copytree(DEMO, target)
    for path in (target / "products" / "window").iterdir():
        if path.is_file() and path.suffix in {".yaml", ".csv"}:
            text = path.read_text(encoding="utf-8").replace("PVC82", "PVC83")
            path.write_text(text.rstrip("\n") + (NEW_RULE if path.name == "rules.yaml" else "\n"), encoding="utf-8")
    settings = desk.app.extensions["onelot_settings"]
    with desk.database.transaction() as session:
        publish(session, path=target, now=desk.clock(), cache_directory=settings.cache_directory)
    page = client.get("/designs").text
    assert page.count("version 2 instead of 1") == 2
    assert "Profile no longer holds" in page
    assert re.search("These choices no longer go together: [^<]*Opening", page)


def test_designs_follow_whoever_signs_in_and_are_gone_after_signing_out(
    browser: FlaskClient, open_shop_site: OpenShop
) -> None:
    add_user(open_shop_site.app, "shopper@example.org", "consumer")
    keep(browser, "Taken along")
    assert sign_in(browser, "shopper@example.org") == 303
    assert "1 design of this browser is in your account now." in browser.get("/designs").text
    device = open_shop_site.app.test_client()
    assert sign_in(device, "shopper@example.org") == 303
    assert "Taken along" in device.get("/designs").text
    browser.post("/account/sign-out", data={"csrf_token": token_of(browser, "/account/")})
    assert "Taken along" not in browser.get("/designs").text


def test_quantity_is_kept_shown_and_compared(browser: FlaskClient) -> None:
    keep(browser, "One")
    keep(browser, "Three", WHERE + "&.pieces=3")
    page = browser.get("/designs").text
    assert ".pieces=3" in page
    assert "<dt>Quantity</dt><dd>3</dd>" in page
    assert "¥6,226.68" in page
    items = items_of(browser)
    page = compare(browser, items["One"], items["Three"])
    assert re.search(r'<th scope="row">Quantity</th>', page)
    single = page.split("Price of one piece, without VAT")[1].split("</tr>")[0]
    assert single.count("¥2,075.56") == 2
    assert "one piece" not in compare(browser, items["One"], items["One"].replace("1230", "1240"))
