"""A customer on a phone: from the quote to the order, another color, what it means, and canceled in the end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.test_consumer import ask_for_quote, no_sideways_scroll

pytestmark = [pytest.mark.journey, pytest.mark.slow]
BICYCLE = "/shop/bicycle?use=gravel&frame=Alu-Gravel&motor=none"


def order_it(page: Page) -> str:
    """Accept the quote that is open; give the address of the order."""
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").click()
    page.wait_for_url("**/orders/*")
    return page.url


def test_order_is_changed_and_canceled_on_a_phone(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740, has_touch=True, is_mobile=True)
    page.goto(BICYCLE)
    ask_for_quote(page)
    order = order_it(page)
    page.get_by_role("link", name="Change this order").click()
    expect(page.get_by_text(re.compile(r"You are changing order O-\d{4}-\d+"))).to_be_visible()
    page.locator('input[name="colour"][value="RAL3020"]').tap()
    page.wait_for_url(re.compile("colour=RAL3020"))
    page.get_by_role("link", name="See what changes").first.click()
    page.wait_for_url("**/change/confirm?*")
    main = page.locator("main")
    expect(main.get_by_text("Red RAL 3020")).to_be_visible()
    for words in ("Promise", "Total with VAT", "Footprint", "Changing is free of charge"):
        expect(main.get_by_text(words).first).to_be_visible()
    assert no_sideways_scroll(page)
    page.get_by_role("button", name="Change the order").click()
    expect(page.get_by_text("Tick this to change the order.")).to_be_visible()
    page.get_by_label("I accept the new price and the new date").check()
    page.get_by_role("button", name="Change the order").dblclick()
    page.wait_for_url(order)
    expect(page.get_by_role("heading", name="Changed by you")).to_be_visible()
    assert page.get_by_text("by Li Na").count() == 1, "pressed twice, changed once"
    page.go_back()
    again = page.get_by_role("button", name="Change the order")
    if again.count():  # the browser kept the page as it was
        page.get_by_label("I accept the new price and the new date").check()
        again.click()
        page.wait_for_load_state()
    page.goto(order)
    assert page.get_by_text("by Li Na").count() == 1, "pressed again after going back, changed once"
    page.get_by_role("link", name="Cancel this order").click()
    expect(page.get_by_role("button", name="Cancel the order now")).to_be_visible()
    assert no_sideways_scroll(page)
    page.get_by_label("Reason").fill("We moved")
    page.get_by_role("button", name="Cancel the order now").click()
    page.wait_for_url(order)
    expect(page.get_by_text("This order is canceled.")).to_be_visible()
    expect(page.get_by_text("We moved")).to_be_visible()
    expect(page.get_by_role("link", name="Configure it anew")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Cancel the order now").or_(page.get_by_text("canceled already")).first.wait_for()


def test_changing_works_without_scripts(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740, java_script_enabled=False)
    page.goto(BICYCLE)
    ask_for_quote(page)
    order = order_it(page)
    page.get_by_role("link", name="Change this order").click()
    page.get_by_role("link", name="See what changes").first.click()
    expect(page.get_by_text("Nothing yet: this is exactly what is ordered.")).to_be_visible()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Work it out again").click()
    page.wait_for_url(re.compile("pieces=2"))
    page.get_by_label("I accept the new price and the new date").check()
    page.get_by_role("button", name="Change the order").click()
    page.wait_for_url(order)
    expect(page.get_by_role("heading", name=re.compile("2 × "))).to_be_visible()


def test_pressing_twice_and_going_back_do_nothing_twice(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto(BICYCLE)
    ask_for_quote(page)
    quote = page.url
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").dblclick()
    page.wait_for_url("**/orders/*")
    order, title = page.url, page.get_by_role("heading", level=1).inner_text()
    page.go_back()
    again = page.get_by_role("button", name="Accept and order")
    if again.count():  # the browser kept the page as it was
        again.click()
        page.wait_for_url("**/orders/*")
    page.goto(quote)
    expect(page.get_by_role("link", name="See your order")).to_be_visible()
    expect(again).to_have_count(0)
    page.goto(order)
    assert page.get_by_role("heading", level=1).inner_text() == title
    page.get_by_label("Your message").fill("Can you ring before you come?")
    page.get_by_role("button", name="Send the message").dblclick()
    page.wait_for_url(re.compile("#messages"))
    page.reload()
    assert page.get_by_text("Can you ring before you come?").count() == 1


def test_declining_says_why_and_frees_the_date(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740)
    page.goto(BICYCLE)
    ask_for_quote(page)
    expect(page.get_by_text(re.compile(r"4[78] h \d+ min left|2 d 0 h left"))).to_be_visible()
    page.get_by_text("Decline this quote").click()
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.get_by_text("Choose a reason.")).to_be_visible()
    assert no_sideways_scroll(page)
    page.get_by_label("Reason").select_option("price")
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.get_by_text("Declined. Its capacity is free again.")).to_be_visible()
    expect(page.get_by_role("button", name="Accept and order")).to_have_count(0)
