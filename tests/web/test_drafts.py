"""The editor of a quote's draft: lines, figures, customers, what is mistyped, and two people in one draft."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.web.bad_inputs import EVERYTHING, INERT, NUMBERS
from tests.web.conftest import OpenShop
from tests.web.drafting import buttons_of, done, fields_of, press, start, told
from tests.web.shopping import WINDOW, field_of
from tests.web.signing_in import add_user, sign_in

NUMBER_FIELDS = ("lines-0-quantity", "lines-0-discount", "lines-0-breaks", "lines-1-quantity", "lines-1-unit",
                 "lines-1-tax", "lines-1-cost", "total_discount", "rate", "validity_days")
TEXT_FIELDS = ("customer_name", "customer_email", "reference", "destination", "language", "alternative", "currency",
               "payment_terms", "delivery_terms", "notes_en", "notes_zh", "find", "product", "panel", "act", "version",
               "lines-0-kind", "lines-0-product", "lines-0-choices", "lines-0-standing", "lines-0-ask",
               "lines-1-title_en", "lines-1-title_zh", "lines-2-title_en")
_PERCENT = {"zero", "tiny", "comma"}
_AMOUNT = {"zero", "comma", "off-step"}
TAKEN: dict[str, set[str]] = {
    "lines-0-discount": _PERCENT, "lines-1-tax": _PERCENT, "total_discount": _PERCENT, "lines-0-breaks": {"comma"},
    "lines-1-unit": _AMOUNT, "lines-1-cost": _AMOUNT, "rate": {"comma", "off-step"}}
"""By field the bad numbers that it takes all the same."""
CHOICES = "&".join(f"{name}={value}" for name, value in sorted(WINDOW.items()))


@pytest.fixture(scope="module")
def second(open_shop_site: OpenShop) -> FlaskClient:
    """Another seller, signed in."""
    add_user(open_shop_site.app, "lin", "sales")
    client = open_shop_site.app.test_client()
    assert sign_in(client, "lin") == 303
    return client


def three_lines(client: FlaskClient) -> str:
    """Start a draft of a window, a free line and a section."""
    where = start(client)
    done(client, where, "add-product", product="window")
    done(client, where, "save", **{"lines-0-choices": CHOICES, "lines-0-quantity": "8"})
    done(client, where, "add-free")
    done(client, where, "save", **{"lines-1-title_en": "Fitting", "lines-1-unit": "1000", "lines-1-cost": "700"})
    done(client, where, "add-section")
    done(client, where, "save", **{"lines-2-title_en": "Upstairs"})
    return where


def test_a_draft_is_typed_priced_and_kept(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    page = done(owner, where, "save", customer_name="Anna Lu", customer_email="anna@example.org",
                reference="PO 7", payment_terms="30 days", notes_zh="请先联系", total_discount="5",
                **{"lines-0-breaks": "20, 12", "lines-0-discount": "2.5"})
    fields = fields_of(page)
    assert (fields["customer_name"], fields["reference"], fields["notes_zh"]) == ("Anna Lu", "PO 7", "请先联系")
    assert (fields["lines-0-breaks"], fields["lines-0-discount"]) == ("12, 20", "2.5")
    assert "Made-to-measure window" in page
    assert "Every cost is known." in page
    assert "at most" not in page
    assert re.search(r'<p class="figure date num">\w{3} \d+ \w+</p>', page)
    list_price, net = 8 * 207_556 + 100_000, round((8 * 207_556 * 0.975 + 100_000) * 0.95)
    assert f"{list_price / 100:,.2f}" in page
    assert f"{net / 100:,.2f}" in page
    assert page.count("<th scope=\"row\" class=\"n num\">") == 2, "a row for each other quantity"
    listed = owner.get("/sales/drafts").text
    assert "Anna Lu" in listed
    assert f"{net / 100:,.2f}" in listed
    assert "Anna Lu" not in owner.get("/sales/drafts?state=sent").text


def test_lines_move_stand_apart_and_go(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    assert [fields_of(owner.get(where).text)[f"lines-{place}-kind"] for place in range(3)] == [
        "configured", "free", "section"]
    page = done(owner, where, "up:2")
    page = done(owner, where, "up:1")
    fields = fields_of(page)
    assert [fields[f"lines-{place}-kind"] for place in range(3)] == ["section", "configured", "free"]
    page = done(owner, where, "save", **{"lines-2-standing": "optional"})
    assert "optional, not in the total" in page
    assert "1,000.00" in page
    page = done(owner, where, "down:0")
    page = done(owner, where, "remove:1")
    fields = fields_of(page)
    assert [fields[f"lines-{place}-kind"] for place in range(2)] == ["configured", "free"]
    assert "lines-2-kind" not in fields


def test_moving_a_line_beside_a_mistake_loses_nothing_and_stores_nothing(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    with open_shop_site.untouched():
        answer = press(owner, where, "up:1", customer_name="Still here", **{"lines-0-quantity": "8 pieces"})
    assert answer.status_code == 422
    fields = fields_of(answer.text)
    assert (fields["lines-1-quantity"], fields["lines-0-title_en"], fields["customer_name"]) == (
        "8 pieces", "Fitting", "Still here")
    assert told(answer.text) == ["Enter a whole number from 1 to 1000."]


@pytest.fixture(scope="module")
def unplanned(open_shop_site: OpenShop) -> str:
    """A draft whose destination is open, so that showing it plans nothing."""
    where = three_lines(open_shop_site.owner)
    done(open_shop_site.owner, where, "save", destination="")
    return where


@pytest.mark.parametrize("name", NUMBER_FIELDS)
def test_bad_number_is_told_beside_its_field_and_stays_in_it(
    open_shop_site: OpenShop, unplanned: str, name: str
) -> None:
    owner = open_shop_site.owner
    fields = fields_of(owner.get(unplanned).text)
    before = told(owner.get(unplanned).text)
    for case, raw in NUMBERS.items():
        answer = owner.post(unplanned, data=fields | {name: raw, "act": "figures"})
        assert answer.status_code == 200, (name, case)
        is_told = told(answer.text) != before
        assert is_told is not (case in TAKEN.get(name, set())), (name, case, told(answer.text))
        assert fields_of(answer.text)[name].strip() == raw.strip(), (name, case)


@pytest.mark.parametrize("name", [*NUMBER_FIELDS, *TEXT_FIELDS])
def test_no_entry_breaks_the_editor(open_shop_site: OpenShop, unplanned: str, name: str) -> None:
    owner = open_shop_site.owner
    fields = fields_of(owner.get(unplanned).text)
    for case, raw in EVERYTHING.items():
        answer = owner.post(unplanned, data=fields | {"act": "figures"} | {name: raw})
        assert answer.status_code < 500, (name, case)
        if case in INERT:
            assert "<script>alert" not in answer.text
            assert "<img src=" not in answer.text
            assert ">49<" not in answer.text


@pytest.mark.parametrize("act", ["up", "up:", "up:-1", "up:99999", "choose:0", "choose:0:profile:none", "customer:x",
                                 "customer:999999", "way:slow", "configure:77", "options:77", "earlier:1", "nothing"])
def test_odd_buttons_change_nothing_that_counts(open_shop_site: OpenShop, act: str) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    before = fields_of(owner.get(where).text)
    answer = press(owner, where, act)
    assert answer.status_code in {303, 422}
    after = fields_of(owner.get(where).text)
    same = {name: text for name, text in after.items() if name not in {"csrf_token", "panel", "version"}}
    assert same == {name: text for name, text in before.items() if name in same}


def test_a_customer_is_found_by_typing_and_taken_over(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    page = owner.get("/sales/customers/new").text
    answer = owner.post("/sales/customers/new", data={
        "csrf_token": field_of(page, "csrf_token"), "key": field_of(page, "key"), "version": "1", "name": "Gu Wei",
        "email": "gu@example.org", "telephone": "", "language": "zh", "company_id": ""})
    number = answer.location.rsplit("/", 1)[1]
    where = three_lines(owner)
    found = press(owner, where, "find", find="Gu W", customer_name="typed before")
    assert f"customer:{number}" in buttons_of(found.text)
    assert fields_of(found.text)["customer_name"] == "typed before"
    page = done(owner, where, f"customer:{number}", find="Gu W")
    fields = fields_of(page)
    assert (fields["customer_name"], fields["customer_email"], fields["language"]) == (
        "Gu Wei", "gu@example.org", "zh")
    page = owner.get(answer.location).text
    form = re.search(r'<form method="post" action="/sales/drafts/new">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    made = owner.post("/sales/drafts/new", data=dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(1))))
    assert fields_of(owner.get(made.location).text)["customer_email"] == "gu@example.org"
    assert "No customer matches" in press(owner, where, "find", find="nobody at all").text


def test_the_configurator_comes_back_with_its_choices(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    shop = press(owner, where, "configure:0").location
    assert shop.startswith("/shop/window?")
    assert "profile=PVC82" in shop
    page = owner.get(shop.replace("profile=PVC82", "profile=ALU75")).text
    assert "Take into quote" in page
    assert "Take into" not in open_shop_site.guest.get(shop).text
    form = re.search(r'<form method="post" action="([^"]*/take)">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    entries = {name: unescape(value) for name, value in
               re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(2))}
    answer = owner.post(form.group(1), data=entries)
    assert answer.status_code == 303
    assert "profile=ALU75" in fields_of(owner.get(where).text)["lines-0-choices"]
    assert fields_of(owner.get(where).text)["lines-0-quantity"] == "8"
    again = owner.post(form.group(1), data=entries | {"choices": "profile=PVC70"})
    assert again.status_code == 409
    fields = fields_of(again.text)
    assert (fields["lines-3-choices"], "ALU75" in fields["lines-0-choices"]) == ("profile=PVC70", True)


def test_a_seller_in_the_shop_starts_a_quote_from_what_is_configured(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    page = owner.get(f"/shop/window?{CHOICES}").text
    form = re.search(r'<form method="post" action="/sales/drafts/new">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    entries = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(1))}
    first = owner.post("/sales/drafts/new", data=entries)
    assert first.status_code == 303
    assert owner.post("/sales/drafts/new", data=entries).location == first.location, "a double click starts one"
    assert "profile=PVC82" in fields_of(owner.get(first.location).text)["lines-0-choices"]
    assert owner.post("/sales/drafts/new", data=entries | {"product": "f" * 64, "key": "k" * 20}).status_code == 404
    assert owner.post("/sales/drafts/new", data={"csrf_token": entries["csrf_token"]}).status_code == 422


def test_other_options_are_compared_and_one_is_taken(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    page = done(owner, where, "options:0", **{"lines-0-ask": "profile"})
    assert "What if: profile" in page
    assert "Chosen" in page
    assert "changes with it: Glass" in page, "a smallest repair is offered where the others stand against it"
    assert re.search(r"\+¥6,21\d", page), "eight pieces of the dearer profile"
    act = next(text for text in buttons_of(page) if text.startswith("choose:0:profile:ALU"))
    page = done(owner, where, act)
    assert "profile=ALU75" in fields_of(page)["lines-0-choices"]
    answer = press(owner, where, "choose:0:profile:WOOD")
    assert answer.status_code == 422


def test_earlier_days_are_priced(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    page = done(owner, three_lines(owner), "earlier:0")
    assert "What an earlier day costs" in page
    assert "Nothing has moved" in page


def test_a_second_editor_sees_what_the_first_changed(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    stale = fields_of(second.get(where).text)
    done(owner, where, "save", reference="PO 1", **{"lines-0-quantity": "9"})
    with open_shop_site.untouched():
        answer = second.post(where, data=stale | {
            "reference": "PO 2", "customer_name": "Typed by Lin", "lines-0-quantity": "7", "lines-1-unit": "1200",
            "act": "save"})
    assert answer.status_code == 409
    assert "Changed by Owner" in answer.text
    fields = fields_of(answer.text)
    assert (fields["reference"], fields["lines-0-quantity"]) == ("PO 1", "9"), "what stands now"
    assert (fields["customer_name"], fields["lines-1-unit"]) == ("Typed by Lin", "1200"), "what was typed"
    assert "now: PO 1 · you had: PO 2" in answer.text
    assert "now: 9 · you had: 7" in answer.text
    assert second.post(where, data=fields | {"act": "save"}).status_code == 303
    fields = fields_of(owner.get(where).text)
    assert (fields["reference"], fields["customer_name"], fields["lines-1-unit"]) == ("PO 1", "Typed by Lin", "1200.00")


def test_lines_that_moved_under_a_second_editor_are_told(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    stale = fields_of(second.get(where).text)
    done(owner, where, "remove:0")
    answer = second.post(where, data=stale | {"lines-0-quantity": "5", "act": "save"})
    assert answer.status_code == 409
    assert fields_of(answer.text)["lines-0-title_en"] == "Fitting"
    assert "quantity 5" in answer.text


def test_pressing_twice_does_nothing_twice(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    fields = fields_of(owner.get(where).text) | {"act": "add-free"}
    assert owner.post(where, data=fields).status_code == 303
    assert owner.post(where, data=fields).status_code == 303
    assert "lines-4-kind" not in fields_of(owner.get(where).text)


def test_another_currency_wants_its_rate(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    page = done(owner, where, "save", currency="EUR")
    assert "Enter its rate" in page
    page = done(owner, where, "save", rate="0.128")
    assert "2,125.36" in page, "8 × 2075.56 × 0.128, each rounded once"
    page = done(owner, where, "save", rate="1/8")
    assert fields_of(page)["rate"] == "0.125"


def test_a_draft_in_chinese_reads_chinese_products(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = three_lines(owner)
    assert "定制" in owner.get(f"{where}?lang=zh").text
    owner.get(f"{where}?lang=en")
