"""A shopper on a phone keeps two designs, compares them, and goes on with one on another device."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.test_consumer import SAMPLE, choose, no_sideways_scroll

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def keep(page: Page, name: str) -> None:
    """Keep the choice of the configurator under a name."""
    page.get_by_role("link", name="Name and keep").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Keep it").click()
    page.wait_for_url("**/designs")


def test_designs_are_kept_compared_and_gone_on_with_on_another_device(open_page: OpenPage, site: Site) -> None:
    phone = open_page(width=360, height=740, has_touch=True)
    phone.goto(SAMPLE)
    keep(phone, "Kitchen")
    phone.goto(SAMPLE)
    choose(phone, "profile", "ALU75")
    phone.wait_for_url("**profile=ALU75**")
    keep(phone, "Kitchen in aluminium")
    assert no_sideways_scroll(phone)
    expect(phone.get_by_text("¥2,075.56")).to_be_visible()
    for box in phone.get_by_role("checkbox", name=re.compile("Compare")).all():
        box.check()
    phone.get_by_role("button", name="Compare side by side").click()
    table = phone.get_by_role("table", name="Comparison")
    expect(table.get_by_role("row", name=re.compile("Profile"))).to_contain_text("Aluminium 75")
    expect(table.get_by_role("row", name=re.compile("^Height"))).to_have_count(0)
    assert no_sideways_scroll(phone)
    phone.get_by_role("link", name=re.compile("Show all")).click()
    expect(table.get_by_role("row", name=re.compile("^Height"))).to_contain_text("1480 mm")
    phone.get_by_role("link", name=re.compile("Go on with it Kitchen in aluminium")).click()
    phone.get_by_role("link", name="Go on on another device").click()
    phone.get_by_role("button", name="Make the link").click()
    expect(phone.locator(".qr svg")).to_be_visible()
    link = urlsplit(str(phone.locator("#resume-address").get_attribute("href"))).path
    desktop = open_page()
    desktop.goto(link)
    expect(desktop.locator('input[name="profile"][value="ALU75"]')).to_be_checked()
    phone.get_by_role("button", name="Take the link back").click()
    phone.wait_for_url("**/designs")
    desktop.goto(link)
    expect(desktop.get_by_text("This link is over")).to_be_visible()


def test_where_somebody_stopped_is_remembered_without_a_click(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.goto(SAMPLE)
    choose(page, "profile", "ALU75")
    page.wait_for_url("**profile=ALU75**")
    page.goto("/")
    page.wait_for_timeout(1000)  # what is sent while a page is left answers nobody
    page.reload()
    page.locator(".go-on").get_by_role("link", name="Made-to-measure window").click()
    expect(page.locator('input[name="profile"][value="ALU75"]')).to_be_checked()


def test_without_a_script_a_button_remembers(open_page: OpenPage, site: Site) -> None:
    page = open_page(java_script_enabled=False, width=360, height=740)
    page.goto(SAMPLE)
    page.get_by_role("button", name="Go on later: keep where I am").click()
    expect(page.get_by_text("Kept. You find it here again")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Go on where you stopped")).to_be_visible()
