"""The catalog engineer's journey: a change is sent, its faults corrected, its effect seen, and published."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.test_staff import sign_in
from web.settings import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.slow]

DEMO: Path = ROOT / "catalog" / "demo"
PRICES = DEMO / "products" / "window" / "product.yaml"


def changed_catalog() -> bytes:
    """Zip the demo catalog as a person would, with a slip in the window's base price."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(DEMO.rglob("*")):
            if path.suffix in {".yaml", ".csv"}:
                text = path.read_text(encoding="utf-8")
                if path == PRICES:
                    text = text.replace("base_price: 380", "base_price: 39O")
                archive.writestr(f"catalog/{path.relative_to(DEMO).as_posix()}", text)
    return target.getvalue()


def choose_file(page: Page, name: str, content: bytes) -> None:
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "", "buffer": content})


@pytest.mark.parametrize(("language", "width", "script"), [("en-US", 1280, True), ("en-US", 390, False)])
def test_a_change_is_corrected_seen_and_published(open_page: OpenPage, language: str, width: int, *,
                                                  script: bool) -> None:
    page = open_page(language=language, width=width, java_script_enabled=script)
    sign_in(page, "catalog")
    page.get_by_role("link", name="Catalog").click()
    expect(page.get_by_role("row", name="window")).to_contain_text("1")
    choose_file(page, "catalog.zip", changed_catalog())
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("row", name="39O")).to_contain_text("products/window/product.yaml")
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    corrected = PRICES.read_text(encoding="utf-8").replace("base_price: 380", "base_price: 390")
    choose_file(page, "product.yaml", corrected.encode())
    page.get_by_label("It takes the place of").select_option("products/window/product.yaml")
    page.get_by_role("button", name="Put it in its place").click()
    expect(page.get_by_role("row", name="base_price")).to_contain_text("390")
    expect(page.get_by_role("button", name="Publish")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Open quotes and stored configurations")).to_be_visible()
    expect(page.get_by_text("Every old configuration stays possible (proven).")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/compilation")
    expect(page.get_by_text("Customers are answered by it.")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Open in the shop").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("window")
    page.goto("/catalog/")
    expect(page.get_by_role("row", name="window")).to_contain_text("2")
