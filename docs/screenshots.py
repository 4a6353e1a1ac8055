"""Take the pictures of the documentation: the demo world at a fixed moment, in a real Chromium.

Run ``.venv/bin/python -P docs/screenshots.py`` from the root of the repository, with ``PYTHONPATH=.``; give names of
pictures to take only these. Needs what ``./onelot test`` installs, Chromium, and ``pdftoppm`` for the documents.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urljoin

import waitress
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import migrations
from web.demo.orders import place_orders
from web.demo.people import PASSWORD, add_accounts
from web.factory import create_app
from web.publishing import publish
from web.settings import ROOT, load_settings

FOLDER = ROOT / "docs" / "screenshots"
MOMENT = datetime(2027, 3, 9, 1, 32, tzinfo=UTC)
"""When the pictures are taken: Tuesday 9 March 2027, 09:32 in Suzhou."""
WINDOW = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
          "opening": "tilt_turn"}
BICYCLE = {"use": "city", "frame": "Alu-Gravel", "motor": "250W-mid", "battery": "400Wh"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DOTS_PER_INCH = 96
COLORS = 192
BYTES_AT_MOST = 300_000


@dataclass(slots=True)
class Studio:
    """The served demo, a browser, and what one picture finds for the next: links of the quote and the order."""

    address: str
    browser: Browser
    links: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def page(self, *, width: int = 1280, height: int = 900, language: str = "en-US") -> Iterator[Page]:
        """Open a tab of a person's own."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale=language,
                                           base_url=self.address, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(20_000)
        yield page
        context.close()


@contextmanager
def served_demo() -> Iterator[str]:
    """Serve the demo world from a folder that is thrown away; give its address."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({}, var_directory=Path(folder), is_rate_limited=False, port=0)
        migrations.upgrade(settings.database_url)
        app = create_app(settings, clock=lambda: MOMENT)
        _fill(app)
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        thread.join(10)
        app.extensions["onelot_database"].dispose()


def _fill(app: Flask) -> None:
    database, settings = app.extensions["onelot_database"], app.extensions["onelot_settings"]
    with database.transaction() as session:
        add_accounts(session, now=MOMENT)
        publish(session, path=ROOT / "catalog" / "demo", now=MOMENT, cache_directory=settings.cache_directory)
    place_orders(database, secret=settings.secret_key, now=MOMENT, cache_directory=settings.cache_directory)


def configure_window(studio: Studio) -> bytes:
    """The window at a desk."""
    return _configuration(studio, "window", WINDOW, width=1280, height=1100)


def configure_window_chinese(studio: Studio) -> bytes:
    """The window at a desk, in Chinese."""
    return _configuration(studio, "window", WINDOW, width=1280, height=1100, language="zh-CN")


def configure_bicycle_phone(studio: Studio) -> bytes:
    """The bicycle on a telephone."""
    return _configuration(studio, "bicycle", BICYCLE, width=390, height=844)


def why_not(studio: Studio) -> bytes:
    """Why a frame cannot be had, and the fewest changes after which it can."""
    with studio.page(width=1280, height=900) as page:
        page.goto(f"/shop/bicycle?{urlencode(BICYCLE)}", wait_until="networkidle")
        page.locator("a.ask").first.click()
        page.locator(".why.open").first.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        return page.screenshot()


def catalog_version(studio: Studio) -> bytes:
    """A version as the catalog engineer reads it."""
    with studio.page(width=1280, height=1000) as page:
        _sign_in(page, "catalog")
        page.goto("/catalog/")
        page.get_by_role("link", name="window").first.click()
        page.wait_for_load_state("networkidle")
        return page.screenshot()


def _configuration(studio: Studio, product: str, choices: Mapping[str, str], *, width: int, height: int,
                   language: str = "en-US") -> bytes:
    with studio.page(width=width, height=height, language=language) as page:
        page.goto(f"/shop/{product}?{urlencode(choices)}", wait_until="networkidle")
        return page.screenshot()


def quote(studio: Studio) -> bytes:
    """The quote a customer has asked for; leaves its PDF for the picture after it."""
    with studio.page() as page:
        page.goto(f"/quote/window?{urlencode(WINDOW)}")
        page.locator('input[name="customer_name"]').fill("Family Lu")
        page.locator('input[name="customer_email"]').fill("lu@example.com")
        page.locator('input[name="reference"]').fill("Kitchen")
        page.locator('main form button[type="submit"]').last.click()
        page.wait_for_url("**/quotes/*")
        page.wait_for_load_state("networkidle")
        studio.links["quote"] = page.url
        return page.screenshot()


def quote_document(studio: Studio) -> bytes:
    """The first page of the quotation."""
    with studio.page() as page:
        return _first_page(page, f"{studio.links['quote']}/quote.pdf")


def order(studio: Studio) -> bytes:
    """The order that the accepted quote became."""
    with studio.page() as page:
        page.goto(studio.links["quote"])
        page.get_by_label("Name of the person who accepts").fill("Li Na")
        page.get_by_label("I accept the quote and its terms").check()
        page.get_by_role("button", name="Accept and order").click()
        page.wait_for_url("**/orders/*")
        page.wait_for_load_state("networkidle")
        return page.screenshot()


def planning_board(studio: Studio) -> bytes:
    """The planner's week."""
    with studio.page(width=1440, height=1000) as page:
        _sign_in(page, "planner")
        page.goto("/planning/", wait_until="networkidle")
        return page.screenshot()


