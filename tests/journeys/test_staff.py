"""The staff's journeys: sales follow a quote, the planner releases, re-plans and prints."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.test_consumer import SAMPLE, ask_for_quote
from tests.journeys.words import Say
from web.demo.people import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def sign_in(page: Page, login: str, say: Say = str) -> None:
    """Sign in with a demo account."""
    page.goto("/account/sign-in")
    page.locator('input[name="login"]').fill(login)
    page.locator('input[name="password"]').fill(PASSWORD)
    page.get_by_role("button", name=say("Sign in")).click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def order_a_window(page: Page) -> None:
    """Order the sample window as a customer."""
    page.goto(SAMPLE)
    ask_for_quote(page)
    page.get_by_label("Name of the person who accepts").fill("Li Na")
    page.get_by_label("I accept the quote and its terms").check()
    page.get_by_role("button", name="Accept and order").click()
    page.wait_for_url("**/orders/*")


def test_sales_find_the_quote_and_its_order(open_page: OpenPage, site: Site) -> None:
    order_a_window(open_page())
    page = open_page()
    sign_in(page, "sales")
    page.goto("/sales/quotes?search=lu@example.com")
    page.get_by_role("link", name=re.compile(r"Q-\d{4}-")).first.click()
    expect(page.get_by_text("accepted").first).to_be_visible()
    expect(page.get_by_text("2,075.56").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Order O-")).click()
    page.get_by_label(re.compile("Reason")).fill("The customer moved house")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("canceled").first).to_be_visible()


def test_planner_releases_reports_and_prints(open_page: OpenPage, site: Site) -> None:
    order_a_window(open_page())
    page = open_page()
    sign_in(page, "planner")
    page.goto("/planning/?zoom=month")
    bars = page.locator("a.bar.planned")
    expect(bars).to_have_count(4)
    expect(bars.first).to_have_attribute("aria-label", re.compile("SZ-"))
    page.goto("/planning/table?zoom=month")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.goto("/planning/work-orders")
    page.get_by_role("link", name=re.compile(r"W-\d{4}-\d+$")).first.click()
    page.get_by_role("button", name="Release").click()
    traveller = page.request.get(str(page.get_by_role("link", name="Traveller").get_attribute("href")))
    text = "".join(part.extract_text() for part in pypdf.PdfReader(io.BytesIO(traveller.body())).pages)
    for words in ("1230", "1480", "11.4", "24.9", "SZ-SAW"):
        assert words in text
    page.get_by_role("button", name=re.compile("^Started")).first.click()
    page.get_by_role("button", name=re.compile("^Finished")).first.click()
    expect(page.get_by_text("finished").first).to_be_visible()


def test_planning_run_ends_in_a_proposal(open_page: OpenPage, site: Site) -> None:
    order_a_window(open_page())
    page = open_page()
    sign_in(page, "planner")
    page.goto("/planning/")
    page.get_by_label("Seconds").fill("1")
    page.get_by_role("button", name="Look for a better plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Planning run")
    page.get_by_role("link", name="Show what it came to").click(timeout=120_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Proposal")
    expect(page.get_by_role("heading", name="Terms of the objective")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("put away").first).to_be_visible()


def test_scenario_is_tried_beside_the_plan_and_says_what_must_be_done_first(open_page: OpenPage, site: Site) -> None:
    order_a_window(open_page())
    page = open_page()
    sign_in(page, "planner")
    page.goto("/planning/")
    page.get_by_role("link", name="Scenarios").click()
    page.get_by_role("link", name="New scenario").click()
    page.get_by_label("Title").fill("Second glass line")
    page.get_by_text("A new machine").click()
    machine = page.locator("details", has=page.get_by_text("A new machine"))
    machine.get_by_label("Work center").select_option("SZ-IGU")
    machine.get_by_label("Ready on").fill(site.now().date().isoformat())
    page.get_by_text("Other weights and settings").click()
    page.get_by_label("Seconds").fill("1")
    page.get_by_role("button", name="Plan this scenario").click()
    page.get_by_role("link", name="Show what it came to").click(timeout=120_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Second glass line")
    page.get_by_role("button", name="Make it a proposal").click()
    expect(page.get_by_role("alert")).to_contain_text("publish it first")
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_text("There are no scenarios yet.")).to_be_visible()


def test_partner_sees_its_own_units_only(open_page: OpenPage, site: Site) -> None:
    order_a_window(open_page())
    page = open_page()
    sign_in(page, "partner")
    page.goto("/planning/?zoom=month")
    expect(page.locator(".names .plant")).to_have_count(1)
    expect(page.locator("a.bar")).to_have_count(0)
    page.goto("/planning/work-orders")
    expect(page.get_by_text("There are no such work orders.")).to_be_visible()
    assert page.goto("/sales/quotes").status == 403  # type: ignore[union-attr]  # a page was asked for
    assert page.goto("/planning/late").status == 403  # type: ignore[union-attr]  # as above
