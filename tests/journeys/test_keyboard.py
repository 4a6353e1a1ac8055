"""Whole journeys without a mouse: the focus is always seen, never lost, never caught."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.keyboard import FOCUSED, tab_to
from web.demo.people import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def _type_over(page: Page, words: str) -> None:
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def _choose(page: Page, attribute: str, code: str) -> None:
    """Reach a group of options and go through it with the arrow keys, as radio buttons work."""
    tab_to(page, field=attribute)
    for _ in range(12):
        found = page.evaluate(FOCUSED)
        if found["value"] == code:
            page.keyboard.press("Space")
            break
        page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile(f"{attribute}={re.escape(code)}"))
    page.wait_for_load_state("networkidle")


def test_a_window_is_bought_by_keyboard_alone(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert "content" in page.evaluate(FOCUSED)["name"]
    page.goto("/shop/window")
    tab_to(page, field="width")
    _type_over(page, "1230")
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("width=1230"))
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FOCUSED) is not None, "the focus is lost after a number"
    _choose(page, "profile", "PVC82")
    assert page.evaluate(FOCUSED)["field"] == "profile", "the focus does not stay on what was chosen"
    tab_to(page, name="^Get the quote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/quote/window*")
    tab_to(page, field="customer_name")
    page.keyboard.type("Li Na")
    tab_to(page, field="customer_email")
    page.keyboard.type("li.na@example.com")
    tab_to(page, name="Hold the date and get the quote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/quotes/*")
    tab_to(page, field="accepted_by")
    _type_over(page, "Li Na")
    tab_to(page, field="agreed")
    page.keyboard.press("Space")
    tab_to(page, name="Accept and order")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"O-\d{4}-\d+"))


def test_why_not_and_its_repair_are_reached_by_keyboard(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto("/shop/bicycle?use=gravel&frame=Alu-Gravel")
    tab_to(page, name="^Why not")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Change to this")).or_(
        page.get_by_role("button", name=re.compile("Change to this"))).first).to_be_visible()
    tab_to(page, name="^Change to this")
    before = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: address != before)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FOCUSED) is not None, "the focus is lost after a repair"


def test_sales_search_and_open_a_quote_by_keyboard(open_page: OpenPage, site: Site) -> None:
    shopper = open_page()
    shopper.goto("/quote/window?width=1230&height=1480&profile=PVC82")
    shopper.get_by_label("Name or company").fill("Family Lu")
    shopper.get_by_label("E-mail").fill("lu@example.com")
    shopper.get_by_role("button", name="Hold the date and get the quote").click()
    shopper.wait_for_url("**/quotes/*")
    page = open_page()
    page.goto("/account/sign-in")
    tab_to(page, field="login")
    page.keyboard.type("sales")
    tab_to(page, field="password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    tab_to(page, name="^Quotes$")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sales/quotes*")
    tab_to(page, field="search")
    page.keyboard.type("lu@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("search="))
    tab_to(page, name=r"^Q-\d{4}-\d+")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sales/quotes/Q-*")
    expect(page.get_by_text("lu@example.com").first).to_be_visible()