def machine_down(studio: Studio) -> bytes:
    """What a breakdown of the glass line hits, the repair that is proposed, and the promises at risk."""
    with studio.page(width=1280, height=1200) as page:
        _sign_in(page, "planner")
        page.goto("/planning/events/new/machine_down")
        page.locator('select[name="unit"]').select_option("SZ-IGU-1")
        page.locator('input[name="from_at"]').fill("2027-03-10T06:00")
        page.locator('input[name="until_at"]').fill("2027-03-11T12:00")
        page.locator('input[name="cause"]').fill("The press bed is cracked")
        page.locator('main form button[type="submit"]').click()
        page.wait_for_url("**/planning/events/*")
        page.wait_for_load_state("networkidle")
        return page.screenshot()


def work_order_document(studio: Studio) -> bytes:
    """The traveller of a work order of several operations."""
    with studio.page() as page:
        _sign_in(page, "planner")
        page.goto("/planning/work-orders")
        link = page.locator('a[href*="/planning/work-orders/"]:not([href$=".pdf"])').first
        address = urljoin(studio.address, link.get_attribute("href") or "")
        return _first_page(page, f"{address}.pdf")


def shop_index(studio: Studio) -> bytes:
    """The list of products with what the engine proves of each."""
    with studio.page(width=1280, height=900) as page:
        page.goto("/", wait_until="networkidle")
        return page.screenshot()


def compare(studio: Studio) -> bytes:
    """Three windows side by side."""
    double = WINDOW | {"glass": "2-4/16/4"}
    aluminium = WINDOW | {"profile": "ALU75"}
    items = [("item", f"window?{urlencode(choices)}") for choices in (WINDOW, double, aluminium)]
    with studio.page(width=1280, height=900) as page:
        page.goto(f"/compare?{urlencode(items)}", wait_until="networkidle")
        return page.screenshot()


def quote_editor(studio: Studio) -> bytes:
    """A quote as its seller types it; sent in three ways for the picture after it."""
    with studio.page(width=1280, height=1200) as page:
        _sign_in(page, "sales")
        page.goto("/sales/quotes")
        page.get_by_role("button", name="New quote").click()
        page.wait_for_url("**/sales/drafts/*")
        page.get_by_label("Product", exact=True).select_option("window")
        page.get_by_role("button", name="Add product").click()
        page.get_by_role("button", name="Configure").last.click()
        page.wait_for_url("**/shop/window?*")
        address, _mark, view = page.url.partition("?")
        page.goto(f"{address}?{urlencode(WINDOW)}&{view}")
        page.get_by_role("button", name="Take into quote").click()
        page.wait_for_url("**/sales/drafts/*")
        page.get_by_role("button", name="Add free line").click()
        page.locator('[name="lines-1-title_en"]').fill("Fitting by our people")
        page.locator('[name="lines-1-unit"]').fill("1333.10")
        page.locator('[name="lines-0-quantity"]').fill("8")
        page.locator('[name="lines-0-discount"]').fill("5")
        page.get_by_label("E-mail").fill("hotel@example.com")
        page.get_by_label("Customer", exact=True).fill("Pingjiang Road Hotel")
        page.get_by_label("Customer's reference").click()
        page.get_by_text("17,107.36").first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        picture = page.screenshot()
        page.get_by_role("button", name="Send…").click()
        page.locator('input[name="ways"]').last.check()
        page.get_by_role("button", name="Send the quote").click()
        page.wait_for_url("**/sales/quotes/*")
        studio.links["sent"] = str(page.get_by_role("link", name="Customer's page").get_attribute("href"))
        return picture


def sent_quote(studio: Studio) -> bytes:
    """The sent quote as its customer sees it."""
    with studio.page(width=1280, height=1200) as page:
        page.goto(studio.links["sent"], wait_until="networkidle")
        return page.screenshot()


def _sign_in(page: Page, login: str) -> None:
    page.goto("/account/sign-in")
    page.locator('input[name="login"]').fill(login)
    page.locator('input[name="password"]').fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def _first_page(page: Page, address: str) -> bytes:
    answer = page.request.get(address)
    if not answer.ok:
        raise SystemExit(f"{address} answered {answer.status}: {answer.text()}")
    command = [shutil.which("pdftoppm") or "pdftoppm", "-png", "-singlefile", "-r", str(DOTS_PER_INCH), "-"]
    return subprocess.run(command, input=answer.body(), capture_output=True, check=True).stdout


PICTURES: tuple[Callable[[Studio], bytes], ...] = (
    configure_window, configure_window_chinese, configure_bicycle_phone, why_not, quote, quote_document, order,
    planning_board, work_order_document, catalog_version, machine_down,
    shop_index, compare, quote_editor, sent_quote,
)
"""In this order: a later one may need what an earlier one has found."""


def save(name: str, picture: bytes) -> Path:
    """Write a picture with few colors, so that the repository stays small."""
    path = FOLDER / f"{name}.png"
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > BYTES_AT_MOST:
        raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; at most {BYTES_AT_MOST} are wanted")
    return path


def main(names: list[str]) -> None:
    """Take the pictures named, or all."""
    browser_path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    FOLDER.mkdir(exist_ok=True)
    with served_demo() as address, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        studio = Studio(address, browser)
        for take in PICTURES:
            picture = take(studio)
            name = take.__name__.replace("_", "-")
            if not names or name in names:
                print(save(name, picture).relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
