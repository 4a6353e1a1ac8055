"""What happens around drafts: asking a second person, sending, revising, losing, dropping, selling an earlier day."""

from __future__ import annotations

import re
import sqlite3
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import OpenShop
from tests.web.drafting import done, fields_of, press, send_form, start
from tests.web.shopping import WINDOW, field_of
from tests.web.signing_in import add_user, sign_in

CHOICES = "&".join(f"{name}={value}" for name, value in sorted(WINDOW.items()))


@pytest.fixture(scope="module")
def second(open_shop_site: OpenShop) -> FlaskClient:
    """Another seller, signed in."""
    add_user(open_shop_site.app, "lin", "sales")
    client = open_shop_site.app.test_client()
    assert sign_in(client, "lin") == 303
    return client


def ready(client: FlaskClient, **changes: str) -> str:
    """Start a draft that can be sent."""
    where = start(client)
    done(client, where, "add-product", product="window")
    done(client, where, "save", customer_name="Anna Lu", customer_email="anna@example.org",
         **{"lines-0-choices": CHOICES, "lines-0-quantity": "2", **changes})
    return where


def sent_quote(client: FlaskClient, where: str, **changes: str) -> str:
    answer = send_form(client, f"{where}/send", ways="one", **changes)
    assert answer.status_code == 303, obstacles(answer.text)
    return answer.location


def obstacles(page: str) -> list[str]:
    return [unescape(re.sub(r"<[^>]+>", "", words)) for words in
            re.findall(r"<li><svg[^>]*>.*?</svg><span>(.*?)</span></li>", page)]


def _send_button(page: str) -> str:
    """Give the attributes of the button that sends."""
    found = re.search(r"<button ([^>]*)>Send the quote", page)
    assert found is not None
    return found[1]


def step(client: FlaskClient, where: str, action: str) -> str:
    """Press one of the buttons above a quote."""
    form = re.search(rf'<form[^>]*action="([^"]*/{action})">(.*?)</form>', client.get(where).text, re.DOTALL)
    assert form is not None
    entries = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(2)))
    answer = client.post(form.group(1), data=entries)
    assert answer.status_code == 303
    return answer.location


