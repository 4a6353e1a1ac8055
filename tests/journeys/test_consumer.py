"""The consumer's journey: from a choice to an order that can be followed."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.words import Say, words_in
from web.demo.orders import place_orders

pytestmark = [pytest.mark.journey, pytest.mark.slow]
SAMPLE = ("/shop/window?width=1230&height=1480&profile=PVC82&glass=3-4%2F14%2F4%2F14%2F4"
          "&spacer=warm&opening=tilt_turn")
POPULAR = "/shop/bicycle?use=city&frame=Alu-Gravel&motor=250W-mid&battery=400Wh"
"""Choices whose swatches are chosen often, once the demo's orders are placed."""


def order_demo(site: Site) -> None:
    """Place the orders of the demo, so that pages tell what others ordered."""
    settings = site.app.extensions["onelot_settings"]
    place_orders(site.app.extensions["onelot_database"], secret=settings.secret_key, now=site.now(),
                 cache_directory=settings.cache_directory)


def choose(page: Page, attribute: str, code: str) -> None:
    """Click an option as a person does, on its name, and wait until the page has followed."""
    field = page.locator(f'input[name="{attribute}"][value="{code}"]')
    page.locator(f'label[for="{field.get_attribute("id")}"]').first.click()
    page.wait_for_url(re.compile(f"{attribute}="))


def type_number(page: Page, attribute: str, value: str) -> None:
    """Type a number and leave the field."""
    page.locator(f'input[name="{attribute}"]').fill(value)
    page.locator(f'input[name="{attribute}"]').press("Tab")
    page.wait_for_url(re.compile(f"{attribute}={value}"))


def ask_for_quote(page: Page, say: Say = str) -> None:
    """Go from the configurator to the quote."""
    page.get_by_role("link", name=say("Get the quote")).first.click()
    page.get_by_label(say("Name or company")).fill("Family Lu")
    page.get_by_label(say("E-mail")).fill("lu@example.com")
    page.get_by_role("button", name=say("Hold the date and get the quote")).click()
    page.wait_for_url("**/quotes/*")


def no_sideways_scroll(page: Page) -> bool:
    """Whether the page fits its width."""
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return fits


@pytest.mark.parametrize(("language", "width"), [("en-US", 1280), ("zh-CN", 360), ("en-US", 360), ("zh-CN", 1280)])
def test_window_goes_from_choice_to_order(open_page: OpenPage, site: Site, language: str, width: int) -> None:
    say = words_in(language)
    page = open_page(width=width, height=740, language=language)
    page.goto("/")
    page.locator('main a[href*="/shop/window"]').first.click()
    type_number(page, "width", "1230")
    type_number(page, "height", "1480")
    for attribute, code in (("profile", "PVC82"), ("glass", "3-4/14/4/14/4"), ("spacer", "warm"),
                            ("opening", "tilt_turn")):
        choose(page, attribute, code)
    main = page.locator("main")
    for figure in ("0.82", "69.0 kg", "¥2,075.56") if width > 900 else ("¥2,075.56",):
        expect(main.get_by_text(figure).first).to_be_visible()
    assert no_sideways_scroll(page)
    ask_for_quote(page, say)
    expect(page.get_by_text("¥2,075.56").first).to_be_visible()
    assert no_sideways_scroll(page)
    document = page.request.get(str(page.get_by_role("link", name=say("Quote as PDF")).get_attribute("href")))
    text = "".join(part.extract_text() for part in pypdf.PdfReader(io.BytesIO(document.body())).pages)
    assert "2,075.56" in text
    assert "Family Lu" in text
    page.get_by_label(say("Name of the person who accepts")).fill("Li Na")
    page.get_by_label(say("I accept the quote and its terms")).check()
    page.get_by_role("button", name=say("Accept and order")).click()
    page.wait_for_url("**/orders/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"O-\d{4}-\d+"))
    for operation in ("Saw", "Weld", "Glaz") if language == "en-US" else ("下料", "焊接", "装玻璃"):
        expect(main.get_by_text(re.compile(operation)).first).to_be_visible()
    assert no_sideways_scroll(page)


def test_excluded_option_says_why_and_offers_a_repair(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto(SAMPLE)
    excluded = page.locator(".opt", has=page.locator('input[name="profile"][value="PVC70"]'))
    expect(excluded).to_contain_text("Not possible now")
    excluded.get_by_role("link", name=re.compile("Why not")).click()
    expect(page.locator(".why").first).to_contain_text("32")
    page.get_by_role("link", name=re.compile("Change to this")).first.click()
    expect(page.locator('input[name="profile"][value="PVC70"]')).to_be_checked()


def test_expired_quote_gives_a_new_date_to_accept(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto(SAMPLE)
    ask_for_quote(page)
    site.ahead = timedelta(days=4)
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was ordered")
    page.get_by_role("button", name="Show a new date").click()
    expect(page.get_by_text("revision 2")).to_be_visible()
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").click()
    page.wait_for_url("**/orders/*")


def test_wrong_size_is_told_beside_the_field_and_kept(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto("/shop/window?width=99999&height=1480")
    field = page.locator('input[name="width"]')
    expect(field).to_have_value("99999")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator('input[name="height"]')).to_have_value("1480")


@pytest.mark.parametrize("address", ["/", SAMPLE, "/shop/bicycle", "/shop/pump", POPULAR])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_pages_fit_a_phone(open_page: OpenPage, site: Site, address: str, language: str) -> None:
    if address == POPULAR:
        order_demo(site)
    page = open_page(width=320, height=640, language=language)
    page.goto(address)
    assert no_sideways_scroll(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_whole_journey_works_without_scripts(open_page: OpenPage, site: Site) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(SAMPLE)
    page.locator('input[name="profile"][value="ALU75"]').check()
    page.get_by_role("button", name=re.compile("Show|Update|Apply")).first.click()
    page.wait_for_url(re.compile("profile=ALU75"))
    ask_for_quote(page)
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").click()
    page.wait_for_url("**/orders/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("O-")


def test_starting_again_asks_and_can_be_undone(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=360, height=740)
    page.goto(SAMPLE)
    page.get_by_role("button", name="Start again").first.click()
    dialog = page.get_by_role("dialog", name="Start again?")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".btn.main")).to_have_text("Keep my choices")
    dialog.get_by_role("button", name="Keep my choices").click()
    expect(dialog).to_be_hidden()
    assert "profile=PVC82" in page.url
    page.get_by_role("button", name="Start again").first.click()
    dialog.get_by_role("link", name="Start again").click()
    page.wait_for_url(lambda address: "profile=" not in address)
    expect(page.locator('input[name="profile"]:checked')).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile("profile=PVC82"))
    expect(page.locator('input[name="profile"][value="PVC82"]')).to_be_checked()


def test_summary_and_steps_show_that_there_is_more(open_page: OpenPage, site: Site) -> None:
    page = open_page(width=1280, height=900)
    page.goto(POPULAR)
    expect(page.locator("#summary .todo li")).to_have_count(3)
    expect(page.locator("#summary .todo + p")).to_contain_text("more")
    steps = page.locator(".steps ol")
    assert steps.evaluate("list => list.scrollWidth <= list.clientWidth")
    side = page.locator("#summary")
    assert side.evaluate("side => getComputedStyle(side, '::after').backgroundImage").startswith("linear-gradient")
    page.set_viewport_size({"width": 360, "height": 740})
    assert steps.evaluate("list => list.scrollWidth > list.clientWidth")
    assert steps.evaluate("list => getComputedStyle(list, '::after').position") == "sticky"
