"""Accepting with a name, declining with a reason, the time that is left, and what a new date changed."""

from __future__ import annotations

import re
from html import unescape

from ordering import service as ordering
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, press


def test_order_keeps_who_accepted_and_the_purchase_order_number(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    status, order = press(guest, guest.get(where).text, "accept", accepted_by="Zhào <b>Min</b>", reference="PO 4711")
    assert status == 303
    for page in (guest.get(order).text, open_shop_site.owner.get(_sales_address(guest.get(order).text)).text):
        assert "Zhào &lt;b&gt;Min&lt;/b&gt;" in page
        assert "PO 4711" in page


def test_acceptance_without_name_or_tick_orders_nothing_and_keeps_what_was_typed(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    page = guest.get(ask_for_quote(guest)).text
    with open_shop_site.untouched():
        status, answer = press(guest, page, "accept", accepted_by="", agreed="", reference="PO <9>")
        assert (status, "Nothing was sent yet" in answer) == (422, True)
        assert "Enter 2 to 120 characters." in answer
        assert "Tick this to order." in answer
        assert 'value="PO &lt;9&gt;"' in answer
        status, answer = press(guest, page, "accept", accepted_by="x" * 121)
        assert (status, f'value="{"x" * 121}"' in answer) == (422, True)
    assert press(guest, answer, "accept")[0] == 303


def test_second_tab_is_led_to_the_order_whatever_it_sends(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    page, other = guest.get(where).text, guest.get(where).text
    order = press(guest, page, "accept")
    with open_shop_site.untouched():
        assert press(guest, other, "accept", accepted_by="Another Person") == order
        assert press(guest, page, "accept", reference="PO changed after going back") == order
        assert press(guest, page, "accept", accepted_by="", agreed="") == order


def test_declining_wants_a_reason_and_sales_reads_it(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    page = guest.get(where).text
    with open_shop_site.untouched():
        for changes, words in (({"reason": ""}, "Choose a reason."),
                               ({"reason": "other", "words": ""}, "Say the reason in your words."),
                               ({"reason": "weather"}, "Not a valid choice"), ({"words": "x" * 301}, "at most 300")):
            status, answer = press(guest, page, "decline", **changes)
            assert (status, words in answer) == (422, True), changes
    assert press(guest, page, "decline", reason="other", words="We moved <away>")[0] == 303
    number = re.search(r"Q-2026-\d+", page)
    assert number is not None
    seen = open_shop_site.owner.get(f"/sales/quotes/{number.group()}").text
    assert "Another reason" in seen
    assert "We moved &lt;away&gt;" in seen


def test_remaining_time_stands_on_the_page(open_shop_site: OpenShop) -> None:
    guest, moment = open_shop_site.guest, open_shop_site.clock.moment
    where = ask_for_quote(guest)
    open_shop_site.clock.forward(hours=1, seconds=48 * 60)
    page = guest.get(where).text
    open_shop_site.clock.moment = moment
    assert "46 h 12 min left" in page
    assert 'data-left="166320"' in page


def test_new_date_shows_what_it_changed(open_shop_site: OpenShop) -> None:
    guest, moment = open_shop_site.guest, open_shop_site.clock.moment
    where = ask_for_quote(guest)
    open_shop_site.clock.forward(hours=24 * 6)
    status, renewed = press(guest, guest.get(where).text, "new-date")
    page = guest.get(renewed).text
    open_shop_site.clock.moment = moment
    assert status == 303
    changed = re.search(r'<dl class="facts changed">(.*?)</dl>', page, re.DOTALL)
    assert changed is not None
    assert re.search(r"<dt>Promise</dt><dd><del.*25 November</del>.*<ins>.*1 December</ins>", changed.group(1))


def _sales_address(page: str) -> str:
    number = re.search(r"O-2026-\d+", page)
    assert number is not None
    return f"/sales/orders/{number.group()}"


def test_question_and_answer_stand_on_both_pages_once(open_shop_site: OpenShop) -> None:
    guest, owner = open_shop_site.guest, open_shop_site.owner
    order = _order(open_shop_site)
    page = guest.get(order).text
    sales = _sales_address(page)
    text = "Can you ring <before>?\r\nSecond line 你好"
    status, answer = press(guest, page, "messages", text=text)
    assert (status, answer) == (303, f"{order}#messages")
    assert press(guest, page, "messages", text=text)[0] == 303
    assert guest.get(order).text.count("Can you ring &lt;before&gt;?\nSecond line 你好") == 1
    assert "1 unread message" in owner.get("/sales/orders").text
    desk = owner.get(sales).text
    assert "Can you ring &lt;before&gt;?" in desk
    assert press(owner, desk, "messages", text="We will.")[0] == 303
    seen = guest.get(order).text
    assert "We will." in seen
    assert "Sales desk" in seen
    assert "1 unread message" not in owner.get("/sales/orders").text


def test_messages_are_marked_as_read_without_an_answer(open_shop_site: OpenShop) -> None:
    guest, owner = open_shop_site.guest, open_shop_site.owner
    order = _order(open_shop_site)
    press(guest, guest.get(order).text, "messages", text="Thank you!")
    desk = owner.get(_sales_address(guest.get(order).text)).text
    assert "unread" in desk
    assert press(owner, desk, "messages/read")[0] == 303
    assert "unread" not in owner.get(_sales_address(guest.get(order).text)).text


def test_messages_out_of_bounds_are_told_and_kept(open_shop_site: OpenShop) -> None:
    order = _order(open_shop_site)
    page = open_shop_site.guest.get(order).text
    with open_shop_site.untouched():
        for text in ("", " \r\n ", "x" * 2001, "\n".join("x" * 61), "a\u202eb"):
            status, answer = press(open_shop_site.guest, page, "messages", text=text)
            assert (status, "note late" in answer) == (422, True), text[:9]
        assert "x" * 2001 in press(open_shop_site.guest, page, "messages", text="x" * 2001)[1]
        assert open_shop_site.guest.post("/orders/nothing/messages", data={
            "csrf_token": open_shop_site.guest_token, "text": "x", "idempotency_key": "k" * 24}).status_code == 404


def test_customer_sees_what_canceling_means_and_cancels_once(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    order = _order(open_shop_site)
    assert f'href="{order}/cancel"' in guest.get(order).text
    with open_shop_site.untouched():
        page = guest.get(f"{order}/cancel").text
        assert "No work on it has begun." in page
        assert "Canceling is free of charge." in page
        assert re.findall(r'class="btn main[^>]*>([^<]*)', page) == ["Keep the order"]
        assert press(guest, page, "cancel", reason="x" * 301)[0] == 422
    assert press(guest, page, "cancel", reason="We moved") == (303, order)
    seen = guest.get(order).text
    assert "This order is canceled." in seen
    assert "We moved" in seen
    with open_shop_site.untouched():
        assert press(guest, page, "cancel") == (303, order)
    assert "This order is canceled already." in guest.get(f"{order}/cancel").text


def test_canceling_after_work_began_becomes_a_question(open_shop_site: OpenShop) -> None:
    guest, owner = open_shop_site.guest, open_shop_site.owner
    order = _order(open_shop_site)
    early = guest.get(f"{order}/cancel").text
    sales = _sales_address(guest.get(order).text)
    number = re.search(r"W-2026-\d+", owner.get(sales).text)
    assert number is not None
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        ordering.release_work_orders(session, now=open_shop_site.clock(), order_number=sales[-11:])
        ordering.start_job_order(session, number=f"{number.group()}-10", now=open_shop_site.clock(), actor="planner")
    with open_shop_site.untouched():
        status, answer = press(guest, early, "cancel")
        assert status == 409
        assert "Work on this order has begun" in answer
        assert "Running: Saw" in answer
    assert press(guest, answer, "messages", text="Please cancel this order.")[0] == 303
    assert "Please cancel this order." in owner.get(sales).text
    followed = guest.get(order).text
    assert "planned until" in followed
    assert "0 of 4 operations done" in followed


def _order(shop: OpenShop) -> str:
    status, order = press(shop.guest, shop.guest.get(ask_for_quote(shop.guest)).text, "accept")
    assert status == 303
    return order


def test_a_declined_quote_leads_back_to_its_choices(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    assert "Configure it anew" not in guest.get(where).text
    assert press(guest, guest.get(where).text, "decline")[0] == 303
    found = re.search(r'href="(/shop/window\?[^"]*)"[^>]*>Configure it anew', guest.get(where).text)
    assert found is not None
    assert re.search(r'name="profile" value="PVC82"[^>]*checked', guest.get(unescape(found.group(1))).text)
