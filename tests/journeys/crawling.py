"""Visit every page that a person can reach, once per route, and look at each with axe and at its width."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

NO_PAGES = frozenset({
    "static", "healthz", "preferences.set_language", "preferences.set_theme",
    "shop.shop", "shop.resume", "shop.decide", "paper_links.open_work_order", "paper_links.open_job_order",
    "sales.export_list", "customers.export",
})
"""Addresses that only lead elsewhere, and files without a kind in their address."""
FILE = re.compile(r"\.(pdf|xml|ics|csv|xlsx|svg|zip|uvl|json|txt)$")
VISITS_AT_MOST = 3
"""Of one route: its pages may differ, by product or by state."""


@dataclass(slots=True)
class Crawl:
    """The pages that one person has seen, and what is wrong with them."""

    app: Flask
    page: Page
    origin: str
    blueprints: frozenset[str]
    """The parts of the site that are this person's; links that lead out of them are not followed."""
    faults: list[str] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Addresses by endpoint."""

    def walk(self, starts: Iterable[str]) -> None:
        """Visit the pages from these addresses on, following every link to routes not seen often enough."""
        waiting = deque(starts)
        asked: set[str] = set()
        while waiting:
            address = waiting.popleft()
            endpoint = self._endpoint(address)
            if endpoint is None or address in asked or len(self.seen.get(endpoint, ())) >= VISITS_AT_MOST:
                continue
            asked.add(address)
            self._visit(endpoint, address)
            waiting.extend(self._links())

    def again(self) -> None:
        """Visit every address that was seen once more; for another width, language or theme."""
        for endpoint, addresses in self.seen.items():
            for address in addresses:
                self._look(endpoint, address)

    def _visit(self, endpoint: str, address: str) -> None:
        self._look(endpoint, address)
        self.seen.setdefault(endpoint, []).append(address)

    def _look(self, endpoint: str, address: str) -> None:
        answer = self.page.goto(address)
        if answer is None or not answer.ok:
            self.faults.append(f"{endpoint} {address}: answered {answer and answer.status}")
            return
        self.faults += [f"{endpoint} {_plain(address)}: {fault}" for fault in find_faults(self.page)]

    def _links(self) -> list[str]:
        """Give the addresses that the page leads to, within the site."""
        found = self.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        whole = [urljoin(self.page.url, link).split("#")[0] for link in found]
        return list(dict.fromkeys(link for link in whole if link.startswith(self.origin)))

    def _endpoint(self, address: str) -> str | None:
        path = urlsplit(address).path
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(path, method="GET")
        except (HTTPException, RequestRedirect):
            return None
        is_wanted = is_page(str(endpoint), path) and str(endpoint).partition(".")[0] in self.blueprints
        return str(endpoint) if is_wanted else None


def is_page(endpoint: str, path: str) -> bool:
    """Whether a route answers with a page, and not with a file or another address."""
    return endpoint not in NO_PAGES and FILE.search(path) is None


def find_faults(page: Page) -> list[str]:
    """Give what axe finds wrong with a page, and whether it is wider than its window."""
    results = Axe().run(page)
    faults = [f"{item['id']}: {item['help']}: {node['html'][:160]} {_colors(node)}".strip()
              for item in results.response["violations"] for node in item["nodes"][:3]]
    excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if excess > 0:
        faults.append(f"wider than its window by {excess} px")
    return faults


def _colors(node: dict[str, object]) -> str:
    """Give the contrast that axe measured, where it did."""
    found = re.search(r"contrast of [\d.]+ \(foreground color: #\w+, background color: #\w+", str(node.get("any", "")))
    return found.group() if found else ""


def _plain(address: str) -> str:
    """Give an address without what differs from run to run."""
    return urlsplit(address).path
