"""The sales desk's journey: a quote is typed, a second person agrees, it is sent, and its customer reads it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.test_consumer import SAMPLE, ask_for_quote
from tests.journeys.test_staff import sign_in
from tests.journeys.words import Say, words_in

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CHOICES = "width=1230&height=1480&profile=PVC82&glass=3-4/14/4/14/4&spacer=warm&opening=tilt_turn"


def test_lists_of_mails_and_customers_are_cards_on_a_phone(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740)
    page.goto(SAMPLE)
    ask_for_quote(page)
    sign_in(page, "sales")
    for address in ("/sales/mails", "/sales/customers"):
        page.goto(address)
        expect(page.locator(".scroll tbody tr").first).to_be_visible()
        assert page.locator(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth"), address


def add_window(page: Page, say: Say = str) -> None:
    """Add a window and configure it in the shop, which brings it back."""
    page.get_by_label(say("Product"), exact=True).select_option("window")
    page.get_by_role("button", name=say("Add product")).click()
    page.get_by_role("button", name=re.compile(f"^{say('Configure')}")).last.click()
    page.wait_for_url("**/shop/window?*")
    address, _mark, view = page.url.partition("?")
    page.goto(f"{address}?{CHOICES}&{view}")
    page.get_by_role("button", name=say("Take into quote")).click()
    page.wait_for_url("**/sales/drafts/*")


def type_quote(page: Page, say: Say = str) -> None:
    """Type a section, two configured lines, a free line, an optional line and the customer."""
    page.get_by_role("button", name=say("Add section")).click()
    page.locator('[name="lines-0-title_en"]').fill("Ground floor")
    add_window(page, say)
    page.get_by_label(say("Product"), exact=True).select_option("bicycle")
    page.get_by_role("button", name=say("Add product")).click()
    page.get_by_role("button", name=say("Add free line")).click()
    page.locator('[name="lines-3-title_en"]').fill("Fitting by our people")
    page.locator('[name="lines-3-unit"]').fill("1333.10")
    page.get_by_role("button", name=say("Add free line")).click()
    page.locator('[name="lines-4-title_en"]').fill("A second visit")
    page.locator('[name="lines-4-unit"]').fill("400")
    page.locator('[name="lines-4-standing"]').select_option("optional")
    page.locator('[name="lines-1-quantity"]').fill("8")
    page.get_by_label(say("E-mail")).fill("lu@example.org")
    page.get_by_label(say("Customer"), exact=True).fill("Jiangnan Living 江南宜居")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_quote_is_typed_approved_sent_and_read(open_page: OpenPage, site: Site, language: str) -> None:
    say = words_in(language)
    goods = ("Made-to-measure window", "Your bicycle") if language == "en-US" else ("定制窗", "自行车")
    seller = open_page(language=language)
    sign_in(seller, "sales", say)
    seller.goto("/sales/quotes")
    seller.get_by_role("button", name=say("New quote")).click()
    seller.wait_for_url("**/sales/drafts/*")
    draft = seller.url
    type_quote(seller, say)
    seller.get_by_label(say("Discount on the total")).fill("12")
    seller.get_by_label(say("Customer's reference")).click()  # leaving the field brings the figures
    expect(seller.get_by_text(say("A second person has to agree before it is sent.")).first).to_be_visible()
    expect(seller.get_by_text(say("Not saved yet."))).to_be_visible()
    seller.get_by_role("button", name=say("Ask a second person")).click()
    seller.get_by_label(say("Reason")).fill("Their first large order.")
    seller.get_by_role("button", name=say("Ask"), exact=True).click()
    expect(seller.get_by_text(say("waits for approval"))).to_be_visible()

    owner = open_page(language=language)
    sign_in(owner, "owner", say)
    owner.goto("/sales/")
    owner.get_by_role("link", name=re.compile(say("approvals waiting"))).click()
    owner.get_by_role("link", name=re.compile(f"^{say('Decide')}")).click()
    expect(owner.get_by_text("Their first large order.")).to_be_visible()
    owner.get_by_label(say("Reason")).fill("They order every year.")
    owner.get_by_role("button", name=say("Agree")).click()

    seller.goto(draft)
    expect(seller.get_by_text("They order every year.")).to_be_visible()
    seller.get_by_role("button", name=say("Send…")).click()
    expect(seller.get_by_text("lu@example.org")).to_be_visible()
    seller.get_by_role("button", name=say("Send the quote")).click()
    seller.wait_for_url("**/sales/quotes/*")
    for words in ("Ground floor", *goods, "Fitting by our people", "A second visit"):
        expect(seller.get_by_text(words).first).to_be_visible()
    customer = open_page(language=language)
    customer.goto(str(seller.get_by_role("link", name=say("Customer's page")).get_attribute("href")))
    for words in (*goods, "Fitting by our people", "A second visit"):
        expect(customer.get_by_text(words).first).to_be_visible()


def test_the_editor_works_without_scripts_on_a_phone(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740, java_script_enabled=False)
    sign_in(page, "sales")
    page.goto("/sales/drafts")
    page.get_by_role("button", name="New quote").click()
    page.get_by_role("button", name="Add free line").click()
    page.locator('[name="lines-0-title_en"]').fill("Advice on the spot")
    page.locator('[name="lines-0-unit"]').fill("a lot")
    page.get_by_label("Customer", exact=True).fill("Family Gu")
    page.get_by_label("Customer", exact=True).press("Enter")
    expect(page.get_by_text("Enter an amount from 0 to")).to_be_visible()
    expect(page.get_by_label("Customer", exact=True)).to_have_value("Family Gu")
    page.locator('[name="lines-0-unit"]').fill("250")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("282.50").first).to_be_visible()
