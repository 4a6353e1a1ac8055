"""A consumer who does not know the product: from the list by questions or words to a configuration, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_questions_lead_to_a_bicycle_on_a_phone_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(width=360, height=740)
    page.goto("/")
    page.get_by_role("link", name="Help me choose Your bicycle").click()
    answer = page.get_by_role("radio", name=re.compile("With children or shopping"))
    answer.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("step=2.*for=children"))
    page.get_by_role("radio", name=re.compile("Up and down hills")).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("step=3.*where=hills"))
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Show what fits").click()
    expect(page.get_by_text("Rear rack: Rear rack")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("link", name="Continue with these choices").click()
    expect(page.locator('input[name="rack"][value="rear"]')).to_be_checked()


def test_answers_that_cannot_stand_together_are_repaired_without_a_script(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/needs/bicycle?for=trails&care=none&.step=5")
    expect(page.get_by_role("heading", name="Not all of this can be had together")).to_be_visible()
    page.get_by_role("link", name="Change to this").first.click()
    expect(page.locator("main")).not_to_contain_text("These choices cannot stand together")


def test_words_lead_to_a_green_bicycle(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.get_by_role("searchbox", name="Find a product or an option").fill("green bike")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Green RAL 6018")).click()
    expect(page.locator('input[name="colour"][value="RAL6018"]')).to_be_checked()
    assert "#4f8b3a" in page.locator(".seen svg").first.inner_html()


def test_the_engraving_is_seen_on_the_frame(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/shop/bicycle?engraving=laser")
    page.locator('input[name="engraving_text"]').fill("Li Na 李娜")
    page.locator('input[name="engraving_text"]').press("Tab")
    page.wait_for_url(re.compile("engraving_text="))
    expect(page.locator(".seen svg text", has_text="Li Na 李娜")).to_be_visible()
