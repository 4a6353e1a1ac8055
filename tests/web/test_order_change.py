"""Changing an order from its page: choices, then price, day and footprint before and after, confirmed once."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from configurator import serving
from ordering import service as ordering
from tests.web.bad_inputs import EVERYTHING
from tests.web.catalog_desk import LESS, Desk
from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, ask_for_quote, field_of, press

FILLED = {"accepted_by": "Zhào Min", "agreed": "y"}


def order_of(shop: OpenShop) -> str:
    status, order = press(shop.guest, shop.guest.get(ask_for_quote(shop.guest)).text, "accept")
    assert status == 303
    return order


def preview_of(shop: OpenShop, order: str, **changes: str) -> str:
    """The address of the preview of a changed order."""
    started = shop.guest.get(f"{order}/change")
    assert started.status_code == 303
    choices = {name: values[0] for name, values in parse_qs(urlsplit(started.location).query).items()} | changes
    return f"{order}/change/confirm?" + "&".join(f"{name}={value}" for name, value in choices.items())


def confirm(shop: OpenShop, where: str, page: str, **changes: str) -> tuple[int, str]:
    form = re.search(r'<form class="two" method="post".*?</form>', page, re.DOTALL)
    assert form is not None
    entries = dict(re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form.group()))
    entries = {name: unescape(value) for name, value in entries.items() if name != "again"}
    answer = shop.guest.post(where, data=entries | {"destination": "SZ"} | FILLED | changes)
    return answer.status_code, answer.location or answer.text


def test_change_leads_to_the_configurator_with_what_is_ordered(open_shop_site: OpenShop) -> None:
    order = order_of(open_shop_site)
    assert f'href="{order}/change"' in open_shop_site.guest.get(order).text
    with open_shop_site.untouched():
        page = open_shop_site.guest.get(f"{order}/change", follow_redirects=True).text
        assert "You are changing order O-2026-" in page
        assert re.search(r'name="profile" value="PVC82"[^>]*checked', page)
        assert "Get the quote" not in page
        assert f'href="{order}/change/confirm?' in page
        share = re.search(r'href="([^"]*)"[^>]*data-act="share"', page)
        assert share is not None
        assert share.group(1).startswith("/shop/window?"), "no link to share opens the order"
        part = open_shop_site.guest.get(f"{order}/change/choices?profile=ALU75", headers={"HX-Request-Type": "partial"})
        assert part.headers["HX-Push-Url"] == f"{order}/change/choices?profile=ALU75&.pieces=2"


def test_an_order_is_changed_from_its_own_day(open_shop_site: OpenShop) -> None:
    """Unchanged it keeps its day, whatever a new one would get; what others order since takes nothing from it."""
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    figure = r'class="figure date num">([^<]+)<'
    for _number in range(3):
        ask_for_quote(guest, quantity="40")
    with open_shop_site.untouched():
        page = guest.get(f"{order}/change", follow_redirects=True).text
        ordered_on = re.search(r"Ordered now: ¥[\d,.]+ without VAT, ([^<]+?)\.", page)
        shown = re.search(figure, page)
        assert ordered_on is not None
        assert shown is not None
        assert shown.group(1) == ordered_on.group(1), "neither planned anew nor the latest day only"
        assert "may bring an earlier day" not in page
        as_new = re.search(figure, guest.get("/shop/window?" + urlencode(WINDOW | {".pieces": "2"})).text)
        assert as_new is not None
        assert as_new.group(1) != f"by {shown.group(1)}"
        changed = guest.get(f"{order}/change/choices?" + urlencode(WINDOW | {"profile": "ALU75", ".pieces": "2"})).text
        assert "The next page may bring an earlier day: others may make room." in changed
        same = guest.get(preview_of(open_shop_site, order)).text
        promise = re.search(r"<dt>Promise</dt>(.*?)(?:<dt>|</dl>)", same, re.DOTALL)
        assert promise is not None
        assert shown.group(1) in promise.group(1)
        assert "late-text" not in promise.group(1)


def test_preview_says_what_changes_and_confirming_does_it_once(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    where = preview_of(open_shop_site, order, profile="ALU75")
    with open_shop_site.untouched():
        page = guest.get(where).text
        choice = re.search(r"<dt>Profile</dt><dd>(.*?)</dd>", page)
        assert choice is not None
        assert re.search(r"<del.*PVC 82</del>.*<ins>.*Aluminium 75</ins>", choice.group(1))
        assert re.search(r"<dt>Total with VAT</dt><dd><del.*¥4,690\.77</del>.*\+¥", page)
        assert "late-text" not in page, "a cost is no error"
        assert "Changing is free of charge" in page
        assert "until its work begins, by plan on" in page
    assert confirm(open_shop_site, where, page) == (303, order)
    seen = guest.get(order).text
    assert "Aluminium 75" in seen
    assert "Changed by you" in seen
    assert "by Zhào Min" in seen
    number = re.search(r"O-2026-\d+", seen)
    assert number is not None
    assert "Changed by the customer" in open_shop_site.owner.get(f"/sales/orders/{number.group()}").text
    with open_shop_site.untouched():
        assert confirm(open_shop_site, where, page) == (303, order), "a second press"
        assert confirm(open_shop_site, where, page, idempotency_key="k" * 24) == (303, order), "another tab"
        assert "Nothing yet: this is exactly what is ordered." in guest.get(where).text


def test_entries_that_are_wrong_are_told_and_nothing_changes(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    where = preview_of(open_shop_site, order, profile="ALU75")
    page = guest.get(where).text
    with open_shop_site.untouched():
        for changes, words in (({"accepted_by": ""}, "Enter 2 to 120 characters."),
                               ({"agreed": ""}, "Tick this to change the order."),
                               ({"seal": "nonsense"}, "Open the page again"),
                               ({"quantity": "0"}, "Enter a whole number from 1 to 999."),
                               ({"quantity": "<b>"}, "Enter a whole number"),
                               ({"destination": "MOON"}, "Not a valid choice")):
            status, answer = confirm(open_shop_site, where, page, **changes)
            assert (status, words in answer) == (422, True), changes
        status, answer = confirm(open_shop_site, where, page, accepted_by="x" * 121)
        assert (status, f'value="{"x" * 121}"' in answer) == (422, True)
        assert guest.get(f"{where}&.pieces=9999999").status_code == 422


def test_other_pieces_are_shown_before_they_are_ordered(open_shop_site: OpenShop) -> None:
    order = order_of(open_shop_site)
    where = preview_of(open_shop_site, order)
    page = open_shop_site.guest.get(where).text
    assert "Nothing yet" in page
    with open_shop_site.untouched():
        status, again = confirm(open_shop_site, where, page, quantity="5", again="1")
        assert (status, ".pieces=5" in again) == (303, True)
        shown = open_shop_site.guest.get(again).text
        assert re.search(r"<dt>Quantity</dt><dd><del.*2</del>.*<ins>.*5</ins>", shown)
        status, answer = confirm(open_shop_site, again, shown, quantity="7")
        assert (status, "Nothing was changed. Date or price is another" in answer) == (409, True)
        assert re.search(r"<dt>Quantity</dt><dd><del.*2</del>.*<ins>.*7</ins>", answer)
    assert confirm(open_shop_site, again, answer, quantity="7") == (303, order)
    assert "7 × " in open_shop_site.guest.get(order).text


def test_choices_that_cannot_stand_lead_back_to_where_they_are_repaired(open_shop_site: OpenShop) -> None:
    order = order_of(open_shop_site)
    where = preview_of(open_shop_site, order, profile="PVC70")
    with open_shop_site.untouched():
        answer = open_shop_site.guest.get(where)
        assert (answer.status_code, answer.location.startswith(f"{order}/change/choices?")) == (303, True)
        assert "cannot stand together" in open_shop_site.guest.get(answer.location).text


def test_an_order_that_is_being_made_says_why_it_cannot_be_changed(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    where = preview_of(open_shop_site, order, profile="ALU75")
    page = guest.get(where).text
    number = re.search(r"O-2026-\d+", guest.get(order).text)
    assert number is not None
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        ordering.release_work_orders(session, now=open_shop_site.clock(), order_number=number.group())
        first = ordering.get_order(session, number=number.group()).work_orders[0].job_orders[0]
        ordering.start_job_order(session, number=first.number, now=open_shop_site.clock(), actor="planner")
    with open_shop_site.untouched():
        status, answer = confirm(open_shop_site, where, page)
        assert status == 409
        assert "Work on this order has begun and material is cut" in answer
        assert "Running: Saw" in answer
        assert guest.get(f"{order}/change").status_code == 200
        assert guest.get(f"{order}/change/choices?profile=ALU75").location == f"{order}/change"
    assert press(guest, answer, "messages", text="Please make it white.")[0] == 303
    assert "Please make it white." in guest.get(order).text


def test_a_canceled_order_leads_to_configuring_it_anew(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    assert press(guest, guest.get(f"{order}/cancel").text, "cancel", reason="")[0] == 303
    page = guest.get(f"{order}/change").text
    assert "nothing left to change" in page
    again = re.search(r'href="(/shop/window\?[^"]*)"', page)
    assert again is not None
    assert guest.get(unescape(again.group(1))).status_code == 200
    seen = guest.get(order).text
    assert "Configure it anew" in seen
    assert f'href="{order}/change"' not in seen


def test_another_link_opens_nothing(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    token = order.removeprefix("/orders/")
    csrf = field_of(guest.get(order).text, "csrf_token")
    unordered = ask_for_quote(guest).removeprefix("/quotes/")
    for wrong in (token[::-1], token.swapcase(), token[:-1], token + "A", "x", unordered):
        for where in ("", "/cancel", "/change", "/change/choices?profile=ALU75", "/change/confirm?profile=ALU75"):
            assert guest.get(f"/orders/{wrong}{where}").status_code == 404, (wrong, where)
        for action in ("cancel", "messages", "change/confirm?profile=ALU75"):
            answer = guest.post(f"/orders/{wrong}/{action}", data={
                "csrf_token": csrf, "text": "x", "idempotency_key": "k" * 24, "revision": "1", "seal": "0" * 64,
                "quantity": "1", "destination": "SZ", **FILLED})
            assert answer.status_code == 404, (wrong, action)


def test_papers_of_what_was_replaced_are_still_there(open_shop_site: OpenShop) -> None:
    guest, owner, order = open_shop_site.guest, open_shop_site.owner, order_of(open_shop_site)
    offered = order.replace("orders", "quotes")
    before = guest.get(f"{offered}/quote.pdf").headers["Content-Disposition"]
    where = preview_of(open_shop_site, order, profile="ALU75")
    assert confirm(open_shop_site, where, guest.get(where).text) == (303, order)
    after = guest.get(f"{offered}/quote.pdf")
    assert (after.status_code, "-r1" in before, "-r2" in after.headers["Content-Disposition"]) == (200, True, True)
    number = re.search(r"O-2026-\d+", guest.get(order).text)
    assert number is not None
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        works = [work.number for work in ordering.list_work_orders(session, limit=200)
                 if work.order_number == number.group()]
    assert len(works) == 2
    for work in works:
        assert owner.get(f"/planning/work-orders/{work}").status_code == 200
        answer = owner.get(f"/planning/work-orders/{work}.pdf")
        assert answer.status_code in {200, 404}, work
    assert owner.get("/planning/events").status_code == 200
    assert "What changed" in guest.get(offered).text
    found = re.search(r"Q-2026-\d+", guest.get(offered).text)
    assert found is not None
    assert owner.get(f"/sales/quotes/{found.group()}").status_code == 200


def test_a_change_follows_the_newest_version_and_says_so(desk: Desk) -> None:
    guest = desk.app.test_client()
    order = press(guest, guest.get(ask_for_quote(guest)).text, "accept")[1]
    upload = desk.send_change(LESS)
    desk.runner.run_due()
    desk.publish(upload)
    desk.runner.run_due()
    serving.wait_for_readers()
    started = guest.get(f"{order}/change")
    where = started.location.replace("/choices?", "/confirm?").replace("hinge=left", "hinge=right")
    page = guest.get(where).text
    assert "from version 1 to version 2" in page
    assert re.search(r"<dt>Hinge side</dt><dd><del.*Left</del>.*<ins>.*Right</ins>", page)
    assert re.search(r"<dt>Price without VAT</dt><dd><del.*¥4,151\.12</del>.*¥4,145\.12.*−¥6\.00", page)
    form = re.search(r'<form class="two" method="post".*?</form>', page, re.DOTALL)
    assert form is not None
    entries = dict(re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form.group()))
    entries.pop("again")
    assert guest.post(where, data=entries | {"destination": "SZ"} | FILLED).location == order
    assert "¥4,145.12" in guest.get(order).text
    assert "from version" not in guest.get(f"{order}/change", follow_redirects=True).text


def test_no_bad_input_fails_or_changes_anything(open_shop_site: OpenShop) -> None:
    guest, order = open_shop_site.guest, order_of(open_shop_site)
    where = preview_of(open_shop_site, order, profile="ALU75")
    csrf = field_of(guest.get(order).text, "csrf_token")
    with open_shop_site.untouched():
        for name, raw in EVERYTHING.items():
            said = quote(raw, safe="")
            for address in (f"{order}/change/confirm?profile={said}&.pieces={said}&.to={said}&.plan={said}",
                            f"{order}/change/choices?profile={said}&.pieces={said}&.to={said}",
                            f"{where}&.pieces={said}"):
                assert guest.get(address).status_code < 500, (name, address)
            entries = dict.fromkeys(
                ("quantity", "destination", "accepted_by", "seal", "revision", "idempotency_key"), raw)
            for button in ({}, {"again": raw}):
                answer = guest.post(where, data=entries | {"csrf_token": csrf, "agreed": "y"} | button)
                assert 400 <= answer.status_code < 500, (name, button)