def test_a_large_discount_is_asked_about_approved_and_sent(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    where = ready(second, total_discount="12")
    draft_id = where.rsplit("/", 1)[1]
    page = second.get(where).text
    assert "The discount is above the 10 % that one person gives alone." in page
    before = second.get(f"{where}/send").text
    assert f'<a class="btn main wide" href="{where}/ask">Ask a second person' in before
    assert _send_button(before) == 'class="btn wide" type="button" aria-disabled="true" aria-describedby="against"'
    assert 'id="against"' in before
    refused = send_form(second, f"{where}/send", ways="one")
    assert refused.status_code == 409
    assert any("second person" in words for words in obstacles(refused.text))
    empty = send_form(second, f"{where}/ask", reason=" ")
    assert empty.status_code == 422
    assert send_form(second, f"{where}/ask", reason="A new customer with forty windows.").status_code == 303
    listed = owner.get("/sales/approvals").text
    assert "A new customer with forty windows." in listed
    assert f"/sales/approvals/{draft_id}" in listed
    assert "another person decides" in second.get("/sales/approvals").text
    asked = fields_of(page)
    own = second.post(f"/sales/approvals/{draft_id}", data={
        "csrf_token": asked["csrf_token"], "version": asked["version"], "reason": "Yes.", "decision": "approve"})
    assert own.status_code == 409
    assert "You asked or typed this draft" in own.text
    assert "approvals waiting" in owner.get("/sales/").text
    for changes in ({"reason": "", "decision": "approve"}, {"reason": "Well", "decision": "perhaps"}):
        assert send_form(owner, f"/sales/approvals/{draft_id}", **changes).status_code == 422
    decided = send_form(owner, f"/sales/approvals/{draft_id}", reason="They order every year.", decision="approve")
    assert decided.status_code == 303
    page = second.get(where).text
    assert "Approved by Owner" in page
    assert _send_button(second.get(f"{where}/send").text) == 'class="btn main wide" type="submit"'
    assert "Saved by Lin, " in page, "a person has a name"
    assert "version 1" not in page
    assert "They order every year." in page
    assert "(discount 12 %, margin 5" in page, "every cost of a window is known"
    assert "at most" not in page
    quote = sent_quote(second, where)
    page = second.get(quote).text
    assert "offered" in page
    assert "Anna Lu" in page
    assert "was sent" in second.get(where).text


def test_a_refused_draft_is_open_again_and_a_changed_one_is_asked_about_anew(
    open_shop_site: OpenShop, second: FlaskClient
) -> None:
    where = ready(second, total_discount="12")
    draft_id = where.rsplit("/", 1)[1]
    send_form(second, f"{where}/ask", reason="Please.")
    page = open_shop_site.owner.get(f"/sales/approvals/{draft_id}").text
    assert send_form(open_shop_site.owner, f"/sales/approvals/{draft_id}", reason="Too much.",
                     decision="refuse").status_code == 303
    assert "Refused by Owner" in second.get(where).text
    send_form(second, f"{where}/ask", reason="Now 11.")
    done(second, where, "save", total_discount="11")
    late = open_shop_site.owner.post(f"/sales/approvals/{draft_id}", data={
        "csrf_token": field_of(page, "csrf_token"), "version": "3", "reason": "Fine.", "decision": "approve"})
    assert late.status_code == 303, "it does not wait any more"
    assert "Approved by" not in second.get(where).text


def test_one_person_with_two_spellings_of_a_login_decides_about_nothing(
    open_shop_site: OpenShop, second: FlaskClient
) -> None:
    where = ready(second, total_discount="12")
    draft_id = where.rsplit("/", 1)[1]
    send_form(second, f"{where}/ask", reason="Please.")
    with sqlite3.connect(open_shop_site.path) as connection:
        connection.execute("UPDATE quote_draft SET changed_by = 'OWNER' WHERE id = ?", (draft_id,))
    connection.close()
    assert "You asked or typed this draft" in open_shop_site.owner.get(f"/sales/approvals/{draft_id}").text


def test_what_nobody_may_agree_to_is_refused_with_what_is_allowed(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = ready(owner, total_discount="30")
    assert "The largest discount allowed here is 15 %" in owner.get(where).text
    answer = send_form(owner, f"{where}/ask", reason="Please.")
    assert answer.status_code == 409
    assert "the largest discount allowed here is 15 %" in answer.text
    modest = ready(owner, total_discount="3")
    assert "needs no second person" in send_form(owner, f"{modest}/ask", reason="Please.").text


def test_what_is_missing_is_told_before_and_after_sending(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = start(owner)
    page = owner.get(f"{where}/send").text
    told = obstacles(page)
    assert [words.partition(".")[0] for words in told][:3] == [
        "The customer's name is missing", "The e-mail address of the customer is missing",
        "Include at least one configured product; the day is promised for it"]
    answer = send_form(owner, f"{where}/send", ways="one")
    assert answer.status_code == 409
    assert send_form(owner, f"{where}/send", ways="four").status_code == 422
    assert send_form(owner, f"{where}/send", ways="one", key="short").status_code == 422


def test_the_editor_keeps_the_product_last_added_and_says_what_a_net_is_after(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = ready(owner, total_discount="3")
    page = owner.get(where).text
    assert "after the discount on the total" in page
    assert "¥" not in re.sub(r'<div class="trio">.*?</div>', "", page, flags=re.DOTALL), "one form of money"
    assert 'placeholder="such as 10, 20"' in page
    answer = press(owner, where, "add-product", product="pump")
    assert answer.status_code == 303
    assert '<option selected value="pump">' in owner.get(answer.headers["Location"]).text


def test_sending_twice_makes_one_quote(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = ready(owner)
    page = owner.get(f"{where}/send").text
    form = {name: field_of(page[page.index("<main"):], name) for name in ("csrf_token", "version", "key")}
    first = owner.post(f"{where}/send", data=form | {"ways": "one"})
    before = open_shop_site.rows()["quote"]
    second = owner.post(f"{where}/send", data=form | {"ways": "one"})
    assert first.status_code == 303
    assert second.status_code in {303, 409}
    assert open_shop_site.rows()["quote"] == before


def test_a_trio_is_sent_as_ways_of_which_one_is_taken(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = ready(owner, **{"lines-0-quantity": "40"})
    answer = send_form(owner, f"{where}/send", ways="trio")
    assert answer.status_code == 303, obstacles(answer.text)
    assert owner.get(answer.location).status_code == 200


def test_a_changed_draft_is_not_sent_unseen(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    where = ready(owner)
    page = owner.get(f"{where}/send").text
    form = {name: field_of(page[page.index("<main"):], name) for name in ("csrf_token", "version", "key")}
    done(second, where, "save", reference="PO 9")
    answer = owner.post(f"{where}/send", data=form | {"ways": "one"})
    assert answer.status_code == 409
    assert any("changed this draft" in words for words in obstacles(answer.text))


def test_a_quote_is_revised_and_its_page_says_what_changed(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    quote = sent_quote(owner, ready(owner))
    draft = step(owner, quote, "revise")
    assert step(second, quote, "revise") == draft, "a quote is revised in one place"
    assert "revision 2" in owner.get(draft).text
    done(owner, draft, "save", reference="PO 77", **{"lines-0-quantity": "3"})
    assert sent_quote(owner, draft) == quote
    page = owner.get(quote).text
    assert "What differs from revision 1" in page
    assert "PO 77" in page
    assert re.search(r"quantity</th><td>2</td><td><b class=\"strong\">3</b>", page)
    copy = step(owner, quote, "duplicate")
    assert copy != draft
    assert fields_of(owner.get(copy).text)["lines-0-quantity"] == "3"


def test_a_quote_is_lost_with_a_reason(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    quote = sent_quote(owner, ready(owner))
    assert send_form(owner, f"{quote}/lose", reason="", words="").status_code == 422
    assert send_form(owner, f"{quote}/lose", reason="price", words="Ten percent too dear").status_code == 303
    page = owner.get(quote).text
    assert "Ten percent too dear" in page
    assert "/lose" not in page
    again = send_form(owner, f"{quote}/lose", reason="price", words="")
    assert again.status_code == 303
    assert "Nothing was changed" in owner.get(quote).text


def test_a_draft_is_dropped_after_asking(open_shop_site: OpenShop, second: FlaskClient) -> None:
    owner = open_shop_site.owner
    where = ready(owner)
    assert send_form(owner, f"{where}/drop").status_code == 422
    page = owner.get(f"{where}/drop").text
    stale = {name: field_of(page[page.index("<main"):], name) for name in ("csrf_token", "version")}
    done(second, where, "save", reference="PO 3")
    answer = owner.post(f"{where}/drop", data=stale | {"is_sure": "y"})
    assert answer.status_code == 409
    assert send_form(owner, f"{where}/drop", is_sure="y").status_code == 303
    assert "was dropped" in owner.get(where).text
    assert press(owner, where, "save").status_code in {400, 409}
    assert "Anna Lu" in owner.get("/sales/drafts?state=dropped").text


def test_an_earlier_day_is_sold_from_the_quotes_page(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    where = start(owner)
    done(owner, where, "add-product", product="pump")
    done(owner, where, "save", customer_name="Anna Lu", customer_email="anna@example.org",
         **{"lines-0-quantity": "300"})
    quote = sent_quote(owner, where)
    page = owner.get(f"{quote}?earlier=1").text
    assert "What an earlier day costs" in page
    form = re.search(r'<form[^>]*action="([^"]*/earlier)">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    entries = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(2)))
    assert owner.post(form.group(1), data=entries | {"day": "soon"}).status_code == 422
    assert owner.post(form.group(1), data=entries).status_code == 303
    page = owner.get(quote).text
    assert "revision 2" in page
    assert "What differs from revision 1" in page


def test_unknown_drafts_are_not_found(open_shop_site: OpenShop) -> None:
    owner = open_shop_site.owner
    for address in ("/sales/drafts/999999", "/sales/drafts/999999/send", "/sales/drafts/999999/ask",
                    "/sales/drafts/999999/drop", "/sales/approvals/999999", "/sales/quotes/Q-1/lose",
                    f"/sales/drafts/{2**70}"):
        assert owner.get(address).status_code == 404, address
