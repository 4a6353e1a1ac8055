"""The pages of customers: kept by several people, merged, exported, erased; what is mistyped is told beside it."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from tests.web.bad_inputs import EVERYTHING, NUMBERS, TEXTS
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, field_of, press

BASE = "/sales/customers"
NEW = f"{BASE}/new"
CONTACT_FIELDS = ("name", "email", "telephone", "language", "company_id")
COMPANY_FIELDS = ("name", "tax_id", "language", "currency", "price_group_id", "billing_address", "delivery_address")


def entered(page: str) -> dict[str, str]:
    """What the form of a page would send as it stands."""
    form = re.search(r'<form class="sheet form[^"]*" method="post".*?</form>', page, re.DOTALL)
    assert form is not None, page
    found = {name: field_of(form.group(), name) for name in re.findall(r'<input[^>]*name="([a-z_]+)"', form.group())}
    for name, options in re.findall(r'<select[^>]*name="([a-z_]+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = chosen.group(1) if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*name="([a-z_]+)"[^>]*>(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = text.strip()
    return found


def send(client: FlaskClient, where: str, **changes: str) -> TestResponse:
    """Open a form, change some of it, and send it."""
    return client.post(where, data=entered(client.get(where).text) | changes)


def add(client: FlaskClient, where: str = NEW, **entries: str) -> str:
    """Add something by its form; give the address of its page."""
    answer = send(client, where, **entries)
    assert answer.status_code == 303, answer.text
    return answer.location


def says(page: str, name: str) -> bool:
    return re.search(rf'id="{name}-errors">[^<]+<', page) is not None


def assert_inert(page: str) -> None:
    assert "<script>alert" not in page
    assert "<img src=" not in page
    assert ">49<" not in page


def test_a_company_its_group_and_its_contact_are_added_and_found(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    add(owner, f"{BASE}/price-groups/new", code="trade", title_en="Trade", title_zh="同行", discount="7,5")
    group = re.search(r'price-groups/(\d+)">trade', owner.get(f"{BASE}/price-groups").text)
    assert group is not None
    company = add(owner, f"{BASE}/companies/new", name="Werft Nord", tax_id="de 123456789", language="en",
                  currency="EUR", price_group_id=group.group(1), billing_address="Kai 7\r\n\r\n20457 Hamburg")
    page = owner.get(company).text
    for words in ("DE 123456789", "Trade, 7.5 % discount", "Kai 7<br>20457 Hamburg", "English"):
        assert words in page
    number = company.rsplit("/", 1)[1]
    contact = add(owner, f"{NEW}?company={number}", name="Anna Berg", email="Anna@Werft.example")
    assert "anna@werft.example" in owner.get(contact).text
    assert "Anna Berg" in owner.get(company).text
    assert "Anna Berg" in owner.get(f"{BASE}?search=werft").text
    assert "No contact matches." in owner.get(f"{BASE}?search=nobody+at+all").text
    assert "Werft Nord" in owner.get(f"{BASE}/companies?search=123456").text
    assert '<a href="/sales/customers" aria-current="page">Customers</a>' in owner.get(company).text


def test_who_asks_for_a_quote_is_a_contact_with_it_and_the_quote_names_the_price_group(
    open_shop_site: OpenShop,
) -> None:
    owner = open_shop_site.owner
    ask_for_quote(open_shop_site.app.test_client(), customer_email="group@example.org", customer_name="Grouped")
    page = owner.get(f"{BASE}?search=group@example.org").text
    contact = re.search(r'href="(/sales/customers/\d+)">Grouped', page)
    assert contact is not None
    quote = re.search(r'href="(/sales/quotes/[^"]+)"', owner.get(contact.group(1)).text)
    assert quote is not None
    assert contact.group(1) in owner.get(quote.group(1)).text
    add(owner, f"{BASE}/price-groups/new", code="builders", title_en="Builders", discount="12")
    groups = owner.get(f"{BASE}/companies/new").text
    value = re.search(r'<option value="(\d+)">Builders', groups)
    assert value is not None
    company = add(owner, f"{BASE}/companies/new", name="Bau AG", price_group_id=value.group(1))
    assert send(owner, f"{contact.group(1)}/edit", company_id=company.rsplit("/", 1)[1]).status_code == 303
    assert "Builders, 12 % discount" in owner.get(quote.group(1)).text


def test_the_second_editor_sees_the_first_ones_change_and_loses_nothing(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = add(owner, name="Two Editors", email="two@editors.example") + "/edit"
    seen = entered(owner.get(where).text)
    assert send(owner, where, telephone="+49 40 1111").status_code == 303
    with open_shop_site.untouched():
        answer = owner.post(where, data=seen | {"telephone": "+49 40 2222", "name": "Second Editor"})
    assert answer.status_code == 409
    for words in ("Changed by Owner", "now: +49 40 1111", "you had: +49 40 2222"):
        assert words in answer.text
    told = entered(answer.text)
    assert (told["telephone"], told["name"], told["version"]) == ("+49 40 1111", "Second Editor", "2")
    assert owner.post(where, data=told).status_code == 303
    page = owner.get(where).text
    assert (field_of(page, "name"), field_of(page, "telephone")) == ("Second Editor", "+49 40 1111")


def test_the_second_editor_of_a_company_and_of_a_price_group_is_told_too(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    add(owner, f"{BASE}/price-groups/new", code="second", title_en="Second", discount="1")
    group = re.search(r'price-groups/(\d+)">second', owner.get(f"{BASE}/price-groups").text)
    assert group is not None
    company = add(owner, f"{BASE}/companies/new", name="Twice Edited") + "/edit"
    for where, first, second, words in (
        (company, {"currency": "EUR", "billing_address": "Kai 1"}, {"billing_address": "Kai 2"}, "Kai 1"),
        (f"{BASE}/price-groups/{group.group(1)}", {"discount": "2.5"}, {"discount": "3"}, "2.5"),
    ):
        seen = entered(owner.get(where).text)
        assert send(owner, where, **first).status_code == 303
        answer = owner.post(where, data=seen | second)
        assert answer.status_code == 409
        assert f"now: {words}" in answer.text
        assert f"you had: {next(iter(second.values()))}" in answer.text
        assert owner.post(where, data=entered(answer.text)).status_code == 303


def test_a_price_book_is_kept_by_owners_entry_by_entry(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    group = add(owner, f"{BASE}/price-groups/new", code="booked", title_en="Booked", discount="8")
    add(owner, f"{BASE}/companies/new", name="Buys On Terms", price_group_id=group.rsplit("/", 1)[1])
    add(owner, f"{group}/discounts/new", product_code="pump", percent="12,5", valid_from="2020-01-01",
        last_day="2027-12-31")
    page = owner.get(group).text
    for words in ("12.5 %", "Buys On Terms", "counts now", "Fri 31 December 2027", "Entry added to the price book"):
        assert words in page, words
    entry = re.search(rf'href="({group}/discounts/\d+)"', page)
    assert entry is not None
    seen = entered(owner.get(entry.group(1)).text)
    assert (seen["product_code"], seen["percent"], seen["last_day"]) == ("pump", "12.5", "2027-12-31")
    overlapping = send(owner, f"{group}/discounts/new", product_code="pump", percent="3", valid_from="2027-12-31")
    assert overlapping.status_code == 422
    assert says(overlapping.text, "valid_from")
    assert (field_of(overlapping.text, "percent"), field_of(overlapping.text, "valid_from")) == ("3", "2027-12-31")
    assert send(owner, f"{group}/discounts/new", product_code="pump", percent="3",
                valid_from="2028-01-01").status_code == 303
    with open_shop_site.untouched():
        late = owner.post(entry.group(1), data=seen | {"percent": "20"})
    assert late.status_code == 409
    assert "you had: 20" in late.text
    assert owner.post(entry.group(1), data=entered(late.text) | {"percent": "20"}).status_code == 303
    assert "20 %" in owner.get(group).text
    removal = re.search(r'name="version" value="(\d+)">\s*<button', owner.get(entry.group(1)).text)
    assert removal is not None
    token = open_shop_site.owner_token
    for version, told in (("1", "Look at it once more"), (removal.group(1), "Quotes keep their prices")):
        answer = owner.post(f"{entry.group(1)}/remove", data={"csrf_token": token, "version": version})
        assert answer.status_code == 303
        assert told in owner.get(group).text
    assert owner.get(entry.group(1)).status_code == 404


@pytest.mark.parametrize("raw", EVERYTHING.values(), ids=EVERYTHING)
def test_bad_entries_of_a_price_book_are_told_beside_their_fields(open_shop_site: OpenShop, raw: str) -> None:
    owner = open_shop_site.owner
    group = re.search(r'href="([^"]*price-groups/\d+)"', owner.get(f"{BASE}/price-groups").text)
    where = f"{group.group(1) if group else add(owner, f'{BASE}/price-groups/new', code='x', title_en='X')}"
    fields = ("product_code", "percent", "valid_from", "last_day")
    with open_shop_site.untouched():
        answer = send(owner, f"{where}/discounts/new", **dict.fromkeys(fields, raw))
    assert answer.status_code == 422
    assert says(answer.text, "product_code")
    assert ">49<" not in answer.text


def test_a_known_address_and_a_double_click_add_nothing(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    page = entered(owner.get(NEW).text) | {"name": "Once", "email": "once@example.org"}
    first = owner.post(NEW, data=page)
    with open_shop_site.untouched():
        assert owner.post(NEW, data=page).location == first.location
        answer = send(owner, NEW, name="Again", email="ONCE@example.org")
    assert answer.status_code == 422
    assert says(answer.text, "email")
    assert f'href="{first.location}"' in answer.text


@pytest.mark.parametrize("raw", EVERYTHING.values(), ids=EVERYTHING)
def test_bad_entries_are_told_beside_their_fields(open_shop_site: OpenShop, raw: str) -> None:
    owner = open_shop_site.owner
    with open_shop_site.untouched():
        for where, fields, refused in (
            (NEW, CONTACT_FIELDS, ("email", "company_id")),
            (f"{BASE}/companies/new", COMPANY_FIELDS, ("currency", "price_group_id")),
        ):
            answer = owner.post(where, data=dict.fromkeys(fields, raw) | {
                "csrf_token": open_shop_site.owner_token, "key": "k" * 20, "version": "1"})
            assert answer.status_code == 422 or raw == "", where
            for name in refused:
                is_fine = raw == (TEXTS["punycode"] if name == "email" else "")
                assert says(answer.text, name) is not is_fine, (where, name)
            assert_inert(answer.text)


@pytest.mark.parametrize("raw", NUMBERS.values(), ids=NUMBERS)
def test_bad_discount_is_told_beside_it(open_shop_site: OpenShop, raw: str) -> None:
    entries = {"code": "bad", "title_en": "Bad", "discount": raw, "key": "k" * 20, "version": "1",
               "csrf_token": open_shop_site.owner_token}
    if raw in {"0", "1,5"}:
        pytest.skip("a discount that is taken")
    with open_shop_site.untouched():
        answer = open_shop_site.owner.post(f"{BASE}/price-groups/new", data=entries)
    assert answer.status_code == 422
    assert says(answer.text, "discount")
    assert f'value="{escape(raw.strip())}"' in answer.text


def test_likely_duplicates_are_offered_and_merged_after_a_look(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    ask_for_quote(open_shop_site.app.test_client(), customer_email="m.yu@merge.example", customer_name="Yu Mei")
    kept = add(owner, name="Mei Yu", email="mei@merge.example")
    page = owner.get(kept).text
    assert "Perhaps the same person" in page
    preview = re.search(r'href="([^"]*merge\?other=(\d+))"', page)
    assert preview is not None
    shown = owner.get(preview.group(1)).text
    assert "1 quote moves." in shown
    status, _where = press(owner, shown, "/merge")
    assert status == 303
    assert "m.yu@merge.example" not in owner.get(f"{BASE}?search=merge.example").text
    assert len(re.findall(r'href="/sales/quotes/Q-', owner.get(kept).text)) == 1
    assert owner.get(f"{BASE}/{preview.group(2)}").location == kept
    with open_shop_site.untouched():
        assert press(owner, shown, "/merge")[0] == 409
        assert owner.get(f"{kept}/merge?other={kept.rsplit('/', 1)[1]}").status_code == 422


def test_companies_are_merged_after_a_look_and_the_one_that_went_leads_to_the_other(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    group = add(owner, f"{BASE}/price-groups/new", code="merged", title_en="Merged", discount="5")
    kept = add(owner, f"{BASE}/companies/new", name="Kestrel Glass Ltd", tax_id="GB 7788")
    gone = add(owner, f"{BASE}/companies/new", name="Kestrel Glass", tax_id="gb7788",
               price_group_id=group.rsplit("/", 1)[1])
    add(owner, f"{NEW}?company={gone.rsplit('/', 1)[1]}", name="Kit Harrier", email="kit@kestrel.example")
    page = owner.get(f"{BASE}/companies/duplicates").text
    assert "same tax id, similar name" in page or "same tax id and similar name" in page
    look = owner.get(f"{kept}/merge?other={gone.rsplit('/', 1)[1]}").text
    for words in ("1 contact moves", "Taken over, because it is empty there: Price group"):
        assert words in look
    assert "Kestrel Glass" in owner.get(f"{kept}/merge?search=kestrel").text
    data = {"csrf_token": open_shop_site.owner_token, "other": gone.rsplit("/", 1)[1]}
    assert owner.post(f"{kept}/merge", data=data).status_code == 303
    assert owner.post(f"{kept}/merge", data=data).status_code == 409
    assert owner.get(gone).location == kept
    page = owner.get(kept).text
    for words in ("Kit Harrier", "Merged, 5 % discount", "Another company merged in"):
        assert words in page
    assert owner.post(f"{gone}/edit", data=entered(owner.get(f"{gone}/edit").text)).status_code == 409


def test_two_that_only_look_alike_are_put_aside_for_ever(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    one = add(owner, name="Twin Walker", email="tw1@twins.example").rsplit("/", 1)[1]
    other = add(owner, name="Twin Walkers", email="tw2@twins.example").rsplit("/", 1)[1]
    assert "Twin Walkers" in owner.get(f"{BASE}/duplicates").text
    data = {"csrf_token": open_shop_site.owner_token, "one": one, "other": other}
    for _click in range(2):
        assert owner.post(f"{BASE}/duplicates/contact/different", data=data).status_code == 303
    assert "Twin Walkers" not in owner.get(f"{BASE}/duplicates").text
    assert "Put aside as different from another" in owner.get(f"{BASE}/{one}").text
    assert owner.post(f"{BASE}/duplicates/ship/different", data=data).status_code == 404
    assert owner.post(f"{BASE}/duplicates/contact/different", data=data | {"one": other}).status_code == 422


def test_the_export_is_a_file_with_what_is_stored(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = add(owner, name="=HYPERLINK 江", email="export@example.org")
    answer = owner.post(f"{where}/export", data={"csrf_token": open_shop_site.owner_token})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    content = json.loads(answer.text)
    assert content["contact"]["email"] == "export@example.org"
    assert content["contact"]["name"] == "=HYPERLINK 江"
    assert "Exported" in owner.get(where).text


def test_erasing_names_what_goes_wants_a_tick_and_waits_for_what_is_open(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    ask_for_quote(open_shop_site.app.test_client(), customer_email="open@erase.example", customer_name="Still Open")
    contact = re.search(r'(/sales/customers/\d+)">Still Open', owner.get(f"{BASE}?search=open@erase").text)
    assert contact is not None
    page = owner.get(f"{contact.group(1)}/erase").text
    assert "cannot be erased yet" in page
    assert "/sales/quotes/Q-" in page
    token = {"csrf_token": open_shop_site.owner_token}
    with open_shop_site.untouched():
        assert owner.post(f"{contact.group(1)}/erase", data=token | {"is_sure": "y"}).status_code == 409
    where = add(owner, name="Goes Away", email="goes@erase.example")
    assert "What goes for ever" in owner.get(f"{where}/erase").text
    with open_shop_site.untouched():
        answer = owner.post(f"{where}/erase", data=token)
    assert answer.status_code == 422
    assert says(answer.text, "is_sure")
    assert owner.post(f"{where}/erase", data=token | {"is_sure": "y"}).status_code == 303
    assert owner.get(where).status_code == 404
    assert "Goes Away" not in owner.get(f"{BASE}?search=erase.example").text


@pytest.mark.parametrize("number", ["0", "-1", str(2**63 - 1), str(2**63), str(2**64), "1e3", "9" * 300])
def test_odd_numbers_of_customers_are_missing(open_shop_site: OpenShop, number: str) -> None:
    owner, token = open_shop_site.owner, {"csrf_token": open_shop_site.owner_token}
    with open_shop_site.untouched():
        for where in ("{}", "{}/edit", "{}/merge", "{}/erase", "companies/{}", "companies/{}/edit", "price-groups/{}"):
            assert owner.get(f"{BASE}/{where.format(number)}").status_code == 404, where
        for where in ("{}/edit", "{}/merge", "{}/export", "{}/erase", "companies/{}/edit", "price-groups/{}"):
            assert owner.post(f"{BASE}/{where.format(number)}", data=token).status_code == 404, where
