"""A served site with the demo world in it, and a real Chromium to visit it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import waitress
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import migrations
from catalog import service as catalog
from scheduling import service as scheduling
from web.demo.people import add_accounts
from web.factory import create_app
from web.settings import ROOT, load_settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
             "--disable-component-update", "--no-first-run"]


@dataclass(slots=True)
class Site:
    """A served site: its address, its application, and how far its clock is ahead of the real one."""

    address: str
    app: Flask
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """The site's present moment."""
        return datetime.now(UTC) + self.ahead


def find_browser() -> str | None:
    """Give the path of an installed Chromium, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    path = find_browser()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; install the package chromium")
        pytest.skip("NOT TESTED in a browser: install the package chromium")
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo world on a fresh SQLite database, served on a free port with its own worker."""
    settings = load_settings({}, var_directory=tmp_path, is_rate_limited=False, port=0)
    migrations.upgrade(settings.database_url)
    served = Site("", create_app(settings))
    served.app.extensions["onelot_clock"] = served.now
    with served.app.extensions["onelot_database"].transaction() as session:
        catalog.publish_catalog(session, path=ROOT / "catalog" / "demo", now=served.now())
        scheduling.publish_network(session, network=catalog.get_network(session), now=served.now())
        add_accounts(session, now=served.now())
    server = waitress.create_server(served.app, host="127.0.0.1", port=0, threads=4)
    served.address = f"http://127.0.0.1:{server.effective_port}"
    is_over = threading.Event()

    def run() -> None:
        try:
            server.run()
        except OSError:
            if not is_over.is_set():  # closing takes the sockets away under a loop that still waits for them
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    background = served.app.extensions["onelot_background"]
    background.start()
    yield served
    background.stop()
    is_over.set()
    server.close()
    thread.join(10)
    served.app.extensions["onelot_database"].dispose()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Open a tab of a person's own; the test fails when any page logs an error or breaks the content policy."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(*, width: int = 1280, height: int = 900, language: str = "en-US", **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language,
                                      base_url=site.address, **options)  # type: ignore[arg-type]  # passed through
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [line for line in complaints if "status of 4" not in line] == []
