"""A shopper on a phone keeps two designs, compares them, and goes on with one on another device."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.crawling import find_faults
from tests.journeys.test_consumer import SAMPLE, choose, no_sideways_scroll
from web.account_links import LinkPurpose, make_account_link
from web.accounts import add_user
from web.shoppers import facts_of
from web.tables import UserRow

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


PASSWORD = "a long password of Lu"
OPTIONS: tuple[dict[str, Any], ...] = ({}, {"width": 320, "height": 700, "language": "zh-CN", "color_scheme": "dark"})
"""Wide, light and English; narrow, dark and Chinese."""


def test_pages_of_designs_and_accounts_are_accessible_and_fit(open_page: OpenPage, site: Site) -> None:
    with site.app.extensions["onelot_database"].transaction() as session:
        add_user(session, login="lu@example.com", name="Lu Wei", role="consumer", password=PASSWORD, now=site.now())
        link = make_account_link(facts_of(session.query(UserRow).filter_by(login="lu@example.com").one()),
                                 purpose=LinkPurpose.CONFIRM, now=site.now(),
                                 secret=site.app.extensions["onelot_settings"].secret_key)
    page = open_page()
    page.goto(SAMPLE)
    keep(page, "Kitchen")
    page.goto(SAMPLE)
    page.get_by_role("link", name="Go on on another device").click()
    page.get_by_role("button", name="Make the link").click()
    page.goto("/account/sign-in")
    page.get_by_label("Login").fill("lu@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("1 design of this browser is in your account now.")).to_be_visible()
    addresses = ("/designs", "/designs/keep/window", "/designs/1/delete", "/designs/links/1", "/designs/go-on/window",
                 "/compare", "/compare?choice=window", "/compare?item=window%3F&item=window%3Fwidth%3D1230",
                 "/compare?item=window%3F&item=bicycle%3F", "/my-orders", "/account/", "/account/delete",
                 f"/account/confirm/{link}", "/account/forgotten", SAMPLE)
    for options in OPTIONS:
        other = open_page(**options)
        for address in ("/account/sign-up", "/account/sign-in", "/designs", "/account/confirm/over"):
            other.goto(address)
            assert find_faults(other) == [], address
        other.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # the same shape
        for address in addresses:
            other.goto(address)
            assert find_faults(other) == [], address
