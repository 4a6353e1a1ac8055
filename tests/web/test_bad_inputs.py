"""Bad inputs in every field and at every address: told beside the field, never a fault, nothing stored."""

from __future__ import annotations

import gettext
import re
from urllib.parse import quote, urlencode

import flask_babel
import pytest
from markupsafe import escape
from werkzeug.test import TestResponse

from catalog import service as catalog
from tests.web.bad_inputs import EVERYTHING, NUMBERS, TEXTS, fill, just_outside
from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, address, field_of
from web.shop.query import MAX_RAW_LENGTH

QUERY_FIELDS = ("page", "state", "search", "from", "zoom", "order", "center", "next", "login", "to", "by", "sort",
                "proposal", "id", "base", "item", "choice", "code", "choose", "all", "quiet")
FORM_FIELDS = (
    "seconds",
    "key",
    "contact",
    "product",
    "tardiness",
    "frozen_hours",
    "title",
    "unit",
    "down_from",
    "base",
    "like_job",
    "order",
    "reason",
    "revision",
    "idempotency_key",
    "login",
    "password",
    "next",
    "customer_name",
    "customer_email",
    "quantity",
    "destination",
    "alternative",
    "reference",
    "accepted_by",
    "words",
    "text",
    "name",
    "replaces",
    "old",
    "choices",
)
SHARED_READER = {"planning.board": 0, "planning.table": 1}
"""Both read one query by one function, so that each takes every other input."""
CHOOSES_NOTHING = {"shop.index", "shop.shop", "static", "account.sign_out"}
TAKEN = {("pump", "temp_c", "0"), ("pump", "temp_c", "-1")}
"""Of the bad numbers, what a field of the demo takes all the same."""


def keeps_raw(page: str, name: str, raw: str) -> bool:
    """Whether a field of a page shows what was typed."""
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    return field is not None and f'value="{escape(raw)}"' in field.group()


def alert_of(page: str, name: str) -> str:
    """What a field of the configurator says is wrong with its entry; empty when nothing is."""
    found = re.search(rf'id="{name}-limits" role="alert">([^<]*)<', page)
    return found.group(1) if found else ""


def numbers_of(shop: OpenShop, product: str) -> list[str]:
    with shop.app.extensions["onelot_database"].reading() as session:
        definition = catalog.get_newest(session, product_code=product).definition
    return [item.code for item in definition.attributes if item.kind.value == "number"]


@pytest.mark.parametrize("raw", NUMBERS.values(), ids=NUMBERS)
def test_bad_number_is_told_beside_every_number_of_the_configurator(open_shop_site: OpenShop, raw: str) -> None:
    with open_shop_site.untouched():
        for product in ("window", "pump"):
            names = numbers_of(open_shop_site, product)
            answer = open_shop_site.guest.get(address(product, dict.fromkeys(names, raw)))
            assert answer.status_code == 200
            told = {name: alert_of(answer.text, name) for name in names}
            told = {name: words for name, words in told.items() if (product, name, raw) not in TAKEN}
            assert all(told.values()), told
            assert all(keeps_raw(answer.text, name, raw[:MAX_RAW_LENGTH]) for name in told)
            assert 'aria-disabled="true"' in answer.text


@pytest.mark.parametrize("product", ["window", "pump"])
def test_number_just_outside_its_range_or_grid_is_told_with_what_is_wanted(
    open_shop_site: OpenShop, product: str
) -> None:
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        definition = catalog.get_newest(session, product_code=product).definition
    attributes = [item for item in definition.attributes if item.kind.value == "number"]
    for side in ("below", "above", "between"):
        raws = {item.code: just_outside(item)[side] for item in attributes}
        page = open_shop_site.guest.get(address(product, raws)).text
        for name, raw in raws.items():
            assert re.search(r"Enter .*\d", alert_of(page, name)), (name, raw)
            assert keeps_raw(page, name, raw)


@pytest.mark.parametrize("raw", TEXTS.values(), ids=TEXTS)
def test_odd_text_is_told_or_shown_as_text(open_shop_site: OpenShop, raw: str) -> None:
    with open_shop_site.untouched():
        answer = open_shop_site.guest.get(address("bicycle", {"engraving": "laser", "engraving_text": raw}))
    assert answer.status_code == 200
    is_fine = raw.isprintable() and 1 <= len(raw) <= 20 and "\u0301" not in raw
    if raw.strip():
        assert bool(alert_of(answer.text, "engraving_text")) is not is_fine
        assert keeps_raw(answer.text, "engraving_text", raw[:MAX_RAW_LENGTH])
    assert_inert(answer.text)


