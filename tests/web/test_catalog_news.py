"""A product published anew between two clicks: the shopper is told what changed and keeps what is still valid."""

from __future__ import annotations

import re
from html import unescape

import pytest

from configurator import serving
from tests.web.catalog_desk import LESS, Desk
from tests.web.shopping import WINDOW, address


def publish(desk: Desk, *changes: tuple[str, str, str]) -> None:
    upload = desk.send_change(*changes)
    desk.runner.run_due()
    desk.publish(upload)
    desk.runner.run_due()
    serving.wait_for_readers()


def note(page: str) -> str:
    """What stands in the note about the catalog; empty without one."""
    found = re.search(r'<div class="note" role="status">(.*?)</div>', page, re.DOTALL)
    return "" if found is None else unescape(re.sub(r"<[^>]+>", " ", found.group(1)))


def made_with(page: str) -> str:
    found = re.search(r'name="\.v" value="(\d+)"', page)
    assert found is not None
    return found.group(1)


def test_a_page_says_the_version_it_was_made_with_and_hears_nothing_while_it_serves(desk: Desk) -> None:
    page = desk.page(address("window", WINDOW))
    assert made_with(page) == "1"
    assert note(desk.page(address("window", WINDOW, v="1"))) == ""


def test_a_changed_price_is_told_with_what_caused_it(desk: Desk) -> None:
    before = made_with(desk.page(address("window", WINDOW)))
    publish(desk, LESS)
    page = desk.page(address("window", WINDOW, v=before))
    words = note(page)
    assert "version 2 of this product was published" in words
    assert "was ¥2,075.56 and is ¥2,072.56 now" in words
    assert "¥380.00 → ¥377.00" in words
    assert "All your choices are kept." in words
    assert made_with(page) == "2"
    assert note(desk.page(address("window", WINDOW, v=made_with(page)))) == ""


def test_a_choice_that_is_gone_is_named_as_it_was_called_and_the_others_stay(desk: Desk) -> None:
    publish(desk, ("products/window/product.yaml", "      - {code: 100km, title: {en: Installed within 100 km, "
                   "zh: 100 km 内安装}, km: 100}\n", ""))
    page = desk.page(address("window", {"installation": "100km", "profile": "ALU75"}, v="1"))
    assert "No longer offered: Installation: Installed within 100 km." in note(page)
    assert "All your other choices are kept." in note(page)
    assert re.search(r'name="profile" value="ALU75"[^>]* checked', page)
    assert "This option is no longer offered. Choose one of the list." in page


def test_a_page_of_another_product_hears_nothing(desk: Desk) -> None:
    publish(desk, LESS)
    assert note(desk.page(address("pump", {}, v="1"))) == ""


@pytest.mark.parametrize("raw", ["0", "-1", "99", "x", "²", "1e9", "9" * 400, "", "1;2"])
def test_odd_versions_say_nothing(desk: Desk, raw: str) -> None:
    assert note(desk.page(address("window", WINDOW, v=raw))) == ""
