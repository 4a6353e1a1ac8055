"""Every page of every person: no fault that axe knows, never wider than its window; light and dark, both languages.

The crawl follows links, so that a new page is looked at as soon as something leads to it; a page that nobody leads to
fails the test by its absence.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage, Site
from tests.journeys.crawling import Crawl, find_faults, is_page
from tests.journeys.test_consumer import POPULAR, SAMPLE, ask_for_quote, order_demo
from tests.journeys.test_sales_desk import type_quote
from tests.journeys.test_staff import order_a_window, sign_in
from tests.web.test_permissions import MATRIX

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PHONE = {"width": 320, "height": 720, "language": "zh-CN", "color_scheme": "dark"}
"""Narrow, dark and Chinese at once: the other corner of what is supported."""


def _press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def _shopper(page: Page) -> list[str]:
    order_a_window(page)
    order = page.url
    page.goto(SAMPLE)
    page.get_by_role("link", name="Name and keep").click()
    page.get_by_label("Name").fill("Kitchen")
    _press(page, "Keep it")
    page.goto("/designs/go-on/window")
    _press(page, "Make the link")
    page.goto(SAMPLE)
    ask_for_quote(page)
    quote = page.url
    return [quote, order, f"{order}/cancel", "/account/sign-in", "/search?q=tilt", "/verify", _paper(page, quote),
            "/within/window?width=1230&height=1480&budget=3000", "/shop/window?width=1230&glass=2-4%2F16%2F4",
            POPULAR]


def _paper(page: Page, quote: str) -> str:
    """Give the address to which the printed quote leads whoever holds it."""
    document = page.request.get(f"{quote}/quote.pdf").body()
    links = {item.get_object()["/A"]["/URI"] for part in pypdf.PdfReader(io.BytesIO(document)).pages
             for item in part.get("/Annots", [])}
    (link,) = (str(link) for link in links if "/verify/" in str(link))
    return urlsplit(link).path


def _seller(page: Page) -> list[str]:
    page.goto("/sales/customers/companies/new")
    page.get_by_label("Name", exact=True).fill("Gusu Garden Homes")
    _press(page, "Save")
    company = page.url
    page.goto("/sales/customers/price-groups/new")
    page.get_by_label("Code").fill("trade")
    page.get_by_label("Title in English").fill("Trade")
    _press(page, "Save")
    page.goto("/sales/customers/price-groups")
    page.get_by_role("link", name="trade").click()
    group = page.url
    page.get_by_role("link", name="New entry").click()
    page.locator('[name="product_code"]').select_option("window")
    page.locator('[name="percent"]').fill("8")
    _press(page, "Save")
    page.goto("/sales/drafts")
    _press(page, "New quote")
    fresh = page.url
    page.goto("/sales/drafts")
    _press(page, "New quote")
    type_quote(page)
    page.get_by_label("Discount on the total").fill("12")
    page.get_by_label("Customer's reference").click()
    page.get_by_role("button", name="Ask a second person").click()
    page.get_by_label("Reason").fill("Their first large order.")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url(re.compile(r"/drafts/\d+$"))
    waiting = page.url.rsplit("/", 1)[-1]
    return [company, group, page.url, fresh, f"{fresh}/send", f"{fresh}/ask", f"{fresh}/drop",
            f"/sales/approvals/{waiting}"]


def _planner(page: Page) -> list[str]:
    page.goto("/planning/")
    page.get_by_label("Seconds").fill("1")
    _press(page, "Look for a better plan")
    run = page.url
    page.get_by_role("link", name="Show what it came to").click(timeout=120_000)
    proposal = page.url
    page.goto("/planning/events/new/machine_down")
    today = datetime.now(UTC)
    page.locator('[name="unit"]').select_option(index=1)
    page.locator('[name="from_at"]').fill(f"{today + timedelta(days=3):%Y-%m-%dT09:00}")
    page.locator('[name="until_at"]').fill(f"{today + timedelta(days=3):%Y-%m-%dT15:00}")
    page.get_by_label("Cause").fill("Bearing")
    _press(page, "Report")
    event = page.url
    page.goto("/planning/scenarios/new")
    page.get_by_label("Title").fill("Extra shift")
    _press(page, "Plan this scenario")
    page.get_by_role("link", name="Show what it came to").click(timeout=120_000)
    scenario = page.url.rsplit("/", 1)[-1]
    return [run, proposal, event, page.url, f"/planning/scenarios/compare?id={scenario}"]


def _engineer(page: Page) -> list[str]:
    page.goto("/catalog/products/window")
    version = page.locator('a[href*="/catalog/versions/"]').first.get_attribute("href")
    version_hash = str(version).split("/versions/")[1].split("/")[0].split("?")[0]
    return [f"/catalog/versions/{version_hash}/compilation",
            f"/catalog/compare?old={version_hash}&new={version_hash}"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks: what they do first, where they start, which parts of the site are theirs."""

    prepare: Callable[[Page], list[str]]
    start: str
    blueprints: frozenset[str]


PEOPLE = {
    "guest": Person(_shopper, "/", frozenset({"shop", "account"})),
    "owner": Person(_seller, "/sales/", frozenset({"sales", "customers", "mails"})),
    "planner": Person(_planner, "/planning/", frozenset({"planning"})),
    "catalog": Person(_engineer, "/catalog/", frozenset({"catalog"})),
}
ELSEWHERE = frozenset({"catalog.upload"})
"""Pages that need a file which is sent: looked at in their own journeys."""


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_every_page_is_accessible_and_fits(role: str, open_page: OpenPage, site: Site) -> None:
    order_demo(site)
    person = PEOPLE[role]
    page = open_page()
    if role != "guest":
        sign_in(page, role)
    crawl = Crawl(site.app, page, site.address, person.blueprints)
    crawl.walk([*(f"{site.address}{path}" if path.startswith("/") else path for path in person.prepare(page)),
                f"{site.address}{person.start}"])
    crawl.page = open_page(**PHONE)
    if page.context.cookies():
        crawl.page.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # the same shape
    crawl.again()
    assert not crawl.faults, "\n".join(crawl.faults)
    missing = sorted(_pages_of(role, site) - crawl.seen.keys())
    assert not missing, " ".join(missing)


def test_pages_of_errors_are_accessible(open_page: OpenPage) -> None:
    page = open_page()
    for address in ("/nowhere", "/orders/nobody", "/shop/nothing"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert find_faults(page) == []


def _pages_of(role: str, site: Site) -> set[str]:
    """Give the routes with pages that this person is the one to open."""
    readable = {rule.endpoint for rule in site.app.url_map.iter_rules()
                if "GET" in (rule.methods or ()) and is_page(rule.endpoint, rule.rule)}
    allowed = {endpoint for endpoint, roles in MATRIX.items() if role in roles}
    return {endpoint for endpoint in readable & allowed - ELSEWHERE
            if endpoint.partition(".")[0] in PEOPLE[role].blueprints}


def test_a_page_with_faults_is_found(open_page: OpenPage) -> None:
    page = open_page(width=320)
    page.set_content('<img src="data:,"><div style="width: 900px">wide</div>')
    faults = find_faults(page)
    assert any(fault.startswith("image-alt") for fault in faults)
    assert any(fault.startswith("wider than its window") for fault in faults)