@pytest.mark.parametrize("product", ["window", "bicycle", "pump", "car"])
def test_unknown_option_is_told_beside_its_choice(open_shop_site: OpenShop, product: str) -> None:
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        definition = catalog.get_newest(session, product_code=product).definition
    names = [item.code for item in definition.attributes if item.kind.value == "choice"][:5]
    for raw in ("<script>alert(1)</script>", "sNaN"):
        answer = open_shop_site.guest.get(address(product, dict.fromkeys(names, raw)))
        assert answer.status_code == 200
        assert len(
            re.findall(r'role="alert">[^<]*This option is no longer offered. Choose one of the list.', answer.text)
        ) == len(names)
        assert 'aria-disabled="true"' in answer.text
        assert_inert(answer.text)


def test_choices_of_another_product_or_an_older_catalog_are_left_out(open_shop_site: OpenShop) -> None:
    strange = {
        "q_m3h": "20",
        "frame": "Alu-Gravel",
        "price": "1",
        "promised_on": "2026-01-01",
        "role": "owner",
        "width": "1230",
    }
    page = open_shop_site.guest.get(address("window", strange)).text
    assert alert_of(page, "width") == ""
    assert not set(strange) - {"width"} & set(re.findall(r'<input[^>]*name="([^"]+)"', page))
    assert 'role="alert"' not in page


def test_two_values_of_one_attribute_are_told_beside_it_and_neither_is_taken(open_shop_site: OpenShop) -> None:
    page = open_shop_site.guest.get("/shop/window?width=1100&width=1230&height=1500").text
    assert alert_of(page, "width")
    assert alert_of(page, "height") == ""
    assert_inert(page)
    assert "1100" not in re.findall(r'name="width"[^>]*value="([^"]*)"', page)


def assert_inert(page: str) -> None:
    """Want that nothing of a bad input became part of the page's structure."""
    assert "<script>alert" not in page
    assert "<img src=" not in page
    assert "<link rel=attachment" not in page
    assert 'href="javascript:' not in page
    assert ">49<" not in page


def quote_entries(shop: OpenShop, page: str, **changes: str) -> dict[str, str]:
    return {
        "csrf_token": shop.guest_token,
        "idempotency_key": field_of(page, "idempotency_key"),
        "customer_name": "Li",
        "customer_email": "li@example.org",
        "quantity": "1",
        "destination": "SZ",
        "alternative": "",
        "reference": "",
    } | changes


def says(page: str, name: str) -> bool:
    return re.search(rf'id="{name}-errors">[^<]+<', page) is not None


@pytest.mark.parametrize("raw", EVERYTHING.values(), ids=EVERYTHING)
def test_bad_entry_for_a_quote_is_told_beside_its_field(open_shop_site: OpenShop, raw: str) -> None:
    where = "/quote/window?profile=PVC82"
    fields = (
        "quantity",
        "customer_name",
        "customer_email",
        "reference",
        "destination",
        "alternative",
        "idempotency_key",
    )
    page = open_shop_site.guest.get(where).text
    with open_shop_site.untouched():
        answer = open_shop_site.guest.post(
            where, data=quote_entries(open_shop_site, page, **dict.fromkeys(fields, raw))
        )
    assert answer.status_code == 422
    for name in ("quantity", "customer_email", "destination"):
        assert says(answer.text, name) is not (name == "customer_email" and raw == TEXTS["punycode"]), name
    for name in ("quantity", "customer_email", "customer_name", "reference"):
        assert keeps_raw(answer.text, name, raw.strip().replace("\r\n", "\n")) or "\n" in raw
    assert_inert(answer.text)


@pytest.mark.parametrize("raw", ["99999999", "abc", "<script>"])
def test_bad_choices_in_the_address_of_a_quote_make_none(open_shop_site: OpenShop, raw: str) -> None:
    for where in (f"/quote/window?width={quote(raw)}", f"/quote/window?profile={quote(raw)}"):
        page = open_shop_site.guest.get(where)
        assert page.status_code == 200
        with open_shop_site.untouched():
            answer = open_shop_site.guest.post(where, data=quote_entries(open_shop_site, page.text))
        assert answer.status_code in {303, 422}
        assert (answer.location or "/shop/").startswith("/shop/")


class Marked(gettext.NullTranslations):
    """Translations that only mark what they were asked for."""

    def ugettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ungettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"


def test_every_message_beside_a_field_goes_through_the_languages(
    open_shop_site: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _domain: Marked())
    guest = open_shop_site.guest
    for product, choices in (
        ("window", {"width": "sNaN"}),
        ("window", {"width": "1"}),
        ("window", {"width": "1230.05"}),
        ("bicycle", {"engraving": "laser", "engraving_text": "x" * 21}),
        ("bicycle", {"engraving": "laser", "engraving_text": "\u202ea"}),
    ):
        page = guest.get(address(product, choices) + "&lang=zh").text
        assert '<html lang="zh-Hans"' in page
        assert all(words.startswith("⟦") for name in choices if (words := alert_of(page, name)))
        assert any(alert_of(page, name) for name in choices)
    entries = dict.fromkeys(("quantity", "customer_name", "customer_email", "destination"), "\u202e")
    page = guest.post("/quote/window?lang=zh", data=entries | {"csrf_token": open_shop_site.guest_token}).text
    told = re.findall(r'id="[a-z_]+-errors">([^<]+)<', page)
    assert len(told) == 4
    assert [words for words in told if not words.startswith("⟦") and words.isascii()] == []
    page = guest.post(
        "/account/sign-in?lang=zh", data={"csrf_token": open_shop_site.guest_token, "login": "x" * 255}
    ).text
    told = re.findall(r'id="[a-z_]+-says">([^<]+)<', page)
    assert len(told) == 2
    assert [words for words in told if not words.startswith("⟦") and words.isascii()] == []
    guest.delete_cookie("language")


def ways_in(shop: OpenShop, raw: str, place: int) -> list[tuple[str, str]]:
    """Give method and address of every route with an input in its path, and in its query where it reads one."""
    found = []
    for rule in sorted(shop.app.url_map.iter_rules(), key=str):
        is_texts_turn = "int:" in str(rule) or not rule.arguments or raw in TEXTS.values() or place % 4 == 0
        if (
            rule.endpoint in CHOOSES_NOTHING
            or SHARED_READER.get(rule.endpoint, place % 2) != place % 2
            or not is_texts_turn
        ):
            continue
        where = fill(rule, raw)
        methods = (rule.methods or set()) & {"GET", "POST"}
        query = urlencode(dict.fromkeys(QUERY_FIELDS, raw)) if not rule.arguments else ""
        found += [(method, f"{where}?{query}" if method == "GET" and query else where) for method in methods]
    return found


def is_refused_or_plain(method: str, where: str, answer: TestResponse) -> bool:
    """Whether an answer is one that a bad input may get: refused, or for a query ignored."""
    if method == "POST":  # the planner's run form is told on the board it leads back to
        return 400 <= answer.status_code < 500 or answer.status_code == 308 or answer.location == "/planning/"
    return (
        400 <= answer.status_code < 500
        or ("?" in where or "/preferences/" in where)
        or answer.status_code in {302, 308}
    )


@pytest.mark.parametrize(("place", "raw"), list(enumerate(EVERYTHING.values())), ids=EVERYTHING)
def test_no_address_fails_or_stores_anything_on_a_bad_input(open_shop_site: OpenShop, place: int, raw: str) -> None:
    entries = {"csrf_token": open_shop_site.owner_token, **dict.fromkeys(FORM_FIELDS, raw)}
    with open_shop_site.untouched():
        for method, where in ways_in(open_shop_site, raw, place):
            is_release = where == "/planning/work-orders/release" and not raw.strip()
            if is_release:
                continue  # an empty order means all orders
            answer = open_shop_site.owner.open(where, method=method, data=entries if method == "POST" else None)
            assert answer.status_code < 500, (method, where)
            assert is_refused_or_plain(method, where, answer), (method, where, answer.status_code)
            if answer.mimetype == "text/html":
                assert_inert(answer.text)


@pytest.mark.parametrize("number", ["0", "-1", str(2**63 - 1), str(2**63), str(2**64), "1e3", "١", "9" * 300])
def test_odd_numbers_of_things_are_missing(open_shop_site: OpenShop, number: str) -> None:
    with open_shop_site.untouched():
        for where in ("/planning/runs/{}", "/planning/proposals/{}"):
            assert open_shop_site.owner.get(where.format(quote(number))).status_code == 404
        for where in ("/planning/runs/{}/stop", "/planning/proposals/{}/publish", "/planning/proposals/{}/discard"):
            answer = open_shop_site.owner.post(
                where.format(quote(number)), data={"csrf_token": open_shop_site.owner_token}
            )
            assert answer.status_code == 404


def test_signing_in_with_bad_entries_tells_nothing_of_accounts(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.app.test_client()
    token = field_of(guest.get("/account/sign-in").text, "csrf_token")
    with open_shop_site.untouched():
        for raw in ("' OR 1=1--", "owner\u200b", "<script>alert(1)</script>", "{{7*7}}", "\u202eowner"):
            answer = guest.post(
                "/account/sign-in", data={"csrf_token": token, "login": raw, "password": raw, "next": "javascript:1"}
            )
            assert answer.status_code == 422
            assert "Login and password do not belong together." in answer.text
            assert_inert(answer.text)
        for raw in ("", "x" * 255):
            answer = guest.post("/account/sign-in", data={"csrf_token": token, "login": raw, "password": "x" * 201})
            assert answer.status_code == 422
            assert answer.text.count('class="says"') == 2


def test_whole_window_still_quotes_after_all_of_this(open_shop_site: OpenShop) -> None:
    where = "/quote/window?" + urlencode(WINDOW)
    page = open_shop_site.guest.get(where).text
    answer = open_shop_site.guest.post(where, data=quote_entries(open_shop_site, page))
    assert answer.status_code == 303
    assert "¥2,075.56" in open_shop_site.guest.get(answer.location).text
